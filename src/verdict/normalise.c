/* A failure's text without what differs between two runs of it.

   One pass from left to right. At each byte the recognisers below of what can
   begin with it are asked in turn; the first that knows what begins there
   appends what shall stand for it and says how far it goes, and a byte that
   none knows is copied.
   Recognisers look ahead only as far as the word or path that they would
   replace, and none begins inside another's, so the whole is linear. Bytes
   are not decoded: what is not ASCII is copied.

   Short numbers stay: in "3 != 4" they are the message. Sets and dicts are
   scanned by item, and the items sorted: see collections.c. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"
#include "collections.h"
#include "scan.h"

#define LONG_NUMBER 5 /* digits from which a number is one of many */
#define LONG_HEX 16   /* likewise a digest or token */

/* Terminal colours: "\033[1;31m". */
static size_t
take_colour(const struct scan *scan, struct pb_buf *out)
{
    (void)out;
    if (!pb_scan_begins(scan, scan->at, "\033[")) {
        return 0;
    }
    size_t end = scan->at + 2;
    while (pb_scan_is_digit(pb_scan_peek(scan, end)) ||
           pb_scan_peek(scan, end) == ';')
    {
        end++;
    }
    return pb_scan_is_letter(pb_scan_peek(scan, end)) ? end + 1 - scan->at : 0;
}

/* 0x7f3c5a1b2d90; a short one is a value. */
static size_t
take_address(const struct scan *scan, struct pb_buf *out)
{
    if (!pb_scan_at_word_start(scan) || !pb_scan_begins(scan, scan->at, "0x"))
    {
        return 0;
    }
    size_t digits = pb_scan_run(scan, scan->at + 2, pb_scan_is_hex);
    if (digits < LONG_NUMBER) {
        return 0;
    }
    pb_buf_adds(out, "0x\xe2\x80\xa6");
    return 2 + digits;
}

static size_t
take_uuid(const struct scan *scan, struct pb_buf *out)
{
    static const char shape[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    if (!pb_scan_at_word_start(scan) ||
        !pb_scan_has_shape(scan, scan->at, shape) ||
        pb_scan_is_word(pb_scan_peek(scan, scan->at + strlen(shape))))
    {
        return 0;
    }
    pb_buf_adds(out, "UUID");
    return strlen(shape);
}

/* 2024-04-02 11:30:00, with fraction and zone. A date alone stays. */
static size_t
take_timestamp(const struct scan *scan, struct pb_buf *out)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    if (!pb_scan_at_word_start(scan) ||
        !pb_scan_has_shape(scan, scan->at, shape)) {
        return 0;
    }
    size_t end = scan->at + strlen(shape);
    if (pb_scan_has_shape(scan, end, ".d") ||
        pb_scan_has_shape(scan, end, ",d")) {
        end += 1 + pb_scan_run(scan, end + 1, pb_scan_is_digit);
    }
    if (pb_scan_peek(scan, end) == 'Z') {
        end++;
    }
    else if (pb_scan_peek(scan, end) == '+' || pb_scan_peek(scan, end) == '-')
    {
        end += pb_scan_has_shape(scan, end + 1, "dd:dd")  ? 6
               : pb_scan_has_shape(scan, end + 1, "dddd") ? 5
                                                          : 0;
    }
    pb_buf_adds(out, "TIME");
    return end - scan->at;
}

/* Digests and tokens. */
static size_t
take_long_hex(const struct scan *scan, struct pb_buf *out)
{
    if (!pb_scan_at_word_start(scan)) {
        return 0;
    }
    size_t length = pb_scan_run(scan, scan->at, pb_scan_is_hex);
    if (length < LONG_HEX ||
        pb_scan_is_word(pb_scan_peek(scan, scan->at + length)))
    {
        return 0;
    }
    pb_buf_adds(out, "N");
    return length;
}

static bool
is_time_unit(const struct scan *scan, size_t from)
{
    static const char *const units[] = {"s",   "ms",   "us",     "ns",
                                        "sec", "secs", "second", "seconds"};
    size_t length = pb_scan_run(scan, from, pb_scan_is_word);
    for (size_t i = 0; i < PB_LENGTH(units); i++) {
        if (length == strlen(units[i]) && pb_scan_begins(scan, from, units[i]))
        {
            return true;
        }
    }
    return false;
}

/* The number of 0.123s, 12ms, 1.5 seconds; that of "3 seconds" was chosen
   by somebody and stays, as does the width in "%3s". */
static size_t
take_duration(const struct scan *scan, struct pb_buf *out)
{
    char before = pb_scan_previous(scan);
    if (pb_scan_is_word(before) || before == '.' || before == '%') {
        return 0;
    }
    size_t end = scan->at + pb_scan_run(scan, scan->at, pb_scan_is_digit);
    bool fraction = end > scan->at && pb_scan_has_shape(scan, end, ".d");
    if (fraction) {
        end += 1 + pb_scan_run(scan, end + 1, pb_scan_is_digit);
    }
    bool apart = fraction && pb_scan_peek(scan, end) == ' ';
    if (end == scan->at || !is_time_unit(scan, apart ? end + 1 : end)) {
        return 0;
    }
    pb_buf_adds(out, "N");
    return end - scan->at;
}

/* Numbers that are long enough to be ids, ports, sizes or positions. */
static size_t
take_long_number(const struct scan *scan, struct pb_buf *out)
{
    size_t digits = pb_scan_is_digit(pb_scan_previous(scan))
                        ? 0
                        : pb_scan_run(scan, scan->at, pb_scan_is_digit);
    if (digits < LONG_NUMBER) {
        return 0;
    }
    pb_buf_adds(out, "N");
    return digits;
}

/* Numbers of any length whose meaning the word before them tells: lines,
   processes, what asyncio and threading count up, and Python's version in a
   file name, which must not change a failure's identity half-way. */
static size_t
take_numbered(const struct scan *scan, struct pb_buf *out)
{
    static const char *const words[] = {
        "line ",    "lineno ", "lineno=",  "pid ",         "pid=",
        "pid: ",    "pid:",    "process ", "ForkProcess-", "SpawnProcess-",
        "Process-", "Thread-", "Task-",    "Dummy-",       "cpython-",
    };
    static const char initials[] = "lpfstdc";
    if (!pb_scan_at_word_start(scan) ||
        strchr(initials, pb_scan_lower(scan->text[scan->at])) == NULL)
    {
        return 0;
    }
    for (size_t i = 0; i < PB_LENGTH(words); i++) {
        if (!pb_scan_begins(scan, scan->at, words[i])) {
            continue;
        }
        size_t length = strlen(words[i]);
        size_t digits = pb_scan_run(scan, scan->at + length, pb_scan_is_digit);
        if (digits > 0) {
            pb_buf_add(out, scan->text + scan->at, length);
            pb_buf_addch(out, 'N');
            return length + digits;
        }
    }
    return 0;
}

/* python3.13 */
static size_t
take_python(const struct scan *scan, struct pb_buf *out)
{
    static const char name[] = "python";
    if (!pb_scan_at_word_start(scan) || !pb_scan_begins(scan, scan->at, name))
    {
        return 0;
    }
    size_t end = scan->at + strlen(name);
    size_t major = pb_scan_run(scan, end, pb_scan_is_digit);
    if (major == 0 || !pb_scan_has_shape(scan, end + major, ".d")) {
        return 0;
    }
    end += major + 1 + pb_scan_run(scan, end + major + 1, pb_scan_is_digit);
    pb_buf_add(out, scan->text + scan->at, strlen(name));
    pb_buf_addch(out, 'N');
    return end - scan->at;
}

/* tempfile's names: "tmp" and 8 of [a-z0-9_] (6, and capitals too, before
   3.5; words have six letters as well, so one must not be of a word), and
   mktemp(1)'s "tmp." and 10. */
static size_t
take_temporary(const struct scan *scan, struct pb_buf *out)
{
    static const char prefix[] = "tmp";
    if (!pb_scan_at_word_start(scan) ||
        !pb_scan_begins(scan, scan->at, prefix)) {
        return 0;
    }
    size_t from = scan->at + strlen(prefix);
    from += pb_scan_peek(scan, from) == '.';
    size_t length = pb_scan_run(scan, from, pb_scan_is_word);
    bool odd = false;
    for (size_t i = from; i < from + length; i++) {
        odd = odd || pb_scan_is_digit(scan->text[i]) ||
              pb_scan_is_upper(scan->text[i]);
    }
    bool dotted = from > scan->at + strlen(prefix);
    if (dotted ? length != 10 : length != 8 && !(length == 6 && odd)) {
        return 0;
    }
    pb_buf_adds(out, "tmpN");
    return from + length - scan->at;
}

/* What ends a path; nothing else may stand before one, either. */
static bool
is_delimiter(char c)
{
    return c == '\0' || strchr(" \t\r\n'\"`()[]{}<>,;:|=", c) != NULL;
}

static bool
is_path_byte(char c)
{
    return !is_delimiter(c);
}

/* Directories that tell a path in the file system from one in a URL. */
static bool
is_file_system_root(const struct scan *scan, size_t from)
{
    static const char *const roots[] = {
        "tmp/", "var/",     "home/",  "root/", "usr/",  "opt/", "mnt/",
        "srv/", "private/", "Users/", "run/",  "proc/", "nix/", "build/",
    };
    for (size_t i = 0; i < PB_LENGTH(roots); i++) {
        size_t length = strlen(roots[i]);
        if (scan->len - from >= length &&
            strncmp(scan->text + from, roots[i], length) == 0)
        {
            return true;
        }
    }
    return false;
}

static bool
has_extension(const struct scan *scan, size_t base, size_t end)
{
    for (size_t i = base + 1; i + 1 < end; i++) {
        if (scan->text[i] == '.' && pb_scan_is_letter(scan->text[i + 1])) {
            return true;
        }
    }
    return false;
}

/* Drops the directories of an absolute path; its base name is scanned next.
   A path such as '/admin/login/' is a URL's and stays. */
static size_t
take_directories(const struct scan *scan, struct pb_buf *out)
{
    (void)out;
    if (pb_scan_peek(scan, scan->at) != '/' ||
        !is_delimiter(pb_scan_previous(scan)))
    {
        return 0;
    }
    size_t first = scan->at + 1;
    size_t end = first + pb_scan_run(scan, first, is_path_byte);
    while (end > first && strchr("./", scan->text[end - 1]) != NULL) {
        end--;
    }
    size_t base = end;
    while (base > first && scan->text[base - 1] != '/') {
        base--;
    }
    if (base == end || base == first || scan->text[first] == '/' ||
        (!is_file_system_root(scan, first) && !has_extension(scan, base, end)))
    {
        return 0;
    }
    return base - scan->at;
}

/* The numbers of "foo.py:12" and "foo.c:12:7". */
static size_t
take_file_line(const struct scan *scan, struct pb_buf *out)
{
    static const char *const suffixes[] = {".py", ".pyx", ".pxd", ".pyi",
                                           ".c",  ".h",   ".cc",  ".cpp"};
    if (!pb_scan_has_shape(scan, scan->at, ":d")) {
        return 0;
    }
    for (size_t i = 0; i < PB_LENGTH(suffixes); i++) {
        size_t length = strlen(suffixes[i]);
        if (scan->at < length ||
            !pb_scan_begins(scan, scan->at - length, suffixes[i])) {
            continue;
        }
        size_t end = scan->at;
        while (pb_scan_has_shape(scan, end, ":d")) {
            pb_buf_adds(out, ":N");
            end += 1 + pb_scan_run(scan, end + 1, pb_scan_is_digit);
        }
        return end - scan->at;
    }
    return 0;
}

static bool
is_dotted(char c)
{
    return pb_scan_is_word(c) || c == '.';
}

/* "<bound method T.skip of": the class is told by what follows, and is each
   test's own where the method is one of TestCase. */
static size_t
take_bound_method(const struct scan *scan, struct pb_buf *out)
{
    static const char begin[] = "<bound method ";
    if (!pb_scan_begins(scan, scan->at, begin)) {
        return 0;
    }
    size_t from = scan->at + strlen(begin);
    size_t end = from + pb_scan_run(scan, from, is_dotted);
    if (!pb_scan_begins(scan, end, " of ")) {
        return 0;
    }
    while (end > from && scan->text[end - 1] != '.') {
        end--;
    }
    pb_buf_adds(out, begin);
    return end - scan->at;
}

/* "<m.T testMethod=test_x>", as unittest shows a test: which one, the id
   says. */
static size_t
take_test_case(const struct scan *scan, struct pb_buf *out)
{
    static const char middle[] = " testMethod=";
    size_t end = scan->at + 1 + pb_scan_run(scan, scan->at + 1, is_dotted);
    if (!pb_scan_begins(scan, end, middle)) {
        return 0;
    }
    end += strlen(middle);
    end += pb_scan_run(scan, end, pb_scan_is_word);
    if (pb_scan_peek(scan, end) != '>') {
        return 0;
    }
    pb_buf_adds(out, "<TEST>");
    return end + 1 - scan->at;
}

typedef size_t taker(const struct scan *scan, struct pb_buf *out);

/* The recognisers of what can begin with a byte, NULL at the end. Those of
   words begin words. */
static taker *const *
takers_for(const struct scan *scan)
{
    static taker *const of_digits[] = {
        take_address,  take_uuid,        take_timestamp, take_long_hex,
        take_duration, take_long_number, NULL,
    };
    static taker *const of_words[] = {
        take_uuid,   take_long_hex,  take_numbered,
        take_python, take_temporary, NULL,
    };
    static taker *const of_marks[] = {
        take_colour,
        take_directories,
        take_file_line,
        NULL,
    };
    static taker *const of_brackets[] = {pb_take_collection, NULL};
    static taker *const of_angles[] = {take_bound_method, take_test_case,
                                       NULL};
    static taker *const none[] = {NULL};
    char c = scan->text[scan->at];
    if (pb_scan_is_digit(c)) {
        return of_digits;
    }
    if (pb_scan_is_letter(c)) {
        return pb_scan_at_word_start(scan) ? of_words : none;
    }
    if (c == '{' || c == '[') {
        return of_brackets;
    }
    if (c == '<') {
        return of_angles;
    }
    return c == '/' || c == ':' || c == '\033' ? of_marks : none;
}

void
pb_normalise_text(const char *text, size_t length, unsigned depth,
                  struct pb_buf *out)
{
    struct scan scan = {.text = text, .len = length, .depth = depth};
    size_t done = 0; /* copied or replaced up to here */
    while (scan.at < scan.len) {
        taker *const *take = takers_for(&scan);
        if (*take == NULL) {
            scan.at++;
            continue;
        }
        pb_buf_add(out, text + done, scan.at - done);
        done = scan.at;
        size_t taken = 0;
        for (; *take != NULL && taken == 0; take++) {
            taken = (*take)(&scan, out);
        }
        done += taken;
        scan.at += taken > 0 ? taken : 1;
    }
    pb_buf_add(out, text + done, scan.len - done);
}

void
pb_signature_normalise(const char *text, struct pb_buf *out)
{
    pb_normalise_text(text, strlen(text), 0, out);
}
