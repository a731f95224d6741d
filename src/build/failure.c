/* Reading the log of a build that failed. */
#include "build/failure.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/error.h"
#include "pybisect/regex.h"

#define SUMMARY_LIMIT 500

/* The line that holds the byte at `at`, without blanks around it. Caller
   frees. */
static char *
line_at(const char *log, size_t length, size_t at)
{
    size_t start = at;
    while (start > 0 && log[start - 1] != '\n') {
        start--;
    }
    size_t end = at;
    while (end < length && log[end] != '\n') {
        end++;
    }
    while (start < end && strchr(" \t\r", log[start]) != NULL) {
        start++;
    }
    while (end > start && strchr(" \t\r", log[end - 1]) != NULL) {
        end--;
    }
    size_t size = end - start;
    return pb_strndup(log + start,
                      size < SUMMARY_LIMIT ? size : SUMMARY_LIMIT);
}

/* The line of the first or last match; NULL when there is none. */
static char *
find_line(const char *pattern, bool last, const char *log, size_t length)
{
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTO(pb_regex) struct pb_regex *regex = pb_regex_new(pattern, &ignored);
    struct pb_regex_match match;
    size_t found = length;
    for (size_t at = 0; regex != NULL && at < length &&
                        pb_regex_match(regex, log, length, at, &match);
         at = match.group[0].end)
    {
        found = match.group[0].start;
        if (!last) {
            break;
        }
    }
    return found == length ? NULL : line_at(log, length, found);
}

static char *
last_line(const char *log, size_t length)
{
    while (length > 0 && strchr(" \t\r\n", log[length - 1]) != NULL) {
        length--;
    }
    return length == 0 ? pb_strdup("no output")
                       : line_at(log, length, length - 1);
}

/* Where the output of setup.py starts; 0 when it did not run. It goes on when
   a module does not compile, so compilers' errors in it are not the reason
   for the failure. */
static size_t
start_of_setup(const char *log, size_t length)
{
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTO(pb_regex)
    struct pb_regex *regex =
        pb_regex_new("setup\\.py\\b.* build\\b.*$", &ignored);
    struct pb_regex_match match;
    size_t start = 0;
    while (regex != NULL && start < length &&
           pb_regex_match(regex, log, length, start, &match))
    {
        start = match.group[0].end;
    }
    return start;
}

char *
pb_failure_summary(const char *phase, const char *log, size_t length)
{
    enum { AFTER_COMPILER = 3 };
    static const struct {
        const char *pattern;
        bool last;
    } rules[] = {
        {"^[^\\s:]+\\.\\w+:\\d+(?::\\d+)?: (?:fatal )?error: ", false},
        {"^configure: error: ", true},
        {"undefined reference to", false},
        {"[Ee]rror: ", true},
        {"Error\\b|\\*\\*\\*", true},
    };
    size_t start = start_of_setup(log, length);
    size_t first = start > 0 ? AFTER_COMPILER : 0;
    PB_AUTOFREE char *line = NULL;
    for (size_t i = first; line == NULL && i < PB_LENGTH(rules); i++) {
        line = find_line(rules[i].pattern, rules[i].last, log + start,
                         length - start);
    }
    if (line == NULL) {
        line = last_line(log, length);
    }
    size_t title = strlen(phase);
    if (strncmp(line, phase, title) == 0 &&
        (line[title] == ':' || line[title] == '['))
    {
        /* "configure: error: ...", "make: *** ..." say it themselves. */
        char *whole = line;
        line = NULL;
        return whole;
    }
    return pb_asprintf("%s: %s", phase, line);
}

bool
pb_failure_is_environment(const char *log, size_t length, char **out)
{
    char *line = find_line("No space left on device|Disk quota exceeded|"
                           "Cannot allocate memory|"
                           "virtual memory exhausted|"
                           "Killed signal terminated program|"
                           "Too many open files|Read-only file system",
                           false, log, length);
    if (line == NULL) {
        return false;
    }
    *out = line;
    return true;
}
