/* Trees, their differences, blobs and exports. */
#include "history_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

/*
 *  a---b   main
 */
struct pair {
    struct repo_builder builder;
    struct pb_repo *repo;
    struct pb_oid a, b;
};

static int
set_up(void **state)
{
    struct pair *pair = calloc(1, sizeof(*pair));
    struct repo_builder *builder = &pair->builder;
    repo_builder_init(builder);
    int a = repo_commit(builder, "main", "a", 0, 0);
    repo_file(builder, "Lib/os.py", "one\ntwo\n");
    repo_file(builder, "Lib/stat.py", "stat\n");
    repo_file(builder, "README", "read me\n");
    repo_program(builder, "configure", "#!/bin/sh\n");
    int b = repo_commit(builder, "main", "b", a, 0);
    repo_file(builder, "Lib/os.py", "one\nand\ntwo\n");
    repo_remove(builder, "Lib/stat.py");
    repo_file(builder, "Lib/new.py", "new\n");
    repo_link(builder, "README", "Lib/os.py");
    pair->repo = open_built(builder);
    pair->a = repo_oid(builder, a);
    pair->b = repo_oid(builder, b);
    *state = pair;
    return 0;
}

static int
tear_down(void **state)
{
    struct pair *pair = *state;
    pb_repo_close(pair->repo);
    repo_builder_clear(&pair->builder);
    free(pair);
    return 0;
}

static int
note_entry(const struct pb_tree_entry *entry, void *context,
           struct pb_error *err)
{
    (void)err;
    static const struct pb_oid none;
    pb_strv_addf(context, "%06o %c%c %s", entry->mode,
                 pb_oid_equal(&entry->old_id, &none) ? '-' : 'o',
                 pb_oid_equal(&entry->id, &none) ? '-' : 'n', entry->path);
    return 0;
}

static void
files_come_in_tree_order_with_their_modes(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv seen = PB_STRV_INIT;
    assert_ok(
        pb_repo_files(pair->repo, &pair->b, NULL, note_entry, &seen, &err));
    PB_AUTOFREE char *text = pb_strv_join(&seen, "\n");
    assert_string_equal(text, "100644 -n Lib/new.py\n"
                              "100644 -n Lib/os.py\n"
                              "120000 -n README\n"
                              "100755 -n configure");
}

static int
refuse(const struct pb_tree_entry *entry, void *context, struct pb_error *err)
{
    size_t *calls = context;
    ++*calls;
    return pb_error_set(err, PB_ERROR_LIMIT, "enough of '%s'", entry->path);
}

static void
a_visitor_can_stop_with_its_own_error(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    size_t calls = 0;
    assert_int_equal(
        pb_repo_files(pair->repo, &pair->b, NULL, refuse, &calls, &err), -1);
    assert_int_equal(calls, 1);
    assert_string_equal(err.message, "enough of 'Lib/new.py'");
    pb_error_clear(&err);
    assert_int_equal(
        pb_repo_changes(pair->repo, &pair->a, &pair->b, refuse, &calls, &err),
        -1);
    assert_int_equal(calls, 2);
    assert_string_equal(err.message, "enough of 'Lib/new.py'");
}

static void
changes_tell_added_from_changed_from_deleted(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv seen = PB_STRV_INIT;
    assert_ok(pb_repo_changes(pair->repo, &pair->a, &pair->b, note_entry,
                              &seen, &err));
    PB_AUTOFREE char *text = pb_strv_join(&seen, "\n");
    assert_string_equal(text, "100644 -n Lib/new.py\n"
                              "100644 on Lib/os.py\n"
                              "000000 o- Lib/stat.py\n"
                              "120000 on README");
}

static void
everything_is_added_against_nothing(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv seen = PB_STRV_INIT;
    assert_ok(
        pb_repo_changes(pair->repo, NULL, &pair->a, note_entry, &seen, &err));
    PB_AUTOFREE char *text = pb_strv_join(&seen, "\n");
    assert_string_equal(text, "100644 -n Lib/os.py\n"
                              "100644 -n Lib/stat.py\n"
                              "100644 -n README\n"
                              "100755 -n configure");
}

static int
note_item(const struct pb_tree_item *item, void *context, struct pb_error *err)
{
    (void)err;
    pb_strv_addf(context, "%06o %s", item->mode, item->name);
    return 0;
}

static void
tree_items_are_one_level(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid tree;
    PB_AUTO(pb_strv) struct pb_strv seen = PB_STRV_INIT;
    assert_ok(pb_repo_commit_tree(pair->repo, &pair->a, &tree, &err));
    assert_ok(pb_repo_tree_items(pair->repo, &tree, note_item, &seen, &err));
    PB_AUTOFREE char *text = pb_strv_join(&seen, "\n");
    assert_string_equal(text, "040000 Lib\n100644 README\n100755 configure");
}

static void
a_commit_is_no_tree(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv seen = PB_STRV_INIT;
    assert_int_equal(
        pb_repo_tree_items(pair->repo, &pair->a, note_item, &seen, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
}

static void
a_file_is_read_by_path(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_ok(
        pb_repo_file(pair->repo, &pair->a, "Lib/os.py", 100, &text, &err));
    assert_string_equal(text.data, "one\ntwo\n");
    assert_true(pb_repo_has_path(pair->repo, &pair->a, "Lib"));
    assert_true(pb_repo_has_path(pair->repo, &pair->a, "Lib/stat.py"));
    assert_false(pb_repo_has_path(pair->repo, &pair->b, "Lib/stat.py"));
}

static void
a_directory_or_absent_path_is_no_file(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    const char *paths[] = {"Lib", "Lib/nope.py", "README/x"};
    for (size_t i = 0; i < PB_LENGTH(paths); i++) {
        pb_error_clear(&err);
        assert_int_equal(
            pb_repo_file(pair->repo, &pair->a, paths[i], 100, &text, &err),
            -1);
        assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
        assert_contains(err.message, paths[i]);
    }
    assert_int_equal(text.len, 0);
}

static void
a_blob_beyond_the_limit_is_refused(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_ok(pb_repo_file(pair->repo, &pair->a, "Lib/os.py", 8, &text, &err));
    assert_int_equal(
        pb_repo_file(pair->repo, &pair->a, "Lib/os.py", 7, &text, &err), -1);
    assert_int_equal(err.code, PB_ERROR_LIMIT);
    assert_int_equal(text.len, 8);
}

static int
find_os(const struct pb_tree_entry *entry, void *context, struct pb_error *err)
{
    (void)err;
    if (strcmp(entry->path, "Lib/os.py") == 0) {
        *(struct pb_oid *)context = entry->id;
    }
    return 0;
}

static struct pb_oid
os_of(struct pair *pair, const struct pb_oid *commit)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id = {.bytes = {0}};
    assert_ok(pb_repo_files(pair->repo, commit, NULL, find_os, &id, &err));
    return id;
}

static void
added_lines_are_those_of_the_new_blob_only(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid none = {.bytes = {0}};
    struct pb_oid before = os_of(pair, &pair->a);
    struct pb_oid after = os_of(pair, &pair->b);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_ok(pb_repo_added_lines(pair->repo, &before, &after, &text, &err));
    assert_string_equal(text.data, "and\n");
    pb_buf_truncate(&text, 0);
    assert_ok(pb_repo_added_lines(pair->repo, &none, &after, &text, &err));
    assert_string_equal(text.data, "one\nand\ntwo\n");
}

static void
a_missing_blob_matters_only_when_it_is_read(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id = os_of(pair, &pair->b);
    char hex[PB_OID_HEX];
    pb_oid_hex(&id, hex);
    PB_AUTOFREE char *object =
        pb_asprintf("%s/objects/%.2s/%s", pair->builder.path, hex, hex + 2);
    assert_true(pb_fs_exists(object));
    assert_ok(pb_fs_remove(object, &err));

    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    PB_AUTO(pb_strv) struct pb_strv seen = PB_STRV_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    assert_ok(pb_repo_open(pair->builder.path, &repo, &err));
    assert_ok(pb_repo_files(repo, &pair->b, NULL, note_entry, &seen, &err));
    assert_ok(
        pb_repo_changes(repo, &pair->a, &pair->b, note_entry, &seen, &err));
    assert_ok(pb_repo_file(repo, &pair->b, "configure", 100, &text, &err));
    assert_int_equal(
        pb_repo_file(repo, &pair->b, "Lib/os.py", 100, &text, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_contains(err.message, "cannot read 'Lib/os.py'");
    assert_contains(err.message, hex);
    assert_string_not_equal(err.hint, "");
}

static void
an_export_has_the_files_their_modes_and_links(void **state)
{
    struct pair *pair = *state;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *out = pb_path_join(pair->builder.directory, "a/b/out");
    assert_ok(pb_repo_export(pair->repo, &pair->b, out, &err));
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    assert_ok(pb_fs_walk(out, &files, &err));
    PB_AUTOFREE char *text = pb_strv_join(&files, " ");
    assert_string_equal(text, "Lib/new.py Lib/os.py README configure");

    PB_AUTOFREE char *program = pb_path_join(out, "configure");
    assert_int_equal(access(program, X_OK), 0);
    PB_AUTOFREE char *link = pb_path_join(out, "README");
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    PB_AUTO(pb_buf) struct pb_buf content = PB_BUF_INIT;
    assert_ok(pb_fs_read(link, 100, &content, &err));
    assert_string_equal(content.data, "one\nand\ntwo\n");
}

/* git refuses to write such trees, so this one is made by hand. */
static void
an_export_never_leaves_its_directory(void **state)
{
    struct pair *pair = *state;
    struct repo_builder *builder = &pair->builder;
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *script = pb_path_join(builder->directory, "evil.sh");
    static const char text[] =
        "#!/bin/sh\nset -e\n"
        "blob=$(echo gotcha | git hash-object -w --stdin)\n"
        "inner=$(python3 -c \"import sys; sys.stdout.buffer.write("
        "b'100644 evil\\0' + bytes.fromhex('$blob'))\" |\n"
        "    git hash-object -t tree -w --literally --stdin)\n"
        "outer=$(python3 -c \"import sys; sys.stdout.buffer.write("
        "b'40000 ..\\0' + bytes.fromhex('$inner'))\" |\n"
        "    git hash-object -t tree -w --literally --stdin)\n"
        "commit=$(GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a "
        "GIT_COMMITTER_EMAIL=a git commit-tree -m evil $outer)\n"
        "git update-ref refs/heads/evil $commit\n";
    assert_ok(pb_fs_write(script, text, strlen(text), 0755, &err));
    repo_git(builder, builder->path, "-c", "alias.evil=!sh ../evil.sh", "evil",
             NULL);

    struct pb_oid evil;
    PB_AUTOFREE char *out = pb_path_join(builder->directory, "deep/out");
    PB_AUTOFREE char *outside = pb_path_join(builder->directory, "deep/evil");
    assert_ok(pb_repo_resolve(pair->repo, "evil", &evil, &err));
    assert_int_equal(pb_repo_export(pair->repo, &evil, out, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_false(pb_fs_exists(outside));
}

#define ON_PAIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PAIR(files_come_in_tree_order_with_their_modes),
        ON_PAIR(a_visitor_can_stop_with_its_own_error),
        ON_PAIR(changes_tell_added_from_changed_from_deleted),
        ON_PAIR(everything_is_added_against_nothing),
        ON_PAIR(tree_items_are_one_level),
        ON_PAIR(a_commit_is_no_tree),
        ON_PAIR(a_file_is_read_by_path),
        ON_PAIR(a_directory_or_absent_path_is_no_file),
        ON_PAIR(a_blob_beyond_the_limit_is_refused),
        ON_PAIR(added_lines_are_those_of_the_new_blob_only),
        ON_PAIR(a_missing_blob_matters_only_when_it_is_read),
        ON_PAIR(an_export_has_the_files_their_modes_and_links),
        ON_PAIR(an_export_never_leaves_its_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
