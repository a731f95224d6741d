/* What is said about nights, out of the record of pb_nights_record
   (docs/nightly.md) and nothing else. */
#ifndef PYBISECT_NIGHT_REPORT_H
#define PYBISECT_NIGHT_REPORT_H

#include <stdbool.h>

#include "pybisect/buf.h"
#include "pybisect/json.h"

/* Appends "genshi       newly red   898 tests: 840 passed, 58 failed; f3, f4"
   of a cell. */
void pb_night_report_cell(const char *project, const struct pb_json *cell,
                          struct pb_buf *out);
/* Appends "f3 found 43c47fe096: RuntimeError: generator ... (57 tests)" of a
   failure. */
void pb_night_report_failure(const struct pb_json *failure,
                             struct pb_buf *out);

/* The last night: what it came to, what is newly red, by culprit, and what is
   fixed. `width` columns (0: 79), `color` with ANSI escapes. */
void pb_night_report_text(const struct pb_json *record, int width, bool color,
                          struct pb_buf *out);
/* All that is red, or was until lately: culprit, age, status; and each
   project's last nights. */
void pb_night_report_status(const struct pb_json *record, int width,
                            bool color, struct pb_buf *out);
/* Of the last night: 0, or 1 if something is newly red, or 3 if the machine
   was sick. */
int pb_night_report_exit_status(const struct pb_json *record);

#endif
