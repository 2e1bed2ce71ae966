#include "base_test.h"

#include "base/str.h"

static void test_adding(void **state)
{
    tt_str s = {0};

    assert_string_equal(tt_str_text(&s), "");
    tt_str_add(&s, "ab");
    tt_str_add_n(&s, "cdef", 2);
    tt_str_addf(&s, "-%d-%s", 42, "x");
    assert_string_equal(tt_str_text(&s), "abcd-42-x");
    assert_int_equal(s.len, 9);
    for (int i = 0; i < 1000; i++)
        tt_str_addf(&s, "%d,", i);
    assert_int_equal(s.len, strlen(s.data));
    assert_ok(tt_str_status(&s));
    char *text = tt_str_take(&s);
    assert_memory_equal(text, "abcd-42-x0,1,2,", 15);
    tt_free(text);
    assert_null(s.data);
    text = tt_str_take(&s);
    assert_string_equal(text, "");
    tt_free(text);
    tt_str_dispose(&s);
}

static void test_json(void **state)
{
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\b\f\n\r\t\x01\x1f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\""},
        {"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\xff", "\"\\ufffd\""},
        {"\xc3", "\"\\ufffd\""},
        {"\xc0\x80", "\"\\ufffd\\ufffd\""},
        {"\xe0\x80\x80z", "\"\\ufffd\\ufffd\\ufffdz\""},
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
        {"\xe2\x82z", "\"\\ufffd\\ufffdz\""},
    };

    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_str s = {0};
        tt_str_add_json(&s, cases[i][0]);
        assert_string_equal(tt_str_text(&s), cases[i][1]);
        tt_str_dispose(&s);
    }
}

static void test_str_failing(void **state)
{
    tt_str s = {0};

    tt_str_add(&s, "kept");
    tt_alloc_fail_at(1);
    tt_str_addf(&s, "%1000d", 1);
    tt_str_add(&s, "not");
    assert_string_equal(tt_str_text(&s), "kept");
    assert_fails(TTRT_ERR_MEMORY, "text", tt_str_status(&s));
    assert_null(tt_str_take(&s));
    assert_ok(tt_str_status(&s));
    tt_str_dispose(&s);
}

static void test_map(void **state)
{
    tt_arena *a = tt_arena_new();
    tt_map *map = tt_map_new(a);
    static int values[5000];
    char key[40];

    assert_int_equal(tt_map_count(map), 0);
    assert_null(tt_map_get(map, "x"));
    assert_false(tt_map_has(map, "x"));
    for (size_t i = 0; i < TT_COUNT(values); i++) {
        snprintf(key, sizeof key, "%.*s%zu", (int)(i % 20), "weights.layer.blocks.", i);
        assert_ok(tt_map_put(map, key, &values[i]));
        assert_int_equal(tt_map_count(map), i + 1);
    }
    for (size_t i = 0; i < TT_COUNT(values); i++) {
        snprintf(key, sizeof key, "%.*s%zu", (int)(i % 20), "weights.layer.blocks.", i);
        assert_ptr_equal(tt_map_get(map, key), &values[i]);
    }
    assert_ok(tt_map_put(map, "0", NULL));
    assert_int_equal(tt_map_count(map), TT_COUNT(values));
    assert_null(tt_map_get(map, "0"));
    assert_true(tt_map_has(map, "0"));
    assert_false(tt_map_has(map, ""));
    assert_ok(tt_map_put(map, "", map));
    assert_ptr_equal(tt_map_get(map, ""), map);
    tt_arena_free(a);
}

static ttrt_status fill_map(void)
{
    ttrt_status status = TTRT_ERR_MEMORY;
    tt_arena *a = tt_arena_new();
    tt_map *map = a ? tt_map_new(a) : NULL;
    char key[20];

    for (int i = 0; map && i < 100; i++) {
        snprintf(key, sizeof key, "k%d", i);
        status = tt_map_put(map, key, key);
        if (status != TTRT_OK) {
            assert_false(tt_map_has(map, key));
            assert_int_equal(tt_map_count(map), i);
            break;
        }
    }
    tt_arena_free(a);
    return status;
}

static void test_map_failing(void **state)
{
    ttrt_status status = TTRT_ERR_MEMORY;
    uint64_t n = 0;

    while (status != TTRT_OK) {
        tt_alloc_fail_at(++n);
        status = fill_map();
        assert_true(status == TTRT_OK || ttrt_last_error()->status == TTRT_ERR_MEMORY);
    }
    tt_alloc_fail_at(0);
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adding), cmocka_unit_test(test_json),        cmocka_unit_test(test_str_failing),
        cmocka_unit_test(test_map),    cmocka_unit_test(test_map_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
