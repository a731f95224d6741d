/* Events, and who has had them. */
#include "pybisect/outbox.h"

#include <string.h>

#include "bisect/statement.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"

void
pb_outbox_clear(struct pb_outbox *outbox)
{
    for (size_t i = 0; i < outbox->len; i++) {
        free(outbox->items[i].kind);
        free(outbox->items[i].about);
        pb_json_free(outbox->items[i].payload);
    }
    free(outbox->items);
    memset(outbox, 0, sizeof(*outbox));
}

int
pb_outbox_add(struct pb_journal *journal, const char *kind, const char *about,
              const struct pb_json *payload, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *insert = NULL;
    if (pb_statement_prepare(
            journal,
            "INSERT OR IGNORE INTO events(at, kind, about, payload)"
            " VALUES(?1, ?2, ?3, ?4)",
            &insert, err) < 0)
    {
        return -1;
    }
    pb_statement_integer(insert, 1, pb_clock_now());
    pb_statement_text(insert, 2, kind);
    pb_statement_text(insert, 3, about);
    pb_statement_json(insert, 4, payload);
    return pb_statement_run(journal, insert, err);
}

static int
read_event(struct pb_journal *journal, sqlite3_stmt *query,
           struct pb_outbox *out, struct pb_error *err)
{
    struct pb_json *payload = NULL;
    if (pb_column_json(journal, query, 4, &payload, err) < 0) {
        return -1;
    }
    PB_GROW(out->items, out->len, out->cap);
    out->items[out->len++] = (struct pb_outbox_event){
        .id = sqlite3_column_int64(query, 0),
        .at = sqlite3_column_int64(query, 1),
        .kind = pb_column_text(query, 2),
        .about = pb_column_text(query, 3),
        .payload = payload,
    };
    return 0;
}

int
pb_outbox_pending(struct pb_journal *journal, const char *receiver,
                  struct pb_outbox *out, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *query = NULL;
    PB_AUTO(pb_outbox) struct pb_outbox found = PB_OUTBOX_INIT;
    bool row = true;
    if (pb_statement_prepare(
            journal,
            "SELECT id, at, kind, about, payload FROM events"
            " WHERE id NOT IN (SELECT event FROM sent WHERE receiver = ?1)"
            " ORDER BY id",
            &query, err) < 0)
    {
        return -1;
    }
    pb_statement_text(query, 1, receiver);
    while (row) {
        if (pb_statement_next(journal, query, &row, err) < 0 ||
            (row && read_event(journal, query, &found, err) < 0))
        {
            return -1;
        }
    }
    *out = found;
    memset(&found, 0, sizeof(found));
    return 0;
}

static int
note(struct pb_journal *journal, const char *sql, const char *receiver,
     int64_t id, struct pb_error *err)
{
    PB_AUTO(pb_statement) sqlite3_stmt *change = NULL;
    if (pb_statement_prepare(journal, sql, &change, err) < 0) {
        return -1;
    }
    pb_statement_text(change, 1, receiver);
    pb_statement_integer(change, 2, id);
    return pb_statement_run(journal, change, err);
}

int
pb_outbox_sent(struct pb_journal *journal, const char *receiver, int64_t id,
               struct pb_error *err)
{
    return note(journal,
                "INSERT OR IGNORE INTO sent(receiver, event, at)"
                " VALUES(?1, ?2, unixepoch())",
                receiver, id, err);
}

int
pb_outbox_unsent(struct pb_journal *journal, const char *receiver, int64_t id,
                 struct pb_error *err)
{
    return note(journal, "DELETE FROM sent WHERE receiver = ?1 AND event = ?2",
                receiver, id, err);
}
