/* Importing: a file from anywhere. Its packs are laid out as a store of
   their own, which is checked as a whole before anything of it counts. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "store_private.h"
#include "transfer.h"
#include "wire.h"

#define CHUNK ((size_t)64 * 1024)
#define PACKS_LIMIT 10000

struct input {
    const char *path;
    int fd;
    uint64_t left; /* bytes before the digest */
    struct pb_hasher hasher;
};

static int
refuse(const struct input *input, struct pb_error *err)
{
    return pb_error_set(err, PB_ERROR_CORRUPT,
                        "'%s' is damaged, or no file of builds", input->path);
}

static int
open_input(const char *path, struct input *out, struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) < 0) {
        return pb_error_errno(err, errno, "cannot open '%s'", path);
    }
    *out = (struct input){.path = path};
    pb_hasher_init(&out->hasher);
    if (!S_ISREG(info.st_mode) || info.st_size < PB_DIGEST_SIZE) {
        return refuse(out, err);
    }
    if ((uint64_t)info.st_size > PB_LIMIT_STORE_EXPORT) {
        return pb_error_set(err, PB_ERROR_LIMIT, "'%s' is too large", path);
    }
    out->left = (uint64_t)info.st_size - PB_DIGEST_SIZE;
    out->fd = fd;
    fd = -1;
    return 0;
}

static bool
read_raw(int fd, void *out, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = read(fd, (char *)out + done, length - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        done += (size_t)count;
    }
    return true;
}

static bool
take(struct input *input, void *out, size_t length)
{
    if (length > input->left || !read_raw(input->fd, out, length)) {
        return false;
    }
    input->left -= length;
    pb_hasher_add(&input->hasher, out, length);
    return true;
}

/* Magic and text; `out` may be NULL. */
static int
read_head(struct input *input, struct pb_buf *out, struct pb_error *err)
{
    char magic[sizeof(PB_EXPORT_MAGIC) - 1];
    unsigned char size[4];
    if (!take(input, magic, sizeof(magic)) ||
        memcmp(magic, PB_EXPORT_MAGIC, sizeof(magic)) != 0 ||
        !take(input, size, sizeof(size)))
    {
        return refuse(input, err);
    }
    size_t length = pb_wire_get_u32(size);
    if (length > PB_LIMIT_STORE_ABOUT || length > input->left) {
        return refuse(input, err);
    }
    PB_AUTOFREE char *text = pb_alloc(length);
    if (!take(input, text, length)) {
        return refuse(input, err);
    }
    if (out != NULL) {
        pb_buf_add(out, text, length);
    }
    return 0;
}

int
pb_store_read_about(const char *path, struct pb_buf *out, struct pb_error *err)
{
    struct input input = {.fd = -1};
    if (open_input(path, &input, err) < 0) {
        return -1;
    }
    int status = read_head(&input, out, err);
    close(input.fd);
    return status;
}

static int
copy_pack(struct input *input, const char *path, struct pb_error *err)
{
    unsigned char size[8];
    char chunk[CHUNK];
    if (!take(input, size, sizeof(size))) {
        return refuse(input, err);
    }
    uint64_t left = pb_wire_get_u64(size);
    if (left > input->left) {
        return refuse(input, err);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    int status = 0;
    while (left > 0 && status == 0) {
        size_t count = left < CHUNK ? (size_t)left : CHUNK;
        if (!take(input, chunk, count)) {
            status = refuse(input, err);
        }
        else if (write(fd, chunk, count) != (ssize_t)count) {
            status = pb_error_errno(err, errno, "cannot write '%s'", path);
        }
        left -= count;
    }
    if (close(fd) < 0 && status == 0) {
        status = pb_error_errno(err, errno, "cannot write '%s'", path);
    }
    return status;
}

static int
copy_packs(struct input *input, const char *directory, struct pb_error *err)
{
    unsigned char bytes[4];
    if (read_head(input, NULL, err) < 0) {
        return -1;
    }
    if (!take(input, bytes, sizeof(bytes)) ||
        pb_wire_get_u32(bytes) > PACKS_LIMIT) {
        return refuse(input, err);
    }
    for (uint32_t i = 0; i < pb_wire_get_u32(bytes); i++) {
        PB_AUTOFREE char *path =
            pb_asprintf("%s/packs/%016x" PB_PACK_SUFFIX, directory, i + 1);
        if (copy_pack(input, path, err) < 0) {
            return -1;
        }
    }
    struct pb_digest said;
    struct pb_digest actual = pb_hasher_finish(&input->hasher);
    if (input->left > 0 || !read_raw(input->fd, said.bytes, PB_DIGEST_SIZE) ||
        !pb_digest_equal(&said, &actual))
    {
        return refuse(input, err);
    }
    return 0;
}

/* Nothing but whole builds, failures and marks. */
static int
check_pack(const struct input *input, struct pb_pack *pack,
           struct pb_error *err)
{
    PB_AUTOFREE bool *damaged =
        pb_alloc_array(pack->len + 1, sizeof(*damaged));
    struct stat info;
    if (!pack->readable || pack->damaged || pack->gap || pack->len == 0 ||
        fstat(pack->fd, &info) < 0 || (uint64_t)info.st_size != pack->end)
    {
        return refuse(input, err);
    }
    if (pb_audit_pack(pack, damaged, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < pack->len; i++) {
        if (damaged[i] || pack->records[i].kind == PB_RECORD_TOMBSTONE) {
            return refuse(input, err);
        }
    }
    return 0;
}

struct taking {
    struct pb_map *added; /* keys in hexadecimal */
    size_t nadded;
    size_t nknown;
};

/* Which records are taken over, and with which stamps. A build that is known
   already stays a link of the chain, but names nothing. */
static size_t
choose(struct pb_store *store, const struct pb_pack *pack,
       struct taking *taking, bool *keep, uint64_t *stamps)
{
    size_t added = 0;
    for (size_t i = 0; i < pack->len; i++) {
        char hex[PB_DIGEST_HEX];
        const struct pb_record *record = &pack->records[i];
        pb_digest_hex(&record->key, hex);
        bool ours = pb_map_get(taking->added, hex) != NULL;
        bool known = !ours && pb_place_is_live(pb_map_get(store->places, hex));
        if (record->kind == PB_RECORD_MARK) {
            keep[i] = ours;
        }
        else {
            keep[i] = record->kind == PB_RECORD_BUILD || !known;
            known |= record->stamp == 0;
            taking->nknown += known ? 1 : 0;
            added += known ? 0 : 1;
            if (!known) {
                pb_map_set(taking->added, hex, taking);
            }
        }
        stamps[i] = known ? 0 : pb_store_stamp(store);
    }
    taking->nadded += added;
    return added;
}

static int
take_pack(struct pb_store *store, struct pb_pack *pack, struct taking *taking,
          struct pb_error *err)
{
    PB_AUTOFREE bool *keep = pb_alloc_array(pack->len, sizeof(*keep));
    PB_AUTOFREE uint64_t *stamps = pb_alloc_array(pack->len, sizeof(*stamps));
    if (choose(store, pack, taking, keep, stamps) == 0) {
        return 0;
    }
    PB_AUTOFREE char *path = pb_store_new_path(store);
    if (pb_pack_copy(pack, keep, stamps, path, err) < 0) {
        return -1;
    }
    return pb_store_refresh(store, err);
}

static int
take_all(struct pb_store *store, struct pb_store *from, size_t *out_added,
         size_t *out_known, struct pb_error *err)
{
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    if (lock < 0) {
        return -1;
    }
    struct taking taking = {.added = pb_map_new(NULL)};
    int status = 0;
    for (size_t i = 0; i < from->len && status == 0; i++) {
        status = take_pack(store, from->packs[i], &taking, err);
    }
    pb_map_free(taking.added);
    if (status == 0) {
        *out_added = taking.nadded;
        *out_known = taking.nknown;
    }
    return status;
}

static int
import_through(struct pb_store *store, struct input *input,
               const char *directory, size_t *out_added, size_t *out_known,
               struct pb_error *err)
{
    PB_AUTOFREE char *packs = pb_path_join(directory, "packs");
    PB_AUTO(pb_store) struct pb_store *from = NULL;
    if (pb_fs_mkdirs(packs, err) < 0 ||
        copy_packs(input, directory, err) < 0 ||
        pb_store_open(directory, &from, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < from->len; i++) {
        if (check_pack(input, from->packs[i], err) < 0) {
            return -1;
        }
    }
    return take_all(store, from, out_added, out_known, err);
}

int
pb_store_import(struct pb_store *store, const char *path, size_t *out_added,
                size_t *out_known, struct pb_error *err)
{
    struct input input = {.fd = -1};
    if (open_input(path, &input, err) < 0) {
        return -1;
    }
    int status = -1;
    PB_AUTOFREE char *directory = pb_fs_temporary(store->root, ".tmp-", err);
    if (directory != NULL) {
        status = import_through(store, &input, directory, out_added, out_known,
                                err);
        struct pb_error ignored = PB_ERROR_INIT;
        pb_fs_remove_tree(directory, &ignored);
    }
    close(input.fd);
    return status;
}
