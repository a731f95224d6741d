/* One source distribution, built by the interpreter under test, or had from
   the store, where an interpreter with the same headers put it. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/archive.h"
#include "pybisect/buf.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/process.h"
#include "pybisect/sandbox.h"
#include "recipe/abi.h"
#include "recipe/build_log.h"
#include "recipe/dependencies_private.h"
#include "recipe/environment.h"

#define BUILD_VERSION "pybisect distribution 1"

/* --- keys -------------------------------------------------------------- */

static void
add_tools(const struct pb_pins *pins, const struct pb_pin *pin,
          struct pb_hasher *hasher)
{
    for (size_t i = 0; i < pin->ntools; i++) {
        const struct pb_pin *tool = &pins->items[pin->tools[i]];
        pb_hasher_add(hasher, tool->digest.bytes, PB_DIGEST_SIZE);
        add_tools(pins, tool, hasher);
    }
}

/* What is not compiled goes by the version alone. Where the question is
   whether it can be built, nothing is shared but by equals. */
static struct pb_digest
make_key(const struct pb_laying *laying, const struct pb_pin *pin)
{
    const struct pb_dependencies_options *options =
        &laying->dependencies->options;
    const struct pb_dependencies_request *request = laying->request;
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, BUILD_VERSION);
    pb_hasher_add(&hasher, laying->dependencies->script.bytes, PB_DIGEST_SIZE);
    pb_hasher_add(&hasher, pin->digest.bytes, PB_DIGEST_SIZE);
    add_tools(options->pins, pin, &hasher);
    if (pin->compiled) {
        pb_hasher_add_field(&hasher, options->toolchain);
        pb_hasher_add(&hasher, laying->abi.bytes, PB_DIGEST_SIZE);
    }
    else {
        pb_abi_add_version(request->root, &hasher);
    }
    if (request->alone) {
        pb_hasher_add(&hasher, request->behaviour.bytes, PB_DIGEST_SIZE);
    }
    return pb_hasher_finish(&hasher);
}

/* A failure may be the library's fault as well as the headers': it is on
   record for equals alone. */
static struct pb_digest
failure_key(const struct pb_laying *laying, const struct pb_digest *key)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, "failed");
    pb_hasher_add(&hasher, key->bytes, PB_DIGEST_SIZE);
    pb_hasher_add(&hasher, laying->request->behaviour.bytes, PB_DIGEST_SIZE);
    return pb_hasher_finish(&hasher);
}

/* Builds of one file with different interpreters are alike. */
static struct pb_digest
group_of(const struct pb_pin *pin)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, BUILD_VERSION);
    pb_hasher_add(&hasher, pin->digest.bytes, PB_DIGEST_SIZE);
    return pb_hasher_finish(&hasher);
}

/* --- building ---------------------------------------------------------- */

/* The files of a source distribution are below one directory. */
static char *
strip_top(const char *name, void *context)
{
    (void)context;
    const char *slash = strchr(name, '/');
    return slash == NULL || slash[1] == '\0' ? NULL : pb_strdup(slash + 1);
}

struct job {
    struct pb_laying *laying;
    const struct pb_pin *pin;
    struct pb_digest key;
    struct pb_strv tools; /* directories */
    char *work;           /* all of it is made below this */
    char *target;
    char *log;
    double seconds;
};

static void
job_clear(struct job *job)
{
    struct pb_error ignored = PB_ERROR_INIT;
    if (job->work != NULL) {
        pb_fs_remove_tree(job->work, &ignored);
    }
    pb_strv_clear(&job->tools);
    free(job->work);
    free(job->target);
    free(job->log);
}

static void
fill_environment(const struct job *job, struct pb_strv *out)
{
    PB_AUTOFREE char *home = pb_path_join(job->work, "home");
    PB_AUTOFREE char *tmp = pb_path_join(job->work, "tmp");
    PB_AUTOFREE char *path = pb_strv_join(&job->tools, ":");
    pb_environment_begin(home, tmp, out);
    pb_strv_addf(out, "PYTHONPATH=%s", path);
    pb_strv_add(out, "PYTHONDONTWRITEBYTECODE=1");
    /* A version that git would tell, where the files do not. */
    pb_strv_addf(out, "SETUPTOOLS_SCM_PRETEND_VERSION=%s", job->pin->version);
    pb_strv_addf(out, "PBR_VERSION=%s", job->pin->version);
}

static int
make_directories(const struct job *job, struct pb_error *err)
{
    static const char *const names[] = {"home", "tmp", "target"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *path = pb_path_join(job->work, names[i]);
        if (pb_fs_mkdirs(path, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A set-up script is foreign code, too. */
static int
confine(const struct job *job, const struct pb_strv *argv,
        const struct pb_strv *environment, struct pb_strv *out,
        struct pb_error *err)
{
    const struct pb_dependencies_options *options =
        &job->laying->dependencies->options;
    PB_AUTO(pb_strv) struct pb_strv writable = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv readable = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv hidden = PB_STRV_INIT;
    PB_AUTOFREE char *scratch = pb_path_join(job->work, "scratch");
    pb_strv_add(&writable, job->work);
    pb_strv_add(&readable, job->laying->request->root);
    pb_strv_add(&readable, options->script);
    pb_strv_add_all(&readable, &job->tools);
    pb_sandbox_secrets(&hidden);
    const struct pb_sandbox sandbox = {
        .program = options->sandbox,
        .directory = job->work,
        .scratch = scratch,
        .writable = &writable,
        .readable = &readable,
        .hidden = &hidden,
        .environment = environment->items,
    };
    pb_sandbox_command(&sandbox, argv->items, out);
    return pb_sandbox_make_scratch(scratch, err);
}

static int
run(struct job *job, struct pb_process_result *result, struct pb_error *err)
{
    const struct pb_dependencies *dependencies = job->laying->dependencies;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    PB_AUTOFREE char *tree = pb_path_join(job->work, "tree");
    if (make_directories(job, err) < 0 ||
        pb_archive_unpack(job->pin->file, tree, strip_top, NULL, err) < 0)
    {
        return -1;
    }
    fill_environment(job, &environment);
    pb_strv_add(&argv, job->laying->request->python);
    pb_strv_add(&argv, dependencies->options.script);
    pb_strv_add(&argv, tree);
    pb_strv_add(&argv, job->target);
    if (job->pin->backend != NULL) {
        pb_strv_add(&argv, job->pin->backend);
        if (job->pin->backend_path != NULL) {
            pb_strv_add(&argv, job->pin->backend_path);
        }
    }
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv outside = PB_STRV_INIT;
    bool confined = dependencies->options.sandbox != NULL;
    pb_sandbox_environment(&outside);
    if (confined && confine(job, &argv, &environment, &words, err) < 0) {
        return -1;
    }
    struct pb_process_options options = {
        .argv = confined ? words.items : argv.items,
        .environment = confined ? outside.items : environment.items,
        .directory = job->work,
        .confined = confined,
        .log_path = job->log,
        .timeout = dependencies->options.timeout,
        .cancel = dependencies->options.cancel,
    };
    double start = pb_clock_monotonic();
    int status = pb_process_run(&options, result, err);
    job->seconds = pb_clock_monotonic() - start;
    return status;
}

/* Where it was built says nothing about the failure, and differs from time to
   time: what is looked for is one failure, and its log is kept for later. */
static int
find_reason(const struct job *job, const struct pb_process_result *result,
            char **out, struct pb_error *err)
{
    PB_AUTOFREE char *tree = pb_path_join(job->work, "tree");
    PB_AUTOFREE char *name = pb_asprintf("{deps}/%s", job->pin->name);
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    pb_strv_add(&names, tree);
    pb_strv_add(&names, name);
    for (size_t i = 0; i < job->tools.len; i++) {
        pb_strv_add(&names, job->tools.items[i]);
        pb_strv_add(&names, "{deps}");
    }
    pb_strv_add(&names, job->laying->request->root);
    pb_strv_add(&names, "{cpython}");
    pb_strv_add(&names, job->laying->dependencies->options.script);
    pb_strv_add(&names, "build_dist.py");
    PB_AUTOFREE char *last = NULL;
    if (pb_build_log_tidy(job->log, &names, &last, err) < 0) {
        return -1;
    }
    char text[PB_PROCESS_TEXT];
    bool said = result->end == PB_PROCESS_EXITED && *last != '\0';
    *out = pb_asprintf("%s %s does not build: %s", job->pin->name,
                       job->pin->version,
                       said ? last : pb_process_describe(result, text));
    return 0;
}

static void
tell_failure(const struct job *job, const char *summary)
{
    struct pb_laid_out *out = job->laying->out;
    free(out->failure);
    free(out->log);
    out->failure = pb_strdup(summary);
    out->log = pb_strdup(job->log);
}

static int
keep_failure(const struct job *job, const char *summary, struct pb_error *err)
{
    struct pb_digest key = failure_key(job->laying, &job->key);
    struct pb_digest group = group_of(job->pin);
    tell_failure(job, summary);
    return pb_store_put_failure(job->laying->dependencies->store, &key, &group,
                                job->pin->name, summary, job->log,
                                job->seconds, err);
}

/* Not bytecode, nor what a link leads to outside. */
static bool
is_kept(const char *directory, const char *relative)
{
    PB_AUTOFREE char *path = pb_path_join(directory, relative);
    return strstr(relative, ".pyc") == NULL &&
           strstr(relative, ".pyo") == NULL &&
           pb_fs_stays_below(directory, path) && !pb_fs_is_directory(path);
}

static int
keep_build(const struct job *job, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv kept = PB_STRV_INIT;
    PB_AUTOFREE char *label =
        pb_asprintf("%s %s", job->pin->name, job->pin->version);
    if (pb_fs_walk(job->target, &files, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < files.len; i++) {
        if (is_kept(job->target, files.items[i])) {
            pb_strv_add(&kept, files.items[i]);
        }
    }
    if (kept.len == 0) {
        PB_AUTOFREE char *summary =
            pb_asprintf("%s does not build: nothing was installed", label);
        return keep_failure(job, summary, err);
    }
    struct pb_store_build build = {
        .group = group_of(job->pin),
        .label = label,
        .directory = job->target,
        .paths = &kept,
        .seconds = job->seconds,
    };
    return pb_store_put(job->laying->dependencies->store, &job->key, &build,
                        err);
}

static int
build(struct job *job, struct pb_error *err)
{
    const struct pb_dependencies *dependencies = job->laying->dependencies;
    struct pb_laid_out *out = job->laying->out;
    struct pb_process_result result;
    PB_AUTOFREE char *what =
        pb_asprintf("building %s %s", job->pin->name, job->pin->version);
    pb_progress_report(dependencies->options.progress, what, -1);
    job->work = pb_fs_temporary(dependencies->work.path, "build-", err);
    if (job->work == NULL) {
        return -1;
    }
    job->target = pb_path_join(job->work, "target");
    if (run(job, &result, err) < 0) {
        return -1;
    }
    if (result.end == PB_PROCESS_CANCELLED) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "build interrupted");
    }
    out->seconds += job->seconds;
    out->built++;
    if (result.end == PB_PROCESS_EXITED && result.status == 0) {
        return keep_build(job, err);
    }
    PB_AUTOFREE char *summary = NULL;
    return find_reason(job, &result, &summary, err) < 0
               ? -1
               : keep_failure(job, summary, err);
}

/* --- the store --------------------------------------------------------- */

/* 1: it cannot tell. An entry that is damaged is dropped by then. */
static int
look_up(const struct job *job, const struct pb_digest *key,
        struct pb_store_entry *out, struct pb_error *err)
{
    int status =
        pb_store_find(job->laying->dependencies->store, key, out, err);
    if (status < 0 && err->code == PB_ERROR_CORRUPT) {
        pb_error_clear(err);
        return 1;
    }
    return status < 0 ? -1 : out->state == PB_STORE_ABSENT;
}

/* 1: it has neither this build nor this failure. */
static int
use_store(const struct job *job, struct pb_error *err)
{
    struct pb_store *store = job->laying->dependencies->store;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    PB_AUTO(pb_store_entry) struct pb_store_entry failed = {.summary = NULL};
    int status = look_up(job, &job->key, &entry, err);
    if (status == 0) {
        job->laying->out->restored++;
        return 0;
    }
    struct pb_digest key = failure_key(job->laying, &job->key);
    if (status < 0 || (status = look_up(job, &key, &failed, err)) != 0) {
        return status;
    }
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    if (pb_store_failure_log(store, &key, &log, err) < 0 ||
        pb_fs_write_atomic(job->log, log.data, log.len, 0644, err) < 0)
    {
        return -1;
    }
    tell_failure(job, failed.summary);
    return 0;
}

static void
tell_waiting(long pid, void *context)
{
    PB_AUTOFREE char *what =
        pb_asprintf("waiting for process %ld, which builds a dependency", pid);
    pb_progress_report(context, what, -1);
}

static int
build_alone(struct job *job, struct pb_error *err)
{
    const struct pb_dependencies *dependencies = job->laying->dependencies;
    struct pb_progress none = {.report = NULL};
    struct pb_progress told = dependencies->options.progress == NULL
                                  ? none
                                  : *dependencies->options.progress;
    PB_AUTO(pb_store_claim)
    struct pb_store_claim claim = PB_STORE_CLAIM_INIT;
    if (pb_store_claim(dependencies->store, &job->key, tell_waiting, &told,
                       dependencies->options.cancel, &claim, err) < 0)
    {
        return -1;
    }
    int status = job->laying->request->fresh ? 1 : use_store(job, err);
    return status == 1 ? build(job, err) : status;
}

/* What is built with them is built anew, when it is asked for; they are not.
 */
static int
lay_out_tools(struct pb_laying *laying, const struct pb_pin *pin,
              struct pb_strv *out_path, struct pb_error *err)
{
    const struct pb_pin_set tools = {pin->tools, pin->ntools};
    struct pb_dependencies_request request = *laying->request;
    struct pb_laying of_tools = *laying;
    request.fresh = false;
    of_tools.request = &request;
    return pb_lay_out_set(&of_tools, &tools, out_path, err);
}

int
pb_lay_out_build(struct pb_laying *laying, const struct pb_pin *pin,
                 struct pb_digest *out_key, struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    PB_CLEANUP(job_clear)
    struct job job = {
        .laying = laying, .pin = pin, .key = make_key(laying, pin)};
    job.log = pb_asprintf("%s/%s-%.16s.log", laying->dependencies->logs,
                          pin->name, pb_digest_hex(&job.key, hex));
    *out_key = job.key;
    int status = laying->request->fresh ? 1 : use_store(&job, err);
    if (status != 1) {
        return status;
    }
    if (lay_out_tools(laying, pin, &job.tools, err) < 0) {
        return -1;
    }
    return laying->out->failure != NULL ? 0 : build_alone(&job, err);
}
