/* What has been found out, on disk before the next step starts (SQLite, WAL).

   Evaluations are facts about interpreters and projects, shared by all
   bisections; a bisection is a plan, the steps taken and, at the end, its
   report. All of it is JSON inside, so that rooms above can grow without a
   new table. Several processes may use one journal. */
#ifndef PYBISECT_JOURNAL_H
#define PYBISECT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "pybisect/digest.h"
#include "pybisect/json.h"

struct pb_journal; /* opaque */

/* Makes the file and its directory when they are absent. A damaged file is
   PB_ERROR_CORRUPT with a hint; it is never overwritten. A damaged record is
   told from a whole one: an evaluation is dropped, of steps that one and
   those after it, and what they held is done again. */
int pb_journal_open(const char *path, struct pb_journal **out,
                    struct pb_error *err);
void pb_journal_close(struct pb_journal *journal);
PB_DEFINE_AUTO_FREE(pb_journal, struct pb_journal, pb_journal_close)

/* Drops what is damaged of nights, of their tests and events, and what belongs
   to it. Before these are read. */
int pb_journal_check_nights(struct pb_journal *journal, struct pb_error *err);

/* How many damaged records were dropped since the last call. */
size_t pb_journal_take_dropped(struct pb_journal *journal);

/* Reads all of the file, and counts records and damages. With `repair` a
   damaged one makes way for a new one that has each whole record that can be
   read, steps up to the first that is not; *out_kept then says where the
   damaged one is (caller frees), else it is NULL. Not while another process
   uses it. An absent file is whole. */
int pb_journal_verify(const char *path, bool repair, size_t *out_checked,
                      size_t *out_damaged, char **out_kept,
                      struct pb_error *err);

/* --- bisections --------------------------------------------------------- */

#define PB_JOURNAL_RUNNING "running" /* or interrupted: resumable */
#define PB_JOURNAL_FINISHED "finished"

struct pb_journal_bisection {
    int64_t id;
    int64_t created;
    int64_t updated;
    char *status;
    char *title; /* "genshi v3.11.2..main" */
    struct pb_json *plan;
    struct pb_json *report; /* NULL until finished */
};
void pb_journal_bisection_clear(struct pb_journal_bisection *bisection);
PB_DEFINE_AUTO_CLEAR(pb_journal_bisection, struct pb_journal_bisection,
                     pb_journal_bisection_clear)

int pb_journal_begin(struct pb_journal *journal, const char *title,
                     const struct pb_json *plan, int64_t *out_id,
                     struct pb_error *err);
/* id 0: the latest one with that status (NULL: of any). NOT_FOUND if none. */
int pb_journal_load(struct pb_journal *journal, int64_t id, const char *status,
                    struct pb_journal_bisection *out, struct pb_error *err);
/* For the pins that are known only after the start. */
int pb_journal_update_plan(struct pb_journal *journal, int64_t id,
                           const struct pb_json *plan, struct pb_error *err);
int pb_journal_finish(struct pb_journal *journal, int64_t id,
                      const struct pb_json *report, struct pb_error *err);
/* Newest first; each item: id, created, updated, status, title,
   outcome (of the report; null while running). */
int pb_journal_list(struct pb_journal *journal, size_t limit,
                    struct pb_json **out, struct pb_error *err);

/* --- steps: what a bisection did, in order ------------------------------ */

/* `number` counts from 1; a step that is on record already stays as it is,
   so that a resumed bisection may tell its past again. */
int pb_journal_add_step(struct pb_journal *journal, int64_t id, size_t number,
                        const struct pb_json *step, struct pb_error *err);
/* It has to be gone through again. */
int pb_journal_forget_steps(struct pb_journal *journal, int64_t id,
                            struct pb_error *err);
int pb_journal_steps(struct pb_journal *journal, int64_t id,
                     struct pb_json **out, struct pb_error *err);

/* --- evaluations -------------------------------------------------------- */

/* *out is NULL when nothing is known; else caller frees. */
int pb_journal_get_evaluation(struct pb_journal *journal,
                              const struct pb_digest *key,
                              struct pb_json **out, struct pb_error *err);
/* Is there one? False too when the journal cannot be read. */
bool pb_journal_has_evaluation(struct pb_journal *journal,
                               const struct pb_digest *key);
int pb_journal_put_evaluation(struct pb_journal *journal,
                              const struct pb_digest *key,
                              const struct pb_json *evaluation,
                              struct pb_error *err);

/* Mean seconds of the last builds from clean, up to `count` of them, that
   bisections before this one made; 0: there was none. */
int pb_journal_clean_build(struct pb_journal *journal, int64_t id,
                           size_t count, double *out_seconds,
                           struct pb_error *err);

/* Of interpreters that are no longer trusted, known by their output digests
   in hexadecimal: their evaluations, and all steps of those bisections under
   way that made use of them, which have to be gone through again. All of it
   or, on failure, nothing. */
int pb_journal_forget_outputs(struct pb_journal *journal,
                              const struct pb_strv *outputs,
                              struct pb_error *err);

#endif
