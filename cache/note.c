/* The note beside a restored directory. */
#include "note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/checksum.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define TITLE "pybisect restored 1"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define NANOSECONDS INT64_C(1000000000)

static int64_t
mtime_of(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * NANOSECONDS + info->st_mtim.tv_nsec;
}

static void
add_title(struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf boot = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    pb_fs_read(BOOT_ID, 256, &boot, &ignored);
    pb_buf_addf(out, TITLE " %.*s\n", (int)strcspn(boot.data, "\n"),
                boot.data);
}

void
pb_notes_clear(struct pb_notes *notes)
{
    pb_map_free(notes->by_path);
    *notes = (struct pb_notes){.written = 0};
}

/* "size mtime inode digest d|k path" */
static bool
parse_line(const char *line, struct pb_notes *out)
{
    struct pb_note note = {.derived = false};
    char hex[PB_DIGEST_HEX];
    char kind = 0;
    int path = 0;
    if (sscanf(line, "%" SCNu64 " %" SCNd64 " %" SCNu64 " %64[0-9a-f] %c %n",
               &note.size, &note.mtime, &note.inode, hex, &kind, &path) < 5 ||
        path == 0 || !pb_digest_parse(hex, &note.id) ||
        !pb_entry_path_is_safe(line + path))
    {
        return false;
    }
    note.derived = kind == 'd';
    struct pb_note *kept = pb_alloc(sizeof(*kept));
    *kept = note;
    pb_map_set(out->by_path, line + path, kept);
    return true;
}

static bool
parse(struct pb_buf *text, struct pb_notes *out)
{
    PB_AUTO(pb_buf) struct pb_buf title = PB_BUF_INIT;
    add_title(&title);
    if (!pb_checksum_cut(text) ||
        strncmp(text->data, title.data, title.len) != 0) {
        return false;
    }
    char *line = text->data + title.len;
    while (*line != '\0') {
        char *end = strchr(line, '\n');
        if (end == NULL) {
            return false;
        }
        *end = '\0';
        if (!parse_line(line, out)) {
            return false;
        }
        line = end + 1;
    }
    return true;
}

void
pb_notes_load(const char *path, struct pb_notes *out)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    struct stat info;
    *out = (struct pb_notes){.by_path = pb_map_new(free)};
    if (path == NULL || lstat(path, &info) < 0 ||
        pb_fs_read(path, PB_LIMIT_STORE_INDEX, &text, &ignored) < 0)
    {
        return;
    }
    if (parse(&text, out)) {
        out->written = mtime_of(&info);
        return;
    }
    pb_map_free(out->by_path);
    out->by_path = pb_map_new(free);
}

const struct pb_note *
pb_notes_get(const struct pb_notes *notes, const char *path,
             const struct stat *info)
{
    const struct pb_note *note = pb_map_get(notes->by_path, path);
    /* A change in the instant of the note would not show in the mtime. */
    if (note == NULL || note->size != (uint64_t)info->st_size ||
        note->mtime != mtime_of(info) || note->inode != info->st_ino ||
        note->mtime >= notes->written)
    {
        return NULL;
    }
    return note;
}

void
pb_notes_set(struct pb_notes *notes, const char *path, const struct stat *info,
             const struct pb_digest *id, bool derived)
{
    struct pb_note *note = pb_alloc(sizeof(*note));
    *note = (struct pb_note){
        .size = (uint64_t)info->st_size,
        .mtime = mtime_of(info),
        .inode = info->st_ino,
        .id = *id,
        .derived = derived,
    };
    pb_map_set(notes->by_path, path, note);
}

struct carrying {
    int64_t written;
    struct pb_map *to;
};

static void
carry(const char *path, void *value, void *context)
{
    const struct carrying *carrying = context;
    const struct pb_note *note = value;
    if (note->mtime < carrying->written) {
        struct pb_note *copy = pb_alloc(sizeof(*copy));
        *copy = *note;
        pb_map_set(carrying->to, path, copy);
    }
}

void
pb_notes_carry(const struct pb_notes *from, struct pb_notes *to)
{
    struct carrying carrying = {.written = from->written, .to = to->by_path};
    pb_map_each(from->by_path, carry, &carrying);
}

static void
add_line(const char *path, void *value, void *context)
{
    const struct pb_note *note = value;
    char hex[PB_DIGEST_HEX];
    pb_buf_addf(context, "%" PRIu64 " %" PRId64 " %" PRIu64 " %s %c %s\n",
                note->size, note->mtime, note->inode,
                pb_digest_hex(&note->id, hex), note->derived ? 'd' : 'k',
                path);
}

int
pb_notes_write(const struct pb_notes *notes, const char *path,
               struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_title(&text);
    pb_map_each(notes->by_path, add_line, &text);
    pb_checksum_add(&text);
    /* Not synced: see the boot id. */
    PB_AUTOFREE char *temporary = pb_asprintf("%s.tmp", path);
    if (pb_fs_write(temporary, text.data, text.len, 0644, err) < 0) {
        return -1;
    }
    if (pb_fs_rename(temporary, path, err) < 0) {
        struct pb_error ignored = PB_ERROR_INIT;
        pb_fs_remove(temporary, &ignored);
        return -1;
    }
    return 0;
}
