/* Finding what depends on changed files. Includes are matched by the last
   part of their name: two headers of the same name cost a recompilation, and
   nothing is missed by a search path that we get wrong. */
#include "build/stale.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build/headers.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/map.h"
#include "pybisect/regex.h"

static bool
has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length > tail && strcmp(text + length - tail, suffix) == 0;
}

bool
pb_stale_is_c_text(const char *path)
{
    return (has_suffix(path, ".c") || has_suffix(path, ".h") ||
            has_suffix(path, ".inc") || has_suffix(path, ".def")) &&
           !has_prefix(path, "Lib/") && !has_prefix(path, "PC");
}

bool
pb_stale_is_header(const char *path)
{
    return pb_stale_is_c_text(path) && !has_suffix(path, ".c");
}

/* Group 1 is the last part of the name. */
#define INCLUDE                                                               \
    "^[ \\t]*#[ \\t]*include[ \\t]*[\"<](?:[^\">\\n]*/)?([^\">/\\n]+)[\">]"

static void
free_list(void *value)
{
    pb_strv_clear(value);
    free(value);
}

struct graph {
    const char *directory;
    struct pb_regex *include;
    struct pb_map *includers; /* base name -> paths that include it */
};

static void
add_edge(struct graph *graph, const char *name, const char *includer)
{
    struct pb_strv *list = pb_map_get(graph->includers, name);
    if (list == NULL) {
        list = pb_alloc(sizeof(*list));
        pb_map_set(graph->includers, name, list);
    }
    pb_strv_add(list, includer);
}

static void
read_includes(const char *path, void *context)
{
    struct graph *graph = context;
    if (!pb_stale_is_c_text(path)) {
        return;
    }
    PB_AUTOFREE char *full = pb_path_join(graph->directory, path);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_read(full, PB_LIMIT_BLOB_BYTES, &text, &ignored) < 0) {
        /* A killed move left it out; its object goes when it is written. */
        return;
    }
    struct pb_regex_match match;
    for (size_t at = 0;
         pb_regex_match(graph->include, text.data, text.len, at, &match);
         at = match.group[0].end)
    {
        PB_AUTOFREE char *name =
            pb_strndup(text.data + match.group[1].start,
                       match.group[1].end - match.group[1].start);
        add_edge(graph, name, path);
    }
}

static int
remove_object(const char *directory, const char *source, struct pb_error *err)
{
    PB_AUTOFREE char *object = pb_path_join(directory, source);
    object[strlen(object) - 1] = 'o';
    return pb_fs_remove(object, err);
}

/* Everything reachable from the changed names goes. */
static int
remove_dependents(const struct graph *graph, const struct pb_strv *touched,
                  struct pb_error *err)
{
    PB_AUTO(pb_map) struct pb_map *seen = pb_map_new(NULL);
    PB_AUTO(pb_strv) struct pb_strv queue = PB_STRV_INIT;
    for (size_t i = 0; i < touched->len; i++) {
        pb_strv_add(&queue, pb_path_base(touched->items[i]));
    }
    for (size_t next = 0; next < queue.len; next++) {
        const char *name = queue.items[next];
        const struct pb_strv *list = pb_map_get(graph->includers, name);
        if (list == NULL || pb_map_get(seen, name) != NULL) {
            continue;
        }
        pb_map_set(seen, name, seen);
        for (size_t i = 0; i < list->len; i++) {
            const char *path = list->items[i];
            if (has_suffix(path, ".c") &&
                remove_object(graph->directory, path, err) < 0) {
                return -1;
            }
            pb_strv_add(&queue, pb_path_base(path));
        }
    }
    return 0;
}

/* Files that cannot alter an extension module which distutils built: those
   of the interpreter's core, which modules do not include, and the library
   without distutils. */
static bool
leaves_modules_alone(const char *path)
{
    if (has_prefix(path, "Lib/")) {
        return !has_prefix(path, "Lib/distutils/");
    }
    bool core = has_prefix(path, "Objects/") || has_prefix(path, "Python/") ||
                has_prefix(path, "Parser/") || has_prefix(path, "Programs/");
    return core && has_suffix(path, ".c");
}

static int
remove_matching(const char *directory, const char *prefix,
                struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (!pb_fs_is_directory(directory)) {
        return 0;
    }
    if (pb_fs_list(directory, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names.items[i]);
        if (has_prefix(names.items[i], prefix) &&
            pb_fs_remove_tree(path, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_stale_remove_modules(struct pb_tree *tree, bool objects_too,
                        struct pb_error *err)
{
    PB_AUTOFREE char *build = pb_path_join(pb_tree_directory(tree), "build");
    if (remove_matching(build, "lib.", err) < 0) {
        return -1;
    }
    return objects_too ? remove_matching(build, "temp.", err) : 0;
}

/* Files that the build makes and does not renew when it should. */
static const struct {
    const char *touched;
    const char *product;
} leftovers[] = {
    /* A copy that make only makes once. */
    {"Modules/Setup.dist", "Modules/Setup"},
    /* Its generator (3.12 and 3.13) looks for identifiers in all C files, the
       one that it wrote last included, and so would go on using some that
       the header no longer has. */
    {"Include/internal/pycore_global_strings.h",
     "Python/deepfreeze/deepfreeze.c"},
};

static int
remove_leftovers(struct pb_tree *tree, const struct pb_strv *touched,
                 struct pb_error *err)
{
    for (size_t i = 0; i < PB_LENGTH(leftovers); i++) {
        PB_AUTOFREE char *path =
            pb_path_join(pb_tree_directory(tree), leftovers[i].product);
        if (pb_strv_contains(touched, leftovers[i].touched) &&
            pb_fs_remove(path, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

static void
note_source(const char *path, void *context)
{
    if (has_suffix(path, ".c")) {
        pb_map_set(context, path, context);
    }
}

/* What is made of a generated file includes nobody knows what. */
static int
remove_objects_of_generated(struct pb_tree *tree, struct pb_error *err)
{
    const char *directory = pb_tree_directory(tree);
    PB_AUTO(pb_map) struct pb_map *sources = pb_map_new(NULL);
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    pb_tree_each(tree, note_source, sources);
    if (pb_fs_walk(directory, &paths, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < paths.len; i++) {
        if (!has_suffix(paths.items[i], ".o")) {
            continue;
        }
        PB_AUTOFREE char *source = pb_strdup(paths.items[i]);
        source[strlen(source) - 1] = 'c';
        if (pb_map_get(sources, source) == NULL &&
            remove_object(directory, source, err) < 0)
        {
            return -1;
        }
    }
    return 0;
}

static int
remove_what_depends_on(struct pb_tree *tree, const struct pb_strv *touched,
                       struct pb_error *err)
{
    bool any_c = false;
    bool any_header = false;
    bool modules = false;
    for (size_t i = 0; i < touched->len; i++) {
        any_c = any_c || pb_stale_is_c_text(touched->items[i]);
        any_header = any_header || pb_stale_is_header(touched->items[i]);
        modules = modules || !leaves_modules_alone(touched->items[i]);
    }
    if (modules && pb_stale_remove_modules(tree, true, err) < 0) {
        return -1;
    }
    if (remove_leftovers(tree, touched, err) < 0 ||
        (any_header && remove_objects_of_generated(tree, err) < 0))
    {
        return -1;
    }
    if (!any_c) {
        return 0;
    }
    PB_AUTO(pb_regex) struct pb_regex *include = pb_regex_new(INCLUDE, err);
    if (include == NULL) {
        return -1;
    }
    PB_AUTO(pb_map) struct pb_map *includers = pb_map_new(free_list);
    struct graph graph = {.directory = pb_tree_directory(tree),
                          .include = include,
                          .includers = includers};
    pb_tree_each(tree, read_includes, &graph);
    return remove_dependents(&graph, touched, err);
}

int
pb_stale_remove(struct pb_tree *tree, const struct pb_tree_next *next,
                const struct pb_strv *touched, void *context,
                struct pb_error *err)
{
    const char *cc = context;
    PB_AUTO(pb_strv) struct pb_strv matter = PB_STRV_INIT;
    if (pb_headers_that_matter(tree, next, cc, touched, &matter, err) < 0) {
        return -1;
    }
    return remove_what_depends_on(tree, &matter, err);
}

/* Newer than what was there before, that is. */
static bool
is_new_header(const char *directory, const char *path)
{
    struct stat info;
    PB_AUTOFREE char *full = pb_path_join(directory, path);
    return pb_stale_is_header(path) && lstat(full, &info) == 0 &&
           info.st_mtime > PB_TREE_AGED;
}

struct keeping {
    const char *directory;
    const struct pb_strv *touched;
    int errnum; /* of the first that could not be touched */
};

/* Only objects whose own source is known, and has not changed: what is made
   of generated files is for make to judge. */
static void
keep_object(const char *path, void *context)
{
    struct keeping *keeping = context;
    if (!has_suffix(path, ".c") || pb_strv_contains(keeping->touched, path)) {
        return;
    }
    PB_AUTOFREE char *object = pb_path_join(keeping->directory, path);
    object[strlen(object) - 1] = 'o';
    if (utimensat(AT_FDCWD, object, NULL, AT_SYMLINK_NOFOLLOW) < 0 &&
        errno != ENOENT && errno != ENOTDIR && keeping->errnum == 0)
    {
        keeping->errnum = errno;
    }
}

int
pb_stale_keep_objects(struct pb_tree *tree, const struct pb_strv *touched,
                      struct pb_error *err)
{
    size_t headers = 0;
    for (size_t i = 0; i < touched->len; i++) {
        headers += is_new_header(pb_tree_directory(tree), touched->items[i]);
    }
    if (headers == 0) {
        return 0;
    }
    struct keeping keeping = {
        .directory = pb_tree_directory(tree),
        .touched = touched,
    };
    pb_tree_each(tree, keep_object, &keeping);
    if (keeping.errnum != 0) {
        return pb_error_errno(err, keeping.errnum,
                              "cannot touch the objects of '%s'",
                              keeping.directory);
    }
    return 0;
}

int
pb_stale_remove_objects(struct pb_tree *tree, struct pb_error *err)
{
    const char *directory = pb_tree_directory(tree);
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    if (pb_fs_walk(directory, &paths, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < paths.len; i++) {
        const char *path = paths.items[i];
        if (has_suffix(path, ".o") || has_suffix(path, ".a") ||
            has_suffix(path, ".so"))
        {
            PB_AUTOFREE char *full = pb_path_join(directory, path);
            if (pb_fs_remove(full, err) < 0) {
                return -1;
            }
        }
    }
    return pb_stale_remove_modules(tree, true, err);
}
