/* What a context is made of: for the files that make it and run it. */
#ifndef TT_TENSORRT_CONTEXT_H
#define TT_TENSORRT_CONTEXT_H

#include "engine/tensorrt/run.h"

#define TT_TRT_ALIGNMENT 256 /* of tensors that TensorRT is given */

typedef struct tt_trt_buffer { /* device memory that grows */
    void *data;
    size_t bytes;
} tt_trt_buffer;

typedef struct tt_trt_bound_input {
    int64_t dims[TT_TRT_RANK]; /* as TensorRT knows them */
    int64_t number;            /* of a number; read by TensorRT from here where it wants it in host memory */
    const void *address;       /* as TensorRT knows it */
    tt_trt_buffer staged;      /* a contiguous, aligned copy; of a number, its value on the device */
} tt_trt_bound_input;

/* What TensorRT asks for the memory of an output whose size it finds out while it runs. */
typedef struct tt_trt_allocator {
    const trt_fn *methods; /* the object that TensorRT sees starts here */
    tt_trt_context *context;
    int index;
} tt_trt_allocator;

typedef struct tt_trt_bound_output {
    Dims64 dims;
    bool depends_on_data;
    void *address;
    tt_trt_buffer staged;
    tt_trt_allocator allocator;
} tt_trt_bound_output;

typedef struct tt_trt_profiler {
    const trt_fn *methods;
    void (*profile)(void *user, const char *step, uint64_t time_ns);
    void *user;
} tt_trt_profiler;

/* A graph that has recorded a run of a context replays it with the context's memory, whenever it likes. CUDA tells when
 * the graph and what was made from it are gone, on a thread of its own. */
typedef struct tt_trt_hold {
    atomic_int refs; /* the context's and CUDA's */
    atomic_bool is_gone;
} tt_trt_hold;

struct tt_trt_context {
    tt_trt_live *live;
    tt_binding bound;
    tt_trt_errors errors;
    IRuntimeConfig *config;
    IExecutionContext *trt;
    bool cuda_graphs;
    int specialization;
    bool profiled;
    tt_trt_profiler profiler;
    int profile;      /* of sizes; -1: none yet */
    bool sizes_known; /* TensorRT has those in `inputs` */
    tt_trt_bound_input *inputs;
    tt_trt_bound_output *outputs;
    tt_trt_buffer memory;   /* for TensorRT's activations */
    tt_trt_buffer *retired; /* outgrown, but a graph may use it */
    size_t n_retired, retired_cap;
    tt_cu_stream stream; /* of the last run, which `done` follows */
    tt_cu_event done;
    bool ran;
    uint64_t capture;            /* the graph that records, or has recorded, runs of this context; 0: none */
    tt_trt_hold *hold;           /* of that one */
    struct tt_trt_context *next; /* of those kept for graphs */
};

/* At least so many bytes; what is in it is lost. Freeing memory waits for the device, so an earlier run has done with
 * the old one. */
ttrt_status tt_trt_grow(tt_trt_context *c, tt_trt_buffer *b, size_t bytes);
/* A failure with TensorRT's words. */
ttrt_status tt_trt_failed(tt_trt_context *c, ttrt_status status, const char *what);
/* For a run that is recorded: the graph keeps the context from other runs for as long as it lives. */
ttrt_status tt_trt_hold_graph(tt_trt_context *c, const tt_run_options *o);

#endif
