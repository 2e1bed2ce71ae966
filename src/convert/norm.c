/* Normalization: over the last dimensions (layer, RMS), over groups of channels (group, instance), by statistics that
 * were learned (batch norm). */
#include "convert/formula.h"

#include <float.h>

/* One type for x, scale and bias: PyTorch takes half tensors with f32 parameters and computes in f32. */
static tt_dtype common_dtype(const tt_node *n, size_t scale, size_t bias)
{
    tt_dtype dtype = n->args[0].value->dtype;
    for (size_t i = 0; i < 2; i++) {
        size_t at = i ? bias : scale;
        if (!tt_arg_is_none(n, at))
            dtype = tt_dtype_promote(dtype, n->args[at].value->dtype);
    }
    return dtype;
}

/* x, then scale and bias as far as they are given. */
typedef struct norm_inputs {
    tt_tensor *in[3];
    int n;
} norm_inputs;

static ttrt_status read_inputs(tt_convert *c, const tt_node *n, size_t scale, size_t bias,
                               tt_normalization_attrs *attrs, norm_inputs *i)
{
    tt_dtype dtype = common_dtype(n, scale, bias);
    i->n = 1;
    TT_TRY(tt_arg_tensor_as(c, n, 0, dtype, &i->in[0]));
    if (!tt_arg_is_none(n, scale))
        TT_TRY(tt_arg_tensor_as(c, n, scale, dtype, &i->in[i->n++]));
    attrs->has_bias_only = i->n == 1 && !tt_arg_is_none(n, bias);
    if (!tt_arg_is_none(n, bias))
        TT_TRY(tt_arg_tensor_as(c, n, bias, dtype, &i->in[i->n++]));
    return TTRT_OK;
}

static bool is_used(const tt_node *n, size_t i)
{
    return i < n->n_outs && n->outs[i] && tt_value_uses(n->graph, n->outs[i]) > 0;
}

/* 1 / sqrt(x + eps) */
static tt_tensor *inverse_root(tt_convert *c, tt_tensor *x, double eps)
{
    return tt_f_unary(c, TT_UNARY_RSQRT, tt_f_with(c, TT_ELEMENTWISE_SUM, x, eps));
}

static ttrt_status last_axes(const tt_node *n, int rank, int64_t *axes, int *n_axes)
{
    size_t count = tt_arg_count(n, 1);
    if (count == 0 || count > (size_t)rank)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: normalized_shape has %zu dimensions, the input %d", n->op->name, count,
                rank);
    *n_axes = (int)count;
    for (int i = 0; i < *n_axes; i++)
        axes[i] = rank - *n_axes + i;
    return TTRT_OK;
}

/* ---- layer and RMS norm ---- */

/* Mean and reciprocal deviation, which native_layer_norm returns too. */
static ttrt_status layer_statistics(tt_convert *c, const tt_node *n, int n_axes, const int64_t *axes, double eps,
                                    tt_tensor **out)
{
    if (!is_used(n, 1) && !is_used(n, 2))
        return TTRT_OK;
    tt_tensor *x = tt_f_arg(c, n, 0, tt_compute_dtype(n->args[0].value->dtype), 0);
    TT_TRY(tt_f_finish(c, n, 1, tt_f_reduce(c, TT_REDUCE_AVG, x, n_axes, axes, true, 0), &out[1]));
    tt_tensor *variance = tt_f_reduce(c, TT_REDUCE_VARIANCE, x, n_axes, axes, true, 0);
    return tt_f_finish(c, n, 2, inverse_root(c, variance, eps), &out[2]);
}

ttrt_status tt_convert_layer_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t axes[TT_MAX_RANK_NET];
    int n_axes = 0;
    norm_inputs i = {0};
    tt_normalization_attrs attrs = {.kind = TT_NORMALIZATION_LAYER, .eps = tt_arg_float(n, 4, 1e-5)};
    TT_TRY(read_inputs(c, n, 2, 3, &attrs, &i));
    TT_TRY(last_axes(n, i.in[0]->rank, axes, &n_axes));
    attrs.axes = (tt_attr_ints){n_axes, axes};
    tt_tensor *x = NULL;
    TT_TRY(tt_net_add(c->net, TT_LAYER_NORMALIZATION, &attrs, i.in, i.n, &x));
    TT_TRY(tt_finish(c, n, 0, x, &out[0]));
    return layer_statistics(c, n, n_axes, axes, attrs.eps, out);
}

/* The smallest step at 1 of the type that PyTorch computes in. */
static double default_eps(tt_dtype d) { return tt_compute_dtype(d) == TTRT_DTYPE_FLOAT64 ? DBL_EPSILON : FLT_EPSILON; }

ttrt_status tt_convert_rms_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t axes[TT_MAX_RANK_NET];
    int n_axes = 0;
    norm_inputs i = {0};
    tt_normalization_attrs attrs = {.kind = TT_NORMALIZATION_RMS,
                                    .eps = tt_arg_float(n, 3, default_eps(n->args[0].value->dtype))};
    TT_TRY(read_inputs(c, n, 2, n->n_args, &attrs, &i));
    TT_TRY(last_axes(n, i.in[0]->rank, axes, &n_axes));
    attrs.axes = (tt_attr_ints){n_axes, axes};
    tt_tensor *x = NULL;
    TT_TRY(tt_net_add(c->net, TT_LAYER_NORMALIZATION, &attrs, i.in, i.n, &x));
    TT_TRY(tt_finish(c, n, 0, x, &out[0]));
    if (!is_used(n, 1))
        return TTRT_OK;
    x = tt_f_arg(c, n, 0, tt_compute_dtype(n->args[0].value->dtype), 0);
    tt_tensor *mean_square =
        tt_f_reduce(c, TT_REDUCE_AVG, tt_f_binary(c, TT_ELEMENTWISE_PROD, x, x), n_axes, axes, true, 0);
    return tt_f_finish(c, n, 1, inverse_root(c, mean_square, attrs.eps), &out[1]);
}

/* ---- group and instance norm ---- */

static ttrt_status group_norm(tt_convert *c, const tt_node *n, size_t scale, size_t bias, int64_t num_groups,
                              double eps, tt_tensor **out)
{
    norm_inputs i = {0};
    tt_normalization_attrs attrs = {.kind = TT_NORMALIZATION_GROUP, .eps = eps, .num_groups = num_groups};
    TT_TRY(read_inputs(c, n, scale, bias, &attrs, &i));
    tt_tensor *x = NULL;
    TT_TRY(tt_net_add(c->net, TT_LAYER_NORMALIZATION, &attrs, i.in, i.n, &x));
    return tt_finish(c, n, 0, x, &out[0]);
}

ttrt_status tt_convert_group_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t num_groups = 0;
    TT_TRY(tt_arg_now(n, 1, 1, &num_groups));
    return group_norm(c, n, 2, 3, num_groups, tt_arg_float(n, 4, 1e-5), out);
}

/* Statistics of [n, groups], over the rest. */
static ttrt_status group_statistics(tt_convert *c, const tt_node *n, int64_t num_groups, double eps, tt_tensor **out)
{
    if (!is_used(n, 1) && !is_used(n, 2))
        return TTRT_OK;
    tt_tensor *x = tt_f_arg(c, n, 0, tt_compute_dtype(n->args[0].value->dtype), 0);
    if (x == NULL)
        return ttrt_last_error()->status;
    tt_dim size = tt_dim_product(c->net->dims, x->dims + 1, (size_t)x->rank - 1);
    size = tt_dim_floordiv(c->net->dims, size, tt_dim_const(num_groups));
    TT_TRY(tt_net_reshape(c->net, x, 3, (tt_dim[]){x->dims[0], tt_dim_const(num_groups), size}, &x));
    const int64_t axis = 2;
    TT_TRY(tt_f_finish(c, n, 1, tt_f_reduce(c, TT_REDUCE_AVG, x, 1, &axis, false, 0), &out[1]));
    return tt_f_finish(c, n, 2, inverse_root(c, tt_f_reduce(c, TT_REDUCE_VARIANCE, x, 1, &axis, false, 0), eps),
                       &out[2]);
}

ttrt_status tt_convert_native_group_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t num_groups = 0;
    TT_TRY(tt_arg_now(n, 6, 1, &num_groups));
    TT_TRY(group_norm(c, n, 1, 2, num_groups, tt_arg_float(n, 7, 1e-5), out));
    return group_statistics(c, n, num_groups, tt_arg_float(n, 7, 1e-5), out);
}

/* ---- batch norm ---- */

typedef struct batch_args { /* positions */
    size_t mean, variance, training, eps;
} batch_args;

static batch_args batch_args_of(const tt_node *n)
{
    size_t training = tt_arg_find(n, "training");
    return (batch_args){
        .mean = tt_arg_find(n, "running_mean"),
        .variance = tt_arg_find(n, "running_var"),
        .training = training < n->n_args ? training : tt_arg_find(n, "use_input_stats"),
        .eps = tt_arg_find(n, "eps"),
    };
}

/* A parameter of the channels brought to [1, c, 1, ...]. */
static tt_tensor *of_channels(tt_convert *c, const tt_node *n, size_t i, const tt_tensor *x)
{
    tt_tensor *t = tt_f_arg(c, n, i, x->dtype, 0);
    tt_dim dims[TT_MAX_RANK_NET];
    for (int d = 0; d < x->rank; d++)
        dims[d] = d == 1 ? x->dims[1] : tt_dim_const(1);
    return t && tt_net_reshape(c->net, t, x->rank, dims, &t) == TTRT_OK ? t : NULL;
}

/* The one layer: scale = weight / sqrt(var + eps), shift = bias - mean * scale. Constants, the engine folds them. */
static ttrt_status by_running_statistics(tt_convert *c, const tt_node *n, batch_args at, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *x = tt_f_arg(c, n, 0, dtype, 0), *mean = tt_f_arg(c, n, at.mean, dtype, 0);
    tt_tensor *scale = inverse_root(c, tt_f_arg(c, n, at.variance, dtype, 0), tt_arg_float(n, at.eps, 1e-5));
    if (!tt_arg_is_none(n, 1))
        scale = tt_f_binary(c, TT_ELEMENTWISE_PROD, scale, tt_f_arg(c, n, 1, dtype, 0));
    tt_tensor *shift = tt_f_binary(c, TT_ELEMENTWISE_PROD, mean, scale);
    if (tt_arg_is_none(n, 2))
        shift = tt_f_unary(c, TT_UNARY_NEG, shift);
    else
        shift = tt_f_binary(c, TT_ELEMENTWISE_SUB, tt_f_arg(c, n, 2, dtype, 0), shift);
    if (!x || !scale || !shift)
        return ttrt_last_error()->status;
    tt_tensor *y = NULL, *in[] = {x, scale, shift};
    TT_TRY(tt_net_add(c->net, TT_LAYER_SCALE, NULL, in, 3, &y));
    return tt_finish(c, n, 0, y, &out[0]);
}

typedef struct statistics { /* of a tensor over some dimensions, which they keep as 1 */
    tt_tensor *x, *mean, *rstd;
    int64_t axes[TT_MAX_RANK_NET];
    int n_axes;
} statistics;

/* (x - mean) * rstd * weight + bias: over all dimensions but the channels, and the batch where `each` is its own. */
static tt_tensor *by_own_statistics(tt_convert *c, const tt_node *n, bool each, double eps, statistics *s)
{
    *s = (statistics){.x = tt_f_arg(c, n, 0, tt_compute_dtype(tt_out_dtype(n)), 0)};
    for (int d = 0; s->x && d < s->x->rank; d++)
        if (d != 1 && !(each && d == 0))
            s->axes[s->n_axes++] = d;
    s->mean = tt_f_reduce(c, TT_REDUCE_AVG, s->x, s->n_axes, s->axes, true, 0);
    s->rstd = inverse_root(c, tt_f_reduce(c, TT_REDUCE_VARIANCE, s->x, s->n_axes, s->axes, true, 0), eps);
    tt_tensor *y = tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_binary(c, TT_ELEMENTWISE_SUB, s->x, s->mean), s->rstd);
    if (y && !tt_arg_is_none(n, 1))
        y = tt_f_binary(c, TT_ELEMENTWISE_PROD, y, of_channels(c, n, 1, s->x));
    if (y && !tt_arg_is_none(n, 2))
        y = tt_f_binary(c, TT_ELEMENTWISE_SUM, y, of_channels(c, n, 2, s->x));
    return y;
}

/* running * (1 - momentum) + new * momentum */
static ttrt_status updated(tt_convert *c, const tt_node *n, size_t running, tt_tensor *new, size_t i, tt_tensor **out)
{
    double momentum = tt_arg_float(n, tt_arg_find(n, "momentum"), 0.1);
    tt_tensor *old = new ? tt_f_arg(c, n, running, new->dtype, 0) : NULL;
    old = tt_f_with(c, TT_ELEMENTWISE_PROD, old, 1 - momentum);
    new = old ? tt_f_reshape(c, new, old->rank, old->dims) : NULL;
    new = tt_f_with(c, TT_ELEMENTWISE_PROD, new, momentum);
    return tt_f_finish(c, n, i, tt_f_binary(c, TT_ELEMENTWISE_SUM, old, new), &out[i]);
}

/* With training: the statistics of the batch itself. The functional form returns the running ones moved towards them.
 */
static ttrt_status by_batch_statistics(tt_convert *c, const tt_node *n, batch_args at, tt_tensor **out)
{
    statistics s;
    TT_TRY(tt_f_finish(c, n, 0, by_own_statistics(c, n, false, tt_arg_float(n, at.eps, 1e-5), &s), &out[0]));
    for (size_t i = 1; i <= 2; i++)
        if (is_used(n, i))
            TT_TRY(tt_f_finish(c, n, i, i == 1 ? s.mean : s.rstd, &out[i]));
    if (is_used(n, 3))
        TT_TRY(updated(c, n, at.mean, s.mean, 3, out));
    if (is_used(n, 4)) {
        tt_tensor *unbiased = tt_f_reduce(c, TT_REDUCE_VARIANCE, s.x, s.n_axes, s.axes, true, 1);
        TT_TRY(updated(c, n, at.variance, unbiased, 4, out));
    }
    return TTRT_OK;
}

bool tt_batch_norm_accepts(const tt_node *n, tt_reason *why)
{
    batch_args at = batch_args_of(n);
    bool has_running = !tt_arg_is_none(n, at.mean) && !tt_arg_is_none(n, at.variance);
    if (n->args[0].value->rank < 2)
        return tt_refuse(why, "input of rank %zu", n->args[0].value->rank);
    bool returns_running = n->op->id == TT_OP_aten__native_batch_norm_legit_functional_default;
    if (tt_arg_bool(n, at.training, false) && has_running && !returns_running)
        return tt_refuse(why, "updates its running statistics: export the model in eval mode");
    return has_running || tt_arg_bool(n, at.training, false) ||
           tt_refuse(why, "has neither running statistics nor the batch's");
}

ttrt_status tt_convert_batch_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    batch_args at = batch_args_of(n);
    if (tt_arg_bool(n, at.training, false))
        return by_batch_statistics(c, n, at, out);
    TT_TRY(by_running_statistics(c, n, at, out));
    /* What the backward pass would keep is empty without training; the functional form returns the statistics
     * unchanged. */
    for (size_t i = 1; i < n->n_outs; i++) {
        tt_arg zero = {.kind = TT_ARG_INT};
        if (!is_used(n, i))
            continue;
        if (i >= 3)
            TT_TRY(tt_f_finish(c, n, i, tt_f_arg(c, n, at.mean + i - 3, n->outs[i]->dtype, 0), &out[i]));
        else
            TT_TRY(tt_filled(c, (int)n->outs[i]->rank, n->outs[i]->dims, n->outs[i]->dtype, &zero, &out[i]));
    }
    return TTRT_OK;
}

bool tt_instance_norm_accepts(const tt_node *n, tt_reason *why)
{
    const tt_value *x = n->args[0].value;
    if (!tt_arg_bool(n, 5, true))
        return tt_batch_norm_accepts(n, why);
    if (!tt_arg_is_none(n, 3) && tt_value_uses(n->graph, n->args[3].value) > 1)
        return tt_refuse(why, "updates its running statistics");
    return x->rank >= 3 || tt_refuse(why, "input of rank %zu", x->rank);
}

ttrt_status tt_convert_instance_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    if (!tt_arg_bool(n, 5, true))
        return by_running_statistics(c, n, batch_args_of(n), out);
    tt_dim channels = n->args[0].value->dims[1];
    if (tt_dim_is_const(channels))
        return group_norm(c, n, 1, 2, channels.value, tt_arg_float(n, 7, 1e-5), out);
    statistics s;
    return tt_f_finish(c, n, 0, by_own_statistics(c, n, true, tt_arg_float(n, 7, 1e-5), &s), out);
}
