/* What goes into a signature, for this room's files only. */
#ifndef PYBISECT_VERDICT_SIGNATURE_H
#define PYBISECT_VERDICT_SIGNATURE_H

#include "pybisect/results.h"
#include "verdict/decisive.h"

/* Without "builtins." and what that was called before; borrowed. */
const char *pb_type_plain(const char *type);

/* Where a failure came from, so far as its signature says that. */
struct pb_place {
    const char *path; /* NULL: it does not */
    bool named;
    struct pb_span function;
};

/* What it holds is borrowed until `frames` or `homes` are used again. */
struct pb_place pb_signature_place(const struct pb_result *result,
                                   struct pb_frames *frames,
                                   struct pb_homes *homes);
/* The signature of a result from there; caller frees. */
char *pb_signature_compose(const struct pb_result *result,
                           const struct pb_place *place);

/* --- signer.c: many signatures ------------------------------------------ */

struct pb_signer; /* opaque */

struct pb_signer *pb_signer_new(void);
/* pb_signature_of, and much faster for results that are alike; caller frees.
   Results must outlive the signer. */
char *pb_signer_sign(struct pb_signer *signer, const struct pb_result *result);
void pb_signer_free(struct pb_signer *signer);
PB_DEFINE_AUTO_FREE(pb_signer, struct pb_signer, pb_signer_free)

#endif
