/* Where there is no libFuzzer: each file of each directory named, once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define MOST ((size_t)16 * 1024 * 1024)

static int
replay(const char *path, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, MOST, &text, err) < 0) {
        return -1;
    }
    /* On the heap to the byte, so that reading past it is seen. */
    PB_AUTOFREE uint8_t *copy = pb_alloc(text.len + (text.len == 0));
    memcpy(copy, text.data, text.len);
    return LLVMFuzzerTestOneInput(copy, text.len);
}

int
main(int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
        bool good = pb_fs_list(argv[i], &names, &err) == 0;
        for (size_t j = 0; good && j < names.len; j++) {
            PB_AUTOFREE char *path = pb_path_join(argv[i], names.items[j]);
            good = replay(path, &err) == 0;
            count++;
        }
        if (!good) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
    }
    printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
