/* What changed as JUnit XML, for a CI server: one test case a test. What got
   worse is a failure that tells of before and after; what is fixed, or new,
   passes. */
#include "report/html.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/report.h"

/* "a.b.C.test_x[1.5]": the dot before the name, not one of its parameters. */
static const char *
last_dot(const char *id)
{
    const char *dot = NULL;
    for (const char *at = id; *at != '\0' && *at != '[' && *at != '('; at++) {
        dot = *at == '.' ? at : dot;
    }
    return dot;
}

static void
add_attribute(struct pb_buf *out, const char *name, const char *text)
{
    PB_AUTOFREE char *line = pb_strndup(text, strcspn(text, "\n"));
    pb_buf_addf(out, " %s=\"", name);
    pb_html_text(out, line);
    pb_buf_addch(out, '"');
}

/* "tests/test_a.py::TestC::test_x": as pytest itself writes it. */
static void
add_node(struct pb_buf *out, const char *id, const char *name)
{
    PB_AUTOFREE char *file = pb_strndup(id, (size_t)(strstr(id, "::") - id));
    PB_AUTOFREE char *node = pb_strndup(id, (size_t)(name - id - 2));
    PB_AUTO(pb_buf) struct pb_buf class_name = PB_BUF_INIT;
    for (const char *at = node; *at != '\0'; at++) {
        if (strncmp(at, ".py::", 5) == 0) {
            pb_buf_addch(&class_name, '.');
            at += 4;
        }
        else if (strcmp(at, ".py") == 0) {
            break;
        }
        else if (strncmp(at, "::", 2) == 0) {
            pb_buf_addch(&class_name, '.');
            at++;
        }
        else {
            pb_buf_addch(&class_name, *at == '/' ? '.' : *at);
        }
    }
    add_attribute(out, "classname", class_name.data);
    add_attribute(out, "name", name);
    add_attribute(out, "file", file);
}

static void
add_name(struct pb_buf *out, const char *id)
{
    const char *dot = last_dot(id);
    const char *name = NULL;
    for (const char *at = id; (at = strstr(at, "::")) != NULL;) {
        name = name == NULL || memchr(id, '[', (size_t)(at - id)) == NULL
                   ? at + 2
                   : name;
        at += 2;
    }
    if (name != NULL) {
        add_node(out, id, name);
        return;
    }
    PB_AUTOFREE char *class_name =
        pb_strndup(id, dot == NULL ? 0 : (size_t)(dot - id));
    add_attribute(out, "classname", class_name);
    add_attribute(out, "name", dot == NULL ? id : dot + 1);
}

/* --- one test ----------------------------------------------------------- */

static bool
is_worse(const struct pb_json *test)
{
    static const char *const kinds[] = {"failing", "skipped", "vanished",
                                        "different", "unchanged"};
    const char *kind = pb_json_get_string(test, "kind");
    for (size_t i = 0; i < PB_LENGTH(kinds); i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void
add_failure(struct pb_buf *out, const struct pb_json *test)
{
    const struct pb_json *after = pb_json_get(test, "after");
    const char *type = pb_json_get_string(after, "type");
    const char *kind = pb_json_get_string(test, "kind");
    const char *trace = pb_json_get_string(after, "trace");
    PB_AUTO(pb_buf) struct pb_buf before = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf now = PB_BUF_INIT;
    pb_say_result(&before, pb_json_get(test, "before"));
    pb_say_result(&now, after);
    pb_buf_adds(out, "<failure");
    add_attribute(out, "type", *type != '\0' ? type : kind);
    add_attribute(out, "message", now.data);
    pb_buf_adds(out, ">before: ");
    pb_html_text(out, before.data);
    pb_buf_adds(out, "\nafter: ");
    pb_html_text(out, now.data);
    if (*trace != '\0') {
        pb_buf_adds(out, "\n\n");
        pb_html_text(out, trace);
    }
    pb_buf_adds(out, "</failure>");
}

static void
add_case(struct pb_buf *out, const struct pb_json *test)
{
    pb_buf_adds(out, "    <testcase");
    add_name(out, pb_json_get_string(test, "id"));
    if (is_worse(test)) {
        pb_buf_addch(out, '>');
        add_failure(out, test);
        pb_buf_adds(out, "</testcase>\n");
    }
    else {
        pb_buf_adds(out, "/>\n");
    }
}

/* --- a finding is a suite ----------------------------------------------- */

static void
add_property(struct pb_buf *out, const char *name, const char *value)
{
    if (*value != '\0') {
        pb_buf_adds(out, "      <property");
        add_attribute(out, "name", name);
        add_attribute(out, "value", value);
        pb_buf_adds(out, "/>\n");
    }
}

static void
add_properties(struct pb_buf *out, const struct pb_json *finding)
{
    const struct pb_json *culprit = pb_json_get(finding, "culprit");
    const struct pb_json *suspects = pb_json_get(finding, "suspects");
    PB_AUTOFREE char *probability =
        pb_asprintf("%.4f", pb_json_get_real(finding, "probability"));
    pb_buf_adds(out, "    <properties>\n");
    add_property(out, "finding", pb_json_get_string(finding, "kind"));
    add_property(out, "culprit", pb_json_get_string(culprit, "sha"));
    add_property(out, "subject", pb_json_get_string(culprit, "subject"));
    add_property(out, "probability", probability);
    for (size_t i = 0; i < pb_json_length(suspects); i++) {
        add_property(out, "suspect",
                     pb_json_get_string(pb_json_at(suspects, i), "sha"));
    }
    pb_buf_adds(out, "    </properties>\n");
}

static void
add_suite(struct pb_buf *out, const struct pb_json *finding, const char *title)
{
    const struct pb_json *tests = pb_json_get(finding, "tests");
    size_t len = pb_json_length(tests);
    size_t failures = 0;
    for (size_t i = 0; i < len; i++) {
        failures += is_worse(pb_json_at(tests, i));
    }
    pb_buf_adds(out, "  <testsuite");
    add_attribute(out, "name", title);
    pb_buf_addf(out,
                " tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
                "skipped=\"0\">\n",
                len, failures);
    add_properties(out, finding);
    for (size_t i = 0; i < len; i++) {
        add_case(out, pb_json_at(tests, i));
    }
    pb_buf_adds(out, "  </testsuite>\n");
}

/* Of a bisection without findings: what sets its ends apart. */
static void
add_ends(struct pb_buf *out, const struct pb_json *record, const char *title)
{
    const struct pb_json *tests =
        pb_json_get(pb_json_get(record, "ends"), "regressions");
    size_t len = pb_json_length(tests);
    pb_buf_adds(out, "  <testsuite");
    add_attribute(out, "name", title);
    pb_buf_addf(out,
                " tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
                "skipped=\"0\">\n",
                len, len);
    for (size_t i = 0; i < len; i++) {
        const struct pb_json *test = pb_json_at(tests, i);
        PB_AUTO(pb_buf) struct pb_buf said = PB_BUF_INIT;
        pb_say_failure(&said, test);
        pb_buf_adds(out, "    <testcase");
        add_name(out, pb_json_get_string(test, "id"));
        pb_buf_adds(out, "><failure");
        add_attribute(out, "type", pb_json_get_string(test, "kind"));
        add_attribute(out, "message", said.data);
        pb_buf_adds(out, "/></testcase>\n");
    }
    pb_buf_adds(out, "  </testsuite>\n");
}

void
pb_report_junit(const struct pb_json *record, struct pb_buf *out)
{
    const struct pb_json *findings = pb_json_get(record, "findings");
    const char *title = pb_json_get_string(record, "title");
    pb_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<testsuites>\n");
    for (size_t i = 0; i < pb_json_length(findings); i++) {
        add_suite(out, pb_json_at(findings, i), title);
    }
    if (pb_json_length(findings) == 0) {
        add_ends(out, record, title);
    }
    pb_buf_adds(out, "</testsuites>\n");
}
