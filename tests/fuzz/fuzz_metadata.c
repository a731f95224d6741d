/* What a checkout, a requirement, a marker, a version say: the input is taken
   for each of them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/place.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/metadata.h"
#include "recipe/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_line(const char *line)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_wish) struct pb_wish wish = {.name = NULL};
    PB_AUTO(pb_requirement)
    struct pb_requirement requirement = {.dependency = NULL};
    struct pb_release release;
    if (pb_wish_parse(line, &wish, &err) == 0) {
        assert(wish.name != NULL && wish.specifiers != NULL);
        /* pip gets it as a word of its command. */
        assert(wish.name[0] != '-' && wish.name[0] != '/');
    }
    if (wish.marker != NULL) {
        (void)pb_marker_holds(wish.marker, "3.12", &wish.extras);
    }
    (void)pb_marker_holds(line, "3.12", NULL);
    pb_requirement_read(line, &requirement);
    if (pb_release_parse(line, &release)) {
        assert(release.len > 0 && release.len <= PB_RELEASE_PARTS);
        (void)pb_release_allowed(&release, ">=1.0,!=2.*,~=1.4", false);
    }
    struct pb_release known;
    assert(pb_release_parse("3.12.1rc1", &known));
    (void)pb_release_allowed(&known, line, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"pyproject.toml", "setup.cfg",
                                        "setup.py"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        free(fuzz_put(names[i], data, size));
    }
    PB_AUTO(pb_metadata) struct pb_metadata metadata = {.name = NULL};
    PB_AUTO(pb_strv) struct pb_strv notes = PB_STRV_INIT;
    pb_metadata_read(fuzz_place(), &metadata, &notes);
    for (size_t i = 0; i < metadata.requirements.len && i < 100; i++) {
        read_line(metadata.requirements.items[i]);
    }
    PB_AUTOFREE char *text = pb_strndup((const char *)data, size);
    read_line(text);
    return 0;
}
