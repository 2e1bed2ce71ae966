/* The network as a whole, and the TensorRT layers that mappers are made of. See map.h. */
#include "engine/tensorrt/map.h"

#include "base/str.h"

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

/* Dimensions that both know must agree; one side may know more. */
static bool is_same(const tt_tensor *ours, const ITensor *t, const Dims64 *dims)
{
    if (dims->nbDims != ours->rank || trt_ITensor_getType(t) != tt_trt_dtype(tt_trt_carrier(ours->dtype)))
        return false;
    for (int i = 0; i < ours->rank; i++)
        if (dims->d[i] >= 0 && tt_dim_is_const(ours->dims[i]) && dims->d[i] != ours->dims[i].value)
            return false;
    return true;
}

static void print_dims(tt_str *s, const Dims64 *dims)
{
    for (int i = 0; i < dims->nbDims; i++)
        tt_str_addf(s, "%s%lld", i ? "," : "", (long long)dims->d[i]);
}

static ttrt_status differs(const tt_layer *l, const tt_tensor *ours, const ITensor *t, const Dims64 *dims)
{
    tt_str is = {0}, expected = {0};

    print_dims(&is, dims);
    for (int i = 0; i < ours->rank; i++) {
        tt_str_add(&expected, i ? "," : "");
        tt_dim_print(&expected, ours->dims[i]);
    }
    tt_fail(TTRT_ERR_INTERNAL, "%s: TensorRT has type %d [%s], the network %s [%s]", tt_layer_info_of(l->kind)->name,
            (int)trt_ITensor_getType(t), tt_str_text(&is), tt_dtype_short(ours->dtype), tt_str_text(&expected));
    tt_str_dispose(&is);
    tt_str_dispose(&expected);
    return tt_fail_where("layer \"%s\"", l->name ? l->name : "");
}

ttrt_status tt_trt_set_out(tt_trt_map *m, const tt_layer *l, int i, ITensor *t)
{
    const tt_tensor *ours = l->out[i];

    tt_trt_errors_clear(m->errors);
    const Dims64 dims = trt_ITensor_getDimensions(t);
    if (dims.nbDims < 0)
        return failed(m, "network");
    if (!is_same(ours, t, &dims))
        return differs(l, ours, t, &dims);
    m->tensors[ours->id] = t;
    return TTRT_OK;
}

/* ---- what TensorRT can only cast travels in a type that holds each of its values ---- */

tt_dtype tt_trt_carrier(tt_dtype dtype) { return dtype == TTRT_DTYPE_UINT8 ? TTRT_DTYPE_INT32 : dtype; }

ttrt_status tt_trt_set_carried_out(tt_trt_map *m, const tt_layer *l, int i, ITensor *t)
{
    TT_TRY(tt_trt_cast(m, t, tt_trt_carrier(l->out[i]->dtype), &t));
    return tt_trt_set_out(m, l, i, t);
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

/* What is known, 0 for a dimension that stays where it is, -1 for one more: no shape tensor is needed for those. */
static bool shuffle_dims(int n_from, const tt_dim *from, int rank, const tt_dim *dims, Dims64 *out)
{
    int n_rest = 0;

    tt_trt_static(rank, dims, out);
    for (int i = 0; i < rank; i++)
        if (out->d[i] < 0 && i < n_from && tt_dim_equal(dims[i], from[i]))
            out->d[i] = 0;
        else
            n_rest += out->d[i] < 0;
    return n_rest <= 1;
}

ttrt_status tt_trt_reshape_from(tt_trt_map *m, ITensor *x, int n_from, const tt_dim *from, int rank, const tt_dim *dims,
                                ITensor **out)
{
    Dims64 to;
    ITensor *shape = NULL;

    bool is_static = shuffle_dims(n_from, from, rank, dims, &to);
    if (!is_static)
        TT_TRY(tt_trt_shape(m, rank, dims, &shape));
    IShuffleLayer *l = trt_INetworkDefinition_addShuffle(m->trt, x);
    trt_IShuffleLayer_setZeroIsPlaceholder(l, is_static);
    if (is_static)
        trt_IShuffleLayer_setReshapeDimensions(l, &to);
    else if (l)
        trt_ILayer_setInput((ILayer *)l, 1, shape);
    return tt_trt_added(m, l, out);
}

ttrt_status tt_trt_reshape(tt_trt_map *m, ITensor *x, int rank, const tt_dim *dims, ITensor **out)
{
    return tt_trt_reshape_from(m, x, 0, NULL, rank, dims, out);
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

/* A slice whose stride is 0 along dimensions of 1. A symbolic dimension stays as it is, even where it may be 1: only a
 * dimension that is 1 for certain grows, by expand's rules. */
ttrt_status tt_trt_expand(tt_trt_map *m, ITensor *x, int rank, const tt_dim *from, const tt_dim *dims, ITensor **out)
{
    tt_dim start[TT_TRT_RANK] = {{0}};
    int64_t stride[TT_TRT_RANK];
    bool grows = false;

    for (int i = 0; i < rank; i++) {
        stride[i] = tt_dim_is(from[i], 1) ? 0 : 1;
        grows = grows || (stride[i] == 0 && !tt_dim_is(dims[i], 1));
    }
    *out = x;
    if (!grows)
        return TTRT_OK;
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
    return tt_trt_cast(m, x, tt_trt_carrier(t->dtype), &m->tensors[t->id]);
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

static bool is_taken(const tt_network *net, const char *name, int outputs)
{
    for (int i = 0; i < net->n_inputs; i++)
        if (!strcmp(net->inputs[i]->name, name))
            return true;
    for (int i = 0; i < outputs; i++)
        if (net->output_names[i] && !strcmp(net->output_names[i], name))
            return true;
    return false;
}

void tt_trt_output_name(const tt_network *net, int i, char *out, size_t size)
{
    const char *name = net->output_names[i];

    if (name && *name && strlen(name) < size && !is_taken(net, name, i)) {
        snprintf(out, size, "%s", name);
        return;
    }
    snprintf(out, size, "output_%d", i);
    for (int k = 0; is_taken(net, out, net->n_outputs); k++)
        snprintf(out, size, "output_%d_%d", i, k);
}

/* TensorRT takes an output once, and no input as one: copies stand for those. */
static ttrt_status map_output(tt_trt_map *m, int i)
{
    ITensor *t = m->tensors[m->net->outputs[i]->id];
    char name[TT_TRT_NAME];

    m->layer = NULL;
    TT_TRY(tt_trt_cast(m, t, m->net->outputs[i]->dtype, &t));
    if (trt_ITensor_isNetworkInput(t) || trt_ITensor_isNetworkOutput(t))
        TT_TRY(tt_trt_added(m, trt_INetworkDefinition_addIdentity(m->trt, t), &t));
    tt_trt_output_name(m->net, i, name, sizeof name);
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
