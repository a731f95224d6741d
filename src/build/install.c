/* Trying an installation. */
#include "build/install.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/process.h"

#define TIMEOUT 1800.0

static int
write_note(const struct pb_compile_run *run, const char *log,
           const struct pb_process_result *result, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTOFREE char *path =
        pb_path_join(pb_tree_directory(run->work->tree), PB_INSTALL_NOTE);
    char how[PB_PROCESS_TEXT];
    if (result->end == PB_PROCESS_EXITED && result->status == 0) {
        pb_buf_adds(&text, PB_INSTALL_PASSED "\n");
    }
    else {
        pb_buf_addf(&text, "%s\n", pb_process_describe(result, how));
        if (pb_fs_read_tail(log, PB_LIMIT_LOG_TAIL, &text, err) < 0) {
            return -1;
        }
    }
    return pb_fs_write(path, text.data, text.len, 0644, err);
}

static int
run_install(struct pb_compile_run *run, const char *log, const char *to,
            struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    pb_strv_add(&argv, "make");
    pb_strv_add_all(&argv, &run->settings->make_args);
    pb_compile_add_compiler(run, &argv);
    pb_compile_environment(&environment);
    pb_strv_add(&argv, "ENSUREPIP=no");
    pb_strv_addf(&argv, "DESTDIR=%s", to);
    pb_strv_add(&argv, "install");
    PB_AUTO(pb_compile_words)
    struct pb_compile_words words = {.scratch = NULL};
    if (pb_compile_confine(run, to, &argv, &environment, &words, err) < 0) {
        return -1;
    }
    const struct pb_process_options options = {
        .argv = words.argv.items,
        .environment = words.environment.items,
        .confined = words.scratch != NULL,
        .directory = pb_tree_directory(run->work->tree),
        .log_path = log,
        .timeout = TIMEOUT,
        .cancel = run->compiler->cancel,
    };
    struct pb_process_result result;
    pb_progress_report(run->compiler->progress, "make install", -1);
    if (pb_process_run(&options, &result, err) < 0) {
        return -1;
    }
    if (result.end == PB_PROCESS_CANCELLED) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "build interrupted");
    }
    return write_note(run, log, &result, err);
}

int
pb_install_try(struct pb_compile_run *run, struct pb_error *err)
{
    PB_AUTOFREE char *log = pb_asprintf("%s.install", run->log_path);
    PB_AUTOFREE char *to =
        pb_asprintf("%s.installed", pb_tree_directory(run->work->tree));
    int status = run_install(run, log, to, err);
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_remove_tree(to, status < 0 ? &ignored : err) < 0 ||
        pb_fs_remove(log, status < 0 ? &ignored : err) < 0)
    {
        return -1;
    }
    return status;
}
