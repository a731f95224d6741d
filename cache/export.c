/* Exporting: the entries are put, in the order given, into a store of their
   own, and its packs written one after the other into one file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "store_private.h"
#include "transfer.h"
#include "wire.h"

#define CHUNK ((size_t)64 * 1024)

/* A build in memory. */
struct loaded {
    const struct pb_pack *pack;
    const struct pb_step *step;
    char **contents; /* by place among the step's files */
};

static void
loaded_clear(struct loaded *loaded)
{
    for (size_t i = 0; loaded->contents != NULL && i < loaded->step->len; i++)
    {
        free(loaded->contents[i]);
    }
    free(loaded->contents);
}
PB_DEFINE_AUTO_CLEAR(loaded, struct loaded, loaded_clear)

static int
take_contents(void *context, uint32_t number, const char *content,
              struct pb_error *err)
{
    struct loaded *loaded = context;
    const struct pb_content *contents =
        loaded->pack->history.steps[number].contents;
    PB_AUTO(pb_buf) struct pb_buf scratch = PB_BUF_INIT;
    (void)err;
    for (size_t i = 0; i < loaded->step->len; i++) {
        const struct pb_file *file = loaded->step->files[i];
        if (!file->derived && file->number == number) {
            loaded->contents[i] = pb_alloc((size_t)file->size);
            memcpy(loaded->contents[i],
                   pb_content_get(&contents[file->index], content, &scratch),
                   (size_t)file->size);
        }
    }
    return 0;
}

static int
read_loaded(void *context, const struct pb_file *file, struct pb_buf *out,
            struct pb_error *err)
{
    const struct loaded *loaded = context;
    for (size_t i = 0; i < loaded->step->len; i++) {
        if (strcmp(loaded->step->files[i]->path, file->path) == 0) {
            pb_buf_add(out, loaded->contents[i], (size_t)file->size);
            return 0;
        }
    }
    return pb_error_set(err, PB_ERROR_INTERNAL, "no content of '%s'",
                        file->path);
}

static int
copy_build(const struct pb_place *place, const struct pb_digest *key,
           struct pb_store *to, struct pb_error *err)
{
    PB_AUTO(loaded) struct loaded loaded = {.pack = place->pack};
    const struct pb_info *info = pb_pack_info(place->pack, place->record, err);
    if (info == NULL ||
        pb_store_load(place->pack, place->record, &loaded.step, err) < 0)
    {
        return -1;
    }
    loaded.contents = pb_alloc_array(loaded.step->len + 1, sizeof(char *));
    size_t len = (size_t)(loaded.step - place->pack->history.steps) + 1;
    PB_AUTOFREE bool *needed = pb_alloc_array(len, sizeof(*needed));
    pb_decoding_need_files(loaded.step, needed);
    const struct pb_decoding decoding = {.pack = place->pack,
                                         .len = len,
                                         .needed = needed,
                                         .visit = take_contents,
                                         .context = &loaded};
    if (pb_decode(&decoding, err) < 0) {
        return -1;
    }
    PB_AUTOFREE struct pb_file *files =
        pb_alloc_array(loaded.step->len + 1, sizeof(*files));
    for (size_t i = 0; i < loaded.step->len; i++) {
        files[i] = *loaded.step->files[i];
    }
    const struct pb_source source = {.files = files,
                                     .len = loaded.step->len,
                                     .info = *info,
                                     .read = read_loaded,
                                     .context = &loaded};
    if (pb_store_put_source(to, key, &place->pack->group, &source, err) < 0) {
        return -1;
    }
    return place->proved > place->stamp ? pb_store_prove(to, key, err) : 0;
}

static int
copy_failure(struct pb_store *from, const struct pb_place *place,
             const struct pb_digest *key, struct pb_store *to,
             struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    const struct pb_info *info = pb_pack_info(place->pack, place->record, err);
    if (info == NULL || pb_store_failure_log(from, key, &log, err) < 0) {
        return -1;
    }
    return pb_store_put_log(to, key, &place->pack->group, info, &log, err);
}

/* 1: there is no such entry, or none that is whole. */
static int
copy_entry(struct pb_store *from, const struct pb_digest *key,
           struct pb_store *to, struct pb_error *err)
{
    struct pb_place *place = NULL;
    if (pb_store_look_up(from, key, &place, err) < 0) {
        return -1;
    }
    if (place == NULL) {
        return 1;
    }
    int status = pb_place_record(place)->kind == PB_RECORD_BUILD
                     ? copy_build(place, key, to, err)
                     : copy_failure(from, place, key, to, err);
    if (status < 0 && err->code == PB_ERROR_CORRUPT) {
        pb_store_drop(from, key, err);
        pb_error_clear(err);
        return 1;
    }
    return status;
}

/* A file and the digest of what was written to it. */
struct output {
    int fd;
    struct pb_hasher hasher;
};

static int
emit(struct output *output, const void *data, size_t length)
{
    pb_hasher_add(&output->hasher, data, length);
    return pb_fs_write_all(output->fd, data, length);
}

static int
emit_pack(struct output *output, const struct pb_pack *pack)
{
    unsigned char size[8];
    char chunk[CHUNK];
    pb_wire_set_u64(size, pack->end);
    if (emit(output, size, sizeof(size)) < 0) {
        return -1;
    }
    for (uint64_t at = 0; at < pack->end;) {
        uint64_t left = pack->end - at;
        ssize_t count = pread(pack->fd, chunk,
                              left < CHUNK ? (size_t)left : CHUNK, (off_t)at);
        if (count <= 0) {
            errno = count == 0 ? EIO : errno;
            return -1;
        }
        if (emit(output, chunk, (size_t)count) < 0) {
            return -1;
        }
        at += (uint64_t)count;
    }
    return 0;
}

/* -1 with errno set. */
static int
emit_all(struct output *output, const struct pb_store *store,
         const char *about)
{
    PB_AUTO(pb_buf) struct pb_buf head = PB_BUF_INIT;
    pb_buf_adds(&head, PB_EXPORT_MAGIC);
    pb_wire_add_u32(&head, (uint32_t)strlen(about));
    pb_buf_adds(&head, about);
    pb_wire_add_u32(&head, (uint32_t)store->len);
    if (emit(output, head.data, head.len) < 0) {
        return -1;
    }
    for (size_t i = 0; i < store->len; i++) {
        if (emit_pack(output, store->packs[i]) < 0) {
            return -1;
        }
    }
    struct pb_digest digest = pb_hasher_finish(&output->hasher);
    pb_hasher_init(&output->hasher);
    return emit(output, digest.bytes, sizeof(digest.bytes));
}

static int
write_file(const struct pb_store *store, const char *path, const char *about,
           struct pb_error *err)
{
    PB_AUTOFREE char *temporary = pb_asprintf("%s.XXXXXX", path);
    struct output output = {.fd = mkostemp(temporary, O_CLOEXEC)};
    if (output.fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    pb_hasher_init(&output.hasher);
    int errnum = 0;
    if (emit_all(&output, store, about) < 0 || fchmod(output.fd, 0644) < 0 ||
        fsync(output.fd) < 0)
    {
        errnum = errno;
    }
    if (close(output.fd) < 0 && errnum == 0) {
        errnum = errno;
    }
    if (errnum == 0 && rename(temporary, path) < 0) {
        errnum = errno;
    }
    if (errnum != 0) {
        unlink(temporary);
        return pb_error_errno(err, errnum, "cannot write '%s'", path);
    }
    return 0;
}

static int
export_through(struct pb_store *store, const char *directory, const char *path,
               const char *about, const struct pb_digest *keys, size_t len,
               size_t *out_missing, struct pb_error *err)
{
    PB_AUTO(pb_store) struct pb_store *to = NULL;
    size_t missing = 0;
    if (pb_store_open(directory, &to, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        int status = copy_entry(store, &keys[i], to, err);
        if (status < 0) {
            return -1;
        }
        missing += (size_t)status;
    }
    if (write_file(to, path, about, err) < 0) {
        return -1;
    }
    *out_missing = missing;
    return 0;
}

int
pb_store_export(struct pb_store *store, const char *path, const char *about,
                const struct pb_digest *keys, size_t len, size_t *out_missing,
                struct pb_error *err)
{
    if (strlen(about) > PB_LIMIT_STORE_ABOUT) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "the text about '%s' is too long", path);
    }
    PB_AUTOFREE char *directory = pb_fs_temporary(store->root, ".tmp-", err);
    if (directory == NULL) {
        return -1;
    }
    int status = export_through(store, directory, path, about, keys, len,
                                out_missing, err);
    struct pb_error ignored = PB_ERROR_INIT;
    pb_fs_remove_tree(directory, &ignored);
    return status;
}
