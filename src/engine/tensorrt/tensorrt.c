/* Engine tensorrt: NVIDIA TensorRT and TensorRT-RTX, called from C through their binary interface.
 *
 *   network ─► map*.c, shapes.c, profile.c ─► build.c ─► blob        library.c, callbacks.c: TensorRT itself
 *   blob ─► payload ─► live.c: on each GPU that runs it ─► run.c     cuda.c: the driver; cache.c: compiled kernels */
#include <string.h>

#include "engine/tensorrt/build.h"
#include "engine/tensorrt/doctor.h"
#include "engine/tensorrt/library.h"
#include "engine/tensorrt/map.h"
#include "engine/tensorrt/run.h"

extern const tt_engine_iface tt_engine_tensorrt;

typedef struct trt_engine {
    tt_trt_payload payload;
    tt_mapping *owner;
    uint8_t id[16];
    tt_binding bound;        /* for checks; contexts have their own */
    pthread_mutex_t lock;    /* of what follows */
    tt_trt_live *live;       /* one for each GPU that has run it */
    struct trt_engine *next; /* of those that wait for their end */
} trt_engine;

/* Building needs the library alone; what a run needs is asked when one starts. */
static ttrt_status probe(tt_reason *why)
{
    const tt_trt_library *library;
    ttrt_status status = tt_trt_library_get(&library);

    if (status != TTRT_OK)
        tt_refuse(why, "%s%s%s", ttrt_last_error()->what, ttrt_last_error()->hint[0] ? "; " : "",
                  ttrt_last_error()->hint);
    return status;
}

static ttrt_status runs_here(tt_reason *why)
{
    ttrt_status status = tt_trt_runs_here();

    if (status != TTRT_OK)
        tt_refuse(why, "%s", ttrt_last_error()->what);
    return status;
}

static void info(const void *engine, tt_engine_info *out)
{
    const tt_trt_payload *p = &((const trt_engine *)engine)->payload;

    *out = (tt_engine_info){p->n_inputs, p->io->n_inputs - p->n_inputs, p->io->inputs, p->io->inputs + p->n_inputs,
                            p->io->dims};
}

/* ---- from and to bytes ---- */

static void destroy_now(trt_engine *e)
{
    while (e->live) {
        tt_trt_live *next = e->live->next;
        tt_trt_live_close(e->live);
        e->live = next;
    }
    tt_binding_dispose(&e->bound);
    tt_network_free(e->payload.io);
    tt_mapping_unref(e->owner);
    pthread_mutex_destroy(&e->lock);
    tt_free(e);
}

/* CUDA graphs that recorded a run use the engine's memory for as long as they live: such engines wait for their end. */
static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;
static trt_engine *waiting;

static bool is_used_by_graphs(const trt_engine *e)
{
    bool used = false;

    for (tt_trt_live *live = e->live; live; live = live->next)
        used |= !tt_trt_contexts_free_captured(live);
    return used;
}

static void destroy(void *engine)
{
    trt_engine *e = engine, *gone = NULL;

    pthread_mutex_lock(&waiting_lock);
    e->next = waiting;
    waiting = e;
    for (trt_engine **at = &waiting; (e = *at);) {
        if (is_used_by_graphs(e)) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        e->next = gone;
        gone = e;
    }
    pthread_mutex_unlock(&waiting_lock);
    while (gone) {
        trt_engine *next = gone->next;
        destroy_now(gone);
        gone = next;
    }
}

/* Needs neither TensorRT nor a GPU: the plan is looked at when a run needs it. */
static ttrt_status deserialize(const uint8_t *bytes, size_t size, const uint8_t *id, tt_mapping *owner, void **engine)
{
    trt_engine *e = tt_calloc(1, sizeof *e);
    tt_engine_info facts;

    if (!e)
        return TTRT_ERR_MEMORY;
    ttrt_status status = tt_trt_payload_read(bytes, size, &e->payload);
    if (status != TTRT_OK) {
        tt_free(e);
        return status;
    }
    e->owner = owner ? tt_mapping_ref(owner) : NULL;
    memcpy(e->id, id, sizeof e->id);
    pthread_mutex_init(&e->lock, NULL);
    info(e, &facts);
    status = tt_binding_init(&e->bound, &tt_engine_tensorrt, &facts);
    if (status != TTRT_OK) {
        destroy_now(e);
        return status;
    }
    *engine = e;
    return TTRT_OK;
}

/* ---- runs ---- */

static ttrt_status live_on(trt_engine *e, const tt_cuda_device *device, tt_trt_live **out)
{
    tt_trt_live *live;
    ttrt_status status = TTRT_OK;

    pthread_mutex_lock(&e->lock);
    for (live = e->live; live && live->device != device;)
        live = live->next;
    if (!live) {
        status = tt_trt_live_open(&e->payload, e->id, device, &live);
        if (status == TTRT_OK) {
            live->next = e->live;
            e->live = live;
        }
    }
    pthread_mutex_unlock(&e->lock);
    *out = live;
    return status;
}

static ttrt_status place(void *engine, const tt_io *ins, tt_run_options *o)
{
    const trt_engine *e = engine;
    const tt_cuda_device *device;

    for (int i = 0; i < e->bound.info.n_inputs; i++)
        if (ins[i].device_type == TTRT_DEVICE_CUDA) {
            o->device_index = ins[i].device_index;
            break;
        }
    TT_TRY(tt_binding_check(&e->bound, ins, o->device_index));
    TT_TRY(tt_cuda_device_get(o->device_index, &device));
    TT_TRY(tt_cuda_stream(device, o->stream, &o->stream, &o->capture));
    if (o->capture || o->profile) /* recorded by the caller, or timed layer by layer */
        o->cuda_graphs = false;
    return TTRT_OK;
}

static ttrt_status context_new(void *engine, const tt_run_options *options, void **context)
{
    const tt_cuda_device *device;
    tt_engine_info facts;
    tt_trt_live *live;

    TT_TRY(tt_cuda_device_get(options->device_index, &device));
    TT_TRY(live_on(engine, device, &live));
    info(engine, &facts);
    return tt_trt_context_new(live, &tt_engine_tensorrt, &facts, options, (tt_trt_context **)context);
}

static void context_free(void *context) { tt_trt_context_free(context); }

static tt_suits context_suits(void *context, const tt_run_options *options)
{
    return tt_trt_context_suits(context, options);
}

static ttrt_status run(void *context, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options)
{
    return tt_trt_run(context, outs, alloc, ins, options);
}

/* ---- inspection ---- */

static void describe_live(const tt_trt_live *live, tt_str *json)
{
    tt_str_addf(json, "{\"gpu\": %d, \"name\": ", live->device->index);
    tt_str_add_json(json, live->device->name);
    tt_str_addf(
        json, ", \"weight_bytes\": %lld, \"activation_bytes\": %lld, \"contexts\": %d, \"profiles\": %d, \"runs\": %u}",
        (long long)trt_ICudaEngine_getEngineStat(live->engine, TRT_EngineStat_kTOTAL_WEIGHTS_SIZE),
        (long long)atomic_load(&live->context_bytes), atomic_load(&live->n_contexts), live->n_profiles,
        atomic_load(&live->runs));
}

static ttrt_status inspect(void *engine, tt_str *json)
{
    trt_engine *e = engine;
    const tt_trt_payload *p = &e->payload;

    tt_str_addf(json, "{\"built_by\": \"TensorRT%s %d.%d.%d\", \"targets\": ", p->is_rtx ? "-RTX" : "",
                p->version / 10000, p->version / 100 % 100, p->version % 100);
    tt_str_add_json(json, p->targets);
    tt_str_add(json, ", \"profiles\": ");
    tt_str_add_json(json, p->profiles);
    tt_str_addf(json, ", \"plan_bytes\": %zu, \"devices\": [", p->plan_bytes);
    pthread_mutex_lock(&e->lock);
    for (const tt_trt_live *live = e->live; live; live = live->next) {
        describe_live(live, json);
        tt_str_add(json, live->next ? ", " : "");
    }
    pthread_mutex_unlock(&e->lock);
    tt_str_add(json, "]}");
    return tt_str_status(json);
}

static void plan(const void *engine, const uint8_t **bytes, size_t *size)
{
    const tt_trt_payload *p = &((const trt_engine *)engine)->payload;

    *bytes = p->plan;
    *size = p->plan_bytes;
}

const tt_engine_iface tt_engine_tensorrt = {
    .version = 1,
    .name = "tensorrt",
    .device_type = TTRT_DEVICE_CUDA,
    .lacks_f64 = true,
    .probe = probe,
    .runs_here = runs_here,
    .supports = tt_trt_supports,
    .takes = tt_trt_takes,
    .build = tt_trt_build,
    .deserialize = deserialize,
    .destroy = destroy,
    .info = info,
    .place = place,
    .context_new = context_new,
    .context_free = context_free,
    .context_suits = context_suits,
    .run = run,
    .inspect = inspect,
    .plan = plan,
    .doctor = tt_trt_doctor,
};
