/* The layer hands each call to the real file behind its own; only what can
   fill a disk or find it broken may fail. */
#include "bisect/faults.h"

#include <sqlite3.h>
#include <string.h>

struct layered_file {
    sqlite3_file base;
    sqlite3_file *real; /* right behind this struct */
};

/* SQLite calls from below, without a context of ours. */
static sqlite3_vfs layer;
static sqlite3_vfs *under;
static long countdown;
static int failure;
static bool keep_failing;
static bool fired;
static bool skip_syncs;

/* SQLITE_OK, or the failure whose turn it is. */
static int
turn(int code)
{
    if (fired && keep_failing) {
        return code;
    }
    if (countdown > 0 && --countdown == 0) {
        fired = true;
        return code;
    }
    return SQLITE_OK;
}

static sqlite3_file *
real(sqlite3_file *file)
{
    return ((struct layered_file *)(void *)file)->real;
}

static int
close_file(sqlite3_file *file)
{
    return real(file)->pMethods->xClose(real(file));
}

static int
read_file(sqlite3_file *file, void *data, int amount, sqlite3_int64 offset)
{
    return real(file)->pMethods->xRead(real(file), data, amount, offset);
}

static int
write_file(sqlite3_file *file, const void *data, int amount,
           sqlite3_int64 offset)
{
    int code = turn(failure);
    return code != SQLITE_OK ? code
                             : real(file)->pMethods->xWrite(real(file), data,
                                                            amount, offset);
}

static int
truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    int code = turn(SQLITE_IOERR_TRUNCATE);
    return code != SQLITE_OK
               ? code
               : real(file)->pMethods->xTruncate(real(file), size);
}

static int
sync_file(sqlite3_file *file, int flags)
{
    int code = turn(SQLITE_IOERR_FSYNC);
    if (code != SQLITE_OK || skip_syncs) {
        return code;
    }
    return real(file)->pMethods->xSync(real(file), flags);
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    return real(file)->pMethods->xFileSize(real(file), out_size);
}

static int
lock_file(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int
unlock_file(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int
check_reserved(sqlite3_file *file, int *out)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int
control(sqlite3_file *file, int operation, void *argument)
{
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int
sector_size(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int
characteristics(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int
shm_map(sqlite3_file *file, int page, int size, int extend,
        void volatile **out)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}

static int
shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void
shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int
shm_unmap(sqlite3_file *file, int delete_it)
{
    return real(file)->pMethods->xShmUnmap(real(file), delete_it);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* with shared memory, without memory mapping */
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int
open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
          int *out_flags)
{
    struct layered_file *layered = (struct layered_file *)(void *)file;
    (void)vfs;
    memset(layered, 0, sizeof(*layered));
    int code = turn(SQLITE_CANTOPEN);
    if (code != SQLITE_OK) {
        return code;
    }
    layered->real = (sqlite3_file *)(void *)(layered + 1);
    code = under->xOpen(under, name, layered->real, flags, out_flags);
    if (layered->real->pMethods != NULL) {
        layered->base.pMethods = &methods;
    }
    return code;
}

void
faults_install(void)
{
    under = sqlite3_vfs_find(NULL);
    layer = *under;
    layer.pNext = NULL;
    layer.zName = "faults";
    layer.szOsFile = (int)sizeof(struct layered_file) + under->szOsFile;
    layer.xOpen = open_file;
    sqlite3_vfs_register(&layer, 1);
}

void
faults_arm(long nth, int code, bool forever)
{
    countdown = nth;
    failure = code;
    keep_failing = forever;
    fired = false;
}

bool
faults_fired(void)
{
    return fired;
}

void
faults_skip_syncs(void)
{
    skip_syncs = true;
}
