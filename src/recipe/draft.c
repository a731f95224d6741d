/* A first recipe for a checkout, as text that a person goes on with. */
#include "recipe/draft.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/git.h"
#include "recipe/check.h"
#include "recipe/metadata.h"

#define WIDTH 76 /* of folded commands */

struct draft {
    const char *checkout;
    char *name;
    char *package;     /* what is imported, or NULL */
    const char *place; /* where it lies: "src", "lib" or "."; with .package */
    char *git;
    char *ref;
    struct pb_metadata metadata;
    struct pb_recipe recipe; /* runner, environment, its dependencies */
    struct pb_strv *notes;
};

static void
draft_clear(struct draft *draft)
{
    free(draft->name);
    free(draft->package);
    free(draft->git);
    free(draft->ref);
    pb_metadata_clear(&draft->metadata);
    pb_recipe_clear(&draft->recipe);
}

/* --- what there is ------------------------------------------------------ */

/* "zope.interface" or "My Project", made fit for a recipe. */
static char *
fit_name(const char *text)
{
    char *name = pb_strdup(text);
    for (char *c = name; *c != '\0'; c++) {
        unsigned char lower = (unsigned char)tolower((unsigned char)*c);
        bool fits =
            lower < 128 && (isalnum(lower) || strchr("._-", lower) != NULL);
        *c = fits ? (char)lower : '-';
    }
    if (!isalnum((unsigned char)name[0])) {
        free(name);
        return pb_strdup("project");
    }
    return name;
}

static void
find_name(struct draft *draft, const char *given)
{
    PB_AUTOFREE char *absolute = pb_path_absolute(draft->checkout);
    const char *own = draft->metadata.name;
    draft->name = fit_name(
        given != NULL ? given : (own != NULL ? own : pb_path_base(absolute)));
    if (given == NULL) {
        pb_strv_addf(draft->notes, "name: '%s', from %s", draft->name,
                     own != NULL ? "the project's own files"
                                 : "the directory's name");
    }
}

/* The package that bears the project's name. */
static void
find_package(struct draft *draft)
{
    static const char *const places[] = {"src", "lib", "."};
    PB_AUTOFREE char *name = pb_strdup(draft->name);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '-' || *c == '.' ? '_' : *c;
    }
    for (size_t i = 0; i < PB_LENGTH(places); i++) {
        PB_AUTOFREE char *place = pb_path_join(draft->checkout, places[i]);
        PB_AUTOFREE char *package = pb_path_join(place, name);
        PB_AUTOFREE char *init = pb_path_join(package, "__init__.py");
        PB_AUTOFREE char *module = pb_asprintf("%s.py", package);
        if (pb_fs_exists(init) || pb_fs_exists(module)) {
            draft->package = pb_strdup(name);
            draft->place = places[i];
            return;
        }
    }
}

/* A tag of the commit that is checked out, or its id. */
static char *
name_commit(struct pb_repo *repo, const struct pb_oid *head)
{
    PB_AUTO(pb_strv) struct pb_strv tags = PB_STRV_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    (void)pb_repo_tags(repo, &tags, &ignored);
    pb_strv_sort(&tags);
    for (size_t i = 0; i < tags.len; i++) {
        PB_AUTOFREE char *full = pb_asprintf("refs/tags/%s", tags.items[i]);
        struct pb_oid commit;
        pb_error_clear(&ignored);
        if (pb_repo_resolve(repo, full, &commit, &ignored) == 0 &&
            pb_oid_equal(&commit, head))
        {
            return pb_strdup(tags.items[i]);
        }
    }
    char hex[PB_OID_HEX];
    return pb_strdup(pb_oid_hex(head, hex));
}

static void
find_source(struct draft *draft)
{
    PB_AUTOFREE char *git = pb_path_join(draft->checkout, ".git");
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_error err = PB_ERROR_INIT;
    struct pb_oid head;
    if (!pb_fs_exists(git) || pb_repo_open(draft->checkout, &repo, &err) < 0 ||
        pb_repo_resolve(repo, "HEAD", &head, &err) < 0)
    {
        pb_strv_add(draft->notes, "source: no clone, so it can be tested with "
                                  "--project-dir alone");
        return;
    }
    draft->git = pb_repo_origin(repo);
    if (draft->git == NULL) {
        pb_strv_add(draft->notes, "source: the clone has no remote 'origin', "
                                  "so it can be tested with --project-dir "
                                  "alone");
        return;
    }
    draft->ref = name_commit(repo, &head);
    pb_strv_addf(draft->notes,
                 "source: origin's address, at '%s', which is checked out",
                 draft->ref);
}

/* --- writing ------------------------------------------------------------ */

static bool
is_plain(const char *text)
{
    static const char inside[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789._/=-";
    return isalpha((unsigned char)text[0]) &&
           text[strspn(text, inside)] == '\0';
}

/* A scalar that is read as this very text. */
static void
add_scalar(struct pb_buf *out, const char *text)
{
    if (is_plain(text)) {
        pb_buf_adds(out, text);
        return;
    }
    pb_buf_addch(out, '"');
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        unsigned char next = (unsigned char)at[1];
        if (c < 32 || c == 127) {
            pb_buf_addf(out, "\\x%02x", c);
        }
        else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
            /* A control character as well: U+0080 to U+009F. */
            pb_buf_addf(out, "\\x%02x", next);
            at++;
        }
        else {
            if (c == '"' || c == '\\') {
                pb_buf_addch(out, '\\');
            }
            pb_buf_addch(out, *at);
        }
    }
    pb_buf_addch(out, '"');
}

static void
add_field(struct pb_buf *out, const char *indent, const char *key,
          const char *value)
{
    pb_buf_addf(out, "%s%s: ", indent, key);
    add_scalar(out, value);
    pb_buf_addch(out, '\n');
}

/* Folded at its blanks, each of which is one. */
static void
add_command(struct pb_buf *out, const char *command)
{
    size_t column = 0;
    pb_buf_adds(out, "  command: >-\n");
    for (const char *at = command; *at != '\0';) {
        size_t length = strcspn(at, " ");
        if (column > 0 && column + 1 + length > WIDTH) {
            pb_buf_addch(out, '\n');
            column = 0;
        }
        pb_buf_addf(out, "%s%.*s", column == 0 ? "    " : " ", (int)length,
                    at);
        column += length + (column == 0 ? 4 : 1);
        at += length;
        at += *at == ' ';
    }
    pb_buf_addch(out, '\n');
}

/* False if it stands there already. */
static bool
add_dependency(struct pb_buf *out, const struct pb_requirement *requirement,
               struct pb_strv *seen)
{
    PB_AUTOFREE char *key = pb_asprintf(
        "%s %s", requirement->dependency,
        requirement->condition != NULL ? requirement->condition : "");
    if (pb_strv_contains(seen, key)) {
        return false;
    }
    pb_strv_add(seen, key);
    if (requirement->condition != NULL) {
        pb_buf_addf(out, "  - if: %s\n    then: ", requirement->condition);
    }
    else {
        pb_buf_adds(out, "  - ");
    }
    add_scalar(out, requirement->dependency);
    pb_buf_addch(out, '\n');
    return true;
}

static void
add_requirements(const struct draft *draft, const struct pb_strv *list,
                 struct pb_buf *out, struct pb_strv *seen)
{
    for (size_t i = 0; i < list->len; i++) {
        PB_AUTO(pb_requirement)
        struct pb_requirement one = {.dependency = NULL};
        pb_requirement_read(list->items[i], &one);
        if (one.doubt != NULL) {
            pb_strv_addf(draft->notes, "dependencies: %s", one.doubt);
        }
        if (one.dependency == NULL) {
            continue;
        }
        bool renamed = strchr(one.dependency, '=') != NULL;
        if (add_dependency(out, &one, seen) && renamed) {
            pb_strv_addf(draft->notes,
                         "dependencies: '%.*s' is how '%s' is imported",
                         (int)strcspn(one.dependency, "="), one.dependency,
                         strchr(one.dependency, '=') + 1);
        }
    }
}

static void
write_dependencies(const struct draft *draft, struct pb_buf *out)
{
    PB_AUTO(pb_buf) struct pb_buf list = PB_BUF_INIT;
    PB_AUTO(pb_strv) struct pb_strv seen = PB_STRV_INIT;
    add_requirements(draft, &draft->metadata.requirements, &list, &seen);
    size_t plain = list.len;
    PB_AUTO(pb_buf) struct pb_buf tests = PB_BUF_INIT;
    add_requirements(draft, &draft->recipe.dependencies, &tests, &seen);
    add_requirements(draft, &draft->metadata.test_requirements, &tests, &seen);
    if (tests.len > 0) {
        pb_buf_adds(&list, plain > 0 ? "  # For the tests.\n" : "");
        pb_buf_add(&list, tests.data, tests.len);
    }
    if (list.len > 0) {
        pb_buf_addf(out, "dependencies:\n%s", list.data);
    }
    else {
        pb_strv_add(draft->notes, "dependencies: none were found; what is "
                                  "imported and not there breaks the run");
    }
}

/* Runners other than pytest's and unittest's have said where it is. */
static void
add_path(struct draft *draft)
{
    if (draft->package == NULL || strcmp(draft->place, ".") == 0 ||
        draft->recipe.environment.len > 0)
    {
        return;
    }
    pb_strv_addf(&draft->recipe.environment, "PYTHONPATH={project}/%s",
                 draft->place);
}

static void
write_environment(const struct draft *draft, struct pb_buf *out)
{
    const struct pb_strv *list = &draft->recipe.environment;
    if (list->len > 0) {
        pb_buf_adds(out, "environment:\n");
    }
    for (size_t i = 0; i < list->len; i++) {
        const char *entry = list->items[i];
        size_t length = strcspn(entry, "=");
        PB_AUTOFREE char *key = pb_strndup(entry, length);
        add_field(out, "  ", key, entry + length + 1);
    }
}

static void
write_test(const struct draft *draft, struct pb_buf *out)
{
    const struct pb_recipe *recipe = &draft->recipe;
    pb_buf_adds(out, "test:\n");
    if (strcmp(recipe->test.directory, "{project}") != 0) {
        add_field(out, "  ", "directory", recipe->test.directory);
    }
    add_command(out, recipe->test.command);
    for (size_t i = 0; i < recipe->test.all.len; i++) {
        add_field(out, "  ", "all", recipe->test.all.items[i]);
    }
    add_field(out, "  ", "reader", pb_reader_name(recipe->test.reader));
    pb_buf_adds(out, "  # As many as a whole run has, less a few: a run that "
                     "is cut short is\n"
                     "  # then not taken for a good one.\n"
                     "  min-tests: 1\n"
                     "  timeout: 1800\n");
}

static void
write_recipe(const struct draft *draft, struct pb_buf *out)
{
    pb_buf_adds(out, "# A first draft: see docs/recipes.md for what more can "
                     "be said, and try it\n# with 'pybisect try REV ...' "
                     "before a bisection.\n");
    add_field(out, "", "name", draft->name);
    if (draft->metadata.description != NULL) {
        add_field(out, "", "description", draft->metadata.description);
    }
    if (draft->git != NULL) {
        pb_buf_adds(out, "source:\n");
        add_field(out, "  ", "git", draft->git);
        add_field(out, "  ", "ref", draft->ref);
    }
    write_dependencies(draft, out);
    write_environment(draft, out);
    if (draft->package != NULL) {
        pb_buf_addf(out,
                    "# Better: start it, and have it do its job once.\n"
                    "smoke:\n  - \"{python} -c 'import %s'\"\n",
                    draft->package);
        pb_strv_addf(draft->notes, "smoke: it has a package '%s'",
                     draft->package);
    }
    write_test(draft, out);
}

/* What we wrote must be a recipe. */
static int
check(const struct draft *draft, const struct pb_buf *text,
      struct pb_error *err)
{
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    PB_AUTO(pb_yaml)
    struct pb_yaml *doc =
        pb_yaml_parse(text->data, text->len, "pybisect.yml", err);
    if (doc == NULL) {
        pb_error_prefix(err, "the draft for '%s' is no YAML", draft->name);
        return -1;
    }
    pb_recipe_check(doc, &problems);
    if (problems.len > 0) {
        return pb_error_set(err, PB_ERROR_INTERNAL,
                            "the draft for '%s' has a mistake in line %d: "
                            "%s: %s",
                            draft->name, problems.items[0].line,
                            problems.items[0].key, problems.items[0].message);
    }
    return 0;
}

int
pb_recipe_draft(const char *checkout, const char *name, struct pb_buf *out,
                struct pb_strv *notes, struct pb_error *err)
{
    PB_CLEANUP(draft_clear)
    struct draft draft = {.checkout = checkout, .notes = notes};
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (!pb_fs_is_directory(checkout)) {
        return pb_error_set(err, PB_ERROR_NOT_FOUND, "'%s' is no directory",
                            checkout);
    }
    pb_metadata_read(checkout, &draft.metadata, notes);
    find_name(&draft, name);
    find_package(&draft);
    find_source(&draft);
    if (pb_draft_runner(checkout, draft.package, &draft.recipe, notes, err) <
        0) {
        return -1;
    }
    add_path(&draft);
    write_recipe(&draft, &text);
    if (check(&draft, &text, err) < 0) {
        return -1;
    }
    pb_buf_add(out, text.data, text.len);
    return 0;
}
