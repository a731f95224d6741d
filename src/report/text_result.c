/* What a test did, and the traceback of that. */
#include "report/text_private.h"

#include <string.h>

void
pb_text_result(struct pb_page *page, const char *lead,
               const struct pb_json *result)
{
    static const enum pb_style styles[] = {
        [PB_TONE_PLAIN] = PB_STYLE_PLAIN,
        [PB_TONE_GOOD] = PB_STYLE_GREEN,
        [PB_TONE_WARN] = PB_STYLE_YELLOW,
        [PB_TONE_BAD] = PB_STYLE_RED,
    };
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    enum pb_tone tone = pb_say_result(&text, result);
    pb_page_block(page, 6, lead, styles[tone], text.data,
                  PB_TEXT_MESSAGE_ROWS);
}

/* Where the last so many lines begin. */
static const char *
last_lines(const char *text, size_t count)
{
    const char *start = text + strlen(text);
    while (start > text && count > 0) {
        start--;
        count -= start > text && start[-1] == '\n' ? 1 : 0;
    }
    return start;
}

/* Its end says most. */
void
pb_text_trace(struct pb_page *page, const char *trace)
{
    if (strchr(trace, '\n') == NULL) {
        return;
    }
    const char *end = last_lines(trace, PB_TEXT_TRACE_ROWS);
    if (end > trace) {
        pb_page_paragraph(page, 6, "", PB_STYLE_PLAIN, "...");
    }
    pb_page_block(page, 6, "", PB_STYLE_PLAIN, end, 2 * PB_TEXT_TRACE_ROWS);
}
