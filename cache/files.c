/* The table of a build's files, as its difference from the build before. */
#include <stdlib.h>
#include <string.h>

#include "meta.h"
#include "pybisect/alloc.h"
#include "pybisect/limits.h"
#include "wire.h"

static unsigned
where_is(const struct pb_file *file, const struct pb_content *new)
{
    if (file->derived) {
        return PB_FILE_DERIVED;
    }
    if (new == NULL) {
        return PB_FILE_OLD;
    }
    return new->filtered ? PB_FILE_FILTERED : PB_FILE_NEW;
}

/* new: the file's content, if it comes with this build. */
static void
add_file(struct pb_buf *meta, const struct pb_file *file,
         const struct pb_content *new, uint32_t number)
{
    unsigned flags = file->mode == 0755 ? PB_FILE_EXECUTABLE : 0;
    pb_wire_add_varint(meta, flags | where_is(file, new));
    if (!file->derived && new == NULL) {
        pb_wire_add_varint(meta, number - file->number);
        pb_wire_add_varint(meta, file->index);
        return;
    }
    pb_wire_add_varint(meta, file->size);
    pb_buf_add(meta, file->id.bytes, PB_DIGEST_SIZE);
}

struct lists {
    struct pb_buf removed;
    struct pb_buf changed;
    struct pb_buf added;
    uint64_t nremoved;
    uint64_t nchanged;
    uint64_t nadded;
};

static void
lists_clear(struct lists *lists)
{
    pb_buf_clear(&lists->removed);
    pb_buf_clear(&lists->changed);
    pb_buf_clear(&lists->added);
}
PB_DEFINE_AUTO_CLEAR(lists, struct lists, lists_clear)

static size_t
shared_length(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] != '\0' && a[length] == b[length]) {
        length++;
    }
    return length;
}

static void
add_path(struct pb_buf *out, const char *before, const char *path)
{
    size_t shared = shared_length(before, path);
    pb_wire_add_varint(out, shared);
    pb_wire_add_string(out, path + shared);
}

static void
add_lists(struct pb_buf *meta, const struct lists *lists)
{
    pb_wire_add_varint(meta, lists->nremoved);
    pb_buf_add(meta, lists->removed.data, lists->removed.len);
    pb_wire_add_varint(meta, lists->nchanged);
    pb_buf_add(meta, lists->changed.data, lists->changed.len);
    pb_wire_add_varint(meta, lists->nadded);
    pb_buf_add(meta, lists->added.data, lists->added.len);
}

/* Walks both tables, sorted as they are. */
void
pb_meta_add_files(struct pb_buf *meta, const struct pb_step *step,
                  const struct pb_step *tip, uint32_t number)
{
    PB_AUTO(lists)
    struct lists lists = {
        .removed = PB_BUF_INIT, .changed = PB_BUF_INIT, .added = PB_BUF_INIT};
    size_t old_len = tip == NULL ? 0 : tip->len;
    size_t next_removed = 0;
    size_t next_changed = 0;
    size_t next_content = 0;
    const char *before = "";
    for (size_t i = 0, j = 0; i < step->len || j < old_len;) {
        const struct pb_file *file = i < step->len ? step->files[i] : NULL;
        int order = file == NULL  ? 1
                    : j < old_len ? strcmp(file->path, tip->files[j]->path)
                                  : -1;
        if (order > 0) {
            pb_wire_add_varint(&lists.removed, j - next_removed);
            next_removed = ++j;
            lists.nremoved++;
            continue;
        }
        bool same = order == 0 && file == tip->files[j];
        /* Of equal files of one build the first has the content. */
        const struct pb_content *new = NULL;
        if (!same && !file->derived && file->number == number &&
            file->index == next_content)
        {
            new = &step->contents[next_content++];
        }
        if (order < 0) {
            add_path(&lists.added, before, file->path);
            add_file(&lists.added, file, new, number);
            before = file->path;
            lists.nadded++;
        }
        else if (!same) {
            pb_wire_add_varint(&lists.changed, j - next_changed);
            add_file(&lists.changed, file, new, number);
            next_changed = j + 1;
            lists.nchanged++;
        }
        i++;
        j += order == 0 ? 1 : 0;
    }
    add_lists(meta, &lists);
}
