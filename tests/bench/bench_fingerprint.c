/* How long the keys of a clone's last commits take, beside what a script
   would have to run to work out such keys: git's own listing of what each
   commit changed.

       bench_fingerprint CLONE [COMMITS]

   Both start cold (a fresh process or fresh tables) on files that the
   system has cached: git goes first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fingerprint.h"
#include "pybisect/git.h"
#include "pybisect/process.h"

#define DEFAULT_COMMITS "20000"
#define EXIT_SKIPPED 77

static int
compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct pb_digest));
}

static size_t
count_distinct(struct pb_digest *digests, size_t len)
{
    size_t distinct = len > 0 ? 1 : 0;
    qsort(digests, len, sizeof(*digests), compare_digests);
    for (size_t i = 1; i < len; i++) {
        distinct += pb_digest_equal(&digests[i - 1], &digests[i]) ? 0 : 1;
    }
    return distinct;
}

static void
print_distinct(const struct pb_keys *keys, size_t len)
{
    PB_AUTOFREE struct pb_digest *builds =
        pb_alloc_array(len, sizeof(*builds));
    PB_AUTOFREE struct pb_digest *behaviours =
        pb_alloc_array(len, sizeof(*behaviours));
    for (size_t i = 0; i < len; i++) {
        builds[i] = keys[i].build;
        behaviours[i] = keys[i].behaviour;
    }
    printf("distinct behaviours %zu\n", count_distinct(behaviours, len));
    printf("distinct builds     %zu\n", count_distinct(builds, len));
}

struct limit {
    size_t left;
};

static bool
within_limit(const struct pb_commit *commit, void *context)
{
    (void)commit;
    struct limit *limit = context;
    return limit->left-- > 0;
}

static int
time_git(const char *clone, const char *tip, const char *commits,
         double *out_seconds, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv argv = PB_STRV_INIT;
    pb_strv_add(&argv, "git");
    pb_strv_addf(&argv, "--git-dir=%s", clone);
    pb_strv_add(&argv, "log");
    pb_strv_add(&argv, "--first-parent");
    pb_strv_add(&argv, "--raw");
    pb_strv_add(&argv, "--no-renames");
    pb_strv_add(&argv, "--no-abbrev");
    pb_strv_add(&argv, "--format=%H");
    pb_strv_addf(&argv, "-n%s", commits);
    pb_strv_add(&argv, tip);
    struct pb_process_options options = {.argv = argv.items};
    struct pb_process_result result;
    if (pb_process_run(&options, &result, err) < 0) {
        return -1;
    }
    if (result.end != PB_PROCESS_EXITED || result.status != 0) {
        char text[PB_PROCESS_TEXT];
        return pb_error_set(err, PB_ERROR_ENVIRONMENT, "git log ended with %s",
                            pb_process_describe(&result, text));
    }
    *out_seconds = result.wall_seconds;
    return 0;
}

static int
run(const char *clone, const char *commits, struct pb_error *err)
{
    PB_AUTO(pb_repo) struct pb_repo *repo = NULL;
    struct pb_oid tip;
    char hex[PB_OID_HEX];
    double git_seconds = 0;
    if (pb_repo_open(clone, &repo, err) < 0 ||
        pb_repo_trunk(repo, &tip, err) < 0 ||
        time_git(pb_repo_path(repo), pb_oid_hex(&tip, hex), commits,
                 &git_seconds, err) < 0)
    {
        return -1;
    }

    PB_AUTO(pb_oid_list) struct pb_oid_list list = {.items = NULL};
    struct limit limit = {.left = strtoul(commits, NULL, 10)};
    double start = pb_clock_monotonic();
    if (pb_repo_first_parents(repo, &tip, within_limit, &limit, &list, err) <
        0) {
        return -1;
    }
    double walked = pb_clock_monotonic();
    struct pb_fingerprint_options options = {.threads = 0};
    PB_AUTOFREE struct pb_keys *keys = pb_alloc_array(list.len, sizeof(*keys));
    if (pb_fingerprint(clone, list.items, list.len, &options, keys, err) < 0) {
        return -1;
    }
    double seconds = pb_clock_monotonic() - walked;

    printf("commits             %zu\n", list.len);
    printf("walk                %.2f s\n", walked - start);
    printf("keys                %.2f s, %.0f commits a second\n", seconds,
           (double)list.len / seconds);
    printf("git log --raw       %.2f s, %.2f times as long\n", git_seconds,
           git_seconds / seconds);
    print_distinct(keys, list.len);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fputs("usage: bench_fingerprint CLONE [COMMITS]\n", stderr);
        return EXIT_SKIPPED;
    }
    struct pb_error err = PB_ERROR_INIT;
    if (run(argv[1], argc == 3 ? argv[2] : DEFAULT_COMMITS, &err) < 0) {
        fprintf(stderr, "bench_fingerprint: %s\n", err.message);
        return pb_error_exit_status(&err);
    }
    return 0;
}
