/* recipe, check and find: what is read, what is refused, what is found. */
#include "tree.h"

#include "pybisect/recipe.h"

static const char full[] = "name: full\n"
                           "description: All of it\n"
                           "source:\n"
                           "  git: https://example.org/full.git\n"
                           "  ref: v1.0\n"
                           "test-support: true\n"
                           "dependencies: [six, zope.interface, b=B-ware]\n"
                           "environment:\n"
                           "  PYTHONPATH: \"{project}/src\"\n"
                           "  EMPTY: \"\"\n"
                           "prepare: \"{python} setup.py build\"\n"
                           "smoke:\n"
                           "  - \"{python} -c 'import full'\"\n"
                           "step-timeout: 30\n"
                           "known-failures: [\"full.tests.net.*\"]\n"
                           "test:\n"
                           "  directory: \"{project}/t\"\n"
                           "  command: \"{python} -m t {results} {tests}\"\n"
                           "  all: [one, two]\n"
                           "  select: \"--only={id}\"\n"
                           "  selectable: [\"full.*\"]\n"
                           "  reader: junit\n"
                           "  min-tests: 12\n"
                           "  timeout: 90\n";

static const char small[] = "name: small\n"
                            "test:\n"
                            "  command: make check\n"
                            "  reader: status\n";

static void
load(const char *directory, const char *name, const char *text,
     struct pb_recipe *out)
{
    PB_AUTOFREE char *path = put_below(directory, name, text);
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_recipe_load(path, out, &problems, &err), &err);
    assert_int_equal(problems.len, 0);
}

/* "line key: message" of each problem, a line each. */
static char *
load_broken(const char *directory, const char *name, const char *text,
            struct pb_error *err)
{
    PB_AUTOFREE char *path = put_below(directory, name, text);
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    assert_int_equal(pb_recipe_load(path, &recipe, &problems, err), -1);
    assert_null(recipe.name);
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (size_t i = 0; i < problems.len; i++) {
        const struct pb_problem *problem = &problems.items[i];
        assert_string_equal(problem->file, path);
        pb_buf_addf(&out, "%d %s: %s\n", problem->line, problem->key,
                    problem->message);
    }
    return pb_buf_take(&out);
}

static void
every_field_is_read(void **state)
{
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    load(*state, "full.yml", full, &recipe);

    assert_string_equal(recipe.name, "full");
    assert_string_equal(pb_path_base(recipe.file), "full.yml");
    assert_string_equal(recipe.description, "All of it");
    assert_string_equal(recipe.git, "https://example.org/full.git");
    assert_string_equal(recipe.ref, "v1.0");
    assert_true(recipe.test_support);
    assert_words(&recipe.dependencies,
                 (const char *[]){"six", "zope.interface", "b=B-ware", NULL});
    assert_words(&recipe.environment,
                 (const char *[]){"PYTHONPATH={project}/src", "EMPTY=", NULL});
    assert_words(&recipe.prepare,
                 (const char *[]){"{python} setup.py build", NULL});
    assert_words(&recipe.smoke,
                 (const char *[]){"{python} -c 'import full'", NULL});
    assert_true(recipe.step_timeout == 30);
    assert_words(&recipe.known_failures,
                 (const char *[]){"full.tests.net.*", NULL});
    assert_string_equal(recipe.test.directory, "{project}/t");
    assert_string_equal(recipe.test.command,
                        "{python} -m t {results} {tests}");
    assert_words(&recipe.test.all, (const char *[]){"one", "two", NULL});
    assert_string_equal(recipe.test.select, "--only={id}");
    assert_words(&recipe.test.selectable, (const char *[]){"full.*", NULL});
    assert_int_equal(recipe.test.reader, PB_READER_JUNIT);
    assert_int_equal(recipe.test.min_tests, 12);
    assert_true(recipe.test.timeout == 90);
}

static void
what_is_left_out_has_a_default(void **state)
{
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    load(*state, "small.yml", small, &recipe);
    assert_null(recipe.description);
    assert_null(recipe.git);
    assert_null(recipe.ref);
    assert_false(recipe.test_support);
    assert_int_equal(recipe.prepare.len, 0);
    assert_string_equal(recipe.test.directory, "{project}");
    assert_string_equal(recipe.test.select, "{id}");
    assert_int_equal(recipe.test.min_tests, 1);
    assert_true(recipe.test.timeout == 1800);
    assert_true(recipe.step_timeout == 600);
}

static void
ten_mistakes_are_ten_problems(void **state)
{
    static const char text[] = "name: other\n"
                               "sorce: x\n"
                               "source:\n"
                               "  git: https://example.org/x.git\n"
                               "dependencies: [six, not-a-module]\n"
                               "environment:\n"
                               "  2PATH: x\n"
                               "prepare: \"{python} 'setup.py\"\n"
                               "smoke:\n"
                               "  - \"{pyhton} -c pass\"\n"
                               "  - \"{python} {tests}\"\n"
                               "known-failures: [\"\"]\n"
                               "test:\n"
                               "  command: \"{python} -m pytest\"\n"
                               "  select: \"{id}\"\n"
                               "  reader: junit\n";
    static const char expected[] =
        "2 sorce: unknown key (did you mean 'source'?)\n"
        "4 source.ref: missing key\n"
        "1 name: 'other' differs from the file name 'mistaken.yml'\n"
        "5 dependencies[1]: 'not-a-module' is no name that can be imported\n"
        "8 prepare: unbalanced quote '\n"
        "10 smoke[0]: unknown placeholder '{pyhton}' (write '{{pyhton}}' for "
        "these very characters)\n"
        "11 smoke[1]: only the command of 'test' takes {tests}\n"
        "12 known-failures[0]: must not be empty\n"
        "7 environment.2PATH: '2PATH' is no name of a variable\n"
        "14 test.command: has no word {tests}, though 'select' is set\n"
        "14 test.command: has no {results}, which the reader 'junit' needs\n";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *problems =
        load_broken(*state, "mistaken.yml", text, &err);
    assert_string_equal(problems, expected);
    assert_int_equal(err.code, PB_ERROR_CONFIG);
    assert_int_equal(err.line, 2);
    assert_non_null(strstr(err.message, "11 mistakes"));
    assert_non_null(strstr(err.message, "sorce: unknown key"));
}

static void
dependencies_may_name_versions(void **state)
{
    static const char good[] =
        "name: versions\n"
        "dependencies: [six==1.16, a.b>=1, c=C-d>=1, e=E, 'f[g]~=2.0']\n"
        "test: {command: x, reader: status}\n";
    static const char bad[] =
        "name: versions\n"
        "dependencies: [a>=, b>=one, 'c>1; os_name == \"nt\"', d=, =e]\n"
        "test: {command: x, reader: status}\n";
    static const char expected[] =
        "2 dependencies[0]: cannot read the versions of 'a>='\n"
        "2 dependencies[1]: cannot read the versions of 'b>=one'\n"
        "2 dependencies[2]: 'c>1; os_name == \"nt\"' has a condition: write "
        "it as 'if' and 'then'\n"
        "2 dependencies[3]: 'd=' is no name that can be imported\n"
        "2 dependencies[4]: '=e' is no name that can be imported\n";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    PB_AUTO(pb_problems) struct pb_problems none = PB_PROBLEMS_INIT;
    PB_AUTOFREE char *path = put_below(*state, "versions.yml", good);
    assert_ok(pb_recipe_load(path, &recipe, &none, &err), &err);
    PB_AUTOFREE char *problems =
        load_broken(*state, "versions.yml", bad, &err);
    assert_string_equal(problems, expected);
}

static void
mistakes_inside_of_test_are_found(void **state)
{
    static const char text[] = "name: bad\n"
                               "step-timeout: 0\n"
                               "environment: {A: \"{home}\"}\n"
                               "test:\n"
                               "  directory: \"{root}\"\n"
                               "  command: \"{python} -k{tests} {id}\"\n"
                               "  select: all\n"
                               "  selectable: \"\"\n"
                               "  reader: unitest\n"
                               "  timeout: 1h\n";
    static const char expected[] =
        "9 test.reader: expected one of 'unittest', 'junit', 'subunit', "
        "'text', 'tap', 'pattern', 'status', found 'unitest'\n"
        "10 test.timeout: expected a whole number, found '1h'\n"
        "2 step-timeout: must be more than 0\n"
        "5 test.directory: unknown placeholder '{root}' (write '{{root}}' "
        "for these very characters)\n"
        "6 test.command: {tests} must be a word of its own\n"
        "6 test.command: only 'select' takes {id}\n"
        "7 test.select: has no {id}: every test would be asked for alike\n"
        "8 test.selectable: must not be empty\n"
        "3 environment.A: unknown placeholder '{home}' (write '{{home}}' for "
        "these very characters)\n";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *problems = load_broken(*state, "bad.yml", text, &err);
    assert_string_equal(problems, expected);
}

static void
patterns_that_cannot_be_used_are_found(void **state)
{
    static const char text[] = "name: bad\n"
                               "test:\n"
                               "  command: make check\n"
                               "  reader: pattern\n"
                               "  patterns:\n"
                               "    pass: ^(?<id>x)\n"
                               "    fail: (?<id>x\n"
                               "    skip: ^x\n"
                               "    good: (?<id>x)\n"
                               "    error: [a]\n";
    static const char expected[] =
        "9 test.patterns.good: unknown key\n"
        "10 test.patterns.error: expected text, found a list\n"
        "7 test.patterns.fail: bad regular expression '(?<id>x': missing "
        "closing parenthesis at character 8\n"
        "8 test.patterns.skip: '^x' has no group (?<id>...)\n";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *problems = load_broken(*state, "bad.yml", text, &err);
    assert_string_equal(problems, expected);
}

static void
patterns_go_with_their_reader(void **state)
{
    static const char without[] = "name: bad\n"
                                  "test: {command: x, reader: pattern}\n";
    static const char idle[] = "name: bad\n"
                               "test:\n"
                               "  command: x\n"
                               "  reader: tap\n"
                               "  patterns: {pass: (?<id>x)}\n";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *first = load_broken(*state, "bad.yml", without, &err);
    assert_string_equal(first, "2 test.reader: 'pattern' needs 'patterns'\n");
    struct pb_error other = PB_ERROR_INIT;
    PB_AUTOFREE char *second = load_broken(*state, "bad.yml", idle, &other);
    assert_string_equal(
        second, "5 test.patterns: only the reader 'pattern' uses them\n");
}

static void
patterns_keep_their_order_and_count_for_the_digest(void **state)
{
    static const char head[] = "name: p\n"
                               "test:\n"
                               "  command: x\n"
                               "  reader: pattern\n"
                               "  patterns:\n";
    static const char *const lines[] = {"    xfail: (?<id>a=b)\n",
                                        "    pass: (?<id>c)\n"};
    PB_AUTOFREE char *one = pb_asprintf("%s%s%s", head, lines[0], lines[1]);
    PB_AUTOFREE char *two = pb_asprintf("%s%s%s", head, lines[1], lines[0]);
    PB_AUTO(pb_recipe) struct pb_recipe first = {.name = NULL};
    PB_AUTO(pb_recipe) struct pb_recipe second = {.name = NULL};
    load(*state, "p.yml", one, &first);
    load(*state, "p.yml", two, &second);
    assert_int_equal(first.test.reader, PB_READER_PATTERN);
    assert_int_equal(first.test.patterns.len, 2);
    assert_string_equal(first.test.patterns.items[0], "xfail=(?<id>a=b)");
    assert_string_equal(first.test.patterns.items[1], "pass=(?<id>c)");
    assert_memory_not_equal(first.digest.bytes, second.digest.bytes,
                            PB_DIGEST_SIZE);
}

static void
values_of_the_wrong_shape_hide_no_other_mistake(void **state)
{
    static const char text[] = "name: [a, b]\n"
                               "source: here\n"
                               "environment: [A]\n"
                               "smoke: {a: b}\n"
                               "prepare: [[x], \"{nope}\", \"\"]\n"
                               "test: fast\n";
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *problems = load_broken(*state, "odd.yml", text, &err);
    static const char *const expected[] = {
        "1 name: expected text, found a list",
        "2 source: expected a mapping, found text",
        "3 environment: expected a mapping, found a list",
        "4 smoke: expected",
        "5 prepare[0]: expected text, found a list",
        "5 prepare[1]: unknown placeholder '{nope}'",
        "5 prepare[2]: must not be empty",
        "6 test: expected a mapping, found text",
    };
    for (size_t i = 0; i < PB_LENGTH(expected); i++) {
        if (strstr(problems, expected[i]) == NULL) {
            fail_msg("'%s' is not in:\n%s", expected[i], problems);
        }
    }
}

static void
one_mistake_is_not_called_mistakes(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *problems =
        load_broken(*state, "UPPER.yml",
                    "name: UPPER\ntest: {command: x, reader: status}\n", &err);
    assert_non_null(strstr(problems, "1 name: 'UPPER' is no name"));
    assert_non_null(strstr(err.message, "1 mistake in"));
    assert_string_not_equal(err.hint, "");
}

static void
names_that_would_leave_the_directory_are_refused(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *problems =
        load_broken(*state, "pybisect.yml",
                    "name: ../x\ntest: {command: x, reader: status}\n", &err);
    assert_string_equal(problems,
                        "1 name: '../x' is no name: lower-case letters, "
                        "digits, '.', '_' and '-'\n");
}

static void
a_file_that_is_no_yaml_is_an_error_without_problems(void **state)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *problems =
        load_broken(*state, "torn.yml", "name: [\n", &err);
    assert_string_equal(problems, "");
    assert_int_not_equal(err.code, PB_ERROR_NONE);
    assert_true(err.line > 0);
}

/* The digest of `full` with one stretch of its text replaced. */
static struct pb_digest
digest_with(const char *directory, const char *old, const char *new)
{
    const char *at = strstr(full, old);
    assert_non_null(at);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_add(&text, full, (size_t)(at - full));
    pb_buf_adds(&text, new);
    pb_buf_adds(&text, at + strlen(old));
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    load(directory, "full.yml", text.data, &recipe);
    return recipe.digest;
}

static void
the_digest_covers_what_changes_a_result(void **state)
{
    static const char *const changes[][2] = {
        {"full.git", "fork.git"},
        {"v1.0", "v1.1"},
        {"test-support: true", "test-support: false"},
        {"[six, ", "["},
        {"{project}/src", "{project}/lib"},
        {"setup.py build", "setup.py build_ext"},
        {"import full", "import full.x"},
        {"step-timeout: 30", "step-timeout: 31"},
        {"full.tests.net.*", "full.tests.*"},
        {"{project}/t", "{project}/u"},
        {"-m t", "-m u"},
        {"[one, two]", "[onetwo]"},
        {"--only=", "--just="},
        {"full.*\"]", "*\"]"},
        {"min-tests: 12", "min-tests: 13"},
        {"timeout: 90", "timeout: 91"},
    };
    struct pb_digest plain = digest_with(*state, "full", "full");
    struct pb_digest again = digest_with(*state, "All of it", "Some of it");
    assert_true(pb_digest_equal(&plain, &again));
    for (size_t i = 0; i < PB_LENGTH(changes); i++) {
        struct pb_digest other =
            digest_with(*state, changes[i][0], changes[i][1]);
        if (pb_digest_equal(&plain, &other)) {
            fail_msg("'%s' does not count", changes[i][1]);
        }
    }
}

static void
put_small(const char *directory, const char *name, const char *description)
{
    PB_AUTOFREE char *file = pb_asprintf("%s.yml", name);
    PB_AUTOFREE char *text =
        pb_asprintf("name: %s\ndescription: %s\n"
                    "test: {command: make, reader: status}\n",
                    name, description);
    free(put_below(directory, file, text));
}

static void
listing_leaves_out_what_is_no_recipe(void **state)
{
    put_small(*state, "b", "x");
    put_small(*state, "a-b", "x");
    put_small(*state, "a", "x");
    put_small(*state, "cpython", "x");
    put_small(*state, "classes", "x");
    put_small(*state, ".hidden", "x");
    put_tree(*state, (const char *[]){"README", "c.yaml", ".yml", NULL});
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_recipe_list(*state, &names, &err), &err);
    assert_words(&names, (const char *[]){"a", "a-b", "b", NULL});

    PB_AUTOFREE char *absent = pb_path_join(*state, "absent");
    assert_ok(pb_recipe_list(absent, &names, &err), &err);
    assert_int_equal(names.len, 3);
}

static void
add_directories(const char *root, struct pb_strv *out)
{
    pb_strv_addf(out, "%s/shipped", root);
    pb_strv_addf(out, "%s/own", root);
    pb_strv_addf(out, "%s/absent", root);
    put_small(out->items[0], "twisted", "shipped");
    put_small(out->items[0], "genshi", "shipped");
    put_small(out->items[1], "genshi", "own");
}

static void
the_users_own_recipe_wins(void **state)
{
    PB_AUTO(pb_strv) struct pb_strv directories = PB_STRV_INIT;
    add_directories(*state, &directories);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_recipe) struct pb_recipe genshi = {.name = NULL};
    assert_ok(pb_recipe_find(&directories, "genshi", &genshi, &err), &err);
    assert_string_equal(genshi.description, "own");
    PB_AUTO(pb_recipe) struct pb_recipe twisted = {.name = NULL};
    assert_ok(pb_recipe_find(&directories, "twisted", &twisted, &err), &err);
    assert_string_equal(twisted.description, "shipped");
}

static void
a_misspelt_name_gets_a_suggestion(void **state)
{
    PB_AUTO(pb_strv) struct pb_strv directories = PB_STRV_INIT;
    add_directories(*state, &directories);
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_recipe_find(&directories, "twised", &recipe, &err),
                     -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_string_equal(err.message, "no recipe is called 'twised'");
    assert_string_equal(err.hint, "did you mean 'twisted'? use one of: "
                                  "genshi, twisted");

    pb_error_clear(&err);
    assert_int_equal(
        pb_recipe_find(&directories, "../own/genshi", &recipe, &err), -1);
    assert_string_equal(err.hint, "use one of: genshi, twisted");
}

static void
a_bare_command_keeps_its_words(void **state)
{
    char program[] = "{python}";
    char quoted[] = "it's \"odd\"\\";
    char braces[] = "{print} {{json}} {project}";
    char empty[] = "";
    char *const argv[] = {program, quoted, braces, empty, NULL};
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    pb_recipe_of_command(argv, "/home/me/{x}", &recipe);
    assert_int_equal(recipe.test.reader, PB_READER_STATUS);

    const struct pb_project project = {.recipe = &recipe};
    PB_AUTO(pb_workspace) struct pb_workspace workspace = {.project = NULL};
    PB_AUTOFREE char *trial = pb_path_join(*state, "trial");
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(
        pb_workspace_open(&project, trial, "/py/python", &workspace, &err),
        &err);
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    assert_ok(pb_workspace_command(&workspace, recipe.test.command, NULL,
                                   &words, &err),
              &err);
    assert_words(&words,
                 (const char *[]){"/py/python", "it's \"odd\"\\",
                                  "{print} {{json}} /home/me/{x}", "", NULL});
    PB_AUTOFREE char *directory =
        pb_workspace_expand(&workspace, recipe.test.directory);
    assert_string_equal(directory, "/home/me/{x}");
}

static void
all_shipped_recipes_are_without_mistakes(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_recipe_list(PB_SOURCE_DIR "/recipes", &names, &err), &err);
    assert_true(names.len >= 13);
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path =
            pb_asprintf("%s/recipes/%s.yml", PB_SOURCE_DIR, names.items[i]);
        PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
        PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
        assert_ok(pb_recipe_load(path, &recipe, &problems, &err), &err);
        assert_non_null(recipe.git);
        assert_non_null(recipe.ref);
        assert_non_null(recipe.description);
        assert_true(recipe.smoke.len > 0);
        /* A suite that is cut short must be seen to be. */
        if (recipe.test.min_tests < 2) {
            fail_msg("'%s' has no min-tests", names.items[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(every_field_is_read),
        SCRATCH_TEST(what_is_left_out_has_a_default),
        SCRATCH_TEST(ten_mistakes_are_ten_problems),
        SCRATCH_TEST(dependencies_may_name_versions),
        SCRATCH_TEST(mistakes_inside_of_test_are_found),
        SCRATCH_TEST(patterns_that_cannot_be_used_are_found),
        SCRATCH_TEST(patterns_go_with_their_reader),
        SCRATCH_TEST(patterns_keep_their_order_and_count_for_the_digest),
        SCRATCH_TEST(values_of_the_wrong_shape_hide_no_other_mistake),
        SCRATCH_TEST(one_mistake_is_not_called_mistakes),
        SCRATCH_TEST(names_that_would_leave_the_directory_are_refused),
        SCRATCH_TEST(a_file_that_is_no_yaml_is_an_error_without_problems),
        SCRATCH_TEST(the_digest_covers_what_changes_a_result),
        SCRATCH_TEST(listing_leaves_out_what_is_no_recipe),
        SCRATCH_TEST(the_users_own_recipe_wins),
        SCRATCH_TEST(a_misspelt_name_gets_a_suggestion),
        SCRATCH_TEST(a_bare_command_keeps_its_words),
        cmocka_unit_test(all_shipped_recipes_are_without_mistakes),
    };
    return cmocka_run_group_tests_name("recipe/load", tests, NULL, NULL);
}
