/* The index file of a work tree. */
#include "build/tree_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/checksum.h"
#include "pybisect/fs.h"

#define INDEX_LIMIT ((size_t)64 * 1024 * 1024)
#define TITLE "pybisect tree 2 "
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

struct pb_index_entry *
pb_index_add(struct pb_index *index, const char *path, unsigned mode,
             const char *content)
{
    PB_GROW(index->items, index->len, index->cap);
    struct pb_index_entry *entry = &index->items[index->len++];
    *entry = (struct pb_index_entry){.path = pb_strdup(path), .mode = mode};
    snprintf(entry->content, sizeof(entry->content), "%s", content);
    return entry;
}

static int
compare_entries(const void *a, const void *b)
{
    const struct pb_index_entry *left = a;
    const struct pb_index_entry *right = b;
    return strcmp(left->path, right->path);
}

void
pb_index_sort(struct pb_index *index)
{
    if (index->len > 0) {
        qsort(index->items, index->len, sizeof(index->items[0]),
              compare_entries);
    }
}

struct pb_index_entry *
pb_index_find(const struct pb_index *index, const char *path)
{
    size_t low = 0;
    size_t high = index->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, index->items[middle].path);
        if (order == 0) {
            return &index->items[middle];
        }
        if (order < 0) {
            high = middle;
        }
        else {
            low = middle + 1;
        }
    }
    return NULL;
}

void
pb_index_clear(struct pb_index *index)
{
    for (size_t i = 0; i < index->len; i++) {
        free(index->items[i].path);
    }
    free(index->items);
    *index = (struct pb_index)PB_INDEX_INIT;
}

/* The first line. Without a boot id every start looks the same, which only
   loses the protection. */
static void
add_title(struct pb_buf *out)
{
    struct pb_error ignored = PB_ERROR_INIT;
    pb_buf_adds(out, TITLE);
    if (pb_fs_read(BOOT_ID, 128, out, &ignored) < 0 ||
        out->data[out->len - 1] != '\n')
    {
        pb_buf_addch(out, '\n');
    }
}

/* "100644 <content> <size> <mtime> <path>" */
static bool
parse_line(char *line, struct pb_index *out)
{
    unsigned mode = 0;
    char content[PB_INDEX_CONTENT];
    int64_t size = 0;
    int64_t mtime = 0;
    int used = 0;
    if (sscanf(line, "%o %59s %" SCNd64 " %" SCNd64 " %n", &mode, content,
               &size, &mtime, &used) != 4 ||
        line[used] == '\0')
    {
        return false;
    }
    struct pb_index_entry *entry =
        pb_index_add(out, line + used, mode, content);
    entry->size = size;
    entry->mtime = mtime;
    return true;
}

static bool
parse_index(struct pb_buf *text, struct pb_index *out)
{
    PB_AUTO(pb_buf) struct pb_buf title = PB_BUF_INIT;
    add_title(&title);
    if (!pb_checksum_cut(text) || text->len < title.len ||
        memcmp(text->data, title.data, title.len) != 0)
    {
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

int
pb_index_load(const char *path, struct pb_index *out, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, INDEX_LIMIT, &text, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_index) struct pb_index index = PB_INDEX_INIT;
    if (!parse_index(&text, &index)) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "the index '%s' cannot be used", path);
    }
    pb_index_sort(&index);
    *out = index;
    index = (struct pb_index)PB_INDEX_INIT;
    return 0;
}

int
pb_index_write(const char *path, const struct pb_index *index,
               struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_title(&text);
    for (size_t i = 0; i < index->len; i++) {
        const struct pb_index_entry *entry = &index->items[i];
        pb_buf_addf(&text, "%06o %s %" PRId64 " %" PRId64 " %s\n", entry->mode,
                    entry->content, entry->size, entry->mtime, entry->path);
    }
    pb_checksum_add(&text);
    return pb_fs_write_atomic(path, text.data, text.len, 0644, err);
}
