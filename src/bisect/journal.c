/* The journal in SQLite: three tables of JSON. */
#include "pybisect/journal.h"

#include <assert.h>
#include <string.h>

#include "bisect/database.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"

/* --- statements --------------------------------------------------------- */

static void
finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define STATEMENT PB_CLEANUP(finalize) sqlite3_stmt

static int
prepare(struct pb_journal *journal, const char *sql, sqlite3_stmt **out,
        struct pb_error *err)
{
    if (sqlite3_prepare_v2(journal->db, sql, -1, out, NULL) != SQLITE_OK) {
        return pb_database_fail(journal, "read", err);
    }
    return 0;
}

static void
bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    int code = sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
    assert(code == SQLITE_OK);
    (void)code;
}

static void
bind_json(sqlite3_stmt *statement, int index, const struct pb_json *json)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_json_write(json, false, &text);
    bind_text(statement, index, text.data);
}

static void
bind_integer(sqlite3_stmt *statement, int index, int64_t value)
{
    int code = sqlite3_bind_int64(statement, index, value);
    assert(code == SQLITE_OK);
    (void)code;
}

static void
bind_digest(sqlite3_stmt *statement, int index, const struct pb_digest *digest)
{
    int code = sqlite3_bind_blob(statement, index, digest->bytes,
                                 PB_DIGEST_SIZE, SQLITE_TRANSIENT);
    assert(code == SQLITE_OK);
    (void)code;
}

static int
run(struct pb_journal *journal, sqlite3_stmt *statement, struct pb_error *err)
{
    if (sqlite3_step(statement) != SQLITE_DONE) {
        return pb_database_fail(journal, "write", err);
    }
    return 0;
}

static int
execute(struct pb_journal *journal, const char *sql, struct pb_error *err)
{
    STATEMENT *statement = NULL;
    return prepare(journal, sql, &statement, err) < 0
               ? -1
               : run(journal, statement, err);
}

static char *
column_text(sqlite3_stmt *statement, int column)
{
    return pb_strdup((const char *)sqlite3_column_text(statement, column));
}

/* *out stays NULL for an SQL NULL. */
static int
column_json(struct pb_journal *journal, sqlite3_stmt *statement, int column,
            struct pb_json **out, struct pb_error *err)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    if (text == NULL) {
        return 0;
    }
    struct pb_json *json =
        pb_json_parse(text, strlen(text), journal->path, err);
    if (json == NULL) {
        err->code = PB_ERROR_CORRUPT;
        pb_database_hint_damaged(journal, err);
        return -1;
    }
    *out = json;
    return 0;
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
    STATEMENT *insert = NULL;
    if (prepare(journal,
                "INSERT INTO bisections(created, updated, status, title, plan)"
                " VALUES(?1, ?1, '" PB_JOURNAL_RUNNING "', ?2, ?3)",
                &insert, err) < 0)
    {
        return -1;
    }
    bind_integer(insert, 1, pb_clock_now());
    bind_text(insert, 2, title);
    bind_json(insert, 3, plan);
    if (run(journal, insert, err) < 0) {
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

int
pb_journal_load(struct pb_journal *journal, int64_t id, const char *status,
                struct pb_journal_bisection *out, struct pb_error *err)
{
    STATEMENT *query = NULL;
    if (prepare(journal,
                "SELECT id, created, updated, status, title, plan, report"
                " FROM bisections WHERE (?1 = 0 OR id = ?1)"
                " AND (?2 IS NULL OR status = ?2)"
                " ORDER BY updated DESC, id DESC LIMIT 1",
                &query, err) < 0)
    {
        return -1;
    }
    bind_integer(query, 1, id);
    bind_text(query, 2, status);
    int code = sqlite3_step(query);
    if (code == SQLITE_DONE) {
        return not_found(id, status, err);
    }
    if (code != SQLITE_ROW) {
        return pb_database_fail(journal, "read", err);
    }
    PB_AUTO(pb_journal_bisection)
    struct pb_journal_bisection found = {
        .id = sqlite3_column_int64(query, 0),
        .created = sqlite3_column_int64(query, 1),
        .updated = sqlite3_column_int64(query, 2),
        .status = column_text(query, 3),
        .title = column_text(query, 4),
    };
    if (column_json(journal, query, 5, &found.plan, err) < 0 ||
        column_json(journal, query, 6, &found.report, err) < 0)
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
    STATEMENT *update = NULL;
    if (prepare(journal,
                "UPDATE bisections SET plan = ?2, updated = ?3 WHERE id = ?1",
                &update, err) < 0)
    {
        return -1;
    }
    bind_integer(update, 1, id);
    bind_json(update, 2, plan);
    bind_integer(update, 3, pb_clock_now());
    return run(journal, update, err);
}

int
pb_journal_finish(struct pb_journal *journal, int64_t id,
                  const struct pb_json *report, struct pb_error *err)
{
    STATEMENT *update = NULL;
    if (prepare(journal,
                "UPDATE bisections SET status = '" PB_JOURNAL_FINISHED
                "', report = ?2, updated = ?3 WHERE id = ?1",
                &update, err) < 0)
    {
        return -1;
    }
    bind_integer(update, 1, id);
    bind_json(update, 2, report);
    bind_integer(update, 3, pb_clock_now());
    return run(journal, update, err);
}

int
pb_journal_list(struct pb_journal *journal, size_t limit, struct pb_json **out,
                struct pb_error *err)
{
    STATEMENT *query = NULL;
    if (prepare(journal,
                "SELECT id, created, updated, status, title,"
                " json_extract(report, '$.outcome') FROM bisections"
                " ORDER BY updated DESC, id DESC LIMIT ?1",
                &query, err) < 0)
    {
        return -1;
    }
    bind_integer(query, 1, (int64_t)limit);
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
    STATEMENT *insert = NULL;
    if (prepare(journal,
                "INSERT OR IGNORE INTO steps(bisection, number, at, step)"
                " VALUES(?1, ?2, ?3, ?4)",
                &insert, err) < 0)
    {
        return -1;
    }
    bind_integer(insert, 1, id);
    bind_integer(insert, 2, (int64_t)number);
    bind_integer(insert, 3, pb_clock_now());
    bind_json(insert, 4, step);
    return run(journal, insert, err);
}

int
pb_journal_steps(struct pb_journal *journal, int64_t id, struct pb_json **out,
                 struct pb_error *err)
{
    STATEMENT *query = NULL;
    if (prepare(journal,
                "SELECT at, step FROM steps WHERE bisection = ?1"
                " ORDER BY number",
                &query, err) < 0)
    {
        return -1;
    }
    bind_integer(query, 1, id);
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(query)) == SQLITE_ROW) {
        struct pb_json *step = NULL;
        if (column_json(journal, query, 1, &step, err) < 0) {
            return -1;
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
    STATEMENT *remove = NULL;
    if (prepare(journal, "DELETE FROM steps WHERE bisection = ?1", &remove,
                err) < 0)
    {
        return -1;
    }
    bind_integer(remove, 1, id);
    return run(journal, remove, err);
}

/* --- evaluations -------------------------------------------------------- */

int
pb_journal_get_evaluation(struct pb_journal *journal,
                          const struct pb_digest *key, struct pb_json **out,
                          struct pb_error *err)
{
    STATEMENT *query = NULL;
    if (prepare(journal, "SELECT evaluation FROM evaluations WHERE key = ?1",
                &query, err) < 0)
    {
        return -1;
    }
    bind_digest(query, 1, key);
    int code = sqlite3_step(query);
    if (code == SQLITE_DONE) {
        *out = NULL;
        return 0;
    }
    if (code != SQLITE_ROW) {
        return pb_database_fail(journal, "read", err);
    }
    struct pb_json *found = NULL;
    if (column_json(journal, query, 0, &found, err) < 0) {
        return -1;
    }
    *out = found;
    return 0;
}

bool
pb_journal_has_evaluation(struct pb_journal *journal,
                          const struct pb_digest *key)
{
    STATEMENT *query = NULL;
    struct pb_error ignored = PB_ERROR_INIT;
    if (prepare(journal, "SELECT 1 FROM evaluations WHERE key = ?1", &query,
                &ignored) < 0)
    {
        return false;
    }
    bind_digest(query, 1, key);
    return sqlite3_step(query) == SQLITE_ROW;
}

int
pb_journal_put_evaluation(struct pb_journal *journal,
                          const struct pb_digest *key,
                          const struct pb_json *evaluation,
                          struct pb_error *err)
{
    STATEMENT *insert = NULL;
    if (prepare(journal,
                "INSERT OR REPLACE INTO evaluations(key, at, evaluation)"
                " VALUES(?1, ?2, ?3)",
                &insert, err) < 0)
    {
        return -1;
    }
    bind_digest(insert, 1, key);
    bind_integer(insert, 2, pb_clock_now());
    bind_json(insert, 3, evaluation);
    return run(journal, insert, err);
}

/* Outputs are bound as a JSON list. */
static int
forget(struct pb_journal *journal, const char *sql,
       const struct pb_json *outputs, struct pb_error *err)
{
    STATEMENT *remove = NULL;
    if (prepare(journal, sql, &remove, err) < 0) {
        return -1;
    }
    bind_json(remove, 1, outputs);
    return run(journal, remove, err);
}

#define OF_OUTPUTS                                                            \
    " WHERE json_extract(evaluation, '$.output')"                             \
    " IN (SELECT value FROM json_each(?1))"

int
pb_journal_forget_outputs(struct pb_journal *journal,
                          const struct pb_strv *outputs, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    for (size_t i = 0; i < outputs->len; i++) {
        pb_json_append(list, pb_json_string(outputs->items[i]));
    }
    if (execute(journal, "BEGIN IMMEDIATE", err) < 0) {
        return -1;
    }
    if (forget(journal,
               "DELETE FROM steps WHERE bisection IN"
               " (SELECT bisection FROM steps JOIN bisections"
               "  ON bisections.id = steps.bisection"
               "  WHERE status = '" PB_JOURNAL_RUNNING "'"
               "  AND upper(json_extract(step, '$.evaluation'))"
               "  IN (SELECT hex(key) FROM evaluations" OF_OUTPUTS "))",
               list, err) < 0 ||
        forget(journal, "DELETE FROM evaluations" OF_OUTPUTS, list, err) < 0 ||
        execute(journal, "COMMIT", err) < 0)
    {
        struct pb_error ignored = PB_ERROR_INIT;
        execute(journal, "ROLLBACK", &ignored);
        return -1;
    }
    return 0;
}
