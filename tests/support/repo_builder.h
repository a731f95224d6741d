/* Small git repositories for tests, made by `git fast-import`: quick, and
   the same ids every time.

       struct repo_builder builder;
       repo_builder_init(&builder);
       int a = repo_commit(&builder, "main", "a", 0, 0);
       repo_file(&builder, "Lib/os.py", "one");
       int b = repo_commit(&builder, "main", "b", a, 0);
       repo_file(&builder, "Lib/os.py", "two");
       repo_tag(&builder, "v3.12.0", b);
       repo_build(&builder);
       ... builder.path, repo_oid(&builder, a) ...
       repo_builder_clear(&builder);

   A commit is a day younger than the one written before it. Failures end the
   test program with git's own message. */
#ifndef PYBISECT_TESTS_SUPPORT_REPO_BUILDER_H
#define PYBISECT_TESTS_SUPPORT_REPO_BUILDER_H

#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/git.h"
#include "pybisect/strv.h"

#define REPO_FIRST_TIME INT64_C(1700000000) /* 2023-11-14T22:13:20Z */
#define REPO_DAY 86400

struct repo_builder {
    char *directory; /* everything is below it; removed at the end */
    char *path;      /* the bare repository */
    struct pb_buf stream;
    struct pb_strv environment;
    struct pb_oid *oids; /* by mark */
    int marks;
};

void repo_builder_init(struct repo_builder *builder);
void repo_builder_clear(struct repo_builder *builder);

/* Starts a commit and returns its mark, counted from 1. Parents are marks; 0
   is none. repo_file, repo_program, repo_link and repo_remove then say what
   it changes against its first parent. */
int repo_commit(struct repo_builder *builder, const char *branch,
                const char *message, int parent, int merged);
void repo_file(struct repo_builder *builder, const char *path,
               const char *content);
void repo_program(struct repo_builder *builder, const char *path,
                  const char *content);
void repo_link(struct repo_builder *builder, const char *path,
               const char *target);
void repo_remove(struct repo_builder *builder, const char *path);
void repo_tag(struct repo_builder *builder, const char *name, int mark);

/* Writes it all; more commits may be added and written afterwards. */
void repo_build(struct repo_builder *builder);

struct pb_oid repo_oid(const struct repo_builder *builder, int mark);
int64_t repo_time(int mark);

/* Runs git in `directory`; arguments end with NULL. */
void repo_git(const struct repo_builder *builder, const char *directory, ...);

#endif
