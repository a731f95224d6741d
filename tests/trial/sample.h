/* Recorded output: the fuzzers' corpora are what the readers are tested
   with. */
#ifndef TESTS_TRIAL_SAMPLE_H
#define TESTS_TRIAL_SAMPLE_H

#include "trial/readers/readers.h"

/* A file below tests/fuzz/corpus; fails the test if it cannot be read. */
void sample_load(const char *name, struct pb_buf *out);

/* Gives the reader a copy that lies on the heap to the byte, so that reading
   past its end is seen. Cut tests are CRASHED. */
void sample_read(void (*read)(struct pb_span text, struct pb_reading *reading),
                 const void *text, size_t length, struct pb_results *out,
                 bool *out_orderly);

/* Fails unless `id` has this outcome. Returns it. */
const struct pb_result *sample_expect(const struct pb_results *results,
                                      const char *id, enum pb_outcome outcome);

/* As above; `type` and `message` "-" stand for none. */
void sample_expect_said(const struct pb_results *results, const char *id,
                        enum pb_outcome outcome, const char *type,
                        const char *message);

#endif
