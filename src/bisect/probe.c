/* "..bad": walking back until a revision lacks a failure of the bad end. */
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/session.h"

/* True when something that fails at `bad` does not fail at `probe`. */
static bool
is_good(const struct pb_session *session, const struct pb_evaluation *probe,
        const struct pb_evaluation *bad)
{
    if (probe->status != PB_EVALUATION_TESTED) {
        return false;
    }
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    pb_diff_compute(&probe->results, &bad->results,
                    &session->recipe.known_failures, &diff);
    return pb_diff_regressions(&diff) > 0;
}

static int
evaluate(struct pb_session *session, const struct pb_oid *commit,
         struct pb_evaluation *out, struct pb_error *err)
{
    struct pb_request request = {
        .commit = *commit,
        .tests = session->plan->tests.len > 0 ? &session->plan->tests : NULL,
    };
    if (pb_session_keys(session, commit, &request.keys, err) < 0) {
        return -1;
    }
    return pb_evaluate(session->journal, &session->machine, &request, out,
                       err);
}

static int
check_bad(const struct pb_session *session, const struct pb_evaluation *bad,
          struct pb_error *err)
{
    char id[PB_OID_SHORT];
    pb_oid_short(&session->bad, id);
    if (bad->status != PB_EVALUATION_TESTED) {
        pb_error_set(err, PB_ERROR_NOT_FOUND,
                     "the bad end %s cannot be tested: %s", id, bad->reason);
        pb_error_hint(err, "name another revision after the '..'");
        return -1;
    }
    return 0;
}

int
pb_session_probe(struct pb_session *session,
                 const struct pb_probe_watch *watch, struct pb_error *err)
{
    static const struct pb_probe_watch silent = {NULL, NULL, NULL};
    PB_AUTO(pb_oid_list) struct pb_oid_list probes = {.items = NULL};
    PB_AUTO(pb_evaluation) struct pb_evaluation bad = PB_EVALUATION_INIT;
    watch = watch == NULL ? &silent : watch;
    if (pb_range_probes(session->repo, &session->bad, &probes, err) < 0) {
        return -1;
    }
    if (watch->trying != NULL) {
        watch->trying(&session->bad, watch->context);
    }
    if (evaluate(session, &session->bad, &bad, err) < 0 ||
        check_bad(session, &bad, err) < 0)
    {
        return -1;
    }
    for (size_t i = 0; i < probes.len; i++) {
        PB_AUTO(pb_evaluation) struct pb_evaluation probe = PB_EVALUATION_INIT;
        const struct pb_oid *commit = &probes.items[i];
        if (watch->trying != NULL) {
            watch->trying(commit, watch->context);
        }
        if (evaluate(session, commit, &probe, err) < 0) {
            return -1;
        }
        bool good = is_good(session, &probe, &bad);
        if (watch->tried != NULL) {
            watch->tried(commit, &probe, good, watch->context);
        }
        if (good) {
            char hex[PB_OID_HEX];
            session->good = *commit;
            free(session->plan->good_id);
            session->plan->good_id = pb_strdup(pb_oid_hex(commit, hex));
            return pb_range_load(session->repo, &session->good, &session->bad,
                                 session->plan->all_parents, &session->range,
                                 err);
        }
    }
    pb_error_set(err, PB_ERROR_NOT_FOUND,
                 "no good revision was found: what fails at the bad end "
                 "failed at all %zu revisions tried before it",
                 probes.len);
    pb_error_hint(err, "name a revision that is known to be good before "
                       "the '..'");
    return -1;
}
