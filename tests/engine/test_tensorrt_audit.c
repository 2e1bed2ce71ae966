/* The places of virtual methods in abi.h, against the library that is here: every layer that is added must be of its
 * kind, and what a setter is given must come back through its getter. A wrong place calls another method, which shows
 * as another kind, another value, or a crash. Needs no GPU. */
#include "tensorrt_test.h"

#include <stdio.h>

#include "engine/tensorrt/callbacks.h"

static INetworkDefinition *net;
static IBuilderConfig *config;
static IBuilder *builder;
static float numbers[4096];
static int64_t longs[64];
static int32_t ints[64];
static tt_str odd; /* what did not come back */
static int n_pairs, n_layers;

static void differs(const char *what, const char *why) { tt_str_addf(&odd, "  %s: %s\n", what, why); }

/* ---- pairs: set one value, then another; both must come back ---- */

#define NUMBER(I, o, M, a, b)                                                                                          \
    do {                                                                                                               \
        trt_##I##_set##M(o, a);                                                                                        \
        bool first_ = trt_##I##_get##M(o) == (a);                                                                      \
        trt_##I##_set##M(o, b);                                                                                        \
        n_pairs++;                                                                                                     \
        if (!first_ || trt_##I##_get##M(o) != (b))                                                                     \
            differs(#I "." #M, "a number does not come back");                                                         \
    } while (0)

/* A layer's name may be used once in the life of a network. */
static const char *fresh_text(void)
{
    static char text[32];
    static int n;

    snprintf(text, sizeof text, "text %d", n++);
    return text;
}

#define TEXT(I, o, M)                                                                                                  \
    do {                                                                                                               \
        bool same_ = true;                                                                                             \
        for (int i_ = 0; i_ < 2; i_++) {                                                                               \
            const char *text_ = fresh_text();                                                                          \
            trt_##I##_set##M(o, text_);                                                                                \
            const char *back_ = trt_##I##_get##M(o);                                                                   \
            same_ = same_ && back_ && !strcmp(back_, text_);                                                           \
        }                                                                                                              \
        n_pairs++;                                                                                                     \
        if (!same_)                                                                                                    \
            differs(#I "." #M, "a text does not come back");                                                           \
    } while (0)

static Dims64 all(int n, int64_t v)
{
    Dims64 d = {.nbDims = n};

    for (int i = 0; i < n; i++)
        d.d[i] = v;
    return d;
}

static bool same(Dims64 a, Dims64 b)
{
    return a.nbDims == b.nbDims && !memcmp(a.d, b.d, (size_t)b.nbDims * sizeof *b.d);
}

#define DIMS(I, o, M, n, a, b)                                                                                         \
    do {                                                                                                               \
        const Dims64 a_ = all(n, a), b_ = all(n, b);                                                                   \
        trt_##I##_set##M(o, &a_);                                                                                      \
        bool first_ = same(trt_##I##_get##M(o), a_);                                                                   \
        trt_##I##_set##M(o, &b_);                                                                                      \
        n_pairs++;                                                                                                     \
        if (!first_ || !same(trt_##I##_get##M(o), b_))                                                                 \
            differs(#I "." #M, "dimensions do not come back");                                                         \
    } while (0)

#define WEIGHTS(I, o, M, n)                                                                                            \
    do {                                                                                                               \
        trt_##I##_set##M(o, weights(n));                                                                               \
        Weights w_ = trt_##I##_get##M(o);                                                                              \
        n_pairs++;                                                                                                     \
        if (w_.values != numbers || w_.count != (n))                                                                   \
            differs(#I "." #M, "weights do not come back");                                                            \
    } while (0)

static Weights weights(int64_t n) { return (Weights){TRT_DataType_kFLOAT, numbers, n}; }

/* ---- layers ---- */

/* Its output, where it is of its kind and has the name that it is given. */
static ITensor *made(const void *layer, int32_t type, const char *what)
{
    const ILayer *l = layer;

    n_layers++;
    if (!l) {
        differs(what, "no layer is made");
        return NULL;
    }
    if (trt_ILayer_getType(l) != type)
        differs(what, "the layer is of another kind");
    TEXT(ILayer, l, Name);
    TEXT(ILayer, l, Metadata);
    return trt_ILayer_getOutput(l, 0);
}

#define MADE(layer, KIND)      made(layer, TRT_LayerType_k##KIND, #layer)
#define ADD(method, KIND, ...) MADE(trt_INetworkDefinition_add##method(net, __VA_ARGS__), KIND)

static ITensor *input(const char *name, int32_t type, Dims64 d)
{
    return trt_INetworkDefinition_addInput(net, name, type, &d);
}

static Dims64 dims(int n, const int64_t *v)
{
    Dims64 d = {.nbDims = n};

    memcpy(d.d, v, (size_t)n * sizeof *v);
    return d;
}
#define D(...) dims(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static ITensor *constant(Dims64 d, int32_t type, const void *values)
{
    int64_t n = 1;

    for (int i = 0; i < d.nbDims; i++)
        n *= d.d[i];
    const Weights w = {type, values, n};
    return MADE(trt_INetworkDefinition_addConstant(net, &d, w), CONSTANT);
}

static void windows(ITensor *x)
{
    const Dims64 three = all(2, 3), two = all(2, 2);
    const Weights none = {TRT_DataType_kFLOAT, NULL, 0};
    IConvolutionLayer *c = trt_INetworkDefinition_addConvolutionNd(net, x, 2, &three, weights(72), none);
    IDeconvolutionLayer *d = trt_INetworkDefinition_addDeconvolutionNd(net, x, 2, &three, weights(72), none);
    IPoolingLayer *p = trt_INetworkDefinition_addPoolingNd(net, x, TRT_PoolingType_kMAX, &two);

    MADE(c, CONVOLUTION);
    NUMBER(IConvolutionLayer, c, NbGroups, 2, 1);
    NUMBER(IConvolutionLayer, c, NbOutputMaps, 4, 2);
    NUMBER(IConvolutionLayer, c, PaddingMode, TRT_PaddingMode_kSAME_UPPER, TRT_PaddingMode_kEXPLICIT_ROUND_DOWN);
    DIMS(IConvolutionLayer, c, StrideNd, 2, 2, 1);
    DIMS(IConvolutionLayer, c, DilationNd, 2, 2, 1);
    DIMS(IConvolutionLayer, c, PrePadding, 2, 1, 0);
    DIMS(IConvolutionLayer, c, PostPadding, 2, 1, 0);
    DIMS(IConvolutionLayer, c, KernelSizeNd, 2, 1, 3);
    WEIGHTS(IConvolutionLayer, c, KernelWeights, 36);
    WEIGHTS(IConvolutionLayer, c, BiasWeights, 2);
    MADE(d, DECONVOLUTION);
    NUMBER(IDeconvolutionLayer, d, NbGroups, 2, 1);
    DIMS(IDeconvolutionLayer, d, StrideNd, 2, 2, 1);
    DIMS(IDeconvolutionLayer, d, DilationNd, 2, 2, 1);
    DIMS(IDeconvolutionLayer, d, PrePadding, 2, 1, 0);
    DIMS(IDeconvolutionLayer, d, PostPadding, 2, 1, 0);
    WEIGHTS(IDeconvolutionLayer, d, BiasWeights, 2);
    MADE(p, POOLING);
    NUMBER(IPoolingLayer, p, PoolingType, TRT_PoolingType_kAVERAGE, TRT_PoolingType_kMAX);
    NUMBER(IPoolingLayer, p, AverageCountExcludesPadding, false, true);
    NUMBER(IPoolingLayer, p, PaddingMode, TRT_PaddingMode_kEXPLICIT_ROUND_UP, TRT_PaddingMode_kEXPLICIT_ROUND_DOWN);
    DIMS(IPoolingLayer, p, WindowSizeNd, 2, 3, 2);
    DIMS(IPoolingLayer, p, StrideNd, 2, 2, 1);
    DIMS(IPoolingLayer, p, PrePadding, 2, 1, 0);
    DIMS(IPoolingLayer, p, PostPadding, 2, 1, 0);
}

static void pointwise(ITensor *x, ITensor *v)
{
    IActivationLayer *a = trt_INetworkDefinition_addActivation(net, x, TRT_ActivationType_kRELU);
    IUnaryLayer *u = trt_INetworkDefinition_addUnary(net, x, TRT_UnaryOperation_kEXP);
    IElementWiseLayer *e = trt_INetworkDefinition_addElementWise(net, x, x, TRT_ElementWiseOperation_kSUM);
    IScaleLayer *s =
        trt_INetworkDefinition_addScaleNd(net, x, TRT_ScaleMode_kUNIFORM, weights(1), weights(1), weights(1), 1);
    ICastLayer *c = trt_INetworkDefinition_addCast(net, x, TRT_DataType_kHALF);
    ISoftMaxLayer *m = trt_INetworkDefinition_addSoftMax(net, v);

    MADE(a, ACTIVATION);
    NUMBER(IActivationLayer, a, ActivationType, TRT_ActivationType_kCLIP, TRT_ActivationType_kELU);
    NUMBER(IActivationLayer, a, Alpha, 0.5f, 0.25f);
    NUMBER(IActivationLayer, a, Beta, 0.5f, 0.25f);
    MADE(u, UNARY);
    NUMBER(IUnaryLayer, u, Operation, TRT_UnaryOperation_kSIN, TRT_UnaryOperation_kLOG);
    MADE(e, ELEMENTWISE);
    NUMBER(IElementWiseLayer, e, Operation, TRT_ElementWiseOperation_kPROD, TRT_ElementWiseOperation_kSUB);
    MADE(s, SCALE);
    NUMBER(IScaleLayer, s, ChannelAxis, 0, 1);
    WEIGHTS(IScaleLayer, s, Shift, 1);
    WEIGHTS(IScaleLayer, s, Scale, 1);
    WEIGHTS(IScaleLayer, s, Power, 1);
    MADE(c, CAST);
    NUMBER(ICastLayer, c, ToType, TRT_DataType_kBF16, TRT_DataType_kHALF);
    MADE(m, SOFTMAX);
    NUMBER(ISoftMaxLayer, m, Axes, 1u, 2u);
    ADD(Identity, IDENTITY, x);
    ADD(Select, SELECT, ADD(ElementWise, ELEMENTWISE, x, x, TRT_ElementWiseOperation_kEQUAL), x, x);
    ADD(ParametricReLU, PARAMETRIC_RELU, x, constant(D(1, 4, 1, 1), TRT_DataType_kFLOAT, numbers));
}

static void movement(ITensor *x, ITensor *v, ITensor *index)
{
    ITensor *const two[] = {v, v};
    const Dims64 zeros = all(2, 0), ones = all(2, 1);
    IShuffleLayer *s = trt_INetworkDefinition_addShuffle(net, x);
    ISliceLayer *c = trt_INetworkDefinition_addSlice(net, v, &zeros, &ones, &ones);
    IConcatenationLayer *j = trt_INetworkDefinition_addConcatenation(net, two, 2);
    IGatherLayer *g = trt_INetworkDefinition_addGather(net, x, index, 1);
    IScatterLayer *t = trt_INetworkDefinition_addScatter(net, v, constant(D(2, 4), TRT_DataType_kINT32, ints), v,
                                                         TRT_ScatterMode_kELEMENT);
    IResizeLayer *r = trt_INetworkDefinition_addResize(net, x);
    IGridSampleLayer *q =
        trt_INetworkDefinition_addGridSample(net, x, constant(D(2, 3, 3, 2), TRT_DataType_kFLOAT, numbers));

    MADE(s, SHUFFLE);
    NUMBER(IShuffleLayer, s, ZeroIsPlaceholder, false, true);
    DIMS(IShuffleLayer, s, ReshapeDimensions, 2, 16, 0);
    MADE(c, SLICE);
    NUMBER(ISliceLayer, c, Mode, TRT_SampleMode_kFILL, TRT_SampleMode_kSTRICT_BOUNDS);
    DIMS(ISliceLayer, c, Start, 2, 1, 0);
    DIMS(ISliceLayer, c, Size, 2, 2, 1);
    DIMS(ISliceLayer, c, Stride, 2, 2, 1);
    MADE(j, CONCATENATION);
    NUMBER(IConcatenationLayer, j, Axis, 0, 1);
    MADE(g, GATHER);
    NUMBER(IGatherLayer, g, GatherAxis, 2, 1);
    MADE(t, SCATTER);
    NUMBER(IScatterLayer, t, Axis, 0, 1);
    MADE(r, RESIZE);
    NUMBER(IResizeLayer, r, ResizeMode, TRT_InterpolationMode_kLINEAR, TRT_InterpolationMode_kNEAREST);
    NUMBER(IResizeLayer, r, CoordinateTransformation, TRT_ResizeCoordinateTransformation_kALIGN_CORNERS,
           TRT_ResizeCoordinateTransformation_kASYMMETRIC);
    NUMBER(IResizeLayer, r, CubicCoeff, -0.5f, -0.75f);
    DIMS(IResizeLayer, r, OutputDimensions, 4, 2, 4);
    MADE(q, GRID_SAMPLE);
    NUMBER(IGridSampleLayer, q, AlignCorners, true, false);
    NUMBER(IGridSampleLayer, q, InterpolationMode, TRT_InterpolationMode_kNEAREST, TRT_InterpolationMode_kLINEAR);
    NUMBER(IGridSampleLayer, q, SampleMode, TRT_SampleMode_kREFLECT, TRT_SampleMode_kFILL);
    ADD(GatherV2, GATHER, x, index, TRT_GatherMode_kDEFAULT);
    ADD(Shape, SHAPE, x);
}

static void contractions(ITensor *x, ITensor *v, ITensor *h, ITensor *axis)
{
    ITensor *const two[] = {x, x};
    const Dims64 four = all(1, 4);
    IReduceLayer *r = trt_INetworkDefinition_addReduce(net, x, TRT_ReduceOperation_kSUM, 2, true);
    ITopKLayer *k = trt_INetworkDefinition_addTopK(net, v, TRT_TopKOperation_kMAX, 2, 2);
    INormalizationLayer *n =
        trt_INetworkDefinition_addNormalizationV2(net, x, constant(D(1, 4, 1, 1), TRT_DataType_kFLOAT, numbers),
                                                  constant(D(1, 4, 1, 1), TRT_DataType_kFLOAT, numbers), 12);
    ICumulativeLayer *c =
        trt_INetworkDefinition_addCumulative(net, v, axis, TRT_CumulativeOperation_kSUM, false, false);
    IFillLayer *f = trt_INetworkDefinition_addFillV2(net, &four, TRT_FillOperation_kLINSPACE, TRT_DataType_kFLOAT);
    IAttention *a = trt_INetworkDefinition_addAttentionV2(net, h, h, h, TRT_AttentionNormalizationOp_kSOFTMAX,
                                                          TRT_CausalMaskKind_kNONE);

    MADE(r, REDUCE);
    NUMBER(IReduceLayer, r, Operation, TRT_ReduceOperation_kMAX, TRT_ReduceOperation_kSUM);
    NUMBER(IReduceLayer, r, ReduceAxes, 4u, 2u);
    NUMBER(IReduceLayer, r, KeepDimensions, false, true);
    MADE(k, TOPK);
    NUMBER(ITopKLayer, k, Operation, TRT_TopKOperation_kMIN, TRT_TopKOperation_kMAX);
    NUMBER(ITopKLayer, k, K, 1, 2);
    NUMBER(ITopKLayer, k, ReduceAxes, 1u, 2u);
    MADE(n, NORMALIZATION);
    NUMBER(INormalizationLayer, n, Epsilon, 0.5f, 0.25f);
    NUMBER(INormalizationLayer, n, Axes, 4u, 12u);
    NUMBER(INormalizationLayer, n, NbGroups, 2, 1);
    MADE(c, CUMULATIVE);
    NUMBER(ICumulativeLayer, c, Exclusive, true, false);
    NUMBER(ICumulativeLayer, c, Reverse, true, false);
    MADE(f, FILL);
    NUMBER(IFillLayer, f, Alpha, 0.5, 0.25);
    NUMBER(IFillLayer, f, Beta, 0.5, 0.25);
    DIMS(IFillLayer, f, Dimensions, 1, 5, 4);
    assert_non_null(a);
    n_layers++;
    TEXT(IAttention, a, Metadata);
    NUMBER(IAttention, a, Decomposable, true, false);
    NUMBER(IAttention, a, CausalKind, TRT_CausalMaskKind_kUPPER_LEFT, TRT_CausalMaskKind_kNONE);
    ADD(MatrixMultiply, MATRIX_MULTIPLY, x, TRT_MatrixOperation_kNONE, x, TRT_MatrixOperation_kTRANSPOSE);
    ADD(Einsum, EINSUM, two, 2, "abcd,abcd->abcd");
    ADD(Assertion, ASSERTION, constant(D(1), TRT_DataType_kBOOL, ints), "message");
}

/* ---- builder ---- */

static void configuration(void)
{
    NUMBER(IBuilderConfig, config, AvgTimingIterations, 3, 1);
    NUMBER(IBuilderConfig, config, ProfilingVerbosity, TRT_ProfilingVerbosity_kDETAILED, TRT_ProfilingVerbosity_kNONE);
    NUMBER(IBuilderConfig, config, BuilderOptimizationLevel, 5, 3);
    NUMBER(IBuilderConfig, config, MaxAuxStreams, 3, 1);
    NUMBER(IBuilderConfig, config, MaxNbTactics, 7, 3);
    NUMBER(IBuilderConfig, config, TilingOptimizationLevel, TRT_TilingOptimizationLevel_kFULL,
           TRT_TilingOptimizationLevel_kNONE);
    NUMBER(IBuilderConfig, config, L2LimitForTiling, 1 << 20, 1 << 10);
    NUMBER(IBuilderConfig, config, Flags, 1u << TRT_BuilderFlag_kTF32, 1u << TRT_BuilderFlag_kDEBUG);
    NUMBER(IBuilderConfig, config, DefaultDeviceType, TRT_DeviceType_kDLA, TRT_DeviceType_kGPU);
    for (int32_t i = 0; i < 2; i++) {
        trt_IBuilderConfig_setMemoryPoolLimit(config, TRT_MemoryPoolType_kWORKSPACE, (size_t)(i + 1) << 24);
        if (trt_IBuilderConfig_getMemoryPoolLimit(config, TRT_MemoryPoolType_kWORKSPACE) != (size_t)(i + 1) << 24)
            differs("IBuilderConfig.MemoryPoolLimit", "the limit does not come back");
    }
    n_pairs++;
    if (tt_trt_is_rtx)
        NUMBER(IBuilderConfig, config, NbComputeCapabilities, 2, 0);
    NUMBER(IBuilder, builder, MaxThreads, 3, 2);
    TEXT(INetworkDefinition, net, Name);
}

static void places_of_methods(void **state)
{
    tt_trt_errors errors;
    const tt_trt_library *library;

    need_library();
    expect_ok(tt_trt_library_get(&library));
    for (size_t i = 0; i < TT_COUNT(longs); i++)
        longs[i] = ints[i] = 1;
    tt_trt_errors_init(&errors);
    builder = library->create_builder(tt_trt_logger(), library->version);
    trt_IBuilder_setErrorRecorder(builder, tt_trt_errors_recorder(&errors));
    net = trt_IBuilder_createNetworkV2(builder, 1u << TRT_NetworkDefinitionCreationFlag_kSTRONGLY_TYPED);
    config = trt_IBuilder_createBuilderConfig(builder);
    ITensor *x = input("x", TRT_DataType_kFLOAT, D(2, 4, 8, 8)), *v = input("v", TRT_DataType_kFLOAT, D(2, 4));
    ITensor *h = input("h", TRT_DataType_kHALF, D(2, 4, 8, 8));
    ITensor *axis = constant((Dims64){0}, TRT_DataType_kINT32, ints);
    assert_true(same(trt_ITensor_getDimensions(x), D(2, 4, 8, 8)));
    assert_int_equal(trt_ITensor_getType(h), TRT_DataType_kHALF);

    windows(x);
    pointwise(x, v);
    movement(x, v, constant(D(2), TRT_DataType_kINT32, ints));
    contractions(x, v, h, axis);
    configuration();
    assert_int_equal(trt_INetworkDefinition_getNbInputs(net), 3);
    print_message("%s: %d layers of their kinds, %d pairs of setters and getters\n", library->title, n_layers, n_pairs);
    if (odd.len)
        fail_msg("%s\n%s", library->title, tt_str_text(&odd));
    tt_str_dispose(&odd);
    trt_delete(config);
    trt_delete(net);
    trt_delete(builder);
    tt_trt_errors_dispose(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places_of_methods)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
