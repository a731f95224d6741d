/* The made-up history and its machine. */
#include "bisect/world.h"

#include <stdio.h>

#define MOST_STEPS 5000

/* --- the history -------------------------------------------------------- */

static struct pb_oid
oid_of(size_t place)
{
    struct pb_oid oid = {{0}};
    for (size_t i = 0; i < 8; i++) {
        oid.bytes[7 - i] = (unsigned char)(place >> (8 * i));
    }
    return oid;
}

/* 0 is the good end, i + 1 commit i. */
static size_t
place_of(const struct pb_oid *oid)
{
    size_t place = 0;
    for (size_t i = 0; i < 8; i++) {
        place = place << 8 | oid->bytes[i];
    }
    return place;
}

static struct pb_keys
keys_of(const struct world *world, size_t place)
{
    char text[32];
    if (world->keys == NULL) {
        snprintf(text, sizeof(text), "%zu", place);
    }
    else {
        snprintf(text, sizeof(text), "%c", world->keys[place]);
    }
    struct pb_digest digest = pb_digest_of(text, strlen(text));
    return (struct pb_keys){.build = digest, .behaviour = digest};
}

static void
link_commits(struct world *world)
{
    size_t len = 0;
    size_t cap = 0;
    struct pb_range *range = &world->range;
    range->parent_start =
        pb_alloc_array(world->commits + 1, sizeof(*range->parent_start));
    for (size_t i = 0; i < world->commits; i++) {
        char chain[32];
        snprintf(chain, sizeof(chain), "%zu", i - 1);
        const char *text = i == 0 ? "" : chain;
        if (world->parents != NULL) {
            text = world->parents[i];
        }
        for (char *end = NULL; *text != '\0'; text = end) {
            PB_GROW(range->parents, len, cap);
            range->parents[len++] = strtoul(text, &end, 10);
            assert_true(end != text);
        }
        range->parent_start[i + 1] = len;
    }
}

static void
make_history(struct world *world)
{
    struct pb_range *range = &world->range;
    range->good = oid_of(0);
    range->asked_good = oid_of(0);
    range->all_parents = world->parents != NULL;
    PB_AUTOFREE struct pb_keys *keys =
        pb_alloc_array(world->commits, sizeof(*keys));
    struct pb_keys good_keys = keys_of(world, 0);
    range->commits.items =
        pb_alloc_array(world->commits, sizeof(*range->commits.items));
    for (size_t i = 0; i < world->commits; i++) {
        range->commits.items[range->commits.len++] = oid_of(i + 1);
        keys[i] = keys_of(world, i + 1);
    }
    range->bad = range->commits.items[world->commits - 1];
    link_commits(world);
    pb_candidates_fold(range, &good_keys, keys, &world->candidates);
}

/* --- the machine -------------------------------------------------------- */

static void
note(struct world *world, const char *what, const struct pb_request *request)
{
    size_t place = place_of(&request->commit);
    if (place == 0) {
        pb_buf_addf(&world->log, "%s good", what);
    }
    else {
        pb_buf_addf(&world->log, "%s %zu", what, place - 1);
    }
    pb_buf_adds(&world->log, request->clean ? " clean" : "");
    if (request->take >= WORLD_FIRST_REPEAT) {
        pb_buf_addf(&world->log, " take %u", request->take);
    }
}

static bool
is_wrong(const struct world *world, size_t place)
{
    return world->builds != NULL && world->builds[place] == 'w' &&
           !world->audited;
}

static struct pb_digest
output_of(const struct world *world, size_t place)
{
    if (is_wrong(world, place)) {
        size_t elsewhere = place + world->commits + 1;
        return pb_digest_of(&elsewhere, sizeof(elsewhere));
    }
    if (world->outputs == NULL) {
        return pb_digest_of(&place, sizeof(place));
    }
    return pb_digest_of(&world->outputs[place], 1);
}

/* A clean build differs: so do all of its kind. */
static int
audit(struct world *world, struct pb_build *out, struct pb_error *err)
{
    for (size_t i = 0; i <= world->commits; i++) {
        char hex[PB_DIGEST_HEX];
        struct pb_digest wrong = output_of(world, i);
        if (is_wrong(world, i)) {
            pb_strv_add(&out->dropped, pb_digest_hex(&wrong, hex));
        }
    }
    out->audit = PB_AUDIT_DIFFERENT;
    world->audited = true;
    return pb_journal_forget_outputs(world->journal, &out->dropped, err);
}

static int
fake_build(void *context, const struct pb_request *request,
           struct pb_build *out, struct pb_error *err)
{
    struct world *world = context;
    if (world->failing_builds > 0) {
        world->failing_builds--;
        return pb_error_set(err, PB_ERROR_ENVIRONMENT, "disk full");
    }
    size_t place = place_of(&request->commit);
    char letter = world->builds == NULL ? '.' : world->builds[place];
    bool fails = letter == 'x' || (letter == 'd' && request->clean);
    note(world, "build", request);
    pb_buf_addch(&world->log, '\n');
    world->built++;
    *out = (struct pb_build){
        .end = fails ? PB_BUILD_FAILED : PB_BUILD_COMPILED,
        .failure = fails ? pb_strdup("make: no rule") : NULL,
        .log = fails ? pb_strdup("/log") : NULL,
        .python = fails ? NULL : pb_strdup("/python"),
        .seconds = 2,
    };
    if (request->clean && is_wrong(world, place) && audit(world, out, err) < 0)
    {
        return -1;
    }
    out->output = output_of(world, place);
    return 0;
}

/* The same for a run of the same number, whatever ran elsewhere. */
static bool
toss(size_t place, unsigned before)
{
    uint32_t state = (uint32_t)(place * 7919 + before) * 2654435761u;
    state ^= state >> 15;
    state *= 2246822519u;
    return (state >> 16) % 2 == 0;
}

static char
resolve(char letter, bool whole, const struct pb_request *request,
        size_t place, unsigned before)
{
    bool clean = request->clean;
    bool repeated = request->take >= WORLD_FIRST_REPEAT;
    switch (letter) {
    case '~':
        return before == 0 ? 'F' : '.';
    case 'A':
        return whole ? 'F' : '.';
    case 'a':
        return whole ? '.' : 'F';
    case 'D':
        return clean ? '.' : 'F';
    case 'P':
        return clean ? 'F' : '.';
    case 'r':
        return repeated ? '.' : 'F';
    case 'R':
        return repeated ? 'F' : '.';
    case 'o':
        return request->take == WORLD_FIRST_REPEAT ? '.' : 'F';
    case 'g':
        return before == 0 || toss(place, before) ? 'F' : '.';
    case 'h':
        return toss(place, before) ? 'F' : '.';
    default:
        return letter;
    }
}

static void
play(struct world_test *test, size_t place, bool wrong,
     const struct pb_request *request, struct pb_results *results)
{
    bool whole = request->tests == NULL || request->tests->len == 0;
    if (!whole && !pb_result_is_pseudo(test->id) &&
        !pb_strv_contains(request->tests, test->id))
    {
        return;
    }
    char letter = test->letters[place];
    if (letter == 'w') {
        letter = wrong ? 'F' : '.';
    }
    switch (resolve(letter, whole, request, place, test->runs[place]++)) {
    case '.':
        pb_results_add(results, test->id, PB_OUTCOME_PASS);
        break;
    case 'F':
        pb_result_describe(pb_results_add(results, test->id, PB_OUTCOME_FAIL),
                           "AssertionError", test->message, "Traceback");
        break;
    case 'E':
        pb_result_describe(pb_results_add(results, test->id, PB_OUTCOME_ERROR),
                           "TypeError", "otherwise", "Traceback");
        break;
    case 'S':
        pb_result_describe(pb_results_add(results, test->id, PB_OUTCOME_SKIP),
                           NULL, "no ssl", NULL);
        break;
    case 'C':
        pb_result_describe(
            pb_results_add(results, test->id, PB_OUTCOME_CRASHED), NULL,
            "SIGSEGV", NULL);
        break;
    case 'H':
        pb_results_add(results, test->id, PB_OUTCOME_HUNG);
        break;
    case '-':
        break;
    default:
        fail_msg("letter '%c' of %s", test->letters[place], test->id);
    }
}

static int
fake_test(void *context, const struct pb_request *request,
          const struct pb_build *build, struct pb_evaluation *out,
          struct pb_error *err)
{
    struct world *world = context;
    (void)err;
    assert_int_equal(build->end, PB_BUILD_COMPILED);
    size_t place = place_of(&request->commit);
    size_t asked = request->tests == NULL ? 0 : request->tests->len;
    PB_AUTOFREE char *names =
        asked == 0 ? pb_strdup("all") : pb_strv_join(request->tests, " ");
    note(world, "test", request);
    pb_buf_addf(&world->log, ": %s\n", names);
    world->ran++;
    world->ran_whole += asked == 0;
    world->most_asked = asked > world->most_asked ? asked : world->most_asked;
    for (size_t i = 0; i < world->ntests; i++) {
        play(&world->tests[i], place, is_wrong(world, place), request,
             &out->results);
    }
    if (world->builds != NULL && world->builds[place] == '?') {
        out->status = PB_EVALUATION_UNTESTABLE;
        out->reason = pb_strdup("the command exited with 125");
    }
    out->test_seconds = world->seconds > 0 ? world->seconds : 1;
    return 0;
}

static bool
fake_selectable(void *context, const char *id)
{
    const struct world *world = context;
    for (size_t i = 0; i < world->ntests; i++) {
        if (strcmp(world->tests[i].id, id) == 0) {
            return !world->tests[i].unselectable;
        }
    }
    return false;
}

/* Worlds that differ share no evaluations, be it in one journal. */
static struct pb_digest
identity_of(const struct world *world)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, world->builds);
    for (size_t i = 0; i < world->ntests; i++) {
        pb_hasher_add_field(&hasher, world->tests[i].id);
        pb_hasher_add_field(&hasher, world->tests[i].letters);
    }
    return pb_hasher_finish(&hasher);
}

/* --- a life ------------------------------------------------------------- */

void
world_init(struct world *world, const char *directory, size_t commits)
{
    world->directory = directory;
    world->commits = commits;
}

struct world_test *
world_add(struct world *world, const char *id, const char *letters)
{
    assert_int_equal(strlen(letters), world->commits + 1);
    PB_GROW(world->tests, world->ntests, world->cap);
    struct world_test *test = &world->tests[world->ntests++];
    *test = (struct world_test){
        .id = pb_strdup(id),
        .letters = pb_strdup(letters),
        .message = pb_strdup("broke"),
        .runs = pb_alloc_array(world->commits + 1, sizeof(unsigned)),
    };
    return test;
}

void
world_add_saying(struct world *world, const char *id, const char *letters,
                 const char *message)
{
    struct world_test *test = world_add(world, id, letters);
    free(test->message);
    test->message = pb_strdup(message);
}

void
world_begin_anew(struct world *world)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *plan = pb_json_object();
    pb_bisection_free(world->bisection);
    if (pb_journal_begin(world->journal, "a world", plan, &world->options.id,
                         &err) < 0)
    {
        fail_msg("%s", err.message);
    }
    world->bisection = pb_bisection_new(&world->options);
}

void
world_start(struct world *world)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(world->directory, "journal.db");
    if (world->candidates.len == 0) {
        make_history(world);
    }
    if (pb_journal_open(path, &world->journal, &err) < 0) {
        fail_msg("%s", err.message);
    }
    world->machine = (struct pb_machine){
        .identity = identity_of(world),
        .build = fake_build,
        .test = fake_test,
        .estimate = world->estimate,
        .selectable = fake_selectable,
        .context = world,
    };
    world->options.journal = world->journal;
    world->options.machine = &world->machine;
    world->options.range = &world->range;
    world->options.candidates = &world->candidates;
    if (world->options.id == 0) {
        world_begin_anew(world);
    }
    else {
        world->bisection = pb_bisection_new(&world->options);
    }
}

void
world_stop(struct world *world)
{
    pb_bisection_free(world->bisection);
    pb_journal_close(world->journal);
    world->bisection = NULL;
    world->journal = NULL;
}

static void
note_event(struct world *world, const struct pb_event *event)
{
    static const char *const names[] = {
        [PB_EVENT_CHOSEN] = "chosen", [PB_EVENT_BUILT] = "built",
        [PB_EVENT_TRIED] = "tried",   [PB_EVENT_REGRESSED] = "regressed",
        [PB_EVENT_HUNT] = "hunt",     [PB_EVENT_FINISHED] = "finished",
    };
    pb_buf_adds(&world->events, names[event->kind]);
    if (event->trial != NULL) {
        pb_buf_addf(&world->events, " %s",
                    pb_purpose_name(event->trial->purpose));
        world->steps += event->kind == PB_EVENT_TRIED &&
                        event->trial->purpose == PB_PURPOSE_SEARCH;
    }
    pb_buf_addch(&world->events, '\n');
}

void
world_step(struct world *world, struct pb_event *out_event)
{
    struct pb_error err = PB_ERROR_INIT;
    if (pb_bisection_step(world->bisection, out_event, &err) < 0) {
        fail_msg("%s", err.message);
    }
    note_event(world, out_event);
}

bool
world_steps(struct world *world, size_t most)
{
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    if (world->bisection == NULL) {
        world_start(world);
    }
    for (size_t i = 0; i < most && event.kind != PB_EVENT_FINISHED; i++) {
        world_step(world, &event);
    }
    return event.kind == PB_EVENT_FINISHED;
}

void
world_finish(struct world *world)
{
    if (!world_steps(world, MOST_STEPS)) {
        fail_msg("no end after %d steps", MOST_STEPS);
    }
}

void
world_chain(struct world *world, const char *directory, const char *letters)
{
    world_init(world, directory, strlen(letters) - 1);
    world_add(world, "a", letters);
    world_finish(world);
}

void
world_clear(struct world *world)
{
    world_stop(world);
    free(world->range.commits.items);
    free(world->range.parent_start);
    free(world->range.parents);
    pb_candidates_clear(&world->candidates);
    for (size_t i = 0; i < world->ntests; i++) {
        free(world->tests[i].id);
        free(world->tests[i].letters);
        free(world->tests[i].message);
        free(world->tests[i].runs);
    }
    free(world->tests);
    pb_buf_clear(&world->log);
    pb_buf_clear(&world->events);
    *world = (struct world)WORLD_INIT;
}

/* --- what came of it ---------------------------------------------------- */

static size_t
hunt_index(const struct world *world, const char *id)
{
    for (size_t i = 0; i < pb_bisection_hunts(world->bisection); i++) {
        const struct pb_hunt *hunt = pb_bisection_hunt(world->bisection, i);
        for (size_t j = 0; j < hunt->len; j++) {
            const struct pb_regression *regression =
                pb_bisection_regression(world->bisection, hunt->tests[j]);
            if (strcmp(regression->id, id) == 0) {
                return i;
            }
        }
    }
    fail_msg("no hunt for %s", id);
    return 0;
}

const struct pb_hunt *
world_hunt(const struct world *world, const char *id)
{
    return pb_bisection_hunt(world->bisection, hunt_index(world, id));
}

size_t
world_culprit(const struct world *world, const char *id)
{
    const struct pb_hunt *hunt = world_hunt(world, id);
    assert_int_equal(hunt->answer.state, PB_ANSWER_FOUND);
    return world->candidates.items[hunt->answer.candidate].commit;
}

char *
world_suspects(const struct world *world, const char *id)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    const struct pb_hunt *hunt = world_hunt(world, id);
    assert_int_equal(hunt->answer.state, PB_ANSWER_SUSPECTS);
    assert_non_null(hunt->suspects);
    for (size_t i = 0; i < world->candidates.len; i++) {
        if (hunt->suspects[i]) {
            pb_buf_addf(&text, "%s%zu", text.len == 0 ? "" : " ",
                        world->candidates.items[i].commit);
        }
    }
    return pb_buf_take(&text);
}

size_t
world_count(const struct world *world, const char *line)
{
    size_t count = 0;
    PB_AUTOFREE char *wanted = pb_asprintf("%s\n", line);
    const char *at = world->log.data;
    while (*at != '\0') {
        count += strncmp(at, wanted, strlen(wanted)) == 0;
        at = strchr(at, '\n') + 1;
    }
    return count;
}

size_t
world_trials(const struct world *world, enum pb_purpose purpose)
{
    size_t count = 0;
    for (size_t i = 0; i < pb_bisection_trials(world->bisection); i++) {
        count += pb_bisection_trial(world->bisection, i)->purpose == purpose;
    }
    return count;
}

void
expect_finding(const struct world *world, enum pb_finding finding)
{
    assert_string_equal(
        pb_finding_name(pb_bisection_finding(world->bisection)),
        pb_finding_name(finding));
}

void
expect_culprit(const struct world *world, const char *id, size_t commit)
{
    assert_int_equal(world_culprit(world, id), commit);
    assert_true(world_hunt(world, id)->confirmed);
    assert_true(world_hunt(world, id)->followed);
}
