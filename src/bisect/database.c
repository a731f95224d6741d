/* Opening the journal's file. WAL with synchronous=FULL, so that a committed
   row survives a power cut. */
#include "bisect/database.h"

#include <errno.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/digest.h"
#include "pybisect/fs.h"
#include "pybisect/journal.h"

#define BUSY_TIMEOUT_MS 30000
#define RETRY_MS 10
#define SCHEMA_VERSION 2
#define SEAL_BYTES 8

/* Version 2 has the tables of nights and events beside those of version 1. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS bisections("
    " id INTEGER PRIMARY KEY, created INTEGER NOT NULL,"
    " updated INTEGER NOT NULL, status TEXT NOT NULL, title TEXT NOT NULL,"
    " plan TEXT NOT NULL, report TEXT);"
    "CREATE TABLE IF NOT EXISTS steps("
    " bisection INTEGER NOT NULL REFERENCES bisections(id),"
    " number INTEGER NOT NULL, at INTEGER NOT NULL, step TEXT NOT NULL,"
    " PRIMARY KEY(bisection, number)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS evaluations("
    " key BLOB PRIMARY KEY, at INTEGER NOT NULL, evaluation TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS events("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,"
    " about TEXT NOT NULL, payload TEXT NOT NULL, UNIQUE(kind, about));"
    "CREATE TABLE IF NOT EXISTS sent("
    " receiver TEXT NOT NULL, event INTEGER NOT NULL REFERENCES events(id),"
    " at INTEGER NOT NULL, PRIMARY KEY(receiver, event)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS nights("
    " id INTEGER PRIMARY KEY, night TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS cells("
    " night INTEGER NOT NULL REFERENCES nights(id), project TEXT NOT NULL,"
    " cell TEXT NOT NULL, PRIMARY KEY(night, project)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tests("
    " project TEXT NOT NULL, test TEXT NOT NULL, outcome TEXT NOT NULL,"
    " message TEXT, signature TEXT, green TEXT, failure INTEGER,"
    " runs INTEGER NOT NULL, failed INTEGER NOT NULL,"
    " PRIMARY KEY(project, test)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS changes("
    " night INTEGER NOT NULL REFERENCES nights(id), project TEXT NOT NULL,"
    " test TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,"
    " message TEXT, PRIMARY KEY(project, night, test)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS failures("
    " id INTEGER PRIMARY KEY, project TEXT NOT NULL, failure TEXT NOT NULL);"
    "PRAGMA user_version=2;"
    "COMMIT";

/* Rows had none at first; an older pybisect leaves it NULL. */
static const char seals[] = "BEGIN IMMEDIATE;"
                            "ALTER TABLE bisections ADD COLUMN seal BLOB;"
                            "ALTER TABLE steps ADD COLUMN seal BLOB;"
                            "ALTER TABLE evaluations ADD COLUMN seal BLOB;"
                            "COMMIT";

void
pb_database_hint_damaged(struct pb_error *err)
{
    pb_error_hint(err, "say 'pybisect cache verify --repair': it keeps what "
                       "can be read; the rest is done again");
}

/* What the system said, where it was the system; or 0. */
static int
system_error(sqlite3 *db, int primary)
{
    if (primary == SQLITE_FULL) {
        return ENOSPC;
    }
    return primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN
               ? sqlite3_system_errno(db)
               : 0;
}

int
pb_database_fail(struct pb_journal *journal, const char *what,
                 struct pb_error *err)
{
    int code = sqlite3_errcode(journal->db);
    int primary = code & 0xff;
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        pb_error_set(err, PB_ERROR_CORRUPT, "cannot %s '%s': %s", what,
                     journal->path, sqlite3_errmsg(journal->db));
        pb_database_hint_damaged(err);
        return -1;
    }
    int number = system_error(journal->db, primary);
    pb_error_set(err, PB_ERROR_ENVIRONMENT, "cannot %s '%s': %s%s%s", what,
                 journal->path, sqlite3_errmsg(journal->db),
                 number == 0 ? "" : ": ", number == 0 ? "" : strerror(number));
    err->errnum = number;
    if (number == ENOSPC || primary == SQLITE_IOERR) {
        pb_error_hint(err, "make room on its disk, then run 'pybisect "
                           "resume'");
    }
    else if (primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY ||
             primary == SQLITE_PERM)
    {
        pb_error_hint(err, "check that you may write to it and to its "
                           "directory");
    }
    else if (primary == SQLITE_BUSY) {
        pb_error_hint(err, "another pybisect holds it: wait for that one");
    }
    return -1;
}

static int
execute(struct pb_journal *journal, const char *sql, struct pb_error *err)
{
    if (sqlite3_exec(journal->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return pb_database_fail(journal, "set up", err);
    }
    return 0;
}

static int
read_version(struct pb_journal *journal, int *out, struct pb_error *err)
{
    sqlite3_stmt *query = NULL;
    int version = 0;
    bool known = sqlite3_prepare_v2(journal->db, "PRAGMA user_version", -1,
                                    &query, NULL) == SQLITE_OK &&
                 sqlite3_step(query) == SQLITE_ROW;
    if (known) {
        version = sqlite3_column_int(query, 0);
    }
    sqlite3_finalize(query);
    if (!known) {
        return pb_database_fail(journal, "read", err);
    }
    if (version < 0 || version > SCHEMA_VERSION) {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "'%s' was written by a newer pybisect (format %d, this "
                     "one knows %d)",
                     journal->path, version, SCHEMA_VERSION);
        pb_error_hint(err, "use that version, or another PYBISECT_HOME");
        return -1;
    }
    *out = version;
    return 0;
}

/* SQLite does not wait for the lock that the change to WAL takes: processes
   that make one journal together have to ask again. */
static int
use_wal(struct pb_journal *journal, struct pb_error *err)
{
    double end = pb_clock_monotonic() + BUSY_TIMEOUT_MS / 1000.0;
    int code = SQLITE_OK;
    do {
        code = sqlite3_exec(journal->db, "PRAGMA journal_mode=WAL", NULL, NULL,
                            NULL);
    } while ((code & 0xff) == SQLITE_BUSY && pb_clock_monotonic() < end &&
             sqlite3_sleep(RETRY_MS) > 0);
    return code == SQLITE_OK ? 0 : pb_database_fail(journal, "set up", err);
}

/* The start of the SHA-256 over types, lengths and contents. */
static void
seal(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    for (int i = 0; i < count; i++) {
        int type = sqlite3_value_type(values[i]);
        const void *bytes = sqlite3_value_blob(values[i]);
        int length = sqlite3_value_bytes(values[i]);
        pb_hasher_add(&hasher, &type, sizeof(type));
        pb_hasher_add(&hasher, &length, sizeof(length));
        if (length > 0) {
            pb_hasher_add(&hasher, bytes, (size_t)length);
        }
    }
    struct pb_digest digest = pb_hasher_finish(&hasher);
    sqlite3_result_blob(context, digest.bytes, SEAL_BYTES, SQLITE_TRANSIENT);
}

int
pb_database_add_seal(sqlite3 *db)
{
    return sqlite3_create_function(db, "pb_seal", -1,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                   seal, NULL, NULL);
}

static int
has_seals(struct pb_journal *journal, bool *out, struct pb_error *err)
{
    int code =
        sqlite3_table_column_metadata(journal->db, NULL, "evaluations", "seal",
                                      NULL, NULL, NULL, NULL, NULL);
    if (code != SQLITE_OK && code != SQLITE_ERROR) {
        return pb_database_fail(journal, "read", err);
    }
    *out = code == SQLITE_OK;
    return 0;
}

/* Two processes may see at once that there are none. */
static int
add_seals(struct pb_journal *journal, struct pb_error *err)
{
    bool there = false;
    if (has_seals(journal, &there, err) < 0) {
        return -1;
    }
    if (there || execute(journal, seals, err) == 0) {
        return 0;
    }
    struct pb_error ignored = PB_ERROR_INIT;
    execute(journal, "ROLLBACK", &ignored);
    if (has_seals(journal, &there, &ignored) < 0 || !there) {
        return -1;
    }
    pb_error_clear(err);
    return 0;
}

/* A journal that has its tables is not written to by opening it: a damaged
   one stays as it is, and nobody waits for anybody. */
static int
set_up(struct pb_journal *journal, struct pb_error *err)
{
    int version = 0;
    if (read_version(journal, &version, err) < 0 ||
        use_wal(journal, err) < 0 ||
        execute(journal,
                "PRAGMA synchronous=FULL;"
                "PRAGMA foreign_keys=ON;",
                err) < 0)
    {
        return -1;
    }
    if (version < SCHEMA_VERSION && execute(journal, schema, err) < 0) {
        return -1;
    }
    return add_seals(journal, err);
}

int
pb_journal_open(const char *path, struct pb_journal **out,
                struct pb_error *err)
{
    PB_AUTOFREE char *directory = pb_asprintf("%s/..", path);
    PB_AUTOFREE char *parent = pb_path_absolute(directory);
    if (pb_fs_mkdirs(parent, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_journal)
    struct pb_journal *journal = pb_alloc(sizeof(*journal));
    journal->path = pb_strdup(path);
    if (sqlite3_open(path, &journal->db) != SQLITE_OK) {
        return pb_database_fail(journal, "open", err);
    }
    sqlite3_busy_timeout(journal->db, BUSY_TIMEOUT_MS);
    sqlite3_extended_result_codes(journal->db, 1);
    if (pb_database_add_seal(journal->db) != SQLITE_OK) {
        return pb_database_fail(journal, "open", err);
    }
    if (set_up(journal, err) < 0) {
        return -1;
    }
    *out = journal;
    journal = NULL;
    return 0;
}

void
pb_journal_close(struct pb_journal *journal)
{
    if (journal == NULL) {
        return;
    }
    sqlite3_close(journal->db);
    free(journal->path);
    free(journal);
}
