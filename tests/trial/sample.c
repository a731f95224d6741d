#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "trial/sample.h"

#define CORPUS PB_SOURCE_DIR "/tests/fuzz/corpus"
#define MOST ((size_t)1024 * 1024)

void
sample_load(const char *name, struct pb_buf *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(CORPUS, name);
    if (pb_fs_read(path, MOST, out, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

void
sample_read(void (*read)(struct pb_span text, struct pb_reading *reading),
            const void *text, size_t length, struct pb_results *out,
            bool *out_orderly)
{
    PB_AUTOFREE char *copy = pb_alloc(length + (length == 0));
    memcpy(copy, text, length);
    PB_AUTO(pb_reading)
    struct pb_reading reading = {.results = out, .cut = PB_OUTCOME_CRASHED};
    read((struct pb_span){copy, length}, &reading);
    if (out_orderly != NULL) {
        *out_orderly = reading.orderly;
    }
}

const struct pb_result *
sample_expect(const struct pb_results *results, const char *id,
              enum pb_outcome outcome)
{
    const struct pb_result *result = pb_results_find(results, id);
    enum pb_outcome got = pb_results_outcome(results, id);
    if (result == NULL || got != outcome) {
        for (size_t i = 0; i < results->len; i++) {
            print_error("%s: %s\n", results->items[i].id,
                        pb_outcome_name(results->items[i].outcome));
        }
        fail_msg("'%s' is %s, not %s", id, pb_outcome_name(got),
                 pb_outcome_name(outcome));
    }
    return result;
}

void
sample_expect_said(const struct pb_results *results, const char *id,
                   enum pb_outcome outcome, const char *type,
                   const char *message)
{
    const struct pb_result *result = sample_expect(results, id, outcome);
    assert_string_equal(result->type == NULL ? "-" : result->type, type);
    assert_string_equal(result->message == NULL ? "-" : result->message,
                        message);
}
