/* Writes a record in one of its forms, for tests that look at them from
   outside: render html RECORD.json */
#include <stdio.h>
#include <string.h>

#include "pybisect/fs.h"
#include "pybisect/report.h"

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

int
main(int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    if (argc != 3) {
        fputs("usage: render FORM RECORD.json\n", stderr);
        return 2;
    }
    PB_AUTO(pb_json) struct pb_json *record = load(argv[2], &err);
    if (record == NULL) {
        return fail(&err);
    }
    if (strcmp(argv[1], "html") == 0) {
        pb_report_html(record, &out);
    }
    else if (strcmp(argv[1], "junit") == 0) {
        pb_report_junit(record, &out);
    }
    else {
        pb_report_markdown(record,
                           strcmp(argv[1], "cpython") == 0
                               ? PB_REPORT_FOR_CPYTHON
                               : PB_REPORT_FOR_PROJECT,
                           &out);
    }
    fwrite(out.data, 1, out.len, stdout);
    return 0;
}
