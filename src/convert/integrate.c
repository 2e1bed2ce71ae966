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

/* Integers are added and multiplied in their own type, in which they wrap around. */
static ttrt_status read_exact(tt_convert *c, const tt_node *n, size_t i, tt_tensor **out)
{
    TT_TRY(tt_arg_tensor(c, n, i, out));
    return tt_dtype_is_integer((*out)->dtype) ? TTRT_OK
                                              : tt_net_cast(c->net, *out, tt_compute_dtype(tt_out_dtype(n)), out);
}

/* The differences of x, which as a vector lies along the axis. */
static ttrt_status read_widths(tt_convert *c, const tt_node *n, size_t at, int rank, int64_t axis, tt_tensor **out)
{
    tt_dim dims[TT_MAX_RANK_NET];
    TT_TRY(read_exact(c, n, at, out));
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
    bool cumulative = tt_converter_parameter(n) == 1;
    size_t at = tt_arg_find(n, "x");
    tt_tensor *y = NULL, *widths = NULL;
    tt_cumulative_attrs attrs = {.operation = TT_CUMULATIVE_SUM};
    /* With one width for all, the sum over y comes before anything else, in a type that holds it. */
    TT_TRY(at < n->n_args || cumulative ? read_exact(c, n, 0, &y) : tt_arg_tensor_as(c, n, 0, dtype, &y));
    TT_TRY(tt_arg_axis(n, tt_arg_find(n, "dim"), -1, y->rank, &attrs.axis));
    if (y->rank == 0 || tt_dim_is(y->dims[attrs.axis], 0))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of no elements", n->op->name);
    y = tt_f_binary(c, TT_ELEMENTWISE_SUM, later(c, y, attrs.axis), earlier(c, y, attrs.axis));
    if (at < n->n_args) {
        TT_TRY(read_widths(c, n, at, y ? y->rank : 0, attrs.axis, &widths));
        tt_dtype common = y ? tt_dtype_promote(y->dtype, widths->dtype) : dtype;
        y = tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_cast(c, y, common), tt_f_cast(c, widths, common));
        y = tt_f_cast(c, y, dtype);
    } else {
        TT_TRY(tt_arg_operand(c, n, tt_arg_find(n, "dx"), dtype, 0, &widths));
        y = tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_cast(c, y, dtype), widths);
    }
    if (cumulative && y)
        TT_TRY(tt_net_add(c->net, TT_LAYER_CUMULATIVE, &attrs, &y, 1, &y));
    else
        y = tt_f_reduce(c, TT_REDUCE_SUM, y, 1, &attrs.axis, false, 0);
    return tt_f_finish(c, n, 0, tt_f_with(c, TT_ELEMENTWISE_DIV, y, 2), out);
}
