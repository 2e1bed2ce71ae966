/* See subgraph.h. */
#include "convert/subgraph.h"

/* ---- support ---- */

bool tt_is_truth(const tt_arg *a)
{
    if (a->kind != TT_ARG_VALUE || a->value->kind != TT_VALUE_TENSOR)
        return a->kind == TT_ARG_BOOL || (a->kind == TT_ARG_INT && !tt_dim_is_const(a->dim)) ||
               (a->kind == TT_ARG_VALUE && a->value->kind == TT_VALUE_BOOL);
    bool is_one = a->value->dtype == TTRT_DTYPE_BOOL;
    for (size_t d = 0; d < a->value->rank; d++)
        is_one = is_one && tt_dim_is(a->value->dims[d], 1);
    return is_one;
}

bool tt_same_type(const tt_value *a, const tt_value *b)
{
    if (a->kind != TT_VALUE_TENSOR || b->kind != TT_VALUE_TENSOR)
        return a->kind == TT_VALUE_INT && b->kind == TT_VALUE_INT && tt_dim_equal(a->dim, b->dim);
    bool same = a->dtype == b->dtype && a->rank == b->rank;
    for (size_t d = 0; same && d < a->rank; d++)
        same = tt_dim_equal(a->dims[d], b->dims[d]);
    return same;
}

bool tt_is_operands(const tt_arg *a) { return a->kind == TT_ARG_VALUES || a->kind == TT_ARG_INTS; }

static bool is_what(const tt_value *formal, const tt_arg *operands, size_t i)
{
    if (operands->kind == TT_ARG_INTS)
        return formal && formal->kind == TT_VALUE_INT && tt_dim_equal(formal->dim, operands->dims[i]);
    return formal && operands->values[i] && tt_same_type(formal, operands->values[i]);
}

bool tt_operands_accepted(const tt_graph *g, size_t first, const tt_arg *operands, const char *what, tt_reason *why)
{
    if (g->n_inputs != first + operands->n)
        return tt_refuse(why, "%zu operands for a %s of %zu", first + operands->n, what, g->n_inputs);
    for (size_t i = 0; i < operands->n; i++)
        if (!is_what(g->inputs[first + i].value, operands, i))
            return tt_refuse(why, "operand %zu is not what its %s takes", first + i, what);
    return true;
}

bool tt_nodes_accepted(const tt_graph *g, const char *what, tt_reason *why)
{
    tt_reason inner = {""};

    for (const tt_node *n = g->first; n; n = n->next)
        if (!tt_node_accepted(n, &inner))
            return tt_refuse(why, "in its %s, %s (%s): %s", what, n->name, n->op->name, inner.text);
    return true;
}

/* ---- conversion ---- */

ttrt_status tt_subgraph_start(tt_network *net, const tt_graph *g, tt_convert *out)
{
    *out = (tt_convert){.net = net, .graph = g, .tensors = tt_map_new(net->arena)};
    return out->tensors ? TTRT_OK : TTRT_ERR_MEMORY;
}

ttrt_status tt_operand_tensor(tt_convert *c, const tt_arg *operands, size_t i, tt_tensor **out)
{
    return operands->kind == TT_ARG_INTS ? tt_net_dim_tensor(c->net, operands->dims[i], TTRT_DTYPE_INT64, 0, out)
                                         : tt_value_tensor(c, operands->values[i], out);
}

ttrt_status tt_truth_tensor(tt_convert *c, const tt_arg *a, tt_tensor **out)
{
    if (a->kind == TT_ARG_INT)
        return tt_net_dim_tensor(c->net, a->dim, TTRT_DTYPE_BOOL, 0, out);
    if (a->kind == TT_ARG_BOOL)
        return tt_net_scalar_int(c->net, a->b, TTRT_DTYPE_BOOL, 0, out);
    TT_TRY(tt_value_tensor(c, a->value, out));
    return tt_net_reshape(c->net, *out, 0, NULL, out);
}
