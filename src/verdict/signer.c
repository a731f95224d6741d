/* The signatures of many results. One cause fails many tests with the same
   words in the same place, from different lines of different tests: what was
   last worked out is kept, a slot each by what is said. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/verdict.h"
#include "verdict/signature.h"

#define SLOTS 1024
#define MOST_HASHED 128 /* bytes of a message */

struct slot {
    const struct pb_result *result; /* NULL: empty */
    char *path;                     /* of its place, as these are */
    bool named;
    char *function;
    char *signature;
};

struct pb_signer {
    struct pb_frames frames;
    struct pb_homes homes;
    struct slot slots[SLOTS];
};

struct pb_signer *
pb_signer_new(void)
{
    struct pb_signer *signer = pb_alloc(sizeof(*signer));
    signer->frames = (struct pb_frames)PB_FRAMES_INIT;
    signer->frames.sourceless = true;
    return signer;
}

static void
slot_clear(struct slot *slot)
{
    free(slot->path);
    free(slot->function);
    free(slot->signature);
}

void
pb_signer_free(struct pb_signer *signer)
{
    if (signer == NULL) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        slot_clear(&signer->slots[i]);
    }
    pb_frames_clear(&signer->frames);
    pb_homes_clear(&signer->homes);
    free(signer);
}

/* FNV-1a. */
static uint32_t
hash_more(uint32_t hash, const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)data[i]) * 16777619U;
    }
    return hash;
}

static struct slot *
slot_for(struct pb_signer *signer, const struct pb_result *result,
         const struct pb_place *place)
{
    uint32_t hash = 2166136261U;
    if (result->message != NULL) {
        hash = hash_more(hash, result->message,
                         strnlen(result->message, MOST_HASHED));
    }
    hash = hash_more(hash, place->function.data, place->function.length);
    return &signer->slots[(hash ^ hash >> 16) % SLOTS];
}

static bool
same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether all that a signature is made of is the same. */
static bool
is_kept(const struct slot *slot, const struct pb_result *result,
        const struct pb_place *place)
{
    const struct pb_result *kept = slot->result;
    return kept != NULL && kept->outcome == result->outcome &&
           same_text(kept->type, result->type) &&
           same_text(kept->message, result->message) &&
           same_text(slot->path, place->path) && slot->named == place->named &&
           pb_span_is(place->function, slot->function);
}

char *
pb_signer_sign(struct pb_signer *signer, const struct pb_result *result)
{
    if (result == NULL || pb_result_is_pseudo(result->id)) {
        return pb_signature_of(result);
    }
    struct pb_place place =
        pb_signature_place(result, &signer->frames, &signer->homes);
    struct slot *slot = slot_for(signer, result, &place);
    if (!is_kept(slot, result, &place)) {
        slot_clear(slot);
        *slot = (struct slot){
            .result = result,
            .path = pb_strdup(place.path),
            .named = place.named,
            .function = pb_span_dup(place.function),
            .signature = pb_signature_compose(result, &place),
        };
    }
    return pb_strdup(slot->signature);
}
