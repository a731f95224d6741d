/* Writing to packs: on disk before it counts. The caller has the lock. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pack.h"
#include "pybisect/fs.h"
#include "wire.h"

/* Cuts what a killed writer left, then writes and syncs; -1 with errno. */
static int
append_and_sync(int fd, uint64_t end, const struct pb_buf *records)
{
    struct stat info;
    if (fstat(fd, &info) < 0) {
        return -1;
    }
    if ((uint64_t)info.st_size > end && ftruncate(fd, (off_t)end) < 0) {
        return -1;
    }
    if (pb_fs_write_all(fd, records->data, records->len) < 0 || fsync(fd) < 0)
    {
        int errnum = errno;
        /* Else the next writer cuts it, or finds it whole. */
        int status = ftruncate(fd, (off_t)end);
        (void)status;
        errno = errnum;
        return -1;
    }
    return 0;
}

int
pb_pack_append(struct pb_pack *pack, const struct pb_buf *records,
               struct pb_error *err)
{
    int fd = open(pack->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'", pack->path);
    }
    int status = append_and_sync(fd, pack->end, records);
    int errnum = errno;
    if (close(fd) < 0 && status == 0) {
        errnum = errno;
        status = -1;
    }
    if (status < 0) {
        return pb_error_errno(err, errnum, "cannot write '%s'", pack->path);
    }
    return 0;
}

int
pb_pack_create(const char *path, const struct pb_digest *group,
               const struct pb_buf *records, struct pb_error *err)
{
    unsigned char header[PB_PACK_HEADER] = {0};
    memcpy(header, PB_PACK_MAGIC, strlen(PB_PACK_MAGIC));
    pb_wire_set_u32(header + 8, 2);
    memcpy(header + 16, group->bytes, PB_DIGEST_SIZE);
    struct pb_digest check = pb_digest_of(header, PB_PACK_CHECKSUM);
    memcpy(header + PB_PACK_CHECKSUM, check.bytes,
           sizeof(header) - PB_PACK_CHECKSUM);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_add(&text, header, sizeof(header));
    pb_buf_add(&text, records->data, records->len);
    return pb_fs_write_atomic(path, text.data, text.len, 0644, err);
}

void
pb_pack_touch(struct pb_pack *pack)
{
    if (!pack->touched) {
        /* A store that may only be read works all the same. */
        int status = utimensat(AT_FDCWD, pack->path, NULL, 0);
        (void)status;
        pack->touched = true;
    }
}
