/* The way from a commit to an interpreter: the store first, else the source
   tree and a compiler; what is run always comes out of the store. */
#include <stdlib.h>
#include <string.h>

#include "build/builder_private.h"
#include "build/stale.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

void
pb_build_clear(struct pb_build *build)
{
    free(build->python);
    free(build->root);
    free(build->failure);
    free(build->log);
    *build = (struct pb_build){.python = NULL};
}

/* One call of pb_builder_build. */
struct request {
    struct pb_builder *builder;
    const struct pb_oid *commit;
    struct pb_settings settings;
    struct pb_digest key;
    struct pb_digest group;
    const char *label; /* the commit, for people */
    char *log;
    bool clean;
    bool provisional; /* a failure is not to be kept */
};

/* The documentation is needed by nothing, and the test-suite's part of the
   library by no build. */
static bool
is_source_path(const char *path)
{
    return strncmp(path, "Doc/", 4) != 0 && strncmp(path, "Lib/test/", 9) != 0;
}

static bool
is_run_path(const char *path)
{
    return strncmp(path, "Lib/", 4) == 0 || strncmp(path, "Include/", 8) == 0;
}

/* Lays out the run tree: library and headers from git, the rest from the
   store, and nothing else. */
static int
lay_out(const struct request *request, struct pb_tree *run,
        struct pb_build *out, struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    const char *root = pb_tree_directory(run);
    struct pb_tree_target target = {
        .repo = builder->repo,
        .commit = request->commit,
        .wanted = is_run_path,
        .settings = &request->settings,
    };
    PB_AUTO(pb_strv) struct pb_strv changed = PB_STRV_INIT;
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    PB_AUTOFREE char *index = pb_asprintf("%s.store", root);
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    if (pb_store_find(builder->store, &request->key, &entry, err) < 0 ||
        pb_tree_move(run, &target, &changed, err) < 0 ||
        pb_store_restore(builder->store, &request->key, root, index, &restored,
                         err) < 0 ||
        pb_tree_sweep(run, &restored.paths, false, err) < 0)
    {
        return -1;
    }
    out->root = pb_strdup(root);
    out->python = pb_path_join(root, "python");
    out->output = entry.output;
    return 0;
}

/* The kept log, written out for whoever wants to read it. */
static int
tell_failure(const struct request *request, const char *summary,
             struct pb_build *out, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    if (pb_store_failure_log(request->builder->store, &request->key, &log,
                             err) < 0 ||
        pb_fs_write_atomic(request->log, log.data, log.len, 0644, err) < 0)
    {
        return -1;
    }
    out->end = PB_BUILD_FAILED;
    out->known = true;
    out->failure = pb_strdup(summary);
    out->log = pb_strdup(request->log);
    return 0;
}

/* 0: told out of the store; 1: the store cannot tell. */
static int
use_store(const struct request *request, struct pb_build *out,
          struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    int status = pb_store_find(builder->store, &request->key, &entry, err);
    if (status == 0 && entry.state == PB_STORE_ABSENT) {
        return 1;
    }
    if (status == 0 && entry.state == PB_STORE_FAILED) {
        status = tell_failure(request, entry.summary, out, err);
    }
    else if (status == 0) {
        out->end = PB_BUILD_RESTORED;
        status = lay_out(request, builder->slot.run, out, err);
    }
    if (status < 0 && err->code == PB_ERROR_CORRUPT) {
        /* Dropped by now: it is made anew. */
        pb_error_clear(err);
        return 1;
    }
    return status;
}

static int
keep_failure(const struct request *request,
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

/* What is kept must run as well as what was built: else something is missing
   from it, and the revision cannot be tested. */
static int
check_kept(const struct request *request, const struct pb_work *work,
           const struct pb_compilation *compilation, struct pb_tree *run,
           struct pb_build *out, struct pb_error *err)
{
    const struct pb_work kept = {.tree = run, .lock = work->lock};
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
    return keep_failure(request, &check, out, err);
}

static int
keep_build(const struct request *request, const struct pb_work *work,
           const struct pb_compilation *compilation, struct pb_tree *run,
           struct pb_build *out, struct pb_error *err)
{
    struct pb_store *store = request->builder->store;
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    if (pb_compile_outputs(work, &paths, err) < 0) {
        return -1;
    }
    out->end = PB_BUILD_COMPILED;
    const struct pb_store_build build = {
        .group = request->group,
        .label = request->label,
        .directory = pb_tree_directory(work->tree),
        .paths = &paths,
        .seconds = compilation->seconds,
    };
    /* Once more, because what it is a difference from may turn out to be
       damaged; a pack that is gets no more builds. */
    for (int attempt = 0;; attempt++) {
        if (pb_store_put(store, &request->key, &build, err) < 0) {
            return -1;
        }
        if (lay_out(request, run, out, err) == 0) {
            break;
        }
        if (err->code != PB_ERROR_CORRUPT || attempt == 1) {
            return -1;
        }
        pb_error_clear(err);
    }
    return check_kept(request, work, compilation, run, out, err);
}

static int
compile_in(const struct request *request, const struct pb_work *work,
           struct pb_tree *run, struct pb_build *out, struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    struct pb_tree_target target = {
        .repo = builder->repo,
        .commit = request->commit,
        .wanted = is_source_path,
        .settings = &request->settings,
        .before = pb_stale_remove,
    };
    struct pb_compiler compiler = builder->compiler;
    if (request->clean) {
        compiler.ccache_dir = NULL;
    }
    PB_AUTO(pb_strv) struct pb_strv changed = PB_STRV_INIT;
    PB_AUTO(pb_compilation)
    struct pb_compilation compilation = {.summary = NULL};
    if (pb_compile_recover(work, err) < 0 ||
        pb_tree_move(work->tree, &target, &changed, err) < 0 ||
        pb_stale_keep_objects(work->tree, &changed, err) < 0 ||
        pb_compile(&compiler, work, &request->settings, request->log,
                   &compilation, err) < 0)
    {
        return -1;
    }
    out->seconds = compilation.seconds;
    if (compilation.end != PB_COMPILE_DONE) {
        return keep_failure(request, &compilation, out, err);
    }
    return keep_build(request, work, &compilation, run, out, err);
}

static int
compile_clean(const struct request *request, struct pb_build *out,
              struct pb_error *err)
{
    struct pb_slot *slot = &request->builder->slot;
    PB_AUTO(pb_tree) struct pb_tree *run = NULL;
    struct pb_work work = {.tree = NULL};
    if (pb_slot_fresh_run(slot, &run, err) < 0 ||
        pb_slot_begin_clean(slot, &work, err) < 0)
    {
        return -1;
    }
    int status = compile_in(request, &work, run, out, err);
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_slot_end_clean(slot, &work, status < 0 ? &ignored : err) < 0) {
        status = -1;
    }
    return status;
}

/* A failure in a tree that came from another revision may be due to what was
   left there: it counts when the revision fails in an empty tree as well. */
static int
compile_moved(const struct request *request, struct pb_build *out,
              struct pb_error *err)
{
    struct pb_slot *slot = &request->builder->slot;
    struct request first = *request;
    first.provisional = pb_fs_exists(slot->work.stamp);
    int status = compile_in(&first, &slot->work, slot->run, out, err);
    if (status < 0 || out->end != PB_BUILD_FAILED || !first.provisional) {
        return status;
    }
    double seconds = out->seconds;
    pb_build_clear(out);
    pb_progress_report(request->builder->compiler.progress,
                       "does not build; once more in an empty tree", -1);
    if (pb_slot_start_over(slot, err) < 0 ||
        compile_in(request, &slot->work, slot->run, out, err) < 0)
    {
        return -1;
    }
    out->seconds += seconds;
    return 0;
}

static int
build_request(const struct request *request, struct pb_build *out,
              struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    if (pb_cancelled(builder->compiler.cancel)) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "build interrupted");
    }
    if (request->clean) {
        return compile_clean(request, out, err);
    }
    int status = use_store(request, out, err);
    if (status != 1) {
        return status;
    }
    return compile_moved(request, out, err);
}

int
pb_builder_build(struct pb_builder *builder, const struct pb_oid *commit,
                 const struct pb_keys *keys, bool clean, struct pb_build *out,
                 struct pb_error *err)
{
    struct request request = {
        .builder = builder, .commit = commit, .clean = clean};
    if (pb_slot_remove_fresh_run(&builder->slot, err) < 0 ||
        pb_eras_select(builder->eras, builder->repo, commit, &request.settings,
                       err) < 0)
    {
        return -1;
    }
    char hex[PB_DIGEST_HEX];
    char label[PB_OID_HEX];
    request.key = pb_builder_make_key(builder, keys, &request.settings);
    request.group = pb_builder_make_group(builder, &request.settings);
    request.label = pb_oid_hex(commit, label);
    PB_AUTOFREE char *log = pb_asprintf("%s/%s.log", builder->logs,
                                        pb_digest_hex(&request.key, hex));
    request.log = log;
    PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
    int status = pb_fs_mkdirs(builder->logs, err);
    if (status == 0) {
        status = build_request(&request, &build, err);
    }
    pb_settings_clear(&request.settings);
    if (status < 0) {
        return -1;
    }
    *out = build;
    build = (struct pb_build){.python = NULL};
    return 0;
}
