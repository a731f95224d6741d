/* needs: servers beside a trial, and what happens where they cannot be had. */
#include "tree.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pybisect/clock.h"
#include "pybisect/recipe.h"

/* Listens on port 1, writes its process id to file 2, serves until killed. */
static const char server[] =
    "import os, socket, sys\n"
    "s = socket.socket()\n"
    "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
    "s.bind(('127.0.0.1', int(sys.argv[1])))\n"
    "s.listen()\n"
    "with open(sys.argv[2], 'w') as file:\n"
    "    file.write('%d %s' % (os.getpid(), sys.argv[1]))\n"
    "while True:\n"
    "    s.accept()[0].close()\n";

struct scene {
    struct pb_recipe recipe;
    struct pb_project project;
    struct pb_workspace workspace;
    char *source;
    char *marks; /* what servers leave for us to see */
    char *missing;
};

static void
scene_clear(struct scene *scene)
{
    pb_workspace_close(&scene->workspace);
    pb_recipe_clear(&scene->recipe);
    free(scene->source);
    free(scene->marks);
    free(scene->missing);
}

/* A recipe with these needs, @ in which is the directory of marks. */
static void
scene_init(struct scene *scene, const char *root, const char *needs)
{
    *scene = (struct scene){
        .source = pb_path_join(root, "source"),
        .marks = pb_path_join(root, "marks"),
    };
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_adds(&text, "name: thing\n"
                       "test: {command: x, reader: status}\n"
                       "needs:\n");
    for (; *needs != '\0'; needs++) {
        if (*needs == '@') {
            pb_buf_adds(&text, scene->marks);
        }
        else {
            pb_buf_addch(&text, *needs);
        }
    }
    PB_AUTOFREE char *path = put_below(root, "thing.yml", text.data);
    free(put_below(scene->source, "server.py", server));
    free(put_below(scene->marks, "there", ""));
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_recipe_load(path, &scene->recipe, &problems, &err), &err);
    scene->project =
        (struct pb_project){.recipe = &scene->recipe, .source = scene->source};
    PB_AUTOFREE char *trial = pb_path_join(root, "trial");
    assert_ok(pb_workspace_open(&scene->project, trial, "/py/python",
                                &scene->workspace, &err),
              &err);
}

static int
serve(struct scene *scene, enum pb_recipe_phase phase, struct pb_error *err)
{
    free(scene->missing);
    scene->missing = NULL;
    return pb_workspace_serve(&scene->workspace, phase, NULL, &scene->missing,
                              err);
}

static void
assert_served(struct scene *scene, enum pb_recipe_phase phase)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(serve(scene, phase, &err), &err);
    assert_null(scene->missing);
}

/* "1234 40001": who wrote that file, and its port. */
static pid_t
read_mark(const struct scene *scene, const char *name, long *out_port)
{
    PB_AUTOFREE char *path = pb_path_join(scene->marks, name);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_fs_read(path, 64, &text, &err), &err);
    char *end = NULL;
    long pid = strtol(text.data, &end, 10);
    *out_port = strtol(end, NULL, 10);
    return (pid_t)pid;
}

static bool
answers(long port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
    };
    PB_AUTOCLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool
has_variable(const struct scene *scene, const char *entry)
{
    return pb_strv_contains(&scene->workspace.environment, entry);
}

static void
a_server_runs_from_its_phase_to_the_end_of_the_trial(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state,
               "  - name: fake\n"
               "    start: python3 {project}/server.py {port} @/fake\n"
               "    environment: {FAKE: \"at {port} in {tmp}\"}\n");
    PB_AUTOFREE char *mark = pb_path_join(scene.marks, "fake");
    assert_served(&scene, PB_RECIPE_PREPARE);
    assert_false(pb_fs_exists(mark));

    assert_served(&scene, PB_RECIPE_SMOKE);
    long port = 0;
    pid_t pid = read_mark(&scene, "fake", &port);
    assert_true(answers(port));
    PB_AUTOFREE char *entry = pb_asprintf("FAKE=at %ld in %s/needs/fake", port,
                                          scene.workspace.directory);
    assert_true(has_variable(&scene, entry));

    assert_served(&scene, PB_RECIPE_TEST);
    long same = 0;
    assert_int_equal(read_mark(&scene, "fake", &same), pid);
    assert_int_equal(same, port);
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_workspace_check_served(&scene.workspace, &err), &err);

    pb_workspace_close(&scene.workspace);
    assert_int_equal(kill(pid, 0), -1);
    assert_false(answers(port));
}

static void
two_servers_have_a_port_and_a_directory_each(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state,
               "  - name: one\n"
               "    for: prepare\n"
               "    init: \"sh -c 'pwd >@/one.pwd; echo {port} >port'\"\n"
               "    start: python3 {project}/server.py {port} @/one\n"
               "    ready: grep -q . @/one\n"
               "  - name: two\n"
               "    for: [prepare, test]\n"
               "    start: python3 {project}/server.py {port} @/two\n");
    assert_served(&scene, PB_RECIPE_PREPARE);
    long one = 0;
    long two = 0;
    assert_int_not_equal(read_mark(&scene, "one", &one),
                         read_mark(&scene, "two", &two));
    assert_int_not_equal(one, two);
    PB_AUTOFREE char *file = pb_asprintf("%s/one.pwd", scene.marks);
    PB_AUTOFREE char *expected =
        pb_asprintf("%s/needs/one\n", scene.workspace.directory);
    assert_file(file, expected);
    PB_AUTOFREE char *left = pb_path_join(scene.workspace.tmp, "port");
    assert_false(pb_fs_exists(left)); /* the trial's own {tmp} stays empty */
}

static void
one_that_loses_its_port_gets_another(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state,
               "  - name: fake\n"
               "    init: touch here\n"
               "    start: >-\n"
               "      sh -c 'echo x >>@/tries; test -e here || exit 9;\n"
               "      test $(wc -l <@/tries) -gt 1 &&\n"
               "      exec python3 {project}/server.py {port} @/fake'\n");
    assert_served(&scene, PB_RECIPE_TEST);
    PB_AUTOFREE char *tries = pb_path_join(scene.marks, "tries");
    assert_file(tries, "x\nx\n");
}

static void
assert_fails(struct scene *scene, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(serve(scene, PB_RECIPE_TEST, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
    assert_string_not_equal(err.hint, "");
    if (strstr(err.message, expected) == NULL) {
        fail_msg("'%s' instead of '%s'", err.message, expected);
    }
}

static void
a_server_that_does_not_start_is_an_error_with_its_last_words(void **state)
{
    static const char *const cases[][2] = {
        {"  - name: fake\n"
         "    start: \"sh -c 'echo no room; echo; exit 4' {port}\"\n",
         "cannot start the server 'fake': it ends by itself: exit status 4: "
         "no room"},
        {"  - name: fake\n"
         "    init: [\"true\", \"sh -c 'echo full >&2; exit 5'\"]\n"
         "    start: \"sleep 100 {port}\"\n",
         "exit status 5: full"},
        {"  - name: fake\n"
         "    start: \"sleep 100\"\n"
         "    ready: \"sh -c 'echo not yet; exit 1'\"\n"
         "    timeout: 1\n",
         "not ready after 1 s: not yet"},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_CLEANUP(scene_clear) struct scene scene;
        scene_init(&scene, *state, cases[i][0]);
        assert_fails(&scene, cases[i][1]);
        assert_null(scene.missing);
    }
}

static void
a_server_that_ends_while_tests_run_is_an_error(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state,
               "  - name: fake\n"
               "    start: python3 {project}/server.py {port} @/fake\n");
    assert_served(&scene, PB_RECIPE_TEST);
    long port = 0;
    kill(read_mark(&scene, "fake", &port), SIGKILL);
    struct pb_error err = PB_ERROR_INIT;
    double end = pb_clock_monotonic() + 20;
    while (pb_workspace_check_served(&scene.workspace, &err) == 0) {
        assert_true(pb_clock_monotonic() < end);
        usleep(10000);
    }
    assert_non_null(strstr(err.message, "the server 'fake' ended"));
    assert_non_null(strstr(err.message, "signal 9"));
}

static void
waiting_for_a_server_can_be_interrupted(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state,
               "  - name: fake\n"
               "    start: \"sleep 100\"\n"
               "    ready: \"false\"\n");
    const struct pb_cancel cancel = {.requested = 1};
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_workspace_serve(&scene.workspace, PB_RECIPE_TEST,
                                        &cancel, &scene.missing, &err),
                     -1);
    assert_int_equal(err.code, PB_ERROR_CANCELLED);
}

static void
a_phase_whose_server_is_not_installed_is_not_run(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state,
               "  - name: fake\n"
               "    init: no-such-init --here\n"
               "    start: no-such-server {port}\n"
               "    ready: \"{tmp}/made/by/init\"\n");
    struct pb_error err = PB_ERROR_INIT;
    assert_served(&scene, PB_RECIPE_PREPARE);
    assert_ok(serve(&scene, PB_RECIPE_SMOKE, &err), &err);
    assert_string_equal(scene.missing,
                        "not run: it needs 'fake', and this machine lacks "
                        "no-such-init, no-such-server");
    PB_AUTOFREE char *missing = pb_need_missing(&scene.recipe.needs[0]);
    assert_string_equal(missing, "no-such-init, no-such-server");
}

static void
failed_tests_of_what_is_not_installed_are_skipped(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state,
               "  - name: cache\n"
               "    programs: no-such-server\n"
               "    tests: \"*.Cached.*\"\n"
               "  - name: there\n"
               "    programs: [sh]\n"
               "    tests: \"*.Shell.*\"\n");
    assert_served(&scene, PB_RECIPE_SMOKE);
    assert_served(&scene, PB_RECIPE_TEST);
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    pb_result_describe(
        pb_results_add(&results, "t.Cached.test_a", PB_OUTCOME_ERROR),
        "OSError", "refused", "trace");
    pb_results_add(&results, "t.Cached.test_b", PB_OUTCOME_PASS);
    pb_results_add(&results, "t.Shell.test_a", PB_OUTCOME_FAIL);
    pb_results_add(&results, "t.Other.test_a", PB_OUTCOME_FAIL);
    pb_recipe_excuse(&scene.recipe, &results);
    const struct pb_result *one = pb_results_find(&results, "t.Cached.test_a");
    assert_int_equal(one->outcome, PB_OUTCOME_SKIP);
    assert_null(one->type);
    assert_string_equal(one->message,
                        "not run: it needs 'cache', and this machine lacks "
                        "no-such-server");
    static const struct {
        const char *id;
        enum pb_outcome outcome;
    } others[] = {
        {"t.Cached.test_b", PB_OUTCOME_PASS},
        {"t.Shell.test_a", PB_OUTCOME_FAIL},
        {"t.Other.test_a", PB_OUTCOME_FAIL},
    };
    for (size_t i = 0; i < PB_LENGTH(others); i++) {
        assert_int_equal(pb_results_outcome(&results, others[i].id),
                         others[i].outcome);
    }
}

static void
a_recipes_port_is_free_and_its_own(void **state)
{
    PB_CLEANUP(scene_clear) struct scene scene;
    scene_init(&scene, *state, "  - {name: x, programs: sh}\n");
    PB_AUTOFREE char *text = pb_workspace_expand(&scene.workspace, "{port}");
    long port = strtol(text, NULL, 10);
    assert_true(port > 1023 && port < 65536);
    assert_false(answers(port));
    PB_AUTOFREE char *again = pb_workspace_expand(&scene.workspace, "{port}");
    assert_string_equal(text, again);
}

static void
mistakes_in_needs_have_their_line(void **state)
{
    static const char text[] = "name: bad\n"
                               "needs:\n"
                               "  - name: A server\n"
                               "    start: \"{python} -m http {port}\"\n"
                               "  - name: two\n"
                               "    start: two\n"
                               "  - name: two\n"
                               "    ready: x\n"
                               "  - name: three\n"
                               "    start: \"x {port} 'y\"\n"
                               "    for: [smoke, build]\n"
                               "    tests: \"*\"\n"
                               "    timeout: 0\n"
                               "    environment: {1A: \"{results}\"}\n"
                               "    port: 80\n"
                               "  - four\n"
                               "test: {command: x, reader: status}\n";
    static const char *const expected[] = {
        "3 needs[0].name: 'A server' is no name",
        "4 needs[0].start: 'needs' takes {port}, {tmp}, {project} and {deps}, "
        "not '{python}'",
        "5 needs[1]: 'start' has no {port}: say with 'ready'",
        "7 needs[2]: the name 'two' stands on line 5 already",
        "7 needs[2].ready: is of no use without 'start'",
        "7 needs[2]: has neither 'start', for a server, nor 'programs'",
        "10 needs[3].start: unbalanced quote '",
        "11 needs[3].for[1]: expected one of 'prepare', 'smoke', 'test', "
        "found 'build'",
        "11 needs[3].for[0]: 'tests' are of the phase 'test' alone",
        "13 needs[3].timeout: must be more than 0",
        "14 needs[3].environment.1A: '1A' is no name of a variable",
        "14 needs[3].environment.1A: 'needs' takes",
        "15 needs[3].port: unknown key",
        "16 needs[4]: expected a mapping, found text",
    };
    PB_AUTOFREE char *path = put_below(*state, "bad.yml", text);
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_recipe_load(path, &recipe, &problems, &err), -1);
    PB_AUTO(pb_buf) struct pb_buf found = PB_BUF_INIT;
    for (size_t i = 0; i < problems.len; i++) {
        pb_buf_addf(&found, "%d %s: %s\n", problems.items[i].line,
                    problems.items[i].key, problems.items[i].message);
    }
    for (size_t i = 0; i < PB_LENGTH(expected); i++) {
        if (strstr(found.data, expected[i]) == NULL) {
            fail_msg("'%s' is not in:\n%s", expected[i], found.data);
        }
    }
}

static struct pb_digest
digest_with(const char *directory, const char *needs)
{
    PB_AUTOFREE char *text =
        pb_asprintf("name: d\ntest: {command: x, reader: status}\n%s", needs);
    PB_AUTOFREE char *path = put_below(directory, "d.yml", text);
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_recipe_load(path, &recipe, &problems, &err), &err);
    return recipe.digest;
}

static void
the_digest_covers_needs(void **state)
{
    static const char *const needs[] = {
        "",
        "needs: [{name: a, start: x, ready: y}]\n",
        "needs: [{name: b, start: x, ready: y}]\n",
        "needs: [{name: a, start: z, ready: y}]\n",
        "needs: [{name: a, start: x, ready: z}]\n",
        "needs: [{name: a, start: x, ready: y, for: test}]\n",
        "needs: [{name: a, start: x, ready: y, tests: t}]\n",
        "needs: [{name: a, start: x, ready: y, init: i}]\n",
        "needs: [{name: a, start: x, ready: y, programs: i}]\n",
        "needs: [{name: a, start: x, ready: y, timeout: 9}]\n",
        "needs: [{name: a, start: x, ready: y, environment: {A: b}}]\n",
    };
    struct pb_digest digests[PB_LENGTH(needs)];
    for (size_t i = 0; i < PB_LENGTH(needs); i++) {
        digests[i] = digest_with(*state, needs[i]);
        for (size_t k = 0; k < i; k++) {
            if (pb_digest_equal(&digests[i], &digests[k])) {
                fail_msg("'%s' counts as '%s'", needs[i], needs[k]);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_server_runs_from_its_phase_to_the_end_of_the_trial),
        SCRATCH_TEST(two_servers_have_a_port_and_a_directory_each),
        SCRATCH_TEST(one_that_loses_its_port_gets_another),
        SCRATCH_TEST(
            a_server_that_does_not_start_is_an_error_with_its_last_words),
        SCRATCH_TEST(a_server_that_ends_while_tests_run_is_an_error),
        SCRATCH_TEST(waiting_for_a_server_can_be_interrupted),
        SCRATCH_TEST(a_phase_whose_server_is_not_installed_is_not_run),
        SCRATCH_TEST(failed_tests_of_what_is_not_installed_are_skipped),
        SCRATCH_TEST(a_recipes_port_is_free_and_its_own),
        SCRATCH_TEST(mistakes_in_needs_have_their_line),
        SCRATCH_TEST(the_digest_covers_needs),
    };
    return cmocka_run_group_tests_name("recipe/needs", tests, NULL, NULL);
}
