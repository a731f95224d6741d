/* From the outbox to the receivers, each thing once. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pybisect/alloc.h"
#include "pybisect/clock.h"
#include "pybisect/fs.h"
#include "pybisect/notify.h"
#include "report/notify_message.h"

#define SECRET_MOST 4096
#define ID_DIGITS 24

struct delivery {
    const struct pb_notify *notify;
    const struct pb_notify_receiver *receiver;
    const struct pb_notify_options *options;
    struct pb_journal *journal;
    char *done; /* the outbox's name for what is known to have arrived */
    char *secret;
};

static void
clear_delivery(struct delivery *delivery)
{
    if (delivery->secret != NULL) {
        explicit_bzero(delivery->secret, strlen(delivery->secret));
    }
    free(delivery->secret);
    free(delivery->done);
}

/* --- secrets ------------------------------------------------------------ */

static int
read_first_line(const char *path, char **out, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    int status = pb_fs_read(path, SECRET_MOST, &text, err);
    if (status == 0) {
        *out = pb_strndup(text.data, strcspn(text.data, "\r\n"));
    }
    if (text.cap > 0) {
        explicit_bzero(text.data, text.len);
    }
    return status;
}

/* Now, not when the settings are read: a dry run needs none. */
static int
find_secret(struct delivery *delivery, struct pb_error *err)
{
    const struct pb_secret_place *place = &delivery->receiver->secret;
    if (place->file != NULL &&
        read_first_line(place->file, &delivery->secret, err) < 0)
    {
        return -1;
    }
    if (place->variable != NULL) {
        const char *value = getenv(place->variable);
        delivery->secret = pb_strdup(value != NULL ? value : "");
    }
    if (delivery->secret != NULL && delivery->secret[0] == '\0') {
        const char *of = place->file != NULL ? place->file : place->variable;
        return pb_error_set(err, PB_ERROR_CONFIG,
                            "the secret in '%s' is empty or not there", of);
    }
    return 0;
}

/* --- one message -------------------------------------------------------- */

/* Stays the same whenever it is sent: "found-1c2d...", by what it is about and
   who gets it. */
static void
add_id(const struct delivery *delivery, const char *kind, const char *about,
       struct pb_buf *out)
{
    char hex[PB_DIGEST_HEX];
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, kind);
    pb_hasher_add_field(&hasher, about);
    pb_hasher_add_field(&hasher, delivery->receiver->name);
    struct pb_digest digest = pb_hasher_finish(&hasher);
    pb_buf_addf(out, "%s-%.*s", kind, ID_DIGITS, pb_digest_hex(&digest, hex));
}

static void
add_mail_id(const struct delivery *delivery, const char *kind,
            const char *about, struct pb_buf *out)
{
    PB_AUTOFREE char *from = pb_mail_address(delivery->receiver->from);
    const char *host = strchr(from, '@');
    add_id(delivery, kind, about, out);
    pb_buf_addf(out, ".pybisect@%s", host != NULL ? host + 1 : "localhost");
}

static struct pb_remote_options
remote_options(const struct delivery *delivery)
{
    return (struct pb_remote_options){
        .ca_file = delivery->receiver->ca_file,
        .timeout = delivery->receiver->timeout,
        .cancel = delivery->options->cancel,
    };
}

/* That it is fixed follows, as an answer, what was said of it first. */
static int
send_mail(const struct delivery *delivery, const struct pb_outbox_event *event,
          const char *subject, const char *body, struct pb_error *err)
{
    const struct pb_notify_receiver *receiver = delivery->receiver;
    PB_AUTO(pb_buf) struct pb_buf id = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf first = PB_BUF_INIT;
    add_mail_id(delivery, event->kind, event->about, &id);
    add_mail_id(delivery, "found", event->about, &first);
    const struct pb_mail mail = {
        .from = receiver->from,
        .to = &receiver->to,
        .subject = subject,
        .id = id.data,
        .about = strcmp(event->kind, "fixed") == 0 ? first.data : NULL,
        .body = body,
        .date = event->at,
    };
    const struct pb_mail_server server = {
        .host = receiver->host,
        .port = receiver->port,
        .tls = receiver->tls,
        .user = receiver->user,
        .password = delivery->secret,
    };
    struct pb_remote_options options = remote_options(delivery);
    return pb_mail_send(&mail, &server, &options, err);
}

static int
send_hook(const struct delivery *delivery, const struct pb_outbox_event *event,
          struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf id = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    add_id(delivery, event->kind, event->about, &id);
    pb_notify_json(event, id.data, delivery->notify->site, &body);
    const struct pb_hook hook = {
        .url = delivery->receiver->url,
        .secret = delivery->secret,
        .delivery = id.data,
        .body = body.data,
        .now = pb_clock_now(),
    };
    struct pb_remote_options options = remote_options(delivery);
    return pb_hook_post(&hook, &options, err);
}

static void
tell(const struct delivery *delivery, enum pb_notify_end end,
     const char *subject, const char *text)
{
    const struct pb_notify_options *options = delivery->options;
    const struct pb_notify_news news = {
        .end = end,
        .receiver = delivery->receiver->name,
        .subject = subject,
        .text = text,
    };
    if (options->told != NULL) {
        options->told(&news, options->context);
    }
}

/* Noted before and after: what has the first note alone was under way when we
   were killed. False in *out_went: it did not go. */
static int
send_event(const struct delivery *delivery,
           const struct pb_outbox_event *event, const char *subject,
           const char *body, bool *out_went, struct pb_error *err)
{
    struct pb_error failure = PB_ERROR_INIT;
    const char *name = delivery->receiver->name;
    if (pb_outbox_sent(delivery->journal, name, event->id, err) < 0) {
        return -1;
    }
    int status = delivery->receiver->url != NULL
                     ? send_hook(delivery, event, &failure)
                     : send_mail(delivery, event, subject, body, &failure);
    *out_went = status == 0;
    if (status == 0) {
        tell(delivery, PB_NOTIFY_SENT, subject, "");
        return pb_outbox_sent(delivery->journal, delivery->done, event->id,
                              err);
    }
    if (pb_outbox_unsent(delivery->journal, name, event->id, err) < 0) {
        return -1;
    }
    if (failure.code == PB_ERROR_CANCELLED) {
        *err = failure;
        return -1;
    }
    tell(delivery, PB_NOTIFY_FAILED, subject, failure.message);
    return 0;
}

static int
deliver_event(const struct delivery *delivery,
              const struct pb_outbox_event *event, bool *out_went,
              struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf subject = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    pb_notify_subject(event, &subject);
    pb_notify_body(event, delivery->notify->site, &body);
    if (!delivery->options->dry_run) {
        return send_event(delivery, event, subject.data, body.data, out_went,
                          err);
    }
    tell(delivery, PB_NOTIFY_WOULD, subject.data, body.data);
    *out_went = true;
    return 0;
}

/* --- one receiver ------------------------------------------------------- */

static bool
holds(const struct pb_outbox *outbox, int64_t id)
{
    for (size_t i = 0; i < outbox->len; i++) {
        if (outbox->items[i].id == id) {
            return true;
        }
    }
    return false;
}

/* What was begun and is not known to have ended. */
static int
tell_interrupted(const struct delivery *delivery,
                 const struct pb_outbox *pending, struct pb_error *err)
{
    PB_AUTO(pb_outbox) struct pb_outbox open = PB_OUTBOX_INIT;
    if (pb_outbox_pending(delivery->journal, delivery->done, &open, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < open.len; i++) {
        const struct pb_outbox_event *event = &open.items[i];
        PB_AUTO(pb_buf) struct pb_buf subject = PB_BUF_INIT;
        if (holds(pending, event->id)) {
            continue;
        }
        pb_notify_subject(event, &subject);
        tell(delivery, PB_NOTIFY_UNKNOWN, subject.data, "");
        if (!delivery->options->dry_run &&
            pb_outbox_sent(delivery->journal, delivery->done, event->id, err) <
                0)
        {
            return -1;
        }
    }
    return 0;
}

static int
deliver_to(struct delivery *delivery, bool *out_went, struct pb_error *err)
{
    struct pb_error failure = PB_ERROR_INIT;
    PB_AUTO(pb_outbox) struct pb_outbox pending = PB_OUTBOX_INIT;
    if (pb_outbox_pending(delivery->journal, delivery->receiver->name,
                          &pending, err) < 0 ||
        tell_interrupted(delivery, &pending, err) < 0)
    {
        return -1;
    }
    if (pending.len > 0 && !delivery->options->dry_run &&
        find_secret(delivery, &failure) < 0)
    {
        tell(delivery, PB_NOTIFY_FAILED, "", failure.message);
        *out_went = false;
        return 0;
    }
    for (size_t i = 0; i < pending.len && *out_went; i++) {
        if (deliver_event(delivery, &pending.items[i], out_went, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_notify_deliver(const struct pb_notify *notify, struct pb_journal *journal,
                  const struct pb_notify_options *options, size_t *out_failed,
                  struct pb_error *err)
{
    size_t failed = 0;
    PB_AUTOCLOSE int lock = pb_fs_lock(options->lock, true, err);
    if (lock < 0) {
        return -1;
    }
    for (size_t i = 0; i < notify->len; i++) {
        bool went = true;
        PB_CLEANUP(clear_delivery)
        struct delivery delivery = {
            .notify = notify,
            .receiver = &notify->items[i],
            .options = options,
            .journal = journal,
            .done = pb_asprintf("%s, done", notify->items[i].name),
        };
        if (deliver_to(&delivery, &went, err) < 0) {
            return -1;
        }
        failed += !went;
    }
    if (out_failed != NULL) {
        *out_failed = failed;
    }
    return 0;
}
