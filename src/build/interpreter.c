/* The way from a commit to an interpreter: the store first, else the source
   tree and a compiler; what is run always comes out of the store. */
#include <stdlib.h>
#include <string.h>

#include "build/builder_private.h"
#include "build/reproduce.h"
#include "build/uses.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

void
pb_build_clear(struct pb_build *build)
{
    free(build->python);
    free(build->root);
    free(build->failure);
    free(build->log);
    pb_strv_clear(&build->dropped);
    *build = (struct pb_build){.python = NULL};
}

const char *
pb_audit_name(enum pb_audit audit)
{
    switch (audit) {
    case PB_AUDIT_NONE:
        return "";
    case PB_AUDIT_EQUAL:
        return "equal";
    case PB_AUDIT_DIFFERENT:
        return "different";
    case PB_AUDIT_PROVED:
        return "proved";
    case PB_AUDIT_IRREPRODUCIBLE:
        return "irreproducible";
    }
    return "";
}

/* The kept log, written out for whoever wants to read it. */
static int
tell_failure(const struct pb_build_request *request, const char *summary,
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
use_store(struct pb_build_request *request, struct pb_build *out,
          struct pb_error *err)
{
    struct pb_store *store = request->builder->store;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    int status = pb_store_find(store, &request->key, &entry, err);
    if (status == 0 && entry.state == PB_STORE_ABSENT) {
        return 1;
    }
    if (status == 0 && entry.state == PB_STORE_FAILED) {
        status = tell_failure(request, entry.summary, out, err);
    }
    else if (status == 0) {
        out->end = PB_BUILD_RESTORED;
        status = pb_layout_build(request, out, err);
    }
    if (status < 0 && err->code == PB_ERROR_CORRUPT) {
        /* Dropped by now: it is made anew. */
        pb_error_clear(err);
        return 1;
    }
    return status;
}

static int
compile_in(struct pb_build_request *request, const struct pb_work *work,
           struct pb_build *out, struct pb_error *err)
{
    PB_AUTO(pb_compilation)
    struct pb_compilation compilation = {.summary = NULL};
    if (pb_source_compile(request, work, request->log, &compilation, err) < 0)
    {
        return -1;
    }
    out->seconds = compilation.seconds;
    if (compilation.end != PB_COMPILE_DONE) {
        return pb_keep_failure(request, &compilation, out, err);
    }
    return pb_keep_build(request, work, &compilation, out, err);
}

/* 0: a stored build that was proved is laid out; 1: there is none. */
static int
use_proved(struct pb_build_request *request, struct pb_build *out,
           struct pb_error *err)
{
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    int status =
        pb_store_find(request->builder->store, &request->key, &entry, err);
    if (status == 0 && !entry.proved) {
        return 1;
    }
    if (status == 0) {
        out->end = PB_BUILD_RESTORED;
        out->audit = PB_AUDIT_PROVED;
        status = pb_layout_build(request, out, err);
    }
    if (status < 0 && err->code == PB_ERROR_CORRUPT) {
        pb_error_clear(err);
        pb_build_clear(out);
        return 1;
    }
    return status;
}

static int
compile_clean(struct pb_build_request *request, struct pb_build *out,
              struct pb_error *err)
{
    struct pb_slot *slot = &request->builder->slot;
    PB_AUTO(pb_tree) struct pb_tree *run = NULL;
    struct pb_work work = {.tree = NULL};
    if (pb_slot_fresh_run(slot, &run, err) < 0) {
        return -1;
    }
    request->run = run;
    request->run_same = false;
    int status = use_proved(request, out, err);
    if (status != 1) {
        return status;
    }
    if (pb_slot_begin_clean(slot, &work, err) < 0) {
        return -1;
    }
    status = compile_in(request, &work, out, err);
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_slot_end_clean(slot, &work, status < 0 ? &ignored : err) < 0) {
        status = -1;
    }
    if (status == 0 && out->audit == PB_AUDIT_DIFFERENT) {
        /* What is in the incremental tree is not to be trusted either. */
        status = pb_slot_start_over(slot, err);
    }
    return status;
}

static bool
is_audit_due(const struct pb_build_request *request)
{
    const unsigned char *bytes = request->key.bytes;
    int every = request->builder->compiler.audit_every;
    return every > 0 && (bytes[0] << 8 | bytes[1]) % every == 0 &&
           pb_is_reproducible(request);
}

/* Compares what was just compiled with a clean build, and goes on with what
   the store holds then. */
static int
audit(struct pb_build_request *request, struct pb_build *out,
      struct pb_error *err)
{
    struct pb_build_request clean = *request;
    PB_AUTO(pb_build) struct pb_build made = {.python = NULL};
    clean.clean = true;
    pb_progress_report(request->builder->compiler.progress,
                       "audit: once more from clean", -1);
    if (compile_clean(&clean, &made, err) < 0) {
        return -1;
    }
    out->audit = made.audit;
    out->seconds += made.seconds;
    if (made.audit != PB_AUDIT_DIFFERENT) {
        return 0;
    }
    double seconds = out->seconds;
    pb_build_clear(out);
    out->end = PB_BUILD_COMPILED;
    out->audit = PB_AUDIT_DIFFERENT;
    out->seconds = seconds;
    out->dropped = made.dropped;
    made.dropped = (struct pb_strv)PB_STRV_INIT;
    return pb_layout_build(request, out, err);
}

/* A failure in a tree that came from another revision may be due to what was
   left there: it counts when the revision fails in an empty tree as well. */
static int
compile_moved(struct pb_build_request *request, struct pb_build *out,
              struct pb_error *err)
{
    struct pb_slot *slot = &request->builder->slot;
    struct pb_build_request first = *request;
    first.provisional = pb_fs_exists(slot->work.stamp);
    int status = compile_in(&first, &slot->work, out, err);
    if (status < 0 || out->end != PB_BUILD_FAILED || !first.provisional) {
        return status;
    }
    double seconds = out->seconds;
    pb_build_clear(out);
    pb_progress_report(request->builder->compiler.progress,
                       "does not build; once more in an empty tree", -1);
    if (pb_slot_start_over(slot, err) < 0 ||
        compile_in(request, &slot->work, out, err) < 0)
    {
        return -1;
    }
    out->seconds += seconds;
    return 0;
}

static void
tell_waiting(long pid, void *context)
{
    const struct pb_progress *progress = context;
    PB_AUTOFREE char *what =
        pb_asprintf("waiting for process %ld, which builds this", pid);
    pb_progress_note(progress, what);
}

/* Nobody else compiles this revision meanwhile, nor writes its log. */
static int
compile_alone(struct pb_build_request *request, struct pb_build *out,
              struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    PB_AUTO(pb_store_claim)
    struct pb_store_claim claim = PB_STORE_CLAIM_INIT;
    struct pb_progress none = {.report = NULL};
    const struct pb_progress *progress = builder->compiler.progress;
    struct pb_progress told = progress == NULL ? none : *progress;
    if (pb_store_claim(builder->store, &request->key, tell_waiting, &told,
                       builder->compiler.cancel, &claim, err) < 0)
    {
        return -1;
    }
    if (request->clean) {
        return compile_clean(request, out, err);
    }
    /* Whoever had the claim before may have built it. */
    int status = use_store(request, out, err);
    if (status != 1) {
        return status;
    }
    if (compile_moved(request, out, err) < 0) {
        return -1;
    }
    return out->end == PB_BUILD_COMPILED && is_audit_due(request)
               ? audit(request, out, err)
               : 0;
}

static int
build_request(struct pb_build_request *request, struct pb_build *out,
              struct pb_error *err)
{
    if (pb_cancelled(request->builder->compiler.cancel)) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "build interrupted");
    }
    int status = request->clean ? 1 : use_store(request, out, err);
    return status == 1 ? compile_alone(request, out, err) : status;
}

int
pb_builder_build(struct pb_builder *builder, const struct pb_oid *commit,
                 const struct pb_keys *keys, bool clean, struct pb_build *out,
                 struct pb_error *err)
{
    struct pb_build_request request = {
        .builder = builder, .commit = commit, .clean = clean};
    if (pb_slot_settle(&builder->slot, err) < 0 ||
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
        status = pb_runs_take(&builder->slot.runs, &request.key, commit,
                              &request.run, &request.run_same, err);
    }
    if (status == 0) {
        builder->run = request.run;
        status = build_request(&request, &build, err);
    }
    pb_settings_clear(&request.settings);
    if (status < 0) {
        return -1;
    }
    pb_uses_count(builder->cache_dir, &build, request.hot);
    *out = build;
    build = (struct pb_build){.python = NULL};
    return 0;
}
