/* What a night does next, and when it is over. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bisect/night_private.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/outbox.h"

#define LEAST_FREE ((uint64_t)256 << 20) /* bytes on disk */
#define LEAP_SECONDS 300.0 /* that the clock may differ from time passed */
#define DAY_SECONDS 86400
/* Of a look: that one in twenty shows something new, and that a project that
   was never looked at does. */
#define LOOK_BITS 0.3
#define FIRST_LOOK_BITS 1.0
#define UNKNOWN_SECONDS 120.0
#define LEAST_SECONDS 10.0 /* below, one takes as long as the other */

static double
elapsed(const struct pb_night *night)
{
    const struct pb_night_machine *machine = night->options.machine;
    return machine->elapsed(machine->context);
}

static int64_t
now(const struct pb_night *night)
{
    const struct pb_night_machine *machine = night->options.machine;
    return machine->now(machine->context);
}

static bool
has_state(const struct pb_json *object, const char *state)
{
    return strcmp(pb_json_get_string(object, "state"), state) == 0;
}

/* --- beginning and ending ----------------------------------------------- */

static int
set_state(struct pb_night *night, const char *state, const char *why,
          struct pb_error *err)
{
    pb_json_set(night->record, "state", pb_json_string(state));
    pb_json_set(night->record, "why", pb_json_string(why));
    pb_json_set(night->record, "ended", pb_json_integer(now(night)));
    return pb_night_save(night->options.journal, night->record, err);
}

/* Time of all runs of the program that worked on it. */
static void
add_seconds(struct pb_night *night)
{
    double seconds = pb_json_get_real(night->record, "seconds");
    double passed = elapsed(night) - night->started;
    pb_json_set(night->record, "seconds", pb_json_real(seconds + passed));
    night->started += passed;
}

static int
finish(struct pb_night *night, const char *state, const char *why,
       struct pb_error *err)
{
    night->finished = true;
    if (!night->worked && has_state(night->record, state)) {
        return 0;
    }
    add_seconds(night);
    return set_state(night, state, why, err) < 0 ? -1
                                                 : pb_night_tell(night, err);
}

/* The first of several sick nights in a row. */
static int
find_first_sick(struct pb_night *night, int64_t *out, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *list = NULL;
    if (pb_night_list(night->options.journal, 90, &list, err) < 0) {
        return -1;
    }
    *out = night->id;
    for (size_t i = pb_json_length(list); i-- > 0;) {
        const struct pb_json *each = pb_json_at(list, i);
        int64_t id = pb_json_get_integer(each, "id");
        if (id < night->id && !has_state(each, "sick")) {
            break;
        }
        *out = id < *out ? id : *out;
    }
    return 0;
}

int
pb_night_sicken(struct pb_night *night, const char *why, struct pb_error *err)
{
    int64_t first = 0;
    night->worked = true;
    night->finished = true;
    add_seconds(night);
    if (set_state(night, "sick", why, err) < 0 ||
        find_first_sick(night, &first, err) < 0)
    {
        return -1;
    }
    PB_AUTOFREE char *about = pb_asprintf("%lld", (long long)first);
    PB_AUTO(pb_json) struct pb_json *payload = pb_json_object();
    pb_json_set(payload, "night", pb_json_integer(night->id));
    pb_json_set(payload, "why", pb_json_string(why));
    pb_json_set(payload, "head",
                pb_json_copy(pb_json_get(night->record, "head")));
    return pb_outbox_add(night->options.journal, "sick", about, payload, err);
}

static struct pb_json *
new_record(const struct pb_night *night)
{
    char date[PB_CLOCK_TEXT];
    struct pb_json *record = pb_json_object();
    struct pb_json *head = pb_json_object();
    pb_json_set(head, "sha", pb_json_string(night->head));
    pb_json_set(head, "date",
                pb_json_string(pb_clock_date(night->options.date, date)));
    pb_json_set(head, "subject", pb_json_string(night->options.subject));
    pb_json_set(record, "started", pb_json_integer(night->started_at));
    pb_json_set(record, "ended", pb_json_null());
    pb_json_set(record, "seconds", pb_json_real(0));
    pb_json_set(record, "head", head);
    pb_json_set(record, "state", pb_json_string("running"));
    pb_json_set(record, "why", pb_json_string(""));
    return record;
}

/* A night that was killed is what it came to. */
static int
close_last(struct pb_night *night, struct pb_json *last, struct pb_error *err)
{
    if (last == NULL || !has_state(last, "running")) {
        return 0;
    }
    pb_json_set(last, "state", pb_json_string("partial"));
    pb_json_set(last, "why", pb_json_string("it was interrupted"));
    return pb_night_save(night->options.journal, last, err);
}

static int
begin(struct pb_night *night, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *last = NULL;
    if (pb_night_last(night->options.journal, &last, err) < 0) {
        return -1;
    }
    night->last_started = pb_json_get_integer(last, "started");
    const char *head = pb_json_get_string(pb_json_get(last, "head"), "sha");
    if (last != NULL && !has_state(last, "sick") &&
        strcmp(head, night->head) == 0) {
        night->record = last;
        last = NULL;
    }
    else {
        night->record = new_record(night);
        if (close_last(night, last, err) < 0 ||
            pb_night_save(night->options.journal, night->record, err) < 0)
        {
            return -1;
        }
    }
    night->id = pb_json_get_integer(night->record, "id");
    return 0;
}

/* A machine that cannot be trusted from the start. */
static int
check_start(struct pb_night *night, struct pb_error *err)
{
    char date[PB_CLOCK_TEXT];
    PB_AUTOFREE char *why = NULL;
    if (night->options.free_bytes < LEAST_FREE) {
        why = pb_asprintf("only %llu MB are free on its disk",
                          (unsigned long long)night->options.free_bytes >> 20);
    }
    else if (night->started_at < night->last_started ||
             night->started_at + DAY_SECONDS < night->options.date)
    {
        why = pb_asprintf("its clock says %s, which is before what was done "
                          "already",
                          pb_clock_iso(night->started_at, date));
    }
    return why == NULL ? 0 : pb_night_sicken(night, why, err);
}

int
pb_night_open(const struct pb_night_options *options, struct pb_night **out,
              struct pb_error *err)
{
    PB_AUTO(pb_night) struct pb_night *night = pb_alloc(sizeof(*night));
    night->options = *options;
    pb_oid_hex(&options->head, night->head);
    night->started = elapsed(night);
    night->started_at = now(night);
    if (begin(night, err) < 0 || check_start(night, err) < 0) {
        return -1;
    }
    *out = night;
    night = NULL;
    return 0;
}

void
pb_night_free(struct pb_night *night)
{
    if (night == NULL) {
        return;
    }
    pb_json_free(night->record);
    pb_json_free(night->hunted);
    pb_json_free(night->cell);
    pb_strv_clear(&night->tried);
    pb_strv_clear(&night->interrupted);
    free(night);
}

bool
pb_night_was_idle(const struct pb_night *night)
{
    return !night->worked;
}

const struct pb_json *
pb_night_record(const struct pb_night *night)
{
    return night->record;
}

/* --- what comes next ---------------------------------------------------- */

/* The piece of work that is expected to tell most a second. */
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
    bool done = cell != NULL && !has_state(cell, "not run");
    if (done || pb_strv_contains(&night->tried, project)) {
        return 0;
    }
    double seconds = pb_json_get_real(before, "seconds");
    offer(best, PB_TASK_LOOK, before == NULL ? FIRST_LOOK_BITS : LOOK_BITS,
          before == NULL ? UNKNOWN_SECONDS : seconds, project, 0);
    return 0;
}

/* "3 4": the failures of a hunt. */
static char *
ids_of(const struct pb_json *failures)
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
    PB_AUTOFREE char *ids = ids_of(failures);
    size_t commits = 0;
    double seconds = UNKNOWN_SECONDS;
    if (!pb_strv_contains(&night->interrupted, ids)) {
        machine->cost(machine->context, &hunt, &commits, &seconds);
        offer(best, PB_TASK_HUNT, log2((double)commits + 1), seconds, NULL,
              group);
    }
}

static int
take_up(struct pb_night *night, const struct best *best,
        struct pb_json *waiting, struct pb_night_event *out_event,
        struct pb_error *err)
{
    night->task = best->task;
    if (!night->worked) {
        night->worked = true;
        if (set_state(night, "running", "", err) < 0) {
            return -1;
        }
    }
    if (best->task == PB_TASK_LOOK) {
        night->project = best->project;
        pb_strv_add(&night->tried, best->project);
        *out_event = (struct pb_night_event){.kind = PB_NIGHT_LOOKING,
                                             .project = best->project};
        return 0;
    }
    pb_json_free(night->hunted);
    night->hunted = pb_json_copy(pb_json_at(waiting, best->group));
    night->hunt = pb_night_hunt_of(night->hunted);
    *out_event = (struct pb_night_event){
        .kind = PB_NIGHT_BISECTING,
        .project = night->hunt.project,
        .failures = night->hunted,
        .hunt = &night->hunt,
    };
    return 0;
}

static bool
time_is_up(const struct pb_night *night)
{
    return night->options.budget > 0 &&
           elapsed(night) >= night->options.budget;
}

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
        unrun += has_state(cell, "not run");
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

static int
end(struct pb_night *night, bool open, struct pb_error *err)
{
    if (open) {
        return finish(night, "partial",
                      "its time was up; the rest is carried over", err);
    }
    if (night->interrupted.len > 0) {
        return finish(night, "partial",
                      time_is_up(night)
                          ? "its time was up; the rest is carried over"
                          : "not all could be bisected",
                      err);
    }
    return finish(night, "whole", "", err);
}

static int
choose(struct pb_night *night, struct pb_night_event *out_event,
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
    bool open = best.task != PB_TASK_CHOOSE;
    return open && !time_is_up(night)
               ? take_up(night, &best, waiting, out_event, err)
               : end(night, open, err);
}

/* --- doing it ----------------------------------------------------------- */

/* Clock and time passed go together, or results with times in them are not
   to be trusted. */
char *
pb_night_leap(const struct pb_night *night)
{
    double passed = elapsed(night) - night->started;
    double told = (double)(now(night) - night->started_at);
    return fabs(told - passed) <= LEAP_SECONDS
               ? NULL
               : pb_asprintf("its clock jumped by %.0f s while %s was tested",
                             told - passed, night->project);
}

static int
look(struct pb_night *night, struct pb_night_event *out_event,
     struct pb_error *err)
{
    if (pb_night_look(night, err) < 0) {
        return -1;
    }
    if (!night->finished) {
        *out_event = (struct pb_night_event){
            .kind = PB_NIGHT_LOOKED,
            .project = night->project,
            .cell = night->cell,
        };
    }
    return 0;
}

static int
begun(void *context, struct pb_error *err)
{
    struct pb_night *night = context;
    for (size_t i = 0; i < pb_json_length(night->hunted); i++) {
        pb_json_set(pb_json_at(night->hunted, i), "bisection",
                    pb_json_integer(night->hunt.bisection));
    }
    return pb_night_set_status(night, night->hunted, "bisecting", "", err);
}

/* Trouble with one bisection keeps no other from being made: it is tried
   again the next night, unless its range holds nothing to be tried. */
static int
hunt(struct pb_night *night, struct pb_night_event *out_event,
     struct pb_error *err)
{
    const struct pb_night_machine *machine = night->options.machine;
    PB_AUTO(pb_json) struct pb_json *report = NULL;
    PB_AUTOFREE char *ids = ids_of(night->hunted);
    if (machine->bisect(machine->context, &night->hunt, begun, night, &report,
                        err) < 0)
    {
        bool fatal = err->code == PB_ERROR_CANCELLED ||
                     err->code == PB_ERROR_INTERNAL ||
                     err->code == PB_ERROR_CORRUPT;
        PB_AUTOFREE char *why = pb_strdup(err->message);
        if (fatal) {
            return -1;
        }
        bool hopeless = err->code == PB_ERROR_NOT_FOUND;
        pb_error_clear(err);
        if (!hopeless) {
            pb_strv_add(&night->interrupted, ids);
        }
        if (pb_night_set_status(night, night->hunted,
                                hopeless ? "no answer" : "waiting", why,
                                err) < 0)
        {
            return -1;
        }
    }
    else if (report == NULL) {
        pb_strv_add(&night->interrupted, ids);
    }
    else if (pb_night_answer(night, night->hunted, report, err) < 0) {
        return -1;
    }
    *out_event = (struct pb_night_event){
        .kind = PB_NIGHT_ANSWERED,
        .project = night->hunt.project,
        .failures = night->hunted,
        .hunt = &night->hunt,
    };
    return 0;
}

int
pb_night_step(struct pb_night *night, struct pb_night_event *out_event,
              struct pb_error *err)
{
    enum pb_night_task task = night->task;
    *out_event = (struct pb_night_event){.kind = PB_NIGHT_FINISHED};
    night->task = PB_TASK_CHOOSE;
    if (night->finished) {
        return 0;
    }
    switch (task) {
    case PB_TASK_CHOOSE:
        return choose(night, out_event, err);
    case PB_TASK_LOOK:
        return look(night, out_event, err);
    case PB_TASK_HUNT:
        return hunt(night, out_event, err);
    }
    return 0;
}
