/* Runs a command and has its results read. The reporter's events go straight
   to a file, so that a crash of any process loses none. */
#include "pybisect/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "trial/log.h"
#include "trial/readers/pattern.h"
#include "trial/readers/recognise.h"
#include "trial/run.h"

#define EVENTS_VARIABLE "PYBISECT_EVENTS"
#define EVENTS_TARGET 3
#define CHUNK 65536

/* Readers without a function have their results from elsewhere. */
static const struct {
    const char *name;
    bool in_log; /* which must therefore be whole */
    void (*read)(struct pb_span text, struct pb_reading *reading);
} readers[] = {
    [PB_READER_UNITTEST] = {"unittest", false, pb_read_events},
    [PB_READER_JUNIT] = {"junit", false, pb_read_junit},
    [PB_READER_SUBUNIT] = {"subunit", true, pb_read_subunit},
    [PB_READER_STATUS] = {"status", true, NULL},
    [PB_READER_TEXT] = {"text", true, pb_read_text},
    [PB_READER_TAP] = {"tap", true, pb_read_tap},
    [PB_READER_PATTERN] = {"pattern", true, NULL},
};

const char *
pb_reader_name(enum pb_reader reader)
{
    return readers[reader].name;
}

bool
pb_reader_parse(const char *name, enum pb_reader *out)
{
    for (size_t i = 0; i < PB_LENGTH(readers); i++) {
        if (strcmp(name, readers[i].name) == 0) {
            *out = (enum pb_reader)i;
            return true;
        }
    }
    return false;
}

static void
confine(const struct pb_trial_options *options, char *const *environment,
        struct pb_strv *out)
{
    struct pb_sandbox sandbox = *options->sandbox;
    sandbox.directory = options->directory;
    sandbox.environment = environment;
    pb_sandbox_command(&sandbox, options->argv, out);
}

static int
run_process(const struct pb_trial_options *options, char *const *environment,
            int events, size_t log_limit, struct pb_process_result *out,
            struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv confined = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv outside = PB_STRV_INIT;
    if (options->sandbox != NULL) {
        confine(options, environment, &confined);
        pb_sandbox_environment(&outside);
    }
    bool is_confined = options->sandbox != NULL;
    struct pb_process_options process = {
        .argv = is_confined ? confined.items : options->argv,
        .environment = is_confined ? outside.items : environment,
        .directory = is_confined ? NULL : options->directory,
        .confined = is_confined,
        .log_path = options->log_path,
        .log_limit = log_limit,
        .timeout = options->timeout,
        .grace = options->grace,
        .extra_fd = events,
        .extra_target = events >= 0 ? EVENTS_TARGET : 0,
        .cancel = options->cancel,
        .bounds = options->bounds,
    };
    struct pb_process_result result = {.end = PB_PROCESS_EXITED};
    if (pb_process_run(&process, &result, err) < 0) {
        return -1;
    }
    if (result.end == PB_PROCESS_CANCELLED) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "'%s' was interrupted",
                            options->argv[0]);
    }
    *out = result;
    return 0;
}

static void
add_variable(char *const *environment, struct pb_strv *out)
{
    static const char ours[] = EVENTS_VARIABLE "=";
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, ours, strlen(ours)) != 0) {
            pb_strv_add(out, *environment);
        }
    }
    pb_strv_addf(out, EVENTS_VARIABLE "=%d", EVENTS_TARGET);
}

static int
run_with_events(const struct pb_trial_options *options,
                struct pb_process_result *out, struct pb_error *err)
{
    /* An earlier step may have left anything there, a link for one. */
    if (pb_fs_remove(options->results_path, err) < 0) {
        return -1;
    }
    PB_AUTOCLOSE int fd = open(
        options->results_path,
        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) {
        return pb_error_errno(err, errno, "cannot write '%s'",
                              options->results_path);
    }
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    add_variable(options->environment, &environment);
    return run_process(options, environment.items, fd, 0, out, err);
}

static int
run_for_reader(const struct pb_trial_options *options,
               struct pb_process_result *out, struct pb_error *err)
{
    if (options->reader == PB_READER_UNITTEST) {
        return run_with_events(options, out, err);
    }
    /* An older run's file must not be taken for this one's. */
    if (options->reader == PB_READER_JUNIT &&
        pb_fs_remove(options->results_path, err) < 0)
    {
        return -1;
    }
    size_t limit = readers[options->reader].in_log ? PB_LIMIT_REPORT_BYTES : 0;
    return run_process(options, options->environment, -1, limit, out, err);
}

/* As much as the ceiling allows. A file that is not there is an empty one:
   pytest writes none when it crashes. So is what is no file: a link might
   lead to one of the user's, and a pipe would keep us waiting. */
static int
read_capped(const char *path, struct pb_buf *out, struct pb_error *err)
{
    PB_AUTOCLOSE int fd =
        open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ELOOP
                   ? 0
                   : pb_error_errno(err, errno, "cannot read '%s'", path);
    }
    /* At once, so that it need not be copied as it grows. */
    struct stat status = {.st_size = 0};
    if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
        return 0;
    }
    if (status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        size_t most = PB_LIMIT_REPORT_BYTES;
        pb_buf_reserve(out, (size < most ? size : most) + CHUNK);
    }
    while (out->len < PB_LIMIT_REPORT_BYTES) {
        char chunk[CHUNK];
        ssize_t count = read(fd, chunk, sizeof(chunk));
        if (count < 0 && errno != EINTR) {
            return pb_error_errno(err, errno, "cannot read '%s'", path);
        }
        if (count == 0) {
            return 0;
        }
        if (count > 0) {
            pb_buf_add(out, chunk, (size_t)count);
        }
    }
    return 0;
}

static int
read_results(const struct pb_trial_options *options,
             const struct pb_patterns *patterns, struct pb_reading *reading,
             struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    bool in_log = readers[options->reader].in_log;
    if (read_capped(in_log ? options->log_path : options->results_path, &text,
                    err) < 0)
    {
        return -1;
    }
    struct pb_span span = {text.data, text.len};
    if (options->reader == PB_READER_PATTERN) {
        pb_read_patterns(span, patterns, reading);
    }
    else {
        readers[options->reader].read(span, reading);
    }
    return 0;
}

/* A command is judged by its exit status. What tests it ran is told beside
   that if its output is of a known format; one that passed cut none off. */
static void
read_command(const struct pb_trial_options *options, struct pb_span log,
             struct pb_reading *reading)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error ignored = PB_ERROR_INIT;
    enum pb_reader reader = PB_READER_STATUS;
    pb_read_status(log, reading->results);
    if (pb_results_outcome(reading->results, PB_TEST_COMMAND) ==
        PB_OUTCOME_PASS) {
        reading->cut = PB_OUTCOME_ABSENT;
    }
    if (options->log_path != NULL &&
        read_capped(options->log_path, &text, &ignored) == 0 &&
        pb_reader_recognise((struct pb_span){text.data, text.len}, &reader))
    {
        readers[reader].read((struct pb_span){text.data, text.len}, reading);
        pb_run_describe_cut(log, reading);
    }
}

/* Fills `results`, whose run is known. */
static int
judge(const struct pb_trial_options *options,
      const struct pb_patterns *patterns, struct pb_results *results,
      struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf tail = PB_BUF_INIT;
    pb_log_load(options->log_path, &tail);
    struct pb_span log = {tail.data, tail.len};
    bool hung = results->run.end == PB_PROCESS_TIMED_OUT ||
                results->run.end == PB_PROCESS_BOUNDED;
    PB_AUTO(pb_reading)
    struct pb_reading reading = {
        .results = results,
        .cut = hung ? PB_OUTCOME_HUNG : PB_OUTCOME_CRASHED,
    };
    if (options->reader == PB_READER_STATUS) {
        read_command(options, log, &reading);
        return 0;
    }
    if (read_results(options, patterns, &reading, err) < 0) {
        return -1;
    }
    pb_run_describe_cut(log, &reading);
    pb_run_add(log, &reading);
    return 0;
}

int
pb_trial_run(const struct pb_trial_options *options, struct pb_results *out,
             struct pb_error *err)
{
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    PB_AUTO(pb_patterns) struct pb_patterns patterns = {.items = NULL};
    if (pb_patterns_init(options->patterns, &patterns, err) < 0 ||
        run_for_reader(options, &results.run, err) < 0 ||
        judge(options, &patterns, &results, err) < 0)
    {
        return -1;
    }
    results.seconds = results.run.wall_seconds;
    *out = results;
    results = (struct pb_results)PB_RESULTS_INIT;
    return 0;
}

static void
describe_step(struct pb_span log, const struct pb_process_result *run,
              struct pb_result *result)
{
    switch (result->outcome) {
    case PB_OUTCOME_PASS:
        break;
    case PB_OUTCOME_HUNG:
        pb_log_describe_hang(log, run, result);
        break;
    case PB_OUTCOME_CRASHED:
        pb_log_describe_crash(log, run, result);
        break;
    default:
        pb_log_describe_step(log, result);
        break;
    }
}

int
pb_trial_step(const struct pb_trial_options *options, const char *id,
              struct pb_results *results, bool *out_passed,
              struct pb_error *err)
{
    struct pb_process_result run = {.end = PB_PROCESS_EXITED};
    if (run_process(options, options->environment, -1, 0, &run, err) < 0) {
        return -1;
    }
    PB_AUTO(pb_buf) struct pb_buf tail = PB_BUF_INIT;
    pb_log_load(options->log_path, &tail);
    enum pb_outcome outcome = pb_log_outcome(&run);
    struct pb_result *result = pb_results_add(results, id, outcome);
    if (result != NULL) {
        /* The phase takes as long as its commands together. */
        result->seconds =
            run.wall_seconds + (result->seconds > 0 ? result->seconds : 0);
        if (result->outcome == outcome && result->message == NULL) {
            describe_step((struct pb_span){tail.data, tail.len}, &run, result);
        }
    }
    results->run = run;
    results->seconds += run.wall_seconds;
    *out_passed = outcome == PB_OUTCOME_PASS;
    return 0;
}

void
pb_trial_add_step(const char *id, bool passed, const char *log, size_t length,
                  struct pb_results *results)
{
    PB_AUTO(pb_buf) struct pb_buf plain = PB_BUF_INIT;
    struct pb_result *result = pb_results_add(
        results, id, passed ? PB_OUTCOME_PASS : PB_OUTCOME_FAIL);
    if (result == NULL || passed) {
        return;
    }
    pb_text_plain(log, length, &plain);
    pb_log_describe_step((struct pb_span){plain.data, plain.len}, result);
}
