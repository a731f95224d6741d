/* Logs of builds, without what differs from run to run. */
#include "recipe/build_log.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

static void
replace(struct pb_buf *text, const char *from, const char *to)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    size_t length = strlen(from);
    size_t at = 0;
    const char *found = NULL;
    while (length > 0 && (found = memmem(text->data + at, text->len - at, from,
                                         length)) != NULL)
    {
        size_t before = (size_t)(found - (text->data + at));
        pb_buf_add(&out, text->data + at, before);
        pb_buf_adds(&out, to);
        at += before + length;
    }
    if (at > 0) {
        pb_buf_add(&out, text->data + at, text->len - at);
        pb_buf_truncate(text, 0);
        pb_buf_add(text, out.data, out.len);
    }
}

static char *
find_last(const char *text)
{
    PB_AUTOFREE char *copy = pb_strdup(text);
    const char *last = "";
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest))
    {
        line += strspn(line, " \t");
        last = *line != '\0' ? line : last;
    }
    return pb_strdup(last);
}

int
pb_build_log_tidy(const char *path, const struct pb_strv *names,
                  char **out_last, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, 2 * (size_t)PB_LIMIT_LOG_BYTES, &text, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i + 1 < names->len; i += 2) {
        replace(&text, names->items[i], names->items[i + 1]);
    }
    if (pb_fs_write_atomic(path, text.data, text.len, 0644, err) < 0) {
        return -1;
    }
    *out_last = find_last(text.data);
    return 0;
}
