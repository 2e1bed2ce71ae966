/* Inference of contractions, reductions, normalization and order. */
#include "network/infer.h"

ttrt_status tt_infer_layer_matrix_multiply(tt_infer *c)
{
    const tt_matrix_multiply_attrs *at = &c->layer->attrs.matrix_multiply;
    const tt_tensor *a = c->layer->in[0], *b = c->layer->in[1];
    int r = a->rank;

    TT_TRY(tt_infer_same_dtype(c, a, b));
    TT_RULE(tt_infer_is_number(a->dtype), "inputs are %s", ttrt_dtype_name(a->dtype));
    TT_RULE(r >= 2 && r == b->rank, "ranks %d and %d, expected equal ones of 2 or more", a->rank, b->rank);
    tt_infer_out *out = tt_infer_like(c, a);
    for (int i = 0; i < r - 2; i++)
        if (!tt_infer_broadcast(c->dims, a->dims[i], b->dims[i], &out->dims[i]))
            return tt_infer_equal(c, "batch dimensions", a->dims[i], b->dims[i], NULL);
    TT_TRY(tt_infer_equal(c, "inner dimensions", a->dims[at->transpose_a ? r - 2 : r - 1],
                          b->dims[at->transpose_b ? r - 1 : r - 2], NULL));
    out->dims[r - 2] = a->dims[at->transpose_a ? r - 1 : r - 2];
    out->dims[r - 1] = b->dims[at->transpose_b ? r - 2 : r - 1];
    if (c->layer->n_in == 3) {
        const tt_tensor *bias = c->layer->in[2];
        TT_TRY(tt_infer_same_dtype(c, a, bias));
        TT_RULE(bias->rank == 1, "bias of rank %d, expected 1", bias->rank);
        TT_TRY(tt_infer_equal(c, "columns and bias", out->dims[r - 1], bias->dims[0], NULL));
    }
    return TTRT_OK;
}

/* PyTorch has no maximum of nothing. */
static ttrt_status check_not_empty(tt_infer *c, const tt_tensor *x, uint64_t axes)
{
    for (int i = 0; i < x->rank; i++)
        TT_RULE(!(axes >> i & 1) || !tt_dim_is(x->dims[i], 0), "axis %d has no elements", i);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_reduce(tt_infer *c)
{
    const tt_reduce_attrs *a = &c->layer->attrs.reduce;
    const tt_tensor *x = c->layer->in[0];
    uint64_t axes;
    bool ok = false;

    TT_TRY(tt_infer_axes(c, a->axes, x->rank, &axes));
    switch (a->operation) {
    case TT_REDUCE_SUM:
    case TT_REDUCE_PROD:
        ok = tt_infer_is_number(x->dtype);
        break;
    case TT_REDUCE_MAX:
    case TT_REDUCE_MIN:
        TT_TRY(check_not_empty(c, x, axes));
        ok = tt_infer_is_number(x->dtype) || x->dtype == TTRT_DTYPE_BOOL;
        break;
    case TT_REDUCE_ANY:
    case TT_REDUCE_ALL:
        ok = x->dtype == TTRT_DTYPE_BOOL;
        break;
    case TT_REDUCE_AVG:
    case TT_REDUCE_NORM:
    case TT_REDUCE_VARIANCE:
        ok = tt_infer_is_float(x->dtype);
        break;
    }
    TT_RULE(ok, "%s of %s", tt_enum_name("reduce", a->operation), ttrt_dtype_name(x->dtype));
    tt_infer_out *out = tt_infer_like(c, x);
    for (int i = 0; i < x->rank; i++)
        if (axes >> i & 1)
            out->dims[i] = tt_dim_const(1);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_arg_reduce(tt_infer *c)
{
    const tt_arg_reduce_attrs *a = &c->layer->attrs.arg_reduce;
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(tt_infer_is_number(x->dtype), "input is %s", ttrt_dtype_name(x->dtype));
    TT_TRY(tt_infer_axis(c, a->axis, x->rank));
    TT_TRY(check_not_empty(c, x, (uint64_t)1 << a->axis));
    tt_infer_out *out = tt_infer_like(c, x);
    out->dtype = TTRT_DTYPE_INT64;
    out->dims[a->axis] = tt_dim_const(1);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_softmax(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];

    TT_TRY(tt_infer_float(c, x));
    TT_TRY(tt_infer_axis(c, c->layer->attrs.softmax.axis, x->rank));
    tt_infer_like(c, x);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_cumulative(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(tt_infer_is_number(x->dtype), "input is %s", ttrt_dtype_name(x->dtype));
    if (c->layer->attrs.cumulative.operation == TT_CUMULATIVE_LOGSUMEXP)
        TT_TRY(tt_infer_float(c, x));
    TT_TRY(tt_infer_axis(c, c->layer->attrs.cumulative.axis, x->rank));
    tt_infer_like(c, x);
    return TTRT_OK;
}

/* Scale and bias of GROUP: one number a channel. */
static ttrt_status check_group(tt_infer *c, const tt_tensor *x)
{
    const tt_normalization_attrs *a = &c->layer->attrs.normalization;

    TT_RULE(x->rank >= 2, "input of rank %d, expected [n, c, ...]", x->rank);
    TT_RULE(a->num_groups >= 1, "%lld groups", (long long)a->num_groups);
    TT_RULE(!tt_dim_is_const(x->dims[1]) || x->dims[1].value % a->num_groups == 0, "%lld channels in %lld groups",
            (long long)x->dims[1].value, (long long)a->num_groups);
    for (int i = 1; i < c->layer->n_in; i++) {
        TT_RULE(c->layer->in[i]->rank == 1, "scale or bias of rank %d, expected 1", c->layer->in[i]->rank);
        TT_TRY(tt_infer_equal(c, "channels and scale", x->dims[1], c->layer->in[i]->dims[0], NULL));
    }
    return TTRT_OK;
}

/* Scale and bias of LAYER and RMS: the shape of the axes, which are the last ones. */
static ttrt_status check_last_axes(tt_infer *c, const tt_tensor *x)
{
    tt_attr_ints axes = c->layer->attrs.normalization.axes;
    int first = x->rank - axes.n;

    TT_RULE(axes.n >= 1 && first >= 0, "%d axes of a tensor of rank %d", axes.n, x->rank);
    for (int i = 0; i < axes.n; i++)
        TT_RULE(axes.v[i] == first + i, "axes are not the last ones in order");
    for (int k = 1; k < c->layer->n_in; k++) {
        const tt_tensor *s = c->layer->in[k];
        TT_RULE(s->rank == axes.n, "scale or bias of rank %d, expected %d", s->rank, axes.n);
        for (int i = 0; i < axes.n; i++)
            TT_TRY(tt_infer_equal(c, "dimensions of input and scale", x->dims[first + i], s->dims[i], NULL));
    }
    return TTRT_OK;
}

ttrt_status tt_infer_layer_normalization(tt_infer *c)
{
    const tt_normalization_attrs *a = &c->layer->attrs.normalization;
    const tt_tensor *x = c->layer->in[0];

    TT_TRY(tt_infer_float(c, x));
    for (int i = 1; i < c->layer->n_in; i++)
        TT_TRY(tt_infer_same_dtype(c, x, c->layer->in[i]));
    TT_RULE(!a->has_bias_only || c->layer->n_in == 2, "has_bias_only with %d inputs", c->layer->n_in);
    TT_TRY(a->kind == TT_NORMALIZATION_GROUP ? check_group(c, x) : check_last_axes(c, x));
    tt_infer_like(c, x);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_scale(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];

    TT_TRY(tt_infer_float(c, x));
    TT_RULE(x->rank >= 2, "input of rank %d, expected [n, c, ...]", x->rank);
    for (int i = 1; i < 3; i++) {
        const tt_tensor *s = c->layer->in[i];
        TT_TRY(tt_infer_same_dtype(c, x, s));
        TT_RULE(s->rank == 1, "%s of rank %d, expected 1", i == 1 ? "scale" : "shift", s->rank);
        TT_TRY(tt_infer_equal(c, "channels and scale", x->dims[1], s->dims[0], NULL));
    }
    tt_infer_like(c, x);
    return TTRT_OK;
}

static ttrt_status check_mask(tt_infer *c, const tt_tensor *q, const tt_tensor *k, const tt_tensor *mask)
{
    tt_dim full[4] = {q->dims[0], q->dims[1], q->dims[2], k->dims[2]};

    TT_RULE(mask->dtype == TTRT_DTYPE_BOOL || mask->dtype == q->dtype, "mask is %s", ttrt_dtype_name(mask->dtype));
    TT_RULE(mask->rank == 4, "mask of rank %d, expected 4", mask->rank);
    for (int i = 0; i < 4; i++)
        if (!tt_dim_is(mask->dims[i], 1))
            TT_TRY(tt_infer_equal(c, "dimensions of scores and mask", full[i], mask->dims[i], NULL));
    return TTRT_OK;
}

ttrt_status tt_infer_layer_attention(tt_infer *c)
{
    tt_tensor *const *in = c->layer->in;
    const tt_tensor *q = in[0], *k = in[1], *v = in[2];

    TT_TRY(tt_infer_float(c, q));
    for (int i = 0; i < 3; i++) {
        TT_TRY(tt_infer_same_dtype(c, q, in[i]));
        TT_RULE(in[i]->rank == 4, "input %d of rank %d, expected 4", i, in[i]->rank);
    }
    tt_dim h = q->dims[1], hk = k->dims[1];
    for (int i = 1; i < 3; i++)
        TT_TRY(tt_infer_equal(c, "batch sizes", q->dims[0], in[i]->dims[0], NULL));
    TT_TRY(tt_infer_equal(c, "query and key sizes", q->dims[3], k->dims[3], NULL));
    TT_TRY(tt_infer_equal(c, "key and value lengths", k->dims[2], v->dims[2], NULL));
    TT_TRY(tt_infer_equal(c, "key and value heads", hk, v->dims[1], NULL));
    if (tt_dim_is_const(h) && tt_dim_is_const(hk))
        TT_RULE(hk.value > 0 ? h.value % hk.value == 0 : h.value == 0, "%lld query heads and %lld key heads",
                (long long)h.value, (long long)hk.value);
    if (c->layer->n_in == 4)
        TT_TRY(check_mask(c, q, k, in[3]));
    tt_infer_like(c, q)->dims[3] = v->dims[3];
    return TTRT_OK;
}

static ttrt_status values_and_indices(tt_infer *c, const tt_tensor *x)
{
    TT_RULE(tt_infer_is_number(x->dtype) || x->dtype == TTRT_DTYPE_BOOL, "input is %s", ttrt_dtype_name(x->dtype));
    tt_infer_like(c, x);
    tt_infer_like(c, x)->dtype = TTRT_DTYPE_INT64;
    return TTRT_OK;
}

ttrt_status tt_infer_layer_topk(tt_infer *c)
{
    const tt_topk_attrs *a = &c->layer->attrs.topk;
    const tt_tensor *x = c->layer->in[0];

    TT_TRY(tt_infer_axis(c, a->axis, x->rank));
    TT_RULE(!tt_dim_is_const(a->k) || !tt_dim_is_const(x->dims[a->axis]) || a->k.value <= x->dims[a->axis].value,
            "k is %lld of %lld", (long long)a->k.value, (long long)x->dims[a->axis].value);
    TT_TRY(values_and_indices(c, x));
    c->out[0].dims[a->axis] = c->out[1].dims[a->axis] = a->k;
    return TTRT_OK;
}

ttrt_status tt_infer_layer_sort(tt_infer *c)
{
    TT_TRY(tt_infer_axis(c, c->layer->attrs.sort.axis, c->layer->in[0]->rank));
    return values_and_indices(c, c->layer->in[0]);
}

ttrt_status tt_infer_layer_search(tt_infer *c)
{
    const tt_tensor *row = c->layer->in[0], *values = c->layer->in[1];

    TT_TRY(tt_infer_same_dtype(c, row, values));
    TT_RULE(tt_infer_is_number(row->dtype) || row->dtype == TTRT_DTYPE_BOOL, "input is %s",
            ttrt_dtype_name(row->dtype));
    TT_RULE(row->rank >= 1 && (row->rank == 1 || row->rank == values->rank), "a row of rank %d for values of rank %d",
            row->rank, values->rank);
    for (int d = 0; d < row->rank - 1; d++)
        TT_TRY(tt_infer_equal(c, "dimensions of row and values", row->dims[d], values->dims[d], NULL));
    tt_infer_like(c, values)->dtype = TTRT_DTYPE_INT64;
    return TTRT_OK;
}

static ttrt_status check_shape(tt_infer *c, int i, int rank, const tt_dim *dims, const char *what)
{
    const tt_tensor *t = c->layer->in[i];

    TT_TRY(tt_infer_same_dtype(c, c->layer->in[0], t));
    TT_RULE(t->rank == rank, "%s of rank %d, expected %d", what, t->rank, rank);
    for (int d = 0; d < rank; d++)
        TT_TRY(tt_infer_equal(c, what, dims[d], t->dims[d], NULL));
    return TTRT_OK;
}

ttrt_status tt_infer_layer_recurrent(tt_infer *c)
{
    static const int n_gates[] = {
        [TT_RECURRENT_LSTM] = 4, [TT_RECURRENT_GRU] = 3, [TT_RECURRENT_TANH] = 1, [TT_RECURRENT_RELU] = 1};
    const int64_t op = c->layer->attrs.recurrent.operation;
    const tt_tensor *x = c->layer->in[0], *w = c->layer->in[1];
    const int n_in = c->layer->n_in, least = op == TT_RECURRENT_LSTM ? 4 : 3;
    tt_dim hidden;

    TT_TRY(tt_infer_float(c, x));
    TT_RULE(x->rank == 3 && w->rank == 2, "gates of rank %d, weights of rank %d", x->rank, w->rank);
    TT_RULE(n_in == least || (n_in == least + 1 && n_gates[op] > 1), "%s of %d inputs", tt_enum_name("recurrent", op),
            n_in);
    TT_RULE(tt_dim_divide_exact(c->dims, x->dims[2], tt_dim_const(n_gates[op]), &hidden), "gates are no multiple of %d",
            n_gates[op]);
    tt_dim out = w->dims[1];
    TT_TRY(check_shape(c, 1, 2, (tt_dim[]){x->dims[2], out}, "gates and weights"));
    TT_TRY(check_shape(c, 2, 2, (tt_dim[]){x->dims[1], out}, "gates and state"));
    if (op == TT_RECURRENT_LSTM)
        TT_TRY(check_shape(c, 3, 2, (tt_dim[]){x->dims[1], hidden}, "gates and cell state"));
    if (n_in == least + 1 && op == TT_RECURRENT_LSTM)
        TT_TRY(check_shape(c, 4, 2, (tt_dim[]){out, hidden}, "state and projection"));
    else
        TT_TRY(tt_infer_equal(c, "state and hidden units", out, hidden, NULL));
    if (n_in == least + 1 && op == TT_RECURRENT_GRU)
        TT_TRY(check_shape(c, 3, 1, &x->dims[2], "gates and bias"));
    tt_infer_add(c, x->dtype, 3, (tt_dim[]){x->dims[0], x->dims[1], out});
    if (op == TT_RECURRENT_LSTM)
        tt_infer_add(c, x->dtype, 2, (tt_dim[]){x->dims[1], hidden});
    return TTRT_OK;
}
