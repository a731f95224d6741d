/* Choosing among run trees. */
#include "build/runs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

void
pb_runs_open(const char *directory, struct pb_runs *out)
{
    *out = (struct pb_runs){.directory = pb_strdup(directory)};
}

void
pb_runs_close(struct pb_runs *runs)
{
    for (size_t i = 0; i < PB_RUNS; i++) {
        pb_tree_free(runs->trees[i]);
    }
    free(runs->directory);
    *runs = (struct pb_runs){.directory = NULL};
}

static char *
name(const struct pb_runs *runs, size_t i, const char *suffix)
{
    return pb_asprintf("%s/run-%zu%s", runs->directory, i, suffix);
}

/* One line: the build's key, then the commit. */
static char *
make_note(const struct pb_digest *key, const struct pb_oid *commit)
{
    char build[PB_DIGEST_HEX];
    char revision[PB_OID_HEX];
    return pb_asprintf("%s %s\n", pb_digest_hex(key, build),
                       pb_oid_hex(commit, revision));
}

/* How well a tree suits; a tree that was never used is the oldest of all. */
struct fit {
    enum { OTHER, SAME_BUILD, SAME } match;
    struct timespec used;
};

static struct fit
look_at(const struct pb_runs *runs, size_t i, const char *note)
{
    struct fit fit = {.match = OTHER};
    PB_AUTOFREE char *path = name(runs, i, ".holds");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    struct stat info;
    if (pb_fs_read(path, 4096, &text, &ignored) < 0 || stat(path, &info) < 0) {
        return fit;
    }
    fit.used = info.st_mtim;
    if (strcmp(text.data, note) == 0) {
        fit.match = SAME;
    }
    else if (strncmp(text.data, note, PB_DIGEST_HEX) == 0) {
        fit.match = SAME_BUILD;
    }
    return fit;
}

static bool
is_better(const struct fit *a, const struct fit *b)
{
    if (a->match != b->match) {
        return a->match > b->match;
    }
    return a->used.tv_sec < b->used.tv_sec ||
           (a->used.tv_sec == b->used.tv_sec &&
            a->used.tv_nsec < b->used.tv_nsec);
}

int
pb_runs_take(struct pb_runs *runs, const struct pb_digest *key,
             const struct pb_oid *commit, struct pb_tree **out, bool *out_same,
             struct pb_error *err)
{
    PB_AUTOFREE char *note = make_note(key, commit);
    size_t best = 0;
    struct fit fit = look_at(runs, 0, note);
    for (size_t i = 1; i < PB_RUNS; i++) {
        struct fit other = look_at(runs, i, note);
        if (is_better(&other, &fit)) {
            best = i;
            fit = other;
        }
    }
    if (runs->trees[best] == NULL) {
        PB_AUTOFREE char *directory = name(runs, best, "");
        PB_AUTOFREE char *index = name(runs, best, ".index");
        if (pb_tree_open(directory, index, &runs->trees[best], err) < 0) {
            return -1;
        }
    }
    *out = runs->trees[best];
    *out_same = fit.match == SAME;
    return 0;
}

int
pb_runs_evict(struct pb_runs *runs, const struct pb_tree *kept,
              uint64_t *bytes, struct pb_error *err)
{
    static const char *const suffixes[] = {"", ".index", ".store", ".holds"};
    for (size_t i = 0; i < PB_RUNS; i++) {
        if (runs->trees[i] != NULL && runs->trees[i] == kept) {
            continue;
        }
        pb_tree_free(runs->trees[i]);
        runs->trees[i] = NULL;
        for (size_t j = 0; j < PB_LENGTH(suffixes); j++) {
            PB_AUTOFREE char *path = name(runs, i, suffixes[j]);
            *bytes += pb_fs_usage(path);
            if (pb_fs_remove_tree(path, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
pb_runs_note(const struct pb_runs *runs, const struct pb_tree *tree,
             const struct pb_digest *key, const struct pb_oid *commit,
             struct pb_error *err)
{
    PB_AUTOFREE char *note = make_note(key, commit);
    for (size_t i = 0; i < PB_RUNS; i++) {
        if (runs->trees[i] == tree) {
            PB_AUTOFREE char *path = name(runs, i, ".holds");
            return pb_fs_write(path, note, strlen(note), 0644, err);
        }
    }
    return 0; /* a fresh tree, which is not for later */
}
