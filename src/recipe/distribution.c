/* What a file's name says of a distribution. */
#include "recipe/distribution.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

void
pb_dist_clear(struct pb_dist *dist)
{
    free(dist->path);
    free(dist->name);
    free(dist->version);
    *dist = (struct pb_dist){.path = NULL};
}

void
pb_dist_facts_clear(struct pb_dist_facts *facts)
{
    free(facts->requires_python);
    free(facts->backend);
    free(facts->backend_path);
    pb_strv_clear(&facts->requires);
    pb_strv_clear(&facts->build_requires);
    *facts = (struct pb_dist_facts){.backend = NULL};
}

char *
pb_dist_title(const struct pb_dist *dist)
{
    return pb_asprintf("%s %s (%s)", dist->name, dist->version,
                       pb_path_base(dist->path));
}

/* --- wheels ------------------------------------------------------------ */

static bool
has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* "py3", "py36", "cp39": for this version or older ones of the same 3.x. */
static bool
suits_python(const char *tag, const char *python)
{
    struct pb_release own;
    if ((!has_prefix(tag, "py") && !has_prefix(tag, "cp")) ||
        !isdigit((unsigned char)tag[2]) || !pb_release_parse(python, &own))
    {
        return false;
    }
    unsigned long major = (unsigned long)(tag[2] - '0');
    unsigned long minor = tag[3] == '\0' ? 0 : strtoul(tag + 3, NULL, 10);
    unsigned long own_minor = own.len > 1 ? own.parts[1] : 0;
    return own.parts[0] == major && minor <= own_minor;
}

static bool
suits_machine(const char *tag)
{
    struct utsname machine;
    return uname(&machine) == 0 && has_suffix(tag, machine.machine) &&
           (has_prefix(tag, "linux") || has_prefix(tag, "manylinux"));
}

static bool
any_suits(const char *tags, bool (*suits)(const char *tag))
{
    PB_AUTOFREE char *copy = pb_strdup(tags);
    char *rest = NULL;
    for (char *tag = strtok_r(copy, ".", &rest); tag != NULL;
         tag = strtok_r(NULL, ".", &rest))
    {
        if (suits(tag)) {
            return true;
        }
    }
    return false;
}

static bool
any_suits_python(const char *tags, const char *python)
{
    PB_AUTOFREE char *copy = pb_strdup(tags);
    char *rest = NULL;
    for (char *tag = strtok_r(copy, ".", &rest); tag != NULL;
         tag = strtok_r(NULL, ".", &rest))
    {
        if (suits_python(tag, python)) {
            return true;
        }
    }
    return false;
}

/* The stable ABI is what CPython promises to hold from 3.x on, so that such a
   wheel fits by its nature; one for "cp311" fits a release, and not any of the
   revisions that led to it. */
static enum pb_dist_kind
kind_of_wheel(const char *python_tags, const char *abi, const char *platform,
              const char *python)
{
    if (!any_suits_python(python_tags, python)) {
        return PB_DIST_ALIEN;
    }
    if (strcmp(abi, "none") == 0 && strcmp(platform, "any") == 0) {
        return PB_DIST_PURE;
    }
    bool stable = strcmp(abi, "none") == 0 || strcmp(abi, "abi3") == 0;
    return stable && any_suits(platform, suits_machine) ? PB_DIST_STABLE
                                                        : PB_DIST_ALIEN;
}

/* name-version(-build)?-python-abi-platform.whl */
static bool
read_wheel(char *stem, const char *python, struct pb_dist *out)
{
    char *fields[6];
    size_t count = 0;
    char *rest = NULL;
    for (char *field = strtok_r(stem, "-", &rest); field != NULL;
         field = strtok_r(NULL, "-", &rest))
    {
        if (count == PB_LENGTH(fields)) {
            return false;
        }
        fields[count++] = field;
    }
    if (count < 5 || !pb_release_parse(fields[1], &out->release)) {
        return false;
    }
    out->name = pb_distribution_name(fields[0]);
    out->version = pb_strdup(fields[1]);
    out->kind = kind_of_wheel(fields[count - 3], fields[count - 2],
                              fields[count - 1], python);
    return true;
}

/* --- source distributions ---------------------------------------------- */

static bool
read_source(const char *stem, struct pb_dist *out)
{
    for (const char *dash = strrchr(stem, '-'); dash != NULL && dash > stem;) {
        if (pb_release_parse(dash + 1, &out->release)) {
            PB_AUTOFREE char *name = pb_strndup(stem, (size_t)(dash - stem));
            out->name = pb_distribution_name(name);
            out->version = pb_strdup(dash + 1);
            out->kind = PB_DIST_SOURCE;
            return true;
        }
        do {
            dash--;
        } while (dash > stem && *dash != '-');
    }
    return false;
}

bool
pb_dist_of_file(const char *path, const char *python, struct pb_dist *out)
{
    static const char *const suffixes[] = {".tar.gz", ".tgz", ".tar.bz2",
                                           ".tar.xz", ".zip"};
    struct pb_dist dist = {.path = NULL};
    const char *base = pb_path_base(path);
    bool known = false;
    if (has_suffix(base, ".whl")) {
        PB_AUTOFREE char *stem = pb_strndup(base, strlen(base) - 4);
        known = read_wheel(stem, python, &dist);
    }
    for (size_t i = 0; i < PB_LENGTH(suffixes) && !known; i++) {
        if (has_suffix(base, suffixes[i])) {
            PB_AUTOFREE char *stem =
                pb_strndup(base, strlen(base) - strlen(suffixes[i]));
            known = read_source(stem, &dist);
        }
    }
    if (!known) {
        return false;
    }
    dist.path = pb_path_absolute(path);
    *out = dist;
    return true;
}
