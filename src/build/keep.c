/* From a finished compilation into the store, and out of it again: what is
   kept must run as well as what was built. */
#include <string.h>

#include "build/builder_private.h"
#include "build/relink.h"
#include "build/relocate.h"
#include "build/reproduce.h"
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
    struct pb_store_build build; /* of these two */
};

static void
free_kept(struct kept *kept)
{
    pb_strv_clear(&kept->paths);
    pb_strv_clear(&kept->derived);
}

/* The interpreter gives its place to its objects. */
static int
derive_python(const char *log, const char *directory, struct kept *kept,
              struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv all = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv objects = PB_STRV_INIT;
    int status = pb_relink_prepare(directory, log, &objects, err);
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

/* What a work tree holds that is to be kept; `whole`: the interpreter too. */
static int
collect(const struct pb_build_request *request, const struct pb_work *work,
        const char *log, bool whole, struct kept *kept, struct pb_error *err)
{
    const char *directory = pb_tree_directory(work->tree);
    if (pb_compile_outputs(work, &kept->paths, err) < 0 ||
        (!whole && derive_python(log, directory, kept, err) < 0) ||
        pb_relocate_make_templates(directory, &kept->paths, err) < 0)
    {
        return -1;
    }
    kept->build = (struct pb_store_build){
        .group = request->group,
        .label = request->label,
        .directory = directory,
        .paths = &kept->paths,
        .derived = &kept->derived,
    };
    return 0;
}

int
pb_keep_digest(const struct pb_build_request *request,
               const struct pb_work *work, const char *log,
               struct pb_digest *out, struct pb_error *err)
{
    PB_CLEANUP(free_kept) struct kept kept = {.paths = PB_STRV_INIT};
    if (collect(request, work, log, false, &kept, err) < 0) {
        return -1;
    }
    return pb_store_digest(&kept.build, out, err);
}

struct refutation {
    const struct pb_builder *builder;
    struct pb_strv *outputs; /* out */
};

static int
tell_refuted(const struct pb_strv *outputs, void *context,
             struct pb_error *err)
{
    const struct refutation *refutation = context;
    const struct pb_builder *builder = refutation->builder;
    if (builder->refuted != NULL &&
        builder->refuted(builder->refuted_context, outputs, err) < 0)
    {
        return -1;
    }
    pb_strv_add_all(refutation->outputs, outputs);
    return 0;
}

/* A clean build differs from the stored one. */
static int
judge_difference(const struct pb_build_request *request,
                 const struct pb_digest *output, struct pb_build *out,
                 struct pb_error *err)
{
    bool same = false;
    out->audit = PB_AUDIT_IRREPRODUCIBLE;
    if (pb_reproduce(request, output, &same, err) < 0) {
        return -1;
    }
    if (!same) {
        return 0;
    }
    out->audit = PB_AUDIT_DIFFERENT;
    struct refutation refutation = {request->builder, &out->dropped};
    return pb_store_distrust(request->builder->store, &request->key,
                             tell_refuted, &refutation, err);
}

/* A clean build is held against what the store has. */
static int
compare_clean(const struct pb_build_request *request,
              const struct pb_store_build *build, struct pb_build *out,
              struct pb_error *err)
{
    struct pb_store *store = request->builder->store;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    struct pb_digest output;
    if (!pb_is_reproducible(request)) {
        out->audit = PB_AUDIT_IRREPRODUCIBLE;
        return 0;
    }
    if (pb_store_find(store, &request->key, &entry, err) < 0 ||
        pb_store_digest(build, &output, err) < 0)
    {
        return -1;
    }
    if (entry.state != PB_STORE_BUILT) {
        return 0;
    }
    if (pb_digest_equal(&entry.output, &output)) {
        out->audit = PB_AUDIT_EQUAL;
        return 0;
    }
    return judge_difference(request, &output, out, err);
}

static int
put_build(const struct pb_build_request *request,
          const struct pb_store_build *build, struct pb_build *out,
          struct pb_error *err)
{
    struct pb_store *store = request->builder->store;
    if (request->clean && compare_clean(request, build, out, err) < 0) {
        return -1;
    }
    if (out->audit != PB_AUDIT_EQUAL &&
        pb_store_put(store, &request->key, build, err) < 0)
    {
        return -1;
    }
    bool proved = request->clean && out->audit != PB_AUDIT_IRREPRODUCIBLE;
    return proved ? pb_store_prove(store, &request->key, err) : 0;
}

static int
put(const struct pb_build_request *request, const struct pb_work *work,
    double seconds, bool whole, struct pb_build *out, struct pb_error *err)
{
    PB_CLEANUP(free_kept) struct kept kept = {.paths = PB_STRV_INIT};
    if (collect(request, work, request->log, whole, &kept, err) < 0) {
        return -1;
    }
    kept.build.seconds = seconds;
    return put_build(request, &kept.build, out, err);
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
