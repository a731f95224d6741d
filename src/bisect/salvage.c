/* Checking a journal, and making a new one of what can be read of a damaged
   one. */
#include <stdlib.h>
#include <string.h>

#include "bisect/tables.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/journal.h"

#define PLACES "?,?,?,?,?,?,?,?,?" /* as many as any table has columns */

struct copying {
    sqlite3 *from;
    struct pb_journal *to; /* NULL: only checked */
    size_t checked;
    size_t damaged;
};

/* In both orders of its key: a damaged page is come upon from both sides. */
static sqlite3_stmt *
select_rows(const struct copying *copying, const struct pb_table *table,
            const char *order)
{
    /* "bisection DESC, number DESC" */
    const char *comma = strchr(table->key, ',');
    int first =
        comma == NULL ? (int)strlen(table->key) : (int)(comma - table->key);
    PB_AUTOFREE char *sql = pb_asprintf(
        "SELECT %s, " PB_WHOLE("%s") " FROM %s ORDER BY %.*s %s%s%s%s",
        table->columns, table->sealed, table->name, first, table->key, order,
        comma == NULL ? "" : comma, comma == NULL ? "" : " ",
        comma == NULL ? "" : order);
    sqlite3_stmt *rows = NULL;
    sqlite3_prepare_v2(copying->from, sql, -1, &rows, NULL);
    return rows;
}

static int
insert_row(const struct copying *copying, const struct pb_table *table,
           sqlite3_stmt *row, int columns, struct pb_error *err)
{
    PB_AUTOFREE char *sql =
        pb_asprintf("INSERT OR IGNORE INTO %s(%s) VALUES(%.*s)", table->name,
                    table->columns, 2 * columns - 1, PLACES);
    sqlite3_stmt *insert = NULL;
    int code = sqlite3_prepare_v2(copying->to->db, sql, -1, &insert, NULL);
    for (int i = 0; code == SQLITE_OK && i < columns; i++) {
        code = sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
    }
    if (code == SQLITE_OK) {
        code = sqlite3_step(insert);
    }
    sqlite3_finalize(insert);
    return code == SQLITE_DONE ? 0
                               : pb_database_fail(copying->to, "write", err);
}

/* *out_ended false: a damaged page is in the way. */
static int
copy_rows(struct copying *copying, const struct pb_table *table,
          const char *order, bool count, bool *out_ended, struct pb_error *err)
{
    sqlite3_stmt *rows = select_rows(copying, table, order);
    int columns = rows == NULL ? 0 : sqlite3_column_count(rows) - 1;
    int status = 0;
    int code = SQLITE_ERROR;
    while (status == 0 && rows != NULL &&
           (code = sqlite3_step(rows)) == SQLITE_ROW)
    {
        bool whole = sqlite3_column_int(rows, columns) != 0;
        copying->checked += count;
        copying->damaged += count && !whole;
        if (whole && copying->to != NULL) {
            status = insert_row(copying, table, rows, columns, err);
        }
    }
    sqlite3_finalize(rows);
    *out_ended = code == SQLITE_DONE;
    return status;
}

static int
copy_table(struct copying *copying, const struct pb_table *table,
           struct pb_error *err)
{
    bool ended = false;
    if (copy_rows(copying, table, "ASC", true, &ended, err) < 0) {
        return -1;
    }
    if (ended) {
        return 0;
    }
    copying->damaged++;
    return copy_rows(copying, table, "DESC", false, &ended, err);
}

static int
copy_all(struct copying *copying, struct pb_error *err)
{
    struct pb_journal *to = copying->to;
    if (to != NULL && sqlite3_exec(to->db,
                                   "PRAGMA foreign_keys=OFF;"
                                   "BEGIN",
                                   NULL, NULL, NULL) != SQLITE_OK)
    {
        return pb_database_fail(to, "write", err);
    }
    for (size_t i = 0; i < PB_TABLE_COUNT; i++) {
        if (copy_table(copying, &pb_tables[i], err) < 0) {
            return -1;
        }
    }
    if (to != NULL && (sqlite3_exec(to->db, pb_tables_loose_ends, NULL, NULL,
                                    NULL) != SQLITE_OK ||
                       sqlite3_exec(to->db,
                                    "COMMIT;"
                                    "PRAGMA wal_checkpoint(TRUNCATE)",
                                    NULL, NULL, NULL) != SQLITE_OK))
    {
        return pb_database_fail(to, "write", err);
    }
    return 0;
}

/* Whatever is wrong with it shows when it is read. */
static int
open_damaged(const char *path, sqlite3 **out, struct pb_error *err)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        pb_tables_add_seal(db) != SQLITE_OK)
    {
        pb_error_set(err, PB_ERROR_ENVIRONMENT, "cannot open '%s': %s", path,
                     sqlite3_errmsg(db));
        sqlite3_close(db);
        return -1;
    }
    *out = db;
    return 0;
}

static bool
is_sound(sqlite3 *db)
{
    sqlite3_stmt *check = NULL;
    bool sound =
        sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &check, NULL) ==
            SQLITE_OK &&
        sqlite3_step(check) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(check, 0), "ok") == 0;
    sqlite3_finalize(check);
    return sound;
}

static int
check(const char *path, sqlite3 *db, struct copying *out, struct pb_error *err)
{
    /* One that was begun by an older pybisect has no seals before. */
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTO(pb_journal) struct pb_journal *journal = NULL;
    (void)pb_journal_open(path, &journal, &ignored);
    *out = (struct copying){.from = db};
    if (copy_all(out, err) < 0) {
        return -1;
    }
    out->damaged += out->damaged == 0 && !is_sound(db);
    return 0;
}

/* Caller frees. */
static char *
name_aside(const char *path)
{
    for (int i = 1;; i++) {
        char *name = pb_asprintf("%s.damaged-%d", path, i);
        if (!pb_fs_exists(name)) {
            return name;
        }
        free(name);
    }
}

static int
make_new(sqlite3 *from, const char *target, struct pb_error *err)
{
    PB_AUTO(pb_journal) struct pb_journal *to = NULL;
    if (pb_journal_open(target, &to, err) < 0) {
        return -1;
    }
    struct copying copying = {.from = from, .to = to};
    return copy_all(&copying, err);
}

/* The damaged file keeps its write-ahead log. */
static int
exchange(const char *path, const char *made, const char *aside,
         struct pb_error *err)
{
    PB_AUTOFREE char *parent =
        pb_strndup(path, (size_t)(pb_path_base(path) - path));
    PB_AUTOFREE char *log = pb_asprintf("%s-wal", path);
    PB_AUTOFREE char *memory = pb_asprintf("%s-shm", path);
    PB_AUTOFREE char *log_aside = pb_asprintf("%s-wal", aside);
    if ((pb_fs_exists(log) && pb_fs_rename(log, log_aside, err) < 0) ||
        pb_fs_remove(memory, err) < 0 || pb_fs_rename(path, aside, err) < 0 ||
        pb_fs_rename(made, path, err) < 0)
    {
        return -1;
    }
    return pb_fs_sync_directory(parent[0] == '\0' ? "." : parent, err);
}

/* Closes the damaged one: SQLite would remove files by their old names. */
static int
salvage(const char *path, sqlite3 **from, char **out_kept,
        struct pb_error *err)
{
    PB_AUTOFREE char *made = pb_asprintf("%s.salvaged", path);
    PB_AUTOFREE char *aside = name_aside(path);
    if (pb_fs_remove(made, err) < 0 || make_new(*from, made, err) < 0) {
        return -1;
    }
    sqlite3_close(*from);
    *from = NULL;
    if (exchange(path, made, aside, err) < 0) {
        return -1;
    }
    *out_kept = aside;
    aside = NULL;
    return 0;
}

int
pb_journal_verify(const char *path, bool repair, size_t *out_checked,
                  size_t *out_damaged, char **out_kept, struct pb_error *err)
{
    struct copying found = {.from = NULL};
    sqlite3 *db = NULL;
    *out_kept = NULL;
    if (pb_fs_exists(path)) {
        if (open_damaged(path, &db, err) < 0) {
            return -1;
        }
        int status = check(path, db, &found, err);
        if (status == 0 && repair && found.damaged > 0) {
            status = salvage(path, &db, out_kept, err);
        }
        sqlite3_close(db);
        if (status < 0) {
            return -1;
        }
    }
    *out_checked = found.checked;
    *out_damaged = found.damaged;
    return 0;
}
