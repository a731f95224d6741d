/* store: taking builds from one store to another by way of a file that may
   come from anybody. */
#include "model.h"

#include "listing.h"
#include "meta.h"
#include "store_private.h"

static const char *const files[] = {"python", "lib/a.so", NULL};

struct fixture {
    struct pb_store *from;
    struct pb_store *to;
    char *file;
    char *out;
};

static struct fixture
fixture_make(const char *scratch)
{
    struct pb_error err = PB_ERROR_INIT;
    struct fixture fixture = {.from = open_named(scratch, "from"),
                              .to = open_store(scratch),
                              .file = pb_path_join(scratch, "file"),
                              .out = pb_path_join(scratch, "out")};
    put_built(scratch, "python", "one");
    put_built(scratch, "lib/a.so", "module");
    assert_done(put_build(fixture.from, scratch, "one", files, &err), &err);
    put_built(scratch, "python", "two");
    assert_done(put_build(fixture.from, scratch, "two", files, &err), &err);
    put_built(scratch, "python", "three");
    assert_done(put_group(fixture.from, scratch, "three", "other group", files,
                          NULL, &err),
                &err);
    assert_done(put_failure(fixture.from, scratch, "failed", "log\n", &err),
                &err);
    struct pb_digest two = key_of("two");
    assert_done(pb_store_prove(fixture.from, &two, &err), &err);
    return fixture;
}

static void
fixture_clear(struct fixture *fixture)
{
    pb_store_close(fixture->from);
    pb_store_close(fixture->to);
    free(fixture->file);
    free(fixture->out);
}

static size_t
export_all(struct fixture *fixture)
{
    const struct pb_digest keys[] = {key_of("two"), key_of("absent"),
                                     key_of("one"), key_of("failed"),
                                     key_of("three")};
    struct pb_error err = PB_ERROR_INIT;
    size_t missing = 0;
    assert_done(pb_store_export(fixture->from, fixture->file, "about text\n",
                                keys, PB_LENGTH(keys), &missing, &err),
                &err);
    return missing;
}

static void
builds_and_failures_arrive_as_they_were(void **state)
{
    struct fixture fixture = fixture_make(*state);
    struct pb_error err = PB_ERROR_INIT;
    size_t added = 0;
    size_t known = 0;
    assert_int_equal(export_all(&fixture), 1);
    PB_AUTO(pb_buf) struct pb_buf about = PB_BUF_INIT;
    assert_done(pb_store_read_about(fixture.file, &about, &err), &err);
    assert_string_equal(about.data, "about text\n");
    assert_done(
        pb_store_import(fixture.to, fixture.file, &added, &known, &err), &err);
    assert_int_equal(added, 4);
    assert_int_equal(known, 0);
    static const char *const names[] = {"one", "two", "three"};
    PB_AUTOFREE char *python = pb_path_join(fixture.out, "python");
    PB_AUTO(pb_store) struct pb_store *again = open_store(*state);
    for (size_t i = 0; i < PB_LENGTH(names); i++) {
        assert_done(restore_to(again, names[i], fixture.out, NULL, &err),
                    &err);
        assert_file(python, names[i]);
        PB_AUTO(pb_store_entry)
        struct pb_store_entry before = {.summary = NULL};
        PB_AUTO(pb_store_entry)
        struct pb_store_entry after = {.summary = NULL};
        struct pb_digest key = key_of(names[i]);
        assert_done(pb_store_find(fixture.from, &key, &before, &err), &err);
        assert_done(pb_store_find(again, &key, &after, &err), &err);
        assert_true(pb_digest_equal(&before.output, &after.output));
        assert_true(before.proved == after.proved);
        assert_true(after.seconds > 1.4 && after.seconds < 1.6);
    }
    struct pb_digest failed = key_of("failed");
    PB_AUTO(pb_buf) struct pb_buf log = PB_BUF_INIT;
    assert_done(pb_store_failure_log(again, &failed, &log, &err), &err);
    assert_string_equal(log.data, "log\n");
    assert_int_equal(count_damaged(again, false), 0);

    assert_done(
        pb_store_import(fixture.to, fixture.file, &added, &known, &err), &err);
    assert_int_equal(added, 0);
    assert_int_equal(known, 4);
    fixture_clear(&fixture);
}

static void
what_is_there_already_is_left_alone(void **state)
{
    struct fixture fixture = fixture_make(*state);
    struct pb_error err = PB_ERROR_INIT;
    size_t added = 0;
    size_t known = 0;
    PB_AUTOFREE char *python = pb_path_join(fixture.out, "python");
    export_all(&fixture);
    put_built(*state, "python", "mine");
    assert_done(put_build(fixture.to, *state, "two", files, &err), &err);
    assert_done(
        pb_store_import(fixture.to, fixture.file, &added, &known, &err), &err);
    assert_int_equal(added, 3);
    assert_int_equal(known, 1);
    assert_done(restore_to(fixture.to, "two", fixture.out, NULL, &err), &err);
    assert_file(python, "mine");
    assert_done(restore_to(fixture.to, "one", fixture.out, NULL, &err), &err);
    assert_file(python, "one");
    fixture_clear(&fixture);
}

static void
refuse_bytes(struct fixture *fixture, const char *data, size_t length)
{
    struct pb_error err = PB_ERROR_INIT;
    struct pb_store_stats stats;
    size_t added = 7;
    size_t known = 7;
    write_whole(fixture->file, data, length);
    assert_int_equal(
        pb_store_import(fixture->to, fixture->file, &added, &known, &err), -1);
    assert_int_equal(err.code, PB_ERROR_CORRUPT);
    assert_int_equal(added, 7);
    pb_error_clear(&err);
    assert_done(pb_store_stats(fixture->to, &stats, &err), &err);
    assert_int_equal(stats.packs, 0);
}

/* With the closing digest made right again, so that what is inside is looked
   at. */
static void
seal(struct pb_buf *file)
{
    size_t length = file->len - PB_DIGEST_SIZE;
    struct pb_digest digest = pb_digest_of(file->data, length);
    memcpy(file->data + length, digest.bytes, PB_DIGEST_SIZE);
}

static void
a_damaged_or_cut_file_is_refused_and_nothing_added(void **state)
{
    uint64_t seed = model_seed();
    struct fixture fixture = fixture_make(*state);
    PB_AUTO(pb_buf) struct pb_buf good = PB_BUF_INIT;
    export_all(&fixture);
    read_whole(fixture.file, &good);
    refuse_bytes(&fixture, "", 0);
    for (size_t i = 0; i < 60; i++) {
        PB_AUTO(pb_buf) struct pb_buf bad = PB_BUF_INIT;
        size_t at = draw(&seed, (unsigned)good.len);
        refuse_bytes(&fixture, good.data, at);
        pb_buf_add(&bad, good.data, good.len);
        bad.data[at] = (char)(bad.data[at] ^ (1 << draw(&seed, 8)));
        refuse_bytes(&fixture, bad.data, bad.len);
        /* The text about it is anybody's. */
        if (at >= 40 && at < good.len - PB_DIGEST_SIZE) {
            seal(&bad);
            refuse_bytes(&fixture, bad.data, bad.len);
        }
    }
    fixture_clear(&fixture);
}

/* A pack whose one build says what `meta` and `frame` say, every checksum
   being right. */
static void
craft(const struct pb_buf *meta, const struct pb_buf *frame,
      const char *scratch, struct pb_buf *out)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_buf) struct pb_buf body = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf record = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf pack = PB_BUF_INIT;
    PB_AUTOFREE char *path = pb_path_join(scratch, "crafted");
    struct pb_digest group = key_of("group");
    const struct pb_record head = {
        .kind = PB_RECORD_BUILD, .key = key_of("evil"), .stamp = 1};
    assert_done(pb_meta_pack(meta, frame, &body, &err), &err);
    pb_record_add(&record, &head, body.data, body.len);
    assert_done(pb_pack_create(path, &group, &record, &err), &err);
    read_whole(path, &pack);
    pb_buf_adds(out, "pybisect export 2\n");
    pb_wire_add_u32(out, 0);
    pb_wire_add_u32(out, 1);
    pb_wire_add_u64(out, pack.len);
    pb_buf_add(out, pack.data, pack.len);
    pb_buf_add(out, group.bytes, PB_DIGEST_SIZE);
    seal(out);
}

/* zstd of "evil" without compression. */
static void
make_frame(struct pb_buf *out)
{
    static const unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x20,
                                          0x04, 0x21, 0x00, 0x00, 'e',
                                          'v',  'i',  'l'};
    pb_buf_add(out, frame, sizeof(frame));
}

static void
craft_path(const char *path, uint64_t size, uint64_t files_said,
           const char *scratch, struct pb_buf *out)
{
    struct pb_digest id = pb_digest_of("evil", 4);
    struct pb_file file = {
        .path = pb_strdup(path), .mode = 0644, .size = size, .id = id};
    const struct pb_file *list[] = {&file};
    const struct pb_step step = {.files = list, .len = 1};
    const struct pb_info info = {.output = pb_step_output(&step),
                                 .bytes = size};
    PB_AUTO(pb_buf) struct pb_buf meta = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf frame = PB_BUF_INIT;
    pb_meta_add_info(&meta, &info, PB_RECORD_BUILD);
    pb_wire_add_varint(&meta, 0);
    pb_wire_add_varint(&meta, 0);
    pb_wire_add_varint(&meta, files_said);
    pb_wire_add_varint(&meta, 0);
    pb_wire_add_string(&meta, path);
    pb_wire_add_varint(&meta, PB_FILE_NEW);
    pb_wire_add_varint(&meta, size);
    pb_buf_add(&meta, id.bytes, PB_DIGEST_SIZE);
    make_frame(&frame);
    craft(&meta, &frame, scratch, out);
    free(file.path);
}

static void
a_file_of_somebody_who_means_harm_is_refused(void **state)
{
    static const struct {
        const char *path;
        uint64_t size;
        uint64_t files;
    } cases[] = {
        {"../evil", 4, 1},      {"/etc/evil", 4, 1},
        {"a/../../evil", 4, 1}, {"a\nb", 4, 1},
        {"good", 5, 1},         {"good", UINT64_C(1) << 40, 1},
        {"good", 4, 2},         {"good", 4, UINT64_MAX},
        {"good", 4, 0},         {"good", UINT64_MAX, 1},
    };
    struct fixture fixture = fixture_make(*state);
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        PB_AUTO(pb_buf) struct pb_buf file = PB_BUF_INIT;
        craft_path(cases[i].path, cases[i].size, cases[i].files, *state,
                   &file);
        refuse_bytes(&fixture, file.data, file.len);
    }
    /* Such a file would be taken, were it not for what is wrong in each. */
    struct pb_error err = PB_ERROR_INIT;
    size_t added = 0;
    size_t known = 0;
    PB_AUTO(pb_buf) struct pb_buf file = PB_BUF_INIT;
    craft_path("good", 4, 1, *state, &file);
    write_whole(fixture.file, file.data, file.len);
    assert_done(
        pb_store_import(fixture.to, fixture.file, &added, &known, &err), &err);
    assert_int_equal(added, 1);
    fixture_clear(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(builds_and_failures_arrive_as_they_were),
        SCRATCH_TEST(what_is_there_already_is_left_alone),
        SCRATCH_TEST(a_damaged_or_cut_file_is_refused_and_nothing_added),
        SCRATCH_TEST(a_file_of_somebody_who_means_harm_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
