/* How fast each reader goes through a log, beside counting its lines.

   bench_readers [MiB [TESTS]]: makes a log of each format in memory, 64 MiB
   unless told, half of it verdicts and half what tests print, reads it, and
   prints MB/s and the most memory that was in use at once. Ids repeat after
   as many tests as told, 20,000 unless told: a log of 64 MiB has no million
   of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "pybisect/alloc.h"
#include "trial/readers/pattern.h"
#include "trial/readers/recognise.h"
#include "trial/readers/subunit_packet.h"

#define TESTS 20000 /* Django has 17,000, CPython 45,000 */

struct format {
    const char *name;
    void (*add)(struct pb_buf *out, unsigned test);
    void (*read)(struct pb_span text, struct pb_reading *reading);
};

static unsigned tests = TESTS;
static struct pb_patterns patterns;

static const char trace[] =
    "Traceback (most recent call last):\n"
    "  File \"/usr/lib/python3/package/module.py\", line 190, in function\n"
    "    result = f(*args, **kwargs)\n"
    "ValueError: invalid literal for int() with base 10: 'x'\n";

/* Every fiftieth test fails. */
static bool
fails(unsigned test)
{
    return test % 50 == 49;
}

static void
add_noise(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out,
                "2024-05-01 10:00:00,%03u DEBUG asyncio: using selector %u\n",
                test % 1000, test);
}

static void
add_unittest(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out,
                "test_case_%u (package.module_%u.Class.test_case_%u) ... %s\n",
                test, test % 100, test, fails(test) ? "FAIL" : "ok");
    add_noise(out, test);
}

static void
add_pytest(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out,
                "tests/test_module_%u.py::Class::test_case[%u] %s [ 50%%]\n",
                test % 100, test, fails(test) ? "FAILED" : "PASSED");
    add_noise(out, test);
}

static void
add_trial(struct pb_buf *out, unsigned test)
{
    if (test % 100 == 0) {
        pb_buf_addf(out, "package.test.test_module_%u\n  Class\n", test / 100);
    }
    pb_buf_addf(out, "    test_case_%u ...                            [%s]\n",
                test, fails(test) ? "FAIL" : "OK");
    add_noise(out, test);
}

static void
add_events(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out, "{\"e\":\"start\",\"id\":\"package.module.Class.t%u\"}\n",
                test);
    if (!fails(test)) {
        pb_buf_addf(out,
                    "{\"e\":\"stop\",\"id\":\"package.module.Class.t%u\","
                    "\"outcome\":\"pass\",\"seconds\":0.001}\n",
                    test);
        return;
    }
    pb_buf_addf(
        out,
        "{\"e\":\"stop\",\"id\":\"package.module.Class.t%u\","
        "\"outcome\":\"fail\",\"type\":\"ValueError\",\"message\":\"x\","
        "\"trace\":\"Traceback (most recent call last):\\n  File "
        "\\\"m.py\\\", line 3, in f\\n    f()\\nValueError: x\\n\","
        "\"seconds\":0.001}\n",
        test);
}

static void
add_junit(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out,
                "<testcase classname=\"package.module_%u.Class\" "
                "name=\"test_case_%u\" time=\"0.001\">",
                test % 100, test);
    if (fails(test)) {
        pb_buf_addf(out, "<failure message=\"ValueError: x\">%s</failure>",
                    trace);
    }
    pb_buf_adds(out, "<system-out>");
    add_noise(out, test);
    pb_buf_adds(out, "</system-out></testcase>\n");
}

static void
add_subunit(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out, "test: package.module.Class.test_case_%u\n", test);
    add_noise(out, test);
    if (fails(test)) {
        pb_buf_addf(out, "failure: package.module.Class.test_case_%u [\n%s]\n",
                    test, trace);
    }
    else {
        pb_buf_addf(out, "successful: package.module.Class.test_case_%u\n",
                    test);
    }
}

static void
add_packet(struct pb_buf *out, unsigned test, unsigned status,
           const char *file)
{
    static struct pb_crc32 crc;
    static bool ready = false;
    if (!ready) {
        pb_crc32_init(&crc);
        ready = true;
    }
    PB_AUTOFREE char *id =
        pb_asprintf("package.module.Class.test_case_%07u", test);
    size_t content = file == NULL ? 0 : 2 + strlen(file) + sizeof(trace);
    size_t length = 3 + 2 + 1 + strlen(id) + content + 4;
    unsigned flags = 0x2900 | status | (file == NULL ? 0 : 0x40);
    const unsigned char head[] = {
        PB_SUBUNIT_SIGNATURE, (unsigned char)(flags >> 8),
        (unsigned char)flags, (unsigned char)(0x40 | (length >> 8)),
        (unsigned char)length};
    size_t start = out->len;
    pb_buf_add(out, head, sizeof(head));
    pb_buf_addch(out, (char)strlen(id));
    pb_buf_adds(out, id);
    if (file != NULL) {
        pb_buf_addch(out, (char)strlen(file));
        pb_buf_adds(out, file);
        pb_buf_addch(out, (char)(0x40 | ((sizeof(trace) - 1) >> 8)));
        pb_buf_addch(out, (char)((sizeof(trace) - 1) & 0xFF));
        pb_buf_add(out, trace, sizeof(trace) - 1);
    }
    uint32_t sum = pb_crc32_of(&crc, out->data + start, out->len - start);
    for (int shift = 24; shift >= 0; shift -= 8) {
        pb_buf_addch(out, (char)((sum >> shift) & 0xFF));
    }
}

static void
add_packets(struct pb_buf *out, unsigned test)
{
    add_packet(out, test, PB_SUBUNIT_INPROGRESS, NULL);
    add_noise(out, test);
    if (fails(test)) {
        add_packet(out, test, 0, "traceback");
    }
    add_packet(out, test, fails(test) ? PB_SUBUNIT_FAIL : PB_SUBUNIT_SUCCESS,
               NULL);
}

static void
add_tap(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out, "%s %u - a description of what case %u is about\n",
                fails(test) ? "not ok" : "ok", test + 1, test);
    if (fails(test)) {
        pb_buf_adds(out, "  ---\n  message: 'ValueError: x'\n  ...\n");
    }
    add_noise(out, test);
}

static void
add_matched(struct pb_buf *out, unsigned test)
{
    pb_buf_addf(out, "package/module_%u/test_case_%u ...... %s\n", test % 100,
                test, fails(test) ? "FAILED: x" : "OK");
    add_noise(out, test);
}

static void
read_matched(struct pb_span text, struct pb_reading *reading)
{
    pb_read_patterns(text, &patterns, reading);
}

static void
read_nothing(struct pb_span text, struct pb_reading *reading)
{
    enum pb_reader reader;
    if (pb_reader_recognise(text, &reader)) {
        reading->orderly = true;
    }
}

/* Of this process alone: others may be busy. */
static double
processor_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
count_lines(const struct pb_buf *log)
{
    double start = processor_time();
    const char *end = log->data + log->len;
    size_t lines = 0;
    for (const char *at = log->data;
         (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
    {
        lines++;
    }
    double seconds = processor_time() - start;
    return lines > 0 ? (double)log->len / 1e6 / seconds : 0;
}

static void
bench(const struct format *format, size_t size)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    PB_AUTO(pb_reading)
    struct pb_reading reading = {.results = &results,
                                 .cut = PB_OUTCOME_CRASHED};
    pb_buf_reserve(&log, size + 4096);
    if (format->read == pb_read_junit) {
        pb_buf_adds(&log, "<testsuite>");
    }
    for (unsigned test = 0; log.len < size; test++) {
        format->add(&log, test % tests);
    }
    double lines = count_lines(&log);
    double start = processor_time();
    format->read((struct pb_span){log.data, log.len}, &reading);
    double seconds = processor_time() - start;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-10s %7.0f MB/s   lines %7.0f MB/s   %7zu results   %5ld MiB\n",
           format->name, (double)log.len / 1e6 / seconds, lines, results.len,
           usage.ru_maxrss / 1024);
}

int
main(int argc, char **argv)
{
    static const struct format formats[] = {
        {"none", add_noise, read_nothing},
        {"unittest", add_unittest, pb_read_text},
        {"pytest", add_pytest, pb_read_text},
        {"trial", add_trial, pb_read_text},
        {"noise", add_noise, pb_read_text},
        {"subunit 1", add_subunit, pb_read_subunit},
        {"subunit 2", add_packets, pb_read_subunit},
        {"tap", add_tap, pb_read_tap},
        {"pattern", add_matched, read_matched},
        {"junit", add_junit, pb_read_junit},
        {"events", add_events, pb_read_events},
    };
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv texts = PB_STRV_INIT;
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
    tests = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : TESTS;
    pb_strv_add(&texts, "pass=^(?<id>\\S+) \\.{3,} OK$");
    pb_strv_add(&texts,
                "fail=^(?<id>\\S+) \\.{3,} FAILED(?:: (?<message>.*))?$");
    pb_strv_add(&texts, "skip=^(?<id>\\S+) \\.{3,} SKIPPED");
    if (pb_patterns_init(&texts, &patterns, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < PB_LENGTH(formats); i++) {
        bench(&formats[i], size * 1024 * 1024);
    }
    pb_patterns_clear(&patterns);
    return 0;
}
