/* What a run and all that descends from it use, looked at now and then: the
   kernel bounds one process, not a tree of them, and a limit of its would be
   met inside, where nobody says that it was one. */
#include "base/process_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"

#define PAUSE 0.25 /* seconds between looks, at least */
#define SHARE 20.0 /* and so many times what a look takes */
#define MOST_PASSES 64
#define BLOCK 512 /* of st_blocks */

struct process {
    long pid;
    long parent;
    double seconds;
    uint64_t resident;
    bool ours;
};

struct processes {
    struct process *items;
    size_t len;
    size_t cap;
};

/* The fields behind the name, which may hold anything. */
static bool
read_process(long pid, struct process *out)
{
    char path[64];
    char text[1024];
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (length <= 0) {
        return false;
    }
    text[length] = '\0';
    const char *rest = strrchr(text, ')');
    unsigned long user = 0;
    unsigned long system = 0;
    long waited[2] = {0, 0};
    long pages = 0;
    *out = (struct process){.pid = pid};
    if (rest == NULL ||
        sscanf(rest + 1,
               " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld "
               "%*d %*d %*d %*d %*u %*u %ld",
               &out->parent, &user, &system, &waited[0], &waited[1],
               &pages) != 6)
    {
        return false;
    }
    out->seconds =
        ((double)(user + system) + (double)(waited[0] + waited[1])) /
        (double)sysconf(_SC_CLK_TCK);
    out->resident =
        (uint64_t)(pages > 0 ? pages : 0) * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}

static void
load(struct processes *all, pid_t root)
{
    DIR *directory = opendir("/proc");
    for (const struct dirent *entry = NULL;
         directory != NULL && (entry = readdir(directory)) != NULL;)
    {
        struct process process;
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || !read_process(pid, &process)) {
            continue;
        }
        process.ours = pid == root;
        if (all->len == all->cap) {
            all->cap = all->cap * 2 + 256;
            all->items =
                pb_realloc_array(all->items, all->cap, sizeof(*all->items));
        }
        all->items[all->len++] = process;
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

static int
compare(const void *a, const void *b)
{
    const struct process *left = a;
    const struct process *right = b;
    return left->pid < right->pid ? -1 : left->pid > right->pid;
}

static bool
is_ours(const struct processes *all, long pid)
{
    struct process key = {.pid = pid};
    const struct process *found =
        bsearch(&key, all->items, all->len, sizeof(key), compare);
    return found != NULL && found->ours;
}

/* Children mostly have higher numbers than their parents: few passes do. */
static void
mark(struct processes *all)
{
    bool more = all->len > 0;
    if (!more) {
        return; /* there is no /proc */
    }
    qsort(all->items, all->len, sizeof(*all->items), compare);
    for (int i = 0; more && i < MOST_PASSES; i++) {
        more = false;
        for (size_t k = 0; k < all->len; k++) {
            struct process *each = &all->items[k];
            if (!each->ours && is_ours(all, each->parent)) {
                each->ours = true;
                more = true;
            }
        }
    }
}

static enum pb_process_bound
look_at_processes(const struct pb_process_bounds *bounds, pid_t root,
                  double *out_seconds)
{
    struct processes all = {.items = NULL};
    double seconds = 0;
    uint64_t resident = 0;
    size_t count = 0;
    load(&all, root);
    mark(&all);
    for (size_t i = 0; i < all.len; i++) {
        if (all.items[i].ours) {
            seconds += all.items[i].seconds;
            resident += all.items[i].resident;
            count++;
        }
    }
    free(all.items);
    *out_seconds = seconds > *out_seconds ? seconds : *out_seconds;
    if (bounds->processes > 0 && count > bounds->processes) {
        return PB_PROCESS_BOUND_PROCESSES;
    }
    if (bounds->memory > 0 && resident > bounds->memory) {
        return PB_PROCESS_BOUND_MEMORY;
    }
    return bounds->cpu > 0 && *out_seconds > bounds->cpu
               ? PB_PROCESS_BOUND_CPU
               : PB_PROCESS_BOUND_NONE;
}

/* Links are not followed, nor are other file systems. */
static enum pb_process_bound
look_at_files(const struct pb_process_bounds *bounds)
{
    if (bounds->watched == NULL ||
        (bounds->disk == 0 && bounds->file_size == 0)) {
        return PB_PROCESS_BOUND_NONE;
    }
    PB_AUTOFREE char *path = pb_strdup(bounds->watched);
    char *const paths[] = {path, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    enum pb_process_bound bound = PB_PROCESS_BOUND_NONE;
    uint64_t bytes = 0;
    const FTSENT *entry = NULL;
    while (walk != NULL && bound == PB_PROCESS_BOUND_NONE &&
           (entry = fts_read(walk)) != NULL)
    {
        if (entry->fts_info != FTS_F) {
            continue;
        }
        bytes += (uint64_t)entry->fts_statp->st_blocks * BLOCK;
        if (bounds->disk > 0 && bytes > bounds->disk) {
            bound = PB_PROCESS_BOUND_DISK;
        }
        else if (bounds->file_size > 0 &&
                 (uint64_t)entry->fts_statp->st_size >= bounds->file_size)
        {
            bound = PB_PROCESS_BOUND_FILE_SIZE;
        }
    }
    if (walk != NULL) {
        fts_close(walk);
    }
    return bound;
}

enum pb_process_bound
pb_process_look(const struct pb_process_bounds *bounds, pid_t root,
                struct pb_process_looks *looks, bool last)
{
    double start = pb_clock_monotonic();
    if (start < looks->next && !last) {
        return PB_PROCESS_BOUND_NONE;
    }
    enum pb_process_bound bound =
        last ? PB_PROCESS_BOUND_NONE
             : look_at_processes(bounds, root, &looks->seconds);
    if (bound == PB_PROCESS_BOUND_NONE) {
        bound = look_at_files(bounds);
    }
    double end = pb_clock_monotonic();
    double pause = (end - start) * SHARE;
    looks->next = end + (pause > PAUSE ? pause : PAUSE);
    return bound;
}

/* Each process inherits them, and cannot raise them again. */
void
pb_process_bounds_words(const struct pb_process_bounds *bounds,
                        struct pb_strv *out)
{
    pb_strv_add(out, "prlimit");
    pb_strv_add(out, "--core=0");
    if (bounds->file_size > 0) {
        pb_strv_addf(out, "--fsize=%ju", (uintmax_t)bounds->file_size);
    }
    if (bounds->address_space > 0) {
        pb_strv_addf(out, "--as=%ju", (uintmax_t)bounds->address_space);
    }
    if (bounds->open_files > 0) {
        unsigned soft = bounds->open_files < 1024 ? bounds->open_files : 1024;
        pb_strv_addf(out, "--nofile=%u:%u", soft, bounds->open_files);
    }
    pb_strv_add(out, "--");
}
