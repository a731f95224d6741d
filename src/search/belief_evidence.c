/* How often the failure was seen and not seen, where. On a chain the sums
   over one side are made when they are asked for, one sweep over the tested
   revisions; on another graph each run is added to all its ancestors at
   once. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "search/belief_parts.h"

static void
count(struct pb_counts *counts, struct pb_counts runs)
{
    counts->fails += runs.fails;
    counts->passes += runs.passes;
}

void
pb_belief_evidence_init(struct pb_belief_evidence *evidence,
                        const struct pb_belief *belief)
{
    *evidence = (struct pb_belief_evidence){.len = 0};
    if (!belief->chain) {
        evidence->bad =
            pb_alloc_array(belief->space->len, sizeof(*evidence->bad));
    }
}

void
pb_belief_evidence_copy(struct pb_belief_evidence *evidence,
                        const struct pb_belief_evidence *from,
                        const struct pb_belief *belief)
{
    *evidence = *from;
    evidence->cap = from->len;
    evidence->tested = pb_alloc_array(from->len, sizeof(*evidence->tested));
    if (from->len > 0) {
        memcpy(evidence->tested, from->tested,
               from->len * sizeof(*evidence->tested));
    }
    if (from->bad != NULL) {
        size_t len = belief->space->len;
        evidence->bad = pb_alloc_array(len, sizeof(*evidence->bad));
        memcpy(evidence->bad, from->bad, len * sizeof(*evidence->bad));
    }
}

void
pb_belief_evidence_clear(struct pb_belief_evidence *evidence)
{
    free(evidence->tested);
    free(evidence->bad);
    *evidence = (struct pb_belief_evidence){.len = 0};
}

/* The first place whose candidate is not before this one. */
static size_t
place_of(const struct pb_belief_evidence *evidence, size_t candidate)
{
    size_t low = 0;
    size_t high = evidence->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (evidence->tested[middle].candidate < candidate) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

static void
count_tested(struct pb_belief_evidence *evidence, size_t candidate,
             struct pb_counts runs)
{
    size_t place = place_of(evidence, candidate);
    if (place == evidence->len ||
        evidence->tested[place].candidate != candidate) {
        PB_GROW(evidence->tested, evidence->len, evidence->cap);
        memmove(&evidence->tested[place + 1], &evidence->tested[place],
                (evidence->len - place) * sizeof(*evidence->tested));
        evidence->tested[place] = (struct pb_tested){.candidate = candidate};
        evidence->len++;
    }
    count(&evidence->tested[place].runs, runs);
}

static void
count_ancestors(struct pb_belief_evidence *evidence,
                const struct pb_search_space *space, size_t candidate,
                struct pb_counts runs)
{
    PB_AUTOFREE bool *reached =
        pb_alloc_array(candidate + 1, sizeof(*reached));
    reached[candidate] = true;
    for (size_t i = candidate + 1; i-- > 0;) {
        if (!reached[i]) {
            continue;
        }
        count(&evidence->bad[i], runs);
        for (size_t p = space->parent_start[i]; p < space->parent_start[i + 1];
             p++) {
            reached[space->parents[p]] = true;
        }
    }
}

void
pb_belief_evidence_add(struct pb_belief_evidence *evidence,
                       const struct pb_belief *belief, size_t candidate,
                       struct pb_counts runs)
{
    count(&evidence->all, runs);
    if (candidate == PB_BELIEF_GOOD_END) {
        count(&evidence->good_end, runs);
        return;
    }
    count_tested(evidence, candidate, runs);
    if (evidence->bad != NULL) {
        count_ancestors(evidence, belief->space, candidate, runs);
    }
}

bool
pb_belief_evidence_has(const struct pb_belief_evidence *evidence,
                       size_t candidate)
{
    if (candidate == PB_BELIEF_GOOD_END) {
        return evidence->good_end.fails + evidence->good_end.passes > 0;
    }
    size_t place = place_of(evidence, candidate);
    return place < evidence->len &&
           evidence->tested[place].candidate == candidate;
}
