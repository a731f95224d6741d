/* Opening the journal's file. WAL with synchronous=FULL, so that a committed
   row survives a power cut. */
#include "bisect/database.h"

#include <errno.h>
#include <string.h>

#include "bisect/tables.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/journal.h"

#define BUSY_TIMEOUT_MS 30000
#define RETRY_MS 10

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
    if (version < 0 || version > PB_TABLES_VERSION) {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "'%s' was written by a newer pybisect (format %d, this "
                     "one knows %d)",
                     journal->path, version, PB_TABLES_VERSION);
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
    return version < PB_TABLES_VERSION ? pb_tables_make(journal, err) : 0;
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
    if (pb_tables_add_seal(journal->db) != SQLITE_OK) {
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
