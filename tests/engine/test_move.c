/* Copies, concatenation, padding, rolling, filling, triangles, fold and unfold against element-by-element formulas. */
#include "tensor_test.h"

#include <math.h>

#include "engine/cpu/kernels/copy.h"
#include "engine/cpu/kernels/fill.h"
#include "engine/cpu/kernels/fold.h"
#include "engine/cpu/kernels/trilu.h"

static const tt_dtype sizes[] = {TTRT_DTYPE_UINT8, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_INT64,
                                 TTRT_DTYPE_COMPLEX128};

static int random_dims(int64_t *dims, int least_rank, int64_t most)
{
    static const int64_t extents[] = {0, 1, 2, 3, 4, 7, 8, 16, 17, 33, 70};
    const int rank = (int)random_in(least_rank, 5);
    int64_t n = 1;

    for (int d = 0; d < rank; d++) {
        dims[d] = extents[random_in(chance(10) ? 0 : 1, TT_COUNT(extents) - 1)];
        if (n * dims[d] > most)
            dims[d] = 2;
        n *= dims[d] > 0 ? dims[d] : 1;
    }
    return rank;
}

/* A view of the same memory with some dimensions reversed. */
static void flip_some(tensor *t)
{
    for (int d = 0; d < t->view.rank; d++) {
        if (t->view.dims[d] == 0 || chance(70))
            continue;
        t->data += t->view.strides[d] * (t->view.dims[d] - 1) * (int64_t)ttrt_dtype_size(t->view.dtype);
        t->view.strides[d] *= -1;
    }
}

static void assert_same(const tensor *a, const tensor *b)
{
    for (int64_t i = 0; i < count_of(&a->view); i++)
        assert_same_element(element(a, i), element(b, i), a->view.dtype);
}

static void copies(void **state)
{
    for (int round = 0; round < 1500; round++) {
        int64_t dims[TT_CPU_RANK];
        const tt_dtype dtype = sizes[round % TT_COUNT(sizes)];
        const int rank = random_dims(dims, 0, 20000);
        tensor from = tensor_shuffled(dtype, rank, dims), to = tensor_shuffled(dtype, rank, dims);

        fill_random_bytes(&from);
        if (rank > 0 && chance(30))
            from.view.strides[random_in(0, rank - 1)] = 0;
        flip_some(&from);
        flip_some(&to);
        tt_copy_run(some_level(), some_threads(), &to.view, to.data, &from.view, from.data);
        assert_same(&to, &from);
        tensor_free(&from);
        tensor_free(&to);
    }
}

static void large_transposes(void **state)
{
    for (int level = 0; level < TT_ISA_COUNT; level++) {
        const tt_kernels *k = tt_kernels_level((tt_isa)level);
        for (size_t s = 0; s < TT_COUNT(sizes) && k; s++) {
            int64_t dims[] = {2, 130, 301};
            tensor from = tensor_ordered(sizes[s], 3, dims, (int[]){0, 2, 1}), to = tensor_new(sizes[s], 3, dims);
            fill_random_bytes(&from);
            tt_copy_run(k, tt_pool_threads(2), &to.view, to.data, &from.view, from.data);
            assert_same(&to, &from);
            tensor_free(&from);
            tensor_free(&to);
        }
    }
}

static void concatenations(void **state)
{
    for (int round = 0; round < 200; round++) {
        enum { MOST = 6 };
        int64_t dims[] = {random_in(0, 5), random_in(1, 40), random_in(1, 40)};
        const int axis = (int)random_in(0, 2), n = (int)random_in(1, MOST);
        tensor parts[MOST];
        tt_view views[MOST];
        const void *data[MOST];
        int64_t extent = 0;

        for (int i = 0; i < n; i++) {
            dims[axis] = random_in(0, 50);
            parts[i] = tensor_shuffled(TTRT_DTYPE_FLOAT32, 3, dims);
            fill_random_bytes(&parts[i]);
            views[i] = parts[i].view;
            data[i] = parts[i].data;
            extent += dims[axis];
        }
        dims[axis] = extent;
        tensor to = tensor_shuffled(TTRT_DTYPE_FLOAT32, 3, dims);
        tt_concat_run(some_level(), some_threads(), axis, &to.view, to.data, n, views, data);
        for (int64_t i = 0; i < count_of(&to.view); i++) {
            int64_t index[3];
            int part = 0;
            index_of(&to.view, i, index);
            for (; index[axis] >= views[part].dims[axis]; part++)
                index[axis] -= views[part].dims[axis];
            assert_same_element(element(&to, i), element_at(&parts[part], index), TTRT_DTYPE_FLOAT32);
        }
        for (int i = 0; i < n; i++)
            tensor_free(&parts[i]);
        tensor_free(&to);
    }
}

/* -1: outside. */
static int64_t padded_from(tt_pad_mode mode, int64_t i, int64_t n)
{
    if (mode == TT_PAD_MODE_CONSTANT)
        return i >= 0 && i < n ? i : -1;
    if (mode == TT_PAD_MODE_EDGE)
        return i < 0 ? 0 : i >= n ? n - 1 : i;
    if (mode == TT_PAD_MODE_CIRCULAR)
        return ((i % n) + n) % n;
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

static void paddings(void **state)
{
    for (int round = 0; round < 800; round++) {
        int64_t dims[TT_CPU_RANK], to_dims[TT_CPU_RANK], before[TT_CPU_RANK], value[2] = {(int64_t)random_bits(), 5};
        const tt_dtype dtype = sizes[round % TT_COUNT(sizes)];
        const tt_pad_mode mode = (tt_pad_mode)random_in(0, 3);
        const int rank = (int)random_in(0, 4);

        for (int d = 0; d < rank; d++) {
            dims[d] = random_in(mode == TT_PAD_MODE_CONSTANT ? 0 : 1, 9);
            int64_t most = mode == TT_PAD_MODE_REFLECT ? dims[d] - 1 : mode == TT_PAD_MODE_CIRCULAR ? dims[d] : 4;
            before[d] = chance(50) ? random_in(dims[d] > 2 ? -1 : 0, most) : 0;
            int64_t after = chance(50) ? random_in(dims[d] > 2 ? -1 : 0, most) : 0;
            to_dims[d] = dims[d] + before[d] + after;
        }
        tensor from = tensor_shuffled(dtype, rank, dims), to = tensor_shuffled(dtype, rank, to_dims);
        fill_random_bytes(&from);
        flip_some(&from);
        tt_pad_run(some_threads(), mode, &to.view, to.data, &from.view, from.data, before, value);
        for (int64_t i = 0; i < count_of(&to.view); i++) {
            int64_t index[TT_CPU_RANK];
            bool inside = true;
            index_of(&to.view, i, index);
            for (int d = 0; d < rank; d++) {
                index[d] = padded_from(mode, index[d] - before[d], dims[d]);
                inside = inside && index[d] >= 0;
            }
            assert_same_element(element(&to, i), inside ? element_at(&from, index) : (char *)value, dtype);
        }
        tensor_free(&from);
        tensor_free(&to);
    }
}

static void fills(void **state)
{
    static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT64, TTRT_DTYPE_FLOAT16, TTRT_DTYPE_INT32,
                                     TTRT_DTYPE_UINT8};

    for (size_t t = 0; t < TT_COUNT(types); t++) {
        tensor v = tensor_shuffled(types[t], 3, (int64_t[]){2, 5, 7});
        uint8_t value[8];
        tt_store_i64(value, types[t], 42);
        tt_fill_run(some_threads(), &v.view, v.data, value);
        for (int64_t i = 0; i < 70; i++)
            assert_float_equal(value_of(&v, i), 42, 0);
        tt_fill_arange_i64(some_threads(), &v.view, v.data, 3, 2);
        for (int64_t i = 0; i < 70; i++)
            assert_float_equal(value_of(&v, i), 3 + 2 * (double)i, 0);
        tensor_free(&v);
    }
    tensor steps = tensor_new(TTRT_DTYPE_FLOAT32, 1, (int64_t[]){9999});
    tt_fill_arange_f64(NULL, &steps.view, steps.data, 0.1, 0.1);
    for (int64_t i = 0; i < 9999; i++)
        assert_float_equal(value_of(&steps, i), (float)(0.1 + (double)i * 0.1), 0);
    tensor_free(&steps);
}

static void triangles(void **state)
{
    static const int64_t diagonals[] = {INT64_MIN, -20, -2, -1, 0, 1, 3, 20, INT64_MAX};

    for (int round = 0; round < 200; round++) {
        int64_t dims[] = {random_in(0, 3), random_in(0, 9), random_in(0, 9)},
                diagonal = diagonals[round % TT_COUNT(diagonals)];
        const bool upper = chance(50), in_place = chance(30);
        tensor from = tensor_shuffled(TTRT_DTYPE_FLOAT32, 3, dims), to = tensor_shuffled(TTRT_DTYPE_FLOAT32, 3, dims);
        fill_random_integers(&from, 1, 100);
        tensor was = tensor_copy(&from), *out = in_place ? &from : &to;

        tt_trilu_run(some_threads(), upper, diagonal, &out->view, out->data, &from.view, from.data);
        for (int64_t i = 0; i < count_of(&to.view); i++) {
            int64_t index[3];
            index_of(&to.view, i, index);
            double above = (double)(index[2] - index[1]),
                   kept = upper ? above >= (double)diagonal : above <= (double)diagonal;
            assert_float_equal(value_of(out, i), (kept ? value_of(&was, i) : 0), 0);
        }
        tensor_free(&from);
        tensor_free(&to);
        tensor_free(&was);
    }
}

/* Unfolds and folds back: each pixel comes back as often as windows see it, which the fold of ones counts. */
static void folds(void **state)
{
    for (int round = 0; round < 300; round++) {
        static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT64, TTRT_DTYPE_FLOAT16, TTRT_DTYPE_INT16};
        const tt_dtype dtype = types[round % TT_COUNT(types)];
        const int64_t n = random_in(1, 2), c = random_in(1, 3), h = random_in(1, 9), w = random_in(1, 9);
        tt_fold f;
        for (int d = 0; d < 2; d++) {
            f.kernel[d] = random_in(1, 3);
            f.stride[d] = random_in(1, 3);
            f.pad[d] = random_in(0, 2);
            f.dilation[d] = random_in(1, 2);
        }
        tt_fold_windows(&f, h, w);
        const int64_t places = f.kernel[0] * f.kernel[1], windows = f.windows[0] * f.windows[1];
        tensor image = tensor_shuffled(dtype, 4, (int64_t[]){n, c, h, w}),
               back = tensor_shuffled(dtype, 4, image.view.dims);
        tensor columns = tensor_shuffled(dtype, 3, (int64_t[]){n, c * places, windows});
        tensor want = tensor_new(TTRT_DTYPE_FLOAT64, 4, image.view.dims);

        fill_random_integers(&image, 1, 9);
        memset(want.memory, 0, (size_t)(n * c * h * w) * sizeof(double));
        tt_unfold_run(some_threads(), &f, &columns.view, columns.data, &image.view, image.data);
        for (int64_t i = 0; i < count_of(&columns.view); i++) {
            int64_t at[3];
            index_of(&columns.view, i, at);
            int64_t kh = at[1] / f.kernel[1] % f.kernel[0], kw = at[1] % f.kernel[1];
            int64_t pixel[] = {at[0], at[1] / places,
                               at[2] / f.windows[1] * f.stride[0] - f.pad[0] + kh * f.dilation[0],
                               at[2] % f.windows[1] * f.stride[1] - f.pad[1] + kw * f.dilation[1]};
            bool inside = pixel[2] >= 0 && pixel[2] < h && pixel[3] >= 0 && pixel[3] < w;
            double v = inside ? tt_load_f64(element_at(&image, pixel), dtype) : 0;
            assert_float_equal(value_of(&columns, i), v, 0);
            if (inside)
                *(double *)element_at(&want, pixel) += v;
        }
        assert_int_equal(tt_fold_run(some_threads(), &f, &back.view, back.data, &columns.view, columns.data), TTRT_OK);
        for (int64_t i = 0; i < count_of(&back.view); i++)
            assert_float_equal(value_of(&back, i), value_of(&want, i), 0);
        tensor_free(&image);
        tensor_free(&back);
        tensor_free(&columns);
        tensor_free(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),         cmocka_unit_test(large_transposes),
        cmocka_unit_test(concatenations), cmocka_unit_test(paddings),
        cmocka_unit_test(fills),          cmocka_unit_test(triangles),
        cmocka_unit_test(folds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
