/* Hunts to findings: one for each distinct answer. Two hunts that ended in
   the same commit are one break seen in two ways. */
#include "report/record_private.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "pybisect/alloc.h"

/* As many as the terminal's report names. */
#define SUSPECTS_WITH_REASONS 20

struct answers {
    struct pb_record_answer *items;
    size_t len;
    size_t cap;
};

static void
answers_clear(struct answers *answers)
{
    for (size_t i = 0; i < answers->len; i++) {
        free(answers->items[i].tests);
    }
    free(answers->items);
}
PB_DEFINE_AUTO_CLEAR(answers, struct answers, answers_clear)

static enum pb_record_kind
kind_of(const struct pb_hunt *hunt)
{
    if (hunt->followed && hunt->answer.state == PB_ANSWER_FOUND) {
        return PB_RECORD_CULPRIT;
    }
    if (hunt->followed && hunt->answer.state == PB_ANSWER_SUSPECTS &&
        hunt->suspects != NULL)
    {
        return PB_RECORD_SUSPECTS;
    }
    return PB_RECORD_UNSEARCHED;
}

static bool
same_answer(const struct pb_record_answer *answer, const struct pb_hunt *hunt,
            size_t ncandidates)
{
    if (answer->kind != kind_of(hunt)) {
        return false;
    }
    switch (answer->kind) {
    case PB_RECORD_CULPRIT:
        return answer->of->answer.candidate == hunt->answer.candidate;
    case PB_RECORD_SUSPECTS:
        return memcmp(answer->of->suspects, hunt->suspects,
                      ncandidates * sizeof(*hunt->suspects)) == 0;
    case PB_RECORD_UNSEARCHED:
        break;
    }
    return true;
}

static struct pb_record_answer *
answer_for(struct answers *answers, const struct pb_hunt *hunt, size_t index,
           size_t ncandidates)
{
    for (size_t i = 0; i < answers->len; i++) {
        if (same_answer(&answers->items[i], hunt, ncandidates)) {
            return &answers->items[i];
        }
    }
    PB_GROW(answers->items, answers->len, answers->cap);
    struct pb_record_answer *answer = &answers->items[answers->len++];
    *answer = (struct pb_record_answer){
        .kind = kind_of(hunt),
        .hunt = index,
        .of = hunt,
        .of_least = hunt,
        .probability = hunt->answer.probability,
        .confirmed = hunt->confirmed,
    };
    return answer;
}

/* The row of a closing check, if it has results. */
static const struct pb_trial_record *
tested_row(const struct pb_bisection *bisection, size_t row)
{
    if (row >= pb_bisection_trials(bisection)) {
        return NULL;
    }
    const struct pb_trial_record *trial = pb_bisection_trial(bisection, row);
    return trial->evaluation.status == PB_EVALUATION_TESTED ? trial : NULL;
}

static void
add_hunt(struct pb_record_answer *answer, const struct pb_bisection *bisection,
         const struct pb_hunt *hunt)
{
    answer->tests = pb_realloc_array(answer->tests, answer->ntests + hunt->len,
                                     sizeof(*answer->tests));
    for (size_t i = 0; i < hunt->len; i++) {
        answer->tests[answer->ntests++] = hunt->tests[i];
    }
    if (hunt->answer.probability < answer->probability) {
        answer->probability = hunt->answer.probability;
        answer->of_least = hunt;
    }
    answer->confirmed = answer->confirmed && hunt->confirmed;
    answer->masked = answer->masked || hunt->masked;
    if (answer->kind == PB_RECORD_CULPRIT && answer->culprit == NULL) {
        const struct pb_trial_record *culprit =
            tested_row(bisection, hunt->culprit_trial);
        const struct pb_trial_record *parent =
            tested_row(bisection, hunt->parent_trial);
        if (culprit != NULL && parent != NULL) {
            answer->culprit = culprit;
            answer->parent = parent;
        }
    }
}

/* Answers first, the larger before the smaller, else in order of search. */
static int
compare_answers(const void *a, const void *b)
{
    const struct pb_record_answer *left = a;
    const struct pb_record_answer *right = b;
    bool left_open = left->kind == PB_RECORD_UNSEARCHED;
    bool right_open = right->kind == PB_RECORD_UNSEARCHED;
    if (left_open != right_open) {
        return left_open ? 1 : -1;
    }
    if (left->ntests != right->ntests) {
        return left->ntests > right->ntests ? -1 : 1;
    }
    return left->hunt < right->hunt ? -1 : left->hunt > right->hunt;
}

static void
collect(const struct pb_record_source *source, struct answers *out)
{
    const struct pb_bisection *bisection = source->bisection;
    size_t ncandidates = source->session->candidates.len;
    for (size_t i = 0; i < pb_bisection_hunts(bisection); i++) {
        const struct pb_hunt *hunt = pb_bisection_hunt(bisection, i);
        add_hunt(answer_for(out, hunt, i, ncandidates), bisection, hunt);
    }
    if (out->len > 1) {
        qsort(out->items, out->len, sizeof(*out->items), compare_answers);
    }
}

static const struct pb_oid *
parent_of(const struct pb_record_source *source,
          const struct pb_record_answer *answer)
{
    return pb_bisection_parent_commit(source->bisection,
                                      answer->of->answer.candidate);
}

static int
set_culprit(struct pb_json *finding, const struct pb_record_source *source,
            const struct pb_record_answer *answer, struct pb_error *err)
{
    struct pb_session *session = source->session;
    size_t candidate = answer->of->answer.candidate;
    struct pb_json *culprit = pb_record_culprit(
        session, pb_bisection_commit(source->bisection, candidate), err);
    if (culprit == NULL) {
        return -1;
    }
    pb_json_set(finding, "culprit", culprit);
    pb_json_set(culprit, "candidate", pb_json_integer((int64_t)candidate));
    assert(candidate < session->candidates.len);
    size_t ncommits = session->candidates.items[candidate].ncommits;
    if (ncommits > 1) {
        pb_json_set(culprit, "commits_folded",
                    pb_json_integer((int64_t)(ncommits - 1)));
    }
    struct pb_json *parent =
        pb_record_commit(session, parent_of(source, answer), err);
    if (parent == NULL) {
        return -1;
    }
    pb_json_set(finding, "parent", parent);
    return 0;
}

/* Only worth telling when there is more than the one change. */
static int
set_turns(struct pb_json *finding, const struct pb_record_source *source,
          const struct pb_record_answer *answer, struct pb_error *err)
{
    PB_AUTOFREE size_t *turns = NULL;
    struct pb_json *array = pb_json_array();
    size_t count = pb_bisection_turns(source->bisection, answer->hunt, &turns);
    pb_json_set(finding, "turns", array);
    for (size_t i = 0; count > 1 && i < count; i++) {
        struct pb_json *turn = pb_record_commit(
            source->session, pb_bisection_commit(source->bisection, turns[i]),
            err);
        if (turn == NULL) {
            return -1;
        }
        pb_json_set(turn, "verdict",
                    pb_json_string(i % 2 == 0 ? "bad" : "good"));
        pb_json_append(array, turn);
    }
    return 0;
}

static int
set_reasons(struct pb_json *suspect, const struct pb_record_source *source,
            const struct pb_record_answer *answer, size_t candidate,
            struct pb_error *err)
{
    struct pb_json *reasons = pb_record_reasons(
        source, answer, pb_bisection_commit(source->bisection, candidate),
        err);
    if (reasons == NULL) {
        return -1;
    }
    pb_json_set(suspect, "reasons", reasons);
    return 0;
}

static int
set_suspects(struct pb_json *finding, const struct pb_record_source *source,
             const struct pb_record_answer *answer, struct pb_error *err)
{
    struct pb_json *array = pb_json_array();
    pb_json_set(finding, "suspects", array);
    for (size_t i = 0; i < source->session->candidates.len; i++) {
        if (!answer->of->suspects[i]) {
            continue;
        }
        struct pb_json *suspect = pb_record_commit(
            source->session, pb_bisection_commit(source->bisection, i), err);
        if (suspect == NULL) {
            return -1;
        }
        PB_AUTOFREE char *reason =
            pb_bisection_reason(source->bisection, answer->hunt, i);
        pb_json_set(suspect, "candidate", pb_json_integer((int64_t)i));
        pb_json_set(suspect, "reason", pb_json_string(reason));
        pb_json_append(array, suspect);
        if (pb_json_length(array) <= SUSPECTS_WITH_REASONS &&
            set_reasons(suspect, source, answer, i, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

static void
set_neighbours(struct pb_json *finding, const struct pb_record_answer *answer)
{
    struct pb_json *json = pb_json_null();
    if (answer->culprit != NULL) {
        pb_json_free(json);
        json = pb_json_object();
        pb_json_set(json, "parent",
                    pb_record_run(&answer->parent->evaluation));
        pb_json_set(json, "culprit",
                    pb_record_run(&answer->culprit->evaluation));
    }
    pb_json_set(finding, "neighbours", json);
}

static const char *
kind_name(enum pb_record_kind kind)
{
    switch (kind) {
    case PB_RECORD_CULPRIT:
        return "culprit";
    case PB_RECORD_SUSPECTS:
        return "suspects";
    case PB_RECORD_UNSEARCHED:
        break;
    }
    return "unsearched";
}

static struct pb_json *
rate_json(const struct pb_belief_rate *rate)
{
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "mean", pb_json_real(rate->mean));
    pb_json_set(json, "low", pb_json_real(rate->low));
    pb_json_set(json, "high", pb_json_real(rate->high));
    return json;
}

/* How often the tests fail on both sides of the change, and by how many runs
   that is known: of the hunt that is the least sure. */
static void
set_runs(struct pb_json *finding, const struct pb_record_answer *answer)
{
    const struct pb_hunt *hunt = answer->of_least;
    struct pb_json *rates = pb_json_object();
    pb_json_set(rates, "before", rate_json(&hunt->rates.before));
    pb_json_set(rates, "after", rate_json(&hunt->rates.after));
    pb_json_set(finding, "runs", pb_json_integer((int64_t)hunt->runs));
    pb_json_set(finding, "flaky", pb_json_bool(hunt->pooled));
    pb_json_set(finding, "rates", rates);
}

static struct pb_json *
finding_json(const struct pb_record_source *source,
             const struct pb_record_answer *answer, struct pb_error *err)
{
    const struct pb_range *range = &source->session->range;
    const struct pb_oid *good = &range->good;
    const struct pb_oid *bad = &range->bad;
    const struct pb_oid *culprit = NULL;
    PB_AUTO(pb_json) struct pb_json *json = pb_json_object();
    pb_json_set(json, "kind", pb_json_string(kind_name(answer->kind)));
    pb_json_set(json, "probability", pb_json_real(answer->probability));
    pb_json_set(json, "confirmed", pb_json_bool(answer->confirmed));
    pb_json_set(json, "masked", pb_json_bool(answer->masked));
    set_runs(json, answer);
    if (answer->kind == PB_RECORD_CULPRIT) {
        if (set_culprit(json, source, answer, err) < 0 ||
            set_turns(json, source, answer, err) < 0)
        {
            return NULL;
        }
        good = parent_of(source, answer);
        culprit = pb_bisection_commit(source->bisection,
                                      answer->of->answer.candidate);
        bad = culprit;
    }
    else if (answer->kind == PB_RECORD_SUSPECTS &&
             set_suspects(json, source, answer, err) < 0)
    {
        return NULL;
    }
    if (answer->kind != PB_RECORD_UNSEARCHED) {
        struct pb_json *search = pb_record_search(source, answer, err);
        if (search == NULL) {
            return NULL;
        }
        pb_json_set(json, "search", search);
    }
    pb_record_tests(source, answer, json);
    set_neighbours(json, answer);
    if (pb_record_evidence(source, answer, culprit, json, err) < 0) {
        return NULL;
    }
    pb_json_set(json, "reproduce",
                pb_record_reproduce(source, answer, good, bad));
    return pb_record_steal(&json);
}

struct pb_json *
pb_record_findings(const struct pb_record_source *source, struct pb_error *err)
{
    PB_AUTO(answers) struct answers answers = {.items = NULL};
    collect(source, &answers);
    PB_AUTO(pb_json) struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < answers.len; i++) {
        struct pb_json *finding = finding_json(source, &answers.items[i], err);
        if (finding == NULL) {
            return NULL;
        }
        pb_json_append(array, finding);
    }
    return pb_record_steal(&array);
}
