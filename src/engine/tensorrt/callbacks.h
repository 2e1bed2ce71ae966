/* Objects that TensorRT calls: its logger, error recorder and progress monitor, made in C. */
#ifndef TT_TENSORRT_CALLBACKS_H
#define TT_TENSORRT_CALLBACKS_H

#include <pthread.h>

#include "base/reader.h"
#include "engine/engine.h"
#include "engine/tensorrt/abi.h"

/* The first four methods of every object that TensorRT calls; `info` is the third's. */
int32_t tt_trt_language(const void *self);
void tt_trt_keep(void *self); /* objects go with what holds them, never through TensorRT */
#define TT_TRT_COMMON(info) (trt_fn) tt_trt_language, (trt_fn)info, (trt_fn)tt_trt_keep, (trt_fn)tt_trt_keep

/* Sends TensorRT's messages to our log, room "tensorrt". One for the process: TensorRT wants to see only one. */
ILogger *tt_trt_logger(void);

/* Keeps the first error of a build or of a live engine. */
typedef struct tt_trt_errors {
    const trt_fn *methods; /* the object that TensorRT sees starts here */
    pthread_mutex_t lock;
    int count;
    int32_t code; /* TRT_ErrorCode_... of the first */
    char text[768];
} tt_trt_errors;
void tt_trt_errors_init(tt_trt_errors *e);
void tt_trt_errors_dispose(tt_trt_errors *e);
IErrorRecorder *tt_trt_errors_recorder(tt_trt_errors *e);
void tt_trt_errors_clear(tt_trt_errors *e);
/* A failure whose text ends with what TensorRT said first; out of memory is told as such. */
ttrt_status tt_trt_fail(tt_trt_errors *e, ttrt_status status, const char *fmt, ...) TT_PRINTF(3, 4);

/* Tells the options' progress callback how far a build is; its answer "stop" stops TensorRT. */
typedef struct tt_trt_progress {
    const trt_fn *methods;
    const tt_build_options *options;
    pthread_mutex_t lock;
    int depth, steps, done; /* of the outermost phase */
    bool cancelled;
} tt_trt_progress;
void tt_trt_progress_init(tt_trt_progress *p, const tt_build_options *options);
void tt_trt_progress_dispose(tt_trt_progress *p);
IProgressMonitor *tt_trt_progress_monitor(tt_trt_progress *p);

/* Appends what TensorRT writes; `out` fails where there is no memory for it. When it starts to write it has read all
 * weights: those mapped from files leave memory then. */
typedef struct tt_trt_stream {
    const trt_fn *methods;
    tt_writer *out;
    const tt_network *net; /* NULL: its weights have left */
} tt_trt_stream;
void tt_trt_stream_init(tt_trt_stream *s, const tt_network *net, tt_writer *out);
IStreamWriter *tt_trt_stream_writer(tt_trt_stream *s);

#endif
