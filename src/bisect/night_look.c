/* One project at the head, compared with what it was when it was looked at
   last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bisect/night_private.h"
#include "pybisect/alloc.h"
#include "pybisect/verdict.h"

static void
clear_look(struct pb_look *look)
{
    for (size_t i = 0; i < look->len; i++) {
        free(look->suspects[i].signature);
    }
    free(look->suspects);
    pb_json_free(look->before);
    pb_night_rows_clear(&look->rows);
    pb_evaluation_clear(&look->evaluation);
}

int
pb_look_run(const struct pb_look *look, const char *sha,
            const struct pb_strv *tests, unsigned take,
            struct pb_evaluation *out, struct pb_error *err)
{
    const struct pb_night_machine *machine = look->night->options.machine;
    return machine->test(machine->context, look->project, sha, tests, take,
                         out, err);
}

/* --- what seems to have changed ----------------------------------------- */

static bool
passes(enum pb_outcome outcome)
{
    return outcome == PB_OUTCOME_PASS || outcome == PB_OUTCOME_XFAIL;
}

/* What passed, and is skipped or gone, is red, and stays so. */
bool
pb_look_is_red(const struct pb_night_row *row, const struct pb_result *result)
{
    enum pb_outcome outcome =
        result == NULL ? PB_OUTCOME_ABSENT : result->outcome;
    bool expected = row != NULL && (row->failure != 0 || passes(row->outcome));
    return pb_outcome_failed(outcome) ||
           (expected &&
            (outcome == PB_OUTCOME_SKIP || outcome == PB_OUTCOME_ABSENT));
}

static void
compare_test(struct pb_look *look, const char *id, struct pb_night_row *row,
             const struct pb_result *result)
{
    bool red = pb_look_is_red(row, result);
    bool was = row != NULL && row->failure != 0;
    if (!red && !was) {
        return;
    }
    PB_AUTOFREE char *signature = pb_signature_of(result);
    if (red && was && strcmp(signature, row->signature) == 0) {
        return;
    }
    PB_GROW(look->suspects, look->len, look->cap);
    look->suspects[look->len++] = (struct pb_suspect){
        .id = id,
        .row = row,
        .result = result,
        .signature = signature,
        .red = red,
    };
    signature = NULL;
}

/* The recipe has come to know of its failing: it is not red any more. */
static void
excuse(struct pb_night_row *row)
{
    if (row != NULL && row->failure != 0) {
        row->failure = 0;
        row->touched = true;
    }
}

static void
compare(struct pb_look *look)
{
    const struct pb_night_machine *machine = look->night->options.machine;
    const struct pb_results *results = &look->evaluation.results;
    for (size_t i = 0; i < results->len; i++) {
        const struct pb_result *each = &results->items[i];
        struct pb_night_row *row = pb_night_rows_get(&look->rows, each->id);
        if (machine->counts(machine->context, each->id)) {
            compare_test(look, each->id, row, each);
        }
        else {
            excuse(row);
        }
    }
    for (size_t i = 0; i < look->rows.len; i++) {
        struct pb_night_row *row = look->rows.items[i];
        if (pb_results_get(results, row->test) == NULL) {
            compare_test(look, row->test, row, NULL);
        }
    }
}

/* --- is it the machine? ------------------------------------------------- */

static size_t
count_passing(const struct pb_night_rows *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->len; i++) {
        count += passes(rows->items[i]->outcome);
    }
    return count;
}

static size_t
count_elsewhere(const struct pb_look *look)
{
    size_t count = 0;
    for (size_t i = 0; i < look->len; i++) {
        count += look->suspects[i].elsewhere;
    }
    return count;
}

/* What a machine in trouble said is not to be recalled. */
static int
forget(const struct pb_look *look, struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    PB_AUTO(pb_strv) struct pb_strv outputs = PB_STRV_INIT;
    pb_strv_add(&outputs, pb_digest_hex(&look->evaluation.output, hex));
    return pb_journal_forget_outputs(look->night->options.journal, &outputs,
                                     err);
}

static int
end_sick(const struct pb_look *look, const char *why, struct pb_error *err)
{
    return forget(look, err) < 0 ? -1 : pb_night_sicken(look->night, why, err);
}

/* Half of what passed is red, also where it passed. */
static int
end_failing_everywhere(struct pb_look *look, struct pb_error *err)
{
    PB_AUTOFREE char *why = pb_asprintf(
        "%zu tests of %s that passed fail, also at %.10s, where they passed "
        "when it was looked at last: it is this machine",
        count_elsewhere(look), look->project,
        pb_json_get_string(look->before, "head"));
    return end_sick(look, why, err);
}

/* --- taking it in ------------------------------------------------------- */

static void
replace(char **field, const char *text)
{
    char *copy = pb_strdup(text);
    free(*field);
    *field = copy;
}

/* The first line. */
static void
set_message(struct pb_night_row *row, const struct pb_result *result)
{
    const char *text = result == NULL ? NULL : result->message;
    free(row->message);
    row->message = text == NULL ? NULL : pb_strndup(text, strcspn(text, "\n"));
}

/* By chance: it stays what it was. */
static void
take_flaky(struct pb_look *look, const struct pb_suspect *suspect)
{
    struct pb_night_row *row = suspect->row;
    if (row == NULL) {
        row = pb_night_rows_add(&look->rows, suspect->id);
    }
    unsigned same = suspect->alone_same + 1;
    unsigned runs = suspect->alone + 1 + suspect->whole;
    row->runs += runs;
    row->failed += suspect->red ? same : runs - same;
    row->failed += row->failed == 0;
    row->touched = true;
}

static int
take_change(struct pb_look *look, struct pb_suspect *suspect,
            struct pb_error *err)
{
    struct pb_night *night = look->night;
    struct pb_night_row *row = suspect->row;
    bool new = row == NULL;
    enum pb_outcome after =
        suspect->result == NULL ? PB_OUTCOME_ABSENT : suspect->result->outcome;
    if (new) {
        row = pb_night_rows_add(&look->rows, suspect->id);
        row->outcome = PB_OUTCOME_ABSENT;
        suspect->row = row;
    }
    enum pb_outcome before = row->outcome;
    if (suspect->red && row->failure == 0 && passes(before)) {
        replace(&row->green, pb_json_get_string(look->before, "head"));
    }
    else if (!suspect->red) {
        replace(&row->green, NULL);
        row->failure = 0;
    }
    replace(&row->signature, suspect->red ? suspect->signature : NULL);
    set_message(row, suspect->result);
    row->outcome = after;
    row->touched = true;
    if (look->before == NULL) {
        return 0; /* nothing changed: it is seen for the first time */
    }
    return pb_night_add_change(
        night->options.journal, night->id, look->project, suspect->id,
        pb_outcome_name(before), pb_outcome_name(after), row->message, err);
}

/* What is not red, and was not: its outcome, and one more run of those that
   fail by chance. */
static void
take_others(struct pb_look *look)
{
    const struct pb_night_machine *machine = look->night->options.machine;
    const struct pb_results *results = &look->evaluation.results;
    for (size_t i = 0; i < results->len; i++) {
        const struct pb_result *each = &results->items[i];
        struct pb_night_row *row = pb_night_rows_get(&look->rows, each->id);
        if (row == NULL && !pb_outcome_failed(each->outcome) &&
            machine->counts(machine->context, each->id))
        {
            row = pb_night_rows_add(&look->rows, each->id);
            row->outcome = each->outcome;
        }
        else if (row != NULL && !row->touched) {
            bool other = row->failure == 0 && row->outcome != each->outcome &&
                         !pb_look_is_red(row, each);
            row->outcome = other ? each->outcome : row->outcome;
            row->runs += row->failed > 0;
            row->touched = other || row->failed > 0;
        }
    }
}

static size_t
count_missing(const struct pb_night_rows *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->len; i++) {
        count += rows->items[i]->failure != 0 &&
                 rows->items[i]->outcome == PB_OUTCOME_ABSENT;
    }
    return count;
}

static size_t
count_flaky(const struct pb_look *look)
{
    size_t count = 0;
    for (size_t i = 0; i < look->len; i++) {
        count += !look->suspects[i].steady;
    }
    return count;
}

static void
set_count(struct pb_json *object, const char *key, size_t count)
{
    pb_json_set(object, key, pb_json_integer((int64_t)count));
}

static struct pb_json *
make_cell(const struct pb_look *look, const struct pb_strv *open, size_t new)
{
    const struct pb_results *results = &look->evaluation.results;
    struct pb_json *cell = pb_json_object();
    size_t elsewhere = count_elsewhere(look);
    const char *state = new > 0                 ? "newly red"
                        : open->len > 0         ? "red"
                        : elsewhere > 0         ? "untestable"
                        : count_flaky(look) > 0 ? "flaky"
                                                : "green";
    PB_AUTOFREE char *why =
        elsewhere == 0
            ? pb_strdup("")
            : pb_asprintf(
                  "%zu newly failing here, but by now also at %.10s, where "
                  "it was looked at last: that is not CPython's doing",
                  elsewhere, pb_json_get_string(look->before, "head"));
    pb_json_set(cell, "state", pb_json_string(state));
    set_count(cell, "passed",
              pb_results_count(results, PB_OUTCOME_PASS) +
                  pb_results_count(results, PB_OUTCOME_XFAIL));
    set_count(cell, "failed", pb_results_failed(results));
    set_count(cell, "skipped", pb_results_count(results, PB_OUTCOME_SKIP));
    set_count(cell, "missing", count_missing(&look->rows));
    set_count(cell, "flaky", count_flaky(look));
    set_count(cell, "elsewhere", elsewhere);
    pb_json_set(cell, "why", pb_json_string(why));
    pb_json_set(cell, "taken", pb_json_bool(true));
    pb_json_set(cell, "failures", pb_json_strings(open));
    pb_json_set(cell, "head", pb_json_string(look->night->head));
    pb_json_set(cell, "seconds",
                pb_json_real(look->evaluation.build_seconds +
                             look->evaluation.test_seconds));
    return cell;
}

static int
take_in(struct pb_look *look, struct pb_error *err)
{
    struct pb_night *night = look->night;
    struct pb_journal *journal = night->options.journal;
    PB_AUTO(pb_strv) struct pb_strv open = PB_STRV_INIT;
    size_t new = 0;
    for (size_t i = 0; i < look->len; i++) {
        struct pb_suspect *suspect = &look->suspects[i];
        if (suspect->elsewhere) {
            continue;
        }
        if (!suspect->steady) {
            take_flaky(look, suspect);
        }
        else if (take_change(look, suspect, err) < 0) {
            return -1;
        }
    }
    take_others(look);
    if (pb_look_track(look, &open, &new, err) < 0 ||
        pb_night_rows_save(journal, look->project, &look->rows, err) < 0)
    {
        return -1;
    }
    pb_json_free(night->cell);
    night->cell = make_cell(look, &open, new);
    return pb_night_cell_save(journal, night->id, look->project, night->cell,
                              err);
}

static int
take_in_whole(struct pb_look *look, struct pb_error *err)
{
    struct pb_error ignored = PB_ERROR_INIT;
    struct pb_journal *journal = look->night->options.journal;
    if (pb_night_begin_change(journal, err) < 0) {
        return -1;
    }
    if (take_in(look, err) < 0) {
        pb_night_end_change(journal, false, &ignored);
        return -1;
    }
    return pb_night_end_change(journal, true, err);
}

/* --- one look ----------------------------------------------------------- */

static int
save_untested(struct pb_night *night, const char *state, const char *why,
              struct pb_error *err)
{
    static const char *const counts[] = {"passed", "failed", "skipped",
                                         "missing", "flaky"};
    pb_json_free(night->cell);
    night->cell = pb_json_object();
    pb_json_set(night->cell, "state", pb_json_string(state));
    for (size_t i = 0; i < PB_LENGTH(counts); i++) {
        set_count(night->cell, counts[i], 0);
    }
    pb_json_set(night->cell, "why", pb_json_string(why));
    pb_json_set(night->cell, "failures", pb_json_array());
    pb_json_set(night->cell, "head", pb_json_string(night->head));
    return pb_night_cell_save(night->options.journal, night->id,
                              night->project, night->cell, err);
}

/* Trouble with one project is no trouble of the others. */
static int
forgive(struct pb_night *night, struct pb_error *err)
{
    if (err->code == PB_ERROR_CANCELLED || err->code == PB_ERROR_INTERNAL) {
        return -1;
    }
    PB_AUTOFREE char *why = pb_strdup(err->message);
    bool full = err->errnum == ENOSPC || err->errnum == EDQUOT ||
                err->errnum == EROFS || err->errnum == EIO;
    pb_error_clear(err);
    return full ? pb_night_sicken(night, why, err)
                : save_untested(night, "not run", why, err);
}

static int
look_at(struct pb_look *look, struct pb_error *err)
{
    struct pb_night *night = look->night;
    struct pb_journal *journal = night->options.journal;
    if (pb_look_run(look, night->head, NULL, 0, &look->evaluation, err) < 0) {
        return forgive(night, err);
    }
    PB_AUTOFREE char *leap = pb_night_leap(night);
    if (leap != NULL) {
        return end_sick(look, leap, err);
    }
    if (look->evaluation.status != PB_EVALUATION_TESTED) {
        return save_untested(night, "untestable", look->evaluation.reason,
                             err);
    }
    if (pb_night_rows_load(journal, look->project, &look->rows, err) < 0 ||
        pb_night_cell_before(journal, night->id, look->project, &look->before,
                             err) < 0)
    {
        return -1;
    }
    if (look->rows.len == 0 &&
        pb_results_tests(&look->evaluation.results) == 0) {
        return save_untested(night, "untestable", "it ran no tests", err);
    }
    compare(look);
    if (pb_look_retry(look, err) < 0) {
        return forgive(night, err);
    }
    size_t elsewhere = count_elsewhere(look);
    if (elsewhere > 0 && 2 * elsewhere >= count_passing(&look->rows)) {
        return end_failing_everywhere(look, err);
    }
    if (elsewhere > 0 && forget(look, err) < 0) {
        return -1;
    }
    return take_in_whole(look, err);
}

int
pb_night_look(struct pb_night *night, struct pb_error *err)
{
    PB_CLEANUP(clear_look)
    struct pb_look look = {
        .night = night,
        .project = night->project,
        .evaluation = PB_EVALUATION_INIT,
    };
    return look_at(&look, err);
}
