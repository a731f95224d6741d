/* Directories that are put on the import path. Each is named by what it
   holds, made beside its name and renamed when it is whole; its files are
   read through and compared with what was noted before a process first uses
   it, so that one that was torn or written to is made anew. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "recipe/dependencies_private.h"
#include "recipe/needs.h"

#define KEPT_SECONDS (30 * 24 * 60 * 60)

void
pb_room_init(struct pb_room *room, const char *path)
{
    room->path = pb_strdup(path);
    room->files = pb_path_join(path, "files");
    room->revision = pb_path_join(path, "revision");
}

void
pb_room_clear(struct pb_room *room)
{
    free(room->path);
    free(room->files);
    free(room->revision);
}

static bool
is_whole(const struct pb_room *room)
{
    PB_AUTO(pb_buf) struct pb_buf noted = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_read(room->revision, 4096, &noted, &ignored) < 0) {
        return false;
    }
    PB_AUTOFREE char *seen = pb_tree_revision(room->files, &ignored);
    return seen != NULL && strcmp(seen, noted.data) == 0;
}

int
pb_room_check(struct pb_dependencies *dependencies, const struct pb_room *room,
              bool *out_there, struct pb_error *err)
{
    *out_there = pb_strv_contains(&dependencies->checked, room->path);
    if (*out_there || !pb_fs_exists(room->path)) {
        return 0;
    }
    *out_there = is_whole(room);
    if (!*out_there) {
        return pb_fs_remove_tree(room->path, err);
    }
    pb_strv_add(&dependencies->checked, room->path);
    /* For the next look at what is long unused. */
    (void)utimensat(AT_FDCWD, room->revision, NULL, 0);
    return 0;
}

int
pb_room_make(struct pb_laying *laying, const struct pb_room *room,
             pb_room_fill *fill, const void *what, struct pb_error *err)
{
    struct pb_dependencies *dependencies = laying->dependencies;
    PB_AUTOFREE char *temporary =
        pb_fs_temporary(dependencies->work.path, "new-", err);
    if (temporary == NULL) {
        return -1;
    }
    PB_CLEANUP(pb_room_clear) struct pb_room made = {.path = NULL};
    pb_room_init(&made, temporary);
    PB_AUTOFREE char *revision = NULL;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_mkdirs(made.files, err) < 0 ||
        fill(laying, made.files, what, err) < 0 ||
        (revision = pb_tree_revision(made.files, err)) == NULL ||
        pb_fs_write(made.revision, revision, strlen(revision), 0644, err) < 0)
    {
        pb_fs_remove_tree(temporary, &ignored);
        return -1;
    }
    if (pb_fs_rename(temporary, room->path, err) < 0) {
        pb_fs_remove_tree(temporary, &ignored);
        if (!is_whole(room)) {
            return -1;
        }
        pb_error_clear(err); /* another process was faster */
    }
    if (!pb_strv_contains(&dependencies->checked, room->path)) {
        pb_strv_add(&dependencies->checked, room->path);
    }
    return 0;
}

/* All of it is in the store or in pinned files. */
static bool
is_long_unused(const char *path)
{
    PB_AUTOFREE char *revision = pb_path_join(path, "revision");
    struct stat info;
    return stat(revision, &info) == 0 &&
           pb_clock_now() - (int64_t)info.st_mtim.tv_sec > KEPT_SECONDS;
}

static int
remove_old(const char *directory, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTOFREE char *name = pb_path_join(directory, ".lock");
    PB_AUTOCLOSE int lock = pb_fs_lock(name, true, err);
    if (lock < 0 || pb_fs_list(directory, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names.items[i]);
        if (is_long_unused(path) && pb_fs_remove_tree(path, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_room_open_work(struct pb_dependencies *dependencies, struct pb_error *err)
{
    return remove_old(dependencies->directory, err) < 0
               ? -1
               : pb_fs_own(dependencies->directory, "work-",
                           &dependencies->work, err);
}
