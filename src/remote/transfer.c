/* What holds for every exchange: checked certificates, no redirects, time
   limits, and an end when it is asked for. */
#include "remote/transfer.h"

#include <string.h>

#define TIMEOUT_SECONDS 60.0
#define CONNECT_SECONDS 15L
#define ANSWER_MOST (64L * 1024) /* of what is thrown away */

static size_t
throw_away(char *data, size_t size, size_t count, void *context)
{
    curl_off_t *left = context;
    (void)data;
    *left -= (curl_off_t)(size * count);
    return *left < 0 ? 0 : size * count;
}

static int
look_up(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
        curl_off_t up)
{
    const struct pb_transfer *transfer = context;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return pb_cancelled(transfer->cancel) ? 1 : 0;
}

static CURLcode
settle(struct pb_transfer *transfer, const char *url, const char *protocols,
       const struct pb_remote_options *options)
{
    CURL *curl = transfer->curl;
    double timeout = options->timeout > 0 ? options->timeout : TIMEOUT_SECONDS;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, url);
#define SET(option, value)                                                    \
    code = code != CURLE_OK ? code : curl_easy_setopt(curl, option, value)
    SET(CURLOPT_PROTOCOLS_STR, protocols);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    SET(CURLOPT_TIMEOUT_MS, (long)(timeout * 1000));
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_ERRORBUFFER, transfer->problem);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, look_up);
    SET(CURLOPT_XFERINFODATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, throw_away);
    SET(CURLOPT_USERAGENT, "pybisect");
    if (options->ca_file != NULL) {
        SET(CURLOPT_CAINFO, options->ca_file);
    }
#undef SET
    return code;
}

int
pb_transfer_init(struct pb_transfer *transfer, const char *url,
                 const char *protocols,
                 const struct pb_remote_options *options, struct pb_error *err)
{
    transfer->cancel = options->cancel;
    transfer->problem[0] = '\0';
    transfer->curl = curl_easy_init();
    CURLcode code = transfer->curl == NULL
                        ? CURLE_FAILED_INIT
                        : settle(transfer, url, protocols, options);
    return code == CURLE_OK ? 0
                            : pb_error_set(err, PB_ERROR_ENVIRONMENT,
                                           "cannot set up a connection: %s",
                                           curl_easy_strerror(code));
}

int
pb_transfer_run(struct pb_transfer *transfer, const char *where,
                struct pb_error *err)
{
    curl_off_t left = ANSWER_MOST;
    CURLcode code = curl_easy_setopt(transfer->curl, CURLOPT_WRITEDATA, &left);
    if (code == CURLE_OK) {
        code = curl_easy_perform(transfer->curl);
    }
    if (code == CURLE_OK) {
        return 0;
    }
    if (pb_cancelled(transfer->cancel)) {
        return pb_error_set(err, PB_ERROR_CANCELLED, "interrupted");
    }
    return pb_error_set(
        err, PB_ERROR_ENVIRONMENT, "cannot send to %s: %s", where,
        transfer->problem[0] != '\0' ? transfer->problem
                                     : curl_easy_strerror(code));
}

void
pb_transfer_clear(struct pb_transfer *transfer)
{
    curl_easy_cleanup(transfer->curl);
    transfer->curl = NULL;
}
