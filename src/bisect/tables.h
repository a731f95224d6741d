/* The tables of the journal, and how a row is told from one that was damaged:
   each has a seal over what it says, written by triggers. */
#ifndef PYBISECT_BISECT_TABLES_H
#define PYBISECT_BISECT_TABLES_H

#include "bisect/database.h"

#define PB_TABLES_VERSION 3

struct pb_table {
    const char *name;
    const char *columns; /* all but the seal */
    const char *key;     /* to order by; a part of it may do */
    const char *same;    /* is it the row NEW of a trigger? */
    const char *sealed;  /* columns that the seal is over */
    bool of_nights;      /* nights, their tests and events */
};
#define PB_TABLE_COUNT 10
extern const struct pb_table pb_tables[PB_TABLE_COUNT];

#define PB_SEALED_BISECTION "status, title, plan, report"
#define PB_SEALED_STEP "bisection, number, at, step"
#define PB_SEALED_EVALUATION "key, at, evaluation"

/* For SQL: is a row as it was written? */
#define PB_WHOLE(sealed) "seal IS pb_seal(" sealed ")"
#define PB_WHOLE_BISECTION PB_WHOLE(PB_SEALED_BISECTION)
#define PB_WHOLE_STEP PB_WHOLE(PB_SEALED_STEP)
#define PB_WHOLE_EVALUATION PB_WHOLE(PB_SEALED_EVALUATION)

/* Makes pb_seal known to a connection; an SQLite code. */
int pb_tables_add_seal(sqlite3 *db);

/* Makes what a database of an older version, or an empty one, lacks. Several
   processes may try at once. */
int pb_tables_make(struct pb_journal *journal, struct pb_error *err);

/* Rows that point at others which are gone. For sqlite3_exec, in a
   transaction of its caller. */
extern const char pb_tables_loose_ends[];

#endif
