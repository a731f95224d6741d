/* What is held against what, and checkouts as they are. */
#include "history_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/patch.h"
#include "pybisect/worktree.h"

/*   a---b---c      main
 *        \
 *         d---e    patch
 */
enum { A = 1, B, C, D, E };

struct place {
    struct repo_builder builder;
    char *clone;
    char *scratch;
};

static int
set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    struct repo_builder *builder = &place->builder;
    repo_builder_init(builder);
    repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "Lib/os.py", "os\n");
    repo_file(builder, "Lib/re.py", "re\n");
    repo_file(builder, ".gitignore", "*.o\n");
    repo_commit(builder, "main", "b", A, 0);
    repo_commit(builder, "main", "c", B, 0);
    repo_commit(builder, "patch", "d", B, 0);
    repo_commit(builder, "patch", "e", D, 0);
    repo_build(builder);
    place->clone = pb_path_join(builder->directory, "clone");
    place->scratch = pb_path_join(builder->directory, "scratch");
    repo_git(builder, builder->directory, "clone", "-q", builder->path,
             place->clone, NULL);
    *state = place;
    return 0;
}

static int
tear_down(void **state)
{
    struct place *place = *state;
    repo_builder_clear(&place->builder);
    free(place->clone);
    free(place->scratch);
    free(place);
    return 0;
}

/* --- what is held against what ------------------------------------------ */

static void
expect_patch(struct place *place, const char *text, const char *against,
             const char *kind, int base, int revision)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    PB_AUTO(pb_patch) struct pb_patch patch = {.asked = NULL};
    assert_ok(pb_repo_open(place->builder.path, &repo, &err));
    assert_ok(pb_patch_resolve(repo, text, against, &patch, &err));
    assert_string_equal(patch.kind, kind);
    assert_string_equal(patch.asked, text);
    assert_oid(&place->builder, &patch.base, base);
    assert_oid(&place->builder, &patch.revision, revision);
}

static void
each_form_has_its_base(void **state)
{
    char hex[PB_OID_HEX];
    struct place *place = *state;
    struct pb_oid d = repo_oid(&place->builder, D);
    expect_patch(place, pb_oid_hex(&d, hex), NULL, "commit", B, D);
    expect_patch(place, "patch", NULL, "branch", B, E);
    expect_patch(place, "main", NULL, "commit", B, C);
    expect_patch(place, "patch~1", NULL, "commit", B, D);
    expect_patch(place, "patch", "main", "commit", C, E);
    expect_patch(place, "main..patch", NULL, "range", C, E);
    expect_patch(place, "patch..", NULL, "range", E, C);
}

static void
what_has_no_base_is_told(void **state)
{
    struct place *place = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    static const struct {
        const char *text;
        const char *against;
        const char *said;
    } cases[] = {
        {"main~2", NULL, "has no parent"},
        {"..main", NULL, "does not say what to hold 'main' against"},
        {"main..patch", "main", "--against is one too many"},
        {"nosuch", NULL, "nosuch"},
        {"main", "nosuch", "nosuch"},
    };
    assert_ok(pb_repo_open(place->builder.path, &repo, &err));
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        struct pb_patch patch = {.asked = NULL};
        err = (struct pb_error)PB_ERROR_INIT;
        assert_int_equal(pb_patch_resolve(repo, cases[i].text,
                                          cases[i].against, &patch, &err),
                         -1);
        assert_contains(err.message, cases[i].said);
        assert_null(patch.asked);
    }
}

/* --- checkouts ---------------------------------------------------------- */

static void
put(const struct place *place, const char *name, const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(place->clone, name);
    assert_ok(pb_fs_write(path, text, strlen(text), 0644, &err));
}

static int
add_entry(const struct pb_tree_entry *entry, void *context,
          struct pb_error *err)
{
    (void)err;
    pb_buf_addf(context, "%o %s\n", entry->mode, entry->path);
    return 0;
}

/* The files of the state, and what Lib/os.py says. */
static void
expect_snapshot(struct place *place, const char *files, const char *os)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid state;
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    PB_AUTO(pb_buf) struct pb_buf listing = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_ok(pb_fs_remove_tree(place->scratch, &err));
    assert_ok(
        pb_worktree_snapshot(place->clone, place->scratch, &state, &err));
    assert_ok(pb_repo_open(place->scratch, &repo, &err));
    assert_ok(pb_repo_files(repo, &state, NULL, add_entry, &listing, &err));
    assert_ok(pb_repo_file(repo, &state, "Lib/os.py", 100, &text, &err));
    assert_string_equal(listing.data, files);
    assert_string_equal(text.data, os);
}

static void
a_clean_checkout_is_its_head(void **state)
{
    struct place *place = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid found;
    assert_ok(
        pb_worktree_snapshot(place->clone, place->scratch, &found, &err));
    assert_oid(&place->builder, &found, C);
}

static void
what_is_changed_added_removed_and_staged_counts(void **state)
{
    struct place *place = *state;
    PB_AUTOFREE char *link = pb_path_join(place->clone, "Lib/link");
    PB_AUTOFREE char *tool = pb_path_join(place->clone, "Tools/new/run.sh");
    PB_AUTOFREE char *nested = pb_path_join(place->clone, "nested");
    put(place, "Lib/os.py", "changed\n");
    put(place, "Lib/staged.py", "1\n");
    put(place, "Tools/new/run.sh", "#!/bin/sh\n");
    put(place, "Objects/x.o", "ignored");
    assert_int_equal(chmod(tool, 0755), 0);
    assert_int_equal(symlink("os.py", link), 0);
    repo_git(&place->builder, place->clone, "add", "Lib/staged.py", NULL);
    repo_git(&place->builder, place->clone, "rm", "-q", "Lib/re.py", NULL);
    repo_git(&place->builder, place->clone, "init", "-q", nested, NULL);
    expect_snapshot(place,
                    "100644 .gitignore\n120000 Lib/link\n100644 Lib/os.py\n"
                    "100644 Lib/staged.py\n100755 Tools/new/run.sh\n",
                    "changed\n");
}

static void
the_same_state_is_the_same_commit(void **state)
{
    struct place *place = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid first;
    struct pb_oid second;
    put(place, "Lib/os.py", "changed\n");
    assert_ok(
        pb_worktree_snapshot(place->clone, place->scratch, &first, &err));
    assert_ok(pb_fs_remove_tree(place->scratch, &err));
    assert_ok(
        pb_worktree_snapshot(place->clone, place->scratch, &second, &err));
    assert_true(pb_oid_equal(&first, &second));
}

static void
a_linked_work_tree_is_a_checkout_too(void **state)
{
    struct place *place = *state;
    char *first = place->clone;
    place->clone = pb_path_join(place->builder.directory, "linked");
    repo_git(&place->builder, first, "worktree", "add", "-q", "--detach",
             place->clone, "origin/patch", NULL);
    put(place, "Lib/os.py", "linked\n");
    expect_snapshot(place,
                    "100644 .gitignore\n100644 Lib/os.py\n100644 Lib/re.py\n",
                    "linked\n");
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_patch) struct pb_patch patch = {.asked = NULL};
    assert_ok(pb_fs_remove_tree(place->scratch, &err));
    assert_ok(pb_patch_of_worktree(place->clone, NULL, place->scratch, &patch,
                                   &err));
    assert_oid(&place->builder, &patch.base, B);
    free(first);
}

static void
what_is_no_checkout_is_told(void **state)
{
    struct place *place = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid found;
    assert_int_equal(pb_worktree_snapshot(place->builder.path, place->scratch,
                                          &found, &err),
                     -1);
    assert_contains(err.message, "has no work tree");
    err = (struct pb_error)PB_ERROR_INIT;
    assert_int_equal(
        pb_worktree_snapshot("/nowhere", place->scratch, &found, &err), -1);
    assert_contains(err.message, "is no checkout");
}

#define TEST(function)                                                        \
    cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_form_has_its_base),
        TEST(what_has_no_base_is_told),
        TEST(a_clean_checkout_is_its_head),
        TEST(what_is_changed_added_removed_and_staged_counts),
        TEST(the_same_state_is_the_same_commit),
        TEST(a_linked_work_tree_is_a_checkout_too),
        TEST(what_is_no_checkout_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
