/* Time, and how it is written. */
#include "pybisect/clock.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

double
pb_clock_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int64_t
pb_clock_now(void)
{
    return (int64_t)time(NULL);
}

const char *
pb_clock_duration(double seconds, char out[PB_CLOCK_TEXT])
{
    if (!(seconds > 0)) {
        seconds = 0;
    }
    if (seconds < 9.95) {
        snprintf(out, PB_CLOCK_TEXT, "%.1f s", seconds);
        return out;
    }
    /* Rounded before it is split, lest 119.7 read "1 min 60 s". */
    long long whole = seconds < 1e15 ? llround(seconds) : 1000000000000000LL;
    if (whole < 60) {
        snprintf(out, PB_CLOCK_TEXT, "%lld s", whole);
    }
    else if (whole < 3600) {
        snprintf(out, PB_CLOCK_TEXT, "%lld min %02lld s", whole / 60,
                 whole % 60);
    }
    else {
        long long minutes = (whole + 30) / 60;
        snprintf(out, PB_CLOCK_TEXT, "%lld h %02lld min", minutes / 60,
                 minutes % 60);
    }
    return out;
}

static const char *
format_utc(int64_t when, const char *format, char out[PB_CLOCK_TEXT])
{
    time_t instant = (time_t)when;
    struct tm fields;
    if (gmtime_r(&instant, &fields) == NULL) {
        snprintf(out, PB_CLOCK_TEXT, "unknown date");
        return out;
    }
    char text[48]; /* larger than out: years of ten digits */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size_t length = strftime(text, sizeof(text), format, &fields);
#pragma GCC diagnostic pop
    snprintf(out, PB_CLOCK_TEXT, "%.*s",
             length < PB_CLOCK_TEXT ? (int)length : PB_CLOCK_TEXT - 1, text);
    return out;
}

const char *
pb_clock_date(int64_t when, char out[PB_CLOCK_TEXT])
{
    return format_utc(when, "%Y-%m-%d", out);
}

const char *
pb_clock_iso(int64_t when, char out[PB_CLOCK_TEXT])
{
    return format_utc(when, "%Y-%m-%dT%H:%M:%SZ", out);
}
