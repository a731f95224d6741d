/* What the program's files share: the parsed command line, the commands and
   the screen. Commands return the program's exit status. */
#ifndef PYBISECT_CLI_CLI_H
#define PYBISECT_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/screen.h"
#include "pybisect/cancel.h"
#include "pybisect/plan.h"
#include "pybisect/report.h"
#include "pybisect/session.h"

enum cli_exit {
    CLI_FOUND = 0,
    CLI_NOT_FOUND = 1, /* finished without a single culprit */
    CLI_USAGE = 2,
    CLI_ENVIRONMENT = 3,
    CLI_INTERNAL = 4,
    CLI_SKIP = 125,
    CLI_INTERRUPTED = 130,
};

struct cli_cache_options { /* of `pybisect cache` */
    bool repair;           /* verify: drop what is damaged */
    bool dry_run;          /* gc; notify */
    uint64_t max_bytes;    /* gc; 0: no limit */
    long max_days;         /* gc; 0: no limit */
    long trees;            /* fill; 0: one a core */
};

struct cli_night_options { /* of `pybisect nightly` */
    char *head;            /* --head REV; NULL: trunk */
    char *json;            /* absolute */
    char *site;            /* likewise */
    bool status;
};

struct cli_options {
    struct pb_plan plan;
    struct pb_strv words;    /* what is neither an option nor after "--" */
    char *report;            /* --report FILE */
    char *format;            /* --format */
    char *reader;            /* --for: of a report in Markdown */
    char *output;            /* -o FILE, absolute: of `recipe new` */
    struct pb_strv projects; /* of `audit` and `nightly`; empty: all */
    char *against;           /* --against REV: of `audit` */
    char *worktree;          /* --worktree DIR, absolute: likewise */
    struct cli_cache_options cache;
    struct cli_night_options night;
    bool quiet;
    bool explain; /* --explain */
    bool shell;   /* --shell, of exec */
    bool again;   /* --again, of try */
    bool help;
    bool version;
};
void cli_options_clear(struct cli_options *options);
PB_DEFINE_AUTO_CLEAR(cli_options, struct cli_options, cli_options_clear)

/* Everything of a run of the program that commands need. */
struct cli {
    struct cli_options options;
    struct pb_places places;
    struct screen screen;
    struct pb_cancel *cancel;
    char *command_line; /* as typed, shell-quoted */
};

/* argv without the command's name. An unknown option's hint names the one
   that was probably meant. */
int cli_options_parse(int argc, char **argv, struct cli_options *out,
                      struct pb_error *err);

/* On standard output; sorts them. */
void cli_print_problems(struct pb_problems *problems);
/* Prints an error with its place and hint; returns its exit status. */
int cli_fail(struct cli *cli, const struct pb_error *err);
int cli_usage(struct cli *cli, const char *usage, const char *format, ...)
    PB_PRINTF(3, 4);

int cmd_bisect(struct cli *cli);
int cmd_resume(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_log(struct cli *cli);
int cmd_replay(struct cli *cli);
int cmd_report(struct cli *cli);
int cmd_try(struct cli *cli);
int cmd_exec(struct cli *cli);
int cmd_audit(struct cli *cli);
int cmd_nightly(struct cli *cli);
int cmd_recipe(struct cli *cli);
int cmd_cache(struct cli *cli);
int cmd_doctor(struct cli *cli);
int cmd_notify(struct cli *cli);

/* The id in the first word, or 0 for none; -1 (told) if it is no number. */
int cli_bisection_id(struct cli *cli, const char *usage, int64_t *out);
int cli_open_journal(struct cli *cli, struct pb_journal **out,
                     struct pb_error *err);
/* Likewise, to read what nights left: drops damaged records, and says so. */
int cli_open_nights(struct cli *cli, struct pb_journal **out,
                    struct pb_error *err);
/* The form of a report, and who it is for, as --format and --for ask; else by
   the name of `file`, or text without one. Returns 0, or the exit status after
   telling what is wrong. */
int cli_report_form(struct cli *cli, const char *usage, const char *file,
                    enum pb_report_form *out, enum pb_report_for *out_reader);

/* Delivers what is in the outbox, or with --dry-run prints it. Returns an exit
   status, ENVIRONMENT when a receiver could not be told, or -1. */
int cli_notify(struct cli *cli, struct pb_journal *journal,
               struct pb_error *err);
/* --cpython's default: PYBISECT_CPYTHON. */
void cli_default_cpython(struct cli *cli);
/* A project in word `index`, the last one, unless there is a command after
   "--". Returns 0, or the exit status after telling what is wrong. */
int cli_take_project(struct cli *cli, size_t index, const char *text);

extern const char *const cli_help_text[]; /* parts; NULL-terminated */

#endif
