/* Convolution and its transpose. One spatial dimension gets a second one of 1. */
#include "engine/tensorrt/window.h"

#include <string.h>

/* Weights of a constant, handed over where they lie; of a computed tensor none, and the layer takes it as an input. */
static Weights weights_of(const tt_tensor *t)
{
    const tt_layer *l = t->layer;
    Weights w = {.type = tt_trt_dtype(t->dtype)};

    if (!l || l->kind != TT_LAYER_CONSTANT)
        return w;
    w.values = l->attrs.constant.weights.data;
    w.count = (int64_t)(l->attrs.constant.weights.bytes / ttrt_dtype_size(t->dtype));
    return w;
}

static bool is_known(const tt_tensor *t, const char *what, tt_reason *why)
{
    for (int i = 0; i < t->rank; i++)
        if (!tt_dim_is_const(t->dims[i]))
            return tt_refuse(why, "TensorRT takes no %s whose size changes", what);
    return true;
}

bool tt_trt_accepts_convolution(const tt_layer *l, tt_reason *why) { return is_known(l->in[1], "kernel", why); }

/* A kernel that is computed, with the dimensions that the layer's spatial ones ask for. */
static ttrt_status computed_kernel(tt_trt_map *m, const tt_layer *l, tt_dtype type, ITensor **out)
{
    const tt_tensor *w = l->in[1];

    TT_TRY(tt_trt_cast(m, tt_trt_in(m, l, 1), type, out));
    return tt_trt_two_spatial(m, w->rank, w->dims, *out, out);
}

static Dims64 kernel_size(const tt_tensor *w)
{
    int64_t size[3];

    for (int i = 2; i < w->rank; i++)
        size[i - 2] = w->dims[i].value;
    return tt_trt_spatial((tt_attr_ints){w->rank - 2, size}, 1);
}

ttrt_status tt_trt_map_convolution(tt_trt_map *m, const tt_layer *l)
{
    const tt_convolution_attrs *a = &l->attrs.convolution;
    const tt_tensor *w = l->in[1];
    const Dims64 size = kernel_size(w), stride = tt_trt_spatial(a->stride, 1), pre = tt_trt_spatial(a->pre_padding, 0),
                 post = tt_trt_spatial(a->post_padding, 0), dilation = tt_trt_spatial(a->dilation, 1);
    const Weights kernel = weights_of(w), none = {.type = kernel.type},
                  bias = l->n_in == 3 ? weights_of(l->in[2]) : none;
    ITensor *x, *computed = NULL;

    if (!kernel.values)
        TT_TRY(computed_kernel(m, l, w->dtype, &computed));
    TT_TRY(tt_trt_two_spatial(m, l->in[0]->rank, l->in[0]->dims, tt_trt_in(m, l, 0), &x));
    IConvolutionLayer *c = trt_INetworkDefinition_addConvolutionNd(m->trt, x, w->dims[0].value, &size, kernel, bias);
    if (c && computed)
        trt_ILayer_setInput((ILayer *)c, 1, computed);
    if (c && l->n_in == 3 && !bias.values)
        trt_ILayer_setInput((ILayer *)c, 2, tt_trt_in(m, l, 2));
    trt_IConvolutionLayer_setStrideNd(c, &stride);
    trt_IConvolutionLayer_setPrePadding(c, &pre);
    trt_IConvolutionLayer_setPostPadding(c, &post);
    trt_IConvolutionLayer_setDilationNd(c, &dilation);
    trt_IConvolutionLayer_setNbGroups(c, a->groups);
    TT_TRY(tt_trt_added(m, c, &x));
    TT_TRY(tt_trt_from_two_spatial(m, l->out[0]->rank, l->out[0]->dims, x, &x));
    return tt_trt_set_out(m, l, 0, x);
}

/* ---- deconvolution ---- */

/* TensorRT has no deconvolution of bfloat16: it computes in float32, for which the weights are copied. */
static tt_dtype deconvolves_in(tt_dtype d) { return d == TTRT_DTYPE_BFLOAT16 ? TTRT_DTYPE_FLOAT32 : d; }

static bool is_above_one(tt_attr_ints v)
{
    for (int i = 0; i < v.n; i++)
        if (v.v[i] > 1)
            return true;
    return false;
}

/* TensorRT has none that is strided and dilated: its kernel gets the zeros between its elements written out. */
static bool spreads_kernel(const tt_layer *l)
{
    return is_above_one(l->attrs.deconvolution.stride) && is_above_one(l->attrs.deconvolution.dilation);
}

bool tt_trt_accepts_deconvolution(const tt_layer *l, tt_reason *why)
{
    if (spreads_kernel(l) && !weights_of(l->in[1]).values)
        return tt_refuse(why, "TensorRT has no strided and dilated deconvolution, and this kernel is computed");
    /* It builds, and no kernel is found when it runs. */
    if (l->in[0]->dtype == TTRT_DTYPE_BFLOAT16 && (l->attrs.deconvolution.groups > 1 || l->in[0]->rank == 5) &&
        !weights_of(l->in[1]).values)
        return tt_refuse(why,
                         "TensorRT runs no grouped deconvolution of bfloat16, and none of volumes, whose kernel is "
                         "computed");
    return is_known(l->in[1], "kernel", why);
}

/* What a deconvolution is added with. */
typedef struct deconvolution {
    tt_dtype type;
    Weights kernel;
    int64_t size[3], dilation[3];
} deconvolution;

static ttrt_status widen(tt_trt_map *m, Weights *w)
{
    const uint16_t *from = w->values;
    float *to = tt_arena_array(m->arena, (size_t)w->count, sizeof *to);

    if (!to)
        return TTRT_ERR_MEMORY;
    for (int64_t i = 0; i < w->count; i++)
        to[i] = tt_bf16_to_f32(from[i]);
    w->values = to;
    w->type = TRT_DataType_kFLOAT;
    return TTRT_OK;
}

/* [c, k, kernel...] with dilation - 1 zeros between the kernel's elements. */
static ttrt_status spread(tt_trt_map *m, const tt_tensor *w, deconvolution *d)
{
    const size_t bytes = ttrt_dtype_size(d->type);
    const int64_t kernels = w->dims[0].value * w->dims[1].value, each = d->kernel.count / kernels;
    const char *from = d->kernel.values;
    int64_t grown[3], n = kernels;

    for (int i = 0; i < w->rank - 2; i++) {
        grown[i] = d->dilation[i] * (d->size[i] - 1) + 1;
        n *= grown[i];
    }
    char *to = tt_arena_array(m->arena, (size_t)n, bytes);
    if (!to)
        return TTRT_ERR_MEMORY;
    for (int64_t k = 0; k < d->kernel.count; k++) {
        int64_t at = 0, rest = k % each, step = 1;
        for (int i = w->rank - 3; i >= 0; i--) {
            at += rest % d->size[i] * d->dilation[i] * step;
            rest /= d->size[i];
            step *= grown[i];
        }
        memcpy(to + (size_t)(k / each * step + at) * bytes, from + (size_t)k * bytes, bytes);
    }
    for (int i = 0; i < w->rank - 2; i++) {
        d->size[i] = grown[i];
        d->dilation[i] = 1;
    }
    d->kernel.values = to;
    d->kernel.count = n;
    return TTRT_OK;
}

static ttrt_status prepare(tt_trt_map *m, const tt_layer *l, deconvolution *d)
{
    const tt_tensor *w = l->in[1];

    d->type = deconvolves_in(w->dtype);
    d->kernel = weights_of(w);
    for (int i = 0; i < w->rank - 2; i++) {
        d->size[i] = w->dims[2 + i].value;
        d->dilation[i] = l->attrs.deconvolution.dilation.v[i];
    }
    if (d->kernel.values && d->type != w->dtype)
        TT_TRY(widen(m, &d->kernel));
    d->kernel.type = tt_trt_dtype(d->type);
    return spreads_kernel(l) ? spread(m, w, d) : TTRT_OK;
}

/* Output padding is less padding behind; where there is none left, the rows that no input reaches are added after. */
static bool pads_output(const tt_layer *l, Dims64 *post, tt_dim *more)
{
    const tt_deconvolution_attrs *a = &l->attrs.deconvolution;
    bool pads = false;

    *post = tt_trt_spatial(a->post_padding, 0);
    for (int i = 0; i < l->in[0]->rank; i++)
        more[i] = tt_dim_const(0);
    for (int i = 0; i < a->output_padding.n; i++) {
        int64_t left = a->post_padding.v[i] - a->output_padding.v[i];
        post->d[i] = left > 0 ? left : 0;
        more[2 + i] = tt_dim_const(left < 0 ? -left : 0);
        pads = pads || left < 0;
    }
    return pads;
}

static ttrt_status deconvolve(tt_trt_map *m, const tt_layer *l, const Dims64 *post, const tt_dim *dims, ITensor **out)
{
    const tt_deconvolution_attrs *a = &l->attrs.deconvolution;
    const int spatial = a->stride.n;
    deconvolution d;
    ITensor *x, *computed = NULL;

    TT_TRY(prepare(m, l, &d));
    if (!d.kernel.values)
        TT_TRY(computed_kernel(m, l, d.type, &computed));
    const Dims64 size = tt_trt_spatial((tt_attr_ints){spatial, d.size}, 1), stride = tt_trt_spatial(a->stride, 1),
                 pre = tt_trt_spatial(a->pre_padding, 0),
                 dilation = tt_trt_spatial((tt_attr_ints){spatial, d.dilation}, 1);
    const Weights none = {.type = d.kernel.type};
    TT_TRY(tt_trt_cast(m, tt_trt_in(m, l, 0), d.type, &x));
    TT_TRY(tt_trt_two_spatial(m, l->in[0]->rank, l->in[0]->dims, x, &x));
    IDeconvolutionLayer *layer = trt_INetworkDefinition_addDeconvolutionNd(
        m->trt, x, l->in[1]->dims[1].value * a->groups, &size, d.kernel, none);
    if (layer && computed)
        trt_ILayer_setInput((ILayer *)layer, 1, computed);
    trt_IDeconvolutionLayer_setStrideNd(layer, &stride);
    trt_IDeconvolutionLayer_setPrePadding(layer, &pre);
    trt_IDeconvolutionLayer_setPostPadding(layer, post);
    trt_IDeconvolutionLayer_setDilationNd(layer, &dilation);
    trt_IDeconvolutionLayer_setNbGroups(layer, a->groups);
    TT_TRY(tt_trt_added(m, layer, out));
    return tt_trt_from_two_spatial(m, l->out[0]->rank, dims, *out, out);
}

static ttrt_status add_bias(tt_trt_map *m, const tt_layer *l, ITensor *x, ITensor **out)
{
    tt_dim dims[5];
    ITensor *bias;

    for (int i = 0; i < l->out[0]->rank; i++)
        dims[i] = i == 1 ? l->in[2]->dims[0] : tt_dim_const(1);
    TT_TRY(tt_trt_cast(m, tt_trt_in(m, l, 2), deconvolves_in(l->in[2]->dtype), &bias));
    TT_TRY(tt_trt_reshape(m, bias, l->out[0]->rank, dims, &bias));
    return tt_trt_binary(m, TRT_ElementWiseOperation_kSUM, x, bias, out);
}

ttrt_status tt_trt_map_deconvolution(tt_trt_map *m, const tt_layer *l)
{
    const int rank = l->out[0]->rank;
    const tt_dtype type = deconvolves_in(l->in[0]->dtype);
    tt_dim none[5] = {{0}}, more[5], dims[5];
    Dims64 post;
    ITensor *x;

    bool pads = pads_output(l, &post, more);
    for (int i = 0; i < rank; i++)
        dims[i] = tt_dim_sub(m->net->dims, l->out[0]->dims[i], more[i]);
    TT_TRY(tt_dims_status(m->net->dims));
    TT_TRY(deconvolve(m, l, &post, dims, &x));
    if (pads)
        TT_TRY(tt_trt_padded(m, x, type, rank, dims, none, more, TRT_SampleMode_kFILL, 0, &x));
    if (l->n_in == 3)
        TT_TRY(add_bias(m, l, x, &x));
    TT_TRY(tt_trt_cast(m, x, l->out[0]->dtype, &x));
    return tt_trt_set_out(m, l, 0, x);
}
