/* Contents out of a pack: which frames have to be decoded for them, and the
   decoding, each frame once and in order. */
#ifndef PYBISECT_CACHE_DECODE_H
#define PYBISECT_CACHE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack.h"

struct pb_decoding {
    struct pb_pack *pack; /* its history is loaded up to len */
    size_t len;           /* builds considered */
    bool *needed;         /* of them: whose frame is wanted */
    /* Called with the content of each frame that was decoded, and for
       nothing else; borrowed. */
    int (*visit)(void *context, uint32_t number, const char *content,
                 struct pb_error *err);
    void *context;
};

/* All frames that the files of `step` lie in; `needed` has room. */
void pb_decoding_need_files(const struct pb_step *step, bool *needed);
/* Adds the frames that the needed ones are differences from, and returns
   the bytes that come out of all of them. */
uint64_t pb_decoding_complete(const struct pb_history *history, size_t len,
                              bool *needed);

/* PB_ERROR_CORRUPT when a record or frame is damaged. */
int pb_decode(const struct pb_decoding *decoding, struct pb_error *err);

#endif
