/* The record of an audit (docs/audit.md describes it field by field), and the
   writers that read it and nothing else. */
#ifndef PYBISECT_AUDIT_REPORT_H
#define PYBISECT_AUDIT_REPORT_H

#include "pybisect/comparison.h"
#include "pybisect/json.h"
#include "pybisect/patch.h"

/* Without a project yet. `visible`: something that a project can see differs.
   Caller frees; NULL: a commit cannot be read. */
struct pb_json *pb_audit_report_begin(const struct pb_patch *patch,
                                      struct pb_repo *repo, bool visible,
                                      const char *command,
                                      struct pb_error *err);
/* `session` NULL: it could not be opened, `comparison` says why. */
void pb_audit_report_add(struct pb_json *record, const char *project,
                         struct pb_session *session,
                         const struct pb_comparison *comparison,
                         double seconds);
/* Sets outcome, exit status and time: of what was added so far. */
void pb_audit_report_end(struct pb_json *record, double seconds);
/* 0: no project regressed, and the revision builds if its base does; else 1.
 */
int pb_audit_report_exit_status(const struct pb_json *record);

/* "genshi  regressed  12 tests newly fail" of a project in the record, for
   the line in which it is told; caller frees. */
char *pb_audit_report_summary(const struct pb_json *project);
/* For a terminal: `width` columns (0: 79), `color` with ANSI escapes. */
void pb_audit_report_text(const struct pb_json *record, int width, bool color,
                          struct pb_buf *out);

#endif
