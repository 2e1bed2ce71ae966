/* See stages.h. A layer's stage is the first in which all that it reads, and all sizes that it mentions, are known;
 * constants are in every stage that reads them. */
#include "engine/cpu/stages.h"

#include <string.h>

typedef struct splitter {
    tt_network *net;
    tt_stages *to;
    int n_tensors;
    int *stage_of;        /* by tensor: where it is made; a binder's or loop's result: the stage after it */
    int *stage_of_layer;  /* in order: where it runs */
    int *stage_of_symbol; /* by symbol */
    int *wire_of;         /* by tensor; -1 */
    tt_tensor **here;     /* by tensor: its counterpart in the stage at hand; NULL: none yet */
} splitter;

/* A layer that runs between stages: what it makes is for the stages behind it. */
static bool is_between(const tt_layer *l) { return tt_layer_binds(l) || l->kind == TT_LAYER_LOOP; }

static bool is_constant(const tt_tensor *t) { return t->layer && t->layer->kind == TT_LAYER_CONSTANT; }

/* ---- symbols that a layer mentions ---- */

typedef struct walk {
    tt_symbol_visitor *visit;
    void *user;
} walk;

static void walk_dim(void *user, tt_dim d)
{
    const walk *w = user;
    tt_dim_each_symbol(d, w->visit, w->user);
}

static void walk_tensor(walk *w, const tt_tensor *t)
{
    for (int d = 0; d < t->rank; d++)
        walk_dim(w, t->dims[d]);
    if (t->is_dim)
        walk_dim(w, t->value);
}

static void walk_network(walk *w, const tt_network *net);

static void walk_layer(walk *w, const tt_layer *l)
{
    tt_layer_each_dim(l, walk_dim, w);
    for (int i = 0; i < l->n_out; i++)
        walk_tensor(w, l->out[i]);
    TT_EACH_NETWORK_OF (l, sub)
        walk_network(w, sub);
}

static void walk_network(walk *w, const tt_network *net)
{
    for (int i = 0; i < net->n_inputs; i++)
        walk_tensor(w, net->inputs[i]);
    TT_EACH_LAYER (net, l)
        walk_layer(w, l);
}

/* ---- which stage ---- */

static int later(int a, int b) { return a > b ? a : b; }

typedef struct latest {
    const splitter *s;
    int stage;
} latest;

static void take_later(void *user, const tt_symbol *symbol)
{
    latest *l = user;
    l->stage = later(l->stage, l->s->stage_of_symbol[symbol->index]);
}

/* A symbol that a network inside the layer binds itself has no stage, unless the network around bound it before. */
static int find_stage(const splitter *s, const tt_layer *l)
{
    latest found = {s, 0};

    for (int i = 0; i < l->n_in; i++)
        found.stage = later(found.stage, s->stage_of[l->in[i]->id]);
    if (!tt_layer_binds(l))
        walk_layer(&(walk){take_later, &found}, l);
    return found.stage;
}

static void find_stages(splitter *s)
{
    int last = 0, k = 0;

    TT_EACH_LAYER (s->net, l) {
        const tt_symbol *symbol = tt_layer_binds(l);
        int stage = s->stage_of_layer[k++] = find_stage(s, l);

        stage += is_between(l);

        if (symbol)
            s->stage_of_symbol[symbol->index] = stage;
        for (int i = 0; i < l->n_out; i++)
            s->stage_of[l->out[i]->id] = stage;
        last = later(last, stage);
    }
    s->to->n = last + 1;
}

/* ---- what a stage's plan depends on ---- */

static void mention(void *user, const tt_symbol *symbol) { ((bool *)user)[symbol->index] = true; }

static ttrt_status find_mentions(tt_arena *arena, tt_stage *stage)
{
    stage->n_symbols = tt_dims_count(stage->net->dims);
    stage->mentions = tt_arena_array(arena, stage->n_symbols + 1, sizeof *stage->mentions);
    if (!stage->mentions)
        return TTRT_ERR_MEMORY;
    walk_network(&(walk){mention, stage->mentions}, stage->net);
    return TTRT_OK;
}

/* ---- wires ---- */

static ttrt_status add_wire(splitter *s, int input, int output, int *out)
{
    tt_stages *to = s->to;

    TT_TRY(tt_arena_grow(to->arena, &to->wires, &to->cap_wires, (size_t)to->n_wires, sizeof *to->wires));
    *out = to->n_wires;
    to->wires[to->n_wires++] = (tt_wire){input, output};
    return TTRT_OK;
}

static ttrt_status need_wire(splitter *s, const tt_tensor *t)
{
    return s->wire_of[t->id] >= 0 ? TTRT_OK : add_wire(s, -1, -1, &s->wire_of[t->id]);
}

static ttrt_status find_wires(splitter *s)
{
    int k = 0;

    for (int i = 0; i < s->n_tensors; i++)
        s->wire_of[i] = -1;
    for (int i = 0; i < s->net->n_inputs; i++)
        TT_TRY(add_wire(s, i, -1, &s->wire_of[s->net->inputs[i]->id]));
    /* An output that is no other wire yet is made where the caller wants it. */
    for (int i = 0; i < s->net->n_outputs; i++)
        if (s->wire_of[s->net->outputs[i]->id] < 0)
            TT_TRY(add_wire(s, -1, i, &s->wire_of[s->net->outputs[i]->id]));
    TT_EACH_LAYER (s->net, l) {
        bool between = is_between(l);
        int stage = s->stage_of_layer[k++];

        for (int i = 0; i < l->n_in; i++)
            if (between || (!is_constant(l->in[i]) && s->stage_of[l->in[i]->id] != stage))
                TT_TRY(need_wire(s, l->in[i]));
        for (int i = 0; between && i < l->n_out; i++)
            TT_TRY(need_wire(s, l->out[i]));
    }
    return TTRT_OK;
}

/* ---- the stages' networks ---- */

static ttrt_status add_to_list(tt_arena *arena, int **list, size_t *cap, int n, int wire)
{
    TT_TRY(tt_arena_grow(arena, list, cap, (size_t)n, sizeof **list));
    (*list)[n] = wire;
    return TTRT_OK;
}

/* What inference found stays: only the tensors are others. */
static ttrt_status copy_layer(splitter *s, tt_network *net, const tt_layer *l, tt_tensor *const *in)
{
    tt_layer *copy = tt_arena_copy(net->arena, l, sizeof *l);
    tt_tensor *outs = tt_arena_array(net->arena, (size_t)l->n_out, sizeof *outs);

    if (!copy || !outs || !(copy->in = tt_arena_copy(net->arena, in, (size_t)l->n_in * sizeof(*in))) ||
        !(copy->out = tt_arena_array(net->arena, (size_t)l->n_out, sizeof(*copy->out))))
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < l->n_out; i++) {
        outs[i] = *l->out[i];
        outs[i].layer = copy;
        copy->out[i] = s->here[l->out[i]->id] = &outs[i];
    }
    tt_net_link(net, copy, NULL);
    return TTRT_OK;
}

static ttrt_status import(splitter *s, tt_stage *stage, const tt_tensor *t)
{
    tt_network *net = stage->net;

    if (s->here[t->id])
        return TTRT_OK;
    if (is_constant(t) && s->wire_of[t->id] < 0)
        return copy_layer(s, net, t->layer, NULL);
    TT_INVARIANT(s->wire_of[t->id] >= 0);
    TT_TRY(add_to_list(s->to->arena, &stage->in, &stage->cap_in, net->n_inputs, s->wire_of[t->id]));
    s->here[t->id] = tt_network_input(net, t->name, t->dtype, t->rank, t->dims);
    return s->here[t->id] ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status add_output(splitter *s, tt_stage *stage, const tt_tensor *t, int wire)
{
    TT_TRY(add_to_list(s->to->arena, &stage->out, &stage->cap_out, stage->net->n_outputs, wire));
    return tt_network_output(stage->net, s->here[t->id], NULL);
}

static ttrt_status add_binder(splitter *s, tt_stage *stage, const tt_layer *l)
{
    TT_TRY(tt_arena_grow(s->to->arena, &stage->binders, &stage->cap_binders, (size_t)stage->n_binders,
                         sizeof *stage->binders));
    stage->binders[stage->n_binders++] = (tt_binder){
        .layer = l, .symbol = tt_layer_binds(l), .in = s->wire_of[l->in[0]->id], .out = s->wire_of[l->out[0]->id]};
    return TTRT_OK;
}

static int *wires_of(const splitter *s, tt_tensor *const *tensors, int n)
{
    int *wires = tt_arena_array(s->to->arena, (size_t)n + 1, sizeof *wires);

    for (int i = 0; wires && i < n; i++)
        wires[i] = s->wire_of[tensors[i]->id];
    return wires;
}

static ttrt_status add_loop(splitter *s, tt_stage *stage, const tt_layer *l)
{
    tt_stages *parts = tt_arena_array(s->to->arena, 2, sizeof *parts);
    tt_loop loop = {.layer = l, .in = wires_of(s, l->in, l->n_in), .out = wires_of(s, l->out, l->n_out)};

    if (!parts || !loop.in || !loop.out)
        return TTRT_ERR_MEMORY;
    loop.condition = &parts[0];
    loop.body = &parts[1];
    TT_TRY(tt_arena_grow(s->to->arena, &stage->loops, &stage->cap_loops, (size_t)stage->n_loops, sizeof *stage->loops));
    stage->loops[stage->n_loops++] = loop;
    TT_TRY(tt_stages_new(l->attrs.loop.condition, loop.condition));
    return tt_stages_new(l->attrs.loop.body, loop.body);
}

static ttrt_status add_layer(splitter *s, tt_stage *stage, const tt_layer *l)
{
    tt_tensor **in = tt_arena_array(stage->net->arena, (size_t)l->n_in + 1, sizeof(*in));

    if (!in)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < l->n_in; i++) {
        TT_TRY(import(s, stage, l->in[i]));
        in[i] = s->here[l->in[i]->id];
    }
    TT_TRY(copy_layer(s, stage->net, l, in));
    for (int i = 0; i < l->n_out; i++)
        if (s->wire_of[l->out[i]->id] >= 0)
            TT_TRY(add_output(s, stage, l->out[i], s->wire_of[l->out[i]->id]));
    return TTRT_OK;
}

/* Outputs that are inputs, or outputs twice, are copied at the end. */
static ttrt_status copy_outputs(splitter *s, tt_stage *last)
{
    for (int i = 0; i < s->net->n_outputs; i++) {
        const tt_tensor *t = s->net->outputs[i];
        int wire;

        if (s->to->wires[s->wire_of[t->id]].output == i)
            continue;
        TT_TRY(import(s, last, t));
        TT_TRY(add_wire(s, -1, i, &wire));
        TT_TRY(add_output(s, last, t, wire));
    }
    return TTRT_OK;
}

static ttrt_status make_stage(splitter *s, int number)
{
    tt_stage *stage = &s->to->items[number];
    int k = 0;

    stage->net = tt_network_new(s->net->name, s->net->dims);
    if (!stage->net)
        return TTRT_ERR_MEMORY;
    memset(s->here, 0, (size_t)s->n_tensors * sizeof(*s->here));
    TT_EACH_LAYER (s->net, l) {
        bool is_wanted = l->kind != TT_LAYER_CONSTANT || s->wire_of[l->out[0]->id] >= 0;
        if (s->stage_of_layer[k++] != number || !is_wanted)
            continue;
        if (tt_layer_binds(l))
            TT_TRY(add_binder(s, stage, l));
        else if (l->kind == TT_LAYER_LOOP)
            TT_TRY(add_loop(s, stage, l));
        else
            TT_TRY(add_layer(s, stage, l));
    }
    if (number == s->to->n - 1)
        TT_TRY(copy_outputs(s, stage));
    stage->n_tensors = tt_network_number(stage->net);
    return find_mentions(s->to->arena, stage);
}

/* ---- all of it ---- */

static ttrt_status only_stage(splitter *s)
{
    tt_stage *stage = s->to->items;
    int wire;

    *stage = (tt_stage){.net = s->net, .n_tensors = s->n_tensors};
    for (int i = 0; i < s->net->n_inputs; i++) {
        TT_TRY(add_wire(s, i, -1, &wire));
        TT_TRY(add_to_list(s->to->arena, &stage->in, &stage->cap_in, i, wire));
    }
    for (int i = 0; i < s->net->n_outputs; i++) {
        TT_TRY(add_wire(s, -1, i, &wire));
        TT_TRY(add_to_list(s->to->arena, &stage->out, &stage->cap_out, i, wire));
    }
    return find_mentions(s->to->arena, stage);
}

static ttrt_status split(splitter *s, tt_arena *scratch)
{
    size_t n = (size_t)s->n_tensors + 1, n_layers = 1;

    TT_EACH_LAYER (s->net, l)
        n_layers++;

    s->stage_of = tt_arena_array(scratch, n, sizeof *s->stage_of);
    s->stage_of_layer = tt_arena_array(scratch, n_layers, sizeof *s->stage_of_layer);
    s->wire_of = tt_arena_array(scratch, n, sizeof *s->wire_of);
    s->here = tt_arena_array(scratch, n, sizeof(*s->here));
    s->stage_of_symbol = tt_arena_array(scratch, tt_dims_count(s->net->dims) + 1, sizeof *s->stage_of_symbol);
    if (!s->stage_of || !s->stage_of_layer || !s->wire_of || !s->here || !s->stage_of_symbol)
        return TTRT_ERR_MEMORY;
    find_stages(s);
    s->to->items = tt_arena_array(s->to->arena, (size_t)s->to->n, sizeof *s->to->items);
    if (!s->to->items)
        return TTRT_ERR_MEMORY;
    if (s->to->n == 1)
        return only_stage(s);
    TT_TRY(find_wires(s));
    for (int i = 0; i < s->to->n; i++)
        TT_TRY(make_stage(s, i));
    return TTRT_OK;
}

ttrt_status tt_stages_new(tt_network *net, tt_stages *out)
{
    splitter s = {.net = net, .to = out, .n_tensors = tt_network_number(net)};
    tt_arena *scratch = tt_arena_new();
    ttrt_status status = TTRT_ERR_MEMORY;

    *out = (tt_stages){.net = net, .arena = tt_arena_new()};
    if (scratch && out->arena)
        status = split(&s, scratch);
    tt_arena_free(scratch);
    if (status != TTRT_OK)
        tt_stages_dispose(out);
    return status;
}

static void dispose_loops(const tt_stage *stage)
{
    for (int i = 0; i < stage->n_loops; i++) {
        tt_stages_dispose(stage->loops[i].condition);
        tt_stages_dispose(stage->loops[i].body);
    }
}

void tt_stages_dispose(tt_stages *s)
{
    for (int i = 0; s->items && i < s->n; i++)
        dispose_loops(&s->items[i]);
    for (int i = 0; s->n > 1 && s->items && i < s->n; i++)
        tt_network_free(s->items[i].net);
    tt_arena_free(s->arena);
    *s = (tt_stages){0};
}
