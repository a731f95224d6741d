/* Evaluations to and from the journal. */
#include "pybisect/evaluation.h"

#include <string.h>

#include "pybisect/alloc.h"

void
pb_evaluation_clear(struct pb_evaluation *evaluation)
{
    free(evaluation->reason);
    free(evaluation->log);
    pb_results_clear(&evaluation->results);
    memset(evaluation, 0, sizeof(*evaluation));
}

/* What is asked for, of an interpreter that `subject` identifies. */
static struct pb_digest
key_of(const char *kind, const struct pb_machine *machine,
       const struct pb_request *request, const struct pb_digest *subject)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, kind);
    pb_hasher_add(&hasher, machine->identity.bytes, PB_DIGEST_SIZE);
    pb_hasher_add(&hasher, subject->bytes, PB_DIGEST_SIZE);
    int64_t numbers[] = {request->clean, request->take, request->scope};
    pb_hasher_add(&hasher, numbers, sizeof(numbers));
    if (request->tests != NULL) {
        for (size_t i = 0; i < request->tests->len; i++) {
            pb_hasher_add_field(&hasher, request->tests->items[i]);
        }
    }
    return pb_hasher_finish(&hasher);
}

struct pb_digest
pb_request_key(const struct pb_machine *machine,
               const struct pb_request *request)
{
    return key_of("evaluation 1", machine, request, &request->keys.behaviour);
}

struct pb_digest
pb_request_twin_key(const struct pb_machine *machine,
                    const struct pb_request *request,
                    const struct pb_digest *output)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add(&hasher, output->bytes, PB_DIGEST_SIZE);
    pb_hasher_add(&hasher, request->keys.library.bytes, PB_DIGEST_SIZE);
    struct pb_digest subject = pb_hasher_finish(&hasher);
    return key_of("twin 1", machine, request, &subject);
}

static const char *const status_names[] = {
    [PB_EVALUATION_TESTED] = "tested",
    [PB_EVALUATION_UNBUILDABLE] = "unbuildable",
    [PB_EVALUATION_UNTESTABLE] = "untestable",
};

static struct pb_json *
to_json(const struct pb_evaluation *evaluation)
{
    char hex[PB_DIGEST_HEX];
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "status",
                pb_json_string(status_names[evaluation->status]));
    pb_json_set(json, "reason", pb_json_string(evaluation->reason));
    pb_json_set(json, "log", pb_json_string(evaluation->log));
    pb_json_set(json, "build", pb_json_integer(evaluation->build));
    pb_json_set(json, "audit", pb_json_integer(evaluation->audit));
    pb_json_set(json, "build_seconds",
                pb_json_real(evaluation->build_seconds));
    pb_json_set(json, "test_seconds", pb_json_real(evaluation->test_seconds));
    pb_json_set(json, "dependencies_built",
                pb_json_integer((int64_t)evaluation->dependencies_built));
    pb_json_set(json, "dependency_seconds",
                pb_json_real(evaluation->dependency_seconds));
    pb_json_set(json, "output",
                pb_json_string(pb_digest_hex(&evaluation->output, hex)));
    char sha[PB_OID_HEX];
    pb_json_set(json, "twin", pb_json_bool(evaluation->twin));
    pb_json_set(json, "tested",
                pb_json_string(pb_oid_hex(&evaluation->tested, sha)));
    pb_json_set(json, "results", pb_results_to_json(&evaluation->results));
    return json;
}

static char *
get_text(const struct pb_json *json, const char *key)
{
    return pb_json_is_null(pb_json_get(json, key))
               ? NULL
               : pb_strdup(pb_json_get_string(json, key));
}

static int
from_json(const struct pb_json *json, struct pb_evaluation *out,
          struct pb_error *err)
{
    PB_AUTO(pb_evaluation) struct pb_evaluation read = PB_EVALUATION_INIT;
    const char *status = pb_json_get_string(json, "status");
    size_t i = 0;
    while (i < PB_LENGTH(status_names) && strcmp(status, status_names[i]) != 0)
    {
        i++;
    }
    if (i == PB_LENGTH(status_names)) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "unknown status '%s' of an evaluation", status);
    }
    read.status = (enum pb_evaluation_status)i;
    read.reason = get_text(json, "reason");
    read.log = get_text(json, "log");
    int64_t build = pb_json_get_integer(json, "build");
    if (build < PB_BUILD_RESTORED || build > PB_BUILD_FAILED) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "unknown end %lld of an evaluation's build",
                            (long long)build);
    }
    read.build = (enum pb_build_end)build;
    int64_t audit = pb_json_get_integer(json, "audit");
    if (audit >= PB_AUDIT_NONE && audit <= PB_AUDIT_IRREPRODUCIBLE) {
        read.audit = (enum pb_audit)audit;
    }
    read.build_seconds = pb_json_get_real(json, "build_seconds");
    read.test_seconds = pb_json_get_real(json, "test_seconds");
    int64_t built = pb_json_get_integer(json, "dependencies_built");
    read.dependencies_built = built > 0 ? (size_t)built : 0;
    read.dependency_seconds = pb_json_get_real(json, "dependency_seconds");
    pb_digest_parse(pb_json_get_string(json, "output"), &read.output);
    read.twin = pb_json_get_bool(json, "twin");
    pb_oid_parse(pb_json_get_string(json, "tested"), &read.tested);
    if (pb_results_from_json(pb_json_get(json, "results"), &read.results,
                             err) < 0) {
        return -1;
    }
    *out = read;
    memset(&read, 0, sizeof(read));
    return 0;
}

int
pb_evaluation_recall(struct pb_journal *journal, const struct pb_digest *key,
                     struct pb_evaluation *out, bool *out_known,
                     struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *json = NULL;
    struct pb_error unreadable = PB_ERROR_INIT;
    *out_known = false;
    if (pb_journal_get_evaluation(journal, key, &json, err) < 0) {
        return -1;
    }
    if (json == NULL || from_json(json, out, &unreadable) < 0) {
        return 0;
    }
    out->recalled = true;
    *out_known = true;
    return 0;
}

int
pb_evaluation_record(struct pb_journal *journal, const struct pb_digest *key,
                     const struct pb_evaluation *evaluation,
                     struct pb_error *err)
{
    PB_AUTO(pb_json) struct pb_json *json = to_json(evaluation);
    return pb_journal_put_evaluation(journal, key, json, err);
}

/* Closing checks are there to run the tests; and a machine need not know
   what an interpreter is made of. */
static bool
may_have_twin(const struct pb_request *request, const struct pb_build *build)
{
    static const struct pb_digest unknown;
    return !request->clean && !pb_digest_equal(&build->output, &unknown);
}

static int
recall_twin(struct pb_journal *journal, const struct pb_machine *machine,
            const struct pb_request *request, const struct pb_build *build,
            struct pb_evaluation *out, bool *out_known, struct pb_error *err)
{
    *out_known = false;
    if (!may_have_twin(request, build)) {
        return 0;
    }
    struct pb_digest key =
        pb_request_twin_key(machine, request, &build->output);
    if (pb_evaluation_recall(journal, &key, out, out_known, err) < 0) {
        return -1;
    }
    if (*out_known) {
        out->recalled = false;
        out->test_seconds = 0;
        out->dependencies_built = 0;
        out->dependency_seconds = 0;
        /* Its own, when a kill came before it was recorded. */
        out->twin = !pb_oid_equal(&out->tested, &request->commit);
    }
    return 0;
}

static int
test_now(struct pb_journal *journal, const struct pb_machine *machine,
         const struct pb_request *request, const struct pb_build *build,
         struct pb_evaluation *out, struct pb_error *err)
{
    if (machine->test(machine->context, request, build, out, err) < 0) {
        return -1;
    }
    out->tested = request->commit;
    out->output = build->output;
    if (!may_have_twin(request, build)) {
        return 0;
    }
    struct pb_digest key =
        pb_request_twin_key(machine, request, &build->output);
    return pb_evaluation_record(journal, &key, out, err);
}

int
pb_evaluation_make(struct pb_journal *journal,
                   const struct pb_machine *machine,
                   const struct pb_request *request,
                   const struct pb_build *build, struct pb_evaluation *out,
                   struct pb_error *err)
{
    PB_AUTO(pb_evaluation) struct pb_evaluation made = PB_EVALUATION_INIT;
    bool known = false;
    if (build->end == PB_BUILD_FAILED) {
        made.status = PB_EVALUATION_UNBUILDABLE;
        made.reason = pb_strdup(build->failure);
        made.log = pb_strdup(build->log);
    }
    else if (recall_twin(journal, machine, request, build, &made, &known,
                         err) < 0 ||
             (!known &&
              test_now(journal, machine, request, build, &made, err) < 0))
    {
        return -1;
    }
    made.build = build->end;
    made.audit = build->audit;
    made.build_seconds = build->seconds;
    made.output = build->output;
    struct pb_digest key = pb_request_key(machine, request);
    if (pb_evaluation_record(journal, &key, &made, err) < 0) {
        return -1;
    }
    *out = made;
    memset(&made, 0, sizeof(made));
    return 0;
}

int
pb_evaluate(struct pb_journal *journal, const struct pb_machine *machine,
            const struct pb_request *request, struct pb_evaluation *out,
            struct pb_error *err)
{
    struct pb_digest key = pb_request_key(machine, request);
    bool known = false;
    if (pb_evaluation_recall(journal, &key, out, &known, err) < 0) {
        return -1;
    }
    if (known) {
        return 0;
    }
    PB_AUTO(pb_build) struct pb_build build = {.python = NULL};
    if (machine->build(machine->context, request, &build, err) < 0) {
        return -1;
    }
    return pb_evaluation_make(journal, machine, request, &build, out, err);
}
