/* A journal that opens; the test fails when it does not. */
#ifndef TESTS_BISECT_OPEN_JOURNAL_H
#define TESTS_BISECT_OPEN_JOURNAL_H

#include "base/scratch.h"

#include "pybisect/journal.h"

static inline struct pb_journal *
open_journal(const char *path)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_journal *journal = NULL;
    if (pb_journal_open(path, &journal, &err) < 0) {
        fail_msg("%s", err.message);
    }
    return journal;
}

#endif
