/* Compiler, linker and libraries. */
#include "build/toolchain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"
#include "pybisect/process.h"
#include "pybisect/strv.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* Optional libraries decide which extension modules are built, and their
   interfaces what is compiled into them. A line for each that is there. */
#define PROBE_HEADER(name, extra)                                             \
    "#if __has_include(<" name ">)\n"                                         \
    "has " name " " extra "\n"                                                \
    "#endif\n"
#define PROBE_VERSION(name, macro)                                            \
    "#if __has_include(<" name ">)\n"                                         \
    "#include <" name ">\n"                                                   \
    "#endif\n" PROBE_HEADER(name, macro)

static const char probe[] =
    "#include <limits.h>\n"
    "libc __GLIBC__.__GLIBC_MINOR__\n" PROBE_VERSION("openssl/opensslv.h",
                                                     "OPENSSL_VERSION_MAJOR")
        PROBE_HEADER("zlib.h", "") PROBE_HEADER("bzlib.h", "")
            PROBE_HEADER("lzma.h", "") PROBE_HEADER("ffi.h", "") PROBE_HEADER(
                "sqlite3.h", "") PROBE_HEADER("readline/readline.h", "")
                PROBE_HEADER("editline/readline.h", "") PROBE_HEADER(
                    "ncurses.h", "") PROBE_HEADER("ncursesw/ncurses.h", "")
                    PROBE_HEADER("gdbm.h", "") PROBE_HEADER("ndbm.h", "")
                        PROBE_HEADER("db.h", "")
                            PROBE_HEADER("uuid/uuid.h", "")
                                PROBE_HEADER("expat.h", "")
                                    PROBE_HEADER("mpdecimal.h", "")
                                        PROBE_HEADER("tk.h", "")
                                            PROBE_HEADER("tirpc/rpc/rpc.h", "")
                                                PROBE_HEADER("crypt.h", "");

char *
pb_toolchain_find(const char *program)
{
    if (strchr(program, '/') != NULL) {
        return access(program, X_OK) == 0 ? pb_strdup(program) : NULL;
    }
    const char *path = getenv("PATH");
    path = path == NULL ? DEFAULT_PATH : path;
    while (*path != '\0') {
        size_t length = strcspn(path, ":");
        PB_AUTOFREE char *directory = pb_strndup(path, length);
        PB_AUTOFREE char *candidate = pb_path_join(directory, program);
        if (length > 0 && access(candidate, X_OK) == 0 &&
            !pb_fs_is_directory(candidate))
        {
            char *found = candidate;
            candidate = NULL;
            return found;
        }
        path += length;
        path += *path == ':';
    }
    return NULL;
}

static void
add_words(const char *text, struct pb_strv *out)
{
    while (*(text += strspn(text, " ")) != '\0') {
        size_t length = strcspn(text, " ");
        pb_strv_take(out, pb_strndup(text, length));
        text += length;
    }
}

int
pb_toolchain_check(const char *cc, struct pb_error *err)
{
    static const char *const needed[] = {"make", "sh",   "ar",  "ld",
                                         "sed",  "grep", "awk", "install"};
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv missing = PB_STRV_INIT;
    add_words(cc, &words);
    PB_AUTOFREE char *compiler =
        words.len == 0 ? NULL : pb_toolchain_find(words.items[0]);
    if (compiler == NULL) {
        pb_strv_addf(&missing, "'%s'", words.len == 0 ? cc : words.items[0]);
    }
    for (size_t i = 0; i < PB_LENGTH(needed); i++) {
        PB_AUTOFREE char *path = pb_toolchain_find(needed[i]);
        if (path == NULL) {
            pb_strv_addf(&missing, "'%s'", needed[i]);
        }
    }
    if (missing.len == 0) {
        return 0;
    }
    PB_AUTOFREE char *names = pb_strv_join(&missing, ", ");
    pb_error_set(err, PB_ERROR_ENVIRONMENT,
                 "cannot compile CPython without %s", names);
    pb_error_hint(err, "install a C compiler and make "
                       "(on Debian: apt install build-essential)");
    return -1;
}

/* The first line of what `cc` and the arguments print. */
static int
add_first_line(const char *title, const char *cc, const char *const *more,
               struct pb_buf *out, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_words(cc, &argv);
    for (size_t i = 0; more[i] != NULL; i++) {
        pb_strv_add(&argv, more[i]);
    }
    if (pb_process_capture(argv.items, &text, err) < 0) {
        return -1;
    }
    pb_buf_addf(out, "%s: %.*s\n", title, (int)strcspn(text.data, "\n"),
                text.data);
    return 0;
}

/* Asked of the compiler, which knows where headers are. */
static int
add_libraries(const char *cc, struct pb_buf *out, struct pb_error *err)
{
    PB_AUTOFREE char *directory = NULL;
    const char *parent = getenv("TMPDIR");
    directory = pb_fs_temporary(parent == NULL ? "/tmp" : parent,
                                "pybisect-probe-", err);
    if (directory == NULL) {
        return -1;
    }
    PB_AUTOFREE char *source = pb_path_join(directory, "probe.c");
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    add_words(cc, &argv);
    pb_strv_add(&argv, "-E");
    pb_strv_add(&argv, "-P");
    pb_strv_add(&argv, source);
    int status = pb_fs_write(source, probe, strlen(probe), 0644, err);
    if (status == 0) {
        status = pb_process_capture(argv.items, &text, err);
    }
    struct pb_error ignored = PB_ERROR_INIT;
    pb_fs_remove_tree(directory, status == 0 ? err : &ignored);
    /* Included headers leave declarations in between. */
    for (const char *line = text.data; status == 0 && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, "has ", 4) == 0 || strncmp(line, "libc ", 5) == 0) {
            pb_buf_addf(out, "%.*s\n", (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
    return status;
}

/* What an empty file comes to, with the words. */
static int
preprocess_nothing(const char *cc, const char *words, struct pb_buf *out,
                   struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    add_words(cc, &argv);
    add_words(words, &argv);
    add_words("-E -x c /dev/null", &argv);
    return pb_process_capture(argv.items, out, err);
}

int
pb_toolchain_macros(const char *cc, struct pb_buf *out, struct pb_error *err)
{
    return preprocess_nothing(cc, "-dM", out, err);
}

static bool
knows(const char *cc, const char *words)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    return preprocess_nothing(cc, words, &text, &ignored) == 0;
}

char *
pb_toolchain_quick_words(const char *cc)
{
    /* GCC's: where in a macro a token stood, and real names of system
       headers. A tenth of preprocessing goes into either. */
    static const char words[] =
        "-ftrack-macro-expansion=0 -fno-canonical-system-headers";
    return pb_strdup(knows(cc, words) ? words : "");
}

#define MAPS_PREFIXES "prefix-map: yes\n"

static void
add_prefix_map(const char *cc, struct pb_buf *out)
{
    bool known = knows(cc, "-ffile-prefix-map=/a=.");
    pb_buf_adds(out, known ? MAPS_PREFIXES : "prefix-map: no\n");
}

bool
pb_toolchain_maps_prefixes(const char *description)
{
    return strstr(description, MAPS_PREFIXES) != NULL;
}

char *
pb_toolchain_describe(const char *cc, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf linker = PB_BUF_INIT;
    struct utsname machine;
    if (uname(&machine) == 0) {
        pb_buf_addf(&out, "platform: %s %s\n", machine.sysname,
                    machine.machine);
    }
    pb_buf_addf(&out, "cc: %s\n", cc);
    const char *const version[] = {"--version", NULL};
    const char *const target[] = {"-dumpmachine", NULL};
    const char *const ld[] = {"-print-prog-name=ld", NULL};
    if (add_first_line("compiler", cc, version, &out, err) < 0 ||
        add_first_line("target", cc, target, &out, err) < 0 ||
        add_first_line("ld", cc, ld, &linker, err) < 0)
    {
        return NULL;
    }
    const char *path = linker.data + strlen("ld: ");
    PB_AUTOFREE char *program = pb_strndup(path, strcspn(path, "\n"));
    add_prefix_map(cc, &out);
    if (add_first_line("linker", program, version, &out, err) < 0 ||
        add_libraries(cc, &out, err) < 0)
    {
        return NULL;
    }
    return pb_buf_take(&out);
}
