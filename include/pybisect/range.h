/* From what the user typed to the commits between a good and a bad end.

   Each end is a sha, tag, branch, anything git's revision syntax allows, a
   version (3.12.1 means the tag v3.12.1) or a date (2024-05-01: trunk's last
   first-parent commit up to the end of that day, UTC). "good.." means up to
   trunk; "..bad" leaves the good end to be found by probing.

   By default history is the first-parent chain of `bad`. When the good end
   lies on another branch, the range starts where its history left that
   chain, as git bisect goes by the merge base. */
#ifndef PYBISECT_RANGE_H
#define PYBISECT_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/git.h"

struct pb_range_spec {
    char *good; /* NULL: to be probed for */
    char *bad;  /* NULL: trunk */
};

/* True when `text` has the form of a range ("a..b", "..b", "a.."). */
bool pb_range_looks_like(const char *text);
/* "a...b", "..", and a text without ".." are errors with a hint. */
int pb_range_parse(const char *text, struct pb_range_spec *out,
                   struct pb_error *err);
void pb_range_spec_clear(struct pb_range_spec *spec);
PB_DEFINE_AUTO_CLEAR(pb_range_spec, struct pb_range_spec, pb_range_spec_clear)

/* One end. What git knows by exactly that name as a tag comes first. A
   version then means its tag ("3.12" means v3.12, else v3.12.0), and a branch
   of that name, here or at origin, only when there is no such tag. A date
   comes before an abbreviated id, but after a branch of that name. The rest
   is git's own syntax, or a branch of origin. An unknown revision's hint
   names what would help (a fetch, a tag that is near). */
int pb_range_revision(struct pb_repo *repo, const char *text,
                      struct pb_oid *out, struct pb_error *err);

/* What Include/patchlevel.h says: 3 and 13 for 3.13.0a2. 0 and 0 when the
   revision does not say. */
int pb_range_version(struct pb_repo *repo, const struct pb_oid *commit,
                     unsigned *out_major, unsigned *out_minor,
                     struct pb_error *err);

struct pb_range {
    struct pb_oid good;       /* where the range starts; not in commits */
    struct pb_oid asked_good; /* what the user named */
    struct pb_oid bad;        /* commits.items[commits.len - 1] */
    bool forked;              /* good is not asked_good but its fork point */
    bool all_parents;
    struct pb_oid_list commits; /* parents before children */
    /* Parents of commit i inside the range: parents[parent_start[i]] up to
       parents[parent_start[i + 1] - 1]; the others are on the good side. */
    size_t *parent_start; /* commits.len + 1 of them */
    size_t *parents;
};

/* Distinct errors for: wrong way round, empty range, no common history. */
int pb_range_load(struct pb_repo *repo, const struct pb_oid *good,
                  const struct pb_oid *bad, bool all_parents,
                  struct pb_range *out, struct pb_error *err);
void pb_range_clear(struct pb_range *range);
PB_DEFINE_AUTO_CLEAR(pb_range, struct pb_range, pb_range_clear)

/* The good ends worth trying for "..bad", nearest first: the first-parent
   ancestors 1, 2, 4, 8, ... days older than `bad` up to about a year, then
   the release tags (vX.Y, vX.Y.Z final releases) whose fork points lie
   further back, newest first. No commit twice, none equal to bad. */
int pb_range_probes(struct pb_repo *repo, const struct pb_oid *bad,
                    struct pb_oid_list *out, struct pb_error *err);

#endif
