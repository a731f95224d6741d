/* From a commit to its place in a list. */
#ifndef PYBISECT_HISTORY_OID_INDEX_H
#define PYBISECT_HISTORY_OID_INDEX_H

#include "pybisect/cleanup.h"
#include "pybisect/git.h"

#define PB_OID_INDEX_NONE ((size_t)-1)

struct pb_oid_index {
    struct pb_oid_place *places; /* sorted by id */
    size_t len;
};

void pb_oid_index_init(struct pb_oid_index *index,
                       const struct pb_oid_list *list);
size_t pb_oid_index_find(const struct pb_oid_index *index,
                         const struct pb_oid *oid);
void pb_oid_index_clear(struct pb_oid_index *index);
PB_DEFINE_AUTO_CLEAR(pb_oid_index, struct pb_oid_index, pb_oid_index_clear)

#endif
