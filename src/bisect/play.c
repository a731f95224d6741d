/* A search against a culprit of our own choice, by the rule of belief.h. The
   costs follow the work tree, which is where the last build was. */
#include "bisect/play.h"

#include <math.h>
#include <string.h>

#include "pybisect/alloc.h"

#define RUNS_MOST 60 /* of one game */
#define LINK_SECONDS 1.5
#define IN_PLACE_SECONDS .05
/* What has to be compiled for one candidate more, of the whole, while it is
   little: a native commit is .08, eight are .5, and one candidate in three
   changes no native code. */
#define SHARE_OF_ONE .05
#define RINGS                                                                 \
    12 /* classes of distance from the work tree, each twice as wide          \
          as the one before */

double
pb_pace_build(const struct pb_pace *pace, size_t from, size_t to)
{
    const struct pb_ready *ready = pb_costs_ready(pace->costs, to);
    if (ready != NULL && ready->stored) {
        return ready->seconds;
    }
    if (from == PB_PLACE_UNKNOWN) {
        return pace->build;
    }
    double away = from > to ? (double)(from - to) : (double)(to - from);
    double whole = fmax(pace->build - LINK_SECONDS, 0);
    return LINK_SECONDS + whole * (1 - exp(-SHARE_OF_ONE * away));
}

struct game {
    struct pb_belief *belief;
    const struct pb_pace *pace;
    size_t len;
    size_t at;      /* the work tree */
    bool *built;    /* by candidate, in this game */
    size_t *member; /* room for those of all classes */
};

/* A class of candidates from `first` to `last` that would have to be built,
   or, of the built ones, would not. */
static void
add_class(const struct game *game, bool built, size_t first, size_t last,
          size_t *used, struct pb_belief_costs *costs,
          struct pb_belief_ready *classes)
{
    size_t *members = game->member + *used;
    size_t len = 0;
    double seconds = 0;
    for (size_t i = first; i <= last && i < game->len; i++) {
        const struct pb_ready *ready = pb_costs_ready(game->pace->costs, i);
        bool stored = ready != NULL && ready->stored;
        if (!stored && game->built[i] == built) {
            members[len++] = i;
            seconds += built ? IN_PLACE_SECONDS
                             : pb_pace_build(game->pace, game->at, i);
        }
    }
    if (len > 0) {
        classes[costs->nready++] = (struct pb_belief_ready){
            .seconds = seconds / (double)len,
            .members = members,
            .len = len,
        };
        *used += len;
    }
}

static void
add_rings(const struct game *game, size_t *used, struct pb_belief_costs *costs,
          struct pb_belief_ready *classes)
{
    size_t width = 1;
    size_t low = game->at;
    size_t high = game->at + 1;
    for (size_t ring = 0; ring < RINGS / 2; ring++, width *= 2) {
        size_t below = low < width ? 0 : low - width;
        if (low > 0) {
            add_class(game, false, below, low - 1, used, costs, classes);
        }
        add_class(game, false, high, high + width - 1, used, costs, classes);
        low = below;
        high += width;
    }
}

/* What is stored, as it was told, and the rest by its distance. */
static void
find_costs(const struct game *game, struct pb_belief_costs *costs,
           struct pb_belief_ready *classes)
{
    const struct pb_pace *pace = game->pace;
    size_t used = 0;
    *costs = (struct pb_belief_costs){
        .build = pace->build,
        .failed_build = pace->costs->failed_build,
        .passing_test = pace->passing,
        .failing_test = pace->failing,
        .good_end = pace->costs->good_end,
        .ready = classes,
    };
    for (size_t i = 0; i < pace->costs->nready; i++) {
        const struct pb_ready *ready = &pace->costs->ready[i];
        if (ready->stored && ready->len > 0) {
            classes[costs->nready++] = (struct pb_belief_ready){
                .seconds = ready->seconds,
                .run = ready->run,
                .members = ready->members,
                .len = ready->len,
            };
        }
    }
    add_class(game, true, 0, game->len - 1, &used, costs, classes);
    if (game->at != PB_PLACE_UNKNOWN) {
        add_rings(game, &used, costs, classes);
    }
}

static size_t
find_culprit(struct pb_belief *belief, size_t len, double quantile)
{
    double sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum += pb_belief_probability(belief, i);
        if (sum >= quantile) {
            return i;
        }
    }
    return len - 1;
}

/* Seconds of the run; a candidate that is built becomes the tree's place. */
static double
run_at(struct game *game, size_t candidate, bool fails)
{
    const struct pb_pace *pace = game->pace;
    double test = fails ? pace->failing : pace->passing;
    if (candidate == PB_BELIEF_GOOD_END) {
        return pace->costs->good_end + test;
    }
    const struct pb_ready *ready = pb_costs_ready(pace->costs, candidate);
    if (game->built[candidate]) {
        return IN_PLACE_SECONDS + test;
    }
    double seconds = pb_pace_build(pace, game->at, candidate);
    game->built[candidate] = true;
    if (ready != NULL && ready->run) {
        return seconds;
    }
    if (ready == NULL || !ready->stored) {
        game->at = candidate;
    }
    return seconds + test;
}

void
pb_play_search(const struct pb_bisection *bisection, struct pb_belief *belief,
               const struct pb_pace *pace, size_t at, double quantile,
               struct pb_game *out)
{
    size_t len = bisection->options.candidates->len;
    double confidence = pb_engine_confidence(bisection);
    size_t nclasses = pace->costs->nready + RINGS + 1;
    PB_AUTOFREE bool *built = pb_alloc_array(len, sizeof(*built));
    PB_AUTOFREE size_t *member = pb_alloc_array(len, sizeof(*member));
    PB_AUTOFREE struct pb_belief_ready *classes =
        pb_alloc_array(nclasses, sizeof(*classes));
    struct game game = {belief, pace, len, at, built, member};
    *out = (struct pb_game){.culprit = find_culprit(belief, len, quantile)};
    while (out->runs < RUNS_MOST &&
           pb_belief_state(belief, confidence) == PB_BELIEF_OPEN)
    {
        struct pb_belief_costs costs;
        struct pb_belief_choice choice;
        find_costs(&game, &costs, classes);
        pb_belief_choose(belief, &costs, &choice);
        bool fails = choice.candidate != PB_BELIEF_GOOD_END &&
                     choice.candidate >= out->culprit;
        pb_belief_add(belief, choice.candidate, fails, !fails);
        out->seconds += run_at(&game, choice.candidate, fails);
        out->runs++;
    }
}
