/* See cuda.h. */
#include "engine/tensorrt/cuda.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

enum {
    CUDA_INVALID_VALUE = 1,
    CUDA_OUT_OF_MEMORY = 2,
    CUDA_NOT_INITIALIZED = 3,
    CUDA_NO_DEVICE = 100,

    ATTRIBUTE_MAJOR = 75,
    ATTRIBUTE_MINOR = 76,
    POINTER_MEMORY_TYPE = 2,
    POINTER_DEVICE_ORDINAL = 9,
    CAPTURE_RELAXED = 2,
    CAPTURE_ACTIVE = 1,
};

/* Every TensorRT that we know needs CUDA 12 or newer. */
#define OLDEST_DRIVER 12000
#define MAX_DEVICES   64
#define AFTER_FORK    "CUDA does not survive fork(): start the process anew (spawn)"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_open, is_device_open[MAX_DEVICES]; /* then there is nothing to lock */
static bool asked;
static ttrt_status answer;
static tt_error_text problem;
static tt_cuda cuda;
static tt_cuda_device devices[MAX_DEVICES];

/* ---- opening ---- */

static ttrt_status resolve(void *handle)
{
#define F(name, arguments)                                                                                             \
    *(void **)&cuda.name = dlsym(handle, #name);                                                                       \
    if (!cuda.name)                                                                                                    \
        TT_FAIL(TTRT_ERR_VERSION, "the NVIDIA driver has no %s: it is too old", #name);
    TT_CUDA_API(F)
#undef F
    return TTRT_OK;
}

static ttrt_status initialize(void *handle)
{
    int (*init)(unsigned flags) = NULL;

    *(void **)&init = dlsym(handle, "cuInit");
    if (!init)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "libcuda.so.1 has no cuInit");
    TT_TRY(resolve(handle));
    int error = init(0);
    if (error == CUDA_NO_DEVICE) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "no NVIDIA GPU is visible");
        return tt_fail_hint("CUDA_VISIBLE_DEVICES may hide it; nvidia-smi lists what is there");
    }
    if (error != 0) {
        const char *text = NULL;
        cuda.cuGetErrorString(error, &text);
        tt_fail(TTRT_ERR_UNSUPPORTED, "the NVIDIA driver does not start: %s (%d)", text ? text : "unknown error",
                error);
        return tt_fail_hint(error == CUDA_NOT_INITIALIZED ? AFTER_FORK : "nvidia-smi tells what is wrong");
    }
    TT_CUDA_TRY(cuda.cuDriverGetVersion(&cuda.driver_version), "the driver's version");
    TT_CUDA_TRY(cuda.cuDeviceGetCount(&cuda.n_devices), "the number of GPUs");
    if (cuda.driver_version < OLDEST_DRIVER) {
        tt_fail(TTRT_ERR_VERSION, "the NVIDIA driver is for CUDA %d.%d; engine tensorrt needs one for CUDA %d",
                cuda.driver_version / 1000, cuda.driver_version / 10 % 100, OLDEST_DRIVER / 1000);
        return tt_fail_hint("install a newer driver");
    }
    return TTRT_OK;
}

static ttrt_status open_driver(void)
{
    void *handle = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);

    if (!handle) {
        tt_log(TTRT_LOG_DEBUG, "cuda", "%s", dlerror());
        tt_fail(TTRT_ERR_UNSUPPORTED, "no NVIDIA driver: libcuda.so.1 is not installed");
        return tt_fail_hint("engine tensorrt builds anywhere and runs on a machine with an NVIDIA GPU; engine cpu runs "
                            "here");
    }
    return initialize(handle);
}

ttrt_status tt_cuda_get(const tt_cuda **out)
{
    *out = &cuda;
    if (atomic_load_explicit(&is_open, memory_order_acquire))
        return TTRT_OK;
    pthread_mutex_lock(&lock);
    if (!asked) {
        answer = open_driver();
        if (answer != TTRT_OK)
            tt_error_save(&problem);
        asked = true;
    }
    pthread_mutex_unlock(&lock);
    if (answer != TTRT_OK)
        return tt_error_restore(&problem);
    atomic_store_explicit(&is_open, true, memory_order_release);
    return TTRT_OK;
}

ttrt_status tt_cuda_fail(int error, const char *what)
{
    const char *name = NULL, *text = NULL;

    cuda.cuGetErrorName(error, &name);
    cuda.cuGetErrorString(error, &text);
    tt_fail(error == CUDA_OUT_OF_MEMORY ? TTRT_ERR_MEMORY : TTRT_ERR_DEVICE, "%s: %s (%s, %d)", what,
            text ? text : "unknown error", name ? name : "CUDA", error);
    return error == CUDA_NOT_INITIALIZED ? tt_fail_hint(AFTER_FORK) : ttrt_last_error()->status;
}

/* ---- devices ---- */

ttrt_status tt_cuda_enter(const tt_cuda_device *d, tt_cuda_scope *scope)
{
    *scope = (tt_cuda_scope){.capture_mode = CAPTURE_RELAXED};
    TT_CUDA_TRY(cuda.cuCtxGetCurrent(&scope->before), "the current context");
    if (scope->before != d->context) {
        TT_CUDA_TRY(cuda.cuCtxSetCurrent(d->context), "the GPU's context");
        scope->switched = true;
    }
    cuda.cuThreadExchangeStreamCaptureMode(&scope->capture_mode);
    return TTRT_OK;
}

void tt_cuda_leave(const tt_cuda_scope *scope)
{
    int mode = scope->capture_mode;

    cuda.cuThreadExchangeStreamCaptureMode(&mode);
    if (scope->switched)
        cuda.cuCtxSetCurrent(scope->before);
}

static ttrt_status open_device(int index, tt_cuda_device *d)
{
    tt_cuda_scope scope;
    tt_cu_stream stream = NULL;
    int device;

    *d = (tt_cuda_device){.index = index};
    TT_CUDA_TRY(cuda.cuDeviceGet(&device, index), "the GPU");
    TT_CUDA_TRY(cuda.cuDeviceGetName(d->name, sizeof d->name, device), "the GPU's name");
    TT_CUDA_TRY(cuda.cuDeviceGetAttribute(&d->major, ATTRIBUTE_MAJOR, device), "the GPU's compute capability");
    TT_CUDA_TRY(cuda.cuDeviceGetAttribute(&d->minor, ATTRIBUTE_MINOR, device), "the GPU's compute capability");
    TT_CUDA_TRY(cuda.cuDevicePrimaryCtxRetain(&d->context, device), "the GPU's primary context");
    TT_TRY(tt_cuda_enter(d, &scope));
    int error = cuda.cuStreamCreate(&stream, 0);
    tt_cuda_leave(&scope);
    TT_CUDA_TRY(error, "a stream");
    d->stream = stream;
    return TTRT_OK;
}

ttrt_status tt_cuda_device_get(int index, const tt_cuda_device **out)
{
    const tt_cuda *c;
    ttrt_status status = TTRT_OK;

    TT_TRY(tt_cuda_get(&c));
    if (index < 0 || index >= c->n_devices || index >= MAX_DEVICES)
        TT_FAIL(TTRT_ERR_ARGUMENT, "there is no GPU %d: this process sees %d", index, c->n_devices);
    *out = &devices[index];
    if (atomic_load_explicit(&is_device_open[index], memory_order_acquire))
        return TTRT_OK;
    pthread_mutex_lock(&lock);
    if (!atomic_load(&is_device_open[index])) {
        status = open_device(index, &devices[index]);
        atomic_store_explicit(&is_device_open[index], status == TTRT_OK, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* 1 and 2 are the names of the default stream, CU_STREAM_LEGACY and CU_STREAM_PER_THREAD; the latter is a stream like
 * any other. */
ttrt_status tt_cuda_stream(const tt_cuda_device *d, void *given, void **out, uint64_t *capture)
{
    tt_cuda_scope scope;
    int state = 0;

    *capture = 0;
    *out = d->stream;
    if ((uintptr_t)given <= 1)
        return TTRT_OK;
    *out = given;
    TT_TRY(tt_cuda_enter(d, &scope));
    int error = cuda.cuStreamGetCaptureInfo_v2(given, &state, capture, NULL, NULL, NULL);
    tt_cuda_leave(&scope);
    TT_CUDA_TRY(error, "the stream");
    if (state != CAPTURE_ACTIVE)
        *capture = 0;
    return TTRT_OK;
}

/* ---- memory ---- */

static ttrt_status fail_alloc(const tt_cuda_device *d, int error, size_t bytes)
{
    size_t room = 0, total = 0;

    if (error != CUDA_OUT_OF_MEMORY)
        return tt_cuda_fail(error, "memory of the GPU");
    cuda.cuMemGetInfo_v2(&room, &total);
    tt_fail(TTRT_ERR_MEMORY, "GPU %d (%s) has no memory: %zu bytes asked, %zu of %zu free", d->index, d->name, bytes,
            room, total);
    return tt_fail_hint("free tensors, run smaller batches, or give back what PyTorch keeps: torch.cuda.empty_cache()");
}

ttrt_status tt_cuda_alloc(const tt_cuda_device *d, size_t bytes, void **out)
{
    tt_cuda_scope scope;
    tt_cu_address p = 0;

    TT_TRY(tt_cuda_enter(d, &scope));
    int error = cuda.cuMemAlloc_v2(&p, bytes ? bytes : 1);
    ttrt_status status = error ? fail_alloc(d, error, bytes) : TTRT_OK;
    tt_cuda_leave(&scope);
    if (status == TTRT_OK)
        *out = (void *)(uintptr_t)p;
    return status;
}

void tt_cuda_free(int index, void *p)
{
    const tt_cuda_device *d;
    tt_cuda_scope scope;

    if (!p || tt_cuda_device_get(index, &d) != TTRT_OK || tt_cuda_enter(d, &scope) != TTRT_OK)
        return;
    int error = cuda.cuMemFree_v2((tt_cu_address)(uintptr_t)p);
    if (error)
        tt_log(TTRT_LOG_DEBUG, "cuda", "memory of GPU %d is not freed: error %d", index, error);
    tt_cuda_leave(&scope);
}

ttrt_status tt_cuda_clear(const tt_cuda_device *d, void *p, size_t bytes)
{
    tt_cuda_scope scope;

    TT_TRY(tt_cuda_enter(d, &scope));
    int error = bytes ? cuda.cuMemsetD8Async((tt_cu_address)(uintptr_t)p, 0, bytes, d->stream) : 0;
    if (!error)
        error = cuda.cuStreamSynchronize(d->stream);
    tt_cuda_leave(&scope);
    TT_CUDA_TRY(error, "clearing memory");
    return TTRT_OK;
}

ttrt_status tt_cuda_synchronize(const tt_cuda_device *d, tt_cu_stream stream)
{
    tt_cuda_scope scope;

    TT_TRY(tt_cuda_enter(d, &scope));
    int error = cuda.cuStreamSynchronize(stream ? stream : d->stream);
    tt_cuda_leave(&scope);
    TT_CUDA_TRY(error, "waiting for the GPU");
    return TTRT_OK;
}

ttrt_status tt_cuda_check_address(int index, const void *p)
{
    const tt_cuda_device *d;
    tt_cuda_scope scope;
    unsigned type = 0;
    int ordinal = -1;

    TT_TRY(tt_cuda_device_get(index, &d));
    TT_TRY(tt_cuda_enter(d, &scope));
    int error = cuda.cuPointerGetAttribute(&type, POINTER_MEMORY_TYPE, (tt_cu_address)(uintptr_t)p);
    if (!error)
        error = cuda.cuPointerGetAttribute(&ordinal, POINTER_DEVICE_ORDINAL, (tt_cu_address)(uintptr_t)p);
    tt_cuda_leave(&scope);
    if (error == CUDA_INVALID_VALUE)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%p is no memory of a GPU", p);
    TT_CUDA_TRY(error, "looking at an address");
    /* Pinned host memory can be used from the GPU; only what lies on another one cannot. */
    if (type == TT_CU_DEVICE && ordinal != index)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%p is on GPU %d, not on GPU %d", p, ordinal, index);
    return TTRT_OK;
}

/* ---- copies ---- */

/* Row copies that stand for a strided one; more would be slower than anything else. */
#define MAX_ROW_COPIES 4096

typedef struct {
    int rank; /* the innermost dimension, of bytes, comes first */
    int64_t dims[TT_MAX_RANK_NET + 1];
    int64_t dst[TT_MAX_RANK_NET + 1], src[TT_MAX_RANK_NET + 1]; /* strides in bytes */
} walk;

/* Dimensions of 1 go, those that follow each other in both tensors become one. False: nothing to copy. */
static bool plan_walk(const tt_io *dst, const tt_io *src, walk *w)
{
    int64_t size = (int64_t)ttrt_dtype_size(dst->dtype);

    *w = (walk){.rank = 1, .dims = {size}, .dst = {1}, .src = {1}};
    for (int d = dst->rank - 1; d >= 0; d--) {
        int last = w->rank - 1;
        int64_t to = dst->strides[d] * size, from = src->strides[d] * size;

        if (dst->dims[d] == 0)
            return false;
        if (dst->dims[d] == 1)
            continue;
        if (to == w->dims[last] * w->dst[last] && from == w->dims[last] * w->src[last]) {
            w->dims[last] *= dst->dims[d];
            continue;
        }
        w->dims[w->rank] = dst->dims[d];
        w->dst[w->rank] = to;
        w->src[w->rank++] = from;
    }
    return true;
}

static ttrt_status copy_bytes(const tt_cuda_device *d, const tt_io *dst, const tt_io *src, size_t bytes,
                              tt_cu_stream stream)
{
    tt_cu_address to = (tt_cu_address)(uintptr_t)dst->data, from = (tt_cu_address)(uintptr_t)src->data;
    const tt_cuda_device *other;
    int error;

    if (src->device_type == TTRT_DEVICE_CPU) {
        error = cuda.cuMemcpyHtoDAsync_v2(to, src->data, bytes, stream);
    } else if (dst->device_type == TTRT_DEVICE_CPU) {
        error = cuda.cuMemcpyDtoHAsync_v2(dst->data, from, bytes, stream);
    } else if (dst->device_index == src->device_index) {
        error = cuda.cuMemcpyDtoDAsync_v2(to, from, bytes, stream);
    } else {
        TT_TRY(tt_cuda_device_get(src->device_index, &other));
        error = cuda.cuMemcpyPeerAsync(to, d->context, from, other->context, bytes, stream);
    }
    TT_CUDA_TRY(error, "a copy");
    return TTRT_OK;
}

/* Rows of w->dims[0] bytes, w->dims[1] of them. */
static ttrt_status copy_rows(const tt_io *dst, const tt_io *src, const walk *w, int64_t to, int64_t from,
                             tt_cu_stream stream)
{
    tt_cu_copy_2d c = {.width_bytes = (size_t)w->dims[0], .height = (size_t)w->dims[1]};

    c.src_type = src->device_type == TTRT_DEVICE_CPU ? TT_CU_HOST : TT_CU_DEVICE;
    c.src_host = c.src_type == TT_CU_HOST ? (const char *)src->data + from : NULL;
    c.src_device = c.src_type == TT_CU_DEVICE ? (tt_cu_address)(uintptr_t)src->data + (tt_cu_address)from : 0;
    c.src_pitch = (size_t)w->src[1];
    c.dst_type = dst->device_type == TTRT_DEVICE_CPU ? TT_CU_HOST : TT_CU_DEVICE;
    c.dst_host = c.dst_type == TT_CU_HOST ? (char *)dst->data + to : NULL;
    c.dst_device = c.dst_type == TT_CU_DEVICE ? (tt_cu_address)(uintptr_t)dst->data + (tt_cu_address)to : 0;
    c.dst_pitch = (size_t)w->dst[1];
    TT_CUDA_TRY(cuda.cuMemcpy2DAsync_v2(&c, stream), "a copy of rows");
    return TTRT_OK;
}

static bool rows_fit(const walk *w, bool same_device)
{
    int64_t copies = 1;

    for (int d = 2; d < w->rank; d++)
        if (__builtin_mul_overflow(copies, w->dims[d], &copies) || copies > MAX_ROW_COPIES)
            return false;
    return same_device && w->src[1] >= w->dims[0] && w->dst[1] >= w->dims[0] && w->src[1] <= INT32_MAX &&
           w->dst[1] <= INT32_MAX;
}

static ttrt_status copy_walk(const tt_io *dst, const tt_io *src, const walk *w, tt_cu_stream stream)
{
    int64_t at[TT_MAX_RANK_NET + 1] = {0}, to = 0, from = 0;

    for (;;) {
        int d = 2;

        TT_TRY(copy_rows(dst, src, w, to, from, stream));
        for (; d < w->rank; d++) {
            to += w->dst[d];
            from += w->src[d];
            if (++at[d] < w->dims[d])
                break;
            to -= w->dst[d] * at[d];
            from -= w->src[d] * at[d];
            at[d] = 0;
        }
        if (d >= w->rank)
            return TTRT_OK;
    }
}

ttrt_status tt_cuda_copy(const tt_cuda_device *d, const tt_io *dst, const tt_io *src, tt_cu_stream stream)
{
    bool one_gpu = dst->device_type == TTRT_DEVICE_CPU || src->device_type == TTRT_DEVICE_CPU ||
                   dst->device_index == src->device_index;
    tt_cuda_scope scope;
    ttrt_status status;
    walk w;

    if (!plan_walk(dst, src, &w))
        return TTRT_OK;
    if (w.rank > 1 && !rows_fit(&w, one_gpu)) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "a tensor on a GPU has strides that row copies cannot follow");
        return tt_fail_hint("make it contiguous first");
    }
    TT_TRY(tt_cuda_enter(d, &scope));
    status = w.rank == 1 ? copy_bytes(d, dst, src, (size_t)w.dims[0], stream) : copy_walk(dst, src, &w, stream);
    tt_cuda_leave(&scope);
    return status;
}
