/* `git bisect run` on histories made with `git fast-import`. Nothing is
   checked out: the script that git runs reads BISECT_HEAD, writes down that
   it was asked, and answers from a list, without starting a process. */
#include "search/git_bisect.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/process.h"

#define ROOT_MARK 1
#define READ_LIMIT (16 * 1024 * 1024)

static const char script[] = "read id < .git/BISECT_HEAD\n"
                             "echo $id >> asked\n"
                             "while read known status; do\n"
                             "    if [ $id = $known ]; then exit $status; fi\n"
                             "done < answers\n"
                             "exit 255\n";

static void
run_shell(const struct git_repo *repo, const char *command, bool must_succeed)
{
    struct pb_error err = PB_ERROR_INIT;
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, pb_strdup(command), NULL};
    PB_AUTOFREE char *log = pb_path_join(repo->directory, "log");
    struct pb_process_options options = {
        .argv = argv,
        .directory = repo->directory,
        .log_path = log,
    };
    struct pb_process_result result;
    assert_int_equal(pb_process_run(&options, &result, &err), 0);
    assert_int_equal(result.end, PB_PROCESS_EXITED);
    if (must_succeed) {
        assert_int_equal(result.status, 0);
    }
    free(argv[2]);
}

static void
write_file(const struct git_repo *repo, const char *name, const void *data,
           size_t length)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(repo->directory, name);
    assert_int_equal(pb_fs_write(path, data, length, 0644, &err), 0);
}

static void
read_file(const struct git_repo *repo, const char *name, struct pb_buf *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *path = pb_path_join(repo->directory, name);
    if (pb_fs_exists(path)) {
        assert_int_equal(pb_fs_read(path, READ_LIMIT, out, &err), 0);
    }
}

/* Dates rise with the marks, so that git lists commits in our order. */
static void
begin_commit(struct git_repo *repo)
{
    repo->marks++;
    pb_buf_addf(&repo->import,
                "commit refs/heads/all\nmark :%zu\n"
                "committer A <a@example.org> %zu +0000\ndata 0\n",
                repo->marks, 1000000000 + 60 * repo->marks);
}

void
git_repo_init(struct git_repo *repo)
{
    struct pb_error err = PB_ERROR_INIT;
    const char *parent = getenv("TMPDIR");
    *repo = (struct git_repo){
        .directory = pb_fs_temporary(parent == NULL ? "/tmp" : parent,
                                     "pybisect-git-", &err),
        .import = PB_BUF_INIT,
    };
    assert_non_null(repo->directory);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("LC_ALL", "C", 1);
    unsetenv("GIT_DIR");
    run_shell(repo, "git init -q -b all .", true);
    write_file(repo, "answer.sh", script, strlen(script));
    begin_commit(repo);
}

static void
add_link(struct git_repo *repo, size_t mark, bool *io_first)
{
    pb_buf_addf(&repo->import, "%s :%zu\n", *io_first ? "from" : "merge",
                mark);
    *io_first = false;
}

size_t
git_repo_add(struct git_repo *repo, const struct history *history)
{
    size_t base = repo->marks + 1;
    for (size_t i = 0; i < history->space.len; i++) {
        bool first = true;
        begin_commit(repo);
        if (history->outside[i]) {
            add_link(repo, ROOT_MARK, &first);
        }
        for (size_t p = history->parent_start[i];
             p < history->parent_start[i + 1]; p++)
        {
            add_link(repo, base + history->parents[p], &first);
        }
    }
    return base;
}

void
git_repo_import(struct git_repo *repo)
{
    write_file(repo, "stream", repo->import.data, repo->import.len);
    run_shell(repo,
              "git fast-import --quiet --force --export-marks=marks < stream",
              true);
    PB_AUTO(pb_buf) struct pb_buf marks = PB_BUF_INIT;
    read_file(repo, "marks", &marks);
    PB_AUTOFREE char **by_mark =
        pb_alloc_array(repo->marks + 1, sizeof(*by_mark));
    char *rest = marks.data;
    for (char *line = strsep(&rest, "\n"); line != NULL && *line == ':';
         line = strsep(&rest, "\n"))
    {
        char *id = NULL;
        size_t mark = strtoull(line + 1, &id, 10);
        assert_true(mark >= 1 && mark <= repo->marks && *id == ' ');
        by_mark[mark] = id + 1;
    }
    pb_strv_add(&repo->ids, "");
    for (size_t mark = 1; mark <= repo->marks; mark++) {
        assert_non_null(by_mark[mark]);
        pb_strv_add(&repo->ids, by_mark[mark]);
    }
}

void
git_repo_rank(const struct git_repo *repo, size_t mark, size_t len,
              size_t *rank)
{
    for (size_t i = 0; i < len; i++) {
        rank[i] = 0;
        for (size_t j = 0; j < len; j++) {
            rank[i] += strcmp(repo->ids.items[mark + j],
                              repo->ids.items[mark + i]) < 0;
        }
    }
}

static size_t
candidate_of(const struct git_repo *repo, size_t mark, size_t len,
             const char *id)
{
    size_t length = strlen(repo->ids.items[mark]);
    for (size_t i = 0; i < len; i++) {
        if (strncmp(repo->ids.items[mark + i], id, length) == 0) {
            return i;
        }
    }
    return len;
}

static void
write_answers(const struct git_repo *repo, size_t mark,
              const struct history *history)
{
    PB_AUTO(pb_buf) struct pb_buf answers = PB_BUF_INIT;
    for (size_t i = 0; i < history->space.len; i++) {
        enum git_verdict verdict = history_test(history, i);
        int status = verdict == GIT_SKIP ? 125 : verdict == GIT_BAD;
        pb_buf_addf(&answers, "%s %d\n", repo->ids.items[mark + i], status);
    }
    write_file(repo, "answers", answers.data, answers.len);
    write_file(repo, "asked", "", 0);
}

/* git's answer is one "ID is the first bad commit", or ids on lines of their
   own after "could be any of:". */
static void
read_suspects(const struct git_repo *repo, size_t mark, size_t len,
              bool *suspects)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    read_file(repo, "log", &log);
    memset(suspects, 0, len * sizeof(*suspects));
    bool list = false;
    char *rest = log.data;
    for (char *line = strsep(&rest, "\n"); line != NULL;
         line = strsep(&rest, "\n"))
    {
        size_t candidate = candidate_of(repo, mark, len, line);
        bool single = strstr(line, " is the first bad commit") != NULL;
        if (candidate < len && (single || list)) {
            suspects[candidate] = true;
        }
        list = list || strstr(line, "could be any of") != NULL;
    }
}

void
git_repo_bisect(const struct git_repo *repo, size_t mark,
                const struct history *history, size_t *tested,
                size_t *out_steps, bool *suspects)
{
    size_t len = history->space.len;
    write_answers(repo, mark, history);
    PB_AUTOFREE char *command = pb_asprintf(
        "git bisect start --no-checkout %s %s && "
        "git bisect run sh answer.sh",
        repo->ids.items[mark + len - 1], repo->ids.items[ROOT_MARK]);
    /* It fails when skips leave several suspects. */
    run_shell(repo, command, false);
    read_suspects(repo, mark, len, suspects);
    PB_AUTO(pb_buf) struct pb_buf asked = PB_BUF_INIT;
    read_file(repo, "asked", &asked);
    *out_steps = 0;
    char *rest = asked.data;
    for (char *line = strsep(&rest, "\n"); line != NULL && *line != '\0';
         line = strsep(&rest, "\n"))
    {
        size_t candidate = candidate_of(repo, mark, len, line);
        assert_true(candidate < len && *out_steps < len);
        tested[(*out_steps)++] = candidate;
    }
}

void
git_repo_clear(struct git_repo *repo)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_remove_tree(repo->directory, &err), 0);
    free(repo->directory);
    pb_buf_clear(&repo->import);
    pb_strv_clear(&repo->ids);
}
