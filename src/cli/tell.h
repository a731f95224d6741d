/* What a bisection tells while it runs, on the screen. */
#ifndef PYBISECT_CLI_TELL_H
#define PYBISECT_CLI_TELL_H

#include "cli/cli.h"
#include "pybisect/ahead.h"

/* What was noted while the session was opened. */
void tell_notes(struct cli *cli, const struct pb_session *session);
void tell_range(struct cli *cli, const struct pb_session *session);
void tell_event(struct cli *cli, const struct pb_bisection *bisection,
                const struct pb_event *event);
/* Members of struct pb_probe_watch; the context is a struct cli. */
void tell_probing(const struct pb_oid *commit, void *context);
void tell_probe(const struct pb_oid *commit,
                const struct pb_evaluation *evaluation, bool good,
                void *context);

/* Appends "7 tests, 1 failed", "0 tests, the run failed: ..." or
   "command: pass". */
void tell_results(const struct pb_results *results, struct pb_buf *out);

/* What building ahead has brought. */
void tell_gain(struct cli *cli, struct pb_ahead_gain gain);

#endif
