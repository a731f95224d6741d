/* JSON by jansson. A struct pb_json is a json_t under another name. */
#include "pybisect/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/utf8.h"
#include "pybisect/limits.h"

/* Reals: 0.1 reads 0.1 and not 0.10000000000000001. */
#define REAL_DIGITS 15

static json_t *
inner(struct pb_json *value)
{
    return (json_t *)value;
}

static const json_t *
inner_const(const struct pb_json *value)
{
    return (const json_t *)value;
}

/* jansson gives NULL for what we have ruled out, and for want of memory. */
static struct pb_json *
outer(json_t *value)
{
    if (value == NULL) {
        abort();
    }
    return (struct pb_json *)value;
}

struct pb_json *
pb_json_object(void)
{
    return outer(json_object());
}

struct pb_json *
pb_json_array(void)
{
    return outer(json_array());
}

struct pb_json *
pb_json_string(const char *text)
{
    return text == NULL ? pb_json_null() : pb_json_bytes(text, strlen(text));
}

struct pb_json *
pb_json_bytes(const char *text, size_t length)
{
    PB_AUTO(pb_buf) struct pb_buf clean = PB_BUF_INIT;
    pb_utf8_clean(text, length, &clean);
    return outer(json_stringn_nocheck(clean.data, clean.len));
}

struct pb_json *
pb_json_integer(int64_t value)
{
    return outer(json_integer(value));
}

struct pb_json *
pb_json_real(double value)
{
    /* JSON has no word for infinity or "not a number". */
    return isfinite(value) ? outer(json_real(value)) : pb_json_null();
}

struct pb_json *
pb_json_bool(bool value)
{
    return outer(json_boolean(value));
}

struct pb_json *
pb_json_null(void)
{
    return outer(json_null());
}

struct pb_json *
pb_json_strings(const struct pb_strv *list)
{
    struct pb_json *array = pb_json_array();
    for (size_t i = 0; i < list->len; i++) {
        pb_json_append(array, pb_json_string(list->items[i]));
    }
    return array;
}

void
pb_json_set(struct pb_json *object, const char *key, struct pb_json *value)
{
    assert(json_is_object(inner(object)) && value != NULL && value != object);
    PB_AUTO(pb_buf) struct pb_buf clean = PB_BUF_INIT;
    pb_utf8_clean(key, strlen(key), &clean);
    if (json_object_set_new_nocheck(inner(object), clean.data, inner(value)) <
        0) {
        abort();
    }
}

void
pb_json_append(struct pb_json *array, struct pb_json *value)
{
    assert(json_is_array(inner(array)) && value != NULL && value != array);
    if (json_array_append_new(inner(array), inner(value)) < 0) {
        abort();
    }
}

bool
pb_json_has(const struct pb_json *object, const char *key)
{
    return pb_json_get(object, key) != NULL;
}

struct pb_json *
pb_json_get(const struct pb_json *object, const char *key)
{
    return (struct pb_json *)json_object_get(inner_const(object), key);
}

const char *
pb_json_get_string(const struct pb_json *object, const char *key)
{
    return pb_json_text(pb_json_get(object, key));
}

int64_t
pb_json_get_integer(const struct pb_json *object, const char *key)
{
    return json_integer_value(inner(pb_json_get(object, key)));
}

double
pb_json_get_real(const struct pb_json *object, const char *key)
{
    return json_number_value(inner(pb_json_get(object, key)));
}

bool
pb_json_get_bool(const struct pb_json *object, const char *key)
{
    return json_is_true(inner(pb_json_get(object, key)));
}

void
pb_json_get_strings(const struct pb_json *object, const char *key,
                    struct pb_strv *out)
{
    const struct pb_json *array = pb_json_get(object, key);
    for (size_t i = 0; i < pb_json_length(array); i++) {
        const json_t *item = inner(pb_json_at(array, i));
        if (json_is_string(item)) {
            pb_strv_add(out, json_string_value(item));
        }
    }
}

size_t
pb_json_length(const struct pb_json *array)
{
    return json_array_size(inner_const(array));
}

struct pb_json *
pb_json_at(const struct pb_json *array, size_t index)
{
    return (struct pb_json *)json_array_get(inner_const(array), index);
}

const char *
pb_json_text(const struct pb_json *string)
{
    const char *text = json_string_value(inner_const(string));
    return text == NULL ? "" : text;
}

int64_t
pb_json_whole(const struct pb_json *number)
{
    return json_integer_value(inner_const(number));
}

bool
pb_json_is_null(const struct pb_json *value)
{
    return value == NULL || json_is_null(inner_const(value));
}

struct pb_json *
pb_json_parse(const char *text, size_t length, const char *name,
              struct pb_error *err)
{
    if (length > PB_LIMIT_JSON_BYTES) {
        pb_error_set(err, PB_ERROR_LIMIT, "'%s' is larger than %d bytes", name,
                     PB_LIMIT_JSON_BYTES);
        return NULL;
    }
    json_error_t reason;
    json_t *value =
        json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &reason);
    if (value == NULL) {
        pb_error_set(err, PB_ERROR_CONFIG, "'%s' is not valid JSON: %s", name,
                     reason.text);
        pb_error_at(err, name, reason.line < 0 ? 0 : reason.line);
        return NULL;
    }
    return outer(value);
}

static int
write_chunk(const char *data, size_t length, void *context)
{
    pb_buf_add(context, data, length);
    return 0;
}

void
pb_json_write(const struct pb_json *value, bool pretty, struct pb_buf *out)
{
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS);
    flags |= pretty ? JSON_INDENT(2) : JSON_COMPACT;
    if (json_dump_callback(inner_const(value), write_chunk, out, flags) < 0) {
        abort(); /* a cycle: a value was put into itself */
    }
    if (pretty) {
        pb_buf_addch(out, '\n');
    }
}

struct pb_json *
pb_json_copy(const struct pb_json *value)
{
    return value == NULL ? NULL : outer(json_deep_copy(inner_const(value)));
}

void
pb_json_free(struct pb_json *value)
{
    json_decref(inner(value));
}
