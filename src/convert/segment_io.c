/* What goes into a segment and what comes out of it.
 *
 * An engine binds symbols from the dimensions of its tensor inputs; a symbol that those do not give comes in as a
 * value. */
#include "convert/segment_io.h"

#include "convert/convert.h"

/* ---- dependencies ---- */

static ttrt_status add_int(tt_graph *g, tt_int_values *ints, tt_value *v)
{
    if (v == NULL || (v->kind != TT_VALUE_INT && v->kind != TT_VALUE_BOOL) || tt_dim_is_const(v->dim))
        return TTRT_OK;
    TT_TRY(tt_arena_grow(g->arena, &ints->items, &ints->cap, ints->n, sizeof *ints->items));
    ints->items[ints->n++] = v;
    return TTRT_OK;
}

ttrt_status tt_int_values_find(tt_graph *g, tt_int_values *out)
{
    *out = (tt_int_values){0};
    for (size_t i = 0; i < g->n_inputs; i++)
        TT_TRY(add_int(g, out, g->inputs[i].value));
    TT_EACH_NODE (g, n)
        for (size_t i = 0; i < n->n_outs; i++)
            TT_TRY(add_int(g, out, n->outs[i]));
    return TTRT_OK;
}

tt_value *tt_int_values_get(const tt_int_values *ints, tt_dim d)
{
    for (size_t i = 0; !tt_dim_is_const(d) && i < ints->n; i++)
        if (tt_dim_equal(ints->items[i]->dim, d))
            return ints->items[i];
    return NULL;
}

static void call_for_dim(const tt_int_values *ints, const tt_node *n, tt_dim d, void (*fn)(void *user, tt_value *v),
                         void *user)
{
    tt_value *v = tt_int_values_get(ints, d);
    if (v && v->def != n)
        fn(user, v);
}

/* The integers that the arguments of `n` hold, `outer` itself or a node in its sub-graphs. */
static void call_for_args(const tt_int_values *ints, const tt_node *outer, const tt_node *n,
                          void (*fn)(void *user, tt_value *v), void *user)
{
    for (size_t i = 0; ints->n && i < n->n_args; i++) {
        const tt_arg *a = &n->args[i];
        if (a->kind == TT_ARG_INT)
            call_for_dim(ints, outer, a->dim, fn, user);
        for (size_t k = 0; a->kind == TT_ARG_INTS && k < a->n; k++)
            call_for_dim(ints, outer, a->dims[k], fn, user);
        for (const tt_node *m = a->kind == TT_ARG_GRAPH ? a->graph->first : NULL; m; m = m->next)
            call_for_args(ints, outer, m, fn, user);
    }
}

void tt_node_each_dependency(const tt_int_values *ints, const tt_node *n, void (*fn)(void *user, tt_value *v),
                             void *user)
{
    tt_node_each_input(n, fn, user);
    call_for_args(ints, n, n, fn, user);
}

/* ---- the walk ---- */

typedef struct io_walk {
    tt_graph *graph;
    int segment;
    tt_segment_io *io;
    size_t inputs_cap, outputs_cap;
    tt_int_values ints;
    bool *bound; /* by symbol: had from an input, or asked for already */
    ttrt_status status;
} io_walk;

static bool is_inside(const io_walk *w, const tt_node *n)
{
    return n && (w->segment == TT_SEGMENT_ALL || n->segment == w->segment);
}

static bool contains(tt_value *const *list, size_t n, const tt_value *v)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == v)
            return true;
    return false;
}

static ttrt_status add_input(io_walk *w, tt_value *v)
{
    if (contains(w->io->inputs, w->io->n_inputs, v))
        return TTRT_OK;
    TT_TRY(tt_arena_grow(w->graph->arena, &w->io->inputs, &w->inputs_cap, w->io->n_inputs, sizeof *w->io->inputs));
    w->io->inputs[w->io->n_inputs++] = v;
    return TTRT_OK;
}

static ttrt_status add_output(io_walk *w, tt_value *v)
{
    if (contains(w->io->outputs, w->io->n_outputs, v))
        return TTRT_OK;
    TT_TRY(tt_arena_grow(w->graph->arena, &w->io->outputs, &w->outputs_cap, w->io->n_outputs, sizeof *w->io->outputs));
    w->io->outputs[w->io->n_outputs++] = v;
    return TTRT_OK;
}

/* ---- inputs: tensors ---- */

/* A buffer that the program writes is no constant: each run starts from what the last one left. */
static bool is_mutated(const tt_graph *g, const tt_value *v)
{
    for (size_t i = 0; i < g->n_inputs; i++)
        if (g->inputs[i].value == v && tt_graph_is_written(g, &g->inputs[i]))
            return true;
    return false;
}

static void visit_tensor_input(void *user, tt_value *v)
{
    io_walk *w = user;
    if (w->status != TTRT_OK || v == NULL || v->kind != TT_VALUE_TENSOR || is_inside(w, v->def))
        return;
    if (v->weight == NULL || is_mutated(w->graph, v))
        w->status = add_input(w, v);
}

static ttrt_status find_tensor_inputs(io_walk *w)
{
    TT_EACH_NODE (w->graph, n)
        if (is_inside(w, n))
            tt_node_each_input(n, visit_tensor_input, w);
    /* A program may return what it was given. */
    for (size_t i = 0; w->segment == TT_SEGMENT_ALL && i < w->graph->n_outputs; i++)
        if (w->graph->outputs[i].arg.kind == TT_ARG_VALUE)
            visit_tensor_input(w, w->graph->outputs[i].arg.value);
    return w->status;
}

/* ---- inputs: symbols ---- */

/* The symbol that a dimension's actual size gives: the dimension is it, or linear in it (2*s0 + 1), as tt_dims_bind
 * solves. */
static const tt_symbol *given_symbol(tt_dim d)
{
    const tt_symbol *found = NULL;
    if (d.expr == NULL || tt_dim_is_symbol(d, &found))
        return found;
    if (d.expr->kind != TT_EXPR_ADD && d.expr->kind != TT_EXPR_MUL)
        return NULL;
    for (size_t i = 0; i < d.expr->n_args; i++) {
        const tt_expr *arg = d.expr->args[i];
        if (arg->kind == TT_EXPR_CONST)
            continue;
        bool may_be_product = d.expr->kind == TT_EXPR_ADD && arg->kind == TT_EXPR_MUL;
        const tt_symbol *s = arg->kind == TT_EXPR_SYMBOL ? arg->symbol
                             : may_be_product            ? given_symbol((tt_dim){arg, 0})
                                                         : NULL;
        if (s == NULL || found)
            return NULL;
        found = s;
    }
    return found;
}

static bool gives_symbol(const tt_value *v, const tt_symbol *s)
{
    if (v->kind == TT_VALUE_INT)
        return given_symbol(v->dim) == s;
    for (size_t d = 0; v->kind == TT_VALUE_TENSOR && v->weight == NULL && d < v->rank; d++)
        if (given_symbol(v->dims[d]) == s)
            return true;
    return false;
}

static void mark_def(void *user, tt_value *v)
{
    if (v && v->def)
        v->def->data = user;
}

/* Sets data of each node that the segment depends on: only those have run when it starts. */
static void mark_ancestors(io_walk *w)
{
    for (tt_node *n = w->graph->first; n; n = n->next)
        n->data = NULL;
    for (tt_node *n = w->graph->last; n; n = n->prev)
        if (n->data || is_inside(w, n))
            tt_node_each_dependency(&w->ints, n, mark_def, w);
}

/* An integer made before, else a tensor with that dimension. NULL: a node of the segment reads it from data. */
static tt_value *carrier_of(const io_walk *w, const tt_symbol *s)
{
    tt_value *tensor = NULL;
    for (size_t i = 0; i < w->graph->n_inputs; i++) {
        tt_value *v = w->graph->inputs[i].value;
        if (v == NULL || !gives_symbol(v, s))
            continue;
        if (v->kind == TT_VALUE_INT)
            return v;
        tensor = tensor ? tensor : v;
    }
    TT_EACH_NODE (w->graph, n) {
        for (size_t i = 0; n->data && !is_inside(w, n) && i < n->n_outs; i++) {
            if (!gives_symbol(n->outs[i], s))
                continue;
            if (n->outs[i]->kind == TT_VALUE_INT)
                return n->outs[i];
            tensor = tensor ? tensor : n->outs[i];
        }
    }
    return tensor;
}

static void need_expr(io_walk *w, const tt_expr *e)
{
    if (e->kind == TT_EXPR_SYMBOL && !w->bound[e->symbol->index] && w->status == TTRT_OK) {
        w->bound[e->symbol->index] = true;
        tt_value *v = carrier_of(w, e->symbol);
        if (v)
            w->status = add_input(w, v);
    }
    for (size_t i = 0; i < e->n_args; i++)
        need_expr(w, e->args[i]);
}

static void need_dims(io_walk *w, const tt_dim *dims, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (dims[i].expr)
            need_expr(w, dims[i].expr);
}

static void need_symbols_of(io_walk *w, const tt_node *n)
{
    for (size_t i = 0; i < n->n_args; i++) {
        const tt_arg *a = &n->args[i];
        if (a->kind == TT_ARG_INT)
            need_dims(w, &a->dim, 1);
        else if (a->kind == TT_ARG_INTS)
            need_dims(w, a->dims, a->n);
        for (size_t k = 0; a->kind == TT_ARG_VALUES && k < a->n; k++)
            if (a->values[k] && a->values[k]->kind == TT_VALUE_INT)
                need_dims(w, &a->values[k]->dim, 1);
        for (const tt_node *m = a->kind == TT_ARG_GRAPH ? a->graph->first : NULL; m; m = m->next)
            need_symbols_of(w, m);
    }
    for (size_t i = 0; i < n->n_outs; i++)
        if (n->outs[i]->kind == TT_VALUE_TENSOR)
            need_dims(w, n->outs[i]->dims, n->outs[i]->rank);
}

static ttrt_status find_symbol_inputs(io_walk *w)
{
    w->bound = tt_arena_array(w->graph->arena, tt_dims_count(w->graph->dims) + 1, sizeof *w->bound);
    if (w->bound == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < w->io->n_inputs; i++) {
        for (size_t d = 0; d < w->io->inputs[i]->rank; d++) {
            const tt_symbol *s = given_symbol(w->io->inputs[i]->dims[d]);
            if (s)
                w->bound[s->index] = true;
        }
    }
    mark_ancestors(w);
    TT_EACH_NODE (w->graph, n)
        if (is_inside(w, n))
            need_symbols_of(w, n);
    for (tt_node *n = w->graph->first; n; n = n->next)
        n->data = NULL;
    return w->status;
}

/* ---- outputs ---- */

/* Numbers that are no integers cross no border: who reads one computes it from sizes. */
static void visit_output(void *user, tt_value *v)
{
    io_walk *w = user;
    if (w->status == TTRT_OK && v && v->kind != TT_VALUE_FLOAT && is_inside(w, v->def))
        w->status = add_output(w, v);
}

static ttrt_status find_outputs(io_walk *w)
{
    TT_EACH_NODE (w->graph, n)
        if (!is_inside(w, n))
            tt_node_each_dependency(&w->ints, n, visit_output, w);
    for (size_t i = 0; i < w->graph->n_outputs; i++) {
        const tt_arg *a = &w->graph->outputs[i].arg;
        if (a->kind == TT_ARG_VALUE && w->segment == TT_SEGMENT_ALL)
            TT_TRY(add_output(w, a->value));
        else if (a->kind == TT_ARG_VALUE)
            visit_output(w, a->value);
        /* Who runs the whole graph computes its integers from the input shapes, all but those read from data. */
        else if (a->kind == TT_ARG_INT && a->dim.expr &&
                 (w->segment != TT_SEGMENT_ALL || tt_dim_mentions_unbacked(a->dim)))
            visit_output(w, tt_int_values_get(&w->ints, a->dim));
    }
    return w->status;
}

ttrt_status tt_segment_io_find(tt_graph *g, int segment, tt_segment_io *io)
{
    *io = (tt_segment_io){0};
    io_walk w = {.graph = g, .segment = segment, .io = io, .status = TTRT_OK};
    TT_TRY(tt_int_values_find(g, &w.ints));
    TT_TRY(find_tensor_inputs(&w));
    TT_TRY(find_symbol_inputs(&w));
    return find_outputs(&w);
}
