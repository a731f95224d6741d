/* How single paths count. */
#include "history_test.h"

#include "pybisect/alloc.h"
#include "pybisect/fingerprint.h"

static void
assert_roles(const char *const *paths, size_t count, bool count_tests,
             enum pb_path_role role)
{
    for (size_t i = 0; i < count; i++) {
        if (pb_fingerprint_role(paths[i], count_tests) != role) {
            fail_msg("'%s' has role %d, not %d", paths[i],
                     (int)pb_fingerprint_role(paths[i], count_tests),
                     (int)role);
        }
    }
}

static void
documents_and_ci_files_are_ignored(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Doc/library/os.rst",
        "Doc/conf.py",
        "InternalDocs/parser.md",
        "Misc/NEWS",
        "Misc/NEWS.d/next/Library/2024-01-01.gh-issue-1.abc.rst",
        "Misc/ACKS",
        ".github/workflows/build.yml",
        ".gitattributes",
        ".azure-pipelines/ci.yml",
        "README.rst",
        "README",
        "LICENSE",
        "Objects/dictnotes.txt",
        "Demo/classes/Dates.py",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_IGNORED);
}

static void
other_platforms_are_ignored(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "PC/pyconfig.h",
        "PCbuild/pythoncore.vcxproj",
        "Mac/BuildScript/build-installer.py",
        "iOS/README.rst",
        "Android/android.py",
        "Modules/_winapi.c",
        "Modules/clinic/_winapi.c.h",
        "Python/dynload_win.c",
        "RISCOS/Makefile",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_IGNORED);
}

static const char *const tests_of_cpython[] = {
    "Lib/test/test_os.py",
    "Lib/test/support/__init__.py",
    "Lib/unittest/test/test_case.py",
    "Lib/distutils/tests/support.py",
    "Lib/sqlite3/test/dbapi.py",
    "Modules/_testcapimodule.c",
    "Modules/_testcapi/abstract.c",
    "Modules/_testinternalcapi.c",
    "Modules/clinic/_testclinic.c.h",
    "Modules/_ctypes/_ctypes_test.c",
    "Modules/xxlimited_35.c",
    "Programs/_testembed.c",
};

static void
cpythons_own_tests_count_only_when_asked(void **state)
{
    (void)state;
    assert_roles(tests_of_cpython, PB_LENGTH(tests_of_cpython), false,
                 PB_PATH_IGNORED);
    for (size_t i = 0; i < PB_LENGTH(tests_of_cpython); i++) {
        assert_int_not_equal(pb_fingerprint_role(tests_of_cpython[i], true),
                             PB_PATH_IGNORED);
    }
    /* The library's tests alter no binary; test extension modules are one. */
    assert_int_equal(pb_fingerprint_role("Lib/test/test_os.py", true),
                     PB_PATH_BEHAVIOUR);
    assert_int_equal(pb_fingerprint_role("Modules/_testcapi/abstract.c", true),
                     PB_PATH_BUILD);
}

static void
the_library_is_behaviour(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Lib/argparse.py",
        "Lib/asyncio/events.py",
        "Lib/unittest/case.py",
        "Lib/importlib/__init__.py",
        "Lib/ensurepip/_bundled/pip-24.0-py3-none-any.whl",
        "Lib/email/message.py",
        "Lib/newpackage/test/helpers.py",
        "Lib/testing.py",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_BEHAVIOUR);
    assert_roles(paths, PB_LENGTH(paths), true, PB_PATH_BEHAVIOUR);
}

static void
applications_in_the_library_are_ignored(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Lib/idlelib/run.py",
        "Lib/idlelib/Icons/idle.ico",
        "Lib/turtledemo/clock.py",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_IGNORED);
    assert_roles(paths, PB_LENGTH(paths), true, PB_PATH_IGNORED);
}

static void
sources_and_the_build_system_count_for_the_build(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Include/Python.h",
        "Include/internal/pycore_long.h",
        "Objects/longobject.c",
        "Objects/clinic/longobject.c.h",
        "Python/ceval.c",
        "Parser/parser.c",
        "Grammar/python.gram",
        "Modules/posixmodule.c",
        "Modules/getpath.py",
        "Modules/Setup.stdlib.in",
        "Modules/_ctypes/callproc.c",
        "Programs/python.c",
        "configure",
        "configure.ac",
        "Makefile.pre.in",
        "pyconfig.h.in",
        "setup.py",
        "Misc/python.pc.in",
        "Misc/platform_triplet.c",
        "Tools/build/freeze_modules.py",
        "Tools/scripts/deepfreeze.py",
        "Tools/freeze/flag.py",
        "Tools/jit/template.c",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_BUILD);
}

static void
library_files_that_are_frozen_or_steer_the_build_count_for_it(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Lib/os.py",
        "Lib/site.py",
        "Lib/importlib/_bootstrap.py",
        "Lib/importlib/_bootstrap_external.py",
        "Lib/zipimport.py",
        "Lib/__phello__/ham/eggs.py",
        "Lib/opcode.py",
        "Lib/sysconfig.py",
        "Lib/sysconfig/__init__.py",
        "Lib/distutils/command/build_ext.py",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_BUILD);
}

static void
tools_that_make_does_not_run_are_ignored(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Tools/clinic/clinic.py",    "Tools/c-analyzer/cpython/ignored.tsv",
        "Tools/scripts/reindent.py", "Tools/requirements-dev.txt",
        "Tools/wasm/README.md",      "Tools/build/smelly.py",
        "Tools/freeze/freeze.py",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_IGNORED);
}

static void
what_nobody_thought_of_counts(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "Rust/lib.rs",          "CMakeLists.txt", "Misc/new_build_input.c",
        "Tools/newtool/run.py", "README.d/file",  "Documents",
    };
    assert_roles(paths, PB_LENGTH(paths), false, PB_PATH_BUILD);
}

/* A rule for a directory is none for a file of that name, and the other way
   round. */
static void
files_and_directories_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(pb_fingerprint_role("Doc", false), PB_PATH_BUILD);
    assert_int_equal(pb_fingerprint_role("LICENSE/x", false), PB_PATH_BUILD);
    assert_int_equal(pb_fingerprint_role("Lib/os.py/x", false),
                     PB_PATH_BEHAVIOUR);
    assert_int_equal(pb_fingerprint_role("a.rst/x", false), PB_PATH_BUILD);
    assert_int_equal(pb_fingerprint_role("Modules/sub/README", false),
                     PB_PATH_BUILD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_and_ci_files_are_ignored),
        cmocka_unit_test(other_platforms_are_ignored),
        cmocka_unit_test(cpythons_own_tests_count_only_when_asked),
        cmocka_unit_test(the_library_is_behaviour),
        cmocka_unit_test(applications_in_the_library_are_ignored),
        cmocka_unit_test(sources_and_the_build_system_count_for_the_build),
        cmocka_unit_test(
            library_files_that_are_frozen_or_steer_the_build_count_for_it),
        cmocka_unit_test(tools_that_make_does_not_run_are_ignored),
        cmocka_unit_test(what_nobody_thought_of_counts),
        cmocka_unit_test(files_and_directories_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
