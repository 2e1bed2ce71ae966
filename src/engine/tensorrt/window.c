/* See window.h. */
#include "engine/tensorrt/window.h"

Dims64 tt_trt_spatial(tt_attr_ints v, int64_t rest)
{
    Dims64 d = tt_trt_dims(v.n, v.v);

    if (v.n == 1)
        d.d[d.nbDims++] = rest;
    return d;
}

ttrt_status tt_trt_two_spatial(tt_trt_map *m, int rank, const tt_dim *dims, ITensor *x, ITensor **out)
{
    *out = x;
    if (rank != 3)
        return TTRT_OK;
    const tt_dim to[] = {dims[0], dims[1], dims[2], tt_dim_const(1)};
    return tt_trt_reshape_from(m, x, 3, dims, 4, to, out);
}

ttrt_status tt_trt_from_two_spatial(tt_trt_map *m, int rank, const tt_dim *dims, ITensor *x, ITensor **out)
{
    *out = x;
    if (rank != 3)
        return TTRT_OK;
    const tt_dim from[] = {dims[0], dims[1], dims[2], tt_dim_const(1)};
    return tt_trt_reshape_from(m, x, 4, from, 3, dims, out);
}
