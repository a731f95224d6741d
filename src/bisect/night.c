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
    if (!night->worked && pb_night_has_state(night->record, state)) {
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
        if (id < night->id && !pb_night_has_state(each, "sick")) {
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
    if (last == NULL || !pb_night_has_state(last, "running")) {
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
    if (last != NULL && !pb_night_has_state(last, "sick") &&
        strcmp(head, night->head) == 0)
    {
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
    pb_strv_clear(&night->culprits);
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

static int
take_up(struct pb_night *night, const struct pb_night_choice *choice,
        struct pb_night_event *out_event, struct pb_error *err)
{
    night->task = choice->task;
    if (!night->worked) {
        night->worked = true;
        if (set_state(night, "running", "", err) < 0) {
            return -1;
        }
    }
    if (choice->task == PB_TASK_LOOK) {
        night->project = choice->project;
        pb_strv_add(&night->tried, choice->project);
        *out_event = (struct pb_night_event){.kind = PB_NIGHT_LOOKING,
                                             .project = choice->project};
        return 0;
    }
    pb_json_free(night->hunted);
    night->hunted = pb_json_copy(choice->failures);
    night->hunt = pb_night_hunt_of(night->hunted);
    night->hunt.culprits = &night->culprits;
    pb_strv_clear(&night->culprits);
    if (pb_night_find_culprits(night, &night->culprits, err) < 0) {
        return -1;
    }
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
    PB_AUTO(pb_night_choice)
    struct pb_night_choice choice = {.task = PB_TASK_CHOOSE};
    if (pb_night_choose(night, &choice, err) < 0) {
        return -1;
    }
    if (night->finished) {
        return 0;
    }
    bool open = choice.task != PB_TASK_CHOOSE;
    return open && !time_is_up(night) ? take_up(night, &choice, out_event, err)
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
    PB_AUTOFREE char *ids = pb_night_ids(night->hunted);
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
        bool hopeless =
            err->code == PB_ERROR_NOT_FOUND || err->code == PB_ERROR_USAGE;
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
