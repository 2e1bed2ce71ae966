/* Building and changing graphs. */
#include "graph/graph.h"

#include <stdio.h>
#include <string.h>

/* What only this file sees of a graph. */
typedef struct graph_room {
    tt_graph graph;    /* first */
    tt_map *names;     /* of values and nodes */
    tt_mapping **held; /* of the outermost graph */
    size_t n_held, cap_held, cap_inputs, cap_outputs;
} graph_room;

static graph_room *room_of(tt_graph *g) { return (graph_room *)(void *)g; }

static tt_graph *new_room(tt_arena *arena, tt_dims *dims)
{
    graph_room *room = tt_arena_alloc(arena, sizeof *room);
    if (room == NULL || (room->names = tt_map_new(arena)) == NULL)
        return NULL;
    room->graph.arena = arena;
    room->graph.dims = dims;
    return &room->graph;
}

tt_graph *tt_graph_new(tt_dims *dims)
{
    dims = dims ? tt_dims_ref(dims) : tt_dims_new();
    tt_arena *arena = dims ? tt_arena_new() : NULL;
    tt_graph *g = arena ? new_room(arena, dims) : NULL;
    if (g == NULL) {
        tt_arena_free(arena);
        tt_dims_unref(dims);
    }
    return g;
}

tt_graph *tt_graph_new_sub(tt_graph *parent, const char *name)
{
    tt_graph *g = new_room(parent->arena, parent->dims);
    if (g == NULL || (g->name = tt_arena_strdup(parent->arena, name)) == NULL)
        return NULL;
    g->parent = parent;
    return g;
}

void tt_graph_free(tt_graph *g)
{
    if (g == NULL)
        return;
    graph_room *room = room_of(g);
    for (size_t i = 0; i < room->n_held; i++)
        tt_mapping_unref(room->held[i]);
    tt_dims_unref(g->dims);
    tt_arena_free(g->arena);
}

ttrt_status tt_graph_hold(tt_graph *g, tt_mapping *m)
{
    while (g->parent != NULL)
        g = g->parent;
    graph_room *room = room_of(g);
    for (size_t i = 0; i < room->n_held; i++)
        if (room->held[i] == m)
            return TTRT_OK;
    TT_TRY(tt_arena_grow(g->arena, &room->held, &room->cap_held, room->n_held, sizeof *room->held));
    room->held[room->n_held++] = tt_mapping_ref(m);
    return TTRT_OK;
}

void tt_graph_release_pages(tt_graph *g)
{
    const graph_room *room = room_of(g);

    for (size_t i = 0; i < room->n_held; i++)
        tt_mapping_release_pages(room->held[i], 0, tt_mapping_size(room->held[i]));
}

const char *tt_graph_fresh_name(tt_graph *g, const char *base)
{
    tt_map *names = room_of(g)->names;
    size_t size = strlen(base) + 24;
    char *name = tt_arena_alloc(g->arena, size);
    if (name == NULL)
        return NULL;
    snprintf(name, size, "%s", base);
    for (size_t i = 1; tt_map_has(names, name); i++)
        snprintf(name, size, "%s_%zu", base, i);
    return name;
}

/* The graph's copy of a name, which is taken from now on. */
static const char *take_name(tt_graph *g, const char *name)
{
    char *copy = tt_arena_strdup(g->arena, name);
    return copy == NULL || tt_map_put(room_of(g)->names, name, copy) ? NULL : copy;
}

tt_value *tt_graph_value(tt_graph *g, const char *name, tt_value_kind kind)
{
    tt_value *v = tt_arena_alloc(g->arena, sizeof *v);
    if (v == NULL || (v->name = take_name(g, name)) == NULL)
        return NULL;
    v->kind = kind;
    v->dtype = TT_DTYPE_NONE;
    return v;
}

tt_value *tt_value_like(tt_graph *g, const tt_value *v, const char *name)
{
    const char *fresh = tt_graph_fresh_name(g, name);
    tt_value *copy = fresh ? tt_graph_value(g, fresh, v->kind) : NULL;
    if (copy == NULL)
        return NULL;
    copy->dtype = v->dtype;
    copy->rank = v->rank;
    copy->dims = v->dims;
    copy->strides = v->strides;
    copy->device = v->device;
    copy->dim = v->dim;
    return copy;
}

ttrt_status tt_value_rename(tt_graph *g, tt_value *v, const char *name)
{
    const char *taken = take_name(g, name);
    if (taken == NULL)
        return TTRT_ERR_MEMORY;
    v->name = taken;
    return TTRT_OK;
}

ttrt_status tt_graph_add_input(tt_graph *g, tt_graph_input input)
{
    TT_TRY(tt_arena_grow(g->arena, &g->inputs, &room_of(g)->cap_inputs, g->n_inputs, sizeof *g->inputs));
    g->inputs[g->n_inputs++] = input;
    return TTRT_OK;
}

ttrt_status tt_graph_add_output(tt_graph *g, tt_graph_output output)
{
    TT_TRY(tt_arena_grow(g->arena, &g->outputs, &room_of(g)->cap_outputs, g->n_outputs, sizeof *g->outputs));
    g->outputs[g->n_outputs++] = output;
    return TTRT_OK;
}

tt_node *tt_node_new(tt_graph *g, const tt_op *op, const char *name, size_t n_outs)
{
    tt_node *n = tt_arena_alloc(g->arena, sizeof *n);
    if (n == NULL)
        return NULL;
    n->op = op;
    n->name = take_name(g, name);
    n->n_args = op->n_args;
    n->args = tt_arena_array(g->arena, op->n_args + 1, sizeof *n->args);
    n->n_outs = n_outs;
    n->outs = tt_arena_array(g->arena, n_outs + 1, sizeof *n->outs);
    n->outs_are_list = op->returns_list;
    n->graph = g;
    n->segment = -1;
    return n->name && n->args && n->outs ? n : NULL;
}

void tt_node_insert(tt_graph *g, tt_node *n, tt_node *before)
{
    n->next = before;
    n->prev = before ? before->prev : g->last;
    *(n->prev ? &n->prev->next : &g->first) = n;
    *(before ? &before->prev : &g->last) = n;
    n->graph = g;
    g->n_nodes++;
    for (size_t i = 0; i < n->n_outs; i++) {
        n->outs[i]->def = n;
        n->outs[i]->out_index = i;
    }
}

void tt_node_remove(tt_graph *g, tt_node *n)
{
    *(n->prev ? &n->prev->next : &g->first) = n->next;
    *(n->next ? &n->next->prev : &g->last) = n->prev;
    n->prev = n->next = NULL;
    g->n_nodes--;
}

/* ---- uses ---- */

static size_t arg_uses(const tt_arg *a, const tt_value *v)
{
    size_t n = 0;
    if (a->kind == TT_ARG_VALUE)
        return a->value == v;
    for (size_t i = 0; a->kind == TT_ARG_VALUES && i < a->n; i++)
        n += a->values[i] == v;
    return n;
}

static void arg_replace(tt_arg *a, const tt_value *from, tt_value *to)
{
    if (a->kind == TT_ARG_VALUE && a->value == from)
        a->value = to;
    for (size_t i = 0; a->kind == TT_ARG_VALUES && i < a->n; i++)
        if (a->values[i] == from)
            a->values[i] = to;
}

size_t tt_value_uses(const tt_graph *g, const tt_value *v)
{
    size_t n = 0;
    for (const tt_node *node = g->first; node; node = node->next)
        for (size_t i = 0; i < node->n_args; i++)
            n += arg_uses(&node->args[i], v);
    for (size_t i = 0; i < g->n_outputs; i++)
        n += arg_uses(&g->outputs[i].arg, v);
    return n;
}

bool tt_value_is_output(const tt_graph *g, const tt_value *v)
{
    for (size_t i = 0; i < g->n_outputs; i++)
        if (arg_uses(&g->outputs[i].arg, v))
            return true;
    return false;
}

bool tt_value_is_input(const tt_value *v) { return v->def == NULL; }

void tt_value_replace(tt_graph *g, tt_value *from, tt_value *to)
{
    for (tt_node *node = g->first; node; node = node->next)
        for (size_t i = 0; i < node->n_args; i++)
            arg_replace(&node->args[i], from, to);
    for (size_t i = 0; i < g->n_outputs; i++)
        arg_replace(&g->outputs[i].arg, from, to);
}

void tt_node_each_input(const tt_node *n, void (*fn)(void *user, tt_value *v), void *user)
{
    for (size_t i = 0; i < n->n_args; i++) {
        const tt_arg *a = &n->args[i];
        if (a->kind == TT_ARG_VALUE)
            fn(user, a->value);
        for (size_t k = 0; a->kind == TT_ARG_VALUES && k < a->n; k++)
            if (a->values[k] != NULL)
                fn(user, a->values[k]);
    }
}

void tt_graph_clear_data(tt_graph *g)
{
    for (size_t i = 0; i < g->n_inputs; i++)
        if (g->inputs[i].value != NULL)
            g->inputs[i].value->data = NULL;
    for (tt_node *n = g->first; n; n = n->next) {
        n->data = NULL;
        for (size_t i = 0; i < n->n_outs; i++)
            n->outs[i]->data = NULL;
        for (size_t i = 0; i < n->n_args; i++)
            if (n->args[i].kind == TT_ARG_GRAPH)
                tt_graph_clear_data(n->args[i].graph);
    }
}

/* ---- arguments ---- */

tt_value *tt_arg_value(const tt_node *n, size_t i)
{
    return i < n->n_args && n->args[i].kind == TT_ARG_VALUE ? n->args[i].value : NULL;
}

tt_dim tt_arg_dim(const tt_node *n, size_t i, int64_t fallback)
{
    if (i < n->n_args && n->args[i].kind == TT_ARG_INT)
        return n->args[i].dim;
    return tt_dim_const(tt_arg_int(n, i, fallback));
}

/* The argument of that index as a number; NULL where it is none that is known now. */
static const tt_arg *known_number(const tt_node *n, size_t i)
{
    tt_arg *a = i < n->n_args ? &n->args[i] : NULL;
    if (a && (a->kind == TT_ARG_VALUE || (a->kind == TT_ARG_INT && !tt_dim_is_const(a->dim)))) {
        a->misread = true;
        return NULL;
    }
    return a;
}

int64_t tt_arg_int(const tt_node *n, size_t i, int64_t fallback)
{
    const tt_arg *a = known_number(n, i);
    if (a && a->kind == TT_ARG_INT)
        return a->dim.value;
    if (a && a->kind == TT_ARG_BOOL)
        return a->b;
    if (a && a->kind == TT_ARG_FLOAT && a->f >= -0x1p63 && a->f < 0x1p63 && a->f == (double)(int64_t)a->f)
        return (int64_t)a->f;
    return fallback;
}

double tt_arg_float(const tt_node *n, size_t i, double fallback)
{
    const tt_arg *a = known_number(n, i);
    if (a && a->kind == TT_ARG_FLOAT)
        return a->f;
    if (a && a->kind == TT_ARG_INT)
        return (double)a->dim.value;
    return a && a->kind == TT_ARG_BOOL ? (double)a->b : fallback;
}

bool tt_arg_bool(const tt_node *n, size_t i, bool fallback)
{
    const tt_arg *a = known_number(n, i);
    if (a && a->kind == TT_ARG_INT)
        return a->dim.value != 0;
    return a && a->kind == TT_ARG_BOOL ? a->b : fallback;
}

const char *tt_arg_string(const tt_node *n, size_t i, const char *fallback)
{
    if (i < n->n_args && (n->args[i].kind == TT_ARG_STRING || n->args[i].kind == TT_ARG_DEVICE))
        return n->args[i].string;
    return fallback;
}

static bool is_list(const tt_arg *a)
{
    return a->kind == TT_ARG_VALUES || a->kind == TT_ARG_INTS || a->kind == TT_ARG_FLOATS || a->kind == TT_ARG_BOOLS ||
           a->kind == TT_ARG_STRINGS;
}

size_t tt_arg_count(const tt_node *n, size_t i)
{
    if (tt_arg_is_none(n, i))
        return 0;
    return is_list(&n->args[i]) ? n->args[i].n : 1;
}

tt_dim tt_arg_dim_at(const tt_node *n, size_t i, size_t item)
{
    if (i < n->n_args && n->args[i].kind == TT_ARG_INTS)
        return item < n->args[i].n ? n->args[i].dims[item] : tt_dim_const(0);
    return tt_arg_dim(n, i, 0);
}

tt_value *tt_arg_value_at(const tt_node *n, size_t i, size_t item)
{
    if (i < n->n_args && n->args[i].kind == TT_ARG_VALUES)
        return item < n->args[i].n ? n->args[i].values[item] : NULL;
    return item == 0 ? tt_arg_value(n, i) : NULL;
}

bool tt_graph_is_written(const tt_graph *g, const tt_graph_input *in)
{
    for (size_t i = 0; in->target && i < g->n_outputs; i++) {
        const tt_graph_output *o = &g->outputs[i];
        if ((o->kind == TT_OUTPUT_BUFFER_MUTATION || o->kind == TT_OUTPUT_PARAM_MUTATION) && o->target &&
            !strcmp(o->target, in->target))
            return true;
    }
    return false;
}
