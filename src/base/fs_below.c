/* Paths below a directory that foreign code has written to: a link may stand
   in the place of any directory or file. */
#include "pybisect/fs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"

/* Calls for each directory between `root` and `relative`, from the top;
   stops at the first that is not 0, and returns it. */
static int
each_parent(const char *root, const char *relative,
            int (*visit)(const char *path, void *context,
                         struct pb_error *err),
            void *context, struct pb_error *err)
{
    for (const char *slash = strchr(relative, '/'); slash != NULL;
         slash = strchr(slash + 1, '/'))
    {
        PB_AUTOFREE char *part =
            pb_strndup(relative, (size_t)(slash - relative));
        PB_AUTOFREE char *path = pb_path_join(root, part);
        int status = visit(path, context, err);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

static bool
is_plain_directory(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int
make_directory(const char *path, void *context, struct pb_error *err)
{
    bool *changed = context;
    if (is_plain_directory(path)) {
        return 0;
    }
    *changed = true;
    return pb_fs_remove(path, err) < 0 ? -1 : pb_fs_mkdirs(path, err);
}

int
pb_fs_make_parents(const char *root, const char *relative, bool *out_changed,
                   struct pb_error *err)
{
    bool changed = false;
    int status = each_parent(root, relative, make_directory, &changed, err);
    if (out_changed != NULL && changed) {
        *out_changed = true;
    }
    return status;
}

static int
is_in_the_way(const char *path, void *context, struct pb_error *err)
{
    (void)context;
    (void)err;
    return is_plain_directory(path) ? 0 : 1;
}

bool
pb_fs_has_plain_parents(const char *root, const char *relative)
{
    struct pb_error unused = PB_ERROR_INIT;
    return each_parent(root, relative, is_in_the_way, NULL, &unused) == 0;
}

bool
pb_fs_stays_below(const char *root, const char *path)
{
    PB_AUTOFREE char *from = realpath(root, NULL);
    PB_AUTOFREE char *to = realpath(path, NULL);
    size_t length = from == NULL ? 0 : strlen(from);
    return from != NULL && to != NULL && strncmp(from, to, length) == 0 &&
           to[length] == '/';
}
