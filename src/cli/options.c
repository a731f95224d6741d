/* The command line into plain data; nothing is acted on here. */
#include <assert.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

enum option_id {
    OPT_CPYTHON = 256,
    OPT_PROJECT_DIR,
    OPT_DEPS,
    OPT_FIND_LINKS,
    OPT_REF,
    OPT_TEST,
    OPT_MATCH,
    OPT_ALL_PARENTS,
    OPT_CC,
    OPT_CONFIGURE_ARG,
    OPT_TIMEOUT,
    OPT_MAX_CULPRITS,
    OPT_FIRST,
    OPT_PHASE,
    OPT_NO_CCACHE,
    OPT_CONFIDENCE,
    OPT_DETERMINISTIC,
    OPT_REPEAT,
    OPT_BUDGET,
    OPT_NO_PRIOR,
    OPT_BY,
    OPT_AHEAD,
    OPT_SANDBOX,
    OPT_REPAIR,
    OPT_DRY_RUN,
    OPT_MAX_SIZE,
    OPT_MAX_AGE,
    OPT_TREES,
    OPT_REPORT,
    OPT_FORMAT,
    OPT_FOR,
    OPT_EXPLAIN,
    OPT_SHELL,
    OPT_AGAIN,
    OPT_DIFFERENT,
    OPT_AGAINST,
    OPT_WORKTREE,
    OPT_HEAD,
    OPT_PROJECTS,
    OPT_JSON,
    OPT_SITE,
    OPT_STATUS,
    OPT_VERSION,
};

static const struct option long_options[] = {
    {"cpython", required_argument, NULL, OPT_CPYTHON},
    {"project-dir", required_argument, NULL, OPT_PROJECT_DIR},
    {"deps", required_argument, NULL, OPT_DEPS},
    {"find-links", required_argument, NULL, OPT_FIND_LINKS},
    {"ref", required_argument, NULL, OPT_REF},
    {"test", required_argument, NULL, OPT_TEST},
    {"match", required_argument, NULL, OPT_MATCH},
    {"all-parents", no_argument, NULL, OPT_ALL_PARENTS},
    {"jobs", required_argument, NULL, 'j'},
    {"cc", required_argument, NULL, OPT_CC},
    {"configure-arg", required_argument, NULL, OPT_CONFIGURE_ARG},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"max-culprits", required_argument, NULL, OPT_MAX_CULPRITS},
    {"first", no_argument, NULL, OPT_FIRST},
    {"different", no_argument, NULL, OPT_DIFFERENT},
    {"phase", required_argument, NULL, OPT_PHASE},
    {"no-ccache", no_argument, NULL, OPT_NO_CCACHE},
    {"confidence", required_argument, NULL, OPT_CONFIDENCE},
    {"deterministic", no_argument, NULL, OPT_DETERMINISTIC},
    {"repeat", required_argument, NULL, OPT_REPEAT},
    {"budget", required_argument, NULL, OPT_BUDGET},
    {"no-prior", no_argument, NULL, OPT_NO_PRIOR},
    {"by", required_argument, NULL, OPT_BY},
    {"ahead", required_argument, NULL, OPT_AHEAD},
    {"sandbox", required_argument, NULL, OPT_SANDBOX},
    {"repair", no_argument, NULL, OPT_REPAIR},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"max-size", required_argument, NULL, OPT_MAX_SIZE},
    {"max-age", required_argument, NULL, OPT_MAX_AGE},
    {"trees", required_argument, NULL, OPT_TREES},
    {"report", required_argument, NULL, OPT_REPORT},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"for", required_argument, NULL, OPT_FOR},
    {"explain", no_argument, NULL, OPT_EXPLAIN},
    {"shell", no_argument, NULL, OPT_SHELL},
    {"again", no_argument, NULL, OPT_AGAIN},
    {"against", required_argument, NULL, OPT_AGAINST},
    {"worktree", required_argument, NULL, OPT_WORKTREE},
    {"head", required_argument, NULL, OPT_HEAD},
    {"projects", required_argument, NULL, OPT_PROJECTS},
    {"json", required_argument, NULL, OPT_JSON},
    {"site", required_argument, NULL, OPT_SITE},
    {"status", no_argument, NULL, OPT_STATUS},
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

void
cli_options_clear(struct cli_options *options)
{
    pb_plan_clear(&options->plan);
    pb_strv_clear(&options->words);
    free(options->report);
    free(options->format);
    free(options->reader);
    free(options->output);
    free(options->against);
    free(options->worktree);
    free(options->night.head);
    free(options->night.json);
    free(options->night.site);
    pb_strv_clear(&options->projects);
    memset(options, 0, sizeof(*options));
}

static void
set_text(char **field, const char *value)
{
    free(*field);
    *field = pb_strdup(value);
}

static void
set_path(char **field, const char *value)
{
    free(*field);
    *field = pb_path_absolute(value);
}

static int
set_number(long *field, const char *option, const char *value,
           struct pb_error *err)
{
    char *end = NULL;
    long number = strtol(value, &end, 10);
    if (end == value || *end != '\0' || number < 1 || number > INT_MAX) {
        pb_error_set(err, PB_ERROR_USAGE,
                     "--%s takes a number from 1, not "
                     "'%s'",
                     option, value);
        return -1;
    }
    *field = number;
    return 0;
}

static int
set_phase(struct pb_plan *plan, const char *value, struct pb_error *err)
{
    enum pb_phase phase = PB_PHASE_TEST;
    if (!pb_plan_parse_phase(value, &phase)) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "--phase takes install-python, prepare, smoke or "
                            "test, not '%s'",
                            value);
    }
    set_text(&plan->phase, value);
    return 0;
}

static int
set_confidence(struct pb_plan *plan, const char *value, struct pb_error *err)
{
    double number = 0;
    if (!pb_plan_parse_confidence(value, &number)) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "--confidence takes a number between 0 and 1, as "
                            "0.99, not '%s'",
                            value);
    }
    set_text(&plan->confidence, value);
    return 0;
}

static int
set_budget(struct pb_plan *plan, const char *value, struct pb_error *err)
{
    size_t runs = 0;
    double seconds = 0;
    if (!pb_plan_parse_budget(value, &runs, &seconds)) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "--budget takes a number of runs, as 40, or a "
                            "time, as 30m or 2h, not '%s'",
                            value);
    }
    set_text(&plan->budget, value);
    return 0;
}

static int
set_sandbox(struct pb_plan *plan, const char *value, struct pb_error *err)
{
    if (!pb_plan_parse_sandbox(value)) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "--sandbox takes bwrap or none, not '%s'", value);
    }
    set_text(&plan->sandbox, value);
    return 0;
}

static int
set_by(struct pb_plan *plan, const char *value, struct pb_error *err)
{
    plan->by_runs = strcmp(value, "runs") == 0;
    if (!plan->by_runs && strcmp(value, "seconds") != 0) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "--by takes seconds or runs, not '%s'", value);
    }
    return 0;
}

/* "500M", "2G": bytes, with the usual letters for powers of 1024. */
static int
set_size(uint64_t *field, const char *option, const char *value,
         struct pb_error *err)
{
    static const char letters[] = "kMGT";
    char *end = NULL;
    double number = strtod(value, &end);
    const char *letter = *end == '\0' ? NULL : strchr(letters, *end);
    bool plain = end != value && *end == '\0';
    bool scaled = end != value && letter != NULL && end[1] == '\0';
    if ((!plain && !scaled) || !(number >= 1) || number > 1e15) {
        return pb_error_set(err, PB_ERROR_USAGE,
                            "--%s takes a size as 500M or 2G, not '%s'",
                            option, value);
    }
    for (const char *at = letters; letter != NULL && at <= letter; at++) {
        number *= 1024;
    }
    *field = (uint64_t)number;
    return 0;
}

/* Options without a value. */
static const struct flag {
    int id;
    size_t offset; /* of a bool in struct cli_options */
} flags[] = {
    {OPT_ALL_PARENTS, offsetof(struct cli_options, plan.all_parents)},
    {OPT_FIRST, offsetof(struct cli_options, plan.first)},
    {OPT_DIFFERENT, offsetof(struct cli_options, plan.different)},
    {OPT_NO_CCACHE, offsetof(struct cli_options, plan.no_ccache)},
    {OPT_DETERMINISTIC, offsetof(struct cli_options, plan.deterministic)},
    {OPT_NO_PRIOR, offsetof(struct cli_options, plan.no_prior)},
    {OPT_EXPLAIN, offsetof(struct cli_options, explain)},
    {OPT_SHELL, offsetof(struct cli_options, shell)},
    {OPT_AGAIN, offsetof(struct cli_options, again)},
    {OPT_REPAIR, offsetof(struct cli_options, cache.repair)},
    {OPT_STATUS, offsetof(struct cli_options, night.status)},
    {OPT_DRY_RUN, offsetof(struct cli_options, cache.dry_run)},
    {'q', offsetof(struct cli_options, quiet)},
    {'h', offsetof(struct cli_options, help)},
    {OPT_VERSION, offsetof(struct cli_options, version)},
};

/* "a,b" adds two. */
static void
add_words(struct pb_strv *list, const char *value)
{
    while (*value != '\0') {
        size_t length = strcspn(value, ",");
        if (length > 0) {
            pb_strv_take(list, pb_strndup(value, length));
        }
        value += length + (value[length] == ',');
    }
}

static bool
set_flag(struct cli_options *options, int id)
{
    for (size_t i = 0; i < PB_LENGTH(flags); i++) {
        if (flags[i].id == id) {
            *(bool *)((char *)options + flags[i].offset) = true;
            return true;
        }
    }
    return false;
}

/* Of single commands: what they read, and where they write. False: it is
   none of these. */
static bool
set_of_command(struct cli_options *options, int id)
{
    switch (id) {
    case OPT_REPORT:
        set_path(&options->report, optarg);
        break;
    case 'o':
        set_path(&options->output, optarg);
        break;
    case OPT_FORMAT:
        set_text(&options->format, optarg);
        break;
    case OPT_FOR:
        set_text(&options->reader, optarg);
        break;
    case OPT_AGAINST:
        set_text(&options->against, optarg);
        break;
    case OPT_WORKTREE:
        set_path(&options->worktree, optarg);
        break;
    case OPT_HEAD:
        set_text(&options->night.head, optarg);
        break;
    case OPT_PROJECTS:
        add_words(&options->projects, optarg);
        break;
    case OPT_JSON:
        set_path(&options->night.json, optarg);
        break;
    case OPT_SITE:
        set_path(&options->night.site, optarg);
        break;
    default:
        return false;
    }
    return true;
}

static int
apply(struct cli_options *options, int id, struct pb_error *err)
{
    struct pb_plan *plan = &options->plan;
    if (set_flag(options, id) || set_of_command(options, id)) {
        return 0;
    }
    switch (id) {
    case OPT_CPYTHON:
        set_path(&plan->cpython, optarg);
        break;
    case OPT_PROJECT_DIR:
        set_path(&plan->project_dir, optarg);
        break;
    case OPT_DEPS:
        set_path(&plan->deps_dir, optarg);
        break;
    case OPT_FIND_LINKS:
        pb_strv_take(&plan->find_links, pb_path_absolute(optarg));
        break;
    case OPT_REF:
        set_text(&plan->ref, optarg);
        break;
    case OPT_TEST:
        pb_strv_add(&plan->tests, optarg);
        break;
    case OPT_MATCH:
        set_text(&plan->match, optarg);
        break;
    case OPT_CC:
        set_text(&plan->cc, optarg);
        break;
    case OPT_CONFIGURE_ARG:
        pb_strv_add(&plan->configure_args, optarg);
        break;
    case OPT_PHASE:
        return set_phase(plan, optarg, err);
    case OPT_CONFIDENCE:
        return set_confidence(plan, optarg, err);
    case OPT_BUDGET:
        return set_budget(plan, optarg, err);
    case OPT_SANDBOX:
        return set_sandbox(plan, optarg, err);
    case OPT_BY:
        return set_by(plan, optarg, err);
    case OPT_REPEAT:
        return set_number(&plan->repeat, "repeat", optarg, err);
    case OPT_AHEAD:
        return set_number(&plan->ahead, "ahead", optarg, err);
    case 'j':
        return set_number(&plan->jobs, "jobs", optarg, err);
    case OPT_TIMEOUT:
        return set_number(&plan->timeout, "timeout", optarg, err);
    case OPT_MAX_CULPRITS:
        return set_number(&plan->max_culprits, "max-culprits", optarg, err);
    case OPT_MAX_SIZE:
        return set_size(&options->cache.max_bytes, "max-size", optarg, err);
    case OPT_MAX_AGE:
        return set_number(&options->cache.max_days, "max-age", optarg, err);
    case OPT_TREES:
        return set_number(&options->cache.trees, "trees", optarg, err);
    default:
        assert(false);
    }
    return 0;
}

/* How many letters two words share at their start. */
static size_t
common_prefix(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] != '\0' && a[length] == b[length]) {
        length++;
    }
    return length;
}

static int
unknown_option(const char *word, struct pb_error *err)
{
    pb_error_set(err, PB_ERROR_USAGE, "unknown option '%s'", word);
    pb_error_hint(err, "see 'pybisect --help'");
    const char *best = NULL;
    size_t longest = 1;
    for (const struct option *each = long_options; each->name != NULL; each++)
    {
        size_t shared = strncmp(word, "--", 2) == 0
                            ? common_prefix(word + 2, each->name)
                            : 0;
        if (shared > longest) {
            longest = shared;
            best = each->name;
        }
    }
    if (best != NULL) {
        pb_error_hint(err, "did you mean --%s?", best);
    }
    return -1;
}

int
cli_options_parse(int argc, char **argv, struct cli_options *out,
                  struct pb_error *err)
{
    int end = 0;
    while (end < argc && strcmp(argv[end], "--") != 0) {
        end++;
    }
    for (int i = end + 1; i < argc; i++) {
        pb_strv_add(&out->plan.command, argv[i]);
    }
    optind = 0; /* glibc: start anew */
    opterr = 0;
    int id = 0;
    while ((id = getopt_long(end, argv, ":j:o:qh", long_options, NULL)) != -1)
    {
        if (id == ':') {
            return pb_error_set(err, PB_ERROR_USAGE,
                                "option '%s' needs a value", argv[optind - 1]);
        }
        if (id == '?') {
            return unknown_option(argv[optind - 1], err);
        }
        if (apply(out, id, err) < 0) {
            return -1;
        }
    }
    for (int i = optind; i < end; i++) {
        pb_strv_add(&out->words, argv[i]);
    }
    return 0;
}
