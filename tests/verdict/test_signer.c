/* The signatures of many failures, worked out quickly, are those of each by
   itself, and say what the tracebacks say that are read whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/traceback.h"
#include "pybisect/verdict.h"

#define FAILURES 4000

static const char *
one_of(const char *const *items, size_t len)
{
    return items[(size_t)rand() % len];
}
#define ONE_OF(items) one_of((items), PB_LENGTH(items))

static const char *const paths[] = {
    "/c/runs/run-a1b2c3/project/genshi/core.py",
    "/c/runs/run-d4e5f6/project/genshi/core.py", /* the same, elsewhere */
    "/c/runs/run-a1b2c3/project/tests/test_core.py",
    "/c/trees/0/run-1/Lib/codecs.py",
    "/c/trees/0/run-1/Lib/unittest/case.py",
    "/usr/lib/python3/dist-packages/six.py",
    "{project}/genshi/core.py",
    "{project}/genshi/\xc3\xa9.py",
    "{cpython}/Lib/ast.py",
    "tests/../genshi/path.py",
    "<frozen importlib._bootstrap>",
    "<string>",
};

static const char *const functions[] = {
    "render",     "<listcomp>", "<module>", "test_render",
    "Core.write", "<genexpr>",  "__init__",
};

static const char *const chains[] = {
    "\nDuring handling of the above exception, another exception "
    "occurred:\n\n",
    "\nThe above exception was the direct cause of the following "
    "exception:\n\n",
};

static void
add_python(struct pb_buf *out)
{
    size_t frames = (size_t)rand() % 6;
    pb_buf_adds(out, "Traceback (most recent call last):\n");
    for (size_t i = 0; i < frames; i++) {
        pb_buf_addf(out, "  File \"%s\", line %d, in %s\n", ONE_OF(paths),
                    rand() % 300, ONE_OF(functions));
        if (rand() % 2 == 0) {
            pb_buf_adds(out,
                        "    return \033[1mcall\033[0m()\n           ^\n");
        }
    }
    pb_buf_adds(out, "ValueError: no codec\n");
    if (rand() % 3 == 0) {
        pb_buf_addf(out, "  File \"%s\", line 1, in f\n", ONE_OF(paths));
    }
}

static void
add_pytest(struct pb_buf *out)
{
    for (int i = rand() % 4; i >= 0; i--) {
        pb_buf_addf(out, "    def %s(self):\n>       call()\n\n",
                    ONE_OF(functions));
        pb_buf_addf(out, "%s:%d: \n", ONE_OF(paths), rand() % 300);
    }
    pb_buf_adds(out, "E   ValueError: no codec\n");
}

static void
add_dump(struct pb_buf *out)
{
    pb_buf_adds(out, "Fatal Python error: Segmentation fault\n\n"
                     "Current thread 0x00007f3c5a1b2d90 (most recent call "
                     "first):\n");
    for (int i = rand() % 4; i >= 0; i--) {
        pb_buf_addf(out, "  File \"%s\", line %d in %s\n", ONE_OF(paths),
                    rand() % 300, ONE_OF(functions));
    }
}

static void
make_trace(struct pb_buf *out)
{
    static void (*const makers[])(struct pb_buf *) = {add_python, add_python,
                                                      add_pytest, add_dump};
    makers[(size_t)rand() % PB_LENGTH(makers)](out);
    if (rand() % 4 == 0) {
        pb_buf_adds(out, ONE_OF(chains));
        add_python(out);
    }
    if (rand() % 8 == 0) { /* cut off somewhere */
        pb_buf_truncate(out, (size_t)rand() % (out->len + 1));
    }
}

static void
make_failures(struct pb_results *before, struct pb_results *after)
{
    static const enum pb_outcome outcomes[] = {
        PB_OUTCOME_FAIL, PB_OUTCOME_ERROR, PB_OUTCOME_CRASHED,
        PB_OUTCOME_SKIP};
    static const char *const types[] = {"ValueError", "builtins.ValueError",
                                        "RecursionError", "TypeError"};
    static const char *const messages[] = {
        "no codec", "Core.f() takes 1 positional argument but 2 were given",
        "no codec 0x7f3c5a1b2d90", "no codec\nat all"};
    static const char *const names[] = {"m.C.test_render", "tests.test_core",
                                        "m.C.test_other"};
    for (size_t i = 0; i < FAILURES; i++) {
        PB_AUTO(pb_buf) struct pb_buf trace = PB_BUF_INIT;
        PB_AUTOFREE char *id = pb_asprintf("%s[%zu]", ONE_OF(names), i);
        make_trace(&trace);
        (void)pb_results_add(before, id, PB_OUTCOME_PASS);
        pb_result_describe(
            pb_results_add(after, id, outcomes[i % PB_LENGTH(outcomes)]),
            ONE_OF(types), ONE_OF(messages), trace.data);
    }
}

/* What stands in brackets at the end, if the deciding frame is to be told. */
static char *
place_of(const char *text)
{
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
    pb_traceback_parse(text, &trace);
    size_t index = pb_traceback_decisive(&trace, NULL, &home);
    if (index == PB_NO_FRAME) {
        return pb_strdup("");
    }
    const char *function = trace.items[index].function;
    const char *dot = function == NULL ? NULL : strrchr(function, '.');
    function = dot == NULL ? function : dot + 1;
    return pb_asprintf(" [%s%s%s]", home.path, function == NULL ? "" : ": ",
                       function == NULL ? "" : function);
}

static void
signatures_are_those_of_each_by_itself(void **state)
{
    (void)state;
    unsigned seed = 20180126;
    print_message("seed %u\n", seed);
    srand(seed);
    PB_AUTO(pb_results) struct pb_results before = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results after = PB_RESULTS_INIT;
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    make_failures(&before, &after);
    pb_diff_compute(&before, &after, NULL, &diff);
    assert_int_equal(diff.len, FAILURES);
    size_t placed = 0;
    for (size_t i = 0; i < diff.len; i++) {
        const struct pb_change *change = &diff.items[i];
        PB_AUTOFREE char *alone = pb_signature_of(change->after);
        PB_AUTOFREE char *place = place_of(change->after->trace);
        assert_string_equal(change->signature, alone);
        const char *bracket = strstr(change->signature, " [");
        if (bracket != NULL) {
            assert_string_equal(bracket, place);
            placed++;
        }
    }
    assert_true(placed > FAILURES / 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_each_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
