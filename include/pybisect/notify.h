/* Who is told of what the nightly job finds: settings in notify.yml of the
   configuration directory, described in docs/notify.md, and the delivery of
   what is in the outbox.

   A message is noted as sent before it is sent, and the note is taken back
   when the other side does not take it: a crash in between sends nothing
   twice. What was under way then may or may not have arrived; it is told,
   once, and not sent again.

       PB_AUTO(pb_notify) struct pb_notify notify = PB_NOTIFY_INIT;
       pb_notify_load(path, &notify, &problems, err);
       pb_notify_deliver(&notify, journal, &options, err);
*/
#ifndef PYBISECT_NOTIFY_H
#define PYBISECT_NOTIFY_H

#include "pybisect/journal.h"
#include "pybisect/remote.h"
#include "pybisect/yaml.h"

/* A password is in a file or in a variable of the environment, never here. */
struct pb_secret_place {
    char *file;     /* its first line; NULL: not there */
    char *variable; /* NULL: not there */
};

struct pb_notify_receiver {
    char *name;     /* "mail:a@b.org, c@d.org", "hook:example.org-1c2d3e4f", or
                       after the colon the name given: the outbox's receiver */
    char *ca_file;  /* NULL: the system's */
    double timeout; /* seconds, of each message; 0: 60 */
    struct pb_secret_place secret;
    char *url; /* of a hook; NULL: it is a mail */
    struct pb_strv to;
    char *from;
    char *host;
    char *user;
    long port;
    enum pb_mail_tls tls;
};

struct pb_notify {
    struct pb_notify_receiver *items;
    size_t len;
    size_t cap;
    char *site; /* URL of the pages; NULL: there are none */
};

#define PB_NOTIFY_INIT                                                        \
    {                                                                         \
        .items = NULL                                                         \
    }
void pb_notify_clear(struct pb_notify *notify);
PB_DEFINE_AUTO_CLEAR(pb_notify, struct pb_notify, pb_notify_clear)

/* A file that is not there has no receivers. Everything wrong with it is
   added to `problems`, each with file, line and key; then -1 with a
   summary. */
int pb_notify_load(const char *path, struct pb_notify *out,
                   struct pb_problems *problems, struct pb_error *err);

enum pb_notify_end {
    PB_NOTIFY_SENT,
    PB_NOTIFY_WOULD,   /* a dry run: .text is what would be sent */
    PB_NOTIFY_FAILED,  /* .text is why; it is tried again the next time */
    PB_NOTIFY_UNKNOWN, /* it was under way at a crash */
};

struct pb_notify_news { /* all borrowed during the call */
    enum pb_notify_end end;
    const char *receiver;
    const char *subject;
    const char *text;
};

struct pb_notify_options {
    bool dry_run;
    const char *lock; /* path of a lock file: deliveries take turns */
    const struct pb_cancel *cancel;
    /* Told of each message; may be NULL. */
    void (*told)(const struct pb_notify_news *news, void *context);
    void *context;
};

/* All that is pending to all receivers. A receiver that fails gets no more
   this time, and the others get theirs; *out_failed (may be NULL) is how many
   failed. -1 only if the journal fails, or with CANCELLED. */
int pb_notify_deliver(const struct pb_notify *notify,
                      struct pb_journal *journal,
                      const struct pb_notify_options *options,
                      size_t *out_failed, struct pb_error *err);

#endif
