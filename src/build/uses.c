/* A line of text, rewritten under a lock. */
#include "build/uses.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"

#define FORMAT "hot %zu cold %zu compiled %zu seconds %lf"

int
pb_build_uses_load(const char *cache_dir, struct pb_build_uses *out,
                   struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(cache_dir, "uses");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_build_uses uses = {.hot = 0};
    if (pb_fs_read(path, 4096, &text, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err);
    }
    else if (sscanf(text.data, FORMAT, &uses.hot, &uses.cold, &uses.compiled,
                    &uses.seconds) != 4)
    {
        uses = (struct pb_build_uses){.hot = 0};
    }
    *out = uses;
    return 0;
}

void
pb_uses_count(const char *cache_dir, const struct pb_build *build, bool hot)
{
    struct pb_error ignored = PB_ERROR_INIT;
    struct pb_build_uses uses;
    PB_AUTOFREE char *path = pb_path_join(cache_dir, "uses");
    PB_AUTOFREE char *lock_path = pb_path_join(cache_dir, "uses.lock");
    PB_AUTOCLOSE int lock = pb_fs_lock(lock_path, true, &ignored);
    if (lock < 0 || pb_build_uses_load(cache_dir, &uses, &ignored) < 0) {
        return;
    }
    if (build->end == PB_BUILD_RESTORED) {
        uses.hot += hot;
        uses.cold += !hot;
    }
    else if (!build->known) {
        uses.compiled++;
        uses.seconds += build->seconds;
    }
    PB_AUTOFREE char *text = pb_asprintf(FORMAT "\n", uses.hot, uses.cold,
                                         uses.compiled, uses.seconds);
    pb_fs_write(path, text, strlen(text), 0644, &ignored);
}
