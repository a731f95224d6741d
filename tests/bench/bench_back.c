/* From a build in the store to its interpreter running: how long that takes,
   and that it is the interpreter that was built.

       bench_back FROM TO [RUNS]

   Both revisions must be stored (pybisect cache fill); PYBISECT_HOME says
   where, PYBISECT_CPYTHON names the clone. Timed is laying TO out, library
   and headers included, and `python -c "import ssl, sqlite3"` to its end:

     empty    into an empty directory
     cold     into a tree that holds FROM
     hot      TO is laid out already, and has run before

   beside the same interpreter started without us. Then TO is compiled
   once more from clean and compared, runs three of its own tests, and builds
   and imports a C extension. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/session.h"

#define DEFAULT_RUNS 9
#define MOST_RUNS 99
#define TREES 4
#define EXIT_SKIPPED 77

static const char imports[] = "import ssl, sqlite3";

/* Extension modules that only CPython's own tests load are not built. */
static const char own_tests[] =
    "import sys, unittest\n"
    "suite = unittest.defaultTestLoader.loadTestsFromNames(\n"
    "    'test.' + name for name in ['test_builtin', 'test_import',\n"
    "                                'test_sysconfig'])\n"
    "result = unittest.TextTestRunner(open('/dev/null', 'w')).run(suite)\n"
    "wrong = result.failures + result.errors\n"
    "left = [t for t, text in wrong if \"No module named '_test\" in text]\n"
    "print('its own test_builtin, test_import, test_sysconfig:',\n"
    "      result.testsRun, 'run,', len(result.skipped), 'skipped,',\n"
    "      len(left), 'need modules for tests only,',\n"
    "      len(wrong) - len(left), 'failed')\n"
    "sys.exit(len(wrong) > len(left))\n";

static const char extension[] =
    "import os, subprocess, sys, sysconfig, tempfile\n"
    "os.chdir(tempfile.mkdtemp())\n"
    "open('spam.c', 'w').write('''\n"
    "#include <Python.h>\n"
    "static struct PyModuleDef spam = {PyModuleDef_HEAD_INIT, \"spam\"};\n"
    "PyMODINIT_FUNC PyInit_spam(void) {\n"
    "    PyObject *made = PyModule_Create(&spam);\n"
    "    PyModule_AddIntConstant(made, \"hexversion\", PY_VERSION_HEX);\n"
    "    return made;\n"
    "}''')\n"
    "v = sysconfig.get_config_var\n"
    "out = 'spam' + v('EXT_SUFFIX')\n"
    "command = v('LDSHARED').split() + v('CCSHARED').split() + [\n"
    "    '-I' + sysconfig.get_path('include'),\n"
    "    '-I' + os.path.dirname(sysconfig.get_config_h_filename()),\n"
    "    'spam.c', '-o', out]\n"
    "subprocess.run(command, check=True)\n"
    "sys.path.insert(0, '.')\n"
    "import spam\n"
    "assert spam.hexversion == sys.hexversion\n";

struct bench {
    struct pb_session session;
    struct pb_oid from;
    struct pb_oid to;
    struct pb_keys from_keys;
    struct pb_keys to_keys;
    size_t runs;
    struct pb_strv litter;
    size_t away;
};

static void
stop(const struct pb_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static bool
run(const char *python, const char *const *arguments)
{
    extern char **environ;
    char *argv[16] = {pb_strdup(python)};
    pid_t child = 0;
    int status = 0;
    for (size_t i = 0; arguments[i] != NULL && i + 2 < PB_LENGTH(argv); i++) {
        argv[i + 1] = pb_strdup(arguments[i]);
    }
    if (posix_spawn(&child, python, NULL, NULL, argv, environ) != 0) {
        return false;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    for (size_t i = 0; argv[i] != NULL; i++) {
        free(argv[i]);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
must_run(const char *what, const char *python, const char *const *arguments)
{
    if (!run(python, arguments)) {
        fprintf(stderr, "%s: failed\n", what);
        exit(1);
    }
}

static void
import_some(const char *python)
{
    const char *const arguments[] = {"-c", imports, NULL};
    must_run(imports, python, arguments);
}

/* Caller clears. */
static struct pb_build
lay_out(struct bench *bench, bool to, bool clean)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_build build = {.python = NULL};
    if (pb_builder_build(
            bench->session.builder, to ? &bench->to : &bench->from,
            to ? &bench->to_keys : &bench->from_keys, clean, &build, &err) < 0)
    {
        stop(&err);
    }
    if (build.end == PB_BUILD_FAILED) {
        fprintf(stderr, "the revision does not build: %s\n", build.failure);
        exit(1);
    }
    if (!clean && build.end != PB_BUILD_RESTORED) {
        fprintf(stderr, "it was not stored: pybisect cache fill first\n");
        exit(EXIT_SKIPPED);
    }
    return build;
}

/* Not removed: some file systems are slow at making files right after many
   were deleted. */
static void
put_away(struct bench *bench, const char *slot, int i)
{
    static const char *const suffixes[] = {"", ".index", ".store"};
    struct pb_error err = PB_ERROR_INIT;
    for (size_t j = 0; j < PB_LENGTH(suffixes); j++) {
        PB_AUTOFREE char *path = pb_asprintf("%s%d%s", slot, i, suffixes[j]);
        PB_AUTOFREE char *away =
            pb_asprintf("%saway-%zu-%d%s", slot, bench->away, i, suffixes[j]);
        if (pb_fs_exists(path) && pb_fs_rename(path, away, &err) < 0) {
            stop(&err);
        }
        if (pb_fs_exists(away)) {
            pb_strv_add(&bench->litter, away);
        }
    }
    bench->away++;
}

/* The run trees forget what they hold, or are gone. */
static void
clear_runs(struct bench *bench, const char *root, bool remove)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *slot = pb_strndup(root, strlen(root) - 1);
    pb_builder_free(bench->session.builder);
    bench->session.builder = NULL;
    for (int i = 0; i < TREES; i++) {
        PB_AUTOFREE char *holds = pb_asprintf("%s%d.holds", slot, i);
        pb_fs_remove(holds, &err);
        if (remove) {
            put_away(bench, slot, i);
        }
    }
    if (pb_session_open_builder(&bench->session, &err) < 0) {
        stop(&err);
    }
}

enum state { ALONE, HOT, COLD, EMPTY };

static double
time_one(struct bench *bench, enum state state)
{
    PB_AUTO(pb_build)
    struct pb_build before = lay_out(bench, state != COLD, false);
    if (state == COLD || state == EMPTY) {
        clear_runs(bench, before.root, state == EMPTY);
    }
    if (state == HOT || state == ALONE) {
        import_some(before.python); /* its bytecode */
    }
    double start = pb_clock_monotonic();
    PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
    if (state != ALONE) {
        build = lay_out(bench, true, false);
    }
    import_some(state == ALONE ? before.python : build.python);
    return (pb_clock_monotonic() - start) * 1000;
}

static int
compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double
time_state(struct bench *bench, const char *name, enum state state,
           double alone)
{
    double took[MOST_RUNS];
    for (size_t i = 0; i < bench->runs; i++) {
        took[i] = time_one(bench, state);
    }
    qsort(took, bench->runs, sizeof(took[0]), compare_doubles);
    double median = took[bench->runs / 2];
    printf("%-34s %8.1f %8.1f %8.1f\n", name, took[0], median,
           alone > 0 ? median / alone : 1.0);
    return median;
}

static void
check(struct bench *bench)
{
    const char *const tests[] = {"-c", own_tests, NULL};
    const char *const builds[] = {"-c", extension, NULL};
    PB_AUTO(pb_build) struct pb_build build = lay_out(bench, true, false);
    must_run("its own tests", build.python, tests);
    must_run("a C extension", build.python, builds);
    printf("a C extension is built and imported\n");
    PB_AUTO(pb_build) struct pb_build clean = lay_out(bench, true, true);
    printf("compared with a clean build: %s\n", pb_audit_name(clean.audit));
    if (clean.audit != PB_AUDIT_EQUAL && clean.audit != PB_AUDIT_PROVED) {
        exit(1);
    }
}

static void
find(struct bench *bench, const char *revision, struct pb_oid *commit,
     struct pb_keys *keys)
{
    struct pb_error err = PB_ERROR_INIT;
    if (pb_range_revision(bench->session.repo, revision, commit, &err) < 0 ||
        pb_session_keys(&bench->session, commit, keys, &err) < 0)
    {
        stop(&err);
    }
}

int
main(int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_plan) struct pb_plan plan = {.good = NULL};
    PB_AUTO(pb_places) struct pb_places places = {.data = NULL};
    const char *clone = getenv("PYBISECT_CPYTHON");
    if (argc < 3 || clone == NULL) {
        fprintf(stderr, "usage: PYBISECT_CPYTHON=CLONE bench_back FROM TO "
                        "[RUNS]\n");
        return 2;
    }
    plan.cpython = pb_strdup(clone);
    if (pb_places_init(&places, &err) < 0) {
        stop(&err);
    }
    long runs = argc > 3 ? strtol(argv[3], NULL, 10) : DEFAULT_RUNS;
    struct bench bench = {
        .session = {.plan = &plan, .places = &places},
        .runs = runs < 1           ? 1
                : runs > MOST_RUNS ? MOST_RUNS
                                   : (size_t)runs,
    };
    if (pb_session_open_history(&bench.session, &err) < 0 ||
        pb_session_open_builder(&bench.session, &err) < 0)
    {
        stop(&err);
    }
    find(&bench, argv[1], &bench.from, &bench.from_keys);
    find(&bench, argv[2], &bench.to, &bench.to_keys);
    printf("%-34s %8s %8s %8s\n", "", "best ms", "median", "ratio");
    double alone = time_state(&bench, "the interpreter alone", ALONE, 0);
    time_state(&bench, "hot: laid out already", HOT, alone);
    time_state(&bench, "cold: in a tree that holds FROM", COLD, alone);
    time_state(&bench, "empty: in an empty directory", EMPTY, alone);
    for (size_t i = 0; i < bench.litter.len; i++) {
        pb_fs_remove_tree(bench.litter.items[i], &err);
    }
    check(&bench);
    pb_strv_clear(&bench.litter);
    pb_session_close(&bench.session);
    return 0;
}
