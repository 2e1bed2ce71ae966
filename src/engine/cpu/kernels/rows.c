/* Softmax, statistics and reductions of one contiguous line. */
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vecmath.h"

#define BLOCK 2048 /* elements summed in float before they join the double sum */

/* ---- softmax: the maximum, the exponentials with their sum, the division */

static float scaled_max(const float *x, int64_t n, float scale)
{
    vf m0 = vf_set(-INFINITY), m1 = m0;
    int64_t i = 0;

    /* A NaN may get lost here: it comes back in the sum. */
    for (; i + 2 * TT_VL <= n; i += 2 * TT_VL) {
        m0 = vf_max(vf_load(x + i) * scale, m0);
        m1 = vf_max(vf_load(x + i + TT_VL) * scale, m1);
    }
    m0 = vf_max(m0, m1);
    float lanes[TT_VL], max;
    vf_store(lanes, m0);
    max = lanes[0];
    for (int l = 1; l < TT_VL; l++)
        max = lanes[l] > max ? lanes[l] : max;
    for (; i < n; i++)
        max = x[i] * scale > max ? x[i] * scale : max;
    return max;
}

static float sum_of_exp(float *out, const float *x, int64_t n, float scale, float max)
{
    vf sum0 = vf_set(0), sum1 = sum0, s = vf_set(scale), m = vf_set(-max);
    int64_t i = 0;

    for (; i + 2 * TT_VL <= n; i += 2 * TT_VL) {
        vf e0 = vf_exp(vf_fma(vf_load(x + i), s, m)), e1 = vf_exp(vf_fma(vf_load(x + i + TT_VL), s, m));
        if (out) {
            vf_store(out + i, e0);
            vf_store(out + i + TT_VL, e1);
        }
        sum0 += e0;
        sum1 += e1;
    }
    for (; i < n; i += TT_VL) {
        int64_t left = n - i < TT_VL ? n - i : TT_VL;
        float lanes[TT_VL] = {0};
        vf e = vf_exp(vf_fma(left == TT_VL ? vf_load(x + i) : vf_load_n(x + i, left), s, m));
        if (left == TT_VL) {
            vf_store(lanes, e);
        } else {
            vf_store_n(lanes, e, left);
        }
        if (out)
            memcpy(out + i, lanes, (size_t)left * sizeof *out);
        sum0 += vf_load(lanes);
    }
    return vf_sum(sum0 + sum1);
}

static void multiply(float *out, int64_t n, float by)
{
    for (int64_t i = 0; i < n; i++)
        out[i] *= by;
}

static void softmax_f32(float *out, const float *x, int64_t n, float scale, bool log)
{
    if (n == 0)
        return;
    float max = scaled_max(x, n, scale), sum = sum_of_exp(log ? NULL : out, x, n, scale, max);
    if (!log) {
        multiply(out, n, 1 / sum);
        return;
    }
    float shift = logf(sum);
    for (int64_t i = 0; i < n; i++)
        out[i] = (x[i] * scale - max) - shift;
}

static void softmax_f64(double *out, const double *x, int64_t n, double scale, bool log_of)
{
    double max = -(double)INFINITY, sum = 0;

    for (int64_t i = 0; i < n; i++)
        max = x[i] * scale > max ? x[i] * scale : max;
    for (int64_t i = 0; i < n; i++)
        sum += exp(x[i] * scale - max);
    for (int64_t i = 0; i < n; i++)
        out[i] = log_of ? (x[i] * scale - max) - log(sum) : exp(x[i] * scale - max) / sum;
}

/* ---- sums */

/* EXPR of the vector v: four sums a block, blocks in double. Lanes behind the end count as `v` = FILL. */
#define BLOCK_SUM(NAME, PARAMS, FILL, EXPR)                                                                            \
    static double NAME PARAMS                                                                                          \
    {                                                                                                                  \
        double total = 0;                                                                                              \
        for (int64_t from = 0; from < n; from += BLOCK) {                                                              \
            int64_t end = n - from < BLOCK ? n : from + BLOCK, i = from;                                               \
            vf s0 = vf_set(0), s1 = s0, s2 = s0, s3 = s0, v;                                                           \
            for (; i + 4 * TT_VL <= end; i += 4 * TT_VL) {                                                             \
                v = vf_load(x + i), s0 += EXPR;                                                                        \
                v = vf_load(x + i + TT_VL), s1 += EXPR;                                                                \
                v = vf_load(x + i + 2 * TT_VL), s2 += EXPR;                                                            \
                v = vf_load(x + i + 3 * TT_VL), s3 += EXPR;                                                            \
            }                                                                                                          \
            for (; i < end; i += TT_VL) {                                                                              \
                float lanes[TT_VL];                                                                                    \
                int64_t left = end - i < TT_VL ? end - i : TT_VL;                                                      \
                vf_store(lanes, vf_set(FILL));                                                                         \
                memcpy(lanes, x + i, (size_t)left * sizeof *x);                                                        \
                v = vf_load(lanes), s0 += EXPR;                                                                        \
            }                                                                                                          \
            total += (double)vf_sum((s0 + s1) + (s2 + s3));                                                            \
        }                                                                                                              \
        return total;                                                                                                  \
    }
BLOCK_SUM(sum_f32, (const float *x, int64_t n), 0, v)
BLOCK_SUM(sum_abs_f32, (const float *x, int64_t n), 0, vf_abs(v))
BLOCK_SUM(sum_squares_f32, (const float *x, int64_t n, float center), center, (v - center) * (v - center))

static void affine_f32(float *out, const float *x, int64_t n, float shift, float scale, const float *weight,
                       const float *bias)
{
    /* x * scale - shift * scale would cancel where the mean is large; the difference first is exact there. */
    if (weight && bias)
        for (int64_t i = 0; i < n; i++)
            out[i] = (x[i] - shift) * scale * weight[i] + bias[i];
    else if (weight)
        for (int64_t i = 0; i < n; i++)
            out[i] = (x[i] - shift) * scale * weight[i];
    else if (bias)
        for (int64_t i = 0; i < n; i++)
            out[i] = (x[i] - shift) * scale + bias[i];
    else
        for (int64_t i = 0; i < n; i++)
            out[i] = (x[i] - shift) * scale;
}

static void affine_columns_f32(float *out, const float *x, int64_t n, const float *center, const float *scale,
                               const float *bias)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (x[i] - center[i]) * scale[i] + bias[i];
}

/* 64 rows at a time in float, their sums in double. */
static void add_columns_f32(double *sums, const float *x, int64_t ld, int64_t n_rows, int64_t n_cols,
                            const float *center, bool square)
{
    float part[TT_COLUMNS], none[TT_COLUMNS];

    if (!center)
        memset(none, 0, (size_t)n_cols * sizeof *none);
    const float *c = center ? center : none;
    for (int64_t from = 0; from < n_rows; from += 64) {
        int64_t end = n_rows - from < 64 ? n_rows : from + 64;
        memset(part, 0, (size_t)n_cols * sizeof *part);
        for (int64_t r = from; r < end; r++) {
            const float *row = x + r * ld;
            if (square)
                for (int64_t i = 0; i < n_cols; i++)
                    part[i] += (row[i] - c[i]) * (row[i] - c[i]);
            else
                for (int64_t i = 0; i < n_cols; i++)
                    part[i] += row[i] - c[i];
        }
        for (int64_t i = 0; i < n_cols; i++)
            sums[i] += (double)part[i];
    }
}

/* ---- reductions of a piece of a line */

static void sum_f32_piece(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)
{
    acc->f += sum_f32(x, n);
}
static void norm_1_f32_piece(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)
{
    acc->f += sum_abs_f32(x, n);
}
static void var_f32_piece(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)
{
    /* The mean's rounding to float is put right: sum (x - c)^2 - n (c - mean)^2. */
    float center = (float)param;
    double off = (double)center - param;
    acc->f += sum_squares_f32(x, n, center) - (double)n * off * off;
}

/* Largest squares that float sums still hold; beyond, and for denormals, double. */
static void norm_2_f32_piece(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)
{
    const float *p = x;
    double sum = sum_squares_f32(p, n, 0);

    if (!(sum > 1e-30 && sum < 1e30)) {
        sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += (double)p[i] * (double)p[i];
    }
    acc->f += sum;
}

#define PIECE(NAME, T, EXPR)                                                                                           \
    static void NAME(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)                          \
    {                                                                                                                  \
        const T *p = x;                                                                                                \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            T v = p[i];                                                                                                \
            EXPR;                                                                                                      \
        }                                                                                                              \
    }
PIECE(sum_f64, double, acc->f += v)
PIECE(sum_i64, int64_t, acc->i = (int64_t)((uint64_t)acc->i + (uint64_t)v))
PIECE(sum_bool, uint8_t, acc->i += v != 0)
PIECE(prod_f32, float, acc->f *= (double)v)
PIECE(prod_f64, double, acc->f *= v)
PIECE(prod_i64, int64_t, acc->i = (int64_t)((uint64_t)acc->i * (uint64_t)v))
PIECE(prod_bool, uint8_t, acc->i *= v != 0)
PIECE(any_f32, float, acc->i |= v != 0)
PIECE(any_f64, double, acc->i |= v != 0)
PIECE(any_i64, int64_t, acc->i |= v != 0)
PIECE(any_bool, uint8_t, acc->i |= v != 0)
PIECE(all_f32, float, acc->i &= v != 0)
PIECE(all_f64, double, acc->i &= v != 0)
PIECE(all_i64, int64_t, acc->i &= v != 0)
PIECE(all_bool, uint8_t, acc->i &= v != 0)
PIECE(norm_0_f32, float, acc->f += v != 0)
PIECE(norm_0_f64, double, acc->f += v != 0)
PIECE(norm_1_f64, double, acc->f += fabs(v))
PIECE(norm_2_f64, double, acc->f += v * v)
PIECE(norm_p_f32, float, acc->f += pow(fabs((double)v), param))
PIECE(norm_p_f64, double, acc->f += pow(fabs(v), param))
PIECE(norm_inf_f32, float, double a = fabs((double)v); acc->f = a > acc->f || a != a ? a : acc->f)
PIECE(norm_inf_f64, double, double a = fabs(v); acc->f = a > acc->f || a != a ? a : acc->f)
PIECE(norm_ninf_f32, float, double a = fabs((double)v); acc->f = a < acc->f || a != a ? a : acc->f)
PIECE(norm_ninf_f64, double, double a = fabs(v); acc->f = a < acc->f || a != a ? a : acc->f)
PIECE(var_f64, double, acc->f += (v - param) * (v - param))

/* The first of the best; a NaN is better than all, the first one stays. BEATS compares v with the best so far. */
#define BEST(NAME, T, FIELD, BEATS)                                                                                    \
    static void NAME(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)                          \
    {                                                                                                                  \
        const T *p = x;                                                                                                \
        if (n == 0)                                                                                                    \
            return;                                                                                                    \
        T best = acc->index < 0 ? p[0] : (T)acc->FIELD;                                                                \
        int64_t index = acc->index < 0 ? at : acc->index;                                                              \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            T v = p[i];                                                                                                \
            if (BEATS) {                                                                                               \
                best = v;                                                                                              \
                index = at + i;                                                                                        \
            }                                                                                                          \
        }                                                                                                              \
        acc->FIELD = best;                                                                                             \
        acc->index = index;                                                                                            \
    }
#define IS_NAN(v) ((v) != (v))
BEST(argmax_f64, double, f, v > best || (IS_NAN(v) && !IS_NAN(best)))
BEST(argmin_f64, double, f, v < best || (IS_NAN(v) && !IS_NAN(best)))
BEST(argmax_i64, int64_t, i, v > best)
BEST(argmin_i64, int64_t, i, v < best)
BEST(argmax_bool, uint8_t, i, v > best)
BEST(argmin_bool, uint8_t, i, v < best)

/* The extreme of a piece by vectors, then its place by a second look. */
#define EXTREME_F32(NAME, BETTER, START)                                                                               \
    static float NAME##_of(const float *p, int64_t n)                                                                  \
    {                                                                                                                  \
        vf m = vf_set(START);                                                                                          \
        int64_t i = 0;                                                                                                 \
        for (; i + TT_VL <= n; i += TT_VL)                                                                             \
            m = BETTER(vf_load(p + i), m);                                                                             \
        float lanes[TT_VL];                                                                                            \
        vf_store(lanes, vf_set(START));                                                                                \
        memcpy(lanes, p + i, (size_t)(n - i) * sizeof *p);                                                             \
        vf_store(lanes, BETTER(vf_load(lanes), m));                                                                    \
        for (int l = 1; l < TT_VL; l++)                                                                                \
            lanes[0] = BETTER(vf_set(lanes[l]), vf_set(lanes[0]))[0];                                                  \
        return lanes[0];                                                                                               \
    }                                                                                                                  \
    static void NAME##_f32(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)                    \
    {                                                                                                                  \
        if (n == 0)                                                                                                    \
            return;                                                                                                    \
        float best = NAME##_of(x, n);                                                                                  \
        if (acc->index >= 0)                                                                                           \
            best = BETTER(vf_set(best), vf_set((float)acc->f))[0];                                                     \
        acc->f = (double)best;                                                                                         \
        acc->index = at;                                                                                               \
    }                                                                                                                  \
    static void arg##NAME##_f32(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param)               \
    {                                                                                                                  \
        const float *p = x;                                                                                            \
        if (n == 0)                                                                                                    \
            return;                                                                                                    \
        float best = NAME##_of(p, n), old = (float)acc->f;                                                             \
        bool first = acc->index < 0;                                                                                   \
        if (!first && (IS_NAN(old) || best == old || (!IS_NAN(best) && BETTER(vf_set(best), vf_set(old))[0] == old)))  \
            return;                                                                                                    \
        for (int64_t i = 0; i < n; i++)                                                                                \
            if (p[i] == best || (IS_NAN(best) && IS_NAN(p[i]))) {                                                      \
                acc->index = at + i;                                                                                   \
                break;                                                                                                 \
            }                                                                                                          \
        acc->f = (double)best;                                                                                         \
    }
EXTREME_F32(max, vf_max_nan, -INFINITY)
EXTREME_F32(min, vf_min_nan, INFINITY)

static void fill_reduce(tt_reduce_fn table[TT_REDUCE_OP_COUNT][4])
{
#define ROW(OP, F32, F64, I64, BOOL)                                                                                   \
    table[TT_REDUCE_OP_##OP][TT_PW_F32] = F32;                                                                         \
    table[TT_REDUCE_OP_##OP][TT_PW_F64] = F64;                                                                         \
    table[TT_REDUCE_OP_##OP][TT_PW_I64] = I64;                                                                         \
    table[TT_REDUCE_OP_##OP][TT_PW_BOOL] = BOOL;
    ROW(SUM, sum_f32_piece, sum_f64, sum_i64, sum_bool)
    ROW(MEAN, sum_f32_piece, sum_f64, sum_i64, sum_bool)
    ROW(PROD, prod_f32, prod_f64, prod_i64, prod_bool)
    ROW(MAX, max_f32, argmax_f64, argmax_i64, argmax_bool)
    ROW(MIN, min_f32, argmin_f64, argmin_i64, argmin_bool)
    ROW(ARGMAX, argmax_f32, argmax_f64, argmax_i64, argmax_bool)
    ROW(ARGMIN, argmin_f32, argmin_f64, argmin_i64, argmin_bool)
    ROW(ANY, any_f32, any_f64, any_i64, any_bool)
    ROW(ALL, all_f32, all_f64, all_i64, all_bool)
    ROW(NORM_0, norm_0_f32, norm_0_f64, NULL, NULL)
    ROW(NORM_1, norm_1_f32_piece, norm_1_f64, NULL, NULL)
    ROW(NORM_2, norm_2_f32_piece, norm_2_f64, NULL, NULL)
    ROW(NORM_INF, norm_inf_f32, norm_inf_f64, NULL, NULL)
    ROW(NORM_NINF, norm_ninf_f32, norm_ninf_f64, NULL, NULL)
    ROW(NORM_P, norm_p_f32, norm_p_f64, NULL, NULL)
    ROW(VAR, var_f32_piece, var_f64, NULL, NULL)
    ROW(STD, var_f32_piece, var_f64, NULL, NULL)
#undef ROW
}

void TT_FOR_ISA(tt_rows_fill)(tt_kernels *kernels)
{
    struct tt_rows_kernels *k = &kernels->rows;

    k->softmax_f32 = softmax_f32;
    k->softmax_f64 = softmax_f64;
    k->sum_f32 = sum_f32;
    k->sum_squares_f32 = sum_squares_f32;
    k->affine_f32 = affine_f32;
    k->affine_columns_f32 = affine_columns_f32;
    k->add_columns_f32 = add_columns_f32;
    fill_reduce(k->reduce);
}
