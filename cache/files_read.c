/* Reading a table of files back, believing nothing of it. */
#include <stdlib.h>
#include <string.h>

#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

/* A table while it is read. */
struct draft {
    const struct pb_step *steps;
    const struct pb_step *tip; /* an empty one for a first */
    uint32_t number;
    bool *removed;   /* of the tip's files */
    size_t *changed; /* of the tip's files: their place in own, or SIZE_MAX */
    struct pb_file *own;
    bool *fresh;    /* of own: the content is new */
    bool *filtered; /* of own: ... and filtered */
    size_t len;
    size_t nchanged; /* of own; the added ones follow */
};

static void
draft_clear(struct draft *draft)
{
    for (size_t i = 0; draft->own != NULL && i < draft->len; i++) {
        free(draft->own[i].path);
    }
    free(draft->own);
    free(draft->removed);
    free(draft->changed);
    free(draft->fresh);
    free(draft->filtered);
}
PB_DEFINE_AUTO_CLEAR(draft, struct draft, draft_clear)

/* The content that an old file has: of an earlier build's frame. Of this
   build's it is looked up later. */
static bool
take_old(const struct draft *draft, struct pb_file *file)
{
    if (file->number == draft->number) {
        return true;
    }
    const struct pb_step *step = &draft->steps[file->number];
    if (file->index >= step->ncontents) {
        return false;
    }
    file->size = step->contents[file->index].size;
    file->id = step->contents[file->index].id;
    return true;
}

/* Takes `path`. */
static bool
read_file(struct pb_reader *reader, struct draft *draft, char *path)
{
    struct pb_file *file = &draft->own[draft->len];
    *file = (struct pb_file){.path = path};
    draft->len++;
    unsigned flags =
        (unsigned)pb_read_varint(reader, PB_FILE_EXECUTABLE | PB_FILE_WHERE);
    unsigned where = flags & PB_FILE_WHERE;
    file->mode = (flags & PB_FILE_EXECUTABLE) != 0 ? 0755 : 0644;
    file->derived = where == PB_FILE_DERIVED;
    if (where == PB_FILE_OLD) {
        file->number =
            draft->number - (uint32_t)pb_read_varint(reader, draft->number);
        file->index = (uint32_t)pb_read_varint(reader, UINT32_MAX);
        return !reader->bad && take_old(draft, file);
    }
    draft->fresh[draft->len - 1] = !file->derived;
    draft->filtered[draft->len - 1] = where == PB_FILE_FILTERED;
    file->number = file->derived ? 0 : draft->number;
    file->size = pb_read_varint(reader, PB_LIMIT_STORE_BUILD_BYTES);
    file->id = pb_read_digest(reader);
    return !reader->bad;
}

static bool
read_removed(struct pb_reader *reader, struct draft *draft)
{
    size_t left = (size_t)pb_read_varint(reader, draft->tip->len);
    for (size_t at = 0; left > 0; left--, at++) {
        at += (size_t)pb_read_varint(reader, draft->tip->len);
        if (reader->bad || at >= draft->tip->len) {
            return false;
        }
        draft->removed[at] = true;
    }
    return !reader->bad;
}

static bool
read_changed(struct pb_reader *reader, struct draft *draft)
{
    size_t left = draft->nchanged;
    for (size_t at = 0; left > 0; left--, at++) {
        at += (size_t)pb_read_varint(reader, draft->tip->len);
        if (reader->bad || at >= draft->tip->len || draft->removed[at]) {
            return false;
        }
        draft->changed[at] = draft->len;
        if (!read_file(reader, draft, pb_strdup(draft->tip->files[at]->path)))
        {
            return false;
        }
    }
    return true;
}

static bool
read_added(struct pb_reader *reader, struct draft *draft, size_t left)
{
    PB_AUTOFREE char *before = pb_strdup("");
    for (; left > 0; left--) {
        size_t shared = (size_t)pb_read_varint(reader, strlen(before));
        PB_AUTOFREE char *rest = pb_read_string(reader, PB_LIMIT_STORE_PATH);
        if (rest == NULL) {
            return false;
        }
        char *path = pb_asprintf("%.*s%s", (int)shared, before, rest);
        free(before);
        before = pb_strdup(path);
        if (!read_file(reader, draft, path) || !pb_entry_path_is_safe(before))
        {
            return false;
        }
    }
    return true;
}

static bool
read_lists(struct pb_reader *reader, struct draft *draft)
{
    size_t old = draft->tip->len;
    draft->removed = pb_alloc_array(old + 1, sizeof(*draft->removed));
    draft->changed = pb_alloc_array(old + 1, sizeof(*draft->changed));
    for (size_t i = 0; i < old; i++) {
        draft->changed[i] = SIZE_MAX;
    }
    size_t most = old + PB_LIMIT_STORE_FILES;
    draft->own = pb_alloc_array(most, sizeof(*draft->own));
    draft->fresh = pb_alloc_array(most, sizeof(*draft->fresh));
    draft->filtered = pb_alloc_array(most, sizeof(*draft->filtered));
    if (!read_removed(reader, draft)) {
        return false;
    }
    draft->nchanged = (size_t)pb_read_varint(reader, old);
    if (reader->bad || !read_changed(reader, draft)) {
        return false;
    }
    size_t added = (size_t)pb_read_varint(reader, PB_LIMIT_STORE_FILES);
    bool good = !reader->bad && read_added(reader, draft, added) &&
                pb_reader_left(reader) == 0;
    /* Kept for as long as the pack is open. */
    draft->own =
        pb_realloc_array(draft->own, draft->len + 1, sizeof(*draft->own));
    return good;
}

/* The next file of the new table: the tip's, what it changed to, or an added
   one; NULL past the end. */
static const struct pb_file *
next_file(const struct draft *draft, size_t *old, size_t *added)
{
    while (*old < draft->tip->len && draft->removed[*old]) {
        (*old)++;
    }
    const struct pb_file *kept =
        *old < draft->tip->len ? draft->tip->files[*old] : NULL;
    const struct pb_file *new =
        *added < draft->len ? &draft->own[*added] : NULL;
    if (kept == NULL || (new != NULL &&strcmp(new->path, kept->path) < 0)) {
        *added += new == NULL ? 0 : 1;
        return new;
    }
    size_t change = draft->changed[(*old)++];
    return change == SIZE_MAX ? kept : &draft->own[change];
}

static bool
merge(const struct draft *draft, struct pb_step *out)
{
    size_t old = 0;
    size_t added = draft->nchanged;
    size_t most = draft->tip->len + draft->len + 1;
    out->files = pb_alloc_array(most, sizeof(const struct pb_file *));
    const struct pb_file *file = NULL;
    while ((file = next_file(draft, &old, &added)) != NULL) {
        if (out->len > 0 &&
            strcmp(out->files[out->len - 1]->path, file->path) >= 0) {
            return false;
        }
        out->files[out->len++] = file;
    }
    return out->len > 0 && out->len <= PB_LIMIT_STORE_FILES;
}

/* The new contents in path order, then the files that share them. */
static bool
place_contents(const struct draft *draft, struct pb_step *out)
{
    out->contents = pb_alloc_array(draft->len + 1, sizeof(*out->contents));
    for (size_t i = 0; i < out->len; i++) {
        const struct pb_file *file = out->files[i];
        if (file < draft->own || file >= draft->own + draft->len) {
            continue;
        }
        size_t at = (size_t)(file - draft->own);
        if (draft->fresh[at]) {
            draft->own[at].index = (uint32_t)out->ncontents;
            pb_step_add_content(out, file, draft->tip);
            out->contents[out->ncontents - 1].filtered = draft->filtered[at];
        }
    }
    for (size_t i = 0; i < draft->len; i++) {
        struct pb_file *file = &draft->own[i];
        if (draft->fresh[i] || file->derived || file->number != draft->number)
        {
            continue;
        }
        if (file->index >= out->ncontents) {
            return false;
        }
        file->size = out->contents[file->index].size;
        file->id = out->contents[file->index].id;
    }
    return out->raw <= PB_LIMIT_STORE_BUILD_BYTES &&
           out->prefix <= PB_LIMIT_STORE_DECODED;
}

bool
pb_meta_read_files(const struct pb_buf *meta, const struct pb_step *steps,
                   uint32_t number, struct pb_step *out)
{
    static const struct pb_step none;
    PB_AUTO(draft)
    struct draft draft = {.steps = steps,
                          .tip = number == 0 ? &none : &steps[number - 1],
                          .number = number};
    PB_AUTO(pb_step) struct pb_step step = {.len = 0};
    struct pb_info info = {.label = NULL};
    struct pb_reader reader = pb_reader_of(meta->data, meta->len);
    bool good = pb_meta_read_head(&reader, PB_RECORD_BUILD, &info) &&
                read_lists(&reader, &draft) && merge(&draft, &step) &&
                place_contents(&draft, &step);
    pb_info_clear(&info);
    if (!good) {
        return false;
    }
    step.own = draft.own;
    step.nown = draft.len;
    draft.own = NULL;
    *out = step;
    step = (struct pb_step){.len = 0};
    return true;
}
