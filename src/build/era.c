/* Which eras a revision belongs to, and what they add up to. */
#include "build/era.h"

#include <stdlib.h>
#include <string.h>

#include "build/era_private.h"
#include "pybisect/alloc.h"
#include "pybisect/range.h"

#define NO_VERSION 0u

static bool
bound_holds(const struct pb_version_bound *bound, unsigned version)
{
    switch (bound->operator) {
    case PB_VERSION_LESS:
        return version < bound->version;
    case PB_VERSION_AT_MOST:
        return version <= bound->version;
    case PB_VERSION_EQUAL:
        return version == bound->version;
    case PB_VERSION_AT_LEAST:
        return version >= bound->version;
    case PB_VERSION_MORE:
        break;
    }
    return version > bound->version;
}

static bool
era_applies(const struct pb_era *era, struct pb_repo *repo,
            const struct pb_oid *commit, unsigned version)
{
    for (size_t i = 0; i < era->nbounds; i++) {
        if (version == NO_VERSION || !bound_holds(&era->bounds[i], version)) {
            return false;
        }
    }
    for (size_t i = 0; i < era->has.len; i++) {
        if (!pb_repo_has_path(repo, commit, era->has.items[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < era->lacks.len; i++) {
        if (pb_repo_has_path(repo, commit, era->lacks.items[i])) {
            return false;
        }
    }
    return true;
}

/* A variable that is there already gets the new value. */
static void
merge_variables(struct pb_strv *list, const struct pb_strv *more)
{
    for (size_t i = 0; i < more->len; i++) {
        const char *text = more->items[i];
        size_t name = strcspn(text, "=") + 1;
        size_t at = 0;
        while (at < list->len && strncmp(list->items[at], text, name) != 0) {
            at++;
        }
        if (at == list->len) {
            pb_strv_add(list, text);
            continue;
        }
        free(list->items[at]);
        list->items[at] = pb_strdup(text);
    }
}

static void
add_era(struct pb_settings *settings, const struct pb_era *era)
{
    pb_strv_add(&settings->names, era->name);
    pb_strv_add_all(&settings->configure_args, &era->configure_args);
    merge_variables(&settings->environment, &era->environment);
    merge_variables(&settings->make_args, &era->make_args);
    if (era->targets.len > 0) {
        pb_strv_clear(&settings->targets);
        pb_strv_add_all(&settings->targets, &era->targets);
    }
    for (size_t i = 0; i < era->nsubstitutions; i++) {
        settings->substitutions[settings->nsubstitutions++] =
            &era->substitutions[i];
    }
    for (size_t i = 0; i < era->nproducts; i++) {
        settings->products[settings->nproducts++] = &era->products[i];
    }
}

static void
add_list(struct pb_hasher *hasher, const struct pb_strv *list)
{
    for (size_t i = 0; i < list->len; i++) {
        pb_hasher_add_field(hasher, list->items[i]);
    }
    pb_hasher_add_field(hasher, NULL);
}

static struct pb_digest
digest_of(const struct pb_settings *settings)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    add_list(&hasher, &settings->configure_args);
    add_list(&hasher, &settings->environment);
    add_list(&hasher, &settings->make_args);
    add_list(&hasher, &settings->targets);
    for (size_t i = 0; i < settings->nsubstitutions; i++) {
        pb_hasher_add_field(&hasher, settings->substitutions[i]->file);
        pb_hasher_add_field(&hasher, settings->substitutions[i]->pattern);
        pb_hasher_add_field(&hasher, settings->substitutions[i]->replacement);
    }
    pb_hasher_add_field(&hasher, NULL);
    for (size_t i = 0; i < settings->nproducts; i++) {
        pb_hasher_add_field(&hasher, settings->products[i]->path);
        add_list(&hasher, &settings->products[i]->sources);
    }
    return pb_hasher_finish(&hasher);
}

int
pb_eras_select(const struct pb_eras *eras, struct pb_repo *repo,
               const struct pb_oid *commit, struct pb_settings *out,
               struct pb_error *err)
{
    unsigned major = 0;
    unsigned minor = 0;
    if (pb_range_version(repo, commit, &major, &minor, err) < 0) {
        return -1;
    }
    unsigned version = major * 1000 + minor; /* NO_VERSION: not known */
    size_t nsubstitutions = 0;
    size_t nproducts = 0;
    for (size_t i = 0; i < eras->len; i++) {
        nsubstitutions += eras->items[i].nsubstitutions;
        nproducts += eras->items[i].nproducts;
    }
    struct pb_settings settings = {
        .substitutions =
            pb_alloc_array(nsubstitutions, sizeof(settings.substitutions[0])),
        .products = pb_alloc_array(nproducts, sizeof(settings.products[0])),
    };
    for (size_t i = 0; i < eras->len; i++) {
        if (era_applies(&eras->items[i], repo, commit, version)) {
            add_era(&settings, &eras->items[i]);
        }
    }
    settings.digest = digest_of(&settings);
    *out = settings;
    return 0;
}

void
pb_settings_clear(struct pb_settings *settings)
{
    pb_strv_clear(&settings->names);
    pb_strv_clear(&settings->configure_args);
    pb_strv_clear(&settings->environment);
    pb_strv_clear(&settings->make_args);
    pb_strv_clear(&settings->targets);
    free(settings->substitutions);
    free(settings->products);
    *settings = (struct pb_settings){.nproducts = 0};
}
