/* P(candidate is the culprit), flake rates integrated out.

   If c is the culprit, runs at c and its descendants fail at the rate b, all
   others at the rate a. The rates are unknown, so the likelihood of the
   counts is averaged over a mixture of four priors: both tests reliable,
   only good revisions reliable, only bad ones, neither. It depends on the
   counts (fails, passes) of the two sides alone, so it is computed once for
   each run of candidates that no test separates. The atoms are not quite 0
   and 1: one stray result must not rule a candidate out for ever. */
#include <math.h>
#include <stdint.h>

#include "pybisect/alloc.h"
#include "pybisect/search.h"

/* A rate: a known one, or Beta(alpha, beta). */
struct rate {
    double atom; /* 0: Beta */
    double alpha;
    double beta;
};

struct component {
    double weight;
    struct rate good; /* P(fail) before the culprit */
    struct rate bad;  /* P(fail) from the culprit on */
};

static const struct component prior[] = {
    {.2, {.atom = .001}, {.atom = .999}},
    {.2, {.atom = .005}, {.alpha = 1, .beta = 1}},
    {.2, {.alpha = 1, .beta = 2}, {.atom = .995}},
    {.4, {.alpha = 1, .beta = 2}, {.alpha = 2, .beta = 1}},
};

struct counts {
    uint64_t fails;
    uint64_t passes;
};

/* Unlike lgamma(), this touches no global variable. */
static double
log_gamma(double x)
{
    int sign = 0;
    return lgamma_r(x, &sign);
}

static double
log_beta(double alpha, double beta)
{
    return log_gamma(alpha) + log_gamma(beta) - log_gamma(alpha + beta);
}

static double
log_marginal(const struct rate *rate, struct counts counts)
{
    double fails = (double)counts.fails;
    double passes = (double)counts.passes;
    if (rate->atom > 0) {
        return fails * log(rate->atom) + passes * log1p(-rate->atom);
    }
    return log_beta(rate->alpha + fails, rate->beta + passes) -
           log_beta(rate->alpha, rate->beta);
}

static double
log_likelihood(struct counts good, struct counts bad)
{
    double terms[PB_LENGTH(prior)];
    double most = -INFINITY;
    for (size_t m = 0; m < PB_LENGTH(prior); m++) {
        terms[m] = log(prior[m].weight) + log_marginal(&prior[m].good, good) +
                   log_marginal(&prior[m].bad, bad);
        most = fmax(most, terms[m]);
    }
    double sum = 0;
    for (size_t m = 0; m < PB_LENGTH(prior); m++) {
        sum += exp(terms[m] - most);
    }
    return most + log(sum);
}

static bool
is_linear(const struct pb_search_space *space)
{
    for (size_t i = 0; i < space->len; i++) {
        size_t first = space->parent_start[i];
        size_t parents = space->parent_start[i + 1] - first;
        if (parents != (i > 0) || (i > 0 && space->parents[first] != i - 1)) {
            return false;
        }
    }
    return true;
}

/* On a chain, the runs at a candidate or after it. */
static void
add_up_chain(size_t len, const unsigned *fails, const unsigned *passes,
             struct counts *bad)
{
    struct counts sum = {0};
    for (size_t i = len; i-- > 0;) {
        sum.fails += fails[i];
        sum.passes += passes[i];
        bad[i] = sum;
    }
}

/* Adds the runs at `tested` to each of its ancestors and itself. */
static void
add_to_ancestors(const struct pb_search_space *space, size_t tested,
                 struct counts runs, bool *scratch, struct counts *bad)
{
    for (size_t i = 0; i < tested; i++) {
        scratch[i] = false;
    }
    scratch[tested] = true;
    for (size_t i = tested + 1; i-- > 0;) {
        if (!scratch[i]) {
            continue;
        }
        bad[i].fails += runs.fails;
        bad[i].passes += runs.passes;
        for (size_t p = space->parent_start[i]; p < space->parent_start[i + 1];
             p++) {
            scratch[space->parents[p]] = true;
        }
    }
}

static void
add_up_graph(const struct pb_search_space *space, const unsigned *fails,
             const unsigned *passes, struct counts *bad)
{
    PB_AUTOFREE bool *scratch = pb_alloc_array(space->len, sizeof(*scratch));
    for (size_t i = 0; i < space->len; i++) {
        struct counts runs = {.fails = fails[i], .passes = passes[i]};
        if (runs.fails + runs.passes > 0) {
            add_to_ancestors(space, i, runs, scratch, bad);
        }
    }
}

static void
normalise(double *log_weights, size_t len)
{
    double most = -INFINITY;
    for (size_t i = 0; i < len; i++) {
        most = fmax(most, log_weights[i]);
    }
    long double sum = 0;
    for (size_t i = 0; i < len; i++) {
        log_weights[i] = exp(log_weights[i] - most);
        sum += log_weights[i];
    }
    for (size_t i = 0; i < len; i++) {
        log_weights[i] = (double)(log_weights[i] / sum);
    }
}

void
pb_search_posterior(const struct pb_search_space *space, const unsigned *fails,
                    const unsigned *passes, unsigned good_fails,
                    unsigned good_passes, double *out)
{
    PB_AUTOFREE struct counts *bad = pb_alloc_array(space->len, sizeof(*bad));
    if (is_linear(space)) {
        add_up_chain(space->len, fails, passes, bad);
    }
    else {
        add_up_graph(space, fails, passes, bad);
    }
    struct counts all = {.fails = good_fails, .passes = good_passes};
    for (size_t i = 0; i < space->len; i++) {
        all.fails += fails[i];
        all.passes += passes[i];
    }
    for (size_t i = 0; i < space->len; i++) {
        if (i > 0 && bad[i].fails == bad[i - 1].fails &&
            bad[i].passes == bad[i - 1].passes)
        {
            out[i] = out[i - 1];
            continue;
        }
        struct counts good = {
            .fails = all.fails - bad[i].fails,
            .passes = all.passes - bad[i].passes,
        };
        out[i] = log_likelihood(good, bad[i]);
    }
    normalise(out, space->len);
}
