/* Slots: directories that one process at a time may use. */
#include "build/slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

#define SLOT_LIMIT 1000
#define ELSEWHERE "source-elsewhere"

static void
clear_work(struct pb_work *work)
{
    pb_tree_free(work->tree);
    free(work->stamp);
    free(work->at);
    free(work->mark);
    *work = (struct pb_work){.tree = NULL};
}

static int
remove_named(const struct pb_slot *slot, const char *name,
             struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(slot->directory, name);
    return pb_fs_remove_tree(path, err);
}

static int
open_tree(const struct pb_slot *slot, const char *name, const char *state,
          struct pb_tree **out, struct pb_error *err)
{
    PB_AUTOFREE char *directory = pb_path_join(slot->directory, name);
    PB_AUTOFREE char *prefix = pb_path_join(slot->directory, state);
    PB_AUTOFREE char *index = pb_asprintf("%s.index", prefix);
    return pb_tree_open(directory, index, out, err);
}

static int
open_work(const struct pb_slot *slot, const char *directory, const char *state,
          struct pb_work *out, struct pb_error *err)
{
    struct pb_work work = {.lock = slot->lock};
    if (open_tree(slot, directory, state, &work.tree, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *prefix = pb_path_join(slot->directory, state);
    work.stamp = pb_asprintf("%s.stamp", prefix);
    work.mark = pb_asprintf("%s.mark", prefix);
    work.at = pb_asprintf("%s.at", prefix);
    *out = work;
    return 0;
}

/* Removes a source tree and what was noted about it. */
static int
remove_work(const struct pb_slot *slot, const char *directory,
            const char *state, struct pb_error *err)
{
    static const char *const suffixes[] = {".index", ".stamp", ".mark", ".at"};
    if (remove_named(slot, directory, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < PB_LENGTH(suffixes); i++) {
        PB_AUTOFREE char *name = pb_asprintf("%s%s", state, suffixes[i]);
        if (remove_named(slot, name, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Undoes a clean build that was killed, or whose end failed. */
static int
restore_aside(const struct pb_slot *slot, struct pb_error *err)
{
    PB_AUTOFREE char *aside = pb_path_join(slot->directory, "aside");
    PB_AUTOFREE char *source = pb_path_join(slot->directory, "source");
    if (!pb_fs_is_directory(aside)) {
        return 0;
    }
    if (remove_work(slot, "source", "clean", err) < 0) {
        return -1;
    }
    return pb_fs_rename(aside, source, err);
}

/* What a killed process was writing. */
static int
remove_temporaries(const struct pb_slot *slot, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(slot->directory, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        if (strncmp(names.items[i], PB_FS_TEMPORARY,
                    strlen(PB_FS_TEMPORARY)) == 0 &&
            remove_named(slot, names.items[i], err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

/* Takes the lock of slot `number`; 1 when another process has it. */
static int
lock_slot(const char *trees, int number, struct pb_slot *slot,
          struct pb_error *err)
{
    PB_AUTOFREE char *name = pb_asprintf("%d", number);
    PB_AUTOFREE char *directory = pb_path_join(trees, name);
    PB_AUTOFREE char *path = pb_path_join(directory, "lock");
    if (pb_fs_mkdirs(directory, err) < 0) {
        return -1;
    }
    int lock = pb_fs_lock(path, false, err);
    if (lock < 0) {
        bool taken = err->errnum == EWOULDBLOCK;
        if (taken) {
            pb_error_clear(err);
        }
        return taken ? 1 : -1;
    }
    slot->lock = lock;
    slot->directory = directory;
    directory = NULL;
    return 0;
}

int
pb_slot_open(const char *trees, struct pb_slot *out, struct pb_error *err)
{
    struct pb_slot slot = PB_SLOT_INIT;
    int status = 1;
    for (int number = 0; status == 1 && number < SLOT_LIMIT; number++) {
        status = lock_slot(trees, number, &slot, err);
    }
    if (status == 1) {
        return pb_error_set(err, PB_ERROR_ENVIRONMENT,
                            "all work trees below '%s' are in use", trees);
    }
    if (status < 0) {
        return -1;
    }
    if (remove_temporaries(&slot, err) < 0 || pb_slot_settle(&slot, err) < 0 ||
        remove_work(&slot, ELSEWHERE, ELSEWHERE, err) < 0 ||
        open_work(&slot, "source", "source", &slot.work, err) < 0)
    {
        pb_slot_close(&slot);
        return -1;
    }
    pb_runs_open(slot.directory, &slot.runs);
    *out = slot;
    return 0;
}

void
pb_slot_close(struct pb_slot *slot)
{
    clear_work(&slot->work);
    pb_runs_close(&slot->runs);
    free(slot->directory);
    if (slot->lock >= 0) {
        close(slot->lock);
    }
    *slot = (struct pb_slot)PB_SLOT_INIT;
}

int
pb_slot_settle(struct pb_slot *slot, struct pb_error *err)
{
    return restore_aside(slot, err) < 0 ? -1
                                        : pb_slot_remove_fresh_run(slot, err);
}

int
pb_slot_start_over(struct pb_slot *slot, struct pb_error *err)
{
    struct pb_work empty = {.tree = NULL};
    if (remove_work(slot, "source", "source", err) < 0 ||
        open_work(slot, "source", "source", &empty, err) < 0)
    {
        return -1;
    }
    clear_work(&slot->work);
    slot->work = empty;
    return 0;
}

int
pb_slot_begin_clean(struct pb_slot *slot, struct pb_work *out,
                    struct pb_error *err)
{
    PB_AUTOFREE char *aside = pb_path_join(slot->directory, "aside");
    PB_AUTOFREE char *source = pb_path_join(slot->directory, "source");
    if (pb_fs_rename(source, aside, err) < 0) {
        return -1;
    }
    if (open_work(slot, "source", "clean", out, err) < 0) {
        struct pb_error ignored = PB_ERROR_INIT;
        restore_aside(slot, &ignored);
        return -1;
    }
    return 0;
}

int
pb_slot_end_clean(struct pb_slot *slot, struct pb_work *work,
                  struct pb_error *err)
{
    clear_work(work);
    return restore_aside(slot, err);
}

int
pb_slot_begin_elsewhere(struct pb_slot *slot, struct pb_work *out,
                        struct pb_error *err)
{
    if (remove_work(slot, ELSEWHERE, ELSEWHERE, err) < 0) {
        return -1;
    }
    return open_work(slot, ELSEWHERE, ELSEWHERE, out, err);
}

int
pb_slot_end_elsewhere(struct pb_slot *slot, struct pb_work *work,
                      struct pb_error *err)
{
    clear_work(work);
    return remove_work(slot, ELSEWHERE, ELSEWHERE, err);
}

int
pb_slot_fresh_run(struct pb_slot *slot, struct pb_tree **out,
                  struct pb_error *err)
{
    if (pb_slot_remove_fresh_run(slot, err) < 0) {
        return -1;
    }
    return open_tree(slot, "run-clean", "run-clean", out, err);
}

int
pb_slot_remove_fresh_run(struct pb_slot *slot, struct pb_error *err)
{
    static const char *const names[] = {"run-clean", "run-clean.index",
                                        "run-clean.store"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        if (remove_named(slot, names[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
empty(const struct pb_slot *slot, uint64_t *bytes, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(slot->directory, &names, err) < 0) {
        return -1;
    }
    *bytes += pb_fs_usage(slot->directory);
    for (size_t i = 0; i < names.len; i++) {
        if (strcmp(names.items[i], "lock") != 0 &&
            remove_named(slot, names.items[i], err) < 0)
        {
            return -1;
        }
    }
    *bytes -= pb_fs_usage(slot->directory);
    return 0;
}

int
pb_slot_evict_idle(const char *trees, uint64_t *bytes, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(trees, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        struct pb_slot slot = PB_SLOT_INIT;
        int status = lock_slot(trees, atoi(names.items[i]), &slot, err);
        if (status == 0) {
            status = empty(&slot, bytes, err);
            pb_slot_close(&slot);
        }
        if (status < 0) {
            return -1;
        }
    }
    return 0;
}
