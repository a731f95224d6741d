/* The frame of a page. It asks for nothing from outside, and says so to the
   browser: no script, no image, no font, and only the one style sheet whose
   digest is named. */
#include "report/html.h"

#include "pybisect/digest.h"

static const unsigned char style[] = {
#include "report/style.inc"
};

static void
add_base64(struct pb_buf *out, const unsigned char *data, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        unsigned group = (unsigned)data[i] << 16;
        group |= i + 1 < length ? (unsigned)data[i + 1] << 8 : 0;
        group |= i + 2 < length ? data[i + 2] : 0;
        for (unsigned j = 0; j < 4; j++) {
            pb_buf_addch(out, i + j > length
                                  ? '='
                                  : letters[group >> (18 - 6 * j) & 63]);
        }
    }
}

static void
add_policy(struct pb_buf *out)
{
    struct pb_digest digest = pb_digest_of(style, sizeof(style));
    pb_buf_adds(out, "<meta http-equiv=\"Content-Security-Policy\" "
                     "content=\"default-src 'none'; style-src 'sha256-");
    add_base64(out, digest.bytes, sizeof(digest.bytes));
    pb_buf_adds(out, "'; base-uri 'none'; form-action 'none'\">\n");
}

static void
add_feeds(struct pb_buf *out, const struct pb_html_link *feeds)
{
    static const char *const types[] = {"application/atom+xml",
                                        "application/feed+json"};
    for (size_t i = 0; feeds != NULL && i < 2; i++) {
        pb_buf_addf(out,
                    "<link rel=\"alternate\" type=\"%s\" title=\"%s\" "
                    "href=\"%s\">\n",
                    types[i], feeds[i].text, feeds[i].href);
    }
}

static void
add_crumbs(struct pb_buf *out, const struct pb_html_page *page)
{
    if (page->ncrumbs == 0) {
        return;
    }
    pb_buf_adds(out, "<nav class=\"crumbs\" aria-label=\"Breadcrumb\"><ol>");
    for (size_t i = 0; i < page->ncrumbs; i++) {
        pb_buf_adds(out, "<li>");
        if (page->crumbs[i].href != NULL) {
            pb_buf_adds(out, "<a href=\"");
            pb_html_text(out, page->crumbs[i].href);
            pb_buf_adds(out, "\">");
            pb_html_cut(out, page->crumbs[i].text, 80);
            pb_buf_adds(out, "</a>");
        }
        else {
            pb_buf_adds(out, "<span aria-current=\"page\">");
            pb_html_cut(out, page->crumbs[i].text, 80);
            pb_buf_adds(out, "</span>");
        }
        pb_buf_adds(out, "</li>");
    }
    pb_buf_adds(out, "</ol></nav>\n");
}

void
pb_html_begin(struct pb_buf *out, const struct pb_html_page *page)
{
    pb_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                     "<meta charset=\"utf-8\">\n");
    add_policy(out);
    pb_buf_adds(out,
                "<meta name=\"viewport\" content=\"width=device-width, "
                "initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    pb_html_cut(out, *page->title != '\0' ? page->title : "pybisect", 120);
    pb_buf_adds(out, "</title>\n");
    add_feeds(out, page->feeds);
    pb_buf_adds(out, "<style>");
    pb_buf_add(out, style, sizeof(style));
    pb_buf_addf(out,
                "</style>\n</head>\n<body class=\"%s\">\n<a class=\"jump\" "
                "href=\"#main\">Skip to the content</a>\n",
                page->kind);
    add_crumbs(out, page);
    pb_buf_adds(out, "<main id=\"main\">\n");
}

void
pb_html_end(struct pb_buf *out)
{
    pb_buf_adds(out, "</main>\n</body>\n</html>\n");
}
