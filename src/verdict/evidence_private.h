/* What the files of the evidence share. */
#ifndef VERDICT_EVIDENCE_PRIVATE_H
#define VERDICT_EVIDENCE_PRIVATE_H

#include "pybisect/evidence.h"
#include "verdict/words.h"

/* How strong a reason is; of two about one thing the stronger is given. */
enum strength {
    STRENGTH_ANY,      /* a crash, and C was changed */
    STRENGTH_NEWS,     /* the entry names what the failure names */
    STRENGTH_WORD,     /* on a changed line */
    STRENGTH_IMPORT,   /* a changed module is imported */
    STRENGTH_MODULE,   /* a changed module is named */
    STRENGTH_PASSED,   /* the traceback passes through a changed file */
    STRENGTH_USED,     /* the failing line uses a changed name */
    STRENGTH_THROUGH,  /* it passes through a changed function */
    STRENGTH_GRAMMAR,  /* a file does not compile, and the grammar changed */
    STRENGTH_KEYWORD,  /* a quoted name is on a changed line */
    STRENGTH_NAMED,    /* a changed function is named */
    STRENGTH_FILE,     /* raised in a changed file */
    STRENGTH_ASSERTED, /* the assertion that failed is in a changed file */
    STRENGTH_FUNCTION, /* raised in a changed function */
    STRENGTH_ADDED,    /* an added name is quoted */
    STRENGTH_SAID,     /* the message itself was changed */
    STRENGTH_REMOVED,  /* a removed name is quoted */
    STRENGTH_LOST,     /* a removed module is missed */
};

struct reason {
    enum strength strength;
    size_t order; /* of finding, among equals */
    char *about;  /* a module, file or name: one reason for each */
    const struct pb_touched_file *file; /* borrowed; may be NULL */
    char *text;
};

/* One failure under examination. */
struct inquiry {
    const struct pb_touched *touched;
    const struct pb_result *failure;
    const struct pb_trace_places *places;
    struct pb_traceback trace;
    bool assertion;        /* the runner says so, whatever is behind it */
    char *said;            /* the message's first line, shortened */
    struct pb_strv quoted; /* names in quotes in the message, in order; of a
                              dotted name the parts too */
    struct pb_strv names;  /* all telling names in it */
    struct pb_strv passed; /* paths of CPython that the traceback passes
                              through */
    struct reason *reasons;
    size_t len;
    size_t cap;
};

/* Adds a reason; takes `text`. `file` may be NULL. */
void pb_inquiry_add(struct inquiry *inquiry, enum strength strength,
                    const char *about, const struct pb_touched_file *file,
                    char *text);
/* What reasons about a file's module as such are about: the package at the
   top, or the path of what is no module. Caller frees. */
char *pb_inquiry_module(const struct pb_touched_file *file);

/* Whether the exception's type, without its module, is one of these. */
bool pb_inquiry_is_type(const struct inquiry *inquiry,
                        const char *const *types, size_t len);
/* What AttributeError and the like quote are names in programs; what others
   quote may be data. */
bool pb_inquiry_quotes_names(const struct inquiry *inquiry);

/* evidence_message.c, evidence_names.c, evidence_frames.c. `said`: that the
   message is the commit's is known; words of it say no more. */
void pb_evidence_of_message(struct inquiry *inquiry);
void pb_evidence_of_names(struct inquiry *inquiry, bool said);
void pb_evidence_of_frames(struct inquiry *inquiry);

#endif
