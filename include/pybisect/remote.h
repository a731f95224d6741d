/* Messages to other machines, by libcurl: a POST over HTTP(S), a web hook
   signed with a shared secret, and a mail over SMTP.

   Certificates are checked, TLS 1.2 is the least, a redirect is never
   followed: what is meant for one server is not told to another. Nothing that
   is secret is in an error's message. An error means that the other side did
   not say that it took the message; after a time limit it may have all the
   same, so each message has an id that stays the same when it is sent
   again. */
#ifndef PYBISECT_REMOTE_H
#define PYBISECT_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "pybisect/buf.h"
#include "pybisect/cancel.h"
#include "pybisect/digest.h"
#include "pybisect/error.h"
#include "pybisect/strv.h"

struct pb_remote_options { /* borrowed, as all below */
    const char *ca_file;   /* PEM; NULL: the system's */
    double timeout;        /* seconds for the whole exchange; 0: 60 */
    const struct pb_cancel *cancel;
};

/* Done when the answer is 2xx. `headers` are whole lines, "Name: value". */
int pb_http_post(const char *url, const struct pb_strv *headers,
                 const char *body, size_t length,
                 const struct pb_remote_options *options,
                 struct pb_error *err);

/* "example.org:8080" of "https://user:password@example.org:8080/path?token".
   Caller frees. */
char *pb_http_host(const char *url);

/* --- hook.c ------------------------------------------------------------- */

struct pb_hook {
    const char *url;
    const char *secret;   /* NULL: not signed */
    const char *delivery; /* the message's id */
    const char *body;     /* JSON */
    int64_t now;          /* Unix seconds */
};

/* Headers: X-Pybisect-Delivery and Idempotency-Key, the id; with a secret
   X-Pybisect-Timestamp, in Unix seconds, and X-Pybisect-Signature, "sha256="
   and in hex the HMAC-SHA256 over timestamp, ".", body. */
int pb_hook_post(const struct pb_hook *hook,
                 const struct pb_remote_options *options,
                 struct pb_error *err);

/* --- mail.c ------------------------------------------------------------- */

enum pb_mail_tls {
    PB_MAIL_STARTTLS, /* or nothing is sent */
    PB_MAIL_TLS,
    PB_MAIL_PLAIN,
};

struct pb_mail_server {
    const char *host;
    long port; /* 0: 587 with STARTTLS, 465 with TLS, 25 */
    enum pb_mail_tls tls;
    const char *user; /* NULL: no authentication */
    const char *password;
};

struct pb_mail {
    const char *from; /* "a@b.org" or "Name <a@b.org>" */
    const struct pb_strv *to;
    const char *subject; /* UTF-8 */
    const char *id;      /* of Message-ID, without its angles */
    const char *about;   /* id of the mail that it follows; NULL: none */
    const char *body;    /* UTF-8 */
    int64_t date;        /* Unix seconds */
};

/* The address alone, of "Name <a@b.org>". Caller frees. */
char *pb_mail_address(const char *text);

/* As it goes over the wire: RFC 5322, lines of at most 76 bytes that end with
   CR LF. Nothing in a subject, id or address adds a header. */
void pb_mail_write(const struct pb_mail *mail, struct pb_buf *out);

int pb_mail_send(const struct pb_mail *mail,
                 const struct pb_mail_server *server,
                 const struct pb_remote_options *options,
                 struct pb_error *err);

#endif
