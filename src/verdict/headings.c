/* What stands below a first line that says nothing by itself.

   unittest prints the items that only one of two sets has one a line, in an
   order that is chance: they are sorted. A doctest is told by the first
   example that failed, and by what that raised or by the first line that it
   printed otherwise than expected. */
#include "verdict/headings.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/strv.h"
#include "pybisect/verdict.h"
#include "trial/text.h"

#define MOST_LINES 64  /* looked at */
#define MOST_BYTES 256 /* appended, or a line more */

static const char *const lists[] = {
    "Items in the first set but not the second:",
    "Items in the second set but not the first:",
    "Element counts were not equal:", "not equal:", /* trial, before 8.2 */
};

static const char doctest[] = "Failed doctest test for ";

static bool
is_list(struct pb_span heading)
{
    for (size_t i = 0; i < PB_LENGTH(lists); i++) {
        if (pb_span_is(heading, lists[i])) {
            return true;
        }
    }
    return false;
}

static void
add_normalised(struct pb_span text, struct pb_buf *out)
{
    PB_AUTOFREE char *copy = pb_span_dup(text);
    pb_signature_normalise(copy, out);
}

/* Appends the items sorted, and forgets them. */
static void
end_list(struct pb_strv *items, struct pb_buf *out)
{
    size_t start = out->len;
    pb_strv_sort(items);
    for (size_t i = 0; i < items->len && out->len - start < MOST_BYTES; i++) {
        pb_buf_adds(out, i == 0 ? " " : ", ");
        pb_buf_adds(out, items->items[i]);
    }
    pb_strv_clear(items);
}

/* The lines up to an empty one, sorted below each heading. */
static void
add_lists(struct pb_span rest, struct pb_buf *out)
{
    PB_AUTO(pb_strv) struct pb_strv items = PB_STRV_INIT;
    struct pb_span line;
    for (size_t i = 0; i < MOST_LINES && pb_span_line(&rest, &line); i++) {
        line = pb_span_trim(line);
        if (line.length == 0) {
            break;
        }
        if (is_list(line)) {
            end_list(&items, out);
            pb_buf_adds(out, ". ");
            pb_buf_add(out, line.data, line.length);
            continue;
        }
        PB_AUTO(pb_buf) struct pb_buf item = PB_BUF_INIT;
        add_normalised(line, &item);
        pb_strv_take(&items, pb_buf_take(&item));
    }
    end_list(&items, out);
}

/* --- doctests ------------------------------------------------------------ */

/* Takes the lines off *rest that are indented by four or empty. */
static struct pb_span
take_block(struct pb_span *rest)
{
    struct pb_span block = {rest->data, 0};
    struct pb_span line;
    struct pb_span next = *rest;
    while (pb_span_line(&next, &line) &&
           (line.length == 0 || pb_span_starts(line, "    ")))
    {
        *rest = next;
    }
    block.length = (size_t)(rest->data - block.data);
    return block;
}

/* The line that ends the last traceback in the block. */
static struct pb_span
raised_in(struct pb_span block)
{
    struct pb_span last = {block.data, 0};
    struct pb_span line;
    bool in_body = false;
    while (pb_span_line(&block, &line)) {
        struct pb_exception found;
        struct pb_span text =
            pb_span_from(line, line.length < 4 ? line.length : 4);
        if (pb_span_starts(text, "  File \"")) {
            in_body = true;
        }
        else if (in_body && text.length > 0 && text.data[0] != ' ') {
            in_body = false;
            if (pb_exception_parse(text.data, text.length, &found)) {
                last = text;
            }
        }
    }
    return last;
}

/* The first line of `got` that `expected` does not have there. */
static struct pb_span
first_other(struct pb_span expected, struct pb_span got)
{
    struct pb_span one = {expected.data, 0};
    struct pb_span other = {got.data, 0};
    bool more = true;
    while (more && pb_span_equal(one, other)) {
        if (!pb_span_line(&expected, &one)) {
            one.length = 0;
        }
        more = pb_span_line(&got, &other);
        if (!more) {
            other.length = 0;
        }
    }
    return pb_span_trim(other);
}

/* The first line of an ndiff that is of one side only. */
static struct pb_span
first_marked(struct pb_span block)
{
    struct pb_span line;
    while (pb_span_line(&block, &line)) {
        line = pb_span_trim(line);
        if (pb_span_starts(line, "- ") || pb_span_starts(line, "+ ")) {
            return line;
        }
    }
    return (struct pb_span){block.data, 0};
}

static struct pb_span
what_happened(struct pb_span rest)
{
    struct pb_span line;
    struct pb_span expected = {rest.data, 0};
    while (pb_span_line(&rest, &line)) {
        if (pb_span_is(line, "Expected:")) {
            expected = take_block(&rest);
        }
        else if (pb_span_is(line, "Got:")) {
            return first_other(expected, take_block(&rest));
        }
        else if (pb_span_is(line, "Exception raised:")) {
            return raised_in(take_block(&rest));
        }
        else if (pb_span_starts(line, "Differences (")) {
            return first_marked(take_block(&rest));
        }
        else if (pb_span_is(line, "Got nothing")) {
            return line;
        }
        else if (!pb_span_is(line, "Expected nothing")) {
            break;
        }
    }
    return (struct pb_span){rest.data, 0};
}

/* Takes the first example that failed off *rest; of length 0 if there is
   none. */
static struct pb_span
take_example(struct pb_span *rest)
{
    static const char failed[] = "\nFailed example:\n";
    struct pb_span found = pb_span_find(*rest, failed);
    if (found.length == 0) {
        return found;
    }
    *rest = pb_span_from(found, strlen(failed));
    return take_block(rest);
}

/* ": example: what happened". */
static void
add_doctest(struct pb_span rest, struct pb_buf *out)
{
    struct pb_span block = take_example(&rest);
    struct pb_span example;
    if (!pb_span_line(&block, &example)) {
        return;
    }
    struct pb_span happened = what_happened(rest);
    pb_buf_adds(out, ": ");
    add_normalised(pb_span_trim(example), out);
    if (happened.length > 0) {
        pb_buf_adds(out, ": ");
        add_normalised(happened, out);
    }
}

void
pb_heading_add_rest(const char *message, struct pb_buf *out)
{
    struct pb_span rest = pb_span_of(message);
    struct pb_span heading;
    if (memchr("IEnF", message[0], 4) == NULL ||
        !pb_span_line(&rest, &heading)) {
        return; /* none of those below begins so */
    }
    if (pb_span_starts(heading, doctest)) {
        add_doctest(rest, out);
    }
    else if (is_list(heading)) {
        add_lists(rest, out);
    }
}

bool
pb_heading_raised(const char *message, struct pb_exception *out)
{
    static const char raised[] = "Exception raised:\n";
    struct pb_span rest = pb_span_of(message == NULL ? "" : message);
    if (!pb_span_starts(rest, doctest) || take_example(&rest).length == 0 ||
        !pb_span_starts(rest, raised))
    {
        return false;
    }
    struct pb_span line = what_happened(rest);
    return pb_exception_parse(line.data, line.length, out);
}
