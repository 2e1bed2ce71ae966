/* Attention as one layer, which TensorRT runs without the score matrix where it has a kernel for it. */
#include "engine/tensorrt/formula.h"

#include <math.h>

/* ---- the mask ---- */

/* [1, 1, q, k]: key j is seen by query i when j <= i. */
static ITensor *is_seen(tt_trt_map *m, tt_dim queries, tt_dim keys)
{
    return f_not(m, f_greater(m, tt_trt_f_iota(m, keys, 4, 3), tt_trt_f_iota(m, queries, 4, 2)));
}

/* Over all of [b, h, q, k]; TensorRT broadcasts batch and heads alone, and forgets a mask where it is told of
 * causality: of both, the mask tells both. */
static ITensor *mask_of(tt_trt_map *m, const tt_layer *l)
{
    const tt_tensor *t = l->in[3];
    const tt_dim dims[4] = {t->dims[0], t->dims[1], l->in[0]->dims[2], l->in[1]->dims[2]};
    ITensor *mask = tt_trt_in(m, l, 3);

    if (l->attrs.attention.is_causal) {
        ITensor *seen = is_seen(m, dims[2], dims[3]);
        if (t->dtype == TTRT_DTYPE_BOOL)
            return f_and(m, seen, mask);
        return tt_trt_f_select(m, seen, mask, tt_trt_f_number(m, -INFINITY, mask));
    }
    for (int d = 2; d < 4; d++)
        if (tt_dim_is(t->dims[d], 1) && !tt_dim_is(dims[d], 1))
            return tt_trt_f_expand(m, mask, 4, t->dims, dims);
    return mask;
}

/* ---- sizes ---- */

/* The last dimension of x cut, or filled up with zeros, to `size`. */
static ITensor *resized(tt_trt_map *m, const tt_tensor *t, ITensor *x, tt_dim size)
{
    static const int64_t stride[4] = {1, 1, 1, 1};
    const tt_dim start[4] = {{0}}, dims[4] = {t->dims[0], t->dims[1], t->dims[2], size};

    if (tt_dim_equal(t->dims[3], size) || !x)
        return x;
    return tt_trt_slice(m, x, 4, start, dims, stride, TRT_SampleMode_kFILL, NULL, &x) == TTRT_OK ? x : NULL;
}

bool tt_trt_accepts_attention(const tt_layer *l, tt_reason *why)
{
    tt_dim key = l->in[1]->dims[3], value = l->in[2]->dims[3];

    return tt_dim_equal(key, value) || (tt_dim_is_const(key) && tt_dim_is_const(value)) ||
           tt_refuse(why, "TensorRT takes keys and values of one size");
}

/* ---- the layer ---- */

static ITensor *attention(tt_trt_map *m, const tt_layer *l, ITensor *const *in, ITensor *mask)
{
    const bool is_causal = l->attrs.attention.is_causal && !mask;
    IAttention *a =
        trt_INetworkDefinition_addAttentionV2(m->trt, in[0], in[1], in[2], TRT_AttentionNormalizationOp_kSOFTMAX,
                                              is_causal ? TRT_CausalMaskKind_kUPPER_LEFT : TRT_CausalMaskKind_kNONE);

    /* Where TensorRT has no kernel it may take the layers that attention is made of. */
    trt_IAttention_setDecomposable(a, true);
    if (mask)
        trt_IAttention_setMask(a, mask);
    if (l->name)
        trt_IAttention_setName(a, l->name);
    if (l->source)
        trt_IAttention_setMetadata(a, l->source);
    ITensor *out = trt_IAttention_getOutput(a, 0);
    return out || tt_trt_added(m, NULL, &out) == TTRT_OK ? out : NULL;
}

/* TensorRT scales nothing, so queries are. Keys and values are of one size there: the shorter ones get zeros, which
 * change no score, and whose results are cut off. */
ttrt_status tt_trt_map_attention(tt_trt_map *m, const tt_layer *l)
{
    const double scale = l->attrs.attention.scale;
    const tt_dim key = l->in[1]->dims[3], value = l->in[2]->dims[3];
    const tt_dim size = tt_dim_is_const(key) && tt_dim_is_const(value) && value.value > key.value ? value : key;
    ITensor *in[3], *mask = NULL;

    for (int i = 0; i < 3; i++)
        in[i] = resized(m, l->in[i], tt_trt_in(m, l, i), size);
    if (scale != 1)
        in[0] = f_mul_number(m, in[0], scale);
    if (l->n_in == 4)
        mask = mask_of(m, l);
    if (!in[0] || !in[1] || !in[2] || (l->n_in == 4 && !mask))
        return ttrt_last_error()->status;
    ITensor *x = attention(m, l, in, mask);
    const tt_tensor full = {.dims = (tt_dim[]){l->out[0]->dims[0], l->out[0]->dims[1], l->out[0]->dims[2], size}};
    return tt_trt_f_out(m, l, 0, resized(m, &full, x, value));
}
