/* Evaluations in the journal: what is known of an interpreter, whoever asked.
 */
#include "pybisect/journal.h"

#include "bisect/statement.h"
#include "bisect/tables.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"

static int
drop_evaluation(struct pb_journal *journal, const struct pb_digest *key,
                struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *remove = NULL;
    if (pb_statement_prepare(journal, "DELETE FROM evaluations WHERE key = ?1",
                             &remove, err) < 0)
    {
        return -1;
    }
    pb_statement_digest(remove, 1, key);
    journal->dropped++;
    return pb_statement_run(journal, remove, err);
}

static int
read_build_seconds(struct pb_journal *journal, const char *hex,
                   double *out_seconds, struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *evaluation = NULL;
    struct pb_digest key;
    *out_seconds = 0;
    if (hex == NULL || !pb_digest_parse(hex, &key)) {
        return 0;
    }
    if (pb_journal_get_evaluation(journal, &key, &evaluation, err) < 0) {
        return -1;
    }
    *out_seconds = pb_json_get_real(evaluation, "build_seconds");
    return 0;
}

int
pb_journal_clean_build(struct pb_journal *journal, int64_t id, size_t count,
                       double *out_seconds, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    bool row = true;
    double sum = 0;
    size_t found = 0;
    if (pb_statement_prepare(
            journal,
            "SELECT json_extract(step, '$.evaluation') FROM steps"
            " WHERE bisection < ?1 AND json_extract(step, '$.clean')"
            " AND json_extract(step, '$.spent') ORDER BY at DESC LIMIT ?2",
            &query, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(query, 1, id);
    pb_statement_integer(query, 2, (int64_t)count);
    while (row) {
        double seconds = 0;
        if (pb_statement_next(journal, query, &row, err) < 0) {
            return -1;
        }
        PB_AUTOFREE char *hex = row ? pb_column_text(query, 0) : NULL;
        if (read_build_seconds(journal, hex, &seconds, err) < 0) {
            return -1;
        }
        sum += seconds;
        found += seconds > 0;
    }
    *out_seconds = found == 0 ? 0 : sum / (double)found;
    return 0;
}

int
pb_journal_get_evaluation(struct pb_journal *journal,
                          const struct pb_digest *key, struct pb_json **out,
                          struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    if (pb_statement_prepare(journal,
                             "SELECT evaluation, " PB_WHOLE_EVALUATION
                             " FROM evaluations WHERE key = ?1",
                             &query, err) < 0)
    {
        return -1;
    }
    pb_statement_digest(query, 1, key);
    int code = sqlite3_step(query);
    if (code == SQLITE_DONE) {
        *out = NULL;
        return 0;
    }
    if (code != SQLITE_ROW) {
        return pb_database_fail(journal, "read", err);
    }
    struct pb_json *found = pb_column_whole(journal, query, 0, 1);
    if (found == NULL) {
        sqlite3_reset(query);
        if (drop_evaluation(journal, key, err) < 0) {
            return -1;
        }
    }
    *out = found;
    return 0;
}

bool
pb_journal_has_evaluation(struct pb_journal *journal,
                          const struct pb_digest *key)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_statement_prepare(journal,
                             "SELECT 1 FROM evaluations WHERE key = ?1",
                             &query, &ignored) < 0)
    {
        return false;
    }
    pb_statement_digest(query, 1, key);
    return sqlite3_step(query) == SQLITE_ROW;
}

int
pb_journal_put_evaluation(struct pb_journal *journal,
                          const struct pb_digest *key,
                          const struct pb_json *evaluation,
                          struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    if (pb_statement_prepare(
            journal,
            "INSERT OR REPLACE INTO evaluations(key, at, evaluation)"
            " VALUES(?1, ?2, ?3)",
            &insert, err) < 0)
    {
        return -1;
    }
    pb_statement_digest(insert, 1, key);
    pb_statement_integer(insert, 2, pb_clock_now());
    pb_statement_json(insert, 3, evaluation);
    return pb_statement_run(journal, insert, err);
}

/* Outputs are bound as a JSON list. */
static int
forget(struct pb_journal *journal, const char *sql,
       const struct pb_json *outputs, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *remove = NULL;
    if (pb_statement_prepare(journal, sql, &remove, err) < 0) {
        return -1;
    }
    pb_statement_json(remove, 1, outputs);
    return pb_statement_run(journal, remove, err);
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
    if (pb_statement_execute(journal, "BEGIN IMMEDIATE", err) < 0) {
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
        pb_statement_execute(journal, "COMMIT", err) < 0)
    {
        struct pb_error ignored = PB_ERROR_INIT;
        pb_statement_execute(journal, "ROLLBACK", &ignored);
        return -1;
    }
    return 0;
}
