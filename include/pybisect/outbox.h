/* What the world is to be told, each thing once: the nightly job puts events
   into the journal, with what they are about; those who send messages ask
   what their receiver has not had yet, and note what it has.

   An event is there as soon as what it tells is on record, and there is one
   of a kind about one thing for ever, whatever is killed in between:
     "found"  about a culprit: the commit that broke one project or several
     "fixed"  about a culprit: nothing that it broke is red any more
     "sick"   about the first of several nights in which this machine, rather
              than a project, was in trouble
   docs/nightly.md describes the payloads.

       PB_AUTO(pb_outbox) struct pb_outbox pending = PB_OUTBOX_INIT;
       pb_outbox_pending(journal, "mail:a@b.org", &pending, err);
       for (size_t i = 0; i < pending.len; i++) {
           send(&pending.items[i]);
           pb_outbox_sent(journal, "mail:a@b.org", pending.items[i].id, err);
       }
*/
#ifndef PYBISECT_OUTBOX_H
#define PYBISECT_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "pybisect/journal.h"
#include "pybisect/json.h"

struct pb_outbox_event {
    int64_t id;  /* from 1, in the order in which they came about */
    int64_t at;  /* when it came about, Unix seconds */
    char *kind;  /* "found", "fixed", "sick" */
    char *about; /* the culprit's sha; the night's number */
    struct pb_json *payload; /* an object */
};

struct pb_outbox {
    struct pb_outbox_event *items; /* and what they point at: owned */
    size_t len;
    size_t cap;
};

#define PB_OUTBOX_INIT                                                        \
    {                                                                         \
        .items = NULL                                                         \
    }
void pb_outbox_clear(struct pb_outbox *outbox);
PB_DEFINE_AUTO_CLEAR(pb_outbox, struct pb_outbox, pb_outbox_clear)

/* Nothing happens if there is one of that kind about that already. */
int pb_outbox_add(struct pb_journal *journal, const char *kind,
                  const char *about, const struct pb_json *payload,
                  struct pb_error *err);
/* Oldest first. `receiver` is any name; one that is new has had nothing. */
int pb_outbox_pending(struct pb_journal *journal, const char *receiver,
                      struct pb_outbox *out, struct pb_error *err);
/* Noting it twice is fine. */
int pb_outbox_sent(struct pb_journal *journal, const char *receiver,
                   int64_t id, struct pb_error *err);
/* Takes a note back: for those who note it before they send, so that a crash
   in between sends nothing twice, and then could not send. */
int pb_outbox_unsent(struct pb_journal *journal, const char *receiver,
                     int64_t id, struct pb_error *err);

#endif
