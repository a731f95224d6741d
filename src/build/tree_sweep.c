/* Clearing a work tree of what no move wrote. */
#include <string.h>
#include <sys/stat.h>

#include "build/tree_private.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

static bool
ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool
is_bytecode(const char *path)
{
    return ends_with(path, ".pyc") || ends_with(path, ".pyo");
}

/* Calls for each file that no move wrote. */
static int
each_untracked(struct pb_tree *tree,
               bool (*remove)(const char *relative, const char *path,
                              const void *context),
               const void *context, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    if (pb_fs_walk(tree->directory, &paths, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < paths.len; i++) {
        const char *relative = paths.items[i];
        if (pb_index_find(&tree->index, relative) != NULL) {
            continue;
        }
        PB_AUTOFREE char *path = pb_path_join(tree->directory, relative);
        if (remove(relative, path, context) &&
            pb_tree_remove_file(tree, relative, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

struct sweep {
    const struct pb_strv *keep;
    enum pb_sweep what;
};

static bool
is_swept(const char *relative, const char *path, const void *context)
{
    const struct sweep *sweep = context;
    (void)path;
    if (sweep->what != PB_SWEEP_ALL &&
        is_bytecode(relative) != (sweep->what == PB_SWEEP_BYTECODE))
    {
        return false;
    }
    return !pb_strv_contains_sorted(sweep->keep, relative);
}

int
pb_tree_sweep(struct pb_tree *tree, const struct pb_strv *keep,
              enum pb_sweep what, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv sorted = PB_STRV_INIT;
    if (keep != NULL) {
        pb_strv_add_all(&sorted, keep);
        pb_strv_sort(&sorted);
    }
    const struct sweep sweep = {.keep = &sorted, .what = what};
    return each_untracked(tree, is_swept, &sweep, err);
}

static bool
is_as_new_as(const char *relative, const char *path, const void *context)
{
    const struct stat *mark = context;
    struct stat info;
    (void)relative;
    if (lstat(path, &info) < 0) {
        return false;
    }
    return info.st_mtim.tv_sec > mark->st_mtim.tv_sec ||
           (info.st_mtim.tv_sec == mark->st_mtim.tv_sec &&
            info.st_mtim.tv_nsec >= mark->st_mtim.tv_nsec);
}

int
pb_tree_remove_newer(struct pb_tree *tree, const char *mark,
                     struct pb_error *err)
{
    struct stat info;
    if (lstat(mark, &info) < 0) {
        return pb_error_set(err, PB_ERROR_INTERNAL, "'%s' is gone", mark);
    }
    return each_untracked(tree, is_as_new_as, &info, err);
}
