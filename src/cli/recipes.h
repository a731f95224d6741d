/* The recipes that a command over many projects runs. */
#ifndef PYBISECT_CLI_RECIPES_H
#define PYBISECT_CLI_RECIPES_H

#include "cli/cli.h"

/* The wanted ones, each of which there must be; without any, all that this
   machine can run, while those that it cannot run are told. Sorted. */
int recipes_choose(struct cli *cli, const struct pb_strv *wanted,
                   struct pb_strv *out, struct pb_error *err);

/* All that the command line says, of one project; a budget is that of all. */
int recipes_plan(struct cli *cli, const char *name, struct pb_plan *out,
                 struct pb_error *err);

/* Of all in a recipe that can change a result, in hexadecimal. Caller frees.
 */
int recipes_digest(struct cli *cli, const char *name, char **out,
                   struct pb_error *err);

/* Does one of them import CPython's test.support, so that Lib/test counts? */
int recipes_count_tests(struct cli *cli, const struct pb_strv *names,
                        bool *out, struct pb_error *err);

#endif
