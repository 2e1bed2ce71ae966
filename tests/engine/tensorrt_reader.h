/* A TensorRT network read back as one of ours, by what TensorRT's documentation says of its layers; of static shapes.
 * Where it does not say, the reading takes the worse: maxima, minima and clips lose NaN, casts to 8 bits saturate. */
#ifndef TENSORRT_READER_H
#define TENSORRT_READER_H

#include "../network/network_test.h"

#include "engine/tensorrt/abi.h"

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

    if (ttrt_dtype_size(to) == 1 && to != TTRT_DTYPE_BOOL && tt_dtype_is_integer(x->dtype)) {
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

/* Strides of 0 repeat; the fill mode has zeros behind the end. */
static inline tt_tensor *read_slice(reader *r, const ILayer *l)
{
    const ISliceLayer *s = (const ISliceLayer *)l;
    const Dims64 start = trt_ISliceLayer_getStart(s), size = trt_ISliceLayer_getSize(s),
                 stride = trt_ISliceLayer_getStride(s);
    tt_tensor *x = input_of(r, l, 0);
    bool repeats = false;

    for (int i = 0; i < size.nbDims; i++)
        repeats = repeats || stride.d[i] == 0;
    if (repeats)
        return dims_as(r, x, &size, false);
    if (trt_ISliceLayer_getMode(s) == TRT_SampleMode_kFILL) {
        tt_dim pre[8] = {{0}}, post[8];
        for (int i = 0; i < size.nbDims; i++)
            post[i] = tt_dim_const(start.d[i] + size.d[i] - x->dims[i].value);
        const tt_pad_attrs a = {
            .pre_padding = {size.nbDims, pre}, .post_padding = {size.nbDims, post}, .mode = TT_PAD_CONSTANT};
        expect_ok(tt_net_add(r->net, TT_LAYER_PAD, &a, &x, 1, &x));
        return x;
    }
    for (int i = 0; i < size.nbDims; i++)
        expect_ok(tt_net_slice(r->net, x, i, tt_dim_const(start.d[i]), tt_dim_const(size.d[i]), stride.d[i], &x));
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
    tt_tensor *x = input_of(r, l, 0), *out;

    expect_ok(tt_net_add(r->net, TT_LAYER_TOPK, &a, &x, 1, &out));
    for (int i = 0; i < 2; i++)
        set_tensor(r, trt_ILayer_getOutput(l, i), out->layer->out[i]);
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

static inline tt_tensor *read_simple(reader *r, const ILayer *l)
{
    tt_tensor *x;

    switch (trt_ILayer_getType(l)) {
    case TRT_LayerType_kUNARY:
        _Static_assert(TT_UNARY_ISNAN == TRT_UnaryOperation_kISNAN, "");
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
