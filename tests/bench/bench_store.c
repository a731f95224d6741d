/* What builds cost in the store: bytes and time.

       bench_store DIRECTORY [DERIVED]

   DIRECTORY holds trees with names that sort in their order (00, 01, ...),
   each the files of one build. DERIVED is a path whose content is not kept
   (python, which is linked anew). Every restored tree is checked by the
   store's own output digest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/store.h"

struct bench {
    struct pb_store *store;
    const char *directory;
    const char *derived;
    struct pb_strv trees;
    char *scratch;
};

static void
stop(const struct pb_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static struct pb_digest
key_of(const char *name)
{
    return pb_digest_of(name, strlen(name));
}

/* The files below a directory, as a build. */
static struct pb_digest
use_tree(const struct bench *bench, const char *name, const char *directory)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_strv) struct pb_strv all = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv kept = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv derived = PB_STRV_INIT;
    if (pb_fs_walk(directory, &all, &err) < 0) {
        stop(&err);
    }
    for (size_t i = 0; i < all.len; i++) {
        bool made = bench->derived != NULL &&
                    strcmp(all.items[i], bench->derived) == 0;
        pb_strv_add(made ? &derived : &kept, all.items[i]);
    }
    struct pb_digest key = key_of(name == NULL ? "" : name);
    struct pb_digest output = {.bytes = {0}};
    const struct pb_store_build build = {.group = key_of("group"),
                                         .label = name,
                                         .directory = directory,
                                         .paths = &kept,
                                         .derived = &derived};
    int status = name == NULL ? pb_store_digest(&build, &output, &err)
                              : pb_store_put(bench->store, &key, &build, &err);
    if (status < 0) {
        stop(&err);
    }
    return output;
}

/* Milliseconds; of the processor, because others may use the machine. */
struct took {
    double wall;
    double cpu;
};

static struct took
restore(const struct bench *bench, const char *name, const char *to,
        const char *index)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest key = key_of(name);
    PB_AUTO(pb_store_restored)
    struct pb_store_restored restored = PB_STORE_RESTORED_INIT;
    PB_AUTO(pb_store_entry) struct pb_store_entry entry = {.summary = NULL};
    double start = pb_clock_monotonic();
    clock_t cpu = clock();
    if (pb_store_restore(bench->store, &key, to, index, &restored, &err) < 0) {
        stop(&err);
    }
    const struct took took = {
        .wall = (pb_clock_monotonic() - start) * 1000,
        .cpu = (double)(clock() - cpu) * 1000 / CLOCKS_PER_SEC,
    };
    for (size_t i = 0; i < restored.derived.len; i++) {
        PB_AUTOFREE char *original = pb_asprintf(
            "%s/%s/%s", bench->directory, name, restored.derived.items[i]);
        PB_AUTOFREE char *copy = pb_path_join(to, restored.derived.items[i]);
        PB_AUTO(pb_buf) struct pb_buf content = PB_BUF_INIT;
        if (pb_fs_read(original, SIZE_MAX, &content, &err) < 0 ||
            pb_fs_write(copy, content.data, content.len, 0755, &err) < 0)
        {
            stop(&err);
        }
    }
    struct pb_digest output = use_tree(bench, NULL, to);
    if (pb_store_find(bench->store, &key, &entry, &err) < 0) {
        stop(&err);
    }
    if (!pb_digest_equal(&output, &entry.output)) {
        fprintf(stderr, "'%s' came back different\n", name);
        exit(1);
    }
    return took;
}

static void
reopen(struct bench *bench)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(bench->scratch, "store");
    pb_store_close(bench->store);
    bench->store = NULL;
    if (pb_store_open(path, &bench->store, &err) < 0) {
        stop(&err);
    }
}

static void
put_all(struct bench *bench)
{
    struct pb_error err = PB_ERROR_INIT;
    printf("%-6s %10s %10s %10s\n", "tree", "raw", "stored", "put ms");
    for (size_t i = 0; i < bench->trees.len; i++) {
        const char *name = bench->trees.items[i];
        PB_AUTOFREE char *tree = pb_path_join(bench->directory, name);
        PB_AUTO(pb_store_entry)
        struct pb_store_entry entry = {.summary = NULL};
        struct pb_digest key = key_of(name);
        double start = pb_clock_monotonic();
        use_tree(bench, name, tree);
        double seconds = pb_clock_monotonic() - start;
        if (pb_store_find(bench->store, &key, &entry, &err) < 0) {
            stop(&err);
        }
        printf("%-6s %10llu %10llu %10.1f\n", name,
               (unsigned long long)entry.bytes,
               (unsigned long long)entry.stored, seconds * 1000);
    }
}

static void
restore_all(struct bench *bench)
{
    PB_AUTOFREE char *moving = pb_path_join(bench->scratch, "moving");
    PB_AUTOFREE char *index = pb_path_join(bench->scratch, "moving.index");
    printf("%-6s %18s %18s %18s\n", "tree", "cold ms (cpu)", "step ms (cpu)",
           "again ms (cpu)");
    for (size_t i = 0; i < bench->trees.len; i++) {
        const char *name = bench->trees.items[i];
        PB_AUTOFREE char *fresh =
            pb_asprintf("%s/fresh-%s", bench->scratch, name);
        reopen(bench);
        struct took cold = restore(bench, name, fresh, NULL);
        struct took step = restore(bench, name, moving, index);
        struct took again = restore(bench, name, moving, index);
        printf("%-6s %9.1f (%6.1f) %9.1f (%6.1f) %9.1f (%6.1f)\n", name,
               cold.wall, cold.cpu, step.wall, step.cpu, again.wall,
               again.cpu);
    }
}

static void
print_totals(struct bench *bench)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store_stats stats;
    size_t checked = 0;
    size_t damaged = 0;
    double start = pb_clock_monotonic();
    if (pb_store_verify(bench->store, false, &checked, &damaged, &err) < 0 ||
        pb_store_stats(bench->store, &stats, &err) < 0)
    {
        stop(&err);
    }
    double seconds = pb_clock_monotonic() - start;
    size_t further = stats.further == 0 ? 1 : stats.further;
    size_t first = stats.first == 0 ? 1 : stats.first;
    printf("%zu packs, first %.2f MB, further %.1f KB on average; %zu "
           "checked in %.0f ms, %zu damaged\n",
           stats.packs, (double)stats.first_bytes / 1e6 / (double)first,
           (double)stats.further_bytes / 1e3 / (double)further, checked,
           seconds * 1000, damaged);
}

int
main(int argc, char **argv)
{
    struct pb_error err = PB_ERROR_INIT;
    if (argc < 2) {
        fprintf(stderr, "usage: bench_store DIRECTORY [DERIVED]\n");
        return 2;
    }
    const char *parent = getenv("TMPDIR");
    struct bench bench = {
        .directory = argv[1],
        .derived = argc > 2 ? argv[2] : NULL,
        .trees = PB_STRV_INIT,
        .scratch = pb_fs_temporary(parent == NULL ? "/tmp" : parent,
                                   "bench-store-", &err),
    };
    if (bench.scratch == NULL ||
        pb_fs_list(bench.directory, &bench.trees, &err) < 0)
    {
        stop(&err);
    }
    reopen(&bench);
    put_all(&bench);
    restore_all(&bench);
    print_totals(&bench);
    pb_store_close(bench.store);
    pb_strv_clear(&bench.trees);
    if (pb_fs_remove_tree(bench.scratch, &err) < 0) {
        stop(&err);
    }
    free(bench.scratch);
    return 0;
}
