/* What the commands of a recipe may use. */
#include <limits.h>
#include <stdlib.h>

#include "recipe/check.h"
#include "recipe/defaults.h"

#define MB ((uint64_t)1024 * 1024)

/* Numbers were checked by then. */
static unsigned
read_number(const struct pb_yaml_node *limits, const char *key,
            unsigned otherwise)
{
    const struct pb_yaml_node *node = pb_recipe_field(limits, key);
    unsigned long number =
        node == NULL ? otherwise : strtoul(pb_yaml_text(node), NULL, 10);
    return number < UINT_MAX ? (unsigned)number : UINT_MAX;
}

struct pb_process_bounds
pb_recipe_bounds(const struct pb_yaml_node *limits)
{
    return (struct pb_process_bounds){
        .cpu = read_number(limits, "cpu", PB_RECIPE_CPU),
        .memory = MB * read_number(limits, "memory", PB_RECIPE_MEMORY_MB),
        .processes = read_number(limits, "processes", PB_RECIPE_PROCESSES),
        .disk = MB * read_number(limits, "disk", PB_RECIPE_DISK_MB),
        .output = MB * read_number(limits, "output", PB_RECIPE_OUTPUT_MB),
        .file_size =
            MB * read_number(limits, "file-size", PB_RECIPE_FILE_SIZE_MB),
        .address_space = MB * read_number(limits, "address-space", 0),
        .open_files = read_number(limits, "open-files", PB_RECIPE_OPEN_FILES),
    };
}
