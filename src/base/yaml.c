/* Builds a tree of nodes from libyaml's events. Events rather than libyaml's
   own documents: those resolve aliases silently. */
#include "pybisect/yaml.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

struct pb_yaml_node {
    enum pb_yaml_kind kind;
    bool plain; /* a scalar without quotes */
    int line;
    char *text; /* scalars only */
    /* The items of a sequence; of a mapping, keys and values by turns. */
    struct pb_yaml_node **children;
    size_t len;
    size_t cap;
};

struct pb_yaml {
    char *name;
    struct pb_yaml_node *root;
    struct pb_yaml_node **nodes; /* all of them, for release */
    size_t len;
    size_t cap;
};

struct builder {
    struct pb_yaml *doc;
    struct pb_yaml_node *open[PB_LIMIT_YAML_DEPTH];
    size_t depth;
    int documents;
    struct pb_error *err;
};

static int
fail(struct builder *builder, enum pb_error_code code, int line,
     const char *message)
{
    pb_error_set(builder->err, code, "%s", message);
    pb_error_at(builder->err, builder->doc->name, line);
    return -1;
}

static int
line_of(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

static struct pb_yaml_node *
new_node(struct pb_yaml *doc, enum pb_yaml_kind kind, int line)
{
    struct pb_yaml_node *node = pb_alloc(sizeof(*node));
    node->kind = kind;
    node->line = line;
    PB_GROW(doc->nodes, doc->len, doc->cap);
    doc->nodes[doc->len++] = node;
    return node;
}

/* Puts a node where the document stands. */
static int
place(struct builder *builder, struct pb_yaml_node *node)
{
    if (builder->doc->len > PB_LIMIT_YAML_NODES) {
        return fail(builder, PB_ERROR_LIMIT, node->line, "too many values");
    }
    if (builder->depth == 0) {
        builder->doc->root = node;
        return 0;
    }
    struct pb_yaml_node *parent = builder->open[builder->depth - 1];
    if (parent->kind == PB_YAML_MAPPING && parent->len % 2 == 0 &&
        node->kind != PB_YAML_SCALAR)
    {
        return fail(builder, PB_ERROR_CONFIG, node->line,
                    "a key must be a text");
    }
    PB_GROW(parent->children, parent->len, parent->cap);
    parent->children[parent->len++] = node;
    return 0;
}

static int
add_scalar(struct builder *builder, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    int line = line_of(event->start_mark);
    if (event->data.scalar.tag != NULL) {
        return fail(builder, PB_ERROR_CONFIG, line, "tags are not supported");
    }
    if (memchr(value, '\0', length) != NULL) {
        return fail(builder, PB_ERROR_CONFIG, line, "text holds a NUL");
    }
    struct pb_yaml_node *node = new_node(builder->doc, PB_YAML_SCALAR, line);
    node->text = pb_strndup(value, length);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return place(builder, node);
}

static int
open_collection(struct builder *builder, enum pb_yaml_kind kind,
                const yaml_char_t *tag, const yaml_event_t *event)
{
    int line = line_of(event->start_mark);
    if (tag != NULL) {
        return fail(builder, PB_ERROR_CONFIG, line, "tags are not supported");
    }
    if (builder->depth == PB_LIMIT_YAML_DEPTH) {
        return fail(builder, PB_ERROR_LIMIT, line, "nested too deeply");
    }
    struct pb_yaml_node *node = new_node(builder->doc, kind, line);
    if (place(builder, node) < 0) {
        return -1;
    }
    builder->open[builder->depth++] = node;
    return 0;
}

static int
take_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++builder->documents > 1) {
            return fail(builder, PB_ERROR_CONFIG, line_of(event->start_mark),
                        "a second document starts here");
        }
        return 0;
    case YAML_ALIAS_EVENT:
        return fail(builder, PB_ERROR_CONFIG, line_of(event->start_mark),
                    "aliases are not supported");
    case YAML_SCALAR_EVENT:
        return add_scalar(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(builder, PB_YAML_SEQUENCE,
                               event->data.sequence_start.tag, event);
    case YAML_MAPPING_START_EVENT:
        return open_collection(builder, PB_YAML_MAPPING,
                               event->data.mapping_start.tag, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        builder->depth--;
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return 0;
}

/* Bytes that cannot be decoded come with an offset, not with a line. */
static int
line_at_offset(const char *text, size_t length, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < length && i < offset; i++) {
        line += text[i] == '\n';
    }
    return line;
}

static int
fail_syntax(struct builder *builder, const yaml_parser_t *parser,
            const char *text, size_t length)
{
    PB_AUTO(pb_buf) struct pb_buf message = PB_BUF_INIT;
    pb_buf_addf(&message, "bad YAML: %s",
                parser->problem == NULL ? "out of memory" : parser->problem);
    if (parser->context != NULL) {
        pb_buf_addf(&message, " (%s from line %d)", parser->context,
                    line_of(parser->context_mark));
    }
    int line = parser->error == YAML_READER_ERROR
                   ? line_at_offset(text, length, parser->problem_offset)
                   : line_of(parser->problem_mark);
    return fail(builder, PB_ERROR_CONFIG, line, message.data);
}

static int
build(struct builder *builder, const char *text, size_t length)
{
    PB_CLEANUP(yaml_parser_delete) yaml_parser_t parser = {0};
    if (!yaml_parser_initialize(&parser)) {
        abort(); /* for want of memory only */
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            return fail_syntax(builder, &parser, text, length);
        }
        bool end = event.type == YAML_STREAM_END_EVENT;
        int status = take_event(builder, &event);
        yaml_event_delete(&event);
        if (status < 0 || end) {
            return status;
        }
    }
}

struct pb_yaml *
pb_yaml_parse(const char *text, size_t length, const char *name,
              struct pb_error *err)
{
    if (length > PB_LIMIT_RECIPE_BYTES) {
        pb_error_set(err, PB_ERROR_LIMIT, "'%s' is larger than %d bytes", name,
                     PB_LIMIT_RECIPE_BYTES);
        return NULL;
    }
    PB_AUTO(pb_yaml) struct pb_yaml *doc = pb_alloc(sizeof(*doc));
    doc->name = pb_strdup(name);
    struct builder builder = {.doc = doc, .err = err};
    if (build(&builder, text, length) < 0) {
        return NULL;
    }
    if (doc->root == NULL) {
        fail(&builder, PB_ERROR_CONFIG, 1, "the file is empty");
        return NULL;
    }
    struct pb_yaml *result = doc;
    doc = NULL;
    return result;
}

struct pb_yaml *
pb_yaml_load(const char *path, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, err) < 0) {
        return NULL;
    }
    return pb_yaml_parse(text.data, text.len, path, err);
}

void
pb_yaml_free(struct pb_yaml *doc)
{
    if (doc == NULL) {
        return;
    }
    for (size_t i = 0; i < doc->len; i++) {
        free(doc->nodes[i]->text);
        free(doc->nodes[i]->children);
        free(doc->nodes[i]);
    }
    free(doc->nodes);
    free(doc->name);
    free(doc);
}

const char *
pb_yaml_name(const struct pb_yaml *doc)
{
    return doc->name;
}

const struct pb_yaml_node *
pb_yaml_root(const struct pb_yaml *doc)
{
    return doc->root;
}

enum pb_yaml_kind
pb_yaml_kind(const struct pb_yaml_node *node)
{
    return node->kind;
}

bool
pb_yaml_is_plain(const struct pb_yaml_node *node)
{
    return node->plain;
}

int
pb_yaml_line(const struct pb_yaml_node *node)
{
    return node->line;
}

const char *
pb_yaml_text(const struct pb_yaml_node *scalar)
{
    return scalar == NULL || scalar->text == NULL ? "" : scalar->text;
}

size_t
pb_yaml_length(const struct pb_yaml_node *node)
{
    if (node == NULL) {
        return 0;
    }
    return node->kind == PB_YAML_MAPPING ? node->len / 2 : node->len;
}

const struct pb_yaml_node *
pb_yaml_item(const struct pb_yaml_node *sequence, size_t index)
{
    assert(sequence->kind == PB_YAML_SEQUENCE && index < sequence->len);
    return sequence->children[index];
}

const struct pb_yaml_node *
pb_yaml_key(const struct pb_yaml_node *mapping, size_t index)
{
    assert(mapping->kind == PB_YAML_MAPPING && index < mapping->len / 2);
    return mapping->children[2 * index];
}

const struct pb_yaml_node *
pb_yaml_value(const struct pb_yaml_node *mapping, size_t index)
{
    assert(mapping->kind == PB_YAML_MAPPING && index < mapping->len / 2);
    return mapping->children[2 * index + 1];
}

const struct pb_yaml_node *
pb_yaml_get(const struct pb_yaml_node *mapping, const char *key)
{
    if (mapping == NULL || mapping->kind != PB_YAML_MAPPING) {
        return NULL;
    }
    for (size_t i = 0; i < mapping->len; i += 2) {
        if (strcmp(mapping->children[i]->text, key) == 0) {
            return mapping->children[i + 1];
        }
    }
    return NULL;
}
