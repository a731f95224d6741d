/* Three keys for a commit, from tree and blob ids alone, without a checkout:

   - build: everything that can alter compiled output, the standard library
     files that are frozen into the binary or drive the build included;
   - behaviour: that, and the standard library without its own tests: all
     that a downstream project can see;
   - library: the part of it that lies beside the compiled output, Lib/ and
     Include/. Equal libraries and equal output are equal behaviour, whatever
     the sources.

   What is left out is a deny list (Doc, NEWS, CI files, Lib/test, idlelib,
   other platforms' directories, ...), so that an unknown path counts. Of
   Lib/, what the build itself reads is an allow list that covers all eras.
   Toolchain and configure options are not part of these keys: they are the
   same for every revision of a bisection and enter the store's key. */
#ifndef PYBISECT_FINGERPRINT_H
#define PYBISECT_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/cancel.h"
#include "pybisect/digest.h"
#include "pybisect/git.h"
#include "pybisect/progress.h"

struct pb_keys {
    struct pb_digest build;
    struct pb_digest behaviour;
    struct pb_digest library;
};

struct pb_fingerprint_options {
    bool count_tests; /* Lib/test counts: the suite imports test.support; so
                         do the extension modules that Lib/test loads */
    int threads;      /* 0: one a core, at most 8 */
    const struct pb_progress *progress;
    const struct pb_cancel *cancel;
};

/* out_keys[i] for commits[i]. Opens the repository once a thread. */
int pb_fingerprint(const char *repo_path, const struct pb_oid *commits,
                   size_t ncommits,
                   const struct pb_fingerprint_options *options,
                   struct pb_keys *out_keys, struct pb_error *err);

/* How a single path counts: for explanations and tests. */
enum pb_path_role {
    PB_PATH_IGNORED,
    PB_PATH_BEHAVIOUR, /* the standard library */
    PB_PATH_BUILD,     /* compiled output too */
};
enum pb_path_role pb_fingerprint_role(const char *path, bool count_tests);

#endif
