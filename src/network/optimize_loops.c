/* Loops with as little to hand round as can be:
 *
 *   %3 = constant()
 *   %4, %5 = loop(%x, %y, %3, %z) {body={network(%a, %b, %c, %d) ... return %7, %b}}
 *   becomes
 *   %4 = loop(%x, %y) {body={network(%a, %b)  %3 = constant() ... return %7}}     and %y stands for %5
 *
 * Constants go inside, where they fold and pack; a value that the body carries on as it is stays the same; inputs that
 * neither network reads go. */
#include "network/optimize.h"

static tt_network *body_of(const tt_layer *l) { return l->attrs.loop.body; }

static void remove_tensor(tt_tensor **list, int *n, int at)
{
    for (int i = at + 1; i < *n; i++) {
        list[i]->out_index--;
        list[i - 1] = list[i];
    }
    --*n;
}

static void remove_input(tt_layer *l, int at)
{
    TT_EACH_NETWORK_OF (l, sub)
        remove_tensor(sub->inputs, &sub->n_inputs, at);
    for (int i = at + 1; i < l->n_in; i++)
        l->in[i - 1] = l->in[i];
    l->n_in--;
}

/* ---- constants ---- */

static ttrt_status sink(tt_layer *l, int at)
{
    const tt_layer *constant = l->in[at]->layer;

    TT_EACH_NETWORK_OF (l, sub) {
        tt_tensor *inside;
        sub->label = constant->name;
        sub->source = constant->source;
        ttrt_status status = tt_net_add_before(sub, sub->first, TT_LAYER_CONSTANT, &constant->attrs, NULL, 0, &inside);
        sub->label = sub->source = NULL;
        TT_TRY(status);
        tt_net_replace(sub, sub->inputs[at], inside);
    }
    return TTRT_OK;
}

static bool is_read(const tt_layer *l, int at)
{
    TT_EACH_NETWORK_OF (l, sub)
        if (tt_net_uses(sub, sub->inputs[at]) > 0)
            return true;
    return false;
}

static ttrt_status drop_inputs(tt_layer *l, int *changes)
{
    for (int i = l->n_in - 1; i >= l->n_out; i--) {
        if (l->in[i]->layer && l->in[i]->layer->kind == TT_LAYER_CONSTANT)
            TT_TRY(sink(l, i));
        if (is_read(l, i))
            continue;
        remove_input(l, i);
        ++*changes;
    }
    return TTRT_OK;
}

/* ---- what stays the same ---- */

static void move_to_end(tt_tensor **list, int n, int at)
{
    tt_tensor *moved = list[at];

    for (int i = at + 1; i < n; i++)
        list[i - 1] = list[i];
    list[n - 1] = moved;
}

static void stop_carrying(tt_network *net, tt_layer *l, int at)
{
    tt_network *body = body_of(l);

    tt_net_replace(net, l->out[at], l->in[at]);
    remove_tensor(l->out, &l->n_out, at);
    for (int i = at + 1; i < body->n_outputs; i++) {
        body->outputs[i - 1] = body->outputs[i];
        body->output_names[i - 1] = body->output_names[i];
    }
    body->n_outputs--;
    move_to_end(l->in, l->n_in, at);
    TT_EACH_NETWORK_OF (l, sub) {
        move_to_end(sub->inputs, sub->n_inputs, at);
        for (int i = at; i < sub->n_inputs; i++)
            sub->inputs[i]->out_index = i;
    }
}

static void keep_invariants(tt_network *net, tt_layer *l, int *changes)
{
    for (int i = l->n_out - 1; i >= 0 && l->n_out > 1; i--)
        if (body_of(l)->outputs[i] == body_of(l)->inputs[i]) {
            stop_carrying(net, l, i);
            ++*changes;
        }
}

ttrt_status tt_loops_take_constants(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l)
        if (l->kind == TT_LAYER_LOOP)
            TT_TRY(drop_inputs(l, changes));
    return TTRT_OK;
}

ttrt_status tt_opt_loops(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l)
        if (l->kind == TT_LAYER_LOOP)
            keep_invariants(net, l, changes);
    TT_TRY(tt_loops_take_constants(net, changes));
    TT_EACH_LAYER (net, l) {
        TT_EACH_NETWORK_OF (l, sub)
            TT_TRY(tt_network_optimize(sub));
    }
    return TTRT_OK;
}
