/* The trapezoidal rule along a dimension: sums of (y[i] + y[i + 1]) / 2 * (x[i + 1] - x[i]). */
#include "convert/formula.h"

/* Items 1.. and ..-1 of a dimension. */
static tt_tensor *later(tt_convert *c, tt_tensor *x, int64_t axis)
{
    tt_dim one = tt_dim_const(1);
    return x ? tt_f_slice(c, x, (int)axis, one, tt_dim_sub(c->net->dims, x->dims[axis], one), 1) : NULL;
}

static tt_tensor *earlier(tt_convert *c, tt_tensor *x, int64_t axis)
{
    tt_dim zero = tt_dim_const(0);
    return x ? tt_f_slice(c, x, (int)axis, zero, tt_dim_sub(c->net->dims, x->dims[axis], tt_dim_const(1)), 1) : NULL;
}

/* The widths: one number, or the differences of x, which as a vector lies along the axis. */
static ttrt_status read_widths(tt_convert *c, const tt_node *n, tt_dtype dtype, int rank, int64_t axis, tt_tensor **out)
{
    size_t at = tt_arg_find(n, "x");
    tt_dim dims[TT_MAX_RANK_NET];
    if (at == n->n_args)
        return tt_arg_operand(c, n, tt_arg_find(n, "dx"), dtype, 0, out);
    TT_TRY(tt_arg_tensor_as(c, n, at, dtype, out));
    if ((*out)->rank == 1) {
        for (int d = 0; d < rank; d++)
            dims[d] = d == axis ? (*out)->dims[0] : tt_dim_const(1);
        TT_TRY(tt_net_reshape(c->net, *out, rank, dims, out));
    } else {
        TT_TRY(tt_net_rank_at_least(c->net, *out, rank, out));
    }
    *out = tt_f_binary(c, TT_ELEMENTWISE_SUB, later(c, *out, axis), earlier(c, *out, axis));
    return *out ? TTRT_OK : ttrt_last_error()->status;
}

/* trapezoid, cumulative_trapezoid (parameter 1). */
ttrt_status tt_convert_trapezoid(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *y = NULL, *widths = NULL;
    tt_cumulative_attrs attrs = {.operation = TT_CUMULATIVE_SUM};
    TT_TRY(tt_arg_tensor_as(c, n, 0, dtype, &y));
    TT_TRY(tt_arg_axis(n, tt_arg_find(n, "dim"), -1, y->rank, &attrs.axis));
    if (y->rank == 0 || tt_dim_is(y->dims[attrs.axis], 0))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of no elements", n->op->name);
    TT_TRY(read_widths(c, n, dtype, y->rank, attrs.axis, &widths));
    y = tt_f_binary(c, TT_ELEMENTWISE_SUM, later(c, y, attrs.axis), earlier(c, y, attrs.axis));
    y = tt_f_binary(c, TT_ELEMENTWISE_PROD, y, widths);
    if (tt_converter_parameter(n) == 1 && y)
        TT_TRY(tt_net_add(c->net, TT_LAYER_CUMULATIVE, &attrs, &y, 1, &y));
    else
        y = tt_f_reduce(c, TT_REDUCE_SUM, y, 1, &attrs.axis, false, 0);
    return tt_f_finish(c, n, 0, tt_f_with(c, TT_ELEMENTWISE_DIV, y, 2), out);
}
