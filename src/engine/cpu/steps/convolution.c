/* Convolution and its transpose, channels last. */
#include "engine/cpu/kernels/conv.h"
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/packing.h"
#include "engine/cpu/steps/product.h"

typedef struct conv_args {
    tt_conv conv;
    tt_step_epilogue epilogue;
} conv_args;

static ttrt_status run_conv(const tt_step *s, const tt_run *r)
{
    const conv_args *a = s->args;
    tt_epilogue memory;
    const tt_epilogue *epilogue = tt_fusion_load(s, r, &a->epilogue, &memory);

    tt_conv_run(r->kernels, r->threads, &a->conv, tt_at(r, s->out[0]), tt_at(r, s->in[0]), tt_at(r, s->in[1]), epilogue,
                tt_scratch(r, s));
    return TTRT_OK;
}

static ttrt_status run_pack(const tt_step *s, const tt_run *r)
{
    tt_packing p = *(const tt_packing *)s->args;

    p.source = tt_at(r, s->in[0]);
    return tt_packing_run(&p, r->threads, tt_at(r, s->out[0]));
}

/* Weights that are not packed yet: a step packs them, once where they are static. */
static ttrt_status place_weights(tt_builder *b, const tt_layer *l, const tt_conv *conv, tt_operand *out)
{
    const tt_tensor *t = l->in[1];
    tt_place *p;
    tt_packing *packing;
    tt_step *s;

    *out = (tt_operand){0};
    if (t->layer && t->layer->kind == TT_LAYER_CONSTANT && t->layer->attrs.constant.weights.format) {
        const tt_net_weights *w = &t->layer->attrs.constant.weights;
        return tt_plan_constant_buffer(b, w->data, w->bytes, &out->buffer);
    }
    TT_TRY(tt_plan_contiguous(b, t, &p));
    TT_TRY(tt_plan_step(b, l, "pack", run_pack, 1, 1, 0, sizeof *packing, &s, &packing));
    s->is_static = p->is_static;
    *packing =
        (tt_packing){.dtype = t->dtype, .is_convolution = true, .conv = *conv, .bytes = tt_conv_packed_bytes(conv)};
    TT_TRY(tt_plan_buffer(b, packing->bytes, &out->buffer));
    s->in[0] = p->at;
    s->out[0] = *out;
    return TTRT_OK;
}

ttrt_status tt_plan_convolution(tt_builder *b, const tt_layer *l, const tt_fusion *f)
{
    const tt_tensor *result = f ? f->result : l->out[0];
    tt_place *from, *to;
    tt_operand weights;
    int order[TT_CPU_RANK];
    tt_conv conv;
    tt_step *s;
    conv_args *a;

    tt_conv_of_layer(l, tt_place_of(b, l->in[1])->dims, &conv);
    TT_TRY(tt_plan_channels_last(b, l->in[0], &from));
    TT_TRY(place_weights(b, l, &conv, &weights));
    tt_channels_last_order(from->rank, order);
    TT_TRY(tt_plan_allocate(b, result, order, &to));
    conv.n = from->dims[0];
    for (int i = 0; i < conv.rank; i++) {
        conv.in[i] = from->dims[2 + i];
        conv.out[i] = to->dims[2 + i];
    }
    conv.has_epilogue = f && !f->plain;
    tt_conv_plan(b->kernels, &conv, b->n_workers);
    TT_TRY(tt_plan_step(b, result->layer, "convolution", run_conv, 1, 2 + tt_fusion_operands(f), conv.scratch_bytes,
                        sizeof *a, &s, &a));
    a->conv = conv;
    s->out[0] = to->at;
    s->in[0] = from->at;
    s->in[1] = weights;
    tt_fusion_store(f, conv.c_out, s, 2, &a->epilogue);
    return TTRT_OK;
}
