/* Making room on a full disk: what can be had again goes, what is quick to be
   had again first. */
#include "build/builder_private.h"
#include "pybisect/alloc.h"
#include "pybisect/fs.h"

/* Work trees of nobody, and interpreters that were left laid out. */
static int
evict_trees(struct pb_builder *builder, uint64_t *bytes, struct pb_error *err)
{
    PB_AUTOFREE char *trees = pb_path_join(builder->cache_dir, "trees");
    return pb_slot_evict_idle(trees, bytes, err) < 0
               ? -1
               : pb_runs_evict(&builder->slot.runs, builder->run, bytes, err);
}

/* The half of what is stored that was unused for longest, of that what
   nothing pins. */
static int
evict_builds(struct pb_builder *builder, uint64_t *bytes, struct pb_error *err)
{
    struct pb_store_stats stats;
    if (pb_store_stats(builder->store, &stats, err) < 0) {
        return -1;
    }
    struct pb_store_gc gc = {.max_bytes = stats.disk_bytes / 2 + 1};
    if (pb_store_gc(builder->store, &gc, err) < 0) {
        return -1;
    }
    *bytes += gc.bytes;
    return 0;
}

int
pb_builder_evict(struct pb_builder *builder, uint64_t *out_bytes,
                 struct pb_error *err)
{
    uint64_t bytes = 0;
    if (evict_trees(builder, &bytes, err) < 0 ||
        (bytes == 0 && evict_builds(builder, &bytes, err) < 0))
    {
        return -1;
    }
    *out_bytes = bytes;
    return 0;
}
