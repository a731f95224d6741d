/* The builds of a pack, read in their order. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "meta.h"
#include "pack.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

void
pb_step_clear(struct pb_step *step)
{
    for (size_t i = 0; i < step->nown; i++) {
        free(step->own[i].path);
    }
    free(step->own);
    free(step->files);
    free(step->contents);
    *step = (struct pb_step){.len = 0};
}

void
pb_history_clear(struct pb_history *history)
{
    for (size_t i = 0; i < history->len; i++) {
        pb_step_clear(&history->steps[i]);
    }
    free(history->steps);
    *history = (struct pb_history){.len = 0};
}

static int
compare_path(const void *key, const void *element)
{
    const struct pb_file *const *file = element;
    return strcmp(key, (*file)->path);
}

const struct pb_file *
pb_step_find(const struct pb_step *step, const char *path)
{
    if (step->len == 0) {
        return NULL;
    }
    const struct pb_file *const *found = bsearch(
        path, step->files, step->len, sizeof(step->files[0]), compare_path);
    return found == NULL ? NULL : *found;
}

void
pb_step_add_content(struct pb_step *step, const struct pb_file *file,
                    const struct pb_step *tip)
{
    struct pb_content *content = &step->contents[step->ncontents++];
    *content = (struct pb_content){
        .offset = step->raw, .size = file->size, .id = file->id};
    step->raw += file->size;
    const struct pb_file *base =
        tip == NULL ? NULL : pb_step_find(tip, file->path);
    if (base != NULL && !base->derived) {
        content->based = true;
        content->base_number = base->number;
        content->base_index = base->index;
        step->prefix += base->size;
    }
}

const char *
pb_content_get(const struct pb_content *content, const char *frame,
               struct pb_buf *scratch)
{
    const char *bytes = frame + content->offset;
    if (!content->filtered) {
        return bytes;
    }
    pb_buf_truncate(scratch, 0);
    pb_buf_add(scratch, bytes, (size_t)content->size);
    pb_filter_undo(scratch->data, scratch->len);
    return scratch->data;
}

struct pb_digest
pb_step_output(const struct pb_step *step)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    for (size_t i = 0; i < step->len; i++) {
        const struct pb_file *file = step->files[i];
        pb_hasher_add_field(&hasher, file->path);
        pb_hasher_add_field(&hasher, file->mode == 0755 ? "755" : "644");
        pb_hasher_add(&hasher, file->id.bytes, sizeof(file->id.bytes));
    }
    return pb_hasher_finish(&hasher);
}

uint64_t
pb_step_bytes(const struct pb_step *step)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < step->len; i++) {
        bytes += step->files[i]->size;
    }
    return bytes;
}

static uint64_t
memory_of(const struct pb_step *step)
{
    uint64_t bytes = step->len * sizeof(const struct pb_file *) +
                     step->nown * sizeof(struct pb_file) +
                     step->ncontents * sizeof(struct pb_content);
    for (size_t i = 0; i < step->nown; i++) {
        bytes += strlen(step->own[i].path) + 1;
    }
    return bytes;
}

static int
load_step(struct pb_pack *pack, uint32_t number, struct pb_error *err)
{
    struct pb_history *history = &pack->history;
    size_t record = pack->builds[number];
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf meta = PB_BUF_INIT;
    struct pb_step step = {.len = 0};
    if (record == PB_PACK_LOST || history->bytes > PB_LIMIT_STORE_TABLES) {
        return pb_pack_corrupt(pack, err);
    }
    if (pb_pack_read(pack, record, &body, err) < 0) {
        return -1;
    }
    if (!pb_meta_unpack(&body, &meta) ||
        !pb_meta_read_files(&meta, history->steps, number, &step))
    {
        return pb_pack_corrupt(pack, err);
    }
    PB_GROW(history->steps, history->len, history->cap);
    history->steps[history->len++] = step;
    history->bytes += memory_of(&step);
    return 0;
}

int
pb_history_load(struct pb_pack *pack, size_t number, struct pb_error *err)
{
    while (pack->history.len <= number) {
        if (load_step(pack, (uint32_t)pack->history.len, err) < 0) {
            return -1;
        }
    }
    return 0;
}
