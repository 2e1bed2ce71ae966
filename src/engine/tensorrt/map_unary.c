/* Operations on one tensor, element by element. One table; what TensorRT has no layer for is a formula. */
#include "engine/tensorrt/formula.h"

#include <math.h>

#define SMALL 0.25 /* below it exp(x) - 1 and log(1 + x) have lost too many digits */

static ITensor *is_small(tt_trt_map *m, ITensor *x) { return f_less_number(m, f_abs(m, x), SMALL); }

/* 0 for NaN, as PyTorch's. */
static ITensor *sign(tt_trt_map *m, ITensor *x)
{
    ITensor *negative = tt_trt_f_select(m, f_less_number(m, x, 0), tt_trt_f_number(m, -1, x), tt_trt_f_number(m, 0, x));

    return tt_trt_f_select(m, f_greater_number(m, x, 0), tt_trt_f_number(m, 1, x), negative);
}

static ITensor *rsqrt(tt_trt_map *m, ITensor *x) { return f_recip(m, f_sqrt(m, x)); }

static ITensor *exp2_of(tt_trt_map *m, ITensor *x)
{
    return tt_trt_f_number_with(m, TRT_ElementWiseOperation_kPOW, 2, x);
}

static ITensor *expm1_of(tt_trt_map *m, ITensor *x)
{
    static const double series[] = {0, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720};
    ITensor *near = f_mul(m, x, tt_trt_f_polynomial(m, x, TT_COUNT(series) - 1, series + 1));

    return tt_trt_f_select(m, is_small(m, x), near, f_add_number(m, f_exp(m, x), -1));
}

/* log(1 + x) = 2 artanh(x / (2 + x)) where x is small. */
ITensor *tt_trt_f_log1p(tt_trt_map *m, ITensor *x)
{
    static const double series[] = {2, 2.0 / 3, 2.0 / 5, 2.0 / 7};
    ITensor *s = f_div(m, x, f_add_number(m, x, 2));
    ITensor *near = f_mul(m, s, tt_trt_f_polynomial(m, f_mul(m, s, s), TT_COUNT(series), series));

    return tt_trt_f_select(m, is_small(m, x), near, f_log(m, f_add_number(m, x, 1)));
}

static ITensor *log2_of(tt_trt_map *m, ITensor *x) { return f_mul_number(m, f_log(m, x), M_LOG2E); }

static ITensor *log10_of(tt_trt_map *m, ITensor *x) { return f_mul_number(m, f_log(m, x), M_LOG10E); }

static ITensor *trunc_of(tt_trt_map *m, ITensor *x)
{
    return tt_trt_f_select(m, f_less_number(m, x, 0), tt_trt_f_unary(m, TRT_UnaryOperation_kCEIL, x), f_floor(m, x));
}

/* t exp(p(t) - x^2) with t = 1 / (1 + |x| / 2); the polynomial is fitted to log(erfc(x) / t) + x^2, to 5e-8. What is
 * left of x^2 after rounding makes the error of the whole up to 7e-6 where the result is 1e-37, 1e-6 where it is not
 * tiny. */
static ITensor *erfc_of(tt_trt_map *m, ITensor *x)
{
    static const double p[] = {-1.26545301,   0.998726131,  0.385906912, 0.0378116028, -0.00739361261,
                               -0.0652442338, -0.713116613, 1.1685634,   -0.685551234, 0.145750703};
    ITensor *size = f_abs(m, x);
    ITensor *t = f_recip(m, f_add_number(m, f_mul_number(m, size, 0.5), 1));
    ITensor *power = f_sub(m, tt_trt_f_polynomial(m, t, TT_COUNT(p), p), f_mul(m, size, size));
    ITensor *y = f_mul(m, t, f_exp(m, power));

    return tt_trt_f_select(m, f_less_number(m, x, 0), tt_trt_f_number_with(m, TRT_ElementWiseOperation_kSUB, 2, y), y);
}

/* x times a polynomial in w = -log(1 - x^2), or in its root where w is large; both fitted to erfinv(x) / x, to 1e-7. */
static ITensor *erfinv_of(tt_trt_map *m, ITensor *x)
{
    static const double middle[] = {1.50140942,     0.246640726,    -0.00417770776, -0.0012537075, 0.000218602205,
                                    -4.39678504e-6, -3.52886266e-6, 3.43727407e-7,  2.85350488e-8};
    static const double tail[] = {2.83297708,     1.00167462,    0.0094320245,  -0.00763264891, 0.00578403047,
                                  -0.00363373567, 0.00125333542, 6.08113614e-5, -0.000131863321};
    ITensor *one = tt_trt_f_number(m, 1, x);
    ITensor *w = f_neg(m, f_log(m, f_mul(m, f_sub(m, one, x), f_add(m, one, x))));
    ITensor *near = tt_trt_f_polynomial(m, f_add_number(m, w, -2.5), TT_COUNT(middle), middle);
    ITensor *far = tt_trt_f_polynomial(m, f_add_number(m, f_sqrt(m, w), -3), TT_COUNT(tail), tail);
    ITensor *at_one = f_equal_number(m, f_abs(m, x), 1);

    far = tt_trt_f_select(m, at_one, tt_trt_f_number(m, (double)INFINITY, x), far);
    return f_mul(m, x, tt_trt_f_select(m, f_less_number(m, w, 5), near, far));
}

/* ~x = -1 - x in two's complement. */
static ITensor *bitwise_not(tt_trt_map *m, ITensor *x)
{
    return tt_trt_f_number_with(m, TRT_ElementWiseOperation_kSUB, -1, x);
}

/* ---- the table ---- */

typedef ITensor *unary_formula(tt_trt_map *m, ITensor *x);

#define LAYER(operation) .layer = TRT_UnaryOperation_k##operation + 1
static const struct {
    int32_t layer; /* TensorRT's operation + 1, or 0: the formula */
    unary_formula *formula;
    bool is_exact; /* has nothing to round: halves stay halves */
} unary[TT_UNARY_COUNT] = {
    [TT_UNARY_EXP] = {LAYER(EXP)},
    [TT_UNARY_LOG] = {LAYER(LOG)},
    [TT_UNARY_SQRT] = {LAYER(SQRT)},
    [TT_UNARY_RECIP] = {LAYER(RECIP)},
    [TT_UNARY_ABS] = {LAYER(ABS), .is_exact = true},
    [TT_UNARY_NEG] = {LAYER(NEG), .is_exact = true},
    [TT_UNARY_SIN] = {LAYER(SIN)},
    [TT_UNARY_COS] = {LAYER(COS)},
    [TT_UNARY_TAN] = {LAYER(TAN)},
    [TT_UNARY_SINH] = {LAYER(SINH)},
    [TT_UNARY_COSH] = {LAYER(COSH)},
    [TT_UNARY_ASIN] = {LAYER(ASIN)},
    [TT_UNARY_ACOS] = {LAYER(ACOS)},
    [TT_UNARY_ATAN] = {LAYER(ATAN)},
    [TT_UNARY_ASINH] = {LAYER(ASINH)},
    [TT_UNARY_ACOSH] = {LAYER(ACOSH)},
    [TT_UNARY_ATANH] = {LAYER(ATANH)},
    [TT_UNARY_CEIL] = {LAYER(CEIL), .is_exact = true},
    [TT_UNARY_FLOOR] = {LAYER(FLOOR), .is_exact = true},
    [TT_UNARY_ERF] = {LAYER(ERF)},
    [TT_UNARY_NOT] = {LAYER(NOT), .is_exact = true},
    [TT_UNARY_SIGN] = {.formula = sign, .is_exact = true},
    [TT_UNARY_ROUND] = {LAYER(ROUND), .is_exact = true}, /* halves to even, as PyTorch's */
    [TT_UNARY_ISINF] = {LAYER(ISINF), .is_exact = true},
    [TT_UNARY_ISNAN] = {LAYER(ISNAN), .is_exact = true},
    [TT_UNARY_RSQRT] = {.formula = rsqrt},
    [TT_UNARY_EXP2] = {.formula = exp2_of},
    [TT_UNARY_EXPM1] = {.formula = expm1_of},
    [TT_UNARY_LOG2] = {.formula = log2_of},
    [TT_UNARY_LOG10] = {.formula = log10_of},
    [TT_UNARY_LOG1P] = {.formula = tt_trt_f_log1p},
    [TT_UNARY_TRUNC] = {.formula = trunc_of, .is_exact = true},
    [TT_UNARY_ERFC] = {.formula = erfc_of},
    [TT_UNARY_ERFINV] = {.formula = erfinv_of},
    [TT_UNARY_BITWISE_NOT] = {.formula = bitwise_not},
};
#undef LAYER

bool tt_trt_accepts_unary(const tt_layer *l, tt_reason *why)
{
    int64_t op = l->attrs.unary.operation;

    return unary[op].layer || unary[op].formula ||
           tt_refuse(why, "TensorRT has no %s, nor layers that make a good one", tt_enum_name("unary", op));
}

/* NULL: the operation leaves integers as they are. */
static ITensor *on_integers(tt_trt_map *m, int64_t op, ITensor *x)
{
    switch (op) {
    case TT_UNARY_CEIL:
    case TT_UNARY_FLOOR:
    case TT_UNARY_ROUND:
    case TT_UNARY_TRUNC:
        return x;
    case TT_UNARY_SIGN:
        return tt_trt_f_unary(m, TRT_UnaryOperation_kSIGN, tt_trt_f_wide(m, x));
    default:
        x = tt_trt_f_wide(m, x);
        return unary[op].layer ? tt_trt_f_unary(m, unary[op].layer - 1, x) : unary[op].formula(m, x);
    }
}

ttrt_status tt_trt_map_unary(tt_trt_map *m, const tt_layer *l)
{
    int64_t op = l->attrs.unary.operation;
    ITensor *x = tt_trt_in(m, l, 0);

    if (l->in[0]->dtype == TTRT_DTYPE_BOOL)
        return tt_trt_f_out(m, l, 0, f_not(m, x));
    if (!tt_dtype_is_float(l->in[0]->dtype))
        return tt_trt_f_out(m, l, 0, on_integers(m, op, x));
    if (!unary[op].is_exact)
        x = tt_trt_f_wide(m, x);
    return tt_trt_f_out(m, l, 0, unary[op].layer ? tt_trt_f_unary(m, unary[op].layer - 1, x) : unary[op].formula(m, x));
}
