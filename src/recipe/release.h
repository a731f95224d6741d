/* Versions of distributions and what is asked of them, as pip reads them
   (the version specifiers and dependency specifiers of packaging.python.org).
 */
#ifndef PYBISECT_RECIPE_RELEASE_H
#define PYBISECT_RECIPE_RELEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "pybisect/error.h"
#include "pybisect/strv.h"

#define PB_RELEASE_PARTS 8

/* "1!2.0rc1.post2.dev3": in the order in which versions are compared. */
struct pb_release {
    unsigned long epoch;
    unsigned long parts[PB_RELEASE_PARTS];
    size_t len; /* of parts that are written */
    int stage;  /* -2 dev of none of these, -1 a, b or rc, 0 none, 1 post */
    int pre;    /* 'a', 'b', 'r', or 0 */
    unsigned long pre_number;
    bool has_post;
    unsigned long post;
    bool has_dev;
    unsigned long dev;
};

/* false: no version that can be compared. Local parts ("+deb12") are left
   out of account. */
bool pb_release_parse(const char *text, struct pb_release *out);
int pb_release_compare(const struct pb_release *a, const struct pb_release *b);
/* a, b, rc or dev. */
bool pb_release_is_early(const struct pb_release *release);

/* Do all of ">=1.2, !=1.5.*" hold? "" holds always; what cannot be read does
   not. only_least: upper bounds ("<", "<=") count as held. */
bool pb_release_allowed(const struct pb_release *release,
                        const char *specifiers, bool only_least);

/* One requirement: "Name[extra] >=1; python_version < '3.9'". */
struct pb_wish {
    char *name; /* as pb_distribution_name makes it */
    struct pb_strv extras;
    char *specifiers; /* without spaces; may be "" */
    char *marker;     /* NULL: none */
};
int pb_wish_parse(const char *text, struct pb_wish *out, struct pb_error *err);
void pb_wish_clear(struct pb_wish *wish);
PB_DEFINE_AUTO_CLEAR(pb_wish, struct pb_wish, pb_wish_clear)

/* "Zope.Interface" and "zope_interface" are one: "zope-interface". Caller
   frees. */
char *pb_distribution_name(const char *name);

/* Does a marker hold for this version of CPython ("3.13") on this machine?
   `extras`: those that were asked for. What cannot be read holds: one
   dependency too many does less harm than one too few. */
bool pb_marker_holds(const char *marker, const char *python,
                     const struct pb_strv *extras);

#endif
