/* What a checkout says of itself: read, never run. */
#ifndef PYBISECT_RECIPE_METADATA_H
#define PYBISECT_RECIPE_METADATA_H

#include "pybisect/strv.h"

struct pb_metadata {
    char *name; /* each NULL when it is not said */
    char *description;
    struct pb_strv requirements; /* as pip has them: "six>=1.5; ..." */
    struct pb_strv test_requirements;
};

/* From pyproject.toml, setup.cfg and setup.py, whichever says a thing first.
   A sentence for each thing that was found or could not be read goes to
   `notes`. */
void pb_metadata_read(const char *checkout, struct pb_metadata *out,
                      struct pb_strv *notes);
void pb_metadata_clear(struct pb_metadata *metadata);
PB_DEFINE_AUTO_CLEAR(pb_metadata, struct pb_metadata, pb_metadata_clear)

/* One requirement, as a recipe has it. */
struct pb_requirement {
    char *dependency; /* "yaml=PyYAML"; NULL: not for this system */
    char *condition;  /* "python >= 3.13", or NULL */
    char *doubt;      /* what was not understood, or NULL */
};

void pb_requirement_read(const char *text, struct pb_requirement *out);
void pb_requirement_clear(struct pb_requirement *requirement);
PB_DEFINE_AUTO_CLEAR(pb_requirement, struct pb_requirement,
                     pb_requirement_clear)

/* Calls `visit` for each statement of a TOML text: the table that it stands
   in, its key, and the texts in its value (of a table in a table: none).
   Goes on as well as it can behind what it cannot read. */
void pb_toml_each(const char *text,
                  void (*visit)(const char *table, const char *key,
                                const struct pb_strv *texts, void *context),
                  void *context);

#endif
