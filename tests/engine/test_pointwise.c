/* The pointwise evaluator: every instruction on every operand type and level against the formula in double (or int64),
 * the conversions of every data type, and the shapes, strides and aliases that binding has to see through. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/cpu/kernels/table.h"

#define MAX_N 1200

static const char *const op_names[] = {
#define PW(NAME, n) #NAME,
#include "engine/cpu/kernels/pointwise.def"
#undef PW
};
static const int op_operands[] = {
#define PW(NAME, n) n,
#include "engine/cpu/kernels/pointwise.def"
#undef PW
};
static const tt_dtype own_dtype[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT64, TTRT_DTYPE_INT64, TTRT_DTYPE_BOOL};

static uint64_t seed = 1;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double uniform(double low, double high) { return low + (high - low) * (double)(random_bits() >> 11) * 0x1p-53; }

static bool gives_bool(int op) { return (op >= TT_PW_EQ && op <= TT_PW_GE) || op == TT_PW_ISNAN || op == TT_PW_ISINF; }

static double digamma(double x)
{
    double result = 0;

    if (x == 0)
        return copysign((double)INFINITY, -x);
    if (x < 0)
        return x == floor(x) ? (double)NAN : digamma(1 - x) - M_PI / tan(M_PI * (x - trunc(x)));
    for (; x < 60; x++)
        result -= 1 / x;
    return x == (double)INFINITY
               ? x
               : result + log(x) - 1 / (2 * x) - 1 / (12 * x * x) + 1 / (120 * pow(x, 4)) - 1 / (252 * pow(x, 6));
}

static double erfinv(double y)
{
    double low = -7, high = 7;

    if (!(fabs(y) < 1))
        return fabs(y) == 1 ? copysign((double)INFINITY, y) : (double)NAN;
    for (int i = 0; i < 300; i++) {
        double mid = (low + high) / 2;
        /* The tails by the complement: erf alone cannot tell them from 1. */
        bool below = fabs(y) < 0.5 ? erf(mid) < y : y < 0 ? erfc(-mid) < 1 + y : erfc(mid) > 1 - y;
        *(below ? &low : &high) = mid;
    }
    return (low + high) / 2;
}

static double remainder_py(double a, double b)
{
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static double sigmoid(double a) { return 1 / (1 + exp(-a)); }
static double nan_min(double a, double b) { return isnan(a) || isnan(b) ? (double)NAN : fmin(a, b); }
static double nan_max(double a, double b) { return isnan(a) || isnan(b) ? (double)NAN : fmax(a, b); }
static double hard(double a) { return nan_min(nan_max(a + 3, 0), 6) / 6; }

/* clang-format off: one case a line */
static double reference(int op, double a, double b, double c)
{
    switch (op) {
    case TT_PW_MOV:
        return a;
    case TT_PW_ADD:
        return a + b;
    case TT_PW_SUB:
        return a - b;
    case TT_PW_MUL:
        return a * b;
    case TT_PW_DIV:
        return a / b;
    case TT_PW_DIV_FLOOR:
        return b == 0 ? a / b : (a - remainder_py(a, b)) / b;
    case TT_PW_DIV_TRUNC:
        return trunc(a / b);
    case TT_PW_REMAINDER:
        return remainder_py(a, b);
    case TT_PW_FMOD:
        return fmod(a, b);
    case TT_PW_POW:
        return pow(a, b);
    case TT_PW_MIN:
        return nan_min(a, b);
    case TT_PW_MAX:
        return nan_max(a, b);
    case TT_PW_FMIN:
        return fmin(a, b);
    case TT_PW_FMAX:
        return fmax(a, b);
    case TT_PW_NEG:
        return -a;
    case TT_PW_ABS:
        return fabs(a);
    case TT_PW_SIGN:
        return (a > 0) - (a < 0);
    case TT_PW_SQUARE:
        return a * a;
    case TT_PW_FMA:
        return a * b + c;
    case TT_PW_CLAMP:
        return nan_min(nan_max(a, b), c);
    case TT_PW_ATAN2:
        return atan2(a, b);
    case TT_PW_COPYSIGN:
        return copysign(a, b);
    case TT_PW_HYPOT:
        return hypot(a, b);
    case TT_PW_SQRT:
        return sqrt(a);
    case TT_PW_RSQRT:
        return 1 / sqrt(a);
    case TT_PW_RECIPROCAL:
        return 1 / a;
    case TT_PW_EXP:
        return exp(a);
    case TT_PW_EXP2:
        return exp2(a);
    case TT_PW_EXPM1:
        return expm1(a);
    case TT_PW_LOG:
        return log(a);
    case TT_PW_LOG2:
        return log2(a);
    case TT_PW_LOG10:
        return log10(a);
    case TT_PW_LOG1P:
        return log1p(a);
    case TT_PW_SIN:
        return sin(a);
    case TT_PW_COS:
        return cos(a);
    case TT_PW_TAN:
        return tan(a);
    case TT_PW_ASIN:
        return asin(a);
    case TT_PW_ACOS:
        return acos(a);
    case TT_PW_ATAN:
        return atan(a);
    case TT_PW_SINH:
        return sinh(a);
    case TT_PW_COSH:
        return cosh(a);
    case TT_PW_TANH:
        return tanh(a);
    case TT_PW_ASINH:
        return asinh(a);
    case TT_PW_ACOSH:
        return acosh(a);
    case TT_PW_ATANH:
        return atanh(a);
    case TT_PW_ERF:
        return erf(a);
    case TT_PW_ERFC:
        return erfc(a);
    case TT_PW_ERFINV:
        return erfinv(a);
    case TT_PW_LGAMMA:
        return lgamma(a);
    case TT_PW_DIGAMMA:
        return digamma(a);
    case TT_PW_CEIL:
        return ceil(a);
    case TT_PW_FLOOR:
        return floor(a);
    case TT_PW_ROUND:
        return rint(a);
    case TT_PW_TRUNC:
        return trunc(a);
    case TT_PW_SIGMOID:
        return sigmoid(a);
    case TT_PW_RELU:
        return a < 0 ? 0 : a;
    case TT_PW_GELU:
        return a * 0.5 * erfc(-a * M_SQRT1_2);
    case TT_PW_GELU_TANH:
        return a * sigmoid(2 * sqrt(2 / M_PI) * (a + 0.044715 * a * a * a));
    case TT_PW_SILU:
        return a / (1 + exp(-a));
    case TT_PW_SOFTPLUS:
        return a > 20 ? a : log1p(exp(a));
    case TT_PW_LOGSIGMOID:
        return a < -700 ? a : -log1p(exp(-a));
    case TT_PW_MISH:
        return a * tanh(log1p(exp(a)));
    case TT_PW_HARDSIGMOID:
        return hard(a);
    case TT_PW_HARDSWISH:
        return a * hard(a);
    case TT_PW_EQ:
        return a == b;
    case TT_PW_NE:
        return a != b;
    case TT_PW_LT:
        return a < b;
    case TT_PW_LE:
        return a <= b;
    case TT_PW_GT:
        return a > b;
    case TT_PW_GE:
        return a >= b;
    case TT_PW_ISNAN:
        return isnan(a) != 0;
    case TT_PW_ISINF:
        return isinf(a) != 0;
    case TT_PW_WHERE:
        return a != 0 ? b : c;
    }
    fail_msg("no reference of %s", op_names[op]);
    return 0;
}

static int64_t reference_i64(int op, int64_t a, int64_t b, int64_t c)
{
    __int128 wide = a, by = b;
    __int128 q = b ? wide / by : 0, r = b ? wide % by : 0;
    bool down = r != 0 && (r < 0) != (by < 0);

    switch (op) {
    case TT_PW_MOV:
        return a;
    case TT_PW_ADD:
        return (int64_t)(wide + by);
    case TT_PW_SUB:
        return (int64_t)(wide - by);
    case TT_PW_MUL:
        return (int64_t)(wide * by);
    case TT_PW_DIV_FLOOR:
        return (int64_t)(q - down);
    case TT_PW_DIV_TRUNC:
        return (int64_t)q;
    case TT_PW_REMAINDER:
        return (int64_t)(r + (down ? by : 0));
    case TT_PW_FMOD:
        return (int64_t)r;
    case TT_PW_POW: {
        if (b < 0)
            return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
        uint64_t p = 1;
        for (int64_t i = 0; i < (b < 100 ? b : 0); i++)
            p *= (uint64_t)a;
        return (int64_t)p;
    }
    case TT_PW_MIN:
    case TT_PW_FMIN:
        return a < b ? a : b;
    case TT_PW_MAX:
    case TT_PW_FMAX:
        return a > b ? a : b;
    case TT_PW_NEG:
        return (int64_t)-wide;
    case TT_PW_ABS:
        return (int64_t)(wide < 0 ? -wide : wide);
    case TT_PW_SIGN:
        return (a > 0) - (a < 0);
    case TT_PW_SQUARE:
        return (int64_t)((uint64_t)a * (uint64_t)a);
    case TT_PW_FMA:
        return (int64_t)((uint64_t)a * (uint64_t)b + (uint64_t)c);
    case TT_PW_CLAMP:
        a = a > b ? a : b;
        return a < c ? a : c;
    case TT_PW_RELU:
        return a < 0 ? 0 : a;
    case TT_PW_AND:
        return a & b;
    case TT_PW_OR:
        return a | b;
    case TT_PW_XOR:
        return a ^ b;
    case TT_PW_NOT:
        return ~a;
    case TT_PW_SHL:
        return b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b);
    case TT_PW_SHR:
        return b < 0 || b > 63 ? (a < 0 ? -1 : 0) : a >> b;
    case TT_PW_ISNAN:
    case TT_PW_ISINF:
        return 0;
    case TT_PW_EQ:
        return a == b;
    case TT_PW_NE:
        return a != b;
    case TT_PW_LT:
        return a < b;
    case TT_PW_LE:
        return a <= b;
    case TT_PW_GT:
        return a > b;
    case TT_PW_GE:
        return a >= b;
    case TT_PW_WHERE:
        return a ? b : c;
    }
    fail_msg("no reference of %s on I64", op_names[op]);
    return 0;
}

/* clang-format on */

static int64_t reference_bool(int op, int a, int b, int c)
{
    switch (op) {
    case TT_PW_MUL:
    case TT_PW_AND:
    case TT_PW_MIN:
    case TT_PW_FMIN:
        return a && b;
    case TT_PW_ADD:
    case TT_PW_OR:
    case TT_PW_MAX:
    case TT_PW_FMAX:
        return a || b;
    case TT_PW_NOT:
        return !a;
    default:
        return reference_i64(op, a, b, c);
    }
}

/* Random values of a type, among them the corners. */
static void fill_random(void *p, tt_pw_type type, int64_t n, int op)
{
    static const double corners[] = {0,   -0.0, 1, -1,  INFINITY, -INFINITY, NAN,   1e-42, -1e-42,
                                     0.5, 2,    3, 1e5, -1e5,     1e30,      -1e30, 88.8,  -104};
    static const int64_t int_corners[] = {0, 1, -1, INT64_MIN, INT64_MAX, 63, 64, 65, -64, 2, 1 << 20};

    for (int64_t i = 0; i < n; i++) {
        uint64_t pick = random_bits() % 8;
        double x = pick == 0  ? corners[random_bits() % TT_COUNT(corners)]
                   : pick < 4 ? uniform(-1, 1)
                   : pick < 6 ? uniform(-10, 10)
                              : uniform(-100, 100);
        switch (type) {
        case TT_PW_F32:
            ((float *)p)[i] = (float)x;
            break;
        case TT_PW_F64:
            ((double *)p)[i] = x;
            break;
        case TT_PW_I64:
            ((int64_t *)p)[i] = pick == 0 && op != TT_PW_POW ? int_corners[random_bits() % TT_COUNT(int_corners)]
                                                             : (int64_t)(random_bits() % 41) - 20;
            break;
        case TT_PW_BOOL:
            ((uint8_t *)p)[i] = random_bits() & 1;
            break;
        }
    }
}

/* Units in the last place of T at `want`, and what the denormals' absolute spacing forgives. */
static bool close_enough(int op, tt_pw_type type, double got, double want, double size)
{
    if (isnan(want))
        return isnan(got);
    bool f32 = type == TT_PW_F32;
    if (f32 && !isinf(want) && fabs(want) > 3.402e38)
        return fabs(got) > 3.4e38;
    if (isinf(want) || isinf(got))
        return got == want;
    double epsilon = f32 && op != TT_PW_ERFINV ? 0x1p-23 : 0x1p-52, ulps = 4;
    /* Near a zero of the function, relative to the terms that cancel; plain C squares without FMA: e^-x^2 loses x^2
     * ulp. */
    if (op == TT_PW_DIGAMMA || op == TT_PW_LGAMMA || op == TT_PW_FMA)
        return fabs(got - want) <= 1e-6 * (f32 ? 1 : 1e-5) * (size + fabs(want)) + 1e-37;
    if (op == TT_PW_ERFC || op == TT_PW_GELU || op == TT_PW_GELU_TANH)
        ulps = 100;
    if (op == TT_PW_ERFINV) /* PyTorch's formula: near 1, erf(x) - y has few digits left */
        ulps = 1e9;
    if (op == TT_PW_DIV_FLOOR)
        return fabs(got - want) <= fmax(1e-6 * fabs(want), fabs(want - rint(want)) > 1e-3 ? 0 : 1) ||
               got == floor(want);
    if (op == TT_PW_DIV_TRUNC)
        return fabs(got - want) <= fmax(1e-6 * fabs(want), 1);
    return fabs(got - want) <= ulps * epsilon * fabs(want) || fabs(got - want) <= 1e-35;
}

static tt_pw_program one_op(int op, tt_pw_type type)
{
    tt_pw_program p = {.n_in = op_operands[op], .n_out = 1, .n_regs = 4};
    tt_pw_type to = gives_bool(op) ? TT_PW_BOOL : type;

    for (int i = 0; i < p.n_in; i++) {
        tt_pw_type of = op == TT_PW_WHERE && i == 0 ? TT_PW_BOOL : type;
        p.in_dtype[i] = own_dtype[of];
        p.ins[p.n_ins++] = (tt_pw_ins){.op = TT_PW_LOAD,
                                       .type = (uint8_t)of,
                                       .to = (uint8_t)of,
                                       .dst = (uint8_t)i,
                                       .a = (uint8_t)i,
                                       .wrap = TT_DTYPE_NONE};
    }
    p.ins[p.n_ins++] = (tt_pw_ins){.op = (uint16_t)op,
                                   .type = (uint8_t)type,
                                   .to = (uint8_t)to,
                                   .dst = 3,
                                   .a = 0,
                                   .b = 1,
                                   .c = 2,
                                   .wrap = TT_DTYPE_NONE};
    p.ins[p.n_ins++] =
        (tt_pw_ins){.op = TT_PW_STORE, .type = (uint8_t)to, .to = (uint8_t)to, .a = 0, .b = 3, .wrap = TT_DTYPE_NONE};
    p.out_dtype[0] = own_dtype[to];
    return p;
}

static tt_view flat(tt_dtype d, int64_t n, int64_t stride)
{
    return (tt_view){.dtype = d, .rank = 1, .dims = {n}, .strides = {stride}};
}

static double element(const void *p, tt_dtype d, int64_t i)
{
    return tt_load_f64((const char *)p + (size_t)i * ttrt_dtype_size(d), d);
}

static void check_element(const tt_kernels *k, int op, tt_pw_type type, int64_t n, const void *out, void *const *in,
                          const int64_t *strides, int64_t i)
{
    tt_pw_type to = gives_bool(op) ? TT_PW_BOOL : type, first = op == TT_PW_WHERE ? TT_PW_BOOL : type;
    double a = element(in[0], own_dtype[first], i * strides[0]), b = element(in[1], own_dtype[type], i * strides[1]);
    double c = element(in[2], own_dtype[type], i * strides[2]), got = element(out, own_dtype[to], i);

    if (type == TT_PW_I64 || type == TT_PW_BOOL) {
        int64_t x[3];
        for (int o = 0; o < 3; o++) {
            tt_pw_type of = o == 0 ? first : type;
            x[o] = tt_load_i64((const char *)in[o] + (size_t)(i * strides[o]) * ttrt_dtype_size(own_dtype[of]),
                               own_dtype[of]);
        }
        int64_t want = type == TT_PW_I64 ? reference_i64(op, x[0], x[1], x[2])
                                         : reference_bool(op, (int)x[0], (int)x[1], (int)x[2]);
        int64_t have = tt_load_i64((const char *)out + (size_t)i * ttrt_dtype_size(own_dtype[to]), own_dtype[to]);
        if (have != want)
            fail_msg("%s type %d level %d n %ld: (%ld, %ld, %ld) gives %ld, not %ld", op_names[op], type, k->isa, n,
                     x[0], x[1], x[2], have, want);
        return;
    }
    if (op == TT_PW_NEXTAFTER) {
        assert_true(type == TT_PW_F32 ? isnan(a + b) || (float)got == nextafterf((float)a, (float)b)
                                      : isnan(a + b) || got == nextafter(a, b));
        return;
    }
    /* Known differences: PyTorch's special exponents; infinity minus infinity inside floor division. */
    if ((op == TT_PW_POW && isinf(a)) || (op == TT_PW_DIV_FLOOR && (isinf(a) || isinf(b) || isnan(a / b))))
        return;
    double want = reference(op, a, b, c);
    if (!close_enough(op, type, got, want, op == TT_PW_FMA ? fabs(a * b) + fabs(c) : 1))
        fail_msg("%s type %d level %d n %ld: (%.9g, %.9g, %.9g) gives %.9g, not %.9g", op_names[op], type, k->isa, n, a,
                 b, c, got, want);
}

/* Sizes around vectors, lanes and blocks; operands contiguous, of one value, or strided; memory unaligned. */
static void check_op(const tt_kernels *k, int op, tt_pw_type type)
{
    static const int64_t sizes[] = {0, 1, 3, 15, 16, 17, 33, 257, MAX_N};
    static const int64_t stride_sets[][3] = {{1, 1, 1}, {1, 0, 0}, {0, 1, 1}, {2, 1, 0}, {0, 0, 0}};
    static uint8_t memory[4][MAX_N * 16 + 8];
    tt_pw_program p = one_op(op, type);
    void *in[3];

    for (int i = 0; i < 3; i++)
        in[i] = memory[i] + (type == TT_PW_BOOL ? 1 : 8);
    for (size_t s = 0; s < TT_COUNT(sizes); s++)
        for (size_t t = 0; t < TT_COUNT(stride_sets); t++) {
            tt_pw_loop loop;
            tt_view out = flat(p.out_dtype[0], sizes[s], 1), ins[3];
            void *o = memory[3] + (gives_bool(op) ? 1 : 8);
            const void *const *const lent = (const void *const *)in;
            for (int i = 0; i < 3; i++) {
                fill_random(in[i], op == TT_PW_WHERE && i == 0 ? TT_PW_BOOL : type, sizes[s] * 2 + 1, op);
                ins[i] = flat(p.in_dtype[i], sizes[s], stride_sets[t][i]);
            }
            assert_int_equal(tt_pw_bind(&p, &out, ins, &loop), TTRT_OK);
            tt_pw_run(k, NULL, &loop, &o, lent);
            for (int64_t i = 0; i < sizes[s]; i++)
                check_element(k, op, type, sizes[s], o, in, stride_sets[t], i);
        }
}

static void every_op(void **state)
{
    for (int level = 0; level < TT_ISA_COUNT; level++) {
        const tt_kernels *k = tt_kernels_level((tt_isa)level);
        for (int op = TT_PW_MOV; k && op < TT_PW_OP_COUNT; op++)
            for (int type = 0; type < TT_N_PW_TYPES; type++)
                if (k->pointwise.fn[op][type])
                    check_op(k, op, (tt_pw_type)type);
                else
                    assert_int_not_equal(
                        tt_pw_check(&(tt_pw_program){
                            .n_ins = 1, .n_regs = 1, .n_out = 1, .ins = {{.op = (uint16_t)op, .type = (uint8_t)type}}}),
                        TTRT_OK);
    }
}

static void wide_angles(void **state)
{
    for (int level = 0; level < TT_ISA_COUNT; level++) {
        const tt_kernels *k = tt_kernels_level((tt_isa)level);
        for (int op = TT_PW_SIN; k && op <= TT_PW_TAN; op++) {
            float x[64], y[64];
            tt_pw_args args = {.dst = y, .a = x, .a_mask = -1, .n = 64};
            for (int i = 0; i < 64; i++)
                x[i] = (float)((i % 2 ? -1 : 1) * pow(10, i / 4.0 - 4));
            k->pointwise.fn[op][TT_PW_F32](&args);
            for (int i = 0; i < 64; i++)
                if (!close_enough(op, TT_PW_F32, y[i], reference(op, x[i], 0, 0), 0))
                    fail_msg("%s(%g) = %g", op_names[op], (double)x[i], (double)y[i]);
        }
    }
}

static void special_exponents(void **state)
{
    static const float exponents[] = {2, 3, 1, 0.5f, -0.5f, -1, -2, 4, 0, 2.5f, -3};

    for (int level = 0; level < TT_ISA_COUNT; level++) {
        const tt_kernels *k = tt_kernels_level((tt_isa)level);
        for (size_t e = 0; k && e < TT_COUNT(exponents); e++) {
            float x[19], y[19], lanes[TT_PW_LANES];
            tt_pw_args args = {.dst = y, .a = x, .a_mask = -1, .b = lanes, .n = 19};
            for (int i = 0; i < 19; i++)
                x[i] = (float)uniform(-5, 5);
            for (int i = 0; i < TT_PW_LANES; i++)
                lanes[i] = exponents[e];
            k->pointwise.fn[TT_PW_POW][TT_PW_F32](&args);
            for (int i = 0; i < 19; i++)
                assert_true(close_enough(TT_PW_POW, TT_PW_F32, y[i], pow(x[i], exponents[e]), 0));
        }
    }
}

/* LOAD from one data type, STORE to another, as single elements convert. */
static void every_conversion(void **state)
{
    static const tt_dtype dtypes[] = {
        TTRT_DTYPE_UINT8,       TTRT_DTYPE_INT8,          TTRT_DTYPE_INT16,   TTRT_DTYPE_INT32, TTRT_DTYPE_INT64,
        TTRT_DTYPE_FLOAT16,     TTRT_DTYPE_FLOAT32,       TTRT_DTYPE_FLOAT64, TTRT_DTYPE_BOOL,  TTRT_DTYPE_BFLOAT16,
        TTRT_DTYPE_FLOAT8_E5M2, TTRT_DTYPE_FLOAT8_E4M3FN, TTRT_DTYPE_UINT16,  TTRT_DTYPE_UINT32};
    static const int64_t strides[][2] = {{1, 1}, {1, 2}, {3, 1}, {0, 1}, {0, 2}};

    for (size_t c = 0; c < TT_COUNT(dtypes) * TT_COUNT(dtypes) * TT_COUNT(strides) * TT_ISA_COUNT; c++) {
        tt_dtype from = dtypes[c % TT_COUNT(dtypes)], to = dtypes[c / TT_COUNT(dtypes) % TT_COUNT(dtypes)];
        const int64_t *stride = strides[c / TT_COUNT(dtypes) / TT_COUNT(dtypes) % TT_COUNT(strides)];
        const tt_kernels *k = tt_kernels_level((tt_isa)(c / TT_COUNT(dtypes) / TT_COUNT(dtypes) / TT_COUNT(strides)));
        uint8_t in[8 * 3 * 100], out[8 * 2 * 100], want[8];
        const void *ins = in;
        void *outs = out;
        tt_pw_type type = to == TTRT_DTYPE_FLOAT64 ? TT_PW_F64
                          : tt_dtype_is_float(to)  ? TT_PW_F32
                          : to == TTRT_DTYPE_BOOL  ? TT_PW_BOOL
                                                   : TT_PW_I64;
        tt_pw_program p = {.n_ins = 2,
                           .n_regs = 1,
                           .n_in = 1,
                           .n_out = 1,
                           .in_dtype = {from},
                           .out_dtype = {to},
                           .ins = {{.op = TT_PW_LOAD, .to = (uint8_t)type, .wrap = TT_DTYPE_NONE},
                                   {.op = TT_PW_STORE, .type = (uint8_t)type, .wrap = TT_DTYPE_NONE}}};
        tt_view out_view = flat(to, 100, stride[1]), in_view = flat(from, 100, stride[0]);
        tt_pw_loop loop;
        if (!k)
            continue;
        for (int i = 0; i < 300; i++)
            tt_store_f64(in + (size_t)i * ttrt_dtype_size(from), from,
                         tt_dtype_is_signed(from) && tt_dtype_is_signed(to) ? uniform(-100, 100) : uniform(0, 100));
        assert_int_equal(tt_pw_bind(&p, &out_view, &in_view, &loop), TTRT_OK);
        tt_pw_run(k, NULL, &loop, &outs, &ins);
        for (int i = 0; i < 100; i++) {
            tt_store_f64(want, to, tt_load_f64(in + (size_t)(i * stride[0]) * ttrt_dtype_size(from), from));
            if (memcmp(want, out + (size_t)(i * stride[1]) * ttrt_dtype_size(to), ttrt_dtype_size(to)) != 0)
                fail_msg("%s to %s, level %d, strides %ld %ld: %g gives %g", tt_dtype_short(from), tt_dtype_short(to),
                         k->isa, stride[0], stride[1], element(in, from, i * stride[0]),
                         element(out, to, i * stride[1]));
        }
    }
}

static void casts(void **state)
{
    float x[20] = {3e9f, -3e9f, NAN, INFINITY, -INFINITY, 1e20f, 300, -5, -0.5f, 0.99f, -129, 2147483648.0f};
    int8_t out[20];
    const void *ins = x;
    void *outs = out;
    tt_pw_program p = {
        .n_ins = 3,
        .n_regs = 2,
        .n_in = 1,
        .n_out = 1,
        .in_dtype = {TTRT_DTYPE_FLOAT32},
        .out_dtype = {TTRT_DTYPE_INT8},
        .ins = {{.op = TT_PW_LOAD, .to = TT_PW_F32, .wrap = TT_DTYPE_NONE},
                {.op = TT_PW_CAST, .type = TT_PW_F32, .to = TT_PW_I64, .dst = 1, .wrap = TTRT_DTYPE_INT8},
                {.op = TT_PW_STORE, .type = TT_PW_I64, .b = 1}}};
    tt_view out_view = flat(TTRT_DTYPE_INT8, 20, 1), in_view = flat(TTRT_DTYPE_FLOAT32, 20, 1);
    tt_pw_loop loop;

    assert_int_equal(tt_pw_bind(&p, &out_view, &in_view, &loop), TTRT_OK);
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++) {
        tt_pw_run(tt_kernels_level((tt_isa)level), NULL, &loop, &outs, &ins);
        for (int i = 0; i < 20; i++) {
            bool fits = x[i] >= -0x1p63f && x[i] < 0x1p63f;
            assert_int_equal(out[i], (int8_t)(fits ? (int64_t)x[i] : INT64_MIN));
        }
    }
}

/* gelu(a * b + c) in one program over a 4-d shape with broadcasts and permuted outputs. */
static tt_pw_program fused_program(void)
{
    return (tt_pw_program){.n_ins = 6,
                           .n_regs = 3,
                           .n_in = 3,
                           .n_out = 1,
                           .in_dtype = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_FLOAT32},
                           .out_dtype = {TTRT_DTYPE_FLOAT32},
                           .ins = {{.op = TT_PW_LOAD, .dst = 0, .a = 0, .wrap = TT_DTYPE_NONE},
                                   {.op = TT_PW_LOAD, .dst = 1, .a = 1, .wrap = TT_DTYPE_NONE},
                                   {.op = TT_PW_LOAD, .dst = 2, .a = 2, .wrap = TT_DTYPE_NONE},
                                   {.op = TT_PW_FMA, .dst = 0, .a = 0, .b = 1, .c = 2, .wrap = TT_DTYPE_NONE},
                                   {.op = TT_PW_TANH, .dst = 0, .a = 0, .wrap = TT_DTYPE_NONE},
                                   {.op = TT_PW_STORE, .b = 0, .wrap = TT_DTYPE_NONE}}};
}

static tt_view permuted(tt_dtype d, const int64_t *dims, const int *order, uint32_t broadcast)
{
    tt_view v = {.dtype = d, .rank = 4};
    int64_t stride = 1;

    for (int i = 3; i >= 0; i--) {
        int dim = order[i];
        v.dims[dim] = broadcast >> dim & 1 ? 1 : dims[dim];
        v.strides[dim] = stride;
        stride *= v.dims[dim];
    }
    return v;
}

static int64_t offset_of(const tt_view *v, const int64_t *at)
{
    int64_t offset = 0;
    for (int d = 0; d < v->rank; d++)
        offset += v->dims[d] == 1 ? 0 : at[d] * v->strides[d];
    return offset;
}

static void shapes(void **state)
{
    static const int64_t shape_list[][4] = {{1, 1, 1, 1},    {2, 3, 5, 7}, {3, 1, 40, 33}, {2, 70, 3, 1},
                                            {1, 2, 1, 1500}, {2, 0, 3, 4}, {5, 64, 7, 7}};
    static const int orders[][4] = {{0, 1, 2, 3}, {0, 2, 3, 1}, {3, 2, 1, 0}, {1, 0, 3, 2}};
    static float x[40000], c[40000], out[40000];
    static uint16_t b[40000];
    tt_pw_program p = fused_program();

    for (size_t i = 0; i < 40000; i++) {
        x[i] = (float)uniform(-2, 2);
        b[i] = tt_f32_to_bf16((float)uniform(-2, 2));
        c[i] = (float)uniform(-2, 2);
    }
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (int t = 0; t < 7 * 4 * 4 * 16; t++) {
            const int64_t *dims = shape_list[t % 7];
            tt_view ins[3] = {permuted(TTRT_DTYPE_FLOAT32, dims, orders[t / 7 % 4], 0),
                              permuted(TTRT_DTYPE_BFLOAT16, dims, orders[0], (uint32_t)(t / 112)),
                              permuted(TTRT_DTYPE_FLOAT32, dims, orders[2], (uint32_t) ~(t / 112) & 15)};
            tt_view o = permuted(TTRT_DTYPE_FLOAT32, dims, orders[t / 28 % 4], 0);
            const void *in[] = {x, b, c};
            void *outs = out;
            tt_pw_loop loop;
            assert_int_equal(tt_pw_bind(&p, &o, ins, &loop), TTRT_OK);
            tt_pw_run(tt_kernels_level((tt_isa)level), tt_pool_threads(2), &loop, &outs, in);
            for (int64_t i = 0; i < dims[0] * dims[1] * dims[2] * dims[3]; i++) {
                int64_t at[4] = {i / (dims[1] * dims[2] * dims[3]), i / (dims[2] * dims[3]) % dims[1],
                                 i / dims[3] % dims[2], i % dims[3]};
                double want = tanh((double)x[offset_of(&ins[0], at)] * tt_bf16_to_f32(b[offset_of(&ins[1], at)]) +
                                   c[offset_of(&ins[2], at)]);
                assert_true(fabs(out[offset_of(&o, at)] - want) < 1e-6);
            }
        }
}

/* y = relu(x) and z = x + y with y written over x: the aliased register must have kept x. */
static void in_place(void **state)
{
    tt_pw_program p = {.n_ins = 5,
                       .n_regs = 2,
                       .n_in = 1,
                       .n_out = 2,
                       .in_dtype = {TTRT_DTYPE_FLOAT32},
                       .out_dtype = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
                       .ins = {{.op = TT_PW_LOAD, .dst = 0, .wrap = TT_DTYPE_NONE},
                               {.op = TT_PW_RELU, .dst = 1, .a = 0, .wrap = TT_DTYPE_NONE},
                               {.op = TT_PW_STORE, .a = 0, .b = 1, .wrap = TT_DTYPE_NONE},
                               {.op = TT_PW_ADD, .dst = 1, .a = 0, .b = 1, .wrap = TT_DTYPE_NONE},
                               {.op = TT_PW_STORE, .a = 1, .b = 1, .wrap = TT_DTYPE_NONE}}};
    tt_view v[2] = {flat(TTRT_DTYPE_FLOAT32, 3000, 1), flat(TTRT_DTYPE_FLOAT32, 3000, 1)};
    float x[3000], kept[3000], z[3000];
    tt_pw_loop loop;

    assert_int_equal(tt_pw_bind(&p, v, v, &loop), TTRT_OK);
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++) {
        for (int i = 0; i < 3000; i++)
            x[i] = kept[i] = (float)uniform(-1, 1);
        const void *ins = x;
        void *outs[] = {x, z};
        tt_pw_run(tt_kernels_level((tt_isa)level), NULL, &loop, outs, &ins);
        for (int i = 0; i < 3000; i++) {
            assert_true(x[i] == fmaxf(kept[i], 0));
            assert_true(z[i] == kept[i] + fmaxf(kept[i], 0));
        }
    }
}

/* relu(tile + bias) * scale + residual, to bf16, on tiles inside a larger matrix. */
static void epilogue(void **state)
{
    static const int64_t sizes[][4] = {{1, 32, 0, 0},   {14, 32, 3, 32}, {6, 48, 1, 0}, {3, 300, 2, 5},
                                       {2, 1100, 0, 1}, {5, 1, 0, 0},    {0, 32, 0, 0}};
    static float tile[20 * 1200], bias[1200], scale[20], residual[20 * 1200];
    static uint16_t out[20 * 1200];
    tt_epilogue e = {
        .program = {.n_ins = 8,
                    .n_regs = 4,
                    .n_in = 4,
                    .n_out = 1,
                    .in_dtype = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
                    .out_dtype = {TTRT_DTYPE_BFLOAT16},
                    .ins = {{.op = TT_PW_LOAD, .dst = 0, .a = 0, .wrap = TT_DTYPE_NONE},
                            {.op = TT_PW_LOAD, .dst = 1, .a = 1, .wrap = TT_DTYPE_NONE},
                            {.op = TT_PW_ADD, .dst = 0, .a = 0, .b = 1, .wrap = TT_DTYPE_NONE},
                            {.op = TT_PW_RELU, .dst = 0, .a = 0, .wrap = TT_DTYPE_NONE},
                            {.op = TT_PW_LOAD, .dst = 2, .a = 2, .wrap = TT_DTYPE_NONE},
                            {.op = TT_PW_LOAD, .dst = 3, .a = 3, .wrap = TT_DTYPE_NONE},
                            {.op = TT_PW_FMA, .dst = 0, .a = 0, .b = 2, .c = 3, .wrap = TT_DTYPE_NONE},
                            {.op = TT_PW_STORE, .b = 0, .wrap = TT_DTYPE_NONE}}},
        .in = {NULL, bias, scale, residual},
        .in_row = {0, 0, 1, 1200},
        .in_col = {0, 1, 0, 1},
        .out = out,
        .out_row = 1200};

    assert_int_equal(tt_pw_check(&e.program), TTRT_OK);
    for (int i = 0; i < 20 * 1200; i++) {
        tile[i] = (float)uniform(-1, 1);
        residual[i] = (float)uniform(-1, 1);
        bias[i % 1200] = (float)uniform(-1, 1);
        scale[i % 20] = (float)uniform(-1, 1);
    }
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (size_t s = 0; s < TT_COUNT(sizes); s++) {
            int64_t m = sizes[s][0], n = sizes[s][1], row = sizes[s][2], col = sizes[s][3];
            for (int64_t ld = n; ld <= n + 3; ld += 3) {
                memset(out, 0, sizeof out);
                tt_epilogue_run(tt_kernels_level((tt_isa)level), &e, tile, ld, row, m, col, n);
                for (int64_t i = 0; i < m; i++)
                    for (int64_t j = 0; j < n; j++) {
                        double x = fmax((double)tile[i * ld + j] + bias[col + j], 0) * scale[row + i] +
                                   residual[(row + i) * 1200 + col + j];
                        assert_true(fabs(tt_bf16_to_f32(out[(row + i) * 1200 + col + j]) - x) <=
                                    0.005 * fabs(x) + 1e-6);
                    }
                assert_int_equal(out[(row + m) * 1200], 0);
            }
        }
}

/* What each epilogue of a kind may hold, with the bits of `kind`: scale, bias, residual, ReLU, clamp, bf16 operands,
 * bf16 result. */
static void make_epilogue(int kind, tt_epilogue *e, const float *vector, const float *matrix, const uint16_t *narrow)
{
    tt_pw_program *p = &e->program;
    const struct {
        int bit;
        tt_pw_op op;
        int64_t row;
    } operands[] = {{1, TT_PW_MUL, 0}, {2, TT_PW_ADD, 0}, {4, TT_PW_ADD, 300}};

    *e = (tt_epilogue){.program = {.n_regs = 4, .n_in = 1, .n_out = 1, .in_dtype = {TTRT_DTYPE_FLOAT32}},
                       .out_row = 300};
    p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_LOAD, .wrap = TT_DTYPE_NONE};
    for (size_t i = 0; i < TT_COUNT(operands); i++) {
        if (!(kind & operands[i].bit))
            continue;
        bool is_narrow = kind & 32 && i > 0;
        p->in_dtype[p->n_in] = is_narrow ? TTRT_DTYPE_BFLOAT16 : TTRT_DTYPE_FLOAT32;
        e->in[p->n_in] = is_narrow ? (const void *)narrow : operands[i].row ? (const void *)matrix : vector;
        e->in_row[p->n_in] = operands[i].row;
        e->in_col[p->n_in] = 1;
        p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_LOAD, .dst = 1, .a = (uint8_t)p->n_in++, .wrap = TT_DTYPE_NONE};
        p->ins[p->n_ins++] =
            (tt_pw_ins){.op = (uint16_t)operands[i].op, .a = i % 2 ? 1 : 0, .b = i % 2 ? 0 : 1, .wrap = TT_DTYPE_NONE};
    }
    if (kind & 8)
        p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_RELU, .wrap = TT_DTYPE_NONE};
    if (kind & 16) {
        p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_CONST, .dst = 2, .f = 0, .wrap = TT_DTYPE_NONE};
        p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_CONST, .dst = 3, .f = 0.5, .wrap = TT_DTYPE_NONE};
        p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_CLAMP, .a = 0, .b = 2, .c = 3, .wrap = TT_DTYPE_NONE};
    }
    p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_STORE, .b = 0, .wrap = TT_DTYPE_NONE};
    p->out_dtype[0] = kind & 64 ? TTRT_DTYPE_BFLOAT16 : TTRT_DTYPE_FLOAT32;
}

/* Bit by bit as the evaluator has it, on every level. */
static void epilogue_in_one_pass(void **state)
{
    static const int64_t sizes[][4] = {{1, 32, 0, 0}, {5, 37, 3, 2}, {2, 300, 1, 0}, {3, 1, 0, 7}, {0, 32, 0, 0}};
    static float tile[8 * 320], vector[320], matrix[8 * 300];
    static uint16_t narrow[8 * 300];
    static float want[8 * 300], got[8 * 300]; /* or half as many bytes of bf16 */

    for (int i = 0; i < 8 * 320; i++)
        tile[i] = i % 97 == 0 ? NAN : i % 89 == 0 ? INFINITY : i % 83 == 0 ? -0.0f : (float)uniform(-1, 1);
    for (int i = 0; i < 8 * 300; i++) {
        matrix[i] = (float)uniform(-1, 1);
        vector[i % 320] = (float)uniform(-1, 1);
        narrow[i] = tt_f32_to_bf16((float)uniform(-1, 1));
    }
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (int kind = 0; kind < 128; kind++) {
            tt_epilogue e;
            tt_tile t;
            if ((kind & 24) == 24)
                continue;
            make_epilogue(kind, &e, vector, matrix, narrow);
            assert_int_equal(tt_pw_check(&e.program), TTRT_OK);
            assert_true(tt_tile_match(&e, &t));
            for (size_t s = 0; s < TT_COUNT(sizes); s++) {
                int64_t m = sizes[s][0], n = sizes[s][1], row = sizes[s][2], col = sizes[s][3];
                memset(want, 0, sizeof want);
                memset(got, 0, sizeof got);
                e.out = want;
                tt_epilogue_evaluate(tt_kernels_level((tt_isa)level), &e, tile, n + 3, row, m, col, n);
                e.out = got;
                tt_epilogue_run(tt_kernels_level((tt_isa)level), &e, tile, n + 3, row, m, col, n);
                if (memcmp(want, got, sizeof got) != 0)
                    fail_msg("epilogue of kind %d, level %d, tile %lldx%lld", kind, level, (long long)m, (long long)n);
            }
        }
}

/* Programs that are nearly such ones go to the evaluator. */
static void epilogue_not_in_one_pass(void **state)
{
    float vector[300] = {0}, matrix[300] = {0};
    uint16_t narrow[300] = {0};
    tt_epilogue e;
    tt_tile t;

    make_epilogue(2, &e, vector, matrix, narrow);
    e.in_row[1] = 1;
    e.in_col[1] = 0; /* a value for each row */
    assert_false(tt_tile_match(&e, &t));
    make_epilogue(2, &e, vector, matrix, narrow);
    e.program.ins[2].op = TT_PW_SUB;
    assert_false(tt_tile_match(&e, &t));
    make_epilogue(2, &e, vector, matrix, narrow);
    e.program.ins[2].wrap = TTRT_DTYPE_BFLOAT16; /* rounds on the way */
    assert_false(tt_tile_match(&e, &t));
    make_epilogue(2, &e, vector, matrix, narrow);
    e.program.ins[2].a = e.program.ins[2].b = 1; /* without the tile */
    assert_false(tt_tile_match(&e, &t));
    make_epilogue(8, &e, vector, matrix, narrow);
    e.program.out_dtype[0] = TTRT_DTYPE_FLOAT16;
    assert_false(tt_tile_match(&e, &t));
    make_epilogue(8 + 64, &e, vector, matrix, narrow);
    e.program.ins[1].op = TT_PW_SIGMOID;
    assert_false(tt_tile_match(&e, &t));
}

static void refuses(void **state)
{
    tt_pw_program p = fused_program(), bad;

    assert_int_equal(tt_pw_check(&p), TTRT_OK);
    bad = p;
    bad.ins[3].c = 3; /* a register that is none */
    assert_int_equal(tt_pw_check(&bad), TTRT_ERR_INTERNAL);
    bad = p;
    bad.ins[2].dst = 1; /* register 2 never gets a value */
    assert_int_equal(tt_pw_check(&bad), TTRT_ERR_INTERNAL);
    bad = p;
    bad.ins[4].op = TT_PW_AND; /* not on F32 */
    assert_int_equal(tt_pw_check(&bad), TTRT_ERR_INTERNAL);
    bad = p;
    bad.n_out = 2; /* never stored */
    assert_int_equal(tt_pw_check(&bad), TTRT_ERR_INTERNAL);
    bad = p;
    bad.in_dtype[0] = TTRT_DTYPE_COMPLEX64;
    assert_int_equal(tt_pw_check(&bad), TTRT_ERR_INTERNAL);
    bad = p;
    bad.ins[4] = bad.ins[5];
    bad.ins[5] = bad.ins[0]; /* a LOAD behind a STORE */
    assert_int_equal(tt_pw_check(&bad), TTRT_ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op),
        cmocka_unit_test(wide_angles),
        cmocka_unit_test(special_exponents),
        cmocka_unit_test(every_conversion),
        cmocka_unit_test(casts),
        cmocka_unit_test(shapes),
        cmocka_unit_test(in_place),
        cmocka_unit_test(epilogue),
        cmocka_unit_test(epilogue_in_one_pass),
        cmocka_unit_test(epilogue_not_in_one_pass),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
