/* Names of the site's files. Projects and failures have names of their own,
   which may hold anything. */
#include "report/site_private.h"

#include <ctype.h>
#include <string.h>

#include "pybisect/digest.h"

#define NAME_MOST 60
#define DIGITS 12

/* Letters, digits, "-" and, inside, "." are kept; others are "_2f". */
void
pb_site_name(struct pb_buf *out, const char *text)
{
    PB_AUTO(pb_buf) struct pb_buf name = PB_BUF_INIT;
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        bool plain = c < 0x80 && (isalnum(c) || c == '-');
        if (plain || (c == '.' && at > text)) {
            pb_buf_addch(&name, *at);
        }
        else {
            pb_buf_addf(&name, "_%02x", c);
        }
    }
    if (name.len > NAME_MOST) {
        char hex[PB_DIGEST_HEX];
        struct pb_digest digest = pb_digest_of(text, strlen(text));
        pb_digest_hex(&digest, hex);
        pb_buf_truncate(&name, NAME_MOST - DIGITS - 1);
        pb_buf_addf(&name, "_%.*s", DIGITS, hex);
    }
    pb_buf_adds(out, name.len > 0 ? name.data : "_");
}

void
pb_site_project_path(struct pb_buf *out, const char *project)
{
    pb_buf_adds(out, "projects/");
    pb_site_name(out, project);
    pb_buf_adds(out, ".html");
}

void
pb_site_failure_path(struct pb_buf *out, const struct pb_json *failure)
{
    pb_buf_adds(out, "regressions/");
    pb_site_name(out, pb_json_get_string(failure, "project"));
    pb_buf_addch(out, '-');
    pb_site_name(out, pb_json_get_string(failure, "id"));
    pb_buf_adds(out, ".html");
}
