/* Where in a part of the history the run lies that tells most per second.

   Let revision i divide a part of mass M such that x of it lies at or before
   i. With q0, q1 the part's rates, a run at i fails with p(x) = base + d x,
   d = q1 - q0, and tells
       h(p(x)) - (noise + x (h(q1) - h(q0)))
   bits, which is concave in x. Its derivative is zero where
       log2((1 - p) / p) = (h(q1) - h(q0)) / d,
   so the best revision is one binary search in the prior's running sum away:
   a step costs O(log N) a part and a class of costs instead of O(N).

   Bits per second are not concave in x where a failing test takes longer or
   shorter than a passing one, but bits less some rate times the seconds are;
   when no run has more than zero of that, the rate is the best score. So the
   choice is repeated at the rate that it found until it finds no better
   (Dinkelbach, Management Science 13, 1967). With s seconds between the two,
   log2((1 - p) / p) is larger by rate * s.

   When runs in flight have several possible outcomes, the same sum is taken
   over them; the part's derivative is then bisected.

   Where broken revisions are known, P(it builds) varies along a part. It does
   so on a geometric scale, away from the broken ones, so revisions ever
   further from these and from the optimum are tried as well. What that finds
   is nearly always within a percent of the best of all. */
#include <math.h>

#include "search/belief_parts.h"

#define BISECTIONS 40

/* --- the optimum ------------------------------------------------------- */

/* Of bits less the price of failing, by the share of the part's mass. */
static double
derivative(const struct pb_chooser *chooser, size_t k, double share)
{
    double sum = 0;
    for (size_t v = 0; v < chooser->outlook->len; v++) {
        const struct pb_part *part = &chooser->outlook->views[v]->parts[k];
        double slope = part->bad_rate - part->good_rate;
        double fails = part->fails + slope * share * part->mass;
        fails = fmin(fmax(fails, 1e-300), 1 - 1e-16);
        sum += chooser->outlook->weights[v] * part->mass *
               (slope * (log2((1 - fails) / fails) - chooser->price) -
                (part->bad_bits - part->good_bits));
    }
    return sum;
}

static double
bisect_share(const struct pb_chooser *chooser, size_t k)
{
    double low = 0;
    double high = 1;
    if (derivative(chooser, k, low) <= 0) {
        return low;
    }
    if (derivative(chooser, k, high) >= 0) {
        return high;
    }
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        *(derivative(chooser, k, middle) > 0 ? &low : &high) = middle;
    }
    return low;
}

/* The share of part k's mass that the best run leaves at or before itself. */
static double
best_share(const struct pb_chooser *chooser, size_t k)
{
    if (chooser->outlook->len > 1) {
        return bisect_share(chooser, k);
    }
    const struct pb_part *part = &chooser->outlook->views[0]->parts[k];
    double slope = part->bad_rate - part->good_rate;
    if (fabs(slope) < 1e-12 || !(part->mass > 0)) {
        return 1;
    }
    double wanted = 1 / (1 + exp2((part->bad_bits - part->good_bits) / slope +
                                  chooser->price));
    double share = (wanted - part->fails) / slope / part->mass;
    return fmin(fmax(share, 0), 1);
}

/* The first candidate of the part with that share at or before it. */
static size_t
candidate_at(const struct pb_belief *belief, const struct pb_part *part,
             double share)
{
    double wanted = belief->before[part->first] + share * part->prior;
    size_t low = part->first;
    size_t high = part->last;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (belief->before[middle + 1] < wanted) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

/* --- candidates worth a look in a part ---------------------------------- */

static bool
is_broken(const struct pb_chooser *chooser, size_t candidate)
{
    return chooser->belief->skips.state[candidate] == PB_BUILD_BROKEN;
}

/* The nearest to `from` on either side that can be tried, itself included. */
static void
consider_near(struct pb_chooser *chooser, size_t k, size_t from)
{
    const struct pb_part *part = &chooser->outlook->views[0]->parts[k];
    size_t up = from;
    while (up < part->last && is_broken(chooser, up)) {
        up++;
    }
    pb_chooser_consider(chooser, k, up);
    for (size_t down = from; down-- > part->first;) {
        if (!is_broken(chooser, down)) {
            pb_chooser_consider(chooser, k, down);
            return;
        }
    }
}

/* The same among the members of a list. */
static void
consider_members(struct pb_chooser *chooser, size_t k, size_t from,
                 const size_t *list, size_t len)
{
    const struct pb_part *part = &chooser->outlook->views[0]->parts[k];
    size_t place = pb_lower_bound(list, len, from);
    for (size_t up = place; up < len && list[up] <= part->last; up++) {
        if (!is_broken(chooser, list[up])) {
            pb_chooser_consider(chooser, k, list[up]);
            break;
        }
    }
    for (size_t down = place; down-- > 0 && list[down] >= part->first;) {
        if (!is_broken(chooser, list[down])) {
            pb_chooser_consider(chooser, k, list[down]);
            break;
        }
    }
}

static void
consider_classes(struct pb_chooser *chooser, size_t k, size_t from)
{
    consider_near(chooser, k, from);
    const struct pb_skips *skips = &chooser->belief->skips;
    /* Known to build: likelier to succeed than any other. */
    consider_members(chooser, k, from, skips->known, skips->nknown);
    if (chooser->costs == NULL) {
        return;
    }
    for (size_t i = 0; i < chooser->costs->nready; i++) {
        const struct pb_belief_ready *ready = &chooser->costs->ready[i];
        consider_members(chooser, k, from, ready->members, ready->len);
    }
}

static size_t
optimum(const struct pb_chooser *chooser, size_t k)
{
    return candidate_at(chooser->belief, &chooser->outlook->views[0]->parts[k],
                        best_share(chooser, k));
}

void
pb_chooser_look_in(struct pb_chooser *chooser, size_t k)
{
    const struct pb_part *part = &chooser->outlook->views[0]->parts[k];
    pb_chooser_consider(chooser, k, part->last);
    if (part->first == part->last) {
        return;
    }
    /* With its best run at an edge of the part, which was tried and works,
       and with all as near as these, nothing in between can be better. */
    double share = best_share(chooser, k);
    bool at_edge = !(share > 0 && share < 1);
    if (at_edge && chooser->costs == NULL &&
        chooser->belief->skips.nbroken == 0) {
        return;
    }
    consider_classes(chooser, k, candidate_at(chooser->belief, part, share));
}

/* --- around broken ones ------------------------------------------------- */

/* A place in a list and those 1, 2, 3, 5, 8, 12, ... from it, as far as the
   part goes; list NULL: all candidates. */
static void
consider_away(struct pb_chooser *chooser, size_t k, size_t place,
              const size_t *list, size_t len)
{
    const struct pb_part *part = &chooser->outlook->views[0]->parts[k];
    for (size_t away = 1; place >= away; away += (away + 1) / 2) {
        size_t down = list == NULL ? place - away : list[place - away];
        if (down < part->first) {
            break;
        }
        pb_chooser_consider(chooser, k, down);
    }
    for (size_t away = 0; place + away < len; away += (away + 2) / 2) {
        size_t up = list == NULL ? place + away : list[place + away];
        if (up > part->last) {
            break;
        }
        pb_chooser_consider(chooser, k, up);
    }
}

static void
consider_away_in_classes(struct pb_chooser *chooser, size_t k, size_t from)
{
    consider_away(chooser, k, from, NULL, chooser->belief->space->len);
    if (chooser->costs == NULL) {
        return;
    }
    for (size_t i = 0; i < chooser->costs->nready; i++) {
        const struct pb_belief_ready *ready = &chooser->costs->ready[i];
        size_t place = pb_lower_bound(ready->members, ready->len, from);
        consider_away(chooser, k, place, ready->members, ready->len);
    }
}

/* Could any candidate of the part beat the best so far, were it sure to
   build and as near as the nearest? */
static bool
may_win(const struct pb_chooser *chooser, size_t k, size_t best_place)
{
    double seconds = 1;
    if (chooser->costs != NULL) {
        double test =
            fmin(chooser->costs->passing_test, chooser->costs->failing_test);
        seconds = chooser->costs->build + test;
        for (size_t i = 0; i < chooser->costs->nready; i++) {
            const struct pb_belief_ready *ready = &chooser->costs->ready[i];
            seconds = fmin(seconds, ready->seconds + (ready->run ? 0 : test));
        }
        seconds = fmax(seconds, 1e-9);
    }
    const struct pb_part *part = &chooser->outlook->views[0]->parts[k];
    struct pb_belief_choice ideal;
    pb_chooser_weigh(chooser, k, best_place, &ideal);
    double bits = ideal.bits;
    if (best_place > part->first) {
        pb_chooser_weigh(chooser, k, best_place - 1, &ideal);
        bits = fmax(bits, ideal.bits);
    }
    return bits / seconds > chooser->best.score;
}

void
pb_chooser_look_around_broken(struct pb_chooser *chooser, size_t k)
{
    const struct pb_part *part = &chooser->outlook->views[0]->parts[k];
    const struct pb_skips *skips = &chooser->belief->skips;
    size_t best_place = optimum(chooser, k);
    if (part->first == part->last || !may_win(chooser, k, best_place)) {
        return;
    }
    consider_away_in_classes(chooser, k, best_place);
    /* The one right before the part may be broken, too. */
    size_t before = part->first > 0 ? part->first - 1 : 0;
    size_t place = pb_lower_bound(skips->known, skips->nknown, before);
    for (; place < skips->nknown && skips->known[place] <= part->last; place++)
    {
        if (is_broken(chooser, skips->known[place])) {
            consider_away_in_classes(chooser, k, skips->known[place]);
        }
    }
}
