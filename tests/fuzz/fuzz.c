#include "fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "pybisect/limits.h"

static void
check_text(const char *text, size_t most)
{
    if (text != NULL) {
        PB_AUTO(pb_buf) struct pb_buf clean = PB_BUF_INIT;
        size_t length = strlen(text);
        pb_utf8_clean(text, length, &clean);
        assert(length <= most);
        assert(clean.len == length && memcmp(clean.data, text, length) == 0);
    }
}

void
fuzz_check(const struct pb_results *results)
{
    assert(results->len <= PB_LIMIT_TESTS);
    for (size_t i = 0; i < results->len; i++) {
        const struct pb_result *result = &results->items[i];
        assert(result->id[0] != '\0');
        assert(!pb_result_is_pseudo(result->id));
        assert(pb_results_find(results, result->id) == result);
        check_text(result->id, PB_LIMIT_TEST_ID_BYTES);
        check_text(result->type, PB_LIMIT_MESSAGE_BYTES);
        check_text(result->message, PB_LIMIT_MESSAGE_BYTES);
        check_text(result->trace, PB_LIMIT_TRACE_BYTES);
    }
}

void
fuzz_reader(void (*read)(struct pb_span text, struct pb_reading *reading),
            const uint8_t *data, size_t size)
{
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    PB_AUTO(pb_reading)
    struct pb_reading reading = {.results = &results,
                                 .cut = PB_OUTCOME_CRASHED};
    read((struct pb_span){(const char *)data, size}, &reading);
    fuzz_check(&results);
}
