/* Pooling on every level, type and layout against a plain loop in double. */
#include "tensor_test.h"

#include <math.h>

#include "engine/cpu/kernels/pool.h"

static const tt_dtype types[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT16, TTRT_DTYPE_BFLOAT16,
                                 TTRT_DTYPE_FLOAT64, TTRT_DTYPE_INT8,    TTRT_DTYPE_UINT8,
                                 TTRT_DTYPE_INT16,   TTRT_DTYPE_INT32,   TTRT_DTYPE_INT64};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* One output: its value, and the position of the maximum. */
static double pooled(const tt_pool *p, const tensor *from, int first, const int64_t *at, int64_t *position)
{
    int64_t begin[3] = {0}, end[3] = {1, 1, 1}, step[3] = {1, 1, 1}, padded = 1, n = 0;
    double best = -INFINITY, sum = 0;

    for (int d = first; d < 3; d++) {
        const int64_t in = from->view.dims[2 + d - first], out = p->to.dims[2 + d], o = at[2 + d - first];
        if (p->is_adaptive) {
            begin[d] = o * in / out;
            end[d] = ((o + 1) * in + out - 1) / out;
            continue;
        }
        begin[d] = o * p->stride[d] - p->pad[d];
        end[d] = begin[d] + (p->kernel[d] - 1) * p->dilation[d] + 1;
        step[d] = p->dilation[d];
        padded *= least(end[d], in + p->pad_after[d]) - begin[d];
        while (begin[d] < 0)
            begin[d] += step[d];
        end[d] = least(end[d], in);
    }
    *position = -1;
    for (int64_t z = begin[0]; z < end[0]; z += step[0])
        for (int64_t y = begin[1]; y < end[1]; y += step[1])
            for (int64_t x = begin[2]; x < end[2]; x += step[2]) {
                int64_t zyx[] = {z, y, x}, index[5] = {at[0], at[1]}, flat = 0;
                for (int d = first; d < 3; d++) {
                    index[2 + d - first] = zyx[d];
                    flat = flat * from->view.dims[2 + d - first] + zyx[d];
                }
                double v = tt_load_f64(element_at(from, index), from->view.dtype);
                if (v > best || isnan(v) || *position < 0) {
                    best = v;
                    *position = flat;
                }
                sum += v;
                n++;
            }
    if (p->is_max)
        return best;
    if (p->divisor)
        return sum / (double)p->divisor;
    return n ? sum / (double)(p->count_include_pad && !p->is_adaptive ? padded : n) : 0;
}

static void fill_values(const tensor *t)
{
    const bool floats = tt_dtype_is_float(t->view.dtype);

    fill_random_integers(t, t->view.dtype == TTRT_DTYPE_UINT8 ? 0 : -50, 50);
    for (int64_t i = 0; i < count_of(&t->view) && floats; i++)
        if (chance(2))
            tt_store_f64(element(t, i), t->view.dtype, chance(50) ? NAN : -INFINITY);
}

static void check(const tt_pool *p, int first, const tensor *to, const tensor *index, const tensor *from)
{
    const tt_dtype d = from->view.dtype;
    const double tolerance = d == TTRT_DTYPE_BFLOAT16  ? 1.0 / 256
                             : d == TTRT_DTYPE_FLOAT16 ? 1.0 / 2048
                                                       : 1e-6; /* one rounding */

    for (int64_t i = 0; i < count_of(&to->view); i++) {
        int64_t at[5], position;
        index_of(&to->view, i, at);
        double want = pooled(p, from, first, at, &position), got = value_of(to, i);
        if (p->is_max && position < 0)
            continue; /* dilation jumps over the whole input */
        if (!tt_dtype_is_float(d))
            want = trunc(want);
        if (isnan(want) || isinf(want)) {
            assert_true(isnan(want) ? isnan(got) : got == want);
        } else if (fabs(got - want) > fabs(want) * tolerance + (p->is_max ? 0 : 1e-5)) {
            fail_msg("%s[%lld]: %g, expected %g", ttrt_dtype_name(d), (long long)i, got, want);
        }
        if (index)
            assert_int_equal(tt_load_i64(element(index, i), TTRT_DTYPE_INT64), position);
    }
}

static void poolings(void **state)
{
    for (int round = 0; round < 800; round++) {
        const tt_dtype dtype = types[round % TT_COUNT(types)];
        const int spatial = (int)random_in(1, 3), rank = spatial + 2, first = 3 - spatial;
        const bool is_max = chance(50), adaptive = chance(30), with_index = is_max && chance(40),
                   one_long_row = spatial == 1 && chance(30);
        int64_t in[5] = {random_in(1, 2), chance(50) ? random_in(1, 5) : random_in(60, 70)}, out[5] = {in[0], in[1]};
        int64_t kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {0}, dilation[3] = {1, 1, 1};
        bool fits = true;

        for (int d = first; d < 3; d++) {
            int64_t *i = &in[2 + d - first], *o = &out[2 + d - first];
            *i = one_long_row ? 2600 : random_in(1, 12);
            kernel[d] = one_long_row && chance(50) ? 2000 : random_in(1, 4);
            stride[d] = one_long_row ? 97 : random_in(1, 3);
            pad[d] = random_in(0, least(kernel[d], 6) / 2);
            dilation[d] = is_max ? random_in(1, 2) : 1;
            int64_t room = *i + 2 * pad[d] - dilation[d] * (kernel[d] - 1) - 1;
            fits = fits && (room >= 0 || adaptive);
            *o = adaptive ? random_in(1, 5) : room / stride[d] + 1;
            /* ceil_mode: one more window, if it begins inside. */
            if (!adaptive && chance(50) && *o * stride[d] < *i + pad[d] && room % stride[d] != 0)
                ++*o;
        }
        if (!fits)
            continue;
        tensor from = chance(50) ? tensor_channels_last(dtype, rank, in) : tensor_shuffled(dtype, rank, in);
        tensor to = chance(50) ? tensor_channels_last(dtype, rank, out) : tensor_shuffled(dtype, rank, out);
        tensor index = tensor_shuffled(TTRT_DTYPE_INT64, rank, out);
        tt_pool p;

        fill_values(&from);
        assert_int_equal(tt_pool_init(&p, is_max, &to.view, with_index ? &index.view : NULL, &from.view), TTRT_OK);
        p.is_adaptive = adaptive;
        memcpy(p.kernel, kernel, sizeof kernel);
        memcpy(p.stride, stride, sizeof stride);
        memcpy(p.pad, pad, sizeof pad);
        memcpy(p.pad_after, pad, sizeof pad);
        memcpy(p.dilation, dilation, sizeof dilation);
        p.count_include_pad = chance(50);
        p.divisor = chance(20) && tt_dtype_is_float(dtype) ? 3 : 0;
        tt_pool_run(some_level(), some_threads(), &p, to.data, with_index ? (int64_t *)index.data : NULL, from.data);
        check(&p, first, &to, with_index ? &index : NULL, &from);
        tensor_free(&from);
        tensor_free(&to);
        tensor_free(&index);
    }
}

/* A sum of 1e6 values in float: naive summation is off by 1e-3 here. */
static void long_averages_stay_exact(void **state)
{
    for (int level = 0; level < TT_ISA_COUNT; level++) {
        const tt_kernels *k = tt_kernels_level((tt_isa)level);
        for (int last = 0; last < 2 && k; last++) {
            int64_t in[] = {1, 8, 1000, 1000}, out[] = {1, 8, 1, 1};
            tensor from =
                last ? tensor_channels_last(TTRT_DTYPE_FLOAT32, 4, in) : tensor_new(TTRT_DTYPE_FLOAT32, 4, in);
            tensor to = tensor_new(TTRT_DTYPE_FLOAT32, 4, out);
            tt_pool p;
            for (int64_t i = 0; i < count_of(&from.view); i++)
                ((float *)from.memory)[i] = 0.1f;
            assert_int_equal(tt_pool_init(&p, false, &to.view, NULL, &from.view), TTRT_OK);
            p.is_adaptive = true;
            tt_pool_run(k, NULL, &p, to.data, NULL, from.data);
            for (int c = 0; c < 8; c++)
                assert_float_equal(value_of(&to, c), 0.1f, 2e-6);
            tensor_free(&from);
            tensor_free(&to);
        }
    }
}

static void refusals(void **state)
{
    tt_view v = {.dtype = TTRT_DTYPE_COMPLEX64, .rank = 4, .dims = {1, 1, 1, 1}};
    tt_pool p;

    assert_int_equal(tt_pool_init(&p, true, &v, NULL, &v), TTRT_ERR_UNSUPPORTED);
    v.dtype = TTRT_DTYPE_FLOAT32;
    v.rank = 6;
    assert_int_equal(tt_pool_init(&p, true, &v, NULL, &v), TTRT_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poolings),
        cmocka_unit_test(long_averages_stay_exact),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
