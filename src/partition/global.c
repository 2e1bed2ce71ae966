/* The global partitioner, as torch.fx's CapabilityBasedPartitioner has it: nodes are visited from the last to the
 * first, each supported one starts a block, and blocks are merged wherever no cycle between blocks results. What is
 * left over stays in the parent. */
#include "partition/partitioners.h"

#include <string.h>

typedef struct merge_state {
    tt_plan *plan;
    int *order;       /* by block: -1 merged away, else its place in the sequence in which merging is tried */
    size_t *size;     /* by block: nodes */
    uint8_t *reached; /* by node, of the search at work */
    uint8_t *entered; /* by block */
    size_t *stack;
    size_t n_stack;
    size_t **users; /* by node: the nodes that depend on it */
    size_t *n_users, *users_cap;
    ttrt_status status;
    size_t at; /* the node whose dependencies are visited */
} merge_state;

static void add_user(void *user, tt_value *v)
{
    merge_state *m = user;
    const tt_plan_node *d = tt_plan_node_of(v);
    if (d == NULL || m->status != TTRT_OK)
        return;
    size_t i = (size_t)(d - m->plan->nodes);
    if (m->n_users[i] && m->users[i][m->n_users[i] - 1] == m->at)
        return;
    m->status = tt_arena_grow(m->plan->graph->arena, &m->users[i], &m->users_cap[i], m->n_users[i], sizeof **m->users);
    if (m->status == TTRT_OK)
        m->users[i][m->n_users[i]++] = m->at;
}

static ttrt_status start(merge_state *m)
{
    tt_arena *a = m->plan->graph->arena;
    size_t n = m->plan->n_nodes + 1;
    m->order = tt_arena_array(a, n, sizeof *m->order);
    m->size = tt_arena_array(a, n, sizeof *m->size);
    m->reached = tt_arena_array(a, n, 1);
    m->entered = tt_arena_array(a, n, 1);
    m->stack = tt_arena_array(a, n, sizeof *m->stack);
    m->users = tt_arena_array(a, n, sizeof *m->users);
    m->n_users = tt_arena_array(a, n, sizeof *m->n_users);
    m->users_cap = tt_arena_array(a, n, sizeof *m->users_cap);
    if (!m->order || !m->size || !m->reached || !m->entered || !m->stack || !m->users || !m->n_users || !m->users_cap)
        return TTRT_ERR_MEMORY;
    for (m->at = 0; m->at < m->plan->n_nodes; m->at++)
        tt_node_each_dependency(&m->plan->ints, m->plan->nodes[m->at].node, add_user, m);
    return m->status;
}

static void push(merge_state *m, size_t node)
{
    if (m->reached[node])
        return;
    m->reached[node] = 1;
    m->stack[m->n_stack++] = node;
}

static void push_users(merge_state *m, size_t node)
{
    for (size_t k = 0; k < m->n_users[node]; k++)
        push(m, m->users[node][k]);
}

/* Entering a block reaches all of it: it runs as one. */
static void push_block(merge_state *m, int block)
{
    if (block < 0 || m->entered[block])
        return;
    m->entered[block] = 1;
    for (size_t i = 0; i < m->plan->n_nodes; i++)
        if (m->plan->nodes[i].block == block)
            push(m, i);
}

/* Whether what depends on a or b, outside both, leads back into them. */
static bool makes_cycle(merge_state *m, int a, int b)
{
    const tt_plan_node *nodes = m->plan->nodes;
    memset(m->reached, 0, m->plan->n_nodes + 1);
    memset(m->entered, 0, m->plan->n_nodes + 1);
    m->n_stack = 0;
    for (size_t i = 0; i < m->plan->n_nodes; i++) {
        if (nodes[i].block != a && nodes[i].block != b)
            continue;
        for (size_t k = 0; k < m->n_users[i]; k++) {
            int of_user = nodes[m->users[i][k]].block;
            if (of_user != a && of_user != b)
                push(m, m->users[i][k]);
        }
    }
    while (m->n_stack > 0) {
        size_t i = m->stack[--m->n_stack];
        if (nodes[i].block >= 0 && (nodes[i].block == a || nodes[i].block == b))
            return true;
        push_block(m, nodes[i].block);
        push_users(m, i);
    }
    return false;
}

/* The smaller joins the larger. Returns the block that `a` is in now. */
static int try_merge(merge_state *m, int a, int b)
{
    if (m->plan->blocks[a].engine != m->plan->blocks[b].engine || makes_cycle(m, a, b))
        return a;
    int kept = m->size[a] < m->size[b] ? b : a, gone = kept == a ? b : a;
    for (size_t i = 0; i < m->plan->n_nodes; i++)
        if (m->plan->nodes[i].block == gone)
            m->plan->nodes[i].block = kept;
    m->size[kept] += m->size[gone];
    if (m->order[gone] < m->order[kept])
        m->order[kept] = m->order[gone];
    m->order[gone] = -1;
    return kept;
}

/* The block of lowest order above `after`. */
static int next_in_order(const merge_state *m, int after)
{
    int best = -1;
    for (size_t i = 0; i < m->plan->n_blocks; i++)
        if (m->order[i] > after && (best < 0 || m->order[i] < m->order[best]))
            best = (int)i;
    return best;
}

static ttrt_status propose(merge_state *m)
{
    for (size_t i = m->plan->n_nodes; i-- > 0;) {
        tt_plan_node *p = &m->plan->nodes[i];
        int self = -1;
        if (p->engine) {
            TT_TRY(tt_plan_add_block(m->plan, p->engine, &self));
            p->block = self;
            m->order[self] = self;
            m->size[self] = 1;
        }
        int last = self >= 0 ? m->order[self] : -1; /* a new block has the highest order: the others come before it */
        int at = -1;
        for (int other; (other = next_in_order(m, at)) >= 0 && (last < 0 || m->order[other] < last);) {
            at = m->order[other];
            self = self < 0 ? other : other == self ? self : try_merge(m, self, other);
        }
    }
    return TTRT_OK;
}

/* ---- order and names ---- */

typedef struct readiness {
    const tt_plan *plan;
    const uint8_t *done;
    int block;
    bool ready;
} readiness;

static void check_dependency(void *user, tt_value *v)
{
    readiness *r = user;
    const tt_plan_node *d = tt_plan_node_of(v);
    if (d && (d->block < 0 || d->block != r->block) && !r->done[d - r->plan->nodes])
        r->ready = false;
}

static bool is_ready(const tt_plan *plan, const uint8_t *done, size_t i)
{
    readiness r = {plan, done, plan->nodes[i].block, true};
    for (size_t k = 0; k < plan->n_nodes && r.ready; k++)
        if (k == i || (r.block >= 0 && plan->nodes[k].block == r.block))
            tt_node_each_dependency(&plan->ints, plan->nodes[k].node, check_dependency, &r);
    return r.ready;
}

static void mark_done(const tt_plan *plan, uint8_t *done, size_t i)
{
    for (size_t k = 0; k < plan->n_nodes; k++)
        if (k == i || (plan->nodes[i].block >= 0 && plan->nodes[k].block == plan->nodes[i].block))
            done[k] = 1;
}

/* sequence[place] = block, in an order in which they can run. */
static size_t order_of_execution(const merge_state *m, int *sequence)
{
    const tt_plan *plan = m->plan;
    uint8_t *done = m->reached;
    size_t n = 0;
    bool progress = true;
    memset(done, 0, plan->n_nodes + 1);
    while (progress) {
        progress = false;
        for (size_t i = 0; i < plan->n_nodes; i++) {
            if (done[i] || !is_ready(plan, done, i))
                continue;
            mark_done(plan, done, i);
            progress = true;
            if (plan->nodes[i].block >= 0)
                sequence[n++] = plan->nodes[i].block;
        }
    }
    return n;
}

static void count_blocks(tt_plan *plan)
{
    for (size_t b = 0; b < plan->n_blocks; b++)
        plan->blocks[b].n_fx = 0;
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (plan->nodes[i].block >= 0)
            plan->blocks[plan->nodes[i].block].n_fx++;
}

static bool is_too_small(const tt_plan *plan, const tt_plan_node *p)
{
    const tt_block *b = p->block < 0 ? NULL : &plan->blocks[p->block];
    return b && b->engine == plan->options->engine && (int64_t)b->n_fx < plan->options->min_block_size;
}

/* Nodes of blocks that are too small go to the fallback where it takes the whole block. */
static ttrt_status move_small_blocks(tt_plan *plan, bool *moved)
{
    for (size_t i = 0; i < plan->n_nodes; i++) {
        tt_plan_node *p = &plan->nodes[i];
        if (!is_too_small(plan, p) || !tt_plan_fits_fallback(plan, p->block))
            continue;
        if ((p->reason = tt_plan_too_small(plan, plan->blocks[p->block].n_fx)) == NULL)
            return TTRT_ERR_MEMORY;
        p->engine = plan->options->fallback;
        *moved = true;
    }
    return TTRT_OK;
}

static ttrt_status drop_small_blocks(tt_plan *plan)
{
    for (size_t i = 0; i < plan->n_nodes; i++) {
        tt_plan_node *p = &plan->nodes[i];
        if (!is_too_small(plan, p) || plan->options->require_full_compilation)
            continue;
        if ((p->reason = tt_plan_too_small(plan, plan->blocks[p->block].n_fx)) == NULL)
            return TTRT_ERR_MEMORY;
        p->block = -1;
    }
    return TTRT_OK;
}

/* A second time where blocks went to the fallback, whose blocks may meet then. */
static ttrt_status propose_blocks(merge_state *m)
{
    tt_plan *plan = m->plan;
    bool moved = false;
    TT_TRY(propose(m));
    count_blocks(plan);
    TT_TRY(move_small_blocks(plan, &moved));
    if (!moved)
        return TTRT_OK;
    plan->n_blocks = 0;
    for (size_t i = 0; i < plan->n_nodes; i++)
        plan->nodes[i].block = -1;
    TT_TRY(propose(m));
    count_blocks(plan);
    return TTRT_OK;
}

/* Numbers follow the blocks' ids, which count from the graph's end. */
static int number_of(const tt_plan *plan, const int *sequence, size_t n, int block)
{
    int number = 0;
    for (size_t i = 0; i < n; i++)
        number += sequence[i] < block;
    return number;
}

ttrt_status tt_partition_global(tt_plan *plan)
{
    merge_state m = {.plan = plan, .status = TTRT_OK};
    TT_TRY(start(&m));
    TT_TRY(propose_blocks(&m));
    TT_TRY(drop_small_blocks(plan));
    int *sequence = tt_arena_array(plan->graph->arena, plan->n_blocks + 1, sizeof *sequence);
    int *place = tt_arena_array(plan->graph->arena, plan->n_blocks + 1, sizeof *place);
    tt_block *kept = tt_arena_array(plan->graph->arena, plan->n_blocks + 1, sizeof *kept);
    if (!sequence || !place || !kept)
        return TTRT_ERR_MEMORY;
    size_t n = order_of_execution(&m, sequence);
    for (size_t i = 0; i < n; i++) {
        place[sequence[i]] = (int)i;
        kept[i] = plan->blocks[sequence[i]];
        kept[i].number = number_of(plan, sequence, n, sequence[i]);
    }
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (plan->nodes[i].block >= 0)
            plan->nodes[i].block = place[plan->nodes[i].block];
    plan->blocks = kept;
    plan->n_blocks = n;
    return TTRT_OK;
}
