/* The frame of an exported file (FORMAT.md). */
#ifndef PYBISECT_CACHE_TRANSFER_H
#define PYBISECT_CACHE_TRANSFER_H

#define PB_EXPORT_MAGIC "pybisect export 2\n"

#endif
