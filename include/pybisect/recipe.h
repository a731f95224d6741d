/* Projects: a recipe (one YAML file, documented in docs/recipes.md) says
   where a project lives, how its tests run and how their results are read; a
   project is that recipe with its source at hand, pinned for a bisection.

   Commands in recipes are words, split as a shell splits them (quotes, no
   expansion), run without a shell. Placeholders are replaced inside words:
   {python} {project} {deps} {reporter} {results} {tmp}; the word {tests}
   becomes one word a test (or the recipe's `all`). {{name}} stands for a
   literal {name}. */
#ifndef PYBISECT_RECIPE_H
#define PYBISECT_RECIPE_H

#include <stdbool.h>

#include "pybisect/cancel.h"
#include "pybisect/digest.h"
#include "pybisect/json.h"
#include "pybisect/progress.h"
#include "pybisect/strv.h"
#include "pybisect/trial.h"
#include "pybisect/yaml.h"

struct pb_recipe {
    char *name;
    char *file;          /* NULL: made from a command line or detected */
    char *description;   /* may be NULL */
    char *git;           /* URL to clone; NULL: only with --project-dir */
    char *ref;           /* tag, branch or sha in it */
    bool test_support;   /* the suite imports CPython's test.support */
    bool install_python; /* CPython's own `make install` is a phase */
    struct pb_strv dependencies; /* importable names that must be in --deps,
                                    or "name=distribution" for pip's sake */
    struct pb_strv prepare;      /* commands, in order; may be empty */
    struct pb_strv smoke;        /* likewise */
    struct pb_strv environment;  /* "NAME=value with {placeholders}" */
    struct {
        char *directory;           /* where it runs; default "{project}" */
        char *command;             /* with {tests} */
        struct pb_strv all;        /* what {tests} is when all run */
        char *select;              /* how one test is named: "{id}" */
        struct pb_strv selectable; /* fnmatch patterns of the ids that can be
                                      asked for alone; empty: every id */
        enum pb_reader reader;
        struct pb_strv patterns; /* "outcome=expression", in order */
        size_t min_tests; /* fewer results: the run counts as cut */
        double timeout;   /* seconds, whole suite; default 1800 */
    } test;
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
};

/* Missing dependencies are one error that names all of them. */
int pb_project_open(const struct pb_recipe *recipe,
                    const struct pb_project_options *options,
                    struct pb_project *out, struct pb_error *err);
void pb_project_clear(struct pb_project *project);
PB_DEFINE_AUTO_CLEAR(pb_project, struct pb_project, pb_project_clear)

/* What was pinned, for journal and report: recipe, revision, dependencies. */
struct pb_json *pb_project_pins(const struct pb_project *project);

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
    struct pb_strv environment; /* complete: an allow list of ours, HOME,
                                   TMPDIR, LANG, PYTHONHASHSEED=0, bytecode
                                   outside of all trees, faulthandler, then
                                   the recipe's */
};

int pb_workspace_open(const struct pb_project *project, const char *directory,
                      const char *python, struct pb_workspace *out,
                      struct pb_error *err);
/* Removes the directory. */
void pb_workspace_close(struct pb_workspace *workspace);
PB_DEFINE_AUTO_CLEAR(pb_workspace, struct pb_workspace, pb_workspace_close)

/* The argv of `command` with placeholders filled in. tests NULL or empty:
   the recipe's `all`; each other test goes through the recipe's `select`. */
int pb_workspace_command(const struct pb_workspace *workspace,
                         const char *command, const struct pb_strv *tests,
                         struct pb_strv *out_argv, struct pb_error *err);
/* One text with placeholders filled in; caller frees. */
char *pb_workspace_expand(const struct pb_workspace *workspace,
                          const char *text);
/* Can this test be asked for alone? Pseudo-tests and what the recipe's
   `select` cannot express cannot. */
bool pb_recipe_selectable(const struct pb_recipe *recipe, const char *id);

#endif
