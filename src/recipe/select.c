/* Which tests can be asked for alone, and by what name. */
#include "recipe/select.h"

#include <fnmatch.h>
#include <string.h>

#include "pybisect/alloc.h"

static bool
starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Ids that were cut for their length name nothing any more. */
static bool
is_cut(const char *id)
{
    const char *mark = strrchr(id, '#');
    return mark != NULL && strlen(mark) == 17 &&
           mark[1 + strspn(mark + 1, "0123456789abcdef")] == '\0';
}

/* What stands in parentheses: "setUpClass (m.C)" is m.C's. */
static char *
name_of_fixture(const char *id)
{
    static const char *const fixtures[] = {
        "setUpClass (",
        "tearDownClass (",
        "setUpModule (",
        "tearDownModule (",
    };
    for (size_t i = 0; i < PB_LENGTH(fixtures); i++) {
        const char *name = id + strlen(fixtures[i]);
        if (starts_with(id, fixtures[i]) && id[strlen(id) - 1] == ')') {
            return pb_strndup(name, strlen(name) - 1);
        }
    }
    return NULL;
}

/* A sub-test, "m.C.test_x [message] (i=1)", is asked for by its parent. */
static char *
name_of_unittest(const char *id)
{
    char *fixture = name_of_fixture(id);
    if (fixture != NULL) {
        return fixture;
    }
    if (id[0] == '(' || starts_with(id, "unittest.loader.") ||
        starts_with(id, "unittest.suite."))
    {
        return NULL;
    }
    size_t length = strlen(id);
    static const char *const openings[] = {" (", " ["};
    for (size_t i = 0; i < PB_LENGTH(openings); i++) {
        const char *opening = strstr(id, openings[i]);
        if (opening != NULL && (size_t)(opening - id) < length) {
            length = (size_t)(opening - id);
        }
    }
    return pb_strndup(id, length);
}

static bool
matches_any(const struct pb_strv *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->len; i++) {
        if (fnmatch(patterns->items[i], name, 0) == 0) {
            return true;
        }
    }
    return false;
}

bool
pb_recipe_knows_failure(const struct pb_recipe *recipe, const char *id)
{
    return matches_any(&recipe->known_failures, id);
}

static bool
is_listed(const struct pb_strv *patterns, const char *name)
{
    return patterns->len == 0 || matches_any(patterns, name);
}

char *
pb_recipe_select(const struct pb_recipe *recipe, const char *id)
{
    PB_AUTOFREE char *name = NULL;
    if (pb_result_is_pseudo(id) || is_cut(id) ||
        strstr(recipe->test.command, "{tests}") == NULL)
    {
        return NULL;
    }
    switch (recipe->test.reader) {
    case PB_READER_STATUS:
        return NULL;
    case PB_READER_JUNIT:
    case PB_READER_TAP:
    case PB_READER_PATTERN:
        name = pb_strdup(id);
        break;
    case PB_READER_TEXT:
        name = strstr(id, "::") != NULL ? pb_strdup(id) : name_of_unittest(id);
        break;
    case PB_READER_UNITTEST:
    case PB_READER_SUBUNIT:
        name = name_of_unittest(id);
        break;
    }
    /* What starts with '-' would be read as an option. */
    if (name == NULL || name[0] == '\0' || name[0] == '-' ||
        !is_listed(&recipe->test.selectable, name))
    {
        return NULL;
    }
    char *taken = name;
    name = NULL;
    return taken;
}

bool
pb_recipe_selectable(const struct pb_recipe *recipe, const char *id)
{
    PB_AUTOFREE char *name = pb_recipe_select(recipe, id);
    return name != NULL;
}
