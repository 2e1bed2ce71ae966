/* Operators on two and three tensors, element by element: arithmetic, comparison, logic, selection.
 *
 * PyTorch brings operands to one type first (tt_result_dtype); the graph tells that type as the result's, but for
 * comparisons. */
#include "convert/formula.h"

#include <math.h>
#include <string.h>

static const size_t first_two[] = {0, 1};

static bool is_exact(const tt_arg *number, tt_dtype dtype)
{
    if (number->kind != TT_ARG_FLOAT)
        return true;
    double v = number->f;
    double rounded = dtype == TTRT_DTYPE_FLOAT16    ? tt_f16_to_f32(tt_f32_to_f16((float)v))
                     : dtype == TTRT_DTYPE_BFLOAT16 ? tt_bf16_to_f32(tt_f32_to_bf16((float)v))
                                                    : v;
    return rounded == v || isnan(v);
}

/* The type to compute in: PyTorch reads Python numbers beside half tensors in f32, not rounded to half. */
static tt_dtype arithmetic_dtype(const tt_node *n, size_t n_args)
{
    tt_dtype dtype = tt_out_dtype(n);
    for (size_t i = 0; i < n_args; i++)
        if (!tt_arg_is_none(n, i) && !is_exact(&n->args[i], dtype))
            return tt_compute_dtype(dtype);
    return dtype;
}

static tt_tensor *operand(tt_convert *c, const tt_node *n, size_t i, tt_dtype dtype)
{
    return tt_f_arg(c, n, i, dtype, tt_out_rank(n));
}

/* ---- arithmetic ---- */

ttrt_status tt_convert_binary(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = arithmetic_dtype(n, 2);
    tt_enum_elementwise op = tt_converter_parameter(n);
    /* Only floats have a NaN to pass over. */
    if (dtype == TTRT_DTYPE_BOOL && (op == TT_ELEMENTWISE_FMAX || op == TT_ELEMENTWISE_FMIN))
        op = op == TT_ELEMENTWISE_FMAX ? TT_ELEMENTWISE_MAX : TT_ELEMENTWISE_MIN;
    tt_tensor *a = operand(c, n, 0, dtype), *b = operand(c, n, 1, dtype);
    return tt_f_finish(c, n, 0, tt_f_binary(c, op, a, b), out);
}

static bool is_one(const tt_node *n, size_t i)
{
    return tt_arg_is_none(n, i) || (!tt_arg_is_symbolic(n, i) && tt_arg_float(n, i, 1) == 1);
}

static tt_tensor *scaled(tt_convert *c, const tt_node *n, tt_tensor *x, size_t factor)
{
    if (x == NULL || is_one(n, factor))
        return x;
    return tt_f_binary(c, TT_ELEMENTWISE_PROD, x, tt_f_arg(c, n, factor, x->dtype, x->rank));
}

/* add, sub: self op alpha * other */
ttrt_status tt_convert_add(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = is_one(n, 2) ? arithmetic_dtype(n, 2) : tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *a = operand(c, n, 0, dtype), *b = scaled(c, n, operand(c, n, 1, dtype), 2);
    return tt_f_finish(c, n, 0, tt_f_binary(c, tt_converter_parameter(n), a, b), out);
}

/* other - alpha * self */
ttrt_status tt_convert_rsub(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = is_one(n, 2) ? arithmetic_dtype(n, 2) : tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *a = scaled(c, n, operand(c, n, 0, dtype), 2), *b = operand(c, n, 1, dtype);
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_SUB, b, a), out);
}

ttrt_status tt_convert_add_relu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *a = operand(c, n, 0, dtype), *b = scaled(c, n, operand(c, n, 1, dtype), 2);
    tt_tensor *sum = tt_f_binary(c, TT_ELEMENTWISE_SUM, a, b);
    return tt_f_finish(c, n, 0, tt_f_activation(c, TT_ACTIVATION_RELU, sum, 0, 0), out);
}

/* div.*_mode; the result type of true division is a float already. */
ttrt_status tt_convert_div_mode(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    const char *mode = tt_arg_string(n, 2, "true");
    tt_enum_elementwise op = strcmp(mode, "floor") == 0   ? TT_ELEMENTWISE_FLOOR_DIV
                             : strcmp(mode, "trunc") == 0 ? TT_ELEMENTWISE_TRUNC_DIV
                                                          : TT_ELEMENTWISE_DIV;
    tt_dtype dtype = arithmetic_dtype(n, 2);
    tt_tensor *a = operand(c, n, 0, dtype), *b = operand(c, n, 1, dtype);
    return tt_f_finish(c, n, 0, tt_f_binary(c, op, a, b), out);
}

/* The exponents that PyTorch computes without pow. */
static tt_tensor *simple_power(tt_convert *c, tt_tensor *x, double exponent)
{
    bool is_float = x && tt_dtype_is_float(x->dtype);
    tt_tensor *square = NULL;
    if (exponent == 1)
        return x;
    if (exponent == 2 || exponent == 3 || (exponent == -2 && is_float))
        square = tt_f_binary(c, TT_ELEMENTWISE_PROD, x, x);
    if (exponent == 2)
        return square;
    if (exponent == 3)
        return tt_f_binary(c, TT_ELEMENTWISE_PROD, square, x);
    return tt_f_unary(c,
                      exponent == 0.5    ? TT_UNARY_SQRT
                      : exponent == -0.5 ? TT_UNARY_RSQRT
                                         : TT_UNARY_RECIP,
                      exponent == -2 ? square : x);
}

static bool has_simple_power(const tt_node *n)
{
    if (!tt_arg_is_known(n, 1))
        return false;
    double e = tt_arg_float(n, 1, 0);
    bool is_float = tt_dtype_is_float(tt_out_dtype(n)), is_int = tt_dtype_is_integer(tt_out_dtype(n));
    return ((is_float || is_int) && (e == 1 || e == 2 || e == 3)) ||
           (is_float && (e == 0.5 || e == -0.5 || e == -1 || e == -2));
}

ttrt_status tt_convert_pow(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    if (!has_simple_power(n))
        return tt_convert_binary(c, n, out);
    double exponent = tt_arg_float(n, 1, 0);
    /* x * x * x rounds twice in half, once in f32 as PyTorch has it. */
    tt_dtype dtype = exponent == 2 || exponent == 1 ? tt_out_dtype(n) : tt_compute_dtype(tt_out_dtype(n));
    return tt_f_finish(c, n, 0, simple_power(c, operand(c, n, 0, dtype), exponent), out);
}

/* self + value * a op b: addcmul, addcdiv */
ttrt_status tt_convert_addc(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *x = operand(c, n, 0, dtype), *a = scaled(c, n, operand(c, n, 1, dtype), 3), *b = operand(c, n, 2, dtype);
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_SUM, x, tt_f_binary(c, tt_converter_parameter(n), a, b)),
                       out);
}

/* PyTorch takes the end that is nearer, so that weight 1 gives `end` exactly. */
ttrt_status tt_convert_lerp(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *start = operand(c, n, 0, dtype), *end = operand(c, n, 1, dtype), *w = operand(c, n, 2, dtype);
    tt_tensor *way = tt_f_binary(c, TT_ELEMENTWISE_SUB, end, start);
    tt_tensor *low = tt_f_binary(c, TT_ELEMENTWISE_SUM, start, tt_f_binary(c, TT_ELEMENTWISE_PROD, w, way));
    tt_tensor *rest = tt_f_binary(c, TT_ELEMENTWISE_PROD, way, tt_f_number_with(c, TT_ELEMENTWISE_SUB, 1, w));
    tt_tensor *high = tt_f_binary(c, TT_ELEMENTWISE_SUB, end, rest);
    if (tt_arg_is_known(n, 2))
        return tt_f_finish(c, n, 0, fabs(tt_arg_float(n, 2, 0)) < 0.5 ? low : high, out);
    tt_tensor *is_low = tt_f_with(c, TT_ELEMENTWISE_LESS, tt_f_unary(c, TT_UNARY_ABS, w), 0.5);
    return tt_f_finish(c, n, 0, tt_f_select(c, is_low, low, high), out);
}

/* xlogy, xlog1py (parameter: the logarithm): 0 where x is 0, unless y is NaN. */
ttrt_status tt_convert_xlogy(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *x = operand(c, n, 0, dtype), *y = operand(c, n, 1, dtype);
    tt_tensor *product = tt_f_binary(c, TT_ELEMENTWISE_PROD, x, tt_f_unary(c, tt_converter_parameter(n), y));
    tt_tensor *is_zero = tt_f_with(c, TT_ELEMENTWISE_EQUAL, x, 0);
    tt_tensor *at_zero = tt_f_select(c, tt_f_unary(c, TT_UNARY_ISNAN, y), y, tt_f_scalar(c, 0, y));
    return tt_f_finish(c, n, 0, tt_f_select(c, is_zero, at_zero, product), out);
}

/* max + log(1 + exp(-|a - b|)), in base 2 where the parameter is 2; equal infinities have no difference. */
ttrt_status tt_convert_logaddexp(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    bool base_2 = tt_converter_parameter(n) == 2;
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *a = operand(c, n, 0, dtype), *b = operand(c, n, 1, dtype);
    tt_tensor *gap = tt_f_unary(c, TT_UNARY_NEG, tt_f_unary(c, TT_UNARY_ABS, tt_f_binary(c, TT_ELEMENTWISE_SUB, a, b)));
    tt_tensor *more = tt_f_unary(c, TT_UNARY_LOG1P, tt_f_unary(c, base_2 ? TT_UNARY_EXP2 : TT_UNARY_EXP, gap));
    if (base_2)
        more = tt_f_with(c, TT_ELEMENTWISE_PROD, more, M_LOG2E);
    tt_tensor *sum = tt_f_binary(c, TT_ELEMENTWISE_SUM, tt_f_binary(c, TT_ELEMENTWISE_MAX, a, b), more);
    tt_tensor *same = tt_f_binary(c, TT_ELEMENTWISE_AND, tt_f_unary(c, TT_UNARY_ISINF, a),
                                  tt_f_binary(c, TT_ELEMENTWISE_EQUAL, a, b));
    return tt_f_finish(c, n, 0, tt_f_select(c, same, a, sum), out);
}

ttrt_status tt_convert_ldexp(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *power = tt_f_unary(c, TT_UNARY_EXP2, operand(c, n, 1, dtype));
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_PROD, operand(c, n, 0, dtype), power), out);
}

ttrt_status tt_convert_heaviside(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_out_dtype(n);
    tt_tensor *x = operand(c, n, 0, dtype), *values = operand(c, n, 1, dtype);
    tt_tensor *zero = tt_f_scalar(c, 0, x);
    tt_tensor *step = tt_f_cast(c, tt_f_binary(c, TT_ELEMENTWISE_GREATER, x, zero), dtype);
    return tt_f_finish(c, n, 0, tt_f_select(c, tt_f_binary(c, TT_ELEMENTWISE_EQUAL, x, zero), values, step), out);
}

/* ---- comparison and logic ---- */

ttrt_status tt_convert_compare(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_result_dtype(n, 2, first_two);
    tt_tensor *a = operand(c, n, 0, dtype), *b = operand(c, n, 1, dtype);
    return tt_f_finish(c, n, 0, tt_f_binary(c, tt_converter_parameter(n), a, b), out);
}

ttrt_status tt_convert_logical(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *a = operand(c, n, 0, TTRT_DTYPE_BOOL), *b = operand(c, n, 1, TTRT_DTYPE_BOOL);
    return tt_f_finish(c, n, 0, tt_f_binary(c, tt_converter_parameter(n), a, b), out);
}

/* |a - b| <= atol + rtol * |b|, or equal, or both NaN where asked for. */
ttrt_status tt_convert_isclose(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_float_dtype(tt_result_dtype(n, 2, first_two));
    tt_tensor *a = operand(c, n, 0, dtype), *b = operand(c, n, 1, dtype);
    tt_tensor *gap = tt_f_unary(c, TT_UNARY_ABS, tt_f_binary(c, TT_ELEMENTWISE_SUB, a, b));
    tt_tensor *allowed = tt_f_with(c, TT_ELEMENTWISE_PROD, tt_f_unary(c, TT_UNARY_ABS, b), tt_arg_float(n, 2, 1e-5));
    allowed = tt_f_with(c, TT_ELEMENTWISE_SUM, allowed, tt_arg_float(n, 3, 1e-8));
    /* An infinite tolerance must not make a finite number close to an infinite one. */
    tt_tensor *close = tt_f_binary(c, TT_ELEMENTWISE_AND, tt_f_binary(c, TT_ELEMENTWISE_LESS_EQUAL, gap, allowed),
                                   tt_f_with(c, TT_ELEMENTWISE_LESS, gap, INFINITY));
    close = tt_f_binary(c, TT_ELEMENTWISE_OR, close, tt_f_binary(c, TT_ELEMENTWISE_EQUAL, a, b));
    if (tt_arg_bool(n, 4, false))
        close = tt_f_binary(
            c, TT_ELEMENTWISE_OR, close,
            tt_f_binary(c, TT_ELEMENTWISE_AND, tt_f_unary(c, TT_UNARY_ISNAN, a), tt_f_unary(c, TT_UNARY_ISNAN, b)));
    return tt_f_finish(c, n, 0, close, out);
}

/* ---- selection ---- */

ttrt_status tt_convert_where(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *condition = operand(c, n, 0, TTRT_DTYPE_BOOL);
    tt_tensor *a = operand(c, n, 1, tt_out_dtype(n)), *b = operand(c, n, 2, tt_out_dtype(n));
    return tt_f_finish(c, n, 0, tt_f_select(c, condition, a, b), out);
}

ttrt_status tt_convert_masked_fill(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = operand(c, n, 0, tt_out_dtype(n)), *mask = operand(c, n, 1, TTRT_DTYPE_BOOL);
    return tt_f_finish(c, n, 0, tt_f_select(c, mask, operand(c, n, 2, tt_out_dtype(n)), x), out);
}

/* One layer where both bounds are numbers in order; NaN passes in any case. */
static bool is_clip(const tt_node *n)
{
    for (size_t i = 1; i <= 2; i++)
        if (tt_arg_is_none(n, i) || !tt_arg_is_known(n, i))
            return false;
    return tt_dtype_is_float(tt_out_dtype(n)) && tt_arg_float(n, 1, 0) <= tt_arg_float(n, 2, 0);
}

/* clamp, clip: the upper bound wins where they cross. */
ttrt_status tt_convert_clamp(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_out_dtype(n);
    tt_tensor *x = operand(c, n, 0, dtype);
    if (is_clip(n))
        return tt_f_finish(
            c, n, 0, tt_f_activation(c, TT_ACTIVATION_CLIP, x, tt_arg_float(n, 1, 0), tt_arg_float(n, 2, 0)), out);
    if (!tt_arg_is_none(n, 1))
        x = tt_f_binary(c, TT_ELEMENTWISE_MAX, x, operand(c, n, 1, dtype));
    if (!tt_arg_is_none(n, 2))
        x = tt_f_binary(c, TT_ELEMENTWISE_MIN, x, operand(c, n, 2, dtype));
    return tt_f_finish(c, n, 0, x, out);
}

/* prims.div divides integers by truncation. */
ttrt_status tt_convert_prim_div(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_out_dtype(n);
    tt_enum_elementwise op = tt_dtype_is_float(dtype) ? TT_ELEMENTWISE_DIV : TT_ELEMENTWISE_TRUNC_DIV;
    return tt_f_finish(c, n, 0, tt_f_binary(c, op, operand(c, n, 0, dtype), operand(c, n, 1, dtype)), out);
}
