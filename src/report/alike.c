/* Tests of a finding that changed in the same way, together. */
#include "report/alike.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

static bool
same_text(const struct pb_json *a, const struct pb_json *b, const char *key)
{
    return strcmp(pb_json_get_string(a, key), pb_json_get_string(b, key)) == 0;
}

bool
pb_alike_same_result(const struct pb_json *a, const struct pb_json *b,
                     const char *side)
{
    const struct pb_json *left = pb_json_get(a, side);
    const struct pb_json *right = pb_json_get(b, side);
    return same_text(left, right, "outcome") &&
           same_text(left, right, "type") && same_text(left, right, "message");
}

void
pb_alike_clear(struct pb_alikes *groups)
{
    for (size_t i = 0; i < groups->len; i++) {
        free(groups->items[i].tests);
    }
    free(groups->items);
}
static struct pb_alike *
group_for(struct pb_alikes *groups, const struct pb_json *test)
{
    for (size_t i = 0; i < groups->len; i++) {
        const struct pb_json *first = groups->items[i].tests[0];
        if (same_text(first, test, "kind") &&
            same_text(first, test, "signature")) {
            return &groups->items[i];
        }
    }
    PB_GROW(groups->items, groups->len, groups->cap);
    groups->items[groups->len] = (struct pb_alike){.number = groups->len};
    return &groups->items[groups->len++];
}

/* Fixed and new tests are counted, not listed. */
static bool
is_listed(const struct pb_json *test)
{
    const char *kind = pb_json_get_string(test, "kind");
    return strcmp(kind, "fixed") != 0 && strcmp(kind, "new") != 0;
}

bool
pb_alike_is_phase(const struct pb_json *test)
{
    return *pb_json_get_string(test, "id") == '(';
}

/* Phases first, then the largest group; equals stay in the record's
   order. */
static int
compare_groups(const void *a, const void *b)
{
    const struct pb_alike *left = a;
    const struct pb_alike *right = b;
    bool left_phase = pb_alike_is_phase(left->tests[0]);
    if (left_phase != pb_alike_is_phase(right->tests[0])) {
        return left_phase ? -1 : 1;
    }
    if (left->len != right->len) {
        return left->len > right->len ? -1 : 1;
    }
    return left->number < right->number ? -1 : 1;
}

/* One test of each signature before a second one of any. */
void
pb_alike_share_out(struct pb_alikes *groups, size_t limit)
{
    size_t left = limit;
    for (size_t i = 0; i < groups->len && left > 0; i++, left--) {
        groups->items[i].quota = 1;
    }
    for (size_t i = 0; i < groups->len && left > 0; i++) {
        struct pb_alike *group = &groups->items[i];
        size_t more = group->len - 1 < left ? group->len - 1 : left;
        group->quota += more;
        left -= more;
    }
}

size_t
pb_alike_collect(const struct pb_json *tests, struct pb_alikes *out)
{
    size_t listed = 0;
    for (size_t i = 0; i < pb_json_length(tests); i++) {
        const struct pb_json *test = pb_json_at(tests, i);
        if (is_listed(test)) {
            struct pb_alike *group = group_for(out, test);
            PB_GROW(group->tests, group->len, group->cap);
            group->tests[group->len++] = test;
            listed++;
        }
    }
    if (out->len > 0) {
        qsort(out->items, out->len, sizeof(*out->items), compare_groups);
    }
    return listed;
}
