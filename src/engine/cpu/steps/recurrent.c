/* A layer of a recurrent network: one step that runs all of its time. */
#include <string.h>

#include "engine/cpu/kernels/recurrent.h"
#include "engine/cpu/plan.h"
#include "engine/cpu/weights.h"

static ttrt_status run_recurrent(const tt_step *s, const tt_run *r)
{
    const tt_recurrent *a = s->args;
    bool is_lstm = a->op == TT_RECURRENT_OP_LSTM;
    const void *last = s->n_in > (is_lstm ? 4 : 3) ? tt_at(r, s->in[s->n_in - 1]) : NULL;

    tt_recurrent_run(r->kernels, r->threads, a, tt_at(r, s->out[0]), is_lstm ? tt_at(r, s->out[1]) : NULL,
                     tt_at(r, s->in[0]), tt_at(r, s->in[1]), tt_at(r, s->in[2]), is_lstm ? tt_at(r, s->in[3]) : NULL,
                     a->has_bias ? last : NULL, a->has_projection ? last : NULL, tt_scratch(r, s));
    return TTRT_OK;
}

/* The weights as they stand, or as they were packed when the engine was built. */
static ttrt_status place_weights(tt_builder *b, const tt_tensor *t, tt_recurrent *a, tt_operand *at)
{
    const tt_net_weights *w =
        t->layer && t->layer->kind == TT_LAYER_CONSTANT ? &t->layer->attrs.constant.weights : NULL;
    tt_place *p;

    a->format = tt_gemm_format_of(t->dtype);
    if (w && w->format) {
        a->is_packed = true;
        TT_TRY(tt_pack_format_parse(w->format, &a->format));
        at->offset = 0;
        return tt_plan_constant_buffer(b, w->data, w->bytes, &at->buffer);
    }
    TT_TRY(tt_plan_contiguous(b, t, &p));
    *at = p->at;
    return TTRT_OK;
}

ttrt_status tt_plan_recurrent(tt_builder *b, const tt_layer *l)
{
    static const tt_recurrent_op ops[] = {[TT_RECURRENT_LSTM] = TT_RECURRENT_OP_LSTM,
                                          [TT_RECURRENT_GRU] = TT_RECURRENT_OP_GRU,
                                          [TT_RECURRENT_TANH] = TT_RECURRENT_OP_TANH,
                                          [TT_RECURRENT_RELU] = TT_RECURRENT_OP_RELU};
    tt_recurrent bound = {
        .op = ops[l->attrs.recurrent.operation], .dtype = l->in[0]->dtype, .reverse = l->attrs.recurrent.reverse};
    bool is_lstm = bound.op == TT_RECURRENT_OP_LSTM;
    tt_operand at[5];
    tt_place *p, *to[2];
    tt_step *s;
    tt_recurrent *a;

    for (int i = 0; i < l->n_in; i++) {
        if (i == 1) {
            TT_TRY(place_weights(b, l->in[i], &bound, &at[i]));
            continue;
        }
        TT_TRY(tt_plan_contiguous(b, l->in[i], &p));
        at[i] = p->at;
    }
    for (int i = 0; i < l->n_out; i++)
        TT_TRY(tt_plan_allocate(b, l->out[i], NULL, &to[i]));
    bound.steps = to[0]->dims[0];
    bound.batch = to[0]->dims[1];
    bound.out = to[0]->dims[2];
    bound.hidden = tt_place_of(b, l->in[0])->dims[2] / tt_recurrent_n_gates(bound.op);
    bound.has_projection = is_lstm && l->n_in == 5;
    bound.has_bias = !is_lstm && l->n_in == 4;
    TT_TRY(tt_recurrent_plan(b->kernels, &bound, b->n_workers));
    TT_TRY(
        tt_plan_step(b, l, "recurrent", run_recurrent, l->n_out, l->n_in, bound.scratch_bytes + 64, sizeof *a, &s, &a));
    *a = bound;
    memcpy(s->in, at, sizeof *at * (size_t)l->n_in);
    for (int i = 0; i < l->n_out; i++)
        s->out[i] = to[i]->at;
    return TTRT_OK;
}
