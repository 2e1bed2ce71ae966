/*  %1 = aten.relu(%0)
 *  %2 = aten.tanh(%0)        becomes   %2 = aten.tanh(%0)
 *  return %2                           return %2
 *
 * Nodes of symbolic integers stay: arguments hold their expressions, so that their uses are not seen, and they cost
 * nothing. */
#include "lower/pass.h"

static void mark(void *user, tt_value *v)
{
    if (v)
        v->data = user;
}

static bool is_live(const tt_node *n)
{
    /* What an operator without a schema writes is not known. */
    bool live = n->n_outs == 0 || n->op->id < 0 || tt_op_is_inplace(n->op);
    for (size_t i = 0; i < n->n_outs; i++)
        live = live || n->outs[i]->data || n->outs[i]->kind != TT_VALUE_TENSOR;
    return live;
}

ttrt_status tt_pass_dead_code(tt_graph *g, tt_pass_stats *stats)
{
    tt_graph_clear_data(g);
    for (size_t i = 0; i < g->n_outputs; i++)
        if (g->outputs[i].arg.kind == TT_ARG_VALUE)
            mark(g, g->outputs[i].arg.value);
    for (tt_node *n = g->last, *before = NULL; n; n = before) {
        before = n->prev;
        if (is_live(n)) {
            tt_node_each_input(n, mark, g);
        } else {
            tt_node_remove(g, n);
            stats->changes++;
        }
    }
    return TTRT_OK;
}
