/* Operators on one tensor, element by element. */
#include "convert/formula.h"

#include <math.h>

/* A layer of one operation: integers and bool are converted to the float that PyTorch returns. */
ttrt_status tt_convert_unary(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0);
    return tt_f_finish(c, n, 0, tt_f_unary(c, tt_converter_parameter(n), x), out);
}

/* Rounding leaves integers as they are. */
ttrt_status tt_convert_rounding(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0);
    if (x && tt_dtype_is_float(x->dtype))
        x = tt_f_unary(c, tt_converter_parameter(n), x);
    return tt_f_finish(c, n, 0, x, out);
}

/* sign, sgn, abs: a bool or unsigned is its own absolute value. */
ttrt_status tt_convert_absolute(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0);
    if (x && x->dtype != TTRT_DTYPE_BOOL)
        x = tt_f_unary(c, tt_converter_parameter(n), x);
    return tt_f_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_logical_not(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return tt_f_finish(c, n, 0, tt_f_unary(c, TT_UNARY_NOT, tt_f_arg(c, n, 0, TTRT_DTYPE_BOOL, 0)), out);
}

static ttrt_status all_of_them(tt_convert *c, const tt_node *n, bool answer, tt_tensor **out)
{
    tt_arg value = {.kind = TT_ARG_BOOL, .b = answer};
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    return tt_filled(c, x->rank, x->dims, TTRT_DTYPE_BOOL, &value, &out[0]);
}

/* isnan, isinf */
ttrt_status tt_convert_is_special(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    if (!tt_dtype_is_float(n->args[0].value->dtype))
        return all_of_them(c, n, false, out);
    tt_tensor *x = tt_f_arg(c, n, 0, n->args[0].value->dtype, 0);
    return tt_f_finish(c, n, 0, tt_f_unary(c, tt_converter_parameter(n), x), out);
}

/* NaN is not below infinity either. */
ttrt_status tt_convert_isfinite(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    if (!tt_dtype_is_float(n->args[0].value->dtype))
        return all_of_them(c, n, true, out);
    tt_tensor *x = tt_f_arg(c, n, 0, n->args[0].value->dtype, 0);
    return tt_f_finish(c, n, 0, tt_f_with(c, TT_ELEMENTWISE_LESS, tt_f_unary(c, TT_UNARY_ABS, x), INFINITY), out);
}

/* isposinf, isneginf: the parameter is the sign. */
ttrt_status tt_convert_is_signed_infinity(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    if (!tt_dtype_is_float(n->args[0].value->dtype))
        return all_of_them(c, n, false, out);
    tt_tensor *x = tt_f_arg(c, n, 0, n->args[0].value->dtype, 0);
    return tt_f_finish(c, n, 0, tt_f_with(c, TT_ELEMENTWISE_EQUAL, x, tt_converter_parameter(n) * (double)INFINITY),
                       out);
}

/* -0.0 has its sign bit set. */
ttrt_status tt_convert_signbit(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = n->args[0].value->dtype;
    if (dtype == TTRT_DTYPE_BOOL)
        return all_of_them(c, n, false, out);
    tt_tensor *x = tt_f_arg(c, n, 0, dtype, 0);
    if (tt_dtype_is_float(dtype))
        x = tt_f_number_with(c, TT_ELEMENTWISE_COPYSIGN, 1, x);
    return tt_f_finish(c, n, 0, tt_f_with(c, TT_ELEMENTWISE_LESS, x, 0), out);
}

ttrt_status tt_convert_square(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0);
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_PROD, x, x), out);
}

ttrt_status tt_convert_frac(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0);
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_SUB, x, tt_f_unary(c, TT_UNARY_TRUNC, x)), out);
}

/* rad2deg (parameter 1), deg2rad (0) */
ttrt_status tt_convert_degrees(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    double factor = tt_converter_parameter(n) ? 180.0 / M_PI : M_PI / 180.0;
    return tt_f_finish(c, n, 0, tt_f_with(c, TT_ELEMENTWISE_PROD, tt_f_input(c, n), factor), out);
}

ttrt_status tt_convert_sinc(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_input(c, n);
    tt_tensor *pi_x = tt_f_with(c, TT_ELEMENTWISE_PROD, x, M_PI);
    tt_tensor *ratio = tt_f_binary(c, TT_ELEMENTWISE_DIV, tt_f_unary(c, TT_UNARY_SIN, pi_x), pi_x);
    tt_tensor *is_zero = tt_f_with(c, TT_ELEMENTWISE_EQUAL, x, 0);
    return tt_f_finish(c, n, 0, tt_f_select(c, is_zero, tt_f_scalar(c, 1, x), ratio), out);
}

/* log(x / (1 - x)), x in [eps, 1 - eps] where eps is given. */
ttrt_status tt_convert_logit(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_input(c, n);
    double eps = tt_arg_float(n, 1, -1);
    if (eps >= 0) {
        x = tt_f_with(c, TT_ELEMENTWISE_MAX, x, eps);
        x = tt_f_with(c, TT_ELEMENTWISE_MIN, x, 1 - eps);
    }
    tt_tensor *odds = tt_f_binary(c, TT_ELEMENTWISE_DIV, x, tt_f_number_with(c, TT_ELEMENTWISE_SUB, 1, x));
    return tt_f_finish(c, n, 0, tt_f_unary(c, TT_UNARY_LOG, odds), out);
}

/* -x * log(x), 0 at 0, -inf below. */
ttrt_status tt_convert_entr(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_input(c, n);
    tt_tensor *inner =
        tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_unary(c, TT_UNARY_NEG, x), tt_f_unary(c, TT_UNARY_LOG, x));
    tt_tensor *at_zero = tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_EQUAL, x, 0), tt_f_scalar(c, 0, x), inner);
    tt_tensor *below = tt_f_with(c, TT_ELEMENTWISE_LESS, x, 0);
    return tt_f_finish(c, n, 0, tt_f_select(c, below, tt_f_scalar(c, -INFINITY, x), at_zero), out);
}

/* erfc(-x / sqrt 2) / 2 */
ttrt_status tt_convert_ndtr(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *t = tt_f_unary(c, TT_UNARY_ERFC, tt_f_with(c, TT_ELEMENTWISE_PROD, tt_f_input(c, n), -M_SQRT1_2));
    return tt_f_finish(c, n, 0, tt_f_with(c, TT_ELEMENTWISE_PROD, t, 0.5), out);
}

/* round.decimals, special_round */
bool tt_round_decimals_accepts(const tt_node *n, tt_reason *why)
{
    if (tt_arg_is_symbolic(n, 1))
        return tt_refuse(why, "decimals must be known");
    return tt_arg_int(n, 1, 0) == 0 || tt_dtype_is_float(tt_out_dtype(n)) ||
           tt_refuse(why, "rounds integers to decimals");
}

ttrt_status tt_convert_round_decimals(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t decimals = tt_arg_int(n, 1, 0);
    if (!tt_dtype_is_float(tt_out_dtype(n)))
        return tt_f_finish(c, n, 0, tt_f_arg(c, n, 0, tt_out_dtype(n), 0), out);
    tt_tensor *x = tt_f_input(c, n);
    if (decimals == 0)
        return tt_f_finish(c, n, 0, tt_f_unary(c, TT_UNARY_ROUND, x), out);
    double ten = pow(10, fabs((double)decimals));
    x = tt_f_with(c, decimals > 0 ? TT_ELEMENTWISE_PROD : TT_ELEMENTWISE_DIV, x, ten);
    x = tt_f_unary(c, TT_UNARY_ROUND, x);
    return tt_f_finish(c, n, 0, tt_f_with(c, decimals > 0 ? TT_ELEMENTWISE_DIV : TT_ELEMENTWISE_PROD, x, ten), out);
}

static double largest(tt_dtype d)
{
    return d == TTRT_DTYPE_FLOAT16    ? 65504.0
           : d == TTRT_DTYPE_BFLOAT16 ? 0x1.fep127
           : d == TTRT_DTYPE_FLOAT64  ? 0x1.fffffffffffffp1023
                                      : 0x1.fffffep127;
}

ttrt_status tt_convert_nan_to_num(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_out_dtype(n);
    tt_tensor *x = tt_f_arg(c, n, 0, dtype, 0);
    if (!tt_dtype_is_float(dtype))
        return tt_f_finish(c, n, 0, x, out);
    tt_tensor *y = tt_f_select(c, tt_f_unary(c, TT_UNARY_ISNAN, x), tt_f_scalar(c, tt_arg_float(n, 1, 0), x), x);
    y = tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_EQUAL, x, INFINITY),
                    tt_f_scalar(c, tt_arg_float(n, 2, largest(dtype)), x), y);
    y = tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_EQUAL, x, -INFINITY),
                    tt_f_scalar(c, tt_arg_float(n, 3, -largest(dtype)), x), y);
    return tt_f_finish(c, n, 0, y, out);
}

/* angle of a real number: pi where it is negative; NaN stays. */
ttrt_status tt_convert_angle(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_input(c, n);
    if (x == NULL)
        return ttrt_last_error()->status;
    tt_tensor *y =
        tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_LESS, x, 0), tt_f_scalar(c, M_PI, x), tt_f_scalar(c, 0, x));
    return tt_f_finish(c, n, 0, tt_f_select(c, tt_f_unary(c, TT_UNARY_ISNAN, x), x, y), out);
}
