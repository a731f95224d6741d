/* Compiling the revision that a source tree holds.

   Beside the tree lie two small files: what it was last configured from, and,
   while a build is under way or when one has failed, a mark. What is as new
   as the mark may be half-written (make removes what it was making on
   SIGINT, but nobody does on SIGKILL, and a generator that crashed leaves a
   torn file), so it is removed before the tree is used again. */
#ifndef PYBISECT_BUILD_COMPILE_H
#define PYBISECT_BUILD_COMPILE_H

#include <stdbool.h>

#include "build/era.h"
#include "build/tree.h"
#include "pybisect/cancel.h"
#include "pybisect/progress.h"
#include "pybisect/strv.h"

/* Everything that is the same for all revisions; all borrowed. */
struct pb_compiler {
    const char *cc;
    const char *toolchain;
    const struct pb_strv *configure_args; /* the user's */
    const char *configure_cache; /* directory of configure's answers */
    const char *ccache_dir;      /* NULL: no ccache */
    const char *ccache_base;     /* paths below it are the same to ccache */
    bool maps_prefixes;          /* the compiler can forget where it was */
    int audit_every;             /* 0: never */
    const char *sandbox;         /* bwrap; NULL: nothing is confined */
    bool installs;               /* tries `make install` too (install.h) */
    int jobs;
    double timeout; /* seconds */
    const struct pb_progress *progress;
    const struct pb_cancel *cancel;
};

struct pb_work {
    struct pb_tree *tree;
    char *stamp; /* what the tree was configured from */
    char *mark;
    char *at; /* the revision that it was moved to last */
    int lock; /* passed on to what runs in the tree, so that the slot stays
                 taken when we are killed and make is not */
};

enum pb_compile_end {
    PB_COMPILE_DONE,
    PB_COMPILE_FAILED,  /* the revision does not build */
    PB_COMPILE_EXPIRED, /* the time limit: another machine may manage */
};

struct pb_compilation {
    enum pb_compile_end end;
    char *summary; /* not DONE: one line */
    double seconds;
};

/* Makes a tree whose last build did not end well usable again; called before
   it is moved. */
int pb_compile_recover(const struct pb_work *work, struct pb_error *err);

/* Output goes to log_path. -1 is for troubles of this machine. */
int pb_compile(const struct pb_compiler *compiler, const struct pb_work *work,
               const struct pb_settings *settings, const char *log_path,
               struct pb_compilation *out, struct pb_error *err);
/* Starts the interpreter of `work`'s tree; one that does not is FAILED. */
int pb_compile_check(const struct pb_compiler *compiler,
                     const struct pb_work *work, const char *log_path,
                     struct pb_compilation *out, struct pb_error *err);
void pb_compilation_clear(struct pb_compilation *compilation);
PB_DEFINE_AUTO_CLEAR(pb_compilation, struct pb_compilation,
                     pb_compilation_clear)

/* Appends the paths of what a finished build consists of. */
int pb_compile_outputs(const struct pb_work *work, struct pb_strv *out,
                       struct pb_error *err);

#endif
