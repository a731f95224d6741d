/* Bisections that end without a commit, or with more than one: what that
   means and what to do next. */
#include "report/say.h"

#include <string.h>

#include "pybisect/alloc.h"

static const struct pb_say_outcome outcomes[] = {
    {"good-is-bad", "Not a regression in this range",
     "What fails at the bad end fails at the good end too.",
     "Name an older good end, or leave it out (\"..BAD\") to have one looked "
     "for. If the tests fail on this machine only, look at the messages "
     "above first."},
    {"bad-is-good", "Nothing to bisect",
     "Nothing fails at the bad end that passes at the good end.",
     "Check that the bad end is the revision that was seen red, with the "
     "same revision of the project, the same dependencies and options. If "
     "the range is the wrong way round, swap its ends."},
    {"no-match", "No regression matches",
     "There are regressions in this range, but none that --match asks for.",
     "Change --match (it is compared with \"id: signature\" of each "
     "regression), or leave it out to follow all of them."},
    {"flaky", "The failures did not reproduce",
     "Run again, the tests that failed at the bad end gave another result.",
     "The tests are flaky, or they depend on the machine's load. Run the "
     "second command below a few times to see. Tests that are known to be "
     "unreliable belong into the recipe's known_failures."},
    {"untestable", "An end cannot be tested",
     "Without results at both ends there is nothing to compare.",
     "Read the log, and run the command below for that end alone; "
     "\"pybisect doctor\" says what this machine lacks. Or move the end to "
     "a revision that can be tested."},
    {"suspects", "", "",
     "Read the suspects' changes with the failures above in mind. A suspect "
     "that can be made to build (another compiler, other configure options) "
     "shortens the list."},
    {"disputed", "", "",
     "Take a disputed commit as a lead, not as an answer: run both commands "
     "below a few times. If the results vary, the tests are flaky; if they "
     "do not, the builds of the search differ from clean ones, which is "
     "worth a bug report."},
};

const struct pb_say_outcome *
pb_say_outcome(const struct pb_json *record)
{
    const char *outcome = pb_json_get_string(record, "outcome");
    for (size_t i = 0; i < PB_LENGTH(outcomes); i++) {
        if (strcmp(outcome, outcomes[i].outcome) == 0) {
            return &outcomes[i];
        }
    }
    return NULL;
}

const char *
pb_say_next(const struct pb_json *record)
{
    static const char budget[] = "the budget was spent";
    const struct pb_say_outcome *outcome = pb_say_outcome(record);
    if (outcome == NULL) {
        return "";
    }
    return strncmp(pb_json_get_string(record, "remark"), budget,
                   strlen(budget)) == 0
               ? "Run it again with a larger --budget, or without: what is "
                 "known by now is not run again."
               : outcome->next;
}

void
pb_say_failure(struct pb_buf *out, const struct pb_json *test)
{
    const char *signature = pb_json_get_string(test, "signature");
    const char *message = pb_json_get_string(test, "message");
    if (*signature != '\0') {
        pb_buf_adds(out, signature);
        return;
    }
    pb_buf_adds(out, pb_json_get_string(test, "type"));
    if (*message != '\0') {
        pb_buf_addf(out, "%s%s", out->len > 0 ? ": " : "", message);
    }
}
