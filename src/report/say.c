/* What there is to say of a finding, in sentences that every writer of the
   report shares. */
#include "report/say.h"

#include <math.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"

const char *
pb_say_subject(const struct pb_json *record)
{
    const struct pb_json *project = pb_json_get(record, "project");
    if (pb_json_length(pb_json_get(project, "command")) > 0) {
        return "the command";
    }
    const char *name = pb_json_get_string(project, "name");
    return *name != '\0' ? name : "the project";
}

void
pb_say_count(struct pb_buf *out, int64_t count, const char *noun)
{
    pb_buf_addf(out, "%lld %s%s", (long long)count, noun,
                count == 1 ? "" : "s");
}

void
pb_say_sentence(struct pb_buf *out, const char *remark, const char *otherwise)
{
    if (*remark == '\0') {
        pb_buf_adds(out, otherwise);
        return;
    }
    bool lower = *remark >= 'a' && *remark <= 'z';
    pb_buf_addch(out, lower ? (char)(*remark - 'a' + 'A') : *remark);
    pb_buf_adds(out, remark + 1);
    if (out->data[out->len - 1] != '.') {
        pb_buf_addch(out, '.');
    }
}

static bool
has_outcome(const struct pb_json *record, const char *outcome)
{
    return strcmp(pb_json_get_string(record, "outcome"), outcome) == 0;
}

bool
pb_say_is_disputed(const struct pb_json *record, const struct pb_json *finding)
{
    return has_outcome(record, "disputed") &&
           !pb_json_get_bool(finding, "confirmed");
}

/* Never "100 %": no number of runs makes that true. */
static void
add_probability(struct pb_buf *out, double probability)
{
    if (!(probability > 0)) {
        return;
    }
    if (probability >= 0.9995) {
        pb_buf_adds(out, "more than 99.9 % sure");
    }
    else {
        pb_buf_addf(out, "%.1f %% sure", 100 * probability);
    }
}

/* "12 to 40 %" */
static void
add_interval(struct pb_buf *out, const struct pb_json *rate)
{
    if (pb_json_get_real(rate, "mean") < .02) {
        pb_buf_addf(out, "at most %.0f %%",
                    ceil(100 * pb_json_get_real(rate, "high")));
        return;
    }
    pb_buf_addf(out, "%.0f %% (%.0f to %.0f %%)",
                100 * pb_json_get_real(rate, "mean"),
                100 * pb_json_get_real(rate, "low"),
                100 * pb_json_get_real(rate, "high"));
}

/* Of tests that do not do the same in each run. */
void
pb_say_rates(struct pb_buf *out, const struct pb_json *finding)
{
    const struct pb_json *rates = pb_json_get(finding, "rates");
    if (!pb_json_get_bool(finding, "flaky")) {
        return;
    }
    pb_buf_adds(out, "The tests do not do the same in each run: before the "
                     "change ");
    add_interval(out, pb_json_get(rates, "before"));
    pb_buf_adds(out, " of the runs fail, since then ");
    add_interval(out, pb_json_get(rates, "after"));
}

static void
add_runs(struct pb_buf *out, const struct pb_json *finding)
{
    long long runs = (long long)pb_json_get_integer(finding, "runs");
    if (runs > 0) {
        pb_buf_addf(out, " after %lld run%s", runs, runs == 1 ? "" : "s");
    }
}

void
pb_say_sureness(struct pb_buf *out, const struct pb_json *record,
                const struct pb_json *finding)
{
    if (pb_say_is_disputed(record, finding)) {
        pb_say_sentence(out, pb_json_get_string(record, "remark"),
                        "Clean builds of it and its parent do not confirm "
                        "it.");
        return;
    }
    size_t before = out->len;
    add_probability(out, pb_json_get_real(finding, "probability"));
    if (out->len > before) {
        add_runs(out, finding);
        pb_buf_adds(out, "; ");
    }
    pb_buf_adds(out, pb_json_get_bool(finding, "confirmed")
                         ? "confirmed by clean builds of it and its parent"
                         : "not confirmed by clean builds");
    if (pb_json_get_bool(finding, "masked")) {
        pb_buf_adds(out, ". It is where the tests stopped passing; at the "
                         "bad end they fail in another way");
    }
}

void
pb_say_suspects(struct pb_buf *out, const struct pb_json *record,
                const struct pb_json *finding)
{
    size_t before = out->len;
    add_probability(out, pb_json_get_real(finding, "probability"));
    if (out->len > before) {
        pb_buf_adds(out, " that it is one of them");
        add_runs(out, finding);
        pb_buf_adds(out, ". ");
    }
    pb_say_sentence(out,
                    has_outcome(record, "suspects")
                        ? pb_json_get_string(record, "remark")
                        : "",
                    "It cannot be narrowed down further.");
}

/* "The range goes good, bad, good, bad: ..." */
void
pb_say_turns(struct pb_buf *out, const struct pb_json *finding)
{
    const struct pb_json *turns = pb_json_get(finding, "turns");
    const char *culprit =
        pb_json_get_string(pb_json_get(finding, "culprit"), "short");
    size_t len = pb_json_length(turns);
    if (len < 2) {
        return;
    }
    pb_buf_adds(out, "The range goes good");
    for (size_t i = 0; i < len; i++) {
        pb_buf_addf(out, ", %s",
                    pb_json_get_string(pb_json_at(turns, i), "verdict"));
    }
    pb_buf_adds(out, ": ");
    for (size_t i = 0; i < len; i++) {
        const struct pb_json *turn = pb_json_at(turns, i);
        bool named = strcmp(pb_json_get_string(turn, "short"), culprit) == 0;
        pb_buf_addf(out, "%s%s%s at %s (%s)", i == 0 ? "" : ", ",
                    i == 0 ? "found " : "",
                    pb_json_get_string(turn, "verdict"),
                    pb_json_get_string(turn, "short"),
                    named ? "this one" : pb_json_get_string(turn, "date"));
    }
    const char *first = pb_json_get_string(pb_json_at(turns, 0), "short");
    pb_buf_adds(out, strcmp(first, culprit) == 0
                         ? ". The first change to bad is named"
                         : ". The last change to bad is named; --first asks "
                           "for the first");
}

void
pb_say_run(struct pb_buf *out, const struct pb_json *run)
{
    char took[PB_CLOCK_TEXT];
    pb_say_count(out, pb_json_get_integer(run, "tests"), "test");
    pb_buf_addf(out, ": %lld passed, %lld failed, %lld skipped (%s)",
                (long long)pb_json_get_integer(run, "passed"),
                (long long)pb_json_get_integer(run, "failed"),
                (long long)pb_json_get_integer(run, "skipped"),
                pb_clock_duration(pb_json_get_real(run, "seconds"), took));
}

static const struct {
    const char *who; /* in the record */
    const char *text;
} homes[] = {
    {"project", "in the project"},
    {"cpython", "in CPython"},
    {"runner", "in the test runner"},
    {"environment", "as something that this machine lacks"},
};

void
pb_say_blame(struct pb_buf *out, const struct pb_json *blame)
{
    const char *who = pb_json_get_string(blame, "who");
    const char *where = pb_json_get_string(blame, "where");
    if (strcmp(who, "dependency") == 0) {
        pb_buf_addf(out, "in %s, a dependency",
                    pb_json_get_string(blame, "package"));
    }
    for (size_t i = 0; i < PB_LENGTH(homes); i++) {
        if (strcmp(who, homes[i].who) == 0) {
            pb_buf_adds(out, homes[i].text);
        }
    }
    if (out->len > 0 && *where != '\0') {
        pb_buf_addf(out, ": %s", where);
    }
}
