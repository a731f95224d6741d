/* When to stop, and with what. The unit of an answer is a class: candidates
   that no run can tell apart, because no revision that can be tested lies
   between them. It is a candidate that can be tested together with the
   unbuildable ones before it. */
#include <math.h>
#include <stdlib.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

/* An answer is called certain to `confidence` above 1 - 0.4 (1 -
   confidence). */
#define TIGHTENING .4

/* No run is worth starting that is expected to tell less, in bits. Not the
   .02 of a first design: near the end of a search for a test that fails one
   time in five no run tells more, and if the runs at the ends were unlucky,
   none does at the beginning. */
#define LEAST_BITS 1e-6

/* Nor one that is expected to tell less than this share of what another
   would, but for its not building: what is open lies in broken stretches. */
#define LEAST_SHARE .003

static bool
is_broken(const struct pb_belief *belief, size_t candidate)
{
    return belief->skips.state[candidate] == PB_BUILD_BROKEN;
}

/* A class, and the mass that it holds. */
struct class {
    size_t name; /* a candidate that stands for it */
    double mass;
};

/* --- chains ------------------------------------------------------------- */

/* Candidates first..last. */
struct range {
    size_t first;
    size_t last;
};

static double
mass_of(const struct pb_belief *belief, const struct pb_part *part,
        struct range range)
{
    return part->mass *
           (belief->before[range.last + 1] - belief->before[range.first]) /
           part->prior;
}

static struct range
class_around(const struct pb_belief *belief, const struct pb_part *part,
             size_t candidate)
{
    struct range range = {.last = candidate};
    while (range.last < part->last && is_broken(belief, range.last)) {
        range.last++;
    }
    range.first = range.last;
    while (range.first > part->first && is_broken(belief, range.first - 1)) {
        range.first--;
    }
    return range;
}

/* A class that holds more than half of a part contains its middle, so that
   there is one class to look at, however long the part. */
static size_t
middle_of(const struct pb_belief *belief, const struct pb_part *part)
{
    double half = belief->before[part->first] + part->prior / 2;
    size_t low = part->first;
    size_t high = part->last;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (belief->before[middle + 1] < half) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

/* Is there a class with that much of the mass, more than half? */
static bool
find_on_chain(struct pb_belief *belief, double wanted, struct range *out,
              double *out_mass)
{
    const struct pb_view *view = pb_belief_view(belief);
    for (size_t k = 0; k < view->len; k++) {
        const struct pb_part *part = &view->parts[k];
        if (part->mass < wanted) {
            continue;
        }
        struct range range =
            class_around(belief, part, middle_of(belief, part));
        double mass = mass_of(belief, part, range);
        if (mass >= wanted) {
            *out = range;
            *out_mass = mass;
            return true;
        }
    }
    return false;
}

/* The shortest range with that much mass; of several the likeliest. */
static struct range
shortest_range(struct pb_belief *belief, double wanted, double *out_mass)
{
    size_t len = belief->space->len;
    struct range best = {.first = 0, .last = len - 1};
    double best_mass = 0;
    double mass = 0;
    size_t first = 0;
    for (size_t last = 0; last < len; last++) {
        mass += pb_belief_probability(belief, last);
        for (double less = mass;; first++) {
            less -= pb_belief_probability(belief, first);
            if (first == last || less < wanted) {
                break;
            }
            mass = less;
        }
        size_t shortest = best.last - best.first;
        if (mass >= wanted && (last - first < shortest ||
                               (last - first == shortest && mass > best_mass)))
        {
            best = (struct range){.first = first, .last = last};
            best_mass = mass;
        }
    }
    *out_mass = best_mass > 0 ? fmin(best_mass, 1) : 1;
    return best;
}

/* --- graphs ------------------------------------------------------------- */

static int
compare_classes(const void *left, const void *right)
{
    const struct class *a = left;
    const struct class *b = right;
    if (a->mass < b->mass || a->mass > b->mass) {
        return a->mass > b->mass ? -1 : 1;
    }
    return (a->name > b->name) - (a->name < b->name);
}

/* classes[i]: class named i, its mass; 0 for most when something broke. */
static void
weigh_classes(struct pb_belief *belief, size_t *names, struct class *classes)
{
    pb_classes_name(belief, names);
    for (size_t i = 0; i < belief->space->len; i++) {
        classes[i].name = i;
    }
    for (size_t i = 0; i < belief->space->len; i++) {
        classes[names[i]].mass += pb_belief_probability(belief, i);
    }
}

/* The fewest classes that hold that much; marks their candidates. */
static size_t
mark_likeliest(struct pb_belief *belief, double wanted, bool *member,
               double *out_mass)
{
    size_t len = belief->space->len;
    PB_AUTOFREE size_t *names = pb_alloc_array(len, sizeof(*names));
    PB_AUTOFREE struct class *classes = pb_alloc_array(len, sizeof(*classes));
    weigh_classes(belief, names, classes);
    qsort(classes, len, sizeof(*classes), compare_classes);
    PB_AUTOFREE bool *taken = pb_alloc_array(len, sizeof(*taken));
    size_t nclasses = 0;
    double mass = 0;
    while (nclasses < len && mass < wanted) {
        mass += classes[nclasses].mass;
        taken[classes[nclasses].name] = true;
        nclasses++;
    }
    for (size_t i = 0; i < len; i++) {
        member[i] = taken[names[i]];
    }
    *out_mass = fmin(mass, 1);
    return nclasses;
}

/* --- both --------------------------------------------------------------- */

static double
certain(double confidence)
{
    double wanted = 1 - TIGHTENING * (1 - confidence);
    return wanted > .5 ? wanted : .5 + 1e-9;
}

static bool
find_on_graph(struct pb_belief *belief, double wanted, bool *member,
              double *out_mass)
{
    return mark_likeliest(belief, wanted, member, out_mass) == 1;
}

static bool
is_spent(struct pb_belief *belief)
{
    struct pb_belief_choice choice;
    double most = pb_outlook_most_bits(belief, &choice);
    double bits = choice.bits * choice.builds;
    return bits < LEAST_BITS || bits < LEAST_SHARE * most;
}

/* The members of the answer, if there is one; else what was asked for. */
static enum pb_belief_state
settle(struct pb_belief *belief, double confidence, bool *member,
       double *out_mass)
{
    size_t len = belief->space->len;
    struct range range = {.first = 0, .last = 0};
    bool found =
        belief->chain
            ? find_on_chain(belief, certain(confidence), &range, out_mass)
            : find_on_graph(belief, certain(confidence), member, out_mass);
    if (!found && belief->chain) {
        range = shortest_range(belief, confidence, out_mass);
    }
    else if (!found) {
        mark_likeliest(belief, confidence, member, out_mass);
    }
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        if (belief->chain) {
            member[i] = i >= range.first && i <= range.last;
        }
        count += member[i];
    }
    if (found) {
        return count == 1 ? PB_BELIEF_FOUND : PB_BELIEF_BLOCK;
    }
    return is_spent(belief) ? PB_BELIEF_SPENT : PB_BELIEF_OPEN;
}

enum pb_belief_state
pb_belief_state(struct pb_belief *belief, double confidence)
{
    double mass = 0;
    if (belief->chain) {
        struct range range;
        if (find_on_chain(belief, certain(confidence), &range, &mass)) {
            return range.first == range.last ? PB_BELIEF_FOUND
                                             : PB_BELIEF_BLOCK;
        }
        return is_spent(belief) ? PB_BELIEF_SPENT : PB_BELIEF_OPEN;
    }
    PB_AUTOFREE bool *member =
        pb_alloc_array(belief->space->len, sizeof(*member));
    return settle(belief, confidence, member, &mass);
}

void
pb_belief_answer(struct pb_belief *belief, double confidence,
                 struct pb_belief_answer *out)
{
    size_t len = belief->space->len;
    PB_AUTOFREE bool *member = pb_alloc_array(len, sizeof(*member));
    *out = (struct pb_belief_answer){.len = 0};
    out->state = settle(belief, confidence, member, &out->probability);
    out->candidates = pb_alloc_array(len, sizeof(*out->candidates));
    for (size_t i = 0; i < len; i++) {
        if (member[i]) {
            out->candidates[out->len++] = i;
        }
    }
}

double
pb_belief_open_bits(struct pb_belief *belief)
{
    double bits = 0;
    for (size_t i = 0; i < belief->space->len; i++) {
        double p = pb_belief_probability(belief, i);
        bits -= p > 0 ? p * log2(p) : 0;
    }
    return bits;
}

void
pb_belief_answer_clear(struct pb_belief_answer *answer)
{
    free(answer->candidates);
    *answer = (struct pb_belief_answer){.len = 0};
}
