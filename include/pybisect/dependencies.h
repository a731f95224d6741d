/* What a project needs beside itself: resolved once a bisection into pins
   (exact files, with digests), from then on without a network.

   Wheels for any interpreter are unpacked once, for all revisions. A source
   distribution is built by the interpreter under test and kept in the store
   under its ABI key: all that what is compiled can depend on, which is the
   Include tree of the revision, its pyconfig.h, its SOABI, the toolchain, and
   the pinned files of it and of what it was built with. Two revisions with
   the same key share what was built; no other revision ever loads it.

       struct pb_pins pins = PB_PINS_INIT;
       pb_pins_resolve(&options, &pins, err);        once
       pb_dependencies_open(&pins, ..., &deps, err); each session
       pb_dependencies_lay_out(deps, &request, &laid_out, err); each trial */
#ifndef PYBISECT_DEPENDENCIES_H
#define PYBISECT_DEPENDENCIES_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/cancel.h"
#include "pybisect/digest.h"
#include "pybisect/error.h"
#include "pybisect/json.h"
#include "pybisect/progress.h"
#include "pybisect/strv.h"

enum pb_pin_kind {
    PB_PIN_WHEEL,  /* for any interpreter */
    PB_PIN_SOURCE, /* to be built */
    PB_PIN_STABLE, /* a wheel for the stable ABI of this machine */
};

/* One file. */
struct pb_pin {
    enum pb_pin_kind kind;
    char *name; /* lower case, with "-" for "_" and "." */
    char *version;
    char *file; /* absolute */
    struct pb_digest digest;
    bool wanted;   /* the project imports it; else it only builds others */
    bool compiled; /* SOURCE: there is something in it to be compiled */
    char *backend; /* SOURCE: what builds it; NULL: setuptools */
    char *backend_path;
    size_t *tools; /* SOURCE: the pins that it is built with */
    size_t ntools;
};

/* Pins only name tools that stand before them. */
struct pb_pins {
    struct pb_pin *items;
    size_t len;
    size_t cap;
};
#define PB_PINS_INIT                                                          \
    {                                                                         \
        .items = NULL                                                         \
    }
void pb_pins_clear(struct pb_pins *pins);
PB_DEFINE_AUTO_CLEAR(pb_pins, struct pb_pins, pb_pins_clear)

struct pb_pins_options {
    const char *project;                /* for messages */
    const struct pb_strv *requirements; /* as pip has them */
    const struct pb_strv *find_links;   /* directories; empty: an index,
                                           through the host's pip */
    const char *download_dir;           /* files from an index are kept here */
    const char *oldest; /* CPython's versions at the ends, "3.12"; both */
    const char *newest; /* count for markers, the older for what is needed */
    const struct pb_progress *progress;
    const struct pb_cancel *cancel;
};

/* One error names all that cannot be had. What was taken although it says
   that it is for other versions of Python becomes a sentence in `notes`. */
int pb_pins_resolve(const struct pb_pins_options *options, struct pb_pins *out,
                    struct pb_strv *notes, struct pb_error *err);

/* An array; caller frees. */
struct pb_json *pb_pins_to_json(const struct pb_pins *pins);
int pb_pins_from_json(const struct pb_json *json, struct pb_pins *out,
                      struct pb_error *err);
/* Each file is there with its digest; else an error that names it. */
int pb_pins_check(const struct pb_pins *pins, struct pb_error *err);
/* Over all digests; of no pins, zeroes. */
struct pb_digest pb_pins_digest(const struct pb_pins *pins);

/* Appends the requirements that no distribution in the directories answers
   by its name. */
void pb_pins_missing(const struct pb_strv *requirements,
                     const struct pb_strv *find_links, struct pb_strv *out);

/* --- laying them out --------------------------------------------------- */

struct pb_dependencies; /* opaque */

struct pb_dependencies_options {
    const struct pb_pins *pins; /* borrowed */
    const char *cache_dir;      /* the store and what is laid out live here */
    const char *script;         /* path of build_dist.py */
    const char *toolchain;
    const char *sandbox; /* path of the bwrap that confines; NULL: none */
    double timeout;      /* seconds for one build */
    const struct pb_progress *progress;
    const struct pb_cancel *cancel;
};
int pb_dependencies_open(const struct pb_dependencies_options *options,
                         struct pb_dependencies **out, struct pb_error *err);
void pb_dependencies_close(struct pb_dependencies *dependencies);
PB_DEFINE_AUTO_FREE(pb_dependencies, struct pb_dependencies,
                    pb_dependencies_close)

struct pb_dependencies_request {
    const char *python; /* the interpreter under test */
    const char *root;   /* its tree: Include, pyconfig.h, Makefile */
    /* Over all that the interpreter does (a build and its library). */
    struct pb_digest behaviour;
    bool fresh; /* build anew, whatever the store has */
    bool alone; /* share with equal behaviour only: where whether they can be
                   built at all is the question */
};

struct pb_laid_out {
    struct pb_strv path; /* directories, for PYTHONPATH; empty: none */
    size_t built;        /* distributions, now, also in vain */
    size_t restored;     /* out of the store */
    double seconds;      /* that building took */
    char *failure;       /* "markupsafe 2.1.1 does not build: ..."; NULL */
    char *log;           /* of the failure */
};
void pb_laid_out_clear(struct pb_laid_out *laid_out);
PB_DEFINE_AUTO_CLEAR(pb_laid_out, struct pb_laid_out, pb_laid_out_clear)

/* -1: this machine's troubles. A distribution that does not build is no
   error but a failure in *out. The directories stay as they are until the
   cache is emptied. */
int pb_dependencies_lay_out(struct pb_dependencies *dependencies,
                            const struct pb_dependencies_request *request,
                            struct pb_laid_out *out, struct pb_error *err);

/* The project's own build, of a recipe with `build`: the files that it made
   in a copy of the project, under the same keys. `project` is a digest over
   all else that can change them: the project's revision, the recipe, pins.
   *out_found false: it is to be run, and kept. */
int pb_own_build_recall(struct pb_dependencies *dependencies,
                        const struct pb_dependencies_request *request,
                        const struct pb_digest *project, const char *directory,
                        bool *out_found, struct pb_error *err);
/* What in `directory` is not as in `source`, which it was copied from. */
int pb_own_build_keep(struct pb_dependencies *dependencies,
                      const struct pb_dependencies_request *request,
                      const struct pb_digest *project, const char *source,
                      const char *directory, double seconds,
                      struct pb_error *err);

/* The key of what this interpreter's extension modules may be loaded by.
   `toolchain` and the rest enter the keys of single builds. */
int pb_abi_key(const char *root, struct pb_digest *out, struct pb_error *err);

#endif
