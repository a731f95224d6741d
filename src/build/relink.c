/* The commands that make an interpreter of its objects. */
#include "build/relink.h"

#include <string.h>
#include <sys/stat.h>

#include "build/compile_private.h"
#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "pybisect/process.h"

#define TIMEOUT 300.0
#define TITLE "# Links the interpreter as make did.\nset -e\n"

static bool
has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length > tail && strcmp(text + length - tail, suffix) == 0;
}

static bool
is_archive(const char *word)
{
    return strncmp(word, "libpython", 9) == 0 && has_suffix(word, ".a");
}

static void
split(const char *text, struct pb_strv *out)
{
    static const char space[] = " \t";
    while (*(text += strspn(text, space)) != '\0') {
        size_t length = strcspn(text, space);
        pb_strv_take(out, pb_strndup(text, length));
        text += length;
    }
}

/* make's lines, those that end in a backslash joined with the next. */
static void
split_log(const char *text, struct pb_strv *out)
{
    PB_AUTO(pb_buf) struct pb_buf line = PB_BUF_INIT;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        bool goes_on = length > 0 && text[length - 1] == '\\';
        pb_buf_add(&line, text, goes_on ? length - 1 : length);
        if (goes_on) {
            pb_buf_addch(&line, ' ');
        }
        else {
            pb_strv_add(out, line.data);
            pb_buf_truncate(&line, 0);
        }
        text += length;
        text += *text == '\n';
    }
}

static bool
links_python(const struct pb_strv *words)
{
    for (size_t i = 1; i + 1 < words->len; i++) {
        if (strcmp(words->items[i], "-o") == 0) {
            return strcmp(words->items[i + 1], "python") == 0;
        }
    }
    return false;
}

static bool
makes_archive(const struct pb_strv *words)
{
    if (words->len < 2) {
        return false;
    }
    const char *program = pb_path_base(words->items[0]);
    if (strcmp(program, "ar") != 0 && strcmp(program, "ranlib") != 0 &&
        !has_suffix(program, "-ar") && !has_suffix(program, "-ranlib"))
    {
        return false;
    }
    for (size_t i = 1; i < words->len; i++) {
        if (is_archive(words->items[i])) {
            return true;
        }
    }
    return false;
}

/* Anything but a plain command is not for us to repeat. */
static bool
is_plain(const char *line)
{
    return strpbrk(line, ";|&<>`$()") == NULL;
}

struct commands {
    struct pb_strv archive;
    char *link; /* the last one; NULL: none */
};

static void
free_commands(struct commands *commands)
{
    pb_strv_clear(&commands->archive);
    free(commands->link);
}

/* The line without what only matters to the tree it ran in. */
static char *
clean_line(const char *line)
{
    static const char map[] = " -ffile-prefix-map=";
    char *clean =
        pb_strdup(strncmp(line, "ccache ", 7) == 0 ? line + 7 : line);
    char *found = strstr(clean, map);
    if (found != NULL) {
        size_t length = strlen(map) + strcspn(found + strlen(map), " ");
        memmove(found, found + length, strlen(found + length) + 1);
    }
    return clean;
}

static void
find_commands(const struct pb_strv *lines, struct commands *out)
{
    for (size_t i = 0; i < lines->len; i++) {
        PB_AUTOFREE char *line = clean_line(lines->items[i]);
        PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
        split(line, &words);
        if (is_plain(line) && makes_archive(&words)) {
            pb_strv_add(&out->archive, line);
        }
        else if (is_plain(line) && links_python(&words)) {
            free(out->link);
            out->link = pb_strdup(line);
        }
    }
}

/* Adds the files below the directory that a command names. False when an
   object is not there: the line is not what it seems. */
static bool
add_inputs(const char *directory, const char *line, struct pb_strv *out)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    split(line, &words);
    for (size_t i = 1; i < words.len; i++) {
        const char *word = words.items[i];
        struct stat info;
        word += strncmp(word, "./", 2) == 0 ? 2 : 0;
        if (word[0] == '-' || word[0] == '/' || is_archive(word) ||
            strcmp(word, "python") == 0)
        {
            continue;
        }
        PB_AUTOFREE char *path = pb_path_join(directory, word);
        if (lstat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            pb_strv_add(out, word);
        }
        else if (has_suffix(word, ".o") || has_suffix(word, ".a")) {
            return false;
        }
    }
    return true;
}

static bool
names_archive(const char *line)
{
    PB_AUTO(pb_strv) struct pb_strv words = PB_STRV_INIT;
    split(line, &words);
    for (size_t i = 1; i < words.len; i++) {
        if (is_archive(words.items[i])) {
            return true;
        }
    }
    return false;
}

/* The script's text, and what it needs; false when the log does not tell. */
static bool
compose(const char *directory, const struct commands *commands,
        struct pb_buf *script, struct pb_strv *out)
{
    if (commands->link == NULL) {
        return false;
    }
    pb_buf_adds(script, TITLE);
    if (names_archive(commands->link)) {
        if (commands->archive.len == 0) {
            return false;
        }
        for (size_t i = 0; i < commands->archive.len; i++) {
            const char *line = commands->archive.items[i];
            pb_buf_addf(script, "%s\n", line);
            if (!add_inputs(directory, line, out)) {
                return false;
            }
        }
    }
    pb_buf_addf(script, "%s\n", commands->link);
    return add_inputs(directory, commands->link, out);
}

int
pb_relink_prepare(const char *directory, const char *log_path,
                  struct pb_strv *out_paths, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf script = PB_BUF_INIT;
    PB_AUTO(pb_strv) struct pb_strv lines = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv inputs = PB_STRV_INIT;
    PB_CLEANUP(free_commands) struct commands commands = {.link = NULL};
    PB_AUTOFREE char *path = pb_path_join(directory, PB_RELINK_SCRIPT);
    if (pb_fs_read_tail(log_path, PB_LIMIT_LOG_BYTES, &log, err) < 0) {
        return -1;
    }
    split_log(log.data, &lines);
    find_commands(&lines, &commands);
    if (!compose(directory, &commands, &script, &inputs)) {
        return 1;
    }
    if (pb_fs_write(path, script.data, script.len, 0644, err) < 0) {
        return -1;
    }
    pb_strv_sort(&inputs);
    pb_strv_unique(&inputs);
    pb_strv_add(out_paths, PB_RELINK_SCRIPT);
    pb_strv_add_all(out_paths, &inputs);
    return 0;
}

int
pb_relink_forget(const char *directory, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    if (pb_fs_list(directory, &names, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.len; i++) {
        if (is_archive(names.items[i])) {
            PB_AUTOFREE char *path = pb_path_join(directory, names.items[i]);
            if (pb_fs_remove(path, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
pb_relink_run(const struct pb_compiler *compiler, struct pb_tree *tree,
              struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    PB_AUTO(pb_compile_words)
    struct pb_compile_words words = {.scratch = NULL};
    struct pb_compiler linker = *compiler;
    linker.ccache_dir = NULL; /* nothing is compiled */
    const struct pb_work work = {.tree = tree};
    const struct pb_compile_run run = {.compiler = &linker, .work = &work};
    pb_strv_add(&argv, "sh");
    pb_strv_add(&argv, PB_RELINK_SCRIPT);
    pb_compile_environment(&environment);
    if (pb_relink_forget(pb_tree_directory(tree), err) < 0 ||
        pb_compile_confine(&run, NULL, &argv, &environment, &words, err) < 0)
    {
        return -1;
    }
    const struct pb_process_options options = {
        .argv = words.argv.items,
        .environment = words.environment.items,
        .directory = pb_tree_directory(tree),
        .confined = words.scratch != NULL,
        .timeout = TIMEOUT,
        .cancel = compiler->cancel,
    };
    struct pb_process_result result;
    char how[PB_PROCESS_TEXT];
    if (pb_process_run(&options, &result, err) < 0) {
        return -1;
    }
    if (result.end == PB_PROCESS_CANCELLED) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
    }
    if (result.end != PB_PROCESS_EXITED || result.status != 0) {
        return pb_error_set(err, PB_ERROR_CORRUPT,
                            "cannot link the stored interpreter: %s",
                            pb_process_describe(&result, how));
    }
    return 0;
}
