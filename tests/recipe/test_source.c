/* source, source_copy and needs: a project's source and its dependencies. */
#include "tree.h"

#include <unistd.h>

#include "pybisect/recipe.h"
#include "support/repo_builder.h"

/* git_remote_lookup of libgit2 1.5 leaks what it matched with PCRE2. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
    return "leak:libpcre2-8.so";
}

static char name[] = "thing";
static char file[] = "thing.yml";
static char ref_one[] = "v1";

struct place {
    char *project;
    char *deps;
    char *work;
    char *data;
};

static void
place_init(struct place *place, const char *root)
{
    place->project = pb_path_join(root, "thing");
    place->deps = pb_path_join(root, "deps");
    place->work = pb_path_join(root, "work");
    place->data = pb_path_join(root, "data");
}

static void
place_clear(struct place *place)
{
    free(place->project);
    free(place->deps);
    free(place->work);
    free(place->data);
}

static struct pb_project_options
options_of(const struct place *place)
{
    return (struct pb_project_options){.project_dir = place->project,
                                       .work_dir = place->work,
                                       .data_dir = place->data,
                                       .reporter = "reporter.py"};
}

static void
open_project(const struct pb_recipe *recipe,
             const struct pb_project_options *options, struct pb_project *out)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_project_open(recipe, options, out, &err), &err);
}

static void
assert_source(const struct pb_project *project, const char *const *expected)
{
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_fs_walk(project->source, &files, &err), &err);
    assert_words(&files, expected);
}

static void
a_directory_is_copied_and_left_alone(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_tree(place.project,
             (const char *[]){"a.py", "sub/b.py", ".git/HEAD", ".tox/x",
                              ".venv/x", "sub/__pycache__/b.pyc", "c.pyc",
                              "sub/.git", NULL});
    PB_AUTOFREE char *link = pb_path_join(place.project, "link");
    assert_int_equal(symlink("/nowhere/at all", link), 0);

    const struct pb_recipe recipe = {.name = name};
    struct pb_project_options options = options_of(&place);
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    open_project(&recipe, &options, &project);
    assert_source(&project,
                  (const char *[]){"a.py", "link", "sub/b.py", NULL});
    assert_memory_equal(project.revision, "digest:", 7);
    assert_int_equal(strlen(project.revision), 7 + 16);
    assert_int_equal(project.reporter[0], '/');

    PB_AUTOFREE char *copied = pb_path_join(project.source, "link");
    char target[64] = "";
    assert_int_equal(readlink(copied, target, sizeof(target)), 15);
    assert_memory_equal(target, "/nowhere/at all", 15);

    free(put_below(project.source, "a.py", "y"));
    PB_AUTOFREE char *original = pb_path_join(place.project, "a.py");
    assert_file(original, "x");
}

static void
the_revision_is_that_of_the_content(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_tree(place.project, (const char *[]){"a.py", NULL});
    const struct pb_recipe recipe = {.name = name};
    struct pb_project_options options = options_of(&place);
    PB_AUTO(pb_project) struct pb_project one = {.recipe = NULL};
    open_project(&recipe, &options, &one);
    PB_AUTO(pb_project) struct pb_project again = {.recipe = NULL};
    open_project(&recipe, &options, &again);
    assert_string_equal(one.revision, again.revision);
    assert_string_equal(one.source, again.source);

    free(put_below(place.project, "a.py", "y"));
    PB_AUTO(pb_project) struct pb_project other = {.recipe = NULL};
    open_project(&recipe, &options, &other);
    assert_string_not_equal(one.revision, other.revision);
    PB_AUTOFREE char *pinned = pb_path_join(one.source, "a.py");
    assert_file(pinned, "x");
}

static void
a_copy_does_not_hold_its_own_work_directory(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_tree(place.project, (const char *[]){"a.py", NULL});
    PB_AUTOFREE char *inside = pb_path_join(place.project, "sub/work");
    const struct pb_recipe recipe = {.name = name};
    struct pb_project_options options = options_of(&place);
    options.work_dir = inside;
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    open_project(&recipe, &options, &project);
    assert_source(&project, (const char *[]){"a.py", NULL});
}

static void
a_copy_that_was_cut_short_is_made_anew(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_tree(place.project, (const char *[]){"a.py", NULL});
    put_tree(place.work, (const char *[]){"source.part/torn.py", NULL});
    const struct pb_recipe recipe = {.name = name};
    struct pb_project_options options = options_of(&place);
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    open_project(&recipe, &options, &project);
    assert_source(&project, (const char *[]){"a.py", NULL});
}

static void
what_is_missing_is_told_as_pip_has_it(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_tree(place.deps,
             (const char *[]){"six.py", "zope/interface/__init__.py",
                              "fast.cpython-313-x86_64-linux-gnu.so",
                              "zope/event.abi3.so", NULL});
    PB_AUTO(pb_strv) struct pb_strv modules = PB_STRV_INIT;
    pb_strv_add(&modules, "six");
    pb_strv_add(&modules, "zope.interface>=5,<7");
    pb_strv_add(&modules, "fast");
    pb_strv_add(&modules, "zope.event");
    pb_strv_add(&modules, "hamcrest=PyHamcrest>=2");
    pb_strv_add(&modules, "zope.schema");
    pb_strv_add(&modules, "fas==1.0");
    const struct pb_recipe recipe = {.name = name, .dependencies = modules};
    PB_AUTO(pb_strv) struct pb_strv missing = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv requirements = PB_STRV_INIT;
    pb_recipe_missing(&recipe, place.deps, &missing);
    assert_words(&missing, (const char *[]){"hamcrest=PyHamcrest>=2",
                                            "zope.schema", "fas==1.0", NULL});
    pb_recipe_requirements(&recipe, NULL, &requirements);
    assert_words(&requirements,
                 (const char *[]){"six", "zope.interface>=5,<7", "fast",
                                  "zope.event", "PyHamcrest>=2", "zope.schema",
                                  "fas==1.0", NULL});
}

/* What is built for one interpreter must not get into another. */
static void
extension_modules_laid_out_by_hand_are_refused(void **state)
{
    static const char *const names[] = {"fast.cpython-313-x86_64-linux-gnu.so",
                                        "zope/_fast.so"};
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_tree(place.project, (const char *[]){"a.py", NULL});
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *path = put_below(place.deps, names[i], "x");
        const struct pb_recipe recipe = {.name = name};
        struct pb_project_options options = options_of(&place);
        options.deps_dir = place.deps;
        PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
        struct pb_error err = PB_ERROR_INIT;
        assert_int_equal(pb_project_open(&recipe, &options, &project, &err),
                         -1);
        assert_int_equal(err.code, PB_ERROR_CONFIG);
        assert_non_null(strstr(err.message, names[i]));
        assert_non_null(strstr(err.hint, "--find-links"));
        assert_int_equal(pb_fs_remove(path, &err), 0);
    }
}

static void
dependencies_are_pinned_by_content(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_tree(place.project, (const char *[]){"a.py", NULL});
    put_tree(place.deps, (const char *[]){"six.py", NULL});
    PB_AUTO(pb_strv) struct pb_strv modules = PB_STRV_INIT;
    pb_strv_add(&modules, "six");
    const struct pb_recipe recipe = {.name = name, .dependencies = modules};
    struct pb_project_options options = options_of(&place);
    options.deps_dir = place.deps;
    PB_AUTO(pb_project) struct pb_project one = {.recipe = NULL};
    open_project(&recipe, &options, &one);
    assert_string_equal(one.deps, place.deps);

    put_tree(place.deps, (const char *[]){"__pycache__/six.pyc", NULL});
    PB_AUTO(pb_project) struct pb_project again = {.recipe = NULL};
    open_project(&recipe, &options, &again);
    assert_string_equal(one.deps_revision, again.deps_revision);

    free(put_below(place.deps, "six.py", "y"));
    PB_AUTO(pb_project) struct pb_project other = {.recipe = NULL};
    open_project(&recipe, &options, &other);
    assert_string_not_equal(one.deps_revision, other.deps_revision);

    PB_AUTO(pb_json) struct pb_json *pins = pb_project_pins(&one);
    assert_string_equal(pb_json_get_string(pins, "recipe"), "thing");
    assert_string_equal(pb_json_get_string(pins, "revision"), one.revision);
    assert_string_equal(pb_json_get_string(pins, "deps_revision"),
                        one.deps_revision);
    assert_int_equal(strlen(pb_json_get_string(pins, "recipe_digest")), 64);
}

/* v1 --- v2 (main) */
static int
build_repository(struct repo_builder *builder)
{
    repo_builder_init(builder);
    int one = repo_commit(builder, "main", "one", 0, 0);
    repo_file(builder, "a.py", "one");
    int two = repo_commit(builder, "main", "two", one, 0);
    repo_file(builder, "a.py", "two");
    repo_tag(builder, "v1", one);
    repo_build(builder);
    return two;
}

static void
assert_exported(const struct pb_project *project, const char *content,
                const struct pb_oid *oid)
{
    char hex[PB_OID_HEX];
    assert_string_equal(project->revision, pb_oid_hex(oid, hex));
    PB_AUTOFREE char *path = pb_path_join(project->source, "a.py");
    assert_file(path, content);
}

static void
a_project_is_cloned_at_its_ref(void **state)
{
    PB_CLEANUP(repo_builder_clear) struct repo_builder builder;
    int two = build_repository(&builder);
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    const struct pb_recipe recipe = {
        .name = name, .file = file, .git = builder.path, .ref = ref_one};
    struct pb_project_options options = options_of(&place);
    options.project_dir = NULL;
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    assert_false(pb_project_is_cloned(&recipe, place.data));
    open_project(&recipe, &options, &project);
    assert_true(pb_project_is_cloned(&recipe, place.data));
    struct pb_oid first = repo_oid(&builder, 1);
    assert_exported(&project, "one", &first);

    options.ref = "main";
    PB_AUTO(pb_project) struct pb_project newer = {.recipe = NULL};
    open_project(&recipe, &options, &newer);
    struct pb_oid second = repo_oid(&builder, two);
    assert_exported(&newer, "two", &second);
    assert_exported(&project, "one", &first);
}

static void
a_ref_that_the_clone_lacks_is_fetched(void **state)
{
    PB_CLEANUP(repo_builder_clear) struct repo_builder builder;
    int two = build_repository(&builder);
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    const struct pb_recipe recipe = {
        .name = name, .file = file, .git = builder.path, .ref = ref_one};
    struct pb_project_options options = options_of(&place);
    options.project_dir = NULL;
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    open_project(&recipe, &options, &project);

    int three = repo_commit(&builder, "main", "three", two, 0);
    repo_file(&builder, "a.py", "three");
    repo_tag(&builder, "v3", three);
    repo_build(&builder);
    options.ref = "v3";
    PB_AUTO(pb_project) struct pb_project newer = {.recipe = NULL};
    open_project(&recipe, &options, &newer);
    struct pb_oid oid = repo_oid(&builder, three);
    assert_exported(&newer, "three", &oid);

    options.ref = "v4";
    PB_AUTO(pb_project) struct pb_project none = {.recipe = NULL};
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_project_open(&recipe, &options, &none, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "v4"));
}

static void
a_clone_of_the_users_is_exported_at_a_ref(void **state)
{
    PB_CLEANUP(repo_builder_clear) struct repo_builder builder;
    (void)build_repository(&builder);
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    repo_git(&builder, *state, "clone", "-q", builder.path, place.project,
             NULL);
    free(put_below(place.project, "untracked.py", "x"));
    const struct pb_recipe recipe = {.name = name};
    struct pb_project_options options = options_of(&place);
    PB_AUTO(pb_project) struct pb_project as_is = {.recipe = NULL};
    open_project(&recipe, &options, &as_is);
    assert_source(&as_is, (const char *[]){"a.py", "untracked.py", NULL});

    options.ref = "v1";
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    open_project(&recipe, &options, &project);
    struct pb_oid oid = repo_oid(&builder, 1);
    assert_exported(&project, "one", &oid);
    assert_source(&project, (const char *[]){"a.py", NULL});
}

static void
a_bare_clone_is_exported_at_the_recipes_ref(void **state)
{
    PB_CLEANUP(repo_builder_clear) struct repo_builder builder;
    (void)build_repository(&builder);
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    const struct pb_recipe recipe = {.name = name, .ref = ref_one};
    struct pb_project_options options = options_of(&place);
    options.project_dir = builder.path;
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    open_project(&recipe, &options, &project);
    struct pb_oid oid = repo_oid(&builder, 1);
    assert_exported(&project, "one", &oid);
}

static void
assert_fails(const struct pb_recipe *recipe,
             const struct pb_project_options *options, enum pb_error_code code,
             const char *message, const char *hint)
{
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_project_open(recipe, options, &project, &err), -1);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, message));
    assert_non_null(strstr(err.hint, hint));
    assert_null(project.revision);
}

static void
what_cannot_be_had_is_an_error_with_a_hint(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    PB_AUTOFREE char *nowhere = pb_path_join(*state, "nowhere.git");
    struct pb_recipe recipe = {
        .name = name, .file = file, .git = nowhere, .ref = ref_one};
    struct pb_project_options options = options_of(&place);

    assert_fails(&recipe, &options, PB_ERROR_NOT_FOUND, "is no directory", "");
    put_tree(place.project, (const char *[]){"a.py", NULL});
    options.ref = "v1";
    assert_fails(&recipe, &options, PB_ERROR_NOT_FOUND, "cannot take 'v1'",
                 "");
    options.ref = NULL;
    options.deps_dir = nowhere;
    assert_fails(&recipe, &options, PB_ERROR_NOT_FOUND, "is no directory", "");

    options.deps_dir = NULL;
    options.project_dir = NULL;
    recipe.git = NULL;
    assert_fails(&recipe, &options, PB_ERROR_USAGE, "names no repository",
                 "--project-dir DIR");
    recipe.git = nowhere;
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_project_open(&recipe, &options, &project, &err), -1);
    assert_non_null(strstr(err.message, "cannot clone"));
    assert_string_equal(err.hint, "give a checkout with --project-dir DIR");
}

static void
a_bare_command_has_no_source(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    char program[] = "true";
    char *const argv[] = {program, NULL};
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    pb_recipe_of_command(argv, *state, &recipe);
    struct pb_project_options options = options_of(&place);
    options.project_dir = NULL;
    PB_AUTO(pb_project) struct pb_project project = {.recipe = NULL};
    open_project(&recipe, &options, &project);
    assert_null(project.source);
    assert_string_equal(project.revision, "none");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_directory_is_copied_and_left_alone),
        SCRATCH_TEST(the_revision_is_that_of_the_content),
        SCRATCH_TEST(a_copy_does_not_hold_its_own_work_directory),
        SCRATCH_TEST(a_copy_that_was_cut_short_is_made_anew),
        SCRATCH_TEST(what_is_missing_is_told_as_pip_has_it),
        SCRATCH_TEST(extension_modules_laid_out_by_hand_are_refused),
        SCRATCH_TEST(dependencies_are_pinned_by_content),
        SCRATCH_TEST(a_project_is_cloned_at_its_ref),
        SCRATCH_TEST(a_ref_that_the_clone_lacks_is_fetched),
        SCRATCH_TEST(a_clone_of_the_users_is_exported_at_a_ref),
        SCRATCH_TEST(a_bare_clone_is_exported_at_the_recipes_ref),
        SCRATCH_TEST(what_cannot_be_had_is_an_error_with_a_hint),
        SCRATCH_TEST(a_bare_command_has_no_source),
    };
    return cmocka_run_group_tests_name("recipe/source", tests, NULL, NULL);
}
