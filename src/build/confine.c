/* What builds CPython may write to: its tree, ccache's directory, and where it
   is installed to. */
#include <stdlib.h>
#include <string.h>

#include "build/compile_private.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/sandbox.h"

/* The directory of the user's own is not there. */
#define TEMPORARY "TMPDIR="

void
pb_compile_words_clear(struct pb_compile_words *words)
{
    struct pb_error ignored = PB_ERROR_INIT;
    if (words->scratch != NULL) {
        (void)pb_fs_remove_tree(words->scratch, &ignored);
    }
    pb_strv_clear(&words->argv);
    pb_strv_clear(&words->environment);
    free(words->scratch);
    words->scratch = NULL;
}

static void
add_environment(const struct pb_strv *environment, struct pb_strv *out)
{
    for (size_t i = 0; i < environment->len; i++) {
        if (strncmp(environment->items[i], TEMPORARY, strlen(TEMPORARY)) != 0)
        {
            pb_strv_add(out, environment->items[i]);
        }
    }
    pb_strv_add(out, TEMPORARY "/tmp");
}

static int
confine(const struct pb_compile_run *run, const char *extra,
        const struct pb_strv *argv, const struct pb_strv *environment,
        struct pb_compile_words *out, struct pb_error *err)
{
    const struct pb_compiler *compiler = run->compiler;
    const char *tree = pb_tree_directory(run->work->tree);
    PB_AUTO(pb_strv) struct pb_strv writable = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv hidden = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv inside = PB_STRV_INIT;
    pb_strv_add(&writable, tree);
    if (compiler->ccache_dir != NULL) {
        pb_strv_add(&writable, compiler->ccache_dir);
    }
    if (extra != NULL) {
        pb_strv_add(&writable, extra);
    }
    for (size_t i = 1; i < writable.len; i++) {
        if (pb_fs_mkdirs(writable.items[i], err) < 0) {
            return -1;
        }
    }
    add_environment(environment, &inside);
    pb_sandbox_secrets(&hidden);
    out->scratch = pb_asprintf("%s.scratch", tree);
    const struct pb_sandbox sandbox = {
        .program = compiler->sandbox,
        .directory = tree,
        .scratch = out->scratch,
        .writable = &writable,
        .hidden = &hidden,
        .environment = inside.items,
    };
    pb_sandbox_command(&sandbox, argv->items, &out->argv);
    pb_sandbox_environment(&out->environment);
    return pb_sandbox_make_scratch(out->scratch, err);
}

int
pb_compile_confine(const struct pb_compile_run *run, const char *extra,
                   const struct pb_strv *argv,
                   const struct pb_strv *environment,
                   struct pb_compile_words *out, struct pb_error *err)
{
    if (run->compiler->sandbox != NULL) {
        return confine(run, extra, argv, environment, out, err);
    }
    pb_strv_add_all(&out->argv, argv);
    pb_strv_add_all(&out->environment, environment);
    return 0;
}
