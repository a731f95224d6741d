/* How long it takes to tell what changed between two large runs: the diff,
   its classes and its groups.

       bench_classify [CHANGES]

   Half of the tests of each run change, in fifty ways; tracebacks are as long
   as unittest's usually are. Times are the processor's; the best of a few
   rounds is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pybisect/alloc.h"
#include "pybisect/classify.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

#define DEFAULT_CHANGES 100000
#define ROUNDS 5
#define WAYS 50

static double
now(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void
fail_test(struct pb_results *results, const char *id, size_t number)
{
    static const char *const kinds[][2] = {
        {"AttributeError", "module 'collections' has no attribute 'Name%zu'"},
        {"ModuleNotFoundError", "No module named 'module%zu'"},
        {"AssertionError", "'<p>value %zu</p>' != 'value' at 0x7f3c5a1b2d90"},
        {"TypeError", "f%zu() takes 3 positional arguments but 4 were given"},
        {"FileNotFoundError",
         "[Errno 2] No such file or directory: '/tmp/tmpk2j3h4g5/%zu.txt'"},
    };
    size_t way = number % WAYS;
    const char *const *kind = kinds[way % PB_LENGTH(kinds)];
    PB_AUTO(pb_buf) struct pb_buf message = PB_BUF_INIT;
    const char *mark = strstr(kind[1], "%zu");
    pb_buf_addf(&message, "%.*s%zu%s", (int)(mark - kind[1]), kind[1], way,
                mark + 3);
    PB_AUTO(pb_buf) struct pb_buf trace = PB_BUF_INIT;
    pb_buf_adds(&trace, "Traceback (most recent call last):\n");
    for (size_t i = 0; i < 6; i++) {
        pb_buf_addf(&trace,
                    "  File \"/w/run/project/package/module_%zu.py\", line "
                    "%zu, in function_%zu\n    return self.call(value)\n",
                    way + i, number % 997, i);
    }
    pb_buf_addf(&trace, "%s: %s\n", kind[0], message.data);
    pb_result_describe(pb_results_add(results, id, PB_OUTCOME_ERROR), kind[0],
                       message.data, trace.data);
}

/* Of those that change most fail, some vanish, some are skipped. */
static void
make_runs(size_t changes, struct pb_results *before, struct pb_results *after)
{
    for (size_t i = 0; i < 2 * changes; i++) {
        char id[128];
        snprintf(id, sizeof(id), "package.tests.test_%zu.TestCase%zu.test_%zu",
                 i / 100, i / 10, i);
        (void)pb_results_add(before, id, PB_OUTCOME_PASS);
        if (i % 2 == 0) {
            (void)pb_results_add(after, id, PB_OUTCOME_PASS);
        }
        else if (i % 20 == 1) {
            pb_result_describe(pb_results_add(after, id, PB_OUTCOME_SKIP),
                               NULL, "requires a network", NULL);
        }
        else if (i % 20 != 3) {
            fail_test(after, id, i / 2);
        }
    }
}

struct figures {
    double diff;
    double groups;
    double each; /* classified one by one, without grouping */
    size_t changes;
    size_t ngroups;
};

static double
best(double a, double b)
{
    return a > 0 && a < b ? a : b;
}

static void
classify_each(const struct pb_rules *rules, const struct pb_diff *diff)
{
    for (size_t i = 0; i < diff->len; i++) {
        const struct pb_change *change = &diff->items[i];
        const struct pb_result *after = change->after;
        const struct pb_facts facts = {
            .kind = change->kind,
            .id = change->id,
            .after = after == NULL ? PB_OUTCOME_ABSENT : after->outcome,
            .now = {after == NULL ? NULL : after->type,
                    after == NULL ? NULL : after->message,
                    after == NULL ? NULL : after->trace},
        };
        PB_AUTO(pb_match) struct pb_match match = PB_MATCH_INIT;
        (void)pb_classify(rules, &facts, &match);
    }
}

static void
measure(const struct pb_rules *rules, const struct pb_results *before,
        const struct pb_results *after, struct figures *out)
{
    PB_AUTO(pb_diff) struct pb_diff diff = PB_DIFF_INIT;
    PB_AUTO(pb_groups) struct pb_groups groups = PB_GROUPS_INIT;
    double start = now();
    pb_diff_compute(before, after, NULL, &diff);
    double diffed = now();
    pb_groups_compute(rules, before, after, &diff, NULL, &groups);
    double grouped = now();
    classify_each(rules, &diff);
    double end = now();
    out->diff = best(out->diff, diffed - start);
    out->groups = best(out->groups, grouped - diffed);
    out->each = best(out->each, end - grouped);
    out->changes = diff.len;
    out->ngroups = groups.len;
}

static int
load_rules(struct pb_rules *rules, struct pb_error *err)
{
    static const char path[] = PB_SOURCE_DIR "/recipes/classes.yml";
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    if (pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, err) < 0) {
        return -1;
    }
    return pb_rules_parse(rules, text.data, text.len, path, &problems, err);
}

int
main(int argc, char **argv)
{
    size_t changes = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_CHANGES;
    PB_AUTO(pb_rules) struct pb_rules *rules = pb_rules_new();
    struct pb_error err = PB_ERROR_INIT;
    double start = now();
    if (load_rules(rules, &err) < 0) {
        fprintf(stderr, "bench_classify: %s\n", err.message);
        return 1;
    }
    double load = now() - start;
    PB_AUTO(pb_results) struct pb_results before = PB_RESULTS_INIT;
    PB_AUTO(pb_results) struct pb_results after = PB_RESULTS_INIT;
    make_runs(changes, &before, &after);
    struct figures figures = {.diff = 0};
    for (int i = 0; i < ROUNDS; i++) {
        measure(rules, &before, &after, &figures);
    }
    printf("rules               %zu\n", pb_rules_count(rules));
    printf("changes             %zu\n", figures.changes);
    printf("groups              %zu\n", figures.ngroups);
    printf("load rules       ms %.1f\n", load * 1e3);
    printf("diff             ms %.1f\n", figures.diff * 1e3);
    printf("classify, group  ms %.1f\n", figures.groups * 1e3);
    printf("diff and group   ms %.1f\n",
           (figures.diff + figures.groups) * 1e3);
    printf("each by itself   us %.2f\n",
           figures.each * 1e6 / (double)figures.changes);
    return 0;
}
