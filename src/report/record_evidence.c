/* Whose failures a finding's are, and what ties its commit to them. One
   failure of each signature stands for all that have it. */
#include "report/record_private.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/blame.h"
#include "pybisect/evidence.h"

/* Nobody reads on after these, and each costs a look at a commit. */
#define MOST_SIGNATURES 20

struct sample {
    const char *signature;          /* borrowed, like the failure */
    const struct pb_result *result; /* NULL: absent */
    size_t count;
};

struct samples {
    struct sample items[MOST_SIGNATURES];
    size_t len;
    char *project; /* directories, for the frames */
    struct pb_trace_places places;
};

static void
samples_clear(struct samples *samples)
{
    free(samples->project);
}
PB_DEFINE_AUTO_CLEAR(samples, struct samples, samples_clear)

/* What the test does at the culprit, or at the bad end. */
static const struct pb_result *
failure_of(const struct pb_record_source *source,
           const struct pb_record_answer *answer, const char *id)
{
    const struct pb_trial_record *trial =
        answer->culprit != NULL ? answer->culprit
                                : pb_bisection_end(source->bisection, true);
    return trial == NULL ? NULL
                         : pb_results_find(&trial->evaluation.results, id);
}

static void
find_places(const struct pb_session *session, struct samples *out)
{
    if (session->plan->command.len > 0) {
        out->project = pb_strdup(session->plan->directory);
    }
    else if (session->workspace.path != NULL) {
        out->project = pb_asprintf("%s/project", session->workspace.path);
    }
    out->places.project = out->project;
    out->places.deps = session->project.deps;
}

static int
compare_samples(const void *a, const void *b)
{
    const struct sample *left = a;
    const struct sample *right = b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    return strcmp(left->signature, right->signature);
}

/* Frequent ones first. */
static void
collect(const struct pb_record_source *source,
        const struct pb_record_answer *answer, struct samples *out)
{
    find_places(source->session, out);
    for (size_t i = 0; i < answer->ntests; i++) {
        const struct pb_regression *regression =
            pb_bisection_regression(source->bisection, answer->tests[i]);
        size_t at = 0;
        while (at < out->len && strcmp(out->items[at].signature,
                                       regression->bad_signature) != 0)
        {
            at++;
        }
        if (at == MOST_SIGNATURES) {
            continue;
        }
        if (at == out->len) {
            out->items[out->len++] = (struct sample){
                .signature = regression->bad_signature,
                .result = failure_of(source, answer, regression->id),
            };
        }
        out->items[at].count++;
    }
    qsort(out->items, out->len, sizeof(out->items[0]), compare_samples);
}

/* --- blame -------------------------------------------------------------- */

static bool
same_blame(const struct pb_blame *a, const struct pb_blame *b)
{
    return a->who == b->who && (a->package == NULL) == (b->package == NULL) &&
           (a->package == NULL || strcmp(a->package, b->package) == 0);
}

/* The one that most tests have; what is not known counts only alone. */
static size_t
most_blamed(const struct samples *samples, const struct pb_blame *blames)
{
    size_t best = 0;
    size_t most = 0;
    for (size_t i = 0; i < samples->len; i++) {
        size_t count = 0;
        for (size_t j = 0; j < samples->len; j++) {
            if (same_blame(&blames[i], &blames[j])) {
                count += samples->items[j].count;
            }
        }
        if (blames[i].who != PB_BLAME_UNKNOWN && count > most) {
            best = i;
            most = count;
        }
    }
    return best;
}

static struct pb_json *
blame_json(const struct samples *samples)
{
    struct pb_blame blames[MOST_SIGNATURES + 1] = {PB_BLAME_INIT};
    for (size_t i = 0; i < samples->len; i++) {
        pb_blame_of(samples->items[i].result, &samples->places, &blames[i]);
    }
    const struct pb_blame *blame = &blames[most_blamed(samples, blames)];
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "who", pb_json_string(pb_blame_who_name(blame->who)));
    pb_json_set(json, "package", pb_json_string(blame->package));
    pb_json_set(json, "where", pb_json_string(blame->where));
    for (size_t i = 0; i < samples->len; i++) {
        pb_blame_clear(&blames[i]);
    }
    return json;
}

/* --- evidence ----------------------------------------------------------- */

static int
find_evidence(const struct pb_record_source *source,
              const struct samples *samples, const struct pb_oid *commit,
              struct pb_evidence *out, struct pb_error *err)
{
    PB_AUTO(pb_touched) struct pb_touched touched = PB_TOUCHED_INIT;
    const struct pb_result *failures[MOST_SIGNATURES];
    if (pb_touched_load(source->session->repo, commit, &touched, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < samples->len; i++) {
        failures[i] = samples->items[i].result;
    }
    pb_evidence_find(&touched, failures, samples->len, &samples->places, out);
    return 0;
}

struct pb_json *
pb_record_reasons(const struct pb_record_source *source,
                  const struct pb_record_answer *answer,
                  const struct pb_oid *commit, struct pb_error *err)
{
    PB_AUTO(samples) struct samples samples = {.len = 0};
    PB_AUTO(pb_evidence) struct pb_evidence evidence = PB_EVIDENCE_INIT;
    collect(source, answer, &samples);
    return find_evidence(source, &samples, commit, &evidence, err) < 0
               ? NULL
               : pb_json_strings(&evidence.reasons);
}

int
pb_record_evidence(const struct pb_record_source *source,
                   const struct pb_record_answer *answer,
                   const struct pb_oid *commit, struct pb_json *finding,
                   struct pb_error *err)
{
    PB_AUTO(samples) struct samples samples = {.len = 0};
    PB_AUTO(pb_evidence) struct pb_evidence evidence = PB_EVIDENCE_INIT;
    collect(source, answer, &samples);
    if (commit != NULL &&
        find_evidence(source, &samples, commit, &evidence, err) < 0)
    {
        return -1;
    }
    pb_json_set(finding, "blame", blame_json(&samples));
    pb_json_set(finding, "reasons", pb_json_strings(&evidence.reasons));
    pb_json_set(finding, "announced", pb_json_strings(&evidence.announced));
    return 0;
}
