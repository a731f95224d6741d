/* Files below a test's directory. */
#ifndef TESTS_RECIPE_TREE_H
#define TESTS_RECIPE_TREE_H

#include "base/scratch.h"

/* Caller frees. */
static inline char *
put_below(const char *root, const char *name, const char *text)
{
    char *path = pb_path_join(root, name);
    put_file(path, text);
    return path;
}

/* Files below root, each with "x" as its content; the list ends with NULL. */
static inline void
put_tree(const char *root, const char *const *names)
{
    for (; *names != NULL; names++) {
        free(put_below(root, *names, "x"));
    }
}

static inline void
assert_words(const struct pb_strv *words, const char *const *expected)
{
    size_t count = 0;
    while (expected[count] != NULL) {
        count++;
    }
    for (size_t i = 0; i < words->len && i < count; i++) {
        assert_string_equal(words->items[i], expected[i]);
    }
    assert_int_equal(words->len, count);
}

#define assert_ok(call, err)                                                  \
    do {                                                                      \
        if ((call) < 0) {                                                     \
            fail_msg("%s", (err)->message);                                   \
        }                                                                     \
    } while (0)

#endif
