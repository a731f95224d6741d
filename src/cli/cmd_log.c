/* Every step of a bisection, and why it was taken: as text, as JSON, and as
   `git bisect log` has it, which `git bisect replay` takes. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"

static const char usage[] = "pybisect log [ID] [--format text|json|git]";

struct book { /* what is on record of one */
    struct pb_journal *journal;
    struct pb_journal_bisection bisection;
    struct pb_json *steps;
};

static void
book_clear(struct book *book)
{
    pb_json_free(book->steps);
    pb_journal_bisection_clear(&book->bisection);
    pb_journal_close(book->journal);
}
PB_DEFINE_AUTO_CLEAR(book, struct book, book_clear)

/* --- text ------------------------------------------------------------ */

static const char *
verdict_of(const struct pb_json *step)
{
    const char *verdict = pb_json_get_string(step, "verdict");
    return strcmp(verdict, "none") == 0 ? "" : verdict;
}

static void
print_why(const struct pb_json *step)
{
    if (!pb_json_has(step, "why")) {
        return;
    }
    struct pb_why why;
    pb_why_from_json(pb_json_get(step, "why"), &why);
    PB_AUTOFREE char *text = pb_why_text(&why);
    screen_print("     %s\n", text);
    pb_why_clear(&why);
}

static void
print_step(const struct pb_json *step, size_t number)
{
    char when[PB_CLOCK_TEXT];
    char duration[PB_CLOCK_TEXT];
    long long tests = (long long)pb_json_get_integer(step, "tests");
    PB_AUTOFREE char *asked =
        tests == 0 ? pb_strdup("whole suite")
                   : pb_asprintf("%lld test%s", tests, tests == 1 ? "" : "s");
    const char *reason = pb_json_get_string(step, "reason");
    const char *verdict = verdict_of(step);
    const char *command = pb_json_get_string(step, "command");
    PB_AUTOFREE char *failed =
        *command != '\0'
            ? pb_asprintf("the command %s", command)
            : pb_asprintf("%lld failed",
                          (long long)pb_json_get_integer(step, "failed"));
    screen_print(
        "%3zu  %s  %-8s  %.10s  %s%s, %s, %s%s%s%s\n", number,
        pb_clock_iso(pb_json_get_integer(step, "at"), when),
        pb_json_get_string(step, "purpose"), pb_json_get_string(step, "sha"),
        asked, pb_json_get_bool(step, "clean") ? " from clean" : "", failed,
        pb_json_get_bool(step, "recalled")
            ? "known before"
            : pb_clock_duration(pb_json_get_real(step, "seconds"), duration),
        *verdict == '\0' ? "" : " -> ", verdict,
        reason[0] != '\0' ? " (not testable)" : "");
    if (reason[0] != '\0') {
        screen_print("     %s\n", reason);
    }
    print_why(step);
}

static int
print_text(const struct book *book)
{
    screen_print("bisection %lld: %s (%s)\n", (long long)book->bisection.id,
                 book->bisection.title, book->bisection.status);
    for (size_t i = 0; i < pb_json_length(book->steps); i++) {
        print_step(pb_json_at(book->steps, i), i + 1);
    }
    return 0;
}

static int
print_json(const struct book *book)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_json_write(book->steps, true, &text);
    fwrite(text.data, 1, text.len, stdout);
    return 0;
}

/* --- git ---------------------------------------------------------------- */

/* Of tests that do not do the same in each run, single results would
   contradict each other: the answer says which side a revision is on. */
static const char *
side_of(struct pb_repo *repo, const struct pb_json *report, const char *sha,
        const char *word)
{
    const struct pb_json *finding =
        pb_json_at(pb_json_get(report, "findings"), 0);
    const char *culprit =
        pb_json_get_string(pb_json_get(finding, "culprit"), "sha");
    struct pb_oid ids[2];
    struct pb_error ignored = PB_ERROR_INIT;
    bool after = false;
    if (!pb_json_get_bool(finding, "flaky") || strcmp(word, "skip") == 0 ||
        repo == NULL || !pb_oid_parse(culprit, &ids[0]) ||
        !pb_oid_parse(sha, &ids[1]) ||
        pb_repo_is_ancestor(repo, &ids[0], &ids[1], &after, &ignored) < 0)
    {
        return word;
    }
    return after ? "bad" : "good";
}

/* What most of a revision's runs said: "good", "bad" or "skip"; "" where the
   failure that was hunted has no part in it. */
static const char *
word_for(const struct pb_json *steps, const char *sha)
{
    static const char *const words[] = {"good", "bad", "skip"};
    size_t counts[PB_LENGTH(words)] = {0};
    for (size_t i = 0; i < pb_json_length(steps); i++) {
        const struct pb_json *step = pb_json_at(steps, i);
        const char *verdict = verdict_of(step);
        const char *purpose = pb_json_get_string(step, "purpose");
        if (strcmp(pb_json_get_string(step, "sha"), sha) != 0) {
            continue;
        }
        if (strcmp(purpose, "good end") == 0 ||
            strcmp(purpose, "bad end") == 0) {
            verdict = purpose[0] == 'g' ? "good" : "bad";
        }
        counts[0] += strcmp(verdict, "good") == 0;
        counts[1] += strcmp(verdict, "bad") == 0;
        counts[1] += strcmp(verdict, "other") == 0;
        counts[2] += strcmp(verdict, "skip") == 0;
    }
    size_t best = 0;
    for (size_t i = 1; i < PB_LENGTH(words); i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return counts[best] == 0 ? "" : words[best];
}

static bool
came_before(const struct pb_json *steps, size_t index)
{
    const char *sha = pb_json_get_string(pb_json_at(steps, index), "sha");
    for (size_t i = 0; i < index; i++) {
        if (strcmp(pb_json_get_string(pb_json_at(steps, i), "sha"), sha) == 0)
        {
            return true;
        }
    }
    return false;
}

/* A clone that is gone costs the subjects alone. */
static char *
subject_of(struct pb_repo *repo, const char *sha)
{
    struct pb_oid id;
    struct pb_error ignored = PB_ERROR_INIT;
    PB_AUTO(pb_commit) struct pb_commit commit = {.subject = NULL};
    if (repo == NULL || !pb_oid_parse(sha, &id) ||
        pb_repo_commit(repo, &id, &commit, &ignored) < 0)
    {
        return pb_strdup("");
    }
    return pb_strdup(commit.subject);
}

static void
print_git_line(struct pb_repo *repo, const char *word, const char *sha)
{
    PB_AUTOFREE char *subject = subject_of(repo, sha);
    screen_print("# %s: [%s] %s\n", word, sha, subject);
    screen_print("git bisect %s %s\n", word, sha);
}

static void
print_first_bad(struct pb_repo *repo, const struct pb_json *report)
{
    const struct pb_json *finding =
        pb_json_at(pb_json_get(report, "findings"), 0);
    const char *sha =
        pb_json_get_string(pb_json_get(finding, "culprit"), "sha");
    if (*sha != '\0') {
        PB_AUTOFREE char *subject = subject_of(repo, sha);
        screen_print("# first bad commit: [%s] %s\n", sha, subject);
    }
}

static int
print_git(struct cli *cli, const struct book *book)
{
    PB_AUTO(pb_plan) struct pb_plan plan = PB_PLAN_INIT;
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_plan_from_json(book->bisection.plan, &plan, &err) < 0) {
        return cli_fail(cli, &err);
    }
    PB_AUTOFREE char *mirror = pb_asprintf("%s/cpython.git", cli->places.data);
    (void)pb_repo_open(plan.cpython != NULL ? plan.cpython : mirror, &repo,
                       &err);
    puts(plan.all_parents ? "git bisect start"
                          : "git bisect start --first-parent");
    for (size_t i = 0; i < pb_json_length(book->steps); i++) {
        const char *sha =
            pb_json_get_string(pb_json_at(book->steps, i), "sha");
        const char *word = word_for(book->steps, sha);
        if (*word != '\0' && !came_before(book->steps, i)) {
            print_git_line(
                repo, side_of(repo, book->bisection.report, sha, word), sha);
        }
    }
    print_first_bad(repo, book->bisection.report);
    return 0;
}

/* ------------------------------------------------------------------------- */

int
cmd_log(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    int64_t id = 0;
    const char *format = cli->options.format;
    int status = cli_bisection_id(cli, usage, &id);
    if (status != 0) {
        return status;
    }
    PB_AUTO(book) struct book book = {.journal = NULL};
    if (cli_open_journal(cli, &book.journal, &err) < 0 ||
        pb_journal_load(book.journal, id, NULL, &book.bisection, &err) < 0 ||
        pb_journal_steps(book.journal, book.bisection.id, &book.steps, &err) <
            0)
    {
        return cli_fail(cli, &err);
    }
    if (format == NULL || strcmp(format, "text") == 0) {
        return print_text(&book);
    }
    if (strcmp(format, "json") == 0) {
        return print_json(&book);
    }
    if (strcmp(format, "git") == 0) {
        return print_git(cli, &book);
    }
    return cli_usage(cli, usage, "there is no format '%s'", format);
}
