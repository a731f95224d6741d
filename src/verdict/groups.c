/* The changes of a diff by class, kind and signature. Ten thousand tests that
   fail alike are one question to the rules, not ten thousand. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classify_rules.h"
#include "pybisect/alloc.h"
#include "pybisect/map.h"
#include "trial/text.h"

/* --- test ids ------------------------------------------------------------ */

/* Where the parameters of a test begin, or its end. */
static size_t
function_length(const char *id)
{
    return strcspn(id, "[( ");
}

/* The file of a test: "tests/a.py" of pytest's "tests/a.py::C::f", "m" of
   unittest's "m.C.f". A module-level "m.f" is taken for a class's. */
static size_t
file_length(const char *id)
{
    const char *colon = strchr(id, ':');
    if (colon != NULL && colon[1] == ':') {
        return (size_t)(colon - id);
    }
    size_t end = function_length(id);
    for (int dots = 0; dots < 2; dots++) {
        const char *dot = memrchr(id, '.', end);
        if (dot == NULL) {
            break;
        }
        end = (size_t)(dot - id);
    }
    return end;
}

/* Is the file of this test the first `length` bytes of `file`? Only the rest
   of the id is looked at, and false may mean that a closer look is needed. */
static bool
is_in_file(const char *id, const char *file, size_t length)
{
    static const char stops[] = ".[( ";
    if (strncmp(id, file, length) != 0) {
        return false;
    }
    const char *rest = id + length;
    if (rest[0] == ':') {
        return rest[1] == ':';
    }
    if (rest[0] != '.') {
        return false;
    }
    const char *function = rest + 1 + strcspn(rest + 1, stops);
    return *function == '.' &&
           function[1 + strcspn(function + 1, stops)] != '.';
}

/* The made-up tests of unittest's and nose2's loaders. */
static bool
is_loaders(const char *id)
{
    static const char *const beginnings[] = {
        "unittest.loader._FailedTest",   "unittest.loader.ModuleImportFailure",
        "unittest.loader.LoadTestsFail", "unittest2.loader._FailedTest",
        "nose2.loader.LoadTestsFailure",
    };
    if (id[0] != 'u' && id[0] != 'n') {
        return false;
    }
    for (size_t i = 0; i < PB_LENGTH(beginnings); i++) {
        if (strncmp(id, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Stands for a file that could not be loaded. */
static bool
is_uncollected(const struct pb_result *result)
{
    static const char pytest[] = "ImportError while importing test module";
    return pb_outcome_failed(result->outcome) &&
           (is_loaders(result->id) ||
            (result->trace != NULL && result->trace[0] == 'I' &&
             strncmp(result->trace, pytest, strlen(pytest)) == 0));
}

static void
count_run(const struct pb_results *results, size_t *out_tests,
          size_t *out_skipped, size_t *out_uncollected)
{
    *out_tests = *out_skipped = *out_uncollected = 0;
    for (size_t i = 0; i < results->len; i++) {
        const struct pb_result *result = &results->items[i];
        if (!pb_result_is_pseudo(result->id)) {
            *out_tests += 1;
            *out_skipped += result->outcome == PB_OUTCOME_SKIP;
            *out_uncollected += is_uncollected(result);
        }
    }
}

void
pb_counts_of(const struct pb_results *before, const struct pb_results *after,
             struct pb_counts *out)
{
    count_run(before, &out->tests_before, &out->skipped_before,
              &out->uncollected_before);
    count_run(after, &out->tests_after, &out->skipped_after,
              &out->uncollected_after);
}

/* --- tallies: how many tests have a name --------------------------------- */

static char *
cut(const char *id, size_t length, struct pb_buf *room)
{
    pb_buf_truncate(room, 0);
    pb_buf_add(room, id, length);
    return room->data;
}

/* How many tests each file has. Neighbours mostly share it, and are counted
   together. */
static struct pb_map *
tally_files(const struct pb_results *results)
{
    struct pb_map *map = pb_map_new(NULL);
    PB_AUTO(pb_buf) struct pb_buf room = PB_BUF_INIT;
    size_t i = 0;
    while (i < results->len) {
        const char *id = results->items[i].id;
        size_t length = file_length(id);
        size_t count = 1;
        for (i++; i < results->len; i++, count++) {
            if (!is_in_file(results->items[i].id, id, length)) {
                break;
            }
        }
        const char *name = cut(id, length, &room);
        uintptr_t earlier = (uintptr_t)pb_map_get(map, name);
        pb_map_set(map, name, (void *)(earlier + count));
    }
    return map;
}

static size_t
tally_get(const struct pb_map *map, const char *id, size_t length,
          struct pb_buf *room)
{
    return map == NULL ? 0 : (uintptr_t)pb_map_get(map, cut(id, length, room));
}

/* --- facts --------------------------------------------------------------- */

struct grouping {
    const struct pb_rules *rules;
    const struct pb_diff *diff;
    const struct pb_outside *outside;
    struct pb_groups *out;
    struct pb_counts counts;
    /* Made only where tests vanished. */
    struct pb_map *files_before;
    struct pb_map *files_after;
    struct pb_map *new_functions; /* of tests that are new, passing or not */
    struct pb_map *seen;          /* how a change looks -> group */
    struct pb_map *named;         /* class, kind, signature -> group */
    struct pb_buf room;
};

static void
grouping_clear(struct grouping *grouping)
{
    pb_map_free(grouping->files_before);
    pb_map_free(grouping->files_after);
    pb_map_free(grouping->new_functions);
    pb_map_free(grouping->seen);
    pb_map_free(grouping->named);
    pb_buf_clear(&grouping->room);
}

/* Functions of which some test is there that was not there before. */
static struct pb_map *
find_new_functions(const struct pb_diff *diff)
{
    struct pb_map *map = pb_map_new(NULL);
    PB_AUTO(pb_buf) struct pb_buf room = PB_BUF_INIT;
    for (size_t i = 0; i < diff->len; i++) {
        const char *id = diff->items[i].id;
        size_t length = function_length(id);
        if (diff->items[i].before == NULL && id[length] != '\0') {
            pb_map_set(map, cut(id, length, &room), (void *)(uintptr_t)1);
        }
    }
    return map;
}

static void
say(const struct pb_result *result, struct pb_said *out)
{
    if (result != NULL) {
        *out = (struct pb_said){result->type, result->message, result->trace};
    }
}

static void
ask_outside(const struct pb_outside *outside, struct pb_facts *facts)
{
    facts->flaky = outside->is_flaky != NULL &&
                   outside->is_flaky(outside->context, facts->id);
    facts->some_platforms =
        outside->is_fine_elsewhere != NULL &&
        outside->is_fine_elsewhere(outside->context, facts->id);
    facts->stdlib_had = outside->stdlib_had;
    facts->context = outside->context;
    facts->time_ratio = outside->time_ratio;
    facts->log = outside->log;
    facts->log_length = outside->log_length;
}

static void
state_facts(struct grouping *grouping, const struct pb_change *change,
            struct pb_facts *out)
{
    const char *id = change->id;
    *out = (struct pb_facts){
        .phase = pb_phase_of(id),
        .kind = change->kind,
        .id = id,
        .before = change->before == NULL ? PB_OUTCOME_ABSENT
                                         : change->before->outcome,
        .after =
            change->after == NULL ? PB_OUTCOME_ABSENT : change->after->outcome,
        .counts = &grouping->counts,
        .collecting = change->after != NULL && is_uncollected(change->after),
    };
    say(change->before, &out->was);
    say(change->after, &out->now);
    if (change->kind == PB_CHANGE_VANISHED) {
        size_t file = file_length(id);
        struct pb_buf *room = &grouping->room;
        out->file_tests_before =
            tally_get(grouping->files_before, id, file, room);
        out->file_tests_after =
            tally_get(grouping->files_after, id, file, room);
        out->replaced = tally_get(grouping->new_functions, id,
                                  function_length(id), room) > 0;
    }
    if (grouping->outside != NULL) {
        ask_outside(grouping->outside, out);
    }
}

/* --- grouping ------------------------------------------------------------ */

/* The line of the last frame, which of Python's own form is the innermost:
   from the last 'File "' on. Found from behind, where it is near. */
static struct pb_span
last_frame(const char *trace)
{
    static const char head[] = "File ";
    const size_t before = strlen(head);
    size_t length = trace == NULL ? 0 : strlen(trace);
    const char *quote = NULL;
    for (size_t rest = length; rest > before; rest = (size_t)(quote - trace)) {
        quote = memrchr(trace + before, '"', rest - before);
        if (quote == NULL) {
            break;
        }
        if (memcmp(quote - before, head, before) == 0) {
            return (struct pb_span){quote - before,
                                    strcspn(quote, "\n") + before};
        }
    }
    return (struct pb_span){"", 0};
}

/* All that classes are told apart by, short of what is said in other frames
   than the innermost and in later lines of a message. */
static void
describe_look(const struct grouping *grouping, const struct pb_change *change,
              const struct pb_facts *facts, struct pb_buf *out)
{
    struct pb_span frame = last_frame(facts->now.trace);
    struct pb_span number = pb_span_find(frame, "\", line ");
    struct pb_span function = pb_span_find(number, " in ");
    pb_buf_truncate(out, 0);
    const char flags[] = {
        (char)('0' + (int)facts->phase),
        (char)('0' + (int)facts->kind),
        (char)('0' + (int)facts->before),
        (char)('0' + (int)facts->after),
        (char)('0' + facts->collecting + 2 * facts->replaced +
               4 * facts->flaky + 8 * facts->some_platforms),
    };
    pb_buf_add(out, flags, sizeof(flags));
    if (facts->kind == PB_CHANGE_VANISHED) {
        pb_buf_addf(out, "%zu,%zu", facts->file_tests_before,
                    facts->file_tests_after);
    }
    if (grouping->rules->by_test) {
        pb_buf_adds(out, facts->id);
    }
    pb_buf_addch(out, '\n');
    pb_buf_adds(out, change->signature);
    pb_buf_addch(out, '\n');
    /* The line's number says nothing. */
    pb_buf_add(out, frame.data, frame.length - number.length);
    pb_buf_add(out, function.data, function.length);
}

/* Index of the group with that class, kind and signature; takes the match. */
static size_t
group_named(struct grouping *grouping, const struct pb_change *change,
            struct pb_match *match)
{
    struct pb_buf *room = &grouping->room;
    struct pb_groups *groups = grouping->out;
    pb_buf_truncate(room, 0);
    pb_buf_addf(room, "%s\n%d\n%s",
                match->class_name == NULL ? "" : match->class_name,
                (int)change->kind, change->signature);
    uintptr_t position = (uintptr_t)pb_map_get(grouping->named, room->data);
    if (position > 0) {
        pb_match_clear(match);
        return position - 1;
    }
    PB_GROW(groups->items, groups->len, groups->cap);
    groups->items[groups->len++] = (struct pb_group){
        .match = *match, .kind = change->kind, .signature = change->signature};
    pb_map_set(grouping->named, room->data, (void *)(uintptr_t)groups->len);
    return groups->len - 1;
}

static void
group_change(struct grouping *grouping, size_t index, struct pb_buf *look)
{
    const struct pb_change *change = &grouping->diff->items[index];
    struct pb_facts facts;
    state_facts(grouping, change, &facts);
    describe_look(grouping, change, &facts, look);
    uintptr_t position = (uintptr_t)pb_map_get(grouping->seen, look->data);
    if (position == 0) {
        struct pb_match match;
        (void)pb_classify(grouping->rules, &facts, &match);
        position = group_named(grouping, change, &match) + 1;
        pb_map_set(grouping->seen, look->data, (void *)position);
    }
    struct pb_group *group = &grouping->out->items[position - 1];
    PB_GROW(group->changes, group->len, group->cap);
    group->changes[group->len++] = index;
}

static int
compare_groups(const void *a, const void *b)
{
    const struct pb_group *left = a;
    const struct pb_group *right = b;
    if (left->kind != right->kind) {
        return left->kind < right->kind ? -1 : 1;
    }
    if (left->len != right->len) {
        return left->len > right->len ? -1 : 1;
    }
    const char *one = left->match.class_name;
    const char *other = right->match.class_name;
    int order = strcmp(one == NULL ? "" : one, other == NULL ? "" : other);
    return order != 0 ? order : strcmp(left->signature, right->signature);
}

void
pb_groups_compute(const struct pb_rules *rules,
                  const struct pb_results *before,
                  const struct pb_results *after, const struct pb_diff *diff,
                  const struct pb_outside *outside, struct pb_groups *out)
{
    *out = (struct pb_groups)PB_GROUPS_INIT;
    PB_CLEANUP(grouping_clear)
    struct grouping grouping = {
        .rules = rules,
        .diff = diff,
        .outside = outside,
        .out = out,
        .seen = pb_map_new(NULL),
        .named = pb_map_new(NULL),
        .room = PB_BUF_INIT,
    };
    pb_counts_of(before, after, &grouping.counts);
    if (pb_diff_count(diff, PB_CHANGE_VANISHED) > 0) {
        grouping.files_before = tally_files(before);
        grouping.files_after = tally_files(after);
        grouping.new_functions = find_new_functions(diff);
    }
    PB_AUTO(pb_buf) struct pb_buf look = PB_BUF_INIT;
    for (size_t i = 0; i < diff->len; i++) {
        group_change(&grouping, i, &look);
    }
    if (out->len > 0) {
        qsort(out->items, out->len, sizeof(*out->items), compare_groups);
    }
}

void
pb_groups_clear(struct pb_groups *groups)
{
    for (size_t i = 0; i < groups->len; i++) {
        pb_match_clear(&groups->items[i].match);
        free(groups->items[i].changes);
    }
    free(groups->items);
    *groups = (struct pb_groups)PB_GROUPS_INIT;
}
