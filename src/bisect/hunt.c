/* Hunts: regressions that have moved together so far. A hunt is a class of
   regressions with the same kind, signature and verdicts at every revision
   tried; it is split as soon as its tests part, and each hunt asks the search
   for its own culprit. All of it is derived from the columns, anew after each
   trial, so there is no state to get wrong. */
#include <string.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"
#include "pybisect/buf.h"

/* --- verdicts ----------------------------------------------------------- */

enum pb_verdict
pb_engine_verdict(const struct pb_regression *regression,
                  const struct pb_evaluation *evaluation)
{
    if (evaluation->status != PB_EVALUATION_TESTED) {
        return PB_VERDICT_SKIP;
    }
    return pb_verdict_of(
        regression, pb_results_find(&evaluation->results, regression->id));
}

static enum pb_verdict
most_frequent(const size_t counts[PB_VERDICT_SKIP + 1])
{
    enum pb_verdict best = PB_VERDICT_NONE;
    for (int v = PB_VERDICT_GOOD; v <= PB_VERDICT_SKIP; v++) {
        if (counts[v] > counts[best] || best == PB_VERDICT_NONE) {
            best = counts[v] > 0 ? (enum pb_verdict)v : best;
        }
    }
    return best;
}

/* Only representatives were run at most revisions; the others go along. */
enum pb_verdict
pb_hunt_verdict(const struct pb_bisection *bisection,
                const struct pb_hunt *hunt,
                const struct pb_evaluation *evaluation)
{
    size_t counts[PB_VERDICT_SKIP + 1] = {0};
    for (size_t i = 0; i < hunt->len; i++) {
        size_t test = hunt->tests[i];
        if (bisection->active[test] && !bisection->flaky[test]) {
            counts[pb_engine_verdict(&bisection->regressions[test],
                                     evaluation)]++;
        }
    }
    return most_frequent(counts);
}

static const struct pb_column *
find_column(const struct pb_bisection *bisection, size_t candidate)
{
    for (size_t i = 0; i < bisection->ncolumns; i++) {
        if (bisection->columns[i].candidate == candidate) {
            return &bisection->columns[i];
        }
    }
    return NULL;
}

enum pb_verdict
pb_hunt_column_verdict(const struct pb_bisection *bisection,
                       const struct pb_hunt *hunt, size_t candidate)
{
    const struct pb_column *column = find_column(bisection, candidate);
    return column == NULL ? PB_VERDICT_NONE : column->of[hunt->tests[0]];
}

/* --- columns ------------------------------------------------------------ */

static bool
is_open(const struct pb_hunt *hunt)
{
    return hunt->answer.action == PB_SEARCH_TEST ||
           hunt->later.action == PB_SEARCH_TEST;
}

static bool
ends_at(const struct pb_hunt *hunt, size_t candidate)
{
    return hunt->answer.action == PB_SEARCH_FOUND &&
           hunt->answer.candidate == candidate;
}

size_t
pb_hunt_ending_at(const struct pb_bisection *bisection, size_t candidate)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        if (ends_at(&bisection->hunts[i], candidate)) {
            return i;
        }
    }
    return PB_NO_HUNT;
}

/* Which tests a trial ran: those of the hunts that were still open; behind a
   revert those of the hunts that end at what is reverted. */
static bool
was_run(const struct pb_bisection *bisection,
        const struct pb_trial_record *trial, size_t test)
{
    bool revert = trial->purpose == PB_PURPOSE_REVERT;
    if ((trial->purpose != PB_PURPOSE_SEARCH && !revert) ||
        bisection->whole_suite) {
        return true;
    }
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        for (size_t j = 0; j < hunt->len; j++) {
            if (hunt->tests[j] == test) {
                return revert ? ends_at(hunt, trial->about) : is_open(hunt);
            }
        }
    }
    return false;
}

/* The regression whose verdicts a test shares: itself, if it is run; else the
   first of its signature that is. PB_NO_REGRESSION if none is. */
static size_t
representative(const struct pb_bisection *bisection, size_t test)
{
    if (bisection->active[test]) {
        return test;
    }
    const struct pb_regression *wanted = &bisection->regressions[test];
    for (size_t i = 0; i < bisection->nregressions; i++) {
        const struct pb_regression *each = &bisection->regressions[i];
        if (bisection->active[i] && !bisection->flaky[i] &&
            pb_ends_alike(each, wanted))
        {
            return i;
        }
    }
    return PB_NO_REGRESSION;
}

void
pb_hunt_add_column(struct pb_bisection *bisection,
                   const struct pb_trial_record *trial)
{
    struct pb_column column = {
        .candidate = trial->candidate,
        .of = pb_alloc_array(bisection->nregressions + 1, sizeof(*column.of)),
    };
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (bisection->active[i] && was_run(bisection, trial, i)) {
            column.of[i] = pb_engine_verdict(&bisection->regressions[i],
                                             &trial->evaluation);
        }
    }
    for (size_t i = 0; i < bisection->nregressions; i++) {
        size_t speaker = representative(bisection, i);
        if (speaker != PB_NO_REGRESSION) {
            column.of[i] = column.of[speaker];
        }
    }
    PB_GROW(bisection->columns, bisection->ncolumns, bisection->columns_cap);
    bisection->columns[bisection->ncolumns++] = column;
}

/* --- partition ---------------------------------------------------------- */

static char *
class_key(const struct pb_bisection *bisection, size_t test)
{
    PB_AUTO(pb_buf) struct pb_buf key = PB_BUF_INIT;
    const struct pb_regression *regression = &bisection->regressions[test];
    for (size_t i = 0; i < bisection->ncolumns; i++) {
        pb_buf_addch(&key, (char)('0' + (int)bisection->columns[i].of[test]));
    }
    pb_buf_addf(&key, " %d %s", (int)regression->kind,
                regression->bad_signature);
    return pb_buf_take(&key);
}

struct member { /* a regression on its way into a hunt */
    char *key;
    size_t test;
};

static int
compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    int order = strcmp(a->key, b->key);
    if (order != 0) {
        return order;
    }
    return a->test < b->test ? -1 : a->test > b->test;
}

/* Largest first; then the one that holds the first regression. */
static int
compare_hunts(const void *left, const void *right)
{
    const struct pb_hunt *a = left;
    const struct pb_hunt *b = right;
    if (a->len != b->len) {
        return a->len > b->len ? -1 : 1;
    }
    return a->tests[0] < b->tests[0] ? -1 : a->tests[0] > b->tests[0];
}

static void
partition(struct pb_bisection *bisection)
{
    size_t count = 0;
    struct member *members =
        pb_alloc_array(bisection->nregressions + 1, sizeof(*members));
    for (size_t i = 0; i < bisection->nregressions; i++) {
        /* Without a speaker a hunt would ask for the same trial for ever. */
        if (!bisection->flaky[i] &&
            representative(bisection, i) != PB_NO_REGRESSION) {
            members[count++] = (struct member){class_key(bisection, i), i};
        }
    }
    qsort(members, count, sizeof(*members), compare_members);
    bisection->hunts = pb_alloc_array(count + 1, sizeof(*bisection->hunts));
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(members[i].key, members[i - 1].key) != 0) {
            bisection->hunts[bisection->nhunts++] = (struct pb_hunt){
                .tests = pb_alloc_array(count - i, sizeof(size_t)),
                .culprit_trial = PB_NO_TRIAL,
                .parent_trial = PB_NO_TRIAL,
            };
        }
        struct pb_hunt *hunt = &bisection->hunts[bisection->nhunts - 1];
        hunt->tests[hunt->len++] = members[i].test;
    }
    qsort(bisection->hunts, bisection->nhunts, sizeof(*bisection->hunts),
          compare_hunts);
    for (size_t i = 0; i < count; i++) {
        free(members[i].key);
    }
    free(members);
}

void
pb_hunts_clear(struct pb_bisection *bisection)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        free(bisection->hunts[i].tests);
        free(bisection->hunts[i].suspects);
    }
    free(bisection->hunts);
    bisection->hunts = NULL;
    bisection->nhunts = 0;
}

/* --- answers ------------------------------------------------------------ */

struct pb_search_space
pb_engine_space(const struct pb_bisection *bisection)
{
    const struct pb_candidates *candidates = bisection->options.candidates;
    return (struct pb_search_space){
        .len = candidates->len,
        .parent_start = candidates->parent_start,
        .parents = candidates->parents,
        .rank = bisection->rank,
    };
}

static enum pb_search_verdict
to_search(enum pb_verdict verdict, enum pb_search_verdict other)
{
    switch (verdict) {
    case PB_VERDICT_GOOD:
        return PB_SEARCH_GOOD;
    case PB_VERDICT_BAD:
        return PB_SEARCH_BAD;
    case PB_VERDICT_OTHER:
        return other;
    case PB_VERDICT_SKIP:
        return PB_SEARCH_SKIP;
    case PB_VERDICT_NONE:
        break;
    }
    return PB_SEARCH_UNKNOWN;
}

/* What was bad once stays bad: later changes do not count. */
static void
keep_first(const struct pb_candidates *candidates,
           enum pb_search_verdict *verdicts)
{
    PB_AUTOFREE bool *was_bad =
        pb_alloc_array(candidates->len, sizeof(*was_bad));
    for (size_t i = 0; i < candidates->len; i++) {
        was_bad[i] = verdicts[i] == PB_SEARCH_BAD;
        for (size_t p = candidates->parent_start[i];
             p < candidates->parent_start[i + 1]; p++)
        {
            was_bad[i] |= was_bad[candidates->parents[p]];
        }
        if (was_bad[i] && verdicts[i] == PB_SEARCH_GOOD) {
            verdicts[i] = PB_SEARCH_BAD;
        }
    }
}

/* One verdict a candidate; caller frees. `other` is what a failure in
   another way counts as. */
static enum pb_search_verdict *
verdicts_of(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
            enum pb_search_verdict other)
{
    size_t len = bisection->options.candidates->len;
    enum pb_search_verdict *verdicts = pb_alloc_array(len, sizeof(*verdicts));
    for (size_t i = 0; i < bisection->ncolumns; i++) {
        const struct pb_column *column = &bisection->columns[i];
        verdicts[column->candidate] =
            to_search(column->of[hunt->tests[0]], other);
    }
    if (bisection->options.first) {
        keep_first(bisection->options.candidates, verdicts);
    }
    return verdicts;
}

/* First where the tests stopped passing, however they fail there; if that is
   not how they fail at the bad end, also where the failure took that form. */
static void
answer(const struct pb_bisection *bisection, struct pb_hunt *hunt)
{
    struct pb_search_space space = pb_engine_space(bisection);
    PB_AUTOFREE enum pb_search_verdict *verdicts =
        verdicts_of(bisection, hunt, PB_SEARCH_BAD);
    pb_search_next(&space, verdicts, &hunt->answer);
    if (hunt->answer.action == PB_SEARCH_SUSPECTS) {
        hunt->suspects = pb_alloc_array(space.len, sizeof(bool));
        pb_search_suspects(&space, verdicts, hunt->suspects);
    }
    hunt->later.action = PB_SEARCH_FOUND;
    hunt->masked =
        hunt->answer.action == PB_SEARCH_FOUND &&
        pb_hunt_column_verdict(bisection, hunt, hunt->answer.candidate) ==
            PB_VERDICT_OTHER;
    if (hunt->masked) {
        PB_AUTOFREE enum pb_search_verdict *exact =
            verdicts_of(bisection, hunt, PB_SEARCH_GOOD);
        pb_search_next(&space, exact, &hunt->later);
    }
}

static size_t
distinct_answers(const struct pb_bisection *bisection)
{
    size_t count = 0;
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_search_choice *each = &bisection->hunts[i].answer;
        bool new = each->action != PB_SEARCH_TEST;
        for (size_t j = 0; j < i && new; j++) {
            const struct pb_search_choice *other = &bisection->hunts[j].answer;
            new = other->action != each->action ||
                  other->candidate != each->candidate;
        }
        count += new;
    }
    return count;
}

void
pb_hunt_regroup(struct pb_bisection *bisection)
{
    pb_hunts_clear(bisection);
    partition(bisection);
    for (size_t i = 0; i < bisection->nhunts; i++) {
        answer(bisection, &bisection->hunts[i]);
        bisection->hunts[i].followed = true;
    }
}

/* --- the search phase --------------------------------------------------- */

void
pb_hunt_add_tests(const struct pb_bisection *bisection,
                  const struct pb_hunt *hunt, struct pb_strv *out)
{
    for (size_t i = 0; i < hunt->len; i++) {
        size_t test = hunt->tests[i];
        const char *id = bisection->regressions[test].id;
        if (bisection->active[test] && !pb_result_is_pseudo(id)) {
            pb_strv_add(out, id);
        }
    }
}

static void
add_open_tests(const struct pb_bisection *bisection, struct pb_strv *out)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        if (is_open(&bisection->hunts[i])) {
            pb_hunt_add_tests(bisection, &bisection->hunts[i], out);
        }
    }
    pb_strv_sort(out);
}

static void
choose_candidate(struct pb_bisection *bisection, size_t candidate)
{
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    if (!bisection->whole_suite) {
        add_open_tests(bisection, &tests);
    }
    pb_engine_choose(bisection, PB_PURPOSE_SEARCH, candidate, &tests, 0);
}

size_t
pb_hunt_asking(const struct pb_bisection *bisection,
               const struct pb_search_choice **out_choice)
{
    size_t answers = distinct_answers(bisection);
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        if (hunt->answer.action == PB_SEARCH_TEST &&
            answers < bisection->options.max_culprits)
        {
            *out_choice = &hunt->answer;
            return i;
        }
        if (hunt->answer.action != PB_SEARCH_TEST &&
            hunt->later.action == PB_SEARCH_TEST)
        {
            *out_choice = &hunt->later;
            return i;
        }
    }
    return PB_NO_HUNT;
}

void
pb_search_advance(struct pb_bisection *bisection)
{
    const struct pb_search_choice *choice = NULL;
    if (pb_hunt_asking(bisection, &choice) != PB_NO_HUNT) {
        choose_candidate(bisection, choice->candidate);
        return;
    }
    if (pb_revert_advance(bisection)) {
        return;
    }
    for (size_t i = 0; i < bisection->nhunts; i++) {
        struct pb_hunt *hunt = &bisection->hunts[i];
        hunt->followed = hunt->answer.action != PB_SEARCH_TEST;
    }
    bisection->stage = PB_STAGE_REPEAT;
}
