/* JUnit XML, read as a stream: a file torn at any byte keeps the test cases
   that it has whole. A test case may hold several verdicts, and a test may
   have several cases; the worst counts. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "trial/readers/junit_case.h"
#include "trial/readers/xml_filter.h"

struct stream {
    XML_Parser parser;
    struct pb_reading *reading;
    size_t depth;
    size_t case_depth; /* 0: outside of test cases */
    struct pb_junit_case test;
    struct pb_junit_verdict *verdicts;
    size_t len;
    size_t cap;
    bool in_verdict;
};

static void
end_case(struct stream *stream)
{
    for (size_t i = 0; i < stream->len; i++) {
        free(stream->verdicts[i].type);
        free(stream->verdicts[i].message);
        pb_buf_clear(&stream->verdicts[i].text);
    }
    stream->len = 0;
    stream->in_verdict = false;
    stream->case_depth = 0;
    free(stream->test.file);
    free(stream->test.classname);
    free(stream->test.name);
    stream->test = (struct pb_junit_case){.seconds = -1};
}

static void
stream_clear(struct stream *stream)
{
    end_case(stream);
    free(stream->verdicts);
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
    stream->case_depth = stream->depth;
    stream->test = (struct pb_junit_case){
        .file = pb_strdup(attribute(attributes, "file")),
        .classname = pb_strdup(attribute(attributes, "classname")),
        .name = pb_strdup(attribute(attributes, "name")),
        .seconds = seconds_of(attribute(attributes, "time")),
    };
}

static void
start_verdict(struct stream *stream, enum pb_junit_element element,
              const XML_Char **attributes)
{
    PB_GROW(stream->verdicts, stream->len, stream->cap);
    stream->verdicts[stream->len++] = (struct pb_junit_verdict){
        .element = element,
        .type = pb_strdup(attribute(attributes, "type")),
        .message = pb_strdup(attribute(attributes, "message")),
        .text = PB_BUF_INIT,
    };
    stream->in_verdict = true;
}

static void XMLCALL
on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct stream *stream = context;
    stream->depth++;
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
finish_case(struct stream *stream)
{
    PB_AUTO(pb_buf) struct pb_buf id = PB_BUF_INIT;
    pb_junit_id(&stream->test, &id);
    double seconds = stream->test.seconds;
    if (id.len > 0 && stream->len == 0) {
        pb_junit_add(stream->reading, id.data, seconds, NULL);
    }
    for (size_t i = 0; id.len > 0 && i < stream->len; i++) {
        pb_junit_add(stream->reading, id.data, seconds, &stream->verdicts[i]);
    }
    end_case(stream);
}

static void XMLCALL
on_end(void *context, const XML_Char *name)
{
    struct stream *stream = context;
    (void)name;
    if (stream->depth == stream->case_depth) {
        finish_case(stream);
    }
    else if (stream->depth == stream->case_depth + 1) {
        stream->in_verdict = false;
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
    if (stream->in_verdict) {
        pb_buf_add(&stream->verdicts[stream->len - 1].text, text,
                   (size_t)length);
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

void
pb_read_junit(struct pb_span text, struct pb_reading *reading)
{
    PB_AUTO(pb_buf) struct pb_buf document = PB_BUF_INIT;
    pb_xml_filter(text, &document);
    /* The filter made it UTF-8, whatever its declaration says. */
    PB_CLEANUP(stream_clear)
    struct stream stream = {.parser = XML_ParserCreate("UTF-8"),
                            .reading = reading,
                            .test = {.seconds = -1}};
    if (stream.parser == NULL) {
        abort(); /* out of memory, as everywhere */
    }
    XML_SetUserData(stream.parser, &stream);
    XML_SetElementHandler(stream.parser, on_start, on_end);
    XML_SetCharacterDataHandler(stream.parser, on_text);
    XML_SetStartDoctypeDeclHandler(stream.parser, on_doctype);
    /* An error ends the reading: what came before it has been recorded. */
    (void)XML_Parse(stream.parser, document.data, (int)document.len, 1);
}
