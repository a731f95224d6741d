/* From counts to probabilities, and to what each run would tell.

   With the culprit's posterior P and the predictive rates q0(c), q1(c), which
   differ between hypotheses because each sorts the same counts differently, a
   run at i fails with probability p = sum over c of P(c) q(c), and tells
       h(p) - sum over c of P(c) h(q(c))
   bits about the culprit, q being q1 where c is i or an ancestor of it. On a
   chain both sums are linear in the mass that lies at or before i within the
   part that i divides. */
#include <math.h>
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

static size_t
count_parts(const struct pb_belief *belief,
            const struct pb_belief_evidence *evidence)
{
    size_t len = belief->space->len;
    if (!belief->chain) {
        return len;
    }
    bool end_tested = evidence->len > 0 &&
                      evidence->tested[evidence->len - 1].candidate == len - 1;
    return evidence->len + !end_tested;
}

/* The parts of a chain: each tested revision ends one, and the bad end. */
static void
divide_chain(struct pb_view *view, const struct pb_belief *belief,
             const struct pb_belief_evidence *evidence)
{
    struct pb_counts bad = evidence->all;
    bad.fails -= evidence->good_end.fails;
    bad.passes -= evidence->good_end.passes;
    size_t first = 0;
    for (size_t k = 0; k < view->len; k++) {
        size_t last = k < evidence->len ? evidence->tested[k].candidate
                                        : belief->space->len - 1;
        view->parts[k] = (struct pb_part){
            .first = first,
            .last = last,
            .prior = belief->before[last + 1] - belief->before[first],
            .bad = bad,
        };
        first = last + 1;
        if (k < evidence->len) {
            bad.fails -= evidence->tested[k].runs.fails;
            bad.passes -= evidence->tested[k].runs.passes;
        }
    }
}

static void
divide_graph(struct pb_view *view, const struct pb_belief *belief,
             const struct pb_belief_evidence *evidence)
{
    for (size_t i = 0; i < view->len; i++) {
        view->parts[i] = (struct pb_part){
            .first = i,
            .last = i,
            .prior = belief->prior[i],
            .bad = evidence->bad[i],
        };
    }
}

static bool
same_counts(struct pb_counts a, struct pb_counts b)
{
    return a.fails == b.fails && a.passes == b.passes;
}

/* Leaves the logarithm of the likelihood in `mass`. */
static void
evaluate_part(struct pb_view *view, const struct pb_belief *belief,
              const struct pb_belief_evidence *evidence, size_t k)
{
    struct pb_part *part = &view->parts[k];
    if (k > 0 && same_counts(part[-1].bad, part->bad)) {
        const struct pb_part *previous = part - 1;
        part->mass = previous->mass;
        part->good_rate = previous->good_rate;
        part->bad_rate = previous->bad_rate;
        part->good_bits = previous->good_bits;
        part->bad_bits = previous->bad_bits;
        return;
    }
    struct pb_counts good = {
        .fails = evidence->all.fails - part->bad.fails,
        .passes = evidence->all.passes - part->bad.passes,
    };
    struct pb_evaluated evaluated;
    pb_model_evaluate(&belief->model, good, part->bad, &evaluated);
    part->mass = evaluated.log_likelihood;
    part->good_rate = evaluated.good_rate;
    part->bad_rate = evaluated.bad_rate;
    part->good_bits = pb_entropy(part->good_rate);
    part->bad_bits = pb_entropy(part->bad_rate);
}

/* Mass from likelihood and prior. The mass of each part comes from its own
   logarithm; it is never the difference of two sums. */
static void
normalise(struct pb_view *view)
{
    double most = -INFINITY;
    for (size_t k = 0; k < view->len; k++) {
        most = fmax(most, view->parts[k].mass);
    }
    long double sum = 0;
    for (size_t k = 0; k < view->len; k++) {
        struct pb_part *part = &view->parts[k];
        part->mass = exp(part->mass - most) * part->prior;
        sum += part->mass;
    }
    for (size_t k = 0; k < view->len; k++) {
        view->parts[k].mass = (double)(view->parts[k].mass / sum);
    }
}

/* What a run right before each part says; the last line of the sweep is a
   run at the good end, before all of them. */
static void
weigh_chain(struct pb_view *view)
{
    double fails = 0;
    double noise = 0;
    for (size_t k = view->len; k-- > 0;) {
        struct pb_part *part = &view->parts[k];
        fails += part->mass * part->good_rate;
        noise += part->mass * part->good_bits;
        part->fails = fails;
        part->noise = noise;
    }
    view->good_end_fails = fails;
    view->good_end_noise = noise;
    fails = 0;
    noise = 0;
    for (size_t k = 0; k < view->len; k++) {
        struct pb_part *part = &view->parts[k];
        part->fails += fails;
        part->noise += noise;
        fails += part->mass * part->bad_rate;
        noise += part->mass * part->bad_bits;
    }
}

static void
weigh_graph(struct pb_view *view, const struct pb_belief *belief)
{
    size_t len = view->len;
    PB_AUTOFREE double *values = pb_alloc_array(len, sizeof(*values));
    view->fails = pb_alloc_array(len, sizeof(*view->fails));
    view->noise = pb_alloc_array(len, sizeof(*view->noise));
    for (size_t i = 0; i < len; i++) {
        const struct pb_part *part = &view->parts[i];
        view->good_end_fails += part->mass * part->good_rate;
        view->good_end_noise += part->mass * part->good_bits;
        values[i] = part->mass * (part->bad_rate - part->good_rate);
    }
    pb_graph_sum(&belief->graph, len, values, view->fails);
    for (size_t i = 0; i < len; i++) {
        const struct pb_part *part = &view->parts[i];
        values[i] = part->mass * (part->bad_bits - part->good_bits);
    }
    pb_graph_sum(&belief->graph, len, values, view->noise);
    for (size_t i = 0; i < len; i++) {
        view->fails[i] += view->good_end_fails;
        view->noise[i] += view->good_end_noise;
    }
}

void
pb_view_make(struct pb_view *view, const struct pb_belief *belief,
             const struct pb_belief_evidence *evidence)
{
    size_t len = count_parts(belief, evidence);
    *view = (struct pb_view){
        .parts = pb_alloc_array(len, sizeof(*view->parts)),
        .len = len,
    };
    if (belief->chain) {
        divide_chain(view, belief, evidence);
    }
    else {
        divide_graph(view, belief, evidence);
    }
    for (size_t k = 0; k < len; k++) {
        evaluate_part(view, belief, evidence, k);
    }
    normalise(view);
    if (belief->chain) {
        weigh_chain(view);
    }
    else {
        weigh_graph(view, belief);
    }
}

void
pb_view_clear(struct pb_view *view)
{
    free(view->parts);
    free(view->fails);
    free(view->noise);
    *view = (struct pb_view){.len = 0};
}

size_t
pb_view_part(const struct pb_view *view, size_t candidate)
{
    if (candidate == PB_BELIEF_GOOD_END) {
        return 0;
    }
    if (view->fails != NULL) {
        return candidate;
    }
    size_t low = 0;
    size_t high = view->len - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view->parts[middle].last < candidate) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

void
pb_view_run(const struct pb_view *view, const struct pb_belief *belief,
            size_t part, size_t candidate, double *out_fails, double *out_bits)
{
    double fails = view->good_end_fails;
    double noise = view->good_end_noise;
    if (candidate != PB_BELIEF_GOOD_END && view->fails != NULL) {
        fails = view->fails[candidate];
        noise = view->noise[candidate];
    }
    else if (candidate != PB_BELIEF_GOOD_END) {
        const struct pb_part *in = &view->parts[part];
        double mass =
            in->mass *
            (belief->before[candidate + 1] - belief->before[in->first]) /
            in->prior;
        fails = in->fails + mass * (in->bad_rate - in->good_rate);
        noise = in->noise + mass * (in->bad_bits - in->good_bits);
    }
    *out_fails = fails < 0 ? 0 : fails > 1 ? 1 : fails;
    /* Not quite 0 by rounding where there is nothing to learn. */
    *out_bits = fmax(pb_entropy(*out_fails) - noise, 0);
}
