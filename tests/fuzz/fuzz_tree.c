/* Trees of git as whoever writes objects by hand may make them. Each line of
   the input is an entry, "MODE NAME" or, for one tree below another, "40000
   NAME" of all that was there before. Nothing is written beside the
   directory, by neither way of writing a revision's files. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "build/tree.h"
#include "fuzz/place.h"
#include "pybisect/alloc.h"
#include "support/raw_repo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each is a link's target as well. */
static const char content[] = "../outside";

static void
add_line(struct raw_repo *repo, char *line, struct pb_buf *tree)
{
    char *name = strchr(line, ' ');
    if (name == NULL) {
        return;
    }
    *name++ = '\0';
    bool below = strcmp(line, "40000") == 0;
    struct pb_oid id =
        below ? raw_object(repo, "tree", tree->data, tree->len)
              : raw_object(repo, "blob", content, strlen(content));
    if (below) {
        pb_buf_truncate(tree, 0);
    }
    raw_entry(tree, line, name, &id);
}

static bool
all(const char *path)
{
    (void)path;
    return true;
}

static void
write_both_ways(const char *path, const struct pb_oid *commit)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    PB_AUTOFREE char *out = fuzz_fresh("out");
    PB_AUTOFREE char *directory = fuzz_fresh("tree");
    PB_AUTOFREE char *index = fuzz_fresh("index");
    assert(pb_repo_open(path, &repo, &err) == 0);
    if (pb_repo_export(repo, commit, out, &err) < 0) {
        assert(err.code != PB_ERROR_NONE);
    }
    err = (struct pb_error)PB_ERROR_INIT;
    PB_AUTO(pb_tree) struct pb_tree *tree = NULL;
    PB_AUTO(pb_strv) struct pb_strv changed = PB_STRV_INIT;
    assert(pb_tree_open(directory, index, &tree, &err) == 0);
    const struct pb_tree_target target = {
        .repo = repo, .commit = commit, .wanted = all};
    if (pb_tree_move(tree, &target, &changed, &err) < 0) {
        assert(err.code != PB_ERROR_NONE);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"repo", "out", "tree", "index", NULL};
    PB_AUTOFREE char *path = fuzz_fresh("repo");
    PB_AUTOFREE char *text = pb_strndup((const char *)data, size);
    PB_AUTO(pb_buf) struct pb_buf tree = PB_BUF_INIT;
    struct raw_repo *repo = raw_repo_new(path);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
    {
        add_line(repo, line, &tree);
    }
    struct pb_oid commit = raw_commit(repo, &tree);
    raw_repo_free(repo);
    write_both_ways(path, &commit);
    fuzz_check_place(names);
    return 0;
}
