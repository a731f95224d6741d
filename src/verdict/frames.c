/* What the files that read tracebacks share. */
#include "verdict/frames.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"

#define CODE_BYTES 512 /* kept of a frame's source */

void
pb_frames_add(struct pb_frames *frames, struct pb_span path, int line,
              struct pb_span function, struct pb_span code)
{
    PB_GROW(frames->items, frames->len, frames->cap);
    frames->items[frames->len++] = (struct pb_frame_span){
        .path = path,
        .function = function,
        .line = line,
        .code = frames->code.len,
    };
    if (code.length > 0) {
        pb_frames_add_code(frames, code);
    }
}

void
pb_frames_drop(struct pb_frames *frames)
{
    frames->len = 0;
    pb_buf_truncate(&frames->code, 0);
}

void
pb_frames_clear(struct pb_frames *frames)
{
    free(frames->items);
    pb_buf_clear(&frames->code);
    pb_buf_clear(&frames->plain);
    *frames = (struct pb_frames)PB_FRAMES_INIT;
}

/* "    ~~^~~" points at the line above. */
static bool
is_marker(struct pb_span code)
{
    for (size_t i = 0; i < code.length; i++) {
        if (strchr("^~ -", code.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

void
pb_frames_add_code(struct pb_frames *frames, struct pb_span code)
{
    if (frames->len == 0 || frames->sourceless) {
        return;
    }
    struct pb_frame_span *frame = &frames->items[frames->len - 1];
    code = pb_span_trim(code);
    if (frame->code_length + code.length > CODE_BYTES || is_marker(code)) {
        return;
    }
    if (frame->code_length > 0) {
        pb_buf_addch(&frames->code, '\n');
    }
    pb_buf_add(&frames->code, code.data, code.length);
    frame->code_length = frames->code.len - frame->code;
}

int
pb_frames_number(struct pb_span *rest)
{
    int number = -1;
    while (rest->length > 0 && rest->data[0] >= '0' && rest->data[0] <= '9') {
        int digit = rest->data[0] - '0';
        number = number < 0 ? 0 : number;
        number =
            number > (INT_MAX - digit) / 10 ? INT_MAX : number * 10 + digit;
        *rest = pb_span_from(*rest, 1);
    }
    return number;
}

bool
pb_frames_is_chain(struct pb_span line)
{
    return pb_span_starts(line, "During handling of the above exception, "
                                "another exception occurred:") ||
           pb_span_starts(line, "The above exception was the direct cause "
                                "of the following exception:");
}

enum pb_file_line
pb_frames_parse_file(struct pb_span text, struct pb_span *out_path,
                     int *out_line, struct pb_span *out_function)
{
    static const char head[] = "File \"";
    static const char middle[] = "\", line ";
    if (!pb_span_starts(text, head)) {
        return PB_FILE_NONE;
    }
    struct pb_span path = pb_span_from(text, strlen(head));
    struct pb_span rest = pb_span_find(path, middle);
    if (rest.length == 0) {
        return PB_FILE_NONE;
    }
    path.length = (size_t)(rest.data - path.data);
    rest = pb_span_from(rest, strlen(middle));
    int line = pb_frames_number(&rest);
    if (line < 0 || path.length == 0) {
        return PB_FILE_NONE;
    }
    *out_path = path;
    *out_line = line;
    *out_function = (struct pb_span){rest.data, 0};
    if (pb_span_starts(rest, ", in ")) {
        *out_function = pb_span_trim(pb_span_from(rest, 5));
        return PB_FILE_FRAME;
    }
    if (pb_span_starts(rest, " in ")) {
        *out_function = pb_span_trim(pb_span_from(rest, 4));
        return PB_FILE_DUMP;
    }
    return rest.length == 0 ? PB_FILE_ALONE : PB_FILE_NONE;
}
