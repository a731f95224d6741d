/* digest: SHA-256 against the published examples. */
#include "scratch.h"

#include "pybisect/digest.h"

#define EMPTY                                                                 \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void
digests_match_fips_180(void **state)
{
    (void)state;
    char hex[PB_DIGEST_HEX];
    struct pb_digest digest = pb_digest_of("", 0);
    assert_string_equal(pb_digest_hex(&digest, hex), EMPTY);
    digest = pb_digest_of("abc", 3);
    assert_string_equal(pb_digest_hex(&digest, hex), ABC);
}

static void
pieces_hash_as_the_whole(void **state)
{
    (void)state;
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add(&hasher, "a", 1);
    pb_hasher_add(&hasher, NULL, 0);
    pb_hasher_add(&hasher, "bc", 2);
    struct pb_digest pieces = pb_hasher_finish(&hasher);
    struct pb_digest whole = pb_digest_of("abc", 3);
    assert_true(pb_digest_equal(&pieces, &whole));
}

static struct pb_digest
of_fields(const char *first, const char *second)
{
    struct pb_hasher hasher;
    pb_hasher_init(&hasher);
    pb_hasher_add_field(&hasher, first);
    pb_hasher_add_field(&hasher, second);
    return pb_hasher_finish(&hasher);
}

static void
fields_do_not_run_into_each_other(void **state)
{
    (void)state;
    struct pb_digest a = of_fields("ab", "c");
    struct pb_digest b = of_fields("a", "bc");
    struct pb_digest empty = of_fields("", "x");
    struct pb_digest none = of_fields(NULL, "x");
    struct pb_digest again = of_fields("ab", "c");
    assert_false(pb_digest_equal(&a, &b));
    assert_false(pb_digest_equal(&empty, &none));
    assert_true(pb_digest_equal(&a, &again));
}

static void
hex_is_read_back(void **state)
{
    (void)state;
    struct pb_digest digest = pb_digest_of("x", 1);
    struct pb_digest parsed = {{0}};
    char hex[PB_DIGEST_HEX];
    assert_true(pb_digest_parse(pb_digest_hex(&digest, hex), &parsed));
    assert_true(pb_digest_equal(&digest, &parsed));
}

static void
bad_hex_is_refused_and_leaves_the_output(void **state)
{
    (void)state;
    struct pb_digest digest = pb_digest_of("x", 1);
    const struct pb_digest before = digest;
    char not_hex[] = ABC;
    not_hex[63] = 'g';
    assert_false(pb_digest_parse(NULL, &digest));
    assert_false(pb_digest_parse("", &digest));
    assert_false(pb_digest_parse(&ABC[1], &digest));
    assert_false(pb_digest_parse(ABC "0", &digest));
    assert_false(pb_digest_parse(not_hex, &digest));
    assert_true(pb_digest_equal(&digest, &before));
}

static void
files_hash_as_their_bytes(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "file");
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    for (int i = 0; i < 50000; i++) {
        pb_buf_addf(&text, "%d\n", i);
    }
    put_file(path, text.data);
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest from_file = {{0}};
    assert_int_equal(pb_digest_of_file(path, &from_file, &err), 0);
    struct pb_digest from_memory = pb_digest_of(text.data, text.len);
    assert_true(pb_digest_equal(&from_file, &from_memory));
}

static void
missing_files_and_directories_are_errors(void **state)
{
    PB_AUTOFREE char *path = pb_path_join(*state, "absent");
    struct pb_error err = PB_ERROR_INIT;
    struct pb_digest digest = {{0}};
    assert_int_equal(pb_digest_of_file(path, &digest, &err), -1);
    assert_int_equal(err.code, PB_ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(pb_digest_of_file(*state, &digest, &err), -1);
    assert_int_equal(err.code, PB_ERROR_ENVIRONMENT);
}

/* Test cases 1, 2 and 6 of RFC 4231. */
static void
an_hmac_is_that_of_the_rfc(void **state)
{
    (void)state;
    char hex[PB_DIGEST_HEX];
    char key[131];
    memset(key, 0x0b, sizeof(key));
    struct pb_digest digest = pb_digest_hmac(key, 20, "Hi There", 8);
    assert_string_equal(
        pb_digest_hex(&digest, hex),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    digest = pb_digest_hmac("Jefe", 4, "what do ya want for nothing?", 28);
    assert_string_equal(
        pb_digest_hex(&digest, hex),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    digest = pb_digest_hmac(
        key, sizeof(key),
        "Test Using Larger Than Block-Size Key - Hash Key First", 54);
    assert_string_equal(
        pb_digest_hex(&digest, hex),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hmac_is_that_of_the_rfc),
        cmocka_unit_test(digests_match_fips_180),
        cmocka_unit_test(pieces_hash_as_the_whole),
        cmocka_unit_test(fields_do_not_run_into_each_other),
        cmocka_unit_test(hex_is_read_back),
        cmocka_unit_test(bad_hex_is_refused_and_leaves_the_output),
        SCRATCH_TEST(files_hash_as_their_bytes),
        SCRATCH_TEST(missing_files_and_directories_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
