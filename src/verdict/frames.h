/* What the files that read tracebacks share: frames as pieces of a text.

   Most readers want one or two frames of many, and there are many tracebacks:
   nothing is copied that need not be. */
#ifndef VERDICT_FRAMES_H
#define VERDICT_FRAMES_H

#include "pybisect/traceback.h"
#include "trial/text.h"

struct pb_frame_span {
    struct pb_span path;
    struct pb_span function; /* empty: none */
    int line;
    size_t code; /* where its source begins in `code` */
    size_t code_length;
};

/* May be read into again and again; an empty one is all zero but for its
   buffers. */
struct pb_frames {
    struct pb_frame_span *items; /* borrowed from the text and from `plain` */
    size_t len;
    size_t cap;
    bool dump;
    bool collecting;
    bool sourceless;     /* set by the caller: source is not wanted */
    struct pb_buf code;  /* of each frame, one behind the other */
    struct pb_buf plain; /* the text, if it had to be cleaned */
};

#define PB_FRAMES_INIT                                                        \
    {                                                                         \
        .items = NULL, .code = PB_BUF_INIT, .plain = PB_BUF_INIT              \
    }

/* As pb_traceback_parse; the text must outlive the frames. */
void pb_frames_read(const char *text, struct pb_frames *out);
void pb_frames_clear(struct pb_frames *frames);
PB_DEFINE_AUTO_CLEAR(pb_frames, struct pb_frames, pb_frames_clear)

/* --- for readers --------------------------------------------------------- */

/* Appends a frame; empty function or code is none. */
void pb_frames_add(struct pb_frames *frames, struct pb_span path, int line,
                   struct pb_span function, struct pb_span code);
void pb_frames_drop(struct pb_frames *frames); /* all of them */
/* More source of the last frame: a line of it. */
void pb_frames_add_code(struct pb_frames *frames, struct pb_span code);

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
void pb_frames_read_pytest(struct pb_span text, struct pb_frames *out);

#endif
