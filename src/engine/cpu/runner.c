/* See runner.h. */
#include "engine/cpu/runner.h"

#include <stdio.h>
#include <string.h>

#include "engine/cpu/binders.h"
#include "engine/cpu/kernels/copy.h"
#include "engine/cpu/plan.h"

#define MAX_PLANS 16 /* of one stage; the one used longest ago goes */

typedef struct plan_cache {
    tt_plan *plans[MAX_PLANS];
    int n;
} plan_cache;

typedef struct holding { /* memory that grows and stays */
    char *memory;
    size_t bytes;
} holding;

/* A loop's carried values go from one of two places to the other: where the result is wanted, and `spare`. */
typedef struct loop_runner {
    const tt_loop *loop;
    tt_runner *condition, *body;
    tt_io *ins, *outs; /* ins: one for each input of the layer; outs: as many, the carried ones are used */
    char **wanted;     /* of each carried value */
    holding *spare;
    bool to_spare; /* where the round at hand writes */
} loop_runner;

struct tt_runner {
    const tt_stages *stages;
    tt_workspace *workspace;
    plan_cache *caches; /* one for each stage */
    uint64_t clock;
    holding *staged; /* contiguous copies, one for each input */
    holding *held;   /* what is neither input nor output, one for each wire; with one stage there is no such */
    tt_io *wires;    /* where that is */
    loop_runner *loops;
    int n_loops;
    int64_t *values; /* of symbols, with those bound so far */
    size_t n_values;
    const tt_runner_call *call; /* the one at hand */
};

void tt_workspace_dispose(tt_workspace *w)
{
    tt_free_aligned(w->scratch);
    tt_free(w->base);
    *w = (tt_workspace){0};
}

/* ---- making ---- */

static void holdings_free(holding *list, int n)
{
    for (int i = 0; list && i < n; i++)
        tt_free_aligned(list[i].memory);
    tt_free(list);
}

static void loop_free(loop_runner *l)
{
    tt_runner_free(l->condition);
    tt_runner_free(l->body);
    holdings_free(l->spare, l->loop ? l->loop->layer->n_out : 0);
    tt_free(l->ins);
    tt_free(l->outs);
    tt_free(l->wanted);
}

void tt_runner_free(tt_runner *r)
{
    if (!r)
        return;
    for (int s = 0; r->caches && s < r->stages->n; s++)
        for (int i = 0; i < r->caches[s].n; i++)
            tt_plan_free(r->caches[s].plans[i]);
    for (int i = 0; r->loops && i < r->n_loops; i++)
        loop_free(&r->loops[i]);
    tt_free(r->caches);
    tt_free(r->loops);
    holdings_free(r->staged, r->stages->net->n_inputs);
    holdings_free(r->held, r->stages->n_wires);
    tt_free(r->wires);
    tt_free(r->values);
    tt_free(r);
}

static ttrt_status loop_init(loop_runner *l, const tt_loop *loop, tt_workspace *workspace)
{
    size_t n_in = (size_t)loop->layer->n_in;

    l->loop = loop;
    TT_TRY(tt_runner_new(loop->condition, workspace, &l->condition));
    TT_TRY(tt_runner_new(loop->body, workspace, &l->body));
    l->ins = tt_calloc(n_in, sizeof *l->ins);
    l->outs = tt_calloc(n_in, sizeof *l->outs);
    l->wanted = tt_calloc(n_in, sizeof *l->wanted);
    l->spare = tt_calloc(n_in, sizeof *l->spare);
    return l->ins && l->outs && l->wanted && l->spare ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status loops_init(tt_runner *r)
{
    int n = 0;

    for (int i = 0; i < r->stages->n; i++)
        n += r->stages->items[i].n_loops;
    if (!(r->loops = tt_calloc((size_t)n + 1, sizeof *r->loops)))
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < r->stages->n; i++)
        for (int k = 0; k < r->stages->items[i].n_loops; k++)
            TT_TRY(loop_init(&r->loops[r->n_loops++], &r->stages->items[i].loops[k], r->workspace));
    return TTRT_OK;
}

static ttrt_status init(tt_runner *r)
{
    const tt_stages *s = r->stages;
    size_t n_wires = s->n > 1 ? (size_t)s->n_wires : 0;

    r->n_values = tt_dims_count(s->net->dims);
    r->values = tt_calloc(r->n_values + 1, sizeof *r->values);
    r->caches = tt_calloc((size_t)s->n, sizeof *r->caches);
    r->staged = tt_calloc((size_t)s->net->n_inputs + 1, sizeof *r->staged);
    if (!r->values || !r->caches || !r->staged)
        return TTRT_ERR_MEMORY;
    if (n_wires &&
        (!(r->held = tt_calloc(n_wires, sizeof *r->held)) || !(r->wires = tt_calloc(n_wires, sizeof *r->wires))))
        return TTRT_ERR_MEMORY;
    return loops_init(r);
}

ttrt_status tt_runner_new(const tt_stages *stages, tt_workspace *workspace, tt_runner **out)
{
    tt_runner *r = tt_calloc(1, sizeof *r);

    if (!r)
        return TTRT_ERR_MEMORY;
    r->stages = stages;
    r->workspace = workspace;
    ttrt_status status = init(r);
    if (status != TTRT_OK) {
        tt_runner_free(r);
        return status;
    }
    *out = r;
    return TTRT_OK;
}

/* ---- plans ---- */

static bool fits(const tt_plan *p, const tt_stage *s, const tt_runner *r, int n_workers)
{
    bool same = p->n_workers == n_workers;

    for (size_t i = 0; same && i < s->n_symbols; i++)
        same = !s->mentions[i] || p->symbols[i] == r->values[i];
    return same;
}

static ttrt_status find_plan(tt_runner *r, int stage, tt_plan **out)
{
    const tt_stage *s = &r->stages->items[stage];
    plan_cache *cache = &r->caches[stage];
    int n_workers = r->call->threads ? r->call->threads->n_workers : 1, oldest = 0;

    for (int i = 0; i < cache->n; i++) {
        tt_plan *p = cache->plans[i];
        if (fits(p, s, r, n_workers)) {
            p->used = ++r->clock;
            *out = p;
            return TTRT_OK;
        }
        oldest = p->used < cache->plans[oldest]->used ? i : oldest;
    }
    TT_TRY(tt_plan_new(s->net, s->n_tensors, r->values, r->call->threads, out));
    (*out)->used = ++r->clock;
    if (cache->n < MAX_PLANS) {
        cache->plans[cache->n++] = *out;
    } else {
        tt_plan_free(cache->plans[oldest]);
        cache->plans[oldest] = *out;
    }
    return TTRT_OK;
}

/* Memory for the plan: grows, and stays for the next run. */
static ttrt_status reserve(tt_workspace *w, const tt_plan *plan)
{
    if (plan->scratch_bytes > w->scratch_bytes) {
        tt_free_aligned(w->scratch);
        w->scratch_bytes = 0;
        w->scratch = tt_alloc_aligned(plan->scratch_bytes);
        if (!w->scratch)
            return TTRT_ERR_MEMORY;
        w->scratch_bytes = plan->scratch_bytes;
    }
    if (plan->n_buffers > w->base_count) {
        char **base = tt_realloc(w->base, (size_t)plan->n_buffers * sizeof *base);
        if (!base)
            return TTRT_ERR_MEMORY;
        w->base = base;
        w->base_count = plan->n_buffers;
    }
    return TTRT_OK;
}

/* ---- wires ---- */

static ttrt_status hold(holding *h, size_t bytes)
{
    if (bytes <= h->bytes)
        return TTRT_OK;
    tt_free_aligned(h->memory);
    h->bytes = 0;
    h->memory = tt_alloc_aligned(bytes);
    if (!h->memory)
        return TTRT_ERR_MEMORY;
    h->bytes = bytes;
    return TTRT_OK;
}

static tt_view view_of(const tt_io *io)
{
    tt_view v = {.dtype = io->dtype, .rank = io->rank};

    memcpy(v.dims, io->dims, sizeof(int64_t) * (size_t)io->rank);
    memcpy(v.strides, io->strides, sizeof(int64_t) * (size_t)io->rank);
    return v;
}

static void io_from_view(tt_io *io, const tt_view *v)
{
    io->dtype = v->dtype;
    io->device_type = TTRT_DEVICE_CPU;
    io->device_index = 0;
    io->rank = v->rank;
    memcpy(io->dims, v->dims, sizeof(int64_t) * (size_t)v->rank);
    memcpy(io->strides, v->strides, sizeof(int64_t) * (size_t)v->rank);
}

static size_t view_bytes(const tt_view *v) { return (size_t)tt_view_count(v) * ttrt_dtype_size(v->dtype); }

/* The contiguous bytes of an input. */
static ttrt_status stage_input(tt_runner *r, int i, char **out)
{
    const tt_io *in = &r->call->ins[i];
    const tt_view from = view_of(in);
    tt_view to;

    *out = tt_address(in->data);
    if (tt_view_is_contiguous(&from))
        return TTRT_OK;
    TT_TRY(hold(&r->staged[i], view_bytes(&from)));
    tt_view_contiguous(&to, in->dtype, in->rank, in->dims);
    *out = tt_address(r->staged[i].memory);
    tt_copy_run(tt_kernels_get(), r->call->threads, &to, *out, &from, tt_address(in->data));
    return TTRT_OK;
}

static tt_io *wire_at(tt_runner *r, int wire)
{
    int output = r->stages->wires[wire].output;

    return output >= 0 ? &r->call->outs[output] : &r->wires[wire];
}

static const tt_io *wire_io(tt_runner *r, int wire)
{
    int input = r->stages->wires[wire].input;

    return input >= 0 ? &r->call->ins[input] : wire_at(r, wire);
}

static ttrt_status read_wire(tt_runner *r, int wire, char **out)
{
    int input = r->stages->wires[wire].input;

    if (input >= 0)
        return stage_input(r, input, out);
    *out = tt_address(wire_at(r, wire)->data);
    return TTRT_OK;
}

/* Memory for what runs between stages or in one makes: the caller's where it is an output. */
static ttrt_status place_wire(tt_runner *r, int wire, const tt_view *v, char **out)
{
    int output = r->stages->wires[wire].output;
    tt_io *io = wire_at(r, wire);

    io_from_view(io, v);
    if (output >= 0) {
        TT_TRY(r->call->alloc->alloc(r->call->alloc->user, output, io));
    } else {
        TT_TRY(hold(&r->held[wire], view_bytes(v)));
        io->data = r->held[wire].memory;
    }
    *out = tt_address(io->data);
    return TTRT_OK;
}

/* ---- stages and binders ---- */

static ttrt_status run_stage(tt_runner *r, int number)
{
    const tt_stage *s = &r->stages->items[number];
    tt_workspace *w = r->workspace;
    tt_plan *plan;
    char *unused;

    TT_TRY(find_plan(r, number, &plan));
    TT_TRY(reserve(w, plan));
    for (int i = 0; i < plan->n_outputs; i++)
        TT_TRY(place_wire(r, s->out[i], &plan->outputs[i], &unused));
    for (int i = 0; i < plan->n_buffers; i++) {
        const tt_buffer *buffer = &plan->buffers[i];
        if (buffer->space == TT_SPACE_INPUT)
            TT_TRY(read_wire(r, s->in[buffer->index], &w->base[i]));
        else if (buffer->space == TT_SPACE_OUTPUT)
            w->base[i] = tt_address(wire_at(r, s->out[buffer->index])->data);
    }
    return tt_plan_run(plan, w->base, w->scratch, r->call->threads, r->call->options);
}

static ttrt_status run_binder(tt_runner *r, const tt_binder *b)
{
    const tt_run_options *options = r->call->options;
    const tt_io *io = wire_io(r, b->in);
    const tt_view from = view_of(io);
    const void *src = tt_address(io->data);
    uint64_t start = options && options->profile ? tt_time_ns() : 0;
    char *dst, name[256];
    tt_view to;

    TT_TRY(tt_binder_bind(b, &from, src, r->call->threads, r->values, &to));
    TT_TRY(place_wire(r, b->out, &to, &dst));
    tt_binder_write(b, &to, dst, &from, src);
    if (start) {
        snprintf(name, sizeof name, "%s %s", tt_layer_info_of(b->layer->kind)->name,
                 b->layer->name ? b->layer->name : "");
        options->profile(options->profile_user, name, tt_time_ns() - start);
    }
    return TTRT_OK;
}

/* ---- loops ---- */

static const char *name_of(const loop_runner *l) { return l->loop->layer->name ? l->loop->layer->name : ""; }

/* What reads a carried value behind the loop is planned for the size that its layer tells. */
static ttrt_status check_size(const tt_runner *r, const loop_runner *l, int i, const tt_view *v)
{
    const tt_tensor *t = l->loop->layer->out[i];
    int64_t size;

    for (int d = 0; d < v->rank; d++)
        if (!tt_dim_eval(t->dims[d], r->values, &size) || size != v->dims[d])
            TT_FAIL(TTRT_ERR_SHAPE, "loop '%s': dimension %d of carried value %d is %lld, not what its layer tells",
                    name_of(l), d, i, (long long)v->dims[d]);
    return TTRT_OK;
}

/* Before the first round: the values that come in, contiguous, and memory for those that go out. */
static ttrt_status loop_start(tt_runner *r, loop_runner *l)
{
    const tt_loop *loop = l->loop;

    for (int i = 0; i < loop->layer->n_in; i++) {
        const tt_io *io = wire_io(r, loop->in[i]);
        char *data;
        tt_view v;
        TT_TRY(read_wire(r, loop->in[i], &data));
        tt_view_contiguous(&v, io->dtype, io->rank, io->dims);
        io_from_view(&l->ins[i], &v);
        l->ins[i].data = data;
        if (i < loop->layer->n_out) {
            TT_TRY(check_size(r, l, i, &v));
            TT_TRY(place_wire(r, loop->out[i], &v, &l->wanted[i]));
            TT_TRY(hold(&l->spare[i], view_bytes(&v)));
        }
    }
    l->to_spare = false;
    return TTRT_OK;
}

/* What carries on is as large in each round. */
static ttrt_status place_carried(void *user, int i, tt_io *io)
{
    loop_runner *l = user;
    const tt_io *first = &l->ins[i];

    for (int d = 0; d < io->rank; d++)
        if (io->dims[d] != first->dims[d])
            TT_FAIL(TTRT_ERR_SHAPE, "loop '%s': dimension %d of carried value %d is %lld, its body makes it %lld",
                    name_of(l), d, i, (long long)first->dims[d], (long long)io->dims[d]);
    io->data = l->to_spare ? tt_address(l->spare[i].memory) : l->wanted[i];
    return TTRT_OK;
}

static ttrt_status place_truth(void *user, int i, tt_io *io)
{
    io->data = user;
    return TTRT_OK;
}

/* The condition or the body, on what the loop carries now. */
static ttrt_status run_part(const tt_runner *r, loop_runner *l, tt_runner *part, const tt_output_alloc *alloc)
{
    tt_runner_call call = *r->call;

    call.outs = l->outs;
    call.alloc = alloc;
    call.ins = l->ins;
    call.values = r->values;
    return tt_runner_run(part, &call);
}

static ttrt_status goes_on(const tt_runner *r, loop_runner *l, bool *out)
{
    uint8_t truth = 0;

    TT_TRY(run_part(r, l, l->condition, &(tt_output_alloc){place_truth, &truth}));
    *out = truth != 0;
    return TTRT_OK;
}

static ttrt_status run_round(const tt_runner *r, loop_runner *l)
{
    TT_TRY(run_part(r, l, l->body, &(tt_output_alloc){place_carried, l}));
    for (int i = 0; i < l->loop->layer->n_out; i++)
        l->ins[i].data = l->outs[i].data;
    l->to_spare = !l->to_spare;
    return TTRT_OK;
}

static ttrt_status run_loop(tt_runner *r, loop_runner *l)
{
    bool more;

    TT_TRY(loop_start(r, l));
    TT_TRY(goes_on(r, l, &more));
    while (more) {
        TT_TRY(run_round(r, l));
        TT_TRY(goes_on(r, l, &more));
    }
    for (int i = 0; i < l->loop->layer->n_out; i++) {
        const tt_view v = view_of(&l->ins[i]);
        if (l->ins[i].data != l->wanted[i] && view_bytes(&v))
            memcpy(l->wanted[i], l->ins[i].data, view_bytes(&v));
    }
    return TTRT_OK;
}

/* ---- a run ---- */

/* What this network binds is not known yet, whatever the network around it has under that name. */
static void start_values(tt_runner *r)
{
    memcpy(r->values, r->call->values, r->n_values * sizeof *r->values);
    for (int i = 0; r->stages->net->parent && i < r->stages->n; i++)
        for (int k = 0; k < r->stages->items[i].n_binders; k++)
            r->values[r->stages->items[i].binders[k].symbol->index] = TT_DIM_UNBOUND;
}

/* Networks of loops see symbols of the network around them: their inputs must be as large as those say. */
static ttrt_status check_inputs(const tt_runner *r)
{
    const tt_network *net = r->stages->net;

    for (int i = 0; net->parent && i < net->n_inputs; i++)
        for (int d = 0; d < net->inputs[i]->rank; d++) {
            int64_t size, given = r->call->ins[i].dims[d];
            if (!tt_dim_eval(net->inputs[i]->dims[d], r->values, &size) || size != given)
                TT_FAIL(TTRT_ERR_SHAPE, "network '%s': dimension %d of input '%s' is %lld, which it does not take",
                        net->name, d, net->inputs[i]->name, (long long)given);
        }
    return TTRT_OK;
}

ttrt_status tt_runner_run(tt_runner *r, const tt_runner_call *call)
{
    const tt_stages *stages = r->stages;
    loop_runner *loop = r->loops;

    r->call = call;
    start_values(r);
    TT_TRY(check_inputs(r));
    for (int i = 0; i < stages->n; i++) {
        const tt_stage *s = &stages->items[i];
        if (stages->n == 1 || s->net->n_outputs)
            TT_TRY(run_stage(r, i));
        for (int k = 0; k < s->n_binders; k++)
            TT_TRY(run_binder(r, &s->binders[k]));
        for (int k = 0; k < s->n_loops; k++)
            TT_TRY(run_loop(r, loop++));
    }
    return TTRT_OK;
}
