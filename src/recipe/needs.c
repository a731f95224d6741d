/* Dependencies as recipes name them, and those that were laid out in one
   directory by hand: pybisect looks whether they are there and pins what it
   saw. */
#include "recipe/needs.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

/* "hamcrest=PyHamcrest>=2", "six==1.16": what is imported, and what pip calls
   it with the versions that will do. */
static size_t
module_length(const char *dependency)
{
    return strcspn(dependency, "=<>!~[ ");
}

static char *
module_of(const char *dependency)
{
    return pb_strndup(dependency, module_length(dependency));
}

const char *
pb_dependency_requirement(const char *dependency)
{
    const char *at = dependency + module_length(dependency);
    return at[0] == '=' && at[1] != '=' ? at + 1 : dependency;
}

/* zope.interface: zope/interface/, zope/interface.py or
   zope/interface.cpython-313-x86_64-linux-gnu.so. */
static bool
is_provided(const char *deps, const char *dependency)
{
    PB_AUTOFREE char *relative = module_of(dependency);
    for (char *c = relative; *c != '\0'; c++) {
        *c = *c == '.' ? '/' : *c;
    }
    PB_AUTOFREE char *path = pb_path_join(deps, relative);
    if (pb_fs_is_directory(path)) {
        return true;
    }
    char *slash = strrchr(path, '/');
    PB_AUTOFREE char *parent = pb_strndup(path, (size_t)(slash - path));
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_fs_list(parent, &names, &ignored) < 0) {
        return false;
    }
    PB_AUTOFREE char *source = pb_asprintf("%s.py", slash + 1);
    PB_AUTOFREE char *compiled = pb_asprintf("%s.*so", slash + 1);
    for (size_t i = 0; i < names.len; i++) {
        if (strcmp(names.items[i], source) == 0 ||
            fnmatch(compiled, names.items[i], 0) == 0)
        {
            return true;
        }
    }
    return false;
}

void
pb_recipe_missing(const struct pb_recipe *recipe, const char *deps,
                  struct pb_strv *out)
{
    for (size_t i = 0; i < recipe->dependencies.len; i++) {
        const char *dependency = recipe->dependencies.items[i];
        if (deps == NULL || !is_provided(deps, dependency)) {
            pb_strv_add(out, dependency);
        }
    }
}

void
pb_recipe_requirements(const struct pb_recipe *recipe, const char *deps,
                       struct pb_strv *out)
{
    PB_AUTO(pb_strv) struct pb_strv missing = PB_STRV_INIT;
    pb_recipe_missing(recipe, deps, &missing);
    for (size_t i = 0; i < missing.len; i++) {
        pb_strv_add(out, pb_dependency_requirement(missing.items[i]));
    }
}

/* An extension module fits the one interpreter that it was built for, and
   nobody says which that is. One for the stable ABI fits all, and a library
   that modules load is not for the interpreter. */
static int
check_extensions(const char *deps, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    const char *first = NULL;
    size_t count = 0;
    if (pb_fs_walk(deps, &files, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < files.len; i++) {
        const char *name = pb_path_base(files.items[i]);
        if (fnmatch("*.so", name, 0) == 0 &&
            fnmatch("*.abi3.so", name, 0) != 0 &&
            fnmatch("lib*.so", name, 0) != 0)
        {
            first = first == NULL ? files.items[i] : first;
            count++;
        }
    }
    if (count == 0) {
        return 0;
    }
    pb_error_set(err, PB_ERROR_CONFIG,
                 "'%s' holds %zu extension module%s, built for one "
                 "interpreter alone: '%s'",
                 deps, count, count == 1 ? "" : "s", first);
    pb_error_hint(err, "have them built by each interpreter under test: give "
                       "source distributions with --find-links DIR; or "
                       "remove them, where they only make things faster");
    return -1;
}

int
pb_needs_check_directory(const char *deps, struct pb_error *err)
{
    if (!pb_fs_is_directory(deps)) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND, "'%s' is no directory",
                            deps);
    }
    return check_extensions(deps, err);
}

static bool
is_bytecode(const char *relative)
{
    size_t length = strlen(relative);
    return strstr(relative, "__pycache__/") != NULL ||
           (length > 4 && strcmp(relative + length - 4, ".pyc") == 0);
}

static int
add_file(struct pb_hasher *hasher, const char *root, const char *relative,
         struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(root, relative);
    struct stat info;
    if (lstat(path, &info) < 0) {
        return pb_error_errno(err, errno, "cannot look at '%s'", path);
    }
    pb_hasher_add_field(hasher, relative);
    if (S_ISLNK(info.st_mode)) {
        char target[PATH_MAX] = "";
        if (readlink(path, target, sizeof(target) - 1) < 0) {
            return pb_error_errno(err, errno, "cannot read '%s'", path);
        }
        pb_hasher_add_field(hasher, "link");
        pb_hasher_add_field(hasher, target);
        return 0;
    }
    struct pb_digest digest;
    if (pb_digest_of_file(path, &digest, err) < 0) {
        return -1;
    }
    pb_hasher_add_field(hasher,
                        (info.st_mode & S_IXUSR) != 0 ? "program" : "file");
    pb_hasher_add(hasher, digest.bytes, sizeof(digest.bytes));
    return 0;
}

char *
pb_tree_revision(const char *path, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
    if (pb_fs_walk(path, &files, err) < 0) {
        return NULL;
    }
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < files.len; i++) {
        if (!is_bytecode(files.items[i]) &&
            add_file(&hasher, path, files.items[i], err) < 0)
        {
            return NULL;
        }
    }
    struct pb_digest digest = pb_hasher_finish(&hasher);
    char hex[PB_DIGEST_HEX];
    return pb_asprintf("digest:%.16s", pb_digest_hex(&digest, hex));
}
