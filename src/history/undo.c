/* Looking for reverts, by message and by content. */
#include "pybisect/undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/git_private.h"
#include "pybisect/alloc.h"
#include "pybisect/fingerprint.h"

#define MOST_FILES 16

/* A file that the culprit touched, and what it was before (zero: absent). */
struct touched {
    char *path;
    struct pb_oid before;
};

struct search {
    struct touched files[MOST_FILES];
    size_t len;
    char sentence[64]; /* that `git revert` writes */
};

static void
search_clear(struct search *search)
{
    for (size_t i = 0; i < search->len; i++) {
        free(search->files[i].path);
    }
}
PB_DEFINE_AUTO_CLEAR(search, struct search, search_clear)

static int
note_file(const struct pb_tree_entry *entry, void *context,
          struct pb_error *err)
{
    struct search *search = context;
    (void)err;
    if (search->len < MOST_FILES &&
        pb_fingerprint_role(entry->path, false) != PB_PATH_IGNORED)
    {
        search->files[search->len++] = (struct touched){
            .path = pb_strdup(entry->path), .before = entry->old_id};
    }
    return 0;
}

static bool
says_so(const struct search *search, const struct pb_commit *commit)
{
    return strstr(commit->message, search->sentence) != NULL;
}

/* Zero when there is no such file. */
static struct pb_oid
id_at(git_tree *tree, const char *path)
{
    PB_AUTO(git_tree_entry) git_tree_entry *entry = NULL;
    struct pb_oid none = {.bytes = {0}};
    return git_tree_entry_bypath(&entry, tree, path) < 0
               ? none
               : pb_git_oid_from(git_tree_entry_id(entry));
}

static int
undoes(struct pb_repo *repo, const struct search *search,
       const struct pb_oid *id, bool *out, struct pb_error *err)
{
    PB_AUTO(pb_commit) struct pb_commit commit = {.nparents = 0};
    PB_AUTO(git_tree) git_tree *tree = NULL;
    if (pb_repo_commit(repo, id, &commit, err) < 0 ||
        pb_git_tree_of(repo, id, &tree, err) < 0)
    {
        return -1;
    }
    *out = says_so(search, &commit);
    for (size_t i = 0; i < search->len && !*out; i++) {
        struct pb_oid now = id_at(tree, search->files[i].path);
        *out = pb_oid_equal(&now, &search->files[i].before);
    }
    return 0;
}

int
pb_undo_find(struct pb_repo *repo, const struct pb_oid *parent,
             const struct pb_oid *culprit, const struct pb_oid_list *commits,
             size_t from, size_t *out_index, struct pb_error *err)
{
    PB_AUTO(search) struct search search = {.len = 0};
    char hex[PB_OID_HEX];
    snprintf(search.sentence, sizeof(search.sentence),
             "This reverts commit %.10s", pb_oid_hex(culprit, hex));
    if (pb_repo_changes(repo, parent, culprit, note_file, &search, err) < 0) {
        return -1;
    }
    for (size_t i = from; i < commits->len; i++) {
        bool found = false;
        if (undoes(repo, &search, &commits->items[i], &found, err) < 0) {
            return -1;
        }
        if (found) {
            *out_index = i;
            return 0;
        }
    }
    *out_index = PB_UNDO_NONE;
    return 0;
}
