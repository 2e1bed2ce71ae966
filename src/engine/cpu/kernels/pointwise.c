/* The instructions of the pointwise evaluator: one loop over a block each. F32 works on vectors; the other types go
 * through small arrays of TT_PW_LANES elements, which the compiler turns into vectors where the operation has them. */
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vecmath.h"

typedef float F32;
typedef double F64;
typedef int64_t I64;
typedef uint8_t BOOL;

/* ---- loops over vectors of F32 */

#define VECTOR1(NAME, EXPR)                                                                                            \
    static inline vf NAME##_v(vf a) { return EXPR; }                                                                   \
    static void f32_##NAME(const tt_pw_args *x)                                                                        \
    {                                                                                                                  \
        const float *pa = x->a;                                                                                        \
        float *d = x->dst;                                                                                             \
        int64_t i = 0, n = x->n, am = x->a_mask;                                                                       \
        for (; i + TT_VL <= n; i += TT_VL)                                                                             \
            vf_store(d + i, NAME##_v(vf_load(pa + (i & am))));                                                         \
        if (i < n)                                                                                                     \
            vf_store_n(d + i, NAME##_v(vf_load_n(pa + (i & am), n - i)), n - i);                                       \
    }

#define VECTOR2(NAME, EXPR)                                                                                            \
    static inline vf NAME##_v(vf a, vf b) { return EXPR; }                                                             \
    static void f32_##NAME(const tt_pw_args *x)                                                                        \
    {                                                                                                                  \
        const float *pa = x->a, *pb = x->b;                                                                            \
        float *d = x->dst;                                                                                             \
        int64_t i = 0, n = x->n, am = x->a_mask, bm = x->b_mask;                                                       \
        for (; i + TT_VL <= n; i += TT_VL)                                                                             \
            vf_store(d + i, NAME##_v(vf_load(pa + (i & am)), vf_load(pb + (i & bm))));                                 \
        if (i < n) {                                                                                                   \
            vf a = vf_load_n(pa + (i & am), n - i), b = vf_load_n(pb + (i & bm), n - i);                               \
            vf_store_n(d + i, NAME##_v(a, b), n - i);                                                                  \
        }                                                                                                              \
    }

#define VECTOR3(NAME, EXPR)                                                                                            \
    static inline vf NAME##_v(vf a, vf b, vf c) { return EXPR; }                                                       \
    static void f32_##NAME(const tt_pw_args *x)                                                                        \
    {                                                                                                                  \
        const float *pa = x->a, *pb = x->b, *pc = x->c;                                                                \
        float *d = x->dst;                                                                                             \
        int64_t i = 0, n = x->n, am = x->a_mask, bm = x->b_mask, cm = x->c_mask;                                       \
        for (; i + TT_VL <= n; i += TT_VL) {                                                                           \
            vf a = vf_load(pa + (i & am)), b = vf_load(pb + (i & bm)), c = vf_load(pc + (i & cm));                     \
            vf_store(d + i, NAME##_v(a, b, c));                                                                        \
        }                                                                                                              \
        if (i < n) {                                                                                                   \
            vf a = vf_load_n(pa + (i & am), n - i), b = vf_load_n(pb + (i & bm), n - i);                               \
            vf_store_n(d + i, NAME##_v(a, b, vf_load_n(pc + (i & cm), n - i)), n - i);                                 \
        }                                                                                                              \
    }

VECTOR1(MOV, a)
VECTOR2(ADD, a + b)
VECTOR2(SUB, a - b)
VECTOR2(MUL, a *b)
VECTOR2(DIV, a / b)
VECTOR2(DIV_TRUNC, vf_trunc(a / b))
VECTOR2(MIN, vf_min_nan(a, b))
VECTOR2(MAX, vf_max_nan(a, b))
VECTOR2(FMIN, vf_select(vf_isnan(b), a, vf_min(a, b)))
VECTOR2(FMAX, vf_select(vf_isnan(b), a, vf_max(a, b)))
VECTOR1(NEG, -a)
VECTOR1(ABS, vf_abs(a))
/* 0 for NaN, as PyTorch's. */
VECTOR1(SIGN, vf_select(vf_lt(vf_set(0), a), vf_set(1), vf_select(vf_lt(a, vf_set(0)), vf_set(-1), vf_set(0))))
VECTOR1(SQUARE, a *a)
VECTOR3(FMA, vf_fma(a, b, c))
/* Of zeros of either sign the value, as PyTorch's. */
VECTOR3(CLAMP, vf_min_nan(c, vf_max_nan(b, a)))
VECTOR2(COPYSIGN, vf_copysign(a, b))
VECTOR1(SQRT, vf_sqrt(a))
VECTOR1(RSQRT, 1 / vf_sqrt(a))
VECTOR1(RECIPROCAL, 1 / a)
VECTOR1(EXP, vf_exp(a))
VECTOR1(EXP2, vf_exp2(a))
VECTOR1(EXPM1, vf_expm1(a))
VECTOR1(LOG, vf_log(a))
VECTOR1(LOG2, vf_log2(a))
VECTOR1(LOG10, vf_log10(a))
VECTOR1(LOG1P, vf_log1p(a))
VECTOR1(TANH, vf_tanh(a))
VECTOR1(ERF, vf_erf(a))
VECTOR1(ERFC, vf_erfc(a))
VECTOR1(CEIL, vf_ceil(a))
VECTOR1(FLOOR, vf_floor(a))
VECTOR1(ROUND, vf_rint(a))
VECTOR1(TRUNC, vf_trunc(a))
VECTOR1(SIGMOID, vf_sigmoid(a))
VECTOR1(RELU, vf_select(vf_lt(a, vf_set(0)), vf_set(0), a))
VECTOR1(GELU, vf_gelu(a))
VECTOR1(GELU_TANH, vf_gelu_tanh(a))
VECTOR1(SILU, vf_silu(a))
VECTOR1(SOFTPLUS, vf_softplus(a))
VECTOR1(LOGSIGMOID, vf_logsigmoid(a))
VECTOR1(MISH, vf_mish(a))
VECTOR1(HARDSIGMOID, vf_min_nan(vf_max_nan(a + 3, vf_set(0)), vf_set(6)) * (1 / 6.0f))
VECTOR1(HARDSWISH, a *vf_min_nan(vf_max_nan(a + 3, vf_set(0)), vf_set(6)) * (1 / 6.0f))

/* ---- loops over arrays of lanes */

/* Always all lanes: a partial block reads zeros into the rest. Constant sizes turn into plain loads. */
static inline void take(void *lanes, const void *p, int64_t at, int64_t left, size_t size)
{
    if (left >= TT_PW_LANES) {
        memcpy(lanes, (const char *)p + (size_t)at * size, TT_PW_LANES * size);
    } else {
        memset(lanes, 0, TT_PW_LANES * size);
        memcpy(lanes, (const char *)p + (size_t)at * size, (size_t)left * size);
    }
}

static inline void put(void *p, const void *lanes, int64_t at, int64_t left, size_t size)
{
    if (left >= TT_PW_LANES)
        memcpy((char *)p + (size_t)at * size, lanes, TT_PW_LANES * size);
    else
        memcpy((char *)p + (size_t)at * size, lanes, (size_t)left * size);
}

#define LANES(NAME, R, TAKE, EXPR)                                                                                     \
    static void NAME(const tt_pw_args *x)                                                                              \
    {                                                                                                                  \
        for (int64_t i = 0; i < x->n; i += TT_PW_LANES) {                                                              \
            R r_[TT_PW_LANES];                                                                                         \
            TAKE for (int l = 0; l < TT_PW_LANES; l++) r_[l] = (R)(EXPR);                                              \
            put(x->dst, r_, i, x->n - i, sizeof(R));                                                                   \
        }                                                                                                              \
    }
#define TAKE(T, v)                                                                                                     \
    T v##_[TT_PW_LANES];                                                                                               \
    take(v##_, x->v, i & x->v##_mask, x->n - i, sizeof(T));
#define LANES1(NAME, T, R, FN)    LANES(NAME, R, TAKE(T, a), FN(a_[l]))
#define LANES2(NAME, T, R, FN)    LANES(NAME, R, TAKE(T, a) TAKE(T, b), FN(a_[l], b_[l]))
#define LANES3(NAME, A, T, R, FN) LANES(NAME, R, TAKE(A, a) TAKE(T, b) TAKE(T, c), FN(a_[l], b_[l], c_[l]))

/* The meanings shared by several types. */
#define OF_MOV(a)         (a)
#define OF_ADD(a, b)      ((a) + (b))
#define OF_SUB(a, b)      ((a) - (b))
#define OF_MUL(a, b)      ((a) * (b))
#define OF_DIV(a, b)      ((a) / (b))
#define OF_NEG(a)         (-(a))
#define OF_EQ(a, b)       ((a) == (b))
#define OF_NE(a, b)       ((a) != (b))
#define OF_LT(a, b)       ((a) < (b))
#define OF_LE(a, b)       ((a) <= (b))
#define OF_GT(a, b)       ((a) > (b))
#define OF_GE(a, b)       ((a) >= (b))
#define OF_SIGN(a)        (((a) > 0) - ((a) < 0))
#define OF_SQUARE(a)      ((a) * (a))
#define OF_FMA(a, b, c)   ((a) * (b) + (c))
#define OF_RELU(a)        ((a) < 0 ? 0 : (a))
#define OF_WHERE(a, b, c) ((a) ? (b) : (c))
#define OF_NONE(a)        0
#define OF_ISNAN(a)       ((a) != (a))
#define OF_ISINF(a)       (fabs(a) == (double)INFINITY)
/* NaN where either is NaN; for integers the first test is never true. */
#define OF_MIN(a, b)      ((a) != (a) || (a) < (b) ? (a) : (b))
#define OF_MAX(a, b)      ((a) != (a) || (a) > (b) ? (a) : (b))
#define OF_FMIN(a, b)     ((b) != (b) || (a) < (b) ? (a) : (b))
#define OF_FMAX(a, b)     ((b) != (b) || (a) > (b) ? (a) : (b))
#define OF_CLAMP(a, b, c) OF_MIN(OF_MAX(a, b), c)

#define COMPARISONS(T)                                                                                                 \
    LANES2(T##_EQ, T, BOOL, OF_EQ)                                                                                     \
    LANES2(T##_NE, T, BOOL, OF_NE)                                                                                     \
    LANES2(T##_LT, T, BOOL, OF_LT)                                                                                     \
    LANES2(T##_LE, T, BOOL, OF_LE)                                                                                     \
    LANES2(T##_GT, T, BOOL, OF_GT)                                                                                     \
    LANES2(T##_GE, T, BOOL, OF_GE)                                                                                     \
    LANES3(T##_WHERE, BOOL, T, T, OF_WHERE)
COMPARISONS(F32)
COMPARISONS(F64)
COMPARISONS(I64)
COMPARISONS(BOOL)

LANES1(F32_ISNAN, F32, BOOL, OF_ISNAN)
LANES1(F64_ISNAN, F64, BOOL, OF_ISNAN)
LANES1(F32_ISINF, F32, BOOL, OF_ISINF)
LANES1(F64_ISINF, F64, BOOL, OF_ISINF)
LANES1(I64_NONE, I64, BOOL, OF_NONE)

/* ---- BOOL: as PyTorch's arithmetic on it */

#define OF_AND(a, b) ((a) && (b))
#define OF_OR(a, b)  ((a) || (b))
#define OF_XOR(a, b) (!(a) != !(b))
#define OF_NOT(a)    (!(a))
LANES1(BOOL_MOV, BOOL, BOOL, OF_MOV)
LANES2(BOOL_AND, BOOL, BOOL, OF_AND)
LANES2(BOOL_OR, BOOL, BOOL, OF_OR)
LANES2(BOOL_XOR, BOOL, BOOL, OF_XOR)
LANES1(BOOL_NOT, BOOL, BOOL, OF_NOT)

/* ---- I64: wraps on overflow, so the arithmetic is unsigned */

#define U(x)             ((uint64_t)(x))
#define INT_ADD(a, b)    (U(a) + U(b))
#define INT_SUB(a, b)    (U(a) - U(b))
#define INT_MUL(a, b)    (U(a) * U(b))
#define INT_NEG(a)       (-U(a))
#define INT_ABS(a)       ((a) < 0 ? -U(a) : U(a))
#define INT_SQUARE(a)    (U(a) * U(a))
#define INT_FMA(a, b, c) (U(a) * U(b) + U(c))
#define INT_AND(a, b)    ((a) & (b))
#define INT_OR(a, b)     ((a) | (b))
#define INT_XOR(a, b)    ((a) ^ (b))
#define INT_NOT(a)       (~(a))
/* A count outside the 64 bits shifts everything out; narrower types get there through the wrap. */
#define INT_SHL(a, b) (U(b) < 64 ? U(a) << (U(b) & 63) : 0)
#define INT_SHR(a, b) ((a) >> (U(b) < 64 ? (b) : 63))

static inline int64_t int_div_trunc(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? (int64_t)-U(a) : a / b; }

static inline int64_t int_fmod(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }

static inline int64_t int_remainder(int64_t a, int64_t b)
{
    int64_t r = int_fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static inline int64_t int_div_floor(int64_t a, int64_t b)
{
    return int_div_trunc(a, b) - (int_remainder(a, b) != int_fmod(a, b));
}

static inline int64_t int_pow(int64_t a, int64_t b)
{
    uint64_t result = 1, base = U(a);

    if (b < 0)
        return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
    for (; b; b >>= 1, base *= base)
        if (b & 1)
            result *= base;
    return (int64_t)result;
}

LANES1(I64_MOV, I64, I64, OF_MOV)
LANES2(I64_ADD, I64, I64, INT_ADD)
LANES2(I64_SUB, I64, I64, INT_SUB)
LANES2(I64_MUL, I64, I64, INT_MUL)
LANES2(I64_DIV_FLOOR, I64, I64, int_div_floor)
LANES2(I64_DIV_TRUNC, I64, I64, int_div_trunc)
LANES2(I64_REMAINDER, I64, I64, int_remainder)
LANES2(I64_FMOD, I64, I64, int_fmod)
LANES2(I64_POW, I64, I64, int_pow)
LANES2(I64_MIN, I64, I64, OF_MIN)
LANES2(I64_MAX, I64, I64, OF_MAX)
LANES1(I64_NEG, I64, I64, INT_NEG)
LANES1(I64_ABS, I64, I64, INT_ABS)
LANES1(I64_SIGN, I64, I64, OF_SIGN)
LANES1(I64_SQUARE, I64, I64, INT_SQUARE)
LANES3(I64_FMA, I64, I64, I64, INT_FMA)
LANES3(I64_CLAMP, I64, I64, I64, OF_CLAMP)
LANES1(I64_RELU, I64, I64, OF_RELU)
LANES2(I64_AND, I64, I64, INT_AND)
LANES2(I64_OR, I64, I64, INT_OR)
LANES2(I64_XOR, I64, I64, INT_XOR)
LANES1(I64_NOT, I64, I64, INT_NOT)
LANES2(I64_SHL, I64, I64, INT_SHL)
LANES2(I64_SHR, I64, I64, INT_SHR)

/* ---- F64, and what is rare in F32: libm, or PyTorch's own formulas */

static inline double f64_remainder(double a, double b)
{
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static inline double f64_div_floor(double a, double b)
{
    if (b == 0)
        return a / b;
    double r = fmod(a, b), q = (a - r) / b;
    if (r != 0 && (r < 0) != (b < 0))
        q -= 1;
    if (q == 0)
        return copysign(0, a / b);
    double whole = floor(q);
    return q - whole > 0.5 ? whole + 1 : whole;
}

static inline double f64_sigmoid(double a) { return 1 / (1 + exp(-a)); }
static inline double f64_gelu(double a) { return a * 0.5 * erfc(-a * 0.70710678118654752440); }
static inline double f64_gelu_tanh(double a)
{
    return a * f64_sigmoid(2 * 0.79788456080286535588 * (a + 0.044715 * a * a * a));
}
static inline double f64_softplus(double a) { return a > 20 ? a : log1p(exp(a)); }
static inline double f64_logsigmoid(double a) { return OF_MIN(a, 0) - log1p(exp(-fabs(a))); }
static inline double f64_hardsigmoid(double a) { return OF_CLAMP(a + 3, 0, 6) / 6; }

/* A rational approximation, then two steps of Newton's method. */
static double f64_erfinv(double y)
{
    static const double a[] = {0.886226899, -1.645349621, 0.914624893, -0.140543331};
    static const double b[] = {-2.118377725, 1.442710462, -0.329097515, 0.012229801};
    static const double c[] = {-1.970840454, -1.624906493, 3.429567803, 1.641345311};
    static const double d[] = {3.543889200, 1.637067800};
    double size = fabs(y), x;

    if (!(size < 1))
        return size == 1 ? copysign((double)INFINITY, y) : (double)NAN;
    if (size <= 0.7) {
        double z = y * y, over = (((b[3] * z + b[2]) * z + b[1]) * z + b[0]) * z + 1;
        x = y * (((a[3] * z + a[2]) * z + a[1]) * z + a[0]) / over;
    } else {
        double z = sqrt(-log((1 - size) / 2)), over = (d[1] * z + d[0]) * z + 1;
        x = copysign(((c[3] * z + c[2]) * z + c[1]) * z + c[0], y) / over;
    }
    for (int i = 0; i < 2; i++)
        x -= (erf(x) - y) / (1.12837916709551257390 * exp(-x * x));
    return x;
}

/* psi(x): reflected to x > 0, moved up to x >= 10 by psi(x) = psi(x + 1) - 1 / x, then the asymptotic series. */
static double f64_digamma(double x)
{
    const double pi = 3.14159265358979323846;
    double result = 0;

    if (x == 0)
        return copysign((double)INFINITY, -x);
    if (x < 0) {
        if (x == trunc(x))
            return (double)NAN;
        /* The whole part leaves the tangent's argument first: it would cost its precision. */
        result = -pi / tan(pi * (x - trunc(x)));
        x = 1 - x;
    }
    for (; x < 10; x += 1)
        result -= 1 / x;
    double z = 1 / (x * x);
    double series =
        z * (1.0 / 12 -
             z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
    return result + (x < (double)INFINITY ? log(x) - 0.5 / x - series : x);
}

static inline double f64_lgamma(double x)
{
    int sign; /* lgamma() would write the global signgam */
    return lgamma_r(x, &sign);
}

#define OF_DIV_TRUNC(a, b) trunc((a) / (b))
#define OF_RSQRT(a)        (1 / sqrt(a))
#define OF_RECIPROCAL(a)   (1 / (a))
#define OF_SILU(a)         ((a) / (1 + exp(-(a))))
#define OF_MISH(a)         ((a)*tanh(log1p(exp(a))))
#define OF_HARDSWISH(a)    ((a)*f64_hardsigmoid(a))

LANES1(F64_MOV, F64, F64, OF_MOV)
LANES2(F64_ADD, F64, F64, OF_ADD)
LANES2(F64_SUB, F64, F64, OF_SUB)
LANES2(F64_MUL, F64, F64, OF_MUL)
LANES2(F64_DIV, F64, F64, OF_DIV)
LANES2(F64_DIV_TRUNC, F64, F64, OF_DIV_TRUNC)
LANES2(F64_POW, F64, F64, pow)
LANES2(F64_MIN, F64, F64, OF_MIN)
LANES2(F64_MAX, F64, F64, OF_MAX)
LANES2(F64_FMIN, F64, F64, OF_FMIN)
LANES2(F64_FMAX, F64, F64, OF_FMAX)
LANES1(F64_NEG, F64, F64, OF_NEG)
LANES1(F64_ABS, F64, F64, fabs)
LANES1(F64_SIGN, F64, F64, OF_SIGN)
LANES1(F64_SQUARE, F64, F64, OF_SQUARE)
LANES3(F64_FMA, F64, F64, F64, OF_FMA)
LANES3(F64_CLAMP, F64, F64, F64, OF_CLAMP)
LANES2(F64_COPYSIGN, F64, F64, copysign)
LANES2(F64_NEXTAFTER, F64, F64, nextafter)
LANES2(F32_NEXTAFTER, F32, F32, nextafterf)
LANES1(F64_SQRT, F64, F64, sqrt)
LANES1(F64_RSQRT, F64, F64, OF_RSQRT)
LANES1(F64_RECIPROCAL, F64, F64, OF_RECIPROCAL)
LANES1(F64_EXP, F64, F64, exp)
LANES1(F64_EXP2, F64, F64, exp2)
LANES1(F64_EXPM1, F64, F64, expm1)
LANES1(F64_LOG, F64, F64, log)
LANES1(F64_LOG2, F64, F64, log2)
LANES1(F64_LOG10, F64, F64, log10)
LANES1(F64_LOG1P, F64, F64, log1p)
LANES1(F64_SIN, F64, F64, sin)
LANES1(F64_COS, F64, F64, cos)
LANES1(F64_TAN, F64, F64, tan)
LANES1(F64_TANH, F64, F64, tanh)
LANES1(F64_ERF, F64, F64, erf)
LANES1(F64_ERFC, F64, F64, erfc)
LANES1(F64_CEIL, F64, F64, ceil)
LANES1(F64_FLOOR, F64, F64, floor)
LANES1(F64_ROUND, F64, F64, rint)
LANES1(F64_TRUNC, F64, F64, trunc)
LANES1(F64_SIGMOID, F64, F64, f64_sigmoid)
LANES1(F64_RELU, F64, F64, OF_RELU)
LANES1(F64_GELU, F64, F64, f64_gelu)
LANES1(F64_GELU_TANH, F64, F64, f64_gelu_tanh)
LANES1(F64_SILU, F64, F64, OF_SILU)
LANES1(F64_SOFTPLUS, F64, F64, f64_softplus)
LANES1(F64_LOGSIGMOID, F64, F64, f64_logsigmoid)
LANES1(F64_MISH, F64, F64, OF_MISH)
LANES1(F64_HARDSIGMOID, F64, F64, f64_hardsigmoid)
LANES1(F64_HARDSWISH, F64, F64, OF_HARDSWISH)

/* FN64 serves both types where the rounding of its double result is all that F32 needs. */
#define BOTH1(NAME, FN64, FN32)                                                                                        \
    LANES1(F64_##NAME, F64, F64, FN64)                                                                                 \
    LANES1(F32_##NAME, F32, F32, FN32)
#define BOTH2(NAME, FN64, FN32)                                                                                        \
    LANES2(F64_##NAME, F64, F64, FN64)                                                                                 \
    LANES2(F32_##NAME, F32, F32, FN32)
BOTH1(ASIN, asin, asinf)
BOTH1(ACOS, acos, acosf)
BOTH1(ATAN, atan, atanf)
BOTH1(SINH, sinh, sinhf)
BOTH1(COSH, cosh, coshf)
BOTH1(ASINH, asinh, asinhf)
BOTH1(ACOSH, acosh, acoshf)
BOTH1(ATANH, atanh, atanhf)
BOTH1(ERFINV, f64_erfinv, f64_erfinv)
BOTH1(LGAMMA, f64_lgamma, f64_lgamma)
BOTH1(DIGAMMA, f64_digamma, f64_digamma)
BOTH2(ATAN2, atan2, atan2f)
BOTH2(HYPOT, hypot, hypotf)
BOTH2(FMOD, fmod, fmodf)
BOTH2(REMAINDER, f64_remainder, f64_remainder)
BOTH2(DIV_FLOOR, f64_div_floor, f64_div_floor)

/* ---- F32 sine, cosine, tangent: reduction and polynomials in double, on lanes */

/* Adding it rounds to an integer, whose low bits then stand in the sum's. */
#define ROUNDER 0x1.8p52

static inline uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline double double_of(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* x = q pi / 2 + r, exact enough up to |x| = 2^20. */
static inline double reduce_half_pi(double x, uint64_t *q)
{
    double n = x * 0.63661977236758134308 + ROUNDER;
    *q = bits_of(n);
    n -= ROUNDER;
    /* The first 33 bits of pi / 2, then the rest. */
    return (x - n * 1.57079632673412561417e+00) - n * 6.07710050650619224932e-11;
}

static inline double sin_poly(double r)
{
    double z = r * r;
    return r + r * z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 - z * (1.0 / 39916800)))));
}

static inline double cos_poly(double r)
{
    double z = r * r;
    return 1 + z * (-0.5 + z * (1.0 / 24 +
                                z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800 + z * (1.0 / 479001600))))));
}

/* sin(x + shift pi / 2) */
static inline float sin_lane(float x, uint64_t shift)
{
    uint64_t q;
    double r = reduce_half_pi(x, &q), s = sin_poly(r), c = cos_poly(r);
    q += shift;
    double v = q & 1 ? c : s;
    return (float)(q & 2 ? -v : v);
}

static inline float tan_lane(float x)
{
    uint64_t q;
    double r = reduce_half_pi(x, &q), s = sin_poly(r), c = cos_poly(r);
    return (float)(q & 1 ? -c / s : s / c);
}

#define SIN_LANE(a) sin_lane(a, 0)
#define COS_LANE(a) sin_lane(a, 1)

/* Lanes beyond the reduction's range, and infinities and NaN, are left to libm. */
#define TRIGONOMETRIC(NAME, LANE, LIBM)                                                                                \
    static void f32_##NAME(const tt_pw_args *x)                                                                        \
    {                                                                                                                  \
        for (int64_t i = 0; i < x->n; i += TT_PW_LANES) {                                                              \
            float r_[TT_PW_LANES];                                                                                     \
            int wild = 0;                                                                                              \
            TAKE(float, a)                                                                                             \
            for (int l = 0; l < TT_PW_LANES; l++)                                                                      \
                wild |= !(fabsf(a_[l]) < 1e6f);                                                                        \
            for (int l = 0; l < TT_PW_LANES; l++)                                                                      \
                r_[l] = LANE(a_[l]);                                                                                   \
            for (int l = 0; wild && l < TT_PW_LANES; l++)                                                              \
                if (!(fabsf(a_[l]) < 1e6f))                                                                            \
                    r_[l] = LIBM(a_[l]);                                                                               \
            put(x->dst, r_, i, x->n - i, sizeof(float));                                                               \
        }                                                                                                              \
    }
TRIGONOMETRIC(SIN, SIN_LANE, sinf)
TRIGONOMETRIC(COS, COS_LANE, cosf)
TRIGONOMETRIC(TAN, tan_lane, tanf)

/* ---- F32 powers: exp2(b log2(a)) in double, on lanes */

static inline double log2_lane(double x)
{
    uint64_t u = bits_of(x) - 0x3fe6a09e667f3bcd; /* sqrt(1/2): the mantissa lies around 1 */
    double e = (double)((int64_t)u >> 52);
    double m = double_of((u & 0xfffffffffffff) + 0x3fe6a09e667f3bcd);
    double s = (m - 1) / (m + 1), z = s * s;
    double p = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z * (1.0 / 13))))));
    return e + 2 * 1.44269504088896340736 * s * p;
}

static inline double exp2_lane(double x)
{
    x = x < -300 ? -300 : x > 300 ? 300 : x;
    double n = x + ROUNDER;
    uint64_t scale = (bits_of(n) + 1023) << 52;
    double r = (x - (n - ROUNDER)) * 0.69314718055994530942;
    double p = 1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320))));
    return (1 + r * (1 + r * (0.5 + r * (1.0 / 6 + r * p)))) * double_of(scale);
}

static inline bool plain_power(float a, float b) { return a > 0 && a < INFINITY && fabsf(b) < INFINITY; }

static void f32_pow_lanes(const tt_pw_args *x)
{
    for (int64_t i = 0; i < x->n; i += TT_PW_LANES) {
        float r_[TT_PW_LANES];
        TAKE(float, a)
        TAKE(float, b)
        for (int l = 0; l < TT_PW_LANES; l++)
            r_[l] = (float)exp2_lane((double)b_[l] * log2_lane((double)a_[l]));
        for (int l = 0; l < TT_PW_LANES; l++)
            if (!plain_power(a_[l], b_[l]))
                r_[l] = powf(a_[l], b_[l]);
        put(x->dst, r_, i, x->n - i, sizeof(float));
    }
}

VECTOR1(CUBE, a *a *a)
VECTOR1(RSQUARE, 1 / (a * a))

/* PyTorch's special exponents. Zeros and infinities keep pow's results: a square root alone would give -inf a NaN, -0 a
 * -0. */
VECTOR1(POW_HALF, vf_select(vf_eq(a, vf_set(-INFINITY)), vf_set(INFINITY), vf_sqrt(a + 0.0f)))

static void f32_POW(const tt_pw_args *x)
{
    float exponent = x->b_mask == 0 ? *(const float *)x->b : NAN;

    if (exponent == 2)
        f32_SQUARE(x);
    else if (exponent == 3)
        f32_CUBE(x);
    else if (exponent == 1)
        f32_MOV(x);
    else if (exponent == 0.5f)
        f32_POW_HALF(x);
    else if (exponent == -0.5f)
        f32_RSQRT(x);
    else if (exponent == -1)
        f32_RECIPROCAL(x);
    else if (exponent == -2)
        f32_RSQUARE(x);
    else
        f32_pow_lanes(x);
}

/* ---- the table */

/* clang-format off */
static void fill_f32(struct tt_pointwise_kernels *k)
{
#define F32_ROW(NAME) k->fn[TT_PW_##NAME][TT_PW_F32] = f32_##NAME;
    F32_ROW(MOV)
    F32_ROW(ADD)
    F32_ROW(SUB)
    F32_ROW(MUL)
    F32_ROW(DIV)
    F32_ROW(DIV_TRUNC)
    F32_ROW(POW) F32_ROW(MIN) F32_ROW(MAX) F32_ROW(FMIN) F32_ROW(FMAX) F32_ROW(NEG) F32_ROW(ABS) F32_ROW(SIGN)
        F32_ROW(SQUARE) F32_ROW(FMA) F32_ROW(CLAMP) F32_ROW(COPYSIGN) F32_ROW(SQRT) F32_ROW(RSQRT) F32_ROW(RECIPROCAL)
            F32_ROW(EXP) F32_ROW(EXP2) F32_ROW(EXPM1) F32_ROW(LOG) F32_ROW(LOG2) F32_ROW(LOG10) F32_ROW(LOG1P)
                F32_ROW(SIN) F32_ROW(COS) F32_ROW(TAN) F32_ROW(TANH) F32_ROW(ERF) F32_ROW(ERFC) F32_ROW(CEIL)
                    F32_ROW(FLOOR) F32_ROW(ROUND) F32_ROW(TRUNC) F32_ROW(SIGMOID) F32_ROW(RELU) F32_ROW(GELU)
                        F32_ROW(GELU_TANH) F32_ROW(SILU) F32_ROW(SOFTPLUS) F32_ROW(LOGSIGMOID) F32_ROW(MISH)
                            F32_ROW(HARDSIGMOID) F32_ROW(HARDSWISH)
#undef F32_ROW
}

static void fill_lanes(struct tt_pointwise_kernels *k)
{
#define ROW(T, NAME) k->fn[TT_PW_##NAME][TT_PW_##T] = T##_##NAME;
#define FLOATS(NAME) ROW(F32, NAME) ROW(F64, NAME)
#define ALL(NAME)    FLOATS(NAME) ROW(I64, NAME) ROW(BOOL, NAME)
    ALL(EQ)
    ALL(NE)
    ALL(LT)
    ALL(LE)
    ALL(GT)
    ALL(GE)
    ALL(WHERE) FLOATS(ASIN) FLOATS(ACOS) FLOATS(ATAN) FLOATS(SINH) FLOATS(COSH) FLOATS(ASINH) FLOATS(ACOSH) FLOATS(
        ATANH) FLOATS(ERFINV) FLOATS(LGAMMA) FLOATS(DIGAMMA) FLOATS(ATAN2) FLOATS(HYPOT) FLOATS(FMOD) FLOATS(REMAINDER)
        FLOATS(DIV_FLOOR) FLOATS(NEXTAFTER) FLOATS(ISNAN) FLOATS(ISINF) ROW(F64, MOV) ROW(F64, ADD) ROW(F64, SUB)
            ROW(F64, MUL) ROW(F64, DIV) ROW(F64, DIV_TRUNC) ROW(F64, POW) ROW(F64, MIN) ROW(F64, MAX) ROW(F64, FMIN)
                ROW(F64, FMAX) ROW(F64, NEG) ROW(F64, ABS) ROW(F64, SIGN) ROW(F64, SQUARE) ROW(F64, FMA) ROW(F64, CLAMP)
                    ROW(F64, COPYSIGN) ROW(F64, SQRT) ROW(F64, RSQRT) ROW(F64, RECIPROCAL) ROW(F64, EXP) ROW(F64, EXP2)
                        ROW(F64, EXPM1) ROW(F64, LOG) ROW(F64, LOG2) ROW(F64, LOG10) ROW(F64, LOG1P) ROW(F64, SIN)
                            ROW(F64, COS) ROW(F64, TAN) ROW(F64, TANH) ROW(F64, ERF) ROW(F64, ERFC) ROW(F64, CEIL)
                                ROW(F64, FLOOR) ROW(F64, ROUND) ROW(F64, TRUNC) ROW(F64, SIGMOID) ROW(F64, RELU)
                                    ROW(F64, GELU) ROW(F64, GELU_TANH) ROW(F64, SILU) ROW(F64, SOFTPLUS)
                                        ROW(F64, LOGSIGMOID) ROW(F64, MISH) ROW(F64, HARDSIGMOID) ROW(F64, HARDSWISH)
                                            ROW(I64, MOV) ROW(I64, ADD) ROW(I64, SUB) ROW(I64, MUL) ROW(I64, DIV_FLOOR)
                                                ROW(I64, DIV_TRUNC) ROW(I64, REMAINDER) ROW(I64, FMOD) ROW(I64, POW)
                                                    ROW(I64, MIN) ROW(I64, MAX) ROW(I64, NEG) ROW(I64, ABS)
                                                        ROW(I64, SIGN) ROW(I64, SQUARE) ROW(I64, FMA) ROW(I64, CLAMP)
                                                            ROW(I64, RELU) ROW(I64, AND) ROW(I64, OR) ROW(I64, XOR)
                                                                ROW(I64, NOT) ROW(I64, SHL) ROW(I64, SHR) ROW(BOOL, MOV)
                                                                    ROW(BOOL, AND) ROW(BOOL, OR) ROW(BOOL, XOR)
                                                                        ROW(BOOL, NOT)
#undef ALL
#undef FLOATS
#undef ROW
}
/* clang-format on */

/* clang-format on */

/* Instructions whose meaning another one already has for this type. */
static void fill_synonyms(struct tt_pointwise_kernels *k)
{
    k->fn[TT_PW_FMIN][TT_PW_I64] = I64_MIN;
    k->fn[TT_PW_FMAX][TT_PW_I64] = I64_MAX;
    k->fn[TT_PW_ISNAN][TT_PW_I64] = I64_NONE;
    k->fn[TT_PW_ISINF][TT_PW_I64] = I64_NONE;
    k->fn[TT_PW_ADD][TT_PW_BOOL] = k->fn[TT_PW_MAX][TT_PW_BOOL] = k->fn[TT_PW_FMAX][TT_PW_BOOL] = BOOL_OR;
    k->fn[TT_PW_MUL][TT_PW_BOOL] = k->fn[TT_PW_MIN][TT_PW_BOOL] = k->fn[TT_PW_FMIN][TT_PW_BOOL] = BOOL_AND;
}

void TT_FOR_ISA(tt_pointwise_fill)(tt_kernels *kernels)
{
    fill_f32(&kernels->pointwise);
    fill_lanes(&kernels->pointwise);
    fill_synonyms(&kernels->pointwise);
}
