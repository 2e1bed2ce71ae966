/* The network as a whole, and the TensorRT layers that mappers are made of. See map.h. */
#include "engine/tensorrt/map.h"

#include <stdio.h>
#include <string.h>

/* ---- names and failures ---- */

static ttrt_status failed(tt_trt_map *m, const char *what)
{
    const tt_layer *l = m->layer;
    ttrt_status status = tt_trt_fail(m->errors, TTRT_ERR_UNSUPPORTED, "%s", l ? tt_layer_info_of(l->kind)->name : what);

    if (!l || !l->name)
        return status;
    tt_fail_where("layer \"%s\"%s%s", l->name, l->source ? ", " : "", l->source ? l->source : "");
    return status;
}

/* TensorRT wants each name once: parts after the first are numbered. */
static void name_layer(tt_trt_map *m, const ILayer *layer)
{
    const tt_layer *l = m->layer;
    char name[256];

    if (!l || !l->name)
        return;
    int part = m->part++;
    snprintf(name, sizeof name, part ? "%s/%d" : "%s", l->name, part);
    trt_ILayer_setName(layer, name);
    if (l->source)
        trt_ILayer_setMetadata(layer, l->source);
}

ttrt_status tt_trt_added_at(tt_trt_map *m, const void *layer, int i, ITensor **out)
{
    if (!layer)
        return failed(m, "network");
    if (i == 0)
        name_layer(m, layer);
    *out = trt_ILayer_getOutput(layer, i);
    return *out ? TTRT_OK : failed(m, "network");
}

ttrt_status tt_trt_added(tt_trt_map *m, const void *layer, ITensor **out) { return tt_trt_added_at(m, layer, 0, out); }

/* ---- operands ---- */

static const int32_t dtypes[] = {
    [TTRT_DTYPE_FLOAT32] = TRT_DataType_kFLOAT + 1, [TTRT_DTYPE_FLOAT16] = TRT_DataType_kHALF + 1,
    [TTRT_DTYPE_BFLOAT16] = TRT_DataType_kBF16 + 1, [TTRT_DTYPE_INT64] = TRT_DataType_kINT64 + 1,
    [TTRT_DTYPE_INT32] = TRT_DataType_kINT32 + 1,   [TTRT_DTYPE_INT8] = TRT_DataType_kINT8 + 1,
    [TTRT_DTYPE_UINT8] = TRT_DataType_kUINT8 + 1,   [TTRT_DTYPE_BOOL] = TRT_DataType_kBOOL + 1,
};

int32_t tt_trt_dtype(tt_dtype dtype) { return (size_t)dtype < TT_COUNT(dtypes) ? dtypes[dtype] - 1 : -1; }

ITensor *tt_trt_in(const tt_trt_map *m, const tt_layer *l, int i) { return m->tensors[l->in[i]->id]; }

int tt_trt_rank(const ITensor *t) { return trt_ITensor_getDimensions(t).nbDims; }

ttrt_status tt_trt_set_out(tt_trt_map *m, const tt_layer *l, int i, ITensor *t)
{
    const tt_tensor *ours = l->out[i];

    tt_trt_errors_clear(m->errors);
    int rank = tt_trt_rank(t);
    if (rank < 0)
        return failed(m, "network");
    if (rank != ours->rank || trt_ITensor_getType(t) != tt_trt_dtype(ours->dtype)) {
        tt_fail(TTRT_ERR_INTERNAL, "%s: TensorRT has type %d and rank %d, the network %s and rank %d",
                tt_layer_info_of(l->kind)->name, (int)trt_ITensor_getType(t), rank, ttrt_dtype_name(ours->dtype),
                ours->rank);
        return tt_fail_where("layer \"%s\"", l->name ? l->name : "");
    }
    m->tensors[ours->id] = t;
    return TTRT_OK;
}

/* ---- constants ---- */

Dims64 tt_trt_dims(int n, const int64_t *v)
{
    Dims64 d = {.nbDims = n};

    memcpy(d.d, v, (size_t)n * sizeof *v);
    return d;
}

ttrt_status tt_trt_constant(tt_trt_map *m, const void *data, tt_dtype dtype, int rank, const int64_t *dims,
                            ITensor **out)
{
    const Dims64 d = tt_trt_dims(rank, dims);
    Weights w = {.type = tt_trt_dtype(dtype), .values = data, .count = 1};

    for (int i = 0; i < rank; i++)
        w.count *= dims[i];
    return tt_trt_added(m, trt_INetworkDefinition_addConstant(m->trt, &d, w), out);
}

static const int64_t ones[TT_TRT_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};

ttrt_status tt_trt_scalar(tt_trt_map *m, double v, tt_dtype dtype, int rank, ITensor **out)
{
    void *bytes = tt_arena_alloc(m->arena, 16);

    if (!bytes)
        return TTRT_ERR_MEMORY;
    tt_store_f64(bytes, dtype, v);
    return tt_trt_constant(m, bytes, dtype, rank, ones, out);
}

ttrt_status tt_trt_scalar_i64(tt_trt_map *m, int64_t v, tt_dtype dtype, int rank, ITensor **out)
{
    void *bytes = tt_arena_alloc(m->arena, 16);

    if (!bytes)
        return TTRT_ERR_MEMORY;
    tt_store_i64(bytes, dtype, v);
    return tt_trt_constant(m, bytes, dtype, rank, ones, out);
}

ttrt_status tt_trt_ints(tt_trt_map *m, int n, const int64_t *v, ITensor **out)
{
    const int64_t *kept = tt_arena_copy(m->arena, v, (size_t)n * sizeof *v), dims[] = {n};

    return kept ? tt_trt_constant(m, kept, TTRT_DTYPE_INT64, 1, dims, out) : TTRT_ERR_MEMORY;
}

/* ---- pointwise ---- */

ttrt_status tt_trt_cast(tt_trt_map *m, ITensor *x, tt_dtype to, ITensor **out)
{
    *out = x;
    if (trt_ITensor_getType(x) == tt_trt_dtype(to))
        return TTRT_OK;
    return tt_trt_added(m, trt_INetworkDefinition_addCast(m->trt, x, tt_trt_dtype(to)), out);
}

ttrt_status tt_trt_unary(tt_trt_map *m, int32_t operation, ITensor *x, ITensor **out)
{
    return tt_trt_added(m, trt_INetworkDefinition_addUnary(m->trt, x, operation), out);
}

ttrt_status tt_trt_activation(tt_trt_map *m, int32_t type, double alpha, double beta, ITensor *x, ITensor **out)
{
    IActivationLayer *l = trt_INetworkDefinition_addActivation(m->trt, x, type);

    trt_IActivationLayer_setAlpha(l, (float)alpha);
    trt_IActivationLayer_setBeta(l, (float)beta);
    return tt_trt_added(m, l, out);
}

ttrt_status tt_trt_binary(tt_trt_map *m, int32_t operation, ITensor *a, ITensor *b, ITensor **out)
{
    return tt_trt_added(m, trt_INetworkDefinition_addElementWise(m->trt, a, b, operation), out);
}

ttrt_status tt_trt_select(tt_trt_map *m, ITensor *condition, ITensor *a, ITensor *b, ITensor **out)
{
    return tt_trt_added(m, trt_INetworkDefinition_addSelect(m->trt, condition, a, b), out);
}

/* ---- contractions ---- */

ttrt_status tt_trt_reduce(tt_trt_map *m, int32_t operation, ITensor *x, uint32_t axes, bool keep, ITensor **out)
{
    return tt_trt_added(m, trt_INetworkDefinition_addReduce(m->trt, x, operation, axes, keep), out);
}

ttrt_status tt_trt_matmul(tt_trt_map *m, ITensor *a, bool ta, ITensor *b, bool tb, ITensor **out)
{
    static const int32_t how[] = {TRT_MatrixOperation_kNONE, TRT_MatrixOperation_kTRANSPOSE};

    return tt_trt_added(m, trt_INetworkDefinition_addMatrixMultiply(m->trt, a, how[ta], b, how[tb]), out);
}

/* ---- movement ---- */

ttrt_status tt_trt_concat(tt_trt_map *m, int n, ITensor *const *x, int axis, ITensor **out)
{
    IConcatenationLayer *l = trt_INetworkDefinition_addConcatenation(m->trt, x, n);

    trt_IConcatenationLayer_setAxis(l, axis);
    return tt_trt_added(m, l, out);
}

ttrt_status tt_trt_gather(tt_trt_map *m, ITensor *x, ITensor *index, int axis, ITensor **out)
{
    return tt_trt_added(m, trt_INetworkDefinition_addGather(m->trt, x, index, axis), out);
}

ttrt_status tt_trt_transpose(tt_trt_map *m, ITensor *x, int rank, const int64_t *permutation, ITensor **out)
{
    Permutation p = {{0}};
    IShuffleLayer *l = trt_INetworkDefinition_addShuffle(m->trt, x);

    for (int i = 0; i < rank; i++)
        p.order[i] = (int32_t)permutation[i];
    trt_IShuffleLayer_setFirstTranspose(l, &p);
    return tt_trt_added(m, l, out);
}

ttrt_status tt_trt_reshape(tt_trt_map *m, ITensor *x, int rank, const tt_dim *dims, ITensor **out)
{
    Dims64 to;
    ITensor *shape = NULL;

    bool is_static = tt_trt_static(rank, dims, &to);
    if (!is_static)
        TT_TRY(tt_trt_shape(m, rank, dims, &shape));
    IShuffleLayer *l = trt_INetworkDefinition_addShuffle(m->trt, x);
    trt_IShuffleLayer_setZeroIsPlaceholder(l, false);
    if (is_static)
        trt_IShuffleLayer_setReshapeDimensions(l, &to);
    else if (l)
        trt_ILayer_setInput((ILayer *)l, 1, shape);
    return tt_trt_added(m, l, out);
}

ttrt_status tt_trt_slice(tt_trt_map *m, ITensor *x, int rank, const tt_dim *start, const tt_dim *size,
                         const int64_t *stride, int32_t mode, ITensor *fill, ITensor **out)
{
    Dims64 d[3] = {[2] = tt_trt_dims(rank, stride)};
    ITensor *symbolic[2] = {NULL};

    for (int i = 0; i < 2; i++)
        if (!tt_trt_static(rank, i ? size : start, &d[i]))
            TT_TRY(tt_trt_shape(m, rank, i ? size : start, &symbolic[i]));
    ISliceLayer *l = trt_INetworkDefinition_addSlice(m->trt, x, &d[0], &d[1], &d[2]);
    trt_ISliceLayer_setMode(l, mode);
    for (int i = 0; l && i < 2; i++)
        if (symbolic[i])
            trt_ILayer_setInput((ILayer *)l, 1 + i, symbolic[i]);
    if (l && fill)
        trt_ILayer_setInput((ILayer *)l, 4, fill);
    return tt_trt_added(m, l, out);
}

/* A slice whose stride is 0 along dimensions of 1 that grow. Where a dimension's size is a symbol that may be 1 itself,
 * a stride of 0 would be wrong: TensorRT broadcasts as PyTorch does when the target comes from a fill. */
ttrt_status tt_trt_expand(tt_trt_map *m, ITensor *x, int rank, const tt_dim *dims, ITensor **out)
{
    const Dims64 from = trt_ITensor_getDimensions(x);
    tt_dim start[TT_TRT_RANK] = {{0}};
    int64_t stride[TT_TRT_RANK];

    for (int i = 0; i < rank; i++)
        stride[i] = from.d[i] == 1 ? 0 : 1;
    return tt_trt_slice(m, x, rank, start, dims, stride, TRT_SampleMode_kSTRICT_BOUNDS, NULL, out);
}

/* ---- the network ---- */

static ttrt_status (*const mappers[TT_LAYER_COUNT])(tt_trt_map *m, const tt_layer *l) = {
#define MAP(kind, KIND, types, accepts) [TT_LAYER_##KIND] = tt_trt_map_##kind,
#include "engine/tensorrt/mappers.def"
#undef MAP
};

static ttrt_status map_input(tt_trt_map *m, const tt_tensor *t)
{
    Dims64 d;

    m->layer = NULL;
    tt_trt_static(t->rank, t->dims, &d);
    tt_trt_errors_clear(m->errors);
    ITensor *x = trt_INetworkDefinition_addInput(m->trt, t->name, tt_trt_dtype(t->dtype), &d);
    if (!x)
        return tt_trt_fail(m->errors, TTRT_ERR_UNSUPPORTED, "input '%s'", t->name);
    m->tensors[t->id] = x;
    return TTRT_OK;
}

static ttrt_status map_layer(tt_trt_map *m, const tt_layer *l)
{
    m->layer = l;
    m->part = 0;
    tt_trt_errors_clear(m->errors);
    if (!mappers[l->kind])
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "engine tensorrt has no %s", tt_layer_info_of(l->kind)->name);
    return mappers[l->kind](m, l);
}

/* TensorRT takes an output once, and no input as one: copies stand for those. */
static ttrt_status map_output(tt_trt_map *m, int i)
{
    const tt_network *net = m->net;
    ITensor *t = m->tensors[net->outputs[i]->id];
    char name[32];
    bool again = !net->outputs[i]->layer;

    for (int k = 0; k < i; k++)
        again = again || net->outputs[k] == net->outputs[i];
    m->layer = NULL;
    if (again)
        TT_TRY(tt_trt_added(m, trt_INetworkDefinition_addIdentity(m->trt, t), &t));
    snprintf(name, sizeof name, "output_%d", i);
    trt_ITensor_setName(t, name);
    trt_INetworkDefinition_markOutput(m->trt, t);
    return TTRT_OK;
}

ttrt_status tt_trt_map_network(tt_trt_map *m)
{
    const tt_network *net = m->net;

    m->tensors = tt_arena_array(m->arena, (size_t)tt_network_number(net) + 1, sizeof *m->tensors);
    if (!m->tensors)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < net->n_inputs; i++)
        TT_TRY(map_input(m, net->inputs[i]));
    TT_EACH_LAYER (net, l)
        TT_TRY(map_layer(m, l));
    for (int i = 0; i < net->n_outputs; i++)
        TT_TRY(map_output(m, i));
    return TTRT_OK;
}
