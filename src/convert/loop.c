/* torch.while_loop: a loop layer, whose condition and body are networks of their own.
 *
 *   [%y] = higher_order.while_loop({graph(%a, %b) ...}, {graph(%a, %b) ...}, [%x], [%w])
 *   becomes   %y = loop(%x, %w) {condition={network ...}, body={network ...}}
 *
 * An integer that is carried is a 0-d tensor between rounds. In condition and body, and behind the loop, it is a symbol
 * again: PyTorch gives it a new one in each. Integers that stay the same are expressions that both networks see. */
#include "convert/subgraph.h"

enum { CONDITION, BODY, CARRIED, ADDITIONAL, MUTATED, N_ARGS };

/* ---- support ---- */

static bool is_new_symbol(const tt_value *v)
{
    const tt_symbol *s;
    return v->kind == TT_VALUE_INT && tt_dim_is_symbol(v->dim, &s) && s->unbacked;
}

/* What an integer starts from: another, or a constant that stands for it. */
static bool is_integer(const tt_arg *carried, size_t i)
{
    const tt_value *v = carried->kind == TT_ARG_INTS ? NULL : carried->values[i];

    return v == NULL ? carried->kind == TT_ARG_INTS
                     : v->kind == TT_VALUE_INT ||
                           (v->kind == TT_VALUE_TENSOR && v->dtype == TTRT_DTYPE_INT64 && v->rank == 0 && v->weight);
}

static bool is_carried(const tt_value *formal, const tt_arg *carried, size_t i)
{
    if (formal && formal->kind == TT_VALUE_INT)
        return is_new_symbol(formal) && is_integer(carried, i);
    return formal && carried->kind == TT_ARG_VALUES && carried->values[i] && tt_same_type(formal, carried->values[i]);
}

static bool carried_accepted(const tt_node *n, size_t part, const char *what, tt_reason *why)
{
    const tt_graph *g = n->args[part].graph;

    if (g->n_inputs < n->args[CARRIED].n)
        return tt_refuse(why, "%zu carried values for a %s of %zu inputs", n->args[CARRIED].n, what, g->n_inputs);
    for (size_t i = 0; i < n->args[CARRIED].n; i++)
        if (!is_carried(g->inputs[i].value, &n->args[CARRIED], i))
            return tt_refuse(why, "carried value %zu is not what its %s takes", i, what);
    return true;
}

static bool is_result(const tt_arg *made, const tt_value *carried, const tt_value *result)
{
    if (carried->kind == TT_VALUE_INT)
        return is_new_symbol(result) &&
               (made->kind == TT_ARG_INT || (made->kind == TT_ARG_VALUE && made->value->kind == TT_VALUE_INT));
    return result->kind == TT_VALUE_TENSOR && made->kind == TT_ARG_VALUE && made->value->kind == TT_VALUE_TENSOR &&
           made->value->dtype == carried->dtype && made->value->rank == carried->rank;
}

static bool results_accepted(const tt_node *n, tt_reason *why)
{
    const tt_graph *body = n->args[BODY].graph, *condition = n->args[CONDITION].graph;

    if (condition->n_outputs != 1 || !tt_is_truth(&condition->outputs[0].arg))
        return tt_refuse(why, "its condition is no bool of one element");
    if (n->args[CARRIED].n == 0 || body->n_outputs != n->args[CARRIED].n || n->n_outs != body->n_outputs)
        return tt_refuse(why, "%zu carried values, %zu results of its body, %zu of the loop", n->args[CARRIED].n,
                         body->n_outputs, n->n_outs);
    for (size_t i = 0; i < body->n_outputs; i++)
        if (!is_result(&body->outputs[i].arg, body->inputs[i].value, n->outs[i]))
            return tt_refuse(why, "result %zu of its body is not what it carries", i);
    return true;
}

bool tt_while_loop_accepts(const tt_node *n, tt_reason *why)
{
    static const char *const names[] = {"condition", "body"};

    if (n->n_args > MUTATED)
        return tt_refuse(why, "its body writes what is not carried");
    if (n->n_args != MUTATED || n->args[CONDITION].kind != TT_ARG_GRAPH || n->args[BODY].kind != TT_ARG_GRAPH ||
        !tt_is_operands(&n->args[CARRIED]) || !tt_is_operands(&n->args[ADDITIONAL]))
        return tt_refuse(why, "its arguments are no condition, body and two lists of values");
    for (size_t i = CONDITION; i <= BODY; i++)
        if (!carried_accepted(n, i, names[i], why) ||
            !tt_operands_accepted(n->args[i].graph, n->args[CARRIED].n, &n->args[ADDITIONAL], names[i], why) ||
            !tt_nodes_accepted(n->args[i].graph, names[i], why))
            return false;
    return results_accepted(n, why);
}

/* ---- conversion ---- */

static ttrt_status bind_integer(tt_network *net, tt_tensor *x, tt_dim symbol)
{
    const tt_item_attrs attrs = {.value = symbol};
    tt_tensor *unused;

    if (!tt_is_new_size(net, symbol))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "an integer of a loop takes the place of another");
    TT_TRY(tt_net_reshape(net, x, 0, NULL, &x));
    return tt_net_add(net, TT_LAYER_ITEM, &attrs, &x, 1, &unused);
}

/* The loop's inputs, and those of both its networks: all but integers that stay the same. */
static bool is_input(const tt_node *n, size_t i, const tt_value *formal)
{
    return i < n->args[CARRIED].n || formal->kind == TT_VALUE_TENSOR;
}

static ttrt_status add_inputs(tt_convert *c, const tt_node *n, tt_tensor *const *given)
{
    for (size_t i = 0, k = 0; i < c->graph->n_inputs; i++) {
        const tt_value *formal = c->graph->inputs[i].value;
        if (!is_input(n, i, formal))
            continue;
        const tt_tensor *like = given[k++];
        tt_tensor *t = tt_network_input(c->net, formal->name, like->dtype, like->rank, like->dims);
        if (!t)
            return ttrt_last_error()->status;
        if (formal->kind == TT_VALUE_INT)
            TT_TRY(bind_integer(c->net, t, formal->dim));
        else
            TT_TRY(tt_map_put(c->tensors, formal->name, t));
    }
    return TTRT_OK;
}

static ttrt_status add_outputs(tt_convert *c, bool is_condition)
{
    for (size_t i = 0; i < c->graph->n_outputs; i++) {
        const tt_arg *a = &c->graph->outputs[i].arg;
        tt_tensor *t = NULL;
        if (is_condition)
            TT_TRY(tt_truth_tensor(c, a, &t));
        else if (a->kind == TT_ARG_INT)
            TT_TRY(tt_net_dim_tensor(c->net, a->dim, TTRT_DTYPE_INT64, 0, &t));
        else
            TT_TRY(tt_value_tensor(c, a->value, &t));
        TT_TRY(tt_network_output(c->net, t, NULL));
    }
    return TTRT_OK;
}

static ttrt_status convert_part(tt_convert *c, const tt_node *n, size_t part, tt_tensor *const *given, tt_network **out)
{
    tt_convert inner;
    tt_network *net = tt_network_new_sub(c->net, n->args[part].graph->name);

    if (net == NULL)
        return TTRT_ERR_MEMORY;
    net->label = n->name;
    net->source = n->source;
    TT_TRY(tt_subgraph_start(net, n->args[part].graph, &inner));
    TT_TRY(add_inputs(&inner, n, given));
    for (const tt_node *m = inner.graph->first; m; m = m->next)
        TT_TRY(tt_convert_node(&inner, m));
    net->label = n->name;
    net->source = n->source;
    TT_TRY(add_outputs(&inner, part == CONDITION));
    tt_net_remove_dead(net);
    net->label = net->source = NULL;
    *out = net;
    return TTRT_OK;
}

static ttrt_status find_inputs(tt_convert *c, const tt_node *n, tt_tensor **in, int *n_in)
{
    const tt_arg *lists[] = {&n->args[CARRIED], &n->args[ADDITIONAL]};
    size_t at = 0;

    *n_in = 0;
    for (size_t l = 0; l < TT_COUNT(lists); l++)
        for (size_t i = 0; i < lists[l]->n; i++, at++)
            if (is_input(n, at, n->args[BODY].graph->inputs[at].value))
                TT_TRY(tt_operand_tensor(c, lists[l], i, &in[(*n_in)++]));
    return TTRT_OK;
}

ttrt_status tt_convert_while_loop(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_loop_attrs attrs = {0};
    tt_tensor **in = tt_arena_array(c->net->arena, n->args[CARRIED].n + n->args[ADDITIONAL].n, sizeof *in);
    int n_in;

    if (in == NULL)
        return TTRT_ERR_MEMORY;
    TT_TRY(find_inputs(c, n, in, &n_in));
    TT_TRY(convert_part(c, n, CONDITION, in, &attrs.condition));
    TT_TRY(convert_part(c, n, BODY, in, &attrs.body));
    TT_TRY(tt_net_add(c->net, TT_LAYER_LOOP, &attrs, in, n_in, out));
    for (size_t i = 0; i < n->n_outs; i++)
        if (n->outs[i]->kind == TT_VALUE_INT)
            TT_TRY(bind_integer(c->net, out[i], n->outs[i]->dim));
    return TTRT_OK;
}
