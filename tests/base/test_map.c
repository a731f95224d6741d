/* map: string keys, insertion order, release of values. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/buf.h"
#include "pybisect/map.h"

static size_t released;

static void
release(void *value)
{
    released++;
    free(value);
}

static void
values_are_found_by_equal_keys(void **state)
{
    (void)state;
    PB_AUTO(pb_map) struct pb_map *map = pb_map_new(NULL);
    int one = 1;
    char key[] = "one";
    pb_map_set(map, key, &one);
    key[0] = 'x'; /* the map has its own copy */
    assert_ptr_equal(pb_map_get(map, "one"), &one);
    assert_null(pb_map_get(map, "xne"));
    assert_null(pb_map_get(map, ""));
    assert_int_equal(pb_map_size(map), 1);
}

static void
add_key(const char *key, void *value, void *context)
{
    pb_buf_addf(context, "%s=%s ", key, (const char *)value);
}

static void
visits_follow_insertion_also_after_a_change(void **state)
{
    (void)state;
    PB_AUTO(pb_map) struct pb_map *map = pb_map_new(NULL);
    char a[] = "1";
    char b[] = "2";
    pb_map_set(map, "zebra", a);
    pb_map_set(map, "ant", a);
    pb_map_set(map, "mole", a);
    pb_map_set(map, "zebra", b);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_map_each(map, add_key, &text);
    assert_string_equal(text.data, "zebra=2 ant=1 mole=1 ");
}

static void
owned_values_are_released_once(void **state)
{
    (void)state;
    released = 0;
    struct pb_map *map = pb_map_new(release);
    char *kept = pb_strdup("kept");
    pb_map_set(map, "a", pb_strdup("old"));
    pb_map_set(map, "a", kept);
    assert_int_equal(released, 1);
    pb_map_set(map, "a", kept);
    assert_int_equal(released, 1);
    pb_map_set(map, "b", NULL);
    pb_map_free(map);
    assert_int_equal(released, 2);
}

static void
ten_thousand_keys_are_all_there(void **state)
{
    (void)state;
    PB_AUTO(pb_map) struct pb_map *map = pb_map_new(release);
    char key[32];
    for (int i = 0; i < 10000; i++) {
        snprintf(key, sizeof(key), "test_%d", i);
        pb_map_set(map, key, pb_strdup(key));
    }
    assert_int_equal(pb_map_size(map), 10000);
    for (int i = 0; i < 10000; i++) {
        snprintf(key, sizeof(key), "test_%d", i);
        assert_string_equal(pb_map_get(map, key), key);
    }
}

static void
an_empty_map_is_empty(void **state)
{
    (void)state;
    PB_AUTO(pb_map) struct pb_map *map = pb_map_new(NULL);
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    pb_map_each(map, add_key, &text);
    assert_int_equal(text.len, 0);
    assert_int_equal(pb_map_size(map), 0);
    assert_null(pb_map_get(map, "a"));
    pb_map_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_by_equal_keys),
        cmocka_unit_test(visits_follow_insertion_also_after_a_change),
        cmocka_unit_test(owned_values_are_released_once),
        cmocka_unit_test(ten_thousand_keys_are_all_there),
        cmocka_unit_test(an_empty_map_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
