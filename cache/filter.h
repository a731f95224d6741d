/* Compiled files in a form whose differences are small. An insertion moves
   everything behind it, so that in a relocation table or a symbol table every
   entry changes; told as differences from the entry before, few do. (xz's BCJ
   filters do the same for branch targets.) */
#ifndef PYBISECT_CACHE_FILTER_H
#define PYBISECT_CACHE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* In place. False, and nothing is changed: it is no ELF file of 64 bits,
   little endian, or would not come back the same. */
bool pb_filter_apply(char *bytes, size_t size);
void pb_filter_undo(char *bytes, size_t size);

#endif
