/* What the files of the site share. */
#ifndef REPORT_SITE_PRIVATE_H
#define REPORT_SITE_PRIVATE_H

#include "pybisect/buf.h"
#include "pybisect/json.h"
#include "pybisect/map.h"
#include "pybisect/strv.h"
#include "report/html.h"

#define PB_SITE_NIGHTS 30 /* on the front page */

struct pb_site {
    const struct pb_json *record; /* borrowed, as all below but the maps */
    const struct pb_json *nights;
    const struct pb_json *projects;
    const struct pb_json *failures;
    const struct pb_json *culprits;
    const char *reports;
    struct pb_map *failure_of; /* by id */
    struct pb_map *night_of;   /* by number, as text */
};

/* --- site_names.c ------------------------------------------------------- */

/* Appends text as part of a file's name, however odd or long it is. */
void pb_site_name(struct pb_buf *out, const char *text);
/* "projects/twisted.html", "regressions/twisted-f3.html". */
void pb_site_project_path(struct pb_buf *out, const char *project);
void pb_site_failure_path(struct pb_buf *out, const struct pb_json *failure);

/* --- site_nights.c ------------------------------------------------------ */

const struct pb_json *pb_site_failure(const struct pb_site *site,
                                      const char *id);
/* "2026-11-25", of a night's number; "" when it is no longer on record. */
const char *pb_site_date(const struct pb_site *site, int64_t night,
                         char out[11]);
/* The cell of a project in a night; NULL: it was not looked at. */
const struct pb_json *pb_site_cell(const struct pb_json *project,
                                   int64_t night);
/* A cell's state, as it is shown. */
struct pb_site_state {
    const char *state; /* in the record */
    const char *class_name;
    const char *sign;
};
const struct pb_site_state *pb_site_state(const struct pb_json *cell);
extern const struct pb_site_state pb_site_states[];
extern const size_t pb_site_nstates;
/* A cell's sign and words: a link to its regression if it is red. `up` is the
   way to the front page, "" or "../". */
void pb_site_add_cell(struct pb_buf *out, const struct pb_site *site,
                      const struct pb_json *cell, int64_t night,
                      const char *up);
/* A link to a failure, by its project and signature. */
void pb_site_add_link(struct pb_buf *out, const struct pb_json *failure,
                      const char *up);
/* How a failure stands: "found", "bisecting", "fixed", ... */
void pb_site_add_status(struct pb_buf *out, const struct pb_json *failure);
/* "red since night 12 (2026-11-22), in 4 nights"; with a fix when it has. */
void pb_site_say_age(struct pb_buf *out, const struct pb_site *site,
                     const struct pb_json *failure);

/* --- pages -------------------------------------------------------------- */

void pb_site_front(struct pb_buf *out, const struct pb_site *site);
void pb_site_grid(struct pb_buf *out, const struct pb_site *site);
void pb_site_regressions(struct pb_buf *out, const struct pb_site *site);
void pb_site_project(struct pb_buf *out, const struct pb_site *site,
                     const struct pb_json *project);
void pb_site_regression(struct pb_buf *out, const struct pb_site *site,
                        const struct pb_json *failure);
void pb_site_atom(struct pb_buf *out, const struct pb_site *site);
void pb_site_json_feed(struct pb_buf *out, const struct pb_site *site);

/* --- site_files.c ------------------------------------------------------- */

/* Writes a file of the site unless it is there as it should be, and takes its
   name down. */
int pb_site_put(const char *directory, const char *name,
                const struct pb_buf *text, struct pb_strv *names,
                struct pb_error *err);
/* Removes what an earlier site had and this one has not, and keeps the list
   for the next. Sorts names. */
int pb_site_tidy(const char *directory, struct pb_strv *names,
                 struct pb_error *err);

#endif
