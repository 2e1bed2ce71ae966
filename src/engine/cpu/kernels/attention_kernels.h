/* The per-level entries of attention. All matrices are f32; rows of C, A and B are ldc, lda, ldb elements apart. */
#ifndef TT_CPU_ATTENTION_KERNELS_H
#define TT_CPU_ATTENTION_KERNELS_H

#include "engine/cpu/kernels/kernels.h"

#define TT_ATTENTION_LANES 16 /* widths are multiples of it: the longest vector of all levels */

struct tt_attention_kernels {
    int64_t panel; /* keys packed side by side; the widest `n` of multiply */
    /* dst[p][j] = keys[j][p] for n <= panel keys, j up to n rounded up to TT_ATTENTION_LANES, zeros behind n. */
    void (*pack)(float *dst, const float *keys, int64_t ld, int64_t n, int64_t d);
    /* C = A B, or C += A B. n: a multiple of TT_ATTENTION_LANES, at most panel. */
    void (*multiply)(float *c, int64_t ldc, const float *a, int64_t lda, const float *b, int64_t ldb, int64_t m,
                     int64_t n, int64_t k, bool add);
    /* scores[j] = q . keys[j] */
    void (*dots)(float *scores, const float *q, const float *keys, int64_t ld, int64_t n, int64_t d);
    /* Scores are in units of log(2) from here on. Adds the mask, which is not (NULL: none), and gives the largest; NaN
     * if all that is not -inf is NaN. */
    float (*mask_max)(float *scores, const float *mask, int64_t n);
    /* scores = exp2(scores - max); gives their sum. */
    float (*exp_sum)(float *scores, int64_t n, float max);
    void (*scale)(float *dst, const float *src, int64_t n, float by);
    /* 0 where true, -inf where not. */
    void (*mask_of_bool)(float *dst, const uint8_t *src, int64_t n);
};

#endif
