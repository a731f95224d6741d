/* Git repositories, read only (libgit2 inside; no other module sees it).

   A repository is opened from any clone, bare or not, and never written to,
   unless pybisect made it itself with pb_repo_clone. Objects are borrowed
   from git by value: ids are 20 bytes, text is copied and owned by the
   caller. A blob that the clone lacks is an error only when it is read. */
#ifndef PYBISECT_GIT_H
#define PYBISECT_GIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/cancel.h"
#include "pybisect/error.h"
#include "pybisect/progress.h"
#include "pybisect/strv.h"

#define PB_OID_SIZE 20
#define PB_OID_HEX 41   /* with the NUL */
#define PB_OID_SHORT 11 /* ten digits and the NUL */

struct pb_oid {
    unsigned char bytes[PB_OID_SIZE];
};

bool pb_oid_equal(const struct pb_oid *a, const struct pb_oid *b);
const char *pb_oid_hex(const struct pb_oid *oid, char out[PB_OID_HEX]);
const char *pb_oid_short(const struct pb_oid *oid, char out[PB_OID_SHORT]);
bool pb_oid_parse(const char *hex, struct pb_oid *out); /* 40 digits */

struct pb_repo; /* opaque; used by one thread at a time */

int pb_repo_open(const char *path, struct pb_repo **out, struct pb_error *err);
void pb_repo_close(struct pb_repo *repo);
PB_DEFINE_AUTO_FREE(pb_repo, struct pb_repo, pb_repo_close)
const char *pb_repo_path(const struct pb_repo *repo); /* git directory */

/* Clones bare (all branches and tags) into `path`, which must not exist: a
   temporary name beside it is renamed at the end, so that a killed clone
   leaves nothing under the final name. pb_repo_fetch brings an own mirror up
   to date. */
int pb_repo_clone(const char *url, const char *path,
                  const struct pb_progress *progress,
                  const struct pb_cancel *cancel, struct pb_error *err);
int pb_repo_fetch(struct pb_repo *repo, const struct pb_progress *progress,
                  const struct pb_cancel *cancel, struct pb_error *err);

/* The commit that git's revision syntax names; tags are peeled. NOT_FOUND
   when there is none (the message quotes `spec`), USAGE when ambiguous. */
int pb_repo_resolve(struct pb_repo *repo, const char *spec, struct pb_oid *out,
                    struct pb_error *err);

/* The commit of the development branch: main, master, origin/main,
   origin/master, else HEAD. */
int pb_repo_trunk(struct pb_repo *repo, struct pb_oid *out,
                  struct pb_error *err);

/* Is there a branch of that name, here or at origin, with this tip? */
bool pb_repo_is_branch(struct pb_repo *repo, const char *name,
                       const struct pb_oid *tip);
/* Appends the names of the tags, without "refs/tags/". */
int pb_repo_tags(struct pb_repo *repo, struct pb_strv *out,
                 struct pb_error *err);

/* Where the remote called "origin" is, without a name and password in it;
   NULL if there is none. Caller frees. */
char *pb_repo_origin(struct pb_repo *repo);

struct pb_commit {
    struct pb_oid id;
    struct pb_oid tree;
    struct pb_oid *parents;
    size_t nparents;
    char *author; /* "Name" */
    char *email;
    int64_t author_time;    /* UTC Unix seconds */
    int64_t committer_time; /* likewise */
    char *subject;
    char *message; /* whole, subject included */
};

int pb_repo_commit(struct pb_repo *repo, const struct pb_oid *id,
                   struct pb_commit *out, struct pb_error *err);
void pb_commit_clear(struct pb_commit *commit);
PB_DEFINE_AUTO_CLEAR(pb_commit, struct pb_commit, pb_commit_clear)

int pb_repo_is_ancestor(struct pb_repo *repo, const struct pb_oid *ancestor,
                        const struct pb_oid *descendant, bool *out,
                        struct pb_error *err); /* a commit is its own */
/* NOT_FOUND when the two share no history. */
int pb_repo_merge_base(struct pb_repo *repo, const struct pb_oid *a,
                       const struct pb_oid *b, struct pb_oid *out,
                       struct pb_error *err);

struct pb_oid_list {
    struct pb_oid *items;
    size_t len;
    size_t cap;
};
void pb_oid_list_add(struct pb_oid_list *list, const struct pb_oid *oid);
void pb_oid_list_clear(struct pb_oid_list *list);
PB_DEFINE_AUTO_CLEAR(pb_oid_list, struct pb_oid_list, pb_oid_list_clear)

/* Appends the first-parent chain from `tip` backwards, newest first, until
   `visit` returns false for a commit (which is not appended) or history
   ends. visit may be NULL. */
int pb_repo_first_parents(struct pb_repo *repo, const struct pb_oid *tip,
                          bool (*visit)(const struct pb_commit *commit,
                                        void *context),
                          void *context, struct pb_oid_list *out,
                          struct pb_error *err);

/* Appends every ancestor-or-self of `tip` that is no ancestor-or-self of
   `hidden`, parents before children. */
int pb_repo_between(struct pb_repo *repo, const struct pb_oid *hidden,
                    const struct pb_oid *tip, struct pb_oid_list *out,
                    struct pb_error *err);

/* One entry of a tree or of the difference of two trees. */
struct pb_tree_entry {
    const char *path;     /* relative, borrowed during the call */
    unsigned mode;        /* 0100644, 0100755, 0120000; 0 when deleted */
    struct pb_oid id;     /* zero when deleted */
    struct pb_oid old_id; /* differences only; zero when added */
};

/* Files and links of a commit's tree (sub-modules left out), in tree order.
   A name that would lead out of a directory, or is git's own, is CORRUPT; a
   tree or path above the limits is LIMIT.
   enter says which directories to look into ("Lib/test"); NULL: all. visit
   returns 0 to go on, -1 (with *err set) to stop with that error. */
int pb_repo_files(struct pb_repo *repo, const struct pb_oid *commit,
                  bool (*enter)(const char *directory),
                  int (*visit)(const struct pb_tree_entry *entry,
                               void *context, struct pb_error *err),
                  void *context, struct pb_error *err);

/* What `to` changed against `from` (NULL: the empty tree), without renames. */
int pb_repo_changes(struct pb_repo *repo, const struct pb_oid *from,
                    const struct pb_oid *to,
                    int (*visit)(const struct pb_tree_entry *entry,
                                 void *context, struct pb_error *err),
                    void *context, struct pb_error *err);

/* The names and ids right below one tree, for digests over tree ids. */
struct pb_tree_item {
    const char *name; /* borrowed during the call */
    unsigned mode;    /* 040000 is a tree */
    struct pb_oid id;
};
int pb_repo_tree_items(struct pb_repo *repo, const struct pb_oid *tree,
                       int (*visit)(const struct pb_tree_item *item,
                                    void *context, struct pb_error *err),
                       void *context, struct pb_error *err);
/* The root tree, and the parents (appended), of a commit without copying its
   text. */
int pb_repo_commit_tree(struct pb_repo *repo, const struct pb_oid *commit,
                        struct pb_oid *out_tree, struct pb_error *err);
int pb_repo_parents(struct pb_repo *repo, const struct pb_oid *commit,
                    struct pb_oid_list *out, struct pb_error *err);

/* Appends a blob's bytes. NOT_FOUND when this clone lacks it. */
int pb_repo_blob(struct pb_repo *repo, const struct pb_oid *blob, size_t limit,
                 struct pb_buf *out, struct pb_error *err);

/* Appends the lines that new_blob has and old_blob (zero: an empty file) has
   not. */
int pb_repo_added_lines(struct pb_repo *repo, const struct pb_oid *old_blob,
                        const struct pb_oid *new_blob, struct pb_buf *out,
                        struct pb_error *err);

/* Appends a file of a commit; NOT_FOUND when the path is not in it. */
int pb_repo_file(struct pb_repo *repo, const struct pb_oid *commit,
                 const char *path, size_t limit, struct pb_buf *out,
                 struct pb_error *err);
bool pb_repo_has_path(struct pb_repo *repo, const struct pb_oid *commit,
                      const char *path);

/* Writes the tree of a commit into `directory` (made if absent): for
   projects. CPython's work trees are moved by src/build/tree. */
int pb_repo_export(struct pb_repo *repo, const struct pb_oid *commit,
                   const char *directory, struct pb_error *err);

#endif
