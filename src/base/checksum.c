#include "pybisect/checksum.h"

#include <string.h>

#include "pybisect/digest.h"

#define WORD "sha256 "
#define LENGTH (strlen(WORD) + PB_DIGEST_HEX) /* with the newline */

static void
add_line(struct pb_buf *out, const char *data, size_t length)
{
    char hex[PB_DIGEST_HEX];
    struct pb_digest digest = pb_digest_of(data, length);
    pb_buf_addf(out, WORD "%s\n", pb_digest_hex(&digest, hex));
}

void
pb_checksum_add(struct pb_buf *text)
{
    add_line(text, text->data, text->len);
}

bool
pb_checksum_cut(struct pb_buf *text)
{
    PB_AUTO(pb_buf) struct pb_buf line = PB_BUF_INIT;
    if (text->len < LENGTH) {
        return false;
    }
    size_t length = text->len - LENGTH;
    add_line(&line, text->data, length);
    if (memcmp(line.data, text->data + length, LENGTH) != 0) {
        return false;
    }
    pb_buf_truncate(text, length);
    return true;
}
