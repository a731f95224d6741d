/* Which version of CPython a revision is of. */
#include "pybisect/range.h"

#include <stdlib.h>

#include "pybisect/limits.h"
#include "pybisect/regex.h"

#define PATCHLEVEL "Include/patchlevel.h"

int
pb_range_version(struct pb_repo *repo, const struct pb_oid *commit,
                 unsigned *out_major, unsigned *out_minor,
                 struct pb_error *err)
{
    unsigned long numbers[2] = {0, 0};
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_repo_file(repo, commit, PATCHLEVEL, PB_LIMIT_BLOB_BYTES, &text,
                     err) < 0)
    {
        if (err->code != PB_ERROR_NOT_FOUND) {
            return -1;
        }
        pb_error_clear(err);
    }
    PB_AUTO(pb_regex)
    struct pb_regex *regex =
        pb_regex_new("^#define\\s+PY_MAJOR_VERSION\\s+(\\d{1,3})[^$]*?"
                     "^#define\\s+PY_MINOR_VERSION\\s+(\\d{1,3})",
                     err);
    struct pb_regex_match match;
    if (regex == NULL) {
        return -1;
    }
    if (pb_regex_match(regex, text.data, text.len, 0, &match)) {
        for (size_t i = 0; i < 2; i++) {
            const char *digits = text.data + match.group[i + 1].start;
            numbers[i] = strtoul(digits, NULL, 10);
        }
    }
    *out_major = (unsigned)numbers[0];
    *out_minor = (unsigned)numbers[1];
    return 0;
}
