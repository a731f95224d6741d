/* configure, make, and a look at what came out. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "build/compile_private.h"

#include "build/failure.h"
#include "build/install.h"
#include "build/relink.h"
#include "build/relocate.h"
#include "build/stale.h"
#include "build/toolchain.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/process.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"
#define LOCK_TARGET 9 /* configure scripts use 5 to 7 for themselves */
#define BUILT "the built interpreter does not start"
#define KEPT "the interpreter does not start outside its build"
#define LITTLE_SPACE ((uint64_t)50 * 1024 * 1024)
/* __DATE__ and __TIME__ are compiled in; 1980 is also the first year that a
   zip file can name. */
#define SOURCE_DATE "SOURCE_DATE_EPOCH=315532800"

void
pb_compilation_clear(struct pb_compilation *compilation)
{
    free(compilation->summary);
    *compilation = (struct pb_compilation){.end = PB_COMPILE_DONE};
}

void
pb_compile_environment(struct pb_strv *out)
{
    const char *path = getenv("PATH");
    const char *temporary = getenv("TMPDIR");
    pb_strv_addf(out, "PATH=%s", path == NULL ? DEFAULT_PATH : path);
    if (temporary != NULL) {
        pb_strv_addf(out, "TMPDIR=%s", temporary);
    }
    /* Not the user's, where distutils and pip look for settings; without
       any, old set-ups ask a module that is yet to be built. */
    pb_strv_add(out, "HOME=/nonexistent");
    pb_strv_add(out, "LANG=C");
    pb_strv_add(out, "LC_ALL=C");
    pb_strv_add(out, SOURCE_DATE);
    pb_strv_add(out, "PYTHONDONTWRITEBYTECODE=1");
    pb_strv_add(out, "PYTHONHASHSEED=0");
    /* An interpreter never frees all; with --with-address-sanitizer each that
       the build runs would fail for it. */
    pb_strv_add(out, "ASAN_OPTIONS=detect_leaks=0");
}

/* Counts compiler calls as they appear in make's output. */
struct counter {
    const struct pb_progress *progress;
    unsigned files;
    size_t matched; /* characters of WORD seen so far */
};

static void
count_files(const char *data, size_t length, void *context)
{
    static const char word[] = " -c ";
    struct counter *counter = context;
    unsigned before = counter->files;
    for (size_t i = 0; i < length; i++) {
        if (data[i] != word[counter->matched]) {
            counter->matched = data[i] == word[0];
        }
        else if (word[++counter->matched] == '\0') {
            counter->files++;
            counter->matched = 1;
        }
    }
    if (counter->files > before) {
        PB_AUTOFREE char *what =
            pb_asprintf("make: %u file%s compiled", counter->files,
                        counter->files == 1 ? "" : "s");
        pb_progress_report(counter->progress, what, -1);
    }
}

/* Tells a revision that does not build from a machine that cannot. */
static int
judge_failure(struct pb_compile_run *run, const char *phase,
              const struct pb_process_result *result, struct pb_error *err)
{
    const char *directory = pb_tree_directory(run->work->tree);
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    /* Its own output: what ran before has complained in vain. */
    size_t most = result->log_bytes < PB_LIMIT_LOG_BYTES
                      ? (size_t)result->log_bytes
                      : PB_LIMIT_LOG_BYTES;
    if (pb_fs_read_tail(run->log_path, most, &log, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *line = NULL;
    if (pb_failure_is_environment(log.data, log.len, &line)) {
        bool full = strstr(line, "No space left") != NULL ||
                    strstr(line, "Disk quota") != NULL;
        pb_error_set(err, PB_ERROR_ENVIRONMENT, "cannot build: %s", line);
        pb_error_hint(err, "free disk space or memory, then try again");
        err->errnum = full ? ENOSPC : 0;
        return -1;
    }
    if (pb_fs_free_space(directory) < LITTLE_SPACE) {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "cannot build: hardly any space is left in '%s'",
                     directory);
        pb_error_hint(err, "free disk space, then try again");
        err->errnum = ENOSPC;
        return -1;
    }
    run->out->end = PB_COMPILE_FAILED;
    run->out->summary = pb_failure_summary(phase, log.data, log.len);
    return 1;
}

static int
judge_end(struct pb_compile_run *run, const char *phase,
          const struct pb_process_result *result, struct pb_error *err)
{
    char how[PB_PROCESS_TEXT];
    switch (result->end) {
    case PB_PROCESS_EXITED:
        return result->status == 0 ? 0
                                   : judge_failure(run, phase, result, err);
    case PB_PROCESS_TIMED_OUT:
        run->out->end = PB_COMPILE_EXPIRED;
        run->out->summary = pb_asprintf("%s: not done after %.0f s", phase,
                                        run->compiler->timeout);
        return 1;
    case PB_PROCESS_CANCELLED:
        return pb_error_set(err, PB_ERROR_CANCELLED, "build interrupted");
    case PB_PROCESS_SIGNALLED:
    case PB_PROCESS_BOUNDED:
        break;
    }
    if (result->end == PB_PROCESS_SIGNALLED && result->signal != SIGKILL &&
        result->signal != SIGTERM && result->signal != SIGINT &&
        result->signal != SIGHUP)
    {
        run->out->end = PB_COMPILE_FAILED;
        run->out->summary =
            pb_asprintf("%s: %s", phase, pb_process_describe(result, how));
        return 1;
    }
    /* By somebody, or by the machine for want of memory. */
    return pb_error_set(err, PB_ERROR_ENVIRONMENT, "%s was stopped: %s", phase,
                        pb_process_describe(result, how));
}

int
pb_compile_program(struct pb_compile_run *run, const char *phase,
                   const struct pb_strv *argv,
                   const struct pb_strv *environment, struct pb_error *err)
{
    double left =
        run->compiler->timeout - (pb_clock_monotonic() - run->started);
    struct counter counter = {.progress = run->compiler->progress};
    PB_AUTO(pb_compile_words)
    struct pb_compile_words words = {.scratch = NULL};
    if (pb_compile_confine(run, NULL, argv, environment, &words, err) < 0) {
        return -1;
    }
    struct pb_process_options options = {
        .argv = words.argv.items,
        .environment = words.environment.items,
        .confined = words.scratch != NULL,
        .directory = pb_tree_directory(run->work->tree),
        .log_path = run->log_path,
        .log_append = true,
        .timeout = left > 1 ? left : 1,
        .extra_fd = run->work->lock,
        .extra_target = LOCK_TARGET,
        .cancel = run->compiler->cancel,
        .output = strcmp(phase, "make") == 0 ? count_files : NULL,
        .output_context = &counter,
    };
    struct pb_process_result result;
    if (pb_process_run(&options, &result, err) < 0) {
        return -1;
    }
    return judge_end(run, phase, &result, err);
}

/* What must not outlive the revision it was made for: a failed make would
   leave the interpreter of another one, and links to modules that are no
   more. */
static int
remove_last_output(const struct pb_work *work, struct pb_error *err)
{
    static const char *const names[] = {
        "python", "pybuilddir.txt", PB_GENERATED_SYSCONFIG, PB_INSTALL_NOTE};
    const char *directory = pb_tree_directory(work->tree);
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names[i]);
        if (pb_fs_remove(path, err) < 0) {
            return -1;
        }
    }
    if (pb_relink_forget(directory, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *script = pb_path_join(directory, "setup.py");
    if (pb_fs_exists(script)) {
        return 0;
    }
    return pb_stale_remove_modules(work->tree, false, err);
}

/* Each object says what it was made of, in a .d file beside it: for ccache,
   and for macros.h. All on the command line, so that the makefile, which
   sysconfig reads, keeps the plain compiler. Old set-ups compile extension
   modules by their absolute names, which would then be part of them. */
void
pb_compile_add_compiler(const struct pb_compile_run *run, struct pb_strv *argv)
{
    const struct pb_compiler *compiler = run->compiler;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text, "CC=%s%s",
                compiler->ccache_dir != NULL ? "ccache " : "", compiler->cc);
    PB_AUTOFREE char *quick = pb_toolchain_quick_words(compiler->cc);
    pb_buf_addf(&text, " -MD%s%s", *quick == '\0' ? "" : " ", quick);
    PB_AUTOFREE char *tree =
        pb_relocate_real(pb_tree_directory(run->work->tree));
    if (compiler->maps_prefixes && strpbrk(tree, " \t=\"'\\$") == NULL) {
        /* To nothing, as ccache makes absolute names relative: to "." would
           give another __FILE__ than a build with it. */
        pb_buf_addf(&text, " -ffile-prefix-map=%s/=", tree);
    }
    pb_strv_add(argv, text.data);
}

static int
run_make(struct pb_compile_run *run, struct pb_error *err)
{
    const struct pb_compiler *compiler = run->compiler;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    pb_strv_add(&argv, "make");
    pb_strv_addf(&argv, "-j%d", compiler->jobs);
    pb_strv_add_all(&argv, &run->settings->make_args);
    pb_compile_environment(&environment);
    pb_compile_add_compiler(run, &argv);
    if (compiler->ccache_dir != NULL) {
        pb_strv_addf(&environment, "CCACHE_DIR=%s", compiler->ccache_dir);
        pb_strv_addf(&environment, "CCACHE_BASEDIR=%s", compiler->ccache_base);
        pb_strv_add(&environment, "CCACHE_NOHASHDIR=1");
        /* Headers are read once a build, not once a source. */
        pb_strv_add(&environment, "CCACHE_INODECACHE=1");
        /* Objects are looked up by the files that they were made of.
           Preprocessing each source as well, to look it up by that, costs a
           fifth of a build and hardly ever finds more: where a header
           matters at all, it matters to nearly all that read it. */
        pb_strv_add(&environment, "CCACHE_DEPEND=1");
    }
    pb_strv_add_all(&argv, &run->settings->targets);
    return pb_compile_program(run, "make", &argv, &environment, err);
}

/* An interpreter that does not start is a failed build. */
static int
check_interpreter(struct pb_compile_run *run, struct pb_error *err)
{
    static const char script[] = "import sys, os\n"
                                 "try:\n"
                                 "    import sysconfig\n"
                                 "except ImportError:\n"
                                 "    from distutils import sysconfig\n"
                                 "sysconfig.get_config_var('CC')\n"
                                 "sys.stdout.write(sys.version + '\\n')\n";
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    pb_strv_add(&argv, "./python");
    pb_strv_add(&argv, "-c");
    pb_strv_add(&argv, script);
    pb_compile_environment(&environment);
    PB_AUTOFREE char *path =
        pb_path_join(pb_tree_directory(run->work->tree), "python");
    if (!pb_fs_exists(path)) {
        run->out->end = PB_COMPILE_FAILED;
        run->out->summary = pb_strdup("make: no interpreter was built");
        return 1;
    }
    return pb_compile_program(run, run->settings == NULL ? KEPT : BUILT, &argv,
                              &environment, err);
}

int
pb_compile_check(const struct pb_compiler *compiler,
                 const struct pb_work *work, const char *log_path,
                 struct pb_compilation *out, struct pb_error *err)
{
    struct pb_compile_run run = {
        .compiler = compiler,
        .work = work,
        .log_path = log_path,
        .started = pb_clock_monotonic(),
        .out = out,
    };
    return check_interpreter(&run, err) < 0 ? -1 : 0;
}

int
pb_compile_recover(const struct pb_work *work, struct pb_error *err)
{
    if (!pb_fs_exists(work->mark)) {
        return 0;
    }
    if (pb_tree_remove_newer(work->tree, work->mark, err) < 0 ||
        pb_configure_forget(work, err) < 0)
    {
        return -1;
    }
    return pb_fs_remove(work->mark, err);
}

static int
run_steps(struct pb_compile_run *run, struct pb_error *err)
{
    const struct pb_work *work = run->work;
    if (pb_tree_sweep(work->tree, NULL, PB_SWEEP_BYTECODE, err) < 0 ||
        remove_last_output(work, err) < 0)
    {
        return -1;
    }
    int status = pb_configure(run, err);
    if (status == 0) {
        status = run_make(run, err);
    }
    if (status == 0) {
        status = check_interpreter(run, err);
    }
    if (status == 0 && run->compiler->installs) {
        status = pb_install_try(run, err);
    }
    return status;
}

int
pb_compile(const struct pb_compiler *compiler, const struct pb_work *work,
           const struct pb_settings *settings, const char *log_path,
           struct pb_compilation *out, struct pb_error *err)
{
    PB_AUTO(pb_compilation) struct pb_compilation made = {.seconds = 0};
    struct pb_compile_run run = {
        .compiler = compiler,
        .work = work,
        .settings = settings,
        .log_path = log_path,
        .started = pb_clock_monotonic(),
        .out = &made,
    };
    if (pb_fs_write(log_path, "", 0, 0644, err) < 0 ||
        pb_fs_write(work->mark, "", 0, 0644, err) < 0)
    {
        return -1;
    }
    int status = run_steps(&run, err);
    if (status < 0) {
        return -1;
    }
    if (status == 0 && pb_fs_remove(work->mark, err) < 0) {
        return -1;
    }
    made.seconds = pb_clock_monotonic() - run.started;
    *out = made;
    made = (struct pb_compilation){.seconds = 0};
    return 0;
}
