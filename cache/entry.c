/* Manifests: one small file a key. */
#include "entry.h"

#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/json.h"

#define MANIFEST_LIMIT ((size_t)16 * 1024 * 1024)
#define CHECKSUM_TITLE "sha256 "

void
pb_entry_clear(struct pb_entry *entry)
{
    for (size_t i = 0; i < entry->len; i++) {
        free(entry->files[i].path);
    }
    free(entry->files);
    free(entry->summary);
    *entry = (struct pb_entry){.failed = false};
}

void
pb_entry_add(struct pb_entry *entry, char *path, unsigned mode, uint64_t size,
             const struct pb_digest *id)
{
    PB_GROW(entry->files, entry->len, entry->cap);
    entry->files[entry->len++] = (struct pb_entry_file){
        .path = path, .mode = mode, .size = size, .id = *id};
}

static bool
is_plain_text(const char *text)
{
    for (; *text != '\0'; text++) {
        /* What JSON would escape or alter; file names of builds are ASCII. */
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f) {
            return false;
        }
    }
    return true;
}

bool
pb_entry_path_is_safe(const char *path)
{
    if (path[0] == '\0' || path[0] == '/' || !is_plain_text(path)) {
        return false;
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

static int
compare_paths(const void *a, const void *b)
{
    const struct pb_entry_file *left = a;
    const struct pb_entry_file *right = b;
    return strcmp(left->path, right->path);
}

struct pb_digest
pb_entry_output(struct pb_entry *entry)
{
    if (entry->len > 0) {
        qsort(entry->files, entry->len, sizeof(entry->files[0]),
              compare_paths);
    }
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < entry->len; i++) {
        const struct pb_entry_file *file = &entry->files[i];
        PB_AUTOFREE char *mode = pb_asprintf("%o", file->mode);
        pb_hasher_add_field(&hasher, file->path);
        pb_hasher_add_field(&hasher, mode);
        pb_hasher_add(&hasher, file->id.bytes, sizeof(file->id.bytes));
    }
    return pb_hasher_finish(&hasher);
}

static char *
entry_path(const char *root, const struct pb_digest *key)
{
    char hex[PB_DIGEST_HEX];
    pb_digest_hex(key, hex);
    return pb_asprintf("%s/entries/%.2s/%s", root, hex, hex);
}

static struct pb_json *
file_to_json(const struct pb_entry_file *file)
{
    char hex[PB_DIGEST_HEX];
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "path", pb_json_string(file->path));
    pb_json_set(json, "mode", pb_json_integer((int64_t)file->mode));
    pb_json_set(json, "size", pb_json_integer((int64_t)file->size));
    pb_json_set(json, "sha256", pb_json_string(pb_digest_hex(&file->id, hex)));
    return json;
}

static struct pb_json *
entry_to_json(const struct pb_entry *entry, const struct pb_digest *key)
{
    char hex[PB_DIGEST_HEX];
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "key", pb_json_string(pb_digest_hex(key, hex)));
    pb_json_set(json, "failed", pb_json_bool(entry->failed));
    pb_json_set(json, "seconds", pb_json_real(entry->seconds));
    if (entry->failed) {
        pb_json_set(json, "summary", pb_json_string(entry->summary));
        pb_json_set(json, "log",
                    pb_json_string(pb_digest_hex(&entry->log, hex)));
        return json;
    }
    struct pb_json *files = pb_json_array();
    for (size_t i = 0; i < entry->len; i++) {
        pb_json_append(files, file_to_json(&entry->files[i]));
    }
    pb_json_set(json, "files", files);
    return json;
}

int
pb_entry_write(const char *root, const struct pb_digest *key,
               const struct pb_entry *entry, struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    PB_AUTO(pb_json) struct pb_json *json = entry_to_json(entry, key);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_json_write(json, true, &text);
    struct pb_digest checksum = pb_digest_of(text.data, text.len);
    pb_buf_addf(&text, CHECKSUM_TITLE "%s\n", pb_digest_hex(&checksum, hex));
    PB_AUTOFREE char *path = entry_path(root, key);
    if (pb_store_fan_out(root, "entries", pb_digest_hex(key, hex), err) < 0) {
        return -1;
    }
    return pb_fs_write_atomic(path, text.data, text.len, 0644, err);
}

int
pb_entry_remove(const char *root, const struct pb_digest *key,
                struct pb_error *err)
{
    PB_AUTOFREE char *path = entry_path(root, key);
    return pb_fs_remove(path, err);
}

/* The length of the JSON text; 0 when the checksum is absent or wrong. */
static size_t
checked_length(const struct pb_buf *text)
{
    size_t tail = strlen(CHECKSUM_TITLE) + PB_DIGEST_HEX;
    if (text->len <= tail || text->data[text->len - 1] != '\n') {
        return 0;
    }
    size_t length = text->len - tail;
    const char *line = text->data + length;
    char hex[PB_DIGEST_HEX];
    memcpy(hex, line + strlen(CHECKSUM_TITLE), sizeof(hex) - 1);
    hex[sizeof(hex) - 1] = '\0';
    struct pb_digest said;
    struct pb_digest actual = pb_digest_of(text->data, length);
    if (strncmp(line, CHECKSUM_TITLE, strlen(CHECKSUM_TITLE)) != 0 ||
        !pb_digest_parse(hex, &said) || !pb_digest_equal(&said, &actual))
    {
        return 0;
    }
    return length;
}

static bool
parse_file(const struct pb_json *json, struct pb_entry *out)
{
    const char *path = pb_json_get_string(json, "path");
    int64_t mode = pb_json_get_integer(json, "mode");
    int64_t size = pb_json_get_integer(json, "size");
    struct pb_digest id;
    if (!pb_entry_path_is_safe(path) || mode < 0 || mode > 07777 || size < 0 ||
        !pb_digest_parse(pb_json_get_string(json, "sha256"), &id))
    {
        return false;
    }
    pb_entry_add(out, pb_strdup(path), (unsigned)mode, (uint64_t)size, &id);
    return true;
}

/* False when the text is not what pb_entry_write makes for this key. */
static bool
parse_entry(const struct pb_json *json, const struct pb_digest *key,
            struct pb_entry *out)
{
    struct pb_digest said;
    if (!pb_digest_parse(pb_json_get_string(json, "key"), &said) ||
        !pb_digest_equal(&said, key))
    {
        return false;
    }
    out->failed = pb_json_get_bool(json, "failed");
    out->seconds = pb_json_get_real(json, "seconds");
    if (out->failed) {
        out->summary = pb_strdup(pb_json_get_string(json, "summary"));
        return pb_digest_parse(pb_json_get_string(json, "log"), &out->log);
    }
    const struct pb_json *files = pb_json_get(json, "files");
    for (size_t i = 0; i < pb_json_length(files); i++) {
        if (!parse_file(pb_json_at(files, i), out)) {
            return false;
        }
    }
    return out->len > 0;
}

int
pb_entry_load(const char *root, const struct pb_digest *key,
              struct pb_entry *out, struct pb_error *err)
{
    PB_AUTOFREE char *path = entry_path(root, key);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, MANIFEST_LIMIT, &text, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_entry) struct pb_entry entry = {.failed = false};
    size_t length = checked_length(&text);
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTO(pb_json)
    struct pb_json *json =
        length == 0 ? NULL : pb_json_parse(text.data, length, path, &ignored);
    if (json == NULL || !parse_entry(json, key, &entry)) {
        pb_fs_remove(path, &ignored);
        return pb_error_set(err, PB_ERROR_CORRUPT, "the entry '%s' is damaged",
                            path);
    }
    *out = entry;
    entry = (struct pb_entry){.failed = false};
    return 0;
}
