/* Decoding the frames of a pack. A frame is kept in memory for as long as a
   later one is a difference from it. */
#include "decode.h"

#include <stdlib.h>

#include "delta.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"

void
pb_decoding_need_files(const struct pb_step *step, bool *needed)
{
    for (size_t i = 0; i < step->len; i++) {
        if (!step->files[i]->derived) {
            needed[step->files[i]->number] = true;
        }
    }
}

uint64_t
pb_decoding_complete(const struct pb_history *history, size_t len,
                     bool *needed)
{
    uint64_t raw = 0;
    for (size_t i = len; i-- > 0;) {
        const struct pb_step *step = &history->steps[i];
        if (!needed[i]) {
            continue;
        }
        raw += step->raw;
        for (size_t j = 0; j < step->ncontents; j++) {
            if (step->contents[j].based) {
                needed[step->contents[j].base_number] = true;
            }
        }
    }
    return raw;
}

/* The frames that are in memory. */
struct frames {
    char **contents; /* by number; NULL: not decoded, or done with */
    size_t *last_use;
    size_t len;
    struct pb_buf body;   /* these two are used again for each frame: */
    struct pb_buf prefix; /* fresh pages cost as much as decoding */
};

static void
frames_clear(struct frames *frames)
{
    for (size_t i = 0; frames->contents != NULL && i < frames->len; i++) {
        free(frames->contents[i]);
    }
    free(frames->contents);
    free(frames->last_use);
    pb_buf_clear(&frames->body);
    pb_buf_clear(&frames->prefix);
}
PB_DEFINE_AUTO_CLEAR(frames, struct frames, frames_clear)

static void
find_last_uses(const struct pb_decoding *decoding, struct frames *frames)
{
    const struct pb_step *steps = decoding->pack->history.steps;
    for (size_t i = 0; i < decoding->len; i++) {
        for (size_t j = 0; decoding->needed[i] && j < steps[i].ncontents; j++)
        {
            if (steps[i].contents[j].based) {
                frames->last_use[steps[i].contents[j].base_number] = i;
            }
        }
    }
}

static void
build_prefix(const struct pb_step *steps, const struct pb_step *step,
             const struct frames *frames, struct pb_buf *out)
{
    pb_buf_truncate(out, 0);
    pb_buf_reserve(out, (size_t)step->prefix);
    for (size_t i = 0; i < step->ncontents; i++) {
        const struct pb_content *content = &step->contents[i];
        if (!content->based) {
            continue;
        }
        const struct pb_content *base =
            &steps[content->base_number].contents[content->base_index];
        pb_buf_add(out, frames->contents[content->base_number] + base->offset,
                   (size_t)base->size);
    }
}

static int
decode_frame(const struct pb_decoding *decoding, size_t number,
             struct frames *frames, struct pb_error *err)
{
    struct pb_pack *pack = decoding->pack;
    const struct pb_step *steps = pack->history.steps;
    const struct pb_step *step = &steps[number];
    const char *meta = NULL;
    const char *frame = NULL;
    size_t meta_length = 0;
    size_t length = 0;
    if (pb_pack_read(pack, pack->builds[number], &frames->body, err) < 0) {
        return -1;
    }
    build_prefix(steps, step, frames, &frames->prefix);
    /* Not zeroed first: it is filled or not used. */
    char *content = pb_realloc_array(NULL, (size_t)step->raw + 1, 1);
    frames->contents[number] = content;
    if (!pb_pack_split(&frames->body, &meta, &meta_length, &frame, &length) ||
        !pb_delta_expand(frame, length, &frames->prefix, content,
                         (size_t)step->raw))
    {
        return pb_pack_corrupt(pack, err);
    }
    return decoding->visit(decoding->context, (uint32_t)number, content, err);
}

/* What nothing after `number` is a difference from. */
static void
release_frames(struct frames *frames, size_t number)
{
    for (size_t i = 0; i <= number; i++) {
        if (frames->last_use[i] <= number) {
            free(frames->contents[i]);
            frames->contents[i] = NULL;
        }
    }
}

int
pb_decode(const struct pb_decoding *decoding, struct pb_error *err)
{
    PB_AUTO(frames)
    struct frames frames = {
        .contents = pb_alloc_array(decoding->len + 1, sizeof(char *)),
        .last_use = pb_alloc_array(decoding->len + 1, sizeof(size_t)),
        .len = decoding->len,
        .body = PB_BUF_INIT,
        .prefix = PB_BUF_INIT,
    };
    uint64_t raw = pb_decoding_complete(&decoding->pack->history,
                                        decoding->len, decoding->needed);
    if (raw > PB_LIMIT_STORE_DECODED) {
        return pb_pack_corrupt(decoding->pack, err);
    }
    find_last_uses(decoding, &frames);
    for (size_t i = 0; i < decoding->len; i++) {
        if (!decoding->needed[i]) {
            continue;
        }
        if (decode_frame(decoding, i, &frames, err) < 0) {
            return -1;
        }
        release_frames(&frames, i);
    }
    return 0;
}
