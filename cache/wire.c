/* The spelling of integers and strings on disk. */
#include "wire.h"

#include <string.h>

#include "pybisect/alloc.h"

#define VARINT_LIMIT 10 /* bytes of a 64-bit number */

void
pb_wire_set_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (8 * i));
    }
}

void
pb_wire_set_u64(unsigned char *at, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        at[i] = (unsigned char)(value >> (8 * i));
    }
}

uint32_t
pb_wire_get_u32(const unsigned char *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        value |= (uint32_t)at[i] << (8 * i);
    }
    return value;
}

uint64_t
pb_wire_get_u64(const unsigned char *at)
{
    return pb_wire_get_u32(at) | (uint64_t)pb_wire_get_u32(at + 4) << 32;
}

void
pb_wire_add_u32(struct pb_buf *out, uint32_t value)
{
    unsigned char bytes[4];
    pb_wire_set_u32(bytes, value);
    pb_buf_add(out, bytes, sizeof(bytes));
}

void
pb_wire_add_u64(struct pb_buf *out, uint64_t value)
{
    unsigned char bytes[8];
    pb_wire_set_u64(bytes, value);
    pb_buf_add(out, bytes, sizeof(bytes));
}

void
pb_wire_add_varint(struct pb_buf *out, uint64_t value)
{
    while (value >= 0x80) {
        pb_buf_addch(out, (char)(unsigned char)(value | 0x80));
        value >>= 7;
    }
    pb_buf_addch(out, (char)(unsigned char)value);
}

void
pb_wire_add_string(struct pb_buf *out, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    pb_wire_add_varint(out, length);
    if (length > 0) {
        pb_buf_add(out, text, length);
    }
}

struct pb_reader
pb_reader_of(const void *data, size_t length)
{
    const unsigned char *bytes = data;
    return (struct pb_reader){.at = bytes, .end = bytes + length};
}

size_t
pb_reader_left(const struct pb_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

const unsigned char *
pb_read_bytes(struct pb_reader *reader, size_t length)
{
    if (reader->bad || pb_reader_left(reader) < length) {
        reader->bad = true;
        return NULL;
    }
    const unsigned char *bytes = reader->at;
    reader->at += length;
    return bytes;
}

uint32_t
pb_read_u32(struct pb_reader *reader)
{
    const unsigned char *bytes = pb_read_bytes(reader, 4);
    return bytes == NULL ? 0 : pb_wire_get_u32(bytes);
}

uint64_t
pb_read_u64(struct pb_reader *reader)
{
    const unsigned char *bytes = pb_read_bytes(reader, 8);
    return bytes == NULL ? 0 : pb_wire_get_u64(bytes);
}

uint64_t
pb_read_varint(struct pb_reader *reader, uint64_t most)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_LIMIT; i++) {
        const unsigned char *byte = pb_read_bytes(reader, 1);
        if (byte == NULL) {
            return 0;
        }
        uint64_t bits = *byte & 0x7f;
        if (i == VARINT_LIMIT - 1 && bits > 1) {
            break;
        }
        value |= bits << (7 * i);
        if ((*byte & 0x80) == 0) {
            reader->bad = value > most;
            return reader->bad ? 0 : value;
        }
    }
    reader->bad = true;
    return 0;
}

struct pb_digest
pb_read_digest(struct pb_reader *reader)
{
    struct pb_digest digest = {.bytes = {0}};
    const unsigned char *bytes = pb_read_bytes(reader, PB_DIGEST_SIZE);
    if (bytes != NULL) {
        memcpy(digest.bytes, bytes, PB_DIGEST_SIZE);
    }
    return digest;
}

char *
pb_read_string(struct pb_reader *reader, size_t most)
{
    size_t length = (size_t)pb_read_varint(reader, most);
    const unsigned char *bytes = pb_read_bytes(reader, length);
    if (bytes == NULL) {
        return NULL;
    }
    if (memchr(bytes, '\0', length) != NULL) {
        reader->bad = true;
        return NULL;
    }
    return pb_strndup((const char *)bytes, length);
}
