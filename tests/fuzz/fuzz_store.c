/* A file of exported builds, from anywhere: imported, verified, and every
   build of it laid out. The first byte says how the input is taken:

       0  as the file, but for the digest at its end
       1  as records, of each: kind, number, key, a table of files and a
          content, each behind its length in two bytes; all that guards
          records against damage is added

   Nothing comes to lie beside the store and the directory. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "delta.h"
#include "fuzz/place.h"
#include "meta.h"
#include "pack.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/store.h"
#include "record.h"
#include "transfer.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEYS 8

static struct pb_digest
key_of(unsigned byte)
{
    char name = (char)('0' + byte % KEYS);
    return pb_digest_of(&name, 1);
}

static void
add_digest(struct pb_buf *out)
{
    struct pb_digest digest = pb_digest_of(out->data, out->len);
    pb_buf_add(out, digest.bytes, PB_DIGEST_SIZE);
}

/* A text behind its length; what is missing of it is left out. */
static void
take_text(struct pb_reader *input, struct pb_buf *out)
{
    const unsigned char *size = pb_read_bytes(input, 2);
    size_t length = size == NULL ? 0 : size[0] | (size_t)size[1] << 8;
    size_t left = pb_reader_left(input);
    length = length < left ? length : left;
    pb_buf_add(out, pb_read_bytes(input, length), length);
}

static void
add_record(struct pb_reader *input, uint64_t stamp, struct pb_buf *pack)
{
    const unsigned char *head = pb_read_bytes(input, 3);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf meta = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf content = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf frame = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    if (head == NULL) {
        return;
    }
    take_text(input, &meta);
    take_text(input, &content);
    const struct pb_record record = {
        .kind = PB_RECORD_BUILD + head[0] % PB_RECORD_TOMBSTONE,
        .number = head[1],
        .key = key_of(head[2]),
        .stamp = stamp,
    };
    if (pb_record_is_entry(&record)) {
        assert(pb_delta_compress(&content, NULL, &frame, &err) == 0);
        assert(pb_meta_pack(&meta, &frame, &body, &err) == 0);
    }
    pb_record_add(pack, &record, body.data, body.len);
}

static void
add_pack(struct pb_reader *input, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf pack = PB_BUF_INIT;
    struct pb_digest group = key_of(0);
    pb_buf_add(&pack, PB_PACK_MAGIC, strlen(PB_PACK_MAGIC));
    pb_wire_add_u32(&pack, 2);
    pb_wire_add_u32(&pack, 0);
    pb_buf_add(&pack, group.bytes, PB_DIGEST_SIZE);
    struct pb_digest check = pb_digest_of(pack.data, pack.len);
    pb_buf_add(&pack, check.bytes, PB_PACK_HEADER - PB_PACK_CHECKSUM);
    for (uint64_t stamp = 1; pb_reader_left(input) >= 3; stamp++) {
        add_record(input, stamp, &pack);
    }
    pb_wire_add_u64(out, pack.len);
    pb_buf_add(out, pack.data, pack.len);
}

/* The file that the input stands for. */
static void
make_export(const uint8_t *data, size_t size, struct pb_buf *out)
{
    struct pb_reader input = pb_reader_of(data + 1, size - 1);
    if (data[0] % 2 == 0) {
        pb_buf_add(out, data + 1, size - 1);
    }
    else {
        pb_buf_adds(out, PB_EXPORT_MAGIC);
        pb_wire_add_u32(out, 0);
        pb_wire_add_u32(out, 1);
        add_pack(&input, out);
    }
    add_digest(out);
}

static void
lay_out(struct pb_store *store, unsigned number)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of(number);
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    PB_AUTOFREE char *out = fuzz_fresh("out");
    if (pb_store_restore(store, &key, out, NULL, &restored, &err) < 0) {
        assert(err.code != PB_ERROR_NONE);
    }
    err = (struct pb_error)PB_ERROR_INIT;
    if (pb_store_failure_log(store, &key, &log, &err) < 0) {
        assert(err.code != PB_ERROR_NONE);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"export", "store", "out", NULL};
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf file = PB_BUF_INIT;
    PB_AUTO(pb_store) struct pb_store *store = NULL;
    PB_AUTOFREE char *directory = fuzz_fresh("store");
    size_t added = 0;
    size_t known = 0;
    if (size == 0) {
        return 0;
    }
    make_export(data, size, &file);
    PB_AUTOFREE char *path =
        fuzz_put("export", (const uint8_t *)file.data, file.len);
    assert(pb_store_open(directory, &store, &err) == 0);
    if (pb_store_import(store, path, &added, &known, &err) < 0) {
        assert(err.code == PB_ERROR_CORRUPT || err.code == PB_ERROR_LIMIT);
        assert(added == 0);
    }
    err = (struct pb_error)PB_ERROR_INIT;
    size_t checked = 0;
    size_t damaged = 0;
    assert(pb_store_verify(store, false, &checked, &damaged, &err) == 0);
    assert(damaged == 0); /* it would not have been taken */
    for (unsigned i = 0; i < KEYS; i++) {
        lay_out(store, i);
    }
    fuzz_check_place(names);
    return 0;
}
