/* What there is to say of what a bisection was about: range, project, time. */
#include "report/say.h"

#include <string.h>

#include "pybisect/clock.h"

void
pb_say_end(struct pb_buf *out, const struct pb_json *end)
{
    const char *asked = pb_json_get_string(end, "asked");
    const char *digits = pb_json_get_string(end, "short");
    if (*asked != '\0' && strncmp(asked, digits, strlen(digits)) != 0) {
        pb_buf_addf(out, "%s = ", asked);
    }
    pb_buf_addf(out, "%s (%s)", digits, pb_json_get_string(end, "date"));
    if (pb_json_get_bool(end, "forked")) {
        pb_buf_addf(out, ", where the history of %.10s left this branch",
                    pb_json_get_string(end, "asked_sha"));
    }
}

void
pb_say_range(struct pb_buf *out, const struct pb_json *cpython)
{
    pb_say_count(out, pb_json_get_integer(cpython, "commits"), "commit");
    pb_buf_adds(out, pb_json_get_bool(cpython, "all_parents")
                         ? " (all parents), "
                         : " (first parents), ");
    pb_say_count(out, pb_json_get_integer(cpython, "candidates"), "candidate");
    pb_buf_adds(out, ", ");
    pb_say_count(out, pb_json_get_integer(cpython, "builds"),
                 "distinct build");
}

void
pb_say_project(struct pb_buf *out, const struct pb_json *project)
{
    const char *revision = pb_json_get_string(project, "revision");
    const char *ref = pb_json_get_string(project, "ref");
    pb_buf_adds(out, pb_json_get_string(project, "name"));
    if (*revision != '\0' && strcmp(revision, "none") != 0) {
        pb_buf_addf(out, " at %s", revision);
    }
    if (*ref != '\0') {
        pb_buf_addf(out, " (%s)", ref);
    }
}

void
pb_say_distribution(struct pb_buf *out, const struct pb_json *distribution)
{
    pb_buf_addf(
        out, "%s %s, %s%s, sha256 %.16s",
        pb_json_get_string(distribution, "name"),
        pb_json_get_string(distribution, "version"),
        pb_json_get_string(distribution, "kind"),
        pb_json_get_bool(distribution, "imported") ? "" : " (builds others)",
        pb_json_get_string(distribution, "sha256"));
}

static void
add_some(struct pb_buf *out, int64_t count, const char *text)
{
    if (count > 0) {
        pb_buf_addf(out, ", %lld %s", (long long)count, text);
    }
}

void
pb_say_time(struct pb_buf *out, const struct pb_json *record)
{
    const struct pb_json *times = pb_json_get(record, "time");
    char took[PB_CLOCK_TEXT];
    int64_t compiled = pb_json_get_integer(times, "compiled");
    int64_t revisions = pb_json_get_integer(times, "revisions");
    int64_t runs = pb_json_get_integer(times, "runs");
    pb_buf_addf(out, "%s: ",
                pb_clock_duration(pb_json_get_real(times, "seconds"), took));
    pb_say_count(out, revisions, "revision");
    pb_buf_adds(out, " tried");
    if (runs != revisions) {
        pb_buf_adds(out, " in ");
        pb_say_count(out, runs, "run");
    }
    if (compiled > 0) {
        double seconds = pb_json_get_real(times, "build_seconds");
        pb_buf_addf(out, ", %lld compiled (%s)", (long long)compiled,
                    pb_clock_duration(seconds, took));
    }
    int64_t dependencies = pb_json_get_integer(times, "dependencies_built");
    if (dependencies > 0) {
        double seconds = pb_json_get_real(times, "dependency_seconds");
        pb_buf_addf(out, ", %lld %s built (%s)", (long long)dependencies,
                    dependencies == 1 ? "dependency" : "dependencies",
                    pb_clock_duration(seconds, took));
    }
    add_some(out, pb_json_get_integer(times, "failed"), "did not build");
    add_some(out, pb_json_get_integer(times, "restored"), "out of the store");
    add_some(out, pb_json_get_integer(times, "recalled"), "recalled");
}
