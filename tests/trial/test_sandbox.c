/* sandbox: the words that confine a command. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/sandbox.h"

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

static char python[] = "/cache/run-0/python";
static char option[] = "-c";
static char script[] = "print('a b')";
static char *const command[] = {python, option, script, NULL};

static char path[] = "PATH=/usr/bin";
static char equals[] = "FLAGS=-DX=1";
static char nothing[] = "EMPTY=";
static char *const environment[] = {path, equals, nothing, NULL};

/* What every command is confined by, up to what is its own. */
#define NAMESPACES                                                            \
    "--die-with-parent", "--new-session", "--cap-drop", "ALL",                \
        "--json-status-fd", "8"
#define SYSTEM                                                                \
    "--ro-bind-try", "/usr", "/usr", "--ro-bind-try", "/bin", "/bin",         \
        "--ro-bind-try", "/sbin", "/sbin", "--ro-bind-try", "/lib", "/lib",   \
        "--ro-bind-try", "/lib32", "/lib32", "--ro-bind-try", "/lib64",       \
        "/lib64", "--ro-bind-try", "/libx32", "/libx32", "--ro-bind-try",     \
        "/etc", "/etc", "--ro-bind-try", "/opt", "/opt", "--ro-bind-try",     \
        "/nix", "/nix", "--ro-bind-try", "/gnu", "/gnu", "--ro-bind-try",     \
        "/sys/devices/system/cpu", "/sys/devices/system/cpu"
#define DEVICE(name) "--dev-bind-try", "/run/1/scratch/dev/" name, "/dev/" name
#define PRIVATE                                                               \
    "--proc", "/proc", "--ro-bind-try", "/proc/sys", "/proc/sys",             \
        "--ro-bind-try", "/proc/sysrq-trigger", "/proc/sysrq-trigger",        \
        "--ro-bind-try", "/proc/irq", "/proc/irq", "--ro-bind-try",           \
        "/proc/bus", "/proc/bus", "--ro-bind-try", "/proc/fs", "/proc/fs",    \
        "--dev", "/dev", DEVICE("null"), DEVICE("zero"), DEVICE("full"),      \
        DEVICE("random"), DEVICE("urandom"), DEVICE("tty"), "--bind",         \
        "/run/1/scratch/shm", "/dev/shm", "--remount-ro", "/dev", "--dir",    \
        "/run"
#define SCRATCH                                                               \
    "--bind", "/run/1/scratch/tmp", "/tmp", "--bind", "/run/1/scratch/tmp",   \
        "/var/tmp"
#define END                                                                   \
    "--ro-bind", "/run/1/scratch", "/run/1/scratch", "--remount-ro", "/"
#define ENVIRONMENT                                                           \
    "--clearenv", "--setenv", "PATH", "/usr/bin", "--setenv", "FLAGS",        \
        "-DX=1", "--setenv", "EMPTY", ""
#define COMMAND                                                               \
    "--chdir", "/run/1/project", "--", "/cache/run-0/python", "-c",           \
        "print('a b')"

static void
expect(const struct pb_sandbox *sandbox, const char *const *words, size_t len)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_sandbox_command(sandbox, command, &argv);
    for (size_t i = 0; i < len && i < argv.len; i++) {
        assert_string_equal(argv.items[i], words[i]);
    }
    assert_int_equal(argv.len, len);
}

static void
nothing_of_the_users_is_inside_unless_it_is_named(void **state)
{
    static const char *const words[] = {
        "/usr/bin/bwrap", "--unshare-all", NAMESPACES, SYSTEM,
        PRIVATE,          SCRATCH,         END,        ENVIRONMENT,
        COMMAND,
    };
    (void)state;
    const struct pb_sandbox sandbox = {
        .program = "/usr/bin/bwrap",
        .directory = "/run/1/project",
        .scratch = "/run/1/scratch",
        .environment = environment,
    };
    expect(&sandbox, words, COUNT(words));
}

/* What may be written to lies over what may be read, and both over /tmp. */
static void
places_are_bound_in_the_order_of_what_they_allow(void **state)
{
    static const char *const words[] = {
        "/usr/bin/bwrap",
        "--unshare-all",
        NAMESPACES,
        SYSTEM,
        "--ro-bind",
        "/dev/null",
        "/etc/shadow",
        PRIVATE,
        SCRATCH,
        "--ro-bind-try",
        "/cache/run-0",
        "/cache/run-0",
        "--ro-bind-try",
        "/deps",
        "/deps",
        "--bind",
        "/run/1",
        "/run/1",
        END,
        ENVIRONMENT,
        COMMAND,
    };
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv hidden = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv readable = PB_STRV_INIT;
    PB_AUTO(pb_strv) struct pb_strv writable = PB_STRV_INIT;
    pb_strv_add(&hidden, "/etc/shadow");
    pb_strv_add(&readable, "/cache/run-0");
    pb_strv_add(&readable, "/deps");
    pb_strv_add(&writable, "/run/1");
    const struct pb_sandbox sandbox = {
        .program = "/usr/bin/bwrap",
        .directory = "/run/1/project",
        .scratch = "/run/1/scratch",
        .hidden = &hidden,
        .readable = &readable,
        .writable = &writable,
        .environment = environment,
    };
    expect(&sandbox, words, COUNT(words));
}

static void
a_network_is_the_hosts_with_the_names_of_it(void **state)
{
    static const char *const words[] = {
        "/usr/bin/bwrap",
        "--unshare-all",
        "--share-net",
        NAMESPACES,
        SYSTEM,
        PRIVATE,
        "--ro-bind-try",
        "/run/systemd/resolve",
        "/run/systemd/resolve",
        "--ro-bind-try",
        "/run/resolvconf",
        "/run/resolvconf",
        "--ro-bind-try",
        "/run/NetworkManager/resolv.conf",
        "/run/NetworkManager/resolv.conf",
        SCRATCH,
        END,
        ENVIRONMENT,
        COMMAND,
    };
    (void)state;
    const struct pb_sandbox sandbox = {
        .program = "/usr/bin/bwrap",
        .directory = "/run/1/project",
        .scratch = "/run/1/scratch",
        .environment = environment,
        .network = true,
    };
    expect(&sandbox, words, COUNT(words));
}

/* A preloaded library of the project's would run outside. */
static void
bubblewrap_gets_nothing_of_the_commands_environment(void **state)
{
    (void)state;
    PB_AUTO(pb_strv) struct pb_strv outside = PB_STRV_INIT;
    pb_sandbox_environment(&outside);
    assert_int_equal(outside.len, 1);
    assert_string_equal(outside.items[0], "PATH=/usr/local/bin:/usr/bin:/bin");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_the_users_is_inside_unless_it_is_named),
        cmocka_unit_test(places_are_bound_in_the_order_of_what_they_allow),
        cmocka_unit_test(a_network_is_the_hosts_with_the_names_of_it),
        cmocka_unit_test(bubblewrap_gets_nothing_of_the_commands_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
