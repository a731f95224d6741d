/* The builds that are kept: telling of them, checking and making room. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_cache.h"
#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/journal.h"

#define KB 1024.0
#define MB (1024.0 * 1024.0)
#define DAY (24 * 60 * 60.0)

int
cache_open_store(struct cli *cli, struct pb_store **out, struct pb_error *err)
{
    PB_AUTOFREE char *path = pb_path_join(cli->places.cache, "store");
    return pb_store_open(path, out, err);
}

/* --- stats --------------------------------------------------------------- */

static int
print_uses(struct cli *cli, struct pb_error *err)
{
    struct pb_build_uses uses;
    char seconds[PB_CLOCK_TEXT];
    if (pb_build_uses_load(cli->places.cache, &uses, err) < 0) {
        return -1;
    }
    size_t stored = uses.hot + uses.cold;
    size_t all = stored + uses.compiled;
    if (all == 0) {
        return 0;
    }
    printf("%8.0f %% of %zu builds asked for came out of the store"
           " (%zu hot, %zu cold)\n",
           100.0 * (double)stored / (double)all, all, uses.hot, uses.cold);
    printf("%8zu were compiled, in %s each on average\n", uses.compiled,
           pb_clock_duration(
               uses.compiled == 0 ? 0 : uses.seconds / (double)uses.compiled,
               seconds));
    return 0;
}

static int
stats(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    struct pb_store_stats stats;
    if (pb_store_stats(store, &stats, err) < 0) {
        return -1;
    }
    printf("%s\n", cli->places.cache);
    printf("%8zu builds, %zu failures\n", stats.built, stats.failed);
    printf("%8zu packs, %zu builds proved by an audit\n", stats.packs,
           stats.proved);
    printf("%8.1f MB on disk for %.1f MB of files\n",
           (double)stats.disk_bytes / MB, (double)stats.raw_bytes / MB);
    if (stats.first > 0) {
        printf("%8.1f MB the first build of a pack, on average\n",
               (double)stats.first_bytes / MB / (double)stats.first);
    }
    if (stats.further > 0) {
        printf("%8.1f KB each further build, on average\n",
               (double)stats.further_bytes / KB / (double)stats.further);
    }
    size_t kinds = pb_builder_irreproducible(cli->places.cache);
    if (kinds > 0) {
        printf("%8zu kinds of builds (compiler and era) are not reproducible "
               "here: they are not audited\n",
               kinds);
    }
    return print_uses(cli, err);
}

/* --- verify -------------------------------------------------------------- */

static int
verify_journal(struct cli *cli, size_t *out_damaged, struct pb_error *err)
{
    size_t checked = 0;
    PB_AUTOFREE char *kept = NULL;
    PB_AUTOFREE char *path = pb_path_join(cli->places.data, "journal.sqlite");
    if (pb_journal_verify(path, cli->options.cache.repair, &checked,
                          out_damaged, &kept, err) < 0)
    {
        return -1;
    }
    printf("%zu records of the journal checked, %zu damaged%s\n", checked,
           *out_damaged,
           *out_damaged == 0 ? ""
           : kept != NULL    ? " and dropped: what they held is done again"
                             : ": 'verify --repair' drops them");
    if (kept != NULL) {
        printf("the damaged journal is kept as %s\n", kept);
    }
    return 0;
}

static int
verify(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    size_t checked = 0;
    size_t damaged = 0;
    size_t records = 0;
    bool repair = cli->options.cache.repair;
    if (pb_store_verify(store, repair, &checked, &damaged, err) < 0) {
        return -1;
    }
    printf("%zu entries checked, %zu damaged%s\n", checked, damaged,
           damaged == 0 ? ""
           : repair     ? " and dropped: they are built again when needed"
                        : ": 'verify --repair' drops them");
    if (verify_journal(cli, &records, err) < 0) {
        return -1;
    }
    return damaged > 0 || records > 0 ? 1 : 0;
}

/* --- gc ------------------------------------------------------------------ */

static int
collect(struct cli *cli, struct pb_store *store, struct pb_error *err)
{
    const struct cli_cache_options *options = &cli->options.cache;
    struct pb_store_gc gc = {
        .max_bytes = options->max_bytes,
        .max_age = (double)options->max_days * DAY,
        .dry_run = options->dry_run,
    };
    if (gc.max_bytes == 0 && gc.max_age <= 0) {
        pb_error_set(err, PB_ERROR_USAGE, "'cache gc' needs a limit");
        pb_error_hint(err,
                      "say --max-size 2G or --max-age 90 (days), or both");
        return -1;
    }
    if (pb_store_gc(store, &gc, err) < 0) {
        return -1;
    }
    printf("%zu entries in %zu packs %s, %.1f MB\n", gc.entries, gc.packs,
           gc.dry_run ? "would be removed" : "removed", (double)gc.bytes / MB);
    if (gc.pinned > 0) {
        printf("%zu packs stay although they are beyond the limit: a "
               "bisection under way needs them\n",
               gc.pinned);
    }
    return 0;
}

/* --- the command --------------------------------------------------------- */

static const struct verb {
    const char *name;
    size_t words; /* after the verb */
    int (*run)(struct cli *cli, struct pb_store *store, struct pb_error *err);
} verbs[] = {
    {"stats", 0, stats},         {"verify", 0, verify},
    {"gc", 0, collect},          {"fill", 1, cache_fill},
    {"export", 2, cache_export}, {"import", 1, cache_import},
};

static const char usage[] =
    "pybisect cache stats\n"
    "       pybisect cache fill RANGE [--trees N]\n"
    "       pybisect cache gc [--max-size SIZE] [--max-age DAYS] [--dry-run]\n"
    "       pybisect cache verify [--repair]\n"
    "       pybisect cache export RANGE FILE\n"
    "       pybisect cache import FILE";

static const struct verb *
find_verb(const char *name)
{
    for (size_t i = 0; i < PB_LENGTH(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

int
cmd_cache(struct cli *cli)
{
    struct pb_error err = PB_ERROR_INIT;
    const struct pb_strv *words = &cli->options.words;
    const struct verb *verb =
        words->len > 0 ? find_verb(words->items[0]) : NULL;
    if (verb == NULL) {
        return cli_usage(cli, usage,
                         words->len > 0 ? "'%s' is nothing that 'cache' can do"
                                        : "cache what?",
                         words->len > 0 ? words->items[0] : "");
    }
    if (words->len - 1 != verb->words) {
        return cli_usage(cli, usage, "'cache %s' takes %zu word%s, not %zu",
                         verb->name, verb->words, verb->words == 1 ? "" : "s",
                         words->len - 1);
    }
    PB_AUTO(pb_store) struct pb_store *store = NULL;
    if (cache_open_store(cli, &store, &err) < 0) {
        return cli_fail(cli, &err);
    }
    int status = verb->run(cli, store, &err);
    return status < 0 ? cli_fail(cli, &err) : status;
}
