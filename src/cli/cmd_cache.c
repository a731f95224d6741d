/* The builds that are kept. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/fs.h"
#include "pybisect/store.h"

#define MB (1024.0 * 1024.0)

static int
print_stats(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    struct pb_store_stats stats;
    if (pb_store_stats(store, &stats, err) < 0) {
        return -1;
    }
    printf("%s\n", cli->places.cache);
    printf("%8zu builds, %zu failures\n", stats.built, stats.failed);
    printf("%8.1f MB on disk for %.1f MB of files in %zu objects\n",
           (double)stats.disk_bytes / MB, (double)stats.raw_bytes / MB,
           stats.objects);
    return 0;
}

static int
verify(struct pb_store *store, struct pb_error *err)
{
    size_t checked = 0;
    size_t dropped = 0;
    if (pb_store_verify(store, &checked, &dropped, err) < 0) {
        return -1;
    }
    printf("%zu entries checked, %zu damaged and dropped%s\n", checked,
           dropped, dropped > 0 ? ": they are built again when needed" : "");
    return dropped > 0 ? 1 : 0;
}

int
cmd_cache(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_strv *words = &cli->options.words;
    const char *verb = words->len == 1 ? words->items[0] : "";
    bool stats = strcmp(verb, "stats") == 0;
    if (!stats && strcmp(verb, "verify") != 0) {
        return cli_usage(cli, "pybisect cache stats | verify",
                         "stats or verify?");
    }
    PB_AUTOFREE char *path = pb_path_join(cli->places.cache, "store");
    PB_AUTO(pb_store) struct pb_store *store = NULL;
    if (pb_store_open(path, &store, &err) < 0) {
        return cli_fail(cli, &err);
    }
    int status = stats ? print_stats(cli, store, &err) : verify(store, &err);
    return status < 0 ? cli_fail(cli, &err) : status;
}
