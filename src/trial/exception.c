/* A traceback's body is indented and has a "File" line; the first line after
   it that is not indented names the exception. */
#include "trial/exception.h"

#include <ctype.h>
#include <string.h>

static bool
is_name_byte(char c)
{
    /* "<locals>" stands in qualified names. */
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
           strchr("_.<>", c) != NULL;
}

/* "mod.Error", but neither "make" nor "a.b.c". */
static bool
is_type_name(const char *name, size_t length)
{
    if (length == 0 || isdigit((unsigned char)name[0]) || name[0] == '.' ||
        name[length - 1] == '.' || name[length - 1] == '>')
    {
        return false;
    }
    size_t last = length;
    while (last > 0 && name[last - 1] != '.') {
        last--;
    }
    while (last + 1 < length && name[last] == '_') {
        last++;
    }
    return isupper((unsigned char)name[last]) ||
           (unsigned char)name[last] >= 0x80;
}

bool
pb_exception_parse(const char *line, size_t length, struct pb_exception *out)
{
    size_t end = 0;
    while (end < length && line[end] != '\0' && is_name_byte(line[end])) {
        end++;
    }
    if (!is_type_name(line, end)) {
        return false;
    }
    size_t message = end;
    if (end < length) {
        if (line[end] != ':' || (end + 1 < length && line[end + 1] != ' ')) {
            return false;
        }
        message = end + 2 < length ? end + 2 : length;
    }
    out->type = line;
    out->type_length = end;
    out->message = line + message;
    out->message_length = length - message;
    return true;
}

bool
pb_exception_find(const char *text, size_t length, struct pb_exception *out)
{
    static const char frame[] = "  File \"";
    bool found = false;
    bool in_body = false;
    struct pb_span rest = {text, length};
    struct pb_span line = {NULL, 0};
    while (pb_span_line(&rest, &line)) {
        if (pb_span_starts(line, frame)) {
            in_body = true;
        }
        else if (in_body && line.length > 0 && line.data[0] != ' ') {
            found = pb_exception_parse(line.data, line.length, out) || found;
            in_body = false;
        }
    }
    return found;
}

struct pb_span
pb_exception_marked(struct pb_span text)
{
    struct pb_span last = {text.data, 0};
    bool in_block = false;
    struct pb_span line;
    while (pb_span_line(&text, &line)) {
        bool marked = pb_span_starts(line, "E  ");
        if (marked && !in_block) {
            last = pb_span_trim(pb_span_from(line, 1));
        }
        in_block = marked;
    }
    return last;
}
