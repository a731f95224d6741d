/* What ties a commit to a failure, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/evidence.h"

#define HEAD "Traceback (most recent call last):\n"
#define FRAME(path, line, function, code)                                     \
    "  File \"" path "\", line " line ", in " function "\n    " code "\n"
#define RUN "/c/runs/run-Ab12cD/project/"
#define LIB "/c/trees/0/run-1/Lib/"

/* Lists are words separated by "|", sorted; NULL: none. */
struct file {
    char status;
    const char *path;
    const char *removed;
    const char *added;
    const char *changed;
    const char *words;
    const char *texts;
    const char *warned;
};

static void
fill(struct pb_strv *list, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, "|");
        pb_strv_take(list, pb_strndup(text, length));
        text += length + (text[length] == '|');
    }
}

static void
add_file(struct pb_touched *touched, const struct file *from)
{
    PB_GROW(touched->files, touched->len, touched->cap);
    struct pb_touched_file *file = &touched->files[touched->len++];
    *file = (struct pb_touched_file){.status = from->status,
                                     .path = pb_strdup(from->path)};
    fill(&file->removed, from->removed);
    fill(&file->added, from->added);
    fill(&file->changed, from->changed);
    fill(&file->words, from->words);
    fill(&file->texts, from->texts);
    fill(&file->warned, from->warned);
}

struct failure {
    const char *type;
    const char *message;
    const char *trace;
};

struct commit {
    struct file files[4];
    const char *news;
    const char *whats_new;
};

static void
touched_of(const struct commit *commit, struct pb_touched *out)
{
    for (size_t i = 0; i < 4 && commit->files[i].path != NULL; i++) {
        add_file(out, &commit->files[i]);
    }
    out->news = pb_strdup(commit->news);
    out->whats_new = pb_strdup(commit->whats_new);
}

static void
find_outcome(const struct commit *commit, enum pb_outcome outcome,
             const struct failure *failure, struct pb_evidence *out)
{
    PB_AUTO(pb_touched) struct pb_touched touched = PB_TOUCHED_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    touched_of(commit, &touched);
    struct pb_result *result = pb_results_add(&results, "m.C.test_x", outcome);
    pb_result_describe(result, failure->type, failure->message,
                       failure->trace);
    const struct pb_result *failures[] = {NULL, result};
    pb_evidence_find(&touched, failures, PB_LENGTH(failures), NULL, out);
}

static void
expect_outcome(const struct commit *commit, enum pb_outcome outcome,
               const struct failure *failure, const char *expected)
{
    PB_AUTO(pb_evidence) struct pb_evidence evidence = PB_EVIDENCE_INIT;
    find_outcome(commit, outcome, failure, &evidence);
    PB_AUTOFREE char *got = pb_strv_join(&evidence.reasons, "\n");
    assert_string_equal(got, expected);
}

static void
expect(const struct commit *commit, const struct failure *failure,
       const char *expected)
{
    expect_outcome(commit, PB_OUTCOME_ERROR, failure, expected);
}

static const struct commit removes_cgi = {
    .files = {{.status = 'D',
               .path = "Lib/cgi.py",
               .removed = "escape|parse",
               .warned = "warnings._deprecated(__name__, remove=(3,13))"},
              {.status = 'M',
               .path = "Python/stdlib_module_names.h",
               .words = "cgi"},
              {.status = 'M', .path = "Doc/whatsnew/2.0.rst"},
              {.status = 'M', .path = "Doc/whatsnew/3.13.rst"}},
    .news = ":pep:`594`: Remove the :mod:`!cgi` module.\nPatch by X.",
    .whats_new = "* It is gone.",
};

static const struct failure lacks_cgi = {
    "ModuleNotFoundError", "No module named 'cgi'",
    HEAD FRAME(RUN "cherrypy/_cpreqbody.py", "120", "<module>",
               "import cgi") "ModuleNotFoundError: No module named 'cgi'\n"};

static void
a_removed_module_is_missed(void **state)
{
    (void)state;
    static const char reasons[] =
        "the commit removes Lib/cgi.py; the failure says: No module named "
        "'cgi'\n"
        "its NEWS entry names cgi, as the failure does: PEP 594: Remove the "
        "cgi module.";
    expect(&removes_cgi, &lacks_cgi, reasons);
    expect(&removes_cgi,
           &(struct failure){"exceptions.ImportError", "No module named cgi",
                             NULL},
           "the commit removes Lib/cgi.py; the failure says: No module named "
           "cgi\n"
           "its NEWS entry names cgi, as the failure does: PEP 594: Remove "
           "the cgi module.");
}

static void
a_module_that_became_a_package_is_not_removed(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'D', .path = "Lib/json.py"},
                  {.status = 'A', .path = "Lib/json/__init__.py"}}};
    expect(&commit,
           &(struct failure){"ImportError", "No module named 'json'", NULL},
           "the failure names json; the commit removes Lib/json.py");
}

static void
a_removed_package_is_its_directory(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'D', .path = "Lib/distutils/__init__.py"},
                  {.status = 'D',
                   .path = "Lib/distutils/core.py",
                   .removed = "setup"}}};
    expect(&commit,
           &(struct failure){
               "ModuleNotFoundError", "No module named 'distutils'",
               HEAD FRAME(RUN "setup.py", "1", "<module>",
                          "from distutils.core import setup") "x\n"},
           "the commit removes the package Lib/distutils; the failure says: "
           "No module named 'distutils'");
}

static void
a_removed_name_is_missed(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {
            {.status = 'M', .path = "Lib/other.py", .removed = "makeSuite"},
            {.status = 'M',
             .path = "Lib/unittest/loader.py",
             .removed = "findTestCases|"
                        "makeSuite",
             .warned = "\"unittest.makeSuite() is deprecated\""}}};
    expect(&commit,
           &(struct failure){"AttributeError",
                             "module 'unittest' has no attribute "
                             "'makeSuite'",
                             NULL},
           "the commit removes makeSuite from Lib/unittest/loader.py; the "
           "failure says: module 'unittest' has no attribute 'makeSuite'");
}

static void
an_added_name_upsets_somebody(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Lib/unittest/case.py",
                   .added = "_addDuration",
                   .changed = "run",
                   .words = "addDuration"},
                  {.status = 'M',
                   .path = "Lib/unittest/result.py",
                   .added = "addDuration"}}};
    expect(&commit,
           &(struct failure){"AttributeError",
                             "'Result' object has no attribute 'addDuration'",
                             NULL},
           "the commit adds addDuration to Lib/unittest/result.py; the "
           "failure says: 'Result' object has no attribute 'addDuration'");
}

static void
the_message_itself_is_the_commits(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Objects/genobject.c",
                   .changed = "gen_send_ex",
                   .words = "StopIteration",
                   .texts = "generator raised StopIteration"}}};
    expect(&commit,
           &(struct failure){"RuntimeError", "generator raised StopIteration",
                             NULL},
           "the commit changes lines of Objects/genobject.c that say "
           "\"generator raised StopIteration\", as the failure does");
    static const struct commit formatted = {
        .files = {{.status = 'M',
                   .path = "Modules/_hashopenssl.c",
                   .texts = "%.50s: object supporting the buffer API "
                            "required, not %R\\n"}}};
    expect(&formatted,
           &(struct failure){"TypeError",
                             "sha1: object supporting the buffer API "
                             "required, not 'array'",
                             NULL},
           "the commit changes lines of Modules/_hashopenssl.c that say "
           "\"object supporting the buffer API required, not\", as the "
           "failure does");
}

/* Not what unittest says of it: that a doctest failed. */
static void
a_doctest_is_examined_by_what_it_raised(void **state)
{
    (void)state;
    expect(&removes_cgi,
           &(struct failure){
               "AssertionError",
               "Failed doctest test for m.f\n  File \"/w/m.py\", line 1, in "
               "f\n\n----\nFailed example:\n    import cgi\n"
               "Exception raised:\n"
               "    Traceback (most recent call last):\n"
               "      File \"<doctest m.f[0]>\", line 1, in <module>\n"
               "        import cgi\n"
               "    ModuleNotFoundError: No module named 'cgi'\n",
               NULL},
           "the commit removes Lib/cgi.py; the failure says: No module named "
           "'cgi'\n"
           "its NEWS entry names cgi, as the failure does: PEP 594: Remove "
           "the cgi module.");
}

static void
a_changed_function_is_where_it_was_raised(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Lib/html/parser.py",
                   .changed = "goahead"}}};
    expect(&commit,
           &(struct failure){
               "ValueError", "x",
               HEAD FRAME(RUN "django/utils/html.py", "9", "strip_tags",
                          "s.feed(value)") FRAME(LIB "html/parser.py", "110",
                                                 "feed", "self.goahead(0)")
                   FRAME(LIB "html/parser.py", "172", "goahead", "x")},
           "raised in goahead of Lib/html/parser.py, which the commit "
           "changes");
    expect(&commit,
           &(struct failure){
               "ValueError", "x",
               HEAD FRAME(LIB "html/parser.py", "172", "goahead", "x")
                   FRAME(LIB "re.py", "1", "match", "x")},
           "the traceback passes through goahead of Lib/html/parser.py, "
           "which the commit changes");
    expect(&commit,
           &(struct failure){
               "ValueError", "x",
               HEAD FRAME(LIB "html/parser.py", "110", "feed", "x")},
           "raised in Lib/html/parser.py, which the commit changes");
    expect(
        &commit,
        &(struct failure){"ValueError", "x",
                          HEAD FRAME(LIB "html/parser.py", "110", "feed", "x")
                              FRAME(LIB "re.py", "1", "match", "x")},
        "the traceback passes through Lib/html/parser.py, which the "
        "commit changes");
}

static void
a_frozen_module_is_a_file_of_the_library(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Lib/importlib/_bootstrap.py",
                   .changed = "_load"}}};
    expect(&commit,
           &(struct failure){
               "ImportError", "x",
               HEAD FRAME("<frozen importlib._bootstrap>", "1", "_load", "")},
           "raised in _load of Lib/importlib/_bootstrap.py, which the commit "
           "changes");
}

static void
that_unittest_raises_assertions_is_no_evidence(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Lib/unittest/case.py",
                   .changed = "run"}},
        .news = "Tests may be timed."};
    expect(&commit,
           &(struct failure){
               "AssertionError", "'a' != 'b'",
               HEAD FRAME(RUN "tests/a.py", "1", "test_a", "x")
                   FRAME(LIB "unittest/case.py", "9", "assertEqual", "x")},
           "");
}

static void
the_failing_line_uses_what_changed(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {
            {.status = 'M', .path = "Lib/cgi.py", .removed = "escape"},
            {.status = 'M', .path = "Lib/gzip.py", .changed = "header"}}};
    expect(&commit,
           &(struct failure){"KeyError", "'x'",
                             HEAD FRAME(RUN "genshi/core.py", "12", "render",
                                        "return cgi.escape(header)")},
           "genshi/core.py:12 uses escape, which the commit removes "
           "(Lib/cgi.py)");
}

static void
a_changed_module_is_imported(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Lib/xml/sax/saxutils.py",
                   .changed = "quoteattr"},
                  {.status = 'M', .path = "Lib/zlib_.py"}}};
    expect(
        &commit,
        &(struct failure){"KeyError", "'x'",
                          HEAD FRAME(RUN "a.py", "3", "<module>",
                                     "from xml.sax import handler, saxutils")},
        "a.py:3 imports xml.sax.saxutils; the commit changes "
        "Lib/xml/sax/saxutils.py");
}

static void
a_syntax_error_and_the_grammar_belong_together(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M', .path = "Grammar/python.gram"}}};
    expect(&commit,
           &(struct failure){"SyntaxError", "invalid syntax (a.py, line 3)",
                             NULL},
           "a file does not compile; the commit changes "
           "Grammar/python.gram");
    expect(&commit, &(struct failure){"KeyError", "'x'", NULL}, "");
}

static void
an_assertion_in_c_names_its_file(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Modules/gcmodule.c",
                   .words = "gc_refs"}}};
    expect_outcome(&commit, PB_OUTCOME_CRASHED,
                   &(struct failure){NULL,
                                     "python: Modules/gcmodule.c:99: "
                                     "visit_decref: Assertion `0' failed.",
                                     NULL},
                   "the failure names Modules/gcmodule.c, which the commit "
                   "changes: python: Modules/gcmodule.c:99: visit_decref: "
                   "Assertion `0' failed.\n"
                   "the interpreter crashes; the commit changes C code: "
                   "Modules/gcmodule.c");
}

static void
a_member_that_c_code_misses_is_on_a_changed_line(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Include/cpython/object.h",
                   .words = "tp_print"}}};
    expect_outcome(&commit, PB_OUTCOME_FAIL,
                   &(struct failure){NULL,
                                     "src/_x.c:12:5: error: no member named "
                                     "'tp_print'",
                                     NULL},
                   "the commit changes lines about tp_print in "
                   "Include/cpython/object.h; the failure says: "
                   "src/_x.c:12:5: error: no member named 'tp_print'");
}

static void
a_reason_to_skip_is_evidence_too(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {
            {.status = 'M', .path = "Lib/tinymod.py", .removed = "wave"}}};
    expect_outcome(&commit, PB_OUTCOME_SKIP,
                   &(struct failure){NULL, "no tinymod.wave", NULL},
                   "the commit removes wave from Lib/tinymod.py; the failure "
                   "says: no tinymod.wave");
}

static void
what_has_nothing_in_common_has_no_reasons(void **state)
{
    (void)state;
    static const struct commit nothing = {.news = NULL};
    expect(&removes_cgi, &(struct failure){"AssertionError", "3 != 4", NULL},
           "");
    expect(&removes_cgi, &(struct failure){NULL, NULL, "\xff\xfe\n"}, "");
    expect(&nothing, &lacks_cgi, "");
    expect_outcome(&removes_cgi, PB_OUTCOME_PASS, &lacks_cgi, "");
}

static void
there_are_never_more_than_a_few_reasons(void **state)
{
    (void)state;
    static const struct commit commit = {
        .files = {{.status = 'M',
                   .path = "Lib/a.py",
                   .removed = "aaa|bbb|ccc|ddd|eee|fff|ggg"}}};
    PB_AUTO(pb_evidence) struct pb_evidence evidence = PB_EVIDENCE_INIT;
    find_outcome(&commit, PB_OUTCOME_ERROR,
                 &(struct failure){
                     "TypeError", "'aaa' 'bbb' 'ccc' 'ddd' 'eee' 'fff'", NULL},
                 &evidence);
    assert_int_equal(evidence.reasons.len, PB_EVIDENCE_REASONS);
}

static void
expect_announced(const struct commit *commit, const struct failure *failure,
                 const char *expected)
{
    PB_AUTO(pb_evidence) struct pb_evidence evidence = PB_EVIDENCE_INIT;
    find_outcome(commit, PB_OUTCOME_ERROR, failure, &evidence);
    PB_AUTOFREE char *got = pb_strv_join(&evidence.announced, "; ");
    assert_string_equal(got, expected);
}

static void
a_change_is_announced_by_news_whats_new_and_warnings(void **state)
{
    (void)state;
    expect_announced(&removes_cgi, &lacks_cgi,
                     "NEWS; What's New in Python 3.13; a warning in "
                     "Lib/cgi.py: warnings._deprecated(__name__, "
                     "remove=(3,13))");
    static const struct commit warned = {
        .files = {{.status = 'M',
                   .path = "Lib/unittest/loader.py",
                   .removed = "makeSuite",
                   .warned =
                       "# deprecated names|warnings.warn(\"makeSuite() is "
                       "deprecated\")"}}};
    expect_announced(
        &warned,
        &(struct failure){"AttributeError", "no attribute 'makeSuite'", NULL},
        "a warning in Lib/unittest/loader.py: \"makeSuite() is "
        "deprecated\"");
}

static void
a_change_that_nothing_tells_of_is_unannounced(void **state)
{
    (void)state;
    static const struct commit silent = {
        .files = {{.status = 'M',
                   .path = "Lib/unittest/loader.py",
                   .removed = "makeSuite",
                   .warned = "other() is deprecated"}}};
    expect_announced(
        &silent,
        &(struct failure){"AttributeError", "no attribute 'makeSuite'", NULL},
        "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_removed_module_is_missed),
        cmocka_unit_test(a_module_that_became_a_package_is_not_removed),
        cmocka_unit_test(a_removed_package_is_its_directory),
        cmocka_unit_test(a_removed_name_is_missed),
        cmocka_unit_test(an_added_name_upsets_somebody),
        cmocka_unit_test(the_message_itself_is_the_commits),
        cmocka_unit_test(a_doctest_is_examined_by_what_it_raised),
        cmocka_unit_test(a_changed_function_is_where_it_was_raised),
        cmocka_unit_test(a_frozen_module_is_a_file_of_the_library),
        cmocka_unit_test(that_unittest_raises_assertions_is_no_evidence),
        cmocka_unit_test(the_failing_line_uses_what_changed),
        cmocka_unit_test(a_changed_module_is_imported),
        cmocka_unit_test(a_syntax_error_and_the_grammar_belong_together),
        cmocka_unit_test(an_assertion_in_c_names_its_file),
        cmocka_unit_test(a_member_that_c_code_misses_is_on_a_changed_line),
        cmocka_unit_test(a_reason_to_skip_is_evidence_too),
        cmocka_unit_test(what_has_nothing_in_common_has_no_reasons),
        cmocka_unit_test(there_are_never_more_than_a_few_reasons),
        cmocka_unit_test(a_change_is_announced_by_news_whats_new_and_warnings),
        cmocka_unit_test(a_change_that_nothing_tells_of_is_unannounced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
