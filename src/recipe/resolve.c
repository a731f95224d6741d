/* From requirements to the files that answer them.

   Which release of what: decided here, for the CPython under test. pip would
   decide for the Python that runs pip: markers are the host's, and with
   --python-version it refuses source distributions. So pip only fetches, one
   requirement at a time (fetch.c); names, versions and markers are read by
   the rules that pip has (wish.c, release.c), and the file is chosen of those
   that there are (choose.c).

   Nothing is taken back: what was asked for by a release that another
   requirement then ruled out stays asked for. pip would try combinations
   instead; a recipe can name versions where that matters. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "recipe/resolve_private.h"

struct set {
    struct pb_node *items;
    size_t len;
    size_t cap;
};

static void
set_clear(struct set *set)
{
    for (size_t i = 0; i < set->len; i++) {
        struct pb_node *node = &set->items[i];
        free(node->name);
        free(node->wanted_by);
        pb_strv_clear(&node->clauses);
        pb_strv_clear(&node->extras);
        pb_dist_facts_clear(&node->facts);
    }
    free(set->items);
}

/* --- a set ------------------------------------------------------------- */

static struct pb_node *
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
is_wanted(const struct pb_resolver *resolver, const struct pb_wish *wish,
          const struct pb_strv *extras)
{
    return wish->marker == NULL ||
           pb_marker_holds(wish->marker, resolver->options->oldest, extras) ||
           pb_marker_holds(wish->marker, resolver->options->newest, extras);
}

static int
add_wish(struct pb_resolver *resolver, struct set *set, const char *text,
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
    struct pb_node *node = find_node(set, wish.name);
    bool changed = false;
    if (node == NULL) {
        if (set->len == PB_LIMIT_DISTRIBUTIONS) {
            return pb_error_set(
                err, PB_ERROR_LIMIT, "'%s' needs more than %d distributions",
                resolver->options->project, PB_LIMIT_DISTRIBUTIONS);
        }
        PB_GROW(set->items, set->len, set->cap);
        node = &set->items[set->len++];
        *node = (struct pb_node){.name = pb_strdup(wish.name),
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
close_set(struct pb_resolver *resolver, struct set *set, struct pb_error *err)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < set->len; i++) {
            if (!set->items[i].dirty) {
                continue;
            }
            again = true;
            if (pb_resolver_settle(resolver, &set->items[i], err) < 0) {
                return -1;
            }
            /* Adding may move the items. */
            PB_AUTOFREE char *name = pb_strdup(set->items[i].name);
            for (size_t k = 0; k < set->items[i].facts.requires.len; k++) {
                const struct pb_node *node = &set->items[i];
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

/* --- pins -------------------------------------------------------------- */

static int resolve_set(struct pb_resolver *resolver,
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
list_tools(const struct pb_node *node, struct pb_strv *out)
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
resolve_tools(struct pb_resolver *resolver, const struct pb_node *node,
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
add_pin(struct pb_resolver *resolver, const struct pb_node *node, bool wanted,
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
    pb_resolver_note_limits(resolver, &node->dist, &node->facts);
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
resolve_set(struct pb_resolver *resolver, const struct pb_strv *requirements,
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
tell_missing(const struct pb_resolver *resolver, struct pb_error *err)
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
    PB_CLEANUP(pb_resolver_clear)
    struct pb_resolver resolver = {
        .options = options, .pins = &pins, .notes = notes};
    if (pb_resolver_scan(&resolver, err) < 0) {
        return -1;
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
