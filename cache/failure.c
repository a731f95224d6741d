/* Keeping failures and their logs. */
#include <time.h>
#include <unistd.h>

#include "delta.h"
#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"
#include "store_private.h"

/* A log is text of a compiler: level 9 makes it a tenth, at once. */
#define LOG_LEVEL 9

int
pb_store_put_log(struct pb_store *store, const struct pb_digest *key,
                 const struct pb_digest *group, const struct pb_info *info,
                 const struct pb_buf *log, struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf meta = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf frame = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf bytes = PB_BUF_INIT;
    pb_meta_add_info(&meta, info, PB_RECORD_FAILURE);
    if (pb_delta_pack_text(log->data, log->len, LOG_LEVEL, &frame, err) < 0 ||
        pb_meta_pack(&meta, &frame, &body, err) < 0)
    {
        return -1;
    }
    PB_AUTOCLOSE int lock = pb_store_lock(store, err);
    struct pb_pack *pack = pb_store_pack_of(store, group);
    if (lock < 0 || pb_store_bury(store, key, pack, err) < 0) {
        return -1;
    }
    const struct pb_record record = {.kind = PB_RECORD_FAILURE,
                                     .key = *key,
                                     .stamp = pb_store_stamp(store)};
    pb_record_add(&bytes, &record, body.data, body.len);
    return pb_store_append(store, pack, group, &bytes, err);
}

int
pb_store_put_failure(struct pb_store *store, const struct pb_digest *key,
                     const struct pb_digest *group, const char *label,
                     const char *summary, const char *log_path, double seconds,
                     struct pb_error *err)
{
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    if (pb_fs_read(log_path, PB_LIMIT_STORE_LOG, &log, err) < 0) {
        return -1;
    }
    PB_AUTOFREE char *short_label =
        label == NULL ? NULL : pb_strndup(label, PB_LIMIT_STORE_TEXT);
    PB_AUTOFREE char *short_summary = pb_strndup(summary, PB_LIMIT_STORE_TEXT);
    const struct pb_info info = {.seconds = seconds,
                                 .time = (uint64_t)time(NULL),
                                 .label = short_label,
                                 .summary = short_summary};
    return pb_store_put_log(store, key, group, &info, &log, err);
}

int
pb_store_failure_log(struct pb_store *store, const struct pb_digest *key,
                     struct pb_buf *out, struct pb_error *err)
{
    const struct pb_place *place =
        pb_store_need(store, key, PB_RECORD_FAILURE, err);
    if (place == NULL) {
        return -1;
    }
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    const char *meta = NULL;
    const char *frame = NULL;
    size_t meta_length = 0;
    size_t length = 0;
    if (pb_pack_read(place->pack, place->record, &body, err) < 0) {
        return pb_store_drop(store, key, err);
    }
    if (!pb_pack_split(&body, &meta, &meta_length, &frame, &length) ||
        !pb_delta_unpack_text(frame, length, PB_LIMIT_STORE_LOG, out))
    {
        pb_pack_corrupt(place->pack, err);
        return pb_store_drop(store, key, err);
    }
    return 0;
}
