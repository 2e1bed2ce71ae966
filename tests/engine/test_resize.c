/* Interpolation and grid sampling against direct formulas in double, and values that PyTorch gives. */
#include "tensor_test.h"

#include <math.h>

#include "engine/cpu/kernels/grid_sample.h"
#include "engine/cpu/kernels/resize.h"

static void resize(tt_resize *r, const tensor *to, const tensor *from)
{
    assert_int_equal(tt_resize_init(r, &to->view, &from->view, 2), TTRT_OK);
    void *tables = malloc(r->tables_bytes), *scratch = aligned_alloc(64, r->scratch_bytes + 64);
    tt_resize_tables(r, tables);
    tt_resize_run(some_level(), some_threads(), r, to->data, from->data, tables, scratch);
    free(tables);
    free(scratch);
}

static tensor some_layout(tt_dtype dtype, int rank, const int64_t *dims)
{
    return chance(40)   ? tensor_channels_last(dtype, rank, dims)
           : chance(50) ? tensor_new(dtype, rank, dims)
                        : tensor_shuffled(dtype, rank, dims);
}

static void nearest_modes(void **state)
{
    static const tt_dtype types[] = {TTRT_DTYPE_UINT8, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_INT64,
                                     TTRT_DTYPE_COMPLEX128};

    for (int round = 0; round < 500; round++) {
        const tt_dtype dtype = types[round % TT_COUNT(types)];
        const int rank = (int)random_in(3, 5);
        const bool exact = chance(50);
        int64_t in[5] = {2, random_in(1, 9)}, out[5] = {2, in[1]};
        for (int d = 2; d < rank; d++) {
            in[d] = random_in(1, 12);
            out[d] = random_in(0, 20);
        }
        tensor from = some_layout(dtype, rank, in), to = some_layout(dtype, rank, out);
        tt_resize r = {.mode = exact ? TT_RESIZE_MODE_NEAREST_EXACT : TT_RESIZE_MODE_NEAREST};
        fill_random_bytes(&from);
        resize(&r, &to, &from);
        for (int64_t i = 0; i < count_of(&to.view); i++) {
            int64_t at[5];
            index_of(&to.view, i, at);
            for (int d = 2; d < rank; d++) {
                float step = (float)in[d] / (float)out[d];
                int64_t place = (int64_t)floorf(((float)at[d] + (exact ? 0.5f : 0)) * step);
                at[d] = place < in[d] ? place : in[d] - 1;
            }
            assert_same_element(element(&to, i), element_at(&from, at), dtype);
        }
        tensor_free(&from);
        tensor_free(&to);
    }
}

static double cubic(double x)
{
    x = fabs(x);
    return x < 1 ? (1.25 * x - 2.25) * x * x + 1 : x < 2 ? ((-0.75 * x + 3.75) * x - 6) * x + 3 : 0;
}

static double position(int64_t o, int64_t in, int64_t out, bool align, double scale)
{
    if (align)
        return out > 1 ? (double)o * (double)(in - 1) / (double)(out - 1) : 0;
    return ((double)o + 0.5) * (scale > 0 ? 1 / scale : (double)in / (double)out) - 0.5;
}

/* Sum over all source places within reach, along one dimension after the other. */
static double interpolated(const tensor *from, const tt_resize *r, const int64_t *out, int64_t *at, int d)
{
    double sum = 0;

    if (d == from->view.rank)
        return tt_load_f64(element_at(from, at), from->view.dtype);
    const int64_t in = from->view.dims[d], o = at[d];
    const bool is_cubic = r->mode == TT_RESIZE_MODE_CUBIC;
    double x = position(o, in, out[d], r->align_corners, r->scale[3 - (from->view.rank - d)]);
    if (!is_cubic)
        x = fmin(fmax(x, 0), (double)(in - 1));
    const int64_t reach = is_cubic ? 2 : 1;
    for (int64_t i = (int64_t)floor(x) - reach + 1; i <= (int64_t)floor(x) + reach; i++) {
        double distance = fabs(x - (double)i), weight = is_cubic ? cubic(distance) : distance < 1 ? 1 - distance : 0;
        at[d] = i < 0 ? 0 : i >= in ? in - 1 : i;
        if (weight != 0)
            sum += weight * interpolated(from, r, out, at, d + 1);
    }
    at[d] = o;
    return sum;
}

static void linear_and_cubic(void **state)
{
    static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32,  TTRT_DTYPE_FLOAT64, TTRT_DTYPE_FLOAT16,
                                     TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_UINT8,   TTRT_DTYPE_INT32};

    for (int round = 0; round < 500; round++) {
        const tt_dtype dtype = types[round % TT_COUNT(types)];
        const bool is_cubic = chance(40);
        const int rank = is_cubic ? 4 : (int)random_in(3, 5);
        tt_resize r = {.mode = is_cubic ? TT_RESIZE_MODE_CUBIC : TT_RESIZE_MODE_LINEAR, .align_corners = chance(50)};
        int64_t in[8] = {2, random_in(1, 9)}, out[8] = {2, in[1]};
        for (int d = 2; d < rank; d++) {
            in[d] = random_in(1, 9);
            out[d] = random_in(1, 15);
            if (!r.align_corners && chance(30)) {
                r.scale[3 - (rank - d)] = chance(50) ? 1.7 : 2;
                out[d] = (int64_t)((double)in[d] * r.scale[3 - (rank - d)]);
            }
        }
        tensor from = some_layout(dtype, rank, in), to = some_layout(dtype, rank, out);
        fill_random_integers(&from, 0, 100);
        resize(&r, &to, &from);
        const double tolerance = dtype == TTRT_DTYPE_FLOAT64   ? 1e-9
                                 : dtype == TTRT_DTYPE_FLOAT32 ? 1e-3
                                 : dtype == TTRT_DTYPE_FLOAT16 ? 0.07
                                                               : 0.51;
        for (int64_t i = 0; i < count_of(&to.view); i++) {
            int64_t at[8];
            index_of(&to.view, i, at);
            double want = interpolated(&from, &r, out, at, 2);
            if (dtype == TTRT_DTYPE_UINT8)
                want = fmin(fmax(want, 0), 255);
            if (fabs(value_of(&to, i) - want) > tolerance)
                fail_msg("%s[%lld]: %g, expected %g", ttrt_dtype_name(dtype), (long long)i, value_of(&to, i), want);
        }
        tensor_free(&from);
        tensor_free(&to);
    }
}

/* torch.nn.functional.interpolate(arange(7), size, mode="bilinear", antialias=True), columns equal. */
static void antialias(void **state)
{
    static const float halves[] = {0.8571429f, 3, 5.142857f}, aligned[] = {1.25f, 4, 5.666667f};

    for (int align = 0; align < 2; align++) {
        tensor from = tensor_new(TTRT_DTYPE_FLOAT32, 4, (int64_t[]){1, 1, 7, 2}),
               to = tensor_new(TTRT_DTYPE_FLOAT32, 4, (int64_t[]){1, 1, 3, 2});
        tt_resize r = {.mode = TT_RESIZE_MODE_LINEAR, .antialias = true, .align_corners = align};
        for (int i = 0; i < 14; i++)
            ((float *)from.data)[i] = (float)(i / 2);
        resize(&r, &to, &from);
        for (int i = 0; i < 6; i++)
            assert_float_equal(value_of(&to, i), (align ? aligned : halves)[i / 2], 1e-5);
        tensor_free(&from);
        tensor_free(&to);
    }
    /* Weights sum to one. */
    tensor from = tensor_new(TTRT_DTYPE_FLOAT32, 4, (int64_t[]){1, 3, 50, 61}),
           to = tensor_new(TTRT_DTYPE_FLOAT32, 4, (int64_t[]){1, 3, 7, 9});
    tt_resize r = {.mode = TT_RESIZE_MODE_CUBIC, .antialias = true};
    fill_random_integers(&from, 5, 5);
    resize(&r, &to, &from);
    for (int64_t i = 0; i < count_of(&to.view); i++)
        assert_float_equal(value_of(&to, i), 5, 1e-5);
    tensor_free(&from);
    tensor_free(&to);
}

static void resize_refusals(void **state)
{
    tt_view v = {.dtype = TTRT_DTYPE_COMPLEX64, .rank = 4, .dims = {1, 1, 1, 1}},
            empty = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 4, .dims = {1, 1, 0, 1}};
    tt_resize r = {.mode = TT_RESIZE_MODE_LINEAR};

    assert_int_equal(tt_resize_init(&r, &v, &v, 1), TTRT_ERR_UNSUPPORTED);
    v.dtype = TTRT_DTYPE_FLOAT32;
    assert_int_equal(tt_resize_init(&r, &v, &empty, 1), TTRT_ERR_SHAPE);
}

/* A grid that names each pixel's centre gives the image back, whatever the mode and padding. */
static void identity_grids(void **state)
{
    static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT64};

    for (int round = 0; round < 200; round++) {
        const tt_dtype dtype = types[round % 2];
        const int rank = (int)random_in(4, 5), dims = rank - 2;
        const tt_grid_mode mode = (tt_grid_mode)random_in(0, rank == 4 ? 2 : 1);
        const bool align = chance(50);
        int64_t shape[5] = {random_in(1, 2), random_in(1, 4)}, grid_shape[5] = {shape[0]};
        for (int d = 2; d < rank; d++)
            shape[d] = grid_shape[d - 1] = random_in(align ? 2 : 1, 7);
        grid_shape[rank - 1] = dims;
        tensor from = tensor_shuffled(dtype, rank, shape), to = tensor_shuffled(dtype, rank, shape),
               grid = tensor_shuffled(dtype, rank, grid_shape);
        fill_random_integers(&from, -9, 9);
        for (int64_t i = 0; i < count_of(&grid.view); i++) {
            int64_t at[5];
            index_of(&grid.view, i, at);
            int d = dims - 1 - (int)at[rank - 1];
            double o = (double)at[1 + d], n = (double)shape[2 + d];
            tt_store_f64(element(&grid, i), dtype, align ? 2 * o / (n - 1) - 1 : (2 * o + 1) / n - 1);
        }
        assert_int_equal(tt_grid_sample_run(some_threads(), mode, (tt_grid_padding)random_in(0, 2), align, &to.view,
                                            to.data, &from.view, from.data, &grid.view, grid.data),
                         TTRT_OK);
        for (int64_t i = 0; i < count_of(&to.view); i++)
            assert_float_equal(value_of(&to, i), value_of(&from, i), 1e-4);
        tensor_free(&from);
        tensor_free(&to);
        tensor_free(&grid);
    }
}

/* Beyond the edges of [1, 2, 3] on one row; align_corners=False, so that x = 1.5 lies at place 3.25. */
static void grid_paddings(void **state)
{
    float image[] = {1, 2, 3}, out;
    tt_view from = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 4, .dims = {1, 1, 1, 3}, .strides = {3, 3, 3, 1}}, to = from;
    tt_view grid = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 4, .dims = {1, 1, 1, 2}, .strides = {2, 2, 2, 1}};
    static const struct {
        float x, want[3]; /* zeros, border, reflection */
    } cases[] = {{0, {2, 2, 2}},     {1, {1.5f, 3, 3}},         {1.5f, {0, 3, 2.25f + 0.5f}},
                 {-1, {0.5f, 1, 1}}, {INFINITY, {NAN, 3, NAN}}, {1e30f, {0, 3, NAN}}};

    to.dims[3] = 1;
    for (size_t i = 0; i < TT_COUNT(cases); i++)
        for (int padding = 0; padding < 3; padding++) {
            float point[] = {cases[i].x, 0};
            assert_int_equal(tt_grid_sample_run(NULL, TT_GRID_LINEAR, (tt_grid_padding)padding, false, &to, &out, &from,
                                                image, &grid, point),
                             TTRT_OK);
            if (isnan(cases[i].want[padding]))
                assert_true(isnan(out) ||
                            (out >= 1 && out <= 3)); /* nothing outside is read; the value has no meaning */
            else
                assert_float_equal(out, cases[i].want[padding], 1e-5);
        }
    from.dtype = TTRT_DTYPE_INT32;
    assert_int_equal(
        tt_grid_sample_run(NULL, TT_GRID_LINEAR, TT_GRID_ZEROS, false, &to, &out, &from, image, &grid, image),
        TTRT_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_modes),   cmocka_unit_test(linear_and_cubic), cmocka_unit_test(antialias),
        cmocka_unit_test(resize_refusals), cmocka_unit_test(identity_grids),   cmocka_unit_test(grid_paddings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
