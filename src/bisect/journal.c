/* The journal in SQLite: three tables of JSON. */
#include "pybisect/journal.h"

#include <string.h>

#include "bisect/statement.h"
#include "bisect/tables.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"

size_t
pb_journal_take_dropped(struct pb_journal *journal)
{
    size_t dropped = journal->dropped;
    journal->dropped = 0;
    return dropped;
}

/* --- bisections --------------------------------------------------------- */

void
pb_journal_bisection_clear(struct pb_journal_bisection *bisection)
{
    free(bisection->status);
    free(bisection->title);
    pb_json_free(bisection->plan);
    pb_json_free(bisection->report);
    memset(bisection, 0, sizeof(*bisection));
}

int
pb_journal_begin(struct pb_journal *journal, const char *title,
                 const struct pb_json *plan, int64_t *out_id,
                 struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    if (pb_statement_prepare(
            journal,
            "INSERT INTO bisections(created, updated, status, title, plan)"
            " VALUES(?1, ?1, '" PB_JOURNAL_RUNNING "', ?2, ?3)",
            &insert, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(insert, 1, pb_clock_now());
    pb_statement_text(insert, 2, title);
    pb_statement_json(insert, 3, plan);
    if (pb_statement_run(journal, insert, err) < 0) {
        return -1;
    }
    *out_id = sqlite3_last_insert_rowid(journal->db);
    return 0;
}

static int
not_found(int64_t id, const char *status, struct pb_error *err)
{
    if (id != 0) {
        pb_error_set(err, PB_ERROR_NOT_FOUND, "there is no bisection %lld",
                     (long long)id);
    }
    else if (status != NULL) {
        pb_error_set(err, PB_ERROR_NOT_FOUND, "no bisection is %s", status);
    }
    else {
        pb_error_set(err, PB_ERROR_NOT_FOUND, "there is no bisection yet");
    }
    pb_error_hint(err, "list them with 'pybisect status'");
    return -1;
}

static int
damaged(int64_t id, struct pb_error *err)
{
    pb_error_set(err, PB_ERROR_CORRUPT,
                 "what the journal has of bisection %lld is damaged",
                 (long long)id);
    pb_error_hint(err, "say 'pybisect cache verify --repair' to be rid of it, "
                       "and begin it again: its results are kept");
    return -1;
}

int
pb_journal_load(struct pb_journal *journal, int64_t id, const char *status,
                struct pb_journal_bisection *out, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    if (pb_statement_prepare(
            journal,
            "SELECT id, created, updated, status, title, plan, report,"
            " " PB_WHOLE_BISECTION " FROM bisections WHERE (?1 = 0 OR id = ?1)"
            " AND (?2 IS NULL OR status = ?2)"
            " ORDER BY updated DESC, id DESC LIMIT 1",
            &query, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(query, 1, id);
    pb_statement_text(query, 2, status);
    int code = sqlite3_step(query);
    if (code == SQLITE_DONE) {
        return not_found(id, status, err);
    }
    if (code != SQLITE_ROW) {
        return pb_database_fail(journal, "read", err);
    }
    if (sqlite3_column_int(query, 7) == 0) {
        return damaged(sqlite3_column_int64(query, 0), err);
    }
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection found = {
        .id = sqlite3_column_int64(query, 0),
        .created = sqlite3_column_int64(query, 1),
        .updated = sqlite3_column_int64(query, 2),
        .status = pb_column_text(query, 3),
        .title = pb_column_text(query, 4),
    };
    if (pb_column_json(journal, query, 5, &found.plan, err) < 0 ||
        pb_column_json(journal, query, 6, &found.report, err) < 0)
    {
        return -1;
    }
    *out = found;
    memset(&found, 0, sizeof(found));
    return 0;
}

int
pb_journal_update_plan(struct pb_journal *journal, int64_t id,
                       const struct pb_json *plan, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *update = NULL;
    if (pb_statement_prepare(
            journal,
            "UPDATE bisections SET plan = ?2, updated = ?3 WHERE id = ?1",
            &update, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(update, 1, id);
    pb_statement_json(update, 2, plan);
    pb_statement_integer(update, 3, pb_clock_now());
    return pb_statement_run(journal, update, err);
}

int
pb_journal_finish(struct pb_journal *journal, int64_t id,
                  const struct pb_json *report, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *update = NULL;
    if (pb_statement_prepare(
            journal,
            "UPDATE bisections SET status = '" PB_JOURNAL_FINISHED
            "', report = ?2, updated = ?3 WHERE id = ?1",
            &update, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(update, 1, id);
    pb_statement_json(update, 2, report);
    pb_statement_integer(update, 3, pb_clock_now());
    return pb_statement_run(journal, update, err);
}

int
pb_journal_list(struct pb_journal *journal, size_t limit, struct pb_json **out,
                struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    if (pb_statement_prepare(
            journal,
            "SELECT id, created, updated, status, title,"
            " json_extract(report, '$.outcome') FROM bisections"
            " ORDER BY updated DESC, id DESC LIMIT ?1",
            &query, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(query, 1, (int64_t)limit);
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(query)) == SQLITE_ROW) {
        struct pb_json *item = pb_json_object();
        static const char *const keys[] = {"id", "created", "updated"};
        for (int i = 0; i < 3; i++) {
            pb_json_set(item, keys[i],
                        pb_json_integer(sqlite3_column_int64(query, i)));
        }
        static const char *const texts[] = {"status", "title", "outcome"};
        for (int i = 0; i < 3; i++) {
            pb_json_set(item, texts[i],
                        pb_json_string(
                            (const char *)sqlite3_column_text(query, 3 + i)));
        }
        pb_json_append(list, item);
    }
    if (code != SQLITE_DONE) {
        return pb_database_fail(journal, "read", err);
    }
    *out = list;
    list = NULL;
    return 0;
}

/* --- steps -------------------------------------------------------------- */

int
pb_journal_add_step(struct pb_journal *journal, int64_t id, size_t number,
                    const struct pb_json *step, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    if (pb_statement_prepare(
            journal,
            "INSERT OR IGNORE INTO steps(bisection, number, at, step)"
            " VALUES(?1, ?2, ?3, ?4)",
            &insert, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(insert, 1, id);
    pb_statement_integer(insert, 2, (int64_t)number);
    pb_statement_integer(insert, 3, pb_clock_now());
    pb_statement_json(insert, 4, step);
    return pb_statement_run(journal, insert, err);
}

/* From a damaged step on: what follows it may not follow from what is done in
   its place. */
static int
cut_steps(struct pb_journal *journal, int64_t id, int64_t number,
          struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *remove = NULL;
    if (pb_statement_prepare(
            journal, "DELETE FROM steps WHERE bisection = ?1 AND number >= ?2",
            &remove, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(remove, 1, id);
    pb_statement_integer(remove, 2, number);
    if (pb_statement_run(journal, remove, err) < 0) {
        return -1;
    }
    journal->dropped += (size_t)sqlite3_changes(journal->db);
    return 0;
}

int
pb_journal_steps(struct pb_journal *journal, int64_t id, struct pb_json **out,
                 struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    if (pb_statement_prepare(
            journal,
            "SELECT at, step, number, " PB_WHOLE_STEP
            " FROM steps WHERE bisection = ?1 ORDER BY number",
            &query, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(query, 1, id);
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(query)) == SQLITE_ROW) {
        struct pb_json *step = pb_column_whole(journal, query, 1, 3);
        if (step == NULL) {
            int64_t number = sqlite3_column_int64(query, 2);
            sqlite3_reset(query);
            code = SQLITE_DONE;
            if (cut_steps(journal, id, number, err) < 0) {
                return -1;
            }
            break;
        }
        pb_json_set(step, "at",
                    pb_json_integer(sqlite3_column_int64(query, 0)));
        pb_json_append(list, step);
    }
    if (code != SQLITE_DONE) {
        return pb_database_fail(journal, "read", err);
    }
    *out = list;
    list = NULL;
    return 0;
}

int
pb_journal_forget_steps(struct pb_journal *journal, int64_t id,
                        struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *remove = NULL;
    if (pb_statement_prepare(journal, "DELETE FROM steps WHERE bisection = ?1",
                             &remove, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(remove, 1, id);
    return pb_statement_run(journal, remove, err);
}
