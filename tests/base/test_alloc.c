#include "base_test.h"

#include "base/alloc.h"
#include "base/checked.h"

static void test_plain(void **state)
{
    char *p = tt_alloc(0), *q = tt_calloc(0, 8);

    assert_non_null(p);
    assert_non_null(q);
    assert_ptr_not_equal(p, q);
    tt_free(q);
    p = tt_realloc(p, 100);
    memset(p, 1, 100);
    p = tt_realloc(p, 1000);
    assert_int_equal(p[99], 1);
    tt_free(p);
    tt_free(NULL);
    assert_null(tt_calloc(SIZE_MAX / 2, 3));
    assert_int_equal(ttrt_last_error()->status, TTRT_ERR_MEMORY);
    char *zeros = tt_calloc(7, 3);
    for (int i = 0; i < 21; i++)
        assert_int_equal(zeros[i], 0);
    tt_free(zeros);
}

static void test_aligned(void **state)
{
    const size_t sizes[] = {0, 1, 63, 64, 65, 4096, (4 << 20) - 1, 4 << 20, (6 << 20) + 5};

    for (size_t i = 0; i < TT_COUNT(sizes); i++) {
        char *p = tt_alloc_aligned(sizes[i]);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 64, 0);
        if (sizes[i] >= 4 << 20)
            assert_int_equal((uintptr_t)p % (2 << 20), 0);
        memset(p, 1, sizes[i]);
        tt_free_aligned(p);
    }
    tt_free_aligned(NULL);
}

static void test_failing(void **state)
{
    tt_alloc_fail_at(2);
    void *p = tt_alloc(1);
    assert_non_null(p);
    assert_null(tt_alloc(5));
    assert_int_equal(ttrt_last_error()->status, TTRT_ERR_MEMORY);
    void *q = tt_alloc(1); /* it fails once */
    assert_non_null(q);
    tt_free(q);
    tt_alloc_fail_at(1);
    assert_null(tt_realloc(p, 50));
    tt_alloc_fail_at(1);
    assert_null(tt_calloc(1, 1));
    tt_alloc_fail_at(1);
    assert_null(tt_alloc_aligned(1));
    tt_alloc_fail_at(1);
    tt_alloc_fail_at(0);
    p = tt_realloc(p, 50);
    assert_non_null(p);
    tt_free(p);
}

static void test_arena(void **state)
{
    tt_arena *a = tt_arena_new();
    unsigned char *pieces[600];

    for (size_t i = 0; i < TT_COUNT(pieces); i++) {
        size_t bytes = i * i % 5000;
        pieces[i] = tt_arena_alloc(a, bytes);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        for (size_t k = 0; k < bytes; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i & 255), bytes);
    }
    for (size_t i = 0; i < TT_COUNT(pieces); i++)
        for (size_t k = 0; k < i * i % 5000; k++)
            assert_int_equal(pieces[i][k], i & 255);
    assert_non_null(tt_arena_alloc(a, 3 << 20));
    assert_null(tt_arena_array(a, SIZE_MAX / 4, 5));
    assert_null(tt_arena_alloc(a, SIZE_MAX));
    assert_non_null(tt_arena_array(a, 4, 5));
    tt_arena_free(a);
    tt_arena_free(NULL);
}

static void test_arena_texts(void **state)
{
    tt_arena *a = tt_arena_new();
    void *first = tt_arena_alloc(a, 0), *second = tt_arena_alloc(a, 0);

    assert_ptr_not_equal(first, second);
    assert_string_equal(tt_arena_strdup(a, ""), "");
    assert_string_equal(tt_arena_strdup(a, "abc"), "abc");
    assert_string_equal(tt_arena_strndup(a, "abcdef", 3), "abc");
    assert_string_equal(tt_arena_strndup(a, "ab", 30), "ab");
    assert_string_equal(tt_arena_printf(a, "%d-%s", 7, "x"), "7-x");
    assert_int_equal(strlen(tt_arena_printf(a, "%10000d", 7)), 10000);
    assert_memory_equal(tt_arena_copy(a, "a\0b", 3), "a\0b", 3);
    assert_non_null(tt_arena_copy(a, NULL, 0));
    tt_arena_free(a);
}

static void test_arena_grow(void **state)
{
    tt_arena *a = tt_arena_new();
    int64_t *items = NULL;
    size_t cap = 0, n = 0, moves = 0;

    for (; n < 1000; n++) {
        const int64_t *before = items;
        assert_ok(tt_arena_grow(a, &items, &cap, n, sizeof *items));
        assert_true(n < cap);
        moves += items != before;
        items[n] = (int64_t)n;
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(items[i], i);
    assert_true(moves < 10);
    cap = SIZE_MAX / 2 + 2;
    assert_fails(TTRT_ERR_MEMORY, "no memory", tt_arena_grow(a, &items, &cap, cap, sizeof *items));
    tt_arena_free(a);
}

static void test_checked(void **state)
{
    size_t s = 1;
    int64_t v = 1;

    assert_true(tt_mul_size(3, 4, &s) && s == 12);
    assert_false(tt_mul_size(SIZE_MAX, 2, &s));
    assert_int_equal(s, 12);
    assert_true(tt_add_size(3, 4, &s) && s == 7);
    assert_false(tt_add_size(SIZE_MAX, 1, &s));
    assert_true(tt_mul_i64(-3, 4, &v) && v == -12);
    assert_false(tt_mul_i64(INT64_MIN, -1, &v));
    assert_true(tt_add_i64(-3, 4, &v) && v == 1);
    assert_false(tt_add_i64(INT64_MAX, 1, &v));
    assert_true(tt_sub_i64(-3, 4, &v) && v == -7);
    assert_false(tt_sub_i64(INT64_MIN, 1, &v));
    assert_int_equal(v, -7);
}

static void test_count(void **state)
{
    const int64_t big = (int64_t)1 << 40;
    int64_t n = -5;

    assert_true(tt_count_elems(NULL, 0, &n) && n == 1);
    assert_true(tt_count_elems((int64_t[]){2, 3, 5}, 3, &n) && n == 30);
    assert_false(tt_count_elems((int64_t[]){2, -1}, 2, &n));
    assert_false(tt_count_elems((int64_t[]){0, -1}, 2, &n));
    assert_false(tt_count_elems((int64_t[]){big, big}, 2, &n));
    assert_int_equal(n, 30);
    assert_true(tt_count_elems((int64_t[]){big, big, 0}, 3, &n) && n == 0);
    assert_true(tt_count_elems((int64_t[]){0, big, big}, 3, &n) && n == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),   cmocka_unit_test(test_aligned),     cmocka_unit_test(test_failing),
        cmocka_unit_test(test_arena),   cmocka_unit_test(test_arena_texts), cmocka_unit_test(test_arena_grow),
        cmocka_unit_test(test_checked), cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
