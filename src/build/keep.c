/* From a finished compilation into the store, and out of it again: what is
   kept must run as well as what was built. */
#include <string.h>

#include "build/builder_private.h"
#include "build/relink.h"
#include "build/relocate.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define ATTEMPTS 3

int
pb_keep_failure(const struct pb_build_request *request,
                const struct pb_compilation *compilation, struct pb_build *out,
                struct pb_error *err)
{
    /* A time limit says as much about this machine as about the revision. */
    if (!request->provisional && compilation->end == PB_COMPILE_FAILED &&
        pb_store_put_failure(request->builder->store, &request->key,
                             &request->group, request->label,
                             compilation->summary, request->log,
                             compilation->seconds, err) < 0)
    {
        return -1;
    }
    out->end = PB_BUILD_FAILED;
    out->failure = pb_strdup(compilation->summary);
    out->log = pb_strdup(request->log);
    return 0;
}

/* Else something is missing from it, and the revision cannot be tested. */
static int
check_kept(const struct pb_build_request *request, const struct pb_work *work,
           const struct pb_compilation *compilation, struct pb_build *out,
           struct pb_error *err)
{
    const struct pb_work kept = {.tree = request->run, .lock = work->lock};
    PB_AUTO(pb_compilation)
    struct pb_compilation check = {.seconds = compilation->seconds};
    if (pb_compile_check(&request->builder->compiler, &kept, request->log,
                         &check, err) < 0)
    {
        return -1;
    }
    if (check.end == PB_COMPILE_DONE) {
        return pb_fs_remove(request->log, err);
    }
    pb_build_clear(out);
    out->seconds = compilation->seconds;
    return pb_keep_failure(request, &check, out, err);
}

/* What is kept of a build. */
struct kept {
    struct pb_strv paths;
    struct pb_strv derived;
};

static void
free_kept(struct kept *kept)
{
    pb_strv_clear(&kept->paths);
    pb_strv_clear(&kept->derived);
}

/* The interpreter gives its place to its objects. */
static int
derive_python(const struct pb_build_request *request, const char *directory,
              struct kept *kept, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv all = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv objects = PB_STRV_INIT;
    int status = pb_relink_prepare(directory, request->log, &objects, err);
    if (status != 0) {
        return status < 0 ? -1 : 0;
    }
    for (size_t i = 0; i < kept->paths.len; i++) {
        bool python = strcmp(kept->paths.items[i], "python") == 0;
        pb_strv_add(python ? &kept->derived : &all, kept->paths.items[i]);
    }
    pb_strv_add_all(&all, &objects);
    pb_strv_clear(&kept->paths);
    kept->paths = all;
    all = (struct pb_strv)PB_STRV_INIT;
    return 0;
}

/* A clean build is held against what the store has. True: that is the same,
   so there is nothing to keep. */
static int
compare_clean(const struct pb_build_request *request,
              const struct pb_store_build *build, struct pb_build *out,
              bool *out_equal, struct pb_error *err)
{
    struct pb_store *store = request->builder->store;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    struct pb_digest output;
    *out_equal = false;
    if (pb_store_find(store, &request->key, &entry, err) < 0 ||
        pb_store_digest(build, &output, err) < 0)
    {
        return -1;
    }
    if (entry.state != PB_STORE_BUILT) {
        return 0;
    }
    *out_equal = pb_digest_equal(&entry.output, &output);
    out->audit = *out_equal ? PB_AUDIT_EQUAL : PB_AUDIT_DIFFERENT;
    return *out_equal
               ? 0
               : pb_store_distrust(store, &request->key, &out->dropped, err);
}

static int
put_build(const struct pb_build_request *request,
          const struct pb_store_build *build, struct pb_build *out,
          struct pb_error *err)
{
    struct pb_store *store = request->builder->store;
    bool provable = request->clean && request->builder->compiler.maps_prefixes;
    bool equal = false;
    if (provable && compare_clean(request, build, out, &equal, err) < 0) {
        return -1;
    }
    if (!equal && pb_store_put(store, &request->key, build, err) < 0) {
        return -1;
    }
    return provable ? pb_store_prove(store, &request->key, err) : 0;
}

static int
put(const struct pb_build_request *request, const struct pb_work *work,
    double seconds, bool whole, struct pb_build *out, struct pb_error *err)
{
    const char *directory = pb_tree_directory(work->tree);
    PB_CLEANUP(free_kept) struct kept kept = {.paths = PB_STRV_INIT};
    if (pb_compile_outputs(work, &kept.paths, err) < 0 ||
        (!whole && derive_python(request, directory, &kept, err) < 0) ||
        pb_relocate_make_templates(directory, &kept.paths, err) < 0)
    {
        return -1;
    }
    const struct pb_store_build build = {
        .group = request->group,
        .label = request->label,
        .directory = directory,
        .paths = &kept.paths,
        .derived = &kept.derived,
        .seconds = seconds,
    };
    return put_build(request, &build, out, err);
}

int
pb_keep_build(struct pb_build_request *request, const struct pb_work *work,
              const struct pb_compilation *compilation, struct pb_build *out,
              struct pb_error *err)
{
    out->end = PB_BUILD_COMPILED;
    for (int attempt = 0;; attempt++) {
        /* When it cannot be had again from what was kept, because linking it
           is not reproducible, or because something that it is a difference
           from is damaged, it is kept whole. */
        if (put(request, work, compilation->seconds, attempt > 0, out, err) <
            0) {
            return -1;
        }
        if (pb_layout_build(request, out, err) == 0) {
            break;
        }
        if (err->code != PB_ERROR_CORRUPT || attempt + 1 == ATTEMPTS) {
            return -1;
        }
        pb_error_clear(err);
    }
    return check_kept(request, work, compilation, out, err);
}
