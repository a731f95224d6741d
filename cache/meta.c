/* The info of an entry, and the body that it is part of. */
#include "meta.h"

#include <string.h>

#include "delta.h"
#include "pack.h"
#include "pybisect/limits.h"
#include "wire.h"

#define META_LEVEL 19
#define MICROSECONDS 1e6
#define SECONDS_LIMIT 1e9

int
pb_meta_pack(const struct pb_buf *meta, const struct pb_buf *frame,
             struct pb_buf *out, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf packed = PB_BUF_INIT;
    if (pb_delta_pack_text(meta->data, meta->len, META_LEVEL, &packed, err) <
        0) {
        return -1;
    }
    pb_wire_add_u32(out, (uint32_t)packed.len);
    pb_buf_add(out, packed.data, packed.len);
    pb_buf_add(out, frame->data, frame->len);
    return 0;
}

bool
pb_meta_unpack(const struct pb_buf *body, struct pb_buf *out)
{
    const char *meta = NULL;
    const char *frame = NULL;
    size_t meta_length = 0;
    size_t frame_length = 0;
    return pb_pack_split(body, &meta, &meta_length, &frame, &frame_length) &&
           pb_delta_unpack_text(meta, meta_length, PB_LIMIT_STORE_META, out);
}

void
pb_meta_add_info(struct pb_buf *meta, const struct pb_info *info,
                 enum pb_record_kind kind)
{
    double seconds = info->seconds > 0 ? info->seconds : 0;
    seconds = seconds < SECONDS_LIMIT ? seconds : SECONDS_LIMIT;
    pb_wire_add_varint(meta, (uint64_t)(seconds * MICROSECONDS));
    pb_wire_add_varint(meta, info->time);
    pb_wire_add_string(meta, info->label);
    if (kind == PB_RECORD_FAILURE) {
        pb_wire_add_string(meta, info->summary);
        return;
    }
    pb_buf_add(meta, info->output.bytes, PB_DIGEST_SIZE);
    pb_wire_add_varint(meta, info->bytes);
}

bool
pb_meta_read_head(struct pb_reader *reader, enum pb_record_kind kind,
                  struct pb_info *out)
{
    out->seconds = (double)pb_read_varint(reader, UINT64_MAX) / MICROSECONDS;
    out->time = pb_read_varint(reader, UINT64_MAX);
    out->label = pb_read_string(reader, PB_LIMIT_STORE_TEXT);
    if (kind == PB_RECORD_FAILURE) {
        out->summary = pb_read_string(reader, PB_LIMIT_STORE_TEXT);
    }
    else {
        out->output = pb_read_digest(reader);
        out->bytes = pb_read_varint(reader, UINT64_MAX);
    }
    return !reader->bad;
}

bool
pb_meta_read_info(const struct pb_buf *meta, enum pb_record_kind kind,
                  struct pb_info *out)
{
    struct pb_reader reader = pb_reader_of(meta->data, meta->len);
    return (kind == PB_RECORD_BUILD || kind == PB_RECORD_FAILURE) &&
           pb_meta_read_head(&reader, kind, out);
}

bool
pb_entry_path_is_safe(const char *path)
{
    if (path[0] == '\0' || path[0] == '/' ||
        strlen(path) > PB_LIMIT_STORE_PATH) {
        return false;
    }
    for (const char *at = path; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f) {
            return false; /* file names of builds are ASCII */
        }
    }
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        if (length == 0 || (length == 1 && path[0] == '.') ||
            (length == 2 && memcmp(path, "..", 2) == 0))
        {
            return false;
        }
        path += length;
        if (*path == '/' && *++path == '\0') {
            return false;
        }
    }
    return true;
}
