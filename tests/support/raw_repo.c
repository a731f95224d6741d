#include "support/raw_repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "pybisect/alloc.h"

struct raw_repo {
    git_repository *git;
    git_odb *odb;
};

static void
must(int status)
{
    if (status < 0) {
        fprintf(stderr, "raw_repo: %s\n", git_error_last()->message);
        abort();
    }
}

struct raw_repo *
raw_repo_new(const char *path)
{
    struct raw_repo *repo = pb_alloc(sizeof(*repo));
    git_libgit2_init();
    must(git_repository_init(&repo->git, path, 1));
    must(git_repository_odb(&repo->odb, repo->git));
    return repo;
}

void
raw_repo_free(struct raw_repo *repo)
{
    if (repo != NULL) {
        git_odb_free(repo->odb);
        git_repository_free(repo->git);
        free(repo);
    }
}

struct pb_oid
raw_object(struct raw_repo *repo, const char *kind, const void *data,
           size_t length)
{
    git_oid id;
    struct pb_oid made;
    must(git_odb_write(&id, repo->odb, data, length,
                       git_object_string2type(kind)));
    memcpy(made.bytes, id.id, PB_OID_SIZE);
    return made;
}

void
raw_entry(struct pb_buf *tree, const char *mode, const char *name,
          const struct pb_oid *id)
{
    pb_buf_addf(tree, "%s %s", mode, name);
    pb_buf_addch(tree, '\0');
    pb_buf_add(tree, id->bytes, PB_OID_SIZE);
}

struct pb_oid
raw_commit(struct raw_repo *repo, const struct pb_buf *tree)
{
    struct pb_oid id = raw_object(repo, "tree", tree->data, tree->len);
    char hex[PB_OID_HEX];
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_buf_addf(&text,
                "tree %s\nauthor A <a@b> 1 +0000\n"
                "committer A <a@b> 1 +0000\n\nraw\n",
                pb_oid_hex(&id, hex));
    return raw_object(repo, "commit", text.data, text.len);
}
