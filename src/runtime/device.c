/* Memory of tensors on the host and on GPUs, and copies between them. */
#include <stdio.h>
#include <string.h>

#include "engine/tensorrt/cuda.h"
#include "runtime/runtime.h"

const char *tt_device_text(int device_type, int device_index, char *buffer, size_t size)
{
    if (device_type == TTRT_DEVICE_CPU)
        return "in host memory";
    snprintf(buffer, size, "on GPU %d", device_index);
    return buffer;
}

ttrt_status tt_memory_alloc(int device_type, int device_index, size_t bytes, void **out)
{
    const tt_cuda_device *d;

    if (device_type == TTRT_DEVICE_CUDA) {
        TT_TRY(tt_cuda_device_get(device_index, &d));
        return tt_cuda_alloc(d, bytes, out);
    }
    if (device_type != TTRT_DEVICE_CPU)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%d is no device type", device_type);
    *out = tt_alloc_aligned(bytes);
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

void tt_memory_free(int device_type, int device_index, void *p)
{
    if (device_type == TTRT_DEVICE_CUDA)
        tt_cuda_free(device_index, p);
    else
        tt_free_aligned(p);
}

ttrt_status tt_scratch_reserve(tt_scratch *s, int device_type, int device_index, size_t bytes)
{
    tt_scratch more = {.bytes = bytes, .device_type = device_type, .device_index = device_index};

    if (s->data && bytes <= s->bytes && s->device_type == device_type && s->device_index == device_index)
        return TTRT_OK;
    TT_TRY(tt_memory_alloc(device_type, device_index, bytes, &more.data));
    tt_scratch_dispose(s);
    *s = more;
    return TTRT_OK;
}

void tt_scratch_dispose(tt_scratch *s)
{
    tt_memory_free(s->device_type, s->device_index, s->data);
    *s = (tt_scratch){0};
}

ttrt_status tt_tensor_check_memory(const ttrt_tensor *t, const char *name)
{
    if (!t->data && ttrt_tensor_count(t) != 0)
        TT_FAIL(TTRT_ERR_ARGUMENT, "input '%s' has no data", name);
    if (t->device_type != TTRT_DEVICE_CUDA || !t->data)
        return TTRT_OK;
    ttrt_status status = tt_cuda_check_address(t->device_index, t->data);
    return status == TTRT_OK ? status : tt_fail_where("input '%s'", name);
}

/* ---- copies ---- */

/* Host memory with strides goes over as one piece. The driver has read it when the call returns. */
static ttrt_status send_strided(const tt_cuda_device *d, const tt_io *dst, const tt_io *src, tt_cu_stream stream)
{
    tt_io piece = *src;
    size_t bytes;

    if (!tt_tensor_bytes(src->dtype, src->rank, src->dims, &bytes))
        TT_FAIL(TTRT_ERR_SHAPE, "the tensor is too large for this machine's addresses");
    if (!(piece.data = tt_alloc_aligned(bytes)))
        return TTRT_ERR_MEMORY;
    tt_contiguous_strides(piece.rank, piece.dims, piece.strides);
    tt_io_copy(&piece, src);
    ttrt_status status = tt_cuda_copy(d, dst, &piece, stream);
    tt_free_aligned(piece.data);
    return status;
}

ttrt_status tt_io_move(const tt_io *dst, const tt_io *src, void *stream)
{
    const tt_cuda_device *d;
    uint64_t capture;

    if (dst->device_type == TTRT_DEVICE_CPU && src->device_type == TTRT_DEVICE_CPU) {
        tt_io_copy(dst, src);
        return TTRT_OK;
    }
    TT_TRY(tt_cuda_device_get(dst->device_type == TTRT_DEVICE_CUDA ? dst->device_index : src->device_index, &d));
    TT_TRY(tt_cuda_stream(d, stream, &stream, &capture));
    if (src->device_type == TTRT_DEVICE_CPU && !tt_io_is_contiguous(src))
        return send_strided(d, dst, src, stream);
    TT_TRY(tt_cuda_copy(d, dst, src, stream));
    return dst->device_type == TTRT_DEVICE_CPU ? tt_cuda_synchronize(d, stream) : TTRT_OK;
}

ttrt_status ttrt_tensor_to(const ttrt_tensor *src, ttrt_device_type device_type, int32_t device_index, ttrt_tensor *out)
{
    const tt_cuda_device *d;
    tt_io from, to;

    TT_CHECK_ARG(src != NULL && out != NULL && src->rank >= 0 && src->rank <= TTRT_MAX_RANK);
    TT_CHECK_ARG(ttrt_dtype_size(src->dtype) != 0);
    TT_TRY(tt_tensor_check_memory(src, "src"));
    tt_io_from_tensor(src, &from);
    to = from;
    to.device_type = device_type;
    to.device_index = device_type == TTRT_DEVICE_CPU ? 0 : device_index;
    ttrt_tensor result = *out;
    ttrt_status status = tt_tensor_place(&result, 0, &to);
    if (status != TTRT_OK) {
        out->capacity_bytes = out->data ? result.capacity_bytes : out->capacity_bytes;
        return status;
    }
    status = tt_io_move(&to, &from, NULL);
    if (status == TTRT_OK && device_type == TTRT_DEVICE_CUDA) {
        status = tt_cuda_device_get(device_index, &d);
        if (status == TTRT_OK)
            status = tt_cuda_synchronize(d, NULL);
    }
    if (status != TTRT_OK) {
        if (!out->data)
            ttrt_tensor_dispose(&result);
        return status;
    }
    *out = result;
    return TTRT_OK;
}

/* ---- time ---- */

static ttrt_status mark(const tt_cuda_device *d, tt_cu_stream stream, void **event)
{
    const tt_cuda *cuda;
    tt_cuda_scope scope;

    TT_TRY(tt_cuda_get(&cuda));
    TT_TRY(tt_cuda_enter(d, &scope));
    int error = cuda->cuEventCreate((tt_cu_event *)event, 0);
    if (!error)
        error = cuda->cuEventRecord(*event, stream);
    tt_cuda_leave(&scope);
    TT_CUDA_TRY(error, "an event");
    return TTRT_OK;
}

ttrt_status tt_timer_start(tt_timer *t, int device_index, void *stream)
{
    const tt_cuda_device *d;
    uint64_t capture;

    *t = (tt_timer){.device_index = device_index};
    TT_TRY(tt_cuda_device_get(device_index, &d));
    TT_TRY(tt_cuda_stream(d, stream, &t->stream, &capture));
    return mark(d, t->stream, &t->start);
}

ttrt_status tt_timer_stop(tt_timer *t, double *ms)
{
    const tt_cuda_device *d;
    const tt_cuda *cuda;
    float time = 0;

    TT_TRY(tt_cuda_get(&cuda));
    TT_TRY(tt_cuda_device_get(t->device_index, &d));
    TT_TRY(mark(d, t->stream, &t->end));
    TT_TRY(tt_cuda_synchronize(d, t->stream));
    TT_CUDA_TRY(cuda->cuEventElapsedTime(&time, t->start, t->end), "the time of a run");
    *ms = (double)time;
    return TTRT_OK;
}

void tt_timer_dispose(tt_timer *t)
{
    const tt_cuda *cuda;

    if ((!t->start && !t->end) || tt_cuda_get(&cuda) != TTRT_OK)
        return;
    if (t->start)
        cuda->cuEventDestroy_v2(t->start);
    if (t->end)
        cuda->cuEventDestroy_v2(t->end);
    *t = (tt_timer){0};
}
