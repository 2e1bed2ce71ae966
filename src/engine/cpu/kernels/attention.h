/* Scaled dot-product attention without the score matrix in memory: softmax(scale * q k^T + mask) v, block by block. */
#ifndef TT_CPU_ATTENTION_H
#define TT_CPU_ATTENTION_H

#include "engine/cpu/kernels/kernels.h"

typedef struct tt_attention {
    int64_t batch, heads, kv_heads, sq, sk, d, dv;
    tt_view q, k, v, mask, out; /* mask.dtype TT_DTYPE_NONE: none; its broadcast dimensions have stride 0 */
    bool causal;
    float scale;         /* with log2(e): the exponentials are powers of 2 */
    double double_scale; /* as given */
    /* Chosen by bind. */
    int n_workers;
    int64_t q_block, k_block;
    bool direct; /* few queries: keys are read where they lie, not packed */
    bool copy_v; /* values go to scratch: not f32, not contiguous, or not whole vectors */
} tt_attention;

/* q [b, h, sq, d], k [b, hk, sk, d], v [b, hk, sk, dv], out [b, h, sq, dv] of any strides, h a multiple of hk; f32, f16
 * or bf16, computed in f32, or all of them f64. mask (may be NULL) broadcasts to [b, h, sq, sk]: bool (true attends) or
 * a float that is added. causal: key j counts for query i if j <= i. A query that no key counts for gets zeros, as in
 * PyTorch. */
ttrt_status tt_attention_bind(const tt_view *out, const tt_view *q, const tt_view *k, const tt_view *v,
                              const tt_view *mask, bool causal, double scale, int n_workers, tt_attention *a);
size_t tt_attention_scratch(const tt_attention *a);
void tt_attention_run(const tt_kernels *kernels, const tt_threads *threads, const tt_attention *a, void *out,
                      const void *q, const void *k, const void *v, const void *mask, void *scratch);

#endif
