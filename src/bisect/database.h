/* The journal's file: one SQLite database, opened and checked. */
#ifndef PYBISECT_BISECT_DATABASE_H
#define PYBISECT_BISECT_DATABASE_H

#include <sqlite3.h>

#include "pybisect/error.h"

struct pb_journal {
    sqlite3 *db;
    char *path;
    size_t dropped; /* records, since pb_journal_take_dropped */
};

/* What SQLite last said, as an error with a hint; returns -1. `what` is a
   verb: "cannot WHAT 'journal.sqlite': ...". */
int pb_database_fail(struct pb_journal *journal, const char *what,
                     struct pb_error *err);
/* The hint for content that cannot be read. */
void pb_database_hint_damaged(struct pb_error *err);

#endif
