/* Operations on two tensors, element by element, and selection. One table; what TensorRT has no layer for, or one that
 * means something else, is a formula. */
#include "engine/tensorrt/formula.h"

#include <math.h>

/* ---- comparison ---- */

static ITensor *not_equal(tt_trt_map *m, ITensor *a, ITensor *b) { return f_not(m, f_equal(m, a, b)); }

/* Not the negation of less: NaN is neither. */
static ITensor *greater_equal(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return f_or(m, f_greater(m, a, b), f_equal(m, a, b));
}

static ITensor *less_equal(tt_trt_map *m, ITensor *a, ITensor *b) { return greater_equal(m, b, a); }

/* a where it is better or `takes_a`, else b. */
static ITensor *better(tt_trt_map *m, ITensor *is_better, ITensor *takes_a, ITensor *a, ITensor *b)
{
    return tt_trt_f_select(m, f_or(m, is_better, takes_a), a, b);
}

ITensor *tt_trt_f_maximum(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return tt_trt_f_is_float(a) ? better(m, f_greater(m, a, b), f_is_nan(m, a), a, b) : f_max(m, a, b);
}

ITensor *tt_trt_f_minimum(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return tt_trt_f_is_float(a) ? better(m, f_less(m, a, b), f_is_nan(m, a), a, b) : f_min(m, a, b);
}

static ITensor *fmax_of(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return tt_trt_f_is_float(a) ? better(m, f_greater(m, a, b), f_is_nan(m, b), a, b) : f_max(m, a, b);
}

static ITensor *fmin_of(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return tt_trt_f_is_float(a) ? better(m, f_less(m, a, b), f_is_nan(m, b), a, b) : f_min(m, a, b);
}

/* ---- division ---- */

typedef struct quotient {
    ITensor *whole, *rest; /* a = whole * b + rest, 0 <= rest < b */
} quotient;

/* A quotient below 256, and what it leaves of `a`, exactly: b = high + low, so that both products fit into a float. One
 * that was rounded up to the next integer shows as a negative rest. */
static quotient divide_step(tt_trt_map *m, ITensor *a, ITensor *b, ITensor *high, ITensor *low)
{
    ITensor *whole = f_floor(m, f_div(m, a, b));
    ITensor *rest = f_sub(m, f_sub(m, a, f_mul(m, whole, high)), f_mul(m, whole, low));
    ITensor *is_over = f_less_number(m, rest, 0);

    rest = tt_trt_f_select(m, is_over, f_add(m, rest, b), rest);
    return (quotient){
        .whole = tt_trt_f_select(m, is_over, f_add_number(m, whole, -1), whole),
        .rest = tt_trt_f_select(m, f_equal_number(m, whole, 0), a, rest), /* 0 times an infinite b is NaN */
    };
}

/* Of floats, by digits of base 256: exact while the quotient is below 2^24. A rounded a - floor(a / b) * b is off by
 * whole multiples of b. */
static quotient divide_floats(tt_trt_map *m, ITensor *a, ITensor *b)
{
    ITensor *high = tt_trt_f_cast(m, tt_trt_f_cast(m, b, TTRT_DTYPE_BFLOAT16), TTRT_DTYPE_FLOAT32);
    ITensor *low = f_sub(m, b, high);
    quotient q = {.rest = a};

    for (double digit = 65536; digit >= 1; digit /= 256) {
        quotient step = divide_step(m, q.rest, f_mul_number(m, b, digit), f_mul_number(m, high, digit),
                                    f_mul_number(m, low, digit));
        ITensor *part = f_mul_number(m, step.whole, digit);
        q.whole = digit < 65536 ? f_add(m, q.whole, part) : part;
        q.rest = step.rest;
    }
    return q;
}

/* Of |a| by |b|. */
static quotient divide(tt_trt_map *m, ITensor *a, ITensor *b)
{
    quotient q;

    a = f_abs(m, a);
    b = f_abs(m, b);
    if (tt_trt_f_is_float(a))
        return divide_floats(m, a, b);
    q.whole = f_floor_div(m, a, b);
    q.rest = f_sub(m, a, f_mul(m, q.whole, b));
    return q;
}

static ITensor *signs_differ(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return f_xor(m, f_less_number(m, a, 0), f_less_number(m, b, 0));
}

static ITensor *negated_where(tt_trt_map *m, ITensor *condition, ITensor *x)
{
    return tt_trt_f_select(m, condition, f_neg(m, x), x);
}

/* The remainder of truncation, with a's sign. */
static ITensor *fmod_of(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return negated_where(m, f_less_number(m, a, 0), divide(m, a, b).rest);
}

/* The remainder of flooring, with b's sign. */
static ITensor *remainder_of(tt_trt_map *m, ITensor *a, ITensor *b)
{
    if (!tt_trt_f_is_float(a))
        return f_sub(m, a, f_mul(m, f_floor_div(m, a, b), b));
    ITensor *r = fmod_of(m, a, b);
    ITensor *is_other = f_and(m, signs_differ(m, r, b), not_equal(m, r, tt_trt_f_number(m, 0, r)));

    return tt_trt_f_select(m, is_other, f_add(m, r, b), r);
}

static ITensor *trunc_div(tt_trt_map *m, ITensor *a, ITensor *b)
{
    if (!tt_trt_f_is_float(a))
        return negated_where(m, signs_differ(m, a, b), divide(m, a, b).whole);
    ITensor *q = f_div(m, a, b);
    return negated_where(m, f_less_number(m, q, 0), f_floor(m, f_abs(m, q)));
}

/* By the remainder, as PyTorch: 1 // 0.1 is 9, since ten times the float nearest to 0.1 is more than 1. */
static ITensor *floor_div(tt_trt_map *m, ITensor *a, ITensor *b)
{
    if (!tt_trt_f_is_float(a))
        return f_floor_div(m, a, b);
    quotient q = divide(m, a, b);
    ITensor *down = f_neg(m, tt_trt_f_select(m, f_greater_number(m, q.rest, 0), f_add_number(m, q.whole, 1), q.whole));
    ITensor *y = tt_trt_f_select(m, signs_differ(m, a, b), down, q.whole);

    y = tt_trt_f_select(m, f_is_inf(m, a), q.rest, y); /* NaN */
    return tt_trt_f_select(m, f_equal_number(m, b, 0), f_div(m, a, b), y);
}

/* ---- signs and angles ---- */

/* The sign bit; -0 and small numbers have it in their reciprocal too. */
static ITensor *is_negative(tt_trt_map *m, ITensor *x)
{
    return f_or(m, f_less_number(m, x, 0), f_less_number(m, f_recip(m, x), 0));
}

static ITensor *copysign_of(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return negated_where(m, is_negative(m, b), f_abs(m, a));
}

/* atan(|y| / |x|), which has no answer for equal infinities and zeros, turned into y's and x's quadrant. */
static ITensor *atan2_of(tt_trt_map *m, ITensor *y, ITensor *x)
{
    ITensor *a = f_abs(m, y), *b = f_abs(m, x);
    ITensor *angle = tt_trt_f_unary(m, TRT_UnaryOperation_kATAN, f_div(m, a, b));
    ITensor *equal =
        tt_trt_f_select(m, f_equal_number(m, a, 0), tt_trt_f_number(m, 0, a), tt_trt_f_number(m, M_PI_4, a));

    angle = tt_trt_f_select(m, f_equal(m, a, b), equal, angle);
    ITensor *left = tt_trt_f_number_with(m, TRT_ElementWiseOperation_kSUB, M_PI, angle);
    return negated_where(m, is_negative(m, y), tt_trt_f_select(m, is_negative(m, x), left, angle));
}

/* Scaled by the larger one, whose square may be infinite. Infinity wins over NaN. */
static ITensor *hypot_of(tt_trt_map *m, ITensor *a, ITensor *b)
{
    a = f_abs(m, a);
    b = f_abs(m, b);
    ITensor *scale = tt_trt_f_select(m, f_is_inf(m, a), a, tt_trt_f_select(m, f_is_inf(m, b), b, f_max(m, a, b)));
    ITensor *x = f_div(m, a, scale), *y = f_div(m, b, scale);
    ITensor *length = f_mul(m, scale, f_sqrt(m, f_add(m, f_mul(m, x, x), f_mul(m, y, y))));
    ITensor *is_itself = f_or(m, f_equal_number(m, f_add(m, a, b), 0), f_is_inf(m, scale));

    return tt_trt_f_select(m, is_itself, scale, length);
}

/* ---- shifts ---- */

static int bits_of(const ITensor *x) { return tt_trt_f_dtype(x) == TTRT_DTYPE_INT64 ? 64 : 32; }

/* 2^b for 0 <= b <= last; other b are brought there. */
static ITensor *power_of_2(tt_trt_map *m, ITensor *b, int last)
{
    const int64_t n = last + 1;
    int64_t *powers = tt_arena_array(m->arena, (size_t)n, sizeof *powers);
    ITensor *table;

    for (int i = 0; powers && i <= last; i++)
        powers[i] = (int64_t)((uint64_t)1 << i);
    if (!powers || tt_trt_constant(m, powers, TTRT_DTYPE_INT64, 1, &n, &table) != TTRT_OK)
        return NULL;
    ITensor *index = f_min_number(m, f_max_number(m, b, 0), last);
    table = tt_trt_f_cast(m, table, b ? tt_trt_f_dtype(b) : TTRT_DTYPE_INT64);
    return index && table && tt_trt_gather(m, table, index, 0, &table) == TTRT_OK ? table : NULL;
}

static ITensor *is_within(tt_trt_map *m, ITensor *b, int last)
{
    return f_and(m, f_greater_number(m, b, -1), f_less_number(m, b, last + 1));
}

/* Counts outside of the type shift everything out. The last power is the sign bit: products wrap. */
static ITensor *left_shift(tt_trt_map *m, ITensor *a, ITensor *b)
{
    const int last = bits_of(a) - 1;

    return tt_trt_f_select(m, is_within(m, b, last), f_mul(m, a, power_of_2(m, b, last)), tt_trt_f_number(m, 0, a));
}

static ITensor *right_shift(tt_trt_map *m, ITensor *a, ITensor *b)
{
    const int last = bits_of(a) - 2;
    ITensor *sign = tt_trt_f_select(m, f_less_number(m, a, 0), tt_trt_f_number(m, -1, a), tt_trt_f_number(m, 0, a));

    return tt_trt_f_select(m, is_within(m, b, last), f_floor_div(m, a, power_of_2(m, b, last)), sign);
}

/* ---- the table ---- */

typedef ITensor *elementwise_formula(tt_trt_map *m, ITensor *a, ITensor *b);

#define LAYER(operation) .layer = TRT_ElementWiseOperation_k##operation + 1
static const struct {
    int32_t layer; /* TensorRT's operation + 1, or 0: the formula */
    elementwise_formula *formula;
    bool is_wide; /* halves are computed in f32: TensorRT's would round on the way */
} elementwise[TT_ELEMENTWISE_COUNT] = {
    [TT_ELEMENTWISE_SUM] = {LAYER(SUM)},
    [TT_ELEMENTWISE_PROD] = {LAYER(PROD)},
    [TT_ELEMENTWISE_MAX] = {.formula = tt_trt_f_maximum},
    [TT_ELEMENTWISE_MIN] = {.formula = tt_trt_f_minimum},
    [TT_ELEMENTWISE_SUB] = {LAYER(SUB)},
    [TT_ELEMENTWISE_DIV] = {LAYER(DIV)},
    [TT_ELEMENTWISE_POW] = {LAYER(POW), .is_wide = true},
    [TT_ELEMENTWISE_FLOOR_DIV] = {.formula = floor_div, .is_wide = true},
    [TT_ELEMENTWISE_AND] = {LAYER(AND)},
    [TT_ELEMENTWISE_OR] = {LAYER(OR)},
    [TT_ELEMENTWISE_XOR] = {LAYER(XOR)},
    [TT_ELEMENTWISE_EQUAL] = {LAYER(EQUAL)},
    [TT_ELEMENTWISE_GREATER] = {LAYER(GREATER)},
    [TT_ELEMENTWISE_LESS] = {LAYER(LESS)},
    [TT_ELEMENTWISE_NOT_EQUAL] = {.formula = not_equal},
    [TT_ELEMENTWISE_GREATER_EQUAL] = {.formula = greater_equal},
    [TT_ELEMENTWISE_LESS_EQUAL] = {.formula = less_equal},
    [TT_ELEMENTWISE_TRUNC_DIV] = {.formula = trunc_div, .is_wide = true},
    [TT_ELEMENTWISE_REMAINDER] = {.formula = remainder_of, .is_wide = true},
    [TT_ELEMENTWISE_FMOD] = {.formula = fmod_of, .is_wide = true},
    [TT_ELEMENTWISE_FMAX] = {.formula = fmax_of},
    [TT_ELEMENTWISE_FMIN] = {.formula = fmin_of},
    [TT_ELEMENTWISE_ATAN2] = {.formula = atan2_of, .is_wide = true},
    [TT_ELEMENTWISE_COPYSIGN] = {.formula = copysign_of, .is_wide = true},
    [TT_ELEMENTWISE_HYPOT] = {.formula = hypot_of, .is_wide = true},
    [TT_ELEMENTWISE_LEFT_SHIFT] = {.formula = left_shift},
    [TT_ELEMENTWISE_RIGHT_SHIFT] = {.formula = right_shift},
};
#undef LAYER

static bool is_bitwise(int64_t op)
{
    return op == TT_ELEMENTWISE_AND || op == TT_ELEMENTWISE_OR || op == TT_ELEMENTWISE_XOR;
}

bool tt_trt_accepts_elementwise(const tt_layer *l, tt_reason *why)
{
    int64_t op = l->attrs.elementwise.operation;

    if (is_bitwise(op) && l->in[0]->dtype != TTRT_DTYPE_BOOL)
        return tt_refuse(why, "TensorRT has no bitwise %s of integers", tt_enum_name("elementwise", op));
    return elementwise[op].layer || elementwise[op].formula ||
           tt_refuse(why, "TensorRT has no %s, nor layers that make one", tt_enum_name("elementwise", op));
}

ttrt_status tt_trt_map_elementwise(tt_trt_map *m, const tt_layer *l)
{
    int64_t op = l->attrs.elementwise.operation;
    ITensor *a = tt_trt_in(m, l, 0), *b = tt_trt_in(m, l, 1);

    if (tt_dtype_is_float(l->in[0]->dtype) ? elementwise[op].is_wide : !is_bitwise(op)) {
        a = tt_trt_f_wide(m, a);
        b = tt_trt_f_wide(m, b);
    }
    return tt_trt_f_out(m, l, 0,
                        elementwise[op].layer ? tt_trt_f_binary(m, elementwise[op].layer - 1, a, b)
                                              : elementwise[op].formula(m, a, b));
}

ttrt_status tt_trt_map_select(tt_trt_map *m, const tt_layer *l)
{
    ITensor *a = tt_trt_in(m, l, 1), *b = tt_trt_in(m, l, 2);

    if (ttrt_dtype_size(l->in[1]->dtype) == 1 && l->in[1]->dtype != TTRT_DTYPE_BOOL) {
        a = tt_trt_f_wide(m, a);
        b = tt_trt_f_wide(m, b);
    }
    return tt_trt_f_out(m, l, 0, tt_trt_f_select(m, tt_trt_in(m, l, 0), a, b));
}
