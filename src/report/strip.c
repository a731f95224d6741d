/* Where things lie in a range. */
#include "report/strip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

void
pb_shares_parse(const char *text, struct pb_shares *out)
{
    char *end = NULL;
    *out = (struct pb_shares){.len = 0};
    for (; out->len < PB_STRIP_SHARES; text = end) {
        unsigned long share = strtoul(text, &end, 10);
        if (end == text) {
            break;
        }
        unsigned value = share < 10000 ? (unsigned)share : 10000;
        out->of[out->len++] = value;
        out->sum += value;
        out->largest = value > out->largest ? value : out->largest;
    }
}

double
pb_strip_edge(const struct pb_strip *strip, double candidate)
{
    double at = strip->len > 0 ? (candidate - strip->from) / strip->len : 0;
    return 100 * fmin(fmax(at, 0), 1);
}

double
pb_strip_middle(const struct pb_strip *strip, double candidate)
{
    return candidate < 0 ? 0 : pb_strip_edge(strip, candidate + .5);
}

bool
pb_strip_shows(const struct pb_strip *strip, double candidate)
{
    return candidate < 0 ? strip->from <= 0
                         : candidate >= strip->from &&
                               candidate < strip->from + strip->len;
}

double
pb_strip_place(const struct pb_json *row)
{
    return pb_json_is_null(pb_json_get(row, "candidate"))
               ? -1
               : pb_json_get_real(row, "candidate");
}

const char *
pb_strip_verdict(const struct pb_strip *strip, size_t row)
{
    return pb_json_text(pb_json_at(strip->verdicts, row));
}

static void
find_sides(struct pb_strip *strip)
{
    strip->good = -1;
    strip->bad = strip->candidates;
    for (size_t i = 0; i < pb_json_length(strip->tried); i++) {
        double place = pb_strip_place(pb_json_at(strip->tried, i));
        const char *verdict = pb_strip_verdict(strip, i);
        if (strcmp(verdict, "good") == 0 && place < strip->first) {
            strip->good = fmax(strip->good, place);
        }
        if (strcmp(verdict, "bad") == 0 && place >= strip->last) {
            strip->bad = fmin(strip->bad, place);
        }
    }
}

bool
pb_strip_init(struct pb_strip *strip, const struct pb_json *record,
              const struct pb_json *finding)
{
    const struct pb_json *search = pb_json_get(finding, "search");
    const struct pb_json *suspects = pb_json_get(finding, "suspects");
    const struct pb_json *culprit = pb_json_get(finding, "culprit");
    size_t len = pb_json_length(suspects);
    const struct pb_json *first =
        culprit != NULL ? culprit : pb_json_at(suspects, 0);
    const struct pb_json *last =
        culprit != NULL || len == 0 ? culprit : pb_json_at(suspects, len - 1);
    *strip = (struct pb_strip){
        .tried = pb_json_get(record, "tried"),
        .verdicts = pb_json_get(search, "verdicts"),
        .believed = pb_json_get(search, "believed"),
        .candidates =
            pb_json_get_real(pb_json_get(record, "cpython"), "candidates"),
        .len = pb_json_get_real(pb_json_get(record, "cpython"), "candidates"),
        .first = pb_json_get_real(first, "candidate"),
        .last = pb_json_get_real(last, "candidate"),
    };
    find_sides(strip);
    return first != NULL && pb_json_length(strip->believed) > 0 &&
           strip->candidates >= 1;
}
