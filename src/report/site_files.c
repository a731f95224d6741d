/* The site's files on disk. */
#include "report/site_private.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define LIST ".pybisect-site" /* names, one a line */
#define MOST (64 * 1024 * 1024)

static bool
is_there(const char *path, const struct pb_buf *text)
{
    struct pb_error none = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf old = PB_BUF_INIT;
    return pb_fs_exists(path) && pb_fs_read(path, MOST, &old, &none) == 0 &&
           old.len == text->len && memcmp(old.data, text->data, old.len) == 0;
}

int
pb_site_put(const char *directory, const char *name, const struct pb_buf *text,
            struct pb_strv *names, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    pb_strv_add(names, name);
    return is_there(path, text)
               ? 0
               : pb_fs_write_atomic(path, text->data, text->len, 0644, err);
}

/* Such names alone are ours: the list may have been tampered with. */
static bool
is_page(const char *name)
{
    static const char *const starts[] = {"projects/", "regressions/"};
    static const char end[] = ".html";
    size_t length = strlen(name);
    for (size_t i = 0; i < PB_LENGTH(starts); i++) {
        size_t start = strlen(starts[i]);
        if (strncmp(name, starts[i], start) == 0 && name[start] != '.' &&
            strchr(name + start, '/') == NULL &&
            length > start + strlen(end) &&
            strcmp(name + length - strlen(end), end) == 0)
        {
            return true;
        }
    }
    return false;
}

int
pb_site_tidy(const char *directory, struct pb_strv *names,
             struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(directory, LIST);
    PB_AUTO(pb_buf) struct pb_buf old = PB_BUF_INIT;
    pb_strv_sort(names);
    if (pb_fs_exists(path) && pb_fs_read(path, MOST, &old, err) < 0) {
        return -1;
    }
    for (char *line = old.data; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        PB_AUTOFREE char *name = pb_strndup(line, length);
        PB_AUTOFREE char *file = pb_path_join(directory, name);
        line += length + (line[length] == '\n');
        if (is_page(name) && !pb_strv_contains_sorted(names, name) &&
            pb_fs_remove(file, err) < 0)
        {
            return -1;
        }
    }
    PB_AUTOFREE char *joined = pb_strv_join(names, "\n");
    return pb_fs_write_atomic(path, joined, strlen(joined), 0644, err);
}
