/* See run.h.
 *
 *   sizes changed? ─► symbols bound, profile chosen, shapes set, memory given, output shapes told
 *   every run:        inputs by address ─► outputs from the host's allocator ─► enqueue ─► copies of what lay askew */
#include "engine/tensorrt/context.h"

#include <inttypes.h>
#include <string.h>

/* ---- sizes ---- */

static bool sizes_changed(const tt_trt_context *c, const tt_io *ins)
{
    if (!c->sizes_known)
        return true;
    for (int i = 0; i < c->bound.info.n_inputs; i++) {
        const tt_trt_bound_input *in = &c->inputs[i];
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
        return tt_trt_failed(c, TTRT_ERR_DEVICE, "the profile");
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

    TT_TRY(tt_trt_grow(c, &c->memory, bytes ? bytes : most > 0 ? (size_t)most : 1));
    trt_IExecutionContext_setDeviceMemoryV2(c->trt, c->memory.data, (int64_t)c->memory.bytes);
    return TTRT_OK;
}

static ttrt_status set_input_size(tt_trt_context *c, int i, const tt_io *in)
{
    const tt_tensor *t = c->bound.info.inputs[i];
    tt_trt_bound_input *to = &c->inputs[i];
    Dims64 dims = {.nbDims = in->rank};

    if (t->is_dim)
        to->number = tt_load_i64(in->data, in->dtype);
    memcpy(to->dims, in->dims, (size_t)in->rank * sizeof *to->dims);
    if (c->live->inputs[i].absent)
        return TTRT_OK;
    memcpy(dims.d, in->dims, (size_t)in->rank * sizeof *dims.d);
    if (!trt_IExecutionContext_setInputShape(c->trt, t->name, &dims))
        return tt_trt_failed(c, TTRT_ERR_SHAPE, t->name);
    if (!c->live->inputs[i].on_host)
        return TTRT_OK;
    /* Told anew with each number: where one is a value too, not only a size, TensorRT else computes with the last. */
    to->address = &to->number;
    return trt_IExecutionContext_setTensorAddress(c->trt, t->name, &to->number)
               ? TTRT_OK
               : tt_trt_failed(c, TTRT_ERR_SHAPE, t->name);
}

/* TensorRT's word on a size counts, since it is what it writes; ours must agree where it is known. */
static ttrt_status read_output_size(tt_trt_context *c, int i)
{
    const tt_tensor *t = c->bound.info.outputs[i];
    tt_trt_bound_output *out = &c->outputs[i];
    int64_t ours;

    out->dims = trt_IExecutionContext_getTensorShape(c->trt, t->name);
    out->depends_on_data = false;
    if (out->dims.nbDims != t->rank)
        return tt_trt_failed(c, TTRT_ERR_SHAPE, t->name);
    for (int d = 0; d < t->rank; d++) {
        if (out->dims.d[d] < 0)
            out->depends_on_data = true;
        else if (tt_dim_eval(t->dims[d], c->bound.values, &ours) && ours != out->dims.d[d])
            TT_FAIL(TTRT_ERR_INTERNAL, "%s, dimension %d: TensorRT makes it %" PRId64 ", the program tells %" PRId64,
                    t->name, d, out->dims.d[d], ours);
    }
    if (out->depends_on_data &&
        !trt_IExecutionContext_setOutputAllocator(c->trt, t->name, (IOutputAllocator *)&out->allocator))
        return tt_trt_failed(c, TTRT_ERR_DEVICE, t->name);
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
        return tt_trt_failed(c, TTRT_ERR_SHAPE, "the sizes of the inputs do not fit together");
    TT_TRY(give_memory(c));
    for (int i = 0; i < c->bound.info.n_outputs; i++)
        TT_TRY(read_output_size(c, i));
    c->sizes_known = true;
    return TTRT_OK;
}

/* ---- addresses ---- */

static ttrt_status set_address(tt_trt_context *c, const char *name, void *address)
{
    return trt_IExecutionContext_setTensorAddress(c->trt, name, address) ? TTRT_OK
                                                                         : tt_trt_failed(c, TTRT_ERR_DEVICE, name);
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
static ttrt_status send_number(tt_trt_context *c, tt_trt_bound_input *in, tt_cu_stream stream)
{
    const tt_cuda *cuda = c->live->cuda;
    uint64_t bits = (uint64_t)in->number;

    TT_TRY(tt_trt_grow(c, &in->staged, sizeof bits));
    tt_cu_address at = (tt_cu_address)(uintptr_t)in->staged.data;
    TT_CUDA_TRY(cuda->cuMemsetD32Async(at, (unsigned)bits, 1, stream), "sending a number");
    TT_CUDA_TRY(cuda->cuMemsetD32Async(at + 4, (unsigned)(bits >> 32), 1, stream), "sending a number");
    return TTRT_OK;
}

static ttrt_status place_input(tt_trt_context *c, int i, const tt_io *io, tt_cu_stream stream)
{
    const tt_tensor *t = c->bound.info.inputs[i];
    tt_trt_bound_input *in = &c->inputs[i];
    void *address = io->data;
    tt_io copy;

    if (c->live->inputs[i].absent || c->live->inputs[i].on_host)
        return TTRT_OK;
    if (t->is_dim) {
        TT_TRY(send_number(c, in, stream));
        address = in->staged.data;
    } else if ((uintptr_t)address % TT_TRT_ALIGNMENT || !is_contiguous(io)) {
        TT_TRY(tt_trt_grow(c, &in->staged, bytes_of(io)));
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
    tt_trt_bound_output *out = &c->outputs[i];

    *io = (tt_io){
        .dtype = t->dtype, .rank = t->rank, .device_type = TTRT_DEVICE_CUDA, .device_index = c->live->device->index};
    memcpy(io->dims, out->dims.d, (size_t)t->rank * sizeof *io->dims);
    if (out->depends_on_data)
        return TTRT_OK;
    TT_TRY(alloc->alloc(alloc->user, i, io));
    void *address = io->data;
    if (!address || (uintptr_t)address % TT_TRT_ALIGNMENT) {
        TT_TRY(tt_trt_grow(c, &out->staged, bytes_of(io)));
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
    const tt_trt_bound_output *out = &c->outputs[i];
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

    if (c->ran && c->stream != o->stream) {
        if (o->capture) /* a graph cannot wait for what is outside of it */
            TT_CUDA_TRY(cuda->cuEventSynchronize(c->done), "waiting for an earlier run");
        else
            TT_CUDA_TRY(cuda->cuStreamWaitEvent(o->stream, c->done, 0), "waiting for an earlier run");
    }
    c->stream = o->stream;
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
    return trt_IExecutionContext_enqueueV3(c->trt, o->stream) ? TTRT_OK : tt_trt_failed(c, TTRT_ERR_DEVICE, "the run");
}

/* The next run on another stream waits for this mark, which a run that failed halfway leaves too; one that is recorded
 * into a graph leaves none. */
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

    if (o->capture)
        TT_TRY(tt_trt_hold_graph(c, o));
    if (sizes_changed(c, ins))
        TT_TRY(set_sizes(c, ins, o->stream));
    for (int i = 0; i < info->n_inputs; i++)
        TT_TRY(place_input(c, i, &ins[i], o->stream));
    for (int i = 0; i < info->n_outputs; i++)
        TT_TRY(place_output(c, i, alloc, &outs[i]));
    TT_TRY(enqueue(c, o));
    for (int i = 0; i < info->n_outputs; i++)
        TT_TRY(finish_output(c, i, alloc, &outs[i], o->stream));
    return TTRT_OK;
}

static ttrt_status run_marked(tt_trt_context *c, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                              const tt_run_options *o)
{
    tt_error_text text;

    TT_TRY(follow(c, o));
    c->capture = o->capture;
    ttrt_status status = run_inside(c, outs, alloc, ins, o);
    if (status == TTRT_OK)
        return mark(c, o);
    tt_error_save(&text);
    return mark(c, o) == TTRT_OK || status == TTRT_ERR_DEVICE ? tt_error_restore(&text) : TTRT_ERR_DEVICE;
}

ttrt_status tt_trt_run(tt_trt_context *c, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options)
{
    tt_cuda_scope scope;

    TT_TRY(tt_cuda_enter(c->live->device, &scope));
    ttrt_status status = run_marked(c, outs, alloc, ins, options);
    if (status == TTRT_OK && !options->capture)
        tt_trt_live_count_run(c->live);
    tt_cuda_leave(&scope);
    return status;
}
