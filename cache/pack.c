/* Pack files: finding their records, reading them, appending to them. */
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "delta.h"
#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "wire.h"

#define CHECKSUM_SIZE 8
#define SEARCH_CHUNK ((size_t)64 * 1024)

int
pb_pack_corrupt(struct pb_pack *pack, struct pb_error *err)
{
    pack->damaged = true;
    return pb_error_set(err, PB_ERROR_CORRUPT, "the pack '%s' is damaged",
                        pack->path);
}

/* The bytes that are there, up to `length`. */
static size_t
read_at(const struct pb_pack *pack, uint64_t offset, void *out, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t count = pread(pack->fd, (char *)out + done, length - done,
                              (off_t)(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break; /* what a bad sector held is as good as cut off */
        }
        done += (size_t)count;
    }
    return done;
}

static void
read_header(struct pb_pack *pack)
{
    unsigned char header[PB_PACK_HEADER];
    if (read_at(pack, 0, header, sizeof(header)) < sizeof(header)) {
        return;
    }
    struct pb_digest check = pb_digest_of(header, PB_PACK_CHECKSUM);
    pack->readable =
        memcmp(header, PB_PACK_MAGIC, strlen(PB_PACK_MAGIC)) == 0 &&
        memcmp(header + PB_PACK_CHECKSUM, check.bytes, CHECKSUM_SIZE) == 0;
    memcpy(pack->group.bytes, header + 16, PB_DIGEST_SIZE);
    pack->end = PB_PACK_HEADER;
}

int
pb_pack_open(const char *path, uint64_t id, struct pb_pack **out,
             struct pb_error *err)
{
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) < 0) {
        return pb_error_errno(err, errno, "cannot open '%s'", path);
    }
    struct pb_pack *pack = pb_alloc(sizeof(*pack));
    pack->path = pb_strdup(path);
    pack->id = id;
    pack->fd = fd;
    pack->inode = info.st_ino;
    fd = -1;
    read_header(pack);
    if (pb_pack_scan(pack, err) < 0) {
        pb_pack_close(pack);
        return -1;
    }
    *out = pack;
    return 0;
}

void
pb_pack_close(struct pb_pack *pack)
{
    if (pack == NULL) {
        return;
    }
    for (size_t i = 0; i < pack->len; i++) {
        pb_record_clear(&pack->records[i]);
    }
    pb_history_clear(&pack->history);
    close(pack->fd);
    free(pack->records);
    free(pack->builds);
    free(pack->path);
    free(pack);
}

bool
pb_pack_is_current(const struct pb_pack *pack, bool *out_grown)
{
    struct stat info;
    if (lstat(pack->path, &info) < 0 || info.st_ino != pack->inode ||
        (pack->readable && (uint64_t)info.st_size < pack->end))
    {
        return false;
    }
    *out_grown = pack->readable && (uint64_t)info.st_size > pack->end;
    return true;
}

/* Notes a record; a number out of its order is that of a damaged pack. */
static void
add_record(struct pb_pack *pack, const struct pb_record *record)
{
    PB_GROW(pack->records, pack->len, pack->cap);
    pack->records[pack->len] = *record;
    size_t index = pack->len++;
    if (record->kind != PB_RECORD_BUILD) {
        return;
    }
    if (record->number < pack->nbuilds ||
        record->number > PB_LIMIT_STORE_BUILDS) {
        pack->damaged = true;
        return;
    }
    while (pack->nbuilds <= record->number) {
        PB_GROW(pack->builds, pack->nbuilds, pack->builds_cap);
        bool lost = pack->nbuilds < record->number;
        pack->damaged |= lost;
        pack->builds[pack->nbuilds++] = lost ? PB_PACK_LOST : index;
    }
}

/* Whether a whole record starts at `offset`. */
static bool
find_at(const struct pb_pack *pack, uint64_t offset, uint64_t size,
        struct pb_record *out)
{
    unsigned char header[PB_RECORD_HEADER];
    *out = (struct pb_record){.offset = offset};
    if (size < offset + PB_RECORD_FRAME ||
        read_at(pack, offset, header, sizeof(header)) < sizeof(header) ||
        !pb_record_parse(header, out))
    {
        return false;
    }
    return out->length <= size - offset - PB_RECORD_FRAME;
}

/* The next whole record after bytes that are none. */
static bool
search(const struct pb_pack *pack, uint64_t offset, uint64_t size,
       struct pb_record *out)
{
    const size_t magic = strlen(PB_RECORD_MAGIC);
    PB_AUTOFREE char *chunk = pb_alloc(SEARCH_CHUNK);
    while (offset + PB_RECORD_FRAME <= size) {
        size_t count = read_at(pack, offset, chunk, SEARCH_CHUNK);
        const char *at = chunk;
        const char *end = chunk + count;
        while ((at = memmem(at, (size_t)(end - at), PB_RECORD_MAGIC, magic)) !=
               NULL) {
            if (find_at(pack, offset + (uint64_t)(at - chunk), size, out)) {
                return true;
            }
            at++;
        }
        if (count < magic) {
            return false;
        }
        offset += count - magic + 1;
    }
    return false;
}

int
pb_pack_scan(struct pb_pack *pack, struct pb_error *err)
{
    struct stat info;
    if (fstat(pack->fd, &info) < 0) {
        return pb_error_errno(err, errno, "cannot read '%s'", pack->path);
    }
    uint64_t size = (uint64_t)info.st_size;
    while (pack->readable && pack->end < size) {
        struct pb_record record;
        if (pack->len == PB_LIMIT_STORE_RECORDS) {
            pack->damaged = true;
            break;
        }
        if (!find_at(pack, pack->end, size, &record)) {
            unsigned char header[PB_RECORD_HEADER];
            bool torn = read_at(pack, pack->end, header, sizeof(header)) ==
                            sizeof(header) &&
                        pb_record_parse(header, &record);
            if (torn || !search(pack, pack->end + 1, size, &record)) {
                break;
            }
            pack->gap = true;
            pack->damaged = true;
        }
        add_record(pack, &record);
        pack->end = pb_record_end(&record);
    }
    return 0;
}

int
pb_pack_read(struct pb_pack *pack, size_t index, struct pb_buf *out,
             struct pb_error *err)
{
    const struct pb_record *record = &pack->records[index];
    if (record->length > PB_LIMIT_STORE_RECORD) {
        return pb_pack_corrupt(pack, err);
    }
    size_t size = (size_t)record->length + PB_RECORD_FRAME;
    pb_buf_truncate(out, 0);
    pb_buf_reserve(out, size);
    if (read_at(pack, record->offset, out->data, size) < size ||
        !pb_record_is_whole((const unsigned char *)out->data, size))
    {
        return pb_pack_corrupt(pack, err);
    }
    /* What was scanned is what was read: a pack may be written over. */
    struct pb_record again = {.info = NULL};
    if (!pb_record_parse((const unsigned char *)out->data, &again) ||
        again.length != record->length || again.kind != record->kind ||
        again.number != record->number ||
        !pb_digest_equal(&again.key, &record->key))
    {
        return pb_pack_corrupt(pack, err);
    }
    memmove(out->data, out->data + PB_RECORD_HEADER, (size_t)record->length);
    out->len = (size_t)record->length;
    out->data[out->len] = '\0';
    return 0;
}

bool
pb_pack_split(const struct pb_buf *body, const char **out_meta,
              size_t *out_meta_length, const char **out_frame,
              size_t *out_frame_length)
{
    struct pb_reader reader = pb_reader_of(body->data, body->len);
    uint32_t length = pb_read_u32(&reader);
    const unsigned char *meta = pb_read_bytes(&reader, length);
    if (meta == NULL) {
        return false;
    }
    *out_meta = (const char *)meta;
    *out_meta_length = length;
    *out_frame = (const char *)reader.at;
    *out_frame_length = pb_reader_left(&reader);
    return true;
}

const struct pb_info *
pb_pack_info(struct pb_pack *pack, size_t index, struct pb_error *err)
{
    struct pb_record *record = &pack->records[index];
    if (record->info != NULL) {
        return record->info;
    }
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf meta = PB_BUF_INIT;
    if (pb_pack_read(pack, index, &body, err) < 0) {
        return NULL;
    }
    struct pb_info info = {.label = NULL};
    if (!pb_meta_unpack(&body, &meta) ||
        !pb_meta_read_info(&meta, record->kind, &info))
    {
        pb_info_clear(&info);
        pb_pack_corrupt(pack, err);
        return NULL;
    }
    record->info = pb_alloc(sizeof(info));
    *record->info = info;
    return record->info;
}
