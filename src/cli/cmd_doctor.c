/* What this machine lacks, and the fix. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/sandbox.h"

#define NEEDED_BYTES (3ULL * 1024 * 1024 * 1024)
#define GB (1024.0 * 1024.0 * 1024.0)

static const struct check {
    const char *name;    /* a program, or a header below /usr/include */
    const char *package; /* Debian's */
    const char *why;
    bool needed;
} checks[] = {
    {"cc", "gcc", "compiles CPython", true},
    {"make", "make", "builds CPython", true},
    {"ar", "binutils", "builds CPython", true},
    {"bwrap", "bubblewrap", "confines what projects run", true},
    {"ccache", "ccache", "makes revisions with changed headers cheap", false},
    {"pip3", "python3-pip", "fetches what projects need from an index", false},
    {"zlib.h", "zlib1g-dev", "module zlib, which most suites import", false},
    {"openssl/ssl.h", "libssl-dev", "modules ssl and hashlib", false},
    {"ffi.h", "libffi-dev", "module ctypes", false},
    {"sqlite3.h", "libsqlite3-dev", "module sqlite3", false},
    {"bzlib.h", "libbz2-dev", "module bz2", false},
    {"lzma.h", "liblzma-dev", "module lzma", false},
    {"expat.h", "libexpat1-dev", "module pyexpat of old revisions", false},
};

static bool
is_header(const char *name)
{
    size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, ".h") == 0;
}

static bool
find_in(const char *directories, const char *name)
{
    PB_AUTOFREE char *copy = pb_strdup(directories);
    char *rest = NULL;
    for (char *each = strtok_r(copy, ":", &rest); each != NULL;
         each = strtok_r(NULL, ":", &rest))
    {
        PB_AUTOFREE char *path = pb_path_join(each, name);
        if (access(path, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

static bool
present(const char *name)
{
    if (is_header(name)) {
        return find_in("/usr/include:/usr/local/include:"
                       "/usr/include/x86_64-linux-gnu:"
                       "/usr/include/aarch64-linux-gnu",
                       name);
    }
    const char *path = getenv("PATH");
    return find_in(path != NULL ? path : "/usr/bin:/bin", name);
}

/* It may be there and not be allowed to do anything. */
static int
check_sandbox(void)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *program = pb_sandbox_find(&err);
    if (program == NULL) {
        printf("\n%s\n  %s\n", err.message, err.hint);
    }
    return program == NULL;
}

int
cmd_doctor(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    int missing = 0;
    PB_AUTO(pb_strv) struct pb_strv packages = PB_STRV_INIT;
    for (size_t i = 0; i < PB_LENGTH(checks); i++) {
        const struct check *each = &checks[i];
        bool there = present(each->name);
        printf("%-8s %-15s %s\n",
               there ? "ok" : (each->needed ? "MISSING" : "missing"),
               each->name, each->why);
        missing += !there && each->needed;
        if (!there) {
            pb_strv_add(&packages, each->package);
        }
    }
    if (packages.len > 0) {
        PB_AUTOFREE char *list = pb_strv_join(&packages, " ");
        printf("\nto install what is missing: apt-get install %s\n", list);
    }
    missing += present("bwrap") && check_sandbox();
    if (pb_fs_mkdirs(cli->places.cache, &err) < 0) {
        return cli_fail(cli, &err);
    }
    uint64_t room = pb_fs_free_space(cli->places.cache);
    printf("\ndata   %s\ncache  %s (%.1f GB free%s)\n", cli->places.data,
           cli->places.cache, (double)room / GB,
           room < NEEDED_BYTES ? ": less than 3 GB is little" : "");
    return missing > 0 ? CLI_ENVIRONMENT : 0;
}
