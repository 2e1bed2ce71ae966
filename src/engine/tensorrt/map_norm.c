/* Softmax, normalization, scales of channels. */
#include "engine/tensorrt/formula.h"

/* ---- softmax ---- */

/* TensorRT's layer takes two dimensions or more. */
static ITensor *softmax(tt_trt_map *m, const tt_tensor *t, ITensor *x, int axis)
{
    const tt_dim row[2] = {tt_dim_const(1), t->dims[0]};

    if (t->rank == 1)
        x = tt_trt_f_reshape(m, x, 2, row);
    if (!x)
        return NULL;
    ISoftMaxLayer *s = trt_INetworkDefinition_addSoftMax(m->trt, x);
    trt_ISoftMaxLayer_setAxes(s, t->rank == 1 ? 2 : 1u << axis);
    x = tt_trt_added(m, s, &x) == TTRT_OK ? x : NULL;
    return t->rank == 1 ? tt_trt_f_reshape(m, x, 1, t->dims) : x;
}

/* The logarithm of a softmax would lose what is smaller than its smallest number. */
static ITensor *log_softmax(tt_trt_map *m, ITensor *x, uint32_t axis)
{
    x = f_sub(m, x, tt_trt_f_reduce(m, TRT_ReduceOperation_kMAX, x, axis));
    return f_sub(m, x, f_log(m, tt_trt_f_reduce(m, TRT_ReduceOperation_kSUM, f_exp(m, x), axis)));
}

ttrt_status tt_trt_map_softmax(tt_trt_map *m, const tt_layer *l)
{
    const int axis = (int)l->attrs.softmax.axis;
    ITensor *x = tt_trt_in(m, l, 0);

    return tt_trt_f_out(m, l, 0,
                        l->attrs.softmax.is_log ? log_softmax(m, tt_trt_f_wide(m, x), 1u << axis)
                                                : softmax(m, l->in[0], x, axis));
}

/* ---- normalization ---- */

static bool is_of_channels(const tt_layer *l)
{
    return l->kind == TT_LAYER_SCALE || l->attrs.normalization.kind == TT_NORMALIZATION_GROUP;
}

/* Scale and bias are of the shape [1, c, 1, ...] where channels have them, else [1, ..., 1, the axes]. */
static void parameter_dims(const tt_layer *l, int rank, tt_dim *dims)
{
    const int n = is_of_channels(l) ? 1 : l->attrs.normalization.axes.n, first = is_of_channels(l) ? 1 : rank - n;

    for (int d = 0; d < rank; d++)
        dims[d] = d >= first && d < first + n ? l->in[0]->dims[d] : tt_dim_const(1);
}

static ITensor *parameter(tt_trt_map *m, const tt_layer *l, int i, int rank)
{
    tt_dim dims[TT_TRT_RANK];

    parameter_dims(l, rank, dims);
    return tt_trt_f_reshape(m, tt_trt_in(m, l, i), rank, dims);
}

/* Inputs of the layer; 0: none. */
static int scale_at(const tt_layer *l) { return l->n_in > 1 && !l->attrs.normalization.has_bias_only ? 1 : 0; }

static int bias_at(const tt_layer *l) { return l->n_in - 1 > scale_at(l) ? l->n_in - 1 : 0; }

/* x / sqrt(mean(x^2) + eps). TensorRT has no layer for it, but finds these. */
static ITensor *rms(tt_trt_map *m, const tt_layer *l, uint32_t axes)
{
    const int rank = l->in[0]->rank;
    ITensor *x = tt_trt_f_wide(m, tt_trt_in(m, l, 0));
    ITensor *mean = tt_trt_f_reduce(m, TRT_ReduceOperation_kAVG, f_mul(m, x, x), axes);
    ITensor *root = f_sqrt(m, f_add_number(m, mean, l->attrs.normalization.eps));

    x = f_mul(m, x, f_recip(m, root));
    if (scale_at(l))
        x = f_mul(m, x, tt_trt_f_wide(m, parameter(m, l, scale_at(l), rank)));
    if (bias_at(l))
        x = f_add(m, x, tt_trt_f_wide(m, parameter(m, l, bias_at(l), rank)));
    return x;
}

/* TensorRT wants scale and bias: where they are absent they are all 1 and 0. */
static ITensor *parameter_or(tt_trt_map *m, const tt_layer *l, int i, double number, const ITensor *x, int rank)
{
    tt_dim dims[TT_TRT_RANK];

    if (i)
        return parameter(m, l, i, rank);
    parameter_dims(l, rank, dims);
    return tt_trt_f_expand(m, tt_trt_f_number(m, number, x), rank, tt_trt_ones, dims);
}

/* TensorRT's layer; it takes statistics in float32. */
static ITensor *normalized(tt_trt_map *m, const tt_layer *l, ITensor *x, int rank, uint32_t axes, int64_t groups)
{
    ITensor *scale = parameter_or(m, l, scale_at(l), 1, x, rank), *bias = parameter_or(m, l, bias_at(l), 0, x, rank);

    if (!x || !scale || !bias)
        return NULL;
    INormalizationLayer *n = trt_INetworkDefinition_addNormalizationV2(m->trt, x, scale, bias, axes);
    trt_INormalizationLayer_setEpsilon(n, (float)l->attrs.normalization.eps);
    if (groups > 1)
        trt_INormalizationLayer_setNbGroups(n, groups);
    return tt_trt_added(m, n, &x) == TTRT_OK ? x : NULL;
}

/* TensorRT's groups are of channels with something after them. One group is all of a sample, groups of one channel each
 * are instances: both are other axes without groups. */
static ITensor *group(tt_trt_map *m, const tt_layer *l)
{
    const int64_t groups = l->attrs.normalization.num_groups;
    const tt_tensor *t = l->in[0];
    const int rank = t->rank > 2 ? t->rank : 3;
    const tt_dim dims[3] = {t->dims[0], t->dims[1], tt_dim_const(1)};
    const bool are_instances = tt_dim_is(t->dims[1], groups);
    uint32_t axes = ((1u << rank) - 1) & ~3u;
    ITensor *x = tt_trt_in(m, l, 0);

    if (groups == 1 && !are_instances)
        axes |= 2u;
    if (t->rank == 2)
        x = tt_trt_f_reshape(m, x, 3, dims);
    x = normalized(m, l, x, rank, axes, are_instances ? 1 : groups);
    return t->rank == 2 ? tt_trt_f_reshape(m, x, 2, t->dims) : x;
}

ttrt_status tt_trt_map_normalization(tt_trt_map *m, const tt_layer *l)
{
    const tt_normalization_attrs *a = &l->attrs.normalization;
    uint32_t axes = 0;

    for (int i = 0; i < a->axes.n; i++)
        axes |= 1u << a->axes.v[i];
    switch (a->kind) {
    case TT_NORMALIZATION_GROUP:
        return tt_trt_f_out(m, l, 0, group(m, l));
    case TT_NORMALIZATION_RMS:
        return tt_trt_f_out(m, l, 0, rms(m, l, axes));
    default:
        return tt_trt_f_out(m, l, 0, normalized(m, l, tt_trt_in(m, l, 0), l->in[0]->rank, axes, 1));
    }
}

/* ---- scale ---- */

ttrt_status tt_trt_map_scale(tt_trt_map *m, const tt_layer *l)
{
    const int rank = l->in[0]->rank;
    ITensor *x = f_mul(m, tt_trt_in(m, l, 0), parameter(m, l, 1, rank));

    return tt_trt_f_out(m, l, 0, f_add(m, x, parameter(m, l, 2, rank)));
}
