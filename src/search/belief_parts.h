/* The parts of a belief, shared by this room's files only. */
#ifndef PYBISECT_SEARCH_BELIEF_PARTS_H
#define PYBISECT_SEARCH_BELIEF_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/belief.h"
#include "pybisect/cleanup.h"

#define PB_NO_CANDIDATE (SIZE_MAX - 1)

/* Of runs on one side of the change. */
struct pb_counts {
    uint64_t fails;
    uint64_t passes;
};

/* --- belief_model.c: the unknown failure rates -------------------------- */

/* A rate before anything was seen: a known one, or Beta(alpha, beta). */
struct pb_rate_prior {
    double atom; /* 0: Beta */
    double alpha;
    double beta; /* both are multiples of one half */
    /* Made of the above by pb_model_init: */
    double log_fail;
    double log_pass;
    double log_norm; /* of the Beta function at alpha, beta */
};

struct pb_component {
    double weight;
    struct pb_rate_prior good; /* before the culprit */
    struct pb_rate_prior bad;  /* from the culprit on */
    double log_weight;
};

#define PB_COMPONENTS_MOST 4

struct pb_model {
    struct pb_component components[PB_COMPONENTS_MOST];
    size_t len;
    double *log_gamma; /* [k]: of k / 2 */
    size_t table_len;
};

/* What the counts say under one hypothesis. */
struct pb_evaluated {
    double log_likelihood;
    double good_rate; /* P(the next run fails) on either side */
    double bad_rate;
};

void pb_model_init(struct pb_model *model, enum pb_belief_model which);
void pb_model_clear(struct pb_model *model);
/* Makes room for `runs` in the table; without, evaluating is slower. */
void pb_model_reserve(struct pb_model *model, uint64_t runs);
void pb_model_evaluate(const struct pb_model *model, struct pb_counts good,
                       struct pb_counts bad, struct pb_evaluated *out);
/* out[m]: the probability of component m after the counts. */
void pb_model_shares(const struct pb_model *model, struct pb_counts good,
                     struct pb_counts bad, double out[PB_COMPONENTS_MOST]);

double pb_entropy(double p); /* of a coin, in bits */

/* --- belief_beta.c ------------------------------------------------------ */

/* P(a Beta(alpha, beta) variable <= x). */
double pb_beta_cdf(double alpha, double beta, double x);

/* --- belief_graph.c: histories with merges ------------------------------ */

/* A candidate's ancestors are those of one parent, the base, and some more
   that a merge brought in. So a sum over all ancestors of each candidate
   takes one addition a candidate and one a commit brought in. */
struct pb_graph {
    size_t *base;        /* or PB_NO_CANDIDATE */
    size_t *extra_start; /* len + 1 */
    size_t *extra;
};

bool pb_space_is_chain(const struct pb_search_space *space);
void pb_graph_init(struct pb_graph *graph,
                   const struct pb_search_space *space);
void pb_graph_clear(struct pb_graph *graph);
/* sums[i] = the values of i and its ancestors, added up. */
void pb_graph_sum(const struct pb_graph *graph, size_t len,
                  const double *values, double *sums);

/* --- belief_evidence.c: the counts -------------------------------------- */

struct pb_tested {
    size_t candidate;
    struct pb_counts runs;
};

struct pb_belief_evidence {
    struct pb_tested *tested; /* ascending; the good end is not among them */
    size_t len;
    size_t cap;
    struct pb_counts *bad; /* graphs only: by candidate, the runs at it and
                              its descendants */
    struct pb_counts all;
    struct pb_counts good_end;
};

void pb_belief_evidence_init(struct pb_belief_evidence *evidence,
                             const struct pb_belief *belief);
void pb_belief_evidence_copy(struct pb_belief_evidence *evidence,
                             const struct pb_belief_evidence *from,
                             const struct pb_belief *belief);
void pb_belief_evidence_clear(struct pb_belief_evidence *evidence);
void pb_belief_evidence_add(struct pb_belief_evidence *evidence,
                            const struct pb_belief *belief, size_t candidate,
                            struct pb_counts runs);
bool pb_belief_evidence_has(const struct pb_belief_evidence *evidence,
                            size_t candidate);

/* --- belief_view.c: what the counts say --------------------------------- */

/* Hypotheses that share one likelihood. On a chain, those between two tested
   revisions; on a graph each candidate is a part of its own. */
struct pb_part {
    size_t first;
    size_t last;
    double prior;
    double mass; /* its probability */
    double good_rate;
    double bad_rate;
    double good_bits; /* entropies of these */
    double bad_bits;
    /* A run right before `first`: P(it fails), and the entropy that is left
       once the culprit is known. Chains only. */
    double fails;
    double noise;
    struct pb_counts bad;
};

struct pb_view {
    struct pb_part *parts;
    size_t len;
    double *fails; /* graphs only: by candidate, as above for a run at it */
    double *noise;
    double good_end_fails;
    double good_end_noise;
};

void pb_view_make(struct pb_view *view, const struct pb_belief *belief,
                  const struct pb_belief_evidence *evidence);
void pb_view_clear(struct pb_view *view);
/* The part that holds a candidate; 0 for the good end. */
size_t pb_view_part(const struct pb_view *view, size_t candidate);
/* P(a run at the candidate fails) and the bits it is expected to tell. */
void pb_view_run(const struct pb_view *view, const struct pb_belief *belief,
                 size_t part, size_t candidate, double *out_fails,
                 double *out_bits);

/* --- belief_skips.c: what can be built ---------------------------------- */

enum pb_build {
    PB_BUILD_UNKNOWN,
    PB_BUILD_WORKS, /* so it is said */
    PB_BUILD_TRIED, /* it worked */
    PB_BUILD_BROKEN,
};

struct pb_skips {
    unsigned char *state; /* enum pb_build by candidate */
    size_t *known;        /* those that are not UNKNOWN, ascending */
    size_t nknown;
    size_t cap;
    size_t nbroken;
    double share;   /* of candidates that are broken */
    double stretch; /* mean length of a broken stretch */
    double *broken; /* graphs only: P(broken), when `fresh` */
    bool fresh;
    bool fitted; /* share and stretch are up to date */
};

void pb_skips_init(struct pb_skips *skips, size_t len);
void pb_skips_clear(struct pb_skips *skips);
void pb_skips_set(struct pb_belief *belief, size_t candidate,
                  enum pb_build state);
/* P(the candidate cannot be built). */
double pb_skips_broken(struct pb_belief *belief, size_t candidate);

/* --- belief.c ----------------------------------------------------------- */

struct pb_belief {
    const struct pb_search_space *space;
    struct pb_search_space own_space;
    bool chain;
    struct pb_graph graph; /* unless a chain */
    double *prior;         /* by candidate */
    double *before;        /* [i]: of all candidates before i; len + 1 */
    struct pb_model model;
    struct pb_belief_evidence evidence;
    struct pb_skips skips;
    struct pb_view view; /* when `fresh` */
    bool fresh;
};

/* The view of all that was added. */
const struct pb_view *pb_belief_view(struct pb_belief *belief);

/* --- belief_choose.c ---------------------------------------------------- */

/* What the runs in flight may say: views with probabilities that sum to 1,
   all with the same parts. */
struct pb_outlook {
    const struct pb_view *const *views;
    const double *weights;
    size_t len;
};

/* A choice on its way. */
struct pb_chooser {
    struct pb_belief *belief;
    const struct pb_outlook *outlook;
    const struct pb_belief_costs *costs;
    struct pb_belief_choice best;
    double most_bits; /* of any candidate that was looked at */
    double price;     /* of a failure, in bits */
};

/* The first place in an ascending list whose member is not below `value`. */
size_t pb_lower_bound(const size_t *list, size_t len, size_t value);

void pb_chooser_weigh(const struct pb_chooser *chooser, size_t part,
                      size_t candidate, struct pb_belief_choice *out);
/* Keeps the candidate, which lies in that part, if it is the best so far. */
void pb_chooser_consider(struct pb_chooser *chooser, size_t part,
                         size_t candidate);

void pb_outlook_choose(struct pb_belief *belief,
                       const struct pb_outlook *outlook,
                       const struct pb_belief_costs *costs,
                       struct pb_belief_choice *out);
/* The same without costs. Returns the most bits that any candidate would
   tell, were it sure to build. */
double pb_outlook_most_bits(struct pb_belief *belief,
                            struct pb_belief_choice *out);

/* --- belief_optimum.c --------------------------------------------------- */

/* Considers all that may be the best of part k, if what is not known to work
   is equally likely to. */
void pb_chooser_look_in(struct pb_chooser *chooser, size_t k);
/* And if not. */
void pb_chooser_look_around_broken(struct pb_chooser *chooser, size_t k);

/* --- belief_classes.c --------------------------------------------------- */

/* names[i]: the candidate that stands for i's class. Graphs only. */
void pb_classes_name(const struct pb_belief *belief, size_t *names);

#endif
