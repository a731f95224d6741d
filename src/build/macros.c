#include "build/macros.h"

#include <stdlib.h>
#include <string.h>

#include "build/toolchain.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/regex.h"
#include "pybisect/strv.h"

struct pb_macros {
    struct pb_map *names; /* to anything while they are in the set */
    struct pb_regex *define;
    bool none; /* nothing is known: the set counts as empty */
    bool has_assertions;
};

/* Group 1 is the name. */
#define DEFINE "^[ \\t]*#[ \\t]*(?:define|undef)[ \\t]+(\\w+)"
#define NO_ASSERTIONS "NDEBUG"

static char in_set;
static char dropped;

struct pb_macros *
pb_macros_new(void)
{
    struct pb_error never = PB_ERROR_INIT;
    struct pb_macros *macros = pb_alloc(sizeof(*macros));
    macros->names = pb_map_new(NULL);
    macros->define = pb_regex_new(DEFINE, &never);
    return macros;
}

void
pb_macros_free(struct pb_macros *macros)
{
    if (macros != NULL) {
        pb_map_free(macros->names);
        pb_regex_free(macros->define);
        free(macros);
    }
}

void
pb_macros_add(struct pb_macros *macros, const char *name)
{
    pb_map_set(macros->names, name, &in_set);
}

bool
pb_macros_has(const struct pb_macros *macros, const char *name)
{
    return !macros->none && pb_map_get(macros->names, name) == &in_set;
}

bool
pb_macros_has_assertions(const struct pb_macros *macros)
{
    return macros->none || macros->has_assertions;
}

static void
drop(struct pb_macros *macros, const char *name)
{
    if (pb_map_get(macros->names, name) != NULL) {
        pb_map_set(macros->names, name, &dropped);
    }
}

void
pb_macros_drop_defined(struct pb_macros *macros, const char *text,
                       size_t length)
{
    struct pb_regex_match match;
    for (size_t at = 0;
         pb_regex_match(macros->define, text, length, at, &match);
         at = match.group[0].end)
    {
        PB_AUTOFREE char *name =
            pb_strndup(text + match.group[1].start,
                       match.group[1].end - match.group[1].start);
        drop(macros, name);
        macros->has_assertions =
            macros->has_assertions || strcmp(name, NO_ASSERTIONS) == 0;
    }
}

/* --- the compiler ------------------------------------------------------- */

/* Names that belong to compilers and system headers begin with an underscore,
   and flags may well define them (__PIC__, __AVX2__). These no flag does, nor
   any header, where the compiler does not. */
static const char *const platforms[] = {
    "_AIX",           "_M_ARM",           "_M_ARM64",
    "_M_IX86",        "_M_X64",           "_MSC_VER",
    "_WIN32",         "_WIN64",           "__ANDROID__",
    "__APPLE__",      "__CYGWIN__",       "__DragonFly__",
    "__EMSCRIPTEN__", "__FreeBSD__",      "__HAIKU__",
    "__HP_cc",        "__INTEL_COMPILER", "__IPHONE_OS_VERSION_MIN_REQUIRED",
    "__MACH__",       "__MINGW32__",      "__MINGW64__",
    "__NetBSD__",     "__OpenBSD__",      "__SUNPRO_C",
    "__VXWORKS__",    "__aarch64__",      "__alpha__",
    "__arm__",        "__arm64__",        "__clang__",

    "__hppa__",       "__ia64__",         "__loongarch__",
    "__mips__",       "__powerpc64__",    "__powerpc__",
    "__ppc__",        "__ppc64__",        "__riscv",
    "__s390__",       "__s390x__",        "__sparc__",
    "__sun",          "__sun__",          "__wasi__",
    "__wasm__",       "__xlC__",
};

static bool
is_platform(const char *name)
{
    for (size_t i = 0; i < PB_LENGTH(platforms); i++) {
        if (strcmp(platforms[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void
drop_reserved(const char *name, void *value, void *context)
{
    bool pythons =
        strncmp(name, "_Py", 3) == 0 || strncmp(name, "_PY", 3) == 0;
    (void)value;
    if (name[0] == '_' && !pythons && !is_platform(name)) {
        drop(context, name);
    }
}

/* --- what objects were made of ------------------------------------------ */

#define OBJECT ".o"
#define MOST_FILES 20000

/* Adds what follows the colon of "x.o: x.c \<newline> a.h"; false: it is not
   like that. */
static bool
read_dependencies(const char *text, struct pb_map *files)
{
    const char *at = strchr(text, ':');
    if (at == NULL) {
        return false;
    }
    for (at++; *at != '\0';) {
        size_t length = strcspn(at, " \t\r\n");
        bool joins = length == 1 && *at == '\\';
        if (length > 0 && !joins) {
            PB_AUTOFREE char *name = pb_strndup(at, length);
            if (strchr(name, '\\') != NULL) {
                return false; /* a space within a name */
            }
            pb_map_set(files, name, files);
            if (pb_map_size(files) > MOST_FILES) {
                return false;
            }
        }
        at += length;
        at += *at != '\0';
    }
    return true;
}

/* False when an object does not tell. */
static bool
find_files(const char *directory, struct pb_map *files)
{
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_walk(directory, &paths, &ignored) < 0) {
        return false;
    }
    for (size_t i = 0; i < paths.len; i++) {
        const char *path = paths.items[i];
        size_t length = strlen(path);
        size_t tail = strlen(OBJECT);
        if (length <= tail || strcmp(path + length - tail, OBJECT) != 0) {
            continue;
        }
        PB_AUTOFREE char *full = pb_path_join(directory, path);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        full[strlen(full) - 1] = 'd';
        if (pb_fs_read(full, PB_LIMIT_BLOB_BYTES, &text, &ignored) < 0 ||
            !read_dependencies(text.data, files))
        {
            return false;
        }
    }
    return true;
}

struct scan {
    struct pb_macros *macros;
    const char *directory;
};

static void
scan_file(const char *path, void *value, void *context)
{
    struct scan *scan = context;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTOFREE char *full =
        path[0] == '/' ? pb_strdup(path) : pb_path_join(scan->directory, path);
    (void)value;
    if (pb_fs_read(full, PB_LIMIT_BLOB_BYTES, &text, &ignored) < 0) {
        scan->macros->none = true;
        return;
    }
    pb_macros_drop_defined(scan->macros, text.data, text.len);
}

/* --- command lines ------------------------------------------------------ */

struct mention {
    struct pb_macros *macros;
    const char *text;
};

static void
drop_mentioned(const char *name, void *value, void *context)
{
    struct mention *mention = context;
    (void)value;
    if (strstr(mention->text, name) != NULL) {
        drop(mention->macros, name);
    }
}

/* Drops what a file that says how to compile has in it anywhere. */
static void
drop_from_commands(struct pb_macros *macros, const char *directory,
                   const char *name)
{
    PB_AUTOFREE char *path = pb_path_join(directory, name);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (!pb_fs_exists(path)) {
        return;
    }
    if (pb_fs_read(path, PB_LIMIT_BLOB_BYTES, &text, &ignored) < 0) {
        macros->none = true;
        return;
    }
    struct mention mention = {macros, text.data};
    pb_map_each(macros->names, drop_mentioned, &mention);
}

void
pb_macros_drop_possible(struct pb_macros *macros, const char *directory,
                        const char *cc)
{
    PB_AUTO(pb_buf) struct pb_buf predefined = PB_BUF_INIT;
    PB_AUTO(pb_map) struct pb_map *files = pb_map_new(NULL);
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_toolchain_macros(cc, &predefined, &ignored) < 0 ||
        !find_files(directory, files))
    {
        macros->none = true;
        return;
    }
    pb_macros_drop_defined(macros, predefined.data, predefined.len);
    pb_map_each(macros->names, drop_reserved, macros);
    drop_from_commands(macros, directory, "Makefile");
    drop_from_commands(macros, directory, "setup.py");
    struct scan scan = {macros, directory};
    pb_map_each(files, scan_file, &scan);
}
