/* A range as it is typed, and each of its ends against a small history. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/place.h"
#include "pybisect/alloc.h"
#include "pybisect/range.h"
#include "support/raw_repo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One commit, on the branch "main" and under the tag "v3.12.0". */
static struct pb_repo *
small_history(void)
{
    static struct pb_repo *repo;
    if (repo != NULL) {
        return repo;
    }
    char hex[PB_OID_HEX];
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf tree = PB_BUF_INIT;
    PB_AUTOFREE char *path = fuzz_fresh("repo");
    struct raw_repo *raw = raw_repo_new(path);
    struct pb_oid commit = raw_commit(raw, &tree);
    raw_repo_free(raw);
    pb_oid_hex(&commit, hex);
    const uint8_t *text = (const uint8_t *)hex;
    free(fuzz_put("repo/refs/heads/main", text, PB_OID_HEX - 1));
    free(fuzz_put("repo/refs/tags/v3.12.0", text, PB_OID_HEX - 1));
    assert(pb_repo_open(path, &repo, &err) == 0);
    return repo;
}

static void
resolve(const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid id;
    if (text != NULL &&
        pb_range_revision(small_history(), text, &id, &err) < 0) {
        assert(err.code != PB_ERROR_NONE);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_range_spec) struct pb_range_spec spec = {.good = NULL};
    PB_AUTOFREE char *text = pb_strndup((const char *)data, size);
    (void)pb_range_looks_like(text);
    if (pb_range_parse(text, &spec, &err) < 0) {
        assert(err.code == PB_ERROR_USAGE);
        return 0;
    }
    resolve(spec.good);
    resolve(spec.bad);
    return 0;
}
