/* The network as a data structure: building, changing, numbering. */
#include "network/network.h"

#include <string.h>

tt_network *tt_network_new(const char *name, tt_dims *dims)
{
    tt_arena *arena = tt_arena_new();
    tt_network *net = arena ? tt_arena_alloc(arena, sizeof *net) : NULL;

    if (!net) {
        tt_arena_free(arena);
        return NULL;
    }
    net->arena = arena;
    net->name = tt_arena_strdup(arena, name ? name : "");
    net->dims = dims ? tt_dims_ref(dims) : tt_dims_new();
    if (net->name && net->dims)
        return net;
    tt_network_free(net);
    return NULL;
}

tt_network *tt_network_new_sub(tt_network *parent, const char *name)
{
    tt_network *net = tt_arena_alloc(parent->arena, sizeof *net);

    if (!net)
        return NULL;
    net->arena = parent->arena;
    net->dims = parent->dims;
    net->parent = parent;
    net->name = tt_arena_strdup(net->arena, name);
    return net->name ? net : NULL;
}

void tt_network_free(tt_network *net)
{
    if (!net)
        return;
    for (int i = 0; i < net->n_owners; i++)
        tt_mapping_unref(net->owners[i]);
    if (net->dims)
        tt_dims_unref(net->dims);
    tt_arena_free(net->arena);
}

static tt_tensor *add_input(tt_network *net, const char *name, tt_dtype dtype, int rank, const tt_dim *dims)
{
    tt_tensor *t = tt_arena_alloc(net->arena, sizeof *t);

    if (!t || tt_arena_grow(net->arena, &net->inputs, &net->cap_inputs, (size_t)net->n_inputs, sizeof *net->inputs))
        return NULL;
    *t = (tt_tensor){.dtype = dtype, .rank = rank, .out_index = net->n_inputs};
    t->name = tt_arena_strdup(net->arena, name ? name : "");
    t->dims = tt_arena_copy(net->arena, dims, (size_t)rank * sizeof *dims);
    if (!t->name || !t->dims)
        return NULL;
    net->inputs[net->n_inputs++] = t;
    return t;
}

tt_tensor *tt_network_input(tt_network *net, const char *name, tt_dtype dtype, int rank, const tt_dim *dims)
{
    if (rank < 0 || rank > TT_MAX_RANK_NET || !tt_dtype_is_known((int)dtype)) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "network input '%s': rank %d, dtype number %d", name ? name : "", rank,
                (int)dtype);
        return NULL;
    }
    return add_input(net, name, dtype, rank, dims);
}

tt_tensor *tt_network_dim_input(tt_network *net, const char *name, tt_dim symbol)
{
    tt_tensor *t = add_input(net, name, TTRT_DTYPE_INT64, 0, NULL);

    if (t) {
        t->is_dim = true;
        t->value = symbol;
    }
    return t;
}

ttrt_status tt_network_output(tt_network *net, tt_tensor *t, const char *name)
{
    size_t n = (size_t)net->n_outputs;
    char *copy = NULL;

    TT_TRY(tt_arena_grow(net->arena, &net->outputs, &net->cap_outputs, n, sizeof *net->outputs));
    TT_TRY(tt_arena_grow(net->arena, &net->output_names, &net->cap_output_names, n, sizeof *net->output_names));
    if (name && !(copy = tt_arena_strdup(net->arena, name)))
        return TTRT_ERR_MEMORY;
    net->outputs[n] = t;
    net->output_names[n] = copy;
    net->n_outputs++;
    return TTRT_OK;
}

ttrt_status tt_network_own(tt_network *net, tt_mapping *m)
{
    while (net->parent)
        net = net->parent;
    for (int i = 0; i < net->n_owners; i++)
        if (net->owners[i] == m)
            return TTRT_OK;
    TT_TRY(tt_arena_grow(net->arena, &net->owners, &net->cap_owners, (size_t)net->n_owners, sizeof *net->owners));
    net->owners[net->n_owners++] = tt_mapping_ref(m);
    return TTRT_OK;
}

int tt_network_number(const tt_network *net)
{
    int n = 0;

    for (int i = 0; i < net->n_inputs; i++)
        net->inputs[i]->id = n++;
    TT_EACH_LAYER (net, l)
        for (int i = 0; i < l->n_out; i++)
            l->out[i]->id = n++;
    return n;
}

/* ---- adding ---- */

static const size_t attr_size[] = {
    [TT_ATTR_i64] = sizeof(tt_attr_i64),         [TT_ATTR_f64] = sizeof(tt_attr_f64),
    [TT_ATTR_bool] = sizeof(tt_attr_bool),       [TT_ATTR_dtype] = sizeof(tt_attr_dtype),
    [TT_ATTR_dim] = sizeof(tt_attr_dim),         [TT_ATTR_ints] = sizeof(tt_attr_ints),
    [TT_ATTR_dims] = sizeof(tt_attr_dims),       [TT_ATTR_floats] = sizeof(tt_attr_floats),
    [TT_ATTR_weights] = sizeof(tt_attr_weights), [TT_ATTR_str] = sizeof(tt_attr_str),
    [TT_ATTR_network] = sizeof(tt_attr_network), [TT_ATTR_enum] = sizeof(tt_attr_i64),
};

static ttrt_status copy_string(tt_arena *arena, const char **s)
{
    if (*s && !(*s = tt_arena_strdup(arena, *s)))
        return TTRT_ERR_MEMORY;
    return TTRT_OK;
}

void tt_layer_each_dim(const tt_layer *l, void (*visit)(void *user, tt_dim d), void *user)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    for (int i = 0; i < info->n_attrs; i++) {
        const void *field = (const char *)&l->attrs + info->attrs[i].offset;
        const tt_attr_dims *list = field;
        if (info->attrs[i].type == TT_ATTR_dim)
            visit(user, *(const tt_attr_dim *)field);
        for (int k = 0; info->attrs[i].type == TT_ATTR_dims && k < list->n; k++)
            visit(user, list->v[k]);
    }
}

static void note_symbolic(void *user, tt_dim d)
{
    bool *found = user;
    *found = *found || !tt_dim_is_const(d);
}

bool tt_layer_is_symbolic(const tt_layer *l)
{
    bool found = false;
    tt_layer_each_dim(l, note_symbolic, &found);
    return found;
}

/* A list attribute is { int n; const T *v; }. */
#define COPY_LIST(type)                                                                                                \
    do {                                                                                                               \
        type *list = field;                                                                                            \
        if (list->n < 0 || list->n > TT_MAX_RANK_NET)                                                                  \
            return tt_fail(TTRT_ERR_UNSUPPORTED, "%s has %d items, at most %d", info->name, list->n, TT_MAX_RANK_NET); \
        list->v = tt_arena_copy(arena, list->v, (size_t)list->n * sizeof *list->v);                                    \
        return list->v ? TTRT_OK : TTRT_ERR_MEMORY;                                                                    \
    } while (0)

/* Moves what an attribute points at into the arena; the bytes of weights stay where they are. */
static ttrt_status own_attr(tt_arena *arena, const tt_attr_info *info, void *field)
{
    switch (info->type) {
    case TT_ATTR_ints:
        COPY_LIST(tt_attr_ints);
    case TT_ATTR_dims:
        COPY_LIST(tt_attr_dims);
    case TT_ATTR_floats:
        COPY_LIST(tt_attr_floats);
    case TT_ATTR_str:
        return copy_string(arena, field);
    case TT_ATTR_weights: {
        tt_net_weights *w = field;
        TT_TRY(copy_string(arena, &w->format));
        return copy_string(arena, &w->name);
    }
    case TT_ATTR_i64:
    case TT_ATTR_f64:
    case TT_ATTR_bool:
    case TT_ATTR_dtype:
    case TT_ATTR_dim:
    case TT_ATTR_network:
    case TT_ATTR_enum:
        break;
    }
    return TTRT_OK;
}

static ttrt_status copy_attrs(tt_arena *arena, const tt_layer_info *info, tt_attrs *to, const void *from)
{
    for (int i = 0; i < info->n_attrs; i++) {
        const tt_attr_info *a = &info->attrs[i];
        char *field = (char *)to + a->offset;
        memcpy(field, (const char *)from + a->offset, attr_size[a->type]);
        TT_TRY(own_attr(arena, a, field));
    }
    return TTRT_OK;
}

void tt_net_link(tt_network *net, tt_layer *l, tt_layer *before)
{
    l->next = before;
    l->prev = before ? before->prev : net->last;
    *(l->prev ? &l->prev->next : &net->first) = l;
    *(before ? &before->prev : &net->last) = l;
    net->n_layers++;
}

ttrt_status tt_net_add_before(tt_network *net, tt_layer *before, tt_layer_kind kind, const void *attrs,
                              tt_tensor *const *in, int n_in, tt_tensor **out)
{
    const tt_layer_info *info = tt_layer_info_of(kind);

    TT_INVARIANT(info && (attrs || info->n_attrs == 0));
    if (n_in < info->min_in || (info->max_in >= 0 && n_in > info->max_in))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: %d inputs", info->name, n_in);
    for (int i = 0; i < n_in; i++)
        TT_INVARIANT(in[i]);

    tt_layer *l = tt_arena_alloc(net->arena, sizeof *l);
    if (!l)
        return TTRT_ERR_MEMORY;
    l->kind = kind;
    l->n_in = n_in;
    l->in = tt_arena_copy(net->arena, in, (size_t)n_in * sizeof *in);
    l->name = net->label;
    l->source = net->source;
    if (!l->in)
        return TTRT_ERR_MEMORY;
    TT_TRY(copy_string(net->arena, &l->name));
    TT_TRY(copy_string(net->arena, &l->source));
    TT_TRY(copy_attrs(net->arena, info, &l->attrs, attrs));
    TT_TRY(tt_layer_infer(net, l));
    tt_net_link(net, l, before);
    memcpy(out, l->out, (size_t)l->n_out * sizeof *out);
    return TTRT_OK;
}

ttrt_status tt_net_add(tt_network *net, tt_layer_kind kind, const void *attrs, tt_tensor *const *in, int n_in,
                       tt_tensor **out)
{
    return tt_net_add_before(net, net->before, kind, attrs, in, n_in, out);
}

/* ---- changing ---- */

void tt_net_remove(tt_network *net, tt_layer *l)
{
    *(l->prev ? &l->prev->next : &net->first) = l->next;
    *(l->next ? &l->next->prev : &net->last) = l->prev;
    net->n_layers--;
}

void tt_net_replace(tt_network *net, tt_tensor *from, tt_tensor *to)
{
    TT_EACH_LAYER (net, l)
        for (int i = 0; i < l->n_in; i++)
            if (l->in[i] == from)
                l->in[i] = to;
    for (int i = 0; i < net->n_outputs; i++)
        if (net->outputs[i] == from)
            net->outputs[i] = to;
}

int tt_net_uses(const tt_network *net, const tt_tensor *t)
{
    int uses = 0;

    TT_EACH_LAYER (net, l)
        for (int i = 0; i < l->n_in; i++)
            uses += l->in[i] == t;
    for (int i = 0; i < net->n_outputs; i++)
        uses += net->outputs[i] == t;
    return uses;
}

/* What a layer does beside its output: an error, or the value of a symbol that dimensions elsewhere depend on. */
static bool has_effect(const tt_layer *l) { return l->kind == TT_LAYER_CHECK || tt_layer_binds(l); }

void tt_net_remove_dead(tt_network *net)
{
    TT_EACH_LAYER (net, l)
        for (int i = 0; i < l->n_out; i++)
            l->out[i]->id = 0;
    for (int i = 0; i < net->n_outputs; i++)
        net->outputs[i]->id = 1;
    for (tt_layer *l = net->last, *prev; l; l = prev) {
        bool live = has_effect(l);
        prev = l->prev;
        for (int i = 0; i < l->n_out; i++)
            live = live || l->out[i]->id;
        for (int i = 0; live && i < l->n_in; i++)
            l->in[i]->id = 1;
        if (!live)
            tt_net_remove(net, l);
    }
    tt_network_number(net);
}
