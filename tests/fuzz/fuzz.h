/* What the fuzz targets share. Each defines LLVMFuzzerTestOneInput: libFuzzer
   calls it (-DPB_FUZZ=ON, clang), or replay.c, with the files of the corpus.

       build/fuzz/tests/fuzz/fuzz_text -max_total_time=120 \
           tests/fuzz/corpus/text
*/
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "trial/readers/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the input and checks what must hold of all results. */
void fuzz_reader(void (*read)(struct pb_span text, struct pb_reading *reading),
                 const uint8_t *data, size_t size);

/* Ids are found by themselves, fit to be kept, and no pseudo-test's; every
   text is UTF-8 and within its limit. */
void fuzz_check(const struct pb_results *results);

#endif
