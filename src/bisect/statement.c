/* Statements of the journal's database. */
#include "bisect/statement.h"

#include <assert.h>
#include <string.h>

#include "pybisect/alloc.h"

int
pb_statement_prepare(struct pb_journal *journal, const char *sql,
                     sqlite3_stmt **out, struct pb_error *err)
{
    if (sqlite3_prepare_v2(journal->db, sql, -1, out, NULL) != SQLITE_OK) {
        return pb_database_fail(journal, "read", err);
    }
    return 0;
}

void
pb_statement_text(sqlite3_stmt *statement, int index, const char *text)
{
    int code = sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
    assert(code == SQLITE_OK);
    (void)code;
}

void
pb_statement_json(sqlite3_stmt *statement, int index,
                  const struct pb_json *json)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (json != NULL) {
        pb_json_write(json, false, &text);
        pb_statement_text(statement, index, text.data);
    }
}

void
pb_statement_integer(sqlite3_stmt *statement, int index, int64_t value)
{
    int code = sqlite3_bind_int64(statement, index, value);
    assert(code == SQLITE_OK);
    (void)code;
}

void
pb_statement_digest(sqlite3_stmt *statement, int index,
                    const struct pb_digest *digest)
{
    int code = sqlite3_bind_blob(statement, index, digest->bytes,
                                 PB_DIGEST_SIZE, SQLITE_TRANSIENT);
    assert(code == SQLITE_OK);
    (void)code;
}

int
pb_statement_run(struct pb_journal *journal, sqlite3_stmt *statement,
                 struct pb_error *err)
{
    if (sqlite3_step(statement) != SQLITE_DONE) {
        return pb_database_fail(journal, "write", err);
    }
    return 0;
}

int
pb_statement_execute(struct pb_journal *journal, const char *sql,
                     struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *statement = NULL;
    return pb_statement_prepare(journal, sql, &statement, err) < 0
               ? -1
               : pb_statement_run(journal, statement, err);
}

int
pb_statement_next(struct pb_journal *journal, sqlite3_stmt *statement,
                  bool *out_row, struct pb_error *err)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return pb_database_fail(journal, "read", err);
    }
    *out_row = code == SQLITE_ROW;
    return 0;
}

char *
pb_column_text(sqlite3_stmt *statement, int column)
{
    return pb_strdup((const char *)sqlite3_column_text(statement, column));
}

int
pb_column_json(struct pb_journal *journal, sqlite3_stmt *statement, int column,
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
        pb_database_hint_damaged(err);
        return -1;
    }
    *out = json;
    return 0;
}

struct pb_json *
pb_column_whole(struct pb_journal *journal, sqlite3_stmt *statement,
                int column, int whole)
{
    struct pb_json *json = NULL;
    struct pb_error ignored = PB_ERROR_INIT;
    if (sqlite3_column_int(statement, whole) == 0 ||
        pb_column_json(journal, statement, column, &json, &ignored) < 0)
    {
        return NULL;
    }
    return json;
}
