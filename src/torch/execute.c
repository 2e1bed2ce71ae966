/* The kernel of tensorrt::execute_engine. Its arguments are handles that it owns; what goes wrong is thrown as a C++
 * exception by PyTorch itself, from a frame that holds nothing any more. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "runtime/runtime.h"
#include "torch/torch_api.h"
#include "torchtrt/torch.h"

static atomic_int cuda_graphs, specialization; /* of all runs on a GPU */

typedef struct {
    tt_torch_list inputs, results;
    tt_torch_tensor blob;
    tt_torch_string signature;
    tt_engine *engine;
    tt_torch_tensor *in, *out; /* handles */
    tt_io *ios;                /* inputs, then outputs */
    size_t n_in, n_out;
} call;

enum { FEW = 8 }; /* inputs and outputs that need no allocation */

static ttrt_status read_input(call *c, size_t i, const tt_tensor *declared)
{
    tt_io *io = &c->ios[i];
    tt_torch_value item;
    int32_t dtype, device, index;
    int64_t rank, *sizes, *strides;

    if (tt_torch.torch_list_get_item(c->inputs, i, &item))
        TT_FAIL(TTRT_ERR_ARGUMENT, "input %zu cannot be read", i);
    tt_torch_tensor t = c->in[i] = (tt_torch_tensor)(uintptr_t)item;
    if (tt_torch.aoti_torch_get_device_type(t, &device) || tt_torch.aoti_torch_get_device_index(t, &index) ||
        tt_torch.aoti_torch_get_dtype(t, &dtype) || tt_torch.aoti_torch_get_dim(t, &rank) ||
        tt_torch.aoti_torch_get_sizes(t, &sizes) || tt_torch.aoti_torch_get_strides(t, &strides))
        TT_FAIL(TTRT_ERR_ARGUMENT, "input %zu ('%s') is no dense tensor", i, declared->name);
    if (device != TTRT_DEVICE_CPU && device != TTRT_DEVICE_CUDA)
        TT_FAIL(TTRT_ERR_ARGUMENT, "input %zu ('%s') is neither on the CPU nor on an NVIDIA GPU", i, declared->name);
    if (dtype != (int32_t)declared->dtype)
        TT_FAIL(TTRT_ERR_DTYPE, "input %zu ('%s') is %s, the engine wants %s", i, declared->name,
                ttrt_dtype_name((ttrt_dtype)dtype), ttrt_dtype_name(declared->dtype));
    if (rank != declared->rank)
        TT_FAIL(TTRT_ERR_SHAPE, "input %zu ('%s') has rank %d, the engine wants %d", i, declared->name, (int)rank,
                declared->rank);
    if (tt_torch.aoti_torch_get_data_ptr(t, &io->data))
        TT_FAIL(TTRT_ERR_ARGUMENT, "input %zu ('%s') has no memory of its own", i, declared->name);
    io->dtype = declared->dtype;
    io->device_type = device;
    io->device_index = device == TTRT_DEVICE_CUDA ? index : 0;
    io->rank = declared->rank;
    memcpy(io->dims, sizes, (size_t)rank * sizeof *sizes);
    memcpy(io->strides, strides, (size_t)rank * sizeof *strides);
    return TTRT_OK;
}

/* Engines on a GPU want contiguous tensors there; PyTorch makes such a copy from any strides, on its current stream. */
static ttrt_status make_contiguous(call *c, size_t i)
{
    tt_io *io = &c->ios[i];
    tt_torch_tensor copy = NULL;

    if (io->device_type == TTRT_DEVICE_CPU || tt_io_is_contiguous(io))
        return TTRT_OK;
    tt_contiguous_strides(io->rank, io->dims, io->strides);
    if (tt_torch.aoti_torch_empty_strided(io->rank, io->dims, io->strides, (int32_t)io->dtype, io->device_type,
                                          io->device_index, &copy))
        TT_FAIL(TTRT_ERR_MEMORY, "PyTorch has no memory for a contiguous copy of input %zu", i);
    int32_t refused = tt_torch.aoti_torch_copy_(copy, c->in[i], 0) || tt_torch.aoti_torch_get_data_ptr(copy, &io->data);
    tt_torch.aoti_torch_delete_tensor_object(c->in[i]);
    c->in[i] = copy;
    if (refused)
        TT_FAIL(TTRT_ERR_DEVICE, "PyTorch refused to make input %zu contiguous", i);
    return TTRT_OK;
}

static ttrt_status make_output(void *user, int i, tt_io *io)
{
    call *c = user;

    tt_contiguous_strides(io->rank, io->dims, io->strides);
    if (tt_torch.aoti_torch_empty_strided(io->rank, io->dims, io->strides, (int32_t)io->dtype, io->device_type,
                                          io->device_index, &c->out[i]) ||
        tt_torch.aoti_torch_get_data_ptr(c->out[i], &io->data))
        TT_FAIL(TTRT_ERR_MEMORY, "PyTorch has no memory for output %d", i);
    return TTRT_OK;
}

static ttrt_status hand_over(call *c)
{
    if (tt_torch.torch_new_list_reserve_size(c->n_out, &c->results))
        TT_FAIL(TTRT_ERR_MEMORY, "PyTorch has no memory for the list of outputs");
    for (size_t i = 0; i < c->n_out; i++) {
        if (tt_torch.torch_list_push_back(c->results, (tt_torch_value)(uintptr_t)c->out[i]))
            TT_FAIL(TTRT_ERR_MEMORY, "PyTorch has no memory for the list of outputs");
        c->out[i] = NULL;
    }
    return TTRT_OK;
}

/* The inputs tell the GPU, PyTorch its stream there. */
static ttrt_status prepare_on_gpu(call *c, tt_run_options *options)
{
    for (size_t i = c->n_in; i-- > 0;)
        if (c->ios[i].device_type == TTRT_DEVICE_CUDA)
            options->device_index = c->ios[i].device_index;
    for (size_t i = 0; i < c->n_in; i++)
        TT_TRY(make_contiguous(c, i));
    options->stream = tt_torch_stream(options->device_index);
    options->cuda_graphs = atomic_load_explicit(&cuda_graphs, memory_order_relaxed) == TTRT_CUDA_GRAPHS_WHOLE;
    options->specialization = atomic_load_explicit(&specialization, memory_order_relaxed);
    return TTRT_OK;
}

static ttrt_status run(call *c, const tt_engine_info *info)
{
    const tt_output_alloc alloc = {make_output, c};
    tt_run_options options = {0};
    uint32_t n_threads = 0;

    for (size_t i = 0; i < c->n_in; i++)
        TT_TRY(read_input(c, i, info->inputs[i]));
    if (tt_engine_kind(c->engine)->device_type == TTRT_DEVICE_CUDA) {
        TT_TRY(prepare_on_gpu(c, &options));
    } else {
        /* As many as PyTorch would use, but of our own: they stay warm between the engine's steps. */
        if (tt_torch.torch_get_num_threads(&n_threads))
            n_threads = 1;
        options.threads = tt_pool_threads((int)n_threads);
    }
    TT_TRY(tt_engine_run(c->engine, c->ios + c->n_in, &alloc, c->ios, &options));
    return hand_over(c);
}

static ttrt_status execute(call *c)
{
    tt_engine_info info;
    size_t n_in;

    TT_TRY(tt_torch_engine(c->blob, &c->engine));
    tt_engine_get_info(c->engine, &info);
    if (tt_torch.torch_list_size(c->inputs, &n_in) || n_in != (size_t)info.n_inputs)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%zu inputs given, the engine has %d", n_in, info.n_inputs);
    c->n_in = n_in;
    c->n_out = (size_t)info.n_outputs;

    size_t n = c->n_in + c->n_out;
    tt_io few_ios[FEW];
    tt_torch_tensor few_handles[FEW] = {0};
    void *memory = n > FEW ? tt_calloc(n, sizeof(tt_io) + sizeof(tt_torch_tensor)) : NULL;
    if (n > FEW && !memory) {
        c->n_in = c->n_out = 0;
        return TTRT_ERR_MEMORY;
    }
    c->ios = memory ? memory : few_ios;
    c->in = memory ? (tt_torch_tensor *)(c->ios + n) : few_handles;
    c->out = c->in + c->n_in;
    ttrt_status status = run(c, &info);
    for (size_t i = 0; i < n; i++)
        if (c->in[i])
            tt_torch.aoti_torch_delete_tensor_object(c->in[i]);
    tt_free(memory);
    return status;
}

static void throw_last_error(void)
{
    const ttrt_error *e = ttrt_last_error();
    char text[2304];

    snprintf(text, sizeof text, "%s%s%s%s%s", e->what, e->where[0] ? "\n  at: " : "", e->where,
             e->hint[0] ? "\n  hint: " : "", e->hint);
    tt_torch.aoti_torch_check(false, "execute_engine", "torchtrt", __LINE__, text);
}

void tt_torch_execute_engine(tt_torch_value *stack, uint64_t n_args, uint64_t n_outs)
{
    call c = {
        .inputs = (tt_torch_list)(uintptr_t)stack[0],
        .blob = (tt_torch_tensor)(uintptr_t)stack[1],
        .signature = (tt_torch_string)(uintptr_t)stack[2],
    };
    ttrt_status status = execute(&c);

    tt_engine_unref(c.engine);
    tt_torch.torch_delete_list(c.inputs);
    tt_torch.aoti_torch_delete_tensor_object(c.blob);
    tt_torch.torch_delete_string(c.signature);
    if (status != TTRT_OK && c.results)
        tt_torch.torch_delete_list(c.results);
    if (status != TTRT_OK)
        throw_last_error();
    stack[0] = (tt_torch_value)(uintptr_t)c.results;
}

ttrt_status ttrt_torch_set_run_options(const ttrt_run_options *options)
{
    ttrt_run_options o;

    TT_TRY(tt_run_options_read(options, &o));
    atomic_store(&cuda_graphs, (int)o.cuda_graphs);
    atomic_store(&specialization, (int)o.specialization);
    return TTRT_OK;
}
