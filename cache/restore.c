/* Making a directory hold an entry's files: only what differs is decoded and
   written. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "decode.h"
#include "note.h"
#include "place.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "store_private.h"

struct restore {
    struct pb_pack *pack;
    const struct pb_step *step;
    const char *directory;
    struct pb_notes before;
    struct pb_notes after;
    bool *wrong; /* of the step's files */
    bool changed;
    bool unnoted; /* a file had to be read to see whether it is right */
    char *last;   /* see pb_place_make_parents */
};

static void
restore_clear(struct restore *restore)
{
    pb_notes_clear(&restore->before);
    pb_notes_clear(&restore->after);
    free(restore->wrong);
    free(restore->last);
}
PB_DEFINE_AUTO_CLEAR(restore, struct restore, restore_clear)

static bool
is_right(struct restore *restore, const struct pb_file *file, const char *path,
         const struct stat *info)
{
    struct pb_digest id;
    struct pb_error ignored = PB_ERROR_INIT;
    if (!S_ISREG(info->st_mode) || (uint64_t)info->st_size != file->size ||
        (info->st_mode & 07777) != file->mode)
    {
        return false;
    }
    const struct pb_note *note =
        pb_notes_get(&restore->before, file->path, info);
    if (note != NULL) {
        return pb_digest_equal(&note->id, &file->id);
    }
    restore->unnoted = true;
    return pb_digest_of_file(path, &id, &ignored) == 0 &&
           pb_digest_equal(&id, &file->id);
}

/* Finds what is wrong on disk; a wrong derived file is removed later. */
static int
compare(struct restore *restore, struct pb_error *err)
{
    const struct pb_step *step = restore->step;
    restore->wrong = pb_alloc_array(step->len + 1, sizeof(bool));
    for (size_t i = 0; i < step->len; i++) {
        const struct pb_file *file = step->files[i];
        PB_AUTOFREE char *path = pb_path_join(restore->directory, file->path);
        struct stat info;
        if (pb_place_make_parents(restore->directory, file->path,
                                  &restore->last, &restore->changed, err) < 0)
        {
            return -1;
        }
        if (lstat(path, &info) < 0 || !is_right(restore, file, path, &info)) {
            restore->wrong[i] = true;
            continue;
        }
        pb_notes_set(&restore->after, file->path, &info, &file->id,
                     file->derived);
    }
    return 0;
}

static bool
has_work(const struct restore *restore)
{
    for (size_t i = 0; i < restore->step->len; i++) {
        if (restore->wrong[i]) {
            return true;
        }
    }
    return restore->changed;
}

struct removal {
    const struct restore *restore;
    struct pb_strv paths;
};

static void
collect_surplus(const char *path, void *value, void *context)
{
    struct removal *removal = context;
    (void)value;
    if (pb_step_find(removal->restore->step, path) == NULL) {
        pb_strv_add(&removal->paths, path);
    }
}

static int
remove_all(struct restore *restore, const struct pb_strv *surplus,
           struct pb_error *err)
{
    for (size_t i = 0; i < surplus->len; i++) {
        if (pb_place_remove(restore->directory, surplus->items[i],
                            &restore->changed, err) < 0)
        {
            return -1;
        }
    }
    for (size_t i = 0; i < restore->step->len; i++) {
        const struct pb_file *file = restore->step->files[i];
        if (restore->wrong[i] && file->derived &&
            pb_place_remove(restore->directory, file->path, &restore->changed,
                            err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

/* Writes the files whose content is in the frame. */
static int
write_frame(void *context, uint32_t number, const char *content,
            struct pb_error *err)
{
    struct restore *restore = context;
    const struct pb_step *origin = &restore->pack->history.steps[number];
    PB_AUTO(pb_buf) struct pb_buf scratch = PB_BUF_INIT;
    for (size_t i = 0; i < restore->step->len; i++) {
        const struct pb_file *file = restore->step->files[i];
        if (!restore->wrong[i] || file->derived || file->number != number) {
            continue;
        }
        PB_AUTOFREE char *path = pb_path_join(restore->directory, file->path);
        struct stat info;
        /* A removed neighbour may have taken the directory along. */
        if (pb_place_make_parents(restore->directory, file->path,
                                  &restore->last, &restore->changed,
                                  err) < 0 ||
            pb_place_write(path,
                           pb_content_get(&origin->contents[file->index],
                                          content, &scratch),
                           (size_t)file->size, (mode_t)file->mode, &info,
                           err) < 0)
        {
            return -1;
        }
        pb_notes_set(&restore->after, file->path, &info, &file->id, false);
        restore->changed = true;
    }
    return 0;
}

static int
write_files(struct restore *restore, struct pb_error *err)
{
    const struct pb_step *step = restore->step;
    size_t len = (size_t)(step - restore->pack->history.steps) + 1;
    PB_AUTOFREE bool *needed = pb_alloc_array(len, sizeof(*needed));
    for (size_t i = 0; i < step->len; i++) {
        if (restore->wrong[i] && !step->files[i]->derived) {
            needed[step->files[i]->number] = true;
        }
    }
    const struct pb_decoding decoding = {.pack = restore->pack,
                                         .len = len,
                                         .needed = needed,
                                         .visit = write_frame,
                                         .context = restore};
    return pb_decode(&decoding, err);
}

static int
restore_all(struct restore *restore, const char *index, struct pb_error *err)
{
    struct removal removal = {.restore = restore, .paths = PB_STRV_INIT};
    pb_map_each(restore->before.by_path, collect_surplus, &removal);
    PB_AUTO(pb_strv) struct pb_strv surplus = removal.paths;
    if (compare(restore, err) < 0) {
        return -1;
    }
    bool work = surplus.len > 0 || has_work(restore);
    /* A kill from here on leaves no note rather than a wrong one. */
    if (work && index != NULL && pb_fs_remove(index, err) < 0) {
        return -1;
    }
    if (work && remove_all(restore, &surplus, err) < 0) {
        return -1;
    }
    free(restore->last); /* directories may be gone */
    restore->last = NULL;
    if (work && write_files(restore, err) < 0) {
        return -1;
    }
    if (index != NULL && (work || restore->unnoted)) {
        return pb_notes_write(&restore->after, index, err);
    }
    return 0;
}

static void
tell(const struct restore *restore, struct pb_store_restored *out)
{
    for (size_t i = 0; i < restore->step->len; i++) {
        const struct pb_file *file = restore->step->files[i];
        pb_strv_add(file->derived && restore->wrong[i] ? &out->derived
                                                       : &out->paths,
                    file->path);
    }
    out->changed = restore->changed;
}

void
pb_store_restored_clear(struct pb_store_restored *restored)
{
    pb_strv_clear(&restored->paths);
    pb_strv_clear(&restored->derived);
    restored->changed = false;
}

int
pb_store_restore(struct pb_store *store, const struct pb_digest *key,
                 const char *directory, const char *index,
                 struct pb_store_restored *out, struct pb_error *err)
{
    const struct pb_place *place =
        pb_store_need(store, key, PB_RECORD_BUILD, err);
    if (place == NULL) {
        return -1;
    }
    PB_AUTO(restore)
    struct restore restore = {.pack = place->pack, .directory = directory};
    pb_notes_load(index, &restore.before);
    restore.after.by_path = pb_map_new(free);
    if (pb_store_load(place->pack, place->record, &restore.step, err) < 0 ||
        restore_all(&restore, index, err) < 0)
    {
        return pb_store_drop(store, key, err);
    }
    pb_pack_touch(place->pack);
    if (out != NULL) {
        tell(&restore, out);
    }
    return 0;
}

/* Notes the derived files that are as they should be. */
static int
check_files(struct restore *restore, struct pb_error *err)
{
    for (size_t i = 0; i < restore->step->len; i++) {
        const struct pb_file *file = restore->step->files[i];
        PB_AUTOFREE char *path = pb_path_join(restore->directory, file->path);
        struct stat info;
        if (!file->derived) {
            continue;
        }
        if (lstat(path, &info) < 0 || !is_right(restore, file, path, &info)) {
            return pb_error_set(err, PB_ERROR_CORRUPT,
                                "'%s' did not come out as it was built", path);
        }
        pb_notes_set(&restore->after, file->path, &info, &file->id, true);
    }
    return 0;
}

int
pb_store_check_derived(struct pb_store *store, const struct pb_digest *key,
                       const char *directory, const char *index,
                       struct pb_error *err)
{
    const struct pb_place *place =
        pb_store_need(store, key, PB_RECORD_BUILD, err);
    if (place == NULL) {
        return -1;
    }
    PB_AUTO(restore)
    struct restore restore = {.pack = place->pack, .directory = directory};
    pb_notes_load(index, &restore.before);
    restore.after.by_path = pb_map_new(free);
    pb_notes_carry(&restore.before, &restore.after);
    if (pb_store_load(place->pack, place->record, &restore.step, err) < 0 ||
        check_files(&restore, err) < 0)
    {
        return pb_store_drop(store, key, err);
    }
    return index == NULL ? 0 : pb_notes_write(&restore.after, index, err);
}
