/* One spelling for the id of a test, whatever printed it. */
#include "pybisect/results.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "pybisect/alloc.h"
#include "pybisect/digest.h"
#include "pybisect/limits.h"
#include "trial/text.h"

#define HASH_DIGITS 16

/* What is longer is hashed as it comes, and its end is not looked at. */
#define LONGEST_CLEANED ((size_t)64 * 1024)

static const char *const fixtures[] = {"setUpClass", "tearDownClass",
                                       "setUpModule", "tearDownModule"};

/* The length of what may stand in a dotted Python name ("<locals>" too). */
static size_t
name_length(struct pb_span text, const char *more)
{
    size_t end = 0;
    while (end < text.length && text.data[end] != '\0' &&
           (isalnum((unsigned char)text.data[end]) ||
            (unsigned char)text.data[end] >= 0x80 ||
            strchr(more, text.data[end]) != NULL))
    {
        end++;
    }
    return end;
}

static bool
is_fixture(struct pb_span name)
{
    for (size_t i = 0; i < PB_LENGTH(fixtures); i++) {
        if (pb_span_is(name, fixtures[i])) {
            return true;
        }
    }
    return false;
}

/* "name (place)" and an optional " [sub-test] (i=1)". */
static bool
split(struct pb_span id, struct pb_span *name, struct pb_span *place,
      struct pb_span *suffix)
{
    *name = (struct pb_span){id.data, name_length(id, "_-")};
    struct pb_span rest = pb_span_from(id, name->length);
    if (name->length == 0 || is_fixture(*name) || !pb_span_starts(rest, " ("))
    {
        return false;
    }
    rest = pb_span_from(rest, 2);
    *place = (struct pb_span){rest.data, name_length(rest, "_.<>")};
    rest = pb_span_from(rest, place->length);
    if (place->length == 0 || !pb_span_starts(rest, ")")) {
        return false;
    }
    *suffix = pb_span_from(rest, 1);
    return suffix->length == 0 || pb_span_starts(*suffix, " (") ||
           pb_span_starts(*suffix, " [");
}

/* Since 3.11 the place holds the name as well. */
static bool
ends_in_name(struct pb_span place, struct pb_span name)
{
    return place.length > name.length &&
           place.data[place.length - name.length - 1] == '.' &&
           memcmp(place.data + place.length - name.length, name.data,
                  name.length) == 0;
}

static void
rename_old_forms(struct pb_span id, struct pb_buf *out)
{
    struct pb_span name;
    struct pb_span place;
    struct pb_span suffix;
    if (!split(id, &name, &place, &suffix)) {
        pb_buf_add(out, id.data, id.length);
        return;
    }
    pb_buf_add(out, place.data, place.length);
    if (!ends_in_name(place, name)) {
        pb_buf_addch(out, '.');
        pb_buf_add(out, name.data, name.length);
    }
    pb_buf_add(out, suffix.data, suffix.length);
}

/* Ids are printed on terminals and stand in lists of one a line. */
static void
escape_controls(struct pb_span id, struct pb_buf *out)
{
    for (size_t i = 0; i < id.length; i++) {
        unsigned char c = (unsigned char)id.data[i];
        if (c == '\n') {
            pb_buf_adds(out, "\\n");
        }
        else if (c < 0x20 || c == 0x7F) {
            pb_buf_addf(out, "\\x%02x", (unsigned)c);
        }
        else {
            pb_buf_addch(out, id.data[i]);
        }
    }
}

static void
cap(struct pb_buf *id, const struct pb_digest *whole)
{
    if (id->len <= PB_LIMIT_TEST_ID_BYTES) {
        return;
    }
    struct pb_digest digest =
        whole != NULL ? *whole : pb_digest_of(id->data, id->len);
    char hex[PB_DIGEST_HEX];
    pb_digest_hex(&digest, hex);
    size_t kept = pb_text_boundary(id->data, id->len,
                                   PB_LIMIT_TEST_ID_BYTES - HASH_DIGITS - 1);
    pb_buf_truncate(id, kept);
    pb_buf_addf(id, "#%.*s", HASH_DIGITS, hex);
}

void
pb_results_canonical_id(const char *id, size_t length, struct pb_buf *out)
{
    /* What most ids are. Renaming makes none longer. */
    struct pb_span plain = {id, length};
    if (length <= PB_LIMIT_TEST_ID_BYTES && pb_text_is_plain(plain) &&
        memchr(id, '\t', length) == NULL)
    {
        rename_old_forms(plain, out);
        return;
    }
    struct pb_digest digest;
    bool huge = length > LONGEST_CLEANED;
    if (huge) {
        digest = pb_digest_of(id, length);
        length = LONGEST_CLEANED;
    }
    PB_AUTO(pb_buf) struct pb_buf clean = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf printable = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf canonical = PB_BUF_INIT;
    pb_utf8_clean(id, length, &clean);
    escape_controls((struct pb_span){clean.data, clean.len}, &printable);
    rename_old_forms((struct pb_span){printable.data, printable.len},
                     &canonical);
    cap(&canonical, huge ? &digest : NULL);
    pb_buf_add(out, canonical.data, canonical.len);
}
