/* Distributions: files that hold a release of a library, ready to be unpacked
   (wheels) or to be built (source distributions). What they say of themselves
   is read; nothing in them is run. */
#ifndef PYBISECT_RECIPE_DISTRIBUTION_H
#define PYBISECT_RECIPE_DISTRIBUTION_H

#include "pybisect/error.h"
#include "pybisect/strv.h"
#include "recipe/release.h"

enum pb_dist_kind { /* the better way to get the same release comes first */
                    PB_DIST_PURE,   /* a wheel for any interpreter */
                    PB_DIST_SOURCE, /* built by each interpreter that needs
                                       to */
                    PB_DIST_STABLE, /* a wheel for the stable ABI, or of
                                       programs for this machine */
                    PB_DIST_ALIEN,  /* a wheel for another machine, or for one
                                       interpreter alone: never used */
};

struct pb_dist {
    char *path;
    char *name;
    char *version;
    struct pb_release release;
    enum pb_dist_kind kind;
};

/* By the file's name; false: it is no distribution. `python` is the oldest
   CPython that is to use it, "3.12". */
bool pb_dist_of_file(const char *path, const char *python,
                     struct pb_dist *out);
void pb_dist_clear(struct pb_dist *dist);
PB_DEFINE_AUTO_CLEAR(pb_dist, struct pb_dist, pb_dist_clear)

struct pb_dist_facts {
    char *requires_python;   /* NULL: for any */
    struct pb_strv requires; /* requirements, with their markers */
    /* Of a source distribution: */
    struct pb_strv build_requires;
    bool says_build_requires; /* pyproject.toml has a list, if an empty one */
    bool has_setup;           /* setup.py */
    bool compiled;            /* there is something that can be compiled */
    char *backend;            /* "flit_core.buildapi"; NULL: setuptools */
    char *backend_path;       /* where in it the backend is, or NULL */
};

int pb_dist_read(const struct pb_dist *dist, struct pb_dist_facts *out,
                 struct pb_error *err);
void pb_dist_facts_clear(struct pb_dist_facts *facts);
PB_DEFINE_AUTO_CLEAR(pb_dist_facts, struct pb_dist_facts, pb_dist_facts_clear)

/* "markupsafe 2.1.1 (MarkupSafe-2.1.1.tar.gz)". Caller frees. */
char *pb_dist_title(const struct pb_dist *dist);

#endif
