/* Prepared statements of the journal's database, bound and read. */
#ifndef PYBISECT_BISECT_STATEMENT_H
#define PYBISECT_BISECT_STATEMENT_H

#include <stdbool.h>

#include "bisect/database.h"
#include "pybisect/digest.h"
#include "pybisect/json.h"

static inline void
pb_statement_auto(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

int pb_statement_prepare(struct pb_journal *journal, const char *sql,
                         sqlite3_stmt **out, struct pb_error *err);
/* Parameters count from 1. NULL is an SQL NULL. */
void pb_statement_text(sqlite3_stmt *statement, int index, const char *text);
void pb_statement_json(sqlite3_stmt *statement, int index,
                       const struct pb_json *json);
void pb_statement_integer(sqlite3_stmt *statement, int index, int64_t value);
void pb_statement_digest(sqlite3_stmt *statement, int index,
                         const struct pb_digest *digest);
/* One that gives no rows. */
int pb_statement_run(struct pb_journal *journal, sqlite3_stmt *statement,
                     struct pb_error *err);
/* Likewise, without parameters. */
int pb_statement_execute(struct pb_journal *journal, const char *sql,
                         struct pb_error *err);
/* The next row; false in *out_row: there is none. */
int pb_statement_next(struct pb_journal *journal, sqlite3_stmt *statement,
                      bool *out_row, struct pb_error *err);

/* Columns count from 0. NULL of an SQL NULL; caller frees. */
char *pb_column_text(sqlite3_stmt *statement, int column);
/* *out stays NULL for an SQL NULL. */
int pb_column_json(struct pb_journal *journal, sqlite3_stmt *statement,
                   int column, struct pb_json **out, struct pb_error *err);

/* NULL when column `whole` says that the row is not as it was written. */
struct pb_json *pb_column_whole(struct pb_journal *journal,
                                sqlite3_stmt *statement, int column,
                                int whole);

#endif
