/* Recurrent layers: a loop over the steps. State and results keep their type, what happens between is computed wide. */
#include "engine/tensorrt/formula.h"

typedef struct recurrence {
    tt_trt_map *m;
    const tt_layer *l;
    tt_dim hidden;
    ITensor *x, *h, *c;   /* of this step: its gates before the state comes in, the state, an LSTM's cells (wide) */
    ITensor *next, *cell; /* what the step makes of h and c */
} recurrence;

/* [n, hidden] of [n, gates * hidden] */
static ITensor *gate(recurrence *r, ITensor *gates, int i)
{
    const tt_dim start[2] = {tt_dim_const(0), tt_dim_mul(r->m->net->dims, r->hidden, tt_dim_const(i))};
    const tt_dim size[2] = {r->l->in[0]->dims[1], r->hidden};
    const int64_t stride[2] = {1, 1};
    ITensor *out;

    return gates && tt_trt_slice(r->m, gates, 2, start, size, stride, TRT_SampleMode_kSTRICT_BOUNDS, NULL, &out) ==
                        TTRT_OK
               ? out
               : NULL;
}

static ITensor *activated_gate(recurrence *r, ITensor *gates, int i, int32_t type)
{
    return tt_trt_f_activation(r->m, type, gate(r, gates, i));
}

/* x times the transpose of input i. */
static ITensor *times(recurrence *r, ITensor *x, int i)
{
    ITensor *out;

    return x && tt_trt_matmul(r->m, x, false, tt_trt_in(r->m, r->l, i), true, &out) == TTRT_OK ? out : NULL;
}

static ITensor *narrow(recurrence *r, ITensor *x) { return tt_trt_f_cast(r->m, x, r->l->out[0]->dtype); }

static void lstm(recurrence *r)
{
    tt_trt_map *m = r->m;
    ITensor *gates = f_add(m, r->x, tt_trt_f_wide(m, times(r, r->h, 1)));
    ITensor *kept = f_mul(m, activated_gate(r, gates, 1, TRT_ActivationType_kSIGMOID), r->c);
    ITensor *taken = f_mul(m, activated_gate(r, gates, 0, TRT_ActivationType_kSIGMOID),
                           activated_gate(r, gates, 2, TRT_ActivationType_kTANH));

    r->cell = f_add(m, kept, taken);
    r->next = narrow(r, f_mul(m, activated_gate(r, gates, 3, TRT_ActivationType_kSIGMOID),
                              tt_trt_f_activation(m, TRT_ActivationType_kTANH, r->cell)));
    if (r->l->n_in == 5)
        r->next = times(r, r->next, 4);
}

static void gru(recurrence *r)
{
    tt_trt_map *m = r->m;
    ITensor *product = tt_trt_f_wide(m, times(r, r->h, 1));

    if (r->l->n_in == 4)
        product = f_add(m, product,
                        tt_trt_f_reshape(m, tt_trt_f_wide(m, tt_trt_in(m, r->l, 3)), 2,
                                         (tt_dim[]){tt_dim_const(1), r->l->in[3]->dims[0]}));
    ITensor *gates = f_add(m, r->x, product);
    ITensor *reset = activated_gate(r, gates, 0, TRT_ActivationType_kSIGMOID);
    ITensor *update = activated_gate(r, gates, 1, TRT_ActivationType_kSIGMOID);
    ITensor *fresh = f_add(m, gate(r, r->x, 2), f_mul(m, reset, gate(r, product, 2)));
    fresh = tt_trt_f_activation(m, TRT_ActivationType_kTANH, fresh);
    r->next = narrow(r, f_add(m, fresh, f_mul(m, update, f_sub(m, tt_trt_f_wide(m, r->h), fresh))));
}

static void plain(recurrence *r)
{
    const int32_t type =
        r->l->attrs.recurrent.operation == TT_RECURRENT_TANH ? TRT_ActivationType_kTANH : TRT_ActivationType_kRELU;

    r->next = narrow(r, tt_trt_f_activation(r->m, type, f_add(r->m, r->x, tt_trt_f_wide(r->m, times(r, r->h, 1)))));
}

static ITensor *state(tt_trt_map *m, ILoop *loop, ITensor *first, IRecurrenceLayer **layer)
{
    ITensor *out;

    *layer = first ? trt_ILoop_addRecurrence(loop, first) : NULL;
    return first && tt_trt_added(m, *layer, &out) == TTRT_OK ? out : NULL;
}

/* TensorRT-RTX writes no results in reverse order: they are turned round behind the loop. */
static ttrt_status reversed(tt_trt_map *m, const tt_tensor *t, ITensor *x, ITensor **out)
{
    const tt_dim zero = tt_dim_const(0);
    const tt_dim start[3] = {tt_dim_sub(m->net->dims, t->dims[0], tt_dim_const(1)), zero, zero};
    const int64_t stride[3] = {-1, 1, 1};

    return tt_trt_slice(m, x, 3, start, t->dims, stride, TRT_SampleMode_kSTRICT_BOUNDS, NULL, out);
}

ttrt_status tt_trt_map_recurrent(tt_trt_map *m, const tt_layer *l)
{
    static void (*const step[])(recurrence *) = {
        [TT_RECURRENT_LSTM] = lstm, [TT_RECURRENT_GRU] = gru, [TT_RECURRENT_TANH] = plain, [TT_RECURRENT_RELU] = plain};
    const bool is_lstm = l->attrs.recurrent.operation == TT_RECURRENT_LSTM, is_reverse = l->attrs.recurrent.reverse;
    recurrence r = {.m = m, .l = l, .hidden = is_lstm ? l->in[3]->dims[1] : l->in[1]->dims[1]};
    ILoop *loop = trt_INetworkDefinition_addLoop(m->trt);
    ITensor *steps, *y, *cell;
    IRecurrenceLayer *h, *c = NULL;

    TT_TRY(tt_trt_dim(m, l->in[0]->dims[0], &steps));
    ITensor *count = tt_trt_f_reshape(m, steps, 0, NULL);
    trt_ILoop_addTripLimit(loop, count, TRT_TripLimit_kCOUNT);
    TT_TRY(tt_trt_added(m, trt_ILoop_addIterator(loop, tt_trt_in(m, l, 0), 0, is_reverse), &r.x));
    r.x = tt_trt_f_wide(m, r.x);
    r.h = state(m, loop, tt_trt_in(m, l, 2), &h);
    if (is_lstm)
        r.c = state(m, loop, tt_trt_f_wide(m, tt_trt_in(m, l, 3)), &c);
    step[l->attrs.recurrent.operation](&r);
    if (!r.next || (is_lstm && !r.cell))
        return tt_trt_f_out(m, l, 0, NULL);
    trt_ILayer_setInput((ILayer *)h, 1, r.next);
    ILoopOutputLayer *results = trt_ILoop_addLoopOutput(loop, r.next, TRT_LoopOutput_kCONCATENATE, 0);
    trt_ILayer_setInput((ILayer *)results, 1, count);
    TT_TRY(tt_trt_added(m, results, &y));
    if (is_reverse)
        TT_TRY(reversed(m, l->out[0], y, &y));
    TT_TRY(tt_trt_f_out(m, l, 0, y));
    if (!is_lstm)
        return TTRT_OK;
    trt_ILayer_setInput((ILayer *)c, 1, r.cell);
    TT_TRY(tt_trt_added(m, trt_ILoop_addLoopOutput(loop, r.c, TRT_LoopOutput_kLAST_VALUE, 0), &cell));
    return tt_trt_f_out(m, l, 1, cell);
}
