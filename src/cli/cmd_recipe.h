/* The verbs of `pybisect recipe`. */
#ifndef PYBISECT_CLI_CMD_RECIPE_H
#define PYBISECT_CLI_CMD_RECIPE_H

#include "cli/cli.h"

int cmd_recipe_list(struct cli *cli);
int cmd_recipe_new(struct cli *cli, const char *directory);

#endif
