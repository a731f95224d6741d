/* A builder and all that it holds, and what the files share that bring one
   build about: keeping it, laying it out, auditing it. */
#ifndef PYBISECT_BUILD_BUILDER_PRIVATE_H
#define PYBISECT_BUILD_BUILDER_PRIVATE_H

#include "build/compile.h"
#include "build/era.h"
#include "build/slot.h"
#include "pybisect/interpreter.h"
#include "pybisect/store.h"

struct pb_builder {
    struct pb_repo *repo; /* borrowed */
    char *cc;
    char *toolchain;
    char *logs;
    char *configure_cache;
    char *ccache_dir;
    char *clean_ccache_dir; /* begun anew by each builder */
    char *cache_dir;
    char *sandbox;
    struct pb_strv configure_args;
    struct pb_eras *eras;
    struct pb_store *store;
    struct pb_slot slot;
    const struct pb_tree *run; /* of the slot, that may be in use */
    struct pb_compiler compiler;
    int (*refuted)(void *context, const struct pb_strv *outputs,
                   struct pb_error *err);
    void *refuted_context;
};

struct pb_digest pb_builder_make_key(const struct pb_builder *builder,
                                     const struct pb_keys *keys,
                                     const struct pb_settings *settings);
/* Builds by one toolchain with one era's settings are alike. */
struct pb_digest pb_builder_make_group(const struct pb_builder *builder,
                                       const struct pb_settings *settings);

/* One call of pb_builder_build. */
struct pb_build_request {
    struct pb_builder *builder;
    const struct pb_oid *commit;
    struct pb_settings settings;
    struct pb_digest key;
    struct pb_digest group;
    const char *label; /* the commit, for people */
    char *log;
    bool clean;
    bool uncached;    /* every file is compiled */
    bool provisional; /* a failure is not to be kept */
    /* Where it is laid out; borrowed. */
    struct pb_tree *run;
    bool run_same; /* the tree is noted as holding just this */
    bool hot;      /* out: it did hold it */
};

/* --- source.c ------------------------------------------------------------ */

/* Moves the tree to the request's revision and compiles it. A clean build gets
   no help from ccache but with what this builder's clean builds compiled: a
   culprit and its parent have nearly all in common. */
int pb_source_compile(const struct pb_build_request *request,
                      const struct pb_work *work, const char *log,
                      struct pb_compilation *out, struct pb_error *err);

/* --- layout.c ------------------------------------------------------------ */

/* Makes the request's run tree hold the revision: library and headers from
   git, the rest from the store, the interpreter linked if it is not kept
   whole, and nothing else but, when it was hot, the library's bytecode.
   PB_ERROR_CORRUPT when the store cannot give it: the entry is dropped by
   then. Fills in out's python, root and output. */
int pb_layout_build(struct pb_build_request *request, struct pb_build *out,
                    struct pb_error *err);

/* --- keep.c -------------------------------------------------------------- */

int pb_keep_failure(const struct pb_build_request *request,
                    const struct pb_compilation *compilation,
                    struct pb_build *out, struct pb_error *err);
/* The output digest that what `work` holds would have. */
int pb_keep_digest(const struct pb_build_request *request,
                   const struct pb_work *work, const char *log,
                   struct pb_digest *out, struct pb_error *err);
/* Keeps what `work` holds, and lays it out. */
int pb_keep_build(struct pb_build_request *request, const struct pb_work *work,
                  const struct pb_compilation *compilation,
                  struct pb_build *out, struct pb_error *err);

#endif
