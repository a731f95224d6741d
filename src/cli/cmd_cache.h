/* What the files of `pybisect cache` share. Each verb returns an exit status,
   or -1 with *err set. */
#ifndef PYBISECT_CLI_CMD_CACHE_H
#define PYBISECT_CLI_CMD_CACHE_H

#include "cli/cli.h"
#include "pybisect/store.h"

int cache_open_store(struct cli *cli, struct pb_store **out,
                     struct pb_error *err);

int cache_fill(struct cli *cli, struct pb_store *store, struct pb_error *err);
int cache_export(struct cli *cli, struct pb_store *store,
                 struct pb_error *err);
int cache_import(struct cli *cli, struct pb_store *store,
                 struct pb_error *err);

#endif
