/* The command lines that show both sides of a finding again. */
#include "report/record_private.h"

#include <string.h>

#include "pybisect/buf.h"

#define NAMED_TESTS 3 /* enough to see the break, short enough to type */

static void
add_word(struct pb_buf *line, const char *word)
{
    pb_buf_addch(line, ' ');
    pb_buf_add_quoted(line, word);
}

static void
add_option(struct pb_buf *line, const char *option, const char *value)
{
    if (value != NULL) {
        add_word(line, option);
        add_word(line, value);
    }
}

/* What was cloned is asked for by its sha: the recipe's ref may move. */
static const char *
pinned_ref(const struct pb_session *session)
{
    struct pb_oid commit;
    const char *revision = session->project.revision;
    bool cloned = session->plan->project_dir == NULL && revision != NULL &&
                  pb_oid_parse(revision, &commit);
    return cloned ? revision : session->plan->ref;
}

/* Ids with control characters can be neither typed nor pasted. */
static bool
is_typeable(const char *id)
{
    for (const char *c = id; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == '\x7f') {
            return false;
        }
    }
    return true;
}

static void
add_tests(struct pb_buf *line, const struct pb_record_source *source,
          const struct pb_record_answer *answer)
{
    const struct pb_machine *machine =
        pb_bisection_options(source->bisection)->machine;
    size_t ntests = answer != NULL
                        ? answer->ntests
                        : pb_bisection_regressions(source->bisection);
    size_t named = 0;
    if (pb_bisection_needs_whole_suite(source->bisection)) {
        return;
    }
    for (size_t i = 0; i < ntests && named < NAMED_TESTS; i++) {
        size_t index = answer != NULL ? answer->tests[i] : i;
        const char *id = pb_bisection_regression(source->bisection, index)->id;
        if (machine->selectable(machine->context, id) && is_typeable(id)) {
            add_option(line, "--test", id);
            named++;
        }
    }
}

static void
add_build_options(struct pb_buf *line, const struct pb_plan *plan)
{
    add_option(line, "--cc", plan->cc);
    for (size_t i = 0; i < plan->configure_args.len; i++) {
        add_word(line, "--configure-arg");
        add_word(line, plan->configure_args.items[i]);
    }
    if (plan->timeout > 0) {
        pb_buf_addf(line, " --timeout %ld", plan->timeout);
    }
}

/* Whether something can be built a revision shows only when it builds for
   itself, as it does when preparing is all that is asked for. */
static const char *
find_phase(const struct pb_record_source *source,
           const struct pb_record_answer *answer)
{
    const struct pb_plan *plan = source->session->plan;
    if (plan->phase != NULL || !plan->apart || answer == NULL) {
        return plan->phase;
    }
    for (size_t i = 0; i < answer->ntests; i++) {
        const struct pb_regression *regression =
            pb_bisection_regression(source->bisection, answer->tests[i]);
        if (strcmp(regression->id, PB_TEST_PREPARE) == 0) {
            return pb_phase_name(PB_PHASE_PREPARE);
        }
    }
    return NULL;
}

static struct pb_json *
command_json(const struct pb_record_source *source,
             const struct pb_record_answer *answer,
             const struct pb_oid *commit)
{
    const struct pb_plan *plan = source->session->plan;
    PB_AUTO(pb_buf) struct pb_buf line = PB_BUF_INIT;
    char hex[PB_OID_HEX];
    pb_buf_adds(&line, "pybisect try");
    add_word(&line, pb_oid_hex(commit, hex));
    if (plan->command.len == 0 && plan->project != NULL) {
        add_word(&line, plan->project);
    }
    add_option(&line, "--cpython", plan->cpython);
    for (size_t i = 0; i < plan->find_links.len; i++) {
        add_option(&line, "--find-links", plan->find_links.items[i]);
    }
    add_option(&line, "--deps", plan->deps_dir);
    add_option(&line, "--phase", find_phase(source, answer));
    add_build_options(&line, plan);
    if (plan->command.len == 0) {
        add_option(&line, "--project-dir", plan->project_dir);
        add_option(&line, "--ref", pinned_ref(source->session));
        add_tests(&line, source, answer);
        return pb_json_bytes(line.data, line.len);
    }
    add_word(&line, "--");
    for (size_t i = 0; i < plan->command.len; i++) {
        add_word(&line, plan->command.items[i]);
    }
    return pb_json_bytes(line.data, line.len);
}

struct pb_json *
pb_record_reproduce(const struct pb_record_source *source,
                    const struct pb_record_answer *answer,
                    const struct pb_oid *good, const struct pb_oid *bad)
{
    struct pb_json *json = pb_json_object();
    pb_json_set(json, "good", command_json(source, answer, good));
    pb_json_set(json, "bad", command_json(source, answer, bad));
    return json;
}
