/* `pybisect recipe new`: a first recipe for a checkout. */
#include "cli/cmd_recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

/* The name that a recipe in this file must have; NULL: any. Caller frees. */
static char *
name_of_file(const char *file)
{
    static const char suffix[] = ".yml";
    const char *base = file != NULL ? pb_path_base(file) : "pybisect.yml";
    size_t length = strlen(base);
    bool own = strcmp(base, "pybisect.yml") == 0;
    bool recipe = length >= sizeof(suffix) &&
                  strcmp(base + length + 1 - sizeof(suffix), suffix) == 0;
    return recipe && !own ? pb_strndup(base, length + 1 - sizeof(suffix))
                          : NULL;
}

static int
write_file(struct cli *cli, const char *file, const struct pb_buf *text)
{
    struct pb_error err = PB_ERROR_INIT;
    if (pb_fs_exists(file)) {
        pb_error_set(&err, PB_ERROR_USAGE, "'%s' is there already", file);
        pb_error_hint(&err, "remove it first, or give another name with -o");
        return cli_fail(cli, &err);
    }
    if (pb_fs_write_atomic(file, text->data, text->len, 0644, &err) < 0) {
        return cli_fail(cli, &err);
    }
    screen_line(&cli->screen, "wrote %s", file);
    return 0;
}

int
cmd_recipe_new(struct cli *cli, const char *directory)
{
    struct pb_error err = PB_ERROR_INIT;
    const char *file = cli->options.output;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    PB_AUTO(pb_strv) struct pb_strv notes = PB_STRV_INIT;
    PB_AUTOFREE char *name = name_of_file(file);
    int status = pb_recipe_draft(directory, name, &text, &notes, &err);
    for (size_t i = 0; i < notes.len; i++) {
        screen_line(&cli->screen, "note: %s", notes.items[i]);
    }
    if (status < 0) {
        return cli_fail(cli, &err);
    }
    if (file != NULL) {
        return write_file(cli, file, &text);
    }
    fwrite(text.data, 1, text.len, stdout);
    return 0;
}
