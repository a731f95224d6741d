/* pybisect-cpp COMPILER ... -o FILE ...: for CCACHE_PREFIX_CPP. Runs the
   compiler as a preprocessor and takes the line numbers out of what it wrote,
   where no object can depend on them. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build/preprocessed.h"
#include "pybisect/fs.h"

#define CANNOT_RUN 127
#define MOST_BYTES ((size_t)1 << 30)

static int
run(char **argv)
{
    pid_t pid = 0;
    int status = 0;
    int failure = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (failure != 0) {
        fprintf(stderr, "pybisect-cpp: cannot run '%s': %s\n", argv[0],
                strerror(failure));
        return CANNOT_RUN;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : CANNOT_RUN;
}

static const char *
find_output(char **argv)
{
    const char *output = NULL;
    for (; argv[0] != NULL; argv++) {
        if (strcmp(argv[0], "-o") == 0 && argv[1] != NULL) {
            output = argv[1];
        }
    }
    return output;
}

static int
rewrite(const char *path)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    if (pb_fs_read(path, MOST_BYTES, &text, &err) < 0) {
        fprintf(stderr, "pybisect-cpp: %s\n", err.message);
        return 1;
    }
    pb_preprocessed_forget_lines(&text);
    if (pb_fs_write(path, text.data, text.len, 0600, &err) < 0) {
        fprintf(stderr, "pybisect-cpp: %s\n", err.message);
        return 1;
    }
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: pybisect-cpp COMPILER ... -o FILE ...\n");
        return 2;
    }
    int status = run(argv + 1);
    const char *output = find_output(argv + 1);
    if (status != 0 || output == NULL ||
        pb_preprocessed_needs_lines((const char *const *)argv + 1))
    {
        return status;
    }
    return rewrite(output);
}
