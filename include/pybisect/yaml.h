/* YAML documents as trees of nodes that know their lines (libyaml inside),
   and a checker that finds every mistake, not the first alone.

   libyaml rather than libcyaml: libcyaml stops at the first mistake and
   gives an unknown key the line where its mapping starts. Aliases, tags and
   second documents are refused; ceilings are in limits.h.

       PB_AUTO(pb_yaml) struct pb_yaml *doc = pb_yaml_load(path, err);
       pb_yaml_check(doc, pb_yaml_root(doc), &schema, &problems);
*/
#ifndef PYBISECT_YAML_H
#define PYBISECT_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/error.h"
#include "pybisect/strv.h"

struct pb_yaml;      /* a document; owns its nodes */
struct pb_yaml_node; /* borrowed until pb_yaml_free */

enum pb_yaml_kind { PB_YAML_SCALAR, PB_YAML_SEQUENCE, PB_YAML_MAPPING };

struct pb_yaml *pb_yaml_load(const char *path, struct pb_error *err);
struct pb_yaml *pb_yaml_parse(const char *text, size_t length,
                              const char *name, struct pb_error *err);
void pb_yaml_free(struct pb_yaml *doc);
PB_DEFINE_AUTO_FREE(pb_yaml, struct pb_yaml, pb_yaml_free)

const char *pb_yaml_name(const struct pb_yaml *doc); /* file name */
const struct pb_yaml_node *pb_yaml_root(const struct pb_yaml *doc);
enum pb_yaml_kind pb_yaml_kind(const struct pb_yaml_node *node);
int pb_yaml_line(const struct pb_yaml_node *node);      /* from 1 */
bool pb_yaml_is_plain(const struct pb_yaml_node *node); /* unquoted scalar */
const char *pb_yaml_text(const struct pb_yaml_node *scalar);
size_t pb_yaml_length(const struct pb_yaml_node *node); /* items or pairs */
const struct pb_yaml_node *pb_yaml_item(const struct pb_yaml_node *sequence,
                                        size_t index);
const struct pb_yaml_node *pb_yaml_key(const struct pb_yaml_node *mapping,
                                       size_t index);
const struct pb_yaml_node *pb_yaml_value(const struct pb_yaml_node *mapping,
                                         size_t index);
/* NULL when absent or when `mapping` is NULL. */
const struct pb_yaml_node *pb_yaml_get(const struct pb_yaml_node *mapping,
                                       const char *key);

/* What may stand where. */
enum pb_yaml_type {
    PB_YAML_TEXT,         /* a scalar */
    PB_YAML_INTEGER,      /* a decimal scalar, 0 or more */
    PB_YAML_BOOL,         /* true or false */
    PB_YAML_ENUM,         /* one of .choices */
    PB_YAML_TEXT_LIST,    /* a sequence of scalars */
    PB_YAML_TEXT_OR_LIST, /* a scalar, or a sequence of scalars; of mappings
                             as well if there are .fields */
    PB_YAML_TEXT_MAP,     /* a mapping of scalars to scalars */
    PB_YAML_FIELDS,       /* a mapping with the keys in .fields */
    PB_YAML_FIELDS_LIST,  /* a sequence of such mappings */
    PB_YAML_PATTERN,      /* a regular expression that must compile */
};

struct pb_yaml_field {
    const char *key; /* NULL ends a table */
    enum pb_yaml_type type;
    bool required;
    const char *const *choices;         /* ENUM: NULL-terminated */
    const struct pb_yaml_field *fields; /* FIELDS, FIELDS_LIST,
                                           TEXT_OR_LIST */
};

/* A mistake: where, which key (dotted path), what is wrong. */
struct pb_problem {
    char *file;
    int line;
    char *key;
    char *message; /* "unknown key (did you mean 'timeout'?)" */
};

struct pb_problems {
    struct pb_problem *items;
    size_t len;
    size_t cap;
};

#define PB_PROBLEMS_INIT                                                      \
    {                                                                         \
        .items = NULL                                                         \
    }
void pb_problems_add(struct pb_problems *problems, const char *file, int line,
                     const char *key, const char *format, ...) PB_PRINTF(5, 6);
void pb_problems_clear(struct pb_problems *problems);
PB_DEFINE_AUTO_CLEAR(pb_problems, struct pb_problems, pb_problems_clear)

/* Appends every mistake of the mapping `node` against `fields`: unknown,
   repeated and missing keys, wrong types, bad values. */
void pb_yaml_check(const struct pb_yaml *doc, const struct pb_yaml_node *node,
                   const struct pb_yaml_field *fields,
                   struct pb_problems *problems);

#endif
