/* See run.h.
 *
 *   sizes changed? ─► symbols bound, profile chosen, shapes set, memory given, output shapes told
 *   every run:        inputs by address ─► outputs from the host's allocator ─► enqueue ─► copies of what lay askew */
#include "engine/tensorrt/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ALIGNMENT 256 /* of tensors that TensorRT is given */

typedef struct { /* device memory that grows */
    void *data;
    size_t bytes;
} buffer;

typedef struct {
    int64_t dims[TT_TRT_RANK]; /* as TensorRT knows them */
    int64_t number;            /* of a number; read by TensorRT from here where it wants it in host memory */
    const void *address;       /* as TensorRT knows it */
    buffer staged;             /* a contiguous, aligned copy; of a number, its value on the device */
} input;

/* What TensorRT asks for the memory of an output whose size it finds out while it runs. */
typedef struct {
    const trt_fn *methods; /* the object that TensorRT sees starts here */
    tt_trt_context *context;
    int index;
} output_allocator;

typedef struct {
    Dims64 dims;
    bool depends_on_data;
    void *address;
    buffer staged;
    output_allocator allocator;
} output;

typedef struct {
    const trt_fn *methods;
    void (*profile)(void *user, const char *step, uint64_t time_ns);
    void *user;
} profiler;

/* A graph that has recorded a run of a context replays it with the context's memory, whenever it likes. CUDA tells when
 * the graph and what was made from it are gone, on a thread of its own. */
typedef struct {
    atomic_int refs; /* the context's and CUDA's */
    atomic_bool is_gone;
} graph_hold;

struct tt_trt_context {
    tt_trt_live *live;
    tt_binding bound;
    tt_trt_errors errors;
    IRuntimeConfig *config;
    IExecutionContext *trt;
    int cuda_graphs, specialization;
    bool profiled;
    profiler profiler;
    int profile;      /* of sizes; -1: none yet */
    bool sizes_known; /* TensorRT has those in `inputs` */
    input *inputs;
    output *outputs;
    buffer memory;   /* for TensorRT's activations */
    buffer *retired; /* outgrown, but a graph may use it */
    size_t n_retired, retired_cap;
    tt_cu_stream stream; /* of the last run, which `done` follows */
    tt_cu_event done;
    bool ran;
    uint64_t capture;            /* the graph that records, or has recorded, runs of this context; 0: none */
    graph_hold *hold;            /* of that one */
    struct tt_trt_context *next; /* of those kept for graphs */
};

/* ---- device memory ---- */

static ttrt_status retire(tt_trt_context *c, const buffer *b)
{
    if (c->n_retired == c->retired_cap) {
        size_t cap = c->retired_cap ? 2 * c->retired_cap : 8;
        buffer *more = tt_realloc(c->retired, cap * sizeof *more);
        if (!more)
            return TTRT_ERR_MEMORY;
        c->retired = more;
        c->retired_cap = cap;
    }
    c->retired[c->n_retired++] = *b;
    return TTRT_OK;
}

static void release(tt_trt_context *c, buffer *b)
{
    tt_cuda_free(c->live->device->index, b->data);
    atomic_fetch_sub(&c->live->context_bytes, (long long)b->bytes);
    *b = (buffer){0};
}

/* Freeing memory waits for the device, so an earlier run has done with the old one. */
static ttrt_status grow(tt_trt_context *c, buffer *b, size_t bytes)
{
    buffer more = {.bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT};

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
        release(c, b);
    }
    *b = more;
    return TTRT_OK;
}

/* ---- objects that TensorRT calls ---- */

static int32_t language(const void *self) { return TRT_APILanguage_kCPP; }
static void destroy(void *self) {}
#define COMMON(info) (trt_fn) language, (trt_fn)info, (trt_fn)destroy, (trt_fn)destroy

static InterfaceInfo allocator_info(const void *self) { return (InterfaceInfo){"IOutputAllocator", 1, 0}; }

static void *allocate(output_allocator *a, const char *name, void *memory, uint64_t size, uint64_t alignment)
{
    buffer *b = &a->context->outputs[a->index].staged;

    return alignment <= ALIGNMENT && grow(a->context, b, (size_t)size) == TTRT_OK ? b->data : NULL;
}

static void *allocate_async(output_allocator *a, const char *name, void *memory, uint64_t size, uint64_t alignment,
                            struct CUstream_st *stream)
{
    return allocate(a, name, memory, size, alignment);
}

static void notify_shape(output_allocator *a, const char *name, const Dims64 *dims)
{
    a->context->outputs[a->index].dims = *dims;
}

/* The products differ in this interface by a method that one of them dropped. */
static const trt_fn *allocator_methods(void)
{
    static const trt_fn enterprise[] = {
        COMMON(allocator_info),
        [TRT_SLOT_IOutputAllocator_reallocateOutput] = (trt_fn)allocate,
        [TRT_SLOT_IOutputAllocator_reallocateOutputAsync] = (trt_fn)allocate_async,
        [TRT_SLOT_IOutputAllocator_notifyShape] = (trt_fn)notify_shape,
    };
    static const trt_fn rtx[] = {
        COMMON(allocator_info),
        [TRT_RTX_SLOT_IOutputAllocator_reallocateOutputAsync] = (trt_fn)allocate_async,
        [TRT_RTX_SLOT_IOutputAllocator_notifyShape] = (trt_fn)notify_shape,
    };

    return tt_trt_is_rtx ? rtx : enterprise;
}

static InterfaceInfo profiler_info(const void *self) { return (InterfaceInfo){"IProfiler", 1, 0}; }

static void report_time(profiler *p, const char *layer, float ms)
{
    if (p->profile)
        p->profile(p->user, layer, (uint64_t)((double)ms * 1e6));
}

static const trt_fn *profiler_methods(void)
{
    static const trt_fn methods[] = {
        COMMON(profiler_info),
        [TRT_SLOT_IProfiler_reportLayerTime] = (trt_fn)report_time,
    };
    _Static_assert(TRT_SLOT_IProfiler_reportLayerTime == TRT_RTX_SLOT_IProfiler_reportLayerTime, "IProfiler");

    return methods;
}

/* ---- graphs ---- */

static void hold_unref(graph_hold *h)
{
    if (h && atomic_fetch_sub(&h->refs, 1) == 1)
        tt_free(h);
}

static void graph_is_gone(void *user)
{
    graph_hold *h = user;

    atomic_store(&h->is_gone, true);
    hold_unref(h);
}

static ttrt_status hold_graph(tt_trt_context *c, const tt_run_options *o)
{
    const tt_cuda *cuda = c->live->cuda;
    tt_cu_graph graph = NULL;
    void *object;
    uint64_t id;
    int state;

    if (c->hold)
        return TTRT_OK;
    graph_hold *h = tt_calloc(1, sizeof *h);
    if (!h)
        return TTRT_ERR_MEMORY;
    atomic_init(&h->refs, 1);
    int error = cuda->cuStreamGetCaptureInfo_v2(o->stream, &state, &id, &graph, NULL, NULL);
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

static ttrt_status failed(tt_trt_context *c, ttrt_status status, const char *what)
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
        return failed(c, TTRT_ERR_DEVICE, "no runtime configuration");
    trt_IRuntimeConfig_setExecutionContextAllocationStrategy(c->config,
                                                             TRT_ExecutionContextAllocationStrategy_kUSER_MANAGED);
    if (live->cache) {
        trt_IRuntimeConfig_setRuntimeCache(c->config, live->cache);
        trt_IRuntimeConfig_setDynamicShapesKernelSpecializationStrategy(c->config, o->specialization);
        trt_IRuntimeConfig_setCudaGraphStrategy(c->config,
                                                c->profiled ? TRT_CudaGraphStrategy_kDISABLED : o->cuda_graphs);
    }
    c->trt = trt_ICudaEngine_createExecutionContextWithRuntimeConfig(live->engine, c->config);
    if (!c->trt)
        return failed(c, TTRT_ERR_DEVICE, "no execution context");
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
        c->outputs[i].allocator = (output_allocator){allocator_methods(), c, i};
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

/* ---- sizes ---- */

static bool sizes_changed(const tt_trt_context *c, const tt_io *ins)
{
    if (!c->sizes_known)
        return true;
    for (int i = 0; i < c->bound.info.n_inputs; i++) {
        const input *in = &c->inputs[i];
        if (memcmp(in->dims, ins[i].dims, (size_t)ins[i].rank * sizeof *in->dims) ||
            (c->bound.info.inputs[i]->is_dim && in->number != tt_load_i64(ins[i].data, ins[i].dtype)))
            return true;
    }
    return false;
}

static ttrt_status fail_profile(const tt_trt_context *c, const tt_io *ins)
{
    tt_str text = {0};

    for (int i = 0; i < c->bound.info.n_inputs; i++) {
        tt_str_addf(&text, "%s'%s' [", i ? ", " : "", c->bound.info.inputs[i]->name);
        for (int d = 0; d < ins[i].rank; d++)
            tt_str_addf(&text, d ? ", %" PRId64 : "%" PRId64, ins[i].dims[d]);
        tt_str_add(&text, "]");
    }
    tt_fail(TTRT_ERR_SHAPE, "no profile of the engine takes these sizes together: %s", tt_str_text(&text));
    tt_str_dispose(&text);
    return tt_fail_hint("build it with a range that holds them");
}

/* Another profile forgets sizes and addresses. */
static ttrt_status use_profile(tt_trt_context *c, int profile, tt_cu_stream stream)
{
    if (trt_IExecutionContext_getOptimizationProfile(c->trt) != profile &&
        !trt_IExecutionContext_setOptimizationProfileAsync(c->trt, profile, stream))
        return failed(c, TTRT_ERR_DEVICE, "the profile");
    for (int i = 0; i < c->bound.info.n_inputs; i++)
        c->inputs[i].address = NULL;
    for (int i = 0; i < c->bound.info.n_outputs; i++)
        c->outputs[i].address = NULL;
    c->profile = profile;
    return TTRT_OK;
}

/* As much as these sizes need; the profile's largest ones may need far more. TensorRT says 0 where it does not know. */
static ttrt_status give_memory(tt_trt_context *c)
{
    size_t bytes = trt_IExecutionContext_updateDeviceMemorySizeForShapes(c->trt);
    int64_t most = bytes ? 0 : trt_ICudaEngine_getDeviceMemorySizeForProfileV2(c->live->engine, c->profile);

    TT_TRY(grow(c, &c->memory, bytes ? bytes : most > 0 ? (size_t)most : 1));
    trt_IExecutionContext_setDeviceMemoryV2(c->trt, c->memory.data, (int64_t)c->memory.bytes);
    return TTRT_OK;
}

static ttrt_status set_input_size(tt_trt_context *c, int i, const tt_io *in)
{
    const tt_tensor *t = c->bound.info.inputs[i];
    input *to = &c->inputs[i];
    Dims64 dims = {.nbDims = in->rank};

    if (t->is_dim)
        to->number = tt_load_i64(in->data, in->dtype);
    memcpy(to->dims, in->dims, (size_t)in->rank * sizeof *to->dims);
    if (c->live->inputs[i].absent)
        return TTRT_OK;
    memcpy(dims.d, in->dims, (size_t)in->rank * sizeof *dims.d);
    if (!trt_IExecutionContext_setInputShape(c->trt, t->name, &dims))
        return failed(c, TTRT_ERR_SHAPE, t->name);
    if (!c->live->inputs[i].on_host || to->address == &to->number)
        return TTRT_OK;
    to->address = &to->number;
    return trt_IExecutionContext_setTensorAddress(c->trt, t->name, &to->number) ? TTRT_OK
                                                                                : failed(c, TTRT_ERR_SHAPE, t->name);
}

/* TensorRT's word on a size counts, since it is what it writes; ours must agree where it is known. */
static ttrt_status read_output_size(tt_trt_context *c, int i)
{
    const tt_tensor *t = c->bound.info.outputs[i];
    output *out = &c->outputs[i];
    int64_t ours;

    out->dims = trt_IExecutionContext_getTensorShape(c->trt, t->name);
    out->depends_on_data = false;
    if (out->dims.nbDims != t->rank)
        return failed(c, TTRT_ERR_SHAPE, t->name);
    for (int d = 0; d < t->rank; d++) {
        if (out->dims.d[d] < 0)
            out->depends_on_data = true;
        else if (tt_dim_eval(t->dims[d], c->bound.values, &ours) && ours != out->dims.d[d])
            TT_FAIL(TTRT_ERR_INTERNAL, "%s, dimension %d: TensorRT makes it %" PRId64 ", the program tells %" PRId64,
                    t->name, d, out->dims.d[d], ours);
    }
    if (out->depends_on_data &&
        !trt_IExecutionContext_setOutputAllocator(c->trt, t->name, (IOutputAllocator *)&out->allocator))
        return failed(c, TTRT_ERR_DEVICE, t->name);
    return TTRT_OK;
}

static ttrt_status set_sizes(tt_trt_context *c, const tt_io *ins, tt_cu_stream stream)
{
    c->sizes_known = false;
    TT_TRY(tt_binding_set(&c->bound, ins));
    int profile = tt_trt_live_profile(c->live, ins);
    if (profile < 0)
        return fail_profile(c, ins);
    if (profile != c->profile) {
        c->profile = -1;
        TT_TRY(use_profile(c, profile, stream));
    }
    for (int i = 0; i < c->bound.info.n_inputs; i++)
        TT_TRY(set_input_size(c, i, &ins[i]));
    if (trt_IExecutionContext_inferShapes(c->trt, 0, NULL) != 0)
        return failed(c, TTRT_ERR_SHAPE, "the sizes of the inputs do not fit together");
    TT_TRY(give_memory(c));
    for (int i = 0; i < c->bound.info.n_outputs; i++)
        TT_TRY(read_output_size(c, i));
    c->sizes_known = true;
    return TTRT_OK;
}

/* ---- addresses ---- */

static ttrt_status set_address(tt_trt_context *c, const char *name, void *address)
{
    return trt_IExecutionContext_setTensorAddress(c->trt, name, address) ? TTRT_OK : failed(c, TTRT_ERR_DEVICE, name);
}

static bool is_contiguous(const tt_io *io)
{
    int64_t step = 1;

    for (int d = io->rank - 1; d >= 0; d--) {
        if (io->dims[d] != 1 && io->strides[d] != step)
            return false;
        step *= io->dims[d];
    }
    return true;
}

static size_t bytes_of(const tt_io *io)
{
    size_t n = ttrt_dtype_size(io->dtype);

    for (int d = 0; d < io->rank; d++)
        n *= (size_t)io->dims[d];
    return n;
}

static void contiguous_at(const tt_io *like, void *data, tt_io *out)
{
    int64_t step = 1;

    *out = *like;
    out->data = data;
    for (int d = out->rank - 1; d >= 0; d--) {
        out->strides[d] = step;
        step *= out->dims[d];
    }
}

/* A number that TensorRT wants on the device. Set by value: no host memory has to outlive the call. */
static ttrt_status send_number(tt_trt_context *c, input *in, tt_cu_stream stream)
{
    const tt_cuda *cuda = c->live->cuda;
    uint64_t bits = (uint64_t)in->number;

    TT_TRY(grow(c, &in->staged, sizeof bits));
    tt_cu_address at = (tt_cu_address)(uintptr_t)in->staged.data;
    TT_CUDA_TRY(cuda->cuMemsetD32Async(at, (unsigned)bits, 1, stream), "sending a number");
    TT_CUDA_TRY(cuda->cuMemsetD32Async(at + 4, (unsigned)(bits >> 32), 1, stream), "sending a number");
    return TTRT_OK;
}

static ttrt_status place_input(tt_trt_context *c, int i, const tt_io *io, tt_cu_stream stream)
{
    const tt_tensor *t = c->bound.info.inputs[i];
    input *in = &c->inputs[i];
    void *address = io->data;
    tt_io copy;

    if (c->live->inputs[i].absent || c->live->inputs[i].on_host)
        return TTRT_OK;
    if (t->is_dim) {
        TT_TRY(send_number(c, in, stream));
        address = in->staged.data;
    } else if ((uintptr_t)address % ALIGNMENT || !is_contiguous(io)) {
        TT_TRY(grow(c, &in->staged, bytes_of(io)));
        address = in->staged.data;
        contiguous_at(io, address, &copy);
        ttrt_status status = tt_cuda_copy(c->live->device, &copy, io, stream);
        if (status != TTRT_OK)
            return tt_fail_where("input '%s'", t->name), status;
    }
    if (in->address == address)
        return TTRT_OK;
    in->address = address;
    return set_address(c, t->name, address);
}

/* Hands the output's memory over from the host's allocator; what lies askew there is written beside and copied. */
static ttrt_status place_output(tt_trt_context *c, int i, const tt_output_alloc *alloc, tt_io *io)
{
    const tt_tensor *t = c->bound.info.outputs[i];
    output *out = &c->outputs[i];

    *io = (tt_io){
        .dtype = t->dtype, .rank = t->rank, .device_type = TTRT_DEVICE_CUDA, .device_index = c->live->device->index};
    memcpy(io->dims, out->dims.d, (size_t)t->rank * sizeof *io->dims);
    if (out->depends_on_data)
        return TTRT_OK;
    TT_TRY(alloc->alloc(alloc->user, i, io));
    void *address = io->data;
    if (!address || (uintptr_t)address % ALIGNMENT) {
        TT_TRY(grow(c, &out->staged, bytes_of(io)));
        address = out->staged.data;
    }
    if (out->address == address)
        return TTRT_OK;
    out->address = address;
    return set_address(c, t->name, address);
}

/* Copies what was written beside its place. Sizes that depend on data are known now. */
static ttrt_status finish_output(tt_trt_context *c, int i, const tt_output_alloc *alloc, tt_io *io, tt_cu_stream stream)
{
    const output *out = &c->outputs[i];
    tt_io from;

    if (out->depends_on_data) {
        memcpy(io->dims, out->dims.d, (size_t)io->rank * sizeof *io->dims);
        TT_TRY(alloc->alloc(alloc->user, i, io));
    } else if (io->data == out->address || !io->data) {
        return TTRT_OK;
    }
    contiguous_at(io, out->staged.data, &from);
    return tt_cuda_copy(c->live->device, io, &from, stream);
}

/* ---- the run ---- */

/* The last run may have been on another stream; its memory is used again. */
static ttrt_status follow(tt_trt_context *c, const tt_run_options *o)
{
    const tt_cuda *cuda = c->live->cuda;

    if (!c->ran || c->stream == o->stream)
        return TTRT_OK;
    if (o->capture) /* a graph cannot wait for what is outside of it */
        TT_CUDA_TRY(cuda->cuEventSynchronize(c->done), "waiting for an earlier run");
    else
        TT_CUDA_TRY(cuda->cuStreamWaitEvent(o->stream, c->done, 0), "waiting for an earlier run");
    return TTRT_OK;
}

static ttrt_status enqueue(tt_trt_context *c, const tt_run_options *o)
{
    if (o->capture && tt_trt_is_rtx && !trt_IExecutionContext_isStreamCapturable(c->trt, o->stream)) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "%s cannot record this engine into a CUDA graph as it is",
                c->live->library->title);
        return tt_fail_hint("run it at these sizes before, and wait until its kernels are compiled: "
                            "TTRT_SPECIALIZATION_EAGER, or NONE");
    }
    c->profiler.profile = o->profile;
    c->profiler.user = o->profile_user;
    if (!trt_IExecutionContext_enqueueV3(c->trt, o->stream))
        return failed(c, TTRT_ERR_DEVICE, "the run");
    c->stream = o->stream;
    return TTRT_OK;
}

/* The next run on another stream waits for this mark; one that is recorded into a graph leaves none. */
static ttrt_status mark(tt_trt_context *c, const tt_run_options *o)
{
    if (o->capture)
        return TTRT_OK;
    TT_CUDA_TRY(c->live->cuda->cuEventRecord(c->done, o->stream), "marking the end of a run");
    c->ran = true;
    return TTRT_OK;
}

static ttrt_status run_inside(tt_trt_context *c, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                              const tt_run_options *o)
{
    const tt_engine_info *info = &c->bound.info;

    TT_TRY(follow(c, o));
    c->capture = o->capture;
    if (o->capture)
        TT_TRY(hold_graph(c, o));
    if (sizes_changed(c, ins))
        TT_TRY(set_sizes(c, ins, o->stream));
    for (int i = 0; i < info->n_inputs; i++)
        TT_TRY(place_input(c, i, &ins[i], o->stream));
    for (int i = 0; i < info->n_outputs; i++)
        TT_TRY(place_output(c, i, alloc, &outs[i]));
    TT_TRY(enqueue(c, o));
    for (int i = 0; i < info->n_outputs; i++)
        TT_TRY(finish_output(c, i, alloc, &outs[i], o->stream));
    return mark(c, o);
}

ttrt_status tt_trt_run(tt_trt_context *c, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options)
{
    tt_cuda_scope scope;

    TT_TRY(tt_cuda_enter(c->live->device, &scope));
    ttrt_status status = run_inside(c, outs, alloc, ins, options);
    if (status == TTRT_OK && !options->capture)
        tt_trt_live_count_run(c->live);
    tt_cuda_leave(&scope);
    return status;
}
