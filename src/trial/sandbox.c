/* The words of a confinement. Nothing is run or looked at here. */
#include "pybisect/sandbox.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/process.h"
#include "trial/sandbox_devices.h"

/* What a program takes for granted. An allow list: what is not in it, as the
   homes of people, is not there. */
static const char *const system_places[] = {
    "/usr",    "/bin", "/sbin", "/lib", "/lib32", "/lib64",
    "/libx32", "/etc", "/opt",  "/nix", "/gnu",   "/sys/devices/system/cpu",
};

/* Where names are looked up, when there is a network: /etc/resolv.conf is
   often a link to here. */
static const char *const network_places[] = {
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager/resolv.conf",
};

/* Of root, whose number counts there without any capability: a core pattern
   is a command that the kernel runs outside. */
static const char *const kernel_places[] = {
    "/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs",
};

static void
add_words(struct pb_strv *out, const char *first, const char *second,
          const char *third)
{
    const char *const words[] = {first, second, third};
    for (size_t i = 0; i < PB_LENGTH(words) && words[i] != NULL; i++) {
        pb_strv_add(out, words[i]);
    }
}

static void
add_places(struct pb_strv *out, const char *option, const char *const *places,
           size_t len)
{
    for (size_t i = 0; i < len; i++) {
        add_words(out, option, places[i], places[i]);
    }
}

static void
add_list(struct pb_strv *out, const char *option, const struct pb_strv *list)
{
    for (size_t i = 0; list != NULL && i < list->len; i++) {
        add_words(out, option, list->items[i], list->items[i]);
    }
}

static void
add_namespaces(const struct pb_sandbox *sandbox, struct pb_strv *out)
{
    add_words(out, "--unshare-all", NULL, NULL);
    if (sandbox->network) {
        add_words(out, "--share-net", NULL, NULL);
    }
    add_words(out, "--die-with-parent", "--new-session", NULL);
    add_words(out, "--cap-drop", "ALL", NULL);
    if (!sandbox->unwatched) {
        pb_strv_add(out, "--json-status-fd");
        pb_strv_addf(out, "%d", PB_PROCESS_STATUS_FD);
    }
}

static void
add_devices(const struct pb_sandbox *sandbox, struct pb_strv *out)
{
    add_words(out, "--dev", "/dev", NULL);
    for (size_t i = 0; pb_sandbox_devices[i].name != NULL; i++) {
        const char *name = pb_sandbox_devices[i].name;
        pb_strv_add(out, "--dev-bind-try");
        pb_strv_addf(out, "%s/dev/%s", sandbox->scratch, name);
        pb_strv_addf(out, "/dev/%s", name);
    }
}

/* Later words lie over earlier ones, so what the run may write to comes
   last; but for the scratch directory, which may be below it: a link in its
   place would be followed by the mounts of the next command. */
static void
add_files(const struct pb_sandbox *sandbox, struct pb_strv *out)
{
    PB_AUTOFREE char *tmp = pb_path_join(sandbox->scratch, "tmp");
    PB_AUTOFREE char *shm = pb_path_join(sandbox->scratch, "shm");
    add_places(out, "--ro-bind-try", system_places, PB_LENGTH(system_places));
    for (size_t i = 0; sandbox->hidden != NULL && i < sandbox->hidden->len;
         i++) {
        add_words(out, "--ro-bind", "/dev/null", sandbox->hidden->items[i]);
    }
    add_words(out, "--proc", "/proc", NULL);
    add_places(out, "--ro-bind-try", kernel_places, PB_LENGTH(kernel_places));
    add_devices(sandbox, out);
    add_words(out, "--bind", shm, "/dev/shm");
    add_words(out, "--remount-ro", "/dev", NULL);
    add_words(out, "--dir", "/run", NULL);
    if (sandbox->network) {
        add_places(out, "--ro-bind-try", network_places,
                   PB_LENGTH(network_places));
    }
    add_words(out, "--bind", tmp, "/tmp");
    add_words(out, "--bind", tmp, "/var/tmp");
    add_list(out, "--ro-bind-try", sandbox->readable);
    add_list(out, "--bind", sandbox->writable);
    add_words(out, "--ro-bind", sandbox->scratch, sandbox->scratch);
    add_words(out, "--remount-ro", "/", NULL);
}

static void
add_environment(char *const *environment, struct pb_strv *out)
{
    pb_strv_add(out, "--clearenv");
    for (; *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');
        if (equals != NULL) {
            pb_strv_add(out, "--setenv");
            pb_strv_addf(out, "%.*s", (int)(equals - *environment),
                         *environment);
            pb_strv_add(out, equals + 1);
        }
    }
}

void
pb_sandbox_command(const struct pb_sandbox *sandbox, char *const *argv,
                   struct pb_strv *out)
{
    pb_strv_add(out, sandbox->program);
    add_namespaces(sandbox, out);
    add_files(sandbox, out);
    add_environment(sandbox->environment, out);
    add_words(out, "--chdir", sandbox->directory, "--");
    for (; *argv != NULL; argv++) {
        pb_strv_add(out, *argv);
    }
}

void
pb_sandbox_environment(struct pb_strv *out)
{
    pb_strv_add(out, "PATH=/usr/local/bin:/usr/bin:/bin");
}
