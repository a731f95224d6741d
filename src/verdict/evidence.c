/* Reasons found, ranked and told; and how the change was announced. */
#include "pybisect/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/evidence_private.h"
#include "verdict/headings.h"

#define SAID_BYTES 120
#define MOST_FAILURES 20

void
pb_inquiry_add(struct inquiry *inquiry, enum strength strength,
               const char *about, const struct pb_touched_file *file,
               char *text)
{
    PB_GROW(inquiry->reasons, inquiry->len, inquiry->cap);
    inquiry->reasons[inquiry->len] = (struct reason){
        .strength = strength,
        .order = inquiry->len,
        .about = pb_strdup(about),
        .file = file,
        .text = text,
    };
    inquiry->len++;
}

char *
pb_inquiry_module(const struct pb_touched_file *file)
{
    char *module = pb_words_module(file->path);
    if (module == NULL) {
        return pb_strdup(file->path);
    }
    module[strcspn(module, ".")] = '\0';
    return module;
}

static const char *
type_of(const struct inquiry *inquiry)
{
    const char *type = inquiry->failure->type;
    const char *dot = type == NULL ? NULL : strrchr(type, '.');
    return type == NULL ? "" : dot == NULL ? type : dot + 1;
}

bool
pb_inquiry_is_type(const struct inquiry *inquiry, const char *const *types,
                   size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strcmp(type_of(inquiry), types[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool
pb_inquiry_quotes_names(const struct inquiry *inquiry)
{
    static const char *const types[] = {"AttributeError", "ImportError",
                                        "ModuleNotFoundError", "NameError",
                                        "TypeError"};
    return pb_inquiry_is_type(inquiry, types, PB_LENGTH(types));
}

static void
inquiry_clear(struct inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->len; i++) {
        free(inquiry->reasons[i].about);
        free(inquiry->reasons[i].text);
    }
    free(inquiry->reasons);
}
PB_DEFINE_AUTO_CLEAR(inquiry, struct inquiry, inquiry_clear)

/* --- one failure -------------------------------------------------------- */

static void
find_passed(const struct pb_traceback *trace,
            const struct pb_trace_places *places, struct pb_strv *out)
{
    for (size_t i = 0; i < trace->len; i++) {
        PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
        pb_frame_home_of(trace->items[i].path, places, &home);
        if (home.library) {
            pb_strv_addf(out, "Lib/%s", home.path);
        }
    }
}

static void
examine_as_told(struct inquiry *inquiry, const struct pb_result *failure)
{
    PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
    PB_AUTO(pb_strv) struct pb_strv quoted = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv passed = PB_STRV_INIT;
    const char *message = failure->message == NULL ? "" : failure->message;
    PB_AUTOFREE char *line = pb_words_first_line(message, SAID_BYTES);
    char *path = strstr(line, " (/"); /* of the module that lacks a name */
    if (path != NULL && strchr(path, ')') == strrchr(path, '\0') - 1) {
        *path = '\0';
    }
    bool mute = *line == '\0' && failure->type != NULL;
    pb_traceback_parse(failure->trace, &trace);
    pb_words_quoted(message, &quoted);
    pb_words_telling(message, &names);
    find_passed(&trace, inquiry->places, &passed);
    PB_AUTOFREE char *said = pb_strdup(mute ? failure->type : line);
    inquiry->failure = failure;
    inquiry->trace = trace;
    inquiry->said = said;
    inquiry->quoted = quoted;
    inquiry->names = names;
    inquiry->passed = passed;
    pb_evidence_of_message(inquiry);
    pb_evidence_of_frames(inquiry);
}

#define TYPE_LETTERS                                                          \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_."

static bool
starts_with_traceback(const char *message)
{
    static const char banner[] = "Traceback (most recent call last):";
    return message != NULL && strncmp(message, banner, strlen(banner)) == 0;
}

/* Of what a command printed last, the exception is the last line. */
static void
examine_end(struct inquiry *inquiry, const struct pb_result *failure)
{
    PB_AUTOFREE char *text = pb_strdup(failure->message);
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') {
        text[--length] = '\0';
    }
    char *line = strrchr(text, '\n');
    line = line == NULL ? text : line + 1;
    size_t name = strspn(line, TYPE_LETTERS);
    struct pb_result told = *failure;
    told.message = line[name] == ':'
                       ? line + name + 1 + (line[name + 1] == ' ')
                       : line + name;
    PB_AUTOFREE char *type = pb_strndup(line, name);
    told.type = type;
    examine_as_told(inquiry, &told);
}

/* Of a doctest, what its example raised is the failure. */
static void
examine(struct inquiry *inquiry, const struct pb_result *failure)
{
    struct pb_exception raised;
    inquiry->assertion = failure->type != NULL &&
                         strstr(failure->type, "AssertionError") != NULL;
    if (starts_with_traceback(failure->message)) {
        examine_end(inquiry, failure);
        return;
    }
    if (!pb_heading_raised(failure->message, &raised)) {
        examine_as_told(inquiry, failure);
        return;
    }
    PB_AUTOFREE char *type = pb_strndup(raised.type, raised.type_length);
    PB_AUTOFREE char *message =
        pb_strndup(raised.message, raised.message_length);
    struct pb_result told = *failure;
    told.type = type;
    told.message = message;
    examine_as_told(inquiry, &told);
}

/* --- announced ---------------------------------------------------------- */

/* "3.13" of the newest Doc/whatsnew/3.13.rst that is touched; "" if none. */
static const char *
newest_whats_new(const struct pb_touched *touched, char out[8])
{
    int newest[2] = {-1, -1};
    out[0] = '\0';
    for (size_t i = 0; i < touched->len; i++) {
        int major = 0;
        int minor = 0;
        if (sscanf(touched->files[i].path, "Doc/whatsnew/%2d.%3d.rst", &major,
                   &minor) == 2 &&
            (major > newest[0] || (major == newest[0] && minor > newest[1])))
        {
            newest[0] = major;
            newest[1] = minor;
            snprintf(out, 8, "%d.%d", major, minor);
        }
    }
    return out;
}

/* Whether the line, of the file before the change, warns of what a reason is
   about: a name, or all of a module that goes. */
static bool
warns_of(const struct reason *reason, const char *line)
{
    return pb_words_has(line, reason->about) ||
           (reason->strength == STRENGTH_LOST &&
            strstr(line, "__name__") != NULL);
}

/* The literal of a line that speaks of deprecation; else the line. Caller
   frees. */
static char *
warning_text(const char *line)
{
    const char *open = strchr(line, '"');
    const char *close = open == NULL ? NULL : strchr(open + 1, '"');
    PB_AUTOFREE char *literal =
        close == NULL ? NULL : pb_strndup(open, (size_t)(close + 1 - open));
    bool says = literal != NULL && strcasestr(literal, "deprecat") != NULL;
    return pb_words_first_line(says ? literal : line, SAID_BYTES);
}

static bool
announce_warning(const struct reason *reason, struct pb_strv *out)
{
    const struct pb_touched_file *file = reason->file;
    for (size_t i = 0; file != NULL && i < file->warned.len; i++) {
        if (warns_of(reason, file->warned.items[i])) {
            PB_AUTOFREE char *text = warning_text(file->warned.items[i]);
            pb_strv_addf(out, "a warning in %s: %s", file->path, text);
            return true;
        }
    }
    return false;
}

static void
announce(const struct inquiry *inquiry, struct pb_strv *out)
{
    const struct pb_touched *touched = inquiry->touched;
    char version[8];
    if (touched->news != NULL) {
        pb_strv_add(out, "NEWS");
    }
    if (touched->whats_new != NULL &&
        *newest_whats_new(touched, version) != '\0') {
        pb_strv_addf(out, "What's New in Python %s", version);
    }
    for (size_t i = 0; i < inquiry->len; i++) {
        if (inquiry->reasons[i].strength >= STRENGTH_USED &&
            announce_warning(&inquiry->reasons[i], out))
        {
            return;
        }
    }
}

/* A test that came to be skipped says why. */
static bool
tells(enum pb_outcome outcome)
{
    return pb_outcome_failed(outcome) || outcome == PB_OUTCOME_SKIP;
}

/* --- all together ------------------------------------------------------- */

static int
compare_reasons(const void *a, const void *b)
{
    const struct reason *left = a;
    const struct reason *right = b;
    if (left->strength != right->strength) {
        return left->strength > right->strength ? -1 : 1;
    }
    return left->order < right->order ? -1 : 1;
}

/* One reason for each thing, as many as fit. */
static void
choose(const struct inquiry *inquiry, struct pb_strv *out)
{
    PB_AUTO(pb_strv) struct pb_strv told = PB_STRV_INIT;
    for (size_t i = 0; i < inquiry->len && out->len < PB_EVIDENCE_REASONS; i++)
    {
        const struct reason *reason = &inquiry->reasons[i];
        if (!pb_strv_contains(&told, reason->about) &&
            !pb_strv_contains(out, reason->text))
        {
            pb_strv_add(&told, reason->about);
            pb_strv_add(out, reason->text);
        }
    }
}

void
pb_evidence_find(const struct pb_touched *touched,
                 const struct pb_result *const *failures, size_t nfailures,
                 const struct pb_trace_places *places, struct pb_evidence *out)
{
    *out = (struct pb_evidence)PB_EVIDENCE_INIT;
    PB_AUTO(inquiry)
    struct inquiry inquiry = {.touched = touched, .places = places};
    for (size_t i = 0; i < nfailures && i < MOST_FAILURES; i++) {
        if (failures[i] != NULL && tells(failures[i]->outcome)) {
            examine(&inquiry, failures[i]);
        }
    }
    if (inquiry.len > 1) {
        qsort(inquiry.reasons, inquiry.len, sizeof(*inquiry.reasons),
              compare_reasons);
    }
    choose(&inquiry, &out->reasons);
    announce(&inquiry, &out->announced);
}

void
pb_evidence_clear(struct pb_evidence *evidence)
{
    pb_strv_clear(&evidence->reasons);
    pb_strv_clear(&evidence->announced);
}
