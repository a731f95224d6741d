/* Moving a work tree. Both the index and the target's files are sorted by
   path, so that one pass over the two says what to write and what to
   remove. */
#include "build/tree_private.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"
#include "pybisect/digest.h"
#include "pybisect/fs.h"

int
pb_tree_open(const char *directory, const char *index_path,
             struct pb_tree **out, struct pb_error *err)
{
    struct pb_index index = PB_INDEX_INIT;
    if (pb_index_load(index_path, &index, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND && err->code != PB_ERROR_CORRUPT) {
            return -1;
        }
        pb_error_clear(err);
        if (pb_fs_remove_tree(directory, err) < 0 ||
            pb_fs_remove(index_path, err) < 0) {
            return -1;
        }
    }
    if (pb_fs_mkdirs(directory, err) < 0) {
        pb_index_clear(&index);
        return -1;
    }
    struct pb_tree *tree = pb_alloc(sizeof(*tree));
    tree->directory = pb_strdup(directory);
    tree->index_path = pb_strdup(index_path);
    tree->index = index;
    *out = tree;
    return 0;
}

void
pb_tree_free(struct pb_tree *tree)
{
    if (tree != NULL) {
        pb_index_clear(&tree->index);
        free(tree->directory);
        free(tree->index_path);
        free(tree);
    }
}

const char *
pb_tree_directory(const struct pb_tree *tree)
{
    return tree->directory;
}

void
pb_tree_each(const struct pb_tree *tree,
             void (*visit)(const char *path, void *context), void *context)
{
    for (size_t i = 0; i < tree->index.len; i++) {
        visit(tree->index.items[i].path, context);
    }
}

struct pb_digest
pb_tree_digest(const struct pb_tree *tree, bool (*counts)(const char *path))
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < tree->index.len; i++) {
        const struct pb_index_entry *entry = &tree->index.items[i];
        if (counts(entry->path)) {
            pb_hasher_add_field(&hasher, entry->path);
            pb_hasher_add_field(&hasher, entry->content);
        }
    }
    return pb_hasher_finish(&hasher);
}

/* The content that a blob has in this tree: its id, and a digest of the
   substitutions that apply to the path. */
static void
name_content(const struct pb_tree_target *target, const char *path,
             const struct pb_oid *blob, char out[PB_INDEX_CONTENT])
{
    char hex[PB_OID_HEX];
    const struct pb_settings *settings = target->settings;
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    bool any = false;
    for (size_t i = 0; settings != NULL && i < settings->nsubstitutions; i++) {
        const struct pb_substitution *one = settings->substitutions[i];
        if (strcmp(one->file, path) == 0) {
            pb_hasher_add_field(&hasher, one->pattern);
            pb_hasher_add_field(&hasher, one->replacement);
            any = true;
        }
    }
    snprintf(out, PB_INDEX_CONTENT, "%s", pb_oid_hex(blob, hex));
    if (any) {
        char digest[PB_DIGEST_HEX];
        struct pb_digest made = pb_hasher_finish(&hasher);
        snprintf(out + strlen(hex), PB_INDEX_CONTENT - strlen(hex), "+%.16s",
                 pb_digest_hex(&made, digest));
    }
}

struct listing {
    const struct pb_tree_target *target;
    struct pb_index *index;
};

static int
list_file(const struct pb_tree_entry *entry, void *context,
          struct pb_error *err)
{
    struct listing *listing = context;
    if (!listing->target->wanted(entry->path)) {
        return 0;
    }
    if (strchr(entry->path, '\n') != NULL) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "cannot write '%s': its name has a line break",
                            entry->path);
    }
    char content[PB_INDEX_CONTENT];
    name_content(listing->target, entry->path, &entry->id, content);
    pb_index_add(listing->index, entry->path, entry->mode, content);
    return 0;
}

static int64_t
mtime_of(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

/* Content that is not as we left it counts as unknown. */
static void
distrust_changed_files(struct pb_tree *tree)
{
    /* Relative names: there are thousands, and the way here is long. */
    PB_AUTOCLOSE int here =
        open(tree->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < tree->index.len; i++) {
        struct pb_index_entry *entry = &tree->index.items[i];
        struct stat info;
        bool there = here >= 0 && fstatat(here, entry->path, &info,
                                          AT_SYMLINK_NOFOLLOW) == 0;
        if (!there && entry->size == PB_INDEX_LEFT_OUT) {
            continue;
        }
        if (!there || info.st_size != entry->size ||
            mtime_of(&info) != entry->mtime) {
            snprintf(entry->content, sizeof(entry->content), "%s",
                     PB_INDEX_UNKNOWN);
        }
    }
}

/* Fills `next` with what the old index knows of files that stay as they are,
   `touched` with the paths to write or remove. */
static void
compare(const struct pb_index *old, struct pb_index *next,
        struct pb_strv *touched)
{
    size_t i = 0;
    for (size_t j = 0; j < next->len; j++) {
        struct pb_index_entry *entry = &next->items[j];
        while (i < old->len && strcmp(old->items[i].path, entry->path) < 0) {
            pb_strv_add(touched, old->items[i++].path);
        }
        const struct pb_index_entry *before = NULL;
        if (i < old->len && strcmp(old->items[i].path, entry->path) == 0) {
            before = &old->items[i++];
        }
        if (before != NULL && before->mode == entry->mode &&
            strcmp(before->content, entry->content) == 0)
        {
            entry->size = before->size;
            entry->mtime = before->mtime;
        }
        else {
            pb_strv_add(touched, entry->path);
        }
    }
    for (; i < old->len; i++) {
        pb_strv_add(touched, old->items[i].path);
    }
}

/* Says on disk that the content of `touched` is no longer known. */
static int
write_intent(struct pb_tree *tree, const struct pb_strv *touched,
             struct pb_error *err)
{
    size_t known = tree->index.len;
    for (size_t i = 0; i < touched->len; i++) {
        struct pb_index old = {.items = tree->index.items, .len = known};
        struct pb_index_entry *entry = pb_index_find(&old, touched->items[i]);
        if (entry == NULL) {
            pb_index_add(&tree->index, touched->items[i], 0, PB_INDEX_UNKNOWN);
        }
        else {
            snprintf(entry->content, sizeof(entry->content), "%s",
                     PB_INDEX_UNKNOWN);
        }
    }
    pb_index_sort(&tree->index);
    return pb_index_write(tree->index_path, &tree->index, err);
}

/* Removals first: a directory may take a file's place, or the other way. */
static int
apply(struct pb_tree *tree, const struct pb_tree_target *target,
      struct pb_index *next, const struct pb_strv *touched,
      struct pb_error *err)
{
    for (size_t i = 0; i < touched->len; i++) {
        if (pb_index_find(next, touched->items[i]) == NULL &&
            pb_tree_remove_file(tree, touched->items[i], err) < 0)
        {
            return -1;
        }
    }
    for (size_t i = 0; i < touched->len; i++) {
        struct pb_index_entry *entry = pb_index_find(next, touched->items[i]);
        if (entry == NULL) {
            continue;
        }
        int status = pb_tree_write_file(tree, target, entry, err);
        if (status < 0) {
            return -1;
        }
        entry->size = status == 1 ? PB_INDEX_LEFT_OUT : 0;
    }
    return 0;
}

static bool
is_affected(const struct pb_product *product, const struct pb_strv *touched)
{
    for (size_t i = 0; i < touched->len; i++) {
        const char *path = touched->items[i];
        if (strcmp(path, product->path) == 0) {
            return true;
        }
        for (size_t j = 0; j < product->sources.len; j++) {
            if (fnmatch(product->sources.items[j], path, FNM_PATHNAME) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Makes committed products newer than what they are made from, where either
   changed. A product may be the source of another, hence the rounds. */
static int
touch_products(const struct pb_tree *tree, const struct pb_settings *settings,
               const struct pb_index *next, struct pb_strv *touched,
               struct pb_error *err)
{
    size_t count = settings == NULL ? 0 : settings->nproducts;
    PB_AUTO(pb_strv) struct pb_strv products = PB_STRV_INIT;
    size_t before = 0;
    do {
        before = products.len;
        for (size_t i = 0; i < count; i++) {
            const struct pb_product *product = settings->products[i];
            const struct pb_index_entry *entry =
                pb_index_find(next, product->path);
            if (entry != NULL && entry->size != PB_INDEX_LEFT_OUT &&
                !pb_strv_contains(&products, product->path) &&
                is_affected(product, touched))
            {
                pb_strv_add(&products, product->path);
                pb_strv_add(touched, product->path);
            }
        }
    } while (products.len > before);
    for (size_t i = 0; i < products.len; i++) {
        PB_AUTOFREE char *path =
            pb_path_join(tree->directory, products.items[i]);
        if (utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) < 0) {
            return pb_error_errno(err, errno, "cannot touch '%s'", path);
        }
    }
    return 0;
}

/* Notes how the files that were written lie on disk. */
static int
finish_index(const struct pb_tree *tree, struct pb_index *next,
             const struct pb_strv *touched, struct pb_error *err)
{
    for (size_t i = 0; i < touched->len; i++) {
        struct pb_index_entry *entry = pb_index_find(next, touched->items[i]);
        if (entry == NULL || entry->size == PB_INDEX_LEFT_OUT) {
            continue;
        }
        PB_AUTOFREE char *path = pb_path_join(tree->directory, entry->path);
        struct stat info;
        if (lstat(path, &info) < 0) {
            return pb_error_errno(err, errno, "cannot look at '%s'", path);
        }
        entry->size = info.st_size;
        entry->mtime = mtime_of(&info);
    }
    return 0;
}

int
pb_tree_move(struct pb_tree *tree, const struct pb_tree_target *target,
             struct pb_strv *out_changed, struct pb_error *err)
{
    PB_AUTO(pb_index) struct pb_index next = PB_INDEX_INIT;
    struct listing listing = {.target = target, .index = &next};
    if (pb_repo_files(target->repo, target->commit, target->enter, list_file,
                      &listing, err) < 0)
    {
        return -1;
    }
    pb_index_sort(&next);
    distrust_changed_files(tree);
    PB_AUTO(pb_strv) struct pb_strv touched = PB_STRV_INIT;
    compare(&tree->index, &next, &touched);
    if (touched.len == 0) {
        return 0;
    }
    const struct pb_tree_next content = {target, &next};
    if (target->before != NULL &&
        target->before(tree, &content, &touched, target->context, err) < 0)
    {
        return -1;
    }
    if (write_intent(tree, &touched, err) < 0 ||
        apply(tree, target, &next, &touched, err) < 0 ||
        touch_products(tree, target->settings, &next, &touched, err) < 0 ||
        finish_index(tree, &next, &touched, err) < 0 ||
        pb_index_write(tree->index_path, &next, err) < 0)
    {
        return -1;
    }
    pb_index_clear(&tree->index);
    tree->index = next;
    next = (struct pb_index)PB_INDEX_INIT;
    pb_strv_sort(&touched);
    pb_strv_unique(&touched);
    pb_strv_add_all(out_changed, &touched);
    return 0;
}
