/* Ids to positions: open addressing, half full at most. With a million of ids
   what costs is to fetch them from where they lie. So a slot holds its hash,
   and an id is only looked at where it most likely is the one; and ids lie
   one behind the other, without what is said of tests between. */
#include "trial/results_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

#define FIRST_SLOTS 64 /* a power of two, as all that follow */
#define BLOCK_BYTES ((size_t)16 * 1024) /* holds the longest id many times */

struct slot {
    uint32_t hash;
    uint32_t position; /* from 1; 0: empty */
};

struct block {
    struct block *next;
    size_t used;
    char bytes[BLOCK_BYTES];
};

struct pb_results_index {
    struct slot *slots;
    size_t len;
    struct block *blocks; /* ids; the first is being filled */
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
    struct pb_results_index larger = {.len = index->len * 2,
                                      .blocks = index->blocks};
    larger.slots = pb_alloc_array(larger.len, sizeof(*larger.slots));
    for (size_t i = 0; i < index->len; i++) {
        if (index->slots[i].position != 0) {
            enter(&larger, index->slots[i]);
        }
    }
    free(index->slots);
    *index = larger;
}

static char *
keep(struct pb_results_index *index, const char *id, size_t length)
{
    assert(length < BLOCK_BYTES);
    struct block *block = index->blocks;
    if (block == NULL || BLOCK_BYTES - block->used <= length) {
        block = pb_alloc(sizeof(*block));
        block->next = index->blocks;
        index->blocks = block;
    }
    char *kept = block->bytes + block->used;
    memcpy(kept, id, length);
    kept[length] = '\0';
    block->used += length + 1;
    return kept;
}

char *
pb_results_index_enter(struct pb_results *results, const char *id,
                       size_t length, uint32_t hash)
{
    struct pb_results_index *index = results->index;
    if (index == NULL) {
        index = pb_alloc(sizeof(*index));
        index->len = FIRST_SLOTS;
        index->slots = pb_alloc_array(index->len, sizeof(*index->slots));
        results->index = index;
    }
    if (results->len + 1 > index->len / 2) {
        double_slots(index);
    }
    enter(index, (struct slot){hash, (uint32_t)results->len + 1});
    return keep(index, id, length);
}

void
pb_results_index_free(struct pb_results_index *index)
{
    if (index == NULL) {
        return;
    }
    while (index->blocks != NULL) {
        struct block *next = index->blocks->next;
        free(index->blocks);
        index->blocks = next;
    }
    free(index->slots);
    free(index);
}
