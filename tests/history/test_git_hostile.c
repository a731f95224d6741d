/* git_tree, git_export: trees that git would not make. Whatever they hold,
   nothing is written outside of the directory. */
#include "history_test.h"

#include <unistd.h>

#include "base/scratch.h"
#include "pybisect/limits.h"
#include "support/raw_repo.h"

struct place {
    struct raw_repo *raw;
    struct pb_repo *repo;
    char *repo_path;
    char *out;
    char *outside;
    struct pb_oid blob;
};

static void
place_init(struct place *place, const char *scratch)
{
    struct pb_error err = PB_ERROR_INIT;
    place->repo_path = pb_path_join(scratch, "repo");
    place->out = pb_path_join(scratch, "below/out");
    place->outside = pb_path_join(scratch, "below/outside");
    place->raw = raw_repo_new(place->repo_path);
    place->blob = raw_object(place->raw, "blob", "x", 1);
    assert_ok(pb_repo_open(place->repo_path, &place->repo, &err));
}

static void
place_clear(struct place *place)
{
    pb_repo_close(place->repo);
    raw_repo_free(place->raw);
    free(place->repo_path);
    free(place->out);
    free(place->outside);
}

static int export(const struct place *place, const struct pb_buf *tree,
                  struct pb_error *err)
{
    struct pb_oid commit = raw_commit(place->raw, tree);
    struct pb_error ignored = PB_ERROR_INIT;
    assert_int_equal(pb_fs_remove_tree(place->out, &ignored), 0);
    return pb_repo_export(place->repo, &commit, place->out, err);
}

static void
assert_refused(const struct place *place, const struct pb_buf *tree,
               enum pb_error_code code, const char *message)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(export(place, tree, &err), -1);
    assert_int_equal(err.code, code);
    assert_contains(err.message, message);
    assert_false(pb_fs_exists(place->outside));
}

static void
names_that_lead_out_or_are_gits_own_are_refused(void **state)
{
    static const char *const names[] = {
        "..", ".", "../outside", "a/../../outside", "/tmp/x", ".git", ".GIT",
    };
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    PB_AUTO(pb_buf) struct pb_buf inner = PB_BUF_INIT;
    raw_entry(&inner, "100644", "outside", &place.blob);
    struct pb_oid below = raw_object(place.raw, "tree", inner.data, inner.len);
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTO(pb_buf) struct pb_buf files = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf trees = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf links = PB_BUF_INIT;
        raw_entry(&files, "100644", names[i], &place.blob);
        raw_entry(&trees, "40000", names[i], &below);
        raw_entry(&links, "120000", names[i], &place.blob);
        assert_refused(&place, &files, PB_ERROR_CORRUPT, "unsafe path");
        assert_refused(&place, &trees, PB_ERROR_CORRUPT, "unsafe path");
        assert_refused(&place, &links, PB_ERROR_CORRUPT, "unsafe path");
    }
}

/* "a" is a link that leads out, and a directory as well. */
static void
no_file_is_written_through_a_link_of_its_name(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    struct pb_error err = PB_ERROR_INIT;
    assert_ok(pb_fs_mkdirs(place.outside, &err));
    struct pb_oid target =
        raw_object(place.raw, "blob", place.outside, strlen(place.outside));
    PB_AUTO(pb_buf) struct pb_buf inner = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf tree = PB_BUF_INIT;
    raw_entry(&inner, "100644", "x", &place.blob);
    raw_entry(&inner, "120000", "y", &place.blob);
    struct pb_oid below = raw_object(place.raw, "tree", inner.data, inner.len);
    raw_entry(&tree, "120000", "a", &target);
    raw_entry(&tree, "40000", "a", &below);
    assert_int_equal(export(&place, &tree, &err), -1);
    PB_AUTO(pb_strv) struct pb_strv written = PB_STRV_INIT;
    err = (struct pb_error)PB_ERROR_INIT;
    assert_ok(pb_fs_list(place.outside, &written, &err));
    assert_int_equal(written.len, 0);
}

static void
names_that_differ_in_case_are_two_files(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid other = raw_object(place.raw, "blob", "y", 1);
    PB_AUTO(pb_buf) struct pb_buf tree = PB_BUF_INIT;
    raw_entry(&tree, "100644", "README", &place.blob);
    raw_entry(&tree, "100644", "readme", &other);
    assert_ok(export(&place, &tree, &err));
    PB_AUTOFREE char *upper = pb_path_join(place.out, "README");
    PB_AUTOFREE char *lower = pb_path_join(place.out, "readme");
    assert_file(upper, "x");
    assert_file(lower, "y");
}

static void
submodules_are_left_out_whatever_they_are_called(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf tree = PB_BUF_INIT;
    PB_AUTO(pb_strv) struct pb_strv written = PB_STRV_INIT;
    raw_entry(&tree, "160000", "..", &place.blob);
    raw_entry(&tree, "100644", "file", &place.blob);
    raw_entry(&tree, "160000", "sub", &place.blob);
    assert_ok(export(&place, &tree, &err));
    assert_ok(pb_fs_list(place.out, &written, &err));
    assert_int_equal(written.len, 1);
    assert_string_equal(written.items[0], "file");
}

/* Ten trees of ten entries each stand for 10^10 files. */
static void
a_tree_that_multiplies_itself_is_refused(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    PB_AUTO(pb_buf) struct pb_buf tree = PB_BUF_INIT;
    struct pb_oid below = place.blob;
    for (int level = 0; level < 10; level++) {
        pb_buf_truncate(&tree, 0);
        for (char name[] = "0"; name[0] <= '9'; name[0]++) {
            raw_entry(&tree, level == 0 ? "160000" : "40000", name, &below);
        }
        below = raw_object(place.raw, "tree", tree.data, tree.len);
    }
    assert_refused(&place, &tree, PB_ERROR_LIMIT, "a tree of more than");
}

static void
a_tree_that_is_endlessly_deep_is_refused(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    PB_AUTO(pb_buf) struct pb_buf tree = PB_BUF_INIT;
    struct pb_oid below = place.blob;
    for (int level = 0; level < PB_LIMIT_TREE_PATH; level++) {
        pb_buf_truncate(&tree, 0);
        raw_entry(&tree, level == 0 ? "100644" : "40000", "a", &below);
        below = raw_object(place.raw, "tree", tree.data, tree.len);
    }
    assert_refused(&place, &tree, PB_ERROR_LIMIT, "paths of more than");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(names_that_lead_out_or_are_gits_own_are_refused),
        SCRATCH_TEST(no_file_is_written_through_a_link_of_its_name),
        SCRATCH_TEST(names_that_differ_in_case_are_two_files),
        SCRATCH_TEST(submodules_are_left_out_whatever_they_are_called),
        SCRATCH_TEST(a_tree_that_multiplies_itself_is_refused),
        SCRATCH_TEST(a_tree_that_is_endlessly_deep_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
