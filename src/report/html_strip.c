/* The range as a strip: what is ruled out, what was tried, and above it, row
   by row, where the culprit was believed to be. All is placed in percent, so
   that the drawing is as wide as its page and nothing in it is ever distorted.
 */
#include "report/html.h"

#include <math.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "report/strip.h"

#define ROW .56 /* em, as the others */
#define GAP .06
#define BAR 1.6         /* the strip itself */
#define TOP 1.4         /* room for the answer's name */
#define NOTHING_BELOW 5 /* ten thousandths */

/* A long range is drawn a second time, close up, from when so much of the
   belief is there; and the first time until nearly all of it is. */
#define CLOSE_UP_FROM 1000
#define CLOSE_UP_ENOUGH 9900
#define NEEDS_CLOSE_UP 60 /* candidates */

struct drawing {
    struct pb_strip strip;
    const char *key;     /* of the shares, in the record */
    size_t row;          /* the first of .believed that is drawn */
    size_t end;          /* one after the last */
    const char *answer;  /* its name */
    const char *summary; /* for those who do not see it */
};

/* --- the drawing -------------------------------------------------------- */

static void
add_rect(struct pb_buf *out, const char *class_name, double left, double right,
         double y, double height)
{
    pb_buf_addf(
        out,
        "<rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%.2fem\" "
        "height=\"%.2fem\"/>",
        class_name, left, fmax(right - left, 0), y, height);
}

static void
parse_row(const struct pb_strip *strip, size_t row, const char *key,
          struct pb_shares *out)
{
    pb_shares_parse(pb_json_get_string(pb_json_at(strip->believed, row), key),
                    out);
}

static int
level_of(const struct pb_shares *shares, size_t index)
{
    double of = shares->of[index] / fmax(shares->largest, 1);
    return (int)(9 * sqrt(of) + .5);
}

/* One row: the darker, the likelier; neighbours that are alike are one. */
static void
add_belief(struct pb_buf *out, const struct drawing *drawing, size_t row)
{
    struct pb_shares shares;
    parse_row(&drawing->strip, row, drawing->key, &shares);
    double y = TOP + (double)(row - drawing->row) * ROW;
    for (size_t i = 0, end = 0; i < shares.len; i = end) {
        int level = level_of(&shares, i);
        for (end = i + 1; end < shares.len; end++) {
            if (level_of(&shares, end) != level) {
                break;
            }
        }
        if (level > 0 && shares.of[i] >= NOTHING_BELOW) {
            double scale = 100. / (double)shares.len;
            pb_buf_addf(out,
                        "<rect class=\"belief\" fill-opacity=\".%d\" "
                        "x=\"%.2f%%\" width=\"%.2f%%\" y=\"%.2fem\" "
                        "height=\"%.2fem\"/>",
                        level, (double)i * scale, (double)(end - i) * scale, y,
                        ROW - GAP);
        }
    }
}

static void
add_tooltip(struct pb_buf *out, const struct pb_json *row, const char *verdict)
{
    pb_buf_adds(out, "<title>");
    pb_html_text(out, pb_json_get_string(row, "short"));
    pb_buf_adds(out, ", ");
    pb_html_text(out, pb_json_get_string(row, "date"));
    pb_buf_adds(out, ": ");
    pb_html_text(out, verdict);
    pb_buf_adds(out, "</title>");
}

/* The shape that stands for a verdict, at a height. */
static void
add_shape(struct pb_buf *out, const struct pb_strip *strip, size_t row,
          double y)
{
    const char *verdict = pb_strip_verdict(strip, row);
    const struct pb_json *tried = pb_json_at(strip->tried, row);
    double place = pb_strip_place(tried);
    static const char *const known[] = {"good", "bad", "other", "skip"};
    for (size_t i = 0; i < PB_LENGTH(known); i++) {
        if (strcmp(verdict, known[i]) == 0 && pb_strip_shows(strip, place)) {
            pb_buf_addf(out,
                        "<use class=\"%s\" href=\"#s-%s\" x=\"%.2f%%\" "
                        "y=\"%.2fem\">",
                        verdict, verdict, pb_strip_middle(strip, place), y);
            add_tooltip(out, tried, verdict);
            pb_buf_adds(out, "</use>");
        }
    }
}

static void
add_beliefs(struct pb_buf *out, const struct drawing *drawing)
{
    const struct pb_strip *strip = &drawing->strip;
    for (size_t i = drawing->row; i < drawing->end; i++) {
        add_belief(out, drawing, i);
    }
    for (size_t i = drawing->row; i < drawing->end; i++) {
        int64_t runs =
            pb_json_get_integer(pb_json_at(strip->believed, i), "runs");
        if (runs > 0 && i > 0) {
            add_shape(out, strip, (size_t)runs - 1,
                      TOP + (double)(i - drawing->row) * ROW +
                          (ROW - GAP) / 2);
        }
    }
}

static void
add_bar(struct pb_buf *out, const struct pb_strip *strip, double y)
{
    double good = strip->good < 0 ? 0 : pb_strip_edge(strip, strip->good + 1);
    double bad = pb_strip_edge(strip, strip->bad);
    add_rect(out, "side-good", 0, good, y, BAR);
    add_rect(out, "side-open", good, fmax(bad, good), y, BAR);
    add_rect(out, "side-bad", fmax(bad, good), 100, y, BAR);
}

/* Through all rows, with its name on top. */
static void
add_answer(struct pb_buf *out, const struct drawing *drawing, double bottom)
{
    const struct pb_strip *strip = &drawing->strip;
    double at = (pb_strip_middle(strip, strip->first) +
                 pb_strip_middle(strip, strip->last)) /
                2;
    add_rect(out, "suspect", pb_strip_edge(strip, strip->first),
             pb_strip_edge(strip, strip->last + 1), TOP - .2,
             bottom - TOP + .2);
    if (strip->first >= strip->last) {
        pb_buf_addf(out,
                    "<line class=\"answer\" x1=\"%.2f%%\" x2=\"%.2f%%\" "
                    "y1=\"%.2fem\" y2=\"%.2fem\"/>",
                    at, at, TOP - .2, bottom);
    }
    pb_buf_addf(out,
                "<text class=\"answer-name\" x=\"%.2f%%\" y=\".95em\" "
                "text-anchor=\"%s\">",
                at,
                at < 20   ? "start"
                : at > 80 ? "end"
                          : "middle");
    pb_html_text(out, drawing->answer);
    pb_buf_adds(out, "</text>");
}

void
pb_html_shapes(struct pb_buf *out)
{
    pb_buf_adds(
        out, "<svg class=\"shapes\" width=\"0\" height=\"0\" "
             "aria-hidden=\"true\"><defs><circle id=\"s-good\" r=\"4\"/>"
             "<rect id=\"s-bad\" x=\"-4\" y=\"-4\" width=\"8\" height=\"8\"/>"
             "<path id=\"s-other\" d=\"M0-5.5 5.5 0 0 5.5-5.5 0z\"/>"
             "<path id=\"s-skip\" d=\"M-4-4 4 4M4-4-4 4\"/></defs></svg>\n");
}

static void
add_drawing(struct pb_buf *out, const struct drawing *drawing)
{
    double y = TOP + (double)(drawing->end - drawing->row) * ROW + .3;
    pb_buf_addf(out,
                "<svg class=\"strip\" width=\"100%%\" height=\"%.2fem\" "
                "role=\"img\" aria-label=\"",
                y + BAR);
    pb_html_text(out, drawing->summary);
    pb_buf_adds(out, "\">");
    add_bar(out, &drawing->strip, y);
    add_answer(out, drawing, y + BAR);
    add_beliefs(out, drawing);
    for (size_t i = 0; i < pb_json_length(drawing->strip.tried); i++) {
        add_shape(out, &drawing->strip, i, y + BAR / 2);
    }
    pb_buf_adds(out, "</svg>\n");
}

static void
add_axis(struct pb_buf *out, const struct pb_json *cpython)
{
    static const char *const ends[] = {"good", "bad"};
    pb_buf_adds(out, "<div class=\"axis\">");
    for (size_t i = 0; i < PB_LENGTH(ends); i++) {
        const struct pb_json *end = pb_json_get(cpython, ends[i]);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_say_end(&text, end);
        pb_html_element(out, "span", NULL, text.data);
    }
    pb_buf_adds(out, "</div>\n");
}

/* The first row in which so much is believed to be in the last stretch. */
static size_t
row_with(const struct pb_strip *strip, unsigned share)
{
    size_t len = pb_json_length(strip->believed);
    for (size_t i = 0; i < len; i++) {
        struct pb_shares shares;
        parse_row(strip, i, "near", &shares);
        if (shares.sum >= share) {
            return i;
        }
    }
    return len - 1;
}

static void
summarise(const struct pb_strip *strip, struct pb_buf *out)
{
    pb_buf_addf(out, "A strip of %.0f candidates. ", strip->candidates);
    if (strip->good >= 0) {
        pb_buf_addf(out, "The first %.0f are ruled out by one that passes. ",
                    strip->good + 1);
    }
    pb_buf_addf(out,
                "Number %.0f is the first known to fail. The answer is number "
                "%.0f.",
                fmin(strip->bad, strip->candidates - 1) + 1, strip->last + 1);
}

static void
add_drawings(struct pb_buf *out, const struct pb_strip *strip,
             const struct pb_json *record, const struct pb_json *finding)
{
    const struct pb_json *search = pb_json_get(finding, "search");
    const struct pb_json *near = pb_json_get(search, "near");
    const struct pb_json *culprit = pb_json_get(finding, "culprit");
    PB_AUTO(pb_buf) struct pb_buf summary = PB_BUF_INIT;
    bool close_up = strip->candidates > NEEDS_CLOSE_UP;
    struct drawing drawing = {
        .strip = *strip,
        .key = "whole",
        .end = close_up ? row_with(strip, CLOSE_UP_ENOUGH) + 1
                        : pb_json_length(strip->believed),
        .answer = culprit != NULL ? pb_json_get_string(culprit, "short")
                                  : "suspects",
    };
    summarise(strip, &summary);
    drawing.summary = summary.data;
    add_drawing(out, &drawing);
    add_axis(out, pb_json_get(record, "cpython"));
    if (!close_up) {
        return;
    }
    drawing.key = "near";
    drawing.row = row_with(strip, CLOSE_UP_FROM);
    drawing.end = pb_json_length(strip->believed);
    drawing.strip.from = pb_json_get_real(near, "from");
    drawing.strip.len = (double)pb_json_length(pb_json_get(near, "commits"));
    drawing.summary = "The same close up. A table of these commits follows.";
    pb_buf_addf(out,
                "<p class=\"caption\">Close up: the %.0f candidates "
                "around the answer</p>\n",
                drawing.strip.len);
    add_drawing(out, &drawing);
}

static void
add_legend(struct pb_buf *out)
{
    static const char *const marks[][2] = {
        {"good", "passes"},
        {"bad", "fails"},
        {"other", "fails in another way"},
        {"skip", "cannot be tested"},
    };
    pb_buf_adds(out, "<ul class=\"legend\">");
    for (size_t i = 0; i < PB_LENGTH(marks); i++) {
        pb_buf_adds(out, "<li>");
        pb_html_mark(out, marks[i][0], marks[i][1]);
        pb_buf_adds(out, "</li>");
    }
    pb_buf_adds(out,
                "<li><span class=\"swatch belief\"></span> where the culprit "
                "was believed to be, a row a step</li></ul>\n");
}

void
pb_html_strip(struct pb_buf *out, const struct pb_json *record,
              const struct pb_json *finding, int level)
{
    struct pb_strip strip;
    if (!pb_strip_init(&strip, record, finding)) {
        return; /* of an earlier version */
    }
    PB_AUTO(pb_buf) struct pb_buf range = PB_BUF_INIT;
    pb_say_range(&range, pb_json_get(record, "cpython"));
    pb_buf_addf(out, "<section>\n<h%d>The search</h%d>\n<p>", level, level);
    pb_html_text(out, range.data);
    pb_buf_adds(out, "</p>\n<figure>\n");
    add_drawings(out, &strip, record, finding);
    pb_buf_adds(out, "<figcaption>\n");
    add_legend(out);
    pb_buf_adds(out, "</figcaption>\n</figure>\n");
    pb_html_near(out, &strip, finding);
    pb_buf_adds(out, "</section>\n");
}
