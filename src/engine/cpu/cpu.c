/* Engine cpu: blobs, live engines, contexts with a small cache of plans. See cpu.h for the whole. */
#include <stdio.h>
#include <string.h>

#include "engine/bind.h"
#include "engine/cpu/binders.h"
#include "engine/cpu/blob.h"
#include "engine/cpu/cpu.h"
#include "engine/cpu/kernels/copy.h"
#include "engine/cpu/plan.h"
#include "engine/cpu/stages.h"
#include "engine/settings.h"

extern const tt_engine_iface tt_engine_cpu;

#define MAX_PLANS 16 /* of one stage in one context; the one used longest ago goes */

typedef struct cpu_engine {
    tt_network *net;
    tt_stages stages;
    tt_mapping *owner;
} cpu_engine;

typedef struct plan_cache {
    tt_plan *plans[MAX_PLANS];
    int n;
} plan_cache;

typedef struct holding { /* memory that grows and stays */
    char *memory;
    size_t bytes;
} holding;

typedef struct cpu_context {
    cpu_engine *engine;
    plan_cache *caches; /* one for each stage */
    uint64_t clock;
    holding *staged; /* contiguous copies, one for each input */
    holding *held;   /* what is neither input nor output, one for each wire; with one stage there is no such */
    tt_io *wires;    /* where that is */
    char *scratch;
    size_t scratch_bytes;
    char **base;
    int base_count;
    /* The run at hand. */
    tt_binding bound;
    const tt_io *ins;
    tt_io *outs;
    const tt_output_alloc *alloc;
    const tt_threads *threads;
    const tt_run_options *options;
} cpu_context;

/* ---- engine ---- */

static ttrt_status probe(tt_reason *why) { return TTRT_OK; }

static ttrt_status build(tt_network *net, const tt_build_options *options, tt_writer *blob)
{
    if (options && options->settings)
        tt_settings_name_lacking(options->settings);
    TT_TRY(tt_cpu_optimize(net, options));
    return tt_cpu_blob_write(net, options, blob);
}

static void destroy(void *engine)
{
    cpu_engine *e = engine;

    tt_stages_dispose(&e->stages);
    tt_network_free(e->net);
    tt_mapping_unref(e->owner);
    tt_free(e);
}

static ttrt_status deserialize(const uint8_t *bytes, size_t size, const uint8_t *id, tt_mapping *owner, void **engine)
{
    cpu_engine *e = tt_calloc(1, sizeof *e);

    if (!e)
        return TTRT_ERR_MEMORY;
    ttrt_status status = tt_cpu_blob_read(bytes, size, &e->net);
    if (status == TTRT_OK)
        status = tt_stages_new(e->net, &e->stages);
    if (status != TTRT_OK) {
        destroy(e);
        return status;
    }
    e->owner = owner ? tt_mapping_ref(owner) : NULL;
    *engine = e;
    return TTRT_OK;
}

static void info(const void *engine, tt_engine_info *out)
{
    const tt_network *net = ((const cpu_engine *)engine)->net;

    *out = (tt_engine_info){net->n_inputs, net->n_outputs, net->inputs, net->outputs, net->dims};
}

/* ---- context ---- */

static void holdings_free(holding *list, int n)
{
    for (int i = 0; list && i < n; i++)
        tt_free_aligned(list[i].memory);
    tt_free(list);
}

static void context_free(void *context)
{
    cpu_context *c = context;

    if (!c)
        return;
    for (int s = 0; c->caches && s < c->engine->stages.n; s++)
        for (int i = 0; i < c->caches[s].n; i++)
            tt_plan_free(c->caches[s].plans[i]);
    tt_free(c->caches);
    holdings_free(c->staged, c->engine->net->n_inputs);
    holdings_free(c->held, c->engine->stages.n_wires);
    tt_free(c->wires);
    tt_binding_dispose(&c->bound);
    tt_free_aligned(c->scratch);
    tt_free(c->base);
    tt_free(c);
}

static ttrt_status allocate(cpu_context *c)
{
    const cpu_engine *e = c->engine;
    size_t n_wires = e->stages.n > 1 ? (size_t)e->stages.n_wires : 0;
    tt_engine_info facts;

    info(e, &facts);
    TT_TRY(tt_binding_init(&c->bound, &tt_engine_cpu, &facts));
    c->caches = tt_calloc((size_t)e->stages.n, sizeof *c->caches);
    c->staged = tt_calloc((size_t)e->net->n_inputs + 1, sizeof *c->staged);
    if (!c->caches || !c->staged)
        return TTRT_ERR_MEMORY;
    if (n_wires &&
        (!(c->held = tt_calloc(n_wires, sizeof *c->held)) || !(c->wires = tt_calloc(n_wires, sizeof *c->wires))))
        return TTRT_ERR_MEMORY;
    return TTRT_OK;
}

static ttrt_status context_new(void *engine, const tt_run_options *options, void **context)
{
    cpu_context *c = tt_calloc(1, sizeof *c);

    if (!c)
        return TTRT_ERR_MEMORY;
    c->engine = engine;
    ttrt_status status = allocate(c);
    if (status != TTRT_OK) {
        context_free(c);
        return status;
    }
    *context = c;
    return TTRT_OK;
}

/* ---- plans ---- */

static ttrt_status find_plan(cpu_context *c, int stage, tt_plan **out)
{
    const int64_t *values = c->bound.values;
    const tt_stage *s = &c->engine->stages.items[stage];
    plan_cache *cache = &c->caches[stage];
    int n_workers = c->threads ? c->threads->n_workers : 1, oldest = 0;

    for (int i = 0; i < cache->n; i++) {
        tt_plan *p = cache->plans[i];
        if (p->n_workers == n_workers && memcmp(p->symbols, values, c->bound.n_values * sizeof *values) == 0) {
            p->used = ++c->clock;
            *out = p;
            return TTRT_OK;
        }
        oldest = p->used < cache->plans[oldest]->used ? i : oldest;
    }
    TT_TRY(tt_plan_new(s->net, s->n_tensors, values, c->threads, out));
    (*out)->used = ++c->clock;
    if (cache->n < MAX_PLANS) {
        cache->plans[cache->n++] = *out;
    } else {
        tt_plan_free(cache->plans[oldest]);
        cache->plans[oldest] = *out;
    }
    return TTRT_OK;
}

/* Memory for the plan: grows, and stays for the next run. */
static ttrt_status reserve(cpu_context *c, const tt_plan *plan)
{
    if (plan->scratch_bytes > c->scratch_bytes) {
        tt_free_aligned(c->scratch);
        c->scratch_bytes = 0;
        c->scratch = tt_alloc_aligned(plan->scratch_bytes);
        if (!c->scratch)
            return TTRT_ERR_MEMORY;
        c->scratch_bytes = plan->scratch_bytes;
    }
    if (plan->n_buffers > c->base_count) {
        char **base = tt_realloc(c->base, (size_t)plan->n_buffers * sizeof *base);
        if (!base)
            return TTRT_ERR_MEMORY;
        c->base = base;
        c->base_count = plan->n_buffers;
    }
    return TTRT_OK;
}

/* ---- a run ---- */

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

/* The contiguous bytes of an input. */
static ttrt_status stage_input(cpu_context *c, int i, char **out)
{
    const tt_io *in = &c->ins[i];
    const tt_view from = view_of(in);
    tt_view to;

    *out = tt_address(in->data);
    if (tt_view_is_contiguous(&from))
        return TTRT_OK;
    TT_TRY(hold(&c->staged[i], (size_t)tt_view_count(&from) * ttrt_dtype_size(in->dtype)));
    tt_view_contiguous(&to, in->dtype, in->rank, in->dims);
    *out = tt_address(c->staged[i].memory);
    tt_copy_run(tt_kernels_get(), c->threads, &to, *out, &from, tt_address(in->data));
    return TTRT_OK;
}

static tt_io *wire_at(cpu_context *c, int wire)
{
    int output = c->engine->stages.wires[wire].output;

    return output >= 0 ? &c->outs[output] : &c->wires[wire];
}

static ttrt_status read_wire(cpu_context *c, int wire, char **out)
{
    int input = c->engine->stages.wires[wire].input;

    if (input >= 0)
        return stage_input(c, input, out);
    *out = tt_address(wire_at(c, wire)->data);
    return TTRT_OK;
}

/* Memory for what a stage or a binder makes: the caller's where it is an output. */
static ttrt_status place_wire(cpu_context *c, int wire, const tt_view *v, char **out)
{
    int output = c->engine->stages.wires[wire].output;
    tt_io *io = wire_at(c, wire);

    io->dtype = v->dtype;
    io->device_type = TTRT_DEVICE_CPU;
    io->device_index = 0;
    io->rank = v->rank;
    memcpy(io->dims, v->dims, sizeof(int64_t) * (size_t)v->rank);
    memcpy(io->strides, v->strides, sizeof(int64_t) * (size_t)v->rank);
    if (output >= 0) {
        TT_TRY(c->alloc->alloc(c->alloc->user, output, io));
    } else {
        TT_TRY(hold(&c->held[wire], (size_t)tt_view_count(v) * ttrt_dtype_size(v->dtype)));
        io->data = c->held[wire].memory;
    }
    *out = tt_address(io->data);
    return TTRT_OK;
}

static ttrt_status run_stage(cpu_context *c, int number)
{
    const tt_stage *s = &c->engine->stages.items[number];
    tt_plan *plan;
    char *unused;

    TT_TRY(find_plan(c, number, &plan));
    TT_TRY(reserve(c, plan));
    for (int i = 0; i < plan->n_outputs; i++)
        TT_TRY(place_wire(c, s->out[i], &plan->outputs[i], &unused));
    for (int i = 0; i < plan->n_buffers; i++) {
        const tt_buffer *buffer = &plan->buffers[i];
        if (buffer->space == TT_SPACE_INPUT)
            TT_TRY(read_wire(c, s->in[buffer->index], &c->base[i]));
        else if (buffer->space == TT_SPACE_OUTPUT)
            c->base[i] = tt_address(wire_at(c, s->out[buffer->index])->data);
    }
    return tt_plan_run(plan, c->base, c->scratch, c->threads, c->options);
}

static ttrt_status run_binder(cpu_context *c, const tt_binder *b)
{
    int input = c->engine->stages.wires[b->in].input;
    const tt_io *io = input >= 0 ? &c->ins[input] : wire_at(c, b->in);
    const tt_view from = view_of(io);
    const void *src = tt_address(io->data);
    uint64_t start = c->options && c->options->profile ? tt_time_ns() : 0;
    char *dst, name[256];
    tt_view to;

    TT_TRY(tt_binder_bind(b, &from, src, c->threads, c->bound.values, &to));
    TT_TRY(place_wire(c, b->out, &to, &dst));
    tt_binder_write(b, &to, dst, &from, src);
    if (start) {
        snprintf(name, sizeof name, "%s %s", tt_layer_info_of(b->layer->kind)->name,
                 b->layer->name ? b->layer->name : "");
        c->options->profile(c->options->profile_user, name, tt_time_ns() - start);
    }
    return TTRT_OK;
}

static ttrt_status run(void *context, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options)
{
    cpu_context *c = context;
    const tt_stages *stages = &c->engine->stages;

    c->ins = ins;
    c->outs = outs;
    c->alloc = alloc;
    c->options = options;
    c->threads = options && options->threads ? options->threads : tt_pool_threads(0);
    TT_TRY(tt_binding_check(&c->bound, ins, 0));
    TT_TRY(tt_binding_set(&c->bound, ins));
    for (int i = 0; i < stages->n; i++) {
        if (stages->n == 1 || stages->items[i].net->n_outputs)
            TT_TRY(run_stage(c, i));
        for (int k = 0; k < stages->items[i].n_binders; k++)
            TT_TRY(run_binder(c, &stages->items[i].binders[k]));
    }
    return TTRT_OK;
}

/* ---- one-off evaluation, for folding ---- */

typedef struct arena_outputs {
    tt_arena *arena;
    void **outs;
} arena_outputs;

static ttrt_status allocate_in_arena(void *user, int i, tt_io *io)
{
    const arena_outputs *o = user;
    tt_view v = {.rank = io->rank};

    memcpy(v.dims, io->dims, sizeof(int64_t) * (size_t)io->rank);
    io->data = o->outs[i] = tt_arena_array(o->arena, (size_t)tt_view_count(&v), ttrt_dtype_size(io->dtype));
    return io->data ? TTRT_OK : TTRT_ERR_MEMORY;
}

ttrt_status tt_cpu_evaluate(tt_network *net, tt_arena *arena, void **outs)
{
    cpu_engine engine = {.net = net};
    tt_io *ios = tt_calloc((size_t)net->n_outputs + 1, sizeof *ios);
    arena_outputs o = {arena, outs};
    tt_output_alloc alloc = {allocate_in_arena, &o};
    void *context = NULL;
    ttrt_status status = ios ? tt_stages_new(net, &engine.stages) : TTRT_ERR_MEMORY;

    if (status == TTRT_OK)
        status = context_new(&engine, NULL, &context);
    if (status == TTRT_OK)
        status = run(context, ios, &alloc, NULL, NULL);
    context_free(context);
    tt_stages_dispose(&engine.stages);
    tt_free(ios);
    return status;
}

/* ---- inspection ---- */

static ttrt_status inspect(void *engine, tt_str *json)
{
    const cpu_engine *e = engine;
    bool first = true;

    tt_str_add(json, "{\"layers\": [");
    TT_EACH_LAYER (e->net, l) {
        if (l->kind == TT_LAYER_CONSTANT)
            continue;
        tt_str_addf(json, "%s{\"kind\": \"%s\", \"name\": ", first ? "" : ", ", tt_layer_info_of(l->kind)->name);
        tt_str_add_json(json, l->name ? l->name : "");
        tt_str_add(json, "}");
        first = false;
    }
    tt_str_add(json, "]}");
    return tt_str_status(json);
}

const tt_engine_iface tt_engine_cpu = {
    .version = 1,
    .name = "cpu",
    .device_type = TTRT_DEVICE_CPU,
    .probe = probe,
    .supports = tt_cpu_supports,
    .prepare = tt_cpu_prepare,
    .build = build,
    .deserialize = deserialize,
    .destroy = destroy,
    .info = info,
    .context_new = context_new,
    .context_free = context_free,
    .run = run,
    .inspect = inspect,
};
