/* What goes into a signature, for this room's files only. */
#ifndef PYBISECT_VERDICT_SIGNATURE_H
#define PYBISECT_VERDICT_SIGNATURE_H

#include "pybisect/results.h"

/* Without "builtins." and what that was called before; borrowed. */
const char *pb_type_plain(const char *type);

/* All that their signatures are made of is the same; ids must be there. */
bool pb_signature_is_shared(const struct pb_result *a,
                            const struct pb_result *b);

#endif
