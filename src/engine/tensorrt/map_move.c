/* Layers that move elements: layout, slices, padding. */
#include "engine/tensorrt/map.h"

#include <math.h>

ttrt_status tt_trt_map_reshape(tt_trt_map *m, const tt_layer *l)
{
    const tt_tensor *from = l->in[0];
    const tt_attr_dims to = l->attrs.reshape.dimensions;
    ITensor *x;

    x = tt_trt_in(m, l, 0);
    TT_TRY(tt_trt_reshape_from(m, x, from->rank, from->dims, to.n, to.v, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

ttrt_status tt_trt_map_transpose(tt_trt_map *m, const tt_layer *l)
{
    ITensor *x;

    x = tt_trt_in(m, l, 0);
    TT_TRY(tt_trt_transpose(m, x, l->in[0]->rank, l->attrs.transpose.permutation.v, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

ttrt_status tt_trt_map_expand(tt_trt_map *m, const tt_layer *l)
{
    ITensor *x;

    x = tt_trt_in(m, l, 0);
    TT_TRY(tt_trt_expand(m, x, l->in[0]->rank, l->in[0]->dims, l->attrs.expand.dimensions.v, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

ttrt_status tt_trt_map_slice(tt_trt_map *m, const tt_layer *l)
{
    const tt_slice_attrs *a = &l->attrs.slice;
    ITensor *x;

    x = tt_trt_in(m, l, 0);
    if (l->in[0]->rank > 0)
        TT_TRY(tt_trt_slice(m, x, l->in[0]->rank, a->start.v, a->size.v, a->stride.v, TRT_SampleMode_kSTRICT_BOUNDS,
                            NULL, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

/* ---- pad: a slice that starts before the tensor and ends behind it ---- */

/* TensorRT has int8 constants only in front of Dequantize. */
static ttrt_status fill_value(tt_trt_map *m, double v, tt_dtype dtype, ITensor **out)
{
    TT_TRY(tt_trt_scalar(m, v, dtype == TTRT_DTYPE_INT8 ? TTRT_DTYPE_INT32 : dtype, 0, out));
    return tt_trt_cast(m, *out, dtype, out);
}

ttrt_status tt_trt_padded(tt_trt_map *m, ITensor *x, tt_dtype dtype, int rank, const tt_dim *dims, const tt_dim *pre,
                          const tt_dim *post, int32_t mode, double value, ITensor **out)
{
    static const int64_t ones[TT_TRT_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    tt_dims *t = m->net->dims;
    tt_dim start[TT_TRT_RANK], size[TT_TRT_RANK];
    ITensor *fill = NULL;

    for (int i = 0; i < rank; i++) {
        start[i] = tt_dim_sub(t, tt_dim_const(0), pre[i]);
        size[i] = tt_dim_add(t, tt_dim_add(t, dims[i], pre[i]), post[i]);
    }
    TT_TRY(tt_dims_status(t));
    /* Without a value it fills with +0. */
    if (mode == TRT_SampleMode_kFILL && (value != 0 || signbit(value)))
        TT_TRY(fill_value(m, value, dtype, &fill));
    return tt_trt_slice(m, x, rank, start, size, ones, mode, fill, out);
}

static tt_dim only_below_zero(tt_trt_map *m, tt_dim d) { return tt_dim_min(m->net->dims, d, tt_dim_const(0)); }

/* A circle closes around what cropping leaves: the crop comes first. Elsewhere one slice does both. */
static ttrt_status crop(tt_trt_map *m, ITensor *x, int rank, tt_dim *dims, tt_dim *pre, tt_dim *post, ITensor **out)
{
    static const int64_t ones[TT_TRT_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    tt_dims *t = m->net->dims;
    tt_dim start[TT_TRT_RANK];
    bool crops = false;

    for (int i = 0; i < rank; i++) {
        const tt_dim before = only_below_zero(m, pre[i]), after = only_below_zero(m, post[i]);
        start[i] = tt_dim_sub(t, tt_dim_const(0), before);
        dims[i] = tt_dim_add(t, tt_dim_add(t, dims[i], before), after);
        pre[i] = tt_dim_sub(t, pre[i], before);
        post[i] = tt_dim_sub(t, post[i], after);
        crops = crops || !tt_dim_is(before, 0) || !tt_dim_is(after, 0);
    }
    TT_TRY(tt_dims_status(t));
    *out = x;
    return crops ? tt_trt_slice(m, x, rank, start, dims, ones, TRT_SampleMode_kSTRICT_BOUNDS, NULL, out) : TTRT_OK;
}

ttrt_status tt_trt_map_pad(tt_trt_map *m, const tt_layer *l)
{
    static const int32_t modes[] = {[TT_PAD_CONSTANT] = TRT_SampleMode_kFILL,
                                    [TT_PAD_REFLECT] = TRT_SampleMode_kREFLECT,
                                    [TT_PAD_REPLICATE] = TRT_SampleMode_kCLAMP,
                                    [TT_PAD_CIRCULAR] = TRT_SampleMode_kWRAP};
    const tt_pad_attrs *a = &l->attrs.pad;
    const int rank = l->in[0]->rank;
    tt_dim dims[TT_TRT_RANK], pre[TT_TRT_RANK], post[TT_TRT_RANK];
    ITensor *x;

    for (int i = 0; i < rank; i++) {
        dims[i] = l->in[0]->dims[i];
        pre[i] = a->pre_padding.v[i];
        post[i] = a->post_padding.v[i];
    }
    x = tt_trt_in(m, l, 0);
    if (a->mode == TT_PAD_CIRCULAR)
        TT_TRY(crop(m, x, rank, dims, pre, post, &x));
    if (rank > 0)
        TT_TRY(
            tt_trt_padded(m, x, tt_trt_carrier(l->in[0]->dtype), rank, dims, pre, post, modes[a->mode], a->value, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

/* ---- concatenation ---- */

ttrt_status tt_trt_map_concatenation(tt_trt_map *m, const tt_layer *l)
{
    ITensor **in = tt_arena_array(m->arena, (size_t)l->n_in, sizeof(ITensor *)), *x;

    if (!in)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < l->n_in; i++)
        in[i] = tt_trt_in(m, l, i);
    TT_TRY(tt_trt_concat(m, l->n_in, in, (int)l->attrs.concatenation.axis, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}
