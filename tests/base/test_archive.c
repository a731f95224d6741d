/* archive: what is unpacked, and what never is. */
#include "pybisect/archive.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/scratch.h"
#include "base/tar.h"
#include "pybisect/limits.h"

struct place {
    char *tar;
    char *out;
    char *outside;
};

static void
place_init(struct place *place, const char *root)
{
    place->tar = pb_path_join(root, "a.tar");
    place->out = pb_path_join(root, "below/out");
    place->outside = pb_path_join(root, "below/outside");
}

static void
place_clear(struct place *place)
{
    free(place->tar);
    free(place->out);
    free(place->outside);
}

static void
write_tar(const struct place *place, struct pb_buf *tar)
{
    tar_write(place->tar, tar);
}

static void
files_are_unpacked_with_their_modes(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    place_init(&place, *state);
    tar_add(&tar, "./a/b.py", '0', 0644, "x = 1\n");
    tar_add(&tar, "run", '0', 04777, "#!/bin/sh\n");
    write_tar(&place, &tar);
    assert_int_equal(pb_archive_unpack(place.tar, place.out, NULL, NULL, &err),
                     0);
    PB_AUTOFREE char *module = pb_path_join(place.out, "a/b.py");
    PB_AUTOFREE char *program = pb_path_join(place.out, "run");
    assert_file(module, "x = 1\n");
    struct stat info;
    assert_int_equal(stat(program, &info), 0);
    assert_int_equal(info.st_mode & 07111, 0111);
}

/* Nothing of it is where it should not be, whatever else was unpacked. */
static void
assert_refused(const struct place *place, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(
        pb_archive_unpack(place->tar, place->out, NULL, NULL, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_non_null(strstr(err.message, expected));
    assert_false(pb_fs_exists(place->outside));
}

static void
names_that_lead_out_are_refused(void **state)
{
    static const char *const names[] = {"../outside", "a/../../outside",
                                        "/tmp/outside", "a\\..\\outside",
                                        "./../outside"};
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
        tar_add(&tar, names[i], '0', 0644, "x");
        write_tar(&place, &tar);
        assert_refused(&place, "leads out of it");
    }
}

static void
links_are_refused(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    for (char type = '1'; type <= '3'; type++) {
        PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
        tar_add(&tar, "a", type, 0644, "..");
        tar_add(&tar, "a/outside", '0', 0644, "x");
        write_tar(&place, &tar);
        assert_refused(&place, "a link or a device");
    }
}

static void
a_name_that_comes_twice_is_refused(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    place_init(&place, *state);
    tar_add(&tar, "a", '0', 0644, "x");
    tar_add(&tar, "./a", '0', 0644, "y");
    write_tar(&place, &tar);
    assert_refused(&place, "holds 'a' twice");
}

static void
what_is_no_archive_is_told(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    place_init(&place, *state);
    put_file(place.tar, "this is no archive at all\n");
    assert_refused(&place, "cannot read");
}

static void
a_torn_archive_is_told(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    place_init(&place, *state);
    tar_add(&tar, "a", '0', 0644, "x");
    tar_add(&tar, "b", '0', 0644, "a text that is cut short");
    pb_buf_truncate(&tar, 1024 + 512 + 4);
    assert_int_equal(pb_fs_write(place.tar, tar.data, tar.len, 0644, &err), 0);
    assert_refused(&place, "cannot read");
}

/* An existing file is never written through, nor is a link. */
static void
what_is_there_already_stays(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    place_init(&place, *state);
    tar_add(&tar, "a", '0', 0644, "new");
    write_tar(&place, &tar);
    PB_AUTOFREE char *path = pb_path_join(place.out, "a");
    put_file(path, "old");
    assert_int_equal(pb_archive_unpack(place.tar, place.out, NULL, NULL, &err),
                     0);
    assert_file(path, "old");
}

static int
read_b(struct pb_archive *archive, const char *name, void *context,
       struct pb_error *err)
{
    return strcmp(name, "b") != 0                          ? 0
           : pb_archive_read(archive, 4, context, err) < 0 ? -1
                                                           : 1;
}

static void
one_file_is_read_up_to_a_limit(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    struct pb_error err = PB_ERROR_INIT;
    place_init(&place, *state);
    for (int i = 0; i < 2; i++) {
        PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        tar_add(&tar, "a", '0', 0644, "xxxxxxxx");
        tar_add(&tar, "b", '0', 0644, i == 0 ? "1234" : "12345");
        write_tar(&place, &tar);
        int status = pb_archive_each(place.tar, read_b, &text, &err);
        assert_int_equal(status, i == 0 ? 0 : -1);
        assert_string_equal(text.data, i == 0 ? "1234" : "");
    }
    assert_int_equal(err.code, PB_ERROR_LIMIT);
}

static void
assert_over_a_limit(const struct place *place, const char *expected)
{
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(
        pb_archive_unpack(place->tar, place->out, NULL, NULL, &err), -1);
    assert_int_equal(err.code, PB_ERROR_LIMIT);
    assert_non_null(strstr(err.message, expected));
}

static void
directories_count_as_files(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    place_init(&place, *state);
    for (size_t i = 0; i <= PB_LIMIT_ARCHIVE_FILES; i++) {
        tar_add(&tar, "a/", '5', 0755, "");
    }
    write_tar(&place, &tar);
    assert_over_a_limit(&place, "more than 50000 files");
}

/* It would have to be unpacked to be skipped. */
static void
a_size_that_is_only_said_counts(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    place_init(&place, *state);
    tar_add_header(&tar, "a", '0', 0644, 0x7fffffff, "");
    write_tar(&place, &tar);
    assert_over_a_limit(&place, "more than 1024 MB");
}

/* A name by GNU tar's way: as the content of an entry before. */
static void
names_have_a_limit(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf name = PB_BUF_INIT;
    place_init(&place, *state);
    for (size_t i = 0; i <= PB_LIMIT_ARCHIVE_NAME / 2; i++) {
        pb_buf_adds(&name, "a/");
    }
    tar_add(&tar, "././@LongLink", 'L', 0644, name.data);
    tar_add(&tar, "short", '0', 0644, "x");
    write_tar(&place, &tar);
    assert_over_a_limit(&place, "a name of more than");
}

/* What was unpacked before may be foreign as well. */
static void
nothing_is_unpacked_through_a_link(void **state)
{
    PB_CLEANUP(place_clear) struct place place;
    PB_AUTO(pb_buf) struct pb_buf tar = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    place_init(&place, *state);
    PB_AUTOFREE char *link = pb_path_join(place.out, "a");
    PB_AUTOFREE char *through = pb_path_join(place.outside, "b");
    assert_int_equal(pb_fs_mkdirs(place.out, &err), 0);
    assert_int_equal(pb_fs_mkdirs(place.outside, &err), 0);
    assert_int_equal(symlink(place.outside, link), 0);
    tar_add(&tar, "a/b", '0', 0644, "x");
    write_tar(&place, &tar);
    assert_int_equal(pb_archive_unpack(place.tar, place.out, NULL, NULL, &err),
                     0);
    assert_false(pb_fs_exists(through));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(files_are_unpacked_with_their_modes),
        SCRATCH_TEST(names_that_lead_out_are_refused),
        SCRATCH_TEST(links_are_refused),
        SCRATCH_TEST(a_name_that_comes_twice_is_refused),
        SCRATCH_TEST(what_is_no_archive_is_told),
        SCRATCH_TEST(a_torn_archive_is_told),
        SCRATCH_TEST(what_is_there_already_stays),
        SCRATCH_TEST(one_file_is_read_up_to_a_limit),
        SCRATCH_TEST(directories_count_as_files),
        SCRATCH_TEST(a_size_that_is_only_said_counts),
        SCRATCH_TEST(names_have_a_limit),
        SCRATCH_TEST(nothing_is_unpacked_through_a_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
