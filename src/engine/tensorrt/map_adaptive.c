/* Adaptive pooling: output o of n sees the places floor(o * in / n) up to ceil((o + 1) * in / n). Windows that are
 * equal are a reduction; others are gathered, one dimension after the other:
 *
 *     [n, c, h, w]  ─►  [n, c, oh, kh, w]  ─►  [n, c, oh, w]  ─►  [n, c, oh, ow, kw]  ─►  [n, c, oh, ow]          */
#include "engine/tensorrt/formula.h"
#include "engine/tensorrt/window.h"

/* Where every output has as many places: dims with each pooled dimension as two, [out, in / out]. */
static bool are_equal(tt_dims *t, const tt_layer *l, tt_dim *dims, uint32_t *axes)
{
    const tt_tensor *in = l->in[0], *out = l->out[0];
    int n = 2;

    dims[0] = in->dims[0];
    dims[1] = in->dims[1];
    *axes = 0;
    for (int i = 2; i < in->rank; i++) {
        dims[n++] = out->dims[i];
        if (!tt_dim_divide_exact(t, in->dims[i], out->dims[i], &dims[n]))
            return false;
        *axes |= 1u << n++;
    }
    return true;
}

bool tt_trt_accepts_adaptive_pooling(const tt_layer *l, tt_reason *why)
{
    const tt_tensor *in = l->in[0];

    if (l->attrs.adaptive_pooling.has_indices)
        return tt_refuse(why, "TensorRT has no positions of adaptive maxima");
    for (int i = 2; i < in->rank; i++)
        if (!tt_dim_is(l->out[0]->dims[i], 1) &&
            (!tt_dim_is_const(in->dims[i]) || !tt_dim_is_const(l->out[0]->dims[i])))
            return tt_refuse(why, "TensorRT pools to one element, or between sizes that are known");
    return true;
}

/* ---- windows that differ ---- */

static int64_t first_of(int64_t o, int64_t in, int64_t out) { return o * in / out; }
static int64_t end_of(int64_t o, int64_t in, int64_t out) { return ((o + 1) * in - 1) / out + 1; }

/* Each output's places; what is left of its taps reads nothing for an average, its last place again for a maximum. */
static ttrt_status window_places(tt_trt_map *m, bool is_max, int64_t in, int64_t out, tt_trt_taps *t, ITensor **lengths)
{
    float *length = tt_arena_array(m->arena, (size_t)out, sizeof *length);
    int64_t taps = 1;

    for (int64_t o = 0; o < out; o++) {
        const int64_t n = end_of(o, in, out) - first_of(o, in, out);
        taps = n > taps ? n : taps;
    }
    int64_t *places = tt_arena_array(m->arena, (size_t)(out * taps), sizeof *places);
    if (!length || !places)
        return TTRT_ERR_MEMORY;
    for (int64_t o = 0; o < out; o++) {
        const int64_t first = first_of(o, in, out), end = end_of(o, in, out);
        length[o] = (float)(end - first);
        for (int64_t k = 0; k < taps; k++)
            places[o * taps + k] = first + k < end ? first + k : is_max ? end - 1 : -1;
    }
    *t = (tt_trt_taps){out, taps, places};
    return tt_trt_constant(m, length, TTRT_DTYPE_FLOAT32, 1, &out, lengths);
}

static ttrt_status pool_windows(tt_trt_map *m, bool is_max, int rank, tt_dim *dims, int axis, int64_t out, ITensor **x)
{
    tt_dim along[5];
    tt_trt_taps t;
    ITensor *lengths;

    TT_TRY(window_places(m, is_max, dims[axis].value, out, &t, &lengths));
    TT_TRY(tt_trt_gather_taps(m, *x, tt_trt_f_dtype(*x), rank, dims, axis, &t, x));
    if (t.taps > 1)
        TT_TRY(
            tt_trt_reduce(m, is_max ? TRT_ReduceOperation_kMAX : TRT_ReduceOperation_kSUM, *x, 2u << axis, false, x));
    dims[axis] = tt_dim_const(out);
    if (is_max)
        return TTRT_OK;
    for (int i = 0; i < rank; i++)
        along[i] = tt_dim_const(i == axis ? out : 1);
    TT_TRY(tt_trt_reshape(m, lengths, rank, along, &lengths));
    return tt_trt_binary(m, TRT_ElementWiseOperation_kDIV, *x, lengths, x);
}

static ttrt_status pool_axes(tt_trt_map *m, const tt_layer *l, bool is_max, ITensor **x)
{
    const int32_t reduction = is_max ? TRT_ReduceOperation_kMAX : TRT_ReduceOperation_kAVG;
    const tt_tensor *in = l->in[0], *out = l->out[0];
    tt_dim dims[5];

    for (int i = 0; i < in->rank; i++)
        dims[i] = in->dims[i];
    for (int i = 2; i < in->rank; i++) {
        if (!tt_dim_is(out->dims[i], 1)) {
            TT_TRY(pool_windows(m, is_max, in->rank, dims, i, out->dims[i].value, x));
            continue;
        }
        TT_TRY(tt_trt_reduce(m, reduction, *x, 1u << i, true, x));
        dims[i] = tt_dim_const(1);
    }
    return TTRT_OK;
}

static ttrt_status pool_equal(tt_trt_map *m, const tt_layer *l, bool is_max, const tt_dim *dims, uint32_t axes,
                              ITensor **x)
{
    const int32_t reduction = is_max ? TRT_ReduceOperation_kMAX : TRT_ReduceOperation_kAVG;

    TT_TRY(tt_trt_reshape(m, *x, 2 * l->in[0]->rank - 2, dims, x));
    return tt_trt_reduce(m, reduction, *x, axes, false, x);
}

/* Averages of halves are averages of float32. */
ttrt_status tt_trt_map_adaptive_pooling(tt_trt_map *m, const tt_layer *l)
{
    const bool is_max = l->attrs.adaptive_pooling.type == TT_POOLING_MAX;
    tt_dim dims[TT_TRT_RANK];
    uint32_t axes;
    ITensor *x = tt_trt_in(m, l, 0);

    if (!is_max || !tt_dtype_is_float(l->in[0]->dtype))
        x = tt_trt_f_wide(m, x);
    if (!x)
        return ttrt_last_error()->status;
    if (are_equal(m->net->dims, l, dims, &axes))
        TT_TRY(pool_equal(m, l, is_max, dims, axes, &x));
    else
        TT_TRY(pool_axes(m, l, is_max, &x));
    return tt_trt_f_out(m, l, 0, x);
}
