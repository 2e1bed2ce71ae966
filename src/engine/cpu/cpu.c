/* Engine cpu: blobs, live engines, contexts. See cpu.h for the whole. */
#include <string.h>

#include "engine/bind.h"
#include "engine/cpu/blob.h"
#include "engine/cpu/cpu.h"
#include "engine/cpu/plan.h"
#include "engine/cpu/runner.h"
#include "engine/settings.h"

extern const tt_engine_iface tt_engine_cpu;

typedef struct cpu_engine {
    tt_network *net;
    tt_stages stages;
    tt_mapping *owner;
} cpu_engine;

typedef struct cpu_context {
    tt_runner *runner;
    tt_workspace workspace;
    tt_binding bound;
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

    *out = (tt_engine_info){net->n_inputs, net->n_outputs, net->inputs,
                            net->outputs,  net->dims,      (const char *const *)net->output_names};
}

/* ---- context ---- */

static void context_free(void *context)
{
    cpu_context *c = context;

    if (!c)
        return;
    tt_runner_free(c->runner);
    tt_workspace_dispose(&c->workspace);
    tt_binding_dispose(&c->bound);
    tt_free(c);
}

static ttrt_status context_init(cpu_context *c, const cpu_engine *e)
{
    tt_engine_info facts;

    info(e, &facts);
    TT_TRY(tt_binding_init(&c->bound, &tt_engine_cpu, &facts));
    return tt_runner_new(&e->stages, &c->workspace, &c->runner);
}

static ttrt_status context_new(void *engine, const tt_run_options *options, void **context)
{
    cpu_context *c = tt_calloc(1, sizeof *c);

    if (!c)
        return TTRT_ERR_MEMORY;
    ttrt_status status = context_init(c, engine);
    if (status != TTRT_OK) {
        context_free(c);
        return status;
    }
    *context = c;
    return TTRT_OK;
}

static ttrt_status run(void *context, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options)
{
    cpu_context *c = context;

    TT_TRY(tt_binding_check(&c->bound, ins, 0));
    TT_TRY(tt_binding_set(&c->bound, ins));
    const tt_runner_call call = {.outs = outs,
                                 .alloc = alloc,
                                 .ins = ins,
                                 .values = c->bound.values,
                                 .threads = options && options->threads ? options->threads : tt_pool_threads(0),
                                 .options = options};
    return tt_runner_run(c->runner, &call);
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

/* The layers of a loop follow it. */
static void inspect_layers(const tt_network *net, bool *first, tt_str *json)
{
    TT_EACH_LAYER (net, l) {
        if (l->kind == TT_LAYER_CONSTANT)
            continue;
        tt_str_addf(json, "%s{\"kind\": \"%s\", \"name\": ", *first ? "" : ", ", tt_layer_info_of(l->kind)->name);
        tt_str_add_json(json, l->name ? l->name : "");
        tt_str_add(json, "}");
        *first = false;
        TT_EACH_NETWORK_OF (l, sub)
            inspect_layers(sub, first, json);
    }
}

static ttrt_status inspect(void *engine, tt_str *json)
{
    const cpu_engine *e = engine;
    bool first = true;

    tt_str_add(json, "{\"layers\": [");
    inspect_layers(e->net, &first, json);
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
