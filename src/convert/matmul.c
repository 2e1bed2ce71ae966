/* Matrix products. */
#include "convert/formula.h"

static ttrt_status product(tt_convert *c, tt_tensor *a, tt_tensor *b, bool transpose_b, tt_tensor *bias,
                           tt_tensor **out)
{
    return tt_net_matmul(c->net, a, false, b, transpose_b, bias, out);
}

/* A bias that the layer takes itself: one number for each column. */
static bool is_column_bias(const tt_tensor *bias, const tt_tensor *b, bool transposed)
{
    return bias->rank == 1 && b->rank >= 2 && tt_dim_equal(bias->dims[0], b->dims[b->rank - (transposed ? 2 : 1)]);
}

ttrt_status tt_convert_linear(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *w = NULL, *bias = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), &x));
    TT_TRY(tt_arg_tensor_as(c, n, 1, tt_out_dtype(n), &w));
    TT_TRY(tt_arg_tensor_as(c, n, 2, tt_out_dtype(n), &bias));
    if (w->rank == 1) {
        /* A vector as weight: the layer's last dimension is summed away. */
        TT_TRY(product(c, x, w, false, NULL, &x));
        return tt_f_finish(c, n, 0, bias ? tt_f_binary(c, TT_ELEMENTWISE_SUM, x, bias) : x, out);
    }
    bool fits = bias && x->rank > 0 && is_column_bias(bias, w, true);
    TT_TRY(product(c, x, w, true, fits ? bias : NULL, &x));
    return tt_f_finish(c, n, 0, bias && !fits ? tt_f_binary(c, TT_ELEMENTWISE_SUM, x, bias) : x, out);
}

/* mm, bmm, matmul, mv, dot; the variants with out_dtype multiply in that type. */
ttrt_status tt_convert_matmul(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *a = NULL, *b = NULL, *x = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), &a));
    TT_TRY(tt_arg_tensor_as(c, n, 1, tt_out_dtype(n), &b));
    TT_TRY(product(c, a, b, false, NULL, &x));
    return tt_finish(c, n, 0, x, out);
}

static tt_tensor *scaled(tt_convert *c, const tt_node *n, tt_tensor *x, size_t factor)
{
    if (x == NULL || (!tt_arg_is_symbolic(n, factor) && tt_arg_float(n, factor, 1) == 1))
        return x;
    return tt_f_binary(c, TT_ELEMENTWISE_PROD, x, tt_f_arg(c, n, factor, x->dtype, x->rank));
}

/* beta * self + alpha * a @ b: addmm, addmv, baddbmm; the parameter is 1 for addbmm, which sums over the batch. */
static tt_tensor *added_product(tt_convert *c, const tt_node *n)
{
    size_t beta = tt_arg_find(n, "beta"), alpha = tt_arg_find(n, "alpha");
    tt_dtype dtype = tt_out_dtype(n);
    tt_tensor *x = NULL, *self = tt_f_arg(c, n, 0, dtype, 0), *a = tt_f_arg(c, n, 1, dtype, 0),
              *b = tt_f_arg(c, n, 2, dtype, 0);
    if (!self || !a || !b)
        return NULL;
    bool sums_batch = tt_converter_parameter(n) == 1, plain = true;
    for (size_t i = beta; i <= alpha; i++)
        plain = plain && !tt_arg_is_symbolic(n, i) && tt_arg_float(n, i, 1) == 1;
    if (plain && !sums_batch && is_column_bias(self, b, false))
        return product(c, a, b, false, self, &x) == TTRT_OK ? x : NULL;
    if (product(c, a, b, false, NULL, &x) != TTRT_OK)
        return NULL;
    if (sums_batch)
        x = tt_f_reduce(c, TT_REDUCE_SUM, x, 1, (int64_t[]){0}, false, 0);
    x = scaled(c, n, x, alpha);
    /* With beta 0 PyTorch does not read self: its NaN stays out. */
    if (!tt_arg_is_symbolic(n, beta) && tt_arg_float(n, beta, 1) == 0)
        return x;
    return tt_f_binary(c, TT_ELEMENTWISE_SUM, x, scaled(c, n, self, beta));
}

ttrt_status tt_convert_addmm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return tt_f_finish(c, n, 0, added_product(c, n), out);
}

ttrt_status tt_convert_addmm_activation(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_enum_activation type = tt_arg_bool(n, 5, false) ? TT_ACTIVATION_GELU_TANH : TT_ACTIVATION_RELU;
    return tt_f_finish(c, n, 0, tt_f_activation(c, type, added_product(c, n), 0, 0), out);
}

/* a[:, None] * b[None, :] */
static tt_tensor *outer_product(tt_convert *c, const tt_node *n, size_t first)
{
    tt_tensor *a = tt_f_arg(c, n, first, tt_out_dtype(n), 0), *b = tt_f_arg(c, n, first + 1, tt_out_dtype(n), 0);
    if (!a || !b || tt_unsqueeze_at(c, a, a->rank, &a) != TTRT_OK)
        return NULL;
    return tt_f_binary(c, TT_ELEMENTWISE_PROD, a, b);
}

ttrt_status tt_convert_outer(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return tt_f_finish(c, n, 0, outer_product(c, n, 0), out);
}

ttrt_status tt_convert_addr(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = scaled(c, n, outer_product(c, n, 1), 4);
    if (tt_arg_is_symbolic(n, 3) || tt_arg_float(n, 3, 1) != 0)
        x = tt_f_binary(c, TT_ELEMENTWISE_SUM, x, scaled(c, n, tt_f_arg(c, n, 0, tt_out_dtype(n), 0), 3));
    return tt_f_finish(c, n, 0, x, out);
}

/* Sums over the last dimensions of both; with a 0-d operand a plain product. */
ttrt_status tt_convert_inner(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *a = NULL, *b = NULL, *x = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), &a));
    TT_TRY(tt_arg_tensor_as(c, n, 1, tt_out_dtype(n), &b));
    if (a->rank == 0 || b->rank == 0)
        return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_PROD, a, b), out);
    tt_dim rows = tt_dim_product(c->net->dims, a->dims, (size_t)a->rank - 1),
           columns = tt_dim_product(c->net->dims, b->dims, (size_t)b->rank - 1);
    tt_dim shared = a->dims[a->rank - 1], dims[2 * TT_MAX_RANK_NET];
    int rank = 0;
    for (int d = 0; d + 1 < a->rank; d++)
        dims[rank++] = a->dims[d];
    for (int d = 0; d + 1 < b->rank; d++)
        dims[rank++] = b->dims[d];
    TT_TRY(tt_net_reshape(c->net, a, 2, (tt_dim[]){rows, shared}, &a));
    TT_TRY(tt_net_reshape(c->net, b, 2, (tt_dim[]){columns, shared}, &b));
    TT_TRY(product(c, a, b, true, NULL, &x));
    TT_TRY(tt_net_reshape(c->net, x, rank, dims, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- products of vectors and chains of matrices ---- */

ttrt_status tt_convert_vecdot(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t axis = 0;
    tt_tensor *y = tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_arg(c, n, 0, tt_out_dtype(n), 0),
                               tt_f_arg(c, n, 1, tt_out_dtype(n), 0));
    if (y == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_arg_axis(n, 2, -1, y->rank, &axis));
    return tt_f_finish(c, n, 0, tt_f_reduce(c, TT_REDUCE_SUM, y, 1, &axis, false, 0), out);
}

/* The coordinates one further, or two: [y, z, x] or [z, x, y]. */
static tt_tensor *turned(tt_convert *c, tt_tensor *x, int64_t axis, int64_t by)
{
    const int64_t places[3] = {by, (by + 1) % 3, (by + 2) % 3}, count = 3;
    tt_tensor *index = NULL;
    if (!x || tt_net_constant(c->net, places, TTRT_DTYPE_INT64, 1, &count, &index) != TTRT_OK)
        return NULL;
    return tt_f_gather(c, TT_GATHER_DEFAULT, x, index, axis, false);
}

/* cross, linalg_cross: along a dimension of 3, the first one for cross without a dim. */
ttrt_status tt_convert_cross(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x[2] = {NULL};
    int rank = tt_out_rank(n);
    int64_t axis = 0;
    for (int i = 0; i < 2; i++) {
        TT_TRY(tt_arg_tensor_as(c, n, (size_t)i, tt_out_dtype(n), &x[i]));
        TT_TRY(tt_net_expand(c->net, x[i], rank, n->outs[0]->dims, &x[i]));
    }
    if (tt_arg_is_none(n, 2))
        while (axis + 1 < rank && !tt_dim_is(x[0]->dims[axis], 3))
            axis++;
    else
        TT_TRY(tt_arg_axis(n, 2, -1, rank, &axis));
    if (rank == 0 || !tt_dim_is(x[0]->dims[axis], 3))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s along a dimension that is not 3", n->op->name);
    tt_tensor *a = tt_f_binary(c, TT_ELEMENTWISE_PROD, turned(c, x[0], axis, 1), turned(c, x[1], axis, 2));
    tt_tensor *b = tt_f_binary(c, TT_ELEMENTWISE_PROD, turned(c, x[0], axis, 2), turned(c, x[1], axis, 1));
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_SUB, a, b), out);
}

/* linalg_multi_dot, from left to right. */
ttrt_status tt_convert_multi_dot(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *next = NULL;
    for (size_t i = 0; i < tt_arg_count(n, 0); i++) {
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 0, i), &next));
        if (x)
            TT_TRY(tt_net_matmul(c->net, x, false, next, false, NULL, &x));
        else
            x = next;
    }
    if (x == NULL)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of no tensors", n->op->name);
    return tt_finish(c, n, 0, x, out);
}

bool tt_matrix_power_accepts(const tt_node *n, tt_reason *why)
{
    int64_t power = tt_arg_int(n, 1, -1);
    return power >= 1 || tt_refuse(why, "to the power of %lld", (long long)power);
}

/* By squares: x^6 = x^2 * x^4. */
ttrt_status tt_convert_matrix_power(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *square = NULL, *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &square));
    for (int64_t power = tt_arg_int(n, 1, 1); power > 0; power /= 2) {
        if (power % 2 == 1 && x)
            TT_TRY(tt_net_matmul(c->net, x, false, square, false, NULL, &x));
        else if (power % 2 == 1)
            x = square;
        if (power > 1)
            TT_TRY(tt_net_matmul(c->net, square, false, square, false, NULL, &square));
    }
    return tt_finish(c, n, 0, x, out);
}
