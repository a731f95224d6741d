/* One night: every project is tested at the head of trunk, each test is
   compared with what it did when it was looked at last, what changed is run
   again to part broken from flaky, and each failure that is new has the
   commits since the last green head bisected.

   A failure is a signature of a project, red from one head on. A test that is
   red already and goes red otherwise starts another one, and so does one that
   was green until now although others fail in the same way: its culprit lies
   elsewhere. So red does not hide red.

   The engine decides what comes next and keeps everything in the journal; it
   never prints, and reaches builders, trials and time through struct
   pb_night_machine. Each step is on record as a whole or not at all: killed
   at any moment, the next one goes on. Work is done in the order of what it
   is expected to tell a second, until the time is up; the rest is carried
   over to the next night.

   A machine in trouble is no regression: when most of what passed fails, it is
   tried again where it passed; if it fails there too, the night is sick, and
   nothing of it counts.

       pb_night_open(&options, &night, err);
       while (pb_night_step(night, &event, err) == 0
              && event.kind != PB_NIGHT_FINISHED) {
           show(&event);
       }
*/
#ifndef PYBISECT_NIGHT_H
#define PYBISECT_NIGHT_H

#include "pybisect/classify.h"
#include "pybisect/evaluation.h"
#include "pybisect/journal.h"

/* Failures of one project with one range: one bisection. */
struct pb_night_hunt {
    const char *project;
    const char *green; /* sha */
    const char *red;   /* sha */
    bool different;    /* its tests fail at `green`, too, but otherwise */
    int64_t bisection; /* of the journal, once it is begun; else 0 */
    int64_t failure;   /* the first of them */
    /* Shas that broke something else: likelier than others. */
    const struct pb_strv *culprits;
};

struct pb_night_machine {
    /* Runs tests (NULL: all) of a project at a commit, or recalls what is on
       record of this take. -1 with CANCELLED or INTERNAL ends the night's
       work, with another code only this project's. */
    int (*test)(void *context, const char *project, const char *sha,
                const struct pb_strv *tests, unsigned take,
                struct pb_evaluation *out, struct pb_error *err);
    /* Can it be asked for alone? Does its failing mean anything? Of the
       project that was tested last. */
    bool (*selectable)(void *context, const char *id);
    bool (*counts)(void *context, const char *id);
    /* Begins the bisection, and says so by setting hunt->bisection and calling
       `begun`, or goes on with it. The report is that of docs/report.md,
       caller frees; NULL: there was no time to finish. */
    int (*bisect)(void *context, struct pb_night_hunt *hunt,
                  int (*begun)(void *night, struct pb_error *err), void *night,
                  struct pb_json **out_report, struct pb_error *err);
    /* Commits in the range, and what bisecting it is expected to take. */
    void (*cost)(void *context, const struct pb_night_hunt *hunt,
                 size_t *out_commits, double *out_seconds);
    double (*elapsed)(void *context); /* seconds since the program began */
    int64_t (*now)(void *context);    /* Unix seconds */
    void *context;
};

struct pb_night_options { /* all borrowed */
    struct pb_journal *journal;
    const struct pb_night_machine *machine;
    const struct pb_strv *projects;
    const struct pb_rules *rules; /* for the class of a failure; may be NULL */
    struct pb_oid head;
    const char *subject; /* of the head */
    int64_t date;        /* likewise, Unix seconds */
    double budget;       /* seconds; 0: none */
    uint64_t free_bytes; /* on the disks that it writes to */
};

enum pb_night_event_kind {
    PB_NIGHT_LOOKING,   /* .project is tested next */
    PB_NIGHT_LOOKED,    /* .cell says what came of it */
    PB_NIGHT_BISECTING, /* .hunt is bisected next */
    PB_NIGHT_ANSWERED,  /* .failures have their answer, or none */
    PB_NIGHT_FINISHED,
};

struct pb_night_event {
    enum pb_night_event_kind kind;
    const char *project;
    const struct pb_json *cell;     /* as docs/nightly.md has it */
    const struct pb_json *failures; /* array; likewise */
    const struct pb_night_hunt *hunt;
};

struct pb_night; /* opaque */

/* Goes on with the last night if it had the same head, else begins one. */
int pb_night_open(const struct pb_night_options *options,
                  struct pb_night **out, struct pb_error *err);
void pb_night_free(struct pb_night *night);
PB_DEFINE_AUTO_FREE(pb_night, struct pb_night, pb_night_free)

/* Does one thing; what an event points at is borrowed until the next. After
   FINISHED it goes on returning FINISHED. */
int pb_night_step(struct pb_night *night, struct pb_night_event *out_event,
                  struct pb_error *err);
/* True if there was nothing to do. */
bool pb_night_was_idle(const struct pb_night *night);
/* {id, started, ended, seconds, head, state, why}; borrowed. */
const struct pb_json *pb_night_record(const struct pb_night *night);

/* All nights: schema pybisect-nights-1, as docs/nightly.md has it. Caller
   frees. */
int pb_nights_record(struct pb_journal *journal, struct pb_json **out,
                     struct pb_error *err);
/* Where a failure's report is, relative to the data directory: "reports/
   genshi-f3.json". Caller frees. */
char *pb_night_report_path(const char *project, int64_t failure);

#endif
