/* An index is the host's pip's business: its address, certificates, proxies
   and passwords are set up there, if they are anywhere. pip fetches one
   release at a time, without what that needs; it runs no code but, of a
   source distribution, what tells its metadata. */
#include "recipe/fetch.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"
#include "pybisect/process.h"

#define PIP_SECONDS 600.0

/* In the order in which they are tried. */
static const struct form {
    const char *options[8];
} forms[] = {
    {{"--only-binary=:all:", "--implementation=py", "--abi=none",
      "--platform=any", NULL}},
    {{"--no-binary=:all:", NULL}},
    {{"--only-binary=:all:", "--implementation=cp", "--abi=abi3", NULL}},
};

static void
keep(const char *data, size_t length, void *context)
{
    struct pb_buf *out = context;
    if (out->len < 65536) {
        pb_buf_add(out, data, length);
    }
}

/* The last line that says ERROR, without that word; else the last. */
static char *
find_reason(char *output)
{
    const char *last = "pip said nothing";
    bool error = false;
    char *rest = NULL;
    for (char *line = strtok_r(output, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest))
    {
        bool now = strncmp(line, "ERROR: ", 7) == 0;
        if (now || !error) {
            last = now ? line + 7 : line;
        }
        error |= now;
    }
    return pb_strdup(last);
}

static int
run_pip(const struct pb_pins_options *options, const struct form *form,
        bool any_python, const char *requirement, const char *directory,
        struct pb_buf *output, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    static const char *const words[] = {
        "python3",      "-m",
        "pip",          "download",
        "--no-deps",    "--no-input",
        "--timeout=15", "--retries=1",
        "--quiet",      "--disable-pip-version-check"};
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        pb_strv_add(&argv, words[i]);
    }
    for (size_t i = 0; form->options[i] != NULL; i++) {
        pb_strv_add(&argv, form->options[i]);
    }
    if (any_python) {
        pb_strv_add(&argv, "--ignore-requires-python");
    }
    pb_strv_addf(&argv, "--python-version=%s", options->oldest);
    pb_strv_addf(&argv, "--dest=%s", directory);
    pb_strv_add(&argv, requirement);
    struct pb_process_options process = {
        .argv = argv.items,
        .timeout = PIP_SECONDS,
        .cancel = options->cancel,
        .output = keep,
        .output_context = output,
    };
    struct pb_process_result result;
    if (pb_process_run(&process, &result, err) < 0) {
        return -1;
    }
    if (result.end == PB_PROCESS_CANCELLED) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
    }
    return result.end != PB_PROCESS_EXITED || result.status != 0;
}

/* Out of where pip put them; one that is there already is the same. */
static int
keep_files(const char *from, const char *to, struct pb_strv *out,
           struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(from, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *old = pb_path_join(from, names.items[i]);
        PB_AUTOFREE char *new = pb_path_join(to, names.items[i]);
        if (pb_fs_rename(old, new, err) < 0) {
            return -1;
        }
        pb_strv_add(out, new);
    }
    return 0;
}

static int
fetch_into(const struct pb_pins_options *options, const char *requirement,
           const char *directory, struct pb_error *err)
{
    PB_AUTOFREE char *reason = NULL;
    bool limited = false;
    bool offline = false;
    /* What says that it is for other versions comes last. */
    for (int any_python = 0; any_python <= limited && !offline; any_python++) {
        for (size_t i = 0; i < PB_LENGTH(forms) && !offline; i++) {
            PB_AUTO(pb_buf) struct pb_buf output = PB_BUF_INIT;
            int status = run_pip(options, &forms[i], any_python != 0,
                                 requirement, directory, &output, err);
            if (status <= 0) {
                return status;
            }
            limited |= strstr(output.data, "different python") != NULL;
            offline |= strstr(output.data, "new connection") != NULL;
            free(reason);
            reason = offline ? pb_strdup("pip's index cannot be reached")
                             : find_reason(output.data);
        }
    }
    return pb_error_set(err, PB_ERROR_NOT_FOUND, "cannot fetch '%s': %s",
                        requirement, reason);
}

int
pb_fetch(const struct pb_pins_options *options, const char *requirement,
         struct pb_strv *out_files, struct pb_error *err)
{
    PB_AUTOFREE char *what = pb_asprintf("fetching %s", requirement);
    pb_progress_report(options->progress, what, -1);
    if (pb_fs_mkdirs(options->download_dir, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *directory =
        pb_fs_temporary(options->download_dir, "fetch-", err);
    if (directory == NULL) {
        return -1;
    }
    int status = fetch_into(options, requirement, directory, err);
    if (status == 0) {
        status = keep_files(directory, options->download_dir, out_files, err);
    }
    struct pb_error ignored = PB_ERROR_INIT;
    pb_fs_remove_tree(directory, &ignored);
    if (status < 0 && err->code != PB_ERROR_CANCELLED) {
        pb_error_hint(err, "name a directory of wheels and source "
                           "distributions with --find-links DIR, or lay "
                           "dependencies out by hand and pass --deps DIR");
    }
    return status;
}
