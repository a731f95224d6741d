/* Which format is this output in? */
#ifndef TRIAL_RECOGNISE_H
#define TRIAL_RECOGNISE_H

#include "pybisect/trial.h"
#include "trial/text.h"

/* The first thing that only one format has decides: SUBUNIT, TAP or TEXT.
   False, with *out untouched, where there is none: most commands are no test
   runners. */
bool pb_reader_recognise(struct pb_span log, enum pb_reader *out);

#endif
