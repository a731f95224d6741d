/* Between the file that reads rules and the one that reads their
   conditions. */
#ifndef PYBISECT_VERDICT_CLASSIFY_LOAD_H
#define PYBISECT_VERDICT_CLASSIFY_LOAD_H

#include "classify_rules.h"

struct rule_loader {
    const char *origin;
    struct pb_problems *problems;
    struct pb_rules *rules; /* of this text */
    char *path; /* of the mapping being read: "classes[3].any[0]" */
};

/* Adds a problem at `key` of the mapping being read. */
void pb_rule_complain(const struct rule_loader *loader,
                      const struct pb_yaml_node *node, const char *key,
                      const char *format, ...) PB_PRINTF(4, 5);

bool pb_rule_is_blank(const char *text);
/* `key:` with nothing behind it, which pb_yaml_check has told. */
bool pb_rule_is_nothing(const struct pb_yaml_node *node);

/* Fills in what follows from the value; *out has its key. */
void pb_rule_read_condition(const struct rule_loader *loader,
                            const struct pb_yaml_node *value,
                            struct rule_condition *out);

#endif
