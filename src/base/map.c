/* String keys to pointers. uthash keeps its items on a list in the order of
   insertion, which is what pb_map_each follows. */
#include "pybisect/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "pybisect/alloc.h"

#define uthash_malloc(size) pb_alloc(size)
#define uthash_free(memory, size) free(memory)
#define HASH_FUNCTION(key, length, out) (out) = pb_hash((key), (length))
#include <uthash.h>

struct entry {
    char *key;
    void *value;
    UT_hash_handle hh;
};

struct pb_map {
    struct entry *entries;
    void (*release)(void *value);
};

struct pb_map *
pb_map_new(void (*release)(void *value))
{
    struct pb_map *map = pb_alloc(sizeof(*map));
    map->release = release;
    return map;
}

/* Where a key is, or belongs. */
struct place {
    unsigned length;
    unsigned hash;
    struct entry *entry; /* NULL: not there */
};

static struct place
find(const struct pb_map *map, const char *key)
{
    struct place place = {.length = (unsigned)strlen(key)};
    HASH_VALUE(key, place.length, place.hash);
    HASH_FIND_BYHASHVALUE(hh, map->entries, key, place.length, place.hash,
                          place.entry);
    return place;
}

static void
release_value(const struct pb_map *map, void *value)
{
    if (map->release != NULL && value != NULL) {
        map->release(value);
    }
}

void
pb_map_set(struct pb_map *map, const char *key, void *value)
{
    struct place place = find(map, key);
    struct entry *entry = place.entry;
    if (entry != NULL) {
        if (entry->value != value) {
            release_value(map, entry->value);
        }
        entry->value = value;
        return;
    }
    entry = pb_alloc(sizeof(*entry));
    entry->key = pb_strdup(key);
    entry->value = value;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, map->entries, entry->key, place.length,
                                place.hash, entry);
}

void *
pb_map_get(const struct pb_map *map, const char *key)
{
    const struct entry *entry = find(map, key).entry;
    return entry == NULL ? NULL : entry->value;
}

size_t
pb_map_size(const struct pb_map *map)
{
    return HASH_COUNT(map->entries);
}

void
pb_map_each(const struct pb_map *map,
            void (*visit)(const char *key, void *value, void *context),
            void *context)
{
    const struct entry *entry = map->entries;
    while (entry != NULL) {
        const struct entry *next = entry->hh.next;
        visit(entry->key, entry->value, context);
        entry = next;
    }
}

void
pb_map_free(struct pb_map *map)
{
    if (map == NULL) {
        return;
    }
    struct entry *entry = map->entries;
    HASH_CLEAR(hh, map->entries);
    while (entry != NULL) {
        struct entry *next = entry->hh.next;
        release_value(map, entry->value);
        free(entry->key);
        free(entry);
        entry = next;
    }
    free(map);
}
