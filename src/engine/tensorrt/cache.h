/* Kernels that TensorRT-RTX compiled for this GPU, kept on disk: a folder of small files, one an engine. */
#ifndef TT_TENSORRT_CACHE_H
#define TT_TENSORRT_CACHE_H

#include "engine/tensorrt/cuda.h"
#include "base/reader.h"
#include "engine/tensorrt/library.h"

/* Where the kernels of an engine with this content id are kept: named by everything that they depend on. NULL where
 * nothing is kept (TTRT_RUNTIME_CACHE=0, no folder); tt_free() it. */
char *tt_trt_cache_path(const uint8_t *id, const tt_trt_library *library, const tt_cuda_device *device);
/* What cannot be read or written is told in the log and costs time, nothing else. */
void tt_trt_cache_read(const char *path, const IRuntimeCache *cache);
void tt_trt_cache_write(const char *path, const IRuntimeCache *cache);

/* The parts that need no TensorRT. */
bool tt_trt_cache_check(const uint8_t *bytes, size_t size, const void **kernels, size_t *kernel_bytes);
ttrt_status tt_trt_cache_store(const char *path, const void *kernels, size_t n);
/* Removes files of the folder, those used longest ago first, until the rest has at most `bound` bytes. */
void tt_trt_cache_shrink(const char *folder, uint64_t bound);

#endif
