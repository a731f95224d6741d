/* failure: what a failed build's log says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "build/failure.h"

#include "pybisect/alloc.h"
#include "pybisect/buf.h"

static void
assert_summary(const char *phase, const char *log, const char *expected)
{
    PB_AUTOFREE char *summary = pb_failure_summary(phase, log, strlen(log));
    assert_string_equal(summary, expected);
}

static void
the_first_error_of_the_compiler_tells(void **state)
{
    (void)state;
    assert_summary("make",
                   "cc -c Objects/a.c\n"
                   "Objects/a.c:10:5: warning: unused 'error: no'\n"
                   "Objects/dictobject.c:12:3: error: 'x' undeclared\n"
                   "Objects/dictobject.c:19:3: error: 'y' undeclared\n"
                   "make: *** [Makefile:1792: Objects/dictobject.o] Error 1\n",
                   "make: Objects/dictobject.c:12:3: error: 'x' undeclared");
    assert_summary("make",
                   "./Modules/a.c:1:10: fatal error: db.h: No such file\n"
                   "compilation terminated.\n",
                   "make: ./Modules/a.c:1:10: fatal error: db.h: No such "
                   "file");
}

static void
the_linker_is_understood(void **state)
{
    (void)state;
    assert_summary("make",
                   "/usr/bin/ld: Python/x.o: in function `f':\n"
                   "x.c:(.text+0x1): undefined reference to `g'\n"
                   "collect2: error: ld returned 1 exit status\n"
                   "make: *** [Makefile:9: python] Error 1\n",
                   "make: x.c:(.text+0x1): undefined reference to `g'");
}

static void
without_a_compiler_error_the_last_line_about_one_tells(void **state)
{
    (void)state;
    assert_summary("make",
                   "error: first\n"
                   "ImportError: no module named _struct\n"
                   "make: *** [Makefile:9: pybuilddir.txt] Error 1\n",
                   "make: ImportError: no module named _struct");
    assert_summary("make",
                   "Segmentation fault\n"
                   "make: *** [Makefile:9: pybuilddir.txt] Error 139\n",
                   "make: *** [Makefile:9: pybuilddir.txt] Error 139");
}

static void
modules_that_setup_py_could_not_build_are_not_the_reason(void **state)
{
    (void)state;
    assert_summary("make",
                   " ./python -E ./setup.py -q build\n"
                   "Modules/_ssl.c:697:43: error: incomplete typedef\n"
                   "Failed to build these modules: _ssl\n"
                   "Traceback (most recent call last):\n"
                   "AttributeError: 'NoneType' has no attribute 'x'\n"
                   "make: *** [Makefile:600: sharedmods] Error 1\n",
                   "make: AttributeError: 'NoneType' has no attribute 'x'");
}

static void
a_line_that_names_its_program_is_not_prefixed_again(void **state)
{
    (void)state;
    assert_summary("configure",
                   "checking for cc... no\n"
                   "configure: error: no acceptable C compiler\n",
                   "configure: error: no acceptable C compiler");
}

static void
any_log_has_a_summary(void **state)
{
    (void)state;
    assert_summary("make", "", "make: no output");
    assert_summary("make", "\n\n", "make: no output");
    assert_summary("make", "  what now\r\n\n", "make: what now");
}

static void
a_summary_is_one_line_of_bounded_length(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    pb_buf_adds(&log, "a.c:1: error: ");
    for (int i = 0; i < 10000; i++) {
        pb_buf_adds(&log, "x");
    }
    PB_AUTOFREE char *summary = pb_failure_summary("make", log.data, log.len);
    assert_true(strlen(summary) < 600);
    assert_null(strchr(summary, '\n'));
}

static void
troubles_of_the_machine_are_recognised(void **state)
{
    static const char *const troubles[] = {
        "a.c:9: fatal error: error writing: No space left on device\n",
        "gcc: fatal error: Killed signal terminated program cc1\n",
        "virtual memory exhausted: Cannot allocate memory\n",
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(troubles); i++) {
        PB_AUTOFREE char *line = NULL;
        assert_true(pb_failure_is_environment(troubles[i], strlen(troubles[i]),
                                              &line));
        assert_non_null(line);
    }
    const char *ordinary = "a.c:1: error: space\n";
    PB_AUTOFREE char *line = NULL;
    assert_false(pb_failure_is_environment(ordinary, strlen(ordinary), &line));
    assert_null(line);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_of_the_compiler_tells),
        cmocka_unit_test(the_linker_is_understood),
        cmocka_unit_test(
            without_a_compiler_error_the_last_line_about_one_tells),
        cmocka_unit_test(
            modules_that_setup_py_could_not_build_are_not_the_reason),
        cmocka_unit_test(a_line_that_names_its_program_is_not_prefixed_again),
        cmocka_unit_test(any_log_has_a_summary),
        cmocka_unit_test(a_summary_is_one_line_of_bounded_length),
        cmocka_unit_test(troubles_of_the_machine_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
