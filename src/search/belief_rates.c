/* How often the test fails before and after the change, with what range is
   credible. The posterior of a rate is a mixture of known rates and Betas,
   one for each part of the view and component of the model. */
#include <math.h>
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

#define LEAST_MASS 1e-5 /* of a part, to be heard */
#define BISECTIONS 50

struct term {
    double weight;
    double atom; /* 0: Beta */
    double alpha;
    double beta;
};

struct mixture {
    struct term *terms;
    size_t len;
    size_t cap;
};

static void
mixture_clear(struct mixture *mixture)
{
    free(mixture->terms);
}

PB_DEFINE_AUTO_CLEAR(mixture, struct mixture, mixture_clear)

static void
add_term(struct mixture *mixture, const struct pb_rate_prior *prior,
         struct pb_counts counts, double weight)
{
    if (weight < LEAST_MASS) {
        return;
    }
    PB_GROW(mixture->terms, mixture->len, mixture->cap);
    mixture->terms[mixture->len++] = (struct term){
        .weight = weight,
        .atom = prior->atom,
        .alpha = prior->alpha + (double)counts.fails,
        .beta = prior->beta + (double)counts.passes,
    };
}

static void
add_part(const struct pb_belief *belief, struct pb_counts bad, double mass,
         struct mixture *before, struct mixture *after)
{
    struct pb_counts good = {
        .fails = belief->evidence.all.fails - bad.fails,
        .passes = belief->evidence.all.passes - bad.passes,
    };
    double shares[PB_COMPONENTS_MOST];
    pb_model_shares(&belief->model, good, bad, shares);
    for (size_t m = 0; m < belief->model.len; m++) {
        const struct pb_component *each = &belief->model.components[m];
        add_term(before, &each->good, good, mass * shares[m]);
        add_term(after, &each->bad, bad, mass * shares[m]);
    }
}

/* Neighbours with the same counts are one part here, so that on a graph many
   small ones are heard together. */
static void
collect(struct pb_belief *belief, struct mixture *before,
        struct mixture *after)
{
    const struct pb_view *view = pb_belief_view(belief);
    double mass = 0;
    for (size_t k = 0; k < view->len; k++) {
        const struct pb_part *part = &view->parts[k];
        mass += part->mass;
        bool more = k + 1 < view->len &&
                    part[1].bad.fails == part->bad.fails &&
                    part[1].bad.passes == part->bad.passes;
        if (!more) {
            add_part(belief, part->bad, mass, before, after);
            mass = 0;
        }
    }
}

static double
total(const struct mixture *mixture)
{
    double sum = 0;
    for (size_t i = 0; i < mixture->len; i++) {
        sum += mixture->terms[i].weight;
    }
    return sum;
}

/* P(the rate <= x), times the total. */
static double
below(const struct mixture *mixture, double x)
{
    double sum = 0;
    for (size_t i = 0; i < mixture->len; i++) {
        const struct term *term = &mixture->terms[i];
        double share = term->atom > 0
                           ? (term->atom <= x ? 1 : 0)
                           : pb_beta_cdf(term->alpha, term->beta, x);
        sum += term->weight * share;
    }
    return sum;
}

static double
quantile(const struct mixture *mixture, double share)
{
    double wanted = share * total(mixture);
    double low = 0;
    double high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        *(below(mixture, middle) < wanted ? &low : &high) = middle;
    }
    return high;
}

static void
summarise(const struct mixture *mixture, struct pb_belief_rate *out)
{
    double sum = 0;
    for (size_t i = 0; i < mixture->len; i++) {
        const struct term *term = &mixture->terms[i];
        sum += term->weight * (term->atom > 0
                                   ? term->atom
                                   : term->alpha / (term->alpha + term->beta));
    }
    out->mean = sum / total(mixture);
    out->low = quantile(mixture, .025);
    out->high = quantile(mixture, .975);
}

void
pb_belief_rates(struct pb_belief *belief, struct pb_belief_rates *out)
{
    PB_AUTO(mixture) struct mixture before = {.len = 0};
    PB_AUTO(mixture) struct mixture after = {.len = 0};
    collect(belief, &before, &after);
    summarise(&before, &out->before);
    summarise(&after, &out->after);
}
