/* Where things are, by the XDG base directory specification. */
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "pybisect/session.h"

/* Relative values are invalid by the specification and so are ignored. */
static char *
xdg(const char *variable, const char *home, const char *fallback)
{
    const char *value = getenv(variable);
    if (value != NULL && value[0] == '/') {
        return pb_path_join(value, "pybisect");
    }
    return pb_asprintf("%s/%s/pybisect", home, fallback);
}

/* An installed pybisect finds its files in its share directory, one that was
   just built in the source tree. */
static char *
shipped(const char *source, const char *installed)
{
    return pb_strdup(pb_fs_exists(source) ? source : installed);
}

int
pb_places_init(struct pb_places *out, struct pb_error *err)
{
    const char *own = getenv("PYBISECT_HOME");
    const char *home = getenv("HOME");
    const char *recipes = getenv("PYBISECT_RECIPES");
    if (own != NULL && own[0] != '\0') {
        out->data = pb_path_absolute(own);
        out->cache = pb_path_join(out->data, "cache");
        out->config = pb_path_join(out->data, "config");
    }
    else if (home != NULL && home[0] == '/') {
        out->data = xdg("XDG_DATA_HOME", home, ".local/share");
        out->cache = xdg("XDG_CACHE_HOME", home, ".cache");
        out->config = xdg("XDG_CONFIG_HOME", home, ".config");
    }
    else {
        pb_error_set(err, PB_ERROR_ENVIRONMENT,
                     "neither PYBISECT_HOME nor HOME is set");
        pb_error_hint(err, "set PYBISECT_HOME to a directory of your own");
        return -1;
    }
    out->recipes = recipes != NULL ? pb_path_absolute(recipes)
                                   : shipped(PB_SOURCE_RECIPES,
                                             PB_INSTALLED_SHARE "/recipes");
    out->reporter =
        shipped(PB_SOURCE_REPORTER, PB_INSTALLED_SHARE "/reporter.py");
    out->builder =
        shipped(PB_SOURCE_BUILDER, PB_INSTALLED_SHARE "/build_dist.py");
    return 0;
}

void
pb_places_clear(struct pb_places *places)
{
    free(places->data);
    free(places->cache);
    free(places->config);
    free(places->recipes);
    free(places->reporter);
    free(places->builder);
    memset(places, 0, sizeof(*places));
}
