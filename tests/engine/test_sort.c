/* Sorts and top-k against a stable insertion sort in the order that PyTorch has: NaN last, zeros equal. */
#include "tensor_test.h"

#include <math.h>

#include "engine/cpu/kernels/sort.h"

static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32,      TTRT_DTYPE_FLOAT64, TTRT_DTYPE_FLOAT16, TTRT_DTYPE_BFLOAT16,
                                 TTRT_DTYPE_INT8,         TTRT_DTYPE_UINT8,   TTRT_DTYPE_INT16,   TTRT_DTYPE_UINT16,
                                 TTRT_DTYPE_INT32,        TTRT_DTYPE_UINT32,  TTRT_DTYPE_INT64,   TTRT_DTYPE_BOOL,
                                 TTRT_DTYPE_FLOAT8_E4M3FN};

static bool before(double a, double b, bool descending)
{
    return descending ? (isnan(a) && !isnan(b)) || a > b : (isnan(b) && !isnan(a)) || a < b;
}

/* Indices in sorted order. */
static void sort_plainly(const double *values, int64_t n, bool descending, int64_t *index)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t j = i;
        for (; j > 0 && before(values[i], values[index[j - 1]], descending); j--)
            index[j] = index[j - 1];
        index[j] = i;
    }
}

static void fill_values(const tensor *t)
{
    static const double special[] = {NAN, -0.0, 0.0, INFINITY, -INFINITY};

    if (!tt_dtype_is_float(t->view.dtype)) {
        fill_random_bytes(t);
        if (t->view.dtype == TTRT_DTYPE_BOOL)
            fill_random_integers(t, 0, 1);
        return;
    }
    for (int64_t i = 0; i < count_of(&t->view); i++)
        tt_store_f64(element(t, i), t->view.dtype,
                     chance(10) ? special[random_in(0, 4)] : (double)random_in(-900, 900) / 8);
}

static void sorts_and_top_k(void **state)
{
    static const int64_t lengths[] = {1, 2, 15, 16, 17, 33, 300, 1023, 1024, 2500};

    for (int round = 0; round < 500; round++) {
        const tt_dtype dtype = types[round % TT_COUNT(types)];
        const bool descending = chance(50), top = chance(60);
        int64_t dims[] = {random_in(0, 3), random_in(1, 2), lengths[random_in(0, TT_COUNT(lengths) - 1)]}, n = dims[2];
        int64_t to_dims[] = {dims[0], dims[1], top ? random_in(0, chance(50) && n > 5 ? 5 : n) : n};
        tensor from = tensor_shuffled(dtype, 3, dims), values = tensor_shuffled(dtype, 3, to_dims);
        tensor index = tensor_shuffled(TTRT_DTYPE_INT64, 3, to_dims);
        double row[2500];
        int64_t want[2500];
        void *scratch = malloc(tt_sort_scratch_bytes(dtype, n, 2));

        fill_values(&from);
        (top ? tt_topk_run : tt_sort_run)(some_threads(), descending, &values.view, values.data, &index.view,
                                          (int64_t *)index.data, &from.view, from.data, scratch);
        for (int64_t r = 0; r < dims[0] * dims[1]; r++) {
            for (int64_t i = 0; i < n; i++)
                row[i] = value_of(&from, r * n + i);
            sort_plainly(row, n, descending, want);
            for (int64_t i = 0; i < to_dims[2]; i++) {
                assert_int_equal(tt_load_i64(element(&index, r * to_dims[2] + i), TTRT_DTYPE_INT64), want[i]);
                assert_same_element(element(&values, r * to_dims[2] + i), element(&from, r * n + want[i]), dtype);
            }
        }
        free(scratch);
        tensor_free(&from);
        tensor_free(&values);
        tensor_free(&index);
    }
}

static void scalars_and_single_results(void **state)
{
    tt_view scalar = {.dtype = TTRT_DTYPE_FLOAT32}, index = {.dtype = TTRT_DTYPE_INT64};
    float in = 3, out = 0;
    int64_t at = 9;
    char scratch[64];

    tt_sort_run(NULL, true, &scalar, &out, &index, &at, &scalar, &in, scratch);
    assert_true(out == 3 && at == 0);
    at = 9;
    tt_sort_run(NULL, true, NULL, NULL, &index, &at, &scalar, &in, scratch);
    assert_int_equal(at, 0);
    out = 0;
    tt_sort_run(NULL, true, &scalar, &out, NULL, NULL, &scalar, &in, scratch);
    assert_float_equal(out, 3, 0);
}

static void extreme_integers(void **state)
{
    const int64_t in[] = {0, INT64_MAX, INT64_MIN, -1};
    const uint64_t big[] = {0, UINT64_MAX, 1ull << 63, 1};
    int64_t out[4], scratch[16];
    uint64_t out_big[4];
    tt_view v = {.dtype = TTRT_DTYPE_INT64, .rank = 1, .dims = {4}, .strides = {1}};

    tt_sort_run(NULL, false, &v, out, NULL, NULL, &v, in, scratch);
    assert_true(out[0] == INT64_MIN && out[1] == -1 && out[2] == 0 && out[3] == INT64_MAX);
    v.dtype = TTRT_DTYPE_UINT64;
    tt_sort_run(NULL, true, &v, out_big, NULL, NULL, &v, big, scratch);
    assert_true(out_big[0] == UINT64_MAX && out_big[1] == 1ull << 63 && out_big[2] == 1 && out_big[3] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_and_top_k),
        cmocka_unit_test(scalars_and_single_results),
        cmocka_unit_test(extreme_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
