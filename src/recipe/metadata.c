/* Names and requirements out of a checkout's own files. */
#include "recipe/metadata.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/regex.h"

static bool
read_file(const char *checkout, const char *name, struct pb_buf *out,
          struct pb_strv *notes)
{
    PB_AUTOFREE char *path = pb_path_join(checkout, name);
    struct pb_error err = PB_ERROR_INIT;
    if (!pb_fs_exists(path)) {
        return false;
    }
    if (pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, out, &err) < 0) {
        pb_strv_addf(notes, "%s", err.message);
        return false;
    }
    return true;
}

static void
set_once(char **field, const char *value)
{
    if (*field == NULL && value[0] != '\0') {
        *field = pb_strdup(value);
    }
}

static void
note_requirements(const struct pb_metadata *metadata, size_t before,
                  const char *where, struct pb_strv *notes)
{
    size_t count = metadata->requirements.len - before;
    if (count > 0) {
        pb_strv_addf(notes, "%zu dependenc%s from %s", count,
                     count == 1 ? "y" : "ies", where);
    }
}

static bool
is_for_tests(const char *extra)
{
    return strcmp(extra, "test") == 0 || strcmp(extra, "tests") == 0 ||
           strcmp(extra, "testing") == 0;
}

/* --- pyproject.toml ----------------------------------------------------- */

static void
visit_pyproject(const char *table, const char *key,
                const struct pb_strv *texts, void *context)
{
    struct pb_metadata *out = context;
    bool project = strcmp(table, "project") == 0;
    bool poetry = strcmp(table, "tool.poetry") == 0;
    if ((project || poetry) && texts->len == 1) {
        if (strcmp(key, "name") == 0) {
            set_once(&out->name, texts->items[0]);
        }
        else if (strcmp(key, "description") == 0) {
            set_once(&out->description, texts->items[0]);
        }
    }
    if (project && strcmp(key, "dependencies") == 0) {
        pb_strv_add_all(&out->requirements, texts);
    }
    /* Poetry's own form: one key a dependency; versions are of no use. */
    if (strcmp(table, "tool.poetry.dependencies") == 0 &&
        strcmp(key, "python") != 0 && strchr(key, '.') == NULL)
    {
        pb_strv_add(&out->requirements, key);
    }
    bool extra = strcmp(table, "project.optional-dependencies") == 0 &&
                 is_for_tests(key);
    static const char inline_start[] = "optional-dependencies.";
    extra |= project &&
             strncmp(key, inline_start, strlen(inline_start)) == 0 &&
             is_for_tests(key + strlen(inline_start));
    if (extra) {
        pb_strv_add_all(&out->test_requirements, texts);
    }
}

/* --- setup.cfg ---------------------------------------------------------- */

static char *
trim(const char *text, size_t length)
{
    while (length > 0 && isspace((unsigned char)text[0])) {
        text++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    return pb_strndup(text, length);
}

static void
take_option(struct pb_metadata *out, const char *section, const char *key,
            const char *value)
{
    bool metadata = strcmp(section, "metadata") == 0;
    bool elsewhere =
        strncmp(value, "attr:", 5) == 0 || strncmp(value, "file:", 5) == 0;
    if (value[0] == '\0' || elsewhere) {
        return;
    }
    if (metadata && strcmp(key, "name") == 0) {
        set_once(&out->name, value);
    }
    else if (metadata &&
             (strcmp(key, "description") == 0 || strcmp(key, "summary") == 0))
    {
        set_once(&out->description, value);
    }
    else if (strcmp(section, "options") == 0 &&
             strcmp(key, "install_requires") == 0)
    {
        pb_strv_add(&out->requirements, value);
    }
    else if (strcmp(section, "options.extras_require") == 0 &&
             is_for_tests(key)) {
        pb_strv_add(&out->test_requirements, value);
    }
}

/* Lines of an option may go on, indented. */
static void
read_setup_cfg(const char *text, struct pb_metadata *out)
{
    PB_AUTOFREE char *section = pb_strdup("");
    PB_AUTOFREE char *key = pb_strdup("");
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool goes_on = isspace((unsigned char)line[0]);
        size_t equals = strcspn(line, "=:\n");
        if (line[0] == '[') {
            free(section);
            section = trim(line + 1, strcspn(line + 1, "]\n"));
        }
        else if (goes_on) {
            PB_AUTOFREE char *value = trim(line, strcspn(line, "#\n"));
            take_option(out, section, key, value);
        }
        else if (line[0] != '#' && line[0] != ';' && equals < length) {
            free(key);
            key = trim(line, equals);
            PB_AUTOFREE char *value =
                trim(line + equals + 1, length - equals - 1);
            take_option(out, section, key, value);
        }
        line += length;
        line += *line == '\n';
    }
}

/* --- setup.py ----------------------------------------------------------- */

/* The text in group 1 of the pattern, or "". */
static char *
find(const char *text, const char *pattern)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex)
    struct pb_regex *regex = pb_regex_new(pattern, &err);
    struct pb_regex_match match;
    if (regex == NULL || !pb_regex_match(regex, text, strlen(text), 0, &match))
    {
        return pb_strdup("");
    }
    return pb_strndup(text + match.group[1].start,
                      match.group[1].end - match.group[1].start);
}

/* The texts of a list that holds nothing but texts; false for any other. */
static bool
read_python_list(const char *at, struct pb_strv *out)
{
    for (;;) {
        at += strspn(at, " \t\r\n,");
        if (*at == '#') {
            at += strcspn(at, "\n");
            continue;
        }
        if (*at == ']') {
            return true;
        }
        char quote = *at;
        const char *end =
            quote == '"' || quote == '\'' ? strchr(at + 1, quote) : NULL;
        if (end == NULL || memchr(at, '\\', (size_t)(end - at)) != NULL) {
            return false;
        }
        pb_strv_take(out, pb_strndup(at + 1, (size_t)(end - at) - 1));
        at = end + 1;
    }
}

static void
read_setup_py(const char *text, struct pb_metadata *out, struct pb_strv *notes)
{
    PB_AUTOFREE char *name =
        find(text, "\\bname\\s*=\\s*[\"']([A-Za-z0-9._-]+)[\"']");
    PB_AUTOFREE char *description =
        find(text, "\\bdescription\\s*=\\s*[\"']([^\"'\\\\\n]+)[\"']");
    set_once(&out->name, name);
    set_once(&out->description, description);
    const char *at = strstr(text, "install_requires");
    if (at == NULL || out->requirements.len > 0) {
        return;
    }
    at += strlen("install_requires");
    at += strspn(at, " \t\r\n=");
    PB_AUTO(pb_strv) struct pb_strv list = PB_STRV_INIT;
    if (*at == '[' && read_python_list(at + 1, &list)) {
        pb_strv_add_all(&out->requirements, &list);
    }
    else {
        pb_strv_add(notes, "install_requires in setup.py is no plain list "
                           "of texts: add the dependencies by hand");
    }
}

void
pb_metadata_read(const char *checkout, struct pb_metadata *out,
                 struct pb_strv *notes)
{
    struct pb_metadata metadata = {.name = NULL};
    PB_AUTO(pb_buf) struct pb_buf pyproject = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf cfg = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf setup = PB_BUF_INIT;
    if (read_file(checkout, "pyproject.toml", &pyproject, notes)) {
        pb_toml_each(pyproject.data, visit_pyproject, &metadata);
        note_requirements(&metadata, 0, "pyproject.toml", notes);
    }
    size_t before = metadata.requirements.len;
    if (read_file(checkout, "setup.cfg", &cfg, notes)) {
        read_setup_cfg(cfg.data, &metadata);
        note_requirements(&metadata, before, "setup.cfg", notes);
    }
    before = metadata.requirements.len;
    if (read_file(checkout, "setup.py", &setup, notes)) {
        read_setup_py(setup.data, &metadata, notes);
        note_requirements(&metadata, before, "setup.py", notes);
    }
    *out = metadata;
}

void
pb_metadata_clear(struct pb_metadata *metadata)
{
    free(metadata->name);
    free(metadata->description);
    pb_strv_clear(&metadata->requirements);
    pb_strv_clear(&metadata->test_requirements);
    *metadata = (struct pb_metadata){.name = NULL};
}
