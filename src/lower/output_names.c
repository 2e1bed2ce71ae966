/* Whoever runs a program knows its outputs by the names of its signature, which passes lose: they put one value in the
 * place of another. Afterwards each output has its name again.
 *
 *   graph(%x: f32[2])                                                    graph(%x: f32[2])
 *     %neg = aten.neg(%x)          lowered:  %neg = aten.neg(%x)           %neg = aten.neg(%x)
 *     %relu_ = aten.relu_(%neg)              %relu = aten.relu(%neg)       %relu_ = aten.relu(%neg)
 *     return %relu_                          return %relu                  return %relu_
 */
#include "lower/pass.h"
#include "lower/view_chain.h"

#include <string.h>

static tt_value *output_value(const tt_graph_output *o)
{
    bool is_tensor = o->kind == TT_OUTPUT_USER && o->arg.kind == TT_ARG_VALUE && o->arg.value->kind == TT_VALUE_TENSOR;
    return is_tensor ? o->arg.value : NULL;
}

static tt_value *find_value(const tt_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_inputs; i++)
        if (g->inputs[i].value && strcmp(g->inputs[i].value->name, name) == 0)
            return g->inputs[i].value;
    TT_EACH_NODE (g, n)
        for (size_t i = 0; i < n->n_outs; i++)
            if (strcmp(n->outs[i]->name, name) == 0)
                return n->outs[i];
    return NULL;
}

/* One of the first `n` user outputs is that value, and has its name by now. */
static bool is_settled(const tt_graph *g, const char *const *names, size_t n, const tt_value *v)
{
    for (size_t i = 0, k = 0; i < g->n_outputs && k < n; i++) {
        if (g->outputs[i].kind != TT_OUTPUT_USER)
            continue;
        if (output_value(&g->outputs[i]) == v && names[k] && strcmp(names[k], v->name) == 0)
            return true;
        k++;
    }
    return false;
}

/* The name of another value is free from now on. */
static ttrt_status vacate(tt_graph *g, tt_value *holder)
{
    const char *fresh = tt_graph_fresh_name(g, holder->name);
    return fresh ? tt_value_rename(g, holder, fresh) : TTRT_ERR_MEMORY;
}

/* Two names for one value. */
static ttrt_status add_alias(tt_graph *g, tt_value *v, const char *name, tt_value **out)
{
    const tt_emit end = {.g = g, .origin = v->def};

    *out = tt_emit_op(&end, TT_OP_aten_alias_default, v, 1, (tt_arg[]){tt_arg_of_value(v)});
    return *out ? tt_value_rename(g, *out, name) : TTRT_ERR_MEMORY;
}

/* `out` is the user output number `n`. */
static ttrt_status restore(tt_graph *g, const char *const *names, size_t n, tt_graph_output *out)
{
    tt_value *v = output_value(out), *holder;

    /* The value of an input keeps the input's name, which is no other's. */
    if (!v || !names[n] || strcmp(v->name, names[n]) == 0 || tt_value_is_input(v))
        return TTRT_OK;
    holder = find_value(g, names[n]);
    if (holder && tt_value_is_input(holder))
        return TTRT_OK;
    if (holder && is_settled(g, names, n, holder)) {
        out->arg.value = holder; /* the same output again */
        return TTRT_OK;
    }
    if (holder)
        TT_TRY(vacate(g, holder));
    if (is_settled(g, names, n, v))
        return add_alias(g, v, names[n], &out->arg.value);
    return tt_value_rename(g, v, names[n]);
}

ttrt_status tt_output_names_get(tt_graph *g, const char ***out)
{
    const char **names = tt_arena_array(g->arena, g->n_outputs + 1, sizeof *names);
    size_t n = 0;

    if (names == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < g->n_outputs; i++) {
        const tt_value *v = output_value(&g->outputs[i]);
        if (g->outputs[i].kind == TT_OUTPUT_USER)
            names[n++] = v ? v->name : NULL;
    }
    *out = names;
    return TTRT_OK;
}

ttrt_status tt_output_names_restore(tt_graph *g, const char *const *names)
{
    size_t n = 0;

    for (size_t i = 0; i < g->n_outputs; i++)
        if (g->outputs[i].kind == TT_OUTPUT_USER)
            TT_TRY(restore(g, names, n++, &g->outputs[i]));
    return TTRT_OK;
}
