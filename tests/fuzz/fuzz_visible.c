/* C text as a revision may hold it; the first byte says which names nobody
   defines. */
#include <stdint.h>
#include <string.h>

#include "build/visible.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_undefined(const char *name, void *context)
{
    const uint8_t *mask = context;
    return ((*mask >> (strlen(name) % 8)) & 1) != 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    if (size == 0) {
        return 0;
    }
    uint8_t mask = data[0];
    const struct pb_undefined undefined = {is_undefined, &mask};
    (void)pb_visible_text((const char *)data + 1, size - 1, &undefined, &out);
    return 0;
}
