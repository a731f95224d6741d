/* The tables of nights. */
#include "bisect/night_store.h"

#include <string.h>

#include "bisect/statement.h"
#include "pybisect/alloc.h"

/* --- changes that belong together --------------------------------------- */

static int
execute(struct pb_journal *journal, const char *sql, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *statement = NULL;
    return pb_statement_prepare(journal, sql, &statement, err) < 0
               ? -1
               : pb_statement_run(journal, statement, err);
}

int
pb_night_begin_change(struct pb_journal *journal, struct pb_error *err)
{
    return execute(journal, "BEGIN IMMEDIATE", err);
}

int
pb_night_end_change(struct pb_journal *journal, bool keep,
                    struct pb_error *err)
{
    return execute(journal, keep ? "COMMIT" : "ROLLBACK", err);
}

/* --- JSON with an id ---------------------------------------------------- */

static struct pb_json *
steal(struct pb_json **value)
{
    struct pb_json *taken = *value;
    *value = NULL;
    return taken;
}

/* Rows of (id, JSON) as an array of objects. */
static int
read_objects(struct pb_journal *journal, sqlite3_stmt *query,
             struct pb_json *out, struct pb_error *err)
{
    bool row = true;
    while (row) {
        struct pb_json *object = NULL;
        if (pb_statement_next(journal, query, &row, err) < 0 ||
            (row && pb_column_json(journal, query, 1, &object, err) < 0))
        {
            return -1;
        }
        if (row) {
            pb_json_set(object, "id",
                        pb_json_integer(sqlite3_column_int64(query, 0)));
            pb_json_append(out, object);
        }
    }
    return 0;
}

static int
save_object(struct pb_journal *journal, const char *sql,
            struct pb_json *object, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    int64_t id = pb_json_get_integer(object, "id");
    if (pb_statement_prepare(journal, sql, &insert, err) < 0) {
        return -1;
    }
    if (id != 0) {
        pb_statement_integer(insert, 1, id);
    }
    pb_statement_json(insert, 2, object);
    if (sqlite3_bind_parameter_count(insert) > 2) {
        pb_statement_text(insert, 3, pb_json_get_string(object, "project"));
    }
    if (pb_statement_run(journal, insert, err) < 0) {
        return -1;
    }
    if (id == 0) {
        pb_json_set(object, "id",
                    pb_json_integer(sqlite3_last_insert_rowid(journal->db)));
    }
    return 0;
}

/* --- nights ------------------------------------------------------------- */

int
pb_night_list(struct pb_journal *journal, size_t limit, struct pb_json **out,
              struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    if (pb_statement_prepare(journal,
                             "SELECT id, night FROM (SELECT id, night FROM"
                             " nights ORDER BY id DESC LIMIT ?1) ORDER BY id",
                             &query, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(query, 1, (int64_t)limit);
    if (read_objects(journal, query, list, err) < 0) {
        return -1;
    }
    *out = steal(&list);
    return 0;
}

int
pb_night_last(struct pb_journal *journal, struct pb_json **out,
              struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *list = NULL;
    if (pb_night_list(journal, 1, &list, err) < 0) {
        return -1;
    }
    const struct pb_json *last = pb_json_at(list, 0);
    *out = last == NULL ? NULL : pb_json_copy(last);
    return 0;
}

int
pb_night_save(struct pb_journal *journal, struct pb_json *night,
              struct pb_error *err)
{
    return save_object(journal,
                       "INSERT INTO nights(id, night) VALUES(?1, ?2)"
                       " ON CONFLICT(id) DO UPDATE SET night = ?2",
                       night, err);
}

/* --- cells -------------------------------------------------------------- */

static int
read_cell(struct pb_journal *journal, const char *sql, int64_t night,
          const char *project, struct pb_json **out, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    bool row = false;
    struct pb_json *cell = NULL;
    if (pb_statement_prepare(journal, sql, &query, err) < 0) {
        return -1;
    }
    pb_statement_integer(query, 1, night);
    pb_statement_text(query, 2, project);
    if (pb_statement_next(journal, query, &row, err) < 0 ||
        (row && pb_column_json(journal, query, 0, &cell, err) < 0))
    {
        return -1;
    }
    *out = cell;
    return 0;
}

int
pb_night_cell(struct pb_journal *journal, int64_t night, const char *project,
              struct pb_json **out, struct pb_error *err)
{
    return read_cell(journal,
                     "SELECT cell FROM cells WHERE night = ?1"
                     " AND project = ?2",
                     night, project, out, err);
}

int
pb_night_cell_before(struct pb_journal *journal, int64_t night,
                     const char *project, struct pb_json **out,
                     struct pb_error *err)
{
    return read_cell(journal,
                     "SELECT cell FROM cells WHERE night < ?1"
                     " AND project = ?2 AND json_extract(cell, '$.taken')"
                     " ORDER BY night DESC LIMIT 1",
                     night, project, out, err);
}

int
pb_night_cell_save(struct pb_journal *journal, int64_t night,
                   const char *project, const struct pb_json *cell,
                   struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    if (pb_statement_prepare(journal,
                             "INSERT OR REPLACE INTO cells(night, project,"
                             " cell) VALUES(?1, ?2, ?3)",
                             &insert, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(insert, 1, night);
    pb_statement_text(insert, 2, project);
    pb_statement_json(insert, 3, cell);
    return pb_statement_run(journal, insert, err);
}

int
pb_night_cells(struct pb_journal *journal, int64_t from, struct pb_json **out,
               struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    bool row = true;
    if (pb_statement_prepare(journal,
                             "SELECT night, project, cell FROM cells WHERE"
                             " night >= ?1 ORDER BY project, night",
                             &query, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(query, 1, from);
    while (row) {
        struct pb_json *cell = NULL;
        if (pb_statement_next(journal, query, &row, err) < 0 ||
            (row && pb_column_json(journal, query, 2, &cell, err) < 0))
        {
            return -1;
        }
        if (row) {
            const char *project = (const char *)sqlite3_column_text(query, 1);
            pb_json_set(cell, "night",
                        pb_json_integer(sqlite3_column_int64(query, 0)));
            pb_json_set(cell, "project", pb_json_string(project));
            pb_json_append(list, cell);
        }
    }
    *out = steal(&list);
    return 0;
}

/* --- tests -------------------------------------------------------------- */

static void
free_row(struct pb_night_row *row)
{
    free(row->test);
    free(row->message);
    free(row->signature);
    free(row->green);
    free(row);
}

void
pb_night_rows_clear(struct pb_night_rows *rows)
{
    for (size_t i = 0; i < rows->len; i++) {
        free_row(rows->items[i]);
    }
    free(rows->items);
    pb_map_free(rows->index);
    memset(rows, 0, sizeof(*rows));
}

struct pb_night_row *
pb_night_rows_get(const struct pb_night_rows *rows, const char *test)
{
    return rows->index == NULL ? NULL : pb_map_get(rows->index, test);
}

struct pb_night_row *
pb_night_rows_add(struct pb_night_rows *rows, const char *test)
{
    struct pb_night_row *row = pb_alloc(sizeof(*row));
    *row = (struct pb_night_row){
        .test = pb_strdup(test),
        .outcome = PB_OUTCOME_PASS,
        .touched = true,
    };
    if (rows->index == NULL) {
        rows->index = pb_map_new(NULL);
    }
    PB_GROW(rows->items, rows->len, rows->cap);
    rows->items[rows->len++] = row;
    pb_map_set(rows->index, row->test, row);
    return row;
}

static void
read_row(sqlite3_stmt *query, struct pb_night_rows *rows)
{
    const char *name = (const char *)sqlite3_column_text(query, 0);
    struct pb_night_row *row = pb_night_rows_add(rows, name);
    pb_outcome_parse((const char *)sqlite3_column_text(query, 1),
                     &row->outcome);
    row->message = pb_column_text(query, 2);
    row->signature = pb_column_text(query, 3);
    row->green = pb_column_text(query, 4);
    row->failure = sqlite3_column_int64(query, 5);
    row->runs = sqlite3_column_int64(query, 6);
    row->failed = sqlite3_column_int64(query, 7);
    row->touched = false;
}

int
pb_night_rows_load(struct pb_journal *journal, const char *project,
                   struct pb_night_rows *out, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    bool row = true;
    if (pb_statement_prepare(journal,
                             "SELECT test, outcome, message, signature, green,"
                             " failure, runs, failed FROM tests"
                             " WHERE project = ?1 ORDER BY test",
                             &query, err) < 0)
    {
        return -1;
    }
    pb_statement_text(query, 1, project);
    while (row) {
        if (pb_statement_next(journal, query, &row, err) < 0) {
            return -1;
        }
        if (row) {
            read_row(query, out);
        }
    }
    return 0;
}

static int
save_row(struct pb_journal *journal, const char *project,
         const struct pb_night_row *row, sqlite3_stmt *insert,
         struct pb_error *err)
{
    sqlite3_reset(insert);
    pb_statement_text(insert, 1, project);
    pb_statement_text(insert, 2, row->test);
    pb_statement_text(insert, 3, pb_outcome_name(row->outcome));
    pb_statement_text(insert, 4, row->message);
    pb_statement_text(insert, 5, row->signature);
    pb_statement_text(insert, 6, row->green);
    pb_statement_integer(insert, 7, row->failure);
    pb_statement_integer(insert, 8, row->runs);
    pb_statement_integer(insert, 9, row->failed);
    return pb_statement_run(journal, insert, err);
}

int
pb_night_rows_save(struct pb_journal *journal, const char *project,
                   const struct pb_night_rows *rows, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    if (pb_statement_prepare(journal,
                             "INSERT OR REPLACE INTO tests(project, test,"
                             " outcome, message, signature, green, failure,"
                             " runs, failed)"
                             " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                             &insert, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < rows->len; i++) {
        if (rows->items[i]->touched &&
            save_row(journal, project, rows->items[i], insert, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

int
pb_night_add_change(struct pb_journal *journal, int64_t night,
                    const char *project, const char *test, const char *before,
                    const char *after, const char *message,
                    struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    if (pb_statement_prepare(journal,
                             "INSERT OR REPLACE INTO changes(night, project,"
                             " test, before, after, message)"
                             " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                             &insert, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(insert, 1, night);
    pb_statement_text(insert, 2, project);
    pb_statement_text(insert, 3, test);
    pb_statement_text(insert, 4, before);
    pb_statement_text(insert, 5, after);
    pb_statement_text(insert, 6, message);
    return pb_statement_run(journal, insert, err);
}

/* Rows as objects: columns by the names that the query gives them. */
static int
read_named(struct pb_journal *journal, const char *sql, const char *project,
           size_t limit, struct pb_json **out, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    bool row = true;
    if (pb_statement_prepare(journal, sql, &query, err) < 0) {
        return -1;
    }
    pb_statement_text(query, 1, project);
    pb_statement_integer(query, 2, (int64_t)limit);
    while (row) {
        if (pb_statement_next(journal, query, &row, err) < 0) {
            return -1;
        }
        struct pb_json *object = row ? pb_json_object() : NULL;
        for (int i = 0; row && i < sqlite3_column_count(query); i++) {
            bool number = sqlite3_column_type(query, i) == SQLITE_INTEGER;
            const char *text = (const char *)sqlite3_column_text(query, i);
            pb_json_set(object, sqlite3_column_name(query, i),
                        number
                            ? pb_json_integer(sqlite3_column_int64(query, i))
                            : pb_json_string(text));
        }
        if (row) {
            pb_json_append(list, object);
        }
    }
    *out = steal(&list);
    return 0;
}

int
pb_night_changes(struct pb_journal *journal, const char *project, size_t limit,
                 struct pb_json **out, struct pb_error *err)
{
    return read_named(journal,
                      "SELECT test, night, before AS 'from', after AS 'to',"
                      " message FROM changes WHERE project = ?1"
                      " ORDER BY night DESC, test LIMIT ?2",
                      project, limit, out, err);
}

int
pb_night_flaky(struct pb_journal *journal, const char *project, size_t limit,
               struct pb_json **out, struct pb_error *err)
{
    return read_named(journal,
                      "SELECT test, runs, failed FROM tests"
                      " WHERE project = ?1 AND failed > 0"
                      " ORDER BY 1.0 * failed / runs DESC, failed DESC, test"
                      " LIMIT ?2",
                      project, limit, out, err);
}

/* --- failures ----------------------------------------------------------- */

int
pb_night_failure_save(struct pb_journal *journal, struct pb_json *failure,
                      struct pb_error *err)
{
    return save_object(journal,
                       "INSERT INTO failures(id, failure, project)"
                       " VALUES(?1, ?2, ?3)"
                       " ON CONFLICT(id) DO UPDATE SET failure = ?2",
                       failure, err);
}

int
pb_night_failures(struct pb_journal *journal, const char *project,
                  struct pb_json **out, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    PB_AUTO(pb_json) struct pb_json *list = pb_json_array();
    if (pb_statement_prepare(journal,
                             "SELECT id, failure FROM failures"
                             " WHERE ?1 IS NULL OR project = ?1 ORDER BY id",
                             &query, err) < 0)
    {
        return -1;
    }
    pb_statement_text(query, 1, project);
    if (read_objects(journal, query, list, err) < 0) {
        return -1;
    }
    *out = steal(&list);
    return 0;
}
