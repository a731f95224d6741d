/* Opening repositories, naming commits and reading them. */
#include "git_private.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

static void
start_libgit2(void)
{
    /* Clones that use these are read correctly all the same. */
    static const char *extensions[] = {
        "partialclone",
        "preciousobjects",
        "worktreeconfig",
    };
    git_libgit2_init();
    /* We only read, so a clone that belongs to somebody else is fine. */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions,
                     PB_LENGTH(extensions));
    /* Hashing every object again costs more than reading it. */
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
}

void
pb_git_setup(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_libgit2);
}

static enum pb_error_code
code_of(int status, int class)
{
    switch (status) {
    case GIT_ENOTFOUND:
        return PB_ERROR_NOT_FOUND;
    case GIT_EAMBIGUOUS:
    case GIT_EINVALIDSPEC:
        return PB_ERROR_USAGE;
    case GIT_EUSER:
        return PB_ERROR_CANCELLED;
    default:
        break;
    }
    switch (class) {
    case GIT_ERROR_ZLIB:
    case GIT_ERROR_OBJECT:
    case GIT_ERROR_ODB:
    case GIT_ERROR_TREE:
    case GIT_ERROR_INDEXER:
        return PB_ERROR_CORRUPT;
    default:
        return PB_ERROR_ENVIRONMENT;
    }
}

int
pb_git_fail(struct pb_error *err, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *what = pb_vasprintf(format, arguments);
    va_end(arguments);

    const git_error *last = git_error_last();
    enum pb_error_code code = code_of(status, last != NULL ? last->klass : 0);
    if (code == PB_ERROR_CANCELLED) {
        return pb_error_set(err, code, "%s: interrupted", what);
    }
    if (last == NULL || last->message == NULL || *last->message == '\0') {
        return pb_error_set(err, code, "%s", what);
    }
    PB_AUTOFREE char *why = pb_strdup(last->message);
    why[0] = (char)tolower((unsigned char)why[0]);
    return pb_error_set(err, code, "%s: %s", what, why);
}

git_oid
pb_git_oid(const struct pb_oid *oid)
{
    git_oid result;
    memcpy(result.id, oid->bytes, PB_OID_SIZE);
    return result;
}

struct pb_oid
pb_git_oid_from(const git_oid *oid)
{
    struct pb_oid result;
    memcpy(result.bytes, oid->id, PB_OID_SIZE);
    return result;
}

bool
pb_oid_equal(const struct pb_oid *a, const struct pb_oid *b)
{
    return memcmp(a->bytes, b->bytes, PB_OID_SIZE) == 0;
}

static const char *
hex_digits(const struct pb_oid *oid, char *out, size_t digits)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < digits; i++) {
        unsigned byte = oid->bytes[i / 2];
        out[i] = hex[i % 2 == 0 ? byte >> 4 : byte & 15U];
    }
    out[digits] = '\0';
    return out;
}

const char *
pb_oid_hex(const struct pb_oid *oid, char out[PB_OID_HEX])
{
    return hex_digits(oid, out, PB_OID_HEX - 1);
}

const char *
pb_oid_short(const struct pb_oid *oid, char out[PB_OID_SHORT])
{
    return hex_digits(oid, out, PB_OID_SHORT - 1);
}

static int
digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
pb_oid_parse(const char *hex, struct pb_oid *out)
{
    struct pb_oid oid;
    if (strlen(hex) != PB_OID_HEX - 1) {
        return false;
    }
    for (size_t i = 0; i < PB_OID_SIZE; i++) {
        int high = digit_value(hex[2 * i]);
        int low = digit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        oid.bytes[i] = (unsigned char)(high << 4 | low);
    }
    *out = oid;
    return true;
}

int
pb_repo_open(const char *path, struct pb_repo **out, struct pb_error *err)
{
    pb_git_setup();
    /* No search upwards: a mistyped path inside another clone must not
       silently become that clone. */
    git_repository *git = NULL;
    int status = git_repository_open_ext(&git, path,
                                         GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    git_odb *odb = NULL;
    if (status == 0) {
        status = git_repository_odb(&odb, git);
    }
    if (status < 0) {
        git_repository_free(git);
        pb_git_fail(err, status, "cannot open the repository '%s'", path);
        pb_error_hint(err, "name the directory of a git clone");
        return -1;
    }
    *out = pb_alloc(sizeof(**out));
    **out = (struct pb_repo){
        .git = git, .odb = odb, .path = pb_strdup(git_repository_path(git))};
    return 0;
}

void
pb_repo_close(struct pb_repo *repo)
{
    if (repo == NULL) {
        return;
    }
    git_odb_free(repo->odb);
    git_repository_free(repo->git);
    free(repo->path);
    free(repo);
}

const char *
pb_repo_path(const struct pb_repo *repo)
{
    return repo->path;
}

int
pb_git_read(struct pb_repo *repo, const struct pb_oid *id, git_object_t type,
            git_odb_object **out, struct pb_error *err)
{
    char hex[PB_OID_HEX];
    git_oid oid = pb_git_oid(id);
    git_odb_object *object = NULL;
    int status = git_odb_read(&object, repo->odb, &oid);
    if (status == GIT_ENOTFOUND) {
        pb_error_set(err, PB_ERROR_NOT_FOUND, "'%s' has no %s %s", repo->path,
                     git_object_type2string(type), pb_oid_hex(id, hex));
        pb_error_hint(err, git_repository_is_shallow(repo->git) == 1
                               ? "complete the shallow clone with 'git fetch "
                                 "--unshallow'"
                               : "use a clone that has every object, made "
                                 "without '--filter'");
        return -1;
    }
    if (status < 0) {
        return pb_git_fail(err, status, "cannot read %s %s of '%s'",
                           git_object_type2string(type), pb_oid_hex(id, hex),
                           repo->path);
    }
    if (git_odb_object_type(object) != type) {
        git_odb_object_free(object);
        return pb_error_set(err, PB_ERROR_CORRUPT, "%s in '%s' is not a %s",
                            pb_oid_hex(id, hex), repo->path,
                            git_object_type2string(type));
    }
    *out = object;
    return 0;
}

int
pb_repo_resolve(struct pb_repo *repo, const char *spec, struct pb_oid *out,
                struct pb_error *err)
{
    PB_AUTO(git_object) git_object *named = NULL;
    int status = git_revparse_single(&named, repo->git, spec);
    if (status == GIT_ENOTFOUND) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND,
                            "'%s' names no commit of '%s'", spec, repo->path);
    }
    if (status == GIT_EAMBIGUOUS) {
        pb_error_set(err, PB_ERROR_USAGE, "'%s' is ambiguous in '%s'", spec,
                     repo->path);
        pb_error_hint(err, "give more digits of the commit id");
        return -1;
    }
    if (status < 0) {
        return pb_git_fail(err, status, "cannot resolve '%s' in '%s'", spec,
                           repo->path);
    }
    PB_AUTO(git_object) git_object *commit = NULL;
    if (git_object_peel(&commit, named, GIT_OBJECT_COMMIT) < 0) {
        return pb_error_set(
            err, PB_ERROR_USAGE, "'%s' is a %s of '%s', not a commit", spec,
            git_object_type2string(git_object_type(named)), repo->path);
    }
    *out = pb_git_oid_from(git_object_id(commit));
    return 0;
}

int
pb_repo_trunk(struct pb_repo *repo, struct pb_oid *out, struct pb_error *err)
{
    static const char *names[] = {
        "refs/heads/main",
        "refs/heads/master",
        "refs/remotes/origin/main",
        "refs/remotes/origin/master",
    };
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        git_oid id;
        if (git_reference_name_to_id(&id, repo->git, names[i]) == 0) {
            *out = pb_git_oid_from(&id);
            return 0;
        }
    }
    return pb_repo_resolve(repo, "HEAD", out, err);
}

bool
pb_repo_is_branch(struct pb_repo *repo, const char *name,
                  const struct pb_oid *tip)
{
    static const char *const formats[] = {"refs/heads/%s", "refs/remotes/%s",
                                          "refs/remotes/origin/%s"};
    for (size_t i = 0; i < PB_LENGTH(formats); i++) {
        const char *at = strstr(formats[i], "%s");
        PB_AUTOFREE char *full =
            pb_asprintf("%.*s%s", (int)(at - formats[i]), formats[i], name);
        git_oid id;
        if (git_reference_name_to_id(&id, repo->git, full) == 0) {
            struct pb_oid found = pb_git_oid_from(&id);
            if (pb_oid_equal(&found, tip)) {
                return true;
            }
        }
    }
    return false;
}

static int
add_tag(const char *name, git_oid *id, void *context)
{
    (void)id;
    pb_strv_add(context, name + strlen("refs/tags/"));
    return 0;
}

int
pb_repo_tags(struct pb_repo *repo, struct pb_strv *out, struct pb_error *err)
{
    int status = git_tag_foreach(repo->git, add_tag, out);
    if (status < 0) {
        return pb_git_fail(err, status, "cannot list the tags of '%s'",
                           repo->path);
    }
    return 0;
}

char *
pb_repo_origin(struct pb_repo *repo)
{
    PB_AUTO(git_remote) git_remote *remote = NULL;
    if (git_remote_lookup(&remote, repo->git, "origin") < 0) {
        return NULL;
    }
    const char *url = git_remote_url(remote);
    const char *host = strstr(url, "://");
    /* "git@host:path" and ssh://git@host name no secret. */
    if (host == NULL || strncmp(url, "http", 4) != 0) {
        return pb_strdup(url);
    }
    host += strlen("://");
    const char *at = memchr(host, '@', strcspn(host, "/"));
    return pb_asprintf("%.*s%s", (int)(host - url), url,
                       at != NULL ? at + 1 : host);
}

int
pb_git_commit(struct pb_repo *repo, const struct pb_oid *id, git_commit **out,
              struct pb_error *err)
{
    git_oid oid = pb_git_oid(id);
    if (git_commit_lookup(out, repo->git, &oid) == 0) {
        return 0;
    }
    /* Read it again for an error that tells missing from broken. */
    PB_AUTO(git_odb_object) git_odb_object *object = NULL;
    if (pb_git_read(repo, id, GIT_OBJECT_COMMIT, &object, err) < 0) {
        return -1;
    }
    char hex[PB_OID_HEX];
    return pb_error_set(err, PB_ERROR_CORRUPT,
                        "commit %s of '%s' is malformed", pb_oid_hex(id, hex),
                        repo->path);
}

int
pb_repo_commit(struct pb_repo *repo, const struct pb_oid *id,
               struct pb_commit *out, struct pb_error *err)
{
    PB_AUTO(git_commit) git_commit *commit = NULL;
    if (pb_git_commit(repo, id, &commit, err) < 0) {
        return -1;
    }
    const git_signature *author = git_commit_author(commit);
    const char *subject = git_commit_summary(commit);
    *out = (struct pb_commit){
        .id = *id,
        .tree = pb_git_oid_from(git_commit_tree_id(commit)),
        .nparents = git_commit_parentcount(commit),
        .author = pb_strdup(author->name),
        .email = pb_strdup(author->email),
        .author_time = author->when.time,
        .committer_time = git_commit_time(commit),
        .subject = pb_strdup(subject != NULL ? subject : ""),
        .message = pb_strdup(git_commit_message(commit)),
    };
    out->parents = pb_alloc_array(out->nparents, sizeof(*out->parents));
    for (size_t i = 0; i < out->nparents; i++) {
        out->parents[i] =
            pb_git_oid_from(git_commit_parent_id(commit, (unsigned)i));
    }
    return 0;
}

void
pb_commit_clear(struct pb_commit *commit)
{
    free(commit->parents);
    free(commit->author);
    free(commit->email);
    free(commit->subject);
    free(commit->message);
    *commit = (struct pb_commit){.nparents = 0};
}

void
pb_oid_list_add(struct pb_oid_list *list, const struct pb_oid *oid)
{
    PB_GROW(list->items, list->len, list->cap);
    list->items[list->len++] = *oid;
}

void
pb_oid_list_clear(struct pb_oid_list *list)
{
    free(list->items);
    *list = (struct pb_oid_list){.items = NULL};
}
