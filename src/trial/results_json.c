/* Results in the journal: one object a test, with only the fields that say
   something. */
#include "pybisect/results.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"

static const char *const end_names[] = {
    [PB_PROCESS_EXITED] = "exited",       [PB_PROCESS_SIGNALLED] = "signalled",
    [PB_PROCESS_TIMED_OUT] = "timed out", [PB_PROCESS_CANCELLED] = "cancelled",
    [PB_PROCESS_BOUNDED] = "bounded",
};

static void
set_text(struct pb_json *object, const char *key, const char *text)
{
    if (text != NULL) {
        pb_json_set(object, key, pb_json_string(text));
    }
}

static struct pb_json *
result_to_json(const struct pb_result *result)
{
    struct pb_json *object = pb_json_object();
    set_text(object, "id", result->id);
    set_text(object, "outcome", pb_outcome_name(result->outcome));
    set_text(object, "type", result->type);
    set_text(object, "message", result->message);
    set_text(object, "trace", result->trace);
    if (result->seconds >= 0) {
        pb_json_set(object, "seconds", pb_json_real(result->seconds));
    }
    return object;
}

static struct pb_json *
run_to_json(const struct pb_process_result *run)
{
    struct pb_json *object = pb_json_object();
    set_text(object, "end", end_names[run->end]);
    pb_json_set(object, "status", pb_json_integer(run->status));
    pb_json_set(object, "signal", pb_json_integer(run->signal));
    pb_json_set(object, "wall_seconds", pb_json_real(run->wall_seconds));
    pb_json_set(object, "cpu_seconds", pb_json_real(run->cpu_seconds));
    pb_json_set(object, "log_bytes", pb_json_integer((int64_t)run->log_bytes));
    return object;
}

struct pb_json *
pb_results_to_json(const struct pb_results *results)
{
    struct pb_json *object = pb_json_object();
    pb_json_set(object, "run", run_to_json(&results->run));
    pb_json_set(object, "seconds", pb_json_real(results->seconds));
    struct pb_json *tests = pb_json_array();
    for (size_t i = 0; i < results->len; i++) {
        pb_json_append(tests, result_to_json(&results->items[i]));
    }
    pb_json_set(object, "tests", tests);
    return object;
}

static bool
parse_end(const char *name, enum pb_process_end *out)
{
    for (size_t i = 0; i < PB_LENGTH(end_names); i++) {
        if (strcmp(name, end_names[i]) == 0) {
            *out = (enum pb_process_end)i;
            return true;
        }
    }
    return false;
}

static int
run_from_json(const struct pb_json *json, struct pb_process_result *out,
              struct pb_error *err)
{
    const char *end = pb_json_get_string(json, "end");
    struct pb_process_result run = {
        .status = (int)pb_json_get_integer(json, "status"),
        .signal = (int)pb_json_get_integer(json, "signal"),
        .wall_seconds = pb_json_get_real(json, "wall_seconds"),
        .cpu_seconds = pb_json_get_real(json, "cpu_seconds"),
        .log_bytes = (uint64_t)pb_json_get_integer(json, "log_bytes"),
    };
    if (end == NULL || !parse_end(end, &run.end)) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "stored results do not say how the run ended");
    }
    *out = run;
    return 0;
}

static const char *
get_text(const struct pb_json *object, const char *key)
{
    return pb_json_has(object, key) ? pb_json_get_string(object, key) : NULL;
}

static int
result_from_json(const struct pb_json *json, struct pb_results *results,
                 struct pb_error *err)
{
    const char *id = get_text(json, "id");
    const char *name = get_text(json, "outcome");
    enum pb_outcome outcome = PB_OUTCOME_PASS;
    if (id == NULL || id[0] == '\0' || name == NULL ||
        !pb_outcome_parse(name, &outcome))
    {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "stored results hold a test without an id or "
                            "outcome");
    }
    struct pb_result *result = pb_results_add(results, id, outcome);
    pb_result_describe(result, get_text(json, "type"),
                       get_text(json, "message"), get_text(json, "trace"));
    if (result != NULL && pb_json_has(json, "seconds")) {
        result->seconds = pb_json_get_real(json, "seconds");
    }
    return 0;
}

int
pb_results_from_json(const struct pb_json *json, struct pb_results *out,
                     struct pb_error *err)
{
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    if (run_from_json(pb_json_get(json, "run"), &results.run, err) < 0) {
        return -1;
    }
    results.seconds = pb_json_get_real(json, "seconds");
    const struct pb_json *tests = pb_json_get(json, "tests");
    if (tests == NULL) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "stored results hold no list of tests");
    }
    for (size_t i = 0; i < pb_json_length(tests); i++) {
        if (result_from_json(pb_json_at(tests, i), &results, err) < 0) {
            return -1;
        }
    }
    *out = results;
    results = (struct pb_results)PB_RESULTS_INIT;
    return 0;
}
