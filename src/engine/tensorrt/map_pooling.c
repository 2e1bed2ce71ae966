/* Pooling. TensorRT's layer where it means the same; dilated windows, integers and positions of maxima go place by
 * place through the window:
 *
 *     best = max(x[0 + stride * o], x[dilation + stride * o], x[2 * dilation + stride * o], ...)   along each dimension
 */
#include "engine/tensorrt/window.h"

#include <math.h>

static bool is_dilated(const tt_pooling_attrs *a)
{
    for (int i = 0; i < a->dilation.n; i++)
        if (a->dilation.v[i] > 1)
            return true;
    return false;
}

static bool is_layer(const tt_layer *l)
{
    const tt_pooling_attrs *a = &l->attrs.pooling;

    return !is_dilated(a) && !a->has_indices && tt_dtype_is_float(l->in[0]->dtype);
}

bool tt_trt_accepts_pooling(const tt_layer *l, tt_reason *why)
{
    const tt_pooling_attrs *a = &l->attrs.pooling;

    return a->type == TT_POOLING_MAX || !is_dilated(a) || tt_refuse(why, "TensorRT has no dilated average pooling");
}

/* Places behind the padded input that the last window reaches. */
static tt_dim overhang(tt_dims *t, const tt_layer *l, int i)
{
    const tt_pooling_attrs *a = &l->attrs.pooling;
    const int64_t covered = a->dilation.v[i] * (a->window_size.v[i] - 1) + 1;
    tt_dim n = tt_dim_mul(t, tt_dim_add(t, l->out[0]->dims[2 + i], tt_dim_const(-1)), tt_dim_const(a->stride.v[i]));

    if (!a->ceil_mode)
        return tt_dim_const(0);
    n = tt_dim_sub(t, tt_dim_add(t, n, tt_dim_const(covered - a->pre_padding.v[i] - a->post_padding.v[i])),
                   l->in[0]->dims[2 + i]);
    return tt_dim_max(t, n, tt_dim_const(0));
}

/* ---- TensorRT's layer ---- */

/* Zeros as part of the input: they count in an average, and what lies behind them does not. */
static ttrt_status pad_with_zeros(tt_trt_map *m, const tt_layer *l, bool overhangs, ITensor **x)
{
    const tt_pooling_attrs *a = &l->attrs.pooling;
    const tt_tensor *in = l->in[0];
    tt_dim pre[5] = {{0}}, post[5] = {{0}};

    for (int i = 0; i < a->stride.n; i++) {
        pre[2 + i] = tt_dim_const(a->pre_padding.v[i]);
        post[2 + i] = tt_dim_const(a->post_padding.v[i]);
        if (overhangs)
            post[2 + i] = tt_dim_add(m->net->dims, post[2 + i], overhang(m->net->dims, l, i));
    }
    TT_TRY(tt_dims_status(m->net->dims));
    return tt_trt_padded(m, *x, in->dtype, in->rank, in->dims, pre, post, TRT_SampleMode_kFILL, 0, x);
}

/* A last window that would start in the padding is left out by PyTorch, and computed by TensorRT. */
static ttrt_status drop_last_windows(tt_trt_map *m, const tt_layer *l, ITensor **x)
{
    static const int64_t ones[5] = {1, 1, 1, 1, 1};
    const tt_pooling_attrs *a = &l->attrs.pooling;
    const Dims64 made = trt_ITensor_getDimensions(*x);
    tt_dim size[5], start[5] = {{0}};
    bool drops = false;

    for (int i = 0; i < made.nbDims; i++)
        size[i] = i < l->out[0]->rank ? l->out[0]->dims[i] : tt_dim_const(1);
    for (int i = 0; i < a->stride.n; i++)
        drops = drops || (tt_dim_is_const(size[2 + i]) ? made.d[2 + i] != size[2 + i].value
                                                       : a->post_padding.v[i] + a->stride.v[i] > a->window_size.v[i]);
    if (!drops)
        return TTRT_OK;
    return tt_trt_slice(m, *x, made.nbDims, start, size, ones, TRT_SampleMode_kSTRICT_BOUNDS, NULL, x);
}

static bool is_padded(const tt_pooling_attrs *a)
{
    for (int i = 0; i < a->stride.n; i++)
        if (a->pre_padding.v[i] || a->post_padding.v[i])
            return true;
    return false;
}

/* volume / divisor turns the average into what PyTorch divides by. */
static ttrt_status scale_average(tt_trt_map *m, const tt_layer *l, ITensor **x)
{
    const tt_pooling_attrs *a = &l->attrs.pooling;
    double factor = 1 / (double)a->divisor;
    ITensor *number;

    for (int i = 0; i < a->window_size.n; i++)
        factor *= (double)a->window_size.v[i];
    if (factor == 1)
        return TTRT_OK;
    TT_TRY(tt_trt_scalar(m, factor, l->in[0]->dtype, l->in[0]->rank, &number));
    return tt_trt_binary(m, TRT_ElementWiseOperation_kPROD, *x, number, x);
}

static ttrt_status pool(tt_trt_map *m, const tt_layer *l, bool pads, bool rounds_up, bool excludes, ITensor **x)
{
    static const int64_t zeros[3] = {0};
    const tt_pooling_attrs *a = &l->attrs.pooling;
    const tt_attr_ints none = {a->stride.n, zeros};
    const Dims64 window = tt_trt_spatial(a->window_size, 1), stride = tt_trt_spatial(a->stride, 1),
                 pre = tt_trt_spatial(pads ? a->pre_padding : none, 0),
                 post = tt_trt_spatial(pads ? a->post_padding : none, 0);
    const int32_t type = a->type == TT_POOLING_MAX ? TRT_PoolingType_kMAX : TRT_PoolingType_kAVERAGE;

    TT_TRY(tt_trt_two_spatial(m, l->in[0]->rank, l->in[0]->dims, *x, x));
    IPoolingLayer *p = trt_INetworkDefinition_addPoolingNd(m->trt, *x, type, &window);
    trt_IPoolingLayer_setStrideNd(p, &stride);
    trt_IPoolingLayer_setPrePadding(p, &pre);
    trt_IPoolingLayer_setPostPadding(p, &post);
    trt_IPoolingLayer_setPaddingMode(p, rounds_up ? TRT_PaddingMode_kEXPLICIT_ROUND_UP
                                                  : TRT_PaddingMode_kEXPLICIT_ROUND_DOWN);
    trt_IPoolingLayer_setAverageCountExcludesPadding(p, excludes);
    return tt_trt_added(m, p, x);
}

/* What PyTorch's average divides by: the window's places inside the input, padding included or not, but never those
 * behind the padding that rounding up adds. TensorRT counts either the input's alone, or all. */
static ttrt_status map_layer(tt_trt_map *m, const tt_layer *l)
{
    const tt_pooling_attrs *a = &l->attrs.pooling;
    const bool counts_padding = a->type == TT_POOLING_AVERAGE && (a->divisor || !a->average_count_excludes_padding);
    const bool writes_zeros = counts_padding && a->ceil_mode && (is_padded(a) || a->divisor);
    const bool rounds_up = a->ceil_mode && !a->divisor;
    ITensor *x = tt_trt_in(m, l, 0);

    if (writes_zeros)
        TT_TRY(pad_with_zeros(m, l, a->divisor != 0, &x));
    TT_TRY(pool(m, l, !writes_zeros, rounds_up, !counts_padding || (a->ceil_mode && !a->divisor), &x));
    if (rounds_up)
        TT_TRY(drop_last_windows(m, l, &x));
    TT_TRY(tt_trt_from_two_spatial(m, l->out[0]->rank, l->out[0]->dims, x, &x));
    if (a->divisor)
        TT_TRY(scale_average(m, l, &x));
    return tt_trt_set_out(m, l, 0, x);
}

/* ---- place by place ---- */

typedef struct places {
    const tt_layer *l;
    int rank, axis; /* the dimension at work */
    tt_dim dims[5]; /* of x; those that are done have the output's */
    tt_dtype dtype; /* of x */
    ITensor *x,
        *at; /* at: positions in a channel's plane, or NULL; its first two dimensions are 1 until they broadcast */
    tt_dim at_dims[5];
} places;

static double lowest(tt_dtype d)
{
    return tt_dtype_is_float(d) ? -(double)INFINITY : d == TTRT_DTYPE_INT64 ? -0x1p63 : -0x1p31;
}

/* 0, 1, ... over the plane, [1, 1, spatial...]. */
static ttrt_status plane_positions(tt_trt_map *m, places *p)
{
    const tt_dim n = tt_dim_product(m->net->dims, p->dims + 2, (size_t)p->rank - 2);

    TT_TRY(tt_dims_status(m->net->dims));
    for (int i = 0; i < p->rank; i++)
        p->at_dims[i] = i < 2 ? tt_dim_const(1) : p->dims[i];
    TT_TRY(tt_trt_count(m, n, &p->at));
    return tt_trt_reshape(m, p->at, p->rank, p->at_dims, &p->at);
}

/* Places of no input: the lowest value, and no position. */
static ttrt_status pad_axis(tt_trt_map *m, places *p)
{
    const tt_pooling_attrs *a = &p->l->attrs.pooling;
    const int i = p->axis - 2;
    tt_dim pre[5] = {{0}}, post[5] = {{0}};

    pre[p->axis] = tt_dim_const(a->pre_padding.v[i]);
    post[p->axis] = tt_dim_add(m->net->dims, tt_dim_const(a->post_padding.v[i]), overhang(m->net->dims, p->l, i));
    TT_TRY(tt_dims_status(m->net->dims));
    if (tt_dim_is(pre[p->axis], 0) && tt_dim_is(post[p->axis], 0))
        return TTRT_OK;
    TT_TRY(
        tt_trt_padded(m, p->x, p->dtype, p->rank, p->dims, pre, post, TRT_SampleMode_kFILL, lowest(p->dtype), &p->x));
    if (p->at)
        TT_TRY(tt_trt_padded(m, p->at, TTRT_DTYPE_INT64, p->rank, p->at_dims, pre, post, TRT_SampleMode_kFILL, -1,
                             &p->at));
    return TTRT_OK;
}

/* x or at, where place k of each window lies. */
static ttrt_status place(tt_trt_map *m, const places *p, int64_t k, const tt_dim *dims, ITensor *x, ITensor **out)
{
    const tt_pooling_attrs *a = &p->l->attrs.pooling;
    tt_dim start[5] = {{0}}, size[5];
    int64_t stride[5];

    for (int i = 0; i < p->rank; i++) {
        stride[i] = i == p->axis ? a->stride.v[i - 2] : 1;
        size[i] = i == p->axis ? p->l->out[0]->dims[i] : dims[i];
    }
    start[p->axis] = tt_dim_const(k * a->dilation.v[p->axis - 2]);
    return tt_trt_slice(m, x, p->rank, start, size, stride, TRT_SampleMode_kSTRICT_BOUNDS, NULL, out);
}

/* A larger value, or a NaN, replaces what is there; so does anything where there is only padding yet. */
static ttrt_status is_better(tt_trt_map *m, const places *p, ITensor *x, ITensor *best, ITensor *best_at, ITensor **out)
{
    ITensor *other, *zero;

    TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kGREATER, x, best, out));
    if (tt_dtype_is_float(p->dtype)) {
        TT_TRY(tt_trt_unary(m, TRT_UnaryOperation_kISNAN, x, &other));
        TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kOR, *out, other, out));
    }
    if (!best_at)
        return TTRT_OK;
    TT_TRY(tt_trt_scalar_i64(m, 0, TTRT_DTYPE_INT64, p->rank, &zero));
    TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kLESS, best_at, zero, &other));
    return tt_trt_binary(m, TRT_ElementWiseOperation_kOR, *out, other, out);
}

static ttrt_status take_better(tt_trt_map *m, const places *p, ITensor *x, ITensor *at, ITensor **best,
                               ITensor **best_at)
{
    ITensor *better;

    if (!at && !tt_dtype_is_float(p->dtype))
        return tt_trt_binary(m, TRT_ElementWiseOperation_kMAX, x, *best, best);
    TT_TRY(is_better(m, p, x, *best, *best_at, &better));
    TT_TRY(tt_trt_select(m, better, x, *best, best));
    return at ? tt_trt_select(m, better, at, *best_at, best_at) : TTRT_OK;
}

static ttrt_status pool_axis(tt_trt_map *m, places *p)
{
    const int64_t n = p->l->attrs.pooling.window_size.v[p->axis - 2];
    ITensor *x, *at = NULL, *best = NULL, *best_at = NULL;

    TT_TRY(pad_axis(m, p));
    for (int64_t k = 0; k < n; k++) {
        TT_TRY(place(m, p, k, p->dims, p->x, &x));
        if (p->at)
            TT_TRY(place(m, p, k, p->at_dims, p->at, &at));
        if (k > 0) {
            TT_TRY(take_better(m, p, x, at, &best, &best_at));
        } else {
            best = x;
            best_at = at;
        }
    }
    p->x = best;
    p->at = best_at;
    p->dims[p->axis] = p->at_dims[p->axis] = p->l->out[0]->dims[p->axis];
    for (int i = 0; i < 2 && n > 1; i++)
        p->at_dims[i] = p->dims[i];
    return TTRT_OK;
}

/* The last dimension first: of equal maxima the first in the order of memory is taken, as PyTorch does. */
static ttrt_status map_places(tt_trt_map *m, const tt_layer *l)
{
    const tt_tensor *in = l->in[0];
    places p = {.l = l, .rank = in->rank, .dtype = in->dtype};

    for (int i = 0; i < in->rank; i++)
        p.dims[i] = in->dims[i];
    if (in->dtype == TTRT_DTYPE_INT8 || in->dtype == TTRT_DTYPE_UINT8)
        p.dtype = TTRT_DTYPE_INT32;
    TT_TRY(tt_trt_cast(m, tt_trt_in(m, l, 0), p.dtype, &p.x));
    if (l->n_out == 2)
        TT_TRY(plane_positions(m, &p));
    for (p.axis = in->rank - 1; p.axis >= 2; p.axis--)
        TT_TRY(pool_axis(m, &p));
    TT_TRY(tt_trt_cast(m, p.x, tt_trt_carrier(in->dtype), &p.x));
    if (l->n_out == 2) {
        TT_TRY(tt_trt_expand(m, p.at, p.rank, p.at_dims, p.dims, &p.at));
        TT_TRY(tt_trt_set_out(m, l, 1, p.at));
    }
    return tt_trt_set_out(m, l, 0, p.x);
}

ttrt_status tt_trt_map_pooling(tt_trt_map *m, const tt_layer *l)
{
    return is_layer(l) ? map_layer(m, l) : map_places(m, l);
}
