/* The output of a small command as text. */
#include "pybisect/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/process_private.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

/* Of standard error, which ends with what matters. */
#define REASON_MOST 600

static void
keep(const char *data, size_t length, void *context)
{
    struct pb_buf *buf = context;
    /* One byte over the limit is enough to know. */
    size_t room = PB_LIMIT_CAPTURE_BYTES + 1 - buf->len;
    pb_buf_add(buf, data, length < room ? length : room);
}

/* The end of what was written to fd, on one line. */
static void
read_reason(int fd, struct pb_buf *out)
{
    char text[REASON_MOST];
    off_t size = lseek(fd, 0, SEEK_END);
    off_t start = size > REASON_MOST ? size - REASON_MOST : 0;
    ssize_t count = pread(fd, text, sizeof(text), start);
    bool gap = false;
    for (ssize_t i = 0; i < count; i++) {
        if (strchr(" \t\r\n", text[i]) != NULL) { /* a NUL as well */
            gap = out->len > 0;
            continue;
        }
        if (gap) {
            pb_buf_addch(out, ' ');
            gap = false;
        }
        pb_buf_addch(out, text[i]);
    }
}

static int
fail(const char *name, const struct pb_process_result *result, int error_fd,
     struct pb_error *err)
{
    char how[PB_PROCESS_TEXT];
    PB_AUTO(pb_buf) struct pb_buf reason = PB_BUF_INIT;
    read_reason(error_fd, &reason);
    return pb_error_set(err, PB_ERROR_ENVIRONMENT, "'%s' failed: %s%s%s", name,
                        pb_process_describe(result, how),
                        reason.len > 0 ? ": " : "", reason.data);
}

int
pb_process_capture(char *const *argv, struct pb_buf *out, struct pb_error *err)
{
    PB_AUTOCLOSE int error_fd = memfd_create("stderr", MFD_CLOEXEC);
    if (error_fd < 0) {
        return pb_error_errno(err, errno, "cannot run '%s'", argv[0]);
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    const struct pb_process_options options = {
        .argv = argv,
        .output = keep,
        .output_context = &text,
    };
    struct pb_process_result result;
    if (pb_process_run_apart(&options, error_fd, &result, err) < 0) {
        return -1;
    }
    if (result.end != PB_PROCESS_EXITED || result.status != 0) {
        return fail(argv[0], &result, error_fd, err);
    }
    if (text.len > PB_LIMIT_CAPTURE_BYTES) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "'%s' wrote more than %d bytes", argv[0],
                            PB_LIMIT_CAPTURE_BYTES);
    }
    pb_buf_add(out, text.data, text.len);
    return 0;
}
