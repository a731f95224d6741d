/* Nights over a made-up history: heads are places, a project's tests have a
   letter a place, as in world.h:

       .  passes     F  fails     E  fails otherwise     S  skipped
       -  not there  ~  fails in the first run only
*/
#include "base/scratch.h"

#include <stdio.h>

#include "pybisect/clock.h"
#include "pybisect/night.h"
#include "pybisect/outbox.h"

struct made_test {
    const char *project;
    const char *id;
    const char *letters;
};

struct fake {
    const char *directory;
    const struct made_test *tests;
    size_t ntests;
    struct pb_strv projects;
    struct pb_journal *journal;
    struct pb_night *night;
    struct pb_night_machine machine;
    const char *known; /* the test that may fail; NULL: none */
    bool sick;         /* all tests fail, wherever */
    bool unreachable;  /* no project can be run */
    double seconds;    /* passed by now */
    double a_run;      /* seconds */
    int64_t leap;      /* of the clock, seconds */
    uint64_t free_bytes;
    double budget;
    bool hopeless;              /* no bisection is finished in time */
    enum pb_error_code trouble; /* that each bisection ends with */
    size_t runs;
    struct pb_buf log; /* "look a; hunt a 0..2: f1; " */
};

static const char *
sha_of(size_t place, char out[PB_OID_HEX])
{
    struct pb_oid oid = {{0}};
    oid.bytes[0] = (unsigned char)(place + 1);
    return pb_oid_hex(&oid, out);
}

static size_t
place_of(const char *sha)
{
    struct pb_oid oid;
    assert_true(pb_oid_parse(sha, &oid));
    return oid.bytes[0] - 1u;
}

/* --- the machine -------------------------------------------------------- */

static void
add_result(const struct fake *fake, const struct made_test *test, size_t place,
           bool first, struct pb_results *out)
{
    char letter = fake->sick ? 'F' : test->letters[place];
    letter = letter == '~' ? (first ? 'F' : '.') : letter;
    switch (letter) {
    case '.':
        pb_results_add(out, test->id, PB_OUTCOME_PASS);
        break;
    case 'S':
        pb_result_describe(pb_results_add(out, test->id, PB_OUTCOME_SKIP),
                           NULL, "no ssl", NULL);
        break;
    case 'F':
        pb_result_describe(pb_results_add(out, test->id, PB_OUTCOME_FAIL),
                           "AssertionError", "broke", "Traceback");
        break;
    case 'E':
        pb_result_describe(pb_results_add(out, test->id, PB_OUTCOME_ERROR),
                           "TypeError", "otherwise", "Traceback");
        break;
    default:
        break;
    }
}

static int
fake_test(void *context, const char *project, const char *sha,
          const struct pb_strv *tests, unsigned take,
          struct pb_evaluation *out, struct pb_error *err)
{
    struct fake *fake = context;
    fake->runs++;
    fake->seconds += fake->a_run;
    if (fake->unreachable) {
        return pb_error_set(err, PB_ERROR_ENVIRONMENT, "no network");
    }
    for (size_t i = 0; i < fake->ntests; i++) {
        const struct made_test *test = &fake->tests[i];
        bool asked = tests == NULL || pb_strv_contains(tests, test->id);
        if (strcmp(test->project, project) == 0 && asked) {
            add_result(fake, test, place_of(sha), take == 0, &out->results);
        }
    }
    return 0;
}

static bool
always(void *context, const char *id)
{
    (void)context;
    (void)id;
    return true;
}

static bool
counts(void *context, const char *id)
{
    const struct fake *fake = context;
    return fake->known == NULL || strcmp(fake->known, id) != 0;
}

static struct pb_json *
commit(size_t place)
{
    char hex[PB_OID_HEX];
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "sha", pb_json_string(sha_of(place, hex)));
    pb_json_set(json, "subject", pb_json_string("break it"));
    pb_json_set(json, "author", pb_json_string("Ada"));
    pb_json_set(json, "date", pb_json_string("2024-01-01"));
    return json;
}

static void
add_finding(struct pb_json *findings, const struct pb_result *result,
            size_t place)
{
    struct pb_json *finding = pb_json_object();
    struct pb_json *signature = pb_json_object();
    struct pb_json *list = pb_json_array();
    PB_AUTOFREE char *text = pb_signature_of(result);
    pb_json_set(signature, "signature", pb_json_string(text));
    pb_json_set(signature, "count", pb_json_integer(1));
    pb_json_append(list, signature);
    pb_json_set(finding, "kind", pb_json_string("culprit"));
    pb_json_set(finding, "confirmed", pb_json_bool(true));
    pb_json_set(finding, "probability", pb_json_real(.999));
    pb_json_set(finding, "culprit", commit(place));
    pb_json_set(finding, "signatures", list);
    pb_json_append(findings, finding);
}

/* The first place behind `green` where each test of the project does what it
   does at `red`. */
static struct pb_json *
search(struct fake *fake, const struct pb_night_hunt *hunt)
{
    struct pb_json *report = pb_json_object();
    struct pb_json *findings = pb_json_array();
    size_t green = place_of(hunt->green);
    size_t red = place_of(hunt->red);
    for (size_t i = 0; i < fake->ntests; i++) {
        const struct made_test *test = &fake->tests[i];
        size_t place = red;
        if (strcmp(test->project, hunt->project) != 0 ||
            test->letters[red] == test->letters[green])
        {
            continue;
        }
        while (test->letters[place - 1] == test->letters[red]) {
            place--;
        }
        PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
        add_result(fake, test, red, false, &results);
        const struct pb_result *result = pb_results_find(&results, test->id);
        if (result != NULL && pb_outcome_failed(result->outcome)) {
            add_finding(findings, result, place);
        }
    }
    pb_json_set(report, "outcome", pb_json_string("found"));
    pb_json_set(report, "findings", findings);
    return report;
}

static int
bisect(void *context, struct pb_night_hunt *hunt,
       int (*begun)(void *night, struct pb_error *err), void *night,
       struct pb_json **out_report, struct pb_error *err)
{
    struct fake *fake = context;
    pb_buf_addf(&fake->log, "hunt %s %zu..%zu%s%s", hunt->project,
                place_of(hunt->green), place_of(hunt->red),
                hunt->different ? " different" : "",
                hunt->bisection != 0 ? " again" : "");
    for (size_t i = 0; i < hunt->culprits->len; i++) {
        size_t place = place_of(hunt->culprits->items[i]);
        if (place > place_of(hunt->green) && place <= place_of(hunt->red)) {
            pb_buf_addf(&fake->log, " suspecting %zu", place);
        }
    }
    pb_buf_adds(&fake->log, "; ");
    if (hunt->bisection == 0) {
        hunt->bisection = 7;
        if (begun(night, err) < 0) {
            return -1;
        }
    }
    if (fake->trouble != PB_ERROR_NONE) {
        return pb_error_set(err, fake->trouble, "in trouble");
    }
    *out_report = fake->hopeless ? NULL : search(fake, hunt);
    return 0;
}

static void
cost(void *context, const struct pb_night_hunt *hunt, size_t *out_commits,
     double *out_seconds)
{
    (void)context;
    *out_commits = place_of(hunt->red) - place_of(hunt->green);
    *out_seconds = 1000;
}

static double
elapsed(void *context)
{
    const struct fake *fake = context;
    return fake->seconds;
}

static int64_t
now(void *context)
{
    const struct fake *fake = context;
    return 1800000000 + (int64_t)fake->seconds + fake->leap;
}

/* --- a life ------------------------------------------------------------- */

static void
fake_init(struct fake *fake, const char *directory,
          const struct made_test *tests, size_t ntests)
{
    *fake = (struct fake){
        .directory = directory,
        .tests = tests,
        .ntests = ntests,
        .a_run = 1,
        .free_bytes = (uint64_t)1 << 40,
        .log = PB_BUF_INIT,
        .machine = {.test = fake_test,
                    .selectable = always,
                    .counts = counts,
                    .bisect = bisect,
                    .cost = cost,
                    .elapsed = elapsed,
                    .now = now,
                    .context = fake},
    };
    for (size_t i = 0; i < ntests; i++) {
        if (!pb_strv_contains(&fake->projects, tests[i].project)) {
            pb_strv_add(&fake->projects, tests[i].project);
        }
    }
}

static void
open_night(struct fake *fake, size_t head)
{
    char hex[PB_OID_HEX];
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(fake->directory, "journal.sqlite");
    if (pb_journal_open(path, &fake->journal, &err) < 0) {
        fail_msg("%s", err.message);
    }
    struct pb_night_options options = {
        .journal = fake->journal,
        .machine = &fake->machine,
        .projects = &fake->projects,
        .subject = "the head",
        .date = 1700000000,
        .budget = fake->budget > 0 ? fake->seconds + fake->budget : 0,
        .free_bytes = fake->free_bytes,
    };
    assert_true(pb_oid_parse(sha_of(head, hex), &options.head));
    if (pb_night_open(&options, &fake->night, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

/* As a kill would, too. */
static void
close_night(struct fake *fake)
{
    pb_night_free(fake->night);
    pb_journal_close(fake->journal);
    fake->night = NULL;
    fake->journal = NULL;
}

static void
fake_clear(struct fake *fake)
{
    close_night(fake);
    pb_strv_clear(&fake->projects);
    pb_buf_clear(&fake->log);
}
PB_DEFINE_AUTO_CLEAR(fake, struct fake, fake_clear)

/* At most so many steps; true: finished. */
static bool
steps(struct fake *fake, size_t most)
{
    struct pb_night_event event = {.kind = PB_NIGHT_LOOKING};
    for (size_t i = 0; i < most && event.kind != PB_NIGHT_FINISHED; i++) {
        struct pb_error err = PB_ERROR_INIT;
        if (pb_night_step(fake->night, &event, &err) < 0) {
            fail_msg("%s", err.message);
        }
        if (event.kind == PB_NIGHT_LOOKED) {
            pb_buf_addf(&fake->log, "%s %s; ", event.project,
                        pb_json_get_string(event.cell, "state"));
        }
    }
    return event.kind == PB_NIGHT_FINISHED;
}

static void
spend_night(struct fake *fake, size_t head)
{
    open_night(fake, head);
    assert_true(steps(fake, 100));
    close_night(fake);
    fake->seconds += 80000;
}

static void
expect_log(struct fake *fake, const char *wanted)
{
    assert_string_equal(fake->log.data, wanted);
    pb_buf_truncate(&fake->log, 0);
}

static struct pb_json *
record_of(struct fake *fake)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_json *record = NULL;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTOFREE char *path = pb_path_join(fake->directory, "journal.sqlite");
    assert_int_equal(pb_journal_open(path, &journal, &err), 0);
    assert_int_equal(pb_nights_record(journal, &record, &err), 0);
    return record;
}

/* "f1 a found 2 fixed 4; f2 ...": id, project, status, culprit's place. */
static void
expect_failures(struct fake *fake, const char *wanted)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_json) struct pb_json *record = record_of(fake);
    const struct pb_json *failures = pb_json_get(record, "failures");
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        const struct pb_json *each = pb_json_at(failures, i);
        const struct pb_json *culprit = pb_json_get(each, "culprit");
        pb_buf_addf(&text, "%s %s %s", pb_json_get_string(each, "id"),
                    pb_json_get_string(each, "project"),
                    pb_json_get_string(each, "status"));
        if (!pb_json_is_null(culprit)) {
            pb_buf_addf(&text, " %zu",
                        place_of(pb_json_get_string(culprit, "sha")));
        }
        if (!pb_json_is_null(pb_json_get(each, "fixed"))) {
            pb_buf_addf(&text, " fixed %lld",
                        (long long)pb_json_get_integer(each, "fixed"));
        }
        pb_buf_adds(&text, "; ");
    }
    assert_string_equal(text.data, wanted);
}

/* "found 2 (f1 f3); fixed 2 ...; sick 4; " */
static void
expect_told(struct fake *fake, const char *wanted)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_outbox) struct pb_outbox outbox = PB_OUTBOX_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    PB_AUTOFREE char *path = pb_path_join(fake->directory, "journal.sqlite");
    assert_int_equal(pb_journal_open(path, &journal, &err), 0);
    assert_int_equal(pb_outbox_pending(journal, "me", &outbox, &err), 0);
    for (size_t i = 0; i < outbox.len; i++) {
        const struct pb_outbox_event *event = &outbox.items[i];
        const struct pb_json *list = pb_json_get(event->payload, "failures");
        pb_buf_addf(&text, "%s", event->kind);
        if (strcmp(event->kind, "sick") == 0) {
            pb_buf_addf(&text, " %s", event->about);
        }
        else {
            pb_buf_addf(&text, " %zu", place_of(event->about));
        }
        for (size_t k = 0; k < pb_json_length(list); k++) {
            pb_buf_addf(&text, " %s",
                        pb_json_get_string(pb_json_at(list, k), "id"));
        }
        pb_buf_adds(&text, "; ");
        assert_int_equal(pb_outbox_sent(journal, "me", event->id, &err), 0);
    }
    assert_string_equal(text.data, wanted);
}

static void
expect_state(struct fake *fake, const char *state, const char *why)
{
    PB_AUTO(pb_json) struct pb_json *record = record_of(fake);
    const struct pb_json *nights = pb_json_get(record, "nights");
    const struct pb_json *last =
        pb_json_at(nights, pb_json_length(nights) - 1);
    assert_string_equal(pb_json_get_string(last, "state"), state);
    assert_non_null(strstr(pb_json_get_string(last, "why"), why));
}

#define FAKE(name, tests)                                                     \
    PB_AUTO(fake) struct fake name = {.log = PB_BUF_INIT};                    \
    fake_init(&name, *state, tests, PB_LENGTH(tests))

/* --- tests -------------------------------------------------------------- */

static void
what_is_newly_red_is_bisected_told_and_followed_until_it_is_fixed(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", "...F.."},
        {"a", "t2", "......"},
        {"b", "u1", "...F.."},
        {"b", "u2", "......"},
    };
    FAKE(fake, tests);
    spend_night(&fake, 1);
    expect_log(&fake, "a green; b green; ");
    expect_told(&fake, "");
    spend_night(&fake, 3);
    expect_log(&fake, "a newly red; b newly red; hunt a 1..3; "
                      "hunt b 1..3 suspecting 3; ");
    expect_failures(&fake, "f1 a found 3; f2 b found 3; ");
    expect_told(&fake, "found 3 f1 f2; ");
    spend_night(&fake, 4);
    expect_log(&fake, "a green; b green; ");
    expect_failures(&fake, "f1 a found 3 fixed 3; f2 b found 3 fixed 3; ");
    expect_told(&fake, "fixed 3 f1 f2; ");
    expect_state(&fake, "whole", "");
}

static void
the_same_head_again_is_nothing_to_do(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", ".."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    size_t runs = fake.runs;
    open_night(&fake, 0);
    assert_true(steps(&fake, 1));
    assert_true(pb_night_was_idle(fake.night));
    close_night(&fake);
    assert_int_equal(fake.runs, runs);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    assert_int_equal(pb_json_length(pb_json_get(record, "nights")), 1);
}

static void
red_does_not_hide_red(void **state)
{
    /* t1 goes red otherwise at 3, t2 joins the ways of t1 at 4. */
    static const struct made_test tests[] = {
        {"a", "t1", ".FFEE."},
        {"a", "t2", "....E."},
        {"a", "t3", "......"},
        {"a", "t4", "......"},
    };
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a newly red; hunt a 0..2; ");
    spend_night(&fake, 3);
    expect_log(&fake, "a newly red; hunt a 2..3 different; ");
    expect_failures(&fake, "f1 a found 1 fixed 3; f2 a found 3; ");
    spend_night(&fake, 4);
    expect_log(&fake, "a newly red; hunt a 3..4; ");
    expect_failures(&fake,
                    "f1 a found 1 fixed 3; f2 a found 3; f3 a found 4; ");
    spend_night(&fake, 5);
    expect_failures(&fake, "f1 a found 1 fixed 3; f2 a found 3 fixed 5; "
                           "f3 a found 4 fixed 5; ");
    expect_told(&fake, "found 1 f1; fixed 1 f1; found 3 f2; found 4 f3; "
                       "fixed 3 f2; fixed 4 f3; ");
}

static void
what_fails_by_chance_is_flaky_and_counted(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".~."}, {"a", "t2", "..."}, {"a", "t3", "..."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a flaky; a green; ");
    expect_failures(&fake, "");
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    const struct pb_json *flaky = pb_json_at(
        pb_json_get(pb_json_at(pb_json_get(record, "projects"), 0), "flaky"),
        0);
    assert_string_equal(pb_json_get_string(flaky, "test"), "t1");
    assert_int_equal(pb_json_get_integer(flaky, "runs"), 5);
    assert_int_equal(pb_json_get_integer(flaky, "failed"), 1);
}

static void
tests_that_are_skipped_or_gone_are_red(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".S."}, {"a", "t2", ".-."}, {"a", "t3", "SS."},
        {"a", "t4", "..."}, {"a", "t5", "..."}, {"a", "t6", "..."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    expect_log(&fake, "a green; a newly red; hunt a 0..1; ");
    expect_failures(&fake, "f1 a no answer; f2 a no answer; ");
    spend_night(&fake, 2);
    expect_log(&fake, "a green; ");
}

static void
what_was_red_from_the_first_has_no_answer(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", "FF"},
                                             {"a", "t2", ".."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    expect_log(&fake, "a newly red; ");
    expect_failures(&fake, "f1 a no answer; ");
    spend_night(&fake, 1);
    expect_log(&fake, "a red; ");
}

static void
a_failure_that_the_recipe_knows_is_none(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".FF"}, {"a", "t2", "..."}, {"a", "t3", "..."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    fake.known = "t1";
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a newly red; hunt a 0..1; a green; ");
    expect_failures(&fake, "f1 a found 1 fixed 3; ");
}

static void
a_sick_machine_is_no_regression(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", "...F"}, {"a", "t2", "...."}, {"b", "u1", "...."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    fake.sick = true;
    spend_night(&fake, 1);
    expect_state(&fake, "sick", "also at 0100000000");
    spend_night(&fake, 2);
    expect_failures(&fake, "");
    expect_told(&fake, "sick 2; "); /* once, for both nights */
    fake.sick = false;
    pb_buf_truncate(&fake.log, 0);
    spend_night(&fake, 3);
    expect_log(&fake, "a newly red; b green; hunt a 0..3; ");
    expect_failures(&fake, "f1 a found 3; ");
}

static void
what_fails_where_it_passed_too_is_not_the_heads_doing(void **state)
{
    /* By now: the letters of the past change. */
    static struct made_test tests[] = {
        {"a", "t1", "..F."}, {"a", "t2", "...."}, {"a", "t3", "...."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    tests[1].letters = "FFF.";
    spend_night(&fake, 2);
    expect_log(&fake, "a green; a newly red; hunt a 0..2; ");
    expect_failures(&fake, "f1 a found 2; ");
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    const struct pb_json *cells =
        pb_json_get(pb_json_at(pb_json_get(record, "projects"), 0), "cells");
    assert_non_null(
        strstr(pb_json_get_string(pb_json_at(cells, 1), "why"),
               "1 newly failing here, but by now also at 0100000000"));
}

static void
all_red_on_a_sound_machine_is_a_regression(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", ".F"},
                                             {"a", "t2", ".F"}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    expect_failures(&fake, "f1 a found 1; ");
}

static void
trouble_of_the_machine_is_named(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", "....."}};
    FAKE(fake, tests);
    fake.free_bytes = 1 << 20;
    spend_night(&fake, 0);
    expect_state(&fake, "sick", "only 1 MB are free");
    fake.free_bytes = (uint64_t)1 << 40;
    fake.unreachable = true;
    spend_night(&fake, 1);
    expect_state(&fake, "sick", "no project could be run: no network");
    fake.unreachable = false;
    open_night(&fake, 2);
    steps(&fake, 1);
    fake.leap = 4000;
    assert_true(steps(&fake, 10));
    close_night(&fake);
    expect_state(&fake, "sick", "clock jumped by 4000 s while a");
    fake.leap = -1000000;
    spend_night(&fake, 3);
    expect_state(&fake, "sick", "before what was done already");
    fake.leap = 0;
    fake.seconds += 1000000;
    spend_night(&fake, 4);
    expect_state(&fake, "whole", "");
}

static void
killed_at_any_step_it_comes_to_the_same(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", "..F"}, {"a", "t2", "..."}, {"a", "t3", "..."},
        {"b", "u1", "..F"}, {"b", "u2", "..."}, {"b", "u3", "..."}};
    for (size_t kill = 1; kill < 12; kill++) {
        PB_AUTOFREE char *place = pb_asprintf("%s/%zu", (char *)*state, kill);
        PB_AUTO(fake) struct fake fake = {.log = PB_BUF_INIT};
        fake_init(&fake, place, tests, PB_LENGTH(tests));
        spend_night(&fake, 0);
        open_night(&fake, 2);
        steps(&fake, kill);
        close_night(&fake);
        spend_night(&fake, 2);
        expect_failures(&fake, "f1 a found 2; f2 b found 2; ");
        expect_told(&fake, "found 2 f1 f2; ");
        expect_state(&fake, "whole", "");
        PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
        assert_int_equal(pb_json_length(pb_json_get(record, "nights")), 2);
    }
}

static void
what_there_was_no_time_for_is_carried_over(void **state)
{
    static const struct made_test tests[] = {{"a", "t1", "..F."},
                                             {"a", "t2", "...."},
                                             {"a", "t3", "...."},
                                             {"b", "u1", "...."}};
    FAKE(fake, tests);
    fake.a_run = 100;
    spend_night(&fake, 0);
    fake.budget = 150;
    spend_night(&fake, 2);
    expect_log(&fake, "a green; b green; a newly red; ");
    expect_state(&fake, "partial", "carried over");
    expect_failures(&fake, "f1 a waiting; ");
    /* The same head: what is left. Looks tell as much, and take less. */
    fake.budget = 0;
    fake.hopeless = true;
    spend_night(&fake, 2);
    expect_log(&fake, "b green; hunt a 0..2; ");
    expect_failures(&fake, "f1 a bisecting; ");
    expect_state(&fake, "partial", "not all could be bisected");
    fake.hopeless = false;
    spend_night(&fake, 2);
    expect_log(&fake, "hunt a 0..2 again; ");
    expect_failures(&fake, "f1 a found 2; ");
    expect_state(&fake, "whole", "");
}

static void
trouble_with_a_bisection_is_tried_again_if_it_may_pass(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".F."}, {"a", "t2", "..."}, {"a", "t3", "..F"}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    fake.trouble = PB_ERROR_ENVIRONMENT;
    spend_night(&fake, 1);
    expect_failures(&fake, "f1 a waiting; ");
    expect_state(&fake, "partial", "not all could be bisected");
    fake.trouble = PB_ERROR_NONE;
    spend_night(&fake, 1);
    expect_failures(&fake, "f1 a found 1; ");
    fake.trouble = PB_ERROR_NOT_FOUND;
    spend_night(&fake, 2);
    expect_failures(&fake, "f1 a found 1 fixed 3; f2 a no answer; ");
    expect_state(&fake, "whole", "");
}

static void
the_record_has_what_the_site_is_made_of(void **state)
{
    static const struct made_test tests[] = {
        {"a", "t1", ".F"}, {"a", "t2", ".."}, {"a", "t3", ".."}};
    FAKE(fake, tests);
    spend_night(&fake, 0);
    spend_night(&fake, 1);
    PB_AUTO(pb_json) struct pb_json *record = record_of(&fake);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_string_equal(pb_json_get_string(record, "schema"),
                        "pybisect-nights-1");
    pb_json_write(pb_json_get(record, "failures"), false, &text);
    pb_json_write(pb_json_get(record, "culprits"), false, &text);
    pb_json_write(pb_json_get(record, "projects"), false, &text);
    static const char *const wanted[] = {
        "\"tests\":[\"t1\"],\"ntests\":1,\"first_red\":2,\"last_red\":2,"
        "\"fixed\":null,\"green\":\"0100",
        "\"probability\":0.999",
        "\"report\":\"reports/a-f1.json\"",
        "\"failures\":[\"f1\"],\"first_red\":2,\"fixed\":null",
        "{\"night\":1,\"state\":\"green\",\"passed\":3,\"failed\":0,"
        "\"skipped\":0,\"missing\":0,\"why\":\"\",\"failures\":[]}",
        "{\"test\":\"t1\",\"night\":2,\"from\":\"pass\",\"to\":\"fail\","
        "\"message\":\"broke\"}",
    };
    for (size_t i = 0; i < PB_LENGTH(wanted); i++) {
        if (strstr(text.data, wanted[i]) == NULL) {
            fail_msg("%s\nis not in\n%s", wanted[i], text.data);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(
            what_is_newly_red_is_bisected_told_and_followed_until_it_is_fixed),
        SCRATCH_TEST(the_same_head_again_is_nothing_to_do),
        SCRATCH_TEST(red_does_not_hide_red),
        SCRATCH_TEST(what_fails_by_chance_is_flaky_and_counted),
        SCRATCH_TEST(tests_that_are_skipped_or_gone_are_red),
        SCRATCH_TEST(what_was_red_from_the_first_has_no_answer),
        SCRATCH_TEST(a_failure_that_the_recipe_knows_is_none),
        SCRATCH_TEST(a_sick_machine_is_no_regression),
        SCRATCH_TEST(what_fails_where_it_passed_too_is_not_the_heads_doing),
        SCRATCH_TEST(all_red_on_a_sound_machine_is_a_regression),
        SCRATCH_TEST(trouble_of_the_machine_is_named),
        SCRATCH_TEST(killed_at_any_step_it_comes_to_the_same),
        SCRATCH_TEST(what_there_was_no_time_for_is_carried_over),
        SCRATCH_TEST(trouble_with_a_bisection_is_tried_again_if_it_may_pass),
        SCRATCH_TEST(the_record_has_what_the_site_is_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
