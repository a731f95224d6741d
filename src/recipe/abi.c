/* What compiled code depends on of the interpreter that loads it. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/dependencies.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "recipe/abi.h"

static int
add_file(struct pb_hasher *hasher, const char *root, const char *name,
         struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(root, name);
    struct pb_digest digest = {{0}};
    if (pb_fs_exists(path) && pb_digest_of_file(path, &digest, err) < 0) {
        return -1;
    }
    pb_hasher_add_field(hasher, name);
    pb_hasher_add(hasher, digest.bytes, PB_DIGEST_SIZE);
    return 0;
}

/* The first line that starts with `start`; NULL: there is none. */
static char *
find_line(const char *root, const char *name, const char *start,
          struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(root, name);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, PB_LIMIT_BLOB_BYTES, &text, err) < 0) {
        pb_error_clear(err);
        return NULL;
    }
    for (const char *line = text.data; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, start, strlen(start)) == 0) {
            return pb_strndup(line, length);
        }
        line += length;
        line += *line == '\n';
    }
    return NULL;
}

int
pb_abi_key(const char *root, struct pb_digest *out, struct pb_error *err)
{
    PB_AUTOFREE char *include = pb_path_join(root, "Include");
    PB_AUTO(pb_strv) struct pb_strv headers = PB_STRV_INIT;
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    if (pb_fs_walk(include, &headers, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < headers.len; i++) {
        if (add_file(&hasher, include, headers.items[i], err) < 0) {
            return -1;
        }
    }
    PB_AUTOFREE char *soabi = find_line(root, "Makefile", "SOABI=", err);
    pb_hasher_add_field(&hasher, soabi);
    if (add_file(&hasher, root, "pyconfig.h", err) < 0) {
        return -1;
    }
    *out = pb_hasher_finish(&hasher);
    return 0;
}

void
pb_abi_add_version(const char *root, struct pb_hasher *hasher)
{
    static const char *const lines[] = {"#define PY_MAJOR_VERSION",
                                        "#define PY_MINOR_VERSION"};
    for (size_t i = 0; i < PB_LENGTH(lines); i++) {
        struct pb_error ignored = PB_ERROR_INIT;
        PB_AUTOFREE char *line =
            find_line(root, "Include/patchlevel.h", lines[i], &ignored);
        pb_hasher_add_field(hasher, line);
    }
}
