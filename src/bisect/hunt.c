/* Hunts: regressions that have moved together so far. A hunt is a class of
   regressions with the same kind, signature and verdicts at every revision
   tried; it is split as soon as its tests part, and each hunt has an answer
   of its own.

   Tests that do not do the same in each run would be parted by chance. As
   long as others of their signature are steady, those speak for it; where
   none is, all of the signature are one hunt, in which a run fails when one
   of them does. */
#include <string.h>

#include "bisect/engine.h"
#include "pybisect/alloc.h"
#include "pybisect/buf.h"

#define REFUTING_RUNS 40
#define LEAST_STEP .1 /* between the rates before and after */

/* --- flaky tests ----------------------------------------------------- */

bool
pb_hunt_leaves_out(const struct pb_bisection *bisection, size_t test)
{
    if (bisection->flaky[test] || !bisection->unsteady[test]) {
        return bisection->flaky[test];
    }
    for (size_t i = 0; i < bisection->nregressions; i++) {
        if (bisection->group[i] == bisection->group[test] &&
            bisection->active[i] && !bisection->flaky[i] &&
            !bisection->unsteady[i])
        {
            return true;
        }
    }
    return false;
}

/* --- partition ---------------------------------------------------------- */

static bool
comes_again(const struct pb_bisection *bisection, size_t row)
{
    size_t candidate = bisection->rows[row].candidate;
    for (size_t i = 0; i < row; i++) {
        if (bisection->rows[i].candidate == candidate) {
            return true;
        }
    }
    return false;
}

/* What the tests of one hunt have in common. */
static char *
class_key(const struct pb_bisection *bisection, size_t test)
{
    PB_AUTO(pb_buf) struct pb_buf key = PB_BUF_INIT;
    if (bisection->unsteady[test]) {
        pb_buf_addf(&key, "~ %zu", bisection->group[test]);
        return pb_buf_take(&key);
    }
    for (size_t i = 0; i < bisection->nrows; i++) {
        if (!comes_again(bisection, i)) {
            enum pb_verdict verdict =
                pb_rows_verdict(bisection, test, bisection->rows[i].candidate);
            pb_buf_addch(&key, (char)('0' + (int)verdict));
        }
    }
    pb_buf_addf(&key, " %zu", bisection->group[test]);
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
        if (!pb_hunt_leaves_out(bisection, i) &&
            pb_rows_representative(bisection, i) != PB_NO_REGRESSION)
        {
            members[count++] = (struct member){class_key(bisection, i), i};
        }
    }
    qsort(members, count, sizeof(*members), compare_members);
    bisection->hunts = pb_alloc_array(count + 1, sizeof(*bisection->hunts));
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(members[i].key, members[i - 1].key) != 0) {
            bisection->hunts[bisection->nhunts++] = (struct pb_hunt){
                .tests = pb_alloc_array(count - i, sizeof(size_t)),
                .pooled = bisection->unsteady[members[i].test],
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

/* After so many runs the tests fail as often before as after: what seemed to
   be a regression is none. */
static bool
is_refuted(const struct pb_hunt *hunt)
{
    return hunt->pooled && hunt->runs >= REFUTING_RUNS &&
           hunt->answer.state == PB_ANSWER_OPEN &&
           hunt->rates.after.mean - hunt->rates.before.mean < LEAST_STEP;
}

/* True if there were any. */
static bool
leave_out_refuted(struct pb_bisection *bisection)
{
    bool any = false;
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_hunt *hunt = &bisection->hunts[i];
        for (size_t j = 0; is_refuted(hunt) && j < hunt->len; j++) {
            bisection->flaky[hunt->tests[j]] = true;
            any = true;
        }
    }
    return any;
}

static void
group_once(struct pb_bisection *bisection)
{
    pb_hunts_clear(bisection);
    pb_rows_find_unsteady(bisection);
    partition(bisection);
    for (size_t i = 0; i < bisection->nhunts; i++) {
        pb_answer_find(bisection, &bisection->hunts[i]);
        bisection->hunts[i].followed = true;
    }
}

void
pb_hunt_regroup(struct pb_bisection *bisection)
{
    group_once(bisection);
    if (leave_out_refuted(bisection)) {
        group_once(bisection);
    }
}

/* --- all of them ----------------------------------------------------- */

size_t
pb_hunt_ending_at(const struct pb_bisection *bisection, size_t candidate)
{
    for (size_t i = 0; i < bisection->nhunts; i++) {
        const struct pb_answer *answer = &bisection->hunts[i].answer;
        if (answer->state == PB_ANSWER_FOUND && answer->candidate == candidate)
        {
            return i;
        }
    }
    return PB_NO_HUNT;
}

bool
pb_hunt_is_first(const struct pb_bisection *bisection, size_t hunt)
{
    const struct pb_answer *answer = &bisection->hunts[hunt].answer;
    bool first = answer->state != PB_ANSWER_OPEN;
    for (size_t i = 0; i < hunt && first; i++) {
        const struct pb_answer *other = &bisection->hunts[i].answer;
        first = other->state != answer->state ||
                other->candidate != answer->candidate;
    }
    return first;
}

size_t
pb_hunt_answers(const struct pb_bisection *bisection)
{
    size_t count = 0;
    for (size_t i = 0; i < bisection->nhunts; i++) {
        count += pb_hunt_is_first(bisection, i);
    }
    return count;
}

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

void
pb_hunt_mark(const struct pb_bisection *bisection, const struct pb_hunt *hunt,
             bool *asked)
{
    for (size_t i = 0; i < hunt->len; i++) {
        size_t test = hunt->tests[i];
        size_t speaker = pb_rows_representative(bisection, test);
        asked[test] = true;
        asked[speaker] = true;
    }
}
