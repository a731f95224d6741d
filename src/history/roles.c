/* Walking the table of paths, a path or a directory at a time. */
#include "roles.h"
#include "roles_table.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/map.h"

#define LONGEST_COMPONENT 256

/* What is left of a pattern after one component of a path; NULL when it
   cannot match. A file must end the pattern, a directory must not. */
static const char *
step(const char *pattern, const char *name, bool is_tree)
{
    if (*pattern == '\0') {
        return pattern;
    }
    size_t length = strcspn(pattern, "/");
    if ((pattern[length] == '/') != is_tree) {
        return NULL;
    }
    char component[LONGEST_COMPONENT];
    assert(length < sizeof(component));
    memcpy(component, pattern, length);
    component[length] = '\0';
    if (fnmatch(component, name, 0) != 0) {
        return NULL;
    }
    return pattern + length + (is_tree ? 1 : 0);
}

static bool
matches(const char *pattern, const char *path)
{
    PB_AUTOFREE char *copy = pb_strdup(path);
    char *rest = copy;
    while (pattern != NULL && rest != NULL) {
        char *name = strsep(&rest, "/");
        pattern = step(pattern, name, rest != NULL);
    }
    return pattern != NULL && *pattern == '\0';
}

enum pb_path_role
pb_fingerprint_role(const char *path, bool count_tests)
{
    size_t i = 0;
    while ((count_tests && pb_role_rules[i].tests) ||
           !matches(pb_role_rules[i].pattern, path))
    {
        i++;
    }
    return pb_role_rules[i].role; /* the last rule matches everything */
}

struct pb_live_rule {
    const char *rest;
    enum pb_path_role role;
};

struct pb_roles {
    struct pb_roles_directory *root;
    size_t ndirectories;
};

static void
free_directory(struct pb_roles_directory *directory)
{
    if (directory == NULL) {
        return;
    }
    pb_map_free(directory->files);
    pb_map_free(directory->trees);
    free(directory->live);
    free(directory);
}

static void
free_entry(void *value)
{
    struct pb_roles_entry *entry = value;
    free_directory(entry->below);
    free(entry);
}

/* Takes ownership of `live`. */
static struct pb_roles_directory *
new_directory(struct pb_roles *owner, struct pb_live_rule *live, size_t nlive)
{
    struct pb_roles_directory *directory = pb_alloc(sizeof(*directory));
    directory->number = owner->ndirectories++;
    directory->owner = owner;
    directory->live = live;
    directory->nlive = nlive;
    directory->files = pb_map_new(free_entry);
    directory->trees = pb_map_new(free_entry);
    return directory;
}

struct pb_roles *
pb_roles_new(bool count_tests)
{
    struct pb_roles *roles = pb_alloc(sizeof(*roles));
    struct pb_live_rule *live =
        pb_alloc_array(pb_role_rules_count, sizeof(*live));
    size_t nlive = 0;
    for (size_t i = 0; i < pb_role_rules_count; i++) {
        if (count_tests && pb_role_rules[i].tests) {
            continue;
        }
        live[nlive++] = (struct pb_live_rule){
            .rest = pb_role_rules[i].pattern,
            .role = pb_role_rules[i].role,
        };
    }
    roles->root = new_directory(roles, live, nlive);
    return roles;
}

void
pb_roles_free(struct pb_roles *roles)
{
    if (roles != NULL) {
        free_directory(roles->root);
        free(roles);
    }
}

struct pb_roles_directory *
pb_roles_root(struct pb_roles *roles)
{
    return roles->root;
}

static struct pb_roles_entry *
decide_file(const struct pb_roles_directory *directory, const char *name)
{
    struct pb_roles_entry *entry = pb_alloc(sizeof(*entry));
    size_t i = 0;
    while (step(directory->live[i].rest, name, false) == NULL) {
        i++;
    }
    entry->role = directory->live[i].role;
    return entry;
}

static struct pb_roles_entry *
decide_tree(const struct pb_roles_directory *directory, const char *name)
{
    struct pb_roles_entry *entry = pb_alloc(sizeof(*entry));
    struct pb_live_rule *live =
        pb_alloc_array(directory->nlive, sizeof(*live));
    size_t nlive = 0;
    bool agree = true;
    const char *rest = "more";
    for (size_t i = 0; *rest != '\0'; i++) {
        rest = step(directory->live[i].rest, name, true);
        if (rest == NULL) {
            rest = "more";
            continue;
        }
        live[nlive].rest = rest;
        live[nlive].role = directory->live[i].role;
        agree = agree && live[nlive].role == live[0].role;
        nlive++;
    }
    entry->role = live[0].role;
    if (agree) {
        free(live);
    }
    else {
        entry->below = new_directory(directory->owner, live, nlive);
    }
    return entry;
}

const struct pb_roles_entry *
pb_roles_entry(struct pb_roles_directory *directory, const char *name,
               bool is_tree)
{
    struct pb_map *known = is_tree ? directory->trees : directory->files;
    struct pb_roles_entry *entry = pb_map_get(known, name);
    if (entry == NULL) {
        entry = is_tree ? decide_tree(directory, name)
                        : decide_file(directory, name);
        pb_map_set(known, name, entry);
    }
    return entry;
}
