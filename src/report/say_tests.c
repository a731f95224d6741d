/* What there is to say of tests: how many changed, and what one did. */
#include "report/say.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "verdict/headings.h"

struct change_words {
    const char *key;      /* in the record's counts */
    const char *one;      /* "1 test ..." */
    const char *many;     /* "7 tests ..." */
    const char *in_short; /* "7 ...", after the first */
};

static const struct change_words change_words[] = {
    {"failing", "newly fails", "newly fail", "newly failing"},
    {"skipped", "is newly skipped", "are newly skipped", "newly skipped"},
    {"vanished", "vanished", "vanished", "vanished"},
    {"different", "fails in another way", "fail in another way",
     "failing in another way"},
    {"unchanged", "does the same on both sides", "do the same on both sides",
     "the same on both sides"},
    {"fixed", "is fixed", "are fixed", "fixed"},
    {"new", "is new", "are new", "new"},
};

static void
add_changes(struct pb_buf *out, const struct pb_json *counts)
{
    bool first = true;
    for (size_t i = 0; i < PB_LENGTH(change_words); i++) {
        const struct change_words *words = &change_words[i];
        int64_t count = pb_json_get_integer(counts, words->key);
        if (count == 0) {
            continue;
        }
        if (first) {
            pb_say_count(out, count, "test");
            pb_buf_addf(out, " %s", count == 1 ? words->one : words->many);
        }
        else {
            pb_buf_addf(out, ", %lld %s", (long long)count, words->in_short);
        }
        first = false;
    }
    if (first) {
        pb_buf_adds(out, "no test changed");
    }
}

void
pb_say_changes(struct pb_buf *out, const struct pb_json *counts)
{
    int64_t passing = pb_json_get_integer(counts, "passing_both");
    int64_t failing = pb_json_get_integer(counts, "failing_both");
    int64_t known = pb_json_get_integer(counts, "known_failing");
    add_changes(out, counts);
    pb_buf_addf(out, "; %lld pass%s on both sides", (long long)passing,
                passing == 1 ? "es" : "");
    if (failing > 0) {
        pb_buf_addf(out, "; %lld fail%s on both sides and %s left out",
                    (long long)failing, failing == 1 ? "s" : "",
                    failing == 1 ? "was" : "were");
    }
    if (known > 0) {
        pb_buf_addf(out, "; %lld known failure%s left out", (long long)known,
                    known == 1 ? " was" : "s were");
    }
}

struct outcome_words {
    const char *name; /* in the record */
    const char *text;
    enum pb_tone tone;
};

static const struct outcome_words outcome_words[] = {
    {"pass", "passed", PB_TONE_GOOD},
    {"xfail", "failed, as expected", PB_TONE_GOOD},
    {"skip", "skipped", PB_TONE_WARN},
    {"absent", "not run", PB_TONE_WARN},
    {"xpass", "passed unexpectedly", PB_TONE_BAD},
    {"fail", "failed", PB_TONE_BAD},
    {"error", "error", PB_TONE_BAD},
    {"hung", "hung", PB_TONE_BAD},
    {"crashed", "crashed", PB_TONE_BAD},
};

/* Of a doctest, what was raised comes first, then the example; the places of
   its docstring and the lines around them are left out. */
static void
add_message(const char *message, struct pb_buf *out)
{
    static const char doctest[] = "Failed doctest test for ";
    const char *example = strstr(message, "\nFailed example:\n");
    struct pb_exception raised;
    if (strncmp(message, doctest, strlen(doctest)) != 0 || example == NULL) {
        pb_buf_adds(out, message);
        return;
    }
    pb_buf_add(out, message, strcspn(message, "\n"));
    if (!pb_heading_raised(message, &raised)) {
        pb_buf_adds(out, example);
        return;
    }
    pb_buf_addf(out, "\n%.*s: %.*s", (int)raised.type_length, raised.type,
                (int)raised.message_length, raised.message);
    const char *end = strstr(example, "\nException raised:\n");
    pb_buf_add(out, example,
               end == NULL ? strlen(example) : (size_t)(end - example));
}

enum pb_tone
pb_say_result(struct pb_buf *out, const struct pb_json *result)
{
    const char *name = pb_json_get_string(result, "outcome");
    const char *type = pb_json_get_string(result, "type");
    const char *message = pb_json_get_string(result, "message");
    enum pb_tone tone = PB_TONE_PLAIN;
    for (size_t i = 0; i < PB_LENGTH(outcome_words); i++) {
        if (strcmp(name, outcome_words[i].name) == 0) {
            pb_buf_adds(out, outcome_words[i].text);
            tone = outcome_words[i].tone;
        }
    }
    if (*type != '\0') {
        pb_buf_addf(out, ": %s", type);
    }
    if (*message != '\0') {
        pb_buf_adds(out, ": ");
        add_message(message, out);
    }
    return tone;
}
