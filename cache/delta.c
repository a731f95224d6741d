/* zstd, and how hard it tries. */
#include "delta.h"

#include <zstd.h>

/* Measured on builds of 24 MB (2 cores): a first at level 12 takes 1.2 s and
   3.8 MB, at 19 ten times that and 3.4 MB: too long for somebody who waits
   for the build. A difference of this much or less is worth level 19. */
#define BEST_LEVEL 19
#define BEST_BYTES ((size_t)6 * 1024 * 1024)
#define QUICK_LEVEL 12
/* From here on the window is larger than the tables that are searched. */
#define LONG_WINDOW 23

static int
window_log(size_t bytes)
{
    int log = 10;
    while (log < 30 && ((size_t)1 << log) < bytes) {
        log++;
    }
    return log;
}

static size_t
compress(ZSTD_CCtx *context, const struct pb_buf *content,
         const struct pb_buf *prefix, char *out, size_t capacity)
{
    size_t prefix_length = prefix == NULL ? 0 : prefix->len;
    size_t total = content->len + prefix_length;
    int window = window_log(total);
    int level = total <= BEST_BYTES ? BEST_LEVEL : QUICK_LEVEL;
    const struct {
        ZSTD_cParameter name;
        int value;
    } parameters[] = {
        {ZSTD_c_compressionLevel, level},
        {ZSTD_c_windowLog, window},
        {ZSTD_c_enableLongDistanceMatching, window >= LONG_WINDOW ? 1 : 0},
        {ZSTD_c_contentSizeFlag, 1},
        {ZSTD_c_checksumFlag, 1},
    };
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        size_t status = ZSTD_CCtx_setParameter(context, parameters[i].name,
                                               parameters[i].value);
        if (ZSTD_isError(status)) {
            return status;
        }
    }
    if (prefix_length > 0) {
        size_t status =
            ZSTD_CCtx_refPrefix(context, prefix->data, prefix_length);
        if (ZSTD_isError(status)) {
            return status;
        }
    }
    return ZSTD_compress2(context, out, capacity, content->data, content->len);
}

static int
finish(struct pb_buf *out, size_t size, struct pb_error *err)
{
    if (ZSTD_isError(size)) {
        return pb_error_set(err, PB_ERROR_INTERNAL, "cannot compress: %s",
                            ZSTD_getErrorName(size));
    }
    out->len += size;
    out->data[out->len] = '\0';
    return 0;
}

int
pb_delta_compress(const struct pb_buf *content, const struct pb_buf *prefix,
                  struct pb_buf *out, struct pb_error *err)
{
    size_t bound = ZSTD_compressBound(content->len);
    pb_buf_reserve(out, bound);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL) {
        return pb_error_set(err, PB_ERROR_ENVIRONMENT,
                            "cannot compress: out of memory");
    }
    size_t size =
        compress(context, content, prefix, out->data + out->len, bound);
    ZSTD_freeCCtx(context);
    return finish(out, size, err);
}

bool
pb_delta_expand(const char *frame, size_t length, const struct pb_buf *prefix,
                char *out, size_t size)
{
    if (ZSTD_getFrameContentSize(frame, length) != size ||
        ZSTD_findFrameCompressedSize(frame, length) != length)
    {
        return false;
    }
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (context == NULL) {
        return false;
    }
    size_t got = 0;
    if (prefix != NULL && prefix->len > 0) {
        got = ZSTD_DCtx_refPrefix(context, prefix->data, prefix->len);
    }
    if (!ZSTD_isError(got)) {
        got = ZSTD_decompressDCtx(context, out, size, frame, length);
    }
    ZSTD_freeDCtx(context);
    return !ZSTD_isError(got) && got == size;
}

int
pb_delta_pack_text(const char *text, size_t length, int level,
                   struct pb_buf *out, struct pb_error *err)
{
    size_t bound = ZSTD_compressBound(length);
    pb_buf_reserve(out, bound);
    size_t size =
        ZSTD_compress(out->data + out->len, bound, text, length, level);
    return finish(out, size, err);
}

bool
pb_delta_unpack_text(const char *frame, size_t length, size_t limit,
                     struct pb_buf *out)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame, length);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
        size > limit)
    {
        return false;
    }
    pb_buf_reserve(out, (size_t)size);
    if (!pb_delta_expand(frame, length, NULL, out->data + out->len,
                         (size_t)size)) {
        return false;
    }
    out->len += (size_t)size;
    out->data[out->len] = '\0';
    return true;
}
