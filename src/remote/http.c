/* POST, and the answer's status. */
#include "remote/transfer.h"

#include <string.h>

#include "pybisect/alloc.h"

static int
check_answer(struct pb_transfer *transfer, const char *host,
             struct pb_error *err)
{
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) {
        return 0;
    }
    if (status >= 300 && status < 400) {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "%s answers %ld, a redirect, which is not followed", host,
                     status);
        pb_error_hint(err, "name the address that it leads to, if you trust "
                           "it");
        return -1;
    }
    return pb_error_set(err, PB_ERROR_ENVIRONMENT, "%s answers %ld", host,
                        status);
}

char *
pb_http_host(const char *url)
{
    const char *scheme = strstr(url, "://");
    const char *start = scheme == NULL ? url : scheme + 3;
    size_t length = strcspn(start, "/?#");
    const char *at = memrchr(start, '@', length);
    const char *host = at == NULL ? start : at + 1;
    return pb_strndup(host, length - (size_t)(host - start));
}

int
pb_http_post(const char *url, const struct pb_strv *headers, const char *body,
             size_t length, const struct pb_remote_options *options,
             struct pb_error *err)
{
    struct curl_slist *lines = NULL;
    PB_AUTOFREE char *host = pb_http_host(url);
    PB_AUTO(pb_transfer) struct pb_transfer transfer = {.curl = NULL};
    if (pb_transfer_init(&transfer, url, "https,http", options, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < headers->len; i++) {
        struct curl_slist *more = curl_slist_append(lines, headers->items[i]);
        lines = more != NULL ? more : lines;
    }
    curl_easy_setopt(transfer.curl, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(transfer.curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)length);
    curl_easy_setopt(transfer.curl, CURLOPT_POSTFIELDS, body);
    int status = pb_transfer_run(&transfer, host, err);
    if (status == 0) {
        status = check_answer(&transfer, host, err);
    }
    curl_slist_free_all(lines);
    return status;
}
