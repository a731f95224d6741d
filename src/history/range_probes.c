/* Where to look for a good end when the user named none. */
#include "pybisect/range.h"

#include <stdlib.h>
#include <string.h>

#include "oid_index.h"
#include "pybisect/alloc.h"
#include "pybisect/map.h"
#include "pybisect/regex.h"

#define SECONDS_A_DAY 86400
#define OLDEST_PROBE_DAYS 256

struct day_walk {
    int64_t bad_time;
    int64_t days; /* the distance looked for; 0 at `bad` itself */
    struct pb_oid_list *probes;
};

static bool
probe_days(const struct pb_commit *commit, void *context)
{
    struct day_walk *walk = context;
    if (walk->days == 0) {
        walk->bad_time = commit->committer_time;
        walk->days = 1;
        return true;
    }
    int64_t age = walk->bad_time - commit->committer_time;
    if (age < walk->days * SECONDS_A_DAY) {
        return true;
    }
    pb_oid_list_add(walk->probes, &commit->id);
    /* A gap in history may leap over several of the distances. */
    while (age >= walk->days * SECONDS_A_DAY) {
        walk->days *= 2;
    }
    return walk->days <= OLDEST_PROBE_DAYS;
}

static int
add_day_probes(struct pb_repo *repo, const struct pb_oid *bad,
               struct pb_oid_list *probes, struct pb_error *err)
{
    PB_AUTO(pb_oid_list) struct pb_oid_list passed = {.items = NULL};
    struct day_walk walk = {.probes = probes};
    return pb_repo_first_parents(repo, bad, probe_days, &walk, &passed, err);
}

struct release {
    struct pb_oid commit;
    int64_t time;
    size_t fork; /* how far back on bad's chain its branch left */
};

struct releases {
    struct release *items;
    size_t len;
    size_t cap;
};

static void
releases_clear(struct releases *releases)
{
    free(releases->items);
}
PB_DEFINE_AUTO_CLEAR(releases, struct releases, releases_clear)

/* Nearest fork first; of one branch, the newest first. */
static int
compare_releases(const void *a, const void *b)
{
    const struct release *one = a;
    const struct release *two = b;
    if (one->fork != two->fork) {
        return one->fork < two->fork ? -1 : 1;
    }
    return (one->time < two->time) - (one->time > two->time);
}

struct fork_walk {
    const struct pb_oid_index *chain;
    struct pb_map *known; /* commits off the chain, in hex, to size_t */
    size_t fork;
    int64_t time; /* of the release */
    bool started;
};

static bool
still_off_chain(const struct pb_commit *commit, void *context)
{
    struct fork_walk *walk = context;
    if (!walk->started) {
        walk->started = true;
        walk->time = commit->committer_time;
    }
    char hex[PB_OID_HEX];
    const size_t *known =
        pb_map_get(walk->known, pb_oid_hex(&commit->id, hex));
    walk->fork =
        known != NULL ? *known : pb_oid_index_find(walk->chain, &commit->id);
    return walk->fork == PB_OID_INDEX_NONE;
}

/* Releases of a branch share most of its commits: each is walked once. */
static void
remember(struct fork_walk *walk, const struct pb_oid_list *passed)
{
    for (size_t i = 0; i < passed->len; i++) {
        char hex[PB_OID_HEX];
        size_t *fork = pb_alloc(sizeof(*fork));
        *fork = walk->fork;
        pb_map_set(walk->known, pb_oid_hex(&passed->items[i], hex), fork);
    }
}

static int
add_release(struct pb_repo *repo, const char *tag, struct fork_walk *walk,
            struct releases *releases, struct pb_error *err)
{
    PB_AUTO(pb_oid_list) struct pb_oid_list passed = {.items = NULL};
    PB_AUTOFREE char *name = pb_asprintf("refs/tags/%s", tag);
    struct release release = {.time = 0};
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_repo_resolve(repo, name, &release.commit, &ignored) < 0) {
        return 0; /* a tag of something else */
    }
    walk->started = false;
    if (pb_repo_first_parents(repo, &release.commit, still_off_chain, walk,
                              &passed, err) < 0)
    {
        return -1;
    }
    remember(walk, &passed);
    release.fork = walk->fork;
    release.time = walk->time;
    if (release.fork != PB_OID_INDEX_NONE) {
        PB_GROW(releases->items, releases->len, releases->cap);
        releases->items[releases->len++] = release;
    }
    return 0;
}

static int
find_releases(struct pb_repo *repo, const struct pb_oid_index *chain,
              struct releases *releases, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv tags = PB_STRV_INIT;
    PB_AUTO(pb_map) struct pb_map *known = pb_map_new(free);
    PB_AUTO(pb_regex)
    struct pb_regex *final = pb_regex_new("\\Av\\d+\\.\\d+(\\.\\d+)?\\z", err);
    if (final == NULL || pb_repo_tags(repo, &tags, err) < 0) {
        return -1;
    }
    struct fork_walk walk = {.chain = chain, .known = known};
    for (size_t i = 0; i < tags.len; i++) {
        struct pb_regex_match match;
        const char *tag = tags.items[i];
        if (pb_regex_match(final, tag, strlen(tag), 0, &match) &&
            add_release(repo, tag, &walk, releases, err) < 0)
        {
            return -1;
        }
    }
    if (releases->len > 0) {
        qsort(releases->items, releases->len, sizeof(*releases->items),
              compare_releases);
    }
    return 0;
}

static int
add_release_probes(struct pb_repo *repo, const struct pb_oid *bad,
                   struct pb_oid_list *probes, struct pb_error *err)
{
    PB_AUTO(pb_oid_list) struct pb_oid_list chain = {.items = NULL};
    PB_AUTO(pb_oid_index) struct pb_oid_index index = {.places = NULL};
    PB_AUTO(releases) struct releases releases = {.items = NULL};
    if (pb_repo_first_parents(repo, bad, NULL, NULL, &chain, err) < 0) {
        return -1;
    }
    pb_oid_index_init(&index, &chain);
    if (find_releases(repo, &index, &releases, err) < 0) {
        return -1;
    }
    size_t last = 0;
    if (probes->len > 0) {
        last = pb_oid_index_find(&index, &probes->items[probes->len - 1]);
    }
    const struct pb_oid *before = NULL;
    for (size_t i = 0; i < releases.len; i++) {
        const struct release *release = &releases.items[i];
        /* Two tags of one commit are neighbours in this order. */
        if (release->fork > last &&
            (before == NULL || !pb_oid_equal(before, &release->commit)))
        {
            pb_oid_list_add(probes, &release->commit);
        }
        before = &release->commit;
    }
    return 0;
}

int
pb_range_probes(struct pb_repo *repo, const struct pb_oid *bad,
                struct pb_oid_list *out, struct pb_error *err)
{
    PB_AUTO(pb_oid_list) struct pb_oid_list probes = {.items = NULL};
    if (add_day_probes(repo, bad, &probes, err) < 0 ||
        add_release_probes(repo, bad, &probes, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < probes.len; i++) {
        pb_oid_list_add(out, &probes.items[i]);
    }
    return 0;
}
