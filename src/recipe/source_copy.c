/* The pristine copy of a project's source below the work directory. It gets
   its name when it is whole, so that one that was cut short is made anew and
   one that is there is used again. */
#include "recipe/source_private.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "recipe/needs.h"

/* Gives the finished copy its name. Being there under it is what says that a
   copy is whole: one that was cut short is made anew. */
static int
keep_copy(const struct opening *opening, const char *partial,
          struct pb_error *err)
{
    const char *revision = opening->project->revision;
    const char *colon = strchr(revision, ':');
    PB_AUTOFREE char *name =
        pb_asprintf("source-%.16s", colon != NULL ? colon + 1 : revision);
    PB_AUTOFREE char *path = pb_path_join(opening->options->work_dir, name);
    int status = pb_fs_exists(path) ? pb_fs_remove_tree(partial, err)
                                    : pb_fs_rename(partial, path, err);
    if (status < 0) {
        return -1;
    }
    opening->project->source = pb_path_absolute(path);
    return 0;
}

/* The copy of an earlier run, if there is one. */
static bool
reuse_copy(const struct opening *opening, const char *revision)
{
    PB_AUTOFREE char *name = pb_asprintf("source-%.16s", revision);
    PB_AUTOFREE char *path = pb_path_join(opening->options->work_dir, name);
    if (!pb_fs_is_directory(path)) {
        return false;
    }
    opening->project->source = pb_path_absolute(path);
    return true;
}

/* Where a copy is made before it has its name. */
static char *
start_copy(const struct opening *opening, struct pb_error *err)
{
    PB_AUTOFREE char *path =
        pb_path_join(opening->options->work_dir, "source.part");
    if (pb_fs_remove_tree(path, err) < 0) {
        return NULL;
    }
    return pb_strdup(path);
}

int
pb_source_export(const struct opening *opening, struct pb_repo *repo,
                 const struct pb_oid *commit, struct pb_error *err)
{
    char hex[PB_OID_HEX];
    opening->project->revision = pb_strdup(pb_oid_hex(commit, hex));
    if (reuse_copy(opening, hex)) {
        return 0;
    }
    PB_AUTOFREE char *partial = start_copy(opening, err);
    if (partial == NULL || pb_repo_export(repo, commit, partial, err) < 0) {
        return -1;
    }
    return keep_copy(opening, partial, err);
}

struct leaving_out {
    const char *from;
    char *own; /* our work directory */
};

static bool
is_left_out(const char *relative, void *context)
{
    static const char *const names[] = {".git",  ".hg",         ".tox",
                                        ".venv", "__pycache__", "*.pyc"};
    const struct leaving_out *leaving_out = context;
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        if (fnmatch(names[i], pb_path_base(relative), 0) == 0) {
            return true;
        }
    }
    /* The work directory may lie inside of the project: a copy must not
       hold itself. */
    PB_AUTOFREE char *path = pb_path_join(leaving_out->from, relative);
    return strcmp(path, leaving_out->own) == 0;
}

int
pb_source_copy(const struct opening *opening, const char *directory,
               struct pb_error *err)
{
    PB_AUTOFREE char *partial = start_copy(opening, err);
    if (partial == NULL) {
        return -1;
    }
    PB_AUTOFREE char *from = realpath(directory, NULL);
    PB_AUTOFREE char *own = realpath(opening->options->work_dir, NULL);
    if (from == NULL || own == NULL) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND, "cannot find '%s'",
                            from == NULL ? directory
                                         : opening->options->work_dir);
    }
    struct leaving_out leaving_out = {.from = from, .own = own};
    if (pb_fs_copy_tree(from, partial, is_left_out, &leaving_out, err) < 0) {
        return -1;
    }
    /* Over the copy, not over what it came from: that may be edited while
       this runs. */
    opening->project->revision = pb_tree_revision(partial, err);
    if (opening->project->revision == NULL) {
        return -1;
    }
    return keep_copy(opening, partial, err);
}
