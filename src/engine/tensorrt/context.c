/* Contexts: TensorRT's execution context, its device memory, and the CUDA graphs that hold it. See run.h, context.h. */
#include "engine/tensorrt/context.h"

#include <string.h>

/* ---- device memory ---- */

static ttrt_status retire(tt_trt_context *c, const tt_trt_buffer *b)
{
    if (c->n_retired == c->retired_cap) {
        size_t cap = c->retired_cap ? 2 * c->retired_cap : 8;
        tt_trt_buffer *more = tt_realloc(c->retired, cap * sizeof *more);
        if (!more)
            return TTRT_ERR_MEMORY;
        c->retired = more;
        c->retired_cap = cap;
    }
    c->retired[c->n_retired++] = *b;
    return TTRT_OK;
}

static void release(tt_trt_context *c, tt_trt_buffer *b)
{
    tt_cuda_free(c->live->device->index, b->data);
    atomic_fetch_sub(&c->live->context_bytes, (long long)b->bytes);
    *b = (tt_trt_buffer){0};
}

ttrt_status tt_trt_grow(tt_trt_context *c, tt_trt_buffer *b, size_t bytes)
{
    tt_trt_buffer more = {.bytes = (bytes + TT_TRT_ALIGNMENT - 1) / TT_TRT_ALIGNMENT * TT_TRT_ALIGNMENT};

    if (b->data && bytes <= b->bytes)
        return TTRT_OK;
    TT_TRY(tt_cuda_alloc(c->live->device, more.bytes, &more.data));
    atomic_fetch_add(&c->live->context_bytes, (long long)more.bytes);
    if (b->data && c->capture) {
        ttrt_status status = retire(c, b);
        if (status != TTRT_OK) {
            release(c, &more);
            return status;
        }
    } else if (b->data) {
        if (c->ran) /* the last run may still use it */
            c->live->cuda->cuEventSynchronize(c->done);
        release(c, b);
    }
    *b = more;
    return TTRT_OK;
}

/* ---- objects that TensorRT calls ---- */

static InterfaceInfo allocator_info(const void *self) { return (InterfaceInfo){"IOutputAllocator", 1, 0}; }

static void *allocate(tt_trt_allocator *a, const char *name, void *memory, uint64_t size, uint64_t alignment)
{
    tt_trt_buffer *b = &a->context->outputs[a->index].staged;

    return alignment <= TT_TRT_ALIGNMENT && tt_trt_grow(a->context, b, (size_t)size) == TTRT_OK ? b->data : NULL;
}

static void *allocate_async(tt_trt_allocator *a, const char *name, void *memory, uint64_t size, uint64_t alignment,
                            struct CUstream_st *stream)
{
    return allocate(a, name, memory, size, alignment);
}

static void notify_shape(tt_trt_allocator *a, const char *name, const Dims64 *dims)
{
    a->context->outputs[a->index].dims = *dims;
}

/* The products differ in this interface by a method that one of them dropped. */
static const trt_fn *allocator_methods(void)
{
    static const trt_fn enterprise[] = {
        TT_TRT_COMMON(allocator_info),
        [TRT_SLOT_IOutputAllocator_reallocateOutput] = (trt_fn)allocate,
        [TRT_SLOT_IOutputAllocator_reallocateOutputAsync] = (trt_fn)allocate_async,
        [TRT_SLOT_IOutputAllocator_notifyShape] = (trt_fn)notify_shape,
    };
    static const trt_fn rtx[] = {
        TT_TRT_COMMON(allocator_info),
        [TRT_RTX_SLOT_IOutputAllocator_reallocateOutputAsync] = (trt_fn)allocate_async,
        [TRT_RTX_SLOT_IOutputAllocator_notifyShape] = (trt_fn)notify_shape,
    };

    return tt_trt_is_rtx ? rtx : enterprise;
}

static InterfaceInfo profiler_info(const void *self) { return (InterfaceInfo){"IProfiler", 1, 0}; }

static void report_time(tt_trt_profiler *p, const char *layer, float ms)
{
    if (p->profile)
        p->profile(p->user, layer, (uint64_t)((double)ms * 1e6));
}

static const trt_fn *profiler_methods(void)
{
    static const trt_fn methods[] = {
        TT_TRT_COMMON(profiler_info),
        [TRT_SLOT_IProfiler_reportLayerTime] = (trt_fn)report_time,
    };
    _Static_assert(TRT_SLOT_IProfiler_reportLayerTime == TRT_RTX_SLOT_IProfiler_reportLayerTime, "IProfiler");

    return methods;
}

/* ---- graphs ---- */

static void hold_unref(tt_trt_hold *h)
{
    if (h && atomic_fetch_sub(&h->refs, 1) == 1)
        tt_free(h);
}

static void graph_is_gone(void *user)
{
    tt_trt_hold *h = user;

    atomic_store(&h->is_gone, true);
    hold_unref(h);
}

ttrt_status tt_trt_hold_graph(tt_trt_context *c, const tt_run_options *o)
{
    const tt_cuda *cuda = c->live->cuda;
    tt_cu_graph graph = NULL;
    void *object;
    uint64_t id;
    int state;

    if (c->hold)
        return TTRT_OK;
    tt_trt_hold *h = tt_calloc(1, sizeof *h);
    if (!h)
        return TTRT_ERR_MEMORY;
    atomic_init(&h->refs, 1);
    int error = cuda->cuStreamGetCaptureInfo_v2(o->stream, &state, &id, &graph, NULL, NULL);
    if (!error && !graph) {
        hold_unref(h);
        tt_fail(TTRT_ERR_DEVICE,
                "the run ended the recording of the CUDA graph: libraries of TensorRT were new to the stream");
        return tt_fail_hint("run once on the stream that is recorded, then record it: torch.cuda.graph(g, stream=s)");
    }
    if (!error)
        error = cuda->cuUserObjectCreate(&object, h, graph_is_gone, 1, TT_CU_OBJECT_NO_SYNC);
    if (error) {
        hold_unref(h);
        return tt_cuda_fail(error, "a hold on the graph");
    }
    atomic_fetch_add(&h->refs, 1);
    c->hold = h;
    TT_CUDA_TRY(cuda->cuGraphRetainUserObject(graph, object, 1, TT_CU_OBJECT_MOVE), "a hold on the graph");
    return TTRT_OK;
}

/* Whether no graph uses the context any more. */
static bool is_free_of_graphs(tt_trt_context *c)
{
    if (!c->capture)
        return true;
    if (c->hold && !atomic_load(&c->hold->is_gone))
        return false;
    hold_unref(c->hold);
    c->hold = NULL;
    c->capture = 0;
    return true;
}

/* ---- contexts ---- */

ttrt_status tt_trt_failed(tt_trt_context *c, ttrt_status status, const char *what)
{
    size_t room, total;

    status = tt_trt_fail(&c->errors, status, "%s: %s", c->live->library->title, what);
    tt_trt_errors_clear(&c->errors);
    if (status == TTRT_ERR_MEMORY && c->live->cuda->cuMemGetInfo_v2(&room, &total) == 0)
        tt_fail_hint("%zu of %zu bytes are free on GPU %d", room, total, c->live->device->index);
    return status;
}

static ttrt_status make(tt_trt_context *c, const tt_run_options *o)
{
    const tt_trt_live *live = c->live;

    c->config = trt_ICudaEngine_createRuntimeConfig(live->engine);
    if (!c->config)
        return tt_trt_failed(c, TTRT_ERR_DEVICE, "no runtime configuration");
    trt_IRuntimeConfig_setExecutionContextAllocationStrategy(c->config,
                                                             TRT_ExecutionContextAllocationStrategy_kUSER_MANAGED);
    if (live->cache) {
        trt_IRuntimeConfig_setRuntimeCache(c->config, live->cache);
        trt_IRuntimeConfig_setDynamicShapesKernelSpecializationStrategy(c->config, o->specialization);
        trt_IRuntimeConfig_setCudaGraphStrategy(c->config, o->cuda_graphs ? TRT_CudaGraphStrategy_kWHOLE_GRAPH_CAPTURE
                                                                          : TRT_CudaGraphStrategy_kDISABLED);
    }
    c->trt = trt_ICudaEngine_createExecutionContextWithRuntimeConfig(live->engine, c->config);
    if (!c->trt)
        return tt_trt_failed(c, TTRT_ERR_DEVICE, "no execution context");
    trt_IExecutionContext_setErrorRecorder(c->trt, tt_trt_errors_recorder(&c->errors));
    if (c->profiled)
        trt_IExecutionContext_setProfiler(c->trt, (IProfiler *)&c->profiler);
    TT_CUDA_TRY(live->cuda->cuEventCreate(&c->done, TT_CU_EVENT_NO_TIMING), "an event");
    return TTRT_OK;
}

static ttrt_status allocate_parts(tt_trt_context *c)
{
    const tt_engine_info *info = &c->bound.info;

    c->inputs = tt_calloc((size_t)info->n_inputs + 1, sizeof *c->inputs);
    c->outputs = tt_calloc((size_t)info->n_outputs + 1, sizeof *c->outputs);
    if (!c->inputs || !c->outputs)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < info->n_outputs; i++)
        c->outputs[i].allocator = (tt_trt_allocator){allocator_methods(), c, i};
    return TTRT_OK;
}

static bool has_settings(const tt_trt_context *c, const tt_run_options *o)
{
    return c->live->device->index == o->device_index && c->cuda_graphs == o->cuda_graphs &&
           c->specialization == o->specialization && c->profiled == (o->profile != NULL);
}

/* One that stayed for a graph which is gone by now. */
static tt_trt_context *take_captured(tt_trt_live *live, const tt_run_options *o)
{
    tt_trt_context *found = NULL;

    pthread_mutex_lock(&live->lock);
    for (tt_trt_context **at = &live->captured; *at && !found; at = found ? at : &(*at)->next)
        if (has_settings(*at, o) && is_free_of_graphs(*at)) {
            found = *at;
            *at = found->next;
        }
    pthread_mutex_unlock(&live->lock);
    return found;
}

ttrt_status tt_trt_context_new(tt_trt_live *live, const tt_engine_iface *iface, const tt_engine_info *info,
                               const tt_run_options *options, tt_trt_context **out)
{
    tt_trt_context *c;
    tt_cuda_scope scope;

    if ((*out = take_captured(live, options)))
        return TTRT_OK;
    if (!(c = tt_calloc(1, sizeof *c)))
        return TTRT_ERR_MEMORY;
    c->live = live;
    c->cuda_graphs = options->cuda_graphs;
    c->specialization = options->specialization;
    c->profiled = options->profile != NULL;
    c->profiler.methods = profiler_methods();
    c->profile = -1;
    tt_trt_errors_init(&c->errors);
    atomic_fetch_add(&live->n_contexts, 1);
    ttrt_status status = tt_binding_init(&c->bound, iface, info);
    if (status == TTRT_OK)
        status = allocate_parts(c);
    if (status == TTRT_OK)
        status = tt_cuda_enter(live->device, &scope);
    if (status == TTRT_OK) {
        pthread_mutex_lock(&live->lock);
        status = make(c, options);
        pthread_mutex_unlock(&live->lock);
        tt_cuda_leave(&scope);
    }
    if (status != TTRT_OK) {
        tt_trt_context_free(c);
        return status;
    }
    *out = c;
    return TTRT_OK;
}

static void free_now(tt_trt_context *c)
{
    tt_cuda_scope scope;

    if (tt_cuda_enter(c->live->device, &scope) == TTRT_OK) {
        /* What it has enqueued still uses its memory. */
        if (c->ran)
            c->live->cuda->cuEventSynchronize(c->done);
        trt_delete(c->trt);
        trt_delete(c->config);
        if (c->done)
            c->live->cuda->cuEventDestroy_v2(c->done);
        tt_cuda_leave(&scope);
    }
    for (int i = 0; c->inputs && i < c->bound.info.n_inputs; i++)
        release(c, &c->inputs[i].staged);
    for (int i = 0; c->outputs && i < c->bound.info.n_outputs; i++)
        release(c, &c->outputs[i].staged);
    for (size_t i = 0; i < c->n_retired; i++)
        release(c, &c->retired[i]);
    release(c, &c->memory);
    atomic_fetch_sub(&c->live->n_contexts, 1);
    tt_binding_dispose(&c->bound);
    tt_trt_errors_dispose(&c->errors);
    hold_unref(c->hold);
    tt_free(c->retired);
    tt_free(c->inputs);
    tt_free(c->outputs);
    tt_free(c);
}

void tt_trt_context_free(tt_trt_context *c)
{
    if (!c)
        return;
    if (is_free_of_graphs(c)) {
        free_now(c);
        return;
    }
    pthread_mutex_lock(&c->live->lock);
    c->next = c->live->captured;
    c->live->captured = c;
    pthread_mutex_unlock(&c->live->lock);
}

bool tt_trt_contexts_free_captured(tt_trt_live *live)
{
    for (tt_trt_context *c = live->captured; c; c = c->next)
        if (!is_free_of_graphs(c))
            return false;
    while (live->captured) {
        tt_trt_context *c = live->captured;
        live->captured = c->next;
        free_now(c);
    }
    return true;
}

tt_suits tt_trt_context_suits(tt_trt_context *c, const tt_run_options *o)
{
    if (c->capture && c->capture != o->capture && !is_free_of_graphs(c))
        return TT_SUITS_NEVER;
    if (!has_settings(c, o))
        return TT_SUITS_NOT;
    if (c->capture)
        return TT_SUITS_BEST;
    if (!c->ran || c->stream == o->stream)
        return TT_SUITS_BEST;
    return c->live->cuda->cuEventQuery(c->done) == 0 ? TT_SUITS : TT_SUITS_BUSY;
}
