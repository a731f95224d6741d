/* What CPython says about a commit, in each era's way. */
#include "history_test.h"

#include "pybisect/alloc.h"
#include "pybisect/announce.h"
#include "pybisect/fs.h"

#define GITHUB "https://github.com/python/cpython"
#define TRACKER "https://bugs.python.org/issue"

static void
assert_links(const char *message, const char *wanted)
{
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    repo_builder_init(&builder);
    repo_commit(&builder, "main", message, 0, 0);
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&builder);
    PB_AUTO(pb_announcement) struct pb_announcement got = {.news = NULL};
    struct pb_oid id = repo_oid(&builder, 1);
    assert_ok(pb_announcement_load(repo, &id, &got, &err));
    PB_AUTOFREE char *text =
        got.links.len > 0 ? pb_strv_join(&got.links, " ") : pb_strdup("");
    assert_string_equal(text, wanted);
    repo_builder_clear(&builder);
}

static void
links_of_the_github_era(void **state)
{
    (void)state;
    assert_links("gh-109120: Fix syntax error (#117444)\n",
                 GITHUB "/issues/109120 " GITHUB "/pull/117444");
    assert_links("GH-117411: move it (GH-117412)\n",
                 GITHUB "/issues/117411 " GITHUB "/pull/117412");
    assert_links("[3.12] gh-1: x (GH-2) (#3)\n\n"
                 "(cherry picked from commit abc)\n\ngh-1 again, and gh-4\n",
                 GITHUB "/issues/1 " GITHUB "/issues/4 " GITHUB
                        "/pull/3 " GITHUB "/pull/2");
    assert_links("see https://github.com/python/cpython/issues/77 and "
                 "https://github.com/python/cpython/pull/78\n",
                 GITHUB "/issues/77 " GITHUB "/pull/78");
}

static void
links_of_the_bpo_era(void **state)
{
    (void)state;
    assert_links("bpo-36346: Make it so (GH-20941)\n",
                 TRACKER "36346 " GITHUB "/pull/20941");
    assert_links("bpo-1, bpo-2: both (#33)\n",
                 TRACKER "1 " TRACKER "2 " GITHUB "/pull/33");
}

static void
links_of_the_tracker_era(void **state)
{
    (void)state;
    assert_links("Issue #12345: closes a leak.  Patch by X.\n",
                 TRACKER "12345");
    assert_links("Fix issue 8104 and issue #8105\n",
                 TRACKER "8105 " TRACKER "8104");
    assert_links("#4617: allow it\n", TRACKER "4617");
    assert_links("Fixed #6377: switch ignored\n", TRACKER "6377");
    assert_links("Fix #1679: \"0x\" was taken\n", TRACKER "1679");
    assert_links("SF patch #1467512, fix double free\n", TRACKER "1467512");
    assert_links("test skipping (#1034053)\n", TRACKER "1034053");
    assert_links("http://bugs.python.org/issue17\n", TRACKER "17");
}

static void
the_newest_page_that_is_touched_announces(void **state)
{
    (void)state;
    static const char *const pages[] = {"2.6", "3.9", "3.13", "3.4"};
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    repo_builder_init(&builder);
    for (int mark = 1; mark <= 2; mark++) {
        repo_commit(&builder, "main", "all pages", mark - 1, 0);
        for (size_t i = 0; i < PB_LENGTH(pages); i++) {
            PB_AUTOFREE char *path =
                pb_asprintf("Doc/whatsnew/%s.rst", pages[i]);
            PB_AUTOFREE char *text =
                pb_asprintf("Old.\n%s%s%s", mark == 2 ? "In " : "",
                            mark == 2 ? pages[i] : "", mark == 2 ? ".\n" : "");
            repo_file(&builder, path, text);
        }
    }
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&builder);
    PB_AUTO(pb_announcement) struct pb_announcement got = {.news = NULL};
    struct pb_oid id = repo_oid(&builder, 2);
    assert_ok(pb_announcement_load(repo, &id, &got, &err));
    assert_string_equal(got.whats_new, "In 3.13.");
    repo_builder_clear(&builder);
}

static void
plain_messages_have_no_links(void **state)
{
    (void)state;
    assert_links("Python 3.12.0\n", "");
    assert_links("Use #include, not highgh-5 or C#7\n", "");
}

/*
 *  1---2   main
 */
static void
news_entries_lose_their_headers(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    const char *path = "Misc/NEWS.d/next/Library/2024-04-02.gh-issue-1.Ab.rst";
    repo_builder_init(&builder);
    repo_commit(&builder, "main", "base", 0, 0);
    repo_file(&builder, "Lib/os.py", "one\n");
    repo_file(&builder, "Lib/gone.py", "gone\n");
    repo_file(&builder, "Doc/whatsnew/3.13.rst", "Summary\n\nOld text.\n");
    repo_commit(&builder, "main", "gh-1: change", 1, 0);
    repo_file(&builder, "Lib/os.py", "two\n");
    repo_remove(&builder, "Lib/gone.py");
    repo_file(&builder, "Doc/whatsnew/3.13.rst",
              "Summary\n\n* os.old was removed.\n\nOld text.\n");
    repo_file(&builder, path,
              ".. gh-issue: 1\n.. section: Library\n\n"
              "Remove :func:`os.old`.\nUse another.\n");
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&builder);
    PB_AUTO(pb_announcement) struct pb_announcement got = {.news = NULL};
    struct pb_oid id = repo_oid(&builder, 2);
    assert_ok(pb_announcement_load(repo, &id, &got, &err));
    assert_string_equal(got.news, "Remove :func:`os.old`.\nUse another.");
    assert_string_equal(got.news_path, path);
    assert_string_equal(got.whats_new, "* os.old was removed.");
    PB_AUTOFREE char *files = pb_strv_join(&got.files, "|");
    PB_AUTOFREE char *wanted = pb_asprintf(
        "M Doc/whatsnew/3.13.rst|D Lib/gone.py|M Lib/os.py|A %s", path);
    assert_string_equal(files, wanted);
    repo_builder_clear(&builder);
}

static void
an_edited_news_entry_is_not_this_commits_news(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    const char *path = "Misc/NEWS.d/next/Library/x.rst";
    repo_builder_init(&builder);
    repo_commit(&builder, "main", "base", 0, 0);
    repo_file(&builder, path, "Old wording.\n");
    repo_commit(&builder, "main", "edit", 1, 0);
    repo_file(&builder, path, "New wording.\n");
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&builder);
    PB_AUTO(pb_announcement) struct pb_announcement got = {.news = NULL};
    struct pb_oid id = repo_oid(&builder, 2);
    assert_ok(pb_announcement_load(repo, &id, &got, &err));
    assert_null(got.news);
    assert_null(got.news_path);
    assert_null(got.whats_new);
    repo_builder_clear(&builder);
}

static void
old_news_are_the_lines_added_to_the_one_file(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    repo_builder_init(&builder);
    repo_commit(&builder, "main", "base", 0, 0);
    repo_file(&builder, "Misc/NEWS", "Library\n-------\n\n- Issue #1: a.\n");
    repo_commit(&builder, "main", "Issue #2: b", 1, 0);
    repo_file(&builder, "Misc/NEWS",
              "Library\n-------\n\n- Issue #2: b and\n  more.\n\n"
              "- Issue #1: a.\n");
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&builder);
    PB_AUTO(pb_announcement) struct pb_announcement got = {.news = NULL};
    struct pb_oid id = repo_oid(&builder, 2);
    assert_ok(pb_announcement_load(repo, &id, &got, &err));
    assert_string_equal(got.news, "- Issue #2: b and\n  more.");
    assert_string_equal(got.news_path, "Misc/NEWS");
    repo_builder_clear(&builder);
}

static int
remove_entry(const struct pb_tree_entry *entry, void *context,
             struct pb_error *err)
{
    const struct repo_builder *builder = context;
    char hex[PB_OID_HEX];
    pb_oid_hex(&entry->id, hex);
    PB_AUTOFREE char *object =
        pb_asprintf("%s/objects/%.2s/%s", builder->path, hex, hex + 2);
    assert_true(pb_fs_exists(object));
    return pb_fs_remove(object, err);
}

static void
a_text_that_a_partial_clone_lacks_is_left_out(void **state)
{
    (void)state;
    struct repo_builder builder;
    struct pb_error err = PB_ERROR_INIT;
    repo_builder_init(&builder);
    repo_commit(&builder, "main", "gh-1: change", 0, 0);
    repo_file(&builder, "Misc/NEWS.d/next/Library/x.rst", "News.\n");
    PB_AUTO(pb_repo) struct pb_repo *built = open_built(&builder);
    struct pb_oid id = repo_oid(&builder, 1);
    assert_ok(pb_repo_files(built, &id, NULL, remove_entry, &builder, &err));

    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    PB_AUTO(pb_announcement) struct pb_announcement got = {.news = NULL};
    assert_ok(pb_repo_open(builder.path, &repo, &err));
    assert_ok(pb_announcement_load(repo, &id, &got, &err));
    assert_null(got.news);
    assert_int_equal(got.files.len, 1);
    assert_int_equal(got.links.len, 1);
    repo_builder_clear(&builder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_of_the_github_era),
        cmocka_unit_test(links_of_the_bpo_era),
        cmocka_unit_test(links_of_the_tracker_era),
        cmocka_unit_test(the_newest_page_that_is_touched_announces),
        cmocka_unit_test(plain_messages_have_no_links),
        cmocka_unit_test(news_entries_lose_their_headers),
        cmocka_unit_test(an_edited_news_entry_is_not_this_commits_news),
        cmocka_unit_test(old_news_are_the_lines_added_to_the_one_file),
        cmocka_unit_test(a_text_that_a_partial_clone_lacks_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
