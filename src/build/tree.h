/* A work tree of our own that moves from revision to revision: only files
   whose content or mode changes are written, so that everything else keeps
   its mtime and make has little to do. What a build adds to the tree stays.

   The index lies beside the tree. A move that was killed is completed, or
   undone, by the next one. */
#ifndef PYBISECT_BUILD_TREE_H
#define PYBISECT_BUILD_TREE_H

#include <stdbool.h>

#include "build/era.h"
#include "pybisect/git.h"
#include "pybisect/strv.h"

struct pb_tree;      /* opaque */
struct pb_tree_next; /* opaque: what a move is about to write */

/* The directory need not exist; with an index that cannot be used it is
   emptied. */
int pb_tree_open(const char *directory, const char *index_path,
                 struct pb_tree **out, struct pb_error *err);
void pb_tree_free(struct pb_tree *tree);
PB_DEFINE_AUTO_FREE(pb_tree, struct pb_tree, pb_tree_free)

/* The mtime of aged files, in seconds. */
#define PB_TREE_AGED 1

struct pb_tree_target {
    struct pb_repo *repo;
    const struct pb_oid *commit;
    bool (*wanted)(const char *path);     /* which paths the tree holds */
    bool (*enter)(const char *directory); /* which of them may be there; NULL:
                                             any */
    const struct pb_settings *settings;   /* substitutions and products; may be
                                             NULL */
    bool (*aged)(const char *path); /* which files are to be older than all
                                       that a build makes; NULL: none */
    /* Called before anything is touched, with the paths that will be; may be
       NULL. A killed move calls it again for the same paths. */
    int (*before)(struct pb_tree *tree, const struct pb_tree_next *next,
                  const struct pb_strv *touched, void *context,
                  struct pb_error *err);
    void *context;
};

/* Appends the paths that were written or removed, sorted. A blob that the
   clone lacks is left out where nothing needs it, else an error. */
int pb_tree_move(struct pb_tree *tree, const struct pb_tree_target *target,
                 struct pb_strv *out_changed, struct pb_error *err);

/* Appends what the file will hold; 1 when there will be none. */
int pb_tree_next_read(const struct pb_tree_next *next, const char *path,
                      struct pb_buf *out, struct pb_error *err);

enum pb_sweep {
    PB_SWEEP_ALL,
    PB_SWEEP_BYTECODE,     /* only that */
    PB_SWEEP_BUT_BYTECODE, /* only what is none */
};

/* Removes files that no move wrote and that `keep` (may be NULL) does not
   name. */
int pb_tree_sweep(struct pb_tree *tree, const struct pb_strv *keep,
                  enum pb_sweep what, struct pb_error *err);

/* Removes files that no move wrote and that are as new as the file at `mark`
   or newer. */
int pb_tree_remove_newer(struct pb_tree *tree, const char *mark,
                         struct pb_error *err);

const char *pb_tree_directory(const struct pb_tree *tree);

/* Calls for each path that the tree holds, sorted. */
void pb_tree_each(const struct pb_tree *tree,
                  void (*visit)(const char *path, void *context),
                  void *context);

/* Over names and contents of the paths for which `counts` says so. */
struct pb_digest pb_tree_digest(const struct pb_tree *tree,
                                bool (*counts)(const char *path));

#endif
