/* The failures that pytest told in full, given to their tests. A title is
   the id without its file, so tests of one title in two files are told apart
   by their order, in which pytest keeps the sections. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "pybisect/map.h"
#include "trial/exception.h"
#include "trial/readers/text.h"

#define NONE SIZE_MAX

/* Results by title: the first of each, and behind each the next one. */
struct titles {
    struct pb_map *first; /* positions from 1 */
    size_t *next;
};

static void
titles_clear(struct titles *titles)
{
    pb_map_free(titles->first);
    free(titles->next);
}

/* "E Class.test_x" or "F Class.test_x": one test may have failed, another of
   the same title have errored. */
static void
make_key(bool error, struct pb_span name, struct pb_buf *out)
{
    pb_buf_adds(out, error ? "E " : "F ");
    while (name.length > 0) {
        bool colons = pb_span_starts(name, "::");
        pb_buf_addch(out, colons ? '.' : name.data[0]);
        name = pb_span_from(name, colons ? 2 : 1);
    }
}

/* From the last to the first, so that the first is found first. */
static void
collect(const struct pb_results *results, struct titles *out)
{
    out->first = pb_map_new(NULL);
    out->next = pb_alloc_array(results->len + 1, sizeof(*out->next));
    for (size_t i = results->len; i > 0; i--) {
        const struct pb_result *result = &results->items[i - 1];
        struct pb_span name = pb_span_find(pb_span_of(result->id), "::");
        if (name.length == 0 || (result->outcome != PB_OUTCOME_FAIL &&
                                 result->outcome != PB_OUTCOME_ERROR))
        {
            continue;
        }
        PB_AUTO(pb_buf) struct pb_buf key = PB_BUF_INIT;
        make_key(result->outcome == PB_OUTCOME_ERROR, pb_span_from(name, 2),
                 &key);
        out->next[i - 1] = (uintptr_t)pb_map_get(out->first, key.data);
        pb_map_set(out->first, key.data, (void *)(uintptr_t)i);
    }
}

/* Each result is taken once. */
static struct pb_result *
take(struct titles *titles, const struct pb_results *results, bool error,
     struct pb_span title)
{
    PB_AUTO(pb_buf) struct pb_buf key = PB_BUF_INIT;
    make_key(error, title, &key);
    uintptr_t position = (uintptr_t)pb_map_get(titles->first, key.data);
    if (position == 0) {
        return NULL;
    }
    pb_map_set(titles->first, key.data,
               (void *)(uintptr_t)titles->next[position - 1]);
    return &results->items[position - 1];
}

/* "path.py:20: AssertionError" is the last line of a traceback. */
static struct pb_span
type_at_end(struct pb_span body)
{
    const char *space = memrchr(body.data, ' ', body.length);
    size_t start = space == NULL ? 0 : (size_t)(space - body.data) + 1;
    bool ours = start > 1 && body.data[start - 2] == ':';
    return ours ? pb_span_from(body, start) : (struct pb_span){body.data, 0};
}

/* Of --tb=native, which marks nothing: what its traceback ends in. */
static bool
find_native(struct pb_span body, struct pb_exception *out)
{
    static const char head[] = "Traceback (most recent call last):";
    static const char captured[] = "\n--------"; /* what the test printed */
    struct pb_span printed = pb_span_find(body, captured);
    return pb_span_starts(body, head) &&
           pb_exception_find(body.data, body.length - printed.length, out);
}

static void
describe(struct pb_result *result, struct pb_span body)
{
    PB_AUTOFREE char *trace = pb_span_dup(body);
    PB_AUTOFREE char *type = NULL;
    PB_AUTOFREE char *message = NULL;
    struct pb_exception found;
    struct pb_span marked = pb_exception_marked(body);
    if (pb_exception_parse(marked.data, marked.length, &found) ||
        (marked.length == 0 && find_native(body, &found)))
    {
        type = pb_span_dup((struct pb_span){found.type, found.type_length});
        message =
            pb_span_dup((struct pb_span){found.message, found.message_length});
    }
    else if (marked.length > 0) {
        /* "assert 1 == 2": the type stands at the end alone. */
        struct pb_span name = type_at_end(body);
        bool plain = pb_span_starts(marked, "assert ");
        type = name.length > 0 ? pb_span_dup(name)
               : plain         ? pb_strdup("AssertionError")
                               : NULL;
        message = pb_span_dup(marked);
    }
    else {
        struct pb_span rest = body;
        struct pb_span line;
        message = pb_span_line(&rest, &line) ? pb_span_dup(line) : NULL;
    }
    pb_result_describe(result, type, message, trace);
}

/* Whose section is it? NULL when nobody's. */
static struct pb_result *
find_result(struct pb_results *results, struct titles *titles,
            const struct pb_text_section *section)
{
    static const char *const errors[] = {"ERROR at setup of ",
                                         "ERROR at teardown of "};
    static const char collecting[] = "ERROR collecting ";
    struct pb_span title = pb_span_of(section->title);
    if (pb_span_starts(title, collecting)) {
        const char *path = section->title + strlen(collecting);
        return pb_result_is_pseudo(path)
                   ? NULL
                   : pb_results_add(results, path, PB_OUTCOME_ERROR);
    }
    for (size_t i = 0; i < PB_LENGTH(errors); i++) {
        if (pb_span_starts(title, errors[i])) {
            title = pb_span_from(title, strlen(errors[i]));
        }
    }
    return take(titles, results, section->error, title);
}

static void
use(struct pb_results *results, struct titles *titles,
    const struct pb_text_section *section)
{
    struct pb_result *result = find_result(results, titles, section);
    if (result == NULL) {
        return;
    }
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    PB_AUTOFREE char *ends =
        pb_span_dup_ends(section->body, PB_LIMIT_TRACE_BYTES);
    pb_text_plain(ends, strlen(ends), &plain);
    struct pb_span body =
        pb_span_trim((struct pb_span){plain.data, plain.len});
    if (pb_span_starts(body, "[XPASS(strict)]")) {
        result->outcome = PB_OUTCOME_XPASS;
    }
    describe(result, body);
}

void
pb_text_pytest_end(struct pb_text *text)
{
    if (text->nsections == 0) {
        return;
    }
    struct pb_text_section *last = &text->sections[text->nsections - 1];
    if (last->body.length == 0) {
        last->body.length = (size_t)(text->rest.data - last->body.data);
    }
    PB_CLEANUP(titles_clear) struct titles titles = {.first = NULL};
    collect(text->reading->results, &titles);
    for (size_t i = 0; i < text->nsections; i++) {
        use(text->reading->results, &titles, &text->sections[i]);
    }
}
