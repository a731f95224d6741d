/* Paths as text; nothing here looks at the disk. */
#include "pybisect/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"

char *
pb_path_join(const char *directory, const char *name)
{
    size_t length = strlen(directory);
    size_t slash = length > 0 && directory[length - 1] != '/' ? 1 : 0;
    size_t rest = strlen(name) + 1;
    char *path = pb_alloc(length + slash + rest);
    memcpy(path, directory, length);
    memset(path + length, '/', slash);
    memcpy(path + length + slash, name, rest);
    return path;
}

const char *
pb_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Appends the components of path to out, which holds an absolute path
   without a slash at its end ("" being the root). */
static void
append_components(struct pb_buf *out, const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        if (length == 2 && memcmp(path, "..", 2) == 0) {
            const char *slash = strrchr(out->data, '/');
            if (slash != NULL) {
                pb_buf_truncate(out, (size_t)(slash - out->data));
            }
        }
        else if (length > 0 && !(length == 1 && path[0] == '.')) {
            pb_buf_addch(out, '/');
            pb_buf_add(out, path, length);
        }
        path += length;
        path += strspn(path, "/");
    }
}

char *
pb_path_absolute(const char *path)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    if (path[0] != '/') {
        PB_AUTOFREE char *here = get_current_dir_name();
        if (here == NULL) {
            /* The working directory is gone: whoever opens the path gets to
               say so. */
            return pb_strdup(path);
        }
        append_components(&out, here);
    }
    append_components(&out, path);
    if (out.len == 0) {
        pb_buf_addch(&out, '/');
    }
    return pb_buf_take(&out);
}
