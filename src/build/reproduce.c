/* Two clean builds, compared. */
#include "build/reproduce.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define NOTES "irreproducible"

/* A file a group, with the revision that showed it. */
static char *
note_path(const struct pb_build_request *request)
{
    char hex[PB_DIGEST_HEX];
    return pb_asprintf("%s/" NOTES "/%s", request->builder->cache_dir,
                       pb_digest_hex(&request->group, hex));
}

bool
pb_is_reproducible(const struct pb_build_request *request)
{
    PB_AUTOFREE char *path = note_path(request);
    return request->builder->compiler.maps_prefixes && !pb_fs_exists(path);
}

size_t
pb_builder_irreproducible(const char *cache_dir)
{
    PB_AUTOFREE char *path = pb_path_join(cache_dir, NOTES);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    return pb_fs_list(path, &names, &ignored) < 0 ? 0 : names.len;
}

static int
note(const struct pb_build_request *request, struct pb_error *err)
{
    PB_AUTOFREE char *path = note_path(request);
    PB_AUTOFREE char *text = pb_asprintf("%s\n", request->label);
    return pb_fs_write(path, text, strlen(text), 0644, err);
}

static int
build_again(const struct pb_build_request *request, const struct pb_work *work,
            const struct pb_digest *output, bool *out_same,
            struct pb_error *err)
{
    PB_AUTO(pb_compilation)
    struct pb_compilation compilation = {.summary = NULL};
    PB_AUTOFREE char *log = pb_asprintf("%s.again", request->log);
    struct pb_build_request uncached = *request;
    struct pb_digest again;
    uncached.uncached = true;
    pb_progress_report(request->builder->compiler.progress,
                       "it differs; once more from clean, to see whether "
                       "clean builds agree",
                       -1);
    if (pb_source_compile(&uncached, work, log, &compilation, err) < 0) {
        return -1;
    }
    *out_same = false;
    if (compilation.end == PB_COMPILE_DONE) {
        if (pb_keep_digest(request, work, log, &again, err) < 0) {
            return -1;
        }
        *out_same = pb_digest_equal(&again, output);
    }
    return pb_fs_remove(log, err);
}

int
pb_reproduce(const struct pb_build_request *request,
             const struct pb_digest *output, bool *out_same,
             struct pb_error *err)
{
    struct pb_slot *slot = &request->builder->slot;
    struct pb_work work = {.tree = NULL};
    if (pb_slot_begin_elsewhere(slot, &work, err) < 0) {
        return -1;
    }
    int status = build_again(request, &work, output, out_same, err);
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_slot_end_elsewhere(slot, &work, status < 0 ? &ignored : err) < 0) {
        status = -1;
    }
    if (status < 0 || *out_same) {
        return status;
    }
    return note(request, err);
}
