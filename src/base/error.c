/* Building error messages: everything is formatted apart and then copied, so
   that an error's own text may be among the arguments. */
#include "pybisect/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pybisect/alloc.h"

/* Copies text, cut with "..." and never inside a UTF-8 sequence. */
static void
copy_cut(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length < size) {
        memcpy(out, text, length + 1);
        return;
    }
    size_t keep = size - sizeof("...");
    while (keep > 0 && ((unsigned char)text[keep] & 0xC0) == 0x80) {
        keep--;
    }
    memcpy(out, text, keep);
    memcpy(out + keep, "...", sizeof("..."));
}

static void
set_message(struct pb_error *err, enum pb_error_code code, int errnum,
            const char *message)
{
    pb_error_clear(err);
    err->code = code;
    err->errnum = errnum;
    copy_cut(err->message, sizeof(err->message), message);
}

int
pb_error_set(struct pb_error *err, enum pb_error_code code, const char *format,
             ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *message = pb_vasprintf(format, arguments);
    va_end(arguments);
    set_message(err, code, 0, message);
    return -1;
}

int
pb_error_errno(struct pb_error *err, int errnum, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *what = pb_vasprintf(format, arguments);
    va_end(arguments);
    char storage[128];
    const char *reason = strerror_r(errnum, storage, sizeof(storage));
    PB_AUTOFREE char *message =
        pb_asprintf("%s: %c%s", what, tolower((unsigned char)reason[0]),
                    reason[0] == '\0' ? "" : reason + 1);
    set_message(err,
                errnum == ENOENT ? PB_ERROR_NOT_FOUND : PB_ERROR_ENVIRONMENT,
                errnum, message);
    return -1;
}

void
pb_error_hint(struct pb_error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *hint = pb_vasprintf(format, arguments);
    va_end(arguments);
    copy_cut(err->hint, sizeof(err->hint), hint);
}

void
pb_error_at(struct pb_error *err, const char *file, int line)
{
    PB_AUTOFREE char *copy = pb_strdup(file);
    copy_cut(err->file, sizeof(err->file), copy);
    err->line = line;
}

void
pb_error_prefix(struct pb_error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *prefix = pb_vasprintf(format, arguments);
    va_end(arguments);
    PB_AUTOFREE char *message = pb_asprintf("%s: %s", prefix, err->message);
    copy_cut(err->message, sizeof(err->message), message);
}

void
pb_error_clear(struct pb_error *err)
{
    *err = (struct pb_error)PB_ERROR_INIT;
}

bool
pb_error_is_full(const struct pb_error *err)
{
    return err->errnum == ENOSPC || err->errnum == EDQUOT;
}

int
pb_error_exit_status(const struct pb_error *err)
{
    switch (err->code) {
    case PB_ERROR_USAGE:
    case PB_ERROR_CONFIG:
    case PB_ERROR_NOT_FOUND:
    case PB_ERROR_LIMIT:
        return 2;
    case PB_ERROR_ENVIRONMENT:
    case PB_ERROR_CORRUPT:
        return 3;
    case PB_ERROR_CANCELLED:
        return 130;
    case PB_ERROR_NONE:
    case PB_ERROR_INTERNAL:
        break;
    }
    return 4;
}
