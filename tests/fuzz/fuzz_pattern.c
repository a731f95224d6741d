/* The first line is an expression, the others are what it is matched with. */
#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "pybisect/alloc.h"
#include "trial/readers/pattern.h"

static struct pb_patterns patterns;

static void
read_patterns(struct pb_span text, struct pb_reading *reading)
{
    pb_read_patterns(text, &patterns, reading);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pb_span rest = {(const char *)data, size};
    struct pb_span line;
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv texts = PB_STRV_INIT;
    if (!pb_span_line(&rest, &line)) {
        return 0;
    }
    PB_AUTOFREE char *expression = pb_span_dup(line);
    pb_strv_addf(&texts, "fail=%s", expression);
    pb_strv_add(&texts, "pass=^(?<id>\\S+) (?<message>.*)OK");
    if (pb_patterns_init(&texts, &patterns, &ignored) == 0) {
        fuzz_reader(read_patterns, (const uint8_t *)rest.data, rest.length);
        pb_patterns_clear(&patterns);
    }
    return 0;
}
