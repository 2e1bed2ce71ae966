/* Shorthands for the layers that converters add most. What changes nothing adds nothing. */
#include "network/network.h"

#include "base/checked.h"

static bool same_dims(const tt_tensor *x, int rank, const tt_dim *dims)
{
    if (x->rank != rank)
        return false;
    for (int i = 0; i < rank; i++)
        if (!tt_dim_equal(x->dims[i], dims[i]))
            return false;
    return true;
}

static ttrt_status keep(tt_tensor *x, tt_tensor **out)
{
    *out = x;
    return TTRT_OK;
}

/* ---- constants ---- */

ttrt_status tt_net_constant_ref(tt_network *net, const void *data, tt_dtype dtype, int rank, const int64_t *dims,
                                const char *name, tt_tensor **out)
{
    int64_t n;
    size_t bytes;

    if (rank < 0 || rank > TT_MAX_RANK_NET || !tt_count_elems(dims, (size_t)rank, &n) ||
        !tt_mul_size((size_t)n, ttrt_dtype_size(dtype), &bytes))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "constant '%s' of rank %d is too big", name ? name : "", rank);
    tt_constant_attrs a = {.weights = {.data = data, .bytes = bytes, .name = name, .dtype = dtype},
                           .dimensions = {rank, dims}};
    return tt_net_add(net, TT_LAYER_CONSTANT, &a, NULL, 0, out);
}

ttrt_status tt_net_constant(tt_network *net, const void *data, tt_dtype dtype, int rank, const int64_t *dims,
                            tt_tensor **out)
{
    TT_TRY(tt_net_constant_ref(net, data, dtype, rank, dims, NULL, out));
    tt_net_weights *w = &(*out)->layer->attrs.constant.weights;
    void *copy = tt_arena_copy(net->arena, data, w->bytes);
    if (!copy) {
        tt_net_remove(net, (*out)->layer);
        return TTRT_ERR_MEMORY;
    }
    w->data = copy;
    return TTRT_OK;
}

static ttrt_status scalar(tt_network *net, const void *data, tt_dtype dtype, int rank, tt_tensor **out)
{
    int64_t dims[TT_MAX_RANK_NET];

    TT_INVARIANT(rank >= 0 && rank <= TT_MAX_RANK_NET);
    for (int i = 0; i < rank; i++)
        dims[i] = 1;
    return tt_net_constant(net, data, dtype, rank, dims, out);
}

ttrt_status tt_net_scalar(tt_network *net, double v, tt_dtype dtype, int rank, tt_tensor **out)
{
    uint64_t data = 0;

    tt_store_f64(&data, dtype, v);
    return scalar(net, &data, dtype, rank, out);
}

ttrt_status tt_net_scalar_int(tt_network *net, int64_t v, tt_dtype dtype, int rank, tt_tensor **out)
{
    uint64_t data = 0;

    tt_store_i64(&data, dtype, v);
    return scalar(net, &data, dtype, rank, out);
}

ttrt_status tt_net_dim_tensor(tt_network *net, tt_dim v, tt_dtype dtype, int rank, tt_tensor **out)
{
    if (tt_dim_is_const(v))
        return tt_net_scalar_int(net, v.value, dtype, rank, out);
    tt_dimension_attrs a = {.value = v};
    tt_tensor *t;
    TT_TRY(tt_net_add(net, TT_LAYER_DIMENSION, &a, NULL, 0, &t));
    TT_TRY(tt_net_cast(net, t, dtype, &t));
    return tt_net_rank_at_least(net, t, rank, out);
}

/* ---- element by element ---- */

ttrt_status tt_net_cast(tt_network *net, tt_tensor *x, tt_dtype to, tt_tensor **out)
{
    if (x->dtype == to)
        return keep(x, out);
    tt_cast_attrs a = {.to_type = to};
    return tt_net_add(net, TT_LAYER_CAST, &a, &x, 1, out);
}

ttrt_status tt_net_unary(tt_network *net, tt_enum_unary op, tt_tensor *x, tt_tensor **out)
{
    tt_unary_attrs a = {.operation = op};
    return tt_net_add(net, TT_LAYER_UNARY, &a, &x, 1, out);
}

ttrt_status tt_net_activation(tt_network *net, tt_enum_activation type, double alpha, double beta, tt_tensor *x,
                              tt_tensor **out)
{
    tt_activation_attrs a = {.type = type, .alpha = alpha, .beta = beta};
    return tt_net_add(net, TT_LAYER_ACTIVATION, &a, &x, 1, out);
}

/* PyTorch computes with bools as with the truth values that they are: true + true is true. */
static tt_enum_elementwise for_bool(tt_enum_elementwise op)
{
    switch (op) {
    case TT_ELEMENTWISE_SUM:
    case TT_ELEMENTWISE_MAX:
        return TT_ELEMENTWISE_OR;
    case TT_ELEMENTWISE_PROD:
    case TT_ELEMENTWISE_MIN:
        return TT_ELEMENTWISE_AND;
    default:
        return op;
    }
}

ttrt_status tt_net_elementwise(tt_network *net, tt_enum_elementwise op, tt_tensor *a, tt_tensor *b, tt_tensor **out)
{
    int rank = a->rank > b->rank ? a->rank : b->rank;
    tt_tensor *in[2];

    TT_TRY(tt_net_rank_at_least(net, a, rank, &in[0]));
    TT_TRY(tt_net_rank_at_least(net, b, rank, &in[1]));
    tt_elementwise_attrs attrs = {.operation = a->dtype == TTRT_DTYPE_BOOL ? for_bool(op) : op};
    return tt_net_add(net, TT_LAYER_ELEMENTWISE, &attrs, in, 2, out);
}

ttrt_status tt_net_select(tt_network *net, tt_tensor *condition, tt_tensor *a, tt_tensor *b, tt_tensor **out)
{
    tt_tensor *in[3] = {condition, a, b};
    int rank = 0;

    for (int i = 0; i < 3; i++)
        rank = in[i]->rank > rank ? in[i]->rank : rank;
    for (int i = 0; i < 3; i++)
        TT_TRY(tt_net_rank_at_least(net, in[i], rank, &in[i]));
    return tt_net_add(net, TT_LAYER_SELECT, NULL, in, 3, out);
}

/* ---- layout ---- */

ttrt_status tt_net_reshape(tt_network *net, tt_tensor *x, int rank, const tt_dim *dims, tt_tensor **out)
{
    if (same_dims(x, rank, dims))
        return keep(x, out);
    tt_reshape_attrs a = {.dimensions = {rank, dims}};
    return tt_net_add(net, TT_LAYER_RESHAPE, &a, &x, 1, out);
}

ttrt_status tt_net_transpose(tt_network *net, tt_tensor *x, const int64_t *permutation, tt_tensor **out)
{
    bool identity = true;

    for (int i = 0; i < x->rank; i++)
        identity = identity && permutation[i] == i;
    if (identity)
        return keep(x, out);
    tt_transpose_attrs a = {.permutation = {x->rank, permutation}};
    return tt_net_add(net, TT_LAYER_TRANSPOSE, &a, &x, 1, out);
}

ttrt_status tt_net_expand(tt_network *net, tt_tensor *x, int rank, const tt_dim *dims, tt_tensor **out)
{
    TT_TRY(tt_net_rank_at_least(net, x, rank, &x));
    if (same_dims(x, rank, dims))
        return keep(x, out);
    tt_expand_attrs a = {.dimensions = {rank, dims}};
    return tt_net_add(net, TT_LAYER_EXPAND, &a, &x, 1, out);
}

ttrt_status tt_net_rank_at_least(tt_network *net, tt_tensor *x, int rank, tt_tensor **out)
{
    tt_dim dims[TT_MAX_RANK_NET];
    int more = rank - x->rank;

    TT_INVARIANT(rank <= TT_MAX_RANK_NET);
    if (more <= 0)
        return keep(x, out);
    for (int i = 0; i < rank; i++)
        dims[i] = i < more ? tt_dim_const(1) : x->dims[i - more];
    return tt_net_reshape(net, x, rank, dims, out);
}

ttrt_status tt_net_slice(tt_network *net, tt_tensor *x, int axis, tt_dim start, tt_dim size, int64_t stride,
                         tt_tensor **out)
{
    tt_dim starts[TT_MAX_RANK_NET], sizes[TT_MAX_RANK_NET];
    int64_t strides[TT_MAX_RANK_NET];

    TT_INVARIANT(axis >= 0 && axis < x->rank);
    if (stride == 1 && tt_dim_is(start, 0) && tt_dim_equal(size, x->dims[axis]))
        return keep(x, out);
    for (int i = 0; i < x->rank; i++) {
        starts[i] = i == axis ? start : tt_dim_const(0);
        sizes[i] = i == axis ? size : x->dims[i];
        strides[i] = i == axis ? stride : 1;
    }
    tt_slice_attrs a = {.start = {x->rank, starts}, .size = {x->rank, sizes}, .stride = {x->rank, strides}};
    return tt_net_add(net, TT_LAYER_SLICE, &a, &x, 1, out);
}

ttrt_status tt_net_concat(tt_network *net, int n, tt_tensor *const *x, int64_t axis, tt_tensor **out)
{
    if (n == 1)
        return keep(x[0], out);
    tt_concatenation_attrs a = {.axis = axis};
    return tt_net_add(net, TT_LAYER_CONCATENATION, &a, x, n, out);
}

ttrt_status tt_net_gather(tt_network *net, tt_enum_gather mode, tt_tensor *x, tt_tensor *index, int64_t axis, bool wrap,
                          tt_tensor **out)
{
    tt_gather_attrs a = {.mode = mode, .axis = axis, .wrap = wrap};
    tt_tensor *in[2] = {x, index};
    return tt_net_add(net, TT_LAYER_GATHER, &a, in, 2, out);
}

/* ---- along axes ---- */

ttrt_status tt_net_reduce(tt_network *net, tt_enum_reduce op, tt_tensor *x, int n_axes, const int64_t *axes,
                          bool keep_axes, double parameter, tt_tensor **out)
{
    tt_reduce_attrs a = {.operation = op, .axes = {n_axes, axes}, .parameter = parameter};
    tt_dim dims[TT_MAX_RANK_NET];
    uint64_t set = 0;
    int rank = 0;

    TT_TRY(tt_net_add(net, TT_LAYER_REDUCE, &a, &x, 1, &x));
    for (int i = 0; i < n_axes; i++)
        set |= (uint64_t)1 << axes[i];
    for (int i = 0; i < x->rank; i++)
        if (keep_axes || !(set >> i & 1))
            dims[rank++] = x->dims[i];
    return tt_net_reshape(net, x, rank, dims, out);
}

ttrt_status tt_net_softmax(tt_network *net, tt_tensor *x, int64_t axis, bool is_log, tt_tensor **out)
{
    tt_softmax_attrs a = {.axis = axis, .is_log = is_log};
    return tt_net_add(net, TT_LAYER_SOFTMAX, &a, &x, 1, out);
}

/* ---- matrix multiply ---- */

/* A vector is a row on the left and a column on the right. */
static ttrt_status as_matrix(tt_network *net, tt_tensor *x, bool column, tt_tensor **out)
{
    tt_dim dims[2] = {tt_dim_const(1), tt_dim_const(1)};

    if (x->rank != 1)
        return keep(x, out);
    dims[column ? 0 : 1] = x->dims[0];
    return tt_net_reshape(net, x, 2, dims, out);
}

/* [a, b, m, k] -> [a * b * m, k] */
static ttrt_status flatten_rows(tt_network *net, tt_tensor *x, tt_tensor **out)
{
    tt_dim dims[2] = {tt_dim_product(net->dims, x->dims, (size_t)x->rank - 1), x->dims[x->rank - 1]};

    return tt_net_reshape(net, x, 2, dims, out);
}

/* Whether the layer can add it: one number for each column. */
static bool fits_columns(const tt_tensor *bias, tt_dim columns)
{
    return bias && bias->rank == 1 && (!tt_dim_is(bias->dims[0], 1) || tt_dim_is(columns, 1));
}

static ttrt_status multiply(tt_network *net, tt_tensor *a, bool ta, tt_tensor *b, bool tb, tt_tensor *bias,
                            tt_tensor **out)
{
    tt_matrix_multiply_attrs attrs = {.transpose_a = ta, .transpose_b = tb};
    tt_tensor *in[3] = {a, b, bias}, *x;
    tt_dim dims[TT_MAX_RANK_NET];
    int rank = a->rank > b->rank ? a->rank : b->rank;

    /* One matrix on the right, as in a linear layer: all rows on the left belong to one multiply. */
    bool flat = rank > 2 && b->rank == 2 && !ta;
    if (flat) {
        TT_TRY(flatten_rows(net, a, &in[0]));
    } else {
        TT_TRY(tt_net_rank_at_least(net, a, rank, &in[0]));
        TT_TRY(tt_net_rank_at_least(net, b, rank, &in[1]));
    }
    TT_TRY(tt_net_add(net, TT_LAYER_MATRIX_MULTIPLY, &attrs, in, bias ? 3 : 2, &x));
    if (!flat)
        return keep(x, out);
    for (int i = 0; i < rank - 1; i++)
        dims[i] = a->dims[i];
    dims[rank - 1] = x->dims[1];
    return tt_net_reshape(net, x, rank, dims, out);
}

ttrt_status tt_net_matmul(tt_network *net, tt_tensor *a, bool ta, tt_tensor *b, bool tb, tt_tensor *bias,
                          tt_tensor **out)
{
    bool row = a->rank == 1, column = b->rank == 1;
    tt_dim dims[TT_MAX_RANK_NET];
    tt_tensor *x;
    int rank = 0;

    if (a->rank == 0 || b->rank == 0)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "matrix multiply of ranks %d and %d", a->rank, b->rank);
    TT_TRY(as_matrix(net, a, false, &a));
    TT_TRY(as_matrix(net, b, true, &b));
    ta = ta && !row;
    tb = tb && !column;
    bool added = !column && fits_columns(bias, b->dims[tb ? b->rank - 2 : b->rank - 1]);
    TT_TRY(multiply(net, a, ta, b, tb, added ? bias : NULL, &x));
    for (int i = 0; i < x->rank; i++)
        if (!(row && i == x->rank - 2) && !(column && i == x->rank - 1))
            dims[rank++] = x->dims[i];
    TT_TRY(tt_net_reshape(net, x, rank, dims, &x));
    if (bias && !added)
        return tt_net_elementwise(net, TT_ELEMENTWISE_SUM, x, bias, out);
    return keep(x, out);
}
