/* A trial without its tests. */
#include "pybisect/prepared.h"

#include <stdlib.h>

#include "bisect/local_run.h"
#include "pybisect/alloc.h"

struct pb_prepared {
    struct pb_local_run run;
    char *trouble;
};

void
pb_prepared_free(struct pb_prepared *prepared)
{
    if (prepared != NULL) {
        pb_local_run_close(&prepared->run);
        free(prepared->trouble);
        free(prepared);
    }
}

const struct pb_workspace *
pb_prepared_workspace(const struct pb_prepared *prepared)
{
    return &prepared->run.workspace;
}

const char *
pb_prepared_directory(const struct pb_prepared *prepared)
{
    return prepared->run.directory;
}

const char *
pb_prepared_trouble(const struct pb_prepared *prepared)
{
    return prepared->trouble;
}

static char *
describe(const struct pb_local_run *run, const struct pb_results *results)
{
    const struct pb_result *prepare =
        pb_results_find(results, PB_TEST_PREPARE);
    if (run->laid_out.failure != NULL) {
        return pb_asprintf("%s (log: %s)", run->laid_out.failure,
                           run->laid_out.log);
    }
    return prepare == NULL || prepare->message == NULL
               ? pb_strdup("prepare failed")
               : pb_asprintf("prepare failed: %s (logs: %s.*)",
                             prepare->message, run->log);
}

static int
prepare(struct pb_prepared *prepared, struct pb_error *err)
{
    struct pb_local_run *run = &prepared->run;
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    bool ready = false;
    if (pb_local_run_prepare(run, &results, &ready, err) < 0) {
        return -1;
    }
    if (!ready) {
        prepared->trouble = describe(run, &results);
        return 0;
    }
    return pb_workspace_serve(&run->workspace, PB_RECIPE_TEST,
                              run->session->cancel, &prepared->trouble, err);
}

struct pb_prepared *
pb_prepared_new(struct pb_session *session, const struct pb_request *request,
                const struct pb_build *build, struct pb_error *err)
{
    struct pb_prepared *prepared = pb_alloc(sizeof(*prepared));
    if (pb_local_run_open(session, request, build, &prepared->run, err) < 0 ||
        prepare(prepared, err) < 0)
    {
        pb_prepared_free(prepared);
        return NULL;
    }
    return prepared;
}
