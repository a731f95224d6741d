/* Not by way of pb_json: a suite of a million tests has two million events,
   and most of the time went into trees that are looked at once. */
#include "trial/readers/event.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NUMBER 63
#define REPLACEMENT 0xFFFD

static const char *const keys[PB_EVENT_KEYS] = {
    [PB_EVENT_KIND] = "e",          [PB_EVENT_ID] = "id",
    [PB_EVENT_OUTCOME] = "outcome", [PB_EVENT_TYPE] = "type",
    [PB_EVENT_MESSAGE] = "message", [PB_EVENT_TRACE] = "trace",
};

void
pb_event_init(struct pb_event *event)
{
    *event = (struct pb_event){.seconds = -1};
    for (size_t i = 0; i < PB_EVENT_KEYS; i++) {
        event->texts[i] = (struct pb_buf)PB_BUF_INIT;
    }
}

void
pb_event_clear(struct pb_event *event)
{
    for (size_t i = 0; i < PB_EVENT_KEYS; i++) {
        pb_buf_clear(&event->texts[i]);
    }
}

const char *
pb_event_text(const struct pb_event *event, enum pb_event_key key)
{
    return event->has[key] ? event->texts[key].data : NULL;
}

static void
skip_spaces(struct pb_span *rest)
{
    while (rest->length > 0 && strchr(" \t\r", rest->data[0]) != NULL &&
           rest->data[0] != '\0')
    {
        *rest = pb_span_from(*rest, 1);
    }
}

static bool
take(struct pb_span *rest, const char *text)
{
    skip_spaces(rest);
    if (!pb_span_starts(*rest, text)) {
        return false;
    }
    *rest = pb_span_from(*rest, strlen(text));
    return true;
}

/* RFC 3629. */
static void
add_character(struct pb_buf *out, uint32_t c)
{
    if (c < 0x80) {
        pb_buf_addch(out, (char)c);
        return;
    }
    if (c < 0x800) {
        pb_buf_addch(out, (char)(0xC0 | (c >> 6)));
    }
    else {
        if (c < 0x10000) {
            pb_buf_addch(out, (char)(0xE0 | (c >> 12)));
        }
        else {
            pb_buf_addch(out, (char)(0xF0 | (c >> 18)));
            pb_buf_addch(out, (char)(0x80 | ((c >> 12) & 0x3F)));
        }
        pb_buf_addch(out, (char)(0x80 | ((c >> 6) & 0x3F)));
    }
    pb_buf_addch(out, (char)(0x80 | (c & 0x3F)));
}

/* "\uXXXX" at the start of the text. */
static bool
take_unit(struct pb_span *rest, uint32_t *out)
{
    if (!pb_span_starts(*rest, "\\u") || rest->length < 6) {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 2; i < 6; i++) {
        unsigned char c = (unsigned char)rest->data[i];
        if (!isxdigit(c)) {
            return false;
        }
        int digit = isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
        value = value * 16 + (uint32_t)digit;
    }
    *out = value;
    *rest = pb_span_from(*rest, 6);
    return true;
}

static bool
take_escape(struct pb_span *rest, struct pb_buf *out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    uint32_t c = 0;
    if (take_unit(rest, &c)) {
        struct pb_span after = *rest;
        uint32_t low = 0;
        if (c >= 0xD800 && c < 0xDC00 && take_unit(&after, &low) &&
            low >= 0xDC00 && low < 0xE000)
        {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            *rest = after;
        }
        add_character(out, c >= 0xD800 && c < 0xE000 ? REPLACEMENT : c);
        return true;
    }
    if (rest->length < 2 || rest->data[1] == '\0') {
        return false;
    }
    const char *name = strchr(names, rest->data[1]);
    if (name == NULL) {
        return false;
    }
    pb_buf_addch(out, values[name - names]);
    *rest = pb_span_from(*rest, 2);
    return true;
}

static bool
take_string(struct pb_span *rest, struct pb_buf *out)
{
    if (!take(rest, "\"")) {
        return false;
    }
    for (;;) {
        const char *quote = memchr(rest->data, '"', rest->length);
        if (quote == NULL) {
            return false;
        }
        size_t length = (size_t)(quote - rest->data);
        const char *escape = memchr(rest->data, '\\', length);
        if (escape == NULL) {
            pb_buf_add(out, rest->data, length);
            *rest = pb_span_from(*rest, length + 1);
            return true;
        }
        length = (size_t)(escape - rest->data);
        pb_buf_add(out, rest->data, length);
        *rest = pb_span_from(*rest, length);
        if (!take_escape(rest, out)) {
            return false;
        }
    }
}

static bool
take_number(struct pb_span *rest, double *out)
{
    char text[LONGEST_NUMBER + 1];
    size_t length = 0;
    skip_spaces(rest);
    while (length < rest->length && length < LONGEST_NUMBER &&
           (isdigit((unsigned char)rest->data[length]) ||
            memchr("+-.eE", rest->data[length], 5) != NULL))
    {
        text[length] = rest->data[length];
        length++;
    }
    text[length] = '\0';
    char *end = text;
    *out = strtod(text, &end);
    *rest = pb_span_from(*rest, length);
    return end != text && *end == '\0';
}

/* Values of keys that are not ours go into a buffer of no use. */
static bool
take_value(struct pb_event *event, const char *key, struct pb_span *rest,
           struct pb_buf *unused)
{
    double number = 0;
    skip_spaces(rest);
    if (pb_span_starts(*rest, "\"")) {
        for (size_t i = 0; i < PB_EVENT_KEYS; i++) {
            if (strcmp(key, keys[i]) == 0) {
                event->has[i] = true;
                pb_buf_truncate(&event->texts[i], 0);
                return take_string(rest, &event->texts[i]);
            }
        }
        pb_buf_truncate(unused, 0);
        return take_string(rest, unused);
    }
    if (take(rest, "null") || take(rest, "true") || take(rest, "false")) {
        return true;
    }
    if (!take_number(rest, &number)) {
        return false;
    }
    if (strcmp(key, "seconds") == 0) {
        event->seconds = number;
    }
    return true;
}

static void
reset(struct pb_event *event)
{
    event->seconds = -1;
    memset(event->has, 0, sizeof(event->has));
}

bool
pb_event_parse(struct pb_event *event, struct pb_span line)
{
    PB_AUTO(pb_buf) struct pb_buf key = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf unused = PB_BUF_INIT;
    reset(event);
    if (!take(&line, "{")) {
        return false;
    }
    do {
        pb_buf_truncate(&key, 0);
        if (!take_string(&line, &key) || !take(&line, ":") ||
            !take_value(event, key.data, &line, &unused))
        {
            return false;
        }
    } while (take(&line, ","));
    bool whole = take(&line, "}");
    skip_spaces(&line);
    return whole && line.length == 0;
}
