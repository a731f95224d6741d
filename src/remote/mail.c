/* SMTP, with TLS and authentication. */
#include "remote/transfer.h"

#include <string.h>

#include "pybisect/alloc.h"

struct reading {
    const char *data;
    size_t left;
};

static size_t
give(char *to, size_t size, size_t count, void *context)
{
    struct reading *reading = context;
    size_t length = size * count;
    length = reading->left < length ? reading->left : length;
    memcpy(to, reading->data, length);
    reading->data += length;
    reading->left -= length;
    return length;
}

static char *
make_url(const struct pb_mail_server *server)
{
    static const long ports[] = {
        [PB_MAIL_STARTTLS] = 587,
        [PB_MAIL_TLS] = 465,
        [PB_MAIL_PLAIN] = 25,
    };
    return pb_asprintf(
        "%s://%s:%ld", server->tls == PB_MAIL_TLS ? "smtps" : "smtp",
        server->host, server->port > 0 ? server->port : ports[server->tls]);
}

static struct curl_slist *
make_recipients(const struct pb_strv *to)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < to->len; i++) {
        PB_AUTOFREE char *address = pb_mail_address(to->items[i]);
        struct curl_slist *more = curl_slist_append(list, address);
        list = more != NULL ? more : list;
    }
    return list;
}

static void
settle_server(CURL *curl, const struct pb_mail_server *server)
{
    if (server->tls != PB_MAIL_PLAIN) {
        curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    }
    if (server->user != NULL) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password);
    }
}

int
pb_mail_send(const struct pb_mail *mail, const struct pb_mail_server *server,
             const struct pb_remote_options *options, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_transfer) struct pb_transfer transfer = {.curl = NULL};
    PB_AUTOFREE char *url = make_url(server);
    PB_AUTOFREE char *from = pb_mail_address(mail->from);
    pb_mail_write(mail, &text);
    struct reading reading = {text.data, text.len};
    if (pb_transfer_init(&transfer, url, "smtp,smtps", options, err) < 0) {
        return -1;
    }
    struct curl_slist *recipients = make_recipients(mail->to);
    settle_server(transfer.curl, server);
    curl_easy_setopt(transfer.curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(transfer.curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(transfer.curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(transfer.curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(transfer.curl, CURLOPT_READDATA, &reading);
    int status = pb_transfer_run(&transfer, url, err);
    curl_slist_free_all(recipients);
    return status;
}
