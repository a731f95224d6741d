/* How a finding's search went: what each run said of it, and what was to be
   believed after it, of the whole range and of the commits next to the answer.
   Bounded, however long the range and the search. */
#include "report/record_private.h"

#include <math.h>

#include "pybisect/alloc.h"

#define WHOLE_BINS 100
#define NEAR_BESIDE 10 /* commits on each side of the answer */
#define NEAR_MOST 41
#define STEPS_MOST 24
#define WHOLE_SHARE 10000

struct stretch { /* candidates from .. from + len - 1 in so many bins */
    size_t from;
    size_t len;
    size_t bins;
};

/* Their candidates' share each, "0 12 9988". */
static struct pb_json *
shares_json(const double *believed, const struct stretch *stretch)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    size_t at = 0;
    for (size_t bin = 0; bin < stretch->bins; bin++) {
        double sum = 0;
        size_t end = (bin + 1) * stretch->len / stretch->bins;
        for (; at < end; at++) {
            sum += believed[stretch->from + at];
        }
        pb_buf_addf(&text, "%s%.0f", bin > 0 ? " " : "",
                    fmin(sum, 1) * WHOLE_SHARE);
    }
    return pb_json_string(text.data);
}

/* Around the suspects, or the culprit. */
static struct stretch
near_stretch(const struct pb_record_answer *answer, size_t ncandidates)
{
    size_t first = answer->of->answer.candidate;
    size_t last = first;
    for (size_t i = 0; answer->of->suspects != NULL && i < first; i++) {
        if (answer->of->suspects[i]) {
            first = i;
        }
    }
    struct stretch near = {
        .from = first < NEAR_BESIDE ? 0 : first - NEAR_BESIDE,
    };
    size_t end = last + NEAR_BESIDE + 1;
    end = end < ncandidates ? end : ncandidates;
    if (end - near.from > NEAR_MOST) {
        near.from = end - NEAR_MOST;
    }
    near.len = end - near.from;
    near.bins = near.len;
    return near;
}

static struct pb_json *
near_json(const struct pb_record_source *source, const struct stretch *near,
          struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *commits = pb_json_array();
    for (size_t i = 0; i < near->len; i++) {
        struct pb_json *commit = pb_record_commit(
            source->session,
            pb_bisection_commit(source->bisection, near->from + i), err);
        if (commit == NULL) {
            return NULL;
        }
        pb_json_append(commits, commit);
    }
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "from", pb_json_integer((int64_t)near->from));
    pb_json_set(json, "commits", pb_record_steal(&commits));
    return json;
}

static bool
is_step(enum pb_purpose purpose, enum pb_verdict verdict)
{
    bool searches = purpose == PB_PURPOSE_SEARCH ||
                    purpose == PB_PURPOSE_REPEAT ||
                    purpose == PB_PURPOSE_REVERT;
    return searches && verdict != PB_VERDICT_NONE;
}

/* How many trials were known after each step of the search, and before the
   first. Caller frees *out. */
static size_t
find_steps(const struct pb_bisection *bisection, size_t hunt, size_t **out)
{
    size_t trials = pb_bisection_trials(bisection);
    size_t *steps = pb_alloc_array(trials + 1, sizeof(*steps));
    size_t len = 0;
    for (size_t i = 0; i < trials; i++) {
        if (is_step(pb_bisection_trial(bisection, i)->purpose,
                    pb_bisection_said(bisection, hunt, i)))
        {
            if (len == 0) {
                steps[len++] = i;
            }
            steps[len++] = i + 1;
        }
    }
    if (len == 0) {
        steps[len++] = trials;
    }
    *out = steps;
    return len;
}

static struct pb_json *
believed_json(const struct pb_bisection *bisection, size_t hunt,
              size_t ncandidates, const struct stretch *whole,
              const struct stretch *near)
{
    struct pb_json *array = pb_json_array();
    PB_AUTOFREE double *believed =
        pb_alloc_array(ncandidates, sizeof(*believed));
    PB_AUTOFREE size_t *steps = NULL;
    size_t len = find_steps(bisection, hunt, &steps);
    size_t shown = len < STEPS_MOST ? len : STEPS_MOST;
    for (size_t i = 0; i < shown; i++) {
        size_t step = shown == 1 ? 0 : i * (len - 1) / (shown - 1);
        struct pb_json *json = pb_json_object();
        pb_bisection_believed(bisection, hunt, steps[step], believed);
        pb_json_set(json, "runs", pb_json_integer((int64_t)steps[step]));
        pb_json_set(json, "whole", shares_json(believed, whole));
        pb_json_set(json, "near", shares_json(believed, near));
        pb_json_append(array, json);
    }
    return array;
}

static struct pb_json *
verdicts_json(const struct pb_bisection *bisection, size_t hunt)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < pb_bisection_trials(bisection); i++) {
        pb_json_append(array, pb_json_string(pb_verdict_name(
                                  pb_bisection_said(bisection, hunt, i))));
    }
    return array;
}

struct pb_json *
pb_record_search(const struct pb_record_source *source,
                 const struct pb_record_answer *answer, struct pb_error *err)
{
    size_t ncandidates = source->session->candidates.len;
    const struct stretch near = near_stretch(answer, ncandidates);
    const struct stretch whole = {
        .len = ncandidates,
        .bins = ncandidates < WHOLE_BINS ? ncandidates : WHOLE_BINS,
    };
    struct pb_json *commits = near_json(source, &near, err);
    if (commits == NULL) {
        return NULL;
    }
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "verdicts",
                verdicts_json(source->bisection, answer->hunt));
    pb_json_set(json, "near", commits);
    pb_json_set(json, "believed",
                believed_json(source->bisection, answer->hunt, ncandidates,
                              &whole, &near));
    return json;
}
