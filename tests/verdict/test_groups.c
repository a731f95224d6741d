/* The changes of two runs, classified and grouped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "shipped_rules.h"

struct runs {
    struct pb_results before;
    struct pb_results after;
};

static void
runs_clear(struct runs *runs)
{
    pb_results_clear(&runs->before);
    pb_results_clear(&runs->after);
}
PB_DEFINE_AUTO_CLEAR(runs, struct runs, runs_clear)

static void
pass(struct pb_results *results, const char *id)
{
    (void)pb_results_add(results, id, PB_OUTCOME_PASS);
}

static void
raise_(struct pb_results *results, const char *id, const char *type,
       const char *message, const char *trace)
{
    pb_result_describe(pb_results_add(results, id, PB_OUTCOME_ERROR), type,
                       message, trace);
}

/* "kind class count signature" a group, a line each. */
static void
expect(const struct runs *runs, const struct pb_outside *outside,
       const char *own_rules, const char *expected)
{
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (own_rules != NULL) {
        assert_int_equal(pb_rules_parse(rules, own_rules, strlen(own_rules),
                                        "own.yml", &problems, &err),
                         0);
    }
    shipped_rules_load(rules);
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    PB_AUTO(pb_groups) struct pb_groups groups = PB_GROUPS_INIT;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_diff_compute(&runs->before, &runs->after, NULL, &diff);
    pb_groups_compute(rules, &runs->before, &runs->after, &diff, outside,
                      &groups);
    size_t total = 0;
    for (size_t i = 0; i < groups.len; i++) {
        const struct pb_group *group = &groups.items[i];
        pb_buf_addf(&out, "%s %s %zu %s\n", pb_change_kind_name(group->kind),
                    group->match.class_name, group->len, group->signature);
        for (size_t j = 0; j < group->len; j++) {
            const struct pb_change *change = &diff.items[group->changes[j]];
            assert_int_equal(change->kind, group->kind);
            assert_string_equal(change->signature, group->signature);
            assert_true(j == 0 || group->changes[j] > group->changes[j - 1]);
        }
        total += group->len;
    }
    assert_int_equal(total, diff.len);
    assert_string_equal(out.data, expected);
}

static void
changes_are_grouped_by_kind_class_and_signature(void **state)
{
    (void)state;
    PB_AUTO(runs) struct runs runs = {PB_RESULTS_INIT, PB_RESULTS_INIT};
    for (int i = 0; i < 30; i++) {
        PB_AUTOFREE char *id = pb_asprintf("m.C.test_%02d", i);
        pass(&runs.before, id);
        if (i < 20) {
            raise_(&runs.after, id, "ImportError",
                   i % 2 ? "No module named 'imp'" : "cannot import name 'x'",
                   NULL);
        }
        else if (i < 25) {
            pass(&runs.after, id);
        }
    }
    raise_(&runs.before, "m.C.was", "KeyError", "1", NULL);
    pass(&runs.after, "m.C.was");
    pass(&runs.before, PB_TEST_SMOKE);
    raise_(&runs.after, PB_TEST_SMOKE, "ImportError", "No module named 'imp'",
           NULL);
    expect(&runs, NULL, NULL,
           "failing removed-module 11 ModuleNotFoundError: No module named "
           "'imp'\n"
           "failing removed-name 10 ImportError: cannot import name 'x'\n"
           "vanished vanished 5 absent\n"
           "fixed fixed 1 pass\n");
}

static void
one_signature_may_be_of_two_classes(void **state)
{
    (void)state;
    PB_AUTO(runs) struct runs runs = {PB_RESULTS_INIT, PB_RESULTS_INIT};
    pass(&runs.before, "m.C.test_a");
    pass(&runs.before, "m.C.test_b");
    raise_(&runs.after, "m.C.test_a", "ValueError", "odd",
           "Traceback (most recent call last):\n"
           "  File \"/w/Lib/json.py\", line 1, in f\n"
           "    raise ValueError('odd')\n"
           "ValueError: odd\n");
    raise_(&runs.after, "m.C.test_b", "ValueError", "odd",
           "Traceback (most recent call last):\n"
           "  File \"/w/project/x.py\", line 1, in f\n"
           "    raise ValueError('odd')\n"
           "ValueError: odd\n");
    expect(&runs, NULL, NULL,
           "failing other 1 ValueError: odd [project/x.py: f]\n"
           "failing type-stricter 1 ValueError: odd [Lib/json.py: f]\n");
}

static void
files_that_vanish_as_a_whole_were_not_collected(void **state)
{
    (void)state;
    PB_AUTO(runs) struct runs runs = {PB_RESULTS_INIT, PB_RESULTS_INIT};
    pass(&runs.before, "t/a.py::C::test_1");
    pass(&runs.before, "t/a.py::test_2");
    pass(&runs.before, "t/b.py::test_1");
    pass(&runs.before, "t/b.py::test_2");
    pass(&runs.before, "t/c.py::test_1[<E.A: 1>]");
    pass(&runs.after, "t/b.py::test_1");
    pass(&runs.after, "t/c.py::test_1[E.A]");
    expect(&runs, NULL, NULL,
           "vanished collection 2 absent\n"
           "vanished removed-test 1 absent\n"
           "vanished vanished 1 absent\n"
           "new new-test 1 pass\n");

    PB_AUTO(runs) struct runs unittest = {PB_RESULTS_INIT, PB_RESULTS_INIT};
    pass(&unittest.before, "p.m.C.test_1");
    pass(&unittest.before, "p.n.C.test_1");
    pass(&unittest.after, "p.n.C.test_1");
    raise_(&unittest.after, "unittest.loader._FailedTest.m", "ImportError",
           "Failed to import test module: m\nTraceback (most recent call "
           "last):\n  File \"m.py\", line 1, in <module>\n    import x\n"
           "RuntimeError: odd\n",
           NULL);
    expect(&unittest, NULL, NULL,
           "failing collection 1 ImportError: Failed to import test module: "
           "m\n"
           "vanished collection 1 absent\n");
    struct pb_counts counts;
    pb_counts_of(&unittest.before, &unittest.after, &counts);
    assert_int_equal(counts.tests_before, 2);
    assert_int_equal(counts.tests_after, 2);
    assert_int_equal(counts.uncollected_before, 0);
    assert_int_equal(counts.uncollected_after, 1);
}

static bool
is_b(void *context, const char *id)
{
    assert_string_equal(context, "context");
    return strcmp(id, "m.C.b") == 0;
}

static bool
is_c(void *context, const char *id)
{
    (void)context;
    return strcmp(id, "m.C.c") == 0;
}

static bool
had_old(void *context, const char *module)
{
    (void)context;
    return strcmp(module, "old") == 0;
}

static void
the_caller_is_asked_for_what_lies_outside(void **state)
{
    (void)state;
    PB_AUTO(runs) struct runs runs = {PB_RESULTS_INIT, PB_RESULTS_INIT};
    static const char *const ids[] = {"m.C.a", "m.C.b", "m.C.c"};
    for (size_t i = 0; i < PB_LENGTH(ids); i++) {
        pass(&runs.before, ids[i]);
        raise_(&runs.after, ids[i], "AssertionError", "1 != 2", NULL);
    }
    pass(&runs.before, "m.C.d");
    raise_(&runs.after, "m.C.d", "ImportError", "No module named 'old'", NULL);
    char context[] = "context";
    const struct pb_outside outside = {.is_flaky = is_b,
                                       .is_fine_elsewhere = is_c,
                                       .stdlib_had = had_old,
                                       .context = context};
    expect(
        &runs, &outside, NULL,
        "failing flaky 1 AssertionError: 1 != 2\n"
        "failing platform 1 AssertionError: 1 != 2\n"
        "failing removed-module 1 ModuleNotFoundError: No module named 'old'\n"
        "failing value-changed 1 AssertionError: 1 != 2\n");
}

static void
rules_that_ask_for_tests_see_each(void **state)
{
    (void)state;
    PB_AUTO(runs) struct runs runs = {PB_RESULTS_INIT, PB_RESULTS_INIT};
    static const char *const ids[] = {"m.C.a", "m.net.b", "m.net.c"};
    for (size_t i = 0; i < PB_LENGTH(ids); i++) {
        pass(&runs.before, ids[i]);
        raise_(&runs.after, ids[i], "AssertionError", "1 != 2", NULL);
    }
    expect(&runs, NULL,
           "classes:\n- {name: net, description: x, test: '\\.net\\.'}\n",
           "failing net 2 AssertionError: 1 != 2\n"
           "failing value-changed 1 AssertionError: 1 != 2\n");
}

static void
equal_runs_have_no_groups(void **state)
{
    (void)state;
    PB_AUTO(runs) struct runs runs = {PB_RESULTS_INIT, PB_RESULTS_INIT};
    expect(&runs, NULL, NULL, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_grouped_by_kind_class_and_signature),
        cmocka_unit_test(one_signature_may_be_of_two_classes),
        cmocka_unit_test(files_that_vanish_as_a_whole_were_not_collected),
        cmocka_unit_test(the_caller_is_asked_for_what_lies_outside),
        cmocka_unit_test(rules_that_ask_for_tests_see_each),
        cmocka_unit_test(equal_runs_have_no_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
