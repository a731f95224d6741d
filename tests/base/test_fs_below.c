/* fs_below, fs: directories in which foreign code has left links. */
#include "base/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

struct place {
    char *root;
    char *outside; /* a directory */
    char *secret;  /* in it */
};

static void
place_init(struct place *place, const char *scratch)
{
    struct pb_error err = PB_ERROR_INIT;
    place->root = pb_path_join(scratch, "root");
    place->outside = pb_path_join(scratch, "outside");
    place->secret = pb_path_join(place->outside, "secret");
    put_file(place->secret, "the user's own");
    assert_int_equal(pb_fs_mkdirs(place->root, &err), 0);
}

static void
place_clear(struct place *place)
{
    free(place->root);
    free(place->outside);
    free(place->secret);
}

static void
put_link(const struct place *place, const char *target, const char *name)
{
    PB_AUTOFREE char *path = pb_path_join(place->root, name);
    assert_int_equal(symlink(target, path), 0);
}

static void
a_link_in_a_directorys_place_gives_way(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    struct pb_error err = PB_ERROR_INIT;
    struct stat info;
    bool changed = false;
    put_link(&place, place.outside, "a");
    assert_false(pb_fs_has_plain_parents(place.root, "a/b"));
    assert_int_equal(pb_fs_make_parents(place.root, "a/b/c", &changed, &err),
                     0);
    PB_AUTOFREE char *made = pb_path_join(place.root, "a/b");
    PB_AUTOFREE char *through = pb_path_join(place.outside, "b");
    assert_int_equal(lstat(made, &info), 0);
    assert_true(S_ISDIR(info.st_mode) && changed);
    assert_false(pb_fs_exists(through));
    assert_true(pb_fs_has_plain_parents(place.root, "a/b/c"));
    changed = false;
    assert_int_equal(pb_fs_make_parents(place.root, "a/b/c", &changed, &err),
                     0);
    assert_false(changed);
}

static void
what_a_link_leads_to_may_be_elsewhere(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    static const struct {
        const char *path;
        bool below;
    } cases[] = {
        {"file", true},          {"inner", true},   {"outer", false},
        {"there/secret", false}, {"absent", false}, {"upwards", false},
        {"../root/file", true},  {"..", false},     {".", false},
    };
    PB_AUTOFREE char *file = pb_path_join(place.root, "file");
    put_file(file, "x");
    put_link(&place, "file", "inner");
    put_link(&place, place.secret, "outer");
    put_link(&place, place.outside, "there");
    put_link(&place, "nothing", "absent");
    put_link(&place, "../outside/secret", "upwards");
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTOFREE char *path = pb_path_join(place.root, cases[i].path);
        if (pb_fs_stays_below(place.root, path) != cases[i].below) {
            fail_msg("%s", cases[i].path);
        }
    }
}

static void
a_neighbour_with_a_longer_name_is_elsewhere(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    PB_AUTOFREE char *near = pb_asprintf("%s-more", place.root);
    put_file(near, "x");
    assert_false(pb_fs_stays_below(place.root, near));
}

/* Writing replaces what stands there: a link would lead on, a pipe block. */
static void
nothing_is_written_through_a_link_or_into_a_pipe(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTOFREE char *link = pb_path_join(place.root, "link");
    PB_AUTOFREE char *pipe = pb_path_join(place.root, "pipe");
    put_link(&place, place.secret, "link");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(pb_fs_write(link, "new", 3, 0644, &err), 0);
    assert_int_equal(pb_fs_write(pipe, "new", 3, 0644, &err), 0);
    assert_file(link, "new");
    assert_file(pipe, "new");
    assert_file(place.secret, "the user's own");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_link_in_a_directorys_place_gives_way),
        SCRATCH_TEST(what_a_link_leads_to_may_be_elsewhere),
        SCRATCH_TEST(a_neighbour_with_a_longer_name_is_elsewhere),
        SCRATCH_TEST(nothing_is_written_through_a_link_or_into_a_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
