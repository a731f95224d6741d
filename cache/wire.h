/* Integers and strings as FORMAT.md spells them: little endian, and varints
   of seven bits a byte, lowest first. A reader never runs past its end: it
   turns bad and gives zeros. */
#ifndef PYBISECT_CACHE_WIRE_H
#define PYBISECT_CACHE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/digest.h"

void pb_wire_set_u32(unsigned char *at, uint32_t value);
void pb_wire_set_u64(unsigned char *at, uint64_t value);
uint32_t pb_wire_get_u32(const unsigned char *at);
uint64_t pb_wire_get_u64(const unsigned char *at);

void pb_wire_add_u32(struct pb_buf *out, uint32_t value);
void pb_wire_add_u64(struct pb_buf *out, uint64_t value);
void pb_wire_add_varint(struct pb_buf *out, uint64_t value);
void pb_wire_add_string(struct pb_buf *out, const char *text); /* NULL: "" */

struct pb_reader {
    const unsigned char *at;
    const unsigned char *end;
    bool bad;
};

struct pb_reader pb_reader_of(const void *data, size_t length);
size_t pb_reader_left(const struct pb_reader *reader);
/* NULL when fewer are left. Borrowed from what is read. */
const unsigned char *pb_read_bytes(struct pb_reader *reader, size_t length);
uint32_t pb_read_u32(struct pb_reader *reader);
uint64_t pb_read_u64(struct pb_reader *reader);
/* More than `most` is bad. */
uint64_t pb_read_varint(struct pb_reader *reader, uint64_t most);
struct pb_digest pb_read_digest(struct pb_reader *reader);
/* Caller frees; NULL when bad. A NUL inside is bad. */
char *pb_read_string(struct pb_reader *reader, size_t most);

#endif
