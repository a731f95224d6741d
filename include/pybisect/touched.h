/* What a commit touches, as facts that a failure can be held against: files,
   the functions and names in them, the messages on changed lines, what warned
   of the change, and how it was announced. Bounded: see limits.h. */
#ifndef PYBISECT_TOUCHED_H
#define PYBISECT_TOUCHED_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/cleanup.h"
#include "pybisect/strv.h"

struct pb_repo;
struct pb_oid;
struct pb_error;

/* Of files that a downstream project can see (no docs, no tests of CPython's
   own), and that hold Python or C, the lists say what changed; of others they
   are empty. All lists are sorted, without duplicates. Names are plain:
   "addDuration", not "TestResult.addDuration". */
struct pb_touched_file {
    char status; /* 'A', 'M', 'D' */
    char *path;
    struct pb_strv removed; /* functions, classes, variables, macros, entries
                               of method tables that are gone from all files
                               of the commit */
    struct pb_strv added;   /* likewise, that were in none of them */
    struct pb_strv changed; /* those around changed lines that stay */
    struct pb_strv words;   /* identifiers on changed lines; not of a file
                               that was removed */
    struct pb_strv texts;   /* string literals there of 8 bytes or more */
    struct pb_strv warned;  /* lines of the parent's file that speak of
                               deprecation, trimmed */
};

struct pb_touched {
    struct pb_touched_file *files; /* in tree order */
    size_t len;
    size_t cap;
    char *news;      /* the NEWS entry, or NULL */
    char *whats_new; /* lines added to What's New, or NULL */
    bool cut;        /* a limit was reached: more is not here */
};

#define PB_TOUCHED_INIT                                                       \
    {                                                                         \
        .files = NULL                                                         \
    }

/* Against the first parent. A file whose content this clone lacks has its
   status and path alone. */
int pb_touched_load(struct pb_repo *repo, const struct pb_oid *commit,
                    struct pb_touched *out, struct pb_error *err);
void pb_touched_clear(struct pb_touched *touched);
PB_DEFINE_AUTO_CLEAR(pb_touched, struct pb_touched, pb_touched_clear)

#endif
