/* The names that an exception says, held against the names in what a commit
   changes. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/evidence_private.h"
#include "verdict/scan.h"

struct kind { /* of names in a touched file, the telling ones first */
    const struct pb_strv *(*list)(const struct pb_touched_file *file);
    enum strength quoted;
    const char *verb; /* "the commit <verb> NAME <where> PATH" */
    const char *where;
};

static const struct pb_strv *
removed_of(const struct pb_touched_file *file)
{
    return &file->removed;
}

static const struct pb_strv *
added_of(const struct pb_touched_file *file)
{
    return &file->added;
}

static const struct pb_strv *
changed_of(const struct pb_touched_file *file)
{
    return &file->changed;
}

static const struct pb_strv *
words_of(const struct pb_touched_file *file)
{
    return &file->words;
}

static const struct kind kinds[] = {
    {removed_of, STRENGTH_REMOVED, "removes", "from"},
    {added_of, STRENGTH_ADDED, "adds", "to"},
    {changed_of, STRENGTH_NAMED, "changes", "in"},
    {words_of, STRENGTH_KEYWORD, "changes lines about", "in"},
};

/* Whether the failure names the file's module, or passes through it. */
static bool
is_near(const struct inquiry *inquiry, const struct pb_touched_file *file)
{
    PB_AUTOFREE char *module = pb_words_module(file->path);
    for (size_t i = 0; module != NULL && i < inquiry->quoted.len; i++) {
        if (pb_words_same_module(module, inquiry->quoted.items[i])) {
            return true;
        }
    }
    return pb_strv_contains(&inquiry->passed, file->path);
}

/* The file that has the name in the list; a near one comes first. */
static const struct pb_touched_file *
find_file(const struct inquiry *inquiry, const struct kind *kind,
          const char *name)
{
    const struct pb_touched_file *found = NULL;
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        const struct pb_touched_file *file = &inquiry->touched->files[i];
        if (!pb_strv_contains_sorted(kind->list(file), name)) {
            continue;
        }
        if (is_near(inquiry, file)) {
            return file;
        }
        found = found == NULL ? file : found;
    }
    return found;
}

/* A word that stands in a message by chance is on some changed line by
   chance as well. */
static bool
is_distinct(const char *name)
{
    bool upper = false;
    for (const char *c = name + 1; *name != '\0' && *c != '\0'; c++) {
        upper = upper || pb_scan_is_upper(*c);
    }
    return upper || strchr(name, '_') != NULL || strlen(name) >= 10;
}

/* Whether it is the name of a module that the commit touches: a reason of its
   own. */
static bool
is_touched_module(const struct inquiry *inquiry, const char *name)
{
    for (size_t i = 0; i < inquiry->touched->len; i++) {
        PB_AUTOFREE char *top = pb_inquiry_module(&inquiry->touched->files[i]);
        if (strcmp(top, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
find_name(struct inquiry *inquiry, const char *name, bool quoted)
{
    for (size_t i = 0; i < PB_LENGTH(kinds); i++) {
        bool word = kinds[i].list == words_of;
        const struct pb_touched_file *file =
            find_file(inquiry, &kinds[i], name);
        if (file == NULL || (word && (is_touched_module(inquiry, name) ||
                                      (!quoted && !is_distinct(name)))))
        {
            continue;
        }
        enum strength strength = quoted ? kinds[i].quoted
                                 : word ? STRENGTH_WORD
                                        : STRENGTH_NAMED;
        pb_inquiry_add(inquiry, strength, name, file,
                       pb_asprintf("the commit %s %s %s %s; the failure "
                                   "says: %s",
                                   kinds[i].verb, name, kinds[i].where,
                                   file->path, inquiry->said));
        return;
    }
}

void
pb_evidence_of_names(struct inquiry *inquiry, bool said)
{
    bool trusted = pb_inquiry_quotes_names(inquiry);
    for (size_t i = 0; trusted && i < inquiry->quoted.len; i++) {
        const char *name = inquiry->quoted.items[i];
        if (strlen(name) > 1 && strchr(name, '.') == NULL) {
            find_name(inquiry, name, true);
        }
    }
    for (size_t i = 0; !said && i < inquiry->names.len; i++) {
        const char *name = inquiry->names.items[i];
        if (!trusted || !pb_strv_contains(&inquiry->quoted, name)) {
            find_name(inquiry, name, false);
        }
    }
}
