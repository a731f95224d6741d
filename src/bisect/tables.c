#include "bisect/tables.h"

#include "bisect/statement.h"
#include "pybisect/alloc.h"
#include "pybisect/digest.h"
#include "pybisect/journal.h"

#define SEAL_BYTES 8

#define TEST_COLUMNS                                                          \
    "project, test, outcome, message, signature, green, failure, runs,"       \
    " failed"
#define CHANGE_COLUMNS "night, project, test, before, after, message"

const struct pb_table pb_tables[PB_TABLE_COUNT] = {
    {"bisections", "id, created, updated, status, title, plan, report", "id",
     "id = NEW.id", PB_SEALED_BISECTION, false},
    {"steps", "bisection, number, at, step", "bisection, number",
     "bisection = NEW.bisection AND number = NEW.number", PB_SEALED_STEP,
     false},
    {"evaluations", "key, at, evaluation", "key", "key = NEW.key",
     PB_SEALED_EVALUATION, false},
    {"nights", "id, night", "id", "id = NEW.id", "id, night", true},
    {"cells", "night, project, cell", "night, project",
     "night = NEW.night AND project = NEW.project", "night, project, cell",
     true},
    {"tests", TEST_COLUMNS, "project, test",
     "project = NEW.project AND test = NEW.test", TEST_COLUMNS, true},
    {"changes", CHANGE_COLUMNS, "project, night",
     "project = NEW.project AND night = NEW.night AND test = NEW.test",
     CHANGE_COLUMNS, true},
    {"failures", "id, project, failure", "id", "id = NEW.id",
     "id, project, failure", true},
    {"events", "id, at, kind, about, payload", "id", "id = NEW.id",
     "id, at, kind, about, payload", true},
    {"sent", "receiver, event, at", "receiver, event",
     "receiver = NEW.receiver AND event = NEW.event", "receiver, event, at",
     true},
};

/* Version 2 has the tables of nights and events beside those of version 1,
   version 3 a seal in each row. */
static const char schema[] =
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
    " id INTEGER PRIMARY KEY, project TEXT NOT NULL, failure TEXT NOT NULL);";

/* Steps after one that is lost, and those of a bisection that is lost. A test
   that is red for a failure that is lost counts as never seen. */
const char pb_tables_loose_ends[] =
    "DELETE FROM steps WHERE bisection NOT IN (SELECT id FROM bisections)"
    " OR number > (SELECT count(*) FROM steps AS all_steps"
    "  WHERE all_steps.bisection = steps.bisection"
    "  AND all_steps.number <= steps.number);"
    "DELETE FROM cells WHERE night NOT IN (SELECT id FROM nights);"
    "DELETE FROM changes WHERE night NOT IN (SELECT id FROM nights);"
    "DELETE FROM tests WHERE failure <> 0"
    " AND failure NOT IN (SELECT id FROM failures);"
    "DELETE FROM sent WHERE event NOT IN (SELECT id FROM events);";

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
pb_tables_add_seal(sqlite3 *db)
{
    return sqlite3_create_function(db, "pb_seal", -1,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                   seal, NULL, NULL);
}

static int
execute(struct pb_journal *journal, const char *sql, struct pb_error *err)
{
    if (sqlite3_exec(journal->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return pb_database_fail(journal, "set up", err);
    }
    return 0;
}

/* The triggers are not fired by what they do themselves: that is off unless
   asked for, and the seal is not among the columns. */
static int
add_seal(struct pb_journal *journal, const struct pb_table *table,
         struct pb_error *err)
{
    bool there = sqlite3_table_column_metadata(journal->db, NULL, table->name,
                                               "seal", NULL, NULL, NULL, NULL,
                                               NULL) == SQLITE_OK;
    PB_AUTOFREE char *column =
        pb_asprintf("ALTER TABLE %s ADD COLUMN seal BLOB", table->name);
    PB_AUTOFREE char *rows =
        pb_asprintf("UPDATE %s SET seal = pb_seal(%s) WHERE seal IS NULL",
                    table->name, table->sealed);
    PB_AUTOFREE char *body =
        pb_asprintf("BEGIN UPDATE %s SET seal = pb_seal(%s) WHERE %s; END",
                    table->name, table->sealed, table->same);
    PB_AUTOFREE char *triggers = pb_asprintf(
        "CREATE TRIGGER IF NOT EXISTS %s_inserted AFTER INSERT ON %s %s;"
        "CREATE TRIGGER IF NOT EXISTS %s_updated AFTER UPDATE OF %s ON %s %s",
        table->name, table->name, body, table->name, table->sealed,
        table->name, body);
    if (!there && execute(journal, column, err) < 0) {
        return -1;
    }
    return execute(journal, rows, err) < 0 ? -1
                                           : execute(journal, triggers, err);
}

static int
make_all(struct pb_journal *journal, struct pb_error *err)
{
    PB_AUTOFREE char *version =
        pb_asprintf("PRAGMA user_version=%d", PB_TABLES_VERSION);
    if (execute(journal, schema, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < PB_TABLE_COUNT; i++) {
        if (add_seal(journal, &pb_tables[i], err) < 0) {
            return -1;
        }
    }
    return execute(journal, version, err);
}

int
pb_tables_make(struct pb_journal *journal, struct pb_error *err)
{
    struct pb_error ignored = PB_ERROR_INIT;
    if (execute(journal, "BEGIN IMMEDIATE", err) < 0) {
        return -1;
    }
    if (make_all(journal, err) == 0 && execute(journal, "COMMIT", err) == 0) {
        return 0;
    }
    execute(journal, "ROLLBACK", &ignored);
    return -1;
}

static int
drop_damaged(struct pb_journal *journal, struct pb_error *err)
{
    for (size_t i = 0; i < PB_TABLE_COUNT; i++) {
        const struct pb_table *table = &pb_tables[i];
        if (!table->of_nights) {
            continue;
        }
        PB_AUTOFREE char *sql =
            pb_asprintf("DELETE FROM %s WHERE NOT (" PB_WHOLE("%s") ")",
                        table->name, table->sealed);
        if (pb_statement_execute(journal, sql, err) < 0) {
            return -1;
        }
        journal->dropped += (size_t)sqlite3_changes(journal->db);
    }
    return journal->dropped == 0 ? 0
                                 : execute(journal, pb_tables_loose_ends, err);
}

int
pb_journal_check_nights(struct pb_journal *journal, struct pb_error *err)
{
    struct pb_error ignored = PB_ERROR_INIT;
    if (execute(journal, "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys=ON",
                err) < 0) {
        return -1;
    }
    if (drop_damaged(journal, err) == 0 &&
        execute(journal, "COMMIT", err) == 0) {
        return 0;
    }
    execute(journal, "ROLLBACK", &ignored);
    return -1;
}
