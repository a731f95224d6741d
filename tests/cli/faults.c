/* System calls that fail on demand, to be preloaded into pybisect.

     LD_PRELOAD=.../libpb_faults.so PB_FAULTS_BELOW=DIRECTORY
     PB_FAULTS=KIND:N[+] PB_FAULTS_LOG=FILE pybisect ...

   Calls on files below DIRECTORY are counted that KIND can strike; number N
   fails, with a + all that follow too. FILE gets a line for each call that
   was counted. Kinds: ENOSPC, EIO, EACCES, EMFILE; short (half of a write is
   done), kill (the process ends before the call). Children of pybisect are
   left alone. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* What a call does, so that each kind strikes what it can strike. */
enum call {
    OPEN = 1,
    CREATE = 2, /* a name or a directory */
    WRITE = 4,
    SYNC = 8,
    RENAME = 16,
    REMOVE = 32,
    CUT = 64,
    READ = 128,
};
#define CHANGES (CREATE | WRITE | SYNC | RENAME | REMOVE | CUT)

static const struct kind {
    const char *name;
    int errnum; /* 0: no failure */
    unsigned calls;
} kinds[] = {
    {"ENOSPC", ENOSPC, CREATE | WRITE | SYNC | RENAME | CUT},
    {"EIO", EIO, READ | WRITE | SYNC | RENAME | CUT},
    {"EACCES", EACCES, OPEN | CREATE | RENAME | REMOVE},
    {"EMFILE", EMFILE, OPEN | CREATE},
    {"short", 0, WRITE},
    {"kill", 0, CHANGES},
};

static struct {
    const struct kind *kind; /* NULL: nothing is done */
    long countdown;
    bool for_ever;
    const char *below;
    int log; /* -1: none */
} faults = {.log = -1};

static bool
is_pybisect(void)
{
    char path[PATH_MAX] = "";
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    const char *slash = strrchr(path, '/');
    return length > 0 && slash != NULL && strcmp(slash, "/pybisect") == 0;
}

__attribute__((constructor)) static void
set_up(void)
{
    const char *what = getenv("PB_FAULTS");
    const char *log = getenv("PB_FAULTS_LOG");
    faults.below = getenv("PB_FAULTS_BELOW");
    if (what == NULL || faults.below == NULL || !is_pybisect()) {
        return;
    }
    if (log != NULL) {
        faults.log =
            (int)syscall(SYS_openat, AT_FDCWD, log,
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t length = strlen(kinds[i].name);
        if (strncmp(what, kinds[i].name, length) == 0 && what[length] == ':') {
            char *end = NULL;
            faults.countdown = strtol(what + length + 1, &end, 10);
            faults.for_ever = *end == '+';
            faults.kind = &kinds[i];
        }
    }
}

static bool
is_below(const char *path)
{
    size_t length = strlen(faults.below);
    return strncmp(path, faults.below, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

/* The path that a descriptor, and a name relative to it, stand for. */
static void
find_path(int fd, const char *name, char out[PATH_MAX])
{
    char link[64];
    out[0] = '\0';
    if (name != NULL && (name[0] == '/' || fd == AT_FDCWD)) {
        snprintf(out, PATH_MAX, "%s", name);
        return;
    }
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, out, PATH_MAX - 1);
    out[length > 0 ? length : 0] = '\0';
    if (name != NULL && length > 0) {
        snprintf(out + length, PATH_MAX - (size_t)length, "/%s", name);
    }
}

static void
note(const char *function, const char *path, bool struck)
{
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof(line), "%s%s %s\n", struck ? "*" : "",
                          function, path);
    if (faults.log >= 0 && length > 0) {
        syscall(SYS_write, faults.log, line, (size_t)length);
    }
}

/* Is it this call's turn? Keeps errno unless it is. */
static bool
strikes(enum call call, const char *function, int fd, const char *name)
{
    char path[PATH_MAX];
    int errnum = errno;
    if (faults.kind == NULL || (faults.kind->calls & call) == 0) {
        return false;
    }
    find_path(fd, name, path);
    errno = errnum;
    if (!is_below(path)) {
        return false;
    }
    faults.countdown--;
    bool struck =
        faults.countdown == 0 || (faults.for_ever && faults.countdown < 0);
    note(function, path, struck);
    if (struck && (faults.kind->calls & CHANGES) == CHANGES) {
        kill(getpid(), SIGKILL);
    }
    errno = struck ? faults.kind->errnum : errnum;
    return struck;
}

#define REAL(name)                                                            \
    __extension__({                                                           \
        static __typeof__(name) *real;                                        \
        if (real == NULL) {                                                   \
            real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);               \
        }                                                                     \
        real;                                                                 \
    })

/* --- opening ------------------------------------------------------------- */

static enum call
call_of(int flags)
{
    return (flags & O_CREAT) != 0 ? CREATE : OPEN;
}

#define DEFINE_OPEN(name)                                                     \
    int name(const char *path, int flags, ...)                                \
    {                                                                         \
        va_list arguments;                                                    \
        va_start(arguments, flags);                                           \
        mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                                    \
        return strikes(call_of(flags), "open", AT_FDCWD, path)                \
                   ? -1                                                       \
                   : REAL(name)(path, flags, mode);                           \
    }
#define DEFINE_OPENAT(name)                                                   \
    int name(int fd, const char *path, int flags, ...)                        \
    {                                                                         \
        va_list arguments;                                                    \
        va_start(arguments, flags);                                           \
        mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                                    \
        return strikes(call_of(flags), "open", fd, path)                      \
                   ? -1                                                       \
                   : REAL(name)(fd, path, flags, mode);                       \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

int
mkostemp(char *template, int flags)
{
    return strikes(CREATE, "open", AT_FDCWD, template)
               ? -1
               : REAL(mkostemp)(template, flags);
}

char *
mkdtemp(char *template)
{
    return strikes(CREATE, "mkdir", AT_FDCWD, template)
               ? NULL
               : REAL(mkdtemp)(template);
}

DIR *
opendir(const char *path)
{
    return strikes(OPEN, "open", AT_FDCWD, path) ? NULL : REAL(opendir)(path);
}

/* One that is there already cannot be made, whatever the disk. */
int
mkdir(const char *path, mode_t mode)
{
    struct stat info;
    return stat(path, &info) < 0 && strikes(CREATE, "mkdir", AT_FDCWD, path)
               ? -1
               : REAL(mkdir)(path, mode);
}

int
symlink(const char *target, const char *path)
{
    return strikes(CREATE, "symlink", AT_FDCWD, path)
               ? -1
               : REAL(symlink)(target, path);
}

/* --- contents ------------------------------------------------------------ */

ssize_t
read(int fd, void *data, size_t length)
{
    return strikes(READ, "read", fd, NULL) ? -1 : REAL(read)(fd, data, length);
}

ssize_t
pread64(int fd, void *data, size_t length, off64_t offset)
{
    return strikes(READ, "read", fd, NULL)
               ? -1
               : REAL(pread64)(fd, data, length, offset);
}

ssize_t
pread(int fd, void *data, size_t length, off_t offset)
{
    return pread64(fd, data, length, offset);
}

/* A failing write leaves half of its data, as a full disk does. */
ssize_t
write(int fd, const void *data, size_t length)
{
    if (!strikes(WRITE, "write", fd, NULL)) {
        return REAL(write)(fd, data, length);
    }
    int errnum = faults.kind->errnum;
    ssize_t done = REAL(write)(fd, data, length > 1 ? length / 2 : length);
    errno = errnum;
    return errnum == 0 ? done : -1;
}

ssize_t
pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
    if (!strikes(WRITE, "write", fd, NULL)) {
        return REAL(pwrite64)(fd, data, length, offset);
    }
    int errnum = faults.kind->errnum;
    ssize_t done =
        REAL(pwrite64)(fd, data, length > 1 ? length / 2 : length, offset);
    errno = errnum;
    return errnum == 0 ? done : -1;
}

ssize_t
pwrite(int fd, const void *data, size_t length, off_t offset)
{
    return pwrite64(fd, data, length, offset);
}

int
fsync(int fd)
{
    return strikes(SYNC, "sync", fd, NULL) ? -1 : REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
    return strikes(SYNC, "sync", fd, NULL) ? -1 : REAL(fdatasync)(fd);
}

int
ftruncate64(int fd, off64_t length)
{
    return strikes(CUT, "truncate", fd, NULL) ? -1
                                              : REAL(ftruncate64)(fd, length);
}

int
ftruncate(int fd, off_t length)
{
    return ftruncate64(fd, length);
}

/* --- names --------------------------------------------------------------- */

int
rename(const char *from, const char *to)
{
    return strikes(RENAME, "rename", AT_FDCWD, to) ? -1
                                                   : REAL(rename)(from, to);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return strikes(RENAME, "rename", to_fd, to)
               ? -1
               : REAL(renameat)(from_fd, from, to_fd, to);
}

static bool
is_there(int fd, const char *path)
{
    struct stat info;
    return fstatat(fd, path, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

int
unlink(const char *path)
{
    return is_there(AT_FDCWD, path) &&
                   strikes(REMOVE, "remove", AT_FDCWD, path)
               ? -1
               : REAL(unlink)(path);
}

int
unlinkat(int fd, const char *path, int flags)
{
    return is_there(fd, path) && strikes(REMOVE, "remove", fd, path)
               ? -1
               : REAL(unlinkat)(fd, path, flags);
}

int
rmdir(const char *path)
{
    return is_there(AT_FDCWD, path) &&
                   strikes(REMOVE, "remove", AT_FDCWD, path)
               ? -1
               : REAL(rmdir)(path);
}
