/* The fast (adjacency) partitioner, as torch.fx's splitter has it: blocks of engine and PyTorch nodes in turn, each as
 * large as it can be.
 *
 *   take every node of the current kind whose dependencies are all taken; when there is none, close the block and go on
 * with the next kind: the engine's, its fallback's, the host's. Engine blocks below min_block_size join the block
 * before them; blocks of one kind side by side become one */
#include "partition/partitioners.h"

typedef struct readiness {
    bool ready, has_dependency;
} readiness;

static void check_dependency(void *user, tt_value *v)
{
    readiness *r = user;
    const tt_plan_node *d = tt_plan_node_of(v);
    if (d == NULL)
        return;
    r->has_dependency = true;
    r->ready = r->ready && d->block >= 0;
}

static readiness readiness_of(const tt_plan *plan, const tt_plan_node *p)
{
    readiness r = {.ready = true};
    tt_node_each_dependency(&plan->ints, p->node, check_dependency, &r);
    return r;
}

/* Others go first where one of their nodes, more than a view of a weight, depends on nothing. */
static size_t first_kind(const tt_plan *plan)
{
    for (size_t k = 1; k < plan->n_kinds; k++)
        for (size_t i = 0; i < plan->n_nodes; i++)
            if (plan->nodes[i].engine == plan->kinds[k] && !plan->nodes[i].views_weights &&
                !readiness_of(plan, &plan->nodes[i]).has_dependency)
                return k;
    return 0;
}

/* One pass in graph order finds the whole closure: dependencies stand before their users. */
static size_t grow_block(tt_plan *plan, const tt_engine_iface *engine, int block)
{
    size_t taken = 0;
    for (size_t i = 0; i < plan->n_nodes; i++) {
        tt_plan_node *p = &plan->nodes[i];
        if (p->block >= 0 || p->engine != engine || !readiness_of(plan, p).ready)
            continue;
        p->block = block;
        plan->blocks[block].n_fx += p->n_fx;
        taken++;
    }
    return taken;
}

static ttrt_status grow_blocks(tt_plan *plan)
{
    size_t k = first_kind(plan), idle = 0;
    for (size_t left = plan->n_nodes; left > 0; k = (k + 1) % plan->n_kinds) {
        int block = 0;
        TT_TRY(tt_plan_add_block(plan, plan->kinds[k], &block));
        size_t taken = grow_block(plan, plan->kinds[k], block);
        left -= taken;
        idle = taken ? 0 : idle + 1;
        plan->n_blocks -= !taken;
        TT_INVARIANT(idle < plan->n_kinds);
    }
    return TTRT_OK;
}

static bool is_too_small(const tt_plan *plan, const tt_block *b)
{
    return b->n_fx > INT64_MAX || (int64_t)b->n_fx < plan->options->min_block_size;
}

/* What becomes of a block that is too small, and not the fallback's: that one's where it takes all of it, else the
 * host's. */
static const tt_engine_iface *engine_after_filter(tt_plan *plan, int block)
{
    const tt_partition_options *o = plan->options;
    const tt_block *b = &plan->blocks[block];
    if (!b->engine || b->engine == o->fallback || !is_too_small(plan, b))
        return b->engine;
    if (tt_plan_fits_fallback(plan, block))
        return o->fallback;
    return o->require_full_compilation ? b->engine : NULL;
}

/* Where each block goes: moved_to[old] = new. Returns how many are left. */
static size_t merge_blocks(tt_plan *plan, int *moved_to, bool *dissolved)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_blocks; i++) {
        tt_block b = plan->blocks[i];
        const tt_engine_iface *engine = engine_after_filter(plan, (int)i);
        dissolved[i] = engine != b.engine;
        b.engine = engine;
        if (n > 0 && plan->blocks[n - 1].engine == engine)
            plan->blocks[n - 1].n_fx += b.n_fx;
        else
            plan->blocks[n++] = b;
        moved_to[i] = (int)n - 1;
    }
    return n;
}

static ttrt_status drop_small_blocks(tt_plan *plan)
{
    int *moved_to = tt_arena_array(plan->graph->arena, plan->n_blocks + 1, sizeof *moved_to);
    bool *dissolved = tt_arena_array(plan->graph->arena, plan->n_blocks + 1, sizeof *dissolved);
    size_t *n_fx = tt_arena_array(plan->graph->arena, plan->n_blocks + 1, sizeof *n_fx);
    if (!moved_to || !dissolved || !n_fx)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < plan->n_blocks; i++)
        n_fx[i] = plan->blocks[i].n_fx;
    plan->n_blocks = merge_blocks(plan, moved_to, dissolved);
    for (size_t i = 0; i < plan->n_nodes; i++) {
        tt_plan_node *p = &plan->nodes[i];
        if (dissolved[p->block] && (p->reason = tt_plan_too_small(plan, n_fx[p->block])) == NULL)
            return TTRT_ERR_MEMORY;
        p->block = moved_to[p->block];
    }
    return TTRT_OK;
}

ttrt_status tt_partition_fast(tt_plan *plan)
{
    TT_TRY(grow_blocks(plan));
    TT_TRY(drop_small_blocks(plan));
    for (size_t i = 0; i < plan->n_blocks; i++)
        plan->blocks[i].number = (int)i;
    return TTRT_OK;
}
