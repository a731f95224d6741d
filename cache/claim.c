/* Claims: a lock a key, on a file of its own that holds the process id. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "store_private.h"

/* A lock that is waited for in the kernel could not be cancelled. */
#define POLL_NANOSECONDS 50000000

static long
holder(const char *path)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_read(path, 64, &text, &ignored) < 0) {
        return 0;
    }
    long pid = strtol(text.data, NULL, 10);
    return pid > 0 ? pid : 0;
}

/* Says who has it; without the number it is a claim all the same. */
static void
sign(int fd)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0) {
        ssize_t count = pwrite(fd, text, (size_t)length, 0);
        (void)count;
    }
}

static int
poll_lock(const char *path, void (*waiting)(long pid, void *context),
          void *context, const struct pb_cancel *cancel, struct pb_error *err)
{
    const struct timespec pause = {.tv_nsec = POLL_NANOSECONDS};
    for (bool told = false;; told = true) {
        int fd = pb_fs_lock(path, false, err);
        if (fd >= 0 || err->errnum != EWOULDBLOCK || waiting == NULL) {
            return fd;
        }
        pb_error_clear(err);
        if (!told) {
            waiting(holder(path), context);
        }
        if (pb_cancelled(cancel)) {
            return pb_error_set(err, PB_ERROR_CANCELLED,
                                "interrupted while another process makes "
                                "the build");
        }
        nanosleep(&pause, NULL);
    }
}

int
pb_store_claim(struct pb_store *store, const struct pb_digest *key,
               void (*waiting)(long pid, void *context), void *context,
               const struct pb_cancel *cancel, struct pb_store_claim *out,
               struct pb_error *err)
{
    char hex[PB_DIGEST_HEX];
    PB_AUTOFREE char *directory = pb_path_join(store->root, "claims");
    PB_AUTOFREE char *path = pb_path_join(directory, pb_digest_hex(key, hex));
    if (pb_fs_mkdirs(directory, err) < 0) {
        return -1;
    }
    int fd = poll_lock(path, waiting, context, cancel, err);
    if (fd < 0) {
        if (err->errnum == EWOULDBLOCK) {
            pb_error_clear(err);
            return 1;
        }
        return -1;
    }
    sign(fd);
    out->fd = fd;
    out->path = path;
    path = NULL;
    return 0;
}

void
pb_store_release(struct pb_store_claim *claim)
{
    if (claim->fd >= 0) {
        /* First: who opens the name from now on makes a file of its own, and
           who has this one open sees that it lost its name. */
        unlink(claim->path);
        close(claim->fd);
    }
    free(claim->path);
    *claim = (struct pb_store_claim)PB_STORE_CLAIM_INIT;
}
