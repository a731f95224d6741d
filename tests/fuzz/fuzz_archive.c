/* An archive: what a wheel and what a source distribution would say, and
   unpacked. Nothing comes to lie beside the directory. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/place.h"
#include "pybisect/alloc.h"
#include "pybisect/archive.h"
#include "pybisect/fs.h"
#include "recipe/distribution.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_facts(const char *path)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_dist) struct pb_dist dist = {.path = NULL};
    PB_AUTO(pb_dist_facts) struct pb_dist_facts facts = {.backend = NULL};
    assert(pb_dist_of_file(path, "3.12", &dist));
    if (pb_dist_read(&dist, &facts, &err) < 0) {
        assert(err.code != PB_ERROR_NONE);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {
        "thing-1.0.tar.gz", "thing-1.0-py3-none-any.whl", "out", NULL};
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *source = fuzz_put(names[0], data, size);
    PB_AUTOFREE char *wheel = fuzz_put(names[1], data, size);
    PB_AUTOFREE char *out = fuzz_fresh("out");
    read_facts(source);
    read_facts(wheel);
    if (pb_archive_unpack(source, out, NULL, NULL, &err) < 0) {
        assert(err.code != PB_ERROR_NONE);
    }
    fuzz_check_place(names);
    return 0;
}
