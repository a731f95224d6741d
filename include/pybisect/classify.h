/* Which kind of break a change is: a module gone, a word that became a
   keyword, a crash.

   Rules are YAML (docs/classes.md has the format); the first that matches
   wins. This is text to text: whoever calls reads the files and knows what
   lies outside of one change. A class is advice to a reader: no verdict
   depends on it.

   Rules own all that a match points at. Facts are borrowed throughout.

       PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
       pb_rules_parse(rules, own, own_length, "classes.yml", &problems, err);
       pb_rules_parse(rules, shipped, shipped_length, path, &problems, err);
       PB_AUTO(pb_groups) struct pb_groups groups = PB_GROUPS_INIT;
       pb_groups_compute(rules, &before, &after, &diff, NULL, &groups);
*/
#ifndef PYBISECT_CLASSIFY_H
#define PYBISECT_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"
#include "pybisect/verdict.h"
#include "pybisect/yaml.h"

/* --- facts: one change, in plain texts and numbers ---------------------- */

enum pb_phase {
    PB_PHASE_TEST,
    PB_PHASE_PREPARE,
    PB_PHASE_SMOKE,
    PB_PHASE_RUN,     /* the suite as a whole: orderly or not */
    PB_PHASE_COMMAND, /* `-- CMD` */
    PB_PHASE_INSTALL_PYTHON,
};

const char *pb_phase_name(enum pb_phase phase); /* "test", "prepare", ... */
/* Of a pseudo-test's id, "(install-python)" included; else TEST. */
enum pb_phase pb_phase_of(const char *id);

/* What a failure said; each may be NULL. */
struct pb_said {
    const char *type;    /* exception type; "builtins." does not matter */
    const char *message; /* or the reason of a skip */
    const char *trace;   /* as Python, pytest or faulthandler print it */
};

/* The two runs as a whole; pseudo-tests are not counted. */
struct pb_counts {
    size_t tests_before;
    size_t tests_after;
    size_t skipped_before;
    size_t skipped_after;
    size_t uncollected_before; /* test files that could not be collected */
    size_t uncollected_after;
};

void pb_counts_of(const struct pb_results *before,
                  const struct pb_results *after, struct pb_counts *out);

/* All that a rule can ask about. Zero is "not known" or "no" throughout, so
   that a caller fills in what it has. */
struct pb_facts {
    enum pb_phase phase;
    enum pb_change_kind kind;
    const char *id; /* of the test */
    enum pb_outcome before;
    enum pb_outcome after;
    struct pb_said was;
    struct pb_said now;
    const char *log; /* end of the log of the later run */
    size_t log_length;
    const struct pb_counts *counts;

    size_t file_tests_before; /* tests of the same file; 0: not known */
    size_t file_tests_after;
    bool collecting; /* the id is a test file's that cannot be collected */
    bool replaced;   /* vanished, but another of its parameters is new */

    bool flaky;          /* two runs of one revision differed */
    bool some_platforms; /* other platforms do not have this change */
    double time_ratio;   /* time after by time before, repeated; 0: unknown */
    /* Did the good end's standard library have this module ("a.b")? NULL:
       not known. */
    bool (*stdlib_had)(void *context, const char *module);
    void *context; /* of stdlib_had */
};

/* --- rules --------------------------------------------------------------- */

struct pb_rules; /* opaque */

struct pb_rules *pb_rules_new(void);
void pb_rules_free(struct pb_rules *rules);
PB_DEFINE_AUTO_FREE(pb_rules, struct pb_rules, pb_rules_free)

/* Appends the rules in `text`: a user's own are parsed before the shipped
   ones. One with the name of a rule of an earlier text is left out, so that
   a rule of one's own replaces the shipped one. `origin` names the text in
   messages and matches. Every mistake is added to `problems` with its line;
   then -1 with a summary and the rules as they were. -1 without problems:
   this is no YAML at all. */
int pb_rules_parse(struct pb_rules *rules, const char *text, size_t length,
                   const char *origin, struct pb_problems *problems,
                   struct pb_error *err);

size_t pb_rules_count(const struct pb_rules *rules);
const char *pb_rules_name(const struct pb_rules *rules, size_t index);
const char *pb_rules_class(const struct pb_rules *rules, size_t index);
/* What a class means and what to do; NULL: nobody said. */
const char *pb_rules_description(const struct pb_rules *rules,
                                 const char *class_name);
const char *pb_rules_advice(const struct pb_rules *rules,
                            const char *class_name);

/* --- matches ------------------------------------------------------------- */

/* One condition that held. */
struct pb_match_evidence {
    const char *key;    /* "message"; borrowed, static */
    const char *wanted; /* the pattern, or the value as the rule has it;
                           borrowed from the rules */
    char *found;  /* what it was held against: the line of the match, cut to
                     PB_LIMIT_EVIDENCE_BYTES, or the value */
    size_t start; /* of the match in `found`; of a value, all of it */
    size_t length;
};

struct pb_match {
    const char *class_name; /* NULL: no rule matched */
    const char *rule;
    const char *description; /* of the rule, else of its class; or NULL */
    const char *advice;      /* likewise */
    const char *origin;
    int line; /* of the alternative under `any`, else of the rule */
    struct pb_match_evidence *items; /* in the order of the rule's keys */
    size_t len;
};

#define PB_MATCH_INIT                                                         \
    {                                                                         \
        .items = NULL                                                         \
    }
void pb_match_clear(struct pb_match *match);
PB_DEFINE_AUTO_CLEAR(pb_match, struct pb_match, pb_match_clear)

/* The first rule that matches. False, with class_name NULL: none does, which
   the shipped rules never let happen. `out` is valid as long as the rules
   are. */
bool pb_classify(const struct pb_rules *rules, const struct pb_facts *facts,
                 struct pb_match *out);

/* Appends, for --explain, the class, where its rule stands and a line for
   each condition: what was wanted and what was found. */
void pb_match_explain(const struct pb_match *match, struct pb_buf *out);

/* --- groups: the changes of a diff, classified ----------------------- */

/* What only the caller knows; a NULL function knows nothing. */
struct pb_outside {
    bool (*is_flaky)(void *context, const char *id);
    bool (*is_fine_elsewhere)(void *context, const char *id);
    bool (*stdlib_had)(void *context, const char *module);
    void *context;
    double time_ratio;
    const char *log; /* end of the later run's log, or NULL */
    size_t log_length;
};

/* Changes of one class, kind and signature. */
struct pb_group {
    struct pb_match match; /* of the first */
    enum pb_change_kind kind;
    const char *signature; /* borrowed from the diff */
    size_t *changes;       /* indices into the diff, ascending */
    size_t len;
    size_t cap;
};

struct pb_groups {
    struct pb_group *items; /* by kind, largest first, then by class and
                               signature */
    size_t len;
    size_t cap;
};

#define PB_GROUPS_INIT                                                        \
    {                                                                         \
        .items = NULL                                                         \
    }

/* `outside` may be NULL. Changes that share kind, outcomes, signature and
   innermost frame are taken for one and classified once. Everything given
   must outlive the groups. */
void pb_groups_compute(const struct pb_rules *rules,
                       const struct pb_results *before,
                       const struct pb_results *after,
                       const struct pb_diff *diff,
                       const struct pb_outside *outside,
                       struct pb_groups *out);
void pb_groups_clear(struct pb_groups *groups);
PB_DEFINE_AUTO_CLEAR(pb_groups, struct pb_groups, pb_groups_clear)

#endif
