/* Rows that are not as they were written, and tables of older versions. */
#include <sqlite3.h>

#include "bisect/open_journal.h"

#include "bisect/tables.h"

static void
run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(pb_tables_add_seal(db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", sql, message);
    }
    sqlite3_close(db);
}

static int
count(const char *path, const char *table)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *query = NULL;
    PB_AUTOFREE char *sql = pb_asprintf("SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    int rows = sqlite3_column_int(query, 0);
    sqlite3_finalize(query);
    sqlite3_close(db);
    return rows;
}

/* One row a table, each belonging to the others. */
static const char rows[] =
    "INSERT INTO bisections VALUES(1, 5, 5, 'running', 'a', '{}', NULL, NULL);"
    "INSERT INTO steps VALUES(1, 1, 5, '{}', NULL);"
    "INSERT INTO evaluations VALUES(x'00', 5, '{}', NULL);"
    "INSERT INTO nights VALUES(1, '{}', NULL);"
    "INSERT INTO cells VALUES(1, 'genshi', '{}', NULL);"
    "INSERT INTO failures VALUES(1, 'genshi', '{}', NULL);"
    "INSERT INTO tests VALUES('genshi', 't', 'fail', NULL, 's', NULL, 1, 0, 0,"
    " NULL);"
    "INSERT INTO changes VALUES(1, 'genshi', 't', 'pass', 'fail', NULL, NULL);"
    "INSERT INTO events VALUES(1, 5, 'found', 'abc', '{}', NULL);"
    "INSERT INTO sent VALUES('mail', 1, 5, NULL)";

static void
fill(const char *path)
{
    pb_journal_close(open_journal(path));
    run_sql(path, rows);
}

static size_t
dropped(const char *path)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = open_journal(path);
    assert_int_equal(pb_journal_check_nights(journal, &err), 0);
    return pb_journal_take_dropped(journal);
}

static void
whole_rows_of_nights_are_kept(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    fill(path);
    assert_int_equal(dropped(path), 0);
    for (size_t i = 0; i < PB_TABLE_COUNT; i++) {
        assert_int_equal(count(path, pb_tables[i].name), 1);
    }
}

static void
a_row_that_is_changed_rightly_gets_a_new_seal(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    fill(path);
    run_sql(path, "UPDATE nights SET night = '{\"a\": 1}';"
                  "UPDATE tests SET outcome = 'pass', failure = 0;"
                  "UPDATE failures SET failure = '{\"a\": 1}'");
    assert_int_equal(dropped(path), 0);
}

/* Each column of each table, the seal and what the seal is not over aside. */
static void
a_row_of_nights_that_was_altered_is_dropped(void **state)
{
    static const struct {
        const char *table;
        const char *change;
        const char *goes_too; /* what belongs to it */
    } cases[] = {
        {"nights", "night = '{\"a\": 1}'", "cells"},
        {"nights", "night = '{\"a\": 1}'", "changes"},
        {"cells", "project = 'storm'", NULL},
        {"cells", "cell = '[]'", NULL},
        {"failures", "project = 'storm'", "tests"},
        {"failures", "failure = '[]'", "tests"},
        {"tests", "test = 'u'", NULL},
        {"tests", "outcome = 'pass'", NULL},
        {"tests", "message = 'm'", NULL},
        {"tests", "signature = 'r'", NULL},
        {"tests", "green = 'abc'", NULL},
        {"tests", "failure = NULL", NULL},
        {"tests", "runs = 1", NULL},
        {"tests", "failed = 1", NULL},
        {"changes", "before = 'fail'", NULL},
        {"changes", "after = 'pass'", NULL},
        {"changes", "message = 'm'", NULL},
        {"events", "at = 6", "sent"},
        {"events", "kind = 'fixed'", "sent"},
        {"events", "payload = '[]'", "sent"},
        {"sent", "receiver = 'm'", NULL},
        {"sent", "at = 6", NULL},
        {"sent", "seal = NULL", NULL},
    };
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTOFREE char *path =
            pb_asprintf("%s/%zu.db", (const char *)*state, i);
        PB_AUTOFREE char *alter =
            pb_asprintf("DROP TRIGGER %s_updated; UPDATE %s SET %s",
                        cases[i].table, cases[i].table, cases[i].change);
        fill(path);
        run_sql(path, alter);
        assert_int_equal(dropped(path), 1);
        assert_int_equal(count(path, cases[i].table), 0);
        if (cases[i].goes_too != NULL) {
            assert_int_equal(count(path, cases[i].goes_too), 0);
        }
        assert_int_equal(dropped(path), 0);
    }
}

static void
a_journal_without_seals_is_sealed_as_it_is(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "j.db");
    size_t checked = 0;
    size_t damaged = 0;
    char *kept = NULL;
    struct pb_error err = PB_ERROR_INIT;
    fill(path);
    for (size_t i = 0; i < PB_TABLE_COUNT; i++) {
        const char *name = pb_tables[i].name;
        PB_AUTOFREE char *sql =
            pb_asprintf("DROP TRIGGER %s_inserted; DROP TRIGGER %s_updated;"
                        "ALTER TABLE %s DROP COLUMN seal",
                        name, name, name);
        run_sql(path, sql);
    }
    run_sql(path, "PRAGMA user_version=2");
    assert_int_equal(
        pb_journal_verify(path, false, &checked, &damaged, &kept, &err), 0);
    assert_int_equal(checked, PB_TABLE_COUNT);
    assert_int_equal(damaged, 0);
    assert_int_equal(dropped(path), 0);
    run_sql(path, "DROP TRIGGER cells_updated; UPDATE cells SET cell = '[]'");
    assert_int_equal(dropped(path), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(whole_rows_of_nights_are_kept),
        SCRATCH_TEST(a_row_that_is_changed_rightly_gets_a_new_seal),
        SCRATCH_TEST(a_row_of_nights_that_was_altered_is_dropped),
        SCRATCH_TEST(a_journal_without_seals_is_sealed_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
