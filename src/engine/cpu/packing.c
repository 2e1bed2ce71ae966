/* See packing.h. */
#include <string.h>

#include "engine/cpu/kernels/table.h"
#include "engine/cpu/optimize/optimize.h"
#include "engine/cpu/packing.h"
#include "engine/cpu/weights.h"

#define CONV_PREFIX "conv_" /* a convolution's weights: this, then how its algorithm takes them */

void tt_conv_of_layer(const tt_layer *l, const int64_t *kernel_dims, tt_conv *c)
{
    const tt_tensor *kernel = l->in[1];
    bool transposed = l->kind == TT_LAYER_DECONVOLUTION;
    const tt_convolution_attrs *f = &l->attrs.convolution;
    const tt_deconvolution_attrs *t = &l->attrs.deconvolution;

    *c = (tt_conv){.rank = kernel->rank - 2,
                   .groups = transposed ? t->groups : f->groups,
                   .transposed = transposed,
                   .in_dtype = l->in[0]->dtype,
                   .out_dtype = l->out[0]->dtype,
                   .format = tt_gemm_format_of(kernel->dtype)};
    int64_t first = kernel_dims[0], second = kernel_dims[1] * c->groups;
    c->c_in = transposed ? first : second;
    c->c_out = transposed ? second : first;
    for (int i = 0; i < c->rank; i++) {
        c->kernel[i] = kernel_dims[2 + i];
        c->stride[i] = transposed ? t->stride.v[i] : f->stride.v[i];
        c->dilation[i] = transposed ? t->dilation.v[i] : f->dilation.v[i];
        c->pre[i] = transposed ? t->pre_padding.v[i] : f->pre_padding.v[i];
    }
}

static const char *conv_format_name(const tt_conv *c)
{
    static const char *const names[] = {
        [TT_PACK_F32_N32] = CONV_PREFIX "f32_n32", [TT_PACK_BF16_N32K2] = CONV_PREFIX "bf16_n32k2",
        [TT_PACK_F16_N32] = CONV_PREFIX "f16_n32", [TT_PACK_B16_N32] = CONV_PREFIX "b16_n32",
        [TT_PACK_F64_N32] = CONV_PREFIX "f64_n32", [TT_PACK_I64_N32] = CONV_PREFIX "i64_n32"};
    static const char *const transposed[] = {[TT_PACK_F32_N32] = CONV_PREFIX "transposed_f32_n32",
                                             [TT_PACK_BF16_N32K2] = CONV_PREFIX "transposed_bf16_n32k2",
                                             [TT_PACK_F16_N32] = CONV_PREFIX "transposed_f16_n32",
                                             [TT_PACK_F64_N32] = CONV_PREFIX "transposed_f64_n32",
                                             [TT_PACK_I64_N32] = CONV_PREFIX "transposed_i64_n32"};

    switch (tt_conv_choose(c)) {
    case TT_CONV_DEPTHWISE:
        return CONV_PREFIX "depthwise_f32";
    case TT_CONV_TRANSPOSED:
        return transposed[c->format];
    default:
        return names[c->format];
    }
}

ttrt_status tt_packing_run(const tt_packing *p, const tt_threads *threads, void *dst)
{
    if (p->is_convolution)
        return tt_conv_pack(tt_kernels_get(), threads, &p->conv, dst, p->source, p->dtype);
    tt_gemm_pack(tt_kernels_get(), threads, dst, p->format, p->source, p->dtype, p->k, p->n, p->row, p->col);
    return TTRT_OK;
}

/* ---- which weights are packed, and how ---- */

/* The packing that layer `l` wants for its weights; false where it reads them as they are. */
static bool wanted_packing(const tt_layer *l, tt_packing *p, const char **format)
{
    int64_t dims[TT_MAX_RANK_NET];

    bool is_matrix = l->kind == TT_LAYER_MATRIX_MULTIPLY || l->kind == TT_LAYER_RECURRENT;
    if ((!is_matrix && l->kind != TT_LAYER_CONVOLUTION && l->kind != TT_LAYER_DECONVOLUTION) ||
        !tt_constant_dims(l->in[1], dims))
        return false;
    *p = (tt_packing){.dtype = l->in[1]->dtype};
    if (!is_matrix) {
        p->is_convolution = true;
        tt_conv_of_layer(l, dims, &p->conv);
        p->bytes = tt_conv_packed_bytes(&p->conv);
        *format = conv_format_name(&p->conv);
        return true;
    }
    if (l->in[1]->rank != 2)
        return false;
    bool transposed = l->kind == TT_LAYER_RECURRENT || l->attrs.matrix_multiply.transpose_b;
    p->format = tt_gemm_format_of(l->in[1]->dtype);
    p->k = dims[transposed ? 1 : 0];
    p->n = dims[transposed ? 0 : 1];
    p->row = transposed ? 1 : dims[1];
    p->col = transposed ? dims[1] : 1;
    p->bytes = tt_gemm_packed_bytes(p->format, p->k, p->n);
    *format = tt_pack_format_name(p->format);
    return p->format != TT_PACK_NONE;
}

/* One layer that packs the same constant in the same way may have come before. */
static tt_tensor *find_packed(const tt_network *net, const tt_layer *before, const tt_tensor *source,
                              const tt_packing *p, const char *format)
{
    TT_EACH_LAYER (net, l) {
        if (l == before)
            break;
        if (l->kind != TT_LAYER_CONSTANT || !l->attrs.constant.weights.format ||
            strcmp(l->attrs.constant.weights.format, format) != 0)
            continue;
        const tt_packing *q = l->attrs.constant.weights.data;
        if (q->source == p->source && !p->is_convolution && q->k == p->k && q->n == p->n && q->row == p->row &&
            q->col == p->col && l->out[0]->rank == source->rank)
            return l->out[0];
    }
    return NULL;
}

ttrt_status tt_cpu_pass_pack_weights(tt_network *net)
{
    TT_EACH_LAYER (net, l) {
        tt_packing p;
        const char *format;
        const tt_net_weights *w;

        if (l->n_in < 2 || !(w = tt_constant_weights(l->in[1])) || !wanted_packing(l, &p, &format))
            continue;
        p.source = w->data;
        tt_tensor *packed = find_packed(net, l, l->in[1], &p, format);
        if (!packed) {
            tt_constant_attrs a = l->in[1]->layer->attrs.constant;
            const tt_packing *kept = tt_arena_copy(net->arena, &p, sizeof p);
            if (!kept)
                return TTRT_ERR_MEMORY;
            a.weights.data = kept;
            a.weights.bytes = p.bytes;
            a.weights.format = format;
            net->label = l->in[1]->layer->name;
            TT_TRY(tt_net_add_before(net, l, TT_LAYER_CONSTANT, &a, NULL, 0, &packed));
        }
        l->in[1] = packed;
    }
    return TTRT_OK;
}

ttrt_status tt_cpu_check_packed(const tt_network *net)
{
    TT_EACH_LAYER (net, l) {
        TT_EACH_NETWORK_OF (l, sub)
            TT_TRY(tt_cpu_check_packed(sub));
        for (int i = 0; i < l->n_in; i++) {
            const tt_layer *c = l->in[i]->layer;
            const tt_net_weights *w = c && c->kind == TT_LAYER_CONSTANT ? &c->attrs.constant.weights : NULL;
            tt_packing p;
            const char *format;

            if (!w || !w->format)
                continue;
            if (i != 1 || !wanted_packing(l, &p, &format))
                TT_FAIL(TTRT_ERR_FORMAT, "layer '%s' reads weights packed as '%s'", l->name ? l->name : "", w->format);
            if (strcmp(format, w->format) != 0 || p.bytes != w->bytes)
                TT_FAIL(TTRT_ERR_FORMAT, "layer '%s' wants %zu bytes of '%s', the engine has %zu of '%s'",
                        l->name ? l->name : "", p.bytes, format, w->bytes, w->format);
        }
    }
    for (int i = 0; i < net->n_outputs; i++)
        if (net->outputs[i]->layer && net->outputs[i]->layer->kind == TT_LAYER_CONSTANT &&
            net->outputs[i]->layer->attrs.constant.weights.format)
            TT_FAIL(TTRT_ERR_FORMAT, "output %d of an engine is packed weights", i);
    return TTRT_OK;
}
