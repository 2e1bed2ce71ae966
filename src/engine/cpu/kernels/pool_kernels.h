/* Entries of family `pool`. */
#ifndef TT_CPU_POOL_KERNELS_H
#define TT_CPU_POOL_KERNELS_H

#include "engine/cpu/kernels/pool.h"

/* A pooling at work. Its items are output rows, split by blocks of channels where these are contiguous:
 * item = ((n * blocks + block) * depth + od) * height + oh. */
typedef struct tt_pool_job {
    const tt_pool *pool;
    bool by_channels;
    int64_t block, blocks; /* channels in a block; 1 unless by_channels */
    void *dst;
    int64_t *index;
    const void *src;
} tt_pool_job;

typedef void (*tt_pool_fn)(const tt_pool_job *job, int64_t begin, int64_t end);

typedef enum tt_pool_type {
    TT_POOL_F32,
    TT_POOL_F64,
    TT_POOL_F16,
    TT_POOL_BF16,
    TT_POOL_I8,
    TT_POOL_U8,
    TT_POOL_I16,
    TT_POOL_I32,
    TT_POOL_I64,
    TT_POOL_TYPES
} tt_pool_type;

struct tt_pool_kernels {
    tt_pool_fn items[TT_POOL_TYPES];
};

#endif
