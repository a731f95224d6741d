/* An event in words, for mails and hooks. */
#ifndef PYBISECT_REPORT_NOTIFY_MESSAGE_H
#define PYBISECT_REPORT_NOTIFY_MESSAGE_H

#include "pybisect/buf.h"
#include "pybisect/outbox.h"

/* One line, of plain text. */
void pb_notify_subject(const struct pb_outbox_event *event,
                       struct pb_buf *out);
/* `site` NULL: there are no pages to point to. */
void pb_notify_body(const struct pb_outbox_event *event, const char *site,
                    struct pb_buf *out);
/* schema "pybisect-event-1"; docs/notify.md. */
void pb_notify_json(const struct pb_outbox_event *event, const char *delivery,
                    const char *site, struct pb_buf *out);

#endif
