/* Constants: weights are handed over where they lie. */
#include "engine/tensorrt/map.h"

bool tt_trt_accepts_constant(const tt_layer *l, tt_reason *why)
{
    return !l->attrs.constant.weights.format ||
           tt_refuse(why, "constant is packed as %s for another engine", l->attrs.constant.weights.format);
}

ttrt_status tt_trt_map_constant(tt_trt_map *m, const tt_layer *l)
{
    const tt_constant_attrs *a = &l->attrs.constant;
    ITensor *t;

    TT_TRY(tt_trt_constant(m, a->weights.data, a->weights.dtype, a->dimensions.n, a->dimensions.v, &t));
    return tt_trt_set_out(m, l, 0, t);
}
