/* The forms of a report, by name and by file. */
#include "pybisect/report.h"

#include <string.h>

#include "pybisect/alloc.h"

static const struct {
    const char *name;
    const char *suffix;
    enum pb_report_form form;
} forms[] = {
    {"text", ".txt", PB_REPORT_TEXT},
    {"json", ".json", PB_REPORT_JSON},
    {"html", ".html", PB_REPORT_HTML},
    {"markdown", ".md", PB_REPORT_MARKDOWN},
    {"junit", ".xml", PB_REPORT_JUNIT},
};

bool
pb_report_form_parse(const char *name, enum pb_report_form *out)
{
    for (size_t i = 0; i < PB_LENGTH(forms); i++) {
        if (strcmp(name, forms[i].name) == 0) {
            *out = forms[i].form;
            return true;
        }
    }
    return false;
}

enum pb_report_form
pb_report_form_of_file(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < PB_LENGTH(forms); i++) {
        size_t suffix = strlen(forms[i].suffix);
        if (length > suffix &&
            strcmp(path + length - suffix, forms[i].suffix) == 0) {
            return forms[i].form;
        }
    }
    return PB_REPORT_JSON;
}

void
pb_report_write(const struct pb_json *record, enum pb_report_form form,
                enum pb_report_for reader, struct pb_buf *out)
{
    switch (form) {
    case PB_REPORT_TEXT:
        pb_report_text(record, 0, false, out);
        break;
    case PB_REPORT_JSON:
        pb_report_json(record, out);
        break;
    case PB_REPORT_HTML:
        pb_report_html(record, out);
        break;
    case PB_REPORT_MARKDOWN:
        pb_report_markdown(record, reader, out);
        break;
    case PB_REPORT_JUNIT:
        pb_report_junit(record, out);
        break;
    }
}

bool
pb_report_for_parse(const char *name, enum pb_report_for *out)
{
    *out = strcmp(name, "cpython") == 0 ? PB_REPORT_FOR_CPYTHON
                                        : PB_REPORT_FOR_PROJECT;
    return *out == PB_REPORT_FOR_CPYTHON || strcmp(name, "project") == 0;
}
