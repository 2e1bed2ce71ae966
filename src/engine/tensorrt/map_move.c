/* Layers that move elements: layout, slices, indexing. */
#include "engine/tensorrt/map.h"

ttrt_status tt_trt_map_reshape(tt_trt_map *m, const tt_layer *l)
{
    const tt_attr_dims to = l->attrs.reshape.dimensions;
    ITensor *x;

    TT_TRY(tt_trt_reshape(m, tt_trt_in(m, l, 0), to.n, to.v, &x));
    return tt_trt_set_out(m, l, 0, x);
}
