/* Repositories for tests, by way of git fast-import. */
#include "support/repo_builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/process.h"

#define PERSON "Ada Lovelace <ada@example.org>"
#define MARKS_BYTES (1024 * 1024)

static void
give_up(const char *what, const char *why)
{
    fprintf(stderr, "repo_builder: %s: %s\n", what, why);
    abort();
}

static void
run(const struct repo_builder *builder, const char *directory,
    struct pb_strv *argv)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *log = pb_path_join(builder->directory, "git.log");
    struct pb_process_options options = {
        .argv = argv->items,
        .environment = builder->environment.items,
        .directory = directory,
        .log_path = log,
    };
    struct pb_process_result result;
    if (pb_process_run(&options, &result, &err) < 0) {
        give_up(argv->items[0], err.message);
    }
    if (result.end != PB_PROCESS_EXITED || result.status != 0) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        PB_AUTOFREE char *command = pb_strv_join(argv, " ");
        pb_fs_read(log, MARKS_BYTES, &text, &err);
        give_up(command, text.data);
    }
}

void
repo_git(const struct repo_builder *builder, const char *directory, ...)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_strv_add(&argv, "git");
    va_list arguments;
    va_start(arguments, directory);
    const char *argument = va_arg(arguments, const char *);
    while (argument != NULL) {
        pb_strv_add(&argv, argument);
        argument = va_arg(arguments, const char *);
    }
    va_end(arguments);
    run(builder, directory, &argv);
}

void
repo_builder_init(struct repo_builder *builder)
{
    struct pb_error err = PB_ERROR_INIT;
    const char *parent = getenv("TMPDIR");
    const char *path = getenv("PATH");
    *builder = (struct repo_builder){.stream = PB_BUF_INIT};
    builder->directory = pb_fs_temporary(parent != NULL ? parent : "/tmp",
                                         "pybisect-test-", &err);
    if (builder->directory == NULL) {
        give_up("mkdtemp", err.message);
    }
    builder->path = pb_path_join(builder->directory, "repo.git");
    pb_strv_addf(&builder->environment, "PATH=%s", path != NULL ? path : "");
    pb_strv_addf(&builder->environment, "HOME=%s", builder->directory);
    pb_strv_add(&builder->environment, "GIT_CONFIG_NOSYSTEM=1");
    pb_strv_add(&builder->environment, "LC_ALL=C");
    repo_git(builder, NULL, "init", "--quiet", "--bare",
             "--initial-branch=main", builder->path, NULL);
}

void
repo_builder_clear(struct repo_builder *builder)
{
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_remove_tree(builder->directory, &err) < 0) {
        give_up("cleaning up", err.message);
    }
    free(builder->directory);
    free(builder->path);
    free(builder->oids);
    pb_strv_clear(&builder->environment);
    pb_buf_clear(&builder->stream);
}

int64_t
repo_time(int mark)
{
    return REPO_FIRST_TIME + (int64_t)mark * REPO_DAY;
}

static void
add_data(struct pb_buf *stream, const char *text)
{
    pb_buf_addf(stream, "data %zu\n%s\n", strlen(text), text);
}

int
repo_commit(struct repo_builder *builder, const char *branch,
            const char *message, int parent, int merged)
{
    struct pb_buf *stream = &builder->stream;
    int mark = ++builder->marks;
    long long when = (long long)repo_time(mark);
    pb_buf_addf(stream, "commit refs/heads/%s\nmark :%d\n", branch, mark);
    pb_buf_addf(stream, "author " PERSON " %lld +0000\n", when);
    pb_buf_addf(stream, "committer " PERSON " %lld +0000\n", when);
    add_data(stream, message);
    if (parent != 0) {
        pb_buf_addf(stream, "from :%d\n", parent);
    }
    if (merged != 0) {
        pb_buf_addf(stream, "merge :%d\n", merged);
    }
    return mark;
}

static void
add_entry(struct repo_builder *builder, const char *mode, const char *path,
          const char *content)
{
    pb_buf_addf(&builder->stream, "M %s inline %s\n", mode, path);
    add_data(&builder->stream, content);
}

void
repo_file(struct repo_builder *builder, const char *path, const char *content)
{
    add_entry(builder, "100644", path, content);
}

void
repo_program(struct repo_builder *builder, const char *path,
             const char *content)
{
    add_entry(builder, "100755", path, content);
}

void
repo_link(struct repo_builder *builder, const char *path, const char *target)
{
    add_entry(builder, "120000", path, target);
}

void
repo_remove(struct repo_builder *builder, const char *path)
{
    pb_buf_addf(&builder->stream, "D %s\n", path);
}

void
repo_tag(struct repo_builder *builder, const char *name, int mark)
{
    pb_buf_addf(&builder->stream, "tag %s\nfrom :%d\n", name, mark);
    pb_buf_addf(&builder->stream, "tagger " PERSON " %lld +0000\n",
                (long long)repo_time(mark));
    add_data(&builder->stream, name);
}

static void
read_marks(struct repo_builder *builder, const char *path)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_read(path, MARKS_BYTES, &text, &err) < 0) {
        give_up("reading marks", err.message);
    }
    builder->oids = pb_realloc_array(builder->oids, (size_t)builder->marks + 1,
                                     sizeof(*builder->oids));
    char *rest = text.data;
    char *line = strsep(&rest, "\n");
    while (line != NULL && *line == ':') {
        char *space = strchr(line, ' ');
        long mark = strtol(line + 1, NULL, 10);
        if (mark > builder->marks || space == NULL ||
            !pb_oid_parse(space + 1, &builder->oids[mark]))
        {
            give_up("reading marks", line);
        }
        line = strsep(&rest, "\n");
    }
}

void
repo_build(struct repo_builder *builder)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *stream = pb_path_join(builder->directory, "stream");
    PB_AUTOFREE char *marks = pb_path_join(builder->directory, "marks");
    if (pb_fs_write(stream, builder->stream.data, builder->stream.len, 0644,
                    &err) < 0)
    {
        give_up("writing the stream", err.message);
    }
    pb_buf_truncate(&builder->stream, 0);
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_strv_add(&argv, "sh");
    pb_strv_add(&argv, "-c");
    pb_strv_add(&argv, "exec git fast-import --quiet --force "
                       "--import-marks-if-exists=\"$1\" "
                       "--export-marks=\"$1\" < \"$2\"");
    pb_strv_add(&argv, "sh");
    pb_strv_add(&argv, marks);
    pb_strv_add(&argv, stream);
    run(builder, builder->path, &argv);
    read_marks(builder, marks);
}

struct pb_oid
repo_oid(const struct repo_builder *builder, int mark)
{
    return builder->oids[mark];
}
