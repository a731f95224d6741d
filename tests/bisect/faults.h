/* SQLite's files, failing on demand: a layer over the default VFS. */
#ifndef TESTS_BISECT_FAULTS_H
#define TESTS_BISECT_FAULTS_H

#include <stdbool.h>

/* From here on all connections of this process go through the layer. */
void faults_install(void);
/* The nth opening, write, truncation or sync from now on fails with `code`
   (SQLITE_FULL, SQLITE_IOERR, ...); with `forever`, all after it as well.
   0: none does. */
void faults_arm(long nth, int code, bool forever);
/* True if one has failed since faults_arm(). */
bool faults_fired(void);
/* Syncs are claimed to be done: for tests of many bisections. */
void faults_skip_syncs(void);

#endif
