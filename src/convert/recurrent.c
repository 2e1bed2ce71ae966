/* LSTM, GRU and plain recurrent networks: layers above each other, each in one direction or both. The inputs of all
 * steps are multiplied by their weights at once; the rest is a layer of its own. */
#include "convert/formula.h"

#include <string.h>

typedef struct weights { /* of one layer and direction; biases and projection may be NULL */
    tt_tensor *of_input, *of_state, *input_bias, *state_bias, *projection;
} weights;

typedef struct recurrent {
    tt_convert *c;
    const tt_node *n;
    tt_enum_recurrent op;
    size_t params; /* the argument's position */
    bool biased, projected;
} recurrent;

static ttrt_status read_weights(const recurrent *r, size_t cell, weights *w)
{
    size_t each = 2 + (r->biased ? 2 : 0) + (r->projected ? 1 : 0), at = cell * each;
    tt_tensor **places[] = {&w->of_input, &w->of_state, &w->input_bias, &w->state_bias, &w->projection};

    *w = (weights){0};
    if (tt_arg_count(r->n, r->params) < at + each)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: %zu parameters", r->n->op->name, tt_arg_count(r->n, r->params));
    for (size_t i = 0; i < TT_COUNT(places); i++)
        if (i < 2 || (i < 4 && r->biased) || (i == 4 && r->projected))
            TT_TRY(tt_value_tensor(r->c, tt_arg_value_at(r->n, r->params, at++), places[i]));
    return TTRT_OK;
}

/* x w^T + b. A GRU's new gate multiplies the state's bias, so that one stays with the state. */
static tt_tensor *input_gates(const recurrent *r, const weights *w, tt_tensor *x)
{
    tt_tensor *bias = w->input_bias, *y = NULL;
    if (bias && r->op != TT_RECURRENT_GRU)
        bias = tt_f_binary(r->c, TT_ELEMENTWISE_SUM, bias, w->state_bias);
    if (w->input_bias && !bias)
        return NULL;
    return tt_net_matmul(r->c->net, x, false, w->of_input, true, bias, &y) == TTRT_OK ? y : NULL;
}

/* One direction of one layer: x [steps, n, size] to y, and the last cell state of an LSTM. h0, c0: [n, ...]. */
static ttrt_status run_direction(const recurrent *r, const weights *w, tt_tensor *x, tt_tensor *h0, tt_tensor *c0,
                                 bool reverse, tt_tensor **y_and_c)
{
    tt_recurrent_attrs attrs = {.operation = r->op, .reverse = reverse};
    tt_tensor *in[5] = {input_gates(r, w, x), w->of_state, h0};
    int n_in = 3;
    if (in[0] == NULL)
        return ttrt_last_error()->status;
    if (r->op == TT_RECURRENT_LSTM)
        in[n_in++] = c0;
    if (w->projection)
        in[n_in++] = w->projection;
    if (r->op == TT_RECURRENT_GRU && w->state_bias)
        in[n_in++] = w->state_bias;
    return tt_net_add(r->c->net, TT_LAYER_RECURRENT, &attrs, in, n_in, y_and_c);
}

/* Item i of the first dimension, with it or without. */
static tt_tensor *item(tt_convert *c, tt_tensor *x, tt_dim i, bool keep)
{
    tt_tensor *y = tt_f_slice(c, x, 0, i, tt_dim_const(1), 1);
    return keep || !y ? y : tt_f_reshape(c, y, y->rank - 1, y->dims + 1);
}

typedef struct states { /* initial and last: [layers * directions, n, size]; c is NULL but for an LSTM */
    tt_tensor *h0, *c0;
    tt_tensor **h, **c;
} states;

/* All directions of one layer; the results side by side are the next layer's input. */
static ttrt_status run_layer(const recurrent *r, int layer, int directions, states *s, tt_tensor **x)
{
    tt_convert *c = r->c;
    tt_tensor *results[2];
    for (int d = 0; d < directions; d++) {
        int cell = layer * directions + d;
        tt_dim last = d == 1 ? tt_dim_const(0) : tt_dim_sub(c->net->dims, (*x)->dims[0], tt_dim_const(1));
        tt_tensor *made[2] = {NULL}, *c0 = s->c0 ? item(c, s->c0, tt_dim_const(cell), false) : NULL;
        tt_tensor *h0 = item(c, s->h0, tt_dim_const(cell), false);
        weights w;
        TT_TRY(read_weights(r, (size_t)cell, &w));
        if (!h0 || (s->c0 && !c0))
            return ttrt_last_error()->status;
        TT_TRY(run_direction(r, &w, *x, h0, c0, d == 1, made));
        results[d] = made[0];
        s->h[cell] = item(c, made[0], last, true);
        if (!s->h[cell])
            return ttrt_last_error()->status;
        if (made[1])
            TT_TRY(tt_unsqueeze_at(c, made[1], 0, &s->c[cell]));
    }
    *x = results[0];
    return directions == 1 ? TTRT_OK : tt_net_concat(c->net, 2, results, 2, x);
}

bool tt_recurrent_accepts(const tt_node *n, tt_reason *why)
{
    bool trains = tt_arg_bool(n, tt_arg_find(n, "train"), false);
    /* Some versions of PyTorch export states of rank 4, which they then run as rank 3: what uses them is told wrong. */
    for (size_t i = 1; i < n->n_outs; i++)
        if (n->outs[i]->rank != 3 && tt_value_uses(n->graph, n->outs[i]) > 0)
            return tt_refuse(why, "the program tells a state of rank %zu, which has rank 3", n->outs[i]->rank);
    return !trains || tt_arg_float(n, tt_arg_find(n, "dropout"), 0) == 0 ||
           tt_refuse(why, "with dropout between layers: export the model in eval mode");
}

/* lstm.input, gru.input, rnn_tanh.input, rnn_relu.input: input, hx, params, has_biases, num_layers, dropout, train,
 * bidirectional, batch_first. The parameter is the operation. */
ttrt_status tt_convert_recurrent(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    static const int64_t swap[] = {1, 0, 2};
    recurrent r = {.c = c, .n = n, .op = tt_converter_parameter(n), .params = 2, .biased = tt_arg_bool(n, 3, true)};
    bool is_lstm = r.op == TT_RECURRENT_LSTM, batch_first = tt_arg_bool(n, 8, false);
    int directions = tt_arg_bool(n, 7, false) ? 2 : 1;
    int64_t n_layers = 1;
    tt_tensor *x = NULL;
    states s = {0};
    TT_TRY(tt_arg_now(n, 4, 1, &n_layers));
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(is_lstm ? tt_value_tensor(c, tt_arg_value_at(n, 1, 0), &s.h0) : tt_arg_tensor(c, n, 1, &s.h0));
    if (is_lstm)
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 1, 1), &s.c0));
    size_t n_cells = (size_t)n_layers * (size_t)directions, n_params = tt_arg_count(n, 2);
    if (s.h0 == NULL || s.h0->rank != 3 || (is_lstm && (s.c0 == NULL || s.c0->rank != 3)))
        TT_FAIL(TTRT_ERR_FORMAT, "%s: an initial state of another rank than 3", n->op->name);
    if (x->rank != 3 || n_layers < 1 || n_params < n_cells || n_params % n_cells != 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: %lld layers, %zu parameters, input of rank %d", n->op->name, (long long)n_layers,
                n_params, x->rank);
    r.projected = n_params / n_cells == (r.biased ? 5 : 3);
    s.h = tt_arena_array(c->net->arena, 2 * n_cells, sizeof *s.h);
    if (s.h == NULL)
        return TTRT_ERR_MEMORY;
    s.c = s.h + n_cells;
    if (batch_first)
        TT_TRY(tt_net_transpose(c->net, x, swap, &x));
    for (int i = 0; i < n_layers; i++)
        TT_TRY(run_layer(&r, i, directions, &s, &x));
    if (batch_first)
        TT_TRY(tt_net_transpose(c->net, x, swap, &x));
    TT_TRY(tt_finish(c, n, 0, x, &out[0]));
    for (size_t i = 1; i < n->n_outs; i++) {
        TT_TRY(tt_net_concat(c->net, (int)n_cells, i == 1 ? s.h : s.c, 0, &x));
        TT_TRY(tt_finish(c, n, i, x, &out[i]));
    }
    return TTRT_OK;
}

/* lstm_cell, gru_cell, rnn_*_cell: input, hx, w_ih, w_hh, b_ih, b_hh: one step. */
ttrt_status tt_convert_recurrent_cell(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    recurrent r = {.c = c, .n = n, .op = tt_converter_parameter(n)};
    bool is_lstm = r.op == TT_RECURRENT_LSTM;
    tt_tensor *x = NULL, *h = NULL, *cell = NULL, *made[2] = {NULL};
    weights w = {0};
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(is_lstm ? tt_value_tensor(c, tt_arg_value_at(n, 1, 0), &h) : tt_arg_tensor(c, n, 1, &h));
    if (is_lstm)
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 1, 1), &cell));
    tt_tensor **places[] = {&w.of_input, &w.of_state, &w.input_bias, &w.state_bias};
    for (size_t i = 0; i < TT_COUNT(places); i++)
        TT_TRY(tt_arg_tensor(c, n, 2 + i, places[i]));
    if (x->rank != 2)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: input of rank %d", n->op->name, x->rank);
    TT_TRY(tt_unsqueeze_at(c, x, 0, &x));
    TT_TRY(run_direction(&r, &w, x, h, cell, false, made));
    TT_TRY(tt_f_finish(c, n, 0, item(c, made[0], tt_dim_const(0), false), &out[0]));
    return is_lstm ? tt_finish(c, n, 1, made[1], &out[1]) : TTRT_OK;
}
