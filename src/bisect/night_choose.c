/* Which piece of work comes next: the one that is expected to tell most a
   second. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bisect/night_private.h"
#include "pybisect/alloc.h"

/* Of a look: that one in twenty shows something new, and that a project that
   was never looked at does. */
#define LOOK_BITS 0.3
#define FIRST_LOOK_BITS 1.0
#define UNKNOWN_SECONDS 120.0
#define LEAST_SECONDS 10.0 /* below, one takes as long as the other */

void
pb_night_choice_clear(struct pb_night_choice *choice)
{
    pb_json_free(choice->failures);
    choice->failures = NULL;
}

/* --- offers ------------------------------------------------------------- */

struct best {
    double rate; /* bits a second */
    enum pb_night_task task;
    const char *project; /* LOOK */
    size_t group;        /* HUNT */
};

static void
offer(struct best *best, enum pb_night_task task, double bits, double seconds,
      const char *project, size_t group)
{
    double rate = bits / (seconds > LEAST_SECONDS ? seconds : LEAST_SECONDS);
    if (best->task == PB_TASK_CHOOSE || rate > best->rate) {
        *best = (struct best){rate, task, project, group};
    }
}

/* One that could not be run is tried once more when the night is gone on
   with. */
static int
offer_look(struct pb_night *night, const char *project, struct best *best,
           struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *cell = NULL;
    PB_AUTO(pb_json) struct pb_json *before = NULL;
    struct pb_journal *journal = night->options.journal;
    if (pb_night_cell(journal, night->id, project, &cell, err) < 0 ||
        pb_night_cell_before(journal, night->id, project, &before, err) < 0)
    {
        return -1;
    }
    bool done = cell != NULL && !pb_night_has_state(cell, "not run");
    if (done || pb_strv_contains(&night->tried, project)) {
        return 0;
    }
    double seconds = pb_json_get_real(before, "seconds");
    offer(best, PB_TASK_LOOK, before == NULL ? FIRST_LOOK_BITS : LOOK_BITS,
          before == NULL ? UNKNOWN_SECONDS : seconds, project, 0);
    return 0;
}

char *
pb_night_ids(const struct pb_json *failures)
{
    PB_AUTO(pb_strv) struct pb_strv ids = PB_STRV_INIT;
    for (size_t i = 0; i < pb_json_length(failures); i++) {
        pb_strv_take(&ids, pb_night_failure_name(pb_json_at(failures, i)));
    }
    return pb_strv_join(&ids, " ");
}

static void
offer_hunt(struct pb_night *night, const struct pb_json *failures,
           size_t group, struct best *best)
{
    const struct pb_night_machine *machine = night->options.machine;
    const struct pb_night_hunt hunt = pb_night_hunt_of(failures);
    PB_AUTOFREE char *ids = pb_night_ids(failures);
    size_t commits = 0;
    double seconds = UNKNOWN_SECONDS;
    if (!pb_strv_contains(&night->interrupted, ids)) {
        machine->cost(machine->context, &hunt, &commits, &seconds);
        offer(best, PB_TASK_HUNT, log2((double)commits + 1), seconds, NULL,
              group);
    }
}

/* --- the choice --------------------------------------------------------- */

/* Once all projects were looked at: if none could be run, or tests of all of
   them fail where they passed, too, that is no night. */
static int
check_all_failed(struct pb_night *night, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *cells = NULL;
    if (pb_night_cells(night->options.journal, night->id, &cells, err) < 0) {
        return -1;
    }
    size_t len = pb_json_length(cells);
    size_t unrun = 0;
    size_t elsewhere = 0;
    for (size_t i = 0; i < len; i++) {
        const struct pb_json *cell = pb_json_at(cells, i);
        unrun += pb_night_has_state(cell, "not run");
        elsewhere += pb_json_get_integer(cell, "elsewhere") > 0;
    }
    if (len == 0 || (unrun < len && (len == 1 || elsewhere < len))) {
        return 0;
    }
    PB_AUTOFREE char *why =
        pb_asprintf("%s: %s",
                    unrun == len ? "no project could be run"
                                 : "it is so with all projects",
                    pb_json_get_string(pb_json_at(cells, 0), "why"));
    return pb_night_sicken(night, why, err);
}

int
pb_night_choose(struct pb_night *night, struct pb_night_choice *out,
                struct pb_error *err)
{
    const struct pb_strv *projects = night->options.projects;
    PB_AUTO(pb_json) struct pb_json *waiting = NULL;
    struct best best = {.task = PB_TASK_CHOOSE};
    for (size_t i = 0; i < projects->len; i++) {
        if (offer_look(night, projects->items[i], &best, err) < 0) {
            return -1;
        }
    }
    if (best.task == PB_TASK_CHOOSE && check_all_failed(night, err) < 0) {
        return -1;
    }
    if (night->finished) {
        return 0;
    }
    if (pb_night_waiting(night, &waiting, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < pb_json_length(waiting); i++) {
        offer_hunt(night, pb_json_at(waiting, i), i, &best);
    }
    *out = (struct pb_night_choice){
        .task = best.task,
        .project = best.project,
        .failures = best.task == PB_TASK_HUNT
                        ? pb_json_copy(pb_json_at(waiting, best.group))
                        : NULL,
    };
    return 0;
}
