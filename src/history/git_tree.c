/* Trees, their differences, and what files contain. */
#include "git_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define RAW_MODE_DIGITS 7

int
pb_git_tree_of(struct pb_repo *repo, const struct pb_oid *commit,
               git_tree **out, struct pb_error *err)
{
    struct pb_oid tree;
    if (pb_repo_commit_tree(repo, commit, &tree, err) < 0) {
        return -1;
    }
    git_oid oid = pb_git_oid(&tree);
    if (git_tree_lookup(out, repo->git, &oid) == 0) {
        return 0;
    }
    PB_AUTO(git_odb_object) git_odb_object *object = NULL;
    if (pb_git_read(repo, &tree, GIT_OBJECT_TREE, &object, err) < 0) {
        return -1;
    }
    char hex[PB_OID_HEX];
    return pb_error_set(err, PB_ERROR_CORRUPT, "tree %s of '%s' is malformed",
                        pb_oid_hex(&tree, hex), repo->path);
}

/* One "MODE NAME\0ID" of a tree object; NULL when it is malformed. */
static const char *
parse_item(const char *cursor, const char *end, struct pb_tree_item *out)
{
    unsigned mode = 0;
    const char *start = cursor;
    while (cursor < end && *cursor >= '0' && *cursor <= '7' &&
           cursor - start < RAW_MODE_DIGITS)
    {
        mode = mode * 8 + (unsigned)(*cursor++ - '0');
    }
    if (cursor == start || cursor == end || *cursor != ' ') {
        return NULL;
    }
    cursor++;
    const char *zero = memchr(cursor, '\0', (size_t)(end - cursor));
    if (zero == NULL || end - zero <= PB_OID_SIZE) {
        return NULL;
    }
    out->name = cursor;
    out->mode = mode;
    memcpy(out->id.bytes, zero + 1, PB_OID_SIZE);
    return zero + 1 + PB_OID_SIZE;
}

int
pb_repo_tree_items(struct pb_repo *repo, const struct pb_oid *tree,
                   int (*visit)(const struct pb_tree_item *item, void *context,
                                struct pb_error *err),
                   void *context, struct pb_error *err)
{
    PB_AUTO(git_odb_object) git_odb_object *object = NULL;
    if (pb_git_read(repo, tree, GIT_OBJECT_TREE, &object, err) < 0) {
        return -1;
    }
    const char *cursor = git_odb_object_data(object);
    const char *end = cursor + git_odb_object_size(object);
    while (cursor < end) {
        struct pb_tree_item item;
        cursor = parse_item(cursor, end, &item);
        if (cursor == NULL) {
            char hex[PB_OID_HEX];
            return pb_error_set(err, PB_ERROR_CORRUPT,
                                "tree %s of '%s' is malformed",
                                pb_oid_hex(tree, hex), repo->path);
        }
        if (visit(&item, context, err) < 0) {
            return -1;
        }
    }
    return 0;
}

struct file_walk {
    const char *repo;
    bool (*enter)(const char *directory);
    int (*visit)(const struct pb_tree_entry *entry, void *context,
                 struct pb_error *err);
    void *context;
    struct pb_error *err;
    struct pb_buf path;
    size_t entries;
};

/* git makes no other names; whoever writes objects by hand can. */
static bool
is_file_name(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strcasecmp(name, ".git") != 0;
}

/* Small objects can stand for endless trees. */
static int
check_entry(struct file_walk *walk, const char *name)
{
    if (!is_file_name(name)) {
        return pb_error_set(walk->err, PB_ERROR_CORRUPT,
                            "'%s' holds the unsafe path '%s'", walk->repo,
                            walk->path.data);
    }
    if (++walk->entries > PB_LIMIT_TREE_ENTRIES ||
        walk->path.len > PB_LIMIT_TREE_PATH)
    {
        return pb_error_set(walk->err, PB_ERROR_LIMIT,
                            "'%s' holds a tree of more than %d files, or "
                            "with paths of more than %d bytes",
                            walk->repo, PB_LIMIT_TREE_ENTRIES,
                            PB_LIMIT_TREE_PATH);
    }
    return 0;
}

static int
visit_file(const char *root, const git_tree_entry *entry, void *payload)
{
    struct file_walk *walk = payload;
    git_object_t type = git_tree_entry_type(entry);
    const char *name = git_tree_entry_name(entry);
    if (type != GIT_OBJECT_BLOB && type != GIT_OBJECT_TREE) {
        return 0;
    }
    pb_buf_truncate(&walk->path, 0);
    pb_buf_adds(&walk->path, root);
    pb_buf_adds(&walk->path, name);
    if (check_entry(walk, name) < 0) {
        return GIT_EUSER;
    }
    if (type == GIT_OBJECT_TREE) {
        /* 1: not what is below it. */
        return walk->enter != NULL && !walk->enter(walk->path.data) ? 1 : 0;
    }
    struct pb_tree_entry file = {
        .path = walk->path.data,
        .mode = git_tree_entry_filemode(entry),
        .id = pb_git_oid_from(git_tree_entry_id(entry)),
    };
    return walk->visit(&file, walk->context, walk->err) < 0 ? GIT_EUSER : 0;
}

int
pb_repo_files(struct pb_repo *repo, const struct pb_oid *commit,
              bool (*enter)(const char *directory),
              int (*visit)(const struct pb_tree_entry *entry, void *context,
                           struct pb_error *err),
              void *context, struct pb_error *err)
{
    PB_AUTO(git_tree) git_tree *tree = NULL;
    if (pb_git_tree_of(repo, commit, &tree, err) < 0) {
        return -1;
    }
    struct file_walk walk = {
        .repo = repo->path,
        .enter = enter,
        .visit = visit,
        .context = context,
        .err = err,
        .path = PB_BUF_INIT,
    };
    int status = git_tree_walk(tree, GIT_TREEWALK_PRE, visit_file, &walk);
    pb_buf_clear(&walk.path);
    if (status == GIT_EUSER) {
        return -1;
    }
    if (status < 0) {
        char hex[PB_OID_HEX];
        return pb_git_fail(err, status, "cannot read the tree of commit %s",
                           pb_oid_hex(commit, hex));
    }
    return 0;
}

/* Files and links; what a sub-module was or became is nothing. */
static bool
is_file(const git_diff_file *side)
{
    return side->mode != GIT_FILEMODE_UNREADABLE &&
           side->mode != GIT_FILEMODE_COMMIT;
}

static struct pb_tree_entry
entry_of_delta(const git_diff_delta *delta)
{
    struct pb_tree_entry entry = {.path = delta->new_file.path};
    if (is_file(&delta->old_file)) {
        entry.old_id = pb_git_oid_from(&delta->old_file.id);
    }
    if (is_file(&delta->new_file)) {
        entry.mode = delta->new_file.mode;
        entry.id = pb_git_oid_from(&delta->new_file.id);
    }
    return entry;
}

int
pb_repo_changes(struct pb_repo *repo, const struct pb_oid *from,
                const struct pb_oid *to,
                int (*visit)(const struct pb_tree_entry *entry, void *context,
                             struct pb_error *err),
                void *context, struct pb_error *err)
{
    PB_AUTO(git_tree) git_tree *old_tree = NULL;
    PB_AUTO(git_tree) git_tree *new_tree = NULL;
    if (from != NULL && pb_git_tree_of(repo, from, &old_tree, err) < 0) {
        return -1;
    }
    if (pb_git_tree_of(repo, to, &new_tree, err) < 0) {
        return -1;
    }
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
    PB_AUTO(git_diff) git_diff *diff = NULL;
    int status =
        git_diff_tree_to_tree(&diff, repo->git, old_tree, new_tree, &options);
    if (status < 0) {
        return pb_git_fail(err, status, "cannot compare two trees of '%s'",
                           repo->path);
    }
    for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *delta = git_diff_get_delta(diff, i);
        if (!is_file(&delta->old_file) && !is_file(&delta->new_file)) {
            continue;
        }
        struct pb_tree_entry entry = entry_of_delta(delta);
        if (visit(&entry, context, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_repo_blob(struct pb_repo *repo, const struct pb_oid *blob, size_t limit,
             struct pb_buf *out, struct pb_error *err)
{
    /* The size first, so that a huge blob is never unpacked. A missing one
       is left to the read, which words the error. */
    git_oid oid = pb_git_oid(blob);
    size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (git_odb_read_header(&size, &type, repo->odb, &oid) == 0 &&
        size > limit) {
        char hex[PB_OID_HEX];
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "blob %s has %zu bytes, more than %zu",
                            pb_oid_hex(blob, hex), size, limit);
    }
    PB_AUTO(git_odb_object) git_odb_object *object = NULL;
    if (pb_git_read(repo, blob, GIT_OBJECT_BLOB, &object, err) < 0) {
        return -1;
    }
    pb_buf_add(out, git_odb_object_data(object), git_odb_object_size(object));
    return 0;
}

int
pb_repo_file(struct pb_repo *repo, const struct pb_oid *commit,
             const char *path, size_t limit, struct pb_buf *out,
             struct pb_error *err)
{
    PB_AUTO(git_tree) git_tree *tree = NULL;
    if (pb_git_tree_of(repo, commit, &tree, err) < 0) {
        return -1;
    }
    PB_AUTO(git_tree_entry) git_tree_entry *entry = NULL;
    if (git_tree_entry_bypath(&entry, tree, path) < 0 ||
        git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
    {
        char hex[PB_OID_SHORT];
        return pb_error_set(err, PB_ERROR_NOT_FOUND,
                            "commit %s has no file '%s'",
                            pb_oid_short(commit, hex), path);
    }
    struct pb_oid id = pb_git_oid_from(git_tree_entry_id(entry));
    if (pb_repo_blob(repo, &id, limit, out, err) < 0) {
        pb_error_prefix(err, "cannot read '%s'", path);
        return -1;
    }
    return 0;
}

bool
pb_repo_has_path(struct pb_repo *repo, const struct pb_oid *commit,
                 const char *path)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(git_tree) git_tree *tree = NULL;
    PB_AUTO(git_tree_entry) git_tree_entry *entry = NULL;
    return pb_git_tree_of(repo, commit, &tree, &err) == 0 &&
           git_tree_entry_bypath(&entry, tree, path) == 0;
}

static int
add_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
         const git_diff_line *line, void *payload)
{
    (void)delta;
    (void)hunk;
    if (line->origin == GIT_DIFF_LINE_ADDITION) {
        pb_buf_add(payload, line->content, line->content_len);
    }
    return 0;
}

static const struct pb_oid no_oid;

int
pb_repo_added_lines(struct pb_repo *repo, const struct pb_oid *old_blob,
                    const struct pb_oid *new_blob, struct pb_buf *out,
                    struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf before = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf after = PB_BUF_INIT;
    if ((!pb_oid_equal(old_blob, &no_oid) &&
         pb_repo_blob(repo, old_blob, PB_LIMIT_BLOB_BYTES, &before, err) <
             0) ||
        pb_repo_blob(repo, new_blob, PB_LIMIT_BLOB_BYTES, &after, err) < 0)
    {
        return -1;
    }
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_FORCE_TEXT;
    options.context_lines = 0;
    int status =
        git_diff_buffers(before.data, before.len, NULL, after.data, after.len,
                         NULL, &options, NULL, NULL, NULL, add_line, out);
    if (status < 0) {
        return pb_git_fail(err, status, "cannot compare two files of '%s'",
                           repo->path);
    }
    return 0;
}
