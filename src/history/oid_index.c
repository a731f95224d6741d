/* A sorted copy of the list, searched by halves: built once, asked often. */
#include "oid_index.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

struct pb_oid_place {
    struct pb_oid oid;
    size_t place;
};

static int
compare_places(const void *a, const void *b)
{
    const struct pb_oid_place *one = a;
    const struct pb_oid_place *two = b;
    return memcmp(one->oid.bytes, two->oid.bytes, PB_OID_SIZE);
}

void
pb_oid_index_init(struct pb_oid_index *index, const struct pb_oid_list *list)
{
    index->len = list->len;
    index->places = pb_alloc_array(list->len, sizeof(*index->places));
    for (size_t i = 0; i < list->len; i++) {
        index->places[i].oid = list->items[i];
        index->places[i].place = i;
    }
    qsort(index->places, index->len, sizeof(*index->places), compare_places);
}

size_t
pb_oid_index_find(const struct pb_oid_index *index, const struct pb_oid *oid)
{
    struct pb_oid_place wanted = {.oid = *oid};
    const struct pb_oid_place *found =
        bsearch(&wanted, index->places, index->len, sizeof(*index->places),
                compare_places);
    return found != NULL ? found->place : PB_OID_INDEX_NONE;
}

void
pb_oid_index_clear(struct pb_oid_index *index)
{
    free(index->places);
    *index = (struct pb_oid_index){.places = NULL};
}
