/* One end of a range: a version, a date, or what git understands. */
#include "pybisect/range.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pybisect/alloc.h"
#include "pybisect/regex.h"

#define SECONDS_A_DAY 86400

static bool
has_form(const char *pattern, const char *text)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_regex) struct pb_regex *regex = pb_regex_new(pattern, &err);
    struct pb_regex_match match;
    return regex != NULL &&
           pb_regex_match(regex, text, strlen(text), 0, &match);
}

static bool
is_version(const char *text)
{
    return has_form("\\A\\d+\\.\\d+(\\.\\d+)?((a|b|rc)\\d+)?\\z", text);
}

/* 1: found, 0: there is no such name, -1: an error worth telling, which only
   the text as it was typed can be. */
static int
try_name(struct pb_repo *repo, const char *format, const char *text,
         struct pb_oid *out, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf name = PB_BUF_INIT;
    const char *place = strchr(format, '@');
    pb_buf_add(&name, format, (size_t)(place - format));
    pb_buf_adds(&name, text);
    pb_buf_adds(&name, place + 1);
    struct pb_error failure = PB_ERROR_INIT;
    if (pb_repo_resolve(repo, name.data, out, &failure) == 0) {
        return 1;
    }
    if (failure.code == PB_ERROR_NOT_FOUND || strcmp(format, "@") != 0) {
        return 0;
    }
    *err = failure;
    return -1;
}

/* The first of several spellings that names something; '@' stands for the
   text. */
static int
try_names(struct pb_repo *repo, const char *const *formats, const char *text,
          struct pb_oid *out, struct pb_error *err)
{
    int found = 0;
    for (size_t i = 0; found == 0 && formats[i] != NULL; i++) {
        found = try_name(repo, formats[i], text, out, err);
    }
    return found;
}

/* How many characters two names share from their start. */
static size_t
common_prefix(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] != '\0' && a[length] == b[length]) {
        length++;
    }
    return length;
}

static void
hint_version(struct pb_repo *repo, const char *text, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv tags = PB_STRV_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    if (pb_repo_tags(repo, &tags, &ignored) < 0 || tags.len == 0) {
        pb_error_hint(err, "this clone has no tags: name a sha, or fetch "
                           "them with 'git fetch --tags'");
        return;
    }
    PB_AUTOFREE char *wanted = pb_asprintf("v%s", text);
    const char *near = NULL;
    /* Less than "v3.1" in common says nothing. */
    size_t best = strlen("v3.");
    pb_strv_sort(&tags);
    for (size_t i = 0; i < tags.len; i++) {
        size_t common = common_prefix(wanted, tags.items[i]);
        if (common > best) {
            best = common;
            near = tags.items[i];
        }
    }
    if (near != NULL) {
        pb_error_hint(err,
                      "did you mean '%s'? Otherwise fetch newer tags "
                      "with 'git fetch --tags'",
                      near);
    }
    else {
        pb_error_hint(err, "fetch newer tags with 'git fetch --tags'");
    }
}

/* A branch may have a version's name ("3.12"); the release is meant unless
   there is no tag for it. */
static int
resolve_version(struct pb_repo *repo, const char *text, struct pb_oid *out,
                struct pb_error *err)
{
    static const char *const formats[] = {
        "refs/tags/@",  "refs/tags/v@",          "refs/tags/v@.0",
        "refs/heads/@", "refs/remotes/origin/@", NULL,
    };
    int found = try_names(repo, formats, text, out, err);
    size_t length = strlen(text);
    if (found == 0 && length > 2 && strcmp(text + length - 2, ".0") == 0) {
        /* The first releases of a series had two numbers up to 3.2. */
        PB_AUTOFREE char *series = pb_strndup(text, length - 2);
        found = try_name(repo, "refs/tags/v@", series, out, err);
    }
    if (found == 0) {
        pb_error_set(err, PB_ERROR_NOT_FOUND,
                     "no tag for version '%s' in '%s'", text,
                     pb_repo_path(repo));
        hint_version(repo, text, err);
        return -1;
    }
    return found < 0 ? -1 : 0;
}

static bool
parse_date(const char *text, int64_t *out_end)
{
    struct tm day = {.tm_sec = 0};
    if (sscanf(text, "%4d-%2d-%2d", &day.tm_year, &day.tm_mon, &day.tm_mday) !=
        3) {
        return false;
    }
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    struct tm normal = day;
    time_t start = timegm(&normal);
    *out_end = (int64_t)start + SECONDS_A_DAY;
    return normal.tm_mon == day.tm_mon && normal.tm_mday == day.tm_mday;
}

struct date_walk {
    int64_t end;
    struct pb_oid found;
    bool has_found;
};

static bool
still_newer(const struct pb_commit *commit, void *context)
{
    struct date_walk *walk = context;
    if (commit->committer_time >= walk->end) {
        return true;
    }
    walk->found = commit->id;
    walk->has_found = true;
    return false;
}

static int
resolve_date(struct pb_repo *repo, const char *text, struct pb_oid *out,
             struct pb_error *err)
{
    struct date_walk walk = {.end = 0};
    if (!parse_date(text, &walk.end)) {
        pb_error_set(err, PB_ERROR_USAGE, "'%s' is not a date", text);
        pb_error_hint(err, "write dates as year-month-day, as in 2024-05-01");
        return -1;
    }
    PB_AUTO(pb_oid_list) struct pb_oid_list newer = {.items = NULL};
    struct pb_oid trunk;
    if (pb_repo_trunk(repo, &trunk, err) < 0 ||
        pb_repo_first_parents(repo, &trunk, still_newer, &walk, &newer, err) <
            0)
    {
        return -1;
    }
    if (!walk.has_found) {
        pb_error_set(err, PB_ERROR_NOT_FOUND,
                     "no commit of trunk is as old as '%s' in '%s'", text,
                     pb_repo_path(repo));
        pb_error_hint(err, "choose a later date");
        return -1;
    }
    *out = walk.found;
    return 0;
}

static bool
is_hex(const char *text)
{
    return text[strspn(text, "0123456789abcdefABCDEF")] == '\0';
}

int
pb_range_revision(struct pb_repo *repo, const char *text, struct pb_oid *out,
                  struct pb_error *err)
{
    static const char *const direct[] = {"@", NULL};
    static const char *const anywhere[] = {"refs/tags/@", "@",
                                           "refs/remotes/origin/@", NULL};
    struct pb_oid found;
    if (is_version(text)) {
        if (resolve_version(repo, text, &found, err) < 0) {
            return -1;
        }
        *out = found;
        return 0;
    }
    bool date = has_form("\\A\\d{4}-\\d{2}-\\d{2}\\z", text);
    int status = try_names(repo, date ? direct : anywhere, text, &found, err);
    if (status == 0 && date) {
        status = resolve_date(repo, text, &found, err) < 0 ? -1 : 1;
    }
    if (status == 0) {
        pb_error_set(err, PB_ERROR_NOT_FOUND, "'%s' names no commit of '%s'",
                     text, pb_repo_path(repo));
        pb_error_hint(err, is_hex(text)
                               ? "fetch the commit into the clone, or check "
                                 "its id"
                               : "name a sha, a tag, a branch, a version "
                                 "such as 3.12.1 or a date such as "
                                 "2024-05-01");
    }
    if (status <= 0) {
        return -1;
    }
    *out = found;
    return 0;
}
