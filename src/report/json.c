/* The record as a file, and the exit status that it stands for. */
#include "pybisect/report.h"

#include <string.h>

#define EXIT_CULPRIT 0
#define EXIT_NO_CULPRIT 1

int
pb_report_exit_status(const struct pb_json *record)
{
    const char *outcome = pb_json_get_string(record, "outcome");
    return strcmp(outcome, "found") == 0 ? EXIT_CULPRIT : EXIT_NO_CULPRIT;
}

void
pb_report_json(const struct pb_json *record, struct pb_buf *out)
{
    pb_json_write(record, true, out);
}
