/* Engine cpu: blobs, live engines, contexts with a small cache of plans. See cpu.h for the whole. */
#include <stdio.h>
#include <string.h>

#include "engine/bind.h"
#include "engine/cpu/blob.h"
#include "engine/cpu/cpu.h"
#include "engine/cpu/kernels/copy.h"
#include "engine/cpu/plan.h"
#include "engine/settings.h"

extern const tt_engine_iface tt_engine_cpu;

#define MAX_PLANS 16 /* of one context; the one used longest ago goes */

typedef struct cpu_engine {
    tt_network *net;
    int n_tensors;
    tt_mapping *owner;
} cpu_engine;

typedef struct staging { /* a contiguous copy of an input */
    char *memory;
    size_t bytes;
} staging;

typedef struct cpu_context {
    cpu_engine *engine;
    tt_plan *plans[MAX_PLANS];
    int n_plans;
    uint64_t clock;
    tt_binding bound; /* the run at hand */
    staging *staged;  /* one for each input */
    char *scratch;
    size_t scratch_bytes;
    char **base;
    int base_count;
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
    if (status != TTRT_OK) {
        tt_free(e);
        return status;
    }
    e->n_tensors = tt_network_number(e->net);
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

static void context_free(void *context)
{
    cpu_context *c = context;

    if (!c)
        return;
    for (int i = 0; i < c->n_plans; i++)
        tt_plan_free(c->plans[i]);
    for (int i = 0; c->staged && i < c->engine->net->n_inputs; i++)
        tt_free_aligned(c->staged[i].memory);
    tt_free(c->staged);
    tt_binding_dispose(&c->bound);
    tt_free_aligned(c->scratch);
    tt_free(c->base);
    tt_free(c);
}

static ttrt_status context_new(void *engine, const tt_run_options *options, void **context)
{
    cpu_engine *e = engine;
    cpu_context *c = tt_calloc(1, sizeof *c);
    tt_engine_info facts;

    if (!c)
        return TTRT_ERR_MEMORY;
    c->engine = e;
    info(e, &facts);
    ttrt_status status = tt_binding_init(&c->bound, &tt_engine_cpu, &facts);
    if (status == TTRT_OK && !(c->staged = tt_calloc((size_t)e->net->n_inputs + 1, sizeof *c->staged)))
        status = TTRT_ERR_MEMORY;
    if (status != TTRT_OK) {
        context_free(c);
        return status;
    }
    *context = c;
    return TTRT_OK;
}

static ttrt_status find_plan(cpu_context *c, const tt_threads *threads, tt_plan **out)
{
    const int64_t *values = c->bound.values;
    int n_workers = threads ? threads->n_workers : 1, oldest = 0;

    for (int i = 0; i < c->n_plans; i++) {
        tt_plan *p = c->plans[i];
        if (p->n_workers == n_workers && memcmp(p->symbols, values, c->bound.n_values * sizeof *values) == 0) {
            p->used = ++c->clock;
            *out = p;
            return TTRT_OK;
        }
        oldest = p->used < c->plans[oldest]->used ? i : oldest;
    }
    TT_TRY(tt_plan_new(c->engine->net, c->engine->n_tensors, values, threads, out));
    (*out)->used = ++c->clock;
    if (c->n_plans < MAX_PLANS) {
        c->plans[c->n_plans++] = *out;
    } else {
        tt_plan_free(c->plans[oldest]);
        c->plans[oldest] = *out;
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

static ttrt_status stage_input(cpu_context *c, int i, const tt_io *in, const tt_threads *threads, char **out)
{
    tt_view from = {.dtype = in->dtype, .rank = in->rank}, to;

    memcpy(from.dims, in->dims, sizeof(int64_t) * (size_t)in->rank);
    memcpy(from.strides, in->strides, sizeof(int64_t) * (size_t)in->rank);
    *out = in->data;
    if (tt_view_is_contiguous(&from))
        return TTRT_OK;
    size_t bytes = (size_t)tt_view_count(&from) * ttrt_dtype_size(in->dtype);
    staging *s = &c->staged[i];
    if (bytes > s->bytes) {
        tt_free_aligned(s->memory);
        s->bytes = 0;
        s->memory = tt_alloc_aligned(bytes);
        if (!s->memory)
            return TTRT_ERR_MEMORY;
        s->bytes = bytes;
    }
    tt_view_contiguous(&to, in->dtype, in->rank, in->dims);
    tt_copy_run(tt_kernels_get(), threads, &to, s->memory, &from, in->data);
    *out = s->memory;
    return TTRT_OK;
}

static ttrt_status allocate_outputs(const tt_plan *plan, tt_io *outs, const tt_output_alloc *alloc)
{
    for (int i = 0; i < plan->n_outputs; i++) {
        const tt_view *v = &plan->outputs[i];

        outs[i].dtype = v->dtype;
        outs[i].device_type = TTRT_DEVICE_CPU;
        outs[i].device_index = 0;
        outs[i].rank = v->rank;
        memcpy(outs[i].dims, v->dims, sizeof(int64_t) * (size_t)v->rank);
        memcpy(outs[i].strides, v->strides, sizeof(int64_t) * (size_t)v->rank);
        TT_TRY(alloc->alloc(alloc->user, i, &outs[i]));
    }
    return TTRT_OK;
}

static ttrt_status run(void *context, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options)
{
    cpu_context *c = context;
    const tt_threads *threads = options && options->threads ? options->threads : tt_pool_threads(0);
    tt_plan *plan;

    TT_TRY(tt_binding_check(&c->bound, ins, 0));
    TT_TRY(tt_binding_set(&c->bound, ins));
    TT_TRY(find_plan(c, threads, &plan));
    TT_TRY(reserve(c, plan));
    TT_TRY(allocate_outputs(plan, outs, alloc));
    for (int i = 0; i < plan->n_buffers; i++) {
        const tt_buffer *buffer = &plan->buffers[i];
        if (buffer->space == TT_SPACE_INPUT)
            TT_TRY(stage_input(c, buffer->index, &ins[buffer->index], threads, &c->base[i]));
        else if (buffer->space == TT_SPACE_OUTPUT)
            c->base[i] = outs[buffer->index].data;
    }
    return tt_plan_run(plan, c->base, c->scratch, threads, options);
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
    cpu_engine engine = {.net = net, .n_tensors = tt_network_number(net)};
    tt_io *ios = tt_calloc((size_t)net->n_outputs + 1, sizeof *ios);
    arena_outputs o = {arena, outs};
    tt_output_alloc alloc = {allocate_in_arena, &o};
    void *context = NULL;
    ttrt_status status = ios ? context_new(&engine, NULL, &context) : TTRT_ERR_MEMORY;

    if (status == TTRT_OK)
        status = run(context, ios, &alloc, NULL, NULL);
    context_free(context);
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
    .build = build,
    .deserialize = deserialize,
    .destroy = destroy,
    .info = info,
    .context_new = context_new,
    .context_free = context_free,
    .run = run,
    .inspect = inspect,
};
