/* What engine tensorrt takes, by the table in mappers.def. */
#include "engine/tensorrt/map.h"

enum { F = 1, I = 2, B = 4, Q = 8 };

static const struct {
    int types;
    tt_trt_accepts *accepts;
} rows[TT_LAYER_COUNT] = {
#define MAP(kind, KIND, types, accepts) [TT_LAYER_##KIND] = {types, accepts},
#include "engine/tensorrt/mappers.def"
#undef MAP
};

/* Layers that no mapper takes, where there is more to say. */
#define SIZES_FROM_SHAPES "engine tensorrt takes sizes from its inputs' shapes, not from data"
static const char *const missing[TT_LAYER_COUNT] = {
    [TT_LAYER_NON_ZERO] = SIZES_FROM_SHAPES,
    [TT_LAYER_ITEM] = SIZES_FROM_SHAPES,
    [TT_LAYER_LOOP] = "engine tensorrt runs no loops that data end",
};

static int type_of(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT32:
    case TTRT_DTYPE_FLOAT16:
    case TTRT_DTYPE_BFLOAT16:
        return F;
    case TTRT_DTYPE_INT32:
    case TTRT_DTYPE_INT64:
        return I;
    case TTRT_DTYPE_BOOL:
        return B;
    case TTRT_DTYPE_INT8:
    case TTRT_DTYPE_UINT8:
        return Q;
    default:
        return 0;
    }
}

/* PyTorch computes such a size in float64, which TensorRT does not have. */
static bool is_scaled(const tt_expr *e)
{
    bool scaled = e->kind == TT_EXPR_SCALED;

    for (size_t i = 0; !scaled && i < e->n_args; i++)
        scaled = is_scaled(e->args[i]);
    return scaled;
}

bool tt_trt_takes(const tt_tensor *t, tt_reason *why)
{
    if (!type_of(t->dtype))
        return tt_refuse(why, "TensorRT has no %s", ttrt_dtype_name(t->dtype));
    if (t->rank > TT_TRT_RANK)
        return tt_refuse(why, "TensorRT takes at most %d dimensions, this tensor has %d", TT_TRT_RANK, t->rank);
    for (int i = 0; i < t->rank; i++)
        if (tt_dim_is(t->dims[i], 0))
            return tt_refuse(why, "TensorRT takes no empty tensors");
    for (int i = 0; i < t->rank; i++)
        if (t->dims[i].expr && is_scaled(t->dims[i].expr))
            return tt_refuse(why, "TensorRT computes no size that is scaled by a float");
    return true;
}

bool tt_trt_supports(const tt_layer *l, tt_reason *why)
{
    const char *name = tt_layer_info_of(l->kind)->name;
    const tt_tensor *first = l->n_in ? l->in[0] : l->out[0];

    if (missing[l->kind])
        return tt_refuse(why, "%s", missing[l->kind]);
    if (!rows[l->kind].types)
        return tt_refuse(why, "engine tensorrt has no %s", name);
    for (int i = 0; i < l->n_in; i++)
        if (!tt_trt_takes(l->in[i], why))
            return false;
    for (int i = 0; i < l->n_out; i++)
        if (!tt_trt_takes(l->out[i], why))
            return false;
    if (!(rows[l->kind].types & type_of(first->dtype)))
        return tt_refuse(why, "TensorRT computes no %s of %s", name, ttrt_dtype_name(first->dtype));
    return !rows[l->kind].accepts || rows[l->kind].accepts(l, why);
}
