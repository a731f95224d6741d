/* JSON values (jansson inside). A value is owned by whoever made it until it
   is put into an object or array, which takes it. Getters borrow and accept
   NULL and values of another type: they then give NULL, 0, false or "", so
   that reading a record needs no pyramid of checks. Objects keep insertion
   order; text that is not UTF-8 is stored with U+FFFD in place of bad bytes.
 */
#ifndef PYBISECT_JSON_H
#define PYBISECT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

struct pb_json; /* opaque */

struct pb_json *pb_json_object(void);
struct pb_json *pb_json_array(void);
struct pb_json *pb_json_string(const char *text); /* NULL gives null */
struct pb_json *pb_json_bytes(const char *text, size_t length);
struct pb_json *pb_json_integer(int64_t value);
struct pb_json *pb_json_real(double value);
struct pb_json *pb_json_bool(bool value);
struct pb_json *pb_json_null(void);
struct pb_json *pb_json_strings(const struct pb_strv *list);

/* Take `value`; set replaces an older one. */
void pb_json_set(struct pb_json *object, const char *key,
                 struct pb_json *value);
void pb_json_append(struct pb_json *array, struct pb_json *value);

bool pb_json_has(const struct pb_json *object, const char *key);
struct pb_json *pb_json_get(const struct pb_json *object, const char *key);
const char *pb_json_get_string(const struct pb_json *object, const char *key);
int64_t pb_json_get_integer(const struct pb_json *object, const char *key);
double pb_json_get_real(const struct pb_json *object, const char *key);
bool pb_json_get_bool(const struct pb_json *object, const char *key);
void pb_json_get_strings(const struct pb_json *object, const char *key,
                         struct pb_strv *out);

size_t pb_json_length(const struct pb_json *array);
struct pb_json *pb_json_at(const struct pb_json *array, size_t index);
const char *pb_json_text(const struct pb_json *string);
int64_t pb_json_whole(const struct pb_json *number);
bool pb_json_is_null(const struct pb_json *value); /* NULL too */

/* Errors carry the line. `name` is what messages call the input. Caller
   frees with pb_json_free. */
struct pb_json *pb_json_parse(const char *text, size_t length,
                              const char *name, struct pb_error *err);
/* pretty: two spaces an indent and a final newline; else compact. */
void pb_json_write(const struct pb_json *value, bool pretty,
                   struct pb_buf *out);
struct pb_json *pb_json_copy(const struct pb_json *value); /* deep */
void pb_json_free(struct pb_json *value);

PB_DEFINE_AUTO_FREE(pb_json, struct pb_json, pb_json_free)

#endif
