/* Ids to positions: open addressing, half full at most. A slot holds its
   hash, so that an id is compared, and fetched from where it lies, only where
   it most likely is the one; with a million of ids, to fetch is what costs. */
#include "trial/results_index.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

#define FIRST_SLOTS 64 /* a power of two, as all that follow */

struct slot {
    uint32_t hash;
    uint32_t position; /* from 1; 0: empty */
};

struct pb_results_index {
    struct slot *slots;
    size_t len;
};

size_t
pb_results_index_find(const struct pb_results *results, const char *id,
                      uint32_t hash)
{
    const struct pb_results_index *index = results->index;
    if (index == NULL) {
        return PB_NO_RESULT;
    }
    size_t mask = index->len - 1;
    for (size_t i = hash & mask; index->slots[i].position != 0;
         i = (i + 1) & mask) {
        size_t position = index->slots[i].position - 1;
        if (index->slots[i].hash == hash &&
            strcmp(results->items[position].id, id) == 0)
        {
            return position;
        }
    }
    return PB_NO_RESULT;
}

static void
enter(struct pb_results_index *index, struct slot slot)
{
    size_t mask = index->len - 1;
    size_t i = slot.hash & mask;
    while (index->slots[i].position != 0) {
        i = (i + 1) & mask;
    }
    index->slots[i] = slot;
}

static void
double_slots(struct pb_results_index *index)
{
    struct pb_results_index larger = {.len = index->len * 2};
    larger.slots = pb_alloc_array(larger.len, sizeof(*larger.slots));
    for (size_t i = 0; i < index->len; i++) {
        if (index->slots[i].position != 0) {
            enter(&larger, index->slots[i]);
        }
    }
    free(index->slots);
    *index = larger;
}

void
pb_results_index_last(struct pb_results *results, uint32_t hash)
{
    struct pb_results_index *index = results->index;
    if (index == NULL) {
        index = pb_alloc(sizeof(*index));
        index->len = FIRST_SLOTS;
        index->slots = pb_alloc_array(index->len, sizeof(*index->slots));
        results->index = index;
    }
    if (results->len > index->len / 2) {
        double_slots(index);
    }
    enter(index, (struct slot){hash, (uint32_t)results->len});
}

void
pb_results_index_free(struct pb_results_index *index)
{
    if (index != NULL) {
        free(index->slots);
        free(index);
    }
}
