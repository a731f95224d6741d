/* Tracebacks taken apart, as Python, pytest and faulthandler print them. */
#ifndef PYBISECT_VERDICT_TRACE_H
#define PYBISECT_VERDICT_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "trial/text.h"

#define PB_TRACE_FRAMES 200
#define PB_TRACE_EXCEPTIONS 4

/* All spans point into the text. */
struct trace_frame {
    struct pb_span file;
    struct pb_span function; /* empty: where a syntax error is, and pytest's
                                last frame */
    struct pb_span source;   /* its line, without margins; may be empty */
};

struct trace_exception {
    struct pb_span type;
    struct pb_span message; /* to the end of its line */
};

struct trace {
    struct trace_frame frames[PB_TRACE_FRAMES]; /* as they were printed; of
                                                   too many, the first ones
                                                   and the last */
    size_t len;
    size_t innermost; /* < len, unless len is 0 */
    /* The one that the text ends in, and before it those that were its
       direct cause. */
    struct trace_exception exceptions[PB_TRACE_EXCEPTIONS];
    size_t nexceptions;
};

void pb_trace_parse(struct pb_span text, struct trace *out);

/* The innermost frame alone, without a look at the whole: of Python's own
   form, the last one. False: none. */
bool pb_trace_innermost(struct pb_span text, struct trace_frame *out);

#endif
