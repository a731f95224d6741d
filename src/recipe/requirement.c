/* From pip's words to a recipe's: "PyYAML>=5; python_version < '3.13'". */
#include "recipe/metadata.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"

/* Where the name that is imported is not the distribution's. */
static const char *const known[][2] = {
    {"attrs", "attr"},
    {"beautifulsoup4", "bs4"},
    {"gitpython", "git"},
    {"mysqlclient", "MySQLdb"},
    {"pillow", "PIL"},
    {"protobuf", "google.protobuf"},
    {"psycopg2-binary", "psycopg2"},
    {"pycryptodome", "Crypto"},
    {"pyhamcrest", "hamcrest"},
    {"pyjwt", "jwt"},
    {"pyopenssl", "OpenSSL"},
    {"pyserial", "serial"},
    {"python-dateutil", "dateutil"},
    {"python-memcached", "memcache"},
    {"python-subunit", "subunit"},
    {"pyyaml", "yaml"},
    {"pyzmq", "zmq"},
    {"scikit-learn", "sklearn"},
};

static char *
module_of(const char *distribution)
{
    for (size_t i = 0; i < PB_LENGTH(known); i++) {
        if (strcasecmp(distribution, known[i][0]) == 0) {
            return pb_strdup(known[i][1]);
        }
    }
    char *module = pb_strdup(distribution);
    for (char *c = module; *c != '\0'; c++) {
        *c = *c == '-' ? '_' : (char)tolower((unsigned char)*c);
    }
    return module;
}

/* pip makes no difference between case, '-' and '_'. */
static bool
is_same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        int left = *a == '_' ? '-' : tolower((unsigned char)*a);
        int right = *b == '_' ? '-' : tolower((unsigned char)*b);
        if (left != right) {
            return false;
        }
    }
    return *a == *b;
}

/* "python_version >= '3.13'" as "python >= 3.13"; returns what follows, or
   NULL. */
static const char *
read_clause(const char *at, struct pb_buf *out)
{
    static const char *const operators[] = {"<=", ">=", "==", "<", ">"};
    static const char subject[] = "python_version";
    at += strspn(at, " \t(");
    if (strncmp(at, subject, strlen(subject)) != 0) {
        return NULL;
    }
    at += strlen(subject);
    at += strspn(at, " \t");
    for (size_t i = 0; i < PB_LENGTH(operators); i++) {
        size_t length = strlen(operators[i]);
        if (strncmp(at, operators[i], length) != 0) {
            continue;
        }
        at += length;
        at += strspn(at, " \t");
        char quote = *at;
        size_t digits = strspn(at + (quote != '\0'), "0123456789.");
        if ((quote != '"' && quote != '\'') || digits == 0 ||
            at[1 + digits] != quote) {
            return NULL;
        }
        pb_buf_addf(out, "%spython %s %.*s", out->len > 0 ? " and " : "",
                    operators[i], (int)digits, at + 1);
        at += digits + 2;
        return at + strspn(at, " \t)");
    }
    return NULL;
}

/* NULL if there is more to it than the version of Python. */
static char *
read_marker(const char *at)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    for (;;) {
        at = read_clause(at, &out);
        if (at == NULL) {
            return NULL;
        }
        if (*at == '\0') {
            return pb_buf_take(&out);
        }
        if (strncmp(at, "and ", 4) != 0) {
            return NULL;
        }
        at += 4;
    }
}

/* "sys_platform == 'win32'" and the like: one comparison, with another
   system than this. */
static bool
is_for_others(const char *marker)
{
    static const char *const subjects[] = {
        "sys_platform", "os_name", "platform_system", "implementation_name",
        "platform_python_implementation"};
    static const char *const others[] = {"win32",  "Windows", "nt",   "darwin",
                                         "Darwin", "cygwin",  "PyPy", "pypy"};
    bool about_system = false;
    bool other = false;
    for (size_t i = 0; i < PB_LENGTH(subjects); i++) {
        about_system |= strncmp(marker, subjects[i], strlen(subjects[i])) == 0;
    }
    for (size_t i = 0; i < PB_LENGTH(others); i++) {
        PB_AUTOFREE char *single = pb_asprintf("'%s'", others[i]);
        PB_AUTOFREE char *quoted = pb_asprintf("\"%s\"", others[i]);
        other |=
            strstr(marker, single) != NULL || strstr(marker, quoted) != NULL;
    }
    return about_system && other && strstr(marker, "==") != NULL &&
           strstr(marker, " or ") == NULL;
}

/* Both as import statements and pip take them. */
static bool
is_name(const char *text)
{
    return isalpha((unsigned char)text[0]) && strstr(text, "..") == NULL &&
           text[strlen(text) - 1] != '.';
}

void
pb_requirement_read(const char *text, struct pb_requirement *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789._-";
    *out = (struct pb_requirement){.dependency = NULL};
    text += strspn(text, " \t\r\n");
    PB_AUTOFREE char *distribution = pb_strndup(text, strspn(text, letters));
    if (!is_name(distribution)) {
        out->doubt = pb_asprintf("'%s' is no requirement by name", text);
        return;
    }
    const char *marker = strchr(text, ';');
    if (marker != NULL) {
        marker++;
        marker += strspn(marker, " \t");
        if (is_for_others(marker)) {
            out->doubt = pb_asprintf("'%s' is for other systems", text);
            return;
        }
        out->condition = read_marker(marker);
        if (out->condition == NULL) {
            out->doubt = pb_asprintf("the condition of '%s' was not "
                                     "understood: it counts always",
                                     text);
        }
    }
    PB_AUTOFREE char *module = module_of(distribution);
    out->dependency = is_same_name(module, distribution)
                          ? pb_strdup(module)
                          : pb_asprintf("%s=%s", module, distribution);
}

void
pb_requirement_clear(struct pb_requirement *requirement)
{
    free(requirement->dependency);
    free(requirement->condition);
    free(requirement->doubt);
    *requirement = (struct pb_requirement){.dependency = NULL};
}
