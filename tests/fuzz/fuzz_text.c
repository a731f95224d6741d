#include "fuzz/fuzz.h"
#include "trial/readers/recognise.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum pb_reader reader;
    fuzz_reader(pb_read_text, data, size);
    (void)pb_reader_recognise((struct pb_span){(const char *)data, size},
                              &reader);
    return 0;
}
