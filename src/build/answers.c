/* config.status, kept apart from the tree it was made in. */
#include "build/answers.h"

#include "build/relocate.h"
#include "pybisect/alloc.h"
#include "pybisect/checksum.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define STATUS_NAME "config.status"

int
pb_answers_keep(const struct pb_compile_run *run, const char *path,
                struct pb_error *err)
{
    const char *directory = pb_tree_directory(run->work->tree);
    PB_AUTOFREE char *status = pb_path_join(directory, STATUS_NAME);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf kept = PB_BUF_INIT;
    if (!pb_fs_stays_below(directory, status)) {
        return 0;
    }
    if (pb_fs_read(status, PB_LIMIT_BLOB_BYTES, &text, err) < 0 ||
        pb_fs_mkdirs(run->compiler->configure_cache, err) < 0)
    {
        return -1;
    }
    pb_relocate_abstract(text.data, directory, &kept);
    pb_checksum_add(&kept);
    return pb_fs_write_atomic(path, kept.data, kept.len, 0644, err);
}

/* What older scripts do besides running config.status. */
static int
copy_setup(const char *directory, struct pb_error *err)
{
    PB_AUTOFREE char *setup = pb_path_join(directory, "Modules/Setup");
    PB_AUTOFREE char *template = pb_path_join(directory, "Modules/Setup.dist");
    if (pb_fs_exists(setup) || !pb_fs_stays_below(directory, template)) {
        return 0;
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(template, PB_LIMIT_BLOB_BYTES, &text, err) < 0) {
        return -1;
    }
    return pb_fs_write(setup, text.data, text.len, 0644, err);
}

static int
run_status(struct pb_compile_run *run, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv status = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv make = PB_STRV_INIT;
    pb_compile_environment(&environment);
    pb_strv_add(&status, "sh");
    pb_strv_add(&status, "./" STATUS_NAME);
    /* configure's last act is to make Makefile of this one. */
    pb_strv_add(&make, "make");
    pb_strv_add(&make, "-f");
    pb_strv_add(&make, "Makefile.pre");
    pb_strv_add_all(&make, &run->settings->make_args);
    pb_strv_add(&make, "Makefile");
    int result =
        pb_compile_program(run, "configure", &status, &environment, err);
    if (result != 0) {
        return result;
    }
    return pb_compile_program(run, "configure", &make, &environment, err);
}

int
pb_answers_use(struct pb_compile_run *run, const char *path,
               struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf kept = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, PB_LIMIT_BLOB_BYTES, &kept, err) < 0) {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err);
        return 1;
    }
    if (!pb_checksum_cut(&kept)) {
        return 1; /* the script writes it anew */
    }
    const char *directory = pb_tree_directory(run->work->tree);
    PB_AUTOFREE char *status = pb_path_join(directory, STATUS_NAME);
    pb_relocate_fill(kept.data, directory, &text);
    if (copy_setup(directory, err) < 0 ||
        pb_fs_write(status, text.data, text.len, 0755, err) < 0)
    {
        return -1;
    }
    int result = run_status(run, err);
    if (result == 1 && run->out->end == PB_COMPILE_FAILED) {
        /* The script itself knows better. */
        pb_compilation_clear(run->out);
    }
    return result;
}
