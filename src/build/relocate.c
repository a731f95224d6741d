/* Taking a tree's path out of files, and putting another one in. */
#include "build/relocate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define PLACEHOLDER "@PYBISECT_TREE@"

char *
pb_relocate_real(const char *directory)
{
    char *real = realpath(directory, NULL);
    return real == NULL ? pb_strdup(directory) : real;
}

static void
replace_all(const char *text, const char *from, const char *to,
            struct pb_buf *out)
{
    for (;;) {
        const char *found = strstr(text, from);
        if (found == NULL) {
            pb_buf_adds(out, text);
            return;
        }
        pb_buf_add(out, text, (size_t)(found - text));
        pb_buf_adds(out, to);
        text = found + strlen(from);
    }
}

void
pb_relocate_abstract(const char *text, const char *directory,
                     struct pb_buf *out)
{
    PB_AUTOFREE char *real = pb_relocate_real(directory);
    replace_all(text, real, PLACEHOLDER, out);
}

void
pb_relocate_fill(const char *text, const char *directory, struct pb_buf *out)
{
    PB_AUTOFREE char *real = pb_relocate_real(directory);
    replace_all(text, PLACEHOLDER, real, out);
}

/* Only these do: compiled files know no more than relative names. */
static bool
may_name_the_tree(const char *path)
{
    size_t length = strlen(path);
    return strcmp(path, "Makefile") == 0 ||
           (length > 3 && strcmp(path + length - 3, ".py") == 0);
}

/* 1 when the file does not name the directory. */
static int
make_template(const char *directory, const char *path, struct pb_error *err)
{
    PB_AUTOFREE char *full = pb_path_join(directory, path);
    PB_AUTOFREE char *real = pb_relocate_real(directory);
    PB_AUTOFREE char *name = pb_asprintf("%s" PB_RELOCATE_SUFFIX, full);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf abstract = PB_BUF_INIT;
    if (pb_fs_read(full, PB_LIMIT_BLOB_BYTES, &text, err) < 0) {
        return -1;
    }
    if (strlen(text.data) != text.len || strstr(text.data, real) == NULL) {
        return 1;
    }
    pb_relocate_abstract(text.data, directory, &abstract);
    return pb_fs_write(name, abstract.data, abstract.len, 0644, err);
}

int
pb_relocate_make_templates(const char *directory, struct pb_strv *paths,
                           struct pb_error *err)
{
    for (size_t i = 0; i < paths->len; i++) {
        char *path = paths->items[i];
        int status =
            may_name_the_tree(path) ? make_template(directory, path, err) : 1;
        if (status < 0) {
            return -1;
        }
        if (status == 0) {
            paths->items[i] = pb_asprintf("%s" PB_RELOCATE_SUFFIX, path);
            free(path);
        }
    }
    return 0;
}

static bool
holds(const char *path, const struct pb_buf *text)
{
    PB_AUTO(pb_buf) struct pb_buf actual = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    return pb_fs_read(path, PB_LIMIT_BLOB_BYTES, &actual, &ignored) == 0 &&
           actual.len == text->len &&
           memcmp(actual.data, text->data, text->len) == 0;
}

/* Appends the name of the file that was made. */
static int
use_template(const char *directory, const char *path, struct pb_strv *out,
             struct pb_error *err)
{
    size_t length = strlen(path) - strlen(PB_RELOCATE_SUFFIX);
    PB_AUTOFREE char *template = pb_path_join(directory, path);
    PB_AUTOFREE char *name = pb_strndup(path, length);
    PB_AUTOFREE char *full = pb_path_join(directory, name);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf filled = PB_BUF_INIT;
    if (pb_fs_read(template, PB_LIMIT_BLOB_BYTES, &text, err) < 0) {
        return -1;
    }
    pb_relocate_fill(text.data, directory, &filled);
    if (!holds(full, &filled) &&
        (pb_fs_remove_tree(full, err) < 0 ||
         pb_fs_write(full, filled.data, filled.len, 0644, err) < 0))
    {
        return -1;
    }
    pb_strv_add(out, name);
    return 0;
}

int
pb_relocate_use_templates(const char *directory, struct pb_strv *paths,
                          struct pb_error *err)
{
    size_t count = paths->len;
    for (size_t i = 0; i < count; i++) {
        const char *path = paths->items[i];
        const char *end = strrchr(path, '.');
        if (end != NULL && strcmp(end, PB_RELOCATE_SUFFIX) == 0 &&
            use_template(directory, path, paths, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}
