/* Engine tensorrt: NVIDIA TensorRT and TensorRT-RTX, called from C through their binary interface.
 *
 *   network ─► map*.c, shapes.c, profile.c ─► build.c ─► blob        library.c, callbacks.c: TensorRT itself
 *   blob ─► payload ─► a live engine on each device that runs it ─► run */
#include "engine/tensorrt/build.h"
#include "engine/tensorrt/library.h"
#include "engine/tensorrt/map.h"

typedef struct trt_engine {
    tt_trt_payload payload;
    tt_mapping *owner;
} trt_engine;

/* Building needs the library alone; what a run needs is asked when one starts. */
static ttrt_status probe(tt_reason *why)
{
    const tt_trt_library *library;
    ttrt_status status = tt_trt_library_get(&library);

    if (status != TTRT_OK)
        tt_refuse(why, "%s; %s", ttrt_last_error()->what, ttrt_last_error()->hint);
    return status;
}

static ttrt_status runs_here(tt_reason *why)
{
    tt_refuse(why, "this build of the library runs no TensorRT engines");
    return TTRT_ERR_UNSUPPORTED;
}

static void destroy(void *engine)
{
    trt_engine *e = engine;

    tt_network_free(e->payload.io);
    tt_mapping_unref(e->owner);
    tt_free(e);
}

static ttrt_status deserialize(const uint8_t *bytes, size_t size, tt_mapping *owner, void **engine)
{
    trt_engine *e = tt_calloc(1, sizeof *e);

    if (!e)
        return TTRT_ERR_MEMORY;
    ttrt_status status = tt_trt_payload_read(bytes, size, &e->payload);
    if (status != TTRT_OK) {
        tt_free(e);
        return status;
    }
    e->owner = owner ? tt_mapping_ref(owner) : NULL;
    *engine = e;
    return TTRT_OK;
}

static void info(const void *engine, tt_engine_info *out)
{
    const tt_trt_payload *p = &((const trt_engine *)engine)->payload;

    *out = (tt_engine_info){p->n_inputs, p->io->n_inputs - p->n_inputs, p->io->inputs, p->io->inputs + p->n_inputs,
                            p->io->dims};
}

static ttrt_status context_new(void *engine, void **context)
{
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "this build of the library runs no TensorRT engines");
}

static void context_free(void *context) {}

static ttrt_status run(void *context, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options)
{
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "this build of the library runs no TensorRT engines");
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
    .probe = probe,
    .runs_here = runs_here,
    .supports = tt_trt_supports,
    .build = tt_trt_build,
    .deserialize = deserialize,
    .destroy = destroy,
    .info = info,
    .context_new = context_new,
    .context_free = context_free,
    .run = run,
    .plan = plan,
};
