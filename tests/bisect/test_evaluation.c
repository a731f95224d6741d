/* Evaluations in the journal, and the keys they are found by. */
#include "base/scratch.h"

#include "pybisect/evaluation.h"

static struct pb_journal *
open_journal(const char *directory)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    PB_AUTOFREE char *path = pb_path_join(directory, "j.db");
    if (pb_journal_open(path, &journal, &err) < 0) {
        fail_msg("%s", err.message);
    }
    return journal;
}

static struct pb_digest
digest(const char *text)
{
    return pb_digest_of(text, strlen(text));
}

static void
fill(struct pb_evaluation *evaluation)
{
    evaluation->status = PB_EVALUATION_TESTED;
    evaluation->reason = pb_strdup("a reason");
    evaluation->log = pb_strdup("/a/log");
    evaluation->build = PB_BUILD_COMPILED;
    evaluation->build_seconds = 1.5;
    evaluation->test_seconds = 2.25;
    evaluation->output = digest("output");
    pb_result_describe(
        pb_results_add(&evaluation->results, "m.T.a", PB_OUTCOME_FAIL),
        "ValueError", "no \xc3\xa9", "Traceback\n  line");
    pb_results_add(&evaluation->results, "m.T.b", PB_OUTCOME_PASS);
}

static void
an_evaluation_is_recalled_as_it_was_recorded(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    PB_AUTO(pb_evaluation) struct pb_evaluation made = PB_EVALUATION_INIT;
    PB_AUTO(pb_evaluation) struct pb_evaluation found = PB_EVALUATION_INIT;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = digest("key");
    bool known = false;
    fill(&made);
    assert_int_equal(pb_evaluation_record(journal, &key, &made, &err), 0);
    assert_int_equal(pb_evaluation_recall(journal, &key, &found, &known, &err),
                     0);
    assert_true(known);
    assert_true(found.recalled);
    assert_int_equal(found.status, PB_EVALUATION_TESTED);
    assert_string_equal(found.reason, "a reason");
    assert_string_equal(found.log, "/a/log");
    assert_int_equal(found.build, PB_BUILD_COMPILED);
    assert_true(found.build_seconds == 1.5);
    assert_true(found.test_seconds == 2.25);
    assert_true(pb_digest_equal(&found.output, &made.output));
    const struct pb_result *a = pb_results_find(&found.results, "m.T.a");
    assert_int_equal(a->outcome, PB_OUTCOME_FAIL);
    assert_string_equal(a->type, "ValueError");
    assert_string_equal(a->message, "no \xc3\xa9");
    assert_string_equal(a->trace, "Traceback\n  line");
    assert_int_equal(pb_results_outcome(&found.results, "m.T.b"),
                     PB_OUTCOME_PASS);
}

static void
an_unknown_key_is_no_error(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    PB_AUTO(pb_evaluation) struct pb_evaluation found = PB_EVALUATION_INIT;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = digest("key");
    bool known = true;
    assert_int_equal(pb_evaluation_recall(journal, &key, &found, &known, &err),
                     0);
    assert_false(known);
}

static void
a_record_that_is_no_evaluation_counts_as_none(void **state)
{
    static const char *const records[] = {
        "{}",
        "[]",
        "{\"status\": \"unheard of\"}",
        "{\"status\": 3}",
        "{\"status\": \"tested\"}",
        "{\"status\": \"tested\", \"results\": {}}",
        "{\"status\": \"tested\", \"results\": {\"run\": {\"end\": \"?\"}}}",
        "{\"status\": \"tested\", \"build\": 9, \"results\":"
        " {\"run\": {\"end\": \"exited\"}, \"tests\": []}}",
        "{\"status\": \"tested\", \"results\": {\"run\": {\"end\":"
        " \"exited\"}, \"tests\": [{\"id\": \"a\"}]}}",
    };
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    struct pb_digest key = digest("key");
    for (size_t i = 0; i < PB_LENGTH(records); i++) {
        struct pb_error err = PB_ERROR_INIT;
        PB_AUTO(pb_json)
        struct pb_json *json =
            pb_json_parse(records[i], strlen(records[i]), "record", &err);
        PB_AUTO(pb_evaluation) struct pb_evaluation found = PB_EVALUATION_INIT;
        bool known = true;
        assert_non_null(json);
        assert_int_equal(pb_journal_put_evaluation(journal, &key, json, &err),
                         0);
        assert_int_equal(
            pb_evaluation_recall(journal, &key, &found, &known, &err), 0);
        assert_false(known);
        assert_null(found.reason);
    }
}

/* --- keys --------------------------------------------------------------- */

static struct pb_digest
key_of(const char *identity, const struct pb_request *request)
{
    struct pb_machine machine = {.identity = digest(identity)};
    return pb_request_key(&machine, request);
}

static void
what_can_change_a_result_changes_the_key(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv ab = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv joined = PB_STRV_INIT;
    pb_strv_add(&ab, "a");
    pb_strv_add(&ab, "b");
    pb_strv_add(&joined, "ab");
    struct pb_keys keys = {.behaviour = digest("one")};
    struct pb_keys other = {.behaviour = digest("two")};
    const struct pb_request requests[] = {
        {.keys = keys},
        {.keys = other},
        {.keys = keys, .tests = &ab},
        {.keys = keys, .tests = &joined},
        {.keys = keys, .take = 1},
        {.keys = keys, .clean = true},
        {.keys = keys, .clean = true, .scope = 1},
        {.keys = keys, .clean = true, .scope = 2},
    };
    for (size_t i = 0; i < PB_LENGTH(requests); i++) {
        struct pb_digest one = key_of("machine", &requests[i]);
        struct pb_digest elsewhere = key_of("another", &requests[i]);
        assert_false(pb_digest_equal(&one, &elsewhere));
        for (size_t j = 0; j < i; j++) {
            struct pb_digest two = key_of("machine", &requests[j]);
            assert_false(pb_digest_equal(&one, &two));
        }
    }
}

static void
commits_of_equal_behaviour_share_a_key(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv empty = PB_STRV_INIT;
    struct pb_keys keys = {.behaviour = digest("one")};
    struct pb_request a = {.keys = keys, .commit = {{1}}};
    struct pb_request b = {.keys = keys, .commit = {{2}}, .tests = &empty};
    struct pb_digest one = key_of("machine", &a);
    struct pb_digest two = key_of("machine", &b);
    assert_true(pb_digest_equal(&one, &two));
}

/* --- at one go ---------------------------------------------------------- */

struct fake {
    enum pb_build_end end;
    int fails; /* of build(), then of test() */
    unsigned built;
    unsigned tested;
};

static int
fake_build(void *context, const struct pb_request *request,
           struct pb_build *out, struct pb_error *err)
{
    struct fake *fake = context;
    (void)request;
    if (fake->fails == 1) {
        return pb_error_set(err, PB_ERROR_ENVIRONMENT, "disk full");
    }
    fake->built++;
    *out = (struct pb_build){
        .end = fake->end,
        .failure = fake->end == PB_BUILD_FAILED ? pb_strdup("make: x") : NULL,
        .log = fake->end == PB_BUILD_FAILED ? pb_strdup("/log") : NULL,
        .seconds = 3,
        .output = digest("output"),
    };
    return 0;
}

static int
fake_test(void *context, const struct pb_request *request,
          const struct pb_build *build, struct pb_evaluation *out,
          struct pb_error *err)
{
    struct fake *fake = context;
    (void)request;
    (void)build;
    if (fake->fails == 2) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
    }
    fake->tested++;
    pb_results_add(&out->results, "a", PB_OUTCOME_PASS);
    return 0;
}

static int
evaluate(struct pb_journal *journal, struct fake *fake,
         struct pb_evaluation *out, struct pb_error *err)
{
    struct pb_machine machine = {
        .build = fake_build, .test = fake_test, .context = fake};
    struct pb_request request = {.keys = {.behaviour = digest("one")}};
    return pb_evaluate(journal, &machine, &request, out, err);
}

static void
what_is_known_is_neither_built_nor_tested(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    struct pb_error err = PB_ERROR_INIT;
    struct fake fake = {.end = PB_BUILD_COMPILED};
    PB_AUTO(pb_evaluation) struct pb_evaluation first = PB_EVALUATION_INIT;
    PB_AUTO(pb_evaluation) struct pb_evaluation second = PB_EVALUATION_INIT;
    assert_int_equal(evaluate(journal, &fake, &first, &err), 0);
    assert_false(first.recalled);
    assert_true(first.build_seconds == 3);
    assert_int_equal(evaluate(journal, &fake, &second, &err), 0);
    assert_true(second.recalled);
    assert_int_equal(pb_results_tests(&second.results), 1);
    assert_int_equal(fake.built, 1);
    assert_int_equal(fake.tested, 1);
}

/* Another commit, of other behaviour by its sources. */
static int
evaluate_twin(struct pb_journal *journal, struct fake *fake,
              const char *library, bool clean, struct pb_evaluation *out)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_machine machine = {
        .build = fake_build, .test = fake_test, .context = fake};
    struct pb_request request = {
        .commit = {{2}},
        .keys = {.behaviour = digest("two"), .library = digest(library)},
        .clean = clean,
    };
    return pb_evaluate(journal, &machine, &request, out, &err);
}

static void
an_identical_interpreter_is_built_but_not_tested(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    struct pb_error err = PB_ERROR_INIT;
    struct fake fake = {.end = PB_BUILD_COMPILED};
    struct pb_machine machine = {
        .build = fake_build, .test = fake_test, .context = &fake};
    struct pb_request request = {
        .commit = {{1}},
        .keys = {.behaviour = digest("one"), .library = digest("lib")},
    };
    PB_AUTO(pb_evaluation) struct pb_evaluation first = PB_EVALUATION_INIT;
    PB_AUTO(pb_evaluation) struct pb_evaluation twin = PB_EVALUATION_INIT;
    PB_AUTO(pb_evaluation) struct pb_evaluation again = PB_EVALUATION_INIT;
    assert_int_equal(pb_evaluate(journal, &machine, &request, &first, &err),
                     0);
    assert_false(first.twin);
    assert_int_equal(evaluate_twin(journal, &fake, "lib", false, &twin), 0);
    assert_int_equal(fake.built, 2);
    assert_int_equal(fake.tested, 1);
    assert_true(twin.twin);
    assert_false(twin.recalled);
    assert_int_equal(twin.tested.bytes[0], 1);
    assert_int_equal(pb_results_tests(&twin.results), 1);
    assert_int_equal(evaluate_twin(journal, &fake, "lib", false, &again), 0);
    assert_true(again.twin);
    assert_true(again.recalled);
    assert_int_equal(again.tested.bytes[0], 1);
    assert_int_equal(fake.built, 2);
}

static void
another_library_or_a_closing_check_is_tested(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    struct fake fake = {.end = PB_BUILD_COMPILED};
    PB_AUTO(pb_evaluation) struct pb_evaluation first = PB_EVALUATION_INIT;
    PB_AUTO(pb_evaluation) struct pb_evaluation other = PB_EVALUATION_INIT;
    PB_AUTO(pb_evaluation) struct pb_evaluation clean = PB_EVALUATION_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(evaluate(journal, &fake, &first, &err), 0);
    assert_int_equal(evaluate_twin(journal, &fake, "new", false, &other), 0);
    assert_int_equal(evaluate_twin(journal, &fake, "new", true, &clean), 0);
    assert_false(other.twin);
    assert_false(clean.twin);
    assert_int_equal(fake.tested, 3);
}

static void
a_failed_build_is_a_result_and_is_kept(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    struct pb_error err = PB_ERROR_INIT;
    struct fake fake = {.end = PB_BUILD_FAILED};
    for (int i = 0; i < 2; i++) {
        PB_AUTO(pb_evaluation) struct pb_evaluation made = PB_EVALUATION_INIT;
        assert_int_equal(evaluate(journal, &fake, &made, &err), 0);
        assert_int_equal(made.status, PB_EVALUATION_UNBUILDABLE);
        assert_string_equal(made.reason, "make: x");
        assert_string_equal(made.log, "/log");
        assert_int_equal(made.build, PB_BUILD_FAILED);
    }
    assert_int_equal(fake.built, 1);
    assert_int_equal(fake.tested, 0);
}

static void
trouble_is_an_error_and_is_not_kept(void **state)
{
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(*state);
    for (int fails = 1; fails <= 2; fails++) {
        struct pb_error err = PB_ERROR_INIT;
        struct fake fake = {.end = PB_BUILD_COMPILED, .fails = fails};
        struct pb_evaluation made = {.test_seconds = 42};
        assert_int_equal(evaluate(journal, &fake, &made, &err), -1);
        assert_string_equal(err.message,
                            fails == 1 ? "disk full" : "interrupted");
        assert_true(made.test_seconds == 42);
    }
    struct pb_error err = PB_ERROR_INIT;
    struct fake fake = {.end = PB_BUILD_COMPILED};
    PB_AUTO(pb_evaluation) struct pb_evaluation made = PB_EVALUATION_INIT;
    assert_int_equal(evaluate(journal, &fake, &made, &err), 0);
    assert_false(made.recalled);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(an_evaluation_is_recalled_as_it_was_recorded),
        SCRATCH_TEST(an_unknown_key_is_no_error),
        SCRATCH_TEST(a_record_that_is_no_evaluation_counts_as_none),
        cmocka_unit_test(what_can_change_a_result_changes_the_key),
        cmocka_unit_test(commits_of_equal_behaviour_share_a_key),
        SCRATCH_TEST(what_is_known_is_neither_built_nor_tested),
        SCRATCH_TEST(an_identical_interpreter_is_built_but_not_tested),
        SCRATCH_TEST(another_library_or_a_closing_check_is_tested),
        SCRATCH_TEST(a_failed_build_is_a_result_and_is_kept),
        SCRATCH_TEST(trouble_is_an_error_and_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
