/* PCRE2 with JIT where present and match limits always; subjects are bytes
   and may be invalid UTF-8. */
#ifndef PYBISECT_REGEX_H
#define PYBISECT_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/buf.h"
#include "pybisect/error.h"

struct pb_regex; /* opaque */

#define PB_REGEX_GROUPS 10

struct pb_regex_match {
    size_t count; /* groups set, whole match included */
    struct {
        size_t start; /* == end == SIZE_MAX: the group took no part */
        size_t end;
    } group[PB_REGEX_GROUPS];
};

/* `^` and `$` match at lines. Caller frees with pb_regex_free. */
struct pb_regex *pb_regex_new(const char *pattern, struct pb_error *err);

/* True on a match at or after `from`. Out of a limit counts as no match. */
bool pb_regex_match(const struct pb_regex *regex, const char *subject,
                    size_t length, size_t from,
                    struct pb_regex_match *out_match);

/* The number of the group (?<name>...); 0 if there is none, or several. */
size_t pb_regex_group(const struct pb_regex *regex, const char *name);

/* Appends subject with every match replaced; $1 to $9 in `replacement`. */
void pb_regex_replace(const struct pb_regex *regex, const char *subject,
                      size_t length, const char *replacement,
                      struct pb_buf *out);

void pb_regex_free(struct pb_regex *regex);

PB_DEFINE_AUTO_FREE(pb_regex, struct pb_regex, pb_regex_free)

#endif
