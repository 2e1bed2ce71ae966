/* Which nodes run in which engine.
 *
 *   graph ── support of each node ──► plan ── partitioner ──► blocks ──► segments with inputs and outputs, refusals */
#include "partition/partitioners.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the plan ---- */

/* "aten.add", "aten.add.Tensor", with or without "torch.ops." before it. */
static bool names_op(const char *wanted, size_t n, const char *op)
{
    const char *bare = tt_op_bare_name(wanted);
    n -= n < (size_t)(bare - wanted) ? n : (size_t)(bare - wanted);
    wanted = bare;
    return strncmp(wanted, op, n) == 0 && (op[n] == '\0' || (op[n] == '.' && memchr(wanted, '.', n)));
}

/* The operator itself, or one in its branches. */
static bool is_left_to_pytorch(const tt_partition_options *options, const tt_node *n)
{
    for (size_t i = 0; i < options->n_torch_executed_ops; i++)
        if (names_op(options->torch_executed_ops[i], strlen(options->torch_executed_ops[i]), n->op->name))
            return true;
    for (size_t i = 0; i < n->n_args; i++)
        for (const tt_node *m = n->args[i].kind == TT_ARG_GRAPH ? n->args[i].graph->first : NULL; m; m = m->next)
            if (is_left_to_pytorch(options, m))
                return true;
    return false;
}

typedef struct size_search {
    tt_dim size;
    bool is_known; /* to what the node reads */
} size_search;

static void look_for_size(void *user, tt_value *v)
{
    size_search *s = user;
    s->is_known = s->is_known || (v->kind != TT_VALUE_TENSOR && tt_dim_equal(v->dim, s->size));
    for (size_t i = 0; v->kind == TT_VALUE_TENSOR && i < v->rank; i++)
        s->is_known = s->is_known || tt_dim_equal(v->dims[i], s->size);
}

/* Whether its data decides on a size of its results: nonzero, masks as indices. */
static bool finds_sizes(const tt_plan *plan, const tt_node *n)
{
    for (size_t i = 0; i < n->n_outs; i++)
        for (size_t k = 0; n->outs[i]->kind == TT_VALUE_TENSOR && k < n->outs[i]->rank; k++) {
            size_search s = {n->outs[i]->dims[k], false};
            const tt_symbol *symbol = NULL;
            if (!tt_dim_is_symbol(s.size, &symbol) || !symbol->unbacked)
                continue;
            tt_node_each_dependency(&plan->ints, n, look_for_size, &s);
            if (!s.is_known)
                return true;
        }
    return false;
}

/* ---- backends ---- */

/* Where the list of "NAME=op,op" starts; NULL for a bare name. */
static const char *list_of(const char *backend)
{
    const char *equals = strchr(backend, '=');
    return equals ? equals + 1 : NULL;
}

static bool list_names_op(const char *list, const char *op)
{
    for (size_t n; *list; list += n + (list[n] == ','))
        if ((n = strcspn(list, ",")) > 0 && names_op(list, n, op))
            return true;
    return false;
}

/* Backends with a list are kinds of their own, of which only the name matters. */
static ttrt_status find_kinds(tt_plan *plan)
{
    const tt_partition_options *o = plan->options;
    tt_arena *arena = plan->graph->arena;
    if (o->n_backends && (o->partitioner != TT_PARTITION_FAST || o->fallback))
        TT_FAIL(TTRT_ERR_ARGUMENT, "backends: only the fast partitioner of one engine knows them");
    plan->kinds = tt_arena_array(arena, o->n_backends + 3, sizeof *plan->kinds);
    if (plan->kinds == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < o->n_backends; i++) {
        const char *list = list_of(o->backends[i]);
        tt_engine_iface *kind = tt_arena_alloc(arena, sizeof *kind);
        const char *name = tt_arena_printf(arena, "%.*s", (int)strcspn(o->backends[i], "="), o->backends[i]);
        if (kind == NULL || name == NULL)
            return TTRT_ERR_MEMORY;
        *kind = (tt_engine_iface){.name = name};
        plan->kinds[plan->n_kinds++] = list ? kind : o->engine;
    }
    if (o->n_backends == 0)
        plan->kinds[plan->n_kinds++] = o->engine;
    if (o->fallback)
        plan->kinds[plan->n_kinds++] = o->fallback;
    plan->kinds[plan->n_kinds++] = NULL;
    return TTRT_OK;
}

/* The engine or backend that takes the node; NULL: none, and why. */
static const tt_engine_iface *kind_of(const tt_plan *plan, const tt_node *n, tt_reason *why)
{
    const tt_partition_options *o = plan->options;
    for (size_t i = 0; i < o->n_backends; i++) {
        const char *list = list_of(o->backends[i]);
        if (list && list_names_op(list, n->op->name))
            return plan->kinds[i];
        if (!list && tt_node_supported(plan->graph, n, o->engine, o->truncate_double, why))
            return o->engine;
    }
    if (o->n_backends == 0)
        return tt_node_supported(plan->graph, n, o->engine, o->truncate_double, why) ? o->engine : NULL;
    if (why->text[0] == '\0')
        tt_refuse(why, "no backend lists it");
    return NULL;
}

/* The name in "_run_on_acc_NAME_0". */
static const char *backend_of(const tt_plan *plan, const tt_engine_iface *kind)
{
    const tt_partition_options *o = plan->options;
    for (size_t i = 0; i < o->n_backends; i++)
        if (plan->kinds[i] == kind)
            return o->backends[i];
    return "";
}

/* ---- nodes ---- */

static size_t count_fx_nodes(const tt_graph *g, const tt_node *n)
{
    size_t count = 1;
    if (n->n_outs > 1 || n->outs_are_list)
        for (size_t i = 0; i < n->n_outs; i++)
            count += tt_value_uses(g, n->outs[i]) > 0;
    return count;
}

/* Asked once for each node. A refusal of both is told with both reasons. */
static bool fits_fallback(tt_plan *plan, tt_plan_node *p, tt_reason *why)
{
    const tt_engine_iface *fallback = plan->options->fallback;
    tt_reason second = {""};
    if (!fallback)
        return false;
    if (!p->asked_fallback)
        p->fits_fallback = tt_node_supported(plan->graph, p->node, fallback, plan->options->truncate_double, &second);
    p->asked_fallback = true;
    size_t used = strlen(why->text);
    if (!p->fits_fallback && strcmp(why->text, second.text))
        snprintf(why->text + used, sizeof why->text - used, "; engine %s: %s", fallback->name, second.text);
    return p->fits_fallback;
}

bool tt_plan_fits_fallback(tt_plan *plan, int block)
{
    tt_reason unused = {""};
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (plan->nodes[i].block == block && !fits_fallback(plan, &plan->nodes[i], &unused))
            return false;
    return plan->options->fallback != NULL;
}

static ttrt_status fill_plan_node(tt_plan *plan, tt_node *n, tt_plan_node *p)
{
    tt_reason why = {""};
    const tt_partition_options *o = plan->options;
    *p = (tt_plan_node){.node = n, .block = -1, .n_fx = count_fx_nodes(plan->graph, n)};
    if (is_left_to_pytorch(o, n))
        tt_refuse(&why, "in torch_executed_ops");
    else if (o->fallback_data_dependent_ops && finds_sizes(plan, n))
        tt_refuse(&why, "its data decides on sizes, and fallback_data_dependent_ops is set");
    else
        p->engine = kind_of(plan, n, &why);
    if (p->engine)
        return TTRT_OK;
    if (fits_fallback(plan, p, &why))
        p->engine = o->fallback;
    p->reason = tt_arena_strdup(plan->graph->arena, why.text);
    return p->reason ? TTRT_OK : TTRT_ERR_MEMORY;
}

/* ---- views of weights ---- */

static void check_is_weight(void *user, tt_value *v)
{
    tt_plan_node *p = user;
    const tt_plan_node *d = tt_plan_node_of(v);
    p->views_weights = p->views_weights && (d ? d->views_weights : v->weight != NULL);
}

static void mark_read(void *user, tt_value *v)
{
    (void)user;
    if (tt_plan_node_of(v))
        tt_plan_node_of(v)->read_by_engine = true;
}

/* Views of weights that only the host's nodes read are the host's: an engine would copy them out in each run. */
static void leave_views(tt_plan *plan)
{
    for (size_t i = 0; i < plan->n_nodes; i++) {
        tt_plan_node *p = &plan->nodes[i];
        p->views_weights = p->node->op->out_alias[0] && !tt_op_is_inplace(p->node->op);
        tt_node_each_dependency(&plan->ints, p->node, check_is_weight, p);
    }
    for (size_t i = 0; i < plan->graph->n_outputs; i++)
        if (plan->graph->outputs[i].arg.kind == TT_ARG_VALUE)
            mark_read(NULL, plan->graph->outputs[i].arg.value);
    for (size_t i = plan->n_nodes; i-- > 0;) {
        tt_plan_node *p = &plan->nodes[i];
        if (p->views_weights && !p->read_by_engine) {
            p->engine = NULL;
            p->reason = p->reason ? p->reason : "a view of a weight, which no engine reads";
        }
        if (p->engine)
            tt_node_each_dependency(&plan->ints, p->node, mark_read, NULL);
    }
}

static ttrt_status make_plan(tt_plan *plan)
{
    tt_graph *g = plan->graph;
    plan->nodes = tt_arena_array(g->arena, g->n_nodes + 1, sizeof *plan->nodes);
    if (plan->nodes == NULL)
        return TTRT_ERR_MEMORY;
    TT_TRY(tt_int_values_find(g, &plan->ints));
    TT_TRY(find_kinds(plan));
    TT_EACH_NODE (g, n)
        TT_TRY(fill_plan_node(plan, n, &plan->nodes[plan->n_nodes++]));
    for (size_t i = 0; i < plan->n_nodes; i++)
        plan->nodes[i].node->data = &plan->nodes[i];
    if (!plan->options->require_full_compilation)
        leave_views(plan);
    return TTRT_OK;
}

ttrt_status tt_plan_add_block(tt_plan *plan, const tt_engine_iface *engine, int *out)
{
    TT_TRY(tt_arena_grow(plan->graph->arena, &plan->blocks, &plan->blocks_cap, plan->n_blocks, sizeof *plan->blocks));
    *out = (int)plan->n_blocks;
    plan->blocks[plan->n_blocks++] = (tt_block){.engine = engine};
    return TTRT_OK;
}

const char *tt_plan_too_small(tt_plan *plan, size_t n_fx)
{
    return tt_arena_printf(plan->graph->arena, "in a block of %zu, below min_block_size %" PRId64, n_fx,
                           plan->options->min_block_size);
}

/* ---- the result ---- */

static ttrt_status make_segment(tt_plan *plan, int block, tt_segment *s)
{
    tt_arena *arena = plan->graph->arena;
    const tt_block *b = &plan->blocks[block];
    const tt_partition_options *o = plan->options;
    const char *backend = backend_of(plan, b->engine);
    const int backend_n = (int)strcspn(backend, "=");
    *s = (tt_segment){.engine = b->engine, .number = b->number};
    s->is_engine = b->engine && (b->engine == o->engine || b->engine == o->fallback);
    s->truncates = o->truncate_double && b->engine && b->engine->lacks_f64;
    s->name = tt_arena_printf(arena, "_run_on_%s_%.*s%s%d", b->engine ? "acc" : "gpu", backend_n, backend,
                              backend_n ? "_" : "", b->number);
    for (size_t i = 0; i < plan->n_nodes; i++)
        s->n_nodes += plan->nodes[i].block == block;
    s->nodes = tt_arena_array(arena, s->n_nodes + 1, sizeof *s->nodes);
    if (s->name == NULL || s->nodes == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0, k = 0; i < plan->n_nodes; i++)
        if (plan->nodes[i].block == block)
            s->nodes[k++] = plan->nodes[i].node;
    return TTRT_OK;
}

/* While inputs and outputs are sought, PyTorch's segments have their numbers too. */
static ttrt_status find_segments_io(tt_plan *plan, tt_partition *p)
{
    for (size_t i = 0; i < plan->n_nodes; i++)
        plan->nodes[i].node->segment = plan->nodes[i].block < 0 ? -1 : plan->blocks[plan->nodes[i].block].number;
    for (size_t i = 0; i < p->n_segments; i++)
        TT_TRY(tt_segment_io_find(plan->graph, p->segments[i].number, &p->segments[i].io));
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (plan->nodes[i].block < 0 || !p->segments[plan->nodes[i].block].is_engine)
            plan->nodes[i].node->segment = -1;
    return TTRT_OK;
}

static ttrt_status make_segments(tt_plan *plan, tt_partition *p)
{
    p->segments = tt_arena_array(plan->graph->arena, plan->n_blocks + 1, sizeof *p->segments);
    if (p->segments == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < plan->n_blocks; i++)
        TT_TRY(make_segment(plan, (int)i, &p->segments[p->n_segments++]));
    return find_segments_io(plan, p);
}

/* The engine whose block a node is in at last. */
static const tt_engine_iface *engine_of(const tt_plan *plan, const tt_plan_node *n)
{
    return n->block < 0 ? NULL : plan->blocks[n->block].engine;
}

static ttrt_status list_refusals(tt_plan *plan, tt_partition *p)
{
    p->refusals = tt_arena_array(plan->graph->arena, plan->n_nodes + 1, sizeof *p->refusals);
    p->moved = tt_arena_array(plan->graph->arena, plan->n_nodes + 1, sizeof *p->moved);
    if (p->refusals == NULL || p->moved == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < plan->n_nodes; i++) {
        const tt_plan_node *n = &plan->nodes[i];
        p->n_total += n->n_fx;
        p->n_supported += n->engine ? n->n_fx : 0;
        if (n->reason && engine_of(plan, n))
            p->moved[p->n_moved++] = (tt_refusal){n->node, n->reason};
        else if (n->reason)
            p->refusals[p->n_refusals++] = (tt_refusal){n->node, n->reason};
    }
    return TTRT_OK;
}

static ttrt_status require_engines(const tt_graph *g, const tt_partition_options *options, const tt_partition *p)
{
    if (p->n_refusals > 0)
        return tt_partition_refusal_error(g, p);
    if (p->n_segments > 1 && !options->fallback)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "not fully supported: the graph falls into %zu segments", p->n_segments);
    return TTRT_OK;
}

ttrt_status tt_partition_graph(tt_graph *g, const tt_partition_options *options, tt_partition **out)
{
    tt_plan plan = {.graph = g, .options = options};
    tt_partition *p = tt_arena_alloc(g->arena, sizeof *p);
    if (p == NULL)
        return TTRT_ERR_MEMORY;
    tt_find_passing_floats(g);
    TT_TRY(make_plan(&plan));
    TT_TRY(options->partitioner == TT_PARTITION_GLOBAL ? tt_partition_global(&plan) : tt_partition_fast(&plan));
    TT_TRY(list_refusals(&plan, p));
    TT_TRY(make_segments(&plan, p));
    if (options->require_full_compilation)
        TT_TRY(require_engines(g, options, p));
    *out = p;
    return TTRT_OK;
}

/* ---- the error ---- */

/* "aten.foo.default (2x): reason, at model.py:12", for the first node of each operator. */
static void add_operator(tt_str *text, const tt_refusal *first, size_t count)
{
    tt_str_addf(text, "%s%s (%zux): %s", text->len ? "; " : "", first->node->op->name, count, first->reason);
    if (first->node->source)
        tt_str_addf(text, ", at %s", first->node->source);
}

ttrt_status tt_partition_refusal_error(const tt_graph *g, const tt_partition *p)
{
    tt_map *counts = tt_map_new(g->arena);
    tt_str text = {0};
    size_t n_operators = 0;

    if (counts == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < p->n_refusals; i++) {
        const char *name = p->refusals[i].node->op->name;
        TT_TRY(tt_map_put(counts, name, (void *)((uintptr_t)tt_map_get(counts, name) + 1)));
    }
    for (size_t i = 0; i < p->n_refusals; i++) {
        const char *name = p->refusals[i].node->op->name;
        size_t count = (uintptr_t)tt_map_get(counts, name);
        if (count == 0)
            continue;
        add_operator(&text, &p->refusals[i], count);
        (void)tt_map_put(counts, name, NULL); /* it is there already: nothing is allocated */
        n_operators++;
    }
    ttrt_status status = tt_str_status(&text);
    if (status == TTRT_OK) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "not fully supported, %zu operator%s: %s", n_operators,
                n_operators == 1 ? "" : "s", tt_str_text(&text));
        status = tt_fail_where("node '%s'", p->refusals[0].node->name);
    }
    tt_str_dispose(&text);
    return status;
}
