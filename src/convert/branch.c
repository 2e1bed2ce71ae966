/* torch.cond: both branches are computed, and the predicate selects.
 *
 *   [%y] = higher_order.cond(%p, {graph(%a) ...}, {graph(%a) ...}, [%x])
 *   becomes the layers of both branches on x, then y = select(p, y of the first, y of the second)
 *
 * Branches are functions without effects, so the one not taken costs its time and changes nothing, as long as it cannot
 * fail and comes to an end: its indices are 0 then, its loops have no rounds, and what binds a size to its data is
 * refused. */
#include "convert/subgraph.h"

#include <string.h>

enum { PREDICATE, TRUE_BRANCH, FALSE_BRANCH, OPERANDS, N_ARGS };

static const char *branch_name(size_t i) { return i == TRUE_BRANCH ? "true branch" : "false branch"; }

/* ---- support ---- */

/* PyTorch names a result's size anew where data told the branches' one. */
static bool fits_result(const tt_value *given, const tt_value *result)
{
    const tt_symbol *s;
    bool fits = given->dtype == result->dtype && given->rank == result->rank;
    for (size_t d = 0; fits && d < given->rank; d++)
        fits = tt_dim_equal(given->dims[d], result->dims[d]) ||
               (!tt_dim_is_const(given->dims[d]) && tt_dim_is_symbol(result->dims[d], &s) && s->unbacked);
    return fits;
}

static bool results_accepted(const tt_node *n, size_t branch, tt_reason *why)
{
    const tt_graph *g = n->args[branch].graph;

    if (g->n_outputs != n->n_outs)
        return tt_refuse(why, "%zu results of a branch of %zu", n->n_outs, g->n_outputs);
    for (size_t i = 0; i < g->n_outputs; i++) {
        const tt_arg *given = &g->outputs[i].arg;
        if (given->kind != TT_ARG_VALUE || given->value->kind != TT_VALUE_TENSOR || n->outs[i]->kind != TT_VALUE_TENSOR)
            return tt_refuse(why, "result %zu of its %s is no tensor", i, branch_name(branch));
        if (!tt_same_type(given->value, n->args[TRUE_BRANCH].graph->outputs[i].arg.value) ||
            !fits_result(given->value, n->outs[i]))
            return tt_refuse(why, "result %zu has another type or shape in its %s", i, branch_name(branch));
    }
    return true;
}

bool tt_cond_accepts(const tt_node *n, tt_reason *why)
{
    if (n->n_args != N_ARGS || n->args[TRUE_BRANCH].kind != TT_ARG_GRAPH ||
        n->args[FALSE_BRANCH].kind != TT_ARG_GRAPH || !tt_is_operands(&n->args[OPERANDS]))
        return tt_refuse(why, "its arguments are no predicate, two branches and a list of operands");
    if (!tt_is_truth(&n->args[PREDICATE]))
        return tt_refuse(why, "its predicate is no bool of one element");
    for (size_t b = TRUE_BRANCH; b <= FALSE_BRANCH; b++)
        if (!tt_operands_accepted(n->args[b].graph, 0, &n->args[OPERANDS], branch_name(b), why) ||
            !results_accepted(n, b, why) || !tt_nodes_accepted(n->args[b].graph, branch_name(b), why))
            return false;
    return true;
}

/* ---- a branch that is not taken ---- */

/* A size without bounds may be 0 or 1, whatever its range says. */
static bool may_be_empty(tt_dim d)
{
    const tt_symbol *s = NULL;
    int64_t min, max;
    tt_dim_range(d, &min, &max);
    return min < 1 || (tt_dim_is_symbol(d, &s) && tt_symbol_least(s) < 1);
}

/* Layer `l` of a branch reads by in[i], whose values are to lie below `extent`: there they are 0 where the branch is
 * not taken, which fits whatever is not empty. */
static ttrt_status guard(tt_network *net, tt_layer *l, int i, tt_dim extent, tt_tensor *taken)
{
    const tt_layer *maker = l->in[i]->layer;
    tt_tensor *zero;

    if (maker && maker->n_in == 0) /* fits as it is: it depends on no data */
        return TTRT_OK;
    if (may_be_empty(extent))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "'%s' in a branch reads by index along a dimension that may be empty",
                l->name ? l->name : "");
    TT_TRY(tt_net_scalar_int(net, 0, l->in[i]->dtype, 0, &zero));
    return tt_net_select(net, taken, l->in[i], zero, &l->in[i]);
}

static ttrt_status guard_axes(tt_network *net, tt_layer *l, int first, const tt_attr_ints *axes, tt_tensor *taken)
{
    for (int i = first; i < l->n_in; i++)
        TT_TRY(guard(net, l, i, l->in[0]->dims[axes->v[i - first]], taken));
    return TTRT_OK;
}

static ttrt_status guard_layers(tt_network *net, tt_layer *first, tt_tensor *taken);

static bool is_input_called(const tt_layer *loop, const char *name)
{
    TT_EACH_NETWORK_OF (loop, sub) {
        for (int i = 0; i < sub->n_inputs; i++)
            if (strcmp(sub->inputs[i]->name, name) == 0)
                return true;
    }
    return false;
}

/* The loop has one more input, by which its condition is false where the branch is not taken. */
static ttrt_status guard_loop(tt_network *net, tt_layer *l, tt_tensor *taken)
{
    tt_network *condition = l->attrs.loop.condition;
    tt_tensor **in = tt_arena_array(net->arena, (size_t)l->n_in + 1, sizeof *in);
    const char *name = tt_arena_printf(net->arena, "taken_%d", l->n_in);

    for (int k = 0; name && is_input_called(l, name); k++)
        name = tt_arena_printf(net->arena, "taken_%d_%d", l->n_in, k);
    if (!in || !name)
        return TTRT_ERR_MEMORY;
    memcpy(in, l->in, (size_t)l->n_in * sizeof *in);
    in[l->n_in] = taken;
    TT_EACH_NETWORK_OF (l, sub)
        if (!tt_network_input(sub, name, TTRT_DTYPE_BOOL, 0, NULL))
            return ttrt_last_error()->status;
    l->in = in;
    tt_tensor *inside = condition->inputs[l->n_in++];
    TT_TRY(guard_layers(condition, condition->first, inside));
    TT_TRY(tt_net_elementwise(condition, TT_ELEMENTWISE_AND, condition->outputs[0], inside, &condition->outputs[0]));
    return tt_layer_infer(net, l);
}

static ttrt_status guard_layer(tt_network *net, tt_layer *l, tt_tensor *taken)
{
    switch (l->kind) {
    case TT_LAYER_GATHER:
        return guard(net, l, 1, l->in[0]->dims[l->attrs.gather.axis], taken);
    case TT_LAYER_SCATTER:
        return guard(net, l, 1, l->in[0]->dims[l->attrs.scatter.axis], taken);
    case TT_LAYER_INDEX:
        return guard_axes(net, l, 1, &l->attrs.index.axes, taken);
    case TT_LAYER_INDEX_PUT:
        return guard_axes(net, l, 2, &l->attrs.index_put.axes, taken);
    case TT_LAYER_LOOP:
        return guard_loop(net, l, taken);
    case TT_LAYER_CHECK:
    case TT_LAYER_ITEM:
    case TT_LAYER_NON_ZERO:
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "'%s' in a branch checks its data or reads a size from them, taken or not",
                l->name ? l->name : "");
    default:
        return TTRT_OK;
    }
}

static ttrt_status guard_layers(tt_network *net, tt_layer *first, tt_tensor *taken)
{
    ttrt_status status = TTRT_OK;

    for (tt_layer *l = first; status == TTRT_OK && l; l = l->next) {
        net->before = l;
        status = guard_layer(net, l, taken);
    }
    net->before = NULL;
    return status;
}

/* ---- conversion ---- */

/* Values of a branch have names of their own; its operands stand for its inputs. */
static ttrt_status bind_operands(tt_convert *c, const tt_node *n, tt_convert *inner)
{
    for (size_t i = 0; i < inner->graph->n_inputs; i++) {
        const tt_value *formal = inner->graph->inputs[i].value;
        tt_tensor *t = NULL;
        if (formal->kind != TT_VALUE_TENSOR) /* an integer: arguments hold its expression */
            continue;
        TT_TRY(tt_operand_tensor(c, &n->args[OPERANDS], i, &t));
        TT_TRY(tt_map_put(inner->tensors, formal->name, t));
    }
    return TTRT_OK;
}

static ttrt_status convert_branch(tt_convert *c, const tt_node *n, size_t branch, tt_tensor **out)
{
    tt_convert inner;

    TT_TRY(tt_subgraph_start(c->net, n->args[branch].graph, &inner));
    TT_TRY(bind_operands(c, n, &inner));
    for (const tt_node *m = inner.graph->first; m; m = m->next)
        TT_TRY(tt_convert_node(&inner, m));
    c->net->label = n->name;
    c->net->source = n->source;
    for (size_t i = 0; i < n->n_outs; i++)
        TT_TRY(tt_value_tensor(&inner, inner.graph->outputs[i].arg.value, &out[i]));
    return TTRT_OK;
}

static ttrt_status convert_guarded(tt_convert *c, const tt_node *n, size_t branch, tt_tensor *taken, tt_tensor **out)
{
    const tt_layer *last = c->net->last;

    TT_TRY(convert_branch(c, n, branch, out));
    return guard_layers(c->net, last ? last->next : c->net->first, taken);
}

static bool is_new_name(tt_dim name, tt_dim size)
{
    const tt_symbol *s;
    return !tt_dim_equal(name, size) && tt_dim_is_symbol(name, &s) && s->unbacked;
}

/* The result by the sizes that the program has for it. */
static ttrt_status name_sizes(tt_convert *c, const tt_value *v, tt_tensor *x, tt_tensor **out)
{
    bool renames = false;

    for (size_t d = 0; d < v->rank; d++) {
        renames = renames || is_new_name(v->dims[d], x->dims[d]);
        TT_TRY(tt_bind_size(c, v->dims[d], x->dims[d]));
    }
    *out = x;
    return renames ? tt_net_reshape(c->net, x, (int)v->rank, v->dims, out) : TTRT_OK;
}

static ttrt_status name_results(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    for (size_t i = 0; i < n->n_outs; i++)
        TT_TRY(name_sizes(c, n->outs[i], out[i], &out[i]));
    return TTRT_OK;
}

ttrt_status tt_convert_cond(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    const tt_arg *predicate = &n->args[PREDICATE];
    tt_tensor **other = tt_arena_array(c->net->arena, n->n_outs + 1, sizeof *other), *is_true = NULL, *is_false = NULL;

    if (other == NULL)
        return TTRT_ERR_MEMORY;
    if (predicate->kind == TT_ARG_BOOL) {
        TT_TRY(convert_branch(c, n, predicate->b ? TRUE_BRANCH : FALSE_BRANCH, out));
        return name_results(c, n, out);
    }
    TT_TRY(tt_truth_tensor(c, predicate, &is_true));
    TT_TRY(tt_net_unary(c->net, TT_UNARY_NOT, is_true, &is_false));
    TT_TRY(convert_guarded(c, n, TRUE_BRANCH, is_true, out));
    TT_TRY(convert_guarded(c, n, FALSE_BRANCH, is_false, other));
    for (size_t i = 0; i < n->n_outs; i++)
        TT_TRY(tt_net_select(c->net, is_true, out[i], other[i], &out[i]));
    return name_results(c, n, out);
}
