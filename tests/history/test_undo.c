/* Which commit takes back what another one did. */
#include "history_test.h"

#include "pybisect/alloc.h"
#include "pybisect/undo.h"

struct fixture {
    struct repo_builder builder;
    int last;
};

/* 1 - 2: Lib/cgi.py goes, and Lib/os.py changes with it. */
static void
start(struct fixture *fixture)
{
    repo_builder_init(&fixture->builder);
    repo_commit(&fixture->builder, "main", "start", 0, 0);
    repo_file(&fixture->builder, "Lib/cgi.py", "cgi");
    repo_file(&fixture->builder, "Lib/os.py", "one");
    repo_file(&fixture->builder, "Misc/NEWS.d/next/x.rst", "x");
    fixture->last = repo_commit(&fixture->builder, "main", "Remove cgi", 1, 0);
    repo_remove(&fixture->builder, "Lib/cgi.py");
    repo_file(&fixture->builder, "Lib/os.py", "two");
    repo_remove(&fixture->builder, "Misc/NEWS.d/next/x.rst");
}

static void
go_on(struct fixture *fixture, const char *message, const char *path,
      const char *content)
{
    fixture->last =
        repo_commit(&fixture->builder, "main", message, fixture->last, 0);
    repo_file(&fixture->builder, path, content);
}

/* The mark of the commit that undoes the second; 0: none. */
static int
find(struct fixture *fixture)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = open_built(&fixture->builder);
    struct pb_oid oids[16];
    struct pb_oid_list later = {.items = oids};
    for (int mark = 3; mark <= fixture->last; mark++) {
        oids[later.len++] = repo_oid(&fixture->builder, mark);
    }
    struct pb_oid parent = repo_oid(&fixture->builder, 1);
    struct pb_oid culprit = repo_oid(&fixture->builder, 2);
    size_t index = 0;
    assert_ok(pb_undo_find(repo, &parent, &culprit, &later, 0, &index, &err));
    repo_builder_clear(&fixture->builder);
    return index == PB_UNDO_NONE ? 0 : (int)index + 3;
}

static void
a_file_that_is_back_undoes_its_removal(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    go_on(&fixture, "more", "Lib/re.py", "re");
    go_on(&fixture, "cgi lives", "Lib/cgi.py", "cgi");
    go_on(&fixture, "more", "Lib/re.py", "re 2");
    assert_int_equal(find(&fixture), 4);
}

static void
a_file_that_reads_as_before_undoes_its_change(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    go_on(&fixture, "os again", "Lib/os.py", "one");
    assert_int_equal(find(&fixture), 3);
}

static void
a_file_with_another_content_does_not(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    go_on(&fixture, "os", "Lib/os.py", "three");
    go_on(&fixture, "another cgi", "Lib/cgi.py", "a stub");
    assert_int_equal(find(&fixture), 0);
}

static void
news_that_come_back_do_not(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    go_on(&fixture, "news", "Misc/NEWS.d/next/x.rst", "x");
    assert_int_equal(find(&fixture), 0);
}

static void
a_message_that_says_so_is_believed(void **state)
{
    (void)state;
    struct fixture fixture;
    char hex[PB_OID_HEX];
    start(&fixture);
    repo_build(&fixture.builder);
    struct pb_oid culprit = repo_oid(&fixture.builder, 2);
    PB_AUTOFREE char *message =
        pb_asprintf("Revert \"Remove cgi\" (#5)\n\nThis reverts commit %s.\n",
                    pb_oid_hex(&culprit, hex));
    go_on(&fixture, message, "Lib/cgi.py", "cgi, with a fix");
    assert_int_equal(find(&fixture), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_back_undoes_its_removal),
        cmocka_unit_test(a_file_that_reads_as_before_undoes_its_change),
        cmocka_unit_test(a_file_with_another_content_does_not),
        cmocka_unit_test(news_that_come_back_do_not),
        cmocka_unit_test(a_message_that_says_so_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
