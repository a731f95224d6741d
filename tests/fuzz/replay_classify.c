/* Runs the fuzz target on every file of a directory, as an ordinary test. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "pybisect/fs.h"
#include "pybisect/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (argc != 2 || pb_fs_list(argv[1], &names, &err) < 0) {
        fprintf(stderr, "usage: %s DIRECTORY: %s\n", argv[0], err.message);
        return 2;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path = pb_path_join(argv[1], names.items[i]);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        if (pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, &err) < 0) {
            fprintf(stderr, "%s\n", err.message);
            return 2;
        }
        fprintf(stderr, "%s\n", names.items[i]);
        (void)LLVMFuzzerTestOneInput((const uint8_t *)text.data, text.len);
    }
    return names.len > 0 ? 0 : 1; /* a test that cannot fail is a bug */
}
