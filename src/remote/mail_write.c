/* A mail as text, by RFC 5322, 2045 (quoted-printable) and 2047 (words that
   are not ASCII in a header). */
#include "pybisect/remote.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pybisect/alloc.h"

#define LINE_MOST 76
#define WORD_BYTES 45 /* of one encoded word; a line has one */

char *
pb_mail_address(const char *text)
{
    const char *open = strrchr(text, '<');
    const char *close = open == NULL ? NULL : strchr(open, '>');
    return close == NULL ? pb_strdup(text)
                         : pb_strndup(open + 1, (size_t)(close - open - 1));
}

static bool
is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

/* Where a piece of UTF-8 of at most `most` bytes ends. */
static size_t
piece_length(const char *text, size_t most)
{
    size_t length = strlen(text);
    if (length <= most) {
        return length;
    }
    length = most;
    while (length > 1 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length--;
    }
    return length;
}

/* "=?UTF-8?Q?...?=" */
static void
add_encoded_word(const char *text, size_t length, struct pb_buf *out)
{
    static const char as_is[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    pb_buf_adds(out, "=?UTF-8?Q?");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == ' ') {
            pb_buf_addch(out, '_');
        }
        else if (byte != '\0' && strchr(as_is, byte) != NULL) {
            pb_buf_addch(out, (char)byte);
        }
        else {
            pb_buf_addf(out, "=%02X", byte);
        }
    }
    pb_buf_adds(out, "?=");
}

/* Text of any kind; a word that is not plain takes three bytes for each of
   its own, so that a third of the line is for one. */
static void
add_header(const char *name, const char *text, struct pb_buf *out)
{
    pb_buf_addf(out, "%s:", name);
    if (is_plain(text) && strlen(name) + strlen(text) + 2 <= LINE_MOST) {
        pb_buf_addf(out, " %s\r\n", text);
        return;
    }
    while (*text != '\0') {
        size_t length = piece_length(text, WORD_BYTES / 3);
        pb_buf_addch(out, ' ');
        add_encoded_word(text, length, out);
        pb_buf_adds(out, "\r\n");
        text += length;
    }
}

/* Of addresses and ids, which have no need of other bytes. */
static void
add_ascii(const char *text, struct pb_buf *out)
{
    for (; *text != '\0'; text++) {
        if (*text >= ' ' && *text <= '~') {
            pb_buf_addch(out, *text);
        }
    }
}

static void
add_ascii_header(const char *name, const char *before, const char *text,
                 const char *after, struct pb_buf *out)
{
    pb_buf_addf(out, "%s: %s", name, before);
    add_ascii(text, out);
    pb_buf_addf(out, "%s\r\n", after);
}

static void
add_date(int64_t when, struct pb_buf *out)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    struct tm parts;
    time_t seconds = (time_t)when;
    if (gmtime_r(&seconds, &parts) != NULL) {
        pb_buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
                    days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                    parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                    parts.tm_sec);
    }
}

/* Quoted-printable; a line's last blank would be lost on the way. */
static void
add_body(const char *text, struct pb_buf *out)
{
    size_t column = 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '\n') {
            pb_buf_adds(out, "\r\n");
            column = 0;
            continue;
        }
        bool plain = byte >= ' ' && byte <= '~' && byte != '=' &&
                     !(byte == ' ' && text[1] == '\n') &&
                     !(byte == '.' && column == 0);
        size_t width = plain ? 1 : 3;
        if (column + width >= LINE_MOST) {
            pb_buf_adds(out, "=\r\n");
            column = 0;
        }
        pb_buf_addf(out, plain ? "%c" : "=%02X", byte);
        column += width;
    }
    pb_buf_adds(out, column > 0 ? "\r\n" : "");
}

void
pb_mail_write(const struct pb_mail *mail, struct pb_buf *out)
{
    add_ascii_header("From", "", mail->from, "", out);
    pb_buf_adds(out, "To:");
    for (size_t i = 0; i < mail->to->len; i++) {
        pb_buf_addch(out, ' ');
        add_ascii(mail->to->items[i], out);
        pb_buf_adds(out, i + 1 < mail->to->len ? ",\r\n" : "\r\n");
    }
    add_header("Subject", mail->subject, out);
    add_date(mail->date, out);
    add_ascii_header("Message-ID", "<", mail->id, ">", out);
    if (mail->about != NULL) {
        add_ascii_header("In-Reply-To", "<", mail->about, ">", out);
        add_ascii_header("References", "<", mail->about, ">", out);
    }
    pb_buf_adds(out, "Auto-Submitted: auto-generated\r\n"
                     "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    add_body(mail->body, out);
}
