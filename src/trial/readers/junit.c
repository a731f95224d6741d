/* JUnit XML, read as a stream: a file torn at any byte keeps the test cases
   and verdicts that it has whole. A test case may hold several verdicts, and a
   test may have several cases; the worst counts. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "trial/readers/junit_case.h"
#include "trial/readers/xml_filter.h"

#define PIECE ((size_t)1024 * 1024)

struct stream {
    XML_Parser parser;
    struct pb_reading *reading;
    size_t depth;
    size_t case_depth; /* 0: outside of test cases */
    struct pb_buf id;  /* of the test case */
    double seconds;
    bool judged; /* it had a verdict */
    bool in_verdict;
    struct pb_junit_verdict verdict;
};

static void
end_verdict(struct stream *stream)
{
    free(stream->verdict.type);
    free(stream->verdict.message);
    pb_buf_clear(&stream->verdict.text);
    stream->verdict = (struct pb_junit_verdict){.text = PB_BUF_INIT};
    stream->in_verdict = false;
}

static void
stream_clear(struct stream *stream)
{
    end_verdict(stream);
    pb_buf_clear(&stream->id);
    XML_ParserFree(stream->parser);
}

static const char *
attribute(const XML_Char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], name) == 0) {
            return attributes[1];
        }
    }
    return NULL;
}

static double
seconds_of(const char *text)
{
    char *end = NULL;
    double seconds = text == NULL ? -1 : strtod(text, &end);
    return end != NULL && end != text && seconds >= 0 ? seconds : -1;
}

static enum pb_junit_element
element_of(const char *name)
{
    if (strcmp(name, "failure") == 0) {
        return PB_JUNIT_FAILURE;
    }
    if (strcmp(name, "error") == 0) {
        return PB_JUNIT_ERROR;
    }
    if (strcmp(name, "skipped") == 0) {
        return PB_JUNIT_SKIPPED;
    }
    return PB_JUNIT_NONE;
}

static void
start_case(struct stream *stream, const XML_Char **attributes)
{
    struct pb_junit_case test = {
        .file = attribute(attributes, "file"),
        .classname = attribute(attributes, "classname"),
        .name = attribute(attributes, "name"),
    };
    pb_buf_truncate(&stream->id, 0);
    pb_junit_id(&test, &stream->id);
    stream->case_depth = stream->depth;
    stream->seconds = seconds_of(attribute(attributes, "time"));
    stream->judged = false;
}

static void
start_verdict(struct stream *stream, enum pb_junit_element element,
              const XML_Char **attributes)
{
    stream->verdict = (struct pb_junit_verdict){
        .element = element,
        .type = pb_strdup(attribute(attributes, "type")),
        .message = pb_strdup(attribute(attributes, "message")),
        .text = PB_BUF_INIT,
    };
    stream->in_verdict = true;
    stream->judged = true;
}

static void XMLCALL
on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct stream *stream = context;
    stream->depth++;
    if (stream->depth > PB_LIMIT_XML_DEPTH) {
        XML_StopParser(stream->parser, XML_FALSE);
        return;
    }
    if (stream->case_depth == 0) {
        if (strcmp(name, "testcase") == 0) {
            start_case(stream, attributes);
        }
        return;
    }
    enum pb_junit_element element = element_of(name);
    if (stream->depth == stream->case_depth + 1 && element != PB_JUNIT_NONE) {
        start_verdict(stream, element, attributes);
    }
}

static void
add(struct stream *stream, const struct pb_junit_verdict *verdict)
{
    if (stream->id.len > 0) {
        pb_junit_add(stream->reading, stream->id.data, stream->seconds,
                     verdict);
    }
}

static void XMLCALL
on_end(void *context, const XML_Char *name)
{
    struct stream *stream = context;
    (void)name;
    if (stream->depth == stream->case_depth) {
        if (!stream->judged) {
            add(stream, NULL);
        }
        stream->case_depth = 0;
    }
    else if (stream->in_verdict && stream->depth == stream->case_depth + 1) {
        add(stream, &stream->verdict);
        end_verdict(stream);
    }
    stream->depth--;
    if (stream->depth == 0) {
        stream->reading->orderly = true;
    }
}

static void XMLCALL
on_text(void *context, const XML_Char *text, int length)
{
    struct stream *stream = context;
    struct pb_buf *said = &stream->verdict.text;
    if (!stream->in_verdict) {
        return;
    }
    pb_buf_add(said, text, (size_t)length);
    if (said->len > (size_t)4 * PB_LIMIT_TRACE_BYTES) {
        char *ends = pb_span_dup_ends((struct pb_span){said->data, said->len},
                                      PB_LIMIT_TRACE_BYTES);
        pb_buf_truncate(said, 0);
        pb_buf_adds(said, ends);
        free(ends);
    }
}

/* Runners write no document types, and entities can be made to explode. */
static void XMLCALL
on_doctype(void *context, const XML_Char *name, const XML_Char *system_id,
           const XML_Char *public_id, int has_internal_subset)
{
    struct stream *stream = context;
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    XML_StopParser(stream->parser, XML_FALSE);
}

/* Without an end: a parser looks at an unfinished tag again with each piece,
   and keeps all of it. */
static bool
is_stuck(const struct stream *stream, size_t fed)
{
    XML_Index at = XML_GetCurrentByteIndex(stream->parser);
    return at >= 0 && fed > (size_t)at + PB_LIMIT_XML_TOKEN;
}

/* An error ends the reading: what came before it has been recorded. */
static void
parse(struct stream *stream, struct pb_span text)
{
    PB_AUTO(pb_buf) struct pb_buf piece = PB_BUF_INIT;
    size_t fed = 0;
    bool good = true;
    while (good && text.length > 0) {
        size_t length = pb_xml_piece(text, PIECE);
        pb_buf_truncate(&piece, 0);
        pb_xml_filter((struct pb_span){text.data, length}, &piece);
        text = pb_span_from(text, length);
        fed += piece.len;
        good = XML_Parse(stream->parser, piece.data, (int)piece.len,
                         text.length == 0) == XML_STATUS_OK &&
               !is_stuck(stream, fed);
    }
}

void
pb_read_junit(struct pb_span text, struct pb_reading *reading)
{
    /* The filter made it UTF-8, whatever its declaration says. */
    PB_CLEANUP(stream_clear)
    struct stream stream = {.parser = XML_ParserCreate("UTF-8"),
                            .reading = reading,
                            .id = PB_BUF_INIT,
                            .verdict = {.text = PB_BUF_INIT}};
    if (stream.parser == NULL) {
        abort(); /* out of memory, as everywhere */
    }
    XML_SetUserData(stream.parser, &stream);
    XML_SetElementHandler(stream.parser, on_start, on_end);
    XML_SetCharacterDataHandler(stream.parser, on_text);
    XML_SetStartDoctypeDeclHandler(stream.parser, on_doctype);
    parse(&stream, text);
}
