/* The made-up history, and the machine that tests it. */
#include "bisect/night_world.h"

#include <stdio.h>

#include "pybisect/clock.h"
#include "pybisect/outbox.h"

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

void
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

void
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

void
close_night(struct fake *fake)
{
    pb_night_free(fake->night);
    pb_journal_close(fake->journal);
    fake->night = NULL;
    fake->journal = NULL;
}

void
fake_clear(struct fake *fake)
{
    close_night(fake);
    pb_strv_clear(&fake->projects);
    pb_buf_clear(&fake->log);
}

bool
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

void
spend_night(struct fake *fake, size_t head)
{
    open_night(fake, head);
    assert_true(steps(fake, 100));
    close_night(fake);
    fake->seconds += 80000;
}

void
expect_log(struct fake *fake, const char *wanted)
{
    assert_string_equal(fake->log.data, wanted);
    pb_buf_truncate(&fake->log, 0);
}

struct pb_json *
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

void
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

void
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

void
expect_state(struct fake *fake, const char *state, const char *why)
{
    PB_AUTO(pb_json) struct pb_json *record = record_of(fake);
    const struct pb_json *nights = pb_json_get(record, "nights");
    const struct pb_json *last =
        pb_json_at(nights, pb_json_length(nights) - 1);
    assert_string_equal(pb_json_get_string(last, "state"), state);
    assert_non_null(strstr(pb_json_get_string(last, "why"), why));
}
