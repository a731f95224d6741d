/* The builds that are kept. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/fs.h"
#include "pybisect/store.h"

#define KB 1024.0
#define MB (1024.0 * 1024.0)

static int
print_stats(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    struct pb_store_stats stats;
    if (pb_store_stats(store, &stats, err) < 0) {
        return -1;
    }
    printf("%s\n", cli->places.cache);
    printf("%8zu builds (%zu proved), %zu failures in %zu packs\n",
           stats.built, stats.proved, stats.failed, stats.packs);
    printf("%8.1f MB on disk for %.1f MB of files\n",
           (double)stats.disk_bytes / MB, (double)stats.raw_bytes / MB);
    if (stats.first > 0) {
        printf("%8.1f MB a first build on average\n",
               (double)stats.first_bytes / MB / (double)stats.first);
    }
    if (stats.further > 0) {
        printf("%8.1f KB each further build on average\n",
               (double)stats.further_bytes / KB / (double)stats.further);
    }
    return 0;
}

static int
verify(struct pb_store *store, bool repair, struct pb_error *err)
{
    size_t checked = 0;
    size_t damaged = 0;
    if (pb_store_verify(store, repair, &checked, &damaged, err) < 0) {
        return -1;
    }
    printf("%zu entries checked, %zu damaged%s\n", checked, damaged,
           damaged == 0 ? ""
           : repair     ? " and dropped: they are built again when needed"
                        : ": 'verify --repair' drops them");
    return damaged > 0 ? 1 : 0;
}

int
cmd_cache(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_strv *words = &cli->options.words;
    const char *verb = words->len == 1 ? words->items[0] : "";
    bool stats = strcmp(verb, "stats") == 0;
    if (!stats && strcmp(verb, "verify") != 0) {
        return cli_usage(cli, "pybisect cache stats | verify [--repair]",
                         "stats or verify?");
    }
    PB_AUTOFREE char *path = pb_path_join(cli->places.cache, "store");
    PB_AUTO(pb_store) struct pb_store *store = NULL;
    if (pb_store_open(path, &store, &err) < 0) {
        return cli_fail(cli, &err);
    }
    int status = stats ? print_stats(cli, store, &err)
                       : verify(store, cli->options.repair, &err);
    return status < 0 ? cli_fail(cli, &err) : status;
}
