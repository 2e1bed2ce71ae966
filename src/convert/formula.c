/* Formulas of several layers; see the header. */
#include "convert/formula.h"

tt_tensor *tt_f_arg(tt_convert *c, const tt_node *n, size_t i, tt_dtype dtype, int rank)
{
    tt_tensor *x = NULL;
    if (tt_arg_is_none(n, i)) {
        tt_fail(TTRT_ERR_FORMAT, "%s: argument %zu is missing", n->op->name, i);
        return NULL;
    }
    return tt_arg_operand(c, n, i, dtype, rank, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_input(tt_convert *c, const tt_node *n)
{
    return tt_f_arg(c, n, 0, tt_compute_dtype(tt_out_dtype(n)), 0);
}

tt_tensor *tt_f_scalar(tt_convert *c, double v, const tt_tensor *like)
{
    tt_tensor *x = NULL;
    return like && tt_net_scalar(c->net, v, like->dtype, like->rank, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_cast(tt_convert *c, tt_tensor *x, tt_dtype to)
{
    return x && tt_net_cast(c->net, x, to, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_unary(tt_convert *c, tt_enum_unary op, tt_tensor *x)
{
    return x && tt_net_unary(c->net, op, x, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_activation(tt_convert *c, tt_enum_activation type, tt_tensor *x, double alpha, double beta)
{
    return x && tt_net_activation(c->net, type, alpha, beta, x, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_binary(tt_convert *c, tt_enum_elementwise op, tt_tensor *a, tt_tensor *b)
{
    return a && b && tt_net_elementwise(c->net, op, a, b, &a) == TTRT_OK ? a : NULL;
}

tt_tensor *tt_f_with(tt_convert *c, tt_enum_elementwise op, tt_tensor *x, double number)
{
    return tt_f_binary(c, op, x, tt_f_scalar(c, number, x));
}

tt_tensor *tt_f_number_with(tt_convert *c, tt_enum_elementwise op, double number, tt_tensor *x)
{
    return tt_f_binary(c, op, tt_f_scalar(c, number, x), x);
}

tt_tensor *tt_f_select(tt_convert *c, tt_tensor *condition, tt_tensor *a, tt_tensor *b)
{
    return condition && a && b && tt_net_select(c->net, condition, a, b, &a) == TTRT_OK ? a : NULL;
}

tt_tensor *tt_f_reduce(tt_convert *c, tt_enum_reduce op, tt_tensor *x, int n_axes, const int64_t *axes, bool keep,
                       double parameter)
{
    return x && tt_net_reduce(c->net, op, x, n_axes, axes, keep, parameter, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_dim(tt_convert *c, tt_dim v, tt_dtype dtype)
{
    tt_tensor *x = NULL;
    return tt_net_dim_tensor(c->net, v, dtype, 0, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_arange(tt_convert *c, tt_dim n)
{
    tt_tensor *x = NULL;
    tt_fill_attrs attrs = {
        .operation = TT_FILL_LINSPACE, .dimensions = {1, &n}, .to_type = TTRT_DTYPE_INT64, .beta = 1, .beta_int = 1};
    return tt_net_add(c->net, TT_LAYER_FILL, &attrs, NULL, 0, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_reshape(tt_convert *c, tt_tensor *x, int rank, const tt_dim *dims)
{
    return x && tt_net_reshape(c->net, x, rank, dims, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_expand(tt_convert *c, tt_tensor *x, int rank, const tt_dim *dims)
{
    return x && tt_net_expand(c->net, x, rank, dims, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_transpose(tt_convert *c, tt_tensor *x, const int64_t *permutation)
{
    return x && tt_net_transpose(c->net, x, permutation, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_slice(tt_convert *c, tt_tensor *x, int axis, tt_dim start, tt_dim size, int64_t stride)
{
    return x && tt_net_slice(c->net, x, axis, start, size, stride, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_gather(tt_convert *c, tt_enum_gather mode, tt_tensor *x, tt_tensor *index, int64_t axis, bool wrap)
{
    return x && index && tt_net_gather(c->net, mode, x, index, axis, wrap, &x) == TTRT_OK ? x : NULL;
}

tt_tensor *tt_f_search(tt_convert *c, tt_tensor *row, tt_tensor *values, bool right)
{
    tt_search_attrs attrs = {.right = right};
    tt_tensor *in[2] = {row, values}, *count = NULL;
    return row && values && tt_net_add(c->net, TT_LAYER_SEARCH, &attrs, in, 2, &count) == TTRT_OK ? count : NULL;
}

tt_tensor *tt_f_scatter(tt_convert *c, tt_enum_scatter mode, tt_tensor *x, tt_tensor *index, tt_tensor *updates,
                        int64_t axis)
{
    tt_scatter_attrs attrs = {.mode = mode, .axis = axis, .include_self = true};
    tt_tensor *in[3] = {x, index, updates};
    return x && index && updates && tt_net_add(c->net, TT_LAYER_SCATTER, &attrs, in, 3, &x) == TTRT_OK ? x : NULL;
}

ttrt_status tt_f_finish(tt_convert *c, const tt_node *n, size_t i, tt_tensor *x, tt_tensor **out)
{
    return x ? tt_finish(c, n, i, x, out) : ttrt_last_error()->status;
}
