/* Running configure as little as possible: not at all while nothing that it
   reads has changed, and never twice the same script with the same options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/answers.h"
#include "build/stale.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/regex.h"

/* What a tree was configured from. */
struct stamp {
    struct pb_digest options; /* toolchain, era, arguments */
    struct pb_digest inputs;  /* the script and the templates */
    struct pb_digest flags;   /* how the makefile compiles */
};

/* The script and what it runs: its answers depend on nothing else. */
static bool
is_script(const char *path)
{
    static const char *const names[] = {"configure", "config.sub",
                                        "config.guess", "install-sh"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        if (strcmp(path, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_input(const char *path)
{
    size_t length = strlen(path);
    return is_script(path) || strncmp(path, "Modules/Setup", 13) == 0 ||
           strcmp(path, "Modules/makesetup") == 0 ||
           (length > 3 && strcmp(path + length - 3, ".in") == 0 &&
            strncmp(path, "Lib/", 4) != 0);
}

static void
add_list(struct pb_hasher *hasher, const struct pb_strv *list)
{
    for (size_t i = 0; list != NULL && i < list->len; i++) {
        pb_hasher_add_field(hasher, list->items[i]);
    }
    pb_hasher_add_field(hasher, NULL);
}

static struct pb_digest
digest_options(const struct pb_compile_run *run)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, run->compiler->toolchain);
    pb_hasher_add(&hasher, run->settings->digest.bytes,
                  sizeof(run->settings->digest.bytes));
    add_list(&hasher, run->compiler->configure_args);
    return pb_hasher_finish(&hasher);
}

/* False when there is none that can be used. */
static bool
load_stamp(const char *path, struct stamp *out)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    char options[PB_DIGEST_HEX];
    char inputs[PB_DIGEST_HEX];
    char flags[PB_DIGEST_HEX];
    return pb_fs_read(path, 4096, &text, &ignored) == 0 &&
           sscanf(text.data, "options %64s inputs %64s flags %64s", options,
                  inputs, flags) == 3 &&
           pb_digest_parse(options, &out->options) &&
           pb_digest_parse(inputs, &out->inputs) &&
           pb_digest_parse(flags, &out->flags);
}

static int
write_stamp(const char *path, const struct stamp *stamp, struct pb_error *err)
{
    char options[PB_DIGEST_HEX];
    char inputs[PB_DIGEST_HEX];
    char flags[PB_DIGEST_HEX];
    PB_AUTOFREE char *text =
        pb_asprintf("options %s\ninputs %s\nflags %s\n",
                    pb_digest_hex(&stamp->options, options),
                    pb_digest_hex(&stamp->inputs, inputs),
                    pb_digest_hex(&stamp->flags, flags));
    return pb_fs_write_atomic(path, text, strlen(text), 0644, err);
}

int
pb_configure_forget(const struct pb_work *work, struct pb_error *err)
{
    struct stamp stamp;
    if (!load_stamp(work->stamp, &stamp)) {
        return pb_fs_remove(work->stamp, err);
    }
    memset(&stamp.inputs, 0, sizeof(stamp.inputs));
    return write_stamp(work->stamp, &stamp, err);
}

/* The makefile's lines that say how to compile and link. make looks at
   times only: when these change it would keep objects made otherwise. */
static int
digest_flags(const struct pb_compile_run *run, struct pb_digest *out,
             struct pb_error *err)
{
    PB_AUTOFREE char *path =
        pb_path_join(pb_tree_directory(run->work->tree), "Makefile");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_regex)
    struct pb_regex *regex = pb_regex_new(
        "^[A-Z0-9_]*(?:FLAGS|OPT|CC|CXX|CPP|DEFS|SHARED)[A-Z0-9_]*[ \\t]*"
        "[?:+]?=.*$|^\\t.*\\$\\((?:MAIN|LINK)?CC\\).*$",
        err);
    if (regex == NULL || pb_fs_read(path, PB_LIMIT_BLOB_BYTES, &text, err) < 0)
    {
        return -1;
    }
    struct pb_hasher hasher;
    struct pb_regex_match match;
    pb_hasher_init(&hasher);
    for (size_t at = 0; pb_regex_match(regex, text.data, text.len, at, &match);
         at = match.group[0].end)
    {
        pb_hasher_add(&hasher, text.data + match.group[0].start,
                      match.group[0].end - match.group[0].start);
        pb_hasher_add(&hasher, "\n", 1);
    }
    *out = pb_hasher_finish(&hasher);
    return 0;
}

/* Where the answers of this script with these options are kept. */
static char *
answers_path(const struct pb_compile_run *run, const struct pb_digest *options)
{
    struct pb_digest script = pb_tree_digest(run->work->tree, is_script);
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add(&hasher, options->bytes, sizeof(options->bytes));
    pb_hasher_add(&hasher, script.bytes, sizeof(script.bytes));
    struct pb_digest key = pb_hasher_finish(&hasher);
    char hex[PB_DIGEST_HEX];
    return pb_path_join(run->compiler->configure_cache,
                        pb_digest_hex(&key, hex));
}

static int
run_script(struct pb_compile_run *run, struct pb_error *err)
{
    const struct pb_compiler *compiler = run->compiler;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    pb_strv_add(&argv, "sh");
    pb_strv_add(&argv, "./configure");
    pb_strv_add_all(&argv, &run->settings->configure_args);
    if (compiler->configure_args != NULL) {
        pb_strv_add_all(&argv, compiler->configure_args);
    }
    pb_compile_environment(&environment);
    pb_strv_addf(&environment, "CC=%s", compiler->cc);
    pb_strv_add_all(&environment, &run->settings->environment);
    pb_progress_report(compiler->progress, "configure", -1);
    return pb_compile_program(run, "configure", &argv, &environment, err);
}

/* Without it an interpreter takes itself for installed. configure makes one
   that holds a comment, unless there is one. */
static int
ensure_setup_local(const struct pb_work *work, struct pb_error *err)
{
    PB_AUTOFREE char *path =
        pb_path_join(pb_tree_directory(work->tree), "Modules/Setup.local");
    return pb_fs_exists(path) ? 0 : pb_fs_write(path, "", 0, 0644, err);
}

static int
configure_now(struct pb_compile_run *run, const struct pb_digest *options,
              struct pb_error *err)
{
    PB_AUTOFREE char *kept = answers_path(run, options);
    if (ensure_setup_local(run->work, err) < 0) {
        return -1;
    }
    int status = pb_answers_use(run, kept, err);
    if (status <= 0 || run->out->end != PB_COMPILE_DONE) {
        return status;
    }
    status = run_script(run, err);
    return status == 0 ? pb_answers_keep(run, kept, err) : status;
}

int
pb_configure(struct pb_compile_run *run, struct pb_error *err)
{
    const struct pb_work *work = run->work;
    struct stamp next = {
        .options = digest_options(run),
        .inputs = pb_tree_digest(work->tree, is_input),
    };
    struct stamp last;
    bool known = load_stamp(work->stamp, &last) &&
                 pb_digest_equal(&last.options, &next.options);
    if (!known) {
        /* Nothing that was built otherwise is of use. */
        if (pb_fs_remove(work->stamp, err) < 0 ||
            pb_tree_sweep(work->tree, NULL, PB_SWEEP_ALL, err) < 0)
        {
            return -1;
        }
    }
    PB_AUTOFREE char *makefile =
        pb_path_join(pb_tree_directory(work->tree), "Makefile");
    /* A tree that was emptied since has none. */
    if (known && pb_digest_equal(&last.inputs, &next.inputs) &&
        pb_fs_exists(makefile))
    {
        return 0;
    }
    if (pb_configure_forget(work, err) < 0) {
        return -1;
    }
    int status = configure_now(run, &next.options, err);
    if (status != 0) {
        return status;
    }
    if (digest_flags(run, &next.flags, err) < 0) {
        return -1;
    }
    if (known && !pb_digest_equal(&last.flags, &next.flags) &&
        pb_stale_remove_objects(work->tree, err) < 0)
    {
        return -1;
    }
    return write_stamp(work->stamp, &next, err);
}
