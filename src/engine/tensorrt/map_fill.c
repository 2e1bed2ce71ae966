/* Tensors made of numbers and sizes, and the checks of sizes. */
#include "engine/tensorrt/formula.h"

/* alpha + i * beta, in f32, i32 or i64. */
static ttrt_status linspace(tt_trt_map *m, const tt_fill_attrs *a, ITensor **out)
{
    Dims64 dims;
    ITensor *shape = NULL;

    if (!tt_trt_static(1, a->dimensions.v, &dims)) {
        TT_TRY(tt_trt_shape(m, 1, a->dimensions.v, &shape));
        dims.d[0] = 1; /* the shape replaces it; -1 is refused */
    }
    IFillLayer *l =
        trt_INetworkDefinition_addFillV2(m->trt, &dims, TRT_FillOperation_kLINSPACE, tt_trt_dtype(a->to_type));
    if (tt_dtype_is_float(a->to_type)) {
        trt_IFillLayer_setAlpha(l, a->alpha);
        trt_IFillLayer_setBeta(l, a->beta);
    } else {
        trt_IFillLayer_setAlphaInt64(l, a->alpha_int);
        trt_IFillLayer_setBetaInt64(l, a->beta_int);
    }
    if (l && shape)
        trt_ILayer_setInput((ILayer *)l, 0, shape);
    return tt_trt_added(m, l, out);
}

ttrt_status tt_trt_count(tt_trt_map *m, tt_dim n, ITensor **out)
{
    const tt_fill_attrs a = {.dimensions = {1, &n}, .to_type = TTRT_DTYPE_INT64, .beta_int = 1};

    return linspace(m, &a, out);
}

/* Halves count in float32, as PyTorch's do; small integers keep the low bits. */
static tt_dtype counts_in(tt_dtype d)
{
    return tt_dtype_is_float(d) ? TTRT_DTYPE_FLOAT32 : d == TTRT_DTYPE_INT32 ? d : TTRT_DTYPE_INT64;
}

static ttrt_status one_number(tt_trt_map *m, const tt_layer *l)
{
    const tt_fill_attrs *a = &l->attrs.fill;
    const int rank = a->dimensions.n;
    const bool is_narrow = a->to_type == TTRT_DTYPE_INT8 || a->to_type == TTRT_DTYPE_UINT8;
    ITensor *x;

    if (tt_dtype_is_float(a->to_type))
        TT_TRY(tt_trt_scalar(m, a->alpha, a->to_type, rank, &x));
    else /* TensorRT has no constants of 8 bits */
        TT_TRY(tt_trt_scalar_i64(m, a->alpha_int, is_narrow ? TTRT_DTYPE_INT32 : a->to_type, rank, &x));
    return tt_trt_f_out(m, l, 0, rank ? tt_trt_f_expand(m, x, rank, tt_trt_ones, a->dimensions.v) : x);
}

ttrt_status tt_trt_map_fill(tt_trt_map *m, const tt_layer *l)
{
    tt_fill_attrs a = l->attrs.fill;
    ITensor *x;

    if (a.operation == TT_FILL_CONSTANT)
        return one_number(m, l);
    a.to_type = counts_in(a.to_type);
    TT_TRY(linspace(m, &a, &x));
    return tt_trt_f_out(m, l, 0, x);
}

ttrt_status tt_trt_map_dimension(tt_trt_map *m, const tt_layer *l)
{
    ITensor *x;

    TT_TRY(tt_trt_dim(m, l->attrs.dimension.value, &x));
    return tt_trt_f_out(m, l, 0, tt_trt_f_reshape(m, x, 0, NULL));
}

/* ---- checks ---- */

/* Whether it is computed from sizes alone: TensorRT knows it before it runs, and checks nothing else. */
static bool is_of_sizes(const tt_tensor *t)
{
    const tt_layer *l = t->layer;

    if (!l)
        return t->is_dim;
    switch (l->kind) {
    case TT_LAYER_CONSTANT:
    case TT_LAYER_DIMENSION:
    case TT_LAYER_CAST:
    case TT_LAYER_UNARY:
    case TT_LAYER_ELEMENTWISE:
    case TT_LAYER_SELECT:
    case TT_LAYER_RESHAPE:
        break;
    default:
        return false;
    }
    for (int i = 0; i < l->n_in; i++)
        if (!is_of_sizes(l->in[i]))
            return false;
    return t->rank <= 1;
}

bool tt_trt_accepts_check(const tt_layer *l, tt_reason *why)
{
    return is_of_sizes(l->in[0]) || tt_refuse(why, "TensorRT checks sizes, no data");
}

ttrt_status tt_trt_map_check(tt_trt_map *m, const tt_layer *l)
{
    ITensor *x = tt_trt_in(m, l, 0);

    tt_trt_errors_clear(m->errors);
    if (!trt_INetworkDefinition_addAssertion(m->trt, x, l->attrs.check.message))
        return tt_trt_fail(m->errors, TTRT_ERR_UNSUPPORTED, "check");
    return tt_trt_set_out(m, l, 0, x);
}
