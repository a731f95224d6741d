/* What nights leave behind, in the journal: nights, cells (what a project
   looked like in one), the state of each test, its changes, and failures that
   are tracked from first red to fixed. Nights, cells and failures are JSON as
   docs/nightly.md has them, and more of our own. */
#ifndef PYBISECT_BISECT_NIGHT_STORE_H
#define PYBISECT_BISECT_NIGHT_STORE_H

#include "pybisect/journal.h"
#include "pybisect/map.h"
#include "pybisect/results.h"

/* One test of a project as it was when it was looked at last. */
struct pb_night_row {
    char *test;
    enum pb_outcome outcome;
    char *message;   /* first line, or NULL */
    char *signature; /* while red; else NULL */
    char *green;     /* sha where it passed last, while it does not; NULL: it
                        passes, or never did */
    int64_t failure; /* that it is red for; 0: it is not red */
    int64_t runs;    /* since it first failed by chance */
    int64_t failed;  /* of these, by chance */
    bool touched;    /* to be written */
};

struct pb_night_rows {
    struct pb_night_row **items;
    size_t len;
    size_t cap;
    struct pb_map *index; /* by test */
};
void pb_night_rows_clear(struct pb_night_rows *rows);
PB_DEFINE_AUTO_CLEAR(pb_night_rows, struct pb_night_rows, pb_night_rows_clear)

int pb_night_rows_load(struct pb_journal *journal, const char *project,
                       struct pb_night_rows *out, struct pb_error *err);
struct pb_night_row *pb_night_rows_get(const struct pb_night_rows *rows,
                                       const char *test);
/* One that passes; touched. */
struct pb_night_row *pb_night_rows_add(struct pb_night_rows *rows,
                                       const char *test);
/* Those touched. */
int pb_night_rows_save(struct pb_journal *journal, const char *project,
                       const struct pb_night_rows *rows, struct pb_error *err);

/* All of it, or nothing. */
int pb_night_begin_change(struct pb_journal *journal, struct pb_error *err);
int pb_night_end_change(struct pb_journal *journal, bool keep,
                        struct pb_error *err);

/* Objects have their "id"; *out is NULL when there is none. */
int pb_night_last(struct pb_journal *journal, struct pb_json **out,
                  struct pb_error *err);
/* Gives it an id if it has none. */
int pb_night_save(struct pb_journal *journal, struct pb_json *night,
                  struct pb_error *err);
/* The last `limit`, oldest first. */
int pb_night_list(struct pb_journal *journal, size_t limit,
                  struct pb_json **out, struct pb_error *err);

int pb_night_cell(struct pb_journal *journal, int64_t night,
                  const char *project, struct pb_json **out,
                  struct pb_error *err);
/* The last one before that night whose results were taken in ("taken"). */
int pb_night_cell_before(struct pb_journal *journal, int64_t night,
                         const char *project, struct pb_json **out,
                         struct pb_error *err);
int pb_night_cell_save(struct pb_journal *journal, int64_t night,
                       const char *project, const struct pb_json *cell,
                       struct pb_error *err);
/* All from that night on, by project and night; each has "project" and
   "night". */
int pb_night_cells(struct pb_journal *journal, int64_t from,
                   struct pb_json **out, struct pb_error *err);

int pb_night_add_change(struct pb_journal *journal, int64_t night,
                        const char *project, const char *test,
                        const char *before, const char *after,
                        const char *message, struct pb_error *err);
/* [{test, night, from, to, message}], newest first. */
int pb_night_changes(struct pb_journal *journal, const char *project,
                     size_t limit, struct pb_json **out, struct pb_error *err);
/* [{test, runs, failed}], flakiest first. */
int pb_night_flaky(struct pb_journal *journal, const char *project,
                   size_t limit, struct pb_json **out, struct pb_error *err);

/* Gives it an id if it has none. */
int pb_night_failure_save(struct pb_journal *journal, struct pb_json *failure,
                          struct pb_error *err);
/* Of a project, or NULL: of all; oldest first. */
int pb_night_failures(struct pb_journal *journal, const char *project,
                      struct pb_json **out, struct pb_error *err);

#endif
