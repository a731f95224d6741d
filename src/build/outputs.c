/* Which files of a finished build are kept: what running in place needs and
   git cannot give back. The static library is not among them: extension
   modules do not link with it. Nor is what a link leads to outside: it would
   be a file of the user's. */
#include <string.h>

#include "build/install.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

static void
add_if_there(const char *directory, const char *name, struct pb_strv *out)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    if (pb_fs_stays_below(directory, path) && !pb_fs_is_directory(path)) {
        pb_strv_add(out, name);
    }
}

static int
add_directory(const char *directory, const char *name, struct pb_strv *out,
              struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    if (!pb_fs_is_directory(path) || !pb_fs_stays_below(directory, path)) {
        return 0;
    }
    if (pb_fs_walk(path, &files, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < files.len; i++) {
        PB_AUTOFREE char *relative = pb_path_join(name, files.items[i]);
        PB_AUTOFREE char *full = pb_path_join(directory, relative);
        bool bytecode = strstr(relative, ".pyc") != NULL ||
                        strstr(relative, ".pyo") != NULL;
        if (!bytecode && pb_fs_stays_below(directory, full) &&
            !pb_fs_is_directory(full))
        {
            pb_strv_add(out, relative);
        }
    }
    return 0;
}

/* Before 2.7 nothing names the directory of extension modules. */
static int
add_module_directories(const char *directory, struct pb_strv *out,
                       struct pb_error *err)
{
    PB_AUTOFREE char *build = pb_path_join(directory, "build");
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (!pb_fs_is_directory(build) || !pb_fs_stays_below(directory, build)) {
        return 0;
    }
    if (pb_fs_list(build, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *name = pb_path_join("build", names.items[i]);
        if (strncmp(names.items[i], "lib.", 4) == 0 &&
            add_directory(directory, name, out, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

int
pb_compile_outputs(const struct pb_work *work, struct pb_strv *out,
                   struct pb_error *err)
{
    /* Whether it runs in place an interpreter tells by pybuilddir.txt and
       Modules/Setup*; sysconfig reads the makefile, pyconfig.h and, in 3.3's
       time, a module that was generated into the library. */
    static const char *const names[] = {
        "python",
        "pybuilddir.txt",
        "pyconfig.h",
        "Makefile",
        "Modules/Setup",
        "Modules/Setup.local",
        "Modules/Setup.dist",
        "Modules/Setup.config",
        PB_GENERATED_SYSCONFIG,
        PB_INSTALL_NOTE,
    };
    const char *directory = pb_tree_directory(work->tree);
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        add_if_there(directory, names[i], out);
    }
    PB_AUTOFREE char *path = pb_path_join(directory, "pybuilddir.txt");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (!pb_fs_exists(path)) {
        return add_module_directories(directory, out, err);
    }
    if (pb_fs_read(path, 4096, &text, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *name = pb_strndup(text.data, strcspn(text.data, "\r\n"));
    return add_directory(directory, name, out, err);
}
