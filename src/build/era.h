/* Eras of CPython: what a revision needs so that it builds with today's
   tools (recipes/cpython.yml).

   An era has a condition on a revision and the settings that then apply. All
   eras whose condition holds add up, in the file's order: lists grow,
   variables of the same name are replaced, and a later `targets` replaces an
   earlier one. */
#ifndef PYBISECT_BUILD_ERA_H
#define PYBISECT_BUILD_ERA_H

#include <stddef.h>

#include "pybisect/digest.h"
#include "pybisect/git.h"
#include "pybisect/regex.h"
#include "pybisect/strv.h"
#include "pybisect/yaml.h"

struct pb_substitution {
    char *file;
    char *pattern;
    char *replacement; /* $1 to $9 are the pattern's groups */
    struct pb_regex *regex;
};

/* A generated file that is committed: make must find it newer than what it
   is made from, or it runs a generator that needs a Python. */
struct pb_product {
    char *path;
    struct pb_strv sources;
};

struct pb_eras; /* the file */

/* Every mistake in the file goes to `problems` with its line; then (and when
   the file cannot be read) the result is -1, err naming the first. */
int pb_eras_load(const char *path, struct pb_eras **out,
                 struct pb_problems *problems, struct pb_error *err);
void pb_eras_free(struct pb_eras *eras);
PB_DEFINE_AUTO_FREE(pb_eras, struct pb_eras, pb_eras_free)

struct pb_settings {
    struct pb_strv names;          /* of the eras that apply */
    struct pb_strv configure_args; /* "--without-ensurepip" */
    struct pb_strv environment;    /* configure's, "OPT=-O1" */
    struct pb_strv make_args;      /* "GITTAG=" */
    struct pb_strv targets;
    /* Borrowed from the eras. */
    const struct pb_substitution **substitutions;
    size_t nsubstitutions;
    const struct pb_product **products;
    size_t nproducts;
    struct pb_digest digest; /* over all but the names */
};

int pb_eras_select(const struct pb_eras *eras, struct pb_repo *repo,
                   const struct pb_oid *commit, struct pb_settings *out,
                   struct pb_error *err);
void pb_settings_clear(struct pb_settings *settings);
PB_DEFINE_AUTO_CLEAR(pb_settings, struct pb_settings, pb_settings_clear)

#endif
