/* The rules that pybisect ships, for tests. */
#ifndef TESTS_VERDICT_SHIPPED_RULES_H
#define TESTS_VERDICT_SHIPPED_RULES_H

#include <stdio.h>
#include <stdlib.h>

#include "pybisect/classify.h"
#include "pybisect/fs.h"
#include "pybisect/limits.h"

/* Aborts on any mistake in them. */
static inline void
shipped_rules_load(struct pb_rules *rules)
{
    static const char path[] = PB_SOURCE_DIR "/recipes/classes.yml";
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_read(path, PB_LIMIT_RECIPE_BYTES, &text, &err) == 0 &&
        pb_rules_parse(rules, text.data, text.len, path, &problems, &err) == 0)
    {
        return;
    }
    fprintf(stderr, "%s\n", err.message);
    for (size_t i = 0; i < problems.len; i++) {
        fprintf(stderr, "%s:%d: %s: %s\n", problems.items[i].file,
                problems.items[i].line, problems.items[i].key,
                problems.items[i].message);
    }
    abort();
}

#endif
