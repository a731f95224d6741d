/* A directory for targets whose input has to lie on a disk. Inputs and what
   is made of them are below it, and the target holds that nothing came
   beside them. */
#ifndef TESTS_FUZZ_PLACE_H
#define TESTS_FUZZ_PLACE_H

#include <stddef.h>
#include <stdint.h>

/* Its path; made at the first call, removed when the program ends. */
const char *fuzz_place(void);

/* Writes a file there. Caller frees the path. */
char *fuzz_put(const char *name, const uint8_t *data, size_t size);

/* A name there, empty of what the last input left. Caller frees. */
char *fuzz_fresh(const char *name);

/* Holds that the directory has these names and no others; ends with NULL. */
void fuzz_check_place(const char *const *names);

#endif
