/* Opening a project's source, between source.c and source_copy.c. */
#ifndef PYBISECT_RECIPE_SOURCE_PRIVATE_H
#define PYBISECT_RECIPE_SOURCE_PRIVATE_H

#include "pybisect/git.h"
#include "pybisect/recipe.h"

struct opening {
    const struct pb_recipe *recipe;
    const struct pb_project_options *options;
    struct pb_project *project; /* gets source and revision */
};

/* From a commit, or from a directory as it is. The caller holds the lock of
   the work directory. */
int pb_source_export(const struct opening *opening, struct pb_repo *repo,
                     const struct pb_oid *commit, struct pb_error *err);
int pb_source_copy(const struct opening *opening, const char *directory,
                   struct pb_error *err);

#endif
