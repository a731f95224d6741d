/* Names of exception types, for this room's files only. */
#ifndef PYBISECT_VERDICT_SIGNATURE_H
#define PYBISECT_VERDICT_SIGNATURE_H

/* Without "builtins." and what that was called before; borrowed. */
const char *pb_type_plain(const char *type);

#endif
