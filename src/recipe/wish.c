/* Requirements as distributions write them, and the markers in them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "recipe/release.h"

#define SPACES " \t\r\n"
#define MARKER_DEPTH 20

char *
pb_distribution_name(const char *name)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (const char *at = name; *at != '\0'; at++) {
        if (strchr("-_.", *at) == NULL) {
            pb_buf_addch(&out, (char)tolower((unsigned char)*at));
        }
        else if (out.len > 0 && out.data[out.len - 1] != '-') {
            pb_buf_addch(&out, '-');
        }
    }
    return pb_buf_take(&out);
}

void
pb_wish_clear(struct pb_wish *wish)
{
    free(wish->name);
    free(wish->specifiers);
    free(wish->marker);
    pb_strv_clear(&wish->extras);
    *wish = (struct pb_wish){.name = NULL};
}

static const char *
read_extras(const char *at, struct pb_strv *out)
{
    at++;
    for (;;) {
        at += strspn(at, SPACES ",");
        size_t length = strcspn(at, SPACES ",]");
        if (length == 0) {
            return *at == ']' ? at + 1 : NULL;
        }
        PB_AUTOFREE char *extra = pb_strndup(at, length);
        pb_strv_take(out, pb_distribution_name(extra));
        at += length;
    }
}

/* ">= 1, < 2" or "(>=1)", without spaces and parentheses. */
static char *
read_specifiers(const char *from, const char *to)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (; from < to; from++) {
        if (strchr(SPACES "()", *from) == NULL) {
            pb_buf_addch(&out, *from);
        }
    }
    return pb_buf_take(&out);
}

static bool
are_specifiers(const char *text)
{
    struct pb_release any;
    PB_AUTOFREE char *copy = pb_strdup(text);
    char *rest = NULL;
    for (char *clause = strtok_r(copy, ",", &rest); clause != NULL;
         clause = strtok_r(NULL, ",", &rest))
    {
        size_t sign = strspn(clause, "=<>!~");
        size_t length = strlen(clause);
        if (length > 2 && strcmp(clause + length - 2, ".*") == 0) {
            clause[length - 2] = '\0';
        }
        if (sign == 0 || !pb_release_parse(clause + sign, &any)) {
            return false;
        }
    }
    return true;
}

int
pb_wish_parse(const char *text, struct pb_wish *out, struct pb_error *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789._-";
    PB_AUTO(pb_wish) struct pb_wish wish = {.name = NULL};
    const char *at = text + strspn(text, SPACES);
    PB_AUTOFREE char *name = pb_strndup(at, strspn(at, letters));
    at += strlen(name);
    at += strspn(at, SPACES);
    if (*at == '[') {
        at = read_extras(at, &wish.extras);
    }
    if (*name == '\0' || at == NULL || *(at + strspn(at, SPACES)) == '@') {
        return pb_error_set(err, PB_ERROR_CONFIG,
                            "'%s' is no requirement by name and version",
                            text);
    }
    const char *marker = strchr(at, ';');
    const char *end = marker != NULL ? marker : at + strlen(at);
    wish.name = pb_distribution_name(name);
    wish.specifiers = read_specifiers(at, end);
    if (marker != NULL) {
        wish.marker = pb_strdup(marker + 1);
    }
    if (!are_specifiers(wish.specifiers)) {
        return pb_error_set(err, PB_ERROR_CONFIG,
                            "cannot read the versions of '%s'", text);
    }
    *out = wish;
    wish = (struct pb_wish){.name = NULL};
    return 0;
}

/* --- markers ------------------------------------------------------------ */

struct marker {
    const char *at;
    const char *python;
    const struct pb_strv *extras;
    int depth;
    bool failed;
};

static bool
take(struct marker *marker, const char *word)
{
    size_t length = strlen(word);
    marker->at += strspn(marker->at, SPACES);
    bool letters = isalpha((unsigned char)word[0]);
    if (strncmp(marker->at, word, length) != 0 ||
        (letters && isalnum((unsigned char)marker->at[length])))
    {
        return false;
    }
    marker->at += length;
    return true;
}

/* A quoted text, or the value of a variable of CPython on Linux. Caller
   frees. */
static char *
take_value(struct marker *marker, bool *out_extra, bool *out_version)
{
    struct utsname machine;
    uname(&machine);
    marker->at += strspn(marker->at, SPACES);
    char quote = *marker->at;
    if (quote == '\'' || quote == '"') {
        const char *end = strchr(marker->at + 1, quote);
        if (end == NULL) {
            marker->failed = true;
            return pb_strdup("");
        }
        char *text =
            pb_strndup(marker->at + 1, (size_t)(end - marker->at - 1));
        marker->at = end + 1;
        return text;
    }
    const struct {
        const char *name;
        const char *value;
        bool version;
    } variables[] = {
        {"python_version", marker->python, true},
        {"python_full_version", marker->python, true},
        {"implementation_version", marker->python, true},
        {"os_name", "posix", false},
        {"os.name", "posix", false},
        {"sys_platform", "linux", false},
        {"sys.platform", "linux", false},
        {"platform_machine", machine.machine, false},
        {"platform.machine", machine.machine, false},
        {"platform_python_implementation", "CPython", false},
        {"platform.python_implementation", "CPython", false},
        {"python_implementation", "CPython", false},
        {"implementation_name", "cpython", false},
        {"platform_system", "Linux", false},
        {"platform_release", machine.release, false},
        {"platform_version", machine.version, false},
        {"extra", "", false},
    };
    for (size_t i = 0; i < PB_LENGTH(variables); i++) {
        size_t length = strlen(variables[i].name);
        if (strncmp(marker->at, variables[i].name, length) == 0 &&
            !isalnum((unsigned char)marker->at[length]) &&
            marker->at[length] != '_')
        {
            marker->at += length;
            *out_version |= variables[i].version;
            *out_extra |= strcmp(variables[i].name, "extra") == 0;
            return pb_strdup(variables[i].value);
        }
    }
    marker->failed = true;
    return pb_strdup("");
}

static char *
take_operator(struct marker *marker)
{
    static const char *const words[] = {
        "===", "==", "!=", "~=", "<=", ">=", "<", ">", "in"};
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (take(marker, words[i])) {
            return pb_strdup(words[i]);
        }
    }
    if (take(marker, "not") && take(marker, "in")) {
        return pb_strdup("not in");
    }
    marker->failed = true;
    return pb_strdup("==");
}

static bool
compare_texts(const char *left, const char *operator, const char * right)
{
    if (strcmp(operator, "in") == 0) {
        return strstr(right, left) != NULL;
    }
    if (strcmp(operator, "not in") == 0) {
        return strstr(right, left) == NULL;
    }
    int order = strcmp(left, right);
    switch (operator[0]) {
    case '!':
        return order != 0;
    case '<':
        return operator[1] == '=' ? order <= 0 : order<0;
    case '>':
        return operator[1] == '=' ? order >= 0 : order> 0;
    default:
        return order == 0;
    }
}

static bool
compare(struct marker *marker)
{
    bool extra = false;
    bool version = false;
    PB_AUTOFREE char *left = take_value(marker, &extra, &version);
    PB_AUTOFREE char *operator= take_operator(marker);
    PB_AUTOFREE char *right = take_value(marker, &extra, &version);
    struct pb_release release;
    if (extra) {
        PB_AUTOFREE char *name =
            pb_distribution_name(*left != '\0' ? left : right);
        bool wanted =
            marker->extras != NULL && pb_strv_contains(marker->extras, name);
        return operator[0] == '!' ? !wanted : wanted;
    }
    if (version && strstr(operator, "in") == NULL &&
        pb_release_parse(left, &release))
    {
        PB_AUTOFREE char *specifier = pb_asprintf("%s%s", operator, right);
        return pb_release_allowed(&release, specifier, false);
    }
    return compare_texts(left, operator, right);
}

static bool either(struct marker *marker);

static bool
one(struct marker *marker)
{
    if (!take(marker, "(")) {
        return compare(marker);
    }
    marker->depth++;
    marker->failed |= marker->depth > MARKER_DEPTH;
    bool holds = !marker->failed && either(marker);
    marker->failed |= !take(marker, ")");
    marker->depth--;
    return holds;
}

static bool
both(struct marker *marker)
{
    bool holds = one(marker);
    while (!marker->failed && take(marker, "and")) {
        bool more = one(marker);
        holds = holds && more;
    }
    return holds;
}

static bool
either(struct marker *marker)
{
    bool holds = both(marker);
    while (!marker->failed && take(marker, "or")) {
        bool more = both(marker);
        holds = holds || more;
    }
    return holds;
}

bool
pb_marker_holds(const char *text, const char *python,
                const struct pb_strv *extras)
{
    struct marker marker = {.at = text, .python = python, .extras = extras};
    bool holds = either(&marker);
    marker.at += strspn(marker.at, SPACES);
    return marker.failed || *marker.at != '\0' || holds;
}
