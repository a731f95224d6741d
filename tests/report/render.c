/* Writes a record in one of its forms, for tests that look at them from
   outside. */
#include <stdio.h>
#include <string.h>

#include "pybisect/fs.h"
#include "pybisect/report.h"
#include "pybisect/site.h"

#define LIMIT (256 * 1024 * 1024)

static int
fail(const struct pb_error *err)
{
    fprintf(stderr, "render: %s\n", err->message);
    return 1;
}

static struct pb_json *
load(const char *path, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    return pb_fs_read(path, LIMIT, &text, err) < 0
               ? NULL
               : pb_json_parse(text.data, text.len, path, err);
}

static int
render_site(char **arguments)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json) struct pb_json *nights = load(arguments[0], &err);
    return nights == NULL ||
                   pb_site_write(nights, arguments[1], arguments[2], &err) < 0
               ? fail(&err)
               : 0;
}

int
main(int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    enum pb_report_form form = PB_REPORT_TEXT;
    enum pb_report_for reader = PB_REPORT_FOR_PROJECT;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    if (argc == 5 && strcmp(argv[1], "site") == 0) {
        return render_site(argv + 2);
    }
    if (argc != 3 || (!pb_report_form_parse(argv[1], &form) &&
                      !pb_report_for_parse(argv[1], &reader)))
    {
        fputs("usage: render FORM|cpython|project RECORD.json\n"
              "   or: render site NIGHTS.json REPORTS DIRECTORY\n",
              stderr);
        return 2;
    }
    if (!pb_report_form_parse(argv[1], &form)) {
        form = PB_REPORT_MARKDOWN;
    }
    PB_AUTO(pb_json) struct pb_json *record = load(argv[2], &err);
    if (record == NULL) {
        return fail(&err);
    }
    pb_report_write(record, form, reader, &out);
    fwrite(out.data, 1, out.len, stdout);
    return 0;
}
