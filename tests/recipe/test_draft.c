/* draft, metadata, requirement, toml: a first recipe out of what a checkout
   says of itself. */
#include "tree.h"

#include "pybisect/recipe.h"
#include "recipe/metadata.h"

static void
add_statement(const char *table, const char *key, const struct pb_strv *texts,
              void *context)
{
    PB_AUTOFREE char *list = pb_strv_join(texts, "|");
    pb_buf_addf(context, "[%s] %s = %s\n", table, key, list);
}

static void
toml_gives_the_texts_of_each_statement(void **state)
{
    (void)state;
    static const char text[] = "# a comment with a = \"text\"\n"
                               "title = 'It\\s'\n"
                               "[project]\n"
                               "name = \"x\" # not \"y\"\n"
                               "readme = {file = \"README\", type = \"md\"}\n"
                               "dependencies = [\n"
                               "  \"a[b]>=1\", # [ \"no\"\n"
                               "  'c; m == \"d\"',\n"
                               "]\n"
                               "long = \"\"\"two\n"
                               "[lines] = \"here\"\n"
                               "\"\"\"\n"
                               "number = 3\n"
                               "[ tool . \"poetry\" ]\n"
                               "quote = \"a \\\"b\\\" \\\\\"\n"
                               "mixed = [\"e\", {f = \"g\"}, [\"h\"]]\n"
                               "[[tool.other]]\n"
                               "x.y = \"z\"";
    static const char expected[] =
        "[] title = It\\s\n"
        "[project] name = x\n"
        "[project] readme = \n"
        "[project] dependencies = a[b]>=1|c; m == \"d\"\n"
        "[project] long = two\n[lines] = \"here\"\n\n"
        "[project] number = \n"
        "[tool.poetry] quote = a \"b\" \\\n"
        "[tool.poetry] mixed = e|h\n"
        "[tool.other] x.y = z\n";
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_toml_each(text, add_statement, &out);
    assert_string_equal(out.data, expected);
}

/* Ends, and stays inside: the sanitizers look on. */
static void
toml_that_is_broken_ends_all_the_same(void **state)
{
    (void)state;
    static const char text[] = "[a\nb = [\"c\n= \"\nd = '''e\n}]{\"x";
    for (size_t length = 0; length < sizeof(text); length++) {
        PB_AUTOFREE char *part = pb_strndup(text, length);
        PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
        pb_toml_each(part, add_statement, &out);
    }
}

static void
requirements_become_what_is_imported(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *dependency; /* NULL: none */
        const char *condition;
        const char *doubt; /* a part of it */
    } cases[] = {
        {"six", "six", NULL, NULL},
        {" zope.interface >= 5", "zope.interface", NULL, NULL},
        {"typing-extensions>=4.2.0", "typing_extensions", NULL, NULL},
        {"Jinja2[i18n] (>=2)", "jinja2", NULL, NULL},
        {"PyYAML", "yaml=PyYAML", NULL, NULL},
        {"pyHamcrest ; python_version >= '3.9'", "hamcrest=pyHamcrest",
         "python >= 3.9", NULL},
        {"a; python_version>=\"3.9\" and python_version < '3.13'", "a",
         "python >= 3.9 and python < 3.13", NULL},
        {"a; (python_version < '3')", "a", "python < 3", NULL},
        {"colorama; sys_platform == 'win32'", NULL, NULL,
         "is for other systems"},
        {"a; platform_system != 'Windows'", "a", NULL, "was not understood"},
        {"a; python_version < '3' or extra == 'x'", "a", NULL,
         "was not understood"},
        {"a; python_version != '3.9'", "a", NULL, "was not understood"},
        {"git+https://example.org/x", "git", NULL, NULL},
        {"./local", NULL, NULL, "is no requirement by name"},
        {"", NULL, NULL, "is no requirement by name"},
        {"a..b", NULL, NULL, "is no requirement by name"},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_requirement)
        struct pb_requirement one = {.dependency = NULL};
        pb_requirement_read(cases[i].text, &one);
        PB_AUTOFREE char *found = pb_asprintf(
            "%s, %s", one.dependency != NULL ? one.dependency : "none",
            one.condition != NULL ? one.condition : "always");
        PB_AUTOFREE char *expected = pb_asprintf(
            "%s, %s",
            cases[i].dependency != NULL ? cases[i].dependency : "none",
            cases[i].condition != NULL ? cases[i].condition : "always");
        if (strcmp(found, expected) != 0) {
            fail_msg("'%s': %s", cases[i].text, found);
        }
        assert_int_equal(one.doubt != NULL, cases[i].doubt != NULL);
        if (one.doubt != NULL) {
            assert_non_null(strstr(one.doubt, cases[i].doubt));
        }
    }
}

struct drafted {
    struct pb_buf text;
    struct pb_strv notes;
    struct pb_recipe recipe; /* as it is read back */
};

static void
drafted_clear(struct drafted *drafted)
{
    pb_buf_clear(&drafted->text);
    pb_strv_clear(&drafted->notes);
    pb_recipe_clear(&drafted->recipe);
}

static void
draft(const char *checkout, struct drafted *out)
{
    *out = (struct drafted){.text = PB_BUF_INIT, .notes = PB_STRV_INIT};
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_recipe_draft(checkout, NULL, &out->text, &out->notes, &err),
              &err);
    PB_AUTOFREE char *path =
        put_below(checkout, "pybisect.yml", out->text.data);
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    assert_ok(pb_recipe_load(path, &out->recipe, &problems, &err), &err);
}

static void
assert_note(const struct drafted *drafted, const char *part)
{
    PB_AUTOFREE char *all = pb_strv_join(&drafted->notes, "\n");
    if (strstr(all, part) == NULL) {
        fail_msg("'%s' is not in:\n%s", part, all);
    }
}

static void
settle(struct drafted *drafted, const char *python)
{
    const struct pb_recipe_facts facts = {.python = python};
    pb_recipe_settle(&drafted->recipe, &facts);
}

static void
a_modern_project_is_read_from_its_pyproject(void **state)
{
    free(put_below(*state, "pyproject.toml",
                   "[project]\n"
                   "name = \"My.Thing\"\n"
                   "description = \"Things: \\\"many\\\"\"\n"
                   "dependencies = [\n"
                   "  \"six\",\n"
                   "  \"multipart; python_version >= '3.13'\",\n"
                   "]\n"
                   "[project.optional-dependencies]\n"
                   "test = [\"pytest\", \"hypothesis\"]\n"
                   "doc = [\"sphinx\"]\n"
                   "[tool.pytest.ini_options]\n"));
    put_tree(*state, (const char *[]){"src/my_thing/__init__.py",
                                      "tests/test_a.py", NULL});
    PB_CLEANUP(drafted_clear) struct drafted found;
    draft(*state, &found);
    assert_string_equal(found.recipe.name, "my.thing");
    assert_string_equal(found.recipe.description, "Things: \"many\"");
    assert_null(found.recipe.git);
    assert_int_equal(found.recipe.test.reader, PB_READER_JUNIT);
    assert_words(&found.recipe.test.all, (const char *[]){"tests", NULL});
    assert_words(&found.recipe.environment,
                 (const char *[]){"PYTHONPATH={project}/src", NULL});
    assert_words(&found.recipe.smoke,
                 (const char *[]){"{python} -c 'import my_thing'", NULL});
    settle(&found, "3.13");
    assert_words(
        &found.recipe.dependencies,
        (const char *[]){"six", "multipart", "pytest", "hypothesis", NULL});
    assert_note(&found, "2 dependencies from pyproject.toml");
    assert_note(&found, "[tool.pytest] in pyproject.toml");
    assert_note(&found, "--project-dir alone");
}

static void
an_older_one_is_read_from_its_setup_cfg(void **state)
{
    free(put_below(*state, "setup.cfg",
                   "[metadata]\n"
                   "name = thing\n"
                   "description = file: README\n"
                   "[options]\n"
                   "install_requires =\n"
                   "    # the old ones\n"
                   "    PyYAML>=5\n"
                   "    six; python_version < '3'  # old\n"
                   "zip_safe = no\n"
                   "[options.extras_require]\n"
                   "tests = mock\n"));
    put_tree(*state, (const char *[]){"lib/thing/__init__.py",
                                      "test/test_a.py", NULL});
    PB_CLEANUP(drafted_clear) struct drafted found;
    draft(*state, &found);
    assert_string_equal(found.recipe.name, "thing");
    assert_null(found.recipe.description);
    assert_int_equal(found.recipe.test.reader, PB_READER_UNITTEST);
    assert_string_equal(found.recipe.test.directory, "{project}/test");
    settle(&found, "2.7");
    assert_words(&found.recipe.dependencies,
                 (const char *[]){"yaml=PyYAML", "six", "mock", NULL});
    assert_note(&found, "'yaml' is how 'PyYAML' is imported");
}

static void
a_setup_script_is_read_but_not_run(void **state)
{
    free(put_below(*state, "setup.py",
                   "import os\n"
                   "open('ran', 'w')\n"
                   "os.abort()\n"
                   "setup(name='thing', description=\"A thing\",\n"
                   "      install_requires=['six', # x\n"
                   "                        \"attrs>=1\",],\n"
                   "      python_requires='>=3')\n"));
    put_tree(*state, (const char *[]){"test_a.py", NULL});
    PB_CLEANUP(drafted_clear) struct drafted found;
    draft(*state, &found);
    assert_string_equal(found.recipe.description, "A thing");
    assert_words(&found.recipe.dependencies,
                 (const char *[]){"six", "attr=attrs", NULL});
    PB_AUTOFREE char *ran = pb_path_join(*state, "ran");
    assert_false(pb_fs_exists(ran));
}

static void
what_only_running_would_tell_is_left_to_the_reader(void **state)
{
    free(put_below(*state, "setup.py",
                   "setup(name=NAME, install_requires=read('r.txt'))\n"));
    put_tree(*state, (const char *[]){"test_a.py", NULL});
    PB_CLEANUP(drafted_clear) struct drafted found;
    draft(*state, &found);
    assert_int_equal(found.recipe.dependencies.len, 0);
    assert_note(&found, "no plain list of texts");
    assert_note(&found, "from the directory's name");
}

static void
a_script_of_djangos_kind_is_the_runner(void **state)
{
    put_tree(*state, (const char *[]){"tests/runtests.py", "tests/test_a.py",
                                      "conftest.py", NULL});
    PB_CLEANUP(drafted_clear) struct drafted found;
    draft(*state, &found);
    assert_string_equal(found.recipe.test.directory, "{project}/tests");
    assert_string_equal(found.recipe.test.command,
                        "{python} {reporter} runtests.py {tests}");
    assert_note(&found, "found tests/runtests.py");
}

static void
trial_is_the_runner_where_it_is_spoken_of(void **state)
{
    free(put_below(*state, "setup.py", "setup(name='thing')\n"));
    free(put_below(*state, "tox.ini", "[testenv]\ncommands = trial thing\n"));
    put_tree(*state, (const char *[]){"thing/__init__.py", "test_a.py", NULL});
    PB_CLEANUP(drafted_clear) struct drafted found;
    draft(*state, &found);
    assert_string_equal(found.recipe.test.command,
                        "{python} {reporter} -m twisted.trial {tests}");
    assert_words(&found.recipe.test.all, (const char *[]){"thing", NULL});
    assert_words(&found.recipe.dependencies,
                 (const char *[]){"twisted", NULL});

    free(put_below(*state, "tox.ini", "# this is a trialrun\n"));
    PB_CLEANUP(drafted_clear) struct drafted other;
    draft(*state, &other);
    assert_null(strstr(other.recipe.test.command, "trial"));
}

static void
odd_names_and_texts_stay_a_recipe(void **state)
{
    static const char *const names[] = {
        "true",      "1.0", "- x", "A b: c", "\xc3\xa9t\xc3\xa9",
        "{project}", "_x",  "x#y",
    };
    put_tree(*state, (const char *[]){"test_a.py", NULL});
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *text =
            pb_asprintf("[project]\nname = '%s'\n"
                        "description = '%s \\ \"\t%%'\n"
                        "dependencies = ['%s', 'no', 'null', 'x']\n",
                        names[i], names[i], names[i]);
        free(put_below(*state, "pyproject.toml", text));
        PB_CLEANUP(drafted_clear) struct drafted found;
        draft(*state, &found);
        PB_AUTOFREE char *expected = pb_asprintf("%s \\ \"\t%%", names[i]);
        assert_string_equal(found.recipe.description, expected);
    }
}

static void
a_checkout_without_tests_gets_no_draft(void **state)
{
    put_tree(*state, (const char *[]){"thing.py", NULL});
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_strv) struct pb_strv notes = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_recipe_draft(*state, NULL, &text, &notes, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_int_equal(text.len, 0);
    PB_AUTOFREE char *absent = pb_path_join(*state, "absent");
    pb_error_clear(&err);
    assert_int_equal(pb_recipe_draft(absent, NULL, &text, &notes, &err), -1);
    assert_non_null(strstr(err.message, "is no directory"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toml_gives_the_texts_of_each_statement),
        cmocka_unit_test(toml_that_is_broken_ends_all_the_same),
        cmocka_unit_test(requirements_become_what_is_imported),
        SCRATCH_TEST(a_modern_project_is_read_from_its_pyproject),
        SCRATCH_TEST(an_older_one_is_read_from_its_setup_cfg),
        SCRATCH_TEST(a_setup_script_is_read_but_not_run),
        SCRATCH_TEST(what_only_running_would_tell_is_left_to_the_reader),
        SCRATCH_TEST(a_script_of_djangos_kind_is_the_runner),
        SCRATCH_TEST(trial_is_the_runner_where_it_is_spoken_of),
        SCRATCH_TEST(odd_names_and_texts_stay_a_recipe),
        SCRATCH_TEST(a_checkout_without_tests_gets_no_draft),
    };
    return cmocka_run_group_tests_name("recipe/draft", tests, NULL, NULL);
}
