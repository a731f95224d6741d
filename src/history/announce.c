/* What CPython says about a commit: links, NEWS, What's New, files. */
#include "pybisect/announce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "pybisect/regex.h"

#define GITHUB "https://github.com/python/cpython"
#define TRACKER "https://bugs.python.org/issue"
#define NEWS_DIRECTORY "Misc/NEWS.d/next/"
#define OLD_NEWS "Misc/NEWS"
#define WHATS_NEW_DIRECTORY "Doc/whatsnew/"

/* Group 1 is the number. Issues stand before pull requests, as they do in
   the list of links. "(GH-1)" is a pull request, any other "gh-1" an issue;
   a bare "#1" meant the tracker until its issues moved to GitHub. */
static const struct {
    const char *pattern;
    const char *address;
} link_forms[] = {
    {"(?<!\\()\\bgh-(\\d+)", GITHUB "/issues/"},
    {"(?<!\\()\\bGH-(\\d+)", GITHUB "/issues/"},
    {"\\(gh-(\\d+)\\)", GITHUB "/issues/"},
    {"github\\.com/python/cpython/issues/(\\d+)", GITHUB "/issues/"},
    {"(?i)\\bbpo-?(\\d+)", TRACKER},
    {"(?i)\\bissues?:? ?#(\\d+)", TRACKER},
    {"(?i)\\bissue ?(\\d+)", TRACKER},
    {"(?i)\\A(?:(?:fix(?:e[sd])?|closes?|(?:sf )?(?:bug|patch)) )?#(\\d+)",
     TRACKER},
    {"\\(#(\\d{7,})\\)", TRACKER}, /* came from SourceForge */
    {"\\(#(\\d{1,6})\\)", GITHUB "/pull/"},
    {"\\(GH-(\\d+)\\)", GITHUB "/pull/"},
    {"github\\.com/python/cpython/pull/(\\d+)", GITHUB "/pull/"},
};

static void
add_link(struct pb_strv *links, const char *address, const char *number,
         size_t length)
{
    PB_AUTOFREE char *link =
        pb_asprintf("%s%.*s", address, (int)length, number);
    if (!pb_strv_contains(links, link)) {
        pb_strv_take(links, link);
        link = NULL;
    }
}

static int
find_links(const char *message, struct pb_strv *links, struct pb_error *err)
{
    size_t length = strlen(message);
    for (size_t i = 0; i < PB_LENGTH(link_forms); i++) {
        PB_AUTO(pb_regex)
        struct pb_regex *regex = pb_regex_new(link_forms[i].pattern, err);
        if (regex == NULL) {
            return -1;
        }
        struct pb_regex_match match;
        size_t from = 0;
        while (pb_regex_match(regex, message, length, from, &match)) {
            add_link(links, link_forms[i].address,
                     message + match.group[1].start,
                     match.group[1].end - match.group[1].start);
            from = match.group[0].end;
        }
    }
    return 0;
}

static bool
starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

/* Without blank space around it; NULL when nothing is left. Caller frees. */
static char *
trimmed(const struct pb_buf *text)
{
    static const char blank[] = " \t\r\n";
    const char *start = text->data + strspn(text->data, blank);
    size_t length = strlen(start);
    while (length > 0 && strchr(blank, start[length - 1]) != NULL) {
        length--;
    }
    return length > 0 ? pb_strndup(start, length) : NULL;
}

/* An entry opens with lines such as ".. gh-issue: 1234" that blurb reads. */
static bool
is_entry_header(const char *line)
{
    return starts_with(line, ".. ") || *line == '\n' || *line == '\r';
}

static void
append_entry(struct pb_buf *news, const char *entry)
{
    while (is_entry_header(entry)) {
        entry += strcspn(entry, "\n");
        entry += *entry == '\n' ? 1 : 0;
    }
    if (news->len > 0) {
        pb_buf_addch(news, '\n');
    }
    pb_buf_adds(news, entry);
}

struct survey {
    struct pb_repo *repo;
    struct pb_strv files;
    struct pb_buf news;
    struct pb_buf whats_new;
    int version; /* whose page that is: 3013 for 3.13 */
    char *news_path;
};

static void
survey_clear(struct survey *survey)
{
    pb_strv_clear(&survey->files);
    pb_buf_clear(&survey->news);
    pb_buf_clear(&survey->whats_new);
    free(survey->news_path);
}
PB_DEFINE_AUTO_CLEAR(survey, struct survey, survey_clear)

static const struct pb_oid no_oid;

static bool
was_added(const struct pb_tree_entry *entry)
{
    return entry->mode != 0 && pb_oid_equal(&entry->old_id, &no_oid);
}

static void
take_news_path(struct survey *survey, const char *path)
{
    if (survey->news_path == NULL) {
        survey->news_path = pb_strdup(path);
    }
}

/* A change that goes through all the documentation touches old versions'
   pages too: the newest is the one that announces. False: an older one than
   what was read already. */
static bool
is_newest(struct survey *survey, const char *path)
{
    int major = 0;
    int minor = 0;
    if (sscanf(path + strlen(WHATS_NEW_DIRECTORY), "%3d.%3d", &major,
               &minor) != 2) {
        return true;
    }
    int version = 1000 * major + minor;
    if (version < survey->version) {
        return false;
    }
    if (version > survey->version) {
        pb_buf_truncate(&survey->whats_new, 0);
        survey->version = version;
    }
    return true;
}

static int
read_texts(struct survey *survey, const struct pb_tree_entry *entry,
           struct pb_error *err)
{
    const char *path = entry->path;
    if (starts_with(path, NEWS_DIRECTORY) && ends_with(path, ".rst") &&
        was_added(entry))
    {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        if (pb_repo_blob(survey->repo, &entry->id, PB_LIMIT_BLOB_BYTES, &text,
                         err) < 0)
        {
            return -1;
        }
        append_entry(&survey->news, text.data);
        take_news_path(survey, path);
    }
    else if (strcmp(path, OLD_NEWS) == 0) {
        take_news_path(survey, path);
        return pb_repo_added_lines(survey->repo, &entry->old_id, &entry->id,
                                   &survey->news, err);
    }
    else if (starts_with(path, WHATS_NEW_DIRECTORY) && ends_with(path, ".rst"))
    {
        return is_newest(survey, path)
                   ? pb_repo_added_lines(survey->repo, &entry->old_id,
                                         &entry->id, &survey->whats_new, err)
                   : 0;
    }
    return 0;
}

static int
survey_change(const struct pb_tree_entry *entry, void *context,
              struct pb_error *err)
{
    struct survey *survey = context;
    bool deleted = entry->mode == 0;
    pb_strv_addf(&survey->files, "%c %s",
                 deleted            ? 'D'
                 : was_added(entry) ? 'A'
                                    : 'M',
                 entry->path);
    struct pb_error failure = PB_ERROR_INIT;
    if (deleted || read_texts(survey, entry, &failure) == 0 ||
        failure.code == PB_ERROR_NOT_FOUND)
    {
        return 0; /* a partial clone: a report is better without a text */
    }
    *err = failure;
    return -1;
}

int
pb_announcement_load(struct pb_repo *repo, const struct pb_oid *commit,
                     struct pb_announcement *out, struct pb_error *err)
{
    PB_AUTO(pb_commit) struct pb_commit info = {.nparents = 0};
    PB_AUTO(pb_strv) struct pb_strv links = PB_STRV_INIT;
    PB_AUTO(survey)
    struct survey survey = {
        .repo = repo,
        .news = PB_BUF_INIT,
        .whats_new = PB_BUF_INIT,
    };
    if (pb_repo_commit(repo, commit, &info, err) < 0 ||
        find_links(info.message, &links, err) < 0 ||
        pb_repo_changes(repo, info.nparents > 0 ? &info.parents[0] : NULL,
                        commit, survey_change, &survey, err) < 0)
    {
        return -1;
    }
    *out = (struct pb_announcement){
        .links = links,
        .news = trimmed(&survey.news),
        .whats_new = trimmed(&survey.whats_new),
        .files = survey.files,
    };
    if (out->news != NULL) {
        out->news_path = survey.news_path;
        survey.news_path = NULL;
    }
    links = (struct pb_strv)PB_STRV_INIT;
    survey.files = (struct pb_strv)PB_STRV_INIT;
    return 0;
}

void
pb_announcement_clear(struct pb_announcement *announcement)
{
    pb_strv_clear(&announcement->links);
    pb_strv_clear(&announcement->files);
    free(announcement->news);
    free(announcement->news_path);
    free(announcement->whats_new);
    *announcement = (struct pb_announcement){.news = NULL};
}
