/* From a commit of CPython to an interpreter that can be run.

   A builder owns two work trees in the cache directory, under a lock that
   keeps other processes out of them (each takes the next free slot):

   - the source tree is moved from revision to revision by writing only files
     whose content changes, and compiles incrementally;
   - the run tree holds the exact standard library and headers of a revision,
     and the compiled output out of the store beside them.

   What is run is always what the store holds. A revision that does not build,
   in an empty tree as well as in the moved one, is a result, kept with its
   log; it is never retried blindly. */
#ifndef PYBISECT_INTERPRETER_H
#define PYBISECT_INTERPRETER_H

#include <stdbool.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/cancel.h"
#include "pybisect/fingerprint.h"
#include "pybisect/git.h"
#include "pybisect/progress.h"
#include "pybisect/strv.h"

struct pb_builder; /* opaque */

struct pb_builder_options {
    struct pb_repo *repo;  /* borrowed */
    const char *cache_dir; /* store and work trees live below it */
    const char *eras_file; /* recipes/cpython.yml */
    const char *cc;        /* NULL: "cc" */
    const struct pb_strv *configure_args; /* the user's, after the era's;
                                             may be NULL */
    int jobs;                             /* 0: one a core */
    double timeout;                       /* seconds for one build; 0: 3600 */
    bool ccache;                          /* use ccache when it is installed */
    const char *sandbox; /* path of the bwrap that confines; NULL: none */
    bool install;        /* try `make install` too: another build */
    int audit_every;     /* one build in so many is audited; 0: 50,
                            negative: none */
    /* Stored builds turn out to be wrong. Called with their output digests,
       in hex, before they are dropped: whatever is known of them has to be
       forgotten first, or a kill in between would keep it. May be NULL. */
    int (*refuted)(void *context, const struct pb_strv *outputs,
                   struct pb_error *err);
    void *refuted_context;
    const struct pb_progress *progress; /* "configure", "make: 120 files" */
    const struct pb_cancel *cancel;
};

/* Checks the tools a build needs and names each that is missing. */
int pb_builder_new(const struct pb_builder_options *options,
                   struct pb_builder **out, struct pb_error *err);
void pb_builder_free(struct pb_builder *builder);
PB_DEFINE_AUTO_FREE(pb_builder, struct pb_builder, pb_builder_free)

/* Compiler, linker, platform and libraries, as text: part of every key.
   `cc` NULL: "cc". Caller frees. */
char *pb_toolchain(const char *cc, struct pb_error *err);
/* That of the builder. */
const char *pb_builder_toolchain(const struct pb_builder *builder);

enum pb_build_end {
    PB_BUILD_RESTORED, /* out of the store */
    PB_BUILD_COMPILED,
    PB_BUILD_FAILED,
};

/* A clean build was compared with what the store had. */
enum pb_audit {
    PB_AUDIT_NONE,
    PB_AUDIT_EQUAL,          /* the same bytes: proved from now on */
    PB_AUDIT_DIFFERENT,      /* the stored build and those made out of it are
                                dropped, the clean one is kept */
    PB_AUDIT_PROVED,         /* equal at an earlier audit: not built again */
    PB_AUDIT_IRREPRODUCIBLE, /* two clean builds differ from each other, so
                                that nothing can be said */
};
const char *pb_audit_name(enum pb_audit audit); /* "equal", ...; "" for none */

struct pb_build {
    enum pb_build_end end;
    enum pb_audit audit;
    struct pb_strv dropped; /* DIFFERENT: output digests, in hex, of the builds
                               that are no longer trusted */
    char *python;  /* absolute path of the executable in the run tree; NULL
                      when failed. Good until the next build */
    char *root;    /* the run tree */
    char *failure; /* FAILED: "make: Objects/dictobject.c:12: error: ..." */
    char *log;     /* FAILED: path of the whole log; else NULL */
    bool known;    /* FAILED: it was on record, nothing was tried */
    double seconds;
    struct pb_digest output; /* not FAILED: digest of the compiled output;
                                zeroes: not known */
};

/* clean: ignore the incremental tree, build in a fresh directory with nothing
   reused but configure's answers and, through ccache, what this builder's
   other clean builds compiled, and remove it afterwards; the run tree for
   it is fresh too. The result is an audit of what the store had; a build that
   was proved by an earlier one comes out of the store. Now and then a build
   that was not asked to be clean is audited too. -1 is
   for this machine's troubles (disk full, cancelled), never for a revision
   that does not compile. */
int pb_builder_build(struct pb_builder *builder, const struct pb_oid *commit,
                     const struct pb_keys *keys, bool clean,
                     struct pb_build *out, struct pb_error *err);
void pb_build_clear(struct pb_build *build);
PB_DEFINE_AUTO_CLEAR(pb_build, struct pb_build, pb_build_clear)

/* How `make install` ended, of a build of a builder with .install; appends
   what it said last. */
int pb_build_installed(const struct pb_build *build, bool *out_passed,
                       struct pb_buf *out_log, struct pb_error *err);

/* How often builds came out of the store, over all of its life. */
struct pb_build_uses {
    size_t hot;  /* a run tree held it still */
    size_t cold; /* it was unpacked */
    size_t compiled;
    double seconds; /* that compiling took */
};
int pb_build_uses_load(const char *cache_dir, struct pb_build_uses *out,
                       struct pb_error *err);

/* How many kinds of builds (by toolchain and era) have shown not to be
   reproducible here: they are not compared. */
size_t pb_builder_irreproducible(const char *cache_dir);

/* Is a build, or a failure, of this revision on record? Builds nothing. */
int pb_builder_knows(struct pb_builder *builder, const struct pb_oid *commit,
                     const struct pb_keys *keys, bool *out,
                     struct pb_error *err);

/* The revision that the builder's work tree was moved to last: what is near it
   takes little to compile. False: none. */
bool pb_builder_at(const struct pb_builder *builder, struct pb_oid *out);

enum pb_stored {
    PB_STORED_NOT,
    PB_STORED_BUILD,
    PB_STORED_PROVED, /* equal to a clean build: it counts for one */
};

/* out[i]: what is stored under keys[i], which pb_builder_key made. */
int pb_builder_stored(struct pb_builder *builder, const struct pb_digest *keys,
                      size_t len, enum pb_stored *out, struct pb_error *err);

/* What is stored under these keys, or will be, stays in the store until the
   name ([a-z0-9-]+) is unpinned, whatever its limits. */
int pb_builder_pin(struct pb_builder *builder, const char *name,
                   const struct pb_digest *keys, size_t len,
                   struct pb_error *err);
int pb_builder_unpin(struct pb_builder *builder, const char *name,
                     struct pb_error *err);

/* For a full disk: removes what can be had again, in this order and only as
   much as one call takes: work trees that no process uses and interpreters
   left laid out, but for the last; then the longest unused half of the stored
   builds that no pin protects. *out_bytes 0: there was nothing. */
int pb_builder_evict(struct pb_builder *builder, uint64_t *out_bytes,
                     struct pb_error *err);

/* The store's key of a build: build key, toolchain, era. */
int pb_builder_key(struct pb_builder *builder, const struct pb_oid *commit,
                   const struct pb_keys *keys, struct pb_digest *out,
                   struct pb_error *err);

#endif
