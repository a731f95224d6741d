/* Scope-bound release of resources (GNU cleanup attribute).

   Every variable that carries PB_AUTO must be initialised where it is
   declared: the release function runs on whatever the variable holds when
   its scope ends, and each release function accepts the empty value.

       PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
       PB_AUTOFREE char *path = pb_path_join(dir, "python");
*/
#ifndef PYBISECT_CLEANUP_H
#define PYBISECT_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define PB_CLEANUP(function) __attribute__((cleanup(function)))

/* PB_AUTO(pb_x): release with pb_x_auto, which PB_DEFINE_AUTO made. */
#define PB_AUTO(name) PB_CLEANUP(name##_auto)

/* For caller-owned storage: `clear` takes the variable's address. */
#define PB_DEFINE_AUTO_CLEAR(name, type, clear)                               \
    static inline void name##_auto(type *storage)                             \
    {                                                                         \
        clear(storage);                                                       \
    }

/* For heap objects: `release` takes the pointer and accepts NULL. */
#define PB_DEFINE_AUTO_FREE(name, type, release)                              \
    static inline void name##_auto(type **object)                             \
    {                                                                         \
        release(*object);                                                     \
    }

static inline void
pb_autofree_release(void *pointer)
{
    free(*(void **)pointer);
}

#define PB_AUTOFREE PB_CLEANUP(pb_autofree_release)

static inline void
pb_autoclose_release(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

/* For descriptors that were only read; written files are closed by a
   function that checks. */
#define PB_AUTOCLOSE PB_CLEANUP(pb_autoclose_release)

#define PB_PRINTF(format_index, first)                                        \
    __attribute__((format(printf, format_index, first)))

#endif
