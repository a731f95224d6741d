/* Can this machine confine? bwrap may be absent, and where it is there the
   kernel or a container may forbid what it does. Only trying tells. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/fs.h"
#include "pybisect/process.h"
#include "pybisect/sandbox.h"
#include "trial/sandbox_devices.h"

#define NAME "bwrap"
#define PROBE_SECONDS 20.0
#define SYSTEM_PATH "/usr/local/bin:/usr/bin:/bin"
#define WHAT_NONE_MEANS                                                       \
    "or run with --sandbox=none: then the project's code can do what you can" \
    " (read your files, use the network, leave processes behind)"

/* Not where the file system has no devices, or a container lets none be
   made: then those of the machine are in their place. */
static void
make_device(const char *path, const struct pb_sandbox_device *device)
{
    dev_t number = makedev(device->major, device->minor);
    if (mknod(path, S_IFCHR | 0666, number) < 0) {
        return;
    }
    PB_AUTOCLOSE int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (chmod(path, 0666) < 0 || (fd < 0 && errno != ENXIO)) {
        unlink(path);
    }
}

/* Of root's run alone: it could alter the mode of the machine's, whose owner
   it is with or without capabilities. */
static int
make_devices(const char *scratch, struct pb_error *err)
{
    PB_AUTOFREE char *directory = pb_path_join(scratch, "dev");
    if (geteuid() != 0) {
        return 0;
    }
    if (pb_fs_mkdirs(directory, err) < 0) {
        return -1;
    }
    for (size_t i = 0; pb_sandbox_devices[i].name != NULL; i++) {
        PB_AUTOFREE char *path =
            pb_path_join(directory, pb_sandbox_devices[i].name);
        make_device(path, &pb_sandbox_devices[i]);
    }
    return 0;
}

int
pb_sandbox_make_scratch(const char *scratch, struct pb_error *err)
{
    PB_AUTOFREE char *tmp = pb_path_join(scratch, "tmp");
    PB_AUTOFREE char *shm = pb_path_join(scratch, "shm");
    if (pb_fs_mkdirs(tmp, err) < 0 || pb_fs_mkdirs(shm, err) < 0) {
        return -1;
    }
    return make_devices(scratch, err);
}

void
pb_sandbox_secrets(struct pb_strv *out)
{
    static const char *const names[] = {
        "/etc/shadow",           "/etc/shadow-", "/etc/gshadow",
        "/etc/gshadow-",         "/etc/sudoers", "/etc/krb5.keytab",
        "/etc/security/opasswd",
    };
    /* Of directories, each file. */
    static const char *const directories[] = {"/etc/ssh", "/etc/ssl/private",
                                              "/etc/sudoers.d"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        if (pb_fs_exists(names[i]) && !pb_fs_is_directory(names[i])) {
            pb_strv_add(out, names[i]);
        }
    }
    for (size_t i = 0; i < PB_LENGTH(directories); i++) {
        PB_AUTO(pb_strv) struct pb_strv files = PB_STRV_INIT;
        struct pb_error ignored = PB_ERROR_INIT;
        if (pb_fs_list(directories[i], &files, &ignored) < 0) {
            continue;
        }
        for (size_t k = 0; k < files.len; k++) {
            PB_AUTOFREE char *path =
                pb_path_join(directories[i], files.items[k]);
            if (pb_fs_exists(path) && !pb_fs_is_directory(path)) {
                pb_strv_add(out, path);
            }
        }
    }
}

static char *
find_program(void)
{
    const char *path = getenv("PATH");
    PB_AUTOFREE char *copy = pb_strdup(path != NULL ? path : SYSTEM_PATH);
    char *rest = NULL;
    for (char *each = strtok_r(copy, ":", &rest); each != NULL;
         each = strtok_r(NULL, ":", &rest))
    {
        PB_AUTOFREE char *program = pb_path_join(each, NAME);
        if (each[0] == '/' && access(program, X_OK) == 0 &&
            !pb_fs_is_directory(program))
        {
            return pb_strdup(program);
        }
    }
    return NULL;
}

static void
keep(const char *data, size_t length, void *context)
{
    struct pb_buf *out = context;
    if (out->len + length < 512) {
        pb_buf_add(out, data, length);
    }
}

/* What every command would be confined by, with nothing to do. */
static int
probe(const char *program, const char *scratch, struct pb_buf *out_said,
      struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv command = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv environment = PB_STRV_INIT;
    pb_strv_add(&command, "/bin/sh");
    pb_strv_add(&command, "-c");
    pb_strv_add(&command, ": >/dev/null");
    pb_sandbox_environment(&environment);
    PB_AUTO(pb_strv) struct pb_strv hidden = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_sandbox_secrets(&hidden);
    const struct pb_sandbox sandbox = {
        .program = program,
        .directory = "/",
        .scratch = scratch,
        .hidden = &hidden,
        .environment = environment.items,
    };
    pb_sandbox_command(&sandbox, command.items, &argv);
    const struct pb_process_options options = {
        .argv = argv.items,
        .environment = environment.items,
        .timeout = PROBE_SECONDS,
        .confined = true,
        .output = keep,
        .output_context = out_said,
    };
    struct pb_process_result result;
    if (pb_sandbox_make_scratch(scratch, err) < 0 ||
        pb_process_run(&options, &result, err) < 0)
    {
        return -1;
    }
    if (result.end != PB_PROCESS_EXITED || result.status != 0) {
        char how[PB_PROCESS_TEXT];
        size_t line = strcspn(out_said->data, "\n");
        return pb_error_set(
            err, PB_ERROR_ENVIRONMENT, "%.*s", (int)(line > 0 ? line : 64),
            line > 0 ? out_said->data : pb_process_describe(&result, how));
    }
    return 0;
}

char *
pb_sandbox_find(struct pb_error *err)
{
    PB_AUTOFREE char *program = find_program();
    if (program == NULL) {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "cannot confine the project's code: there is no "
                     "bubblewrap (" NAME ") on this machine");
        pb_error_hint(
            err, "install it: apt-get install bubblewrap; " WHAT_NONE_MEANS);
        return NULL;
    }
    const char *place = getenv("TMPDIR");
    PB_AUTO(pb_buf) struct pb_buf said = PB_BUF_INIT;
    PB_AUTOFREE char *scratch =
        pb_fs_temporary(place != NULL ? place : "/tmp", "pybisect-", err);
    if (scratch == NULL) {
        return NULL;
    }
    struct pb_error ignored = PB_ERROR_INIT;
    int status = probe(program, scratch, &said, err);
    (void)pb_fs_remove_tree(scratch, &ignored);
    if (status < 0) {
        pb_error_prefix(err, "cannot confine the project's code with '%s'",
                        program);
        pb_error_hint(err, "let it make user namespaces here (sysctl "
                           "user.max_user_namespaces, "
                           "kernel.apparmor_restrict_unprivileged_userns, a "
                           "container's privileges); " WHAT_NONE_MEANS);
        return NULL;
    }
    char *found = program;
    program = NULL;
    return found;
}
