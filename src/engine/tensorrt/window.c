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

/* Place -1 is one behind the end, where a zero is added. */
static ttrt_status tap_index(tt_trt_map *m, const tt_trt_taps *t, int64_t end, bool *reads_zero, ITensor **out)
{
    const int64_t dims[] = {t->n, t->taps}, count = t->n * t->taps;
    int64_t *index = tt_arena_array(m->arena, (size_t)count, sizeof *index);

    if (!index)
        return TTRT_ERR_MEMORY;
    *reads_zero = false;
    for (int64_t i = 0; i < count; i++) {
        *reads_zero = *reads_zero || t->places[i] < 0;
        index[i] = t->places[i] < 0 ? end : t->places[i];
    }
    return tt_trt_constant(m, index, TTRT_DTYPE_INT64, t->taps == 1 ? 1 : 2, dims, out);
}

ttrt_status tt_trt_gather_taps(tt_trt_map *m, ITensor *x, tt_dtype dtype, int rank, const tt_dim *dims, int axis,
                               const tt_trt_taps *t, ITensor **out)
{
    tt_dim none[TT_TRT_RANK] = {{0}}, one[TT_TRT_RANK] = {{0}};
    bool reads_zero;
    ITensor *index;

    TT_TRY(tap_index(m, t, dims[axis].value, &reads_zero, &index));
    one[axis] = tt_dim_const(1);
    if (reads_zero)
        TT_TRY(tt_trt_padded(m, x, dtype, rank, dims, none, one, TRT_SampleMode_kFILL, 0, &x));
    return tt_trt_gather(m, x, index, axis, out);
}
