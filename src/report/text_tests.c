/* What a finding changed for the tests: a sentence, then the tests, those
   with one signature together. */
#include "report/text_private.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

#define WHY_ROWS 40
#define MOST_TRACES 3 /* of the largest groups */

/* --- the sentence ------------------------------------------------------- */

struct change_words {
    const char *key;      /* in the record's counts */
    const char *one;      /* "1 test ..." */
    const char *many;     /* "7 tests ..." */
    const char *in_short; /* "7 ...", after the first */
};

static const struct change_words change_words[] = {
    {"failing", "newly fails", "newly fail", "newly failing"},
    {"skipped", "is newly skipped", "are newly skipped", "newly skipped"},
    {"vanished", "vanished", "vanished", "vanished"},
    {"different", "fails in another way", "fail in another way",
     "failing in another way"},
    {"unchanged", "does the same on both sides", "do the same on both sides",
     "the same on both sides"},
    {"fixed", "is fixed", "are fixed", "fixed"},
    {"new", "is new", "are new", "new"},
};

static void
add_changes(struct pb_buf *out, const struct pb_json *counts)
{
    bool first = true;
    for (size_t i = 0; i < PB_LENGTH(change_words); i++) {
        const struct change_words *words = &change_words[i];
        int64_t count = pb_json_get_integer(counts, words->key);
        if (count == 0) {
            continue;
        }
        if (first) {
            pb_text_count(out, count, "test");
            pb_buf_addf(out, " %s", count == 1 ? words->one : words->many);
        }
        else {
            pb_buf_addf(out, ", %lld %s", (long long)count, words->in_short);
        }
        first = false;
    }
    if (first) {
        pb_buf_adds(out, "no test changed");
    }
}

static void
write_sentence(struct pb_page *page, const struct pb_json *counts)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    int64_t passing = pb_json_get_integer(counts, "passing_both");
    int64_t failing = pb_json_get_integer(counts, "failing_both");
    int64_t known = pb_json_get_integer(counts, "known_failing");
    add_changes(&text, counts);
    pb_buf_addf(&text, "; %lld pass%s on both sides", (long long)passing,
                passing == 1 ? "es" : "");
    if (failing > 0) {
        pb_buf_addf(&text, "; %lld fail%s on both sides and %s left out",
                    (long long)failing, failing == 1 ? "s" : "",
                    failing == 1 ? "was" : "were");
    }
    if (known > 0) {
        pb_buf_addf(&text, "; %lld known failure%s left out", (long long)known,
                    known == 1 ? " was" : "s were");
    }
    pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, text.data);
}

static void
write_neighbours(struct pb_page *page, const struct pb_json *neighbours)
{
    static const char *const names[] = {"parent", "culprit"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        const struct pb_json *run = pb_json_get(neighbours, names[i]);
        if (run != NULL && pb_json_get_integer(run, "tests") > 0) {
            PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
            pb_text_run(&text, run);
            pb_page_field(page, names[i], PB_STYLE_PLAIN, text.data);
        }
    }
}

/* --- one test ----------------------------------------------------------- */

static bool
same_text(const struct pb_json *a, const struct pb_json *b, const char *key)
{
    return strcmp(pb_json_get_string(a, key), pb_json_get_string(b, key)) == 0;
}

static bool
same_result(const struct pb_json *a, const struct pb_json *b, const char *side)
{
    const struct pb_json *left = pb_json_get(a, side);
    const struct pb_json *right = pb_json_get(b, side);
    return same_text(left, right, "outcome") &&
           same_text(left, right, "type") && same_text(left, right, "message");
}

/* --- tests with one signature ------------------------------------------- */

struct group {
    const struct pb_json **tests; /* borrowed, in the record's order */
    size_t len;
    size_t cap;
    size_t quota;  /* how many are named */
    size_t number; /* in the order of the record */
};

struct groups {
    struct group *items;
    size_t len;
    size_t cap;
};

static void
groups_clear(struct groups *groups)
{
    for (size_t i = 0; i < groups->len; i++) {
        free(groups->items[i].tests);
    }
    free(groups->items);
}
PB_DEFINE_AUTO_CLEAR(groups, struct groups, groups_clear)

static struct group *
group_for(struct groups *groups, const struct pb_json *test)
{
    for (size_t i = 0; i < groups->len; i++) {
        const struct pb_json *first = groups->items[i].tests[0];
        if (same_text(first, test, "kind") &&
            same_text(first, test, "signature")) {
            return &groups->items[i];
        }
    }
    PB_GROW(groups->items, groups->len, groups->cap);
    groups->items[groups->len] = (struct group){.number = groups->len};
    return &groups->items[groups->len++];
}

/* Fixed and new tests are counted, not listed. */
static bool
is_listed(const struct pb_json *test)
{
    const char *kind = pb_json_get_string(test, "kind");
    return strcmp(kind, "fixed") != 0 && strcmp(kind, "new") != 0;
}

static size_t
collect_groups(const struct pb_json *tests, struct groups *out)
{
    size_t listed = 0;
    for (size_t i = 0; i < pb_json_length(tests); i++) {
        const struct pb_json *test = pb_json_at(tests, i);
        if (is_listed(test)) {
            struct group *group = group_for(out, test);
            PB_GROW(group->tests, group->len, group->cap);
            group->tests[group->len++] = test;
            listed++;
        }
    }
    return listed;
}

/* Pseudo-tests ("(command)", "(prepare)") are phases: nothing to count. */
static bool
is_phase(const struct pb_json *test)
{
    return *pb_json_get_string(test, "id") == '(';
}

/* Phases first, then the largest group; equals stay in the record's
   order. */
static int
compare_groups(const void *a, const void *b)
{
    const struct group *left = a;
    const struct group *right = b;
    bool left_phase = is_phase(left->tests[0]);
    if (left_phase != is_phase(right->tests[0])) {
        return left_phase ? -1 : 1;
    }
    if (left->len != right->len) {
        return left->len > right->len ? -1 : 1;
    }
    return left->number < right->number ? -1 : 1;
}

/* One test of each signature before a second one of any. */
static void
share_out(struct groups *groups, size_t limit)
{
    size_t left = limit;
    for (size_t i = 0; i < groups->len && left > 0; i++, left--) {
        groups->items[i].quota = 1;
    }
    for (size_t i = 0; i < groups->len && left > 0; i++) {
        struct group *group = &groups->items[i];
        size_t more = group->len - 1 < left ? group->len - 1 : left;
        group->quota += more;
        left -= more;
    }
}

static void
write_group_title(struct pb_page *page, const struct group *group)
{
    const char *kind = pb_json_get_string(group->tests[0], "kind");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    enum pb_style style = PB_STYLE_YELLOW;
    if (strcmp(kind, "failing") == 0) {
        style = PB_STYLE_RED;
    }
    else if (strcmp(kind, "different") == 0) {
        pb_buf_adds(&text, "in another way: ");
    }
    else if (strcmp(kind, "unchanged") == 0) {
        pb_buf_adds(&text, "looked for: ");
    }
    pb_buf_adds(&text, strcmp(kind, "vanished") == 0
                           ? "vanished"
                           : pb_json_get_string(group->tests[0], "signature"));
    if (!is_phase(group->tests[0])) {
        pb_buf_adds(&text, " (");
        pb_text_count(&text, (int64_t)group->len, "test");
        pb_buf_addch(&text, ')');
    }
    pb_page_block(page, 2, "", style, text.data, PB_TEXT_MESSAGE_ROWS);
}

/* "removed-module: a module of the standard library is gone" */
static void
write_class(struct pb_page *page, const struct pb_json *finding,
            const char *name)
{
    const struct pb_json *classes = pb_json_get(finding, "classes");
    if (strcmp(name, "other") == 0) {
        return; /* says nothing */
    }
    for (size_t i = 0; i < pb_json_length(classes); i++) {
        const struct pb_json *each = pb_json_at(classes, i);
        if (strcmp(pb_json_get_string(each, "class"), name) == 0) {
            PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
            pb_buf_addf(&text, "%s: %s", name,
                        pb_json_get_string(each, "description"));
            pb_page_paragraph(page, 4, "", PB_STYLE_BOLD, text.data);
            return;
        }
    }
}

/* One traceback stands for all of the group. */
static void
write_trace(struct pb_page *page, const struct group *group)
{
    for (size_t i = 0; i < group->len; i++) {
        const char *trace =
            pb_json_get_string(pb_json_get(group->tests[i], "after"), "trace");
        if (*trace != '\0') {
            pb_text_trace(page, trace);
            return;
        }
    }
}

/* Tests with equal results are named one below the other, results last. */
static void
write_group(struct pb_page *page, const struct pb_json *finding,
            const struct group *group, bool traced)
{
    write_group_title(page, group);
    write_class(page, finding, pb_json_get_string(group->tests[0], "class"));
    for (size_t i = 0; i < group->quota; i++) {
        const struct pb_json *test = group->tests[i];
        const struct pb_json *next =
            i + 1 < group->quota ? group->tests[i + 1] : NULL;
        pb_page_paragraph(page, 4, "", PB_STYLE_PLAIN,
                          pb_json_get_string(test, "id"));
        if (next == NULL || !same_result(test, next, "before") ||
            !same_result(test, next, "after"))
        {
            pb_text_result(page, "before  ", pb_json_get(test, "before"));
            pb_text_result(page, "after   ", pb_json_get(test, "after"));
        }
    }
    if (traced) {
        write_trace(page, group);
    }
}

/* What was not told: whole groups, then single tests. */
static void
write_more(struct pb_page *page, const struct groups *groups, size_t left_out)
{
    size_t hidden = 0;
    size_t tests = left_out;
    for (size_t i = 0; i < groups->len; i++) {
        hidden += groups->items[i].quota == 0;
        tests += groups->items[i].len - groups->items[i].quota;
    }
    if (tests == 0) {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf more = PB_BUF_INIT;
    pb_buf_adds(&more, "... and ");
    pb_text_count(&more, (int64_t)tests, "more test");
    if (hidden > 0) {
        pb_buf_adds(&more, ", with ");
        pb_text_count(&more, (int64_t)hidden, "more signature");
        pb_buf_addch(&more, ',');
    }
    pb_buf_adds(&more, " in report.json");
    pb_page_newline(page);
    pb_page_paragraph(page, 2, "", PB_STYLE_PLAIN, more.data);
}

void
pb_text_tests(struct pb_page *page, const struct pb_json *finding,
              size_t limit)
{
    PB_AUTO(groups) struct groups groups = {.items = NULL};
    size_t listed = collect_groups(pb_json_get(finding, "tests"), &groups);
    size_t left_out = (size_t)pb_json_get_integer(finding, "tests_left_out");
    if (groups.len > 0) {
        qsort(groups.items, groups.len, sizeof(*groups.items), compare_groups);
    }
    share_out(&groups, limit);
    bool counted = listed != 1 || !is_phase(groups.items[0].tests[0]);
    if (counted) {
        write_sentence(page, pb_json_get(finding, "counts"));
        write_neighbours(page, pb_json_get(finding, "neighbours"));
    }
    for (size_t i = 0; i < groups.len && groups.items[i].quota > 0; i++) {
        if (i > 0 || counted) {
            pb_page_newline(page);
        }
        write_group(page, finding, &groups.items[i], i < MOST_TRACES);
    }
    write_more(page, &groups, left_out);
}

void
pb_text_why_classes(struct pb_page *page, const struct pb_json *finding)
{
    const struct pb_json *classes = pb_json_get(finding, "classes");
    for (size_t i = 0; i < pb_json_length(classes); i++) {
        const struct pb_json *each = pb_json_at(classes, i);
        const char *advice = pb_json_get_string(each, "advice");
        pb_page_block(page, 2, "", PB_STYLE_PLAIN,
                      pb_json_get_string(each, "why"), WHY_ROWS);
        if (*advice != '\0') {
            pb_page_paragraph(page, 4, "", PB_STYLE_PLAIN, advice);
        }
    }
}
