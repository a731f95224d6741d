/* PCRE2, always with limits: patterns come from recipes, subjects from
   foreign test suites. */
#include "pybisect/regex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"

/* Compiled twice: with PCRE2_MATCH_INVALID_UTF the JIT of 10.42 never matches
   \S, \W or \D with a character that is not ASCII. */
struct pb_regex {
    pcre2_code *code;
    pcre2_code *tolerant; /* of subjects that are not UTF-8; no JIT */
    pcre2_match_context *context;
};

static void *
must(void *object)
{
    if (object == NULL) {
        abort(); /* PCRE2 gives NULL for want of memory only */
    }
    return object;
}

struct pb_regex *
pb_regex_new(const char *pattern, struct pb_error *err)
{
    const uint32_t flags = PCRE2_UTF | PCRE2_MULTILINE;
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *tolerant =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                      flags | PCRE2_MATCH_INVALID_UTF, &code, &offset, NULL);
    if (tolerant == NULL) {
        char reason[256];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof(reason));
        pb_error_set(err, PB_ERROR_CONFIG,
                     "bad regular expression '%s': %s at character %zu",
                     pattern, reason, (size_t)offset + 1);
        return NULL;
    }
    struct pb_regex *regex = pb_alloc(sizeof(*regex));
    regex->tolerant = tolerant;
    regex->code =
        must(pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, flags,
                           &code, &offset, NULL));
    /* Without JIT support matching is slower, not different. */
    (void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    regex->context = must(pcre2_match_context_create(NULL));
    pcre2_set_match_limit(regex->context, PB_LIMIT_REGEX_MATCH);
    pcre2_set_depth_limit(regex->context, PB_LIMIT_REGEX_DEPTH);
    pcre2_set_heap_limit(regex->context, PB_LIMIT_REGEX_HEAP);
    return regex;
}

/* PCRE2 looks at every byte before it matches, which takes longer than most
   matches do. */
static bool
is_ascii(const char *subject, size_t length)
{
    uint64_t seen = 0;
    size_t i = 0;
    for (; i + sizeof(seen) <= length; i += sizeof(seen)) {
        uint64_t word = 0;
        memcpy(&word, subject + i, sizeof(word));
        seen |= word;
    }
    for (; i < length; i++) {
        seen |= (unsigned char)subject[i];
    }
    return (seen & 0x8080808080808080) == 0;
}

/* The number of groups set, 0 for no match. */
static size_t
match(const struct pb_regex *regex, const char *subject, size_t length,
      size_t from, pcre2_match_data *data)
{
    PCRE2_SPTR text = (PCRE2_SPTR)subject;
    uint32_t flags = is_ascii(subject, length) ? PCRE2_NO_UTF_CHECK : 0;
    int count = pcre2_match(regex->code, text, length, from, flags, data,
                            regex->context);
    if (count <= PCRE2_ERROR_UTF8_ERR1 && count >= PCRE2_ERROR_BADUTFOFFSET) {
        count = pcre2_match(regex->tolerant, text, length, from, 0, data,
                            regex->context);
    }
    if (count == PCRE2_ERROR_JIT_STACKLIMIT) {
        /* The interpreter has its frames on the heap. */
        count = pcre2_match(regex->code, text, length, from,
                            flags | PCRE2_NO_JIT, data, regex->context);
    }
    if (count == 0) {
        return PB_REGEX_GROUPS; /* more groups than there is room for */
    }
    return count < 0 ? 0 : (size_t)count;
}

bool
pb_regex_match(const struct pb_regex *regex, const char *subject,
               size_t length, size_t from, struct pb_regex_match *out_match)
{
    if (from > length) {
        return false;
    }
    pcre2_match_data *data =
        must(pcre2_match_data_create(PB_REGEX_GROUPS, NULL));
    size_t count = match(regex, subject, length, from, data);
    if (count > 0) {
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(data);
        out_match->count = count;
        for (size_t i = 0; i < PB_REGEX_GROUPS; i++) {
            bool set = i < count && ends[2 * i] != PCRE2_UNSET;
            out_match->group[i].start = set ? ends[2 * i] : SIZE_MAX;
            out_match->group[i].end = set ? ends[2 * i + 1] : SIZE_MAX;
        }
    }
    pcre2_match_data_free(data);
    return count > 0;
}

size_t
pb_regex_group(const struct pb_regex *regex, const char *name)
{
    int number =
        pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)name);
    return number < 0 ? 0 : (size_t)number;
}

static void
add_replacement(const char *replacement, const char *subject,
                const struct pb_regex_match *found, struct pb_buf *out)
{
    for (const char *p = replacement; *p != '\0'; p++) {
        if (p[0] != '$' || p[1] < '1' || p[1] > '9') {
            pb_buf_addch(out, *p);
            continue;
        }
        p++;
        size_t group = (size_t)(*p - '0');
        size_t start = found->group[group].start;
        if (start != SIZE_MAX) {
            pb_buf_add(out, subject + start, found->group[group].end - start);
        }
    }
}

/* Where the character after the one at `at` starts. */
static size_t
next_character(const char *subject, size_t length, size_t at)
{
    do {
        at++;
    } while (at < length && ((unsigned char)subject[at] & 0xC0) == 0x80);
    return at;
}

void
pb_regex_replace(const struct pb_regex *regex, const char *subject,
                 size_t length, const char *replacement, struct pb_buf *out)
{
    size_t copied = 0;
    size_t from = 0;
    struct pb_regex_match found;
    while (pb_regex_match(regex, subject, length, from, &found)) {
        size_t start = found.group[0].start;
        size_t end = found.group[0].end;
        pb_buf_add(out, subject + copied, start - copied);
        add_replacement(replacement, subject, &found, out);
        copied = end;
        from = end > start ? end : next_character(subject, length, end);
    }
    pb_buf_add(out, subject + copied, length - copied);
}

void
pb_regex_free(struct pb_regex *regex)
{
    if (regex != NULL) {
        pcre2_match_context_free(regex->context);
        pcre2_code_free(regex->code);
        pcre2_code_free(regex->tolerant);
        free(regex);
    }
}
