/* The table of paths: what counts for which key.

   Rules are tried in order, the first that matches a path decides. To digest
   trees without spelling out every path, the table is walked a directory at
   a time: a directory knows the rules that can still match below it, and
   when all of them agree the whole sub-tree has one role and need not even
   be read. */
#ifndef PYBISECT_HISTORY_ROLES_H
#define PYBISECT_HISTORY_ROLES_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/fingerprint.h"

struct pb_roles;

struct pb_roles_directory {
    size_t number; /* 0 is the root; counted up as directories are met */
    struct pb_roles *owner;
    struct pb_live_rule *live;
    size_t nlive;
    struct pb_map *files; /* name to struct pb_roles_entry */
    struct pb_map *trees;
};

struct pb_roles_entry {
    enum pb_path_role role;
    struct pb_roles_directory *below; /* NULL: the role is all there is */
};

/* One thread's view; answers are remembered. Caller frees. */
struct pb_roles *pb_roles_new(bool count_tests);
void pb_roles_free(struct pb_roles *roles);
PB_DEFINE_AUTO_FREE(pb_roles, struct pb_roles, pb_roles_free)

struct pb_roles_directory *pb_roles_root(struct pb_roles *roles);

/* Borrowed until the table is freed. */
const struct pb_roles_entry *
pb_roles_entry(struct pb_roles_directory *directory, const char *name,
               bool is_tree);

#endif
