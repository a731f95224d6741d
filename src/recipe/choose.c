/* Which file answers a requirement, of those that there are. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"
#include "recipe/fetch.h"
#include "recipe/resolve_private.h"

void
pb_resolver_clear(struct pb_resolver *resolver)
{
    for (size_t i = 0; i < resolver->ndists; i++) {
        pb_dist_clear(&resolver->dists[i]);
    }
    free(resolver->dists);
    pb_strv_clear(&resolver->missing);
}

/* --- what there is ----------------------------------------------------- */

static void
add_dist(struct pb_resolver *resolver, const char *path)
{
    struct pb_dist dist;
    if (pb_dist_of_file(path, resolver->options->oldest, &dist)) {
        PB_GROW(resolver->dists, resolver->ndists, resolver->cap);
        resolver->dists[resolver->ndists++] = dist;
    }
}

static int
add_directory(struct pb_resolver *resolver, const char *directory,
              struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(directory, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names.items[i]);
        add_dist(resolver, path);
    }
    return 0;
}

int
pb_resolver_scan(struct pb_resolver *resolver, struct pb_error *err)
{
    const struct pb_strv *places = resolver->options->find_links;
    for (size_t i = 0; i < places->len; i++) {
        if (add_directory(resolver, places->items[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* --- one choice -------------------------------------------------------- */

static bool
suits(const struct pb_node *node, const struct pb_dist *dist, bool early)
{
    if (strcmp(dist->name, node->name) != 0 || dist->kind == PB_DIST_ALIEN ||
        (!early && pb_release_is_early(&dist->release)))
    {
        return false;
    }
    for (size_t i = 0; i < node->clauses.len; i++) {
        if (!pb_release_allowed(&dist->release, node->clauses.items[i], false))
        {
            return false;
        }
    }
    return true;
}

static bool
is_better(const struct pb_dist *a, const struct pb_dist *b)
{
    if (b == NULL) {
        return true;
    }
    int order = pb_release_compare(&a->release, &b->release);
    return order > 0 || (order == 0 && a->kind < b->kind);
}

/* The best that is worse than `after` (NULL: the best of all). */
static const struct pb_dist *
next_best(const struct pb_resolver *resolver, const struct pb_node *node,
          const struct pb_dist *after, bool early)
{
    const struct pb_dist *best = NULL;
    for (size_t i = 0; i < resolver->ndists; i++) {
        const struct pb_dist *each = &resolver->dists[i];
        if (suits(node, each, early) && each != after &&
            (after == NULL || is_better(after, each)) && is_better(each, best))
        {
            best = each;
        }
    }
    return best;
}

static bool
allows_python(const struct pb_dist_facts *facts, const char *python,
              bool only_least)
{
    struct pb_release release;
    return facts->requires_python == NULL ||
           !pb_release_parse(python, &release) ||
           pb_release_allowed(&release, facts->requires_python, only_least);
}

/* An unreleased CPython is above most upper limits, which say what was tried
   and not what works: they do not count. Lower limits choose among releases:
   an old CPython gets the setuptools of its time. */
static int
choose(struct pb_resolver *resolver, struct pb_node *node, bool early,
       const struct pb_dist **out, struct pb_error *err)
{
    const struct pb_dist *first = NULL;
    const struct pb_dist *each = NULL;
    while ((each = next_best(resolver, node, each, early)) != NULL) {
        PB_AUTO(pb_dist_facts) struct pb_dist_facts facts = {.backend = NULL};
        if (pb_dist_read(each, &facts, err) < 0) {
            return -1;
        }
        first = first == NULL ? each : first;
        if (allows_python(&facts, resolver->options->oldest, true)) {
            *out = each;
            return 0;
        }
    }
    *out = first;
    return 0;
}

static char *
describe(const struct pb_node *node)
{
    PB_AUTOFREE char *clauses = pb_strv_join(&node->clauses, ",");
    return pb_asprintf("%s%s", node->name, clauses);
}

static int
fetch(struct pb_resolver *resolver, const struct pb_node *node,
      struct pb_error *err)
{
    PB_AUTOFREE char *requirement = describe(node);
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    if (pb_fetch(resolver->options, requirement, &files, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < files.len; i++) {
        add_dist(resolver, files.items[i]);
    }
    return 0;
}

/* Why nothing answers: another version, another machine, or nothing at all. */
static void
note_missing(struct pb_resolver *resolver, const struct pb_node *node)
{
    PB_AUTOFREE char *wanted = describe(node);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "'%s'", wanted);
    if (node->wanted_by != NULL) {
        pb_buf_addf(&text, " (for '%s')", node->wanted_by);
    }
    for (size_t i = 0; i < resolver->ndists; i++) {
        const struct pb_dist *each = &resolver->dists[i];
        if (strcmp(each->name, node->name) == 0) {
            pb_buf_addf(&text, ", where %s is %s", pb_path_base(each->path),
                        each->kind == PB_DIST_ALIEN
                            ? "for another machine or for one interpreter "
                              "alone: its source distribution would do"
                            : "another version");
            break;
        }
    }
    pb_strv_take(&resolver->missing, pb_buf_take(&text));
}

void
pb_resolver_note_limits(struct pb_resolver *resolver,
                        const struct pb_dist *dist,
                        const struct pb_dist_facts *facts)
{
    if (allows_python(facts, resolver->options->oldest, false) &&
        allows_python(facts, resolver->options->newest, false))
    {
        return;
    }
    PB_AUTOFREE char *note =
        pb_asprintf("%s %s says that it is for Python %s, which is ignored",
                    dist->name, dist->version, facts->requires_python);
    if (!pb_strv_contains(resolver->notes, note)) {
        pb_strv_add(resolver->notes, note);
    }
}

int
pb_resolver_settle(struct pb_resolver *resolver, struct pb_node *node,
                   struct pb_error *err)
{
    const struct pb_dist *best = NULL;
    node->dirty = false;
    if (resolver->options->find_links->len == 0 &&
        fetch(resolver, node, err) < 0) {
        return -1;
    }
    if (choose(resolver, node, false, &best, err) < 0 ||
        (best == NULL && choose(resolver, node, true, &best, err) < 0))
    {
        return -1;
    }
    if (best == NULL) {
        note_missing(resolver, node);
        return 0;
    }
    if (node->path != NULL && strcmp(node->path, best->path) == 0) {
        return 0;
    }
    pb_dist_facts_clear(&node->facts);
    node->path = best->path;
    node->dist = *best;
    return pb_dist_read(best, &node->facts, err);
}

void
pb_pins_missing(const struct pb_strv *requirements,
                const struct pb_strv *find_links, struct pb_strv *out)
{
    const struct pb_pins_options options = {.oldest = "99",
                                            .find_links = find_links};
    PB_CLEANUP(pb_resolver_clear)
    struct pb_resolver resolver = {.options = &options};
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_resolver_scan(&resolver, &ignored) < 0) {
        pb_error_clear(&ignored);
    }
    for (size_t i = 0; i < requirements->len; i++) {
        PB_AUTO(pb_wish) struct pb_wish wish = {.name = NULL};
        bool found = false;
        if (pb_wish_parse(requirements->items[i], &wish, &ignored) < 0) {
            pb_error_clear(&ignored);
        }
        for (size_t k = 0; k < resolver.ndists && wish.name != NULL; k++) {
            found |= strcmp(resolver.dists[k].name, wish.name) == 0;
        }
        if (!found) {
            pb_strv_add(out, requirements->items[i]);
        }
    }
}
