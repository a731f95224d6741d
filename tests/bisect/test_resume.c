/* Nothing is done twice: after a kill, in another bisection of the same
   history, and after an error. */
#include <sqlite3.h>

#include "bisect/faults.h"
#include "bisect/world.h"

static void
busy_world(struct world *world, const char *directory)
{
    world_init(world, directory, 12);
    world_add_saying(world, "a", "....FFFFFFFFF", "one");
    world_add_saying(world, "b", ".....EEEFFFFF", "two");
    world_add_saying(world, "c", "..........FFF", "three");
    world_add(world, "d", ".............");
    world->builds = "......x......";
}

static void
expect_answers(const struct world *world)
{
    expect_finding(world, PB_FINDING_FOUND);
    expect_culprit(world, "a", 3);
    expect_culprit(world, "b", 4);
    expect_culprit(world, "c", 9);
    assert_true(world_hunt(world, "b")->masked);
}

/* Equal lines of the log that begin with "test", at most. */
static size_t
most_repeated_test(const struct world *world)
{
    size_t most = 0;
    PB_AUTOFREE char *log = pb_strdup(world->log.data);
    char *rest = NULL;
    for (char *line = strtok_r(log, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
    {
        size_t count = world_count(world, line);
        if (strncmp(line, "test", 4) == 0 && count > most) {
            most = count;
        }
    }
    return most;
}

static size_t
steps_of(const char *directory, size_t *out_built, size_t *out_ran)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *path = pb_path_join(directory, "whole");
    size_t steps = 1;
    busy_world(&world, path);
    while (!world_steps(&world, 1)) {
        steps++;
    }
    expect_answers(&world);
    assert_int_equal(most_repeated_test(&world), 1);
    *out_built = world.built;
    *out_ran = world.ran;
    return steps;
}

static void
killed_after_any_step_it_goes_on_where_it_was(void **state)
{
    size_t built = 0;
    size_t ran = 0;
    size_t steps = steps_of(*state, &built, &ran);
    assert_true(steps > 30);
    for (size_t k = 0; k < steps; k++) {
        PB_AUTO(world) struct world world = WORLD_INIT;
        PB_AUTOFREE char *name = pb_asprintf("after-%zu", k);
        PB_AUTOFREE char *path = pb_path_join(*state, name);
        busy_world(&world, path);
        world_start(&world);
        assert_false(k > 0 && world_steps(&world, k));
        world_stop(&world);
        world_finish(&world);
        expect_answers(&world);
        /* The build under way when it was killed is all that is lost. */
        assert_int_equal(world.ran, ran);
        assert_in_range(world.built, built, built + 1);
        assert_int_equal(most_repeated_test(&world), 1);
    }
}

static void
killed_at_every_step_it_ends_all_the_same(void **state)
{
    size_t built = 0;
    size_t ran = 0;
    steps_of(*state, &built, &ran);
    PB_AUTO(world) struct world world = WORLD_INIT;
    PB_AUTOFREE char *path = pb_path_join(*state, "often");
    busy_world(&world, path);
    size_t lives = 0;
    for (bool done = false; !done; lives++) {
        size_t before = world.ran;
        world_start(&world);
        /* Until one trial more is on record. */
        while (!done && world.ran == before) {
            done = world_steps(&world, 1);
        }
        if (!done) {
            world_stop(&world);
        }
        assert_true(lives < 200);
    }
    expect_answers(&world);
    assert_int_equal(world.ran, ran);
    assert_int_equal(world.built, built);
    assert_true(lives > 10);
}

static void
a_resumed_bisection_tells_its_past_as_recalled(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    busy_world(&world, *state);
    assert_false(world_steps(&world, 14));
    size_t before = pb_bisection_trials(world.bisection);
    world_stop(&world);
    world_finish(&world);
    assert_true(before >= 4);
    for (size_t i = 0; i < before; i++) {
        assert_true(
            pb_bisection_trial(world.bisection, i)->evaluation.recalled);
    }
    assert_false(
        pb_bisection_trial(world.bisection, before)->evaluation.recalled);
}

static void
steps_on_record_are_written_once_and_in_order(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *steps = NULL;
    busy_world(&world, *state);
    world_steps(&world, 14);
    world_stop(&world);
    world_finish(&world);
    assert_int_equal(
        pb_journal_steps(world.journal, world.options.id, &steps, &err), 0);
    assert_int_equal(pb_json_length(steps),
                     pb_bisection_trials(world.bisection));
    for (size_t i = 0; i < pb_json_length(steps); i++) {
        const struct pb_json *step = pb_json_at(steps, i);
        const struct pb_trial_record *trial =
            pb_bisection_trial(world.bisection, i);
        char hex[PB_OID_HEX];
        assert_string_equal(pb_json_get_string(step, "purpose"),
                            pb_purpose_name(trial->purpose));
        assert_string_equal(pb_json_get_string(step, "sha"),
                            pb_oid_hex(&trial->commit, hex));
        assert_string_equal(pb_json_get_string(step, "verdict"),
                            pb_verdict_name(trial->verdict));
        assert_int_equal(pb_json_get_bool(step, "clean"), trial->clean);
        /* As it was told the first time. */
        assert_false(pb_json_get_bool(step, "recalled"));
    }
}

static void
the_same_question_again_costs_the_closing_checks_alone(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    busy_world(&world, *state);
    world_finish(&world);
    expect_answers(&world);
    pb_buf_truncate(&world.log, 0);
    world_begin_anew(&world);
    world_finish(&world);
    expect_answers(&world);
    assert_string_equal(world.log.data, "build 3 clean\n"
                                        "test 3 clean: all\n"
                                        "build 2 clean\n"
                                        "test 2 clean: all\n"
                                        "build 4 clean\n"
                                        "test 4 clean: all\n"
                                        "build 9 clean\n"
                                        "test 9 clean: all\n"
                                        "build 8 clean\n"
                                        "test 8 clean: all\n");
}

static void
a_finished_bisection_told_again_costs_nothing(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    busy_world(&world, *state);
    world_finish(&world);
    world_stop(&world);
    pb_buf_truncate(&world.log, 0);
    world_finish(&world);
    expect_answers(&world);
    assert_string_equal(world.log.data, "");
}

/* --- errors ------------------------------------------------------------- */

static void
an_error_of_the_machine_passes_up_and_the_step_can_be_tried_again(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    busy_world(&world, *state);
    world_steps(&world, 10);
    world_step(&world, &event);
    while (event.kind != PB_EVENT_CHOSEN) {
        world_step(&world, &event);
    }
    world.failing_builds = 2;
    assert_int_equal(pb_bisection_step(world.bisection, &event, &err), -1);
    assert_string_equal(err.message, "disk full");
    pb_error_clear(&err);
    assert_int_equal(pb_bisection_step(world.bisection, &event, &err), -1);
    assert_int_equal(pb_bisection_finding(world.bisection), PB_FINDING_NONE);
    world_finish(&world);
    expect_answers(&world);
    assert_int_equal(most_repeated_test(&world), 1);
}

static void
run_sql(const char *directory, const char *sql)
{
    PB_AUTOFREE char *path = pb_path_join(directory, "journal.db");
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* The table that cannot be written to says so at each insert. */
static void
refuse(const char *directory, const char *table)
{
    PB_AUTOFREE char *sql =
        pb_asprintf("CREATE TRIGGER refuse BEFORE INSERT ON %s BEGIN SELECT "
                    "RAISE(ABORT, 'refused'); END",
                    table);
    run_sql(directory, sql);
}

static void
fail_until_allowed(struct world *world, const char *directory,
                   const char *table)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_event event = {.kind = PB_EVENT_CHOSEN};
    refuse(directory, table);
    while (pb_bisection_step(world->bisection, &event, &err) == 0) {
        assert_int_not_equal(event.kind, PB_EVENT_TRIED);
    }
    assert_non_null(strstr(err.message, "refused"));
    pb_error_clear(&err);
    assert_int_equal(pb_bisection_step(world->bisection, &event, &err), -1);
    run_sql(directory, "DROP TRIGGER refuse");
}

static void
a_step_that_cannot_be_written_does_not_run_the_tests_again(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    busy_world(&world, *state);
    world_steps(&world, 15);
    fail_until_allowed(&world, *state, "steps");
    world_finish(&world);
    expect_answers(&world);
    assert_int_equal(most_repeated_test(&world), 1);
}

static void
an_evaluation_that_cannot_be_written_is_no_progress(void **state)
{
    PB_AUTO(world) struct world world = WORLD_INIT;
    busy_world(&world, *state);
    world_steps(&world, 15);
    size_t before = pb_bisection_trials(world.bisection);
    fail_until_allowed(&world, *state, "evaluations");
    assert_int_equal(pb_bisection_trials(world.bisection), before);
    world_finish(&world);
    expect_answers(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(killed_after_any_step_it_goes_on_where_it_was),
        SCRATCH_TEST(killed_at_every_step_it_ends_all_the_same),
        SCRATCH_TEST(a_resumed_bisection_tells_its_past_as_recalled),
        SCRATCH_TEST(steps_on_record_are_written_once_and_in_order),
        SCRATCH_TEST(the_same_question_again_costs_the_closing_checks_alone),
        SCRATCH_TEST(a_finished_bisection_told_again_costs_nothing),
        SCRATCH_TEST(
            an_error_of_the_machine_passes_up_and_the_step_can_be_tried_again),
        SCRATCH_TEST(
            a_step_that_cannot_be_written_does_not_run_the_tests_again),
        SCRATCH_TEST(an_evaluation_that_cannot_be_written_is_no_progress),
    };
    faults_install();
    faults_skip_syncs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
