/* An engine on one GPU: the plan deserialized once, shared by all contexts there. */
#ifndef TT_TENSORRT_LIVE_H
#define TT_TENSORRT_LIVE_H

#include <stdatomic.h>

#include "engine/tensorrt/build.h"
#include "engine/tensorrt/callbacks.h"
#include "engine/tensorrt/cuda.h"
#include "engine/tensorrt/library.h"

typedef struct tt_trt_range { /* of one input in one profile; of a number: dims[0] */
    int64_t min[TT_TRT_RANK], max[TT_TRT_RANK];
} tt_trt_range;

typedef struct tt_trt_input {
    bool absent;  /* the plan does not have it: nothing depends on it */
    bool on_host; /* a number that TensorRT reads from host memory, since sizes depend on it */
    tt_trt_range *profiles;
} tt_trt_input;

typedef struct tt_trt_live {
    const tt_trt_library *library;
    const tt_cuda *cuda;
    const tt_cuda_device *device;
    const tt_trt_payload *payload; /* its owner's */
    tt_trt_errors errors;
    IRuntime *runtime;
    ICudaEngine *engine;
    IRuntimeCache *cache; /* of kernels compiled so far; NULL: this TensorRT compiles none at run time */
    char *cache_path;     /* NULL: they are not kept on disk */
    atomic_uint runs;
    tt_trt_input *inputs;
    tt_trt_range *ranges;
    int n_profiles;
    pthread_mutex_t lock;            /* contexts are made one at a time */
    struct tt_trt_context *captured; /* contexts that CUDA graphs of the caller's use or used */
    atomic_llong context_bytes;      /* device memory of all contexts */
    atomic_int n_contexts;
    struct tt_trt_live *next; /* on another GPU */
} tt_trt_live;

/* `id` is the blob's content id. TTRT_ERR_VERSION where the plan is of another TensorRT than the one that is here. */
ttrt_status tt_trt_live_open(const tt_trt_payload *payload, const uint8_t *id, const tt_cuda_device *device,
                             tt_trt_live **out);
void tt_trt_live_close(tt_trt_live *live); /* its contexts are gone already; NULL is fine */
/* Counts a run, and now and then writes the compiled kernels to disk. */
void tt_trt_live_count_run(tt_trt_live *live);
/* The profile that takes these sizes, the first of several; -1: none. */
int tt_trt_live_profile(const tt_trt_live *live, const tt_io *ins);

#endif
