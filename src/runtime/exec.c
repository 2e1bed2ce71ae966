/* From a compiled program's graph to steps over slots: engines opened, every value's place known, every type checked,
 * so that a run has nothing left to look up. */
#include "runtime/runtime.h"

#include <string.h>

typedef struct {
    tt_exec *e;
    tt_graph *g;
    const ttrt_program *p;
    size_t slots_cap, steps_cap, binds_cap, bind_dims_cap;
} maker;

/* While the steps are made, a value's data holds the number of its slot, plus one. */
static uint32_t slot_of(const tt_value *v) { return v && v->data ? (uint32_t)((uintptr_t)v->data - 1) : TT_NO_SLOT; }

static ttrt_status add_slot(maker *m, tt_value *v, uint32_t *out)
{
    tt_exec *e = m->e;

    if (e->n_slots >= TT_NO_SLOT - 1)
        TT_FAIL(TTRT_ERR_FORMAT, "the program has too many values");
    TT_TRY(tt_arena_grow(e->arena, &e->slots, &m->slots_cap, e->n_slots, sizeof *e->slots));
    e->slots[e->n_slots] = (tt_slot){.value = v, .input = TT_NO_SLOT, .output = TT_NO_SLOT};
    *out = (uint32_t)e->n_slots++;
    v->data = (void *)(uintptr_t)(*out + 1);
    return TTRT_OK;
}

/* ---- inputs ---- */

static ttrt_status add_bind(maker *m, uint32_t input, int32_t dim, tt_dim declared)
{
    tt_exec *e = m->e;

    TT_TRY(tt_arena_grow(e->arena, &e->binds, &m->binds_cap, e->n_binds, sizeof *e->binds));
    TT_TRY(tt_arena_grow(e->arena, &e->bind_dims, &m->bind_dims_cap, e->n_binds, sizeof *e->bind_dims));
    e->binds[e->n_binds] = (tt_bind){input, dim};
    e->bind_dims[e->n_binds++] = declared;
    return TTRT_OK;
}

static ttrt_status add_user_input(maker *m, uint32_t i)
{
    tt_value *v = m->g->inputs[m->p->inputs[i].index].value;

    m->e->input_slots[i] = TT_NO_SLOT;
    if (!v)
        return TTRT_OK;
    if (v->kind == TT_VALUE_INT)
        return add_bind(m, i, -1, v->dim);
    if (v->kind != TT_VALUE_TENSOR)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "input '%s' is neither a tensor nor an integer", m->p->inputs[i].name);
    TT_TRY(add_slot(m, v, &m->e->input_slots[i]));
    m->e->slots[m->e->input_slots[i]].input = i;
    for (size_t d = 0; d < v->rank; d++)
        TT_TRY(add_bind(m, i, (int32_t)d, v->dims[d]));
    return TTRT_OK;
}

static ttrt_status add_inputs(maker *m)
{
    uint32_t slot = TT_NO_SLOT;

    m->e->input_slots = tt_arena_array(m->e->arena, m->p->n_inputs, sizeof *m->e->input_slots);
    if (!m->e->input_slots)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < m->p->n_inputs; i++)
        TT_TRY(add_user_input(m, (uint32_t)i));
    for (size_t i = 0; i < m->g->n_inputs; i++) {
        tt_graph_input *in = &m->g->inputs[i];
        if (in->kind == TT_INPUT_USER || !in->value || !in->value->weight)
            continue;
        TT_TRY(add_slot(m, in->value, &slot));
        m->e->slots[slot].weight = in->value->weight;
    }
    return TTRT_OK;
}

/* ---- steps ---- */

static ttrt_status add_step(maker *m, const tt_node *n, tt_exec_kind kind, size_t n_in, size_t n_out,
                            tt_exec_step **out)
{
    tt_exec *e = m->e;

    TT_TRY(tt_arena_grow(e->arena, &e->steps, &m->steps_cap, e->n_steps, sizeof *e->steps));
    tt_exec_step *s = &e->steps[e->n_steps];
    *s = (tt_exec_step){.kind = kind, .name = n->name, .n_in = n_in, .n_out = n_out};
    s->in = tt_arena_array(e->arena, n_in, sizeof *s->in);
    s->out = tt_arena_array(e->arena, n_out, sizeof *s->out);
    if (!s->in || !s->out)
        return TTRT_ERR_MEMORY;
    e->n_steps++;
    *out = s;
    return TTRT_OK;
}

ttrt_status tt_open_node_engine(const tt_node *n, tt_engine **out)
{
    const tt_value *constant = tt_arg_value(n, 1);
    const tt_weight *w = constant ? constant->weight : NULL;

    if (!w || !w->data || w->dtype != TTRT_DTYPE_UINT8 || w->rank != 1 || (w->dims[0] > 1 && w->strides[0] != 1)) {
        tt_fail(TTRT_ERR_FORMAT, "the engine is no one-dimensional uint8 constant");
        return tt_fail_where("node '%s'", n->name);
    }
    ttrt_status status = tt_engine_open(w->data + w->storage_offset, (size_t)w->dims[0], w->owner, false, out);
    return status == TTRT_OK ? status : tt_fail_where("engine '%s' of node '%s'", w->fqn, n->name);
}

static bool type_fits(const tt_tensor *t, const tt_value *v)
{
    return v->kind == TT_VALUE_TENSOR && t->dtype == v->dtype && (size_t)t->rank == v->rank;
}

/* The constant's engine and the node that calls it come from different places of a file: neither is believed. */
static ttrt_status check_engine(const tt_node *n, tt_engine *engine)
{
    tt_engine_info info;
    size_t n_in = tt_arg_count(n, 0);

    tt_engine_get_info(engine, &info);
    if ((size_t)info.n_inputs != n_in || (size_t)info.n_outputs != n->n_outs)
        TT_FAIL(TTRT_ERR_FORMAT,
                "node '%s' gives its engine %zu inputs and takes %zu outputs; the engine has %d and %d", n->name, n_in,
                n->n_outs, info.n_inputs, info.n_outputs);
    for (size_t i = 0; i < n_in; i++) {
        const tt_value *v = tt_arg_value_at(n, 0, i);
        if (!v || !type_fits(info.inputs[i], v))
            TT_FAIL(TTRT_ERR_FORMAT, "node '%s': input %zu is not what its engine takes, %s of rank %d", n->name, i,
                    ttrt_dtype_name(info.inputs[i]->dtype), info.inputs[i]->rank);
    }
    for (size_t i = 0; i < n->n_outs; i++)
        if (!type_fits(info.outputs[i], n->outs[i]))
            TT_FAIL(TTRT_ERR_FORMAT, "node '%s': output %zu is not what its engine makes, %s of rank %d", n->name, i,
                    ttrt_dtype_name(info.outputs[i]->dtype), info.outputs[i]->rank);
    return TTRT_OK;
}

static ttrt_status add_engine_step(maker *m, const tt_node *n)
{
    tt_exec_step *s;

    TT_TRY(add_step(m, n, TT_EXEC_ENGINE, tt_arg_count(n, 0), n->n_outs, &s));
    TT_TRY(tt_open_node_engine(n, &s->engine));
    TT_TRY(check_engine(n, s->engine));
    if (tt_engine_kind(s->engine)->device_type == TTRT_DEVICE_CUDA)
        m->e->device_type = TTRT_DEVICE_CUDA;
    for (size_t i = 0; i < s->n_in; i++) {
        s->in[i] = slot_of(tt_arg_value_at(n, 0, i));
        if (s->in[i] == TT_NO_SLOT)
            TT_FAIL(TTRT_ERR_FORMAT, "node '%s': input %zu is used before it is made", n->name, i);
    }
    for (size_t i = 0; i < s->n_out; i++)
        TT_TRY(add_slot(m, n->outs[i], &s->out[i]));
    return TTRT_OK;
}

static ttrt_status add_scalar_step(maker *m, const tt_node *n)
{
    const tt_value *v = n->outs[0];
    tt_exec_step *s;

    if (n->n_args < 1 || n->args[0].kind != TT_ARG_INT || v->dtype != TTRT_DTYPE_INT64 || v->rank != 0)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "node '%s': aten.scalar_tensor of anything but an integer as int64", n->name);
    TT_TRY(add_step(m, n, TT_EXEC_SCALAR, 0, 1, &s));
    s->dim = n->args[0].dim;
    return add_slot(m, n->outs[0], &s->out[0]);
}

static ttrt_status add_item_step(maker *m, const tt_node *n)
{
    const tt_value *v = tt_arg_value(n, 0);
    tt_exec_step *s;

    if (slot_of(v) == TT_NO_SLOT || v->dtype != TTRT_DTYPE_INT64 || v->rank != 0 || n->outs[0]->kind != TT_VALUE_INT ||
        !tt_dim_is_symbol(n->outs[0]->dim, NULL))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "node '%s': aten.item of anything but a 0-d int64 tensor", n->name);
    TT_TRY(add_step(m, n, TT_EXEC_ITEM, 1, 0, &s));
    s->in[0] = slot_of(v);
    s->dim = n->outs[0]->dim;
    return TTRT_OK;
}

static bool same_type(const tt_value *a, const tt_value *b)
{
    if (a->dtype != b->dtype || a->rank != b->rank)
        return false;
    for (size_t d = 0; d < a->rank; d++)
        if (!tt_dim_equal(a->dims[d], b->dims[d]))
            return false;
    return true;
}

/* Another name for a tensor. */
static ttrt_status add_alias(maker *m, const tt_node *n)
{
    const tt_value *v = tt_arg_value(n, 0);

    if (slot_of(v) == TT_NO_SLOT || n->outs[0]->kind != TT_VALUE_TENSOR || !same_type(v, n->outs[0]))
        TT_FAIL(TTRT_ERR_FORMAT, "node '%s' is no alias of what it takes", n->name);
    n->outs[0]->data = v->data;
    return TTRT_OK;
}

/* Integers are expressions over the inputs' dimensions: what computes them, or asserts about them, does not run. */
static bool is_bookkeeping(const tt_node *n)
{
    for (size_t i = 0; i < n->n_outs; i++)
        if (n->outs[i]->kind != TT_VALUE_INT && n->outs[i]->kind != TT_VALUE_BOOL && n->outs[i]->kind != TT_VALUE_NONE)
            return false;
    return n->n_outs > 0 || n->op->id == TT_OP_aten__assert_scalar_default ||
           n->op->id == TT_OP_aten_sym_constrain_range_default ||
           n->op->id == TT_OP_aten_sym_constrain_range_for_size_default ||
           n->op->id == TT_OP_aten__assert_tensor_metadata_default;
}

typedef enum { NODE_ENGINE, NODE_SCALAR, NODE_ITEM, NODE_ALIAS, NODE_NOTHING, NODE_FOREIGN } node_class;

static node_class classify(const tt_node *n)
{
    switch (n->op->id) {
    case TT_OP_tensorrt_execute_engine_default:
        return NODE_ENGINE;
    case TT_OP_aten_scalar_tensor_default:
        return NODE_SCALAR;
    case TT_OP_aten_item_default:
        return NODE_ITEM;
    case TT_OP_aten_alias_default:
        return NODE_ALIAS;
    default:
        return is_bookkeeping(n) ? NODE_NOTHING : NODE_FOREIGN;
    }
}

bool tt_exec_takes(const tt_node *n) { return classify(n) != NODE_FOREIGN; }

/* One line of the operators that need PyTorch, each with its count. */
static ttrt_status refuse_foreign(maker *m)
{
    tt_map *counts = tt_map_new(m->e->arena);
    tt_str list = {0};

    if (!counts)
        return TTRT_ERR_MEMORY;
    TT_EACH_NODE (m->g, n)
        if (classify(n) == NODE_FOREIGN)
            TT_TRY(tt_map_put(counts, n->op->name, (void *)((uintptr_t)tt_map_get(counts, n->op->name) + 1)));
    TT_EACH_NODE (m->g, n) {
        uintptr_t count = (uintptr_t)tt_map_get(counts, n->op->name);
        if (classify(n) != NODE_FOREIGN || !count)
            continue;
        tt_str_addf(&list, "%s%s", list.len ? ", " : "", n->op->name);
        if (count > 1)
            tt_str_addf(&list, " x%zu", (size_t)count);
        tt_map_put(counts, n->op->name, NULL);
    }
    if (list.len) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "parts of the program are left to PyTorch: %s", tt_str_text(&list));
        tt_fail_hint("run it in PyTorch, or compile the exported program as a whole");
    }
    bool any = list.len > 0;
    tt_str_dispose(&list);
    return any ? TTRT_ERR_UNSUPPORTED : TTRT_OK;
}

static ttrt_status add_steps(maker *m)
{
    TT_TRY(refuse_foreign(m));
    TT_EACH_NODE (m->g, n) {
        node_class c = classify(n);
        if (c == NODE_ENGINE)
            TT_TRY(add_engine_step(m, n));
        else if (c == NODE_SCALAR)
            TT_TRY(add_scalar_step(m, n));
        else if (c == NODE_ITEM)
            TT_TRY(add_item_step(m, n));
        else if (c == NODE_ALIAS)
            TT_TRY(add_alias(m, n));
    }
    return TTRT_OK;
}

/* ---- outputs ---- */

static void add_result(maker *m, uint32_t i)
{
    const tt_arg *a = &m->g->outputs[m->p->outputs[i].index].arg;
    tt_result *r = &m->e->results[i];

    *r = (tt_result){.kind = TT_RESULT_NOTHING, .slot = TT_NO_SLOT};
    if (a->kind == TT_ARG_INT || (a->kind == TT_ARG_VALUE && a->value->kind == TT_VALUE_INT)) {
        r->kind = TT_RESULT_INT;
        r->dim = a->kind == TT_ARG_INT ? a->dim : a->value->dim;
    } else if (a->kind == TT_ARG_BOOL || (a->kind == TT_ARG_VALUE && a->value->kind == TT_VALUE_BOOL)) {
        r->kind = TT_RESULT_BOOL;
        r->dim = a->kind == TT_ARG_BOOL ? tt_dim_const(a->b) : a->value->dim;
    } else if (a->kind == TT_ARG_FLOAT) {
        r->kind = TT_RESULT_FLOAT;
        r->number = a->f;
    } else if (a->kind == TT_ARG_VALUE && slot_of(a->value) != TT_NO_SLOT) {
        r->kind = TT_RESULT_TENSOR;
        r->slot = slot_of(a->value);
        r->first = m->e->slots[r->slot].output == TT_NO_SLOT;
        if (r->first)
            m->e->slots[r->slot].output = i;
    }
}

static ttrt_status add_results(maker *m)
{
    m->e->results = tt_arena_array(m->e->arena, m->p->n_outputs, sizeof *m->e->results);
    if (!m->e->results)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < m->p->n_outputs; i++) {
        const tt_arg *a = &m->g->outputs[m->p->outputs[i].index].arg;
        add_result(m, (uint32_t)i);
        if (m->e->results[i].kind != TT_RESULT_NOTHING || a->kind != TT_ARG_VALUE)
            continue;
        if (a->value->kind == TT_VALUE_TENSOR)
            TT_FAIL(TTRT_ERR_FORMAT, "output '%s' is made by nothing", a->value->name);
        if (a->value->kind == TT_VALUE_FLOAT)
            TT_FAIL(TTRT_ERR_UNSUPPORTED, "output '%s' is a float that the program computes: only PyTorch can",
                    a->value->name);
    }
    return TTRT_OK;
}

/* The slot that a mutation writes: a buffer or parameter by its fqn, a user's input by its name. */
static uint32_t mutation_target(const maker *m, const tt_graph_output *o)
{
    for (size_t i = 0; i < m->g->n_inputs && o->target; i++) {
        const tt_graph_input *in = &m->g->inputs[i];
        const char *name = o->kind == TT_OUTPUT_INPUT_MUTATION ? in->name : in->target;
        bool is_user = in->kind == TT_INPUT_USER;
        if (in->value && name && is_user == (o->kind == TT_OUTPUT_INPUT_MUTATION) && !strcmp(name, o->target))
            return slot_of(in->value);
    }
    return TT_NO_SLOT;
}

static ttrt_status add_write_backs(maker *m)
{
    tt_exec *e = m->e;

    e->backs = tt_arena_array(e->arena, m->g->n_outputs, sizeof *e->backs);
    if (!e->backs)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < m->g->n_outputs; i++) {
        const tt_graph_output *o = &m->g->outputs[i];
        if (o->kind == TT_OUTPUT_USER)
            continue;
        uint32_t to = mutation_target(m, o), from = o->arg.kind == TT_ARG_VALUE ? slot_of(o->arg.value) : TT_NO_SLOT;
        if (to == TT_NO_SLOT || from == TT_NO_SLOT || !same_type(e->slots[to].value, e->slots[from].value))
            TT_FAIL(TTRT_ERR_FORMAT, "the mutation of '%s' does not fit what it writes", o->target ? o->target : "?");
        if (e->slots[to].weight)
            e->slots[to].mutated = true;
        if (from != to)
            e->backs[e->n_backs++] = (tt_write_back){from, to};
    }
    return TTRT_OK;
}

ttrt_status tt_exec_new(const ttrt_program *program, tt_exec **out)
{
    tt_exec *e = tt_calloc(1, sizeof *e);
    maker m = {.e = e, .g = program->graph, .p = program};
    ttrt_status status = TTRT_ERR_MEMORY;

    if (!e)
        return TTRT_ERR_MEMORY;
    e->arena = tt_arena_new();
    e->program = program;
    if (!e->arena)
        goto done;
    tt_graph_clear_data(program->graph);
    TT_TRY_DONE(add_inputs(&m));
    TT_TRY_DONE(add_steps(&m));
    TT_TRY_DONE(add_results(&m));
    TT_TRY_DONE(add_write_backs(&m));
    *out = e;
    e = NULL;
done:
    tt_graph_clear_data(program->graph);
    tt_exec_free(e);
    return status;
}

void tt_exec_free(tt_exec *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n_steps; i++)
        tt_engine_unref(e->steps[i].engine);
    tt_arena_free(e->arena);
    tt_free(e);
}
