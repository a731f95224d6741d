/* Directories that belong to one process: nobody removes them while it lives,
   and everybody does once it was killed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define LOCK_SUFFIX ".lock"

/* What `lock` (a name) locks, unless a process holds it. */
static void
remove_abandoned(const char *parent, const char *lock)
{
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(parent, lock);
    PB_AUTOFREE char *directory =
        pb_strndup(path, strlen(path) - strlen(LOCK_SUFFIX));
    PB_AUTOCLOSE int held = pb_fs_lock(path, false, &ignored);
    /* What a killed process started may still write there: next time. */
    if (held >= 0 && pb_fs_remove_tree(directory, &ignored) == 0) {
        unlink(path);
    }
}

static int
remove_all_abandoned(const char *parent, const char *prefix,
                     struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(parent, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        const char *name = names.items[i];
        size_t length = strlen(name);
        if (strncmp(name, prefix, strlen(prefix)) == 0 &&
            length > strlen(LOCK_SUFFIX) &&
            strcmp(name + length - strlen(LOCK_SUFFIX), LOCK_SUFFIX) == 0)
        {
            remove_abandoned(parent, name);
        }
    }
    return 0;
}

int
pb_fs_own(const char *parent, const char *prefix, struct pb_own *out,
          struct pb_error *err)
{
    PB_AUTOFREE char *all = pb_path_join(parent, LOCK_SUFFIX);
    if (pb_fs_mkdirs(parent, err) < 0) {
        return -1;
    }
    PB_AUTOCLOSE int held = pb_fs_lock(all, true, err);
    if (held < 0 || remove_all_abandoned(parent, prefix, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_own) struct pb_own own = {.lock = -1};
    own.path = pb_fs_temporary(parent, prefix, err);
    if (own.path == NULL) {
        return -1;
    }
    PB_AUTOFREE char *lock = pb_asprintf("%s" LOCK_SUFFIX, own.path);
    own.lock = pb_fs_lock(lock, false, err);
    if (own.lock < 0) {
        return -1;
    }
    *out = own;
    own.path = NULL;
    return 0;
}

void
pb_fs_disown(struct pb_own *own)
{
    struct pb_error ignored = PB_ERROR_INIT;
    if (own->path == NULL) {
        return;
    }
    PB_AUTOFREE char *lock = pb_asprintf("%s" LOCK_SUFFIX, own->path);
    if (pb_fs_remove_tree(own->path, &ignored) == 0) {
        unlink(lock);
    }
    if (own->lock >= 0) {
        close(own->lock);
    }
    free(own->path);
    own->path = NULL;
}
