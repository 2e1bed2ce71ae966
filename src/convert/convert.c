/* From nodes to layers: the table of converters, the support test, and the network of a segment.
 *
 *   segment's nodes ── converter of each ──► layers        values by name ──► tensors
 *   weights ──► constants (lent bytes)                      symbolic integers stay in the dims table */
#include "convert/families.h"
#include "network/rewrite.h"

#include <inttypes.h>
#include <string.h>

enum { STATIC = 0, DYNAMIC = 1 };
/* A row without a check pastes to this name. */
#define tt_NULL NULL

static const tt_converter rows[] = {
#define CONVERTER(name, function, check, takes_symbols)                                                                \
    {.op = TT_OP_##name,                                                                                               \
     .convert = tt_convert_##function,                                                                                 \
     .accepts = tt_##check,                                                                                            \
     .dynamic = takes_symbols,                                                                                         \
     .family = #function},
#define CONVERTER_P(name, function, check, takes_symbols, number)                                                      \
    {.op = TT_OP_##name,                                                                                               \
     .convert = tt_convert_##function,                                                                                 \
     .accepts = tt_##check,                                                                                            \
     .dynamic = takes_symbols,                                                                                         \
     .family = #function,                                                                                              \
     .parameter = number},
#define CONVERTER_H(op_name, function, check, takes_symbols)
#include "convert/converters.def"
#undef CONVERTER
#undef CONVERTER_P
#undef CONVERTER_H
};

enum {
#define CONVERTER(name, function, check, takes_symbols)           ROW_##name,
#define CONVERTER_P(name, function, check, takes_symbols, number) ROW_##name,
#define CONVERTER_H(op_name, function, check, takes_symbols)
#include "convert/converters.def"
#undef CONVERTER
#undef CONVERTER_P
#undef CONVERTER_H
};

/* Row number + 1 of each operator, 0 for none. */
static const uint16_t row_of_op[TT_OP_COUNT] = {
#define CONVERTER(name, function, check, takes_symbols)           [TT_OP_##name] = ROW_##name + 1,
#define CONVERTER_P(name, function, check, takes_symbols, number) [TT_OP_##name] = ROW_##name + 1,
#define CONVERTER_H(op_name, function, check, takes_symbols)
#include "convert/converters.def"
#undef CONVERTER
#undef CONVERTER_P
#undef CONVERTER_H
};

/* Operators with sub-graphs have no schema, and so no number. */
static const tt_converter unlisted[] = {
#define CONVERTER(name, function, check, takes_symbols)
#define CONVERTER_P(name, function, check, takes_symbols, number)
#define CONVERTER_H(op_name, function, check, takes_symbols)                                                           \
    {.op = -1,                                                                                                         \
     .name = op_name,                                                                                                  \
     .convert = tt_convert_##function,                                                                                 \
     .accepts = tt_##check,                                                                                            \
     .dynamic = takes_symbols,                                                                                         \
     .family = #function},
#include "convert/converters.def"
#undef CONVERTER
#undef CONVERTER_P
#undef CONVERTER_H
};

const tt_converter *tt_converter_find(const tt_op *op)
{
    for (size_t i = 0; op->id < 0 && i < TT_COUNT(unlisted); i++)
        if (strcmp(op->name, unlisted[i].name) == 0)
            return &unlisted[i];
    if (op->id < 0 || op->id >= TT_OP_COUNT || row_of_op[op->id] == 0)
        return NULL;
    return &rows[row_of_op[op->id] - 1];
}

const tt_converter *tt_converter_at(size_t i)
{
    if (i < TT_COUNT(rows))
        return &rows[i];
    return i < TT_COUNT(rows) + TT_COUNT(unlisted) ? &unlisted[i - TT_COUNT(rows)] : NULL;
}

int tt_converter_parameter(const tt_node *n) { return tt_converter_find(n->op)->parameter; }

/* ---- one node ---- */

/* The converter and the graph must agree on what a value is; a difference is a fault of one of them, told before any
 * run. */
static ttrt_status check_output(const tt_node *n, const tt_value *v, const tt_tensor *t)
{
    if (t->dtype != v->dtype || t->rank != (int)v->rank)
        TT_FAIL(TTRT_ERR_INTERNAL, "%s (%s): converted to %s of rank %d, the graph says %s of rank %zu", n->name,
                n->op->name, tt_dtype_short(t->dtype), t->rank, tt_dtype_short(v->dtype), v->rank);
    for (int d = 0; d < t->rank; d++)
        if (tt_dim_is_const(t->dims[d]) && tt_dim_is_const(v->dims[d]) && t->dims[d].value != v->dims[d].value)
            TT_FAIL(TTRT_ERR_SHAPE, "%s (%s): dimension %d comes to %" PRId64 ", the graph says %" PRId64, n->name,
                    n->op->name, d, t->dims[d].value, v->dims[d].value);
    return TTRT_OK;
}

ttrt_status tt_convert_node(tt_convert *c, const tt_node *n)
{
    const tt_converter *converter = tt_converter_find(n->op);
    if (converter == NULL)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: no converter for %s", n->name, n->op->name);
    tt_tensor **out = tt_arena_array(c->net->arena, n->n_outs + 1, sizeof *out);
    if (out == NULL)
        return TTRT_ERR_MEMORY;
    c->net->label = n->name;
    c->net->source = n->source;
    for (size_t i = 0; i < n->n_args; i++)
        n->args[i].misread = false;
    TT_TRY(converter->convert(c, n, out));
    TT_TRY(tt_dims_status(c->net->dims));
    for (size_t i = 0; i < n->n_args; i++)
        if (n->args[i].misread)
            return tt_arg_unknown(n, i);
    for (size_t i = 0; i < n->n_outs; i++) {
        if (out[i] == NULL || n->outs[i]->kind != TT_VALUE_TENSOR)
            continue;
        TT_TRY(check_output(n, n->outs[i], out[i]));
        TT_TRY(tt_map_put(c->tensors, n->outs[i]->name, out[i]));
    }
    return TTRT_OK;
}

static ttrt_status start(tt_convert *c, const tt_graph *g, const char *name)
{
    *c = (tt_convert){.graph = g, .net = tt_network_new(name, g->dims)};
    if (c->net == NULL)
        return TTRT_ERR_MEMORY;
    c->tensors = tt_map_new(c->net->arena);
    return c->tensors ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status add_input(tt_convert *c, const tt_value *v)
{
    tt_tensor *t = v->kind == TT_VALUE_TENSOR ? tt_network_input(c->net, v->name, v->dtype, (int)v->rank, v->dims)
                                              : tt_network_dim_input(c->net, v->name, v->dim);
    return t ? tt_map_put(c->tensors, v->name, t) : TTRT_ERR_MEMORY;
}

/* ---- support ---- */

static const tt_symbol *opaque_result(const tt_node *n)
{
    const tt_symbol *s;
    for (size_t i = 0; i < n->n_outs; i++)
        if (n->outs[i]->kind == TT_VALUE_INT && tt_dim_is_symbol(n->outs[i]->dim, &s) && s->opaque)
            return s;
    return NULL;
}

static bool is_on_numbers(const tt_node *n)
{
    const tt_converter *converter = tt_converter_find(n->op);
    return converter && converter->convert == tt_convert_nothing && !opaque_result(n);
}

static void pass_no_float_to(const tt_node *n)
{
    for (size_t i = 0; i < n->n_args; i++) {
        const tt_arg *a = &n->args[i];
        if (a->kind == TT_ARG_VALUE)
            a->value->passes = false;
        for (size_t k = 0; a->kind == TT_ARG_VALUES && k < a->n; k++)
            if (a->values[k])
                a->values[k]->passes = false;
    }
}

void tt_find_passing_floats(tt_graph *g)
{
    for (tt_node *n = g->first; n; n = n->next)
        for (size_t i = 0; i < n->n_outs; i++)
            n->outs[i]->passes = n->outs[i]->kind == TT_VALUE_FLOAT && is_on_numbers(n);
    for (size_t i = 0; i < g->n_outputs; i++)
        if (g->outputs[i].arg.kind == TT_ARG_VALUE)
            g->outputs[i].arg.value->passes = false;
    /* From the back: what reads a value comes behind it. */
    for (tt_node *n = g->last; n; n = n->prev) {
        bool passes = is_on_numbers(n);
        for (size_t i = 0; i < n->n_outs; i++)
            passes = passes && (n->outs[i]->kind != TT_VALUE_FLOAT || n->outs[i]->passes);
        if (!passes)
            pass_no_float_to(n);
        for (size_t i = 0; i < n->n_args; i++)
            if (n->args[i].kind == TT_ARG_GRAPH)
                tt_find_passing_floats(n->args[i].graph);
    }
}

static bool value_accepted(const tt_value *v, const char *role, bool dynamic, tt_reason *why)
{
    if (v == NULL || v->passes)
        return true;
    if (v->kind == TT_VALUE_FLOAT || v->kind == TT_VALUE_OTHER)
        return tt_refuse(why, "%s '%s' is no tensor and no integer", role, v->name);
    if (v->kind != TT_VALUE_TENSOR)
        return true;
    if (tt_dtype_is_complex(v->dtype))
        return tt_refuse(why, "%s '%s' is complex", role, v->name);
    for (size_t d = 0; !dynamic && d < v->rank; d++)
        if (!tt_dim_is_const(v->dims[d]))
            return tt_refuse(why, "%s '%s' has a symbolic dimension, which its converter does not take", role, v->name);
    return true;
}

/* Results are tensors, but of operators that compute with numbers, of item() and of loops; files may say a number for
 * any. */
static bool output_accepted(const tt_value *v, const tt_converter *converter, tt_reason *why)
{
    bool gives_number = converter->convert == tt_convert_nothing || converter->convert == tt_convert_item ||
                        converter->convert == tt_convert_while_loop;
    if (v->kind != TT_VALUE_TENSOR && !gives_number)
        return tt_refuse(why, "output '%s' is no tensor", v->name);
    return value_accepted(v, "output", converter->dynamic, why);
}

/* PyTorch lets a number stand for a tensor where it is the other operand of one. Nowhere else do converters expect it,
 * nor None in a list but among indices; files may have both. */
static bool argument_accepted(const tt_node *n, size_t i, tt_reason *why)
{
    const tt_op_arg *schema = &n->op->args[i];
    const tt_arg *a = &n->args[i];

    if (schema->type == TT_TYPE_TENSOR && a->kind != TT_ARG_VALUE && a->kind != TT_ARG_NONE)
        return strcmp(schema->name, "other") == 0 || strcmp(schema->name, "exponent") == 0 ||
               tt_refuse(why, "argument '%s' is a number", schema->name);
    for (size_t k = 0; schema->type == TT_TYPE_TENSORS && a->kind == TT_ARG_VALUES && k < a->n; k++)
        if (a->values[k] == NULL ? strcmp(schema->name, "indices") != 0 : a->values[k]->kind != TT_VALUE_TENSOR)
            return tt_refuse(why, "item %zu of argument '%s' is no tensor", k, schema->name);
    return true;
}

typedef struct input_walk {
    tt_convert *c;
    bool dynamic, accepted;
    ttrt_status status;
    tt_reason *why;
} input_walk;

static void check_input(void *user, tt_value *v)
{
    input_walk *w = user;
    w->accepted = w->accepted && value_accepted(v, "input", w->dynamic, w->why);
}

static void add_trial_input(void *user, tt_value *v)
{
    input_walk *w = user;
    if (w->status != TTRT_OK || v == NULL || v->weight || v->kind != TT_VALUE_TENSOR ||
        tt_map_has(w->c->tensors, v->name))
        return;
    w->status = add_input(w->c, v);
}

static bool trial_accepted(tt_convert *c, const tt_node *n, const tt_engine_iface *engine, bool truncate_double,
                           tt_reason *why)
{
    input_walk w = {.c = c, .status = TTRT_OK};
    tt_node_each_input(n, add_trial_input, &w);
    if (w.status != TTRT_OK || tt_convert_node(c, n) != TTRT_OK)
        return tt_refuse(why, "%s", ttrt_last_error()->what);
    if (truncate_double && tt_network_truncate_double(c->net) != TTRT_OK)
        return tt_refuse(why, "no memory");
    TT_EACH_LAYER (c->net, l)
        if (!engine->supports(l, why))
            return false;
    for (int i = 0; engine->takes && i < c->net->n_inputs; i++)
        if (!engine->takes(c->net->inputs[i], why))
            return false;
    return true;
}

bool tt_node_accepted(const tt_node *n, tt_reason *why)
{
    const tt_converter *converter = tt_converter_find(n->op);
    if (converter == NULL && strncmp(n->op->name, "higher_order.", sizeof "higher_order." - 1) == 0)
        return tt_refuse(why, "no engine runs operators with sub-graphs other than cond and while_loop");
    if (converter == NULL)
        return tt_refuse(why, "no converter");
    if (n->n_outs == 0)
        return tt_refuse(why, "no outputs");
    if (converter->convert == tt_convert_nothing && opaque_result(n))
        return tt_refuse(why, "rounds what floating-point numbers make of sizes, in another way than one product");
    input_walk w = {.dynamic = converter->dynamic, .accepted = true, .why = why};
    tt_node_each_input(n, check_input, &w);
    for (size_t i = 0; w.accepted && i < n->n_outs; i++)
        w.accepted = output_accepted(n->outs[i], converter, why);
    for (size_t i = 0; w.accepted && i < n->n_args; i++)
        w.accepted = argument_accepted(n, i, why);
    return w.accepted && (!converter->accepts || converter->accepts(n, why));
}

bool tt_node_supported(const tt_graph *g, const tt_node *n, const tt_engine_iface *engine, bool truncate_double,
                       tt_reason *why)
{
    tt_convert c;
    if (!tt_node_accepted(n, why))
        return false;
    bool ok = start(&c, g, "trial") == TTRT_OK
                  ? trial_accepted(&c, n, engine, truncate_double && engine->lacks_f64, why)
                  : tt_refuse(why, "no memory");
    tt_network_free(c.net);
    return ok;
}

/* ---- a segment ---- */

static ttrt_status convert_segment(tt_convert *c, tt_graph *g, int segment, const tt_segment_io *io)
{
    for (size_t i = 0; i < io->n_inputs; i++)
        TT_TRY(add_input(c, io->inputs[i]));
    TT_EACH_NODE (g, n)
        if (segment == TT_SEGMENT_ALL || n->segment == segment)
            TT_TRY(tt_convert_node(c, n));
    for (size_t i = 0; i < io->n_outputs; i++) {
        tt_tensor *t = NULL;
        c->net->label = io->outputs[i]->name;
        c->net->source = NULL;
        TT_TRY(tt_value_tensor(c, io->outputs[i], &t));
        TT_TRY(tt_network_output(c->net, t, io->outputs[i]->name));
    }
    return TTRT_OK;
}

ttrt_status tt_convert_segment(tt_graph *g, int segment, const tt_segment_io *io, const char *name, tt_network **out)
{
    tt_convert c;
    ttrt_status status = start(&c, g, name);
    if (status == TTRT_OK)
        status = convert_segment(&c, g, segment, io);
    if (status != TTRT_OK) {
        tt_network_free(c.net);
        return status;
    }
    /* Layers of unused outputs (means of native_layer_norm, indices of max pooling) are dropped here already. */
    tt_net_remove_dead(c.net);
    c.net->label = NULL;
    c.net->source = NULL;
    *out = c.net;
    return TTRT_OK;
}
