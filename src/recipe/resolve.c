/* From requirements to the files that answer them.

   Which release of what: decided here, for the CPython under test. pip would
   decide for the Python that runs pip: markers are the host's, and with
   --python-version it refuses source distributions. So pip only fetches, one
   requirement at a time (fetch.c); names, versions and markers are read by
   the rules that pip has, by wish.c and release.c.

   Nothing is taken back: what was asked for by a release that another
   requirement then ruled out stays asked for. Sets as small as those of a
   test suite have shown no need for more. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/dependencies.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "recipe/distribution.h"
#include "recipe/fetch.h"

struct resolver {
    const struct pb_pins_options *options;
    struct pb_dist *dists; /* what there is */
    size_t ndists;
    size_t cap;
    struct pb_pins *pins;
    struct pb_strv *notes;
    struct pb_strv missing; /* sentences */
    int depth;
};

/* One name of a set under way. */
struct node {
    char *name;
    struct pb_strv clauses; /* all must hold */
    struct pb_strv extras;
    char *wanted_by;
    const char *path;    /* of the chosen file; borrowed, NULL: none yet */
    struct pb_dist dist; /* a borrowed copy */
    struct pb_dist_facts facts;
    bool dirty;
};

struct set {
    struct node *items;
    size_t len;
    size_t cap;
};

static void
set_clear(struct set *set)
{
    for (size_t i = 0; i < set->len; i++) {
        struct node *node = &set->items[i];
        free(node->name);
        free(node->wanted_by);
        pb_strv_clear(&node->clauses);
        pb_strv_clear(&node->extras);
        pb_dist_facts_clear(&node->facts);
    }
    free(set->items);
}

static void
resolver_clear(struct resolver *resolver)
{
    for (size_t i = 0; i < resolver->ndists; i++) {
        pb_dist_clear(&resolver->dists[i]);
    }
    free(resolver->dists);
    pb_strv_clear(&resolver->missing);
}

/* --- what there is --------------------------------------------------------
 */

static void
add_dist(struct resolver *resolver, const char *path)
{
    struct pb_dist dist;
    if (pb_dist_of_file(path, resolver->options->oldest, &dist)) {
        PB_GROW(resolver->dists, resolver->ndists, resolver->cap);
        resolver->dists[resolver->ndists++] = dist;
    }
}

static int
add_directory(struct resolver *resolver, const char *directory,
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

/* --- one choice -----------------------------------------------------------
 */

static bool
suits(const struct node *node, const struct pb_dist *dist, bool early)
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
next_best(const struct resolver *resolver, const struct node *node,
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
choose(struct resolver *resolver, struct node *node, bool early,
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
describe(const struct node *node)
{
    PB_AUTOFREE char *clauses = pb_strv_join(&node->clauses, ",");
    return pb_asprintf("%s%s", node->name, clauses);
}

static int
fetch(struct resolver *resolver, const struct node *node, struct pb_error *err)
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
note_missing(struct resolver *resolver, const struct node *node)
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

static void
note_limits(struct resolver *resolver, const struct pb_dist *dist,
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

static int
settle(struct resolver *resolver, struct node *node, struct pb_error *err)
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

/* --- a set ----------------------------------------------------------------
 */

static struct node *
find_node(struct set *set, const char *name)
{
    for (size_t i = 0; i < set->len; i++) {
        if (strcmp(set->items[i].name, name) == 0) {
            return &set->items[i];
        }
    }
    return NULL;
}

static void
add_once(struct pb_strv *list, const char *text, bool *changed)
{
    if (!pb_strv_contains(list, text)) {
        pb_strv_add(list, text);
        *changed = true;
    }
}

static bool
is_wanted(const struct resolver *resolver, const struct pb_wish *wish,
          const struct pb_strv *extras)
{
    return wish->marker == NULL ||
           pb_marker_holds(wish->marker, resolver->options->oldest, extras) ||
           pb_marker_holds(wish->marker, resolver->options->newest, extras);
}

static int
add_wish(struct resolver *resolver, struct set *set, const char *text,
         const char *wanted_by, const struct pb_strv *extras,
         struct pb_error *err)
{
    PB_AUTO(pb_wish) struct pb_wish wish = {.name = NULL};
    if (pb_wish_parse(text, &wish, err) < 0) {
        if (wanted_by != NULL) {
            pb_error_prefix(err, "of '%s'", wanted_by);
        }
        return -1;
    }
    if (!is_wanted(resolver, &wish, extras)) {
        return 0;
    }
    struct node *node = find_node(set, wish.name);
    bool changed = false;
    if (node == NULL) {
        if (set->len == PB_LIMIT_DISTRIBUTIONS) {
            return pb_error_set(
                err, PB_ERROR_LIMIT, "'%s' needs more than %d distributions",
                resolver->options->project, PB_LIMIT_DISTRIBUTIONS);
        }
        PB_GROW(set->items, set->len, set->cap);
        node = &set->items[set->len++];
        *node = (struct node){.name = pb_strdup(wish.name),
                              .wanted_by = pb_strdup(wanted_by)};
        changed = true;
    }
    if (*wish.specifiers != '\0') {
        add_once(&node->clauses, wish.specifiers, &changed);
    }
    for (size_t i = 0; i < wish.extras.len; i++) {
        add_once(&node->extras, wish.extras.items[i], &changed);
    }
    node->dirty |= changed;
    return 0;
}

/* Settles all that is asked for, and what that asks for in turn. */
static int
close_set(struct resolver *resolver, struct set *set, struct pb_error *err)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < set->len; i++) {
            if (!set->items[i].dirty) {
                continue;
            }
            again = true;
            if (settle(resolver, &set->items[i], err) < 0) {
                return -1;
            }
            /* Adding may move the items. */
            PB_AUTOFREE char *name = pb_strdup(set->items[i].name);
            for (size_t k = 0; k < set->items[i].facts.requires.len; k++) {
                const struct node *node = &set->items[i];
                if (add_wish(resolver, set, node->facts.requires.items[k],
                             name, &node->extras, err) < 0)
                {
                    return -1;
                }
            }
        }
    }
    return 0;
}

/* --- pins ------------------------------------------------------------------
 */

static int resolve_set(struct resolver *resolver,
                       const struct pb_strv *requirements,
                       const char *wanted_by, bool wanted,
                       struct pb_strv *out_files, struct pb_error *err);

static struct pb_pin *
find_pin(const struct pb_pins *pins, const char *file)
{
    for (size_t i = 0; i < pins->len; i++) {
        if (strcmp(pins->items[i].file, file) == 0) {
            return &pins->items[i];
        }
    }
    return NULL;
}

static bool
is_for_wheels_only(const char *requirement)
{
    PB_AUTO(pb_wish) struct pb_wish wish = {.name = NULL};
    struct pb_error ignored = PB_ERROR_INIT;
    return pb_wish_parse(requirement, &wish, &ignored) == 0 &&
           strcmp(wish.name, "wheel") == 0;
}

/* Without a list it is setuptools: where distutils is gone, or where the
   build is not said to do without. With setuptools nothing makes a wheel. */
static void
list_tools(const struct node *node, struct pb_strv *out)
{
    const struct pb_dist_facts *facts = &node->facts;
    if (!facts->says_build_requires) {
        pb_strv_add(out, "setuptools");
        return;
    }
    for (size_t i = 0; i < facts->build_requires.len; i++) {
        const char *each = facts->build_requires.items[i];
        if (facts->backend != NULL || !is_for_wheels_only(each)) {
            pb_strv_add(out, each);
        }
    }
}

static int
resolve_tools(struct resolver *resolver, const struct node *node,
              struct pb_strv *out_files, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv tools = PB_STRV_INIT;
    list_tools(node, &tools);
    if (resolver->depth == PB_LIMIT_BUILD_TOOLS) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "'%s' is built with tools that are built with "
                            "tools ...: %d levels are too many",
                            node->name, PB_LIMIT_BUILD_TOOLS);
    }
    resolver->depth++;
    int status =
        resolve_set(resolver, &tools, node->name, false, out_files, err);
    resolver->depth--;
    return status;
}

static enum pb_pin_kind
pin_kind(enum pb_dist_kind kind)
{
    return kind == PB_DIST_PURE     ? PB_PIN_WHEEL
           : kind == PB_DIST_SOURCE ? PB_PIN_SOURCE
                                    : PB_PIN_STABLE;
}

static int
add_pin(struct resolver *resolver, const struct node *node, bool wanted,
        struct pb_error *err)
{
    struct pb_pins *pins = resolver->pins;
    struct pb_pin *known = find_pin(pins, node->path);
    if (known != NULL) {
        known->wanted |= wanted;
        return 0;
    }
    PB_AUTO(pb_strv) struct pb_strv tools = PB_STRV_INIT;
    struct pb_digest digest;
    if ((node->dist.kind == PB_DIST_SOURCE &&
         resolve_tools(resolver, node, &tools, err) < 0) ||
        pb_digest_of_file(node->path, &digest, err) < 0)
    {
        return -1;
    }
    note_limits(resolver, &node->dist, &node->facts);
    PB_GROW(pins->items, pins->len, pins->cap);
    struct pb_pin *pin = &pins->items[pins->len++];
    *pin = (struct pb_pin){
        .kind = pin_kind(node->dist.kind),
        .name = pb_strdup(node->name),
        .version = pb_strdup(node->dist.version),
        .file = pb_strdup(node->path),
        .digest = digest,
        .wanted = wanted,
        .compiled = node->facts.compiled,
        .backend = pb_strdup(node->facts.backend),
        .backend_path = pb_strdup(node->facts.backend_path),
        .tools = pb_alloc_array(tools.len + 1, sizeof(size_t)),
    };
    for (size_t i = 0; i < tools.len; i++) {
        pin->tools[pin->ntools++] =
            (size_t)(find_pin(pins, tools.items[i]) - pins->items);
    }
    return 0;
}

static int
resolve_set(struct resolver *resolver, const struct pb_strv *requirements,
            const char *wanted_by, bool wanted, struct pb_strv *out_files,
            struct pb_error *err)
{
    PB_CLEANUP(set_clear) struct set set = {.items = NULL};
    for (size_t i = 0; i < requirements->len; i++) {
        if (add_wish(resolver, &set, requirements->items[i], wanted_by, NULL,
                     err) < 0) {
            return -1;
        }
    }
    if (close_set(resolver, &set, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < set.len; i++) {
        if (set.items[i].path == NULL) {
            continue; /* told by now */
        }
        if (add_pin(resolver, &set.items[i], wanted, err) < 0) {
            return -1;
        }
        if (out_files != NULL) {
            pb_strv_add(out_files, set.items[i].path);
        }
    }
    return 0;
}

static int
tell_missing(const struct resolver *resolver, struct pb_error *err)
{
    const struct pb_strv *places = resolver->options->find_links;
    PB_AUTOFREE char *list = pb_strv_join(&resolver->missing, ", ");
    PB_AUTOFREE char *where = pb_strv_join(places, "', '");
    pb_error_set(err, PB_ERROR_NOT_FOUND, "'%s' needs %s, not found in '%s'",
                 resolver->options->project, list, where);
    pb_error_hint(err, "put wheels or source distributions of them there, or "
                       "lay them out by hand and pass --deps DIR");
    return -1;
}

int
pb_pins_resolve(const struct pb_pins_options *options, struct pb_pins *out,
                struct pb_strv *notes, struct pb_error *err)
{
    PB_AUTO(pb_pins) struct pb_pins pins = PB_PINS_INIT;
    PB_CLEANUP(resolver_clear)
    struct resolver resolver = {
        .options = options, .pins = &pins, .notes = notes};
    for (size_t i = 0; i < options->find_links->len; i++) {
        if (add_directory(&resolver, options->find_links->items[i], err) < 0) {
            return -1;
        }
    }
    if (resolve_set(&resolver, options->requirements, NULL, true, NULL, err) <
        0) {
        PB_AUTOFREE char *all = pb_strv_join(options->requirements, "', '");
        pb_error_prefix(err, "'%s' needs '%s'", options->project, all);
        return -1;
    }
    if (resolver.missing.len > 0) {
        return tell_missing(&resolver, err);
    }
    *out = pins;
    pins = (struct pb_pins)PB_PINS_INIT;
    return 0;
}

void
pb_pins_missing(const struct pb_strv *requirements,
                const struct pb_strv *find_links, struct pb_strv *out)
{
    const struct pb_pins_options options = {.oldest = "99",
                                            .find_links = find_links};
    PB_CLEANUP(resolver_clear)
    struct resolver resolver = {.options = &options};
    struct pb_error ignored = PB_ERROR_INIT;
    for (size_t i = 0; i < find_links->len; i++) {
        if (add_directory(&resolver, find_links->items[i], &ignored) < 0) {
            pb_error_clear(&ignored);
        }
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
