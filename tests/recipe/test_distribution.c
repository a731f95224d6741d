/* distribution and distribution_read: what files say of themselves. */
#include "recipe/distribution.h"

#include <sys/utsname.h>

#include "base/tar.h"
#include "pybisect/limits.h"
#include "recipe/tree.h"

static void
names_tell_what_a_file_is(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        const char *expected; /* "name version kind" */
    } cases[] = {
        {"six-1.16.0-py2.py3-none-any.whl", "six 1.16.0 0"},
        {"Zope.Interface-6.0.tar.gz", "zope-interface 6.0 1"},
        {"zope_interface-6.0-1-py3-none-any.whl", "zope-interface 6.0 0"},
        {"python-dateutil-2.8.2.tar.bz2", "python-dateutil 2.8.2 1"},
        {"py-1.0.post2.zip", "py 1.0.post2 1"},
        {"x-1.0-py2-none-any.whl", "x 1.0 3"},
        {"x-1.0-py39-none-any.whl", "x 1.0 0"},
        {"x-1.0-py313-none-any.whl", "x 1.0 3"},
        {"x-1.0-cp312-cp312-manylinux_2_17_MACHINE.whl", "x 1.0 3"},
        {"x-1.0-cp37-abi3-manylinux_2_17_MACHINE.manylinux2014_MACHINE.whl",
         "x 1.0 2"},
        {"x-1.0-cp313-abi3-manylinux2014_MACHINE.whl", "x 1.0 3"},
        {"x-1.0-cp37-abi3-win_amd64.whl", "x 1.0 3"},
        {"x-1.0-cp37-abi3-musllinux_1_1_MACHINE.whl", "x 1.0 3"},
        {"x-1.0-py3-none-linux_MACHINE.whl", "x 1.0 2"},
        {"x-1.0.whl", NULL},
        {"x-1.0-a-py3-none-any-y-z.whl", NULL},
        {"x.tar.gz", NULL},
        {"six_1.16.0.orig.tar.gz", NULL},
        {"README-1.0.txt", NULL},
    };
    struct utsname machine;
    assert_int_equal(uname(&machine), 0);
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_buf) struct pb_buf path = PB_BUF_INIT;
        PB_AUTO(pb_dist) struct pb_dist dist = {.path = NULL};
        pb_buf_adds(&path, "/srv/");
        for (const char *at = cases[i].file; *at != '\0';) {
            bool here = strncmp(at, "MACHINE", 7) == 0;
            if (here) {
                pb_buf_adds(&path, machine.machine);
            }
            else {
                pb_buf_addch(&path, *at);
            }
            at += here ? 7 : 1;
        }
        bool known = pb_dist_of_file(path.data, "3.12", &dist);
        PB_AUTOFREE char *seen =
            known ? pb_asprintf("%s %s %d", dist.name, dist.version,
                                (int)dist.kind)
                  : NULL;
        if (known != (cases[i].expected != NULL) ||
            (known && strcmp(seen, cases[i].expected) != 0))
        {
            fail_msg("%s: %s", cases[i].file, known ? seen : "nothing");
        }
    }
}

/* A source distribution of these files, NULL-terminated pairs. */
static void
read_source(const char *root, const char *const *files,
            struct pb_dist_facts *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    PB_AUTO(pb_dist) struct pb_dist dist = {.path = NULL};
    PB_AUTOFREE char *path = pb_path_join(root, "thing-1.0.tar.gz");
    for (; *files != NULL; files += 2) {
        PB_AUTOFREE char *name = pb_asprintf("thing-1.0/%s", files[0]);
        tar_add(&tar, name, '0', 0644, files[1]);
    }
    tar_write(path, &tar);
    assert_true(pb_dist_of_file(path, "3.12", &dist));
    assert_ok(pb_dist_read(&dist, out, &err), &err);
}

static const char info[] = "Metadata-Version: 2.1\n"
                           "Name: thing\n"
                           "requires-python:  >=3.8\n"
                           "Requires-Dist: six (>=1.5) ; extra == 'x'\n"
                           "Requires-Dist: attrs\r\n"
                           "\n"
                           "Requires-Dist: this is prose\n";

static void
metadata_is_read(void **state)
{
    PB_AUTO(pb_dist_facts) struct pb_dist_facts facts = {.backend = NULL};
    read_source(*state,
                (const char *[]){"PKG-INFO", info, "setup.py", "",
                                 "src/thing.egg-info/requires.txt",
                                 "ignored\n", "src/fast.c", "", NULL},
                &facts);
    assert_string_equal(facts.requires_python, ">=3.8");
    assert_words(
        &facts.requires,
        (const char *[]){"six (>=1.5) ; extra == 'x'", "attrs", NULL});
    assert_true(facts.compiled);
    assert_true(facts.has_setup);
    assert_false(facts.says_build_requires);
    assert_null(facts.backend);
}

static void
older_ones_have_their_requirements_elsewhere(void **state)
{
    PB_AUTO(pb_dist_facts) struct pb_dist_facts facts = {.backend = NULL};
    read_source(*state,
                (const char *[]){"PKG-INFO", "Name: thing\n\n",
                                 "thing.egg-info/requires.txt",
                                 "six>=1\n\n[:python_version < '3']\nmock\n"
                                 "\n[all]\nx\n[all:os_name == 'nt']\ny\n",
                                 NULL},
                &facts);
    assert_words(&facts.requires,
                 (const char *[]){"six>=1", "mock; python_version < '3'",
                                  "x; extra == 'all'",
                                  "y; (os_name == 'nt') and extra == 'all'",
                                  NULL});
    assert_false(facts.compiled);
}

static void
a_plain_tree_has_its_pyproject(void **state)
{
    PB_AUTO(pb_dist_facts) struct pb_dist_facts facts = {.backend = NULL};
    read_source(*state,
                (const char *[]){"pyproject.toml",
                                 "[build-system]\n"
                                 "requires = [\"flit_core >=3.2\"]\n"
                                 "build-backend = \"flit_core.buildapi\"\n"
                                 "backend-path = [\"src\"]\n"
                                 "[project]\n"
                                 "dependencies = [\"six\"]\n"
                                 "requires-python = \">=3.9\"\n",
                                 NULL},
                &facts);
    assert_words(&facts.build_requires,
                 (const char *[]){"flit_core >=3.2", NULL});
    assert_words(&facts.requires, (const char *[]){"six", NULL});
    assert_string_equal(facts.backend, "flit_core.buildapi");
    assert_string_equal(facts.backend_path, "src");
    assert_string_equal(facts.requires_python, ">=3.9");
}

static void
setuptools_is_built_by_way_of_setup_py(void **state)
{
    PB_AUTO(pb_dist_facts) struct pb_dist_facts facts = {.backend = NULL};
    read_source(*state,
                (const char *[]){"pyproject.toml",
                                 "[build-system]\nrequires = []\n"
                                 "build-backend = "
                                 "\"setuptools.build_meta:__legacy__\"\n",
                                 NULL},
                &facts);
    assert_true(facts.says_build_requires);
    assert_int_equal(facts.build_requires.len, 0);
    assert_null(facts.backend);
}

static void
assert_over_a_limit(const char *root, struct pb_buf *tar, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_dist) struct pb_dist dist = {.path = NULL};
    PB_AUTO(pb_dist_facts) struct pb_dist_facts facts = {.backend = NULL};
    PB_AUTOFREE char *path = pb_path_join(root, "thing-1.0.tar.gz");
    tar_write(path, tar);
    assert_true(pb_dist_of_file(path, "3.12", &dist));
    assert_int_equal(pb_dist_read(&dist, &facts, &err), -1);
    assert_int_equal(err.code, PB_ERROR_LIMIT);
    assert_non_null(strstr(err.message, expected));
}

/* Whatever there is of them: an archive may hold one in each directory. */
static void
texts_that_are_read_have_a_limit_together(void **state)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    while (text.len <= PB_LIMIT_METADATA_BYTES / 2) {
        pb_buf_adds(&text, "Summary: nothing at all\n");
    }
    tar_add(&tar, "a/PKG-INFO", '0', 0644, text.data);
    tar_add(&tar, "b/PKG-INFO", '0', 0644, text.data);
    assert_over_a_limit(*state, &tar, "is longer than");
}

static void
requirements_have_a_limit(void **state)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    for (size_t i = 0; i <= PB_LIMIT_REQUIREMENTS; i++) {
        pb_buf_addf(&text, "Requires-Dist: six (>=1.%zu)\n", i);
    }
    tar_add(&tar, "thing-1.0/PKG-INFO", '0', 0644, text.data);
    assert_over_a_limit(*state, &tar, "more than 2000 requirements");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_what_a_file_is),
        SCRATCH_TEST(metadata_is_read),
        SCRATCH_TEST(older_ones_have_their_requirements_elsewhere),
        SCRATCH_TEST(a_plain_tree_has_its_pyproject),
        SCRATCH_TEST(setuptools_is_built_by_way_of_setup_py),
        SCRATCH_TEST(texts_that_are_read_have_a_limit_together),
        SCRATCH_TEST(requirements_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
