/* regex: lines, groups, broken bytes and limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "pybisect/regex.h"

static struct pb_regex *
compile(const char *pattern)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_regex *regex = pb_regex_new(pattern, &err);
    if (regex == NULL) {
        fail_msg("%s", err.message);
    }
    return regex;
}

static bool
matches(const char *pattern, const char *subject)
{
    PB_AUTO(pb_regex) struct pb_regex *regex = compile(pattern);
    struct pb_regex_match found;
    return pb_regex_match(regex, subject, strlen(subject), 0, &found);
}

static void
anchors_match_at_lines(void **state)
{
    (void)state;
    assert_true(matches("^two$", "one\ntwo\nthree"));
    assert_false(matches("\\Atwo$", "one\ntwo\nthree"));
    assert_false(matches("^one.two", "one\ntwo"));
}

static void
groups_are_offsets_and_absent_ones_say_so(void **state)
{
    (void)state;
    PB_AUTO(pb_regex) struct pb_regex *regex = compile("(a)|(b)(c)?(d)?");
    struct pb_regex_match found;
    assert_true(pb_regex_match(regex, "xxbc", 4, 0, &found));
    assert_int_equal(found.count, 4);
    assert_int_equal(found.group[0].start, 2);
    assert_int_equal(found.group[0].end, 4);
    assert_true(found.group[1].start == SIZE_MAX);
    assert_true(found.group[1].end == SIZE_MAX);
    assert_int_equal(found.group[3].start, 3);
    assert_true(found.group[4].start == SIZE_MAX);
    assert_true(found.group[9].end == SIZE_MAX);
}

static void
groups_past_the_tenth_are_dropped(void **state)
{
    (void)state;
    PB_AUTO(pb_regex)
    struct pb_regex *regex = compile("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)");
    struct pb_regex_match found;
    assert_true(pb_regex_match(regex, "abcdefghijk", 11, 0, &found));
    assert_int_equal(found.count, PB_REGEX_GROUPS);
    assert_int_equal(found.group[9].start, 8);
    assert_int_equal(found.group[0].end, 11);
}

static void
matching_starts_where_asked(void **state)
{
    (void)state;
    PB_AUTO(pb_regex) struct pb_regex *regex = compile("^a|a$");
    struct pb_regex_match found;
    assert_true(pb_regex_match(regex, "abba", 4, 1, &found));
    /* The start is not taken for the start of a line. */
    assert_int_equal(found.group[0].start, 3);
    assert_false(pb_regex_match(regex, "abba", 4, 4, &found));
    assert_false(pb_regex_match(regex, "abba", 4, 99, &found));
}

static void
broken_bytes_and_nuls_are_just_bytes(void **state)
{
    (void)state;
    PB_AUTO(pb_regex) struct pb_regex *regex = compile("Error: (\\w+)");
    static const char subject[] = "\xFF\xFE junk\0\xC3 Error: boom \x80";
    struct pb_regex_match found;
    assert_true(
        pb_regex_match(regex, subject, sizeof(subject) - 1, 0, &found));
    assert_memory_equal(subject + found.group[1].start, "boom", 4);
    assert_int_equal(found.group[1].end - found.group[1].start, 4);
}

static void
classes_that_are_negated_match_what_is_not_ascii(void **state)
{
    (void)state;
    static const char *const subjects[] = {"\xE2\x82\xAC", "\xC3\xA9"};
    for (size_t i = 0; i < PB_LENGTH(subjects); i++) {
        assert_true(matches("^\\S$", subjects[i]));
        assert_true(matches("^\\W$", subjects[i]));
        assert_true(matches("^\\D$", subjects[i]));
        assert_false(matches("^\\w$", subjects[i]));
    }
    assert_true(matches("^\\S x$", "\xE2\x82\xAC x\n\xFF"));
}

static void
groups_are_found_by_name(void **state)
{
    (void)state;
    PB_AUTO(pb_regex) struct pb_regex *regex = compile("(a)(?<id>b)(?<m>c)");
    assert_int_equal(pb_regex_group(regex, "id"), 2);
    assert_int_equal(pb_regex_group(regex, "m"), 3);
    assert_int_equal(pb_regex_group(regex, "a"), 0);
    PB_AUTO(pb_regex)
    struct pb_regex *twice = compile("(?J)(?<id>a)|(?<id>b)");
    assert_int_equal(pb_regex_group(twice, "id"), 0);
}

static void
a_dot_is_one_character_of_utf8(void **state)
{
    (void)state;
    assert_true(matches("^.$", "\xE2\x82\xAC"));
    assert_false(matches("^..$", "\xE2\x82\xAC"));
}

static void
runaway_patterns_end_without_a_match(void **state)
{
    (void)state;
    char subject[64];
    memset(subject, 'a', sizeof(subject));
    PB_AUTO(pb_regex) struct pb_regex *regex = compile("^(a+)+$|^(a|aa)+b");
    struct pb_regex_match found;
    assert_true(pb_regex_match(regex, subject, 63, 0, &found));
    subject[62] = '!';
    assert_false(pb_regex_match(regex, subject, 63, 0, &found));
}

static void
long_subjects_are_searched_to_their_end(void **state)
{
    (void)state;
    size_t length = (size_t)1 << 20;
    PB_AUTOFREE char *subject = pb_alloc(length);
    memset(subject, 'x', length);
    memcpy(subject + length - 4, "edle", 4);
    PB_AUTO(pb_regex) struct pb_regex *regex = compile("edle");
    struct pb_regex_match found;
    assert_true(pb_regex_match(regex, subject, length, 0, &found));
    assert_int_equal(found.group[0].start, length - 4);
}

static void
bad_patterns_are_errors_with_a_place(void **state)
{
    (void)state;
    struct pb_error err = PB_ERROR_INIT;
    assert_null(pb_regex_new("ab(c", &err));
    assert_int_equal(err.code, PB_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "'ab(c'"));
    assert_non_null(strstr(err.message, "parenthesis"));
    assert_null(pb_regex_new("\xFF", &err));
    assert_int_equal(err.code, PB_ERROR_CONFIG);
}

static void
assert_replaced(const char *pattern, const char *subject,
                const char *replacement, const char *expected)
{
    PB_AUTO(pb_regex) struct pb_regex *regex = compile(pattern);
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    pb_regex_replace(regex, subject, strlen(subject), replacement, &out);
    assert_string_equal(out.data, expected);
}

static void
every_match_is_replaced(void **state)
{
    (void)state;
    assert_replaced("0x[0-9a-f]+", "at 0x1f and 0xab.", "ADDR",
                    "at ADDR and ADDR.");
    assert_replaced("(\\w+)=(\\w+)", "a=b c=d", "$2:$1", "b:a d:c");
    assert_replaced("x", "none here", "y", "none here");
    assert_replaced("(a)|(b)", "ab", "<$1$2>", "<a><b>");
    assert_replaced("a", "banana", "", "bnn");
    assert_replaced("a", "a", "$0 $a $", "$0 $a $");
}

static void
empty_matches_are_replaced_once_and_end(void **state)
{
    (void)state;
    assert_replaced("x*", "abc", "-", "-a-b-c-");
    assert_replaced("^", "a\nb", "> ", "> a\n> b");
    assert_replaced("(?=b)",
                    "\xE2\x82\xAC"
                    "b",
                    "|",
                    "\xE2\x82\xAC"
                    "|b");
    assert_replaced("", "\xE2\x82\xAC", "|",
                    "|\xE2\x82\xAC"
                    "|");
}

/* Each step back remembers all groups: thousands of them, for each byte. */
static void
a_match_has_a_limit_of_memory(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf pattern = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf subject = PB_BUF_INIT;
    struct pb_regex_match match;
    struct rusage before;
    struct rusage after;
    pb_buf_adds(&pattern, "(?:b");
    for (int i = 0; i < 2000; i++) {
        pb_buf_adds(&pattern, "|(a)");
    }
    pb_buf_adds(&pattern, ")+z");
    for (int i = 0; i < 50000; i++) {
        pb_buf_addch(&subject, 'b');
    }
    pb_buf_adds(&subject, "\xE9"); /* no UTF-8: no JIT */
    PB_AUTO(pb_regex) struct pb_regex *regex = compile(pattern.data);
    getrusage(RUSAGE_SELF, &before);
    assert_false(pb_regex_match(regex, subject.data, subject.len, 0, &match));
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 2 * PB_LIMIT_REGEX_HEAP);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors_match_at_lines),
        cmocka_unit_test(groups_are_offsets_and_absent_ones_say_so),
        cmocka_unit_test(groups_past_the_tenth_are_dropped),
        cmocka_unit_test(matching_starts_where_asked),
        cmocka_unit_test(broken_bytes_and_nuls_are_just_bytes),
        cmocka_unit_test(classes_that_are_negated_match_what_is_not_ascii),
        cmocka_unit_test(groups_are_found_by_name),
        cmocka_unit_test(a_dot_is_one_character_of_utf8),
        cmocka_unit_test(runaway_patterns_end_without_a_match),
        cmocka_unit_test(a_match_has_a_limit_of_memory),
        cmocka_unit_test(long_subjects_are_searched_to_their_end),
        cmocka_unit_test(bad_patterns_are_errors_with_a_place),
        cmocka_unit_test(every_match_is_replaced),
        cmocka_unit_test(empty_matches_are_replaced_once_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
