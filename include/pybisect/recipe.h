/* Projects: a recipe (one YAML file, documented in docs/recipes.md) says
   where a project lives, how its tests run and how their results are read; a
   project is that recipe with its source at hand, pinned for a bisection.

   Commands in recipes are words, split as a shell splits them (quotes, no
   expansion), run without a shell. Placeholders are replaced inside words:
   {python} {project} {deps} {reporter} {results} {tmp} {port}; the word
   {tests} becomes one word a test (or the recipe's `all`). {{name}} stands for
   a literal {name}.

   Items of lists may be for some versions alone; a recipe is complete once
   it is settled. What differs by version is settled once a bisection: one
   recipe for all of its revisions keeps their results comparable. */
#ifndef PYBISECT_RECIPE_H
#define PYBISECT_RECIPE_H

#include <stdbool.h>

#include "pybisect/buf.h"
#include "pybisect/cancel.h"
#include "pybisect/dependencies.h"
#include "pybisect/digest.h"
#include "pybisect/json.h"
#include "pybisect/process.h"
#include "pybisect/progress.h"
#include "pybisect/strv.h"
#include "pybisect/trial.h"
#include "pybisect/yaml.h"

/* A server that tests talk to, or a program that they run. Commands may hold
   {port}, a free one on 127.0.0.1; {tmp} is the server's own directory. */
struct pb_recipe_need {
    char *name;
    struct pb_strv programs; /* without which it cannot be had */
    struct pb_strv init;     /* commands run before it starts; may be empty */
    char *start;             /* serves until it is stopped; NULL: programs
                                are all that is needed */
    char *ready; /* exits with 0 once it serves; NULL: when {port} answers */
    struct pb_strv environment; /* of the phases that need it */
    struct pb_strv tests; /* fnmatch patterns: the tests that need it; empty:
                             all of the phases */
    unsigned phases;      /* bits, 1 << enum pb_recipe_phase */
    double timeout;       /* seconds until it is ready; 60 */
};

enum pb_recipe_phase {
    PB_RECIPE_PREPARE,
    PB_RECIPE_SMOKE,
    PB_RECIPE_TEST,
};

/* Items that are for some versions alone. */
struct pb_recipe_case;

struct pb_recipe {
    char *name;
    char *file;          /* NULL: made from a command line or detected */
    char *description;   /* may be NULL */
    char *git;           /* URL to clone; NULL: only with --project-dir */
    char *ref;           /* tag, branch or sha in it */
    bool test_support;   /* the suite imports CPython's test.support */
    bool install_python; /* CPython's own `make install` is a phase */
    bool network;        /* its commands may use the network */
    struct pb_strv dependencies; /* importable names, or "name=distribution"
                                    as pip knows it; versions may follow */
    struct pb_strv build;        /* commands that compile; what they make is
                                    kept for equal headers */
    struct pb_strv prepare;      /* commands, in order; may be empty */
    struct pb_strv smoke;        /* likewise */
    struct pb_strv environment;  /* "NAME=value with {placeholders}" */
    struct pb_recipe_need *needs;
    size_t nneeds;
    struct pb_recipe_case *cases; /* private; none once settled */
    size_t ncases;
    struct {
        char *directory;           /* where it runs; default "{project}" */
        char *command;             /* with {tests} */
        struct pb_strv all;        /* what {tests} is when all run */
        char *select;              /* how one test is named: "{id}" */
        struct pb_strv selectable; /* fnmatch patterns of the ids that can be
                                      asked for alone; empty: every id */
        enum pb_reader reader;
        struct pb_strv patterns; /* "outcome=expression", in order */
        size_t min_tests;        /* fewer results: the run counts as cut */
        double timeout;          /* seconds, whole suite; default 1800 */
    } test;
    struct pb_process_bounds bounds; /* of each command; .watched is unset */
    double step_timeout; /* seconds, each prepare or smoke command; 600 */
    struct pb_strv known_failures; /* fnmatch patterns of test ids */
    struct pb_digest digest;       /* over all that can change a result */
};

/* Everything wrong with the file is added to `problems`, each with file, line
   and key; then -1 with a summary. -1 without problems: cannot be read. */
int pb_recipe_load(const char *path, struct pb_recipe *out,
                   struct pb_problems *problems, struct pb_error *err);
void pb_recipe_clear(struct pb_recipe *recipe);
PB_DEFINE_AUTO_CLEAR(pb_recipe, struct pb_recipe, pb_recipe_clear)

/* What conditions are about. One that is not known is newer than all. */
struct pb_recipe_facts {
    const char *python; /* "3.13": of the range's bad end, the revision */
    const char *ref;    /* of the project, whose version stands in it as in
                           "twisted-24.7.0"; NULL: the recipe's own */
};

/* What was loaded, found or detected holds what is for all versions. Adds
   what holds for these, where the file has it, and makes the digest anew. */
void pb_recipe_settle(struct pb_recipe *recipe,
                      const struct pb_recipe_facts *facts);

/* Is its failing without a meaning? */
bool pb_recipe_knows_failure(const struct pb_recipe *recipe, const char *id);

/* Names (file names without .yml, sorted) of the recipes in a directory;
   cpython.yml and classes.yml are no recipes. */
int pb_recipe_list(const char *directory, struct pb_strv *out,
                   struct pb_error *err);

/* The recipe called `name`; NOT_FOUND has a hint that lists what there is and
   what was probably meant. The last of `directories` wins (user's own). */
int pb_recipe_find(const struct pb_strv *directories, const char *name,
                   struct pb_recipe *out, struct pb_error *err);

/* The recipe of a checkout: its pybisect.yml, else unittest or pytest as
   detected (`out_how` says what was seen; caller frees). */
int pb_recipe_detect(const char *checkout, struct pb_recipe *out,
                     char **out_how, struct pb_error *err);

/* A recipe for a checkout that has none, as text, out of what its files say;
   none of them is run. `name` is the recipe's, NULL: the project's own. Each
   thing that was guessed, and why, is a sentence in `notes`. What is written
   has no mistakes that a check finds. */
int pb_recipe_draft(const char *checkout, const char *name, struct pb_buf *out,
                    struct pb_strv *notes, struct pb_error *err);

/* The recipe of `pybisect RANGE -- CMD ...`: reader STATUS, directory as
   given (the user's own, absolute). */
void pb_recipe_of_command(char *const *argv, const char *directory,
                          struct pb_recipe *out);

/* --- source.c, environment.c: a project at hand ------------------------ */

struct pb_project_options {
    const char *project_dir; /* NULL: cloned into data_dir at the ref */
    const char *ref;         /* overrides the recipe's; NULL: recipe's */
    const char *deps_dir;    /* --deps; NULL: none */
    const char *data_dir;    /* clones live in data_dir/projects */
    const char *work_dir;    /* the pinned copy is made below it */
    const char *reporter;    /* path of reporter.py */
    const struct pb_progress *progress;
    const struct pb_cancel *cancel;
};

struct pb_project {
    const struct pb_recipe *recipe; /* borrowed */
    char *source;   /* pristine copy; never run in. NULL: a bare command */
    char *revision; /* sha of the clone, or "digest:..." of a directory */
    char *deps;     /* absolute, or NULL */
    char *deps_revision; /* digest of the tree, or NULL */
    char *reporter;      /* absolute */
    /* What was laid out for the next trial's interpreter: directories that
       come before `deps` on the import path; {deps}, where that is NULL, is
       the last of them. */
    struct pb_strv laid_out;
};

/* What is missing in deps_dir is not looked at: see pb_recipe_requirements. */
int pb_project_open(const struct pb_recipe *recipe,
                    const struct pb_project_options *options,
                    struct pb_project *out, struct pb_error *err);
void pb_project_clear(struct pb_project *project);
PB_DEFINE_AUTO_CLEAR(pb_project, struct pb_project, pb_project_clear)

/* Is its repository at hand, or would it have to be cloned? */
bool pb_project_is_cloned(const struct pb_recipe *recipe,
                          const char *data_dir);

/* Appends the dependencies that are not in `deps` (NULL: all), as the recipe
   has them. */
void pb_recipe_missing(const struct pb_recipe *recipe, const char *deps,
                       struct pb_strv *out);

/* The same as requirements, as pip has them. */
void pb_recipe_requirements(const struct pb_recipe *recipe, const char *deps,
                            struct pb_strv *out);

/* What was pinned, for journal and report: recipe, revision, dependencies. */
struct pb_json *pb_project_pins(const struct pb_project *project);

/* What is the same for every run of whatever project, for the report:
   variables, unless the recipe has others, and the umask. */
struct pb_json *pb_environment_fixed(void);

#define PB_PORT_TEXT 8 /* a port of 127.0.0.1 in digits, with the NUL */

/* Where one trial of a project happens: fresh directories below `directory`:
   project (a copy of the source), tmp, home, results. */
struct pb_workspace {
    const struct pb_project *project; /* borrowed */
    char *directory;
    char *copy;    /* {project}: the project's copy, or the directory of a
                      bare command, which is the user's own */
    char *tmp;     /* {tmp}, TMPDIR */
    char *results; /* {results} */
    char *python;  /* {python} */
    char port[PB_PORT_TEXT];      /* {port} */
    struct pb_strv environment;   /* complete: an allow list of ours, HOME,
                                     TMPDIR, LANG, PYTHONHASHSEED=0, bytecode
                                     outside of all trees, faulthandler, then
                                     the recipe's */
    struct pb_services *services; /* private; those that run, or NULL */
    struct pb_confinement *confinement; /* private; NULL: none */
};

int pb_workspace_open(const struct pb_project *project, const char *directory,
                      const char *python, struct pb_workspace *out,
                      struct pb_error *err);
/* Stops its servers and removes the directory. */
void pb_workspace_close(struct pb_workspace *workspace);
PB_DEFINE_AUTO_CLEAR(pb_workspace, struct pb_workspace, pb_workspace_close)

/* From now on its commands, and servers, are to run confined by this bwrap:
   what is below .directory may be written to, `root` (the interpreter's
   tree), the dependencies and a bare command's directory be read. */
int pb_workspace_confine(struct pb_workspace *workspace, const char *program,
                         const char *root, struct pb_error *err);
/* For pb_trial_options; NULL: not confined. Borrowed. */
const struct pb_sandbox *
pb_workspace_sandbox(const struct pb_workspace *workspace);

/* Is the network shared with this machine? It is for servers in `needs`, which
   listen on it, too. */
bool pb_recipe_reaches_network(const struct pb_recipe *recipe);

/* The argv of `command` with placeholders filled in. tests NULL or empty:
   the recipe's `all`; each other test goes through the recipe's `select`. */
int pb_workspace_command(const struct pb_workspace *workspace,
                         const char *command, const struct pb_strv *tests,
                         struct pb_strv *out_argv, struct pb_error *err);
/* One text with placeholders filled in; caller frees. */
char *pb_workspace_expand(const struct pb_workspace *workspace,
                          const char *text);
/* --- services.c: what a recipe needs beside the project ---------------- */

/* The programs of a need that this machine lacks, "mariadbd, mariadb", or
   NULL. Caller frees. */
char *pb_need_missing(const struct pb_recipe_need *need);

/* Before a phase: starts the servers that it needs and that do not run yet,
   waits until they are ready and adds their variables to the environment.
   *out_missing is why the phase cannot run here at all, a line that the
   caller frees, else NULL. -1: a server that is there does not start. */
int pb_workspace_serve(struct pb_workspace *workspace,
                       enum pb_recipe_phase phase,
                       const struct pb_cancel *cancel, char **out_missing,
                       struct pb_error *err);

/* After a phase: -1 if a server has ended by itself, so that what failed
   since says nothing about the interpreter. */
int pb_workspace_check_served(struct pb_workspace *workspace,
                              struct pb_error *err);

/* Failed tests that need what this machine lacks become skipped ones. */
void pb_recipe_excuse(const struct pb_recipe *recipe,
                      struct pb_results *results);

/* Can this test be asked for alone? Pseudo-tests and what the recipe's
   `select` cannot express cannot. */
bool pb_recipe_selectable(const struct pb_recipe *recipe, const char *id);

#endif
