/* GEMM: C[m, n] = A[m, k] * B[k, n], the accumulation in f32 (f64 for f64, i64 for i64), then an epilogue.
 *
 * B is packed in panels of TT_GEMM_NR columns: panel p holds k rows of 32 values, columns beyond n are zero
 * ("gemm_f32_n32"). Any level reads any format. bf16 compute uses "gemm_bf16_n32k2": pairs of k interleaved for each
 * column, k rounded up to 2. f16 and bf16 weights with f32 compute: "gemm_f16_n32", "gemm_b16_n32" (as gemm_f32_n32 in
 * 16 bits, widened when read).
 *
 * A is read where it lies, once per block, into a worker's scratch; see tt_gemm_rows for the layouts it may have. */
#ifndef TT_CPU_GEMM_H
#define TT_CPU_GEMM_H

#include "engine/cpu/kernels/pointwise.h"

#define TT_GEMM_NR 32

typedef enum tt_pack_format {
    TT_PACK_NONE = 0,
    TT_PACK_F32_N32 = 1,
    TT_PACK_BF16_N32K2 = 2,
    TT_PACK_F16_N32 = 3,
    TT_PACK_B16_N32 = 4,
    TT_PACK_F64_N32 = 5,
    TT_PACK_I64_N32 = 6,
} tt_pack_format;
const char *tt_pack_format_name(tt_pack_format f);
tt_pack_format tt_pack_format_from_name(const char *name); /* TT_PACK_NONE */

/* Bytes of packed B; SIZE_MAX where they would overflow. */
size_t tt_gemm_packed_bytes(tt_pack_format f, int64_t k, int64_t n);
/* Packs B given by strides (element [i, j] at b + i * row + j * col, of dtype `d`): any float for the float formats,
 * i64 for TT_PACK_I64_N32. Threads may be NULL. */
void tt_gemm_pack(const tt_kernels *kernels, const tt_threads *threads, void *dst, tt_pack_format f, const void *b,
                  tt_dtype d, int64_t k, int64_t n, int64_t row, int64_t col);

/* Where A's rows lie: row i is at (i / image) * image_stride + (i % image / w) * outer + (i % w) * inner, in elements;
 * `image` and `w` are 0 where there is no such level. A plain matrix is {.inner = lda}. The k values of a row are n_seg
 * pieces of seg_len contiguous elements, piece s at + s * seg_stride; n_seg is 0 or 1 where they are contiguous. */
typedef struct tt_gemm_rows {
    int64_t image, image_stride, w, outer, inner;
    int64_t n_seg, seg_len, seg_stride;
} tt_gemm_rows;

typedef struct tt_gemm {
    int64_t m, n, k;
    tt_dtype a_dtype;      /* f32, f16 or bf16; f64 with TT_PACK_F64_N32, i64 with TT_PACK_I64_N32 */
    tt_pack_format format; /* of B; compute is bf16 for TT_PACK_BF16_N32K2, else f32, f64, i64 */
    tt_gemm_rows rows;
    tt_dtype c_dtype;                   /* f32, f16 or bf16; f64 with TT_PACK_F64_N32, i64 with TT_PACK_I64_N32 */
    int64_t ldc;                        /* of C, columns contiguous */
    bool has_epilogue;                  /* f32 and bf16 compute only */
    int64_t epilogue_row, epilogue_col; /* what the epilogue calls row 0 and column 0 of this GEMM */
    /* Filled by tt_gemm_plan: blocking. */
    int64_t mc, nc, kc;
    size_t worker_bytes;  /* scratch of one worker */
    size_t scratch_bytes; /* in all, for all workers */
    int n_workers;
} tt_gemm;

/* Chooses the blocking for these sizes, this level and this many workers; fills the fields below "Filled". */
void tt_gemm_plan(const tt_kernels *kernels, tt_gemm *g, int n_workers);
/* epilogue: NULL unless has_epilogue. With one, C is not touched except through the epilogue (its out), and may be
 * NULL. The epilogue may read what its out overwrites, element by element. k == 0 gives zeros (then the epilogue). m, n
 * may be 0. threads->n_workers must not exceed the plan's. */
void tt_gemm_run(const tt_kernels *kernels, const tt_threads *threads, const tt_gemm *g, void *c, const void *a,
                 const void *packed_b, const tt_epilogue *epilogue, void *scratch);

#endif
