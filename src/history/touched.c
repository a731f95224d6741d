/* The facts of a commit's changes, file by file. */
#include "pybisect/touched.h"

#include <stdlib.h>
#include <string.h>

#include "definitions.h"
#include "git_private.h"
#include "pybisect/alloc.h"
#include "pybisect/announce.h"
#include "pybisect/fingerprint.h"
#include "pybisect/limits.h"

#define SHORTEST_TEXT 8
#define LONGEST_TEXT 300
#define SHORTEST_WORD 2
#define MOST_WARNINGS 50

static const struct pb_oid no_oid;

/* --- lists of names ----------------------------------------------------- */

static void
tidy(struct pb_strv *list)
{
    pb_strv_sort(list);
    pb_strv_unique(list);
}

/* Takes out what `other`, which is sorted, has too. */
static void
subtract(struct pb_strv *list, const struct pb_strv *other)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->len; i++) {
        if (pb_strv_contains_sorted(other, list->items[i])) {
            free(list->items[i]);
        }
        else {
            list->items[kept++] = list->items[i];
        }
    }
    if (list->items != NULL) {
        list->items[kept] = NULL;
    }
    list->len = kept;
}

static bool
add_limited(struct pb_strv *list, const char *text, size_t length)
{
    /* Duplicates go later, hence the room for some. */
    if (list->len >= 4 * (size_t)PB_LIMIT_TOUCHED_NAMES) {
        return false;
    }
    pb_strv_take(list, pb_strndup(text, length));
    return true;
}

static void
shorten(struct pb_strv *list, bool *cut)
{
    while (list->len > PB_LIMIT_TOUCHED_NAMES) {
        *cut = true;
        free(list->items[--list->len]);
        list->items[list->len] = NULL;
    }
}

/* --- changed lines ------------------------------------------------------ */

struct reading {
    struct pb_touched *touched;
    struct pb_touched_file *file;
    struct pb_buf before;
    struct pb_buf after;
    struct pb_definitions old;
    struct pb_definitions new;
};

static void
reading_clear(struct reading *reading)
{
    pb_buf_clear(&reading->before);
    pb_buf_clear(&reading->after);
    pb_definitions_clear(&reading->old);
    pb_definitions_clear(&reading->new);
}
PB_DEFINE_AUTO_CLEAR(reading, struct reading, reading_clear)

/* Comments and blank lines do nothing. */
static bool
is_idle(const struct pb_changed_line *line)
{
    size_t start = 0;
    while (start < line->length && strchr(" \t", line->text[start]) != NULL) {
        start++;
    }
    size_t left = line->length - start;
    const char *text = line->text + start;
    return left == 0 || (text[0] == '#' && left > 1 && text[1] == ' ') ||
           (text[0] == '*' && (left == 1 || text[1] == ' ')) ||
           (text[0] == '/' && left > 1 && strchr("/*", text[1]) != NULL);
}

/* Where the closing quote is; the line's end if there is none. */
static size_t
literal_end(const struct pb_changed_line *line, size_t from)
{
    for (size_t i = from + 1; i < line->length; i++) {
        if (line->text[i] == '\\') {
            i++;
        }
        else if (line->text[i] == line->text[from]) {
            return i;
        }
    }
    return line->length;
}

static void
add_literal(struct reading *reading, const char *text, size_t length)
{
    if (length >= SHORTEST_TEXT) { /* shorter ones are words, if anything */
        length = length > LONGEST_TEXT ? LONGEST_TEXT : length;
        reading->touched->cut |=
            !add_limited(&reading->file->texts, text, length);
    }
}

/* Names inside of a literal are words too; quotes there are part of it. */
static void
add_words(struct reading *reading, const struct pb_changed_line *line)
{
    size_t literal = 0; /* where it ends */
    for (size_t i = 0; i < line->length;) {
        const char *text = line->text + i;
        size_t length = pb_identifier_length(text, line->length - i);
        if (i >= literal && (*text == '"' || *text == '\'')) {
            literal = literal_end(line, i);
            add_literal(reading, text + 1, literal - i - 1);
            literal++;
        }
        if (length >= SHORTEST_WORD) {
            reading->touched->cut |=
                !add_limited(&reading->file->words, text, length);
        }
        i += length > 0 ? length : 1;
    }
}

static void
read_line(const struct pb_changed_line *line, void *context)
{
    struct reading *reading = context;
    if (is_idle(line)) {
        return;
    }
    const char *around = pb_definitions_at(
        line->added ? &reading->new : &reading->old, line->number);
    if (around != NULL) {
        reading->touched->cut |=
            !add_limited(&reading->file->changed, around, strlen(around));
    }
    add_words(reading, line);
}

/* --- what warned -------------------------------------------------------- */

static void
find_warnings(const struct pb_buf *text, struct pb_strv *out)
{
    static const char word[] = "deprecat";
    const char *end = text->data + text->len;
    for (const char *line = text->data; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline == NULL ? end : newline;
        size_t length = (size_t)(stop - line);
        length = length > LONGEST_TEXT ? LONGEST_TEXT : length;
        PB_AUTOFREE char *copy = pb_strndup(line, length);
        if (strcasestr(copy, word) != NULL && out->len < MOST_WARNINGS) {
            const char *start = copy + strspn(copy, " \t");
            pb_strv_add(out, start);
        }
        line = stop + 1;
    }
    tidy(out);
}

/* --- files -------------------------------------------------------------- */

struct survey {
    struct pb_repo *repo;
    struct pb_touched *touched;
    size_t bytes; /* read so far */
};

static void
file_clear(struct pb_touched_file *file)
{
    free(file->path);
    pb_strv_clear(&file->removed);
    pb_strv_clear(&file->added);
    pb_strv_clear(&file->changed);
    pb_strv_clear(&file->words);
    pb_strv_clear(&file->texts);
    pb_strv_clear(&file->warned);
}

/* 1: not here, or too much; the file goes without. */
static int
read_blob(struct survey *survey, const struct pb_oid *id, struct pb_buf *out,
          struct pb_error *err)
{
    struct pb_error failure = PB_ERROR_INIT;
    if (pb_oid_equal(id, &no_oid)) {
        return 0;
    }
    size_t left = PB_LIMIT_TOUCHED_BYTES - survey->bytes;
    size_t limit = left < PB_LIMIT_TOUCHED_BLOB ? left : PB_LIMIT_TOUCHED_BLOB;
    if (pb_repo_blob(survey->repo, id, limit, out, &failure) == 0) {
        survey->bytes += out->len;
        return 0;
    }
    survey->touched->cut |= failure.code == PB_ERROR_LIMIT;
    if (failure.code == PB_ERROR_LIMIT || failure.code == PB_ERROR_NOT_FOUND) {
        return 1;
    }
    *err = failure;
    return -1;
}

static int
compare(struct reading *reading, struct pb_error *err)
{
    struct pb_touched_file *file = reading->file;
    pb_definitions_find(file->path, &reading->before, &reading->old);
    pb_definitions_find(file->path, &reading->after, &reading->new);
    if (file->status != 'D' &&
        pb_git_changed_lines(&reading->before, &reading->after, read_line,
                             reading, err) < 0)
    {
        return -1;
    }
    PB_AUTO(pb_strv) struct pb_strv old = PB_STRV_INIT;
    pb_definitions_names(&reading->old, &old);
    pb_definitions_names(&reading->old, &file->removed);
    pb_definitions_names(&reading->new, &file->added);
    subtract(&file->removed, &file->added);
    subtract(&file->added, &old);
    tidy(&file->changed);
    subtract(&file->changed, &file->added);
    subtract(&file->changed, &file->removed);
    tidy(&file->words);
    tidy(&file->texts);
    find_warnings(&reading->before, &file->warned);
    struct pb_strv *lists[] = {&file->removed, &file->added, &file->changed,
                               &file->words, &file->texts};
    for (size_t i = 0; i < PB_LENGTH(lists); i++) {
        shorten(lists[i], &reading->touched->cut);
    }
    return 0;
}

static bool
ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

/* Argument Clinic's output says what its input says. */
static bool
is_telling(const char *path)
{
    return (ends_with(path, ".py") || ends_with(path, ".c") ||
            ends_with(path, ".h")) &&
           strstr(path, "/clinic/") == NULL &&
           strstr(path, "pydoc_data/") == NULL &&
           pb_fingerprint_role(path, false) != PB_PATH_IGNORED;
}

static int
read_file(struct survey *survey, const struct pb_tree_entry *entry,
          struct pb_touched_file *file, struct pb_error *err)
{
    PB_AUTO(reading)
    struct reading reading = {
        .touched = survey->touched,
        .file = file,
        .before = PB_BUF_INIT,
        .after = PB_BUF_INIT,
    };
    int status = read_blob(survey, &entry->old_id, &reading.before, err);
    if (status == 0) {
        status = read_blob(survey, &entry->id, &reading.after, err);
    }
    return status == 0 ? compare(&reading, err) : status < 0 ? -1 : 0;
}

static int
survey_change(const struct pb_tree_entry *entry, void *context,
              struct pb_error *err)
{
    struct survey *survey = context;
    struct pb_touched *touched = survey->touched;
    if (touched->len == PB_LIMIT_TOUCHED_FILES) {
        touched->cut = true;
        return 0;
    }
    PB_GROW(touched->files, touched->len, touched->cap);
    struct pb_touched_file *file = &touched->files[touched->len++];
    *file = (struct pb_touched_file){
        .status = entry->mode == 0                        ? 'D'
                  : pb_oid_equal(&entry->old_id, &no_oid) ? 'A'
                                                          : 'M',
        .path = pb_strdup(entry->path),
    };
    return is_telling(entry->path) ? read_file(survey, entry, file, err) : 0;
}

/* What left one file for another is neither removed nor added. */
static void
drop_moved(struct pb_touched *touched)
{
    PB_AUTO(pb_strv) struct pb_strv removed = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv added = PB_STRV_INIT;
    for (size_t i = 0; i < touched->len; i++) {
        pb_strv_add_all(&removed, &touched->files[i].removed);
        pb_strv_add_all(&added, &touched->files[i].added);
    }
    tidy(&removed);
    tidy(&added);
    for (size_t i = 0; i < touched->len; i++) {
        subtract(&touched->files[i].removed, &added);
        subtract(&touched->files[i].added, &removed);
    }
}

int
pb_touched_load(struct pb_repo *repo, const struct pb_oid *commit,
                struct pb_touched *out, struct pb_error *err)
{
    PB_AUTO(pb_touched) struct pb_touched touched = PB_TOUCHED_INIT;
    PB_AUTO(pb_oid_list) struct pb_oid_list parents = {.items = NULL};
    PB_AUTO(pb_announcement) struct pb_announcement said = {.news = NULL};
    struct survey survey = {.repo = repo, .touched = &touched};
    if (pb_announcement_load(repo, commit, &said, err) < 0 ||
        pb_repo_parents(repo, commit, &parents, err) < 0 ||
        pb_repo_changes(repo, parents.len > 0 ? &parents.items[0] : NULL,
                        commit, survey_change, &survey, err) < 0)
    {
        return -1;
    }
    drop_moved(&touched);
    touched.news = said.news;
    touched.whats_new = said.whats_new;
    said.news = NULL;
    said.whats_new = NULL;
    *out = touched;
    touched = (struct pb_touched)PB_TOUCHED_INIT;
    return 0;
}

void
pb_touched_clear(struct pb_touched *touched)
{
    for (size_t i = 0; i < touched->len; i++) {
        file_clear(&touched->files[i]);
    }
    free(touched->files);
    free(touched->news);
    free(touched->whats_new);
    *touched = (struct pb_touched)PB_TOUCHED_INIT;
}
