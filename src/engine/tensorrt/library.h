/* The TensorRT library of this process: found, opened, its version checked; once. */
#ifndef TT_TENSORRT_LIBRARY_H
#define TT_TENSORRT_LIBRARY_H

#include "base/status.h"
#include "engine/tensorrt/abi.h"

#define TT_TRT_RANK 8 /* of any tensor, at most */

typedef struct tt_trt_library {
    const char *path;
    int version; /* 10701 is TensorRT-RTX 1.7.1, 110100 TensorRT 11.1.0 */
    bool is_rtx;
    char title[48]; /* "TensorRT-RTX 1.7.1" */
    IBuilder *(*create_builder)(ILogger *logger, int32_t version);
    IRuntime *(*create_runtime)(ILogger *logger, int32_t version);
    IRefitter *(*create_refitter)(ICudaEngine *engine, ILogger *logger, int32_t version);
} tt_trt_library;

/* Opens it at the first call: TTRT_TENSORRT_LIBRARY, a Python wheel of TensorRT beside us, the loader's path.
 * TTRT_ERR_UNSUPPORTED where there is none, TTRT_ERR_VERSION where its layout is not known; both with the line that
 * installs a good one. The same answer each time. */
ttrt_status tt_trt_library_get(const tt_trt_library **out);

#endif
