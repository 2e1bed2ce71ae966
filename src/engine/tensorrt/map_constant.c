/* Constants: weights are handed over where they lie. */
#include "engine/tensorrt/formula.h"

bool tt_trt_accepts_constant(const tt_layer *l, tt_reason *why)
{
    return !l->attrs.constant.weights.format ||
           tt_refuse(why, "constant is packed as %s for another engine", l->attrs.constant.weights.format);
}

/* TensorRT has 8 bits in front of a dequantization alone: elsewhere they are int32 that is cast. */
static ttrt_status narrow(tt_trt_map *m, const tt_constant_attrs *a, ITensor **out)
{
    const tt_net_weights *w = &a->weights;
    int32_t *wide = tt_arena_array(m->arena, w->bytes, sizeof *wide);

    if (!wide)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < w->bytes; i++)
        wide[i] = (int32_t)tt_load_i64((const uint8_t *)w->data + i, w->dtype);
    TT_TRY(tt_trt_constant(m, wide, TTRT_DTYPE_INT32, a->dimensions.n, a->dimensions.v, out));
    return tt_trt_cast(m, *out, tt_trt_carrier(w->dtype), out);
}

ttrt_status tt_trt_map_constant(tt_trt_map *m, const tt_layer *l)
{
    const tt_constant_attrs *a = &l->attrs.constant;
    const bool is_narrow = a->weights.dtype == TTRT_DTYPE_INT8 || a->weights.dtype == TTRT_DTYPE_UINT8;
    ITensor *t;

    if (is_narrow)
        TT_TRY(narrow(m, a, &t));
    else
        TT_TRY(tt_trt_constant(m, a->weights.data, a->weights.dtype, a->dimensions.n, a->dimensions.v, &t));
    return tt_trt_set_out(m, l, 0, t);
}
