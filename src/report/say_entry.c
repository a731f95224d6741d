/* Entries of NEWS and What's New, which are reStructuredText. */
#include "report/say.h"

#include <stdint.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/words.h"

/* Length of a paragraph or of an item of a list. */
static size_t
paragraph_length(const char *text)
{
    const char *end = strchr(text, '\n');
    while (end != NULL) {
        const char *next = end + 1 + strspn(end + 1, " ");
        if (*next == '\0' || *next == '\n' || strncmp(next, "* ", 2) == 0 ||
            strncmp(next, "- ", 2) == 0)
        {
            return (size_t)(end - text);
        }
        end = strchr(next, '\n');
    }
    return strlen(text);
}

/* Of a title, its line alone. */
static void
drop_underline(char *paragraph)
{
    char *second = strchr(paragraph, '\n');
    if (second != NULL && second[1] != '\0' &&
        second[1 + strspn(second + 1, "-=~^")] == '\0')
    {
        *second = '\0';
    }
}

void
pb_say_entry(struct pb_strv *out, const char *rst)
{
    size_t intro = SIZE_MAX; /* depth of that line */
    for (rst += strspn(rst, "\n"); *rst != '\0'; rst += strspn(rst, "\n")) {
        size_t depth = strspn(rst, " ");
        rst += depth;
        size_t length = paragraph_length(rst);
        PB_AUTOFREE char *paragraph = pb_strndup(rst, length);
        rst += length;
        if (length == 0 || depth > intro) {
            continue;
        }
        bool introduces =
            length > 2 && strcmp(paragraph + length - 2, "::") == 0;
        bool item = strncmp(paragraph, "* ", 2) == 0 ||
                    strncmp(paragraph, "- ", 2) == 0;
        intro = introduces ? depth + (item ? 2 : 0) : SIZE_MAX;
        paragraph[length - introduces] = '\0';
        drop_underline(paragraph);
        PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
        pb_words_plain(paragraph, &plain);
        pb_strv_add(out, plain.data);
    }
}
