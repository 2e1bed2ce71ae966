/* A TensorRT network read back as one of ours, by what TensorRT's documentation says of its layers; of static shapes.
 * Where it does not say, the reading takes the worse: maxima, minima and clips lose NaN, casts to 8 bits saturate. */
#ifndef TENSORRT_READER_H
#define TENSORRT_READER_H

#include "../network/network_test.h"

#include <math.h>

#include "engine/tensorrt/abi.h"
#include "network/optimize.h"

#define MOST_TENSORS 4096

typedef struct reader {
    tt_network *net;
    int n;
    const ITensor *theirs[MOST_TENSORS];
    tt_tensor *ours[MOST_TENSORS];
    const ITensor *number; /* the constant of one i64 read last, */
    int64_t value;         /* its value */
} reader;

static inline void set_tensor(reader *r, const ITensor *t, tt_tensor *x)
{
    assert_true(r->n < MOST_TENSORS);
    r->theirs[r->n] = t;
    r->ours[r->n++] = x;
}

static inline tt_tensor *tensor_of(const reader *r, const ITensor *t)
{
    for (int i = r->n - 1; i >= 0; i--)
        if (r->theirs[i] == t)
            return r->ours[i];
    fail_msg("a tensor that no layer makes");
    return NULL;
}

static inline tt_tensor *input_of(const reader *r, const ILayer *l, int i)
{
    return tensor_of(r, trt_ILayer_getInput(l, i));
}

static inline tt_dtype dtype_of(int32_t type)
{
    static const tt_dtype dtypes[] = {
        [TRT_DataType_kFLOAT] = TTRT_DTYPE_FLOAT32, [TRT_DataType_kHALF] = TTRT_DTYPE_FLOAT16,
        [TRT_DataType_kINT8] = TTRT_DTYPE_INT8,     [TRT_DataType_kINT32] = TTRT_DTYPE_INT32,
        [TRT_DataType_kBOOL] = TTRT_DTYPE_BOOL,     [TRT_DataType_kUINT8] = TTRT_DTYPE_UINT8,
        [TRT_DataType_kBF16] = TTRT_DTYPE_BFLOAT16, [TRT_DataType_kINT64] = TTRT_DTYPE_INT64,
    };

    assert_true(type >= 0 && type < (int32_t)TT_COUNT(dtypes));
    return dtypes[type];
}

static inline tt_tensor *with_number(reader *r, tt_enum_elementwise op, tt_tensor *x, double number)
{
    tt_tensor *y;

    if (tt_dtype_is_float(x->dtype))
        expect_ok(tt_net_scalar(r->net, number, x->dtype, x->rank, &y));
    else
        expect_ok(tt_net_scalar_int(r->net, (int64_t)number, x->dtype, x->rank, &y));
    expect_ok(tt_net_elementwise(r->net, op, x, y, &y));
    return y;
}

static inline tt_tensor *dims_as(reader *r, tt_tensor *x, const Dims64 *to, bool reshape)
{
    tt_dim dims[8];

    for (int i = 0; i < to->nbDims; i++)
        dims[i] = tt_dim_const(to->d[i]);
    expect_ok((reshape ? tt_net_reshape : tt_net_expand)(r->net, x, to->nbDims, dims, &x));
    return x;
}

/* ---- layers ---- */

static inline tt_tensor *read_constant(reader *r, const ILayer *l)
{
    const Weights w = trt_IConstantLayer_getWeights((const IConstantLayer *)l);
    const Dims64 d = trt_IConstantLayer_getDimensions((const IConstantLayer *)l);
    tt_tensor *x;

    expect_ok(tt_net_constant(r->net, w.values, dtype_of(w.type), d.nbDims, d.d, &x));
    if (w.count == 1 && w.type == TRT_DataType_kINT64) {
        r->number = trt_ILayer_getOutput(l, 0);
        memcpy(&r->value, w.values, sizeof r->value);
    }
    return x;
}

static inline tt_tensor *read_cast(reader *r, const ILayer *l)
{
    const tt_dtype to = dtype_of(trt_ICastLayer_getToType((const ICastLayer *)l));
    tt_tensor *x = input_of(r, l, 0);
    double v;

    if (ttrt_dtype_size(to) == 1 && to != TTRT_DTYPE_BOOL && tt_dtype_is_integer(x->dtype) &&
        !(tt_uniform_value(x, &v) && v >= 0 && v <= 127)) {
        x = with_number(r, TT_ELEMENTWISE_MAX, x, to == TTRT_DTYPE_INT8 ? -128 : 0);
        x = with_number(r, TT_ELEMENTWISE_MIN, x, to == TTRT_DTYPE_INT8 ? 127 : 255);
    }
    expect_ok(tt_net_cast(r->net, x, to, &x));
    return x;
}

static inline tt_tensor *read_elementwise(reader *r, const ILayer *l)
{
    int64_t op = trt_IElementWiseLayer_getOperation((const IElementWiseLayer *)l);
    tt_tensor *x;

    /* TensorRT's first operations are ours, in the same order. */
    _Static_assert(TT_ELEMENTWISE_LESS == TRT_ElementWiseOperation_kLESS, "");
    if (op == TT_ELEMENTWISE_MAX)
        op = TT_ELEMENTWISE_FMAX;
    else if (op == TT_ELEMENTWISE_MIN)
        op = TT_ELEMENTWISE_FMIN;
    expect_ok(tt_net_elementwise(r->net, (tt_enum_elementwise)op, input_of(r, l, 0), input_of(r, l, 1), &x));
    return x;
}

static inline tt_tensor *read_activation(reader *r, const ILayer *l)
{
    const IActivationLayer *a = (const IActivationLayer *)l;
    const double alpha = (double)trt_IActivationLayer_getAlpha(a), beta = (double)trt_IActivationLayer_getBeta(a);
    const int64_t type = trt_IActivationLayer_getActivationType(a);
    tt_tensor *x = input_of(r, l, 0);

    _Static_assert(TT_ACTIVATION_GELU_TANH == TRT_ActivationType_kGELU_TANH, "");
    if (type == TT_ACTIVATION_CLIP)
        return with_number(r, TT_ELEMENTWISE_FMAX, with_number(r, TT_ELEMENTWISE_FMIN, x, beta), alpha);
    expect_ok(tt_net_activation(r->net, (tt_enum_activation)type, alpha, beta, x, &x));
    return x;
}

static inline tt_tensor *read_reduce(reader *r, const ILayer *l)
{
    const IReduceLayer *a = (const IReduceLayer *)l;
    tt_tensor *x = input_of(r, l, 0);
    int64_t axes[8];
    int n = 0;

    _Static_assert(TT_REDUCE_AVG == TRT_ReduceOperation_kAVG, "");
    for (int i = 0; i < x->rank; i++)
        if (trt_IReduceLayer_getReduceAxes(a) >> i & 1)
            axes[n++] = i;
    expect_ok(tt_net_reduce(r->net, (tt_enum_reduce)trt_IReduceLayer_getOperation(a), x, n, axes,
                            trt_IReduceLayer_getKeepDimensions(a), 0, &x));
    return x;
}

static inline tt_tensor *read_shuffle(reader *r, const ILayer *l)
{
    const IShuffleLayer *s = (const IShuffleLayer *)l;
    const Dims64 to = trt_ITensor_getDimensions(trt_ILayer_getOutput(l, 0));
    const Permutation *p = trt_IShuffleLayer_getFirstTranspose(s);
    tt_tensor *x = input_of(r, l, 0);
    int64_t order[8];

    for (int i = 0; i < x->rank; i++)
        order[i] = p->order[i];
    expect_ok(tt_net_transpose(r->net, x, order, &x));
    return dims_as(r, x, &to, true);
}

static inline tt_tensor *padded_by(reader *r, tt_tensor *x, tt_enum_pad mode, const int64_t *pre, const int64_t *post,
                                   double value)
{
    tt_dim before[8], after[8];

    for (int i = 0; i < x->rank; i++) {
        before[i] = tt_dim_const(pre[i]);
        after[i] = tt_dim_const(post[i]);
    }
    const tt_pad_attrs a = {
        .pre_padding = {x->rank, before}, .post_padding = {x->rank, after}, .mode = mode, .value = value};
    expect_ok(tt_net_add(r->net, TT_LAYER_PAD, &a, &x, 1, &x));
    return x;
}

/* Strides of 0 repeat; other modes than that of strict bounds reach out of the tensor. */
static inline tt_tensor *read_slice(reader *r, const ILayer *l)
{
    static const tt_enum_pad modes[] = {[TRT_SampleMode_kWRAP] = TT_PAD_CIRCULAR,
                                        [TRT_SampleMode_kCLAMP] = TT_PAD_REPLICATE,
                                        [TRT_SampleMode_kFILL] = TT_PAD_CONSTANT,
                                        [TRT_SampleMode_kREFLECT] = TT_PAD_REFLECT};
    const ISliceLayer *s = (const ISliceLayer *)l;
    const Dims64 start = trt_ISliceLayer_getStart(s), size = trt_ISliceLayer_getSize(s),
                 stride = trt_ISliceLayer_getStride(s);
    const int32_t mode = trt_ISliceLayer_getMode(s);
    tt_tensor *x = input_of(r, l, 0);
    int64_t pre[8], post[8];
    double value = 0;
    bool repeats = false;

    for (int i = 0; i < size.nbDims; i++) {
        repeats = repeats || stride.d[i] == 0;
        pre[i] = -start.d[i];
        post[i] = start.d[i] + size.d[i] - x->dims[i].value;
    }
    if (repeats)
        return dims_as(r, x, &size, false);
    if (mode != TRT_SampleMode_kSTRICT_BOUNDS) {
        if (trt_ILayer_getNbInputs(l) > 4 && trt_ILayer_getInput(l, 4))
            assert_true(tt_uniform_value(input_of(r, l, 4), &value));
        return padded_by(r, x, modes[mode], pre, post, value);
    }
    for (int i = 0; i < size.nbDims; i++)
        expect_ok(tt_net_slice(r->net, x, i, tt_dim_const(start.d[i]), tt_dim_const(size.d[i]), stride.d[i], &x));
    return x;
}

static inline tt_tensor *read_concatenation(reader *r, const ILayer *l)
{
    tt_tensor *in[16], *x;
    const int n = trt_ILayer_getNbInputs(l);

    assert_true(n <= (int)TT_COUNT(in));
    for (int i = 0; i < n; i++)
        in[i] = input_of(r, l, i);
    expect_ok(tt_net_concat(r->net, n, in, trt_IConcatenationLayer_getAxis((const IConcatenationLayer *)l), &x));
    return x;
}

/* By rows: indices are [n, 1]. */
static inline tt_tensor *read_scatter(reader *r, const ILayer *l)
{
    static const int64_t first[] = {0};
    const IScatterLayer *s = (const IScatterLayer *)l;
    tt_tensor *data = input_of(r, l, 0), *index = input_of(r, l, 1), *updates = input_of(r, l, 2), *x;

    if (trt_IScatterLayer_getMode(s) == TRT_ScatterMode_kELEMENT) {
        const tt_scatter_attrs a = {.axis = trt_IScatterLayer_getAxis(s), .include_self = true};
        expect_ok(tt_net_add(r->net, TT_LAYER_SCATTER, &a, (tt_tensor *[]){data, index, updates}, 3, &x));
        return x;
    }
    assert_true(index->rank == 2 && tt_dim_is(index->dims[1], 1));
    const tt_index_put_attrs a = {.axes = {1, first}};
    expect_ok(tt_net_reshape(r->net, index, 1, index->dims, &index));
    expect_ok(tt_net_add(r->net, TT_LAYER_INDEX_PUT, &a, (tt_tensor *[]){data, updates, index}, 3, &x));
    return x;
}

/* ---- windows ---- */

static inline tt_attr_ints ints_of(const Dims64 *d) { return (tt_attr_ints){d->nbDims, d->d}; }

/* The kernel: the layer's own, or its second input. */
static inline tt_tensor *kernel_of(reader *r, const ILayer *l, Weights w, int64_t outer, int64_t inner,
                                   const Dims64 *size)
{
    int64_t dims[5] = {outer, inner};
    tt_tensor *kernel;

    if (!w.values)
        return input_of(r, l, 1);
    for (int i = 0; i < size->nbDims; i++)
        dims[2 + i] = size->d[i];
    expect_ok(tt_net_constant(r->net, w.values, dtype_of(w.type), 2 + size->nbDims, dims, &kernel));
    return kernel;
}

static inline tt_tensor *read_convolution(reader *r, const ILayer *l)
{
    const IConvolutionLayer *c = (const IConvolutionLayer *)l;
    const Dims64 size = trt_IConvolutionLayer_getKernelSizeNd(c), stride = trt_IConvolutionLayer_getStrideNd(c),
                 pre = trt_IConvolutionLayer_getPrePadding(c), post = trt_IConvolutionLayer_getPostPadding(c),
                 dilation = trt_IConvolutionLayer_getDilationNd(c);
    const Weights bias = trt_IConvolutionLayer_getBiasWeights(c);
    const int64_t maps = trt_IConvolutionLayer_getNbOutputMaps(c), groups = trt_IConvolutionLayer_getNbGroups(c);
    const tt_convolution_attrs a = {.stride = ints_of(&stride),
                                    .pre_padding = ints_of(&pre),
                                    .post_padding = ints_of(&post),
                                    .dilation = ints_of(&dilation),
                                    .groups = groups};
    tt_tensor *in[3] = {input_of(r, l, 0)}, *x;

    in[1] = kernel_of(r, l, trt_IConvolutionLayer_getKernelWeights(c), maps, in[0]->dims[1].value / groups, &size);
    if (bias.values)
        expect_ok(tt_net_constant(r->net, bias.values, dtype_of(bias.type), 1, &maps, &in[2]));
    else if (trt_ILayer_getNbInputs(l) > 2 && trt_ILayer_getInput(l, 2))
        in[2] = input_of(r, l, 2);
    expect_ok(tt_net_add(r->net, TT_LAYER_CONVOLUTION, &a, in, in[2] ? 3 : 2, &x));
    return x;
}

static inline tt_tensor *read_deconvolution(reader *r, const ILayer *l)
{
    static const int64_t zeros[3] = {0};
    const IDeconvolutionLayer *c = (const IDeconvolutionLayer *)l;
    const Dims64 size = trt_IDeconvolutionLayer_getKernelSizeNd(c), stride = trt_IDeconvolutionLayer_getStrideNd(c),
                 pre = trt_IDeconvolutionLayer_getPrePadding(c), post = trt_IDeconvolutionLayer_getPostPadding(c),
                 dilation = trt_IDeconvolutionLayer_getDilationNd(c);
    const int64_t maps = trt_IDeconvolutionLayer_getNbOutputMaps(c), groups = trt_IDeconvolutionLayer_getNbGroups(c);
    const tt_deconvolution_attrs a = {.stride = ints_of(&stride),
                                      .pre_padding = ints_of(&pre),
                                      .post_padding = ints_of(&post),
                                      .output_padding = {size.nbDims, zeros},
                                      .dilation = ints_of(&dilation),
                                      .groups = groups};
    tt_tensor *in[2] = {input_of(r, l, 0)}, *x;

    assert_null(trt_IDeconvolutionLayer_getBiasWeights(c).values);
    in[1] = kernel_of(r, l, trt_IDeconvolutionLayer_getKernelWeights(c), in[0]->dims[1].value, maps / groups, &size);
    expect_ok(tt_net_add(r->net, TT_LAYER_DECONVOLUTION, &a, in, 2, &x));
    return x;
}

static inline tt_tensor *pooled_by(reader *r, tt_tensor *x, bool is_max, const Dims64 *window, const Dims64 *stride)
{
    static const int64_t zeros[3] = {0}, ones[3] = {1, 1, 1};
    const tt_pooling_attrs a = {.type = is_max ? TT_POOLING_MAX : TT_POOLING_AVERAGE,
                                .window_size = ints_of(window),
                                .stride = ints_of(stride),
                                .pre_padding = {window->nbDims, zeros},
                                .post_padding = {window->nbDims, zeros},
                                .dilation = {window->nbDims, ones}};

    expect_ok(tt_net_add(r->net, TT_LAYER_POOLING, &a, &x, 1, &x));
    return x;
}

/* Every window that starts in the padded input, where it rounds up: the padding is written out for that. */
static inline tt_tensor *read_pooling(reader *r, const ILayer *l)
{
    const IPoolingLayer *p = (const IPoolingLayer *)l;
    const Dims64 window = trt_IPoolingLayer_getWindowSizeNd(p), stride = trt_IPoolingLayer_getStrideNd(p),
                 before = trt_IPoolingLayer_getPrePadding(p), after = trt_IPoolingLayer_getPostPadding(p);
    const bool is_max = trt_IPoolingLayer_getPoolingType(p) == TRT_PoolingType_kMAX,
               up = trt_IPoolingLayer_getPaddingMode(p) == TRT_PaddingMode_kEXPLICIT_ROUND_UP;
    tt_tensor *x = input_of(r, l, 0), *counted;
    int64_t pre[5] = {0}, post[5] = {0};
    const tt_dtype type = x->dtype;

    for (int i = 0; i < window.nbDims; i++) {
        const int64_t room = x->dims[2 + i].value + before.d[i] + after.d[i] - window.d[i];
        pre[2 + i] = before.d[i];
        post[2 + i] = after.d[i] + (up ? (stride.d[i] - room % stride.d[i]) % stride.d[i] : 0);
    }
    expect_ok(tt_net_cast(r->net, x, TTRT_DTYPE_FLOAT32, &x));
    if (is_max) {
        x = pooled_by(r, padded_by(r, x, TT_PAD_CONSTANT, pre, post, -INFINITY), true, &window, &stride);
    } else {
        expect_ok(tt_net_scalar(r->net, 1, TTRT_DTYPE_FLOAT32, x->rank, &counted));
        expect_ok(tt_net_expand(r->net, counted, x->rank, x->dims, &counted));
        x = pooled_by(r, padded_by(r, x, TT_PAD_CONSTANT, pre, post, 0), false, &window, &stride);
        counted = pooled_by(r, padded_by(r, counted, TT_PAD_CONSTANT, pre, post, 0), false, &window, &stride);
        if (trt_IPoolingLayer_getAverageCountExcludesPadding(p))
            expect_ok(tt_net_elementwise(r->net, TT_ELEMENTWISE_DIV, x, counted, &x));
    }
    expect_ok(tt_net_cast(r->net, x, type, &x));
    return x;
}

/* ---- images ---- */

static inline tt_tensor *read_resize(reader *r, const ILayer *l)
{
    static const tt_enum_resize modes[] = {
        [TRT_InterpolationMode_kLINEAR] = TT_RESIZE_LINEAR, [TRT_InterpolationMode_kCUBIC] = TT_RESIZE_CUBIC};
    const IResizeLayer *s = (const IResizeLayer *)l;
    const Dims64 to = trt_IResizeLayer_getOutputDimensions(s);
    const int32_t mode = trt_IResizeLayer_getResizeMode(s), at = trt_IResizeLayer_getCoordinateTransformation(s);
    const bool corners = at == TRT_ResizeCoordinateTransformation_kALIGN_CORNERS;
    tt_resize_attrs a = {.mode = modes[mode], .align_corners = corners};
    tt_dim size[3];
    tt_tensor *x = input_of(r, l, 0);

    if (mode == TRT_InterpolationMode_kNEAREST) {
        a.mode = at == TRT_ResizeCoordinateTransformation_kASYMMETRIC ? TT_RESIZE_NEAREST : TT_RESIZE_NEAREST_EXACT;
        assert_int_equal(trt_IResizeLayer_getNearestRounding(s),
                         a.mode == TT_RESIZE_NEAREST ? TRT_ResizeRoundMode_kFLOOR : TRT_ResizeRoundMode_kHALF_UP);
    } else {
        assert_int_not_equal(at, TRT_ResizeCoordinateTransformation_kASYMMETRIC);
    }
    for (int i = 2; i < to.nbDims; i++)
        size[i - 2] = tt_dim_const(to.d[i]);
    a.output_size = (tt_attr_dims){to.nbDims - 2, size};
    expect_ok(tt_net_add(r->net, TT_LAYER_RESIZE, &a, &x, 1, &x));
    return x;
}

static inline tt_tensor *read_grid_sample(reader *r, const ILayer *l)
{
    static const tt_enum_sample outside[] = {[TRT_SampleMode_kFILL] = TT_SAMPLE_ZEROS,
                                             [TRT_SampleMode_kCLAMP] = TT_SAMPLE_CLAMP,
                                             [TRT_SampleMode_kREFLECT] = TT_SAMPLE_REFLECT};
    const IGridSampleLayer *s = (const IGridSampleLayer *)l;
    const tt_grid_sample_attrs a = {.interpolation_mode = trt_IGridSampleLayer_getInterpolationMode(s),
                                    .sample_mode = outside[trt_IGridSampleLayer_getSampleMode(s)],
                                    .align_corners = trt_IGridSampleLayer_getAlignCorners(s)};
    tt_tensor *x;

    _Static_assert(TT_INTERPOLATION_CUBIC == TRT_InterpolationMode_kCUBIC, "");
    expect_ok(
        tt_net_add(r->net, TT_LAYER_GRID_SAMPLE, &a, (tt_tensor *[]){input_of(r, l, 0), input_of(r, l, 1)}, 2, &x));
    return x;
}

static inline tt_tensor *read_fill(reader *r, const ILayer *l)
{
    const IFillLayer *f = (const IFillLayer *)l;
    const tt_dim n = tt_dim_const(trt_IFillLayer_getDimensions(f).d[0]);
    const bool whole = trt_IFillLayer_isAlphaBetaInt64(f);
    const tt_fill_attrs a = {.operation = TT_FILL_LINSPACE,
                             .dimensions = {1, &n},
                             .to_type = dtype_of(trt_IFillLayer_getToType(f)),
                             .alpha = whole ? 0 : trt_IFillLayer_getAlpha(f),
                             .beta = whole ? 0 : trt_IFillLayer_getBeta(f),
                             .alpha_int = whole ? trt_IFillLayer_getAlphaInt64(f) : 0,
                             .beta_int = whole ? trt_IFillLayer_getBetaInt64(f) : 0};
    tt_tensor *x;

    expect_ok(tt_net_add(r->net, TT_LAYER_FILL, &a, NULL, 0, &x));
    return x;
}

static inline tt_tensor *read_gather(reader *r, const ILayer *l)
{
    const IGatherLayer *g = (const IGatherLayer *)l;
    const bool by_element = trt_IGatherLayer_getMode(g) == TRT_GatherMode_kELEMENT;
    tt_tensor *x;

    assert_int_not_equal(trt_IGatherLayer_getMode(g), TRT_GatherMode_kND);
    expect_ok(tt_net_gather(r->net, by_element ? TT_GATHER_ELEMENT : TT_GATHER_DEFAULT, input_of(r, l, 0),
                            input_of(r, l, 1), trt_IGatherLayer_getGatherAxis(g), false, &x));
    return x;
}

static inline int lowest_bit(uint32_t mask)
{
    int i = 0;

    while (!(mask >> i & 1))
        i++;
    return i;
}

static inline void read_topk(reader *r, const ILayer *l)
{
    const ITopKLayer *t = (const ITopKLayer *)l;
    const tt_topk_attrs a = {.k = tt_dim_const(trt_ITopKLayer_getK(t)),
                             .axis = lowest_bit(trt_ITopKLayer_getReduceAxes(t)),
                             .largest = trt_ITopKLayer_getOperation(t) == TRT_TopKOperation_kMAX,
                             .sorted = true};
    tt_tensor *x = input_of(r, l, 0), *out[2];

    expect_ok(tt_net_add(r->net, TT_LAYER_TOPK, &a, &x, 1, out));
    for (int i = 0; i < 2; i++)
        set_tensor(r, trt_ILayer_getOutput(l, i), out[i]);
}

static inline tt_tensor *read_cumulative(reader *r, const ILayer *l)
{
    const tt_cumulative_attrs a = {.operation = TT_CUMULATIVE_SUM, .axis = r->value};
    tt_tensor *x = input_of(r, l, 0);

    assert_ptr_equal(trt_ILayer_getInput(l, 1), r->number);
    expect_ok(tt_net_add(r->net, TT_LAYER_CUMULATIVE, &a, &x, 1, &x));
    return x;
}

/* (x - mean) / sqrt(variance + eps) * scale + bias; groups split the channels. */
static inline tt_tensor *read_normalization(reader *r, const ILayer *l)
{
    const INormalizationLayer *n = (const INormalizationLayer *)l;
    const Dims64 whole = trt_ITensor_getDimensions(trt_ILayer_getOutput(l, 0));
    const int64_t groups = trt_INormalizationLayer_getNbGroups(n);
    uint32_t mask = trt_INormalizationLayer_getAxes(n);
    tt_tensor *in[3], *x, *mean, *variance;
    Dims64 split = whole;
    int64_t axes[8];
    int n_axes = 0;

    for (int i = 0; i < 3; i++)
        expect_ok(tt_net_cast(r->net, input_of(r, l, i), TTRT_DTYPE_FLOAT32, &in[i]));
    x = in[0];
    if (groups > 1) {
        split.nbDims++;
        split.d[1] = groups;
        split.d[2] = whole.d[1] / groups;
        memcpy(split.d + 3, whole.d + 2, (size_t)(whole.nbDims - 2) * sizeof *split.d);
        mask = mask << 1 | 4u;
        x = dims_as(r, x, &split, true);
    }
    for (int i = 0; i < x->rank; i++)
        if (mask >> i & 1)
            axes[n_axes++] = i;
    expect_ok(tt_net_reduce(r->net, TT_REDUCE_AVG, x, n_axes, axes, true, 0, &mean));
    expect_ok(tt_net_reduce(r->net, TT_REDUCE_VARIANCE, x, n_axes, axes, true, 0, &variance));
    variance = with_number(r, TT_ELEMENTWISE_SUM, variance, (double)trt_INormalizationLayer_getEpsilon(n));
    expect_ok(tt_net_unary(r->net, TT_UNARY_RSQRT, variance, &variance));
    expect_ok(tt_net_elementwise(r->net, TT_ELEMENTWISE_SUB, x, mean, &x));
    expect_ok(tt_net_elementwise(r->net, TT_ELEMENTWISE_PROD, x, variance, &x));
    x = dims_as(r, x, &whole, true);
    expect_ok(tt_net_elementwise(r->net, TT_ELEMENTWISE_PROD, x, in[1], &x));
    expect_ok(tt_net_elementwise(r->net, TT_ELEMENTWISE_SUM, x, in[2], &x));
    expect_ok(tt_net_cast(r->net, x, input_of(r, l, 0)->dtype, &x));
    return x;
}

static inline tt_tensor *read_attention(reader *r, const ILayer *l)
{
    const IAttention *a = trt_IAttentionBoundaryLayer_getAttention((const IAttentionBoundaryLayer *)l);
    const ITensor *mask = trt_IAttention_getMask(a);
    const int32_t causal = trt_IAttention_getCausalKind(a);
    const tt_attention_attrs attrs = {.is_causal = causal == TRT_CausalMaskKind_kUPPER_LEFT, .scale = 1};
    tt_tensor *in[4], *x;

    assert_true(causal != TRT_CausalMaskKind_kLOWER_RIGHT && !(mask && causal != TRT_CausalMaskKind_kNONE));
    for (int i = 0; i < 3; i++)
        in[i] = tensor_of(r, trt_IAttention_getInput(a, i));
    if (mask)
        in[3] = tensor_of(r, mask);
    expect_ok(tt_net_add(r->net, TT_LAYER_ATTENTION, &attrs, in, mask ? 4 : 3, &x));
    return x;
}

static inline tt_tensor *read_matmul(reader *r, const ILayer *l)
{
    const IMatrixMultiplyLayer *p = (const IMatrixMultiplyLayer *)l;
    tt_tensor *x;

    expect_ok(tt_net_matmul(
        r->net, input_of(r, l, 0), trt_IMatrixMultiplyLayer_getOperation(p, 0) == TRT_MatrixOperation_kTRANSPOSE,
        input_of(r, l, 1), trt_IMatrixMultiplyLayer_getOperation(p, 1) == TRT_MatrixOperation_kTRANSPOSE, NULL, &x));
    return x;
}

static inline tt_tensor *read_softmax(reader *r, const ILayer *l)
{
    tt_tensor *x;

    expect_ok(tt_net_softmax(r->net, input_of(r, l, 0), lowest_bit(trt_ISoftMaxLayer_getAxes((const ISoftMaxLayer *)l)),
                             false, &x));
    return x;
}

_Static_assert((int)TT_UNARY_ISNAN == (int)TRT_UnaryOperation_kISNAN, "unary operations have the same numbers");

static inline tt_tensor *read_simple(reader *r, const ILayer *l)
{
    tt_tensor *x;

    switch (trt_ILayer_getType(l)) {
    case TRT_LayerType_kUNARY:
        expect_ok(tt_net_unary(r->net, (tt_enum_unary)trt_IUnaryLayer_getOperation((const IUnaryLayer *)l),
                               input_of(r, l, 0), &x));
        return x;
    case TRT_LayerType_kSELECT:
        expect_ok(tt_net_select(r->net, input_of(r, l, 0), input_of(r, l, 1), input_of(r, l, 2), &x));
        return x;
    case TRT_LayerType_kIDENTITY:
        return input_of(r, l, 0);
    default:
        fail_msg("a layer of type %d", (int)trt_ILayer_getType(l));
        return NULL;
    }
}

static inline void read_layer(reader *r, const ILayer *l)
{
    static tt_tensor *(*const readers[])(reader * r, const ILayer *l) = {
        [TRT_LayerType_kCONVOLUTION] = read_convolution,
        [TRT_LayerType_kDECONVOLUTION] = read_deconvolution,
        [TRT_LayerType_kPOOLING] = read_pooling,
        [TRT_LayerType_kCONCATENATION] = read_concatenation,
        [TRT_LayerType_kSCATTER] = read_scatter,
        [TRT_LayerType_kRESIZE] = read_resize,
        [TRT_LayerType_kGRID_SAMPLE] = read_grid_sample,
        [TRT_LayerType_kCAST] = read_cast,
        [TRT_LayerType_kACTIVATION] = read_activation,
        [TRT_LayerType_kSOFTMAX] = read_softmax,
        [TRT_LayerType_kELEMENTWISE] = read_elementwise,
        [TRT_LayerType_kSHUFFLE] = read_shuffle,
        [TRT_LayerType_kREDUCE] = read_reduce,
        [TRT_LayerType_kGATHER] = read_gather,
        [TRT_LayerType_kMATRIX_MULTIPLY] = read_matmul,
        [TRT_LayerType_kCONSTANT] = read_constant,
        [TRT_LayerType_kSLICE] = read_slice,
        [TRT_LayerType_kFILL] = read_fill,
        [TRT_LayerType_kNORMALIZATION] = read_normalization,
        [TRT_LayerType_kCUMULATIVE] = read_cumulative,
        [TRT_LayerType_kATTENTION_OUTPUT] = read_attention,
    };
    const int32_t type = trt_ILayer_getType(l);

    if (type == TRT_LayerType_kTOPK)
        read_topk(r, l);
    else if (type != TRT_LayerType_kATTENTION_INPUT)
        set_tensor(r, trt_ILayer_getOutput(l, 0),
                   (size_t)type < TT_COUNT(readers) && readers[type] ? readers[type](r, l) : read_simple(r, l));
}

/* Inputs as those of `like`. The caller's. */
static inline tt_network *read_network(const INetworkDefinition *trt, const tt_network *like)
{
    reader *r = tt_calloc(1, sizeof *r);

    assert_non_null(r);
    tt_network *net = r->net = tt_network_new("read", NULL);
    for (int i = 0; i < like->n_inputs; i++)
        set_tensor(r, trt_INetworkDefinition_getInput(trt, i),
                   tt_network_input(net, like->inputs[i]->name, like->inputs[i]->dtype, like->inputs[i]->rank,
                                    like->inputs[i]->dims));
    for (int i = 0; i < trt_INetworkDefinition_getNbLayers(trt); i++)
        read_layer(r, trt_INetworkDefinition_getLayer(trt, i));
    for (int i = 0; i < like->n_outputs; i++)
        expect_ok(tt_network_output(net, tensor_of(r, trt_INetworkDefinition_getOutput(trt, i)), NULL));
    tt_free(r);
    return net;
}

#endif
