/* What a distribution says of itself: METADATA of a wheel; PKG-INFO,
   pyproject.toml and requires.txt of a source distribution. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pybisect/alloc.h"
#include "pybisect/archive.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "recipe/distribution.h"
#include "recipe/metadata.h"

struct reading {
    const struct pb_dist *dist;
    struct pb_dist_facts facts;
    struct pb_strv legacy; /* of requires.txt */
    struct pb_strv raw;    /* of pyproject.toml, as in a plain tree */
    char *raw_python;
    bool has_metadata;
    size_t bytes; /* of all texts that were read */
};

static void
reading_clear(struct reading *reading)
{
    pb_dist_facts_clear(&reading->facts);
    pb_strv_clear(&reading->legacy);
    pb_strv_clear(&reading->raw);
    free(reading->raw_python);
}

static bool
ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* --- METADATA, PKG-INFO ------------------------------------------------ */

static void
take_header(const char *line, struct pb_dist_facts *out)
{
    static const char requires[] = "Requires-Dist:";
    static const char python[] = "Requires-Python:";
    if (strncasecmp(line, requires, strlen(requires)) == 0) {
        line += strlen(requires);
        pb_strv_add(&out->requires, line + strspn(line, " \t"));
    }
    else if (strncasecmp(line, python, strlen(python)) == 0) {
        line += strlen(python);
        free(out->requires_python);
        out->requires_python = pb_strdup(line + strspn(line, " \t"));
    }
}

/* Headers up to the first empty line. */
static void
read_headers(char *text, struct pb_dist_facts *out)
{
    for (char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\r\n");
        bool last = line[length] == '\0';
        char *next = line + length + !last;
        if (!last && line[length] == '\r' && *next == '\n') {
            next++;
        }
        line[length] = '\0';
        if (length == 0) {
            return;
        }
        take_header(line, out);
        line = next;
    }
}

/* --- requires.txt ------------------------------------------------------ */

/* "[fast:python_version < '3']": an extra, a marker, both. */
static char *
marker_of_section(const char *section)
{
    PB_AUTOFREE char *text = pb_strndup(section, strcspn(section, "]"));
    char *colon = strchr(text, ':');
    if (colon != NULL) {
        *colon = '\0';
    }
    const char *marker = colon != NULL ? colon + 1 : "";
    if (*text == '\0') {
        return pb_strdup(marker);
    }
    return *marker == '\0'
               ? pb_asprintf("extra == '%s'", text)
               : pb_asprintf("(%s) and extra == '%s'", marker, text);
}

static void
read_requires(char *text, struct pb_strv *out)
{
    PB_AUTOFREE char *marker = pb_strdup("");
    char *rest = NULL;
    for (char *line = strtok_r(text, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest))
    {
        line += strspn(line, " \t");
        if (*line == '[') {
            free(marker);
            marker = marker_of_section(line + 1);
        }
        else if (*line != '\0' && *line != '#') {
            pb_strv_addf(out, *marker == '\0' ? "%s%s" : "%s; %s", line,
                         marker);
        }
    }
}

/* --- pyproject.toml ---------------------------------------------------- */

static void
take_project(const char *key, const struct pb_strv *texts,
             struct reading *reading)
{
    if (strcmp(key, "dependencies") == 0) {
        pb_strv_add_all(&reading->raw, texts);
    }
    else if (strcmp(key, "requires-python") == 0 && texts->len > 0) {
        free(reading->raw_python);
        reading->raw_python = pb_strdup(texts->items[0]);
    }
}

static void
take_statement(const char *table, const char *key, const struct pb_strv *texts,
               void *context)
{
    struct reading *reading = context;
    struct pb_dist_facts *out = &reading->facts;
    if (strcmp(table, "project") == 0) {
        take_project(key, texts, reading);
    }
    if (strcmp(table, "build-system") != 0) {
        return;
    }
    if (strcmp(key, "requires") == 0) {
        out->says_build_requires = true;
        pb_strv_add_all(&out->build_requires, texts);
    }
    else if (strcmp(key, "build-backend") == 0 && texts->len > 0) {
        free(out->backend);
        /* Its setup.py does the same, and needs no more than setuptools. */
        bool setuptools =
            strncmp(texts->items[0], "setuptools.build_meta", 21) == 0;
        out->backend = setuptools ? NULL : pb_strdup(texts->items[0]);
    }
    else if (strcmp(key, "backend-path") == 0 && texts->len > 0) {
        free(out->backend_path);
        out->backend_path = pb_strdup(texts->items[0]);
    }
}

/* --- files ------------------------------------------------------------- */

/* A source to be compiled, by its name. */
static bool
is_compiled(const char *name)
{
    static const char *const suffixes[] = {
        ".c",   ".cc", ".cpp", ".cxx", ".pyx", ".pxd", ".f",
        ".f90", ".rs", ".S",   ".asm", ".go",  ".cu",  ".swg"};
    for (size_t i = 0; i < PB_LENGTH(suffixes); i++) {
        if (ends_with(name, suffixes[i])) {
            return true;
        }
    }
    return false;
}

static bool
is_extension(const char *name)
{
    return ends_with(name, ".so") || strstr(name, ".so.") != NULL ||
           ends_with(name, ".pyd");
}

/* An archive may hold any number of such files. */
static int
read_text(struct reading *reading, struct pb_archive *archive,
          struct pb_buf *out, struct pb_error *err)
{
    if (pb_archive_read(archive, PB_LIMIT_METADATA_BYTES - reading->bytes, out,
                        err) < 0)
    {
        return -1;
    }
    reading->bytes += out->len;
    return 0;
}

static int
check_requirements(const struct reading *reading, struct pb_error *err)
{
    const struct pb_dist_facts *facts = &reading->facts;
    size_t count = facts->requires.len + facts->build_requires.len +
                   reading->legacy.len + reading->raw.len;
    return count > PB_LIMIT_REQUIREMENTS
               ? pb_error_set(err, PB_ERROR_LIMIT,
                              "'%s' has more than %d requirements",
                              reading->dist->path, PB_LIMIT_REQUIREMENTS)
               : 0;
}

static int
visit_wheel(struct pb_archive *archive, const char *name, void *context,
            struct pb_error *err)
{
    struct reading *reading = context;
    const char *slash = strchr(name, '/');
    bool pure = reading->dist->kind == PB_DIST_PURE;
    if (is_extension(name) && (pure || strstr(name, ".cpython-") != NULL)) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "'%s' says that it is for any interpreter, and "
                            "holds '%s'",
                            reading->dist->path, name);
    }
    if (slash == NULL || strcmp(slash, "/METADATA") != 0 ||
        slash - name < 10 || strncmp(slash - 10, ".dist-info", 10) != 0)
    {
        return 0;
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (read_text(reading, archive, &text, err) < 0) {
        return -1;
    }
    reading->has_metadata = true;
    read_headers(text.data, &reading->facts);
    return 0;
}

static int
visit_source(struct pb_archive *archive, const char *name, void *context,
             struct pb_error *err)
{
    struct reading *reading = context;
    struct pb_dist_facts *facts = &reading->facts;
    const char *slash = strchr(name, '/');
    if (slash == NULL) {
        return 0;
    }
    const char *inner = slash + 1;
    bool requires = ends_with(inner, ".egg-info/requires.txt");
    bool info = strcmp(inner, "PKG-INFO") == 0;
    bool project = strcmp(inner, "pyproject.toml") == 0;
    facts->has_setup |= strcmp(inner, "setup.py") == 0;
    facts->compiled |= is_compiled(inner);
    if (!requires && !info && !project) {
        return 0;
    }
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (read_text(reading, archive, &text, err) < 0) {
        return -1;
    }
    if (info) {
        read_headers(text.data, facts);
    }
    else if (requires) {
        read_requires(text.data, &reading->legacy);
    }
    else {
        pb_toml_each(text.data, take_statement, reading);
    }
    return 0;
}

int
pb_dist_read(const struct pb_dist *dist, struct pb_dist_facts *out,
             struct pb_error *err)
{
    PB_CLEANUP(reading_clear) struct reading reading = {.dist = dist};
    bool source = dist->kind == PB_DIST_SOURCE;
    if (pb_archive_each(dist->path, source ? visit_source : visit_wheel,
                        &reading, err) < 0 ||
        check_requirements(&reading, err) < 0)
    {
        return -1;
    }
    if (!source && !reading.has_metadata) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "'%s' is no wheel: it has no METADATA",
                            dist->path);
    }
    /* Newer PKG-INFOs have what was in requires.txt alone before; what was
       taken out of a repository has neither. */
    struct pb_dist_facts *facts = &reading.facts;
    if (facts->requires.len == 0) {
        pb_strv_add_all(&facts->requires, reading.legacy.len > 0
                                              ? &reading.legacy
                                              : &reading.raw);
    }
    if (facts->requires_python == NULL) {
        facts->requires_python = pb_strdup(reading.raw_python);
    }
    *out = reading.facts;
    reading.facts = (struct pb_dist_facts){.backend = NULL};
    return 0;
}
