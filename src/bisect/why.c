/* Why a revision was chosen: as data, and in words. */
#include <math.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/bisection.h"
#include "pybisect/buf.h"
#include "pybisect/clock.h"

struct pb_json *
pb_why_to_json(const struct pb_why *why)
{
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "bits", pb_json_real(why->bits));
    pb_json_set(json, "open_bits", pb_json_real(why->open_bits));
    pb_json_set(json, "seconds", pb_json_real(why->seconds));
    pb_json_set(json, "ready", pb_json_string(why->ready));
    pb_json_set(json, "builds", pb_json_real(why->builds));
    pb_json_set(json, "fails", pb_json_real(why->fails));
    return json;
}

void
pb_why_from_json(const struct pb_json *json, struct pb_why *out)
{
    const char *ready = pb_json_get_string(json, "ready");
    *out = (struct pb_why){
        .bits = pb_json_get_real(json, "bits"),
        .open_bits = pb_json_get_real(json, "open_bits"),
        .seconds = pb_json_get_real(json, "seconds"),
        .ready = *ready == '\0' ? NULL : pb_strdup(ready),
        .builds = pb_json_get_real(json, "builds"),
        .fails = pb_json_get_real(json, "fails"),
    };
}

void
pb_why_clear(struct pb_why *why)
{
    free(why->ready);
    why->ready = NULL;
}

size_t
pb_why_suspects(const struct pb_why *why)
{
    return (size_t)(exp2(why->open_bits) + .5);
}

/* Two digits: 0.93, 0.0021. */
static void
add_bits(struct pb_buf *out, double bits)
{
    pb_buf_addf(out, bits < .095 ? "%.1g" : "%.2f", bits);
}

char *
pb_why_text(const struct pb_why *why)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    char duration[PB_CLOCK_TEXT];
    pb_buf_adds(&text, "expected to tell ");
    add_bits(&text, why->bits);
    pb_buf_adds(&text, " of the ");
    add_bits(&text, why->open_bits);
    pb_buf_adds(&text, " bits that are missing");
    if (why->seconds > 0) {
        pb_buf_addf(&text, ", in about %s (%s)",
                    pb_clock_duration(why->seconds, duration),
                    why->ready == NULL ? "to be built" : why->ready);
    }
    pb_buf_addf(&text, "; %.0f %% that it fails", 100 * why->fails);
    if (why->builds < .995) {
        pb_buf_addf(&text, ", %.0f %% that it builds", 100 * why->builds);
    }
    return pb_buf_take(&text);
}
