/* The numbers of the ELF-64 object file format, version 1.5, figures 3 to
   6. */
#include "filter.h"

#include <stdint.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "wire.h"

#define FILE_HEADER 64
#define SECTION_HEADER 64
#define SECTIONS_OFFSET 40 /* e_shoff */
#define SECTIONS_SIZE 58   /* e_shentsize, e_shnum */
#define SYMBOLS 2          /* SHT_SYMTAB */
#define RELOCATIONS 4      /* SHT_RELA */
#define ENTRY 24           /* of both */
#define SLOTS 1024

/* One pass over a file: every number becomes its difference from an earlier
   one, or the other way round. */
struct pass {
    bool undo;
    uint64_t last[SLOTS]; /* by symbol or section */
};

/* The number as it is without the filter, which the next differs from. */
static uint64_t
pass_u64(const struct pass *pass, unsigned char *at, uint64_t before)
{
    uint64_t value = pb_wire_get_u64(at);
    pb_wire_set_u64(at, pass->undo ? value + before : value - before);
    return pass->undo ? value + before : value;
}

static uint32_t
pass_u32(const struct pass *pass, unsigned char *at, uint32_t before)
{
    uint32_t value = pb_wire_get_u32(at);
    pb_wire_set_u32(at, pass->undo ? value + before : value - before);
    return pass->undo ? value + before : value;
}

static unsigned
get_u16(const unsigned char *at)
{
    return at[0] | (unsigned)at[1] << 8;
}

/* r_offset, r_info (type, symbol), r_addend. */
static void
pass_relocations(struct pass *pass, unsigned char *at, size_t count)
{
    uint64_t offset = 0;
    uint32_t symbol = 0;
    memset(pass->last, 0, sizeof(pass->last));
    for (; count > 0; count--, at += ENTRY) {
        offset = pass_u64(pass, at, offset);
        symbol = pass_u32(pass, at + 12, symbol);
        uint64_t *addend = &pass->last[symbol % SLOTS];
        *addend = pass_u64(pass, at + 16, *addend);
    }
}

/* st_name, st_info, st_other, st_shndx, st_value, st_size. */
static void
pass_symbols(struct pass *pass, unsigned char *at, size_t count)
{
    uint32_t name = 0;
    memset(pass->last, 0, sizeof(pass->last));
    for (; count > 0; count--, at += ENTRY) {
        name = pass_u32(pass, at, name);
        uint64_t *value = &pass->last[get_u16(at + 6) % SLOTS];
        *value = pass_u64(pass, at + 8, *value);
    }
}

/* The file's section headers; NULL when it has none that can be used. */
static const unsigned char *
find_sections(const unsigned char *bytes, size_t size, size_t *out_count)
{
    static const char magic[] = "\x7f"
                                "ELF\x02\x01";
    if (size < FILE_HEADER || memcmp(bytes, magic, strlen(magic)) != 0) {
        return NULL;
    }
    uint64_t offset = pb_wire_get_u64(bytes + SECTIONS_OFFSET);
    size_t count = get_u16(bytes + SECTIONS_SIZE + 2);
    if (get_u16(bytes + SECTIONS_SIZE) != SECTION_HEADER || offset > size ||
        count > (size - offset) / SECTION_HEADER)
    {
        return NULL;
    }
    *out_count = count;
    return bytes + offset;
}

/* False when there is nothing to do. */
static bool
pass_file(struct pass *pass, unsigned char *bytes, size_t size)
{
    size_t count = 0;
    bool any = false;
    const unsigned char *section = find_sections(bytes, size, &count);
    if (section == NULL) {
        return false;
    }
    for (; count > 0; count--, section += SECTION_HEADER) {
        uint32_t type = pb_wire_get_u32(section + 4);
        uint64_t offset = pb_wire_get_u64(section + 24);
        uint64_t length = pb_wire_get_u64(section + 32);
        if ((type != SYMBOLS && type != RELOCATIONS) || offset > size ||
            length > size - offset)
        {
            continue;
        }
        (type == SYMBOLS ? pass_symbols : pass_relocations)(
            pass, bytes + offset, (size_t)length / ENTRY);
        any = true;
    }
    return any;
}

void
pb_filter_undo(char *bytes, size_t size)
{
    struct pass pass = {.undo = true};
    pass_file(&pass, (unsigned char *)bytes, size);
}

bool
pb_filter_apply(char *bytes, size_t size)
{
    struct pass pass = {.undo = false};
    PB_AUTOFREE char *before = pb_alloc(size + 1);
    PB_AUTOFREE char *after = pb_alloc(size + 1);
    memcpy(before, bytes, size);
    if (!pass_file(&pass, (unsigned char *)bytes, size)) {
        return false;
    }
    /* A table that lies over the headers would hide itself. */
    memcpy(after, bytes, size);
    pb_filter_undo(after, size);
    if (memcmp(after, before, size) != 0) {
        memcpy(bytes, before, size);
        return false;
    }
    return true;
}
