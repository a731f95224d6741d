/* What the files of `pybisect exec` share. */
#ifndef PYBISECT_CLI_CMD_EXEC_H
#define PYBISECT_CLI_CMD_EXEC_H

#include "cli/cli.h"
#include "pybisect/interpreter.h"

/* Of session->bad, with the builder open. 0, CLI_SKIP (told) when it does not
   build, or -1. */
int exec_build(struct cli *cli, struct pb_session *session,
               struct pb_request *request, struct pb_build *out,
               struct pb_error *err);

/* Where a trial of the project would happen; without a project, in the current
   directory as a bare command's trial would. Returns the exit status, or
   -1. */
int exec_in_project(struct cli *cli, struct pb_session *session,
                    struct pb_error *err);

#endif
