/* The rules that every graph keeps between passes. */
#include "graph/graph.h"

#include <stdio.h>
#include <string.h>

typedef struct verifier {
    const tt_graph *g;
    tt_arena *arena;
    tt_map *defined;     /* values so far, by name */
    const tt_node *node; /* being looked at; NULL: the signature */
} verifier;

static ttrt_status fault(const verifier *v, const char *fmt, ...) TT_PRINTF(2, 3);
static ttrt_status fault(const verifier *v, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (v->node == NULL)
        return tt_fail(TTRT_ERR_FORMAT, "the graph's signature: %s", text);
    tt_fail(TTRT_ERR_FORMAT, "node '%s' (%s): %s", v->node->name, v->node->op->name, text);
    if (v->node->source != NULL)
        tt_fail_where("%s", v->node->source);
    return TTRT_ERR_FORMAT;
}

static ttrt_status check_tensor(const verifier *v, const tt_value *value)
{
    if (value->dtype == TT_DTYPE_NONE || !tt_dtype_is_known((int)value->dtype))
        return fault(v, "value '%s' has no known data type", value->name);
    if (value->rank > TT_MAX_RANK)
        return fault(v, "value '%s' has rank %zu, at most %d", value->name, value->rank, TT_MAX_RANK);
    if (value->rank > 0 && value->dims == NULL)
        return fault(v, "value '%s' has no dimensions", value->name);
    for (size_t i = 0; i < value->rank; i++)
        if (tt_dim_is_const(value->dims[i]) && value->dims[i].value < 0)
            return fault(v, "dimension %zu of value '%s' is %lld", i, value->name, (long long)value->dims[i].value);
    return TTRT_OK;
}

static ttrt_status define(verifier *v, const tt_value *value, const tt_node *def, size_t out_index)
{
    if (value == NULL || value->name == NULL)
        return fault(v, "an output without value");
    if (tt_map_has(v->defined, value->name))
        return fault(v, "a second value is named '%s'", value->name);
    if (value->def != def || (def != NULL && value->out_index != out_index))
        return fault(v, "value '%s' does not know its node", value->name);
    if (value->kind == TT_VALUE_TENSOR)
        TT_TRY(check_tensor(v, value));
    return tt_map_put(v->defined, value->name, (void *)(uintptr_t)value);
}

static ttrt_status check_use(const verifier *v, const tt_value *value)
{
    if (value == NULL)
        return fault(v, "an argument without value");
    if (tt_map_get(v->defined, value->name) != value)
        return fault(v, "value '%s' is used before it is defined", value->name);
    return TTRT_OK;
}

/* ---- arguments ---- */

#define KIND(k) (1u << TT_ARG_##k)

/* A Python number where a tensor is expected stands for a 0-d tensor; a symbolic condition is an INT. */
static const uint32_t FITS[] = {
    [TT_TYPE_TENSOR] = KIND(VALUE) | KIND(INT) | KIND(FLOAT) | KIND(BOOL) | KIND(COMPLEX),
    [TT_TYPE_TENSORS] = KIND(VALUES),
    [TT_TYPE_INT] = KIND(INT) | KIND(BOOL),
    [TT_TYPE_INTS] = KIND(INTS) | KIND(INT),
    [TT_TYPE_FLOAT] = KIND(FLOAT) | KIND(INT) | KIND(BOOL),
    [TT_TYPE_FLOATS] = KIND(FLOATS) | KIND(INTS) | KIND(FLOAT) | KIND(INT),
    [TT_TYPE_BOOL] = KIND(BOOL) | KIND(INT),
    [TT_TYPE_BOOLS] = KIND(BOOLS) | KIND(BOOL),
    [TT_TYPE_SCALAR] = KIND(INT) | KIND(FLOAT) | KIND(BOOL) | KIND(COMPLEX) | KIND(VALUE),
    [TT_TYPE_SCALARS] = KIND(INTS) | KIND(FLOATS) | KIND(BOOLS),
    [TT_TYPE_STRING] = KIND(STRING),
    [TT_TYPE_DTYPE] = KIND(DTYPE),
    [TT_TYPE_LAYOUT] = KIND(LAYOUT),
    [TT_TYPE_DEVICE] = KIND(DEVICE),
    [TT_TYPE_MEMORY_FORMAT] = KIND(MEMORY_FORMAT),
    [TT_TYPE_OTHER] = ~0u,
};
_Static_assert(TT_COUNT(FITS) == TT_TYPE_OTHER + 1, "a row for each type");

static ttrt_status check_kind(const verifier *v, const tt_op_arg *schema, const tt_arg *a)
{
    if (a->kind == TT_ARG_NONE)
        return schema->optional || schema->type == TT_TYPE_OTHER ? TTRT_OK
                                                                 : fault(v, "argument '%s' is None", schema->name);
    if (!(FITS[schema->type] & 1u << a->kind))
        return fault(v, "argument '%s' is of a kind that its schema does not allow", schema->name);
    if (a->kind == TT_ARG_VALUE && schema->type == TT_TYPE_TENSOR && a->value->kind != TT_VALUE_TENSOR)
        return fault(v, "argument '%s' is '%s', which is no tensor", schema->name, a->value->name);
    return TTRT_OK;
}

static ttrt_status verify(const tt_graph *g, tt_arena *arena);

static ttrt_status check_arg(const verifier *v, const tt_arg *a)
{
    if (a->kind == TT_ARG_VALUE)
        return check_use(v, a->value);
    for (size_t i = 0; a->kind == TT_ARG_VALUES && i < a->n; i++)
        if (a->values[i] != NULL)
            TT_TRY(check_use(v, a->values[i]));
    if (a->kind == TT_ARG_GRAPH) {
        if (a->graph == NULL || a->graph->dims != v->g->dims)
            return fault(v, "a sub-graph with symbols of its own");
        return verify(a->graph, v->arena);
    }
    return TTRT_OK;
}

static ttrt_status check_outs(verifier *v, const tt_node *n)
{
    const tt_op *op = n->op;
    if (op->id >= 0 && !op->returns_list && (n->n_outs != op->n_outs || n->outs_are_list))
        return fault(v, "%zu outputs, expected %u", n->n_outs, (unsigned)op->n_outs);
    if (op->id >= 0 && op->returns_list && !n->outs_are_list)
        return fault(v, "the outputs are not marked as a list");
    for (size_t i = 0; i < n->n_outs; i++)
        TT_TRY(define(v, n->outs[i], n, i));
    return TTRT_OK;
}

static ttrt_status check_node(verifier *v, const tt_node *n)
{
    if (n->graph != v->g)
        return fault(v, "it belongs to another graph");
    if (n->op->id >= 0 && n->n_args != n->op->n_args)
        return fault(v, "%zu arguments, expected %u", n->n_args, (unsigned)n->op->n_args);
    for (size_t i = 0; i < n->n_args; i++) {
        TT_TRY(check_arg(v, &n->args[i]));
        if (n->op->id >= 0)
            TT_TRY(check_kind(v, &n->op->args[i], &n->args[i]));
    }
    return check_outs(v, n);
}

/* ---- the signature ---- */

static ttrt_status check_weight(const verifier *v, const tt_graph_input *in)
{
    const tt_weight *w = in->value->weight;
    if (in->kind == TT_INPUT_USER)
        return w == NULL ? TTRT_OK : fault(v, "user input '%s' has a weight", in->value->name);
    if (in->target == NULL)
        return fault(v, "input '%s' has no target", in->value->name);
    if (w == NULL)
        return TTRT_OK; /* a sub-graph's, or lifted but not yet bound */
    if (w->dtype != in->value->dtype || w->rank != in->value->rank)
        return fault(v, "weight '%s' has another data type or rank than '%s'", w->fqn, in->value->name);
    for (size_t i = 0; i < w->rank; i++)
        if (!tt_dim_is(in->value->dims[i], w->dims[i]))
            return fault(v, "weight '%s' has another shape than '%s'", w->fqn, in->value->name);
    return TTRT_OK;
}

static ttrt_status check_inputs(verifier *v)
{
    for (size_t i = 0; i < v->g->n_inputs; i++) {
        const tt_graph_input *in = &v->g->inputs[i];
        if (in->name == NULL)
            return fault(v, "input %zu has no name", i);
        if (in->value == NULL) {
            if (in->kind != TT_INPUT_USER || in->constant.kind == TT_ARG_VALUE || in->constant.kind == TT_ARG_VALUES)
                return fault(v, "input '%s' has neither value nor constant", in->name);
            continue;
        }
        TT_TRY(define(v, in->value, NULL, 0));
        TT_TRY(check_weight(v, in));
    }
    return TTRT_OK;
}

static bool has_target(const tt_graph *g, const tt_graph_output *out)
{
    static const tt_input_kind kinds[] = {[TT_OUTPUT_BUFFER_MUTATION] = TT_INPUT_BUFFER,
                                          [TT_OUTPUT_INPUT_MUTATION] = TT_INPUT_USER,
                                          [TT_OUTPUT_PARAM_MUTATION] = TT_INPUT_PARAM};

    for (size_t i = 0; i < g->n_inputs && out->target; i++) {
        const char *name = out->kind == TT_OUTPUT_INPUT_MUTATION ? g->inputs[i].name : g->inputs[i].target;
        if (g->inputs[i].kind == kinds[out->kind] && g->inputs[i].value != NULL && strcmp(name, out->target) == 0)
            return true;
    }
    return false;
}

static ttrt_status check_outputs(verifier *v)
{
    for (size_t i = 0; i < v->g->n_outputs; i++) {
        const tt_graph_output *out = &v->g->outputs[i];
        TT_TRY(check_arg(v, &out->arg));
        if (out->kind == TT_OUTPUT_USER)
            continue;
        if (out->arg.kind != TT_ARG_VALUE || !has_target(v->g, out))
            return fault(v, "output %zu mutates '%s', which is no such input", i, out->target ? out->target : "");
    }
    return TTRT_OK;
}

static ttrt_status check_links(const verifier *v)
{
    const tt_node *prev = NULL;
    size_t count = 0;
    for (const tt_node *n = v->g->first; n; prev = n, n = n->next)
        if (n->prev != prev || ++count > v->g->n_nodes)
            return fault(v, "the list of nodes is broken at '%s'", n->name);
    return v->g->last == prev && count == v->g->n_nodes ? TTRT_OK
                                                        : fault(v, "%zu nodes, counted as %zu", count, v->g->n_nodes);
}

static ttrt_status verify(const tt_graph *g, tt_arena *arena)
{
    verifier v = {.g = g, .arena = arena, .defined = tt_map_new(arena)};
    if (v.defined == NULL)
        return TTRT_ERR_MEMORY;
    TT_TRY(check_links(&v));
    TT_TRY(check_inputs(&v));
    for (const tt_node *n = g->first; n; n = n->next) {
        v.node = n;
        TT_TRY(check_node(&v, n));
    }
    v.node = NULL;
    return check_outputs(&v);
}

ttrt_status tt_graph_verify(const tt_graph *g)
{
    tt_arena *arena = tt_arena_new();
    if (arena == NULL)
        return TTRT_ERR_MEMORY;
    ttrt_status status = verify(g, arena);
    tt_arena_free(arena);
    return status;
}
