/* What the files that read tracebacks share. */
#ifndef VERDICT_FRAMES_H
#define VERDICT_FRAMES_H

#include "pybisect/traceback.h"
#include "trial/text.h"

/* Appends a frame; empty function or code is none. */
void pb_frames_add(struct pb_traceback *trace, struct pb_span path, int line,
                   struct pb_span function, struct pb_span code);
void pb_frames_drop(struct pb_traceback *trace); /* all of them */
/* More source of the last frame: a line of it. */
void pb_frames_add_code(struct pb_traceback *trace, struct pb_span code);

/* The digits at the start of *rest, which is moved behind them; -1 without
   any. What does not fit is INT_MAX. */
int pb_frames_number(struct pb_span *rest);

/* Separates an exception from the one that it led to. */
bool pb_frames_is_chain(struct pb_span line);

enum pb_file_line {
    PB_FILE_NONE,
    PB_FILE_FRAME, /* File "x", line 1, in f */
    PB_FILE_ALONE, /* File "x", line 1: it does not compile */
    PB_FILE_DUMP,  /* File "x", line 1 in f: faulthandler's */
};

/* `text` starts at "File". */
enum pb_file_line pb_frames_parse_file(struct pb_span text,
                                       struct pb_span *out_path, int *out_line,
                                       struct pb_span *out_function);

/* pytest's own styles, at a place in the text where such a one may start;
   false if it does not. Reads to the end. */
bool pb_frames_is_pytest(struct pb_span line);
void pb_frames_read_pytest(struct pb_span text, struct pb_traceback *out);

#endif
