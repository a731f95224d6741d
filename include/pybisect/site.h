/* The site of `pybisect nightly`: pages without scripts, made of the record of
   nights (schema pybisect-nights-1, docs/nightly.md) and of the report of each
   bisection that it names. */
#ifndef PYBISECT_SITE_H
#define PYBISECT_SITE_H

#include "pybisect/error.h"
#include "pybisect/json.h"

/* Writes the whole site into `directory`, which is made if need be: each file
   is replaced atomically, one that does not change is left as it is. What an
   earlier call wrote and is no longer part of the site is removed; foreign
   files are left alone. `reports_directory` is where the reports' paths start.
   A report that cannot be read is said to be so on its page. */
int pb_site_write(const struct pb_json *nights, const char *reports_directory,
                  const char *directory, struct pb_error *err);

#endif
