/* Commits of CPython in the record: as a line of a table, and with all that
   CPython itself says about one. */
#include "report/record_private.h"

#include "pybisect/announce.h"
#include "pybisect/clock.h"

static void
set_id(struct pb_json *object, const struct pb_oid *commit)
{
    char hex[PB_OID_HEX];
    char digits[PB_OID_SHORT];
    pb_json_set(object, "sha", pb_json_string(pb_oid_hex(commit, hex)));
    pb_json_set(object, "short", pb_json_string(pb_oid_short(commit, digits)));
}

static struct pb_json *
date_json(const struct pb_commit *commit)
{
    /* The author's date may be years before the merge: it would make a list
       of neighbours look shuffled. */
    char date[PB_CLOCK_TEXT];
    return pb_json_string(pb_clock_date(commit->committer_time, date));
}

static void
set_commit(struct pb_json *object, const struct pb_commit *commit)
{
    set_id(object, &commit->id);
    pb_json_set(object, "date", date_json(commit));
    pb_json_set(object, "author", pb_json_string(commit->author));
    pb_json_set(object, "subject", pb_json_string(commit->subject));
}

struct pb_json *
pb_record_commit(struct pb_session *session, const struct pb_oid *id,
                 struct pb_error *err)
{
    PB_AUTO(pb_commit) struct pb_commit commit = {.parents = NULL};
    if (pb_repo_commit(session->repo, id, &commit, err) < 0) {
        return NULL;
    }
    struct pb_json *json = pb_json_object();
    set_commit(json, &commit);
    return json;
}

struct pb_json *
pb_record_culprit(struct pb_session *session, const struct pb_oid *id,
                  struct pb_error *err)
{
    PB_AUTO(pb_commit) struct pb_commit commit = {.parents = NULL};
    PB_AUTO(pb_announcement) struct pb_announcement said = {.news = NULL};
    if (pb_repo_commit(session->repo, id, &commit, err) < 0 ||
        pb_announcement_load(session->repo, id, &said, err) < 0)
    {
        return NULL;
    }
    struct pb_json *json = pb_json_object();
    set_commit(json, &commit);
    pb_json_set(json, "email", pb_json_string(commit.email));
    pb_json_set(json, "links", pb_json_strings(&said.links));
    pb_json_set(json, "news", pb_json_string(said.news));
    pb_json_set(json, "news_path", pb_json_string(said.news_path));
    pb_json_set(json, "whats_new", pb_json_string(said.whats_new));
    pb_json_set(json, "files", pb_json_strings(&said.files));
    return json;
}

static struct pb_json *
end_json(struct pb_session *session, const struct pb_oid *commit,
         const char *asked, struct pb_error *err)
{
    struct pb_json *json = pb_record_commit(session, commit, err);
    if (json != NULL) {
        pb_json_set(json, "asked", pb_json_string(asked));
    }
    return json;
}

static struct pb_json *
good_end_json(struct pb_session *session, struct pb_error *err)
{
    const struct pb_range *range = &session->range;
    struct pb_json *json =
        end_json(session, &range->good, session->plan->good, err);
    if (json != NULL) {
        pb_json_set(json, "forked", pb_json_bool(range->forked));
    }
    if (json != NULL && range->forked) {
        char hex[PB_OID_HEX];
        pb_json_set(json, "asked_sha",
                    pb_json_string(pb_oid_hex(&range->asked_good, hex)));
    }
    return json;
}

struct pb_json *
pb_record_cpython(const struct pb_record_source *source, struct pb_error *err)
{
    struct pb_session *session = source->session;
    const struct pb_plan *plan = session->plan;
    PB_AUTO(pb_json) struct pb_json *good = good_end_json(session, err);
    if (good == NULL) {
        return NULL;
    }
    struct pb_json *bad =
        end_json(session, &session->range.bad, plan->bad, err);
    if (bad == NULL) {
        return NULL;
    }
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "repository",
                pb_json_string(plan->cpython != NULL
                                   ? plan->cpython
                                   : pb_repo_path(session->repo)));
    pb_json_set(json, "good", pb_record_steal(&good));
    pb_json_set(json, "bad", bad);
    pb_json_set(json, "commits",
                pb_json_integer((int64_t)session->range.commits.len));
    pb_json_set(json, "candidates",
                pb_json_integer((int64_t)session->candidates.len));
    pb_json_set(json, "builds",
                pb_json_integer((int64_t)session->candidates.builds));
    pb_json_set(json, "all_parents", pb_json_bool(session->range.all_parents));
    pb_json_set(json, "toolchain",
                session->builder == NULL
                    ? pb_json_null()
                    : pb_json_string(pb_builder_toolchain(session->builder)));
    return json;
}
