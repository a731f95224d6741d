/* Tracebacks as data: which frames an exception was raised through, and whose
   code each of them is. Pure, and safe on any bytes.

       PB_AUTO(pb_traceback) struct pb_traceback trace = PB_TRACEBACK_INIT;
       PB_AUTO(pb_frame_home) struct pb_frame_home home = PB_FRAME_HOME_INIT;
       pb_traceback_parse(result->trace, &trace);
       size_t index = pb_traceback_decisive(&trace, NULL, &home);
       if (index != PB_NO_FRAME) {
           ... trace.items[index].function, home.path ...
       }
*/
#ifndef PYBISECT_TRACEBACK_H
#define PYBISECT_TRACEBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pybisect/cleanup.h"

struct pb_frame {
    char *path;     /* as printed */
    char *function; /* "<module>" and the like too; NULL: of a file that does
                       not compile, and where it is not printed */
    char *code;     /* the source that is printed with it, or NULL */
    int line;       /* 0: not known */
};

struct pb_traceback {
    struct pb_frame *items; /* the innermost last */
    size_t len;
    size_t cap;
    bool dump;       /* faulthandler's: of a crash or a hang */
    bool collecting; /* a crash while garbage was collected: wherever that
                        happened to start */
};

#define PB_TRACEBACK_INIT                                                     \
    {                                                                         \
        .items = NULL                                                         \
    }

/* The frames of the exception that was raised in the end: of a chain the last
   one, of a group the group itself, of a crash the thread that crashed. Reads
   what CPython 2.6 and later, faulthandler, pytest (all its styles), trial
   and compilers ("x.c:1:2: error: ...") print; a traceback inside an
   exception's message is part of the message. `text` NULL has no frames. */
void pb_traceback_parse(const char *text, struct pb_traceback *out);
void pb_traceback_clear(struct pb_traceback *trace);
PB_DEFINE_AUTO_CLEAR(pb_traceback, struct pb_traceback, pb_traceback_clear)

/* --- home.c: whose code ------------------------------------------------- */

enum pb_home {
    PB_HOME_NONE,       /* no file: "<string>", "<doctest x[0]>" */
    PB_HOME_STDLIB,     /* of the interpreter under test */
    PB_HOME_RUNNER,     /* unittest, doctest, pytest, trial, ... */
    PB_HOME_DEPENDENCY, /* below site-packages or a directory of deps */
    PB_HOME_PROJECT,    /* everything else */
};

/* Directories, without a slash at their end; each may be NULL. Results may
   come from another run, whose directories were others: the names that
   trials and builds give their directories are known besides. */
struct pb_trace_places {
    const char *project;
    const char *deps;
    const char *python; /* the tree or prefix that holds Lib/ or lib/ */
};

struct pb_frame_home {
    enum pb_home kind;
    bool library;  /* the file is in the standard library: STDLIB, and RUNNER
                      for unittest */
    char *path;    /* below the directory of its kind: "unittest/case.py",
                      "zope/interface/ro.py", "tests/test_x.py" */
    char *package; /* DEPENDENCY: "six", "zope.interface"; else NULL */
};

#define PB_FRAME_HOME_INIT                                                    \
    {                                                                         \
        .kind = PB_HOME_NONE                                                  \
    }

/* `places` NULL: by names alone. `out` must be empty. */
void pb_frame_home_of(const char *path, const struct pb_trace_places *places,
                      struct pb_frame_home *out);
void pb_frame_home_clear(struct pb_frame_home *home);
PB_DEFINE_AUTO_CLEAR(pb_frame_home, struct pb_frame_home, pb_frame_home_clear)

#define PB_NO_FRAME SIZE_MAX

/* The innermost frame that is the project's or a dependency's, with its home;
   PB_NO_FRAME if there is none (`out` stays empty then). A comprehension
   counts as the function around it: from 3.12 on it has no frame. */
size_t pb_traceback_decisive(const struct pb_traceback *trace,
                             const struct pb_trace_places *places,
                             struct pb_frame_home *out);

#endif
