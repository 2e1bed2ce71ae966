/* Gathers, scatters, advanced indexing, nonzero and search against element-by-element formulas; indices out of range.
 */
#include "tensor_test.h"

#include <math.h>
#include <stdio.h>

#include "engine/cpu/kernels/gather.h"
#include "engine/cpu/kernels/nonzero.h"
#include "engine/cpu/kernels/search.h"

static const tt_dtype sizes[] = {TTRT_DTYPE_UINT8, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_INT64,
                                 TTRT_DTYPE_COMPLEX128};

static tensor random_index(int rank, const int64_t *dims, int64_t low, int64_t high)
{
    tensor t = tensor_shuffled(chance(50) ? TTRT_DTYPE_INT64 : TTRT_DTYPE_INT32, rank, dims);
    fill_random_integers(&t, low, high);
    return t;
}

static int64_t index_value(const tensor *t, int64_t i) { return tt_load_i64(element(t, i), t->view.dtype); }

/* Makes one index wrong and tells it by position. */
static int64_t spoil(const tensor *index, int64_t extent, bool wraps)
{
    int64_t i = random_in(0, count_of(&index->view) - 1);
    int64_t bad = chance(50) ? extent : wraps ? -extent - 1 : -1;
    tt_store_i64(element(index, i), index->view.dtype, chance(20) ? INT32_MIN : bad);
    return i;
}

static void assert_reports(ttrt_status status, int64_t position)
{
    char text[64];
    snprintf(text, sizeof text, "at position %lld is out of range", (long long)position);
    assert_int_equal(status, TTRT_ERR_INDEX);
    assert_non_null(strstr(ttrt_last_error()->what, text));
}

static void takes(void **state)
{
    for (int round = 0; round < 500; round++) {
        const tt_dtype dtype = sizes[round % TT_COUNT(sizes)];
        int64_t dims[3], to_dims[8], index_dims[] = {random_in(0, 6), random_in(1, 40)};
        const int axis = (int)random_in(0, 2), index_rank = (int)random_in(0, 2);
        for (int d = 0; d < 3; d++)
            dims[d] = random_in(1, chance(10) ? 300 : 12);
        for (int d = 0; d < axis; d++)
            to_dims[d] = dims[d];
        for (int d = 0; d < index_rank; d++)
            to_dims[axis + d] = index_dims[d];
        for (int d = axis + 1; d < 3; d++)
            to_dims[d - 1 + index_rank] = dims[d];
        tensor from = tensor_shuffled(dtype, 3, dims), to = tensor_shuffled(dtype, 2 + index_rank, to_dims);
        tensor index = random_index(index_rank, index_dims, 0, dims[axis] - 1);

        fill_random_bytes(&from);
        assert_int_equal(
            tt_take_run(some_threads(), axis, &to.view, to.data, &from.view, from.data, &index.view, index.data),
            TTRT_OK);
        for (int64_t i = 0; i < count_of(&to.view); i++) {
            int64_t at[8], src[3];
            index_of(&to.view, i, at);
            for (int d = 0; d < 3; d++)
                src[d] = d < axis    ? at[d]
                         : d == axis ? tt_load_i64(element_at(&index, at + axis), index.view.dtype)
                                     : at[d - 1 + index_rank];
            assert_same_element(element(&to, i), element_at(&from, src), dtype);
        }
        if (count_of(&index.view) > 0) {
            int64_t at = spoil(&index, dims[axis], false);
            assert_reports(
                tt_take_run(some_threads(), axis, &to.view, to.data, &from.view, from.data, &index.view, index.data),
                at);
        }
        tensor_free(&from);
        tensor_free(&to);
        tensor_free(&index);
    }
}

static double combined(tt_scatter_op op, double a, double b)
{
    switch (op) {
    case TT_SCATTER_OP_SET:
        return b;
    case TT_SCATTER_OP_MUL:
        return a * b;
    case TT_SCATTER_OP_MAX:
        return b > a || isnan(b) ? b : a;
    case TT_SCATTER_OP_MIN:
        return b < a || isnan(b) ? b : a;
    default:
        return a + b;
    }
}

static double identity_of(tt_scatter_op op)
{
    return op == TT_SCATTER_OP_MUL ? 1 : op == TT_SCATTER_OP_MAX ? -INFINITY : op == TT_SCATTER_OP_MIN ? INFINITY : 0;
}

/* The same in double: values[] is the destination in row-major order. */
static void scatter_plainly(tt_scatter_op op, bool include_self, int axis, const tt_view *to, double *values,
                            const tensor *index, const tensor *from)
{
    double *hits = calloc((size_t)count_of(to) + 1, sizeof *hits);

    for (int pass = include_self; pass < 2; pass++)
        for (int64_t i = 0; i < count_of(&index->view); i++) {
            int64_t at[TT_CPU_RANK], place = 0;
            index_of(&index->view, i, at);
            double v = tt_load_f64(element_at(from, at), from->view.dtype);
            at[axis] = index_value(index, i);
            for (int d = 0; d < to->rank; d++)
                place = place * to->dims[d] + at[d];
            if (pass == 0 && op != TT_SCATTER_OP_SET)
                values[place] = identity_of(op);
            if (pass == 1) {
                values[place] = combined(op, values[place], v);
                hits[place]++;
            }
        }
    for (int64_t i = 0; i < count_of(to) && op == TT_SCATTER_OP_MEAN; i++) {
        double n = hits[i] + include_self;
        double mean = n > 1 ? values[i] / n : values[i];
        values[i] = tt_dtype_is_float(to->dtype) ? mean : floor(mean);
    }
    free(hits);
}

static void gathers_and_scatters(void **state)
{
    static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT64, TTRT_DTYPE_FLOAT16, TTRT_DTYPE_BFLOAT16,
                                     TTRT_DTYPE_INT8,    TTRT_DTYPE_INT16,   TTRT_DTYPE_INT32,   TTRT_DTYPE_INT64,
                                     TTRT_DTYPE_UINT16,  TTRT_DTYPE_UINT32};
    for (int round = 0; round < 1000; round++) {
        const tt_dtype dtype = types[round % TT_COUNT(types)];
        const tt_scatter_op op = (tt_scatter_op)random_in(0, 5);
        const bool include_self = chance(50);
        const int axis = (int)random_in(0, 2);
        int64_t dims[3], loop[3], from_dims[3];
        for (int d = 0; d < 3; d++) {
            dims[d] = random_in(1, 7);
            loop[d] = d == axis ? random_in(0, chance(10) ? 600 : 5) : random_in(1, dims[d]);
            from_dims[d] = loop[d] + random_in(0, 1);
        }
        if (op == TT_SCATTER_OP_MUL)
            loop[axis] = loop[axis] > 2 ? 2 : loop[axis]; /* products stay exact */
        tensor self = tensor_shuffled(dtype, 3, dims), index = random_index(3, loop, 0, dims[axis] - 1);
        tensor from = tensor_shuffled(dtype, 3, from_dims), out = tensor_shuffled(dtype, 3, loop);
        fill_random_integers(&self, 1, 5);
        fill_random_integers(&from, 0, loop[axis] > 100 ? 0 : 4);

        assert_int_equal(
            tt_gather_run(some_threads(), axis, &out.view, out.data, &self.view, self.data, &index.view, index.data),
            TTRT_OK);
        for (int64_t i = 0; i < count_of(&out.view); i++) {
            int64_t at[3];
            index_of(&out.view, i, at);
            at[axis] = index_value(&index, i);
            assert_same_element(element(&out, i), element_at(&self, at), dtype);
        }
        double values[343];
        for (int64_t i = 0; i < count_of(&self.view); i++)
            values[i] = value_of(&self, i);
        scatter_plainly(op, include_self, axis, &self.view, values, &index, &from);
        void *scratch = malloc(tt_scatter_scratch_bytes(op, &self.view) + 1);
        assert_int_equal(tt_scatter_run(some_threads(), op, include_self, axis, &self.view, self.data, &index.view,
                                        index.data, &from.view, from.data, scratch),
                         TTRT_OK);
        for (int64_t i = 0; i < count_of(&self.view); i++) {
            double tolerance =
                op == TT_SCATTER_OP_MEAN ? fabs(values[i]) * 4e-3 : 0; /* a quotient rounded to bfloat16 */
            assert_float_equal(value_of(&self, i), values[i], tolerance);
        }
        if (count_of(&index.view) > 0) {
            int64_t at = spoil(&index, dims[axis], false);
            assert_reports(tt_gather_run(some_threads(), axis, &out.view, out.data, &self.view, self.data, &index.view,
                                         index.data),
                           at);
            assert_reports(tt_scatter_run(some_threads(), op, include_self, axis, &self.view, self.data, &index.view,
                                          index.data, &from.view, from.data, scratch),
                           at);
        }
        free(scratch);
        tensor_free(&self);
        tensor_free(&index);
        tensor_free(&from);
        tensor_free(&out);
    }
}

static void scatter_of_nan_and_half_sums(void **state)
{
    float self[] = {1, NAN, 3}, from[] = {NAN, 2, 5, 4};
    int64_t index[] = {0, 1, 2, 0};
    tt_view to = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 1, .dims = {3}, .strides = {1}}, src = to, at = to;
    src.dims[0] = at.dims[0] = 4;
    at.dtype = TTRT_DTYPE_INT64;
    assert_int_equal(tt_scatter_run(NULL, TT_SCATTER_OP_MAX, true, 0, &to, self, &at, index, &src, from, NULL),
                     TTRT_OK);
    assert_true(isnan(self[0]) && isnan(self[1]) && self[2] == 5);

    /* A bfloat16 sum would stop at 256. */
    enum { MANY = 4096 };
    uint16_t half = tt_f32_to_bf16(0), one = tt_f32_to_bf16(1);
    int32_t zeros[MANY] = {0};
    tt_view cell = {.dtype = TTRT_DTYPE_BFLOAT16, .rank = 1, .dims = {1}, .strides = {1}};
    tt_view ones = {.dtype = TTRT_DTYPE_BFLOAT16, .rank = 1, .dims = {MANY}};
    tt_view places = {.dtype = TTRT_DTYPE_INT32, .rank = 1, .dims = {MANY}, .strides = {1}};
    char scratch[16];
    assert_int_equal(tt_scatter_scratch_bytes(TT_SCATTER_OP_ADD, &cell), sizeof(float));
    assert_int_equal(
        tt_scatter_run(NULL, TT_SCATTER_OP_ADD, true, 0, &cell, &half, &places, zeros, &ones, &one, scratch), TTRT_OK);
    assert_float_equal(tt_bf16_to_f32(half), MANY, 0);
    assert_int_equal(tt_scatter_run(NULL, TT_SCATTER_OP_ADD, true, 0,
                                    &(tt_view){.dtype = TTRT_DTYPE_COMPLEX64, .rank = 1, .dims = {1}}, self, &places,
                                    zeros, &(tt_view){.dtype = TTRT_DTYPE_COMPLEX64, .rank = 1, .dims = {MANY}}, from,
                                    NULL),
                     TTRT_ERR_UNSUPPORTED);
}

static void advanced_indexing(void **state)
{
    for (int round = 0; round < 800; round++) {
        const tt_dtype dtype = sizes[round % TT_COUNT(sizes)];
        int64_t dims[4], to_dims[8], index_dims[2] = {random_in(1, 4), random_in(1, 4)};
        int axes[4], n = 0, rank = (int)random_in(1, 4), index_rank = (int)random_in(0, 2), d_to = 0, at_dim;
        tensor index[4];
        tt_view views[4];
        const void *data[4];
        bool neighbours = true, indexed[4] = {false};
        for (int d = 0; d < rank; d++) {
            dims[d] = random_in(1, 6);
            if ((n == 0 && d == rank - 1) || chance(50)) {
                neighbours = neighbours && (n == 0 || axes[n - 1] == d - 1);
                indexed[d] = true;
                index[n] = random_index(index_rank, index_dims, -dims[d], dims[d] - 1);
                views[n] = index[n].view;
                data[n] = index[n].data;
                axes[n++] = d;
            }
        }
        at_dim = neighbours ? axes[0] : 0;
        for (int d = 0; d <= rank; d++) {
            for (int r = 0; r < index_rank && d_to == at_dim + r; r++)
                to_dims[d_to++] = index_dims[r];
            if (d < rank && !indexed[d])
                to_dims[d_to++] = dims[d];
        }
        tensor x = tensor_shuffled(dtype, rank, dims), to = tensor_shuffled(dtype, d_to, to_dims);
        fill_random_bytes(&x);
        assert_int_equal(tt_index_get_run(some_threads(), n, axes, views, data, &to.view, to.data, &x.view, x.data),
                         TTRT_OK);
        tensor put = tensor_copy(&x);
        assert_int_equal(tt_index_put_run(some_threads(), TT_SCATTER_OP_SET, n, axes, views, data, &put.view, put.data,
                                          &to.view, to.data),
                         TTRT_OK);
        for (int64_t i = 0; i < count_of(&to.view); i++) {
            int64_t at[8], src[4], k = 0;
            int next = 0;
            index_of(&to.view, i, at);
            for (int d = 0; d < rank; d++) {
                if (next == at_dim)
                    next += index_rank;
                if (indexed[d]) {
                    src[d] = tt_load_i64(element_at(&index[k], at + at_dim), views[k].dtype);
                    src[d] += src[d] < 0 ? dims[d] : 0;
                    k++;
                } else {
                    src[d] = at[next++];
                }
            }
            assert_same_element(element(&to, i), element_at(&x, src), dtype);
        }
        for (int64_t i = 0; i < count_of(&x.view); i++) /* what was read is written back */
            assert_same_element(element(&put, i), element(&x, i), dtype);
        int k = (int)random_in(0, n - 1);
        int64_t at = spoil(&index[k], dims[axes[k]], true);
        assert_reports(tt_index_get_run(some_threads(), n, axes, views, data, &to.view, to.data, &x.view, x.data), at);
        assert_reports(tt_index_put_run(some_threads(), TT_SCATTER_OP_SET, n, axes, views, data, &put.view, put.data,
                                        &to.view, to.data),
                       at);
        for (int i = 0; i < n; i++)
            tensor_free(&index[i]);
        tensor_free(&x);
        tensor_free(&to);
        tensor_free(&put);
    }
}

static void accumulating_put(void **state)
{
    int32_t x[] = {1, 2, 3}, one = 1;
    const int64_t index[] = {-1, 0, 2, 2};
    tt_view to = {.dtype = TTRT_DTYPE_INT32, .rank = 1, .dims = {3}, .strides = {1}};
    tt_view at = {.dtype = TTRT_DTYPE_INT64, .rank = 1, .dims = {4}, .strides = {1}};
    tt_view from = {.dtype = TTRT_DTYPE_INT32, .rank = 1, .dims = {4}};
    const void *data = index;

    assert_int_equal(tt_index_put_run(NULL, TT_SCATTER_OP_ADD, 1, (int[]){0}, &at, &data, &to, x, &from, &one),
                     TTRT_OK);
    assert_true(x[0] == 2 && x[1] == 2 && x[2] == 6);
    at.dtype = TTRT_DTYPE_INT16;
    assert_int_equal(tt_index_put_run(NULL, TT_SCATTER_OP_ADD, 1, (int[]){0}, &at, &data, &to, x, &from, &one),
                     TTRT_ERR_DTYPE);
}

static void one_hot(void **state)
{
    int64_t index[] = {2, 0, 3, 1}, out[16];
    tt_view at = {.dtype = TTRT_DTYPE_INT64, .rank = 1, .dims = {4}, .strides = {1}};
    tt_view to = {.dtype = TTRT_DTYPE_INT64, .rank = 2, .dims = {4, 4}, .strides = {4, 1}};

    assert_int_equal(tt_one_hot_run(NULL, &to, out, &at, index), TTRT_OK);
    for (int i = 0; i < 16; i++)
        assert_int_equal(out[i], index[i / 4] == i % 4);
    index[1] = 4;
    assert_reports(tt_one_hot_run(NULL, &to, out, &at, index), 1);
}

static void empty_dimension(void **state)
{
    int64_t index = 0;
    float out = 0;
    tt_view at = {.dtype = TTRT_DTYPE_INT64, .rank = 1, .dims = {1}, .strides = {1}};
    tt_view from = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 1, .dims = {0}, .strides = {1}};
    tt_view to = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 1, .dims = {1}, .strides = {1}};

    assert_reports(tt_take_run(NULL, 0, &to, &out, &from, NULL, &at, &index), 0);
    to.dims[0] = at.dims[0] = 0;
    assert_int_equal(tt_take_run(NULL, 0, &to, &out, &from, NULL, &at, &index), TTRT_OK);
}

static void nonzeros(void **state)
{
    static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_BOOL, TTRT_DTYPE_INT16, TTRT_DTYPE_FLOAT64,
                                     TTRT_DTYPE_BFLOAT16};

    for (int round = 0; round < 300; round++) {
        int64_t dims[] = {random_in(0, 5), random_in(1, 5), random_in(0, 9)}, n = 0;
        const int rank = (int)random_in(0, 3);
        tensor t = tensor_shuffled(types[round % TT_COUNT(types)], rank, dims);
        fill_random_integers(&t, 0, 1);
        if (tt_dtype_is_float(t.view.dtype))
            for (int64_t i = 0; i < count_of(&t.view); i += 3)
                tt_store_f64(element(&t, i), t.view.dtype, chance(50) ? -0.0 : NAN);
        int64_t count = tt_nonzero_count(some_threads(), &t.view, t.data);
        int64_t *out = malloc((size_t)(count * rank + 1) * sizeof *out);
        tt_nonzero_write(&t.view, t.data, out, rank, 1, count);
        for (int64_t i = 0; i < count_of(&t.view); i++) {
            int64_t at[3];
            if (value_of(&t, i) == 0)
                continue;
            index_of(&t.view, i, at);
            for (int d = 0; d < rank; d++)
                assert_int_equal(out[n * rank + d], at[d]);
            n++;
        }
        assert_int_equal(n, count);
        free(out);
        tensor_free(&t);
    }
}

static void searches(void **state)
{
    const float sequence[] = {-1, 0, 0, 2, INFINITY}, values[] = {-5, 0, 1, 2, INFINITY, NAN};
    const int64_t left[] = {0, 1, 3, 3, 4, 5}, right[] = {0, 3, 3, 4, 5, 5};
    tt_view s = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 1, .dims = {5}, .strides = {1}}, v = s, to = s;
    int64_t out[6];

    v.dims[0] = to.dims[0] = 6;
    to.dtype = TTRT_DTYPE_INT64;
    tt_search_run(NULL, false, &to, out, &s, sequence, &v, values);
    assert_memory_equal(out, left, sizeof left);
    tt_search_run(NULL, true, &to, out, &s, sequence, &v, values);
    assert_memory_equal(out, right, sizeof right);
    s.dims[0] = 0;
    tt_search_run(NULL, true, &to, out, &s, sequence, &v, values);
    for (int i = 0; i < 6; i++)
        assert_int_equal(out[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes),
        cmocka_unit_test(gathers_and_scatters),
        cmocka_unit_test(scatter_of_nan_and_half_sums),
        cmocka_unit_test(advanced_indexing),
        cmocka_unit_test(accumulating_put),
        cmocka_unit_test(one_hot),
        cmocka_unit_test(empty_dimension),
        cmocka_unit_test(nonzeros),
        cmocka_unit_test(searches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
