/* Do the ends differ at all? Wald's sequential test in its Bayesian form:
   three explanations of the counts, each averaged over a grid of rates, and
   more runs until one of them is all but certain. */
#include <math.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

#define LEAST_RUNS 2   /* at each end */
#define LEAST_STEP .15 /* between rates that differ */
#define PRIOR_DIFFER .8
#define PRIOR_FLAKE .15 /* seldom, at both ends alike */
#define PRIOR_BOTH .05  /* often, at both */
#define SURE .98        /* that they differ */
#define SURE_NOT .95
#define BISECTIONS 50

/* Rates of a good revision and of a bad one. */
static const double low_rates[] = {.001, .02, .05, .1, .2, .35};
static const double high_rates[] = {.2, .35, .5, .65, .8, .9, .97, .999};

static double
chance(double rate, struct pb_counts runs)
{
    return (double)runs.fails * log(rate) + (double)runs.passes * log1p(-rate);
}

/* The sum of what was added, in logarithms. */
struct log_sum {
    double most;
    double sum; /* over exp(most) */
    size_t terms;
};

static void
log_sum_add(struct log_sum *sum, double term)
{
    if (sum->terms == 0) {
        sum->most = term;
    }
    if (term > sum->most) {
        sum->sum *= exp(sum->most - term);
        sum->most = term;
    }
    sum->sum += exp(term - sum->most);
    sum->terms++;
}

static double
log_mean(const struct log_sum *sum)
{
    return sum->most + log(sum->sum / (double)sum->terms);
}

static double
log_differ(struct pb_counts good, struct pb_counts bad)
{
    struct log_sum sum = {.terms = 0};
    for (size_t a = 0; a < PB_LENGTH(low_rates); a++) {
        for (size_t b = 0; b < PB_LENGTH(high_rates); b++) {
            if (high_rates[b] - low_rates[a] >= LEAST_STEP - 1e-9) {
                log_sum_add(&sum, chance(low_rates[a], good) +
                                      chance(high_rates[b], bad));
            }
        }
    }
    return log_mean(&sum);
}

static double
log_alike(const double *rates, size_t len, struct pb_counts all)
{
    struct log_sum sum = {.terms = 0};
    for (size_t i = 0; i < len; i++) {
        log_sum_add(&sum, chance(rates[i], all));
    }
    return log_mean(&sum);
}

/* With 95 %, the rate is at most this, from an even prior. */
static double
rate_at_most(struct pb_counts runs)
{
    double low = 0;
    double high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        double below = pb_beta_cdf((double)runs.fails + 1,
                                   (double)runs.passes + 1, middle);
        *(below < .95 ? &low : &high) = middle;
    }
    return high;
}

enum pb_belief_ends
pb_belief_ends(unsigned good_fails, unsigned good_passes, unsigned bad_fails,
               unsigned bad_passes, double *out_rate)
{
    struct pb_counts good = {.fails = good_fails, .passes = good_passes};
    struct pb_counts bad = {.fails = bad_fails, .passes = bad_passes};
    struct pb_counts all = {
        .fails = good.fails + bad.fails,
        .passes = good.passes + bad.passes,
    };
    if (out_rate != NULL) {
        *out_rate = rate_at_most(bad);
    }
    if (good.fails + good.passes < LEAST_RUNS ||
        bad.fails + bad.passes < LEAST_RUNS)
    {
        return PB_BELIEF_AGAIN;
    }
    double differ = log(PRIOR_DIFFER) + log_differ(good, bad);
    double flake =
        log(PRIOR_FLAKE) + log_alike(low_rates, PB_LENGTH(low_rates), all);
    double both =
        log(PRIOR_BOTH) + log_alike(high_rates, PB_LENGTH(high_rates), all);
    double most = fmax(differ, fmax(flake, both));
    double sum = exp(differ - most) + exp(flake - most) + exp(both - most);
    double p_differ = exp(differ - most) / sum;
    if (p_differ > SURE) {
        return PB_BELIEF_GO;
    }
    if (p_differ < 1 - SURE_NOT) {
        return both > flake ? PB_BELIEF_GOOD_FAILS
                            : PB_BELIEF_NOT_REPRODUCIBLE;
    }
    return PB_BELIEF_AGAIN;
}
