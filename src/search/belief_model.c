/* The unknown failure rates, integrated out. The likelihood of the counts is
   averaged over a mixture of four priors: both sides reliable, only good
   revisions reliable, only bad ones, neither. The atoms are not quite 0 and
   1: one stray result must not rule a candidate out for ever.

   Everything comes down to the logarithm of the gamma function at multiples
   of one half, which a table holds. */
#include <math.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

#define TABLE_MOST 65536 /* places; beyond, lgamma_r */
#define TABLE_FIRST 256

static const struct pb_component flaky[] = {
    {.weight = .2, .good = {.atom = .001}, .bad = {.atom = .999}},
    {.weight = .2, .good = {.atom = .005}, .bad = {.alpha = 1, .beta = 1}},
    {.weight = .2, .good = {.alpha = 1, .beta = 2}, .bad = {.atom = .995}},
    {.weight = .4,
     .good = {.alpha = 1, .beta = 2},
     .bad = {.alpha = 2, .beta = 1}},
};

/* Small enough that a bisection of a million candidates ends without a
   repeat, and not 0: results that contradict each other have an answer. */
static const struct pb_component deterministic[] = {
    {.weight = 1, .good = {.atom = 1e-9}, .bad = {.atom = 1 - 1e-9}},
};

static const struct pb_component jeffreys[] = {
    {.weight = 1,
     .good = {.alpha = .5, .beta = .5},
     .bad = {.alpha = .5, .beta = .5}},
};

/* Unlike lgamma(), this touches no global variable. */
static double
log_gamma(double x)
{
    int sign = 0;
    return lgamma_r(x, &sign);
}

static double
log_gamma_half(const struct pb_model *model, double twice)
{
    return twice < (double)model->table_len ? model->log_gamma[(size_t)twice]
                                            : log_gamma(twice / 2);
}

static double
log_beta(const struct pb_model *model, double alpha, double beta)
{
    return log_gamma_half(model, 2 * alpha) + log_gamma_half(model, 2 * beta) -
           log_gamma_half(model, 2 * (alpha + beta));
}

static void
init_rate(const struct pb_model *model, struct pb_rate_prior *rate)
{
    if (rate->atom > 0) {
        rate->log_fail = log(rate->atom);
        rate->log_pass = log1p(-rate->atom);
    }
    else {
        rate->log_norm = log_beta(model, rate->alpha, rate->beta);
    }
}

static void
copy_components(struct pb_model *model, const struct pb_component *from,
                size_t len)
{
    for (size_t i = 0; i < len; i++) {
        model->components[i] = from[i];
        model->components[i].log_weight = log(from[i].weight);
        init_rate(model, &model->components[i].good);
        init_rate(model, &model->components[i].bad);
    }
    model->len = len;
}

void
pb_model_init(struct pb_model *model, enum pb_belief_model which)
{
    *model = (struct pb_model){.len = 0};
    pb_model_reserve(model, 0);
    switch (which) {
    case PB_BELIEF_FLAKY:
        copy_components(model, flaky, PB_LENGTH(flaky));
        break;
    case PB_BELIEF_DETERMINISTIC:
        copy_components(model, deterministic, PB_LENGTH(deterministic));
        break;
    case PB_BELIEF_JEFFREYS:
        copy_components(model, jeffreys, PB_LENGTH(jeffreys));
        break;
    }
}

void
pb_model_clear(struct pb_model *model)
{
    free(model->log_gamma);
    *model = (struct pb_model){.len = 0};
}

void
pb_model_reserve(struct pb_model *model, uint64_t runs)
{
    size_t wanted = model->table_len == 0 ? TABLE_FIRST : model->table_len;
    /* The largest argument is alpha + beta + runs; alpha + beta <= 3. */
    while (wanted < TABLE_MOST && wanted < 2 * runs + 8) {
        wanted *= 2;
    }
    if (wanted == model->table_len) {
        return;
    }
    model->log_gamma =
        pb_realloc_array(model->log_gamma, wanted, sizeof(double));
    for (size_t k = model->table_len; k < wanted; k++) {
        model->log_gamma[k] = k == 0 ? INFINITY : log_gamma((double)k / 2);
    }
    model->table_len = wanted;
}

static double
log_marginal(const struct pb_model *model, const struct pb_rate_prior *rate,
             struct pb_counts counts)
{
    double fails = (double)counts.fails;
    double passes = (double)counts.passes;
    if (rate->atom > 0) {
        return fails * rate->log_fail + passes * rate->log_pass;
    }
    return log_beta(model, rate->alpha + fails, rate->beta + passes) -
           rate->log_norm;
}

static double
next_fails(const struct pb_rate_prior *rate, struct pb_counts counts)
{
    if (rate->atom > 0) {
        return rate->atom;
    }
    double fails = (double)counts.fails + rate->alpha;
    return fails / (fails + (double)counts.passes + rate->beta);
}

/* Returns the logarithm of the components' sum. */
static double
weigh_components(const struct pb_model *model, struct pb_counts good,
                 struct pb_counts bad, double shares[PB_COMPONENTS_MOST])
{
    double most = -INFINITY;
    for (size_t m = 0; m < model->len; m++) {
        const struct pb_component *each = &model->components[m];
        shares[m] = each->log_weight + log_marginal(model, &each->good, good) +
                    log_marginal(model, &each->bad, bad);
        most = shares[m] > most ? shares[m] : most;
    }
    double sum = 0;
    for (size_t m = 0; m < model->len; m++) {
        shares[m] = exp(shares[m] - most);
        sum += shares[m];
    }
    for (size_t m = 0; m < model->len; m++) {
        shares[m] /= sum;
    }
    return most + log(sum);
}

void
pb_model_shares(const struct pb_model *model, struct pb_counts good,
                struct pb_counts bad, double out[PB_COMPONENTS_MOST])
{
    (void)weigh_components(model, good, bad, out);
}

void
pb_model_evaluate(const struct pb_model *model, struct pb_counts good,
                  struct pb_counts bad, struct pb_evaluated *out)
{
    double shares[PB_COMPONENTS_MOST];
    *out = (struct pb_evaluated){
        .log_likelihood = weigh_components(model, good, bad, shares),
    };
    for (size_t m = 0; m < model->len; m++) {
        const struct pb_component *each = &model->components[m];
        out->good_rate += shares[m] * next_fails(&each->good, good);
        out->bad_rate += shares[m] * next_fails(&each->bad, bad);
    }
}

double
pb_entropy(double p)
{
    if (!(p > 0 && p < 1)) {
        return 0;
    }
    return -(p * log2(p) + (1 - p) * log1p(-p) * M_LOG2E);
}
