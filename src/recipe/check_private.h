/* What check.c and check_needs.c share. */
#ifndef PYBISECT_RECIPE_CHECK_PRIVATE_H
#define PYBISECT_RECIPE_CHECK_PRIVATE_H

#include "pybisect/strv.h"
#include "recipe/check.h"

/* A scalar to look at, and where problems with it go. */
struct place {
    const char *file;
    struct pb_problems *problems;
    const char *key; /* dotted path */
    int line;
    const char *text;
};

#define COMPLAIN(place, ...)                                                  \
    pb_problems_add((place)->problems, (place)->file, (place)->line,          \
                    (place)->key, __VA_ARGS__)

/* Calls `visit` for the scalar at `key` of `parent`, or for each in a list
   and in its cases. `path` is the parent's, with a dot at its end, or "". */
void pb_check_texts(const struct place *file,
                    const struct pb_yaml_node *parent, const char *path,
                    const char *key, void (*visit)(const struct place *place));

/* The names in the mapping `environment` of `parent`; `visit` looks at the
   values. */
void pb_check_variables(const struct place *file,
                        const struct pb_yaml_node *parent, const char *path,
                        void (*visit)(const struct place *place));

void pb_check_not_empty(const struct place *place);
void pb_check_positive(const struct place *place);

/* Appends the words; false, with the problem reported, if there are none. */
bool pb_check_split(const struct place *place, struct pb_strv *words);

/* check_needs.c */
extern const struct pb_yaml_field pb_check_need_fields[];
void pb_check_needs(const struct place *file, const struct pb_yaml_node *root);

#endif
