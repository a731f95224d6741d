/* A web hook: JSON, signed so that its receiver can tell that it is ours, and
   dated so that it cannot be played again later. */
#include "pybisect/remote.h"

#include <string.h>

#include "pybisect/alloc.h"

static void
add_signature(const struct pb_hook *hook, struct pb_strv *headers)
{
    char hex[PB_DIGEST_HEX];
    PB_AUTO(pb_buf) struct pb_buf signedtext = PB_BUF_INIT;
    pb_buf_addf(&signedtext, "%lld.", (long long)hook->now);
    pb_buf_adds(&signedtext, hook->body);
    struct pb_digest digest = pb_digest_hmac(
        hook->secret, strlen(hook->secret), signedtext.data, signedtext.len);
    pb_strv_addf(headers, "X-Pybisect-Timestamp: %lld", (long long)hook->now);
    pb_strv_addf(headers, "X-Pybisect-Signature: sha256=%s",
                 pb_digest_hex(&digest, hex));
}

int
pb_hook_post(const struct pb_hook *hook,
             const struct pb_remote_options *options, struct pb_error *err)
{
    PB_AUTO(pb_strv) struct pb_strv headers = PB_STRV_INIT;
    pb_strv_add(&headers, "Content-Type: application/json");
    pb_strv_addf(&headers, "X-Pybisect-Delivery: %s", hook->delivery);
    pb_strv_addf(&headers, "Idempotency-Key: %s", hook->delivery);
    if (hook->secret != NULL) {
        add_signature(hook, &headers);
    }
    return pb_http_post(hook->url, &headers, hook->body, strlen(hook->body),
                        options, err);
}
