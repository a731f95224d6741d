/* Ranges: their notation, and the commits between two ends. */
#include "pybisect/range.h"

#include <stdlib.h>
#include <string.h>

#include "oid_index.h"
#include "pybisect/alloc.h"

bool
pb_range_looks_like(const char *text)
{
    const char *dots = strstr(text, "..");
    if (dots == NULL || strcmp(text, "..") == 0) {
        return false;
    }
    /* "../project" and "a/../b" are paths. */
    return dots[2] != '/' && (dots == text || dots[-1] != '/');
}

int
pb_range_parse(const char *text, struct pb_range_spec *out,
               struct pb_error *err)
{
    const char *dots = strstr(text, "..");
    const char *hint = NULL;
    if (dots == NULL) {
        hint = "write GOOD..BAD, GOOD.. (up to trunk) or ..BAD (to look for "
               "a good revision)";
    }
    else if (strcmp(text, "..") == 0) {
        hint = "name at least one end, as in v3.12.0..main";
    }
    else if (dots[2] == '.') {
        hint = "use two dots; ends on different branches are handled";
    }
    else if (strstr(dots + 2, "..") != NULL) {
        hint = "a range has two ends, as in v3.12.0..main";
    }
    if (hint != NULL) {
        pb_error_set(err, PB_ERROR_USAGE, "'%s' is not a range", text);
        pb_error_hint(err, "%s", hint);
        return -1;
    }
    out->good = dots > text ? pb_strndup(text, (size_t)(dots - text)) : NULL;
    out->bad = dots[2] != '\0' ? pb_strdup(dots + 2) : NULL;
    return 0;
}

void
pb_range_spec_clear(struct pb_range_spec *spec)
{
    free(spec->good);
    free(spec->bad);
    *spec = (struct pb_range_spec){.good = NULL};
}

struct chain {
    const struct pb_oid_index *inside;
    struct pb_oid stopped_at;
    bool stopped;
};

/* Goes on while the commit is none of the good end's ancestors. */
static bool
still_inside(const struct pb_commit *commit, void *context)
{
    struct chain *chain = context;
    if (pb_oid_index_find(chain->inside, &commit->id) != PB_OID_INDEX_NONE) {
        return true;
    }
    chain->stopped_at = commit->id;
    chain->stopped = true;
    return false;
}

static void
reverse(struct pb_oid_list *list)
{
    for (size_t i = 0; i < list->len / 2; i++) {
        struct pb_oid other = list->items[i];
        list->items[i] = list->items[list->len - 1 - i];
        list->items[list->len - 1 - i] = other;
    }
}

/* The part of bad's first-parent chain that is `between`. The good end is
   where the chain meets its history, found without asking for each commit
   whether it is an ancestor. */
static int
load_chain(struct pb_repo *repo, const struct pb_oid_list *between,
           struct pb_range *range, struct pb_error *err)
{
    PB_AUTO(pb_oid_index) struct pb_oid_index inside = {.places = NULL};
    pb_oid_index_init(&inside, between);
    struct chain chain = {.inside = &inside};
    if (pb_repo_first_parents(repo, &range->bad, still_inside, &chain,
                              &range->commits, err) < 0)
    {
        return -1;
    }
    if (!chain.stopped) {
        char good_hex[PB_OID_SHORT];
        char bad_hex[PB_OID_SHORT];
        pb_error_set(err, PB_ERROR_USAGE,
                     "the first parents of '%s' never meet the history of "
                     "'%s'",
                     pb_oid_short(&range->bad, bad_hex),
                     pb_oid_short(&range->asked_good, good_hex));
        pb_error_hint(err, "choose ends that have a common ancestor");
        return -1;
    }
    reverse(&range->commits);
    range->good = chain.stopped_at;
    range->parent_start =
        pb_alloc_array(range->commits.len + 1, sizeof(*range->parent_start));
    range->parents =
        pb_alloc_array(range->commits.len, sizeof(*range->parents));
    for (size_t i = 1; i < range->commits.len; i++) {
        range->parents[i - 1] = i - 1;
        range->parent_start[i + 1] = i;
    }
    return 0;
}

static int
link_parents(struct pb_repo *repo, struct pb_range *range,
             struct pb_error *err)
{
    PB_AUTO(pb_oid_index) struct pb_oid_index index = {.places = NULL};
    PB_AUTO(pb_oid_list) struct pb_oid_list parents = {.items = NULL};
    pb_oid_index_init(&index, &range->commits);
    size_t len = 0;
    size_t cap = 0;
    range->parent_start =
        pb_alloc_array(range->commits.len + 1, sizeof(*range->parent_start));
    for (size_t i = 0; i < range->commits.len; i++) {
        parents.len = 0;
        if (pb_repo_parents(repo, &range->commits.items[i], &parents, err) < 0)
        {
            return -1;
        }
        for (size_t j = 0; j < parents.len; j++) {
            size_t place = pb_oid_index_find(&index, &parents.items[j]);
            if (place != PB_OID_INDEX_NONE) {
                PB_GROW(range->parents, len, cap);
                range->parents[len++] = place;
            }
        }
        range->parent_start[i + 1] = len;
    }
    return 0;
}

static int
load_all(struct pb_repo *repo, struct pb_oid_list *between,
         struct pb_range *range, struct pb_error *err)
{
    if (pb_repo_merge_base(repo, &range->asked_good, &range->bad, &range->good,
                           err) < 0)
    {
        pb_error_hint(err, "choose ends that have a common ancestor");
        return -1;
    }
    range->commits = *between;
    *between = (struct pb_oid_list){.items = NULL};
    return link_parents(repo, range, err);
}

static int
load_between(struct pb_repo *repo, const struct pb_oid *good,
             const struct pb_oid *bad, struct pb_oid_list *out,
             struct pb_error *err)
{
    char good_hex[PB_OID_SHORT];
    char bad_hex[PB_OID_SHORT];
    pb_oid_short(good, good_hex);
    pb_oid_short(bad, bad_hex);
    if (pb_oid_equal(good, bad)) {
        pb_error_set(err, PB_ERROR_USAGE,
                     "the range is empty: both ends are '%s'", good_hex);
        pb_error_hint(err, "choose an older good end");
        return -1;
    }
    if (pb_repo_between(repo, good, bad, out, err) < 0) {
        return -1;
    }
    if (out->len == 0) {
        pb_error_set(err, PB_ERROR_USAGE,
                     "the range is the wrong way round: the bad end '%s' is "
                     "an ancestor of the good end '%s'",
                     bad_hex, good_hex);
        pb_error_hint(err, "swap the two ends");
        return -1;
    }
    return 0;
}

int
pb_range_load(struct pb_repo *repo, const struct pb_oid *good,
              const struct pb_oid *bad, bool all_parents, struct pb_range *out,
              struct pb_error *err)
{
    PB_AUTO(pb_oid_list) struct pb_oid_list between = {.items = NULL};
    if (load_between(repo, good, bad, &between, err) < 0) {
        return -1;
    }
    struct pb_range range = {
        .asked_good = *good,
        .bad = *bad,
        .all_parents = all_parents,
    };
    int status = all_parents ? load_all(repo, &between, &range, err)
                             : load_chain(repo, &between, &range, err);
    if (status < 0) {
        pb_range_clear(&range);
        return -1;
    }
    range.forked = !pb_oid_equal(&range.good, good);
    *out = range;
    return 0;
}

void
pb_range_clear(struct pb_range *range)
{
    pb_oid_list_clear(&range->commits);
    free(range->parent_start);
    free(range->parents);
    *range = (struct pb_range){.parents = NULL};
}
