/* Softmax, norms, scans and reductions on every level against plain formulas in double, over strides, types and sizes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/cpu/kernels/rows.h"
#include "engine/cpu/kernels/table.h"

#define MAX_BYTES (1 << 20)

static uint8_t in_memory[MAX_BYTES], out_memory[MAX_BYTES];
static double values[MAX_BYTES / 8], want[MAX_BYTES / 8];
static uint64_t seed = 7;

static double uniform(double low, double high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return low + (high - low) * (double)(seed >> 11) * 0x1p-53;
}

/* Dimensions in memory from outer to inner. */
static tt_view view_of(tt_dtype d, int rank, const int64_t *dims, const int *order)
{
    tt_view v = {.dtype = d, .rank = rank};
    int64_t stride = 1;

    for (int i = rank - 1; i >= 0; i--) {
        v.dims[order[i]] = dims[order[i]];
        v.strides[order[i]] = stride;
        stride *= dims[order[i]];
    }
    return v;
}

static int64_t count(const tt_view *v)
{
    int64_t n = 1;
    for (int d = 0; d < v->rank; d++)
        n *= v->dims[d];
    return n;
}

/* Offset of row-major element `i`. */
static size_t byte_of(const tt_view *v, int64_t i)
{
    int64_t offset = 0;
    for (int d = v->rank - 1; d >= 0; d--) {
        offset += i % v->dims[d] * v->strides[d];
        i /= v->dims[d];
    }
    return (size_t)offset * ttrt_dtype_size(v->dtype);
}

/* Random input; `values` holds what it became, in row-major order. */
static void fill(const tt_view *v, double low, double high)
{
    for (int64_t i = 0; i < count(v); i++) {
        tt_store_f64(in_memory + byte_of(v, i), v->dtype, uniform(low, high));
        values[i] = tt_load_f64(in_memory + byte_of(v, i), v->dtype);
    }
}

static double tolerance(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT64:
        return 1e-12;
    case TTRT_DTYPE_FLOAT32:
        return 4e-6;
    case TTRT_DTYPE_FLOAT16:
        return 2e-3;
    default:
        return 1e-2;
    }
}

static void compare(const char *what, const tt_view *v, const void *out)
{
    for (int64_t i = 0; i < count(v); i++) {
        double got = tt_load_f64((const char *)out + byte_of(v, i), v->dtype);
        if (!(fabs(got - want[i]) <= tolerance(v->dtype) * fmax(1, fabs(want[i]))) && !(isnan(got) && isnan(want[i])) &&
            got != want[i])
            fail_msg("%s %s: element %ld of %ldx%ldx%ld (strides %ld %ld %ld) is %.9g, not %.9g", what,
                     tt_dtype_short(v->dtype), i, v->dims[0], v->dims[1], v->dims[2], v->strides[0], v->strides[1],
                     v->strides[2], got, want[i]);
    }
}

static const tt_dtype float_dtypes[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_FLOAT16,
                                        TTRT_DTYPE_FLOAT64};
static const int64_t shapes[][3] = {{1, 1, 1},   {2, 3, 5}, {3, 1, 64},   {2, 17, 33}, {1, 40, 15},
                                    {4, 16, 16}, {2, 0, 3}, {1, 2, 2100}, {1, 70, 100}};
static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}};

#define EACH_CASE(k, in, out, c)                                                                                       \
    for (int level = 0; level < TT_ISA_COUNT; level++)                                                                 \
        for (size_t c = 0; tt_kernels_level((tt_isa)level) && c < TT_COUNT(shapes) * TT_COUNT(orders) * 4 * 2; c++)

static void views_of_case(size_t c, tt_view *in, tt_view *out)
{
    const int64_t *dims = shapes[c % TT_COUNT(shapes)];
    size_t order = c / TT_COUNT(shapes) % TT_COUNT(orders);
    tt_dtype d = float_dtypes[c / TT_COUNT(shapes) / TT_COUNT(orders) % 4];

    *in = view_of(d, 3, dims, orders[order]);
    *out = view_of(d, 3, dims, orders[c & 1 ? order : (order + 1) % TT_COUNT(orders)]);
}

/* Position of element i along `axis` with its line's first element and step, in row-major elements. */
static void line_of(const tt_view *v, int axis, int64_t i, int64_t *first, int64_t *step)
{
    *step = 1;
    for (int d = axis + 1; d < 3; d++)
        *step *= v->dims[d];
    *first = i - i / *step % v->dims[axis] * *step;
}

static void softmax(void **state)
{
    EACH_CASE(k, in, out, c)
    for (int axis = 0; axis < 3; axis++) {
        const tt_kernels *k = tt_kernels_level((tt_isa)level);
        bool log_of = c / 3 % 2;
        double scale = c % 5 ? 1 : -0.125;
        tt_view in, out;
        tt_softmax s;
        views_of_case(c, &in, &out);
        fill(&in, -20, 20);
        for (int64_t i = 0; i < count(&in); i++) {
            int64_t first, step;
            double max = -INFINITY, sum = 0;
            line_of(&in, axis, i, &first, &step);
            if (i != first)
                continue;
            for (int64_t j = 0; j < in.dims[axis]; j++)
                max = fmax(max, values[first + j * step] * scale);
            for (int64_t j = 0; j < in.dims[axis]; j++)
                sum += want[first + j * step] = exp(values[first + j * step] * scale - max);
            for (int64_t j = first; j < first + in.dims[axis] * step; j += step)
                want[j] = log_of ? values[j] * scale - max - log(sum) : want[j] / sum;
        }
        assert_int_equal(tt_softmax_bind(&out, &in, axis, log_of, scale, &s), TTRT_OK);
        void *scratch = tt_alloc_aligned(tt_softmax_scratch(&s, 2));
        tt_softmax_run(k, tt_pool_threads(2), &s, out_memory, in_memory, scratch);
        compare("softmax", &out, out_memory);
        if (memcmp(in.strides, out.strides, sizeof in.strides) == 0) {
            tt_softmax_run(k, NULL, &s, in_memory, in_memory, scratch);
            compare("softmax in place", &out, in_memory);
        }
        tt_free_aligned(scratch);
    }
}

static void softmax_edges(void **state)
{
    static const float rows[][3] = {{-INFINITY, 0, -INFINITY},
                                    {-INFINITY, -INFINITY, -INFINITY},
                                    {NAN, 0, 1},
                                    {INFINITY, 0, 1},
                                    {1e38f, -1e38f, 0}};
    static const float results[][3] = {{0, 1, 0}, {NAN, NAN, NAN}, {NAN, NAN, NAN}, {NAN, 0, 0}, {1, 0, 0}};

    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (int r = 0; r < 4; r++) {
            float out[3];
            tt_kernels_level((tt_isa)level)->rows.softmax_f32(out, rows[r], 3, 1, false);
            for (int i = 0; i < 3; i++)
                assert_true(out[i] == results[r][i] || isnan(out[i]));
            assert_true(isnan(out[0]) == isnan(results[r][0]));
        }
}

static void reference_norm(const tt_view *v, int64_t n_lines, bool rms, double eps, const double *weight,
                           const double *bias)
{
    int64_t n = n_lines ? count(v) / n_lines : 0;

    for (int64_t line = 0; line < n_lines; line++) {
        const double *x = values + line * n;
        double mean = 0, var = 0;
        for (int64_t i = 0; i < n; i++)
            mean += rms ? 0 : x[i] / (double)n;
        for (int64_t i = 0; i < n; i++)
            var += (x[i] - mean) * (x[i] - mean) / (double)n;
        for (int64_t i = 0; i < n; i++)
            want[line * n + i] = (x[i] - mean) / sqrt(var + eps) * (weight ? weight[i] : 1) + (bias ? bias[i] : 0);
    }
}

static void layer_norm(void **state)
{
    static double weight[8192], bias[8192];
    static uint8_t weight_memory[8192 * 8], bias_memory[8192 * 8];

    EACH_CASE(k, in, out, c)
    for (int n_axes = 1; n_axes < 3; n_axes++) {
        const tt_kernels *k = tt_kernels_level((tt_isa)level);
        tt_view in, out;
        tt_norm n;
        views_of_case(c, &in, &out);
        tt_dtype wd = c % 3 == 0   ? TT_DTYPE_NONE
                      : c % 3 == 1 ? TTRT_DTYPE_FLOAT32
                                   : in.dtype,
                 bd = c % 2 ? TT_DTYPE_NONE : in.dtype;
        int64_t length = n_axes == 1 ? in.dims[2] : in.dims[1] * in.dims[2];
        for (int64_t i = 0; i < length; i++) {
            if (wd != TT_DTYPE_NONE) {
                tt_store_f64(weight_memory + (size_t)i * ttrt_dtype_size(wd), wd, uniform(-2, 2));
                weight[i] = tt_load_f64(weight_memory + (size_t)i * ttrt_dtype_size(wd), wd);
            }
            tt_store_f64(bias_memory + (size_t)i * ttrt_dtype_size(in.dtype), in.dtype, uniform(-2, 2));
            bias[i] = tt_load_f64(bias_memory + (size_t)i * ttrt_dtype_size(in.dtype), in.dtype);
        }
        bool rms = c % 5 == 0;
        fill(&in, -3, 5);
        reference_norm(&in, length ? count(&in) / length : 0, rms, 1e-5, wd == TT_DTYPE_NONE ? NULL : weight,
                       bd == TT_DTYPE_NONE ? NULL : bias);
        assert_int_equal(tt_layer_norm_bind(&out, &in, n_axes, rms, 1e-5, wd, bd, &n), TTRT_OK);
        void *scratch = tt_alloc_aligned(tt_norm_scratch(&n, 2));
        tt_norm_run(k, tt_pool_threads(2), &n, out_memory, in_memory, weight_memory, bias_memory, scratch);
        compare("layer norm", &out, out_memory);
        tt_free_aligned(scratch);
    }
}

/* A mean that is large against the deviation: what E[x^2] - E[x]^2 would lose. */
static void norm_of_large_mean(void **state)
{
    static const int order[] = {0, 1, 2};
    tt_view v = view_of(TTRT_DTYPE_FLOAT32, 3, (const int64_t[]){2, 2, 1000}, order);
    tt_norm n;

    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++) {
        fill(&v, 9999, 10001);
        reference_norm(&v, 4, false, 1e-5, NULL, NULL);
        assert_int_equal(tt_layer_norm_bind(&v, &v, 1, false, 1e-5, TT_DTYPE_NONE, TT_DTYPE_NONE, &n), TTRT_OK);
        void *scratch = tt_alloc_aligned(tt_norm_scratch(&n, 1));
        tt_norm_run(tt_kernels_level((tt_isa)level), NULL, &n, out_memory, in_memory, NULL, NULL, scratch);
        for (int64_t i = 0; i < count(&v); i++)
            assert_true(fabs((double)((float *)out_memory)[i] - want[i]) < 2e-3); /* the mean's rounding to float */
        tt_free_aligned(scratch);
    }
}

static void group_norm(void **state)
{
    static const int64_t sizes[][4] = {{1, 4, 1, 2},   {2, 6, 35, 3}, {1, 64, 49, 32}, {3, 32, 10, 1},
                                       {1, 300, 9, 1}, {2, 8, 17, 8}, {1, 130, 16, 13}};
    static const int layouts[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 2, 0}};
    double weight[300], bias[300];
    float weight_f[300], bias_f[300];

    for (int c = 0; c < 7 * 3 * 4 * TT_ISA_COUNT; c++) {
        const int64_t *s = sizes[c % 7];
        const int *order = layouts[c / 7 % 3];
        tt_dtype d = float_dtypes[c / 21 % 4];
        const tt_kernels *k = tt_kernels_level((tt_isa)(c / 84));
        tt_view v = view_of(d, 3, s, order);
        bool plain = c % 2;
        tt_norm n;
        if (!k)
            continue;
        for (int64_t i = 0; i < s[1]; i++) {
            weight[i] = weight_f[i] = (float)uniform(-2, 2);
            bias[i] = bias_f[i] = (float)uniform(-2, 2);
        }
        fill(&v, -3, 5);
        reference_norm(&v, s[0] * s[3], false, 1e-5, NULL, NULL);
        for (int64_t i = 0; !plain && i < count(&v); i++)
            want[i] = want[i] * weight[i / s[2] % s[1]] + bias[i / s[2] % s[1]];
        assert_int_equal(tt_group_norm_bind(&v, &v, s[3], 1e-5, plain ? TT_DTYPE_NONE : TTRT_DTYPE_FLOAT32,
                                            plain ? TT_DTYPE_NONE : TTRT_DTYPE_FLOAT32, &n),
                         TTRT_OK);
        void *scratch = tt_alloc_aligned(tt_norm_scratch(&n, 2));
        tt_norm_run(k, tt_pool_threads(2), &n, out_memory, in_memory, weight_f, bias_f, scratch);
        compare("group norm", &v, out_memory);
        tt_free_aligned(scratch);
    }
}

static double scan_next(tt_scan_op op, double acc, double v)
{
    switch (op) {
    case TT_SCAN_SUM:
        return acc + v;
    case TT_SCAN_PROD:
        return acc * v;
    case TT_SCAN_MAX:
        return acc > v ? acc : v;
    case TT_SCAN_MIN:
        return acc < v ? acc : v;
    default:
        return log(exp(acc) + exp(v));
    }
}

static void scan(void **state)
{
    static const tt_dtype dtypes[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_INT64, TTRT_DTYPE_FLOAT64, TTRT_DTYPE_INT32};

    EACH_CASE(k, in, out, c)
    for (int axis = 0; axis < 3; axis++) {
        tt_view in, out;
        tt_scan s;
        views_of_case(c, &in, &out);
        in.dtype = out.dtype = dtypes[c / TT_COUNT(shapes) / TT_COUNT(orders) % 4];
        bool integer = tt_dtype_is_integer(in.dtype);
        tt_scan_op op = (tt_scan_op)((c + axis) % (integer ? TT_SCAN_LOGSUMEXP : TT_SCAN_LOGSUMEXP + 1));
        bool product = op == TT_SCAN_PROD;
        fill(&in, product ? (integer ? 1 : 0.9) : -2, product ? (integer ? 1.9 : 1.1) : 3);
        for (int64_t i = 0; i < count(&in); i++) {
            int64_t first, step;
            line_of(&in, axis, i, &first, &step);
            want[i] = i == first ? values[i] : scan_next(op, want[i - step], values[i]);
        }
        assert_int_equal(tt_scan_bind(&out, &in, axis, op, &s), TTRT_OK);
        void *scratch = tt_alloc_aligned(tt_scan_scratch(&s, 2));
        tt_scan_run(tt_kernels_level((tt_isa)level), tt_pool_threads(2), &s, out_memory, in_memory, scratch);
        compare("scan", &out, out_memory);
        tt_free_aligned(scratch);
    }
}

/* NaN stays; infinities of one sign are themselves. */
static void scan_of_special_values(void **state)
{
    static const float in[] = {1, -INFINITY, INFINITY, NAN, 2};
    static const struct {
        tt_scan_op op;
        float want[5];
    } cases[] = {
        {TT_SCAN_MAX, {1, 1, INFINITY, NAN, NAN}},
        {TT_SCAN_MIN, {1, -INFINITY, -INFINITY, NAN, NAN}},
        {TT_SCAN_LOGSUMEXP, {1, 1, INFINITY, NAN, NAN}},
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_view v = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 1, .dims = {5}, .strides = {1}};
        tt_scan s;
        float out[5];
        assert_int_equal(tt_scan_bind(&v, &v, 0, cases[i].op, &s), TTRT_OK);
        void *scratch = tt_alloc_aligned(tt_scan_scratch(&s, 1) + 1);
        tt_scan_run(tt_kernels_get(), tt_pool_threads(1), &s, out, in, scratch);
        for (int k = 0; k < 5; k++)
            assert_true(out[k] == cases[i].want[k] || (isnan(out[k]) && isnan(cases[i].want[k])));
        tt_free_aligned(scratch);
    }
}

/* ---- reductions */

static double reduce_reference(int op, const double *x, int64_t n, double param)
{
    double sum = 0, prod = 1, best = n ? x[0] : NAN, worst = best, abs_max = 0, abs_min = INFINITY, norm = 0,
           squares = 0;
    int64_t argmax = 0, argmin = 0, nonzero = 0;

    for (int64_t i = 0; i < n; i++) {
        sum += x[i];
        prod *= x[i];
        nonzero += x[i] != 0;
        norm += pow(fabs(x[i]), op == TT_REDUCE_OP_NORM_P ? param : 1);
        squares += x[i] * x[i];
        abs_max = fabs(x[i]) > abs_max || isnan(x[i]) ? fabs(x[i]) : abs_max;
        abs_min = fabs(x[i]) < abs_min || isnan(x[i]) ? fabs(x[i]) : abs_min;
        if (x[i] > best || (isnan(x[i]) && !isnan(best)))
            best = x[i], argmax = i;
        if (x[i] < worst || (isnan(x[i]) && !isnan(worst)))
            worst = x[i], argmin = i;
    }
    double mean = sum / (double)n, deviations = 0;
    for (int64_t i = 0; i < n; i++)
        deviations += (x[i] - mean) * (x[i] - mean);
    switch (op) {
    case TT_REDUCE_OP_SUM:
        return sum;
    case TT_REDUCE_OP_MEAN:
        return mean;
    case TT_REDUCE_OP_PROD:
        return prod;
    case TT_REDUCE_OP_MAX:
        return best;
    case TT_REDUCE_OP_MIN:
        return worst;
    case TT_REDUCE_OP_ARGMAX:
        return (double)argmax;
    case TT_REDUCE_OP_ARGMIN:
        return (double)argmin;
    case TT_REDUCE_OP_ANY:
        return nonzero > 0;
    case TT_REDUCE_OP_ALL:
        return nonzero == n;
    case TT_REDUCE_OP_NORM_0:
        return (double)nonzero;
    case TT_REDUCE_OP_NORM_1:
        return norm;
    case TT_REDUCE_OP_NORM_2:
        return sqrt(squares);
    case TT_REDUCE_OP_NORM_INF:
        return abs_max;
    case TT_REDUCE_OP_NORM_NINF:
        return abs_min;
    case TT_REDUCE_OP_NORM_P:
        return pow(norm, 1 / param);
    case TT_REDUCE_OP_VAR:
        return deviations / fmax(0, (double)n - param);
    default:
        return sqrt(deviations / fmax(0, (double)n - param));
    }
}

/* Brings the lines one after the other, each in the order of its elements. */
static void collect(const tt_view *v, const bool *axes, int64_t length, double *lines)
{
    for (int64_t i = 0; i < count(v); i++) {
        int64_t kept = 0, along = 0, rest = i, kept_stride = 1, stride = 1;
        for (int d = v->rank - 1; d >= 0; d--) {
            int64_t at = rest % v->dims[d];
            rest /= v->dims[d];
            kept += axes[d] ? 0 : at * kept_stride;
            along += axes[d] ? at * stride : 0;
            *(axes[d] ? &stride : &kept_stride) *= v->dims[d];
        }
        lines[kept * length + along] = values[i];
    }
}

static tt_dtype result_dtype(int op, tt_dtype in)
{
    if (op == TT_REDUCE_OP_ARGMAX || op == TT_REDUCE_OP_ARGMIN)
        return TTRT_DTYPE_INT64;
    if (op == TT_REDUCE_OP_ANY || op == TT_REDUCE_OP_ALL)
        return TTRT_DTYPE_BOOL;
    if (tt_dtype_is_float(in))
        return in == TTRT_DTYPE_FLOAT64 ? in : TTRT_DTYPE_FLOAT32;
    return op == TT_REDUCE_OP_MEAN ? TTRT_DTYPE_FLOAT32 : TTRT_DTYPE_INT64;
}

static void check_reduction(const tt_kernels *k, const tt_view *in, int op, int axes_mask)
{
    static double lines[10000];
    bool axes[3] = {axes_mask & 1, axes_mask >> 1 & 1, axes_mask >> 2 & 1};
    double param = op == TT_REDUCE_OP_NORM_P ? 3 : 1;
    tt_dtype to = result_dtype(op, in->dtype);
    int64_t n_lines = 1, length = 1;
    tt_reduce r;

    for (int d = 0; d < 3; d++)
        *(axes[d] ? &length : &n_lines) *= in->dims[d];
    bool needs_one = (op >= TT_REDUCE_OP_MAX && op <= TT_REDUCE_OP_ARGMIN) || op == TT_REDUCE_OP_NORM_NINF;
    if (length == 0 && needs_one)
        return;
    assert_int_equal(tt_reduce_bind(in, axes, (tt_reduce_op)op, to, param, &r), TTRT_OK);
    tt_reduce_run(k, tt_pool_threads(2), &r, out_memory, in_memory);
    collect(in, axes, length, lines);
    for (int64_t i = 0; i < n_lines; i++) {
        const double *line = lines + i * length;
        double expect = reduce_reference(op, line, length, param),
               got = tt_load_f64(out_memory + (size_t)i * ttrt_dtype_size(to), to);
        /* Sums of both signs: relative to what was added up. */
        if (!(fabs(got - expect) <=
              4e-6 * fmax(fmax(1, fabs(expect)), 0.05 * reduce_reference(TT_REDUCE_OP_NORM_1, line, length, 1))) &&
            !(isnan(got) && isnan(expect)) && got != expect)
            fail_msg("reduction %d of %s %ldx%ldx%ld over %d, level %d: %ld is %.9g, not %.9g", op,
                     tt_dtype_short(in->dtype), in->dims[0], in->dims[1], in->dims[2], axes_mask, k->isa, i, got,
                     expect);
    }
}

static void reductions(void **state)
{
    static const tt_dtype dtypes[] = {TTRT_DTYPE_FLOAT32,  TTRT_DTYPE_INT32,   TTRT_DTYPE_BOOL,
                                      TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_FLOAT64, TTRT_DTYPE_UINT8};
    static const int64_t sizes[][3] = {{1, 1, 1},   {2, 3, 5},  {3, 5, 20}, {2, 0, 3},
                                       {1, 2, 300}, {2, 20, 8}, {16, 3, 8}};

    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (size_t c = 0; c < 6 * 7 * TT_COUNT(orders); c++) {
            const tt_kernels *k = tt_kernels_level((tt_isa)level);
            tt_view in = view_of(dtypes[c % 6], 3, sizes[c / 6 % 7], orders[c / 42]);
            bool real = tt_dtype_is_float(in.dtype);
            for (int op = 0; op < TT_REDUCE_OP_COUNT; op++)
                for (int mask = 0; mask < 8; mask++) {
                    if (!k->rows.reduce[op][real ? 0 : in.dtype == TTRT_DTYPE_BOOL ? TT_PW_BOOL : TT_PW_I64])
                        continue;
                    if (op == TT_REDUCE_OP_PROD)
                        fill(&in, real ? 0.95 : 1, real ? 1.05 : 1.5);
                    else
                        fill(&in, real ? -3 : 0, real ? 3 : in.dtype == TTRT_DTYPE_BOOL ? 1.5 : 9);
                    for (int64_t i = 0; in.dtype == TTRT_DTYPE_BOOL && i < count(&in); i++) {
                        values[i] = uniform(0, 1) < 0.5;
                        in_memory[byte_of(&in, i)] = (uint8_t)values[i];
                    }
                    check_reduction(k, &in, op, mask);
                }
        }
}

static void nan_wins(void **state)
{
    static const int order[] = {0, 1, 2};
    tt_view v = view_of(TTRT_DTYPE_FLOAT32, 3, (const int64_t[]){1, 5, 40}, order);

    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (int at = 0; at < 200; at += 7) {
            fill(&v, -1, 1);
            values[at] = values[(at + 50) % 200] = NAN;
            ((float *)in_memory)[at] = ((float *)in_memory)[(at + 50) % 200] = NAN;
            for (int mask = 1; mask < 8; mask++)
                for (int op = TT_REDUCE_OP_MAX; op <= TT_REDUCE_OP_NORM_INF; op++)
                    check_reduction(tt_kernels_level((tt_isa)level), &v, op, mask);
        }
}

/* A million floats: the error stays that of one rounding. */
static void long_sum(void **state)
{
    const int64_t n = 1 << 20;
    float *x = tt_alloc_aligned((size_t)n * sizeof *x), sum;
    tt_view v = {.dtype = TTRT_DTYPE_FLOAT32, .rank = 1, .dims = {n}, .strides = {1}};
    double exact = 0;
    tt_reduce r;

    for (int64_t i = 0; i < n; i++) {
        x[i] = (float)uniform(1, 2);
        exact += (double)x[i];
    }
    assert_int_equal(tt_reduce_bind(&v, (const bool[]){true}, TT_REDUCE_OP_SUM, TTRT_DTYPE_FLOAT32, 0, &r), TTRT_OK);
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++) {
        tt_reduce_run(tt_kernels_level((tt_isa)level), NULL, &r, &sum, x);
        assert_true(fabs((double)sum - exact) < 3e-7 * exact);
    }
    tt_free_aligned(x);
}

static void refuses(void **state)
{
    static const int order[] = {0, 1, 2};
    tt_view v = view_of(TTRT_DTYPE_INT32, 3, (const int64_t[]){2, 6, 4}, order);
    tt_softmax s;
    tt_norm n;
    tt_scan c;
    tt_reduce r;

    assert_int_equal(tt_softmax_bind(&v, &v, 0, false, 1, &s), TTRT_ERR_INTERNAL); /* integers */
    v.dtype = TTRT_DTYPE_FLOAT32;
    assert_int_equal(tt_softmax_bind(&v, &v, 3, false, 1, &s), TTRT_ERR_INTERNAL);
    assert_int_equal(tt_layer_norm_bind(&v, &v, 4, false, 1, TT_DTYPE_NONE, TT_DTYPE_NONE, &n), TTRT_ERR_INTERNAL);
    assert_int_equal(tt_group_norm_bind(&v, &v, 4, 1, TT_DTYPE_NONE, TT_DTYPE_NONE, &n), TTRT_ERR_INTERNAL);
    assert_int_equal(tt_scan_bind(&v, &v, -1, false, &c), TTRT_ERR_INTERNAL);
    v.dtype = TTRT_DTYPE_INT32;
    assert_int_equal(
        tt_reduce_bind(&v, (const bool[]){true, false, false}, TT_REDUCE_OP_NORM_2, TTRT_DTYPE_FLOAT32, 0, &r),
        TTRT_ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax),
        cmocka_unit_test(softmax_edges),
        cmocka_unit_test(layer_norm),
        cmocka_unit_test(norm_of_large_mean),
        cmocka_unit_test(group_norm),
        cmocka_unit_test(scan),
        cmocka_unit_test(scan_of_special_values),
        cmocka_unit_test(reductions),
        cmocka_unit_test(nan_wins),
        cmocka_unit_test(long_sum),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
