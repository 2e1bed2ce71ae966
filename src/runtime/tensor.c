/* Tensors: description, allocation, strided copies in host memory. */
#include "runtime/runtime.h"

#include <string.h>

#include "base/checked.h"
#include "engine/tensorrt/cuda.h"

bool tt_tensor_bytes(tt_dtype dtype, int rank, const int64_t *dims, size_t *out)
{
    int64_t count;

    return tt_count_elems(dims, (size_t)rank, &count) && tt_mul_size((size_t)count, ttrt_dtype_size(dtype), out);
}

void tt_contiguous_strides(int rank, const int64_t *dims, int64_t *strides)
{
    int64_t step = 1;

    for (int d = rank - 1; d >= 0; d--) {
        strides[d] = step;
        /* A tensor without elements may have dimensions whose product overflows; its strides are never used. */
        if (!tt_mul_i64(step, dims[d] > 1 ? dims[d] : 1, &step))
            step = 1;
    }
}

bool tt_io_is_contiguous(const tt_io *io)
{
    int64_t step = 1;

    for (int d = io->rank - 1; d >= 0; d--) {
        if (io->dims[d] == 0)
            return true;
        if (io->dims[d] != 1 && io->strides[d] != step)
            return false;
        step *= io->dims[d];
    }
    return true;
}

void tt_io_assign(tt_io *to, const tt_io *from)
{
    to->data = from->data;
    to->dtype = from->dtype;
    to->rank = from->rank;
    to->device_type = from->device_type;
    to->device_index = from->device_index;
    memcpy(to->dims, from->dims, (size_t)from->rank * sizeof *to->dims);
    memcpy(to->strides, from->strides, (size_t)from->rank * sizeof *to->strides);
}

static void copy_row(char *dst, int64_t dst_step, const char *src, int64_t src_step, int64_t n, size_t size)
{
    if (dst_step == (int64_t)size && src_step == (int64_t)size) {
        memmove(dst, src, (size_t)n * size);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        memcpy(dst + i * dst_step, src + i * src_step, size);
}

void tt_io_copy(const tt_io *dst, const tt_io *src)
{
    size_t size = ttrt_dtype_size(dst->dtype), bytes;
    int64_t at[TT_MAX_RANK_NET] = {0};
    char *to = dst->data;
    const char *from = src->data;
    int rank = dst->rank;

    if (!tt_tensor_bytes(dst->dtype, rank, dst->dims, &bytes) || bytes == 0 || (to == from && rank == 0))
        return;
    if (tt_io_is_contiguous(dst) && tt_io_is_contiguous(src)) {
        memmove(to, from, bytes);
        return;
    }
    int64_t n = dst->dims[rank - 1], to_step = dst->strides[rank - 1] * (int64_t)size,
            from_step = src->strides[rank - 1] * (int64_t)size;
    for (;;) {
        copy_row(to, to_step, from, from_step, n, size);
        int d = rank - 2;
        for (; d >= 0; d--) {
            to += dst->strides[d] * (int64_t)size;
            from += src->strides[d] * (int64_t)size;
            if (++at[d] < dst->dims[d])
                break;
            to -= dst->strides[d] * (int64_t)size * at[d];
            from -= src->strides[d] * (int64_t)size * at[d];
            at[d] = 0;
        }
        if (d < 0)
            return;
    }
}

void tt_io_from_tensor(const ttrt_tensor *t, tt_io *out)
{
    out->data = t->data;
    out->dtype = t->dtype;
    out->rank = t->rank;
    out->device_type = t->device_type;
    out->device_index = t->device_index;
    memcpy(out->dims, t->dims, (size_t)t->rank * sizeof *out->dims);
    memcpy(out->strides, t->strides, (size_t)t->rank * sizeof *out->strides);
}

ttrt_status tt_tensor_place(ttrt_tensor *out, size_t index, tt_io *io)
{
    size_t bytes;

    if (io->rank < 0 || io->rank > TTRT_MAX_RANK || !tt_tensor_bytes(io->dtype, io->rank, io->dims, &bytes))
        TT_FAIL(TTRT_ERR_SHAPE, "output %zu is too large for this machine's addresses", index);
    if (out->data && ((int)out->device_type != io->device_type || out->device_index != io->device_index)) {
        char is[32], wanted[32];
        TT_FAIL(TTRT_ERR_ARGUMENT, "output %zu is %s; it is made %s", index,
                tt_device_text((int)out->device_type, out->device_index, is, sizeof is),
                tt_device_text(io->device_type, io->device_index, wanted, sizeof wanted));
    }
    if (!out->data) {
        TT_TRY(tt_memory_alloc(io->device_type, io->device_index, bytes, &out->data));
        out->owner = out->data;
        out->device_type = (ttrt_device_type)io->device_type;
        out->device_index = io->device_index;
        out->capacity_bytes = bytes;
    } else if (out->capacity_bytes < bytes) {
        size_t room = out->capacity_bytes;
        out->capacity_bytes = bytes;
        TT_FAIL(TTRT_ERR_SMALL, "output %zu needs %zu bytes, its capacity_bytes is %zu", index, bytes, room);
    }
    out->dtype = io->dtype;
    out->rank = io->rank;
    memcpy(out->dims, io->dims, (size_t)io->rank * sizeof *out->dims);
    tt_contiguous_strides(out->rank, out->dims, out->strides);
    memcpy(io->strides, out->strides, (size_t)io->rank * sizeof *io->strides);
    io->data = out->data;
    return TTRT_OK;
}

void tt_result_start(ttrt_tensor *result, const ttrt_tensor *out)
{
    result->data = out->data;
    result->owner = out->data ? out->owner : NULL;
    result->capacity_bytes = out->capacity_bytes;
    result->device_type = out->device_type;
    result->device_index = out->device_index;
    result->rank = 0;
}

void tt_result_give_up(ttrt_tensor *result, ttrt_tensor *out)
{
    if (out->data)
        out->capacity_bytes = result->capacity_bytes;
    else
        tt_memory_free((int)result->device_type, result->device_index, result->owner);
}

static ttrt_status describe(ttrt_dtype dtype, int32_t rank, const int64_t *dims, ttrt_tensor *t, size_t *bytes)
{
    TT_CHECK_ARG(rank >= 0 && rank <= TTRT_MAX_RANK);
    TT_CHECK_ARG(rank == 0 || dims != NULL);
    if (ttrt_dtype_size(dtype) == 0)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%d is no data type", (int)dtype);
    for (int d = 0; d < rank; d++)
        if (dims[d] < 0)
            TT_FAIL(TTRT_ERR_ARGUMENT, "dimension %d is %lld", d, (long long)dims[d]);
    if (!tt_tensor_bytes(dtype, rank, dims, bytes)) {
        tt_str shape = {0};
        tt_str_add_dims(&shape, dims, (size_t)rank);
        tt_fail(TTRT_ERR_ARGUMENT, "the size of a tensor overflows: %s %s", ttrt_dtype_name(dtype),
                tt_str_text(&shape));
        tt_str_dispose(&shape);
        return TTRT_ERR_ARGUMENT;
    }
    *t = (ttrt_tensor){.dtype = dtype, .rank = rank, .capacity_bytes = *bytes};
    if (rank)
        memcpy(t->dims, dims, (size_t)rank * sizeof *dims);
    tt_contiguous_strides(rank, t->dims, t->strides);
    return TTRT_OK;
}

ttrt_status ttrt_tensor_wrap(void *data, ttrt_dtype dtype, int32_t rank, const int64_t *dims, ttrt_tensor *out)
{
    ttrt_tensor t;
    size_t bytes;

    TT_CHECK_ARG(out != NULL);
    TT_TRY(describe(dtype, rank, dims, &t, &bytes));
    t.data = data;
    if (!data)
        t.capacity_bytes = 0;
    *out = t;
    return TTRT_OK;
}

static ttrt_status clear(ttrt_tensor *t, size_t bytes)
{
    const tt_cuda_device *d;

    if (t->device_type == TTRT_DEVICE_CPU) {
        memset(t->data, 0, bytes);
        return TTRT_OK;
    }
    TT_TRY(tt_cuda_device_get(t->device_index, &d));
    return tt_cuda_clear(d, t->data, bytes);
}

ttrt_status ttrt_tensor_new_on(ttrt_device_type device_type, int32_t device_index, ttrt_dtype dtype, int32_t rank,
                               const int64_t *dims, ttrt_tensor *out)
{
    ttrt_tensor t;
    size_t bytes = 0;

    TT_CHECK_ARG(out != NULL);
    TT_TRY(describe(dtype, rank, dims, &t, &bytes));
    t.device_type = device_type;
    t.device_index = device_type == TTRT_DEVICE_CPU ? 0 : device_index;
    TT_TRY(tt_memory_alloc((int)device_type, device_index, bytes, &t.data));
    t.owner = t.data;
    ttrt_status status = clear(&t, bytes);
    if (status != TTRT_OK) {
        ttrt_tensor_dispose(&t);
        return status;
    }
    *out = t;
    return TTRT_OK;
}

ttrt_status ttrt_tensor_new(ttrt_dtype dtype, int32_t rank, const int64_t *dims, ttrt_tensor *out)
{
    return ttrt_tensor_new_on(TTRT_DEVICE_CPU, 0, dtype, rank, dims, out);
}

void ttrt_tensor_dispose(ttrt_tensor *tensor)
{
    if (!tensor)
        return;
    tt_memory_free((int)tensor->device_type, tensor->device_index, tensor->owner);
    *tensor = (ttrt_tensor)TTRT_TENSOR_INIT;
}

int64_t ttrt_tensor_count(const ttrt_tensor *tensor)
{
    int64_t count = 0;

    if (!tensor || tensor->rank < 0 || tensor->rank > TTRT_MAX_RANK ||
        !tt_count_elems(tensor->dims, (size_t)tensor->rank, &count))
        return 0;
    return count;
}
