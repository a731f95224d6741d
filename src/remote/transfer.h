/* One exchange by libcurl. */
#ifndef PYBISECT_REMOTE_TRANSFER_H
#define PYBISECT_REMOTE_TRANSFER_H

#include <curl/curl.h>

#include "pybisect/remote.h"

struct pb_transfer {
    CURL *curl;
    const struct pb_cancel *cancel;
    char problem[CURL_ERROR_SIZE];
};

/* With what all exchanges have in common; the protocols as libcurl names
   them, "https,http". *transfer stays where it is until it is cleared. */
int pb_transfer_init(struct pb_transfer *transfer, const char *url,
                     const char *protocols,
                     const struct pb_remote_options *options,
                     struct pb_error *err);
/* What the answer holds is thrown away. `where` is for the message. */
int pb_transfer_run(struct pb_transfer *transfer, const char *where,
                    struct pb_error *err);
void pb_transfer_clear(struct pb_transfer *transfer);
PB_DEFINE_AUTO_CLEAR(pb_transfer, struct pb_transfer, pb_transfer_clear)

#endif
