/* condition and cases: what differs by version. */
#include "tree.h"

#include "pybisect/recipe.h"
#include "recipe/condition.h"

static void
versions_are_found_in_the_names_of_tags(void **state)
{
    (void)state;
    static const struct {
        const char *ref;
        const char *version; /* "": none */
    } cases[] = {
        {"0.7.9", "0.7.9"},
        {"v18.10.0", "18.10.0"},
        {"twisted-24.7.0", "24.7.0"},
        {"rel_2_0_36", "2.0.36"},
        {"trac-1.6", "1.6"},
        {"MySQLdb-1.2.3c1", "1.2.3"},
        {"upstream-3.2.0+bzr7542", "3.2.0"},
        {"3.13", "3.13"},
        {"releases/v2", "2"},
        {"1.2.3.4.5", "1.2.3.4"},
        {"20240501", "20240501"},
        {"main", ""},
        {"py3-port", ""},
        {"HEAD", ""},
        {"", ""},
        {"09019d18f", ""},
        {"339205db0c0e4a0a8e1d3c6c2f0d1e2f3a4b5c6d", ""},
        {"99999999999999999999", ""},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        struct pb_version version = pb_version_of_ref(cases[i].ref);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        for (size_t k = 0; k < version.len; k++) {
            pb_buf_addf(&text, "%s%lu", k == 0 ? "" : ".", version.parts[k]);
        }
        if (strcmp(text.data, cases[i].version) != 0) {
            fail_msg("'%s': '%s' instead of '%s'", cases[i].ref, text.data,
                     cases[i].version);
        }
    }
    assert_int_equal(pb_version_of_ref(NULL).len, 0);
}

static void
conditions_compare_as_far_as_they_go(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *python;
        const char *ref;
        bool holds;
    } cases[] = {
        {"python >= 3.12", "3.12", NULL, true},
        {"python>=3.12", "3.11", NULL, false},
        {"python < 3.10", "3.9", NULL, true},
        {"python == 3", "3.12", NULL, true},
        {"python <= 3.12", "3.12.4", NULL, true},
        {"python > 3.12", "3.12.4", NULL, false},
        {"python < 3", "2.7", NULL, true},
        {"ref < 24", "3.12", "twisted-23.10.0", true},
        {"ref < 24", "3.12", "twisted-24.7.0", false},
        {"ref >= 2.0.31", NULL, "rel_2_0_4", false},
        {"ref == 0.7", NULL, "0.7.9", true},
        {"ref >= 1.0.0", NULL, "v1", true},
        {" ref >= 2  and\n python < 3.13 ", "3.12", "v2.1", true},
        {"ref >= 2 and python < 3.13", "3.13", "v2.1", false},
        {"ref >= 2 and python < 3.13", "3.12", "v1.9", false},
        /* What is not known is newer than all. */
        {"python >= 3.12", NULL, NULL, true},
        {"python < 99", NULL, NULL, false},
        {"ref == 2", NULL, "main", false},
        {"ref > 2", NULL, "main", true},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        struct pb_condition condition;
        struct pb_error err = PB_ERROR_INIT;
        const struct pb_recipe_facts facts = {.python = cases[i].python,
                                              .ref = cases[i].ref};
        assert_ok(pb_condition_parse(cases[i].text, &condition, &err), &err);
        if (pb_condition_holds(&condition, &facts) != cases[i].holds) {
            fail_msg("'%s' with %s and %s", cases[i].text, cases[i].python,
                     cases[i].ref);
        }
    }
}

static void
conditions_that_cannot_be_read_say_why(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "it is about 'python' or 'ref'"},
        {"pythons >= 3", "it is about 'python' or 'ref'"},
        {"3.12 <= python", "it is about 'python' or 'ref'"},
        {"python", "compare with <, <=, ==, >= or >"},
        {"python = 3", "compare with <, <=, ==, >= or >"},
        {"python != 3", "compare with <, <=, ==, >= or >"},
        {"python >=", "compare with a version such as 3.12"},
        {"ref < main", "compare with a version such as 3.12"},
        {"ref < 99999999999", "compare with a version such as 3.12"},
        {"ref < 2, python > 3", "parts are joined by 'and'"},
        {"ref < 2 or python > 3", "parts are joined by 'and'"},
        {"ref < 2a1", "parts are joined by 'and'"},
        {"ref < 2 and", "it is about 'python' or 'ref'"},
        {"ref<1 and ref<2 and ref<3 and ref<4 and ref<5",
         "it has too many parts"},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        struct pb_condition condition;
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(pb_condition_parse(cases[i][0], &condition, &err),
                         -1);
        if (strstr(err.message, cases[i][1]) == NULL) {
            fail_msg("'%s': %s", cases[i][0], err.message);
        }
    }
}

static const char many[] = "name: many\n"
                           "source: {git: x, ref: v2.1}\n"
                           "dependencies:\n"
                           "  - if: python >= 3.13\n"
                           "    then: multipart\n"
                           "  - jinja2\n"
                           "  - if: ref < 2\n"
                           "    then: [genshi, six]\n"
                           "  - if: ref < 3\n"
                           "    then: babel\n"
                           "  - attrs\n"
                           "  - if: python < 3\n"
                           "    then: mock\n"
                           "known-failures:\n"
                           "  - {if: python == 3.12, then: \"*.test_odd\"}\n"
                           "test:\n"
                           "  command: run {tests}\n"
                           "  all: [a, {if: ref >= 2, then: [b, c]}]\n"
                           "  reader: status\n";

static void
load(const char *directory, const char *python, const char *ref,
     struct pb_recipe *out)
{
    PB_AUTOFREE char *path = put_below(directory, "many.yml", many);
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_recipe_facts facts = {.python = python, .ref = ref};
    assert_ok(pb_recipe_load(path, out, &problems, &err), &err);
    pb_recipe_settle(out, &facts);
}

static void
items_that_hold_stand_where_the_file_has_them(void **state)
{
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    load(*state, "3.13", "v1.9", &recipe);
    assert_words(&recipe.dependencies,
                 (const char *[]){"multipart", "jinja2", "genshi", "six",
                                  "babel", "attrs", NULL});
    assert_int_equal(recipe.known_failures.len, 0);
    assert_words(&recipe.test.all, (const char *[]){"a", NULL});

    PB_AUTO(pb_recipe) struct pb_recipe old = {.name = NULL};
    load(*state, "2.7", "v3.0", &old);
    assert_words(&old.dependencies,
                 (const char *[]){"jinja2", "attrs", "mock", NULL});
    assert_words(&old.test.all, (const char *[]){"a", "b", "c", NULL});
    assert_true(pb_recipe_knows_failure(&recipe, "x.test_odd") == false);
}

static void
the_recipes_own_ref_counts_where_none_is_asked_for(void **state)
{
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    load(*state, "3.12", NULL, &recipe);
    assert_words(&recipe.dependencies,
                 (const char *[]){"jinja2", "babel", "attrs", NULL});
    assert_true(pb_recipe_knows_failure(&recipe, "x.test_odd"));
    assert_false(pb_recipe_knows_failure(&recipe, "x.test_even"));
}

static void
the_digest_is_that_of_what_holds(void **state)
{
    PB_AUTO(pb_recipe) struct pb_recipe one = {.name = NULL};
    PB_AUTO(pb_recipe) struct pb_recipe same = {.name = NULL};
    PB_AUTO(pb_recipe) struct pb_recipe other = {.name = NULL};
    load(*state, "3.10", NULL, &one);
    load(*state, "3.11", NULL, &same);
    load(*state, "3.12", NULL, &other);
    assert_true(pb_digest_equal(&one.digest, &same.digest));
    assert_false(pb_digest_equal(&one.digest, &other.digest));
    const struct pb_recipe_facts old = {.python = "2.7"};
    pb_recipe_settle(&one, &old);
    assert_true(pb_digest_equal(&one.digest, &same.digest));
}

static void
mistakes_in_cases_have_their_line(void **state)
{
    static const char text[] = "name: bad\n"
                               "dependencies:\n"
                               "  - if: python => 3\n"
                               "    then: six\n"
                               "  - if: ref < 2\n"
                               "    else: six\n"
                               "  - if: ref < 2\n"
                               "    then: [a-b]\n"
                               "smoke:\n"
                               "  - {if: ref < 2, then: \"{nope}\"}\n"
                               "environment:\n"
                               "  A: {if: ref < 2, then: b}\n"
                               "test: {command: x, reader: status}\n";
    static const char *const expected[] = {
        "3 dependencies[0].if: cannot read the condition 'python => 3': ",
        "compare with <, <=, ==, >= or >\n",
        "6 dependencies[1].else: unknown key",
        "5 dependencies[1].then: missing key\n",
        "8 dependencies[2].then[0]: 'a-b' is no name",
        "10 smoke[0].then: unknown placeholder '{nope}'",
        "12 environment.A: expected text, found a mapping\n",
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
    assert_int_equal(problems.len, PB_LENGTH(expected) - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_found_in_the_names_of_tags),
        cmocka_unit_test(conditions_compare_as_far_as_they_go),
        cmocka_unit_test(conditions_that_cannot_be_read_say_why),
        SCRATCH_TEST(items_that_hold_stand_where_the_file_has_them),
        SCRATCH_TEST(the_recipes_own_ref_counts_where_none_is_asked_for),
        SCRATCH_TEST(the_digest_is_that_of_what_holds),
        SCRATCH_TEST(mistakes_in_cases_have_their_line),
    };
    return cmocka_run_group_tests_name("recipe/condition", tests, NULL, NULL);
}
