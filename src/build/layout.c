/* Run trees: what is run is always what the store holds. */
#include <string.h>

#include "build/builder_private.h"
#include "build/relink.h"
#include "build/relocate.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

/* The pyconfig files are there because sysconfig says so. */
static bool
is_run_path(const char *path)
{
    return strncmp(path, "Lib/", 4) == 0 ||
           strncmp(path, "Include/", 8) == 0 ||
           strncmp(path, "PC/pyconfig.h", 13) == 0 ||
           strcmp(path, "pyconfig.h.in") == 0;
}

static bool
has_run_paths(const char *directory)
{
    static const char *const tops[] = {"Lib", "Include", "PC"};
    for (size_t i = 0; i < PB_LENGTH(tops); i++) {
        size_t length = strlen(tops[i]);
        if (strncmp(directory, tops[i], length) == 0 &&
            (directory[length] == '\0' || directory[length] == '/'))
        {
            return true;
        }
    }
    return false;
}

static void
drop(const struct pb_build_request *request)
{
    struct pb_error ignored = PB_ERROR_INIT;
    pb_store_remove(request->builder->store, &request->key, &ignored);
}

/* The files that are kept only by what they are made from. */
static int
make_derived(const struct pb_build_request *request, const char *root,
             const char *index, const struct pb_strv *derived,
             struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    if (derived->len == 0) {
        return 0;
    }
    if (pb_relink_run(&builder->compiler, request->run, err) < 0) {
        if (err->code == PB_ERROR_CORRUPT) {
            drop(request);
        }
        return -1;
    }
    return pb_store_check_derived(builder->store, &request->key, root, index,
                                  err);
}

/* An entry that was there a moment ago, and that another process has evicted
   or the disk does not give back, is as good as a damaged one. */
static int
take(const struct pb_build_request *request, const char *root,
     const char *index, struct pb_store_restored *out, struct pb_error *err)
{
    int status = pb_store_restore(request->builder->store, &request->key, root,
                                  index, out, err);
    if (status < 0 && err->code == PB_ERROR_NOT_FOUND) {
        err->code = PB_ERROR_CORRUPT;
        pb_error_hint(err, "look whether its disk is sound, then run "
                           "'pybisect resume'");
    }
    return status;
}

/* What the store keeps of it, and nothing else. */
static int
restore(struct pb_build_request *request, bool library_stayed,
        struct pb_error *err)
{
    const char *root = pb_tree_directory(request->run);
    PB_AUTOFREE char *index = pb_asprintf("%s.store", root);
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    if (take(request, root, index, &restored, err) < 0 ||
        make_derived(request, root, index, &restored.derived, err) < 0 ||
        pb_relocate_use_templates(root, &restored.paths, err) < 0)
    {
        return -1;
    }
    request->hot =
        library_stayed && !restored.changed && restored.derived.len == 0;
    pb_strv_add_all(&restored.paths, &restored.derived);
    /* Bytecode is told from stale bytecode by mtime and size only. */
    return pb_tree_sweep(request->run, &restored.paths,
                         request->hot && request->run_same
                             ? PB_SWEEP_BUT_BYTECODE
                             : PB_SWEEP_ALL,
                         err);
}

int
pb_layout_build(struct pb_build_request *request, struct pb_build *out,
                struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    struct pb_tree *run = request->run;
    const char *root = pb_tree_directory(run);
    struct pb_tree_target target = {
        .repo = builder->repo,
        .commit = request->commit,
        .wanted = is_run_path,
        .enter = has_run_paths,
        .settings = &request->settings,
    };
    PB_AUTO(pb_strv) struct pb_strv changed = PB_STRV_INIT;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    if (pb_store_find(builder->store, &request->key, &entry, err) < 0 ||
        pb_tree_move(run, &target, &changed, err) < 0 ||
        restore(request, changed.len == 0, err) < 0 ||
        pb_runs_note(&builder->slot.runs, run, &request->key, request->commit,
                     err) < 0)
    {
        return -1;
    }
    out->root = pb_strdup(root);
    out->python = pb_path_join(root, "python");
    out->output = entry.output;
    return 0;
}
