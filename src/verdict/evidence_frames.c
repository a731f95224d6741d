/* Where an exception went through, and what the code there uses, held against
   what a commit changes. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/text.h"
#include "verdict/evidence_private.h"
#include "verdict/scan.h"

#define MOST_FRAMES 50 /* the innermost; a recursion repeats the others */
#define LONG_NAME 8    /* long enough to be met in C only on purpose */

static const struct pb_touched_file *
find_path(const struct pb_touched *touched, const char *path)
{
    for (size_t i = 0; i < touched->len; i++) {
        if (strcmp(touched->files[i].path, path) == 0) {
            return &touched->files[i];
        }
    }
    return NULL;
}

static const char *
what_happens(const struct pb_touched_file *file, const char *name)
{
    return name == NULL                                    ? NULL
           : pb_strv_contains_sorted(&file->removed, name) ? "removes"
           : pb_strv_contains_sorted(&file->changed, name) ? "changes"
           : pb_strv_contains_sorted(&file->added, name)   ? "adds"
                                                           : NULL;
}

/* --- through changed code ----------------------------------------------- */

/* Every failed assertion is raised in unittest. */
static bool
is_plain_assertion(const struct inquiry *inquiry,
                   const struct pb_frame_home *home)
{
    return home->kind == PB_HOME_RUNNER && inquiry->assertion;
}

static void
find_passage(struct inquiry *inquiry, size_t index,
             const struct pb_frame_home *home)
{
    const struct pb_frame *frame = &inquiry->trace.items[index];
    bool last = index + 1 == inquiry->trace.len;
    PB_AUTOFREE char *path = pb_asprintf("Lib/%s", home->path);
    const struct pb_touched_file *file = find_path(inquiry->touched, path);
    if (file == NULL) {
        return;
    }
    const char *how = last ? "raised in" : "the traceback passes through";
    const char *change = what_happens(file, frame->function);
    if (change != NULL) {
        pb_inquiry_add(inquiry, last ? STRENGTH_FUNCTION : STRENGTH_THROUGH,
                       path, file,
                       pb_asprintf("%s %s of %s, which the commit %s", how,
                                   frame->function, path, change));
    }
    else if (!is_plain_assertion(inquiry, home)) {
        pb_inquiry_add(
            inquiry, last ? STRENGTH_FILE : STRENGTH_PASSED, path, file,
            pb_asprintf("%s %s, which the commit changes", how, path));
    }
}

/* --- what the code uses ------------------------------------------------- */

/* The code, or the message, must name the module as well: many modules have
   a function of that name. C has no module. */
static bool
is_tied(const struct inquiry *inquiry, const struct pb_touched_file *file,
        const char *code, const char *name)
{
    PB_AUTOFREE char *module = pb_words_module(file->path);
    if (module == NULL) {
        return strlen(name) >= LONG_NAME;
    }
    PB_AUTOFREE char *top = pb_strndup(module, strcspn(module, "."));
    const char *dot = strrchr(module, '.');
    const char *leaf = dot == NULL ? module : dot + 1;
    return pb_words_has(code, top) || pb_words_has(code, leaf) ||
           pb_words_has(inquiry->said, top);
}

static void
find_use(struct inquiry *inquiry, const char *where, const char *code,
         const char *name)
{
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        const char *change = what_happens(file, name);
        if (change != NULL && is_tied(inquiry, file, code, name)) {
            /* With a module go all of its names. */
            PB_AUTOFREE char *about = file->status == 'D'
                                          ? pb_inquiry_module(file)
                                          : pb_strdup(name);
            pb_inquiry_add(inquiry, STRENGTH_USED, about, file,
                           pb_asprintf("%s uses %s, which the commit %s "
                                       "(%s)",
                                       where, name, change, file->path));
            return;
        }
    }
}

static void
find_import(struct inquiry *inquiry, const char *where, const char *module)
{
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        PB_AUTOFREE char *touched = pb_words_module(file->path);
        if (touched != NULL && strcmp(touched, module) == 0) {
            PB_AUTOFREE char *about = pb_inquiry_module(file);
            pb_inquiry_add(
                inquiry, STRENGTH_IMPORT, about, file,
                pb_asprintf("%s imports %s; the commit %s %s", where, module,
                            file->status == 'D' ? "removes" : "changes",
                            file->path));
        }
    }
}

static struct pb_span
dotted_name(struct pb_span text)
{
    size_t length = 0;
    while (length < text.length &&
           (pb_scan_is_word(text.data[length]) || text.data[length] == '.'))
    {
        length++;
    }
    return (struct pb_span){text.data, length};
}

/* What follows the first `word`; nothing without one. */
static struct pb_span
what_follows(struct pb_span text, const char *word)
{
    struct pb_span found = pb_span_find(text, word);
    if (found.length == 0) {
        return (struct pb_span){NULL, 0};
    }
    return pb_span_from(found, strlen(word));
}

/* "import a.b as c, d" and "from a import b": a.b and d; a and a.b. */
static void
find_imports(struct inquiry *inquiry, const char *where, const char *code)
{
    struct pb_span text = pb_span_of(code);
    bool from = pb_span_starts(text, "from ");
    if (!from && !pb_span_starts(text, "import ")) {
        return;
    }
    text = pb_span_trim(pb_span_from(text, from ? 5 : 7));
    PB_AUTOFREE char *package = pb_span_dup(dotted_name(text));
    if (from) {
        find_import(inquiry, where, package);
        text = what_follows(text, " import ");
    }
    while (text.length > 0) {
        text = pb_span_trim(text);
        PB_AUTOFREE char *name = pb_span_dup(dotted_name(text));
        PB_AUTOFREE char *whole =
            from ? pb_asprintf("%s.%s", package, name) : pb_strdup(name);
        find_import(inquiry, where, whole);
        text = what_follows(text, ",");
    }
}

static void
find_uses(struct inquiry *inquiry, size_t index,
          const struct pb_frame_home *home)
{
    const struct pb_frame *frame = &inquiry->trace.items[index];
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    PB_AUTOFREE char *where =
        frame->line > 0 ? pb_asprintf("%s:%d", home->path, frame->line)
                        : pb_strdup(home->path);
    pb_words_telling(frame->code, &names);
    for (size_t i = 0; i < names.len; i++) {
        find_use(inquiry, where, frame->code, names.items[i]);
    }
    find_imports(inquiry, where, frame->code);
}

void
pb_evidence_of_frames(struct inquiry *inquiry)
{
    size_t len = inquiry->trace.len;
    size_t first = len > MOST_FRAMES ? len - MOST_FRAMES : 0;
    for (size_t i = len; i-- > first;) {
        PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
        pb_frame_home_of(inquiry->trace.items[i].path, inquiry->places, &home);
        if (home.library) {
            find_passage(inquiry, i, &home);
        }
        else if (inquiry->trace.items[i].code != NULL) {
            find_uses(inquiry, i, &home);
        }
    }
}
