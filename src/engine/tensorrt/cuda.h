/* CUDA's driver interface, opened at run time: memory, streams and events on primary contexts, which PyTorch and the
 * CUDA runtime use too. Prototypes are our own; _v2 is the form that every driver since CUDA 4 has. */
#ifndef TT_TENSORRT_CUDA_H
#define TT_TENSORRT_CUDA_H

#include "engine/engine.h"

typedef struct CUctx_st *tt_cu_context;
typedef struct CUstream_st *tt_cu_stream;
typedef struct CUevent_st *tt_cu_event;
typedef struct CUgraph_st *tt_cu_graph;
typedef unsigned long long tt_cu_address;

/* CUDA_MEMCPY2D. Types: TT_CU_HOST, TT_CU_DEVICE. */
typedef struct tt_cu_copy_2d {
    size_t src_x, src_y;
    int src_type;
    const void *src_host;
    tt_cu_address src_device;
    void *src_array;
    size_t src_pitch;
    size_t dst_x, dst_y;
    int dst_type;
    void *dst_host;
    tt_cu_address dst_device;
    void *dst_array;
    size_t dst_pitch;
    size_t width_bytes, height;
} tt_cu_copy_2d;
_Static_assert(sizeof(tt_cu_copy_2d) == 128, "CUDA_MEMCPY2D");
enum { TT_CU_HOST = 1, TT_CU_DEVICE = 2 };
enum { TT_CU_EVENT_NO_TIMING = 2, TT_CU_OBJECT_NO_SYNC = 1, TT_CU_OBJECT_MOVE = 1 };

/* F(name, arguments): all return 0 for success. */
/* clang-format off */
#define TT_CUDA_API(F)                                                                                                 \
    F(cuDriverGetVersion, (int *version))                                                                              \
    F(cuGetErrorName, (int error, const char **text))                                                                  \
    F(cuGetErrorString, (int error, const char **text))                                                                \
    F(cuDeviceGetCount, (int *count))                                                                                  \
    F(cuDeviceGet, (int *device, int ordinal))                                                                         \
    F(cuDeviceGetName, (char *name, int size, int device))                                                             \
    F(cuDeviceGetAttribute, (int *value, int attribute, int device))                                                   \
    F(cuDevicePrimaryCtxRetain, (tt_cu_context *context, int device))                                                  \
    F(cuCtxGetCurrent, (tt_cu_context *context))                                                                       \
    F(cuCtxSetCurrent, (tt_cu_context context))                                                                        \
    F(cuMemGetInfo_v2, (size_t *free_bytes, size_t *total_bytes))                                                      \
    F(cuMemAlloc_v2, (tt_cu_address *out, size_t bytes))                                                               \
    F(cuMemFree_v2, (tt_cu_address p))                                                                                 \
    F(cuMemcpyHtoDAsync_v2, (tt_cu_address dst, const void *src, size_t bytes, tt_cu_stream stream))                   \
    F(cuMemcpyDtoHAsync_v2, (void *dst, tt_cu_address src, size_t bytes, tt_cu_stream stream))                         \
    F(cuMemcpyDtoDAsync_v2, (tt_cu_address dst, tt_cu_address src, size_t bytes, tt_cu_stream stream))                 \
    F(cuMemcpyPeerAsync, (tt_cu_address dst, tt_cu_context to, tt_cu_address src, tt_cu_context from, size_t bytes, tt_cu_stream stream)) \
    F(cuMemcpy2DAsync_v2, (const tt_cu_copy_2d *copy, tt_cu_stream stream))                                            \
    F(cuMemsetD8Async, (tt_cu_address dst, unsigned char value, size_t n, tt_cu_stream stream))                        \
    F(cuMemsetD32Async, (tt_cu_address dst, unsigned value, size_t n, tt_cu_stream stream))                            \
    F(cuPointerGetAttribute, (void *out, int attribute, tt_cu_address p))                                              \
    F(cuStreamCreate, (tt_cu_stream *out, unsigned flags))                                                             \
    F(cuStreamSynchronize, (tt_cu_stream stream))                                                                      \
    F(cuStreamWaitEvent, (tt_cu_stream stream, tt_cu_event event, unsigned flags))                                     \
    F(cuStreamGetCaptureInfo_v2, (tt_cu_stream stream, int *status, uint64_t *id, tt_cu_graph *graph, const void **dependencies, size_t *n)) \
    F(cuUserObjectCreate, (void **out, void *user, void (*destroy)(void *user), unsigned count, unsigned flags))       \
    F(cuGraphRetainUserObject, (tt_cu_graph graph, void *object, unsigned count, unsigned flags))                      \
    F(cuThreadExchangeStreamCaptureMode, (int *mode))                                                                  \
    F(cuEventCreate, (tt_cu_event *out, unsigned flags))                                                               \
    F(cuEventRecord, (tt_cu_event event, tt_cu_stream stream))                                                         \
    F(cuEventQuery, (tt_cu_event event))                                                                               \
    F(cuEventSynchronize, (tt_cu_event event))                                                                         \
    F(cuEventElapsedTime, (float *ms, tt_cu_event start, tt_cu_event end))                                             \
    F(cuEventDestroy_v2, (tt_cu_event event))
/* clang-format on */

typedef struct tt_cuda {
#define F(name, arguments) int(*name) arguments;
    TT_CUDA_API(F)
#undef F
    int driver_version; /* 13000: it takes what was made for CUDA up to 13.0 */
    int n_devices;
} tt_cuda;

/* Opens libcuda.so.1 at the first call; the same answer each time. TTRT_ERR_UNSUPPORTED where there is no driver or no
 * GPU, TTRT_ERR_VERSION for a driver that is too old. */
ttrt_status tt_cuda_get(const tt_cuda **out);

/* A GPU, kept for the life of the process. */
typedef struct tt_cuda_device {
    int index;
    tt_cu_context context; /* the primary one, retained and never given back: others use it */
    /* In step with CUDA's default stream, in both directions: what is enqueued here starts after what is there
     * already, and the other way round. TensorRT waits needlessly on the default stream itself. */
    tt_cu_stream stream;
    int major, minor; /* compute capability */
    char name[96];
} tt_cuda_device;
ttrt_status tt_cuda_device_get(int index, const tt_cuda_device **out);

/* Makes the device's context the thread's current one, and while inside, lets CUDA allocate and query although some
 * stream of the process is being captured into a graph. Leave with the same scope. */
typedef struct tt_cuda_scope {
    tt_cu_context before;
    bool switched;
    int capture_mode;
} tt_cuda_scope;
ttrt_status tt_cuda_enter(const tt_cuda_device *d, tt_cuda_scope *scope);
void tt_cuda_leave(const tt_cuda_scope *scope);

/* A failure with CUDA's own words: TTRT_ERR_MEMORY when it has none, else TTRT_ERR_DEVICE. */
ttrt_status tt_cuda_fail(int error, const char *what);
#define TT_CUDA_TRY(call, what)                                                                                        \
    do {                                                                                                               \
        int tt_cuda_error_ = (call);                                                                                   \
        if (tt_cuda_error_ != 0)                                                                                       \
            return tt_cuda_fail(tt_cuda_error_, what);                                                                 \
    } while (0)

/* Memory of a device; all of what follows enters it by itself. Freeing waits for what still uses it. Freeing NULL is
 * fine. */
ttrt_status tt_cuda_alloc(const tt_cuda_device *d, size_t bytes, void **out);
void tt_cuda_free(int index, void *p);
ttrt_status tt_cuda_clear(const tt_cuda_device *d, void *p, size_t bytes); /* waits */
/* The stream that stands for what a caller gave, NULL or another name of the default stream: the device's own. And the
 * graph that it is being captured into, 0: none. */
ttrt_status tt_cuda_stream(const tt_cuda_device *d, void *given, void **out, uint64_t *capture);
/* Waits. A NULL stream is the device's own. */
ttrt_status tt_cuda_synchronize(const tt_cuda_device *d, tt_cu_stream stream);
/* Whether `p` is memory that the device can use; TTRT_ERR_ARGUMENT tells what it is instead. */
ttrt_status tt_cuda_check_address(int index, const void *p);

/* Copies equal shapes and types where at least one is on a GPU; enqueued on `stream` of device `d`, which is the one of
 * the two that is a GPU (of two GPUs: dst's). Host memory may be used again at once if it is src; if it is dst, wait
 * for the stream. TTRT_ERR_UNSUPPORTED for strides that are no rows. */
ttrt_status tt_cuda_copy(const tt_cuda_device *d, const tt_io *dst, const tt_io *src, tt_cu_stream stream);

#endif
