/* What the files of the record share: each makes one part of it. Functions
   return a value that the caller owns. */
#ifndef REPORT_RECORD_PRIVATE_H
#define REPORT_RECORD_PRIVATE_H

#include "pybisect/bisection.h"
#include "pybisect/classify.h"
#include "pybisect/map.h"
#include "pybisect/session.h"

struct pb_record_source { /* both borrowed */
    const struct pb_bisection *bisection;
    struct pb_session *session;
};

#define PB_RECORD_SCHEMA "pybisect-report-1"
#define PB_RECORD_LISTED 20 /* tests named where no finding names them */
#define PB_RECORD_TESTS 500 /* tests named in one finding */
#define PB_RECORD_TRACE_BYTES 4096

/* One distinct answer: the hunts that ended in it, taken together. */
enum pb_record_kind {
    PB_RECORD_CULPRIT,
    PB_RECORD_SUSPECTS,
    PB_RECORD_UNSEARCHED,
};

struct pb_record_answer {
    enum pb_record_kind kind;
    size_t hunt;              /* the first of them */
    const struct pb_hunt *of; /* that hunt */
    size_t *tests;            /* indexes of regressions */
    size_t ntests;
    double probability;                    /* the least */
    const struct pb_hunt *of_least;        /* whose it is */
    bool confirmed;                        /* all of them are */
    bool masked;                           /* one of them is */
    const struct pb_trial_record *culprit; /* closing checks, both tested; */
    const struct pb_trial_record *parent;  /* else both NULL */
};

/* The value, out of the reach of its cleanup attribute. */
struct pb_json *pb_record_steal(struct pb_json **value);

/* record_commit.c: {sha, short, date, author, subject}; that and all that
   CPython says about the commit. NULL: it cannot be read. */
struct pb_json *pb_record_commit(struct pb_session *session,
                                 const struct pb_oid *id,
                                 struct pb_error *err);
struct pb_json *pb_record_culprit(struct pb_session *session,
                                  const struct pb_oid *id,
                                  struct pb_error *err);
struct pb_json *pb_record_cpython(const struct pb_record_source *source,
                                  struct pb_error *err);

/* record_ends.c: a run of the whole suite, or null; ids that did not
   reproduce. */
struct pb_json *pb_record_end(const struct pb_trial_record *trial);
struct pb_json *pb_record_flaky(const struct pb_bisection *bisection);
struct pb_json *pb_record_ends(const struct pb_record_source *source);
/* {tests, passed, failed, skipped, seconds} */
struct pb_json *pb_record_run(const struct pb_evaluation *evaluation);

/* record_findings.c */
struct pb_json *pb_record_findings(const struct pb_record_source *source,
                                   struct pb_error *err);

/* record_search.c: how the search for an answer went; NULL: it cannot be
   read. */
struct pb_json *pb_record_search(const struct pb_record_source *source,
                                 const struct pb_record_answer *answer,
                                 struct pb_error *err);

/* record_classes.c: the match of each change of a diff, NULL: none. */
struct pb_record_classes {
    struct pb_groups groups;
    const struct pb_match **of;
};
void pb_record_classify(const struct pb_record_source *source,
                        const struct pb_results *before,
                        const struct pb_results *after,
                        const struct pb_diff *diff,
                        struct pb_record_classes *out);
void pb_record_classes_clear(struct pb_record_classes *classes);
PB_DEFINE_AUTO_CLEAR(pb_record_classes, struct pb_record_classes,
                     pb_record_classes_clear)
/* [{class, description, advice, rule, why, tests}] of the regressions, of
   tests in `only` when it is given. */
struct pb_json *pb_record_classes(const struct pb_record_classes *classes,
                                  const struct pb_diff *diff,
                                  const struct pb_map *only);

/* record_tests.c: sets signatures, classes, tests, tests_left_out, counts. */
void pb_record_tests(const struct pb_record_source *source,
                     const struct pb_record_answer *answer,
                     struct pb_json *finding);

/* All that differs between the ends and is not flaky: sets classes, tests,
   tests_left_out, counts. .bisection NULL: nothing does. */
void pb_record_changes(const struct pb_record_source *source,
                       struct pb_json *out);

/* record_evidence.c: sets blame, reasons, announced; `commit` NULL: the last
   two are empty. The reasons alone, for a suspect; NULL: it cannot be read. */
int pb_record_evidence(const struct pb_record_source *source,
                       const struct pb_record_answer *answer,
                       const struct pb_oid *commit, struct pb_json *finding,
                       struct pb_error *err);
struct pb_json *pb_record_reasons(const struct pb_record_source *source,
                                  const struct pb_record_answer *answer,
                                  const struct pb_oid *commit,
                                  struct pb_error *err);

/* record_reproduce.c: {good, bad}, for two revisions and the tests of an
   answer; NULL: all that regressed. */
struct pb_json *pb_record_reproduce(const struct pb_record_source *source,
                                    const struct pb_record_answer *answer,
                                    const struct pb_oid *good,
                                    const struct pb_oid *bad);

/* record_tried.c */
struct pb_json *pb_record_tried(const struct pb_record_source *source,
                                struct pb_error *err);
struct pb_json *pb_record_time(const struct pb_record_source *source,
                               double seconds);

/* The phases (pseudo-tests) of a run that went wrong. */
struct pb_json *pb_record_failed_phases(const struct pb_results *results);

#endif
