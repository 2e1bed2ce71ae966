/* Inside the GEMM and convolution families: the per-level entries, and the tile that both are built from. */
#ifndef TT_CPU_GEMM_KERNELS_H
#define TT_CPU_GEMM_KERNELS_H

#include "engine/cpu/kernels/gemm.h"
#include "engine/cpu/kernels/tile_kernels.h"

/* A block of A is packed as rows of at most TT_GEMM_KC 32-bit words. */
#define TT_GEMM_KC     768 /* one piece: rows of 768 in f32, 3 x 3 over 64 channels, in bf16 over 128 */
#define TT_GEMM_MAX_MR 28

/* What a micro kernel computes in. */
typedef enum tt_gemm_kind { TT_GEMM_F32, TT_GEMM_BF16, TT_GEMM_F64, TT_GEMM_I64, TT_GEMM_KINDS } tt_gemm_kind;

/* How an element of A is stored in its packed row. */
typedef enum tt_gemm_form {
    TT_FORM_F32,
    TT_FORM_F32_VIA_BF16, /* rounded to bf16, held as f32: bf16 compute on a CPU without it */
    TT_FORM_BF16,
    TT_FORM_64, /* f64 or i64, copied */
} tt_gemm_form;
static inline size_t tt_gemm_form_size(tt_gemm_form form)
{
    return form == TT_FORM_64 ? 8 : form == TT_FORM_BF16 ? 2 : 4;
}

/* c[rows, n_cols] (+)= a * b, rows of a `a_stride` bytes apart, over `steps` rows of a panel; a step is one k, or a
 * pair of them for bf16. n_cols <= width. Prefetches TT_GEMM_AHEAD bytes a step from `ahead` on, which may be any
 * address. */
#define TT_GEMM_AHEAD 64
typedef void (*tt_gemm_micro)(void *c, int64_t ldc, const void *a, size_t a_stride, const void *b, int64_t steps,
                              int64_t n_cols, bool accumulate, const void *ahead);
typedef struct tt_gemm_micros {
    int mr, width;                    /* rows at most, columns; mr 0: none */
    tt_gemm_micro fn[TT_GEMM_MAX_MR]; /* fn[rows - 1] */
} tt_gemm_micros;

/* out[rows, TT_GEMM_NR] = clamp(a * b + bias[col], low, high) of all of k, in bf16: as tt_tile has it, in registers. */
typedef struct tt_gemm_finish {
    uint16_t *out;
    int64_t ld;        /* elements from row to row */
    const float *bias; /* of the first column */
    float low, high;
} tt_gemm_finish;
typedef void (*tt_gemm_finishing)(const tt_gemm_finish *f, const void *a, size_t a_stride, const void *b, int64_t steps,
                                  const void *ahead);

struct tt_gemm_kernels {
    tt_gemm_micros wide[TT_GEMM_KINDS];
    tt_gemm_finishing finishing[TT_GEMM_MAX_MR]; /* of TT_GEMM_BF16, as many as wide has; NULL: none */
    int64_t bf16_rows; /* bf16 compute is the faster one for GEMMs of at most that many rows; above, f32 on widened
                          panels */
    tt_gemm_micros narrow[TT_GEMM_KINDS]; /* for at most 16 columns, where that saves work */
    /* n elements of dtype d into a packed row; f64 and i64 only with TT_FORM_64 and TT_FORM_F32 from f64. */
    void (*convert)(void *dst, const void *src, int64_t n, tt_dtype d, tt_gemm_form form);
    /* `steps` rows of a 16-bit panel as f32 ones; of TT_PACK_BF16_N32K2 a step gives two. */
    void (*widen)(float *dst, const void *src, tt_pack_format f, int64_t steps);
    /* One panel of B: columns [0, n_cols) of 32. */
    void (*pack_panel)(void *dst, tt_pack_format f, const void *b, tt_dtype d, int64_t k, int64_t n_cols, int64_t row,
                       int64_t col);
    /* n f32 values stored as dtype d. */
    void (*store)(void *dst, tt_dtype d, const float *src, int64_t n);
};

/* Writes rows [row, row + rows) of A, elements [k0, k0 + kc), to dst + r * stride_bytes in `form`. */
typedef void (*tt_gemm_pack_a)(const tt_kernels *kernels, const void *ctx, void *dst, size_t stride_bytes, int64_t row,
                               int64_t rows, int64_t k0, int64_t kc, tt_gemm_form form);

/* All that a worker needs to compute tiles of one GEMM. */
typedef struct tt_gemm_job {
    const tt_kernels *kernels;
    const tt_gemm *g;
    void *c;
    const void *b;
    const void *a; /* not NULL: A as the micro kernels read it, rows `a_stride` bytes apart; then nothing is packed */
    size_t a_stride;
    int64_t
        image; /* with `a`: that many rows follow each other so, and the next ones begin `image_bytes` later; 0: all */
    size_t image_bytes;
    tt_gemm_pack_a pack_a;
    const void *pack_ctx;
    const tt_epilogue *epilogue;
    void *scratch;
    tt_finish finish; /* this and below: by tt_gemm_job_run */
    int64_t image_blocks, m_blocks, n_blocks;
} tt_gemm_job;

/* Computes all blocks; tt_gemm_run with another source of A. */
void tt_gemm_job_run(const tt_threads *threads, tt_gemm_job *job);
/* Whether rows that lie `stride` elements apart, each contiguous, can be read in place, and better so than packed. */
bool tt_gemm_reads_in_place(const tt_kernels *kernels, const tt_gemm *g, int64_t stride);
/* How A must be packed for this GEMM on this level. */
tt_gemm_form tt_gemm_a_form(const tt_kernels *kernels, const tt_gemm *g);

#endif
