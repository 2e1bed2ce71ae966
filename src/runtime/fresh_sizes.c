/* Sizes that PyTorch can name. A symbol read from data must be found somewhere as it is: a dimension, or a number.
 * Where an engine returns only what is computed from one, the result gets a name of its own:
 *
 *   execute_engine(x) ─► f32[u0], f32[u0 + u1]     becomes     f32[u0], f32[u2] */
#include "runtime/runtime.h"

#include <stdio.h>

typedef struct namer {
    tt_graph *g;
    bool *found;       /* by symbol */
    size_t n_symbols;  /* when the names were sought */
    tt_dim *from, *to; /* what was named */
    size_t n, cap_from, cap_to;
} namer;

static void find(namer *s, tt_dim d)
{
    const tt_symbol *symbol;

    if (tt_dim_is_symbol(d, &symbol))
        s->found[symbol->index] = true;
}

static void find_in_value(namer *s, const tt_value *v)
{
    if (!v)
        return;
    find(s, v->dim);
    for (size_t d = 0; d < v->rank; d++)
        find(s, v->dims[d]);
}

static bool lacks_name(const namer *s, const tt_expr *e)
{
    if (e->kind == TT_EXPR_SYMBOL)
        return e->symbol->unbacked && e->symbol->index < s->n_symbols && !s->found[e->symbol->index];
    for (size_t i = 0; i < e->n_args; i++)
        if (lacks_name(s, e->args[i]))
            return true;
    return false;
}

static ttrt_status fresh(namer *s, tt_dim of, tt_dim *out)
{
    char name[32];
    int number = 0;
    tt_symbol *symbol;
    int64_t min, max;

    tt_dim_range(of, &min, &max);
    do
        snprintf(name, sizeof name, "u%d", number++);
    while (tt_dims_find(s->g->dims, name));
    *out = tt_dim_symbol(s->g->dims, name);
    if (!(symbol = tt_dims_find(s->g->dims, name)))
        return TTRT_ERR_MEMORY;
    symbol->min = min > 0 ? min : 0;
    symbol->max = max;
    TT_TRY(tt_arena_grow(s->g->arena, &s->from, &s->cap_from, s->n, sizeof *s->from));
    TT_TRY(tt_arena_grow(s->g->arena, &s->to, &s->cap_to, s->n, sizeof *s->to));
    s->from[s->n] = of;
    s->to[s->n++] = *out;
    return TTRT_OK;
}

static ttrt_status name(namer *s, tt_dim *d)
{
    if (!d->expr || !lacks_name(s, d->expr))
        return TTRT_OK;
    for (size_t i = 0; i < s->n; i++)
        if (tt_dim_equal(s->from[i], *d)) {
            *d = s->to[i];
            return TTRT_OK;
        }
    return fresh(s, *d, d);
}

static ttrt_status name_value(namer *s, tt_value *v)
{
    tt_dim *dims = tt_arena_copy(s->g->arena, v->dims, v->rank * sizeof *dims);

    if (!dims)
        return TTRT_ERR_MEMORY;
    for (size_t d = 0; d < v->rank; d++)
        TT_TRY(name(s, &dims[d]));
    v->dims = dims;
    return v->kind == TT_VALUE_TENSOR && v->strides ? tt_value_contiguous(s->g, v) : TTRT_OK;
}

ttrt_status tt_program_name_sizes(tt_graph *g)
{
    namer s = {.g = g, .n_symbols = tt_dims_count(g->dims)};

    s.found = tt_arena_array(g->arena, s.n_symbols + 1, sizeof *s.found);
    if (!s.found)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < g->n_inputs; i++)
        find_in_value(&s, g->inputs[i].value);
    TT_EACH_NODE (g, n)
        for (size_t i = 0; i < n->n_outs; i++)
            find_in_value(&s, n->outs[i]);
    TT_EACH_NODE (g, n)
        for (size_t i = 0; n->op->id == TT_OP_tensorrt_execute_engine_default && i < n->n_outs; i++)
            TT_TRY(name_value(&s, n->outs[i]));
    return tt_dims_status(g->dims);
}
