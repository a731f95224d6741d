/* The record as a file, and the exit status that it stands for. */
#include "pybisect/report.h"

#include <string.h>

#include "report/record_private.h"

#define EXIT_CULPRIT 0
#define EXIT_NO_CULPRIT 1

int
pb_report_exit_status(const struct pb_json *record)
{
    const char *outcome = pb_json_get_string(record, "outcome");
    return strcmp(outcome, "found") == 0 ? EXIT_CULPRIT : EXIT_NO_CULPRIT;
}

int
pb_report_check(const struct pb_json *record, const char *name,
                struct pb_error *err)
{
    const char *schema = pb_json_get_string(record, "schema");
    if (strcmp(schema, PB_RECORD_SCHEMA) == 0) {
        return 0;
    }
    pb_error_set(err, PB_ERROR_CONFIG,
                 *schema == '\0' ? "%s names no schema%s"
                                 : "%s has the schema '%s'",
                 name, schema);
    pb_error_hint(err,
                  "this version reads %s: use the version that wrote it, or "
                  "bisect again (what is known is not run again)",
                  PB_RECORD_SCHEMA);
    return -1;
}

/* Control characters that JSON allows as they are and a terminal acts on. All
   of it that is not ASCII stands within strings. */
void
pb_report_json(const struct pb_json *record, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_json_write(record, true, &text);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        unsigned char next = (unsigned char)text.data[i + 1];
        if (c == 0x7F) {
            pb_buf_adds(out, "\\u007f");
        }
        else if (c == 0xC2 && next < 0xA0) {
            pb_buf_addf(out, "\\u00%02x", next);
            i++;
        }
        else {
            pb_buf_addch(out, (char)c);
        }
    }
}
