/* Plans there and back. */
#include "base/scratch.h"

#include "pybisect/plan.h"

static void
fill(struct pb_plan *plan)
{
    char **const texts[] = {
        &plan->project,
        &plan->directory,
        &plan->good,
        &plan->bad,
        &plan->good_id,
        &plan->bad_id,
        &plan->cpython,
        &plan->project_dir,
        &plan->deps_dir,
        &plan->ref,
        &plan->project_revision,
        &plan->source,
        &plan->match,
        &plan->cc,
    };
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        *texts[i] = pb_asprintf("text %zu \"\xc3\xa9\"\n", i);
    }
    pb_strv_add(&plan->command, "{python}");
    pb_strv_add(&plan->command, "");
    pb_strv_add(&plan->tests, "a.b");
    pb_strv_add(&plan->configure_args, "--with-x=y z");
    pb_strv_add(&plan->find_links, "/srv/wheels");
    plan->pins = pb_json_array();
    pb_json_append(plan->pins, pb_json_string("six"));
    plan->apart = true;
    plan->all_parents = true;
    plan->no_ccache = true;
    plan->jobs = 7;
    plan->timeout = 4000000000L;
    plan->max_culprits = -1;
}

static void
expect_equal(const struct pb_plan *a, const struct pb_plan *b)
{
    PB_AUTO(pb_buf) struct pb_buf left = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf right = PB_BUF_INIT;
    PB_AUTO(pb_json) struct pb_json *left_json = pb_plan_to_json(a);
    PB_AUTO(pb_json) struct pb_json *right_json = pb_plan_to_json(b);
    pb_json_write(left_json, true, &left);
    pb_json_write(right_json, true, &right);
    assert_string_equal(left.data, right.data);
}

static void
read_back(const struct pb_plan *plan, struct pb_plan *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_json) struct pb_json *json = pb_plan_to_json(plan);
    pb_json_write(json, false, &text);
    PB_AUTO(pb_json)
    struct pb_json *parsed = pb_json_parse(text.data, text.len, "plan", &err);
    assert_non_null(parsed);
    assert_int_equal(pb_plan_from_json(parsed, out, &err), 0);
}

static void
every_field_comes_back(void **state)
{
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_plan) struct pb_plan back = PB_PLAN_INIT;
    (void)state;
    fill(&plan);
    read_back(&plan, &back);
    expect_equal(&plan, &back);
    assert_string_equal(pb_json_text(pb_json_at(back.pins, 0)), "six");
    assert_string_equal(back.find_links.items[0], "/srv/wheels");
    assert_true(back.apart);
    assert_string_equal(back.project, plan.project);
    assert_string_equal(back.directory, plan.directory);
    assert_string_equal(back.good, plan.good);
    assert_string_equal(back.bad, plan.bad);
    assert_string_equal(back.good_id, plan.good_id);
    assert_string_equal(back.bad_id, plan.bad_id);
    assert_string_equal(back.cpython, plan.cpython);
    assert_string_equal(back.project_dir, plan.project_dir);
    assert_string_equal(back.deps_dir, plan.deps_dir);
    assert_string_equal(back.ref, plan.ref);
    assert_string_equal(back.project_revision, plan.project_revision);
    assert_string_equal(back.source, plan.source);
    assert_string_equal(back.match, plan.match);
    assert_string_equal(back.cc, plan.cc);
    assert_int_equal(back.command.len, 2);
    assert_string_equal(back.command.items[1], "");
    assert_int_equal(back.tests.len, 1);
    assert_string_equal(back.tests.items[0], "a.b");
    assert_int_equal(back.configure_args.len, 1);
    assert_true(back.all_parents);
    assert_true(back.no_ccache);
    assert_int_equal(back.jobs, 7);
    assert_true(back.timeout == 4000000000L);
    assert_int_equal(back.max_culprits, -1);
}

static void
an_empty_plan_comes_back_empty(void **state)
{
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_plan) struct pb_plan back = PB_PLAN_INIT;
    (void)state;
    read_back(&plan, &back);
    expect_equal(&plan, &back);
    assert_null(back.project);
    assert_null(back.good);
    assert_int_equal(back.command.len, 0);
    assert_false(back.all_parents);
}

/* A field written as NULL and one written as "" are not the same. */
static void
empty_text_is_not_no_text(void **state)
{
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_plan) struct pb_plan back = PB_PLAN_INIT;
    (void)state;
    plan.good = pb_strdup("");
    read_back(&plan, &back);
    assert_string_equal(back.good, "");
    assert_null(back.bad);
}

static void
what_is_no_plan_is_corrupt_and_leaves_the_output_alone(void **state)
{
    static const char *const texts[] = {"{}", "[]", "[1, 2]", "{\"a\": 1}",
                                        "{\"project\": \"x\"}"};
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        struct pb_error err = PB_ERROR_INIT;
        PB_AUTO(pb_json)
        struct pb_json *json =
            pb_json_parse(texts[i], strlen(texts[i]), "plan", &err);
        assert_non_null(json);
        PB_AUTO(pb_plan) struct pb_plan plan = {.jobs = 3};
        assert_int_equal(pb_plan_from_json(json, &plan, &err), -1);
        assert_int_equal(err.code, PB_ERROR_CORRUPT);
        assert_true(err.message[0] != '\0');
        assert_int_equal(plan.jobs, 3);
    }
}

static void
fields_of_another_type_count_as_absent(void **state)
{
    static const char text[] =
        "{\"project\": \"p\", \"command\": \"not a list\", "
        " \"jobs\": \"four\", \"all_parents\": \"yes\", \"tests\": [1, \"a\"],"
        " \"unheard_of\": {}}";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_json)
    struct pb_json *json = pb_json_parse(text, strlen(text), "plan", &err);
    (void)state;
    assert_non_null(json);
    assert_int_equal(pb_plan_from_json(json, &plan, &err), 0);
    assert_string_equal(plan.project, "p");
    assert_int_equal(plan.command.len, 0);
    assert_int_equal(plan.jobs, 0);
    assert_false(plan.all_parents);
    assert_int_equal(plan.tests.len, 1);
}

static void
titles_say_what_is_bisected(void **state)
{
    (void)state;
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    plan.project = pb_strdup("genshi");
    plan.good = pb_strdup("v3.11.2");
    plan.bad = pb_strdup("main");
    PB_AUTOFREE char *title = pb_plan_title(&plan);
    assert_string_equal(title, "genshi v3.11.2..main");
    PB_AUTO(pb_plan) struct pb_plan other = PB_PLAN_INIT;
    other.bad = pb_strdup("main");
    pb_strv_add(&other.command, "{python}");
    pb_strv_add(&other.command, "x.py");
    PB_AUTOFREE char *other_title = pb_plan_title(&other);
    assert_string_equal(other_title, "..main -- {python} x.py");
}

static void
confidences_lie_between_nothing_and_all(void **state)
{
    static const char *const wrong[] = {"",     "1", "0",    "-1",
                                        "99 %", "x", "0.5x", "nan"};
    double value = 0;
    (void)state;
    assert_true(pb_plan_parse_confidence("0.95", &value));
    assert_true(value > .949 && value < .951);
    for (size_t i = 0; i < PB_LENGTH(wrong); i++) {
        assert_false(pb_plan_parse_confidence(wrong[i], &value));
    }
}

static void
budgets_are_runs_or_times(void **state)
{
    static const char *const wrong[] = {"",   "0", "-3",  "2.5", "2 h",
                                        "1w", "h", "nan", "1e30"};
    size_t runs = 0;
    double seconds = 0;
    (void)state;
    assert_true(pb_plan_parse_budget("40", &runs, &seconds));
    assert_int_equal(runs, 40);
    assert_true(pb_plan_parse_budget("1.5h", &runs, &seconds));
    assert_int_equal(runs, 0);
    assert_true(seconds > 5399 && seconds < 5401);
    assert_true(pb_plan_parse_budget("90s", &runs, &seconds));
    assert_true(pb_plan_parse_budget("30m", &runs, &seconds));
    for (size_t i = 0; i < PB_LENGTH(wrong); i++) {
        assert_false(pb_plan_parse_budget(wrong[i], &runs, &seconds));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(an_empty_plan_comes_back_empty),
        cmocka_unit_test(empty_text_is_not_no_text),
        cmocka_unit_test(
            what_is_no_plan_is_corrupt_and_leaves_the_output_alone),
        cmocka_unit_test(fields_of_another_type_count_as_absent),
        cmocka_unit_test(titles_say_what_is_bisected),
        cmocka_unit_test(confidences_lie_between_nothing_and_all),
        cmocka_unit_test(budgets_are_runs_or_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
