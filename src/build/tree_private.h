/* What the files of the work tree share. */
#ifndef PYBISECT_BUILD_TREE_PRIVATE_H
#define PYBISECT_BUILD_TREE_PRIVATE_H

#include "build/tree.h"
#include "build/tree_index.h"

struct pb_tree {
    char *directory;
    char *index_path;
    struct pb_index index;
};

struct pb_tree_next {
    const struct pb_tree_target *target;
    const struct pb_index *index;
};

/* Removes a file and the directories that are empty without it. */
int pb_tree_remove_file(const struct pb_tree *tree, const char *relative,
                        struct pb_error *err);

/* Writes what the entry says, unless the file holds it already; 1 when the
   blob is not in this clone and not needed. */
int pb_tree_write_file(const struct pb_tree *tree,
                       const struct pb_tree_target *target,
                       const struct pb_index_entry *entry,
                       struct pb_error *err);

#endif
