/* Runs of a live engine: contexts, each with its own device memory. */
#ifndef TT_TENSORRT_RUN_H
#define TT_TENSORRT_RUN_H

#include "engine/bind.h"
#include "engine/tensorrt/live.h"

typedef struct tt_trt_context tt_trt_context;

/* For runs with these options on the live engine's GPU; the engine must outlive it. */
ttrt_status tt_trt_context_new(tt_trt_live *live, const tt_engine_iface *iface, const tt_engine_info *info,
                               const tt_run_options *options, tt_trt_context **out);
/* One that a CUDA graph of the caller's may still use stays with the live engine, until the graph is gone. */
void tt_trt_context_free(tt_trt_context *c);
/* False: a graph still uses one of those that stayed. Else they are freed. */
bool tt_trt_contexts_free_captured(tt_trt_live *live);
tt_suits tt_trt_context_suits(tt_trt_context *c, const tt_run_options *options);
/* Inputs are checked but for their sizes; options are placed. Everything is enqueued on the stream, nothing waits but
 * for outputs whose sizes depend on data. */
ttrt_status tt_trt_run(tt_trt_context *c, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options);

#endif
