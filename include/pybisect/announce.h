/* What CPython itself says about a commit: its issue and pull request, the
   NEWS entry it brought, What's New, the files it touched. */
#ifndef PYBISECT_ANNOUNCE_H
#define PYBISECT_ANNOUNCE_H

#include "pybisect/git.h"
#include "pybisect/strv.h"

struct pb_announcement {
    struct pb_strv links; /* https://github.com/python/cpython/issues/N for
                             gh-N, /pull/N for (#N) and (GH-N),
                             https://bugs.python.org/issueN for bpo-N and
                             "Issue #N"; no duplicates, issues first */
    char *news;           /* text of the NEWS entry, or NULL */
    char *news_path;
    char *whats_new; /* lines the commit added under Doc/whatsnew, or NULL */
    struct pb_strv files; /* "M Lib/os.py", "A ...", "D ...", against the
                             first parent */
};

int pb_announcement_load(struct pb_repo *repo, const struct pb_oid *commit,
                         struct pb_announcement *out, struct pb_error *err);
void pb_announcement_clear(struct pb_announcement *announcement);
PB_DEFINE_AUTO_CLEAR(pb_announcement, struct pb_announcement,
                     pb_announcement_clear)

#endif
