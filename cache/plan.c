/* Encoding a build: which contents are new, what they are differences from,
   and whether that is worth it. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "delta.h"
#include "filter.h"
#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

/* A difference of more than a third of a first saves little and makes
   everything after it slower to read; below the second bound nobody cares. */
#define FURTHER_SHARE 3
#define FURTHER_FREE ((size_t)64 * 1024)
/* Reading a build may cost so many times a first: 25 MB of objects come out
   at about 1 GB a second, and a first alone is 30 ms. */
#define COST_FACTOR 12
#define COST_FREE ((uint64_t)4 * 1024 * 1024)

struct plan {
    struct pb_pack *pack;      /* NULL: a first */
    const struct pb_step *tip; /* NULL: a first */
    uint32_t number;
    struct pb_step step;
    struct pb_map *known; /* contents by digest, to struct pb_file */
    struct pb_buf content;
    struct pb_buf prefix;
};

static void
plan_clear(struct plan *plan)
{
    pb_step_clear(&plan->step);
    pb_map_free(plan->known);
    pb_buf_clear(&plan->content);
    pb_buf_clear(&plan->prefix);
}
PB_DEFINE_AUTO_CLEAR(plan, struct plan, plan_clear)

static void
know(struct plan *plan, const struct pb_digest *id, uint32_t number,
     uint32_t index)
{
    char hex[PB_DIGEST_HEX];
    struct pb_file *place = pb_alloc(sizeof(*place));
    place->number = number;
    place->index = index;
    pb_map_set(plan->known, pb_digest_hex(id, hex), place);
}

static void
know_history(struct plan *plan)
{
    plan->known = pb_map_new(free);
    for (uint32_t i = 0; i < plan->number; i++) {
        const struct pb_step *step = &plan->pack->history.steps[i];
        for (size_t j = 0; j < step->ncontents; j++) {
            know(plan, &step->contents[j].id, i, (uint32_t)j);
        }
    }
}

static void
place_content(struct plan *plan, struct pb_file *file)
{
    char hex[PB_DIGEST_HEX];
    const struct pb_file *place =
        pb_map_get(plan->known, pb_digest_hex(&file->id, hex));
    if (place != NULL) {
        file->number = place->number;
        file->index = place->index;
        return;
    }
    file->number = plan->number;
    file->index = (uint32_t)plan->step.ncontents;
    know(plan, &file->id, file->number, file->index);
    pb_step_add_content(&plan->step, file, plan->tip);
}

/* Fills the step: files that did not change are the tip's. */
static void
fill_step(struct plan *plan, const struct pb_source *source)
{
    struct pb_step *step = &plan->step;
    step->files = pb_alloc_array(source->len, sizeof(step->files[0]));
    step->own = pb_alloc_array(source->len, sizeof(step->own[0]));
    step->contents = pb_alloc_array(source->len, sizeof(step->contents[0]));
    for (size_t i = 0; i < source->len; i++) {
        const struct pb_file *file = &source->files[i];
        const struct pb_file *old =
            plan->tip == NULL ? NULL : pb_step_find(plan->tip, file->path);
        if (old != NULL && old->mode == file->mode &&
            old->derived == file->derived &&
            pb_digest_equal(&old->id, &file->id))
        {
            step->files[step->len++] = old;
            continue;
        }
        struct pb_file *own = &step->own[step->nown++];
        *own = *file;
        own->path = pb_strdup(file->path);
        own->number = 0;
        own->index = 0;
        step->files[step->len++] = own;
        if (!own->derived) {
            place_content(plan, own);
        }
    }
}

/* Reads the new contents, which must be what was digested before. */
static int
read_contents(struct plan *plan, const struct pb_source *source,
              struct pb_error *err)
{
    const struct pb_step *step = &plan->step;
    size_t next = 0;
    pb_buf_reserve(&plan->content, (size_t)step->raw);
    for (size_t i = 0; i < step->nown; i++) {
        const struct pb_file *file = &step->own[i];
        if (file->derived || file->number != plan->number ||
            file->index != next) {
            continue;
        }
        size_t before = plan->content.len;
        if (source->read(source->context, file, &plan->content, err) < 0) {
            return -1;
        }
        struct pb_digest id = pb_digest_of(plan->content.data + before,
                                           plan->content.len - before);
        if (plan->content.len - before != file->size ||
            !pb_digest_equal(&id, &file->id))
        {
            return pb_error_set(err, PB_ERROR_ENVIRONMENT,
                                "'%s' changed while it was kept", file->path);
        }
        plan->step.contents[next++].filtered =
            pb_filter_apply(plan->content.data + before, (size_t)file->size);
    }
    return 0;
}

/* A frame that new contents are differences from. */
static int
take_bases(void *context, uint32_t number, const char *content,
           struct pb_error *err)
{
    struct plan *plan = context;
    const struct pb_step *steps = plan->pack->history.steps;
    (void)err;
    size_t at = 0;
    for (size_t i = 0; i < plan->step.ncontents; i++) {
        const struct pb_content *new = &plan->step.contents[i];
        if (!new->based) {
            continue;
        }
        const struct pb_content *base =
            &steps[new->base_number].contents[new->base_index];
        if (new->base_number == number) {
            memcpy(plan->prefix.data + at, content + base->offset,
                   (size_t)base->size);
        }
        at += (size_t)base->size;
    }
    return 0;
}

static int
read_prefix(struct plan *plan, struct pb_error *err)
{
    if (plan->step.prefix == 0) {
        return 0;
    }
    PB_AUTOFREE bool *needed =
        pb_alloc_array(plan->number + 1, sizeof(*needed));
    for (size_t i = 0; i < plan->step.ncontents; i++) {
        if (plan->step.contents[i].based) {
            needed[plan->step.contents[i].base_number] = true;
        }
    }
    pb_buf_reserve(&plan->prefix, (size_t)plan->step.prefix);
    plan->prefix.len = (size_t)plan->step.prefix;
    plan->prefix.data[plan->prefix.len] = '\0';
    const struct pb_decoding decoding = {.pack = plan->pack,
                                         .len = plan->number,
                                         .needed = needed,
                                         .visit = take_bases,
                                         .context = plan};
    return pb_decode(&decoding, err);
}

/* Whether reading the build out of this pack would be too much work. */
static bool
is_too_far(const struct plan *plan)
{
    if (plan->tip == NULL) {
        return false;
    }
    const struct pb_history *history = &plan->pack->history;
    PB_AUTOFREE bool *needed =
        pb_alloc_array(plan->number + 1, sizeof(*needed));
    pb_decoding_need_files(&plan->step, needed);
    for (size_t i = 0; i < plan->step.ncontents; i++) {
        if (plan->step.contents[i].based) {
            needed[plan->step.contents[i].base_number] = true;
        }
    }
    uint64_t cost =
        plan->step.raw + pb_decoding_complete(history, plan->number, needed);
    uint64_t most = COST_FREE + COST_FACTOR * history->steps[0].raw;
    return cost > most || cost > PB_LIMIT_STORE_DECODED;
}

static int
encode(struct plan *plan, const struct pb_source *source, struct pb_buf *out,
       struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf meta = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf frame = PB_BUF_INIT;
    struct pb_info info = source->info; /* its texts stay the source's */
    info.output = pb_step_output(&plan->step);
    info.bytes = pb_step_bytes(&plan->step);
    if (info.bytes > PB_LIMIT_STORE_BUILD_BYTES) {
        return pb_error_set(err, PB_ERROR_LIMIT,
                            "cannot keep a build of %llu bytes",
                            (unsigned long long)info.bytes);
    }
    if (read_contents(plan, source, err) < 0 || read_prefix(plan, err) < 0) {
        return -1;
    }
    pb_meta_add_info(&meta, &info, PB_RECORD_BUILD);
    pb_meta_add_files(&meta, &plan->step, plan->tip, plan->number);
    if (pb_delta_compress(&plan->content, &plan->prefix, &frame, err) < 0) {
        return -1;
    }
    return pb_meta_pack(&meta, &frame, out, err);
}

int
pb_plan_encode(struct pb_pack *pack, const struct pb_source *source,
               struct pb_buf *out, bool *out_fits, struct pb_error *err)
{
    PB_AUTO(plan)
    struct plan plan = {
        .pack = pack, .content = PB_BUF_INIT, .prefix = PB_BUF_INIT};
    if (pack != NULL && pack->nbuilds > 0) {
        plan.number = (uint32_t)pack->nbuilds;
        plan.tip = &pack->history.steps[plan.number - 1];
    }
    know_history(&plan);
    fill_step(&plan, source);
    *out_fits = !is_too_far(&plan);
    if (!*out_fits) {
        return 0;
    }
    if (encode(&plan, source, out, err) < 0) {
        return -1;
    }
    if (pack != NULL && plan.tip != NULL && out->len > FURTHER_FREE &&
        out->len > pack->records[pack->builds[0]].length / FURTHER_SHARE)
    {
        *out_fits = false;
        pb_buf_truncate(out, 0);
    }
    return 0;
}
