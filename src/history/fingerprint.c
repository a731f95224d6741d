/* The keys of many commits, from trees alone.

   A tree is digested into two parts: what counts for the build, and what
   counts for behaviour only. A sub-tree with one role enters by its git id,
   unread; the others are digested once for each (directory, tree id) and
   remembered, so that a commit costs the reading of the trees that it
   changed. Threads take contiguous blocks, as neighbours share most trees. */
#include "pybisect/fingerprint.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/map.h"
#include "roles.h"

#define MODE_TREE 040000U
#define MOST_THREADS 8
#define COMMITS_WORTH_A_THREAD 64
#define COMMITS_BETWEEN_REPORTS 64

struct part {
    bool any; /* false: nothing in the tree has this role */
    struct pb_digest digest;
};

struct parts {
    struct part build;
    struct part rest;
    struct part
        library; /* of the root: Lib and Include, whatever their role */
};

struct memory {
    struct pb_oid last_tree; /* most commits leave most directories alone */
    struct parts last;
    bool has_last;
    struct pb_map *known; /* tree id in hex to struct parts */
};

struct job {
    const char *repo_path;
    const struct pb_oid *commits;
    size_t ncommits;
    const struct pb_fingerprint_options *options;
    struct pb_keys *keys;
    atomic_size_t done;
    atomic_bool stop; /* cancelled, or a worker failed */
};

struct worker {
    struct job *job;
    size_t begin;
    size_t end;
    bool reports; /* the caller's own thread */
    pthread_t thread;
    struct pb_repo *repo;
    struct pb_roles *roles;
    struct memory *memories; /* by directory number */
    size_t nmemories;
    struct pb_error err;
};

static int digest_tree(struct worker *worker,
                       struct pb_roles_directory *directory,
                       const struct pb_oid *tree, struct parts *out,
                       struct pb_error *err);

struct mixer {
    bool any;
    struct pb_hasher hasher;
};

struct frame {
    struct worker *worker;
    struct pb_roles_directory *directory;
    struct mixer build;
    struct mixer rest;
    struct mixer library;
};

static void
mix(struct mixer *mixer, const struct pb_tree_item *item, const void *id,
    size_t size)
{
    if (!mixer->any) {
        pb_hasher_init(&mixer->hasher);
        mixer->any = true;
    }
    const unsigned char mode[] = {
        (unsigned char)(item->mode >> 8), (unsigned char)item->mode,
        (unsigned char)size, /* a git id or a digest of ours */
    };
    pb_hasher_add(&mixer->hasher, mode, sizeof(mode));
    pb_hasher_add(&mixer->hasher, item->name, strlen(item->name) + 1);
    pb_hasher_add(&mixer->hasher, id, size);
}

static void
mix_part(struct mixer *mixer, const struct pb_tree_item *item,
         const struct part *part)
{
    if (part->any) {
        mix(mixer, item, part->digest.bytes, PB_DIGEST_SIZE);
    }
}

static struct part
finish(struct mixer *mixer)
{
    struct part part = {.any = mixer->any};
    if (mixer->any) {
        part.digest = pb_hasher_finish(&mixer->hasher);
    }
    return part;
}

static bool
is_library(const struct frame *frame, const struct pb_tree_item *item)
{
    return frame->directory == pb_roles_root(frame->worker->roles) &&
           (strcmp(item->name, "Lib") == 0 ||
            strcmp(item->name, "Include") == 0);
}

static int
mix_item(const struct pb_tree_item *item, void *context, struct pb_error *err)
{
    struct frame *frame = context;
    const struct pb_roles_entry *entry =
        pb_roles_entry(frame->directory, item->name, item->mode == MODE_TREE);
    if (entry->below != NULL) {
        struct parts parts;
        if (digest_tree(frame->worker, entry->below, &item->id, &parts, err) <
            0) {
            return -1;
        }
        mix_part(&frame->build, item, &parts.build);
        mix_part(&frame->rest, item, &parts.rest);
        if (is_library(frame, item)) {
            mix_part(&frame->library, item, &parts.build);
            mix_part(&frame->library, item, &parts.rest);
        }
        return 0;
    }
    if (entry->role == PB_PATH_IGNORED) {
        return 0;
    }
    mix(entry->role == PB_PATH_BUILD ? &frame->build : &frame->rest, item,
        item->id.bytes, PB_OID_SIZE);
    if (is_library(frame, item)) {
        mix(&frame->library, item, item->id.bytes, PB_OID_SIZE);
    }
    return 0;
}

static struct memory *
memory_of(struct worker *worker, const struct pb_roles_directory *directory)
{
    size_t wanted = directory->number + 1;
    if (worker->nmemories < wanted) {
        worker->memories = pb_realloc_array(worker->memories, wanted,
                                            sizeof(*worker->memories));
        memset(worker->memories + worker->nmemories, 0,
               (wanted - worker->nmemories) * sizeof(*worker->memories));
        worker->nmemories = wanted;
    }
    struct memory *memory = &worker->memories[directory->number];
    if (memory->known == NULL) {
        memory->known = pb_map_new(free);
    }
    return memory;
}

static void
remember(struct memory *memory, const struct pb_oid *tree,
         const struct parts *parts)
{
    memory->last_tree = *tree;
    memory->last = *parts;
    memory->has_last = true;
}

static int
digest_tree(struct worker *worker, struct pb_roles_directory *directory,
            const struct pb_oid *tree, struct parts *out, struct pb_error *err)
{
    struct memory *memory = memory_of(worker, directory);
    if (memory->has_last && pb_oid_equal(&memory->last_tree, tree)) {
        *out = memory->last;
        return 0;
    }
    char hex[PB_OID_HEX];
    const struct parts *known =
        pb_map_get(memory->known, pb_oid_hex(tree, hex));
    if (known != NULL) {
        *out = *known;
        remember(memory, tree, out);
        return 0;
    }
    struct frame frame = {.worker = worker, .directory = directory};
    if (pb_repo_tree_items(worker->repo, tree, mix_item, &frame, err) < 0) {
        return -1;
    }
    struct parts *made = pb_alloc(sizeof(*made));
    made->build = finish(&frame.build);
    made->rest = finish(&frame.rest);
    made->library = finish(&frame.library);
    *out = *made;
    /* Digesting what lies below may have moved the memories. */
    memory = memory_of(worker, directory);
    pb_map_set(memory->known, hex, made);
    remember(memory, tree, out);
    return 0;
}

static struct pb_digest
key_of(const char *kind, const struct part *first, const struct part *second)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, kind);
    const struct part *parts[] = {first, second};
    for (size_t i = 0; i < PB_LENGTH(parts); i++) {
        char hex[PB_DIGEST_HEX];
        bool any = parts[i] != NULL && parts[i]->any;
        pb_hasher_add_field(
            &hasher, any ? pb_digest_hex(&parts[i]->digest, hex) : NULL);
    }
    return pb_hasher_finish(&hasher);
}

static int
key_commit(struct worker *worker, size_t i, struct pb_error *err)
{
    struct pb_oid tree;
    struct parts parts;
    if (pb_repo_commit_tree(worker->repo, &worker->job->commits[i], &tree,
                            err) < 0 ||
        digest_tree(worker, pb_roles_root(worker->roles), &tree, &parts, err) <
            0)
    {
        return -1;
    }
    struct pb_keys *keys = &worker->job->keys[i];
    keys->build = key_of("pybisect build key 1", &parts.build, NULL);
    keys->behaviour =
        key_of("pybisect behaviour key 1", &parts.build, &parts.rest);
    keys->library = key_of("pybisect library key 1", &parts.library, NULL);
    return 0;
}

static int
key_block(struct worker *worker, struct pb_error *err)
{
    struct job *job = worker->job;
    if (pb_repo_open(job->repo_path, &worker->repo, err) < 0) {
        return -1;
    }
    for (size_t i = worker->begin; i < worker->end; i++) {
        if (atomic_load(&job->stop)) {
            return 0; /* whoever stopped has the reason */
        }
        if (pb_cancelled(job->options->cancel)) {
            return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
        }
        if (key_commit(worker, i, err) < 0) {
            return -1;
        }
        size_t done = atomic_fetch_add(&job->done, 1) + 1;
        if (worker->reports && i % COMMITS_BETWEEN_REPORTS == 0) {
            pb_progress_report(job->options->progress, "reading history",
                               (double)done / (double)job->ncommits);
        }
    }
    return 0;
}

static void *
work(void *argument)
{
    struct worker *worker = argument;
    worker->roles = pb_roles_new(worker->job->options->count_tests);
    if (key_block(worker, &worker->err) < 0) {
        atomic_store(&worker->job->stop, true);
    }
    for (size_t i = 0; i < worker->nmemories; i++) {
        pb_map_free(worker->memories[i].known);
    }
    free(worker->memories);
    pb_roles_free(worker->roles);
    pb_repo_close(worker->repo);
    return NULL;
}

static size_t
thread_count(int asked, size_t ncommits)
{
    long cores = asked > 0 ? asked : sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = cores > 0 ? (size_t)cores : 1;
    size_t useful = ncommits / COMMITS_WORTH_A_THREAD + 1;
    threads = threads < MOST_THREADS ? threads : MOST_THREADS;
    return threads < useful ? threads : useful;
}

/* The first block is the caller's; a thread that cannot be started leaves
   its block to the caller as well. */
static int
run_workers(struct worker *workers, size_t nworkers, struct pb_error *err)
{
    bool started[MOST_THREADS] = {false};
    for (size_t i = 1; i < nworkers; i++) {
        started[i] =
            pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
    }
    for (size_t i = 0; i < nworkers; i++) {
        if (!started[i]) {
            work(&workers[i]);
        }
    }
    int status = 0;
    for (size_t i = 0; i < nworkers; i++) {
        if (started[i]) {
            pthread_join(workers[i].thread, NULL);
        }
        if (status == 0 && workers[i].err.code != PB_ERROR_NONE) {
            *err = workers[i].err;
            status = -1;
        }
    }
    return status;
}

int
pb_fingerprint(const char *repo_path, const struct pb_oid *commits,
               size_t ncommits, const struct pb_fingerprint_options *options,
               struct pb_keys *out_keys, struct pb_error *err)
{
    PB_AUTOFREE struct pb_keys *keys = pb_alloc_array(ncommits, sizeof(*keys));
    struct job job = {
        .repo_path = repo_path,
        .commits = commits,
        .ncommits = ncommits,
        .options = options,
        .keys = keys,
    };
    struct worker workers[MOST_THREADS] = {{.job = NULL}};
    size_t nworkers = thread_count(options->threads, ncommits);
    for (size_t i = 0; i < nworkers; i++) {
        workers[i].job = &job;
        workers[i].begin = ncommits * i / nworkers;
        workers[i].end = ncommits * (i + 1) / nworkers;
        workers[i].reports = i == 0;
    }
    if (run_workers(workers, nworkers, err) < 0) {
        return -1;
    }
    memcpy(out_keys, keys, ncommits * sizeof(*keys));
    return 0;
}
