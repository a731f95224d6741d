/* Versions: read and compared by the rules of PEP 440. */
#include "recipe/release.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pybisect/alloc.h"

static bool
read_number(const char **at, unsigned long *out)
{
    if (!isdigit((unsigned char)**at)) {
        return false;
    }
    char *end = NULL;
    *out = strtoul(*at, &end, 10);
    *at = end;
    return true;
}

static void
skip_separator(const char **at)
{
    if (**at != '\0' && strchr(".-_", **at) != NULL) {
        *at += 1;
    }
}

/* One of the words, and the number behind it, which may be left out. */
static bool
read_word(const char **at, const char *const *words, size_t count,
          size_t *out_word, unsigned long *out_number)
{
    const char *from = *at;
    skip_separator(&from);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]);
        if (strncasecmp(from, words[i], length) == 0 &&
            !isalpha((unsigned char)from[length]))
        {
            from += length;
            const char *number = from;
            skip_separator(&number);
            *out_number = 0;
            *out_word = i;
            *at = read_number(&number, out_number) ? number : from;
            return true;
        }
    }
    return false;
}

static bool
read_parts(const char **at, struct pb_release *out)
{
    unsigned long number = 0;
    if (!read_number(at, &number)) {
        return false;
    }
    if (**at == '!') {
        out->epoch = number;
        *at += 1;
        if (!read_number(at, &number)) {
            return false;
        }
    }
    out->parts[out->len++] = number;
    while (**at == '.' && isdigit((unsigned char)(*at)[1])) {
        *at += 1;
        read_number(at, &number);
        if (out->len < PB_RELEASE_PARTS) {
            out->parts[out->len++] = number;
        }
    }
    return true;
}

bool
pb_release_parse(const char *text, struct pb_release *out)
{
    static const char *const pre[] = {"alpha", "a",       "beta", "b",
                                      "rc",    "preview", "pre",  "c"};
    static const char letters[] = "aabbrrrr";
    static const char *const post[] = {"post", "rev", "r"};
    static const char *const dev[] = {"dev"};
    struct pb_release read = {.epoch = 0};
    size_t word = 0;
    text += *text == 'v' || *text == 'V';
    if (!read_parts(&text, &read)) {
        return false;
    }
    if (read_word(&text, pre, PB_LENGTH(pre), &word, &read.pre_number)) {
        read.pre = (unsigned char)letters[word];
    }
    if (read_word(&text, post, PB_LENGTH(post), &word, &read.post)) {
        read.has_post = true;
    }
    else if (*text == '-' && isdigit((unsigned char)text[1])) {
        text++;
        read.has_post = read_number(&text, &read.post);
    }
    read.has_dev = read_word(&text, dev, PB_LENGTH(dev), &word, &read.dev);
    if (*text != '\0' && *text != '+') {
        return false;
    }
    read.stage = read.pre != 0   ? -1
                 : read.has_post ? 1
                 : read.has_dev  ? -2
                                 : 0;
    *out = read;
    return true;
}

static int
compare_numbers(unsigned long a, unsigned long b)
{
    return (a > b) - (a < b);
}

static int
compare_parts(const struct pb_release *a, const struct pb_release *b)
{
    int order = compare_numbers(a->epoch, b->epoch);
    for (size_t i = 0; i < PB_RELEASE_PARTS && order == 0; i++) {
        order = compare_numbers(i < a->len ? a->parts[i] : 0,
                                i < b->len ? b->parts[i] : 0);
    }
    return order;
}

int
pb_release_compare(const struct pb_release *a, const struct pb_release *b)
{
    int order = compare_parts(a, b);
    if (order == 0) {
        order = (a->stage > b->stage) - (a->stage < b->stage);
    }
    if (order == 0) {
        order = (a->pre > b->pre) - (a->pre < b->pre);
    }
    if (order == 0) {
        order = compare_numbers(a->pre_number, b->pre_number);
    }
    if (order == 0) {
        order = compare_numbers(a->has_post, b->has_post);
    }
    if (order == 0) {
        order = compare_numbers(a->post, b->post);
    }
    if (order == 0) { /* without "dev" is later than with it */
        order = compare_numbers(!a->has_dev, !b->has_dev);
    }
    return order != 0 ? order : compare_numbers(a->dev, b->dev);
}

bool
pb_release_is_early(const struct pb_release *release)
{
    return release->pre != 0 || release->has_dev;
}

/* "1.2.*" and "~=1.2.3": equal as far as the first `count` parts. */
static bool
has_prefix(const struct pb_release *release, const struct pb_release *prefix,
           size_t count)
{
    struct pb_release cut = *release;
    struct pb_release wanted = *prefix;
    cut.len = cut.len < count ? cut.len : count;
    wanted.len = wanted.len < count ? wanted.len : count;
    return compare_parts(&cut, &wanted) == 0;
}

enum operator{
    SAME,
    EQUAL,
    UNEQUAL,
    COMPATIBLE,
    AT_MOST,
    AT_LEAST,
    LESS,
    MORE
};

static const char *
read_operator(const char *at, enum operator* out)
{
    static const char *const words[] = {
        "===", "==", "!=", "~=", "<=", ">=", "<", ">"};
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (strncmp(at, words[i], strlen(words[i])) == 0) {
            *out = (enum operator)i;
            return at + strlen(words[i]);
        }
    }
    return NULL;
}

/* "<2" leaves 2rc1 out, ">2" leaves 2.post1 out. */
static bool
is_beyond(enum operator operator, const struct pb_release * release,
          const struct pb_release *bound)
{
    int order = pb_release_compare(release, bound);
    bool same = compare_parts(release, bound) == 0;
    if (operator== LESS) {
        return order < 0 && !(same && !pb_release_is_early(bound));
    }
    return order > 0 && !(same && !bound->has_post && release->has_post);
}

static bool
clause_holds(const struct pb_release *release, const char *clause,
             bool only_least)
{
    enum operator operator= EQUAL;
    struct pb_release bound = {.epoch = 0};
    const char *version = read_operator(clause, &operator);
    if (version == NULL) {
        return false;
    }
    size_t length = strlen(version);
    bool any = length > 2 && strcmp(version + length - 2, ".*") == 0;
    PB_AUTOFREE char *text = pb_strndup(version, length - (any ? 2 : 0));
    if (!pb_release_parse(text, &bound)) {
        return false;
    }
    int order = pb_release_compare(release, &bound);
    bool equal = any ? has_prefix(release, &bound, bound.len) : order == 0;
    switch (operator) {
    case SAME:
    case EQUAL:
        return equal;
    case UNEQUAL:
        return !equal;
    case COMPATIBLE:
        return order >= 0 &&
               (only_least ||
                (bound.len > 1 && has_prefix(release, &bound, bound.len - 1)));
    case AT_MOST:
        return only_least || order <= 0;
    case AT_LEAST:
        return order >= 0;
    case LESS:
        return only_least || is_beyond(LESS, release, &bound);
    case MORE:
        return is_beyond(MORE, release, &bound);
    }
    return false;
}

bool
pb_release_allowed(const struct pb_release *release, const char *specifiers,
                   bool only_least)
{
    PB_AUTOFREE char *copy = pb_strdup(specifiers);
    char *rest = NULL;
    for (char *clause = strtok_r(copy, ",", &rest); clause != NULL;
         clause = strtok_r(NULL, ",", &rest))
    {
        clause += strspn(clause, " \t");
        clause[strcspn(clause, " \t")] = '\0';
        if (*clause != '\0' && !clause_holds(release, clause, only_least)) {
            return false;
        }
    }
    return true;
}
