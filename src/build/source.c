/* A revision's sources in a work tree, compiled. */
#include <string.h>

#include "build/builder_private.h"
#include "build/stale.h"
#include "pybisect/fs.h"

/* The documentation is needed by nothing, and the test-suite's part of the
   library by no build. */
static bool
is_source_path(const char *path)
{
    return strncmp(path, "Doc/", 4) != 0 && strncmp(path, "Lib/test/", 9) != 0;
}

/* For estimates alone: losing it is no reason to fail. */
static void
note_revision(const struct pb_work *work, const struct pb_oid *commit)
{
    char hex[PB_OID_HEX];
    struct pb_error ignored = PB_ERROR_INIT;
    pb_oid_hex(commit, hex);
    (void)pb_fs_write(work->at, hex, strlen(hex), 0644, &ignored);
}

int
pb_source_compile(const struct pb_build_request *request,
                  const struct pb_work *work, const char *log,
                  struct pb_compilation *out, struct pb_error *err)
{
    struct pb_builder *builder = request->builder;
    struct pb_tree_target target = {
        .repo = builder->repo,
        .commit = request->commit,
        .wanted = is_source_path,
        .settings = &request->settings,
        .aged = pb_stale_is_header,
        .before = pb_stale_remove,
        .context = builder->cc,
    };
    struct pb_compiler compiler = builder->compiler;
    if (request->uncached) {
        compiler.ccache_dir = NULL;
    }
    else if (request->clean && compiler.ccache_dir != NULL) {
        compiler.ccache_dir = builder->clean_ccache_dir;
    }
    PB_AUTO(pb_strv) struct pb_strv changed = PB_STRV_INIT;
    note_revision(work, request->commit);
    if (pb_compile_recover(work, err) < 0 ||
        pb_tree_move(work->tree, &target, &changed, err) < 0 ||
        pb_stale_keep_objects(work->tree, &changed, err) < 0)
    {
        return -1;
    }
    return pb_compile(&compiler, work, &request->settings, log, out, err);
}
