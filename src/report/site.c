/* The site as a whole. */
#include "pybisect/site.h"

#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"
#include "report/site_private.h"

#define SCHEMA "pybisect-nights-1"

static int
site_init(struct pb_site *site, const struct pb_json *nights,
          const char *reports_directory, struct pb_error *err)
{
    const char *schema = pb_json_get_string(nights, "schema");
    if (strcmp(schema, SCHEMA) != 0) {
        pb_error_set(err, PB_ERROR_CONFIG,
                     "the record of nights has the schema '%s'", schema);
        pb_error_hint(err, "this version reads %s", SCHEMA);
        return -1;
    }
    *site = (struct pb_site){
        .record = nights,
        .nights = pb_json_get(nights, "nights"),
        .projects = pb_json_get(nights, "projects"),
        .failures = pb_json_get(nights, "failures"),
        .culprits = pb_json_get(nights, "culprits"),
        .reports = reports_directory,
        .failure_of = pb_map_new(NULL),
        .night_of = pb_map_new(NULL),
    };
    for (size_t i = 0; i < pb_json_length(site->failures); i++) {
        struct pb_json *failure = pb_json_at(site->failures, i);
        pb_map_set(site->failure_of, pb_json_get_string(failure, "id"),
                   failure);
    }
    for (size_t i = 0; i < pb_json_length(site->nights); i++) {
        struct pb_json *night = pb_json_at(site->nights, i);
        PB_AUTOFREE char *number = pb_asprintf(
            "%lld", (long long)pb_json_get_integer(night, "night"));
        pb_map_set(site->night_of, number, night);
    }
    return 0;
}

static void
site_clear(struct pb_site *site)
{
    pb_map_free(site->failure_of);
    pb_map_free(site->night_of);
}
PB_DEFINE_AUTO_CLEAR(site, struct pb_site, site_clear)

static int
make_directories(const char *directory, struct pb_error *err)
{
    static const char *const names[] = {"projects", "regressions"};
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTOFREE char *path = pb_path_join(directory, names[i]);
        if (pb_fs_mkdirs(path, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
write_projects(const struct pb_site *site, const char *directory,
               struct pb_strv *names, struct pb_error *err)
{
    for (size_t i = 0; i < pb_json_length(site->projects); i++) {
        const struct pb_json *project = pb_json_at(site->projects, i);
        PB_AUTO(pb_buf) struct pb_buf name = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_site_project_path(&name, pb_json_get_string(project, "name"));
        pb_site_project(&text, site, project);
        if (pb_site_put(directory, name.data, &text, names, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
write_regressions(const struct pb_site *site, const char *directory,
                  struct pb_strv *names, struct pb_error *err)
{
    for (size_t i = 0; i < pb_json_length(site->failures); i++) {
        const struct pb_json *failure = pb_json_at(site->failures, i);
        PB_AUTO(pb_buf) struct pb_buf name = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        pb_site_failure_path(&name, failure);
        pb_site_regression(&text, site, failure);
        if (pb_site_put(directory, name.data, &text, names, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The front page last: what it leads to is there by then. */
static int
write_front(const struct pb_site *site, const char *directory,
            struct pb_strv *names, struct pb_error *err)
{
    static const struct {
        const char *name;
        void (*write)(struct pb_buf *out, const struct pb_site *site);
    } files[] = {
        {"atom.xml", pb_site_atom},
        {"feed.json", pb_site_json_feed},
        {"index.html", pb_site_front},
    };
    for (size_t i = 0; i < PB_LENGTH(files); i++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        files[i].write(&text, site);
        if (pb_site_put(directory, files[i].name, &text, names, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
pb_site_write(const struct pb_json *nights, const char *reports_directory,
              const char *directory, struct pb_error *err)
{
    PB_AUTO(site) struct pb_site site = {.record = NULL};
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    return site_init(&site, nights, reports_directory, err) < 0 ||
                   make_directories(directory, err) < 0 ||
                   write_projects(&site, directory, &names, err) < 0 ||
                   write_regressions(&site, directory, &names, err) < 0 ||
                   write_front(&site, directory, &names, err) < 0 ||
                   pb_site_tidy(directory, &names, err) < 0
               ? -1
               : 0;
}
