/* Builds of a whole range: made ahead, and carried to another machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_cache.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fill.h"

static int
open_range(struct cli *cli, struct pb_session *session, struct pb_error *err)
{
    struct pb_plan *plan = &cli->options.plan;
    PB_AUTO(pb_range_spec) struct pb_range_spec spec = {.good = NULL};
    session->plan = plan;
    session->places = &cli->places;
    session->progress = &cli->screen.progress;
    session->cancel = cli->cancel;
    cli_default_cpython(cli);
    if (pb_range_parse(cli->options.words.items[1], &spec, err) < 0) {
        return -1;
    }
    if (spec.good == NULL) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "the range '%s' needs a first revision here",
                            cli->options.words.items[1]);
    }
    plan->good = pb_strdup(spec.good);
    plan->bad = pb_strdup(spec.bad);
    if (pb_session_open_history(session, err) < 0 ||
        pb_session_resolve(session, err) < 0)
    {
        return -1;
    }
    return pb_session_load_candidates(session, err);
}

/* --- fill ---------------------------------------------------------------- */

static void
tell_fill(const struct pb_fill_state *state, void *context)
{
    struct cli *cli = context;
    char left[PB_CLOCK_TEXT];
    char seconds[PB_CLOCK_TEXT];
    char id[PB_OID_SHORT];
    size_t done = state->built + state->failed;
    if (done == 0) {
        screen_line(&cli->screen,
                    "%zu distinct builds in the range, %zu stored already",
                    state->total, state->known);
        return;
    }
    PB_AUTOFREE char *eta =
        state->left < 0 ? pb_strdup("")
                        : pb_asprintf(", about %s to go",
                                      pb_clock_duration(state->left, left));
    screen_line(&cli->screen, "[%zu/%zu] %s %s %s%s", state->known + done,
                state->total, pb_oid_short(&state->last, id),
                state->last_end == PB_BUILD_FAILED ? "does not build, after"
                                                   : "built in",
                pb_clock_duration(state->last_seconds, seconds), eta);
}

int
cache_fill(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    PB_AUTO(pb_session) struct pb_session session = {.plan = NULL};
    struct pb_fill_state state;
    (void)store;
    if (open_range(cli, &session, err) < 0) {
        return -1;
    }
    double start = pb_clock_monotonic();
    struct pb_fill_options options = {
        .session = &session,
        .workers = (int)cli->options.cache.trees,
        .told = tell_fill,
        .context = cli,
    };
    int status = pb_fill(&options, &state, err);
    char spent[PB_CLOCK_TEXT];
    printf("%zu of %zu builds are stored: %zu built now, %zu do not build, "
           "%zu known before; %s\n",
           state.known + state.built + state.failed, state.total, state.built,
           state.failed, state.known,
           pb_clock_duration(pb_clock_monotonic() - start, spent));
    if (status < 0) {
        pb_error_hint(err, "run it again: it goes on where it was");
    }
    return status;
}

/* --- export and import --------------------------------------------------- */

int
cache_export(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    PB_AUTO(pb_session) struct pb_session session = {.plan = NULL};
    PB_AUTO(pb_fill_list) struct pb_fill_list list = {.items = NULL};
    const char *path = cli->options.words.items[2];
    size_t missing = 0;
    if (open_range(cli, &session, err) < 0 ||
        pb_session_open_builder(&session, err) < 0)
    {
        return -1;
    }
    pb_fill_list_builds(&session, &list);
    PB_AUTOFREE struct pb_digest *keys =
        pb_fill_list_keys(&list, session.builder, err);
    if (keys == NULL) {
        return -1;
    }
    if (pb_store_export(store, path, pb_builder_toolchain(session.builder),
                        keys, list.len, &missing, err) < 0)
    {
        return -1;
    }
    printf("%zu of %zu builds written to %s\n", list.len - missing, list.len,
           path);
    if (missing > 0) {
        printf("the others are not stored: 'pybisect cache fill %s' makes "
               "them\n",
               cli->options.words.items[1]);
    }
    return 0;
}

/* The first line that differs says most. */
static int
refuse_toolchain(const char *path, const char *there, const char *here,
                 struct pb_error *err)
{
    while (*there != '\0' && *here != '\0') {
        size_t length = strcspn(there, "\n");
        size_t own = strcspn(here, "\n");
        if (length != own || memcmp(there, here, length) != 0) {
            break;
        }
        there += length + (there[length] == '\n');
        here += own + (here[own] == '\n');
    }
    pb_error_set(err, PB_ERROR_CONFIG,
                 "the builds in '%s' are of another toolchain: '%.*s' there, "
                 "'%.*s' here",
                 path, (int)strcspn(there, "\n"), there,
                 (int)strcspn(here, "\n"), here);
    pb_error_hint(err, "export them on a machine with this one's compiler, "
                       "linker and libraries");
    return -1;
}

int
cache_import(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    const char *path = cli->options.words.items[1];
    const char *cc = cli->options.plan.cc;
    PB_AUTO(pb_buf) struct pb_buf about = PB_BUF_INIT;
    PB_AUTOFREE char *here = NULL;
    size_t added = 0;
    size_t known = 0;
    if (pb_store_read_about(path, &about, err) < 0) {
        return -1;
    }
    here = pb_toolchain(cc, err);
    if (here == NULL) {
        return -1;
    }
    if (strcmp(about.data, here) != 0) {
        return refuse_toolchain(path, about.data, here, err);
    }
    if (pb_store_import(store, path, &added, &known, err) < 0) {
        return -1;
    }
    printf("%zu builds imported, %zu known before\n", added, known);
    return 0;
}
