#include "fuzz/place.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

static char *place;

static void
must(int status, const struct pb_error *err)
{
    if (status < 0) {
        fprintf(stderr, "%s\n", err->message);
        abort();
    }
}

static void
remove_place(void)
{
    struct pb_error ignored = PB_ERROR_INIT;
    pb_fs_remove_tree(place, &ignored);
    free(place);
}

const char *
fuzz_place(void)
{
    if (place == NULL) {
        struct pb_error err = PB_ERROR_INIT;
        const char *parent = getenv("TMPDIR");
        place =
            pb_fs_temporary(parent == NULL ? "/tmp" : parent, "fuzz-", &err);
        must(place == NULL ? -1 : 0, &err);
        atexit(remove_place);
    }
    return place;
}

char *
fuzz_put(const char *name, const uint8_t *data, size_t size)
{
    struct pb_error err = PB_ERROR_INIT;
    char *path = pb_path_join(fuzz_place(), name);
    must(pb_fs_write(path, data, size, 0644, &err), &err);
    return path;
}

char *
fuzz_fresh(const char *name)
{
    struct pb_error err = PB_ERROR_INIT;
    char *path = pb_path_join(fuzz_place(), name);
    must(pb_fs_remove_tree(path, &err), &err);
    return path;
}

void
fuzz_check_place(const char *const *names)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv there = PB_STRV_INIT;
    must(pb_fs_list(fuzz_place(), &there, &err), &err);
    for (size_t i = 0; i < there.len; i++) {
        const char *const *name = names;
        while (*name != NULL && strcmp(*name, there.items[i]) != 0) {
            name++;
        }
        assert(*name != NULL);
    }
}
