/* What the files of a compilation share. */
#ifndef PYBISECT_BUILD_COMPILE_PRIVATE_H
#define PYBISECT_BUILD_COMPILE_PRIVATE_H

#include "build/compile.h"
#include "pybisect/digest.h"

/* 3.3 alphas and betas generate it there; nobody else does. */
#define PB_GENERATED_SYSCONFIG "Lib/_sysconfigdata.py"

/* One compilation under way. */
struct pb_compile_run {
    const struct pb_compiler *compiler;
    const struct pb_work *work;
    const struct pb_settings *settings; /* NULL: nothing is compiled */
    const char *log_path;
    double started;
    struct pb_compilation *out;
};

/* Runs one program in the tree, output appended to the log. 0: it exited
   with 0; 1: it did not, and run->out says how; -1: trouble of this machine.
   `phase` is how the summary begins. */
int pb_compile_program(struct pb_compile_run *run, const char *phase,
                       const struct pb_strv *argv,
                       const struct pb_strv *environment,
                       struct pb_error *err);

/* Appends CC=..., as everything is compiled. */
void pb_compile_add_compiler(const struct pb_compile_run *run,
                             struct pb_strv *argv);

/* The words and environment that run a program in the tree, confined unless
   nothing is; `extra` may be written to beside the tree, or is NULL. */
struct pb_compile_words {
    struct pb_strv argv;
    struct pb_strv environment;
    char *scratch; /* NULL: nothing is confined */
};
int pb_compile_confine(const struct pb_compile_run *run, const char *extra,
                       const struct pb_strv *argv,
                       const struct pb_strv *environment,
                       struct pb_compile_words *out, struct pb_error *err);
/* Removes the scratch directory, too. */
void pb_compile_words_clear(struct pb_compile_words *words);
PB_DEFINE_AUTO_CLEAR(pb_compile_words, struct pb_compile_words,
                     pb_compile_words_clear)

/* PATH and the like, and none of the user's own settings. */
void pb_compile_environment(struct pb_strv *out);

/* Configures when there is reason to. Returns as pb_compile_program. */
int pb_configure(struct pb_compile_run *run, struct pb_error *err);

/* The tree must be configured again, whatever the stamp says. */
int pb_configure_forget(const struct pb_work *work, struct pb_error *err);

#endif
