/* Parting broken from flaky: what seems to have changed is run again, twice
   alone; what never does it alone gets a second whole suite. Of each
   signature some tests speak for all. */
#include <stdlib.h>
#include <string.h>

#include "bisect/night_private.h"
#include "pybisect/alloc.h"

#define REPRESENTATIVES 50 /* of one signature */
#define RUNS_ALONE 2
/* Takes of control runs, so that none is recalled. */
#define CONTROL_TAKE 100000

/* So many of each signature; those before it in the list came first. */
static void
choose(struct pb_look *look)
{
    const struct pb_night_machine *machine = look->night->options.machine;
    PB_AUTO(pb_map) struct pb_map *seen = pb_map_new(free);
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        size_t *count = pb_map_get(seen, suspect->signature);
        if (count == NULL) {
            count = pb_alloc(sizeof(*count));
            pb_map_set(seen, suspect->signature, count);
        }
        if (*count < REPRESENTATIVES &&
            machine->selectable(machine->context, suspect->id))
        {
            suspect->represented = true;
            *count += 1;
        }
    }
}

static bool
does_the_same(const struct pb_suspect *suspect,
              const struct pb_results *results)
{
    const struct pb_result *result = pb_results_get(results, suspect->id);
    return pb_look_is_red(suspect->row, result) == suspect->red;
}

static int
run_alone(struct pb_look *look, unsigned take, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv tests = PB_STRV_INIT;
    PB_AUTO(pb_evaluation) struct pb_evaluation run = PB_EVALUATION_INIT;
    for (size_t i = 0; i < look->len; i++) {
        if (look->suspects[i].represented) {
            pb_strv_add(&tests, look->suspects[i].id);
        }
    }
    if (tests.len == 0) {
        return 0;
    }
    if (pb_look_run(look, look->night->head, &tests, take, &run, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        if (suspect->represented) {
            suspect->alone++;
            suspect->alone_same += does_the_same(suspect, &run.results);
        }
    }
    return 0;
}

/* How the ones that were run speak for a signature. */
static bool
is_spoken_for(const struct pb_look *look, const struct pb_suspect *suspect,
              bool *out_steady)
{
    bool found = false;
    *out_steady = false;
    for (size_t i = 0; i < look->len; i++) {
        const struct pb_suspect *other = &look->suspects[i];
        if (other->represented && !other->whole &&
            strcmp(other->signature, suspect->signature) == 0)
        {
            found = true;
            *out_steady = *out_steady || other->steady;
        }
    }
    return found;
}

static bool
settle_alone(struct pb_look *look)
{
    bool whole = false;
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        suspect->steady =
            suspect->represented && suspect->alone_same == suspect->alone;
        suspect->whole =
            suspect->represented && suspect->red && suspect->alone_same == 0;
        whole = whole || suspect->whole;
    }
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        bool steady = false;
        if (!suspect->represented) {
            suspect->whole = !is_spoken_for(look, suspect, &steady);
            suspect->steady = steady;
            whole = whole || suspect->whole;
        }
    }
    return whole;
}

static int
run_whole(struct pb_look *look, struct pb_error *err)
{
    PB_AUTO(pb_evaluation) struct pb_evaluation run = PB_EVALUATION_INIT;
    if (pb_look_run(look, look->night->head, NULL, 1, &run, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        if (suspect->whole) {
            suspect->steady = does_the_same(suspect, &run.results);
        }
    }
    return 0;
}

/* --- where it passed ---------------------------------------------------- */

static bool
is_fresh(const struct pb_suspect *suspect)
{
    return suspect->red && suspect->steady && suspect->row != NULL &&
           suspect->row->failure == 0;
}

/* The tests that are to be run alone there, and whether the whole suite is. */
static bool
choose_control(const struct pb_look *look, struct pb_strv *out_alone)
{
    bool whole = false;
    for (size_t i = 0; i < look->len; i++) {
        const struct pb_suspect *suspect = &look->suspects[i];
        if (is_fresh(suspect) && suspect->represented && !suspect->whole) {
            pb_strv_add(out_alone, suspect->id);
        }
        whole = whole || (is_fresh(suspect) && suspect->whole);
    }
    return whole;
}

static int
control(struct pb_look *look, const struct pb_strv *tests, bool whole,
        struct pb_error *err)
{
    PB_AUTO(pb_evaluation) struct pb_evaluation run = PB_EVALUATION_INIT;
    if (pb_look_run(look, pb_json_get_string(look->before, "head"),
                    whole ? NULL : tests,
                    CONTROL_TAKE + (unsigned)look->night->id, &run, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        bool asked =
            whole ? suspect->whole : suspect->represented && !suspect->whole;
        if (asked && is_fresh(suspect)) {
            suspect->elsewhere = does_the_same(suspect, &run.results);
        }
    }
    return 0;
}

/* Those that were not run do what most of their signature do. */
static void
spread(struct pb_look *look)
{
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        size_t here = 0;
        size_t there = 0;
        if (!is_fresh(suspect) || suspect->represented || suspect->whole) {
            continue;
        }
        for (size_t k = 0; k < look->len; k++) {
            const struct pb_suspect *other = &look->suspects[k];
            bool speaks = other->represented && is_fresh(other) &&
                          strcmp(other->signature, suspect->signature) == 0;
            here += speaks;
            there += speaks && other->elsewhere;
        }
        suspect->elsewhere = 2 * there > here;
    }
}

/* What is newly red is run once more where it passed: if it fails there as
   well by now, it is the machine, the time or the world that has changed. */
static int
look_elsewhere(struct pb_look *look, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv alone = PB_STRV_INIT;
    bool whole = choose_control(look, &alone);
    if (look->before == NULL) {
        return 0;
    }
    if ((alone.len > 0 && control(look, &alone, false, err) < 0) ||
        (whole && control(look, NULL, true, err) < 0))
    {
        return -1;
    }
    spread(look);
    return 0;
}

int
pb_look_retry(struct pb_look *look, struct pb_error *err)
{
    choose(look);
    for (unsigned take = 1; take <= RUNS_ALONE; take++) {
        if (run_alone(look, take, err) < 0) {
            return -1;
        }
    }
    if (settle_alone(look) && run_whole(look, err) < 0) {
        return -1;
    }
    return look_elsewhere(look, err);
}
