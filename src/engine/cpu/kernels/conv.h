/* Convolution over 1 to 3 spatial dimensions, channels last: dst[n, out..., c_out] from src[n, in..., c_in], zero
 * padding, stride, dilation, groups, and its transpose. Accumulation in f32 (f64 for f64, i64 for i64), then an
 * epilogue.
 *
 * Most convolutions are a GEMM whose rows are output pixels: a row of A, the input under the kernel, is gathered when a
 * block is packed, with zeros outside of the image, so neither a padded copy nor columns are ever in memory. Depthwise
 * ones go direct. A transposed one with a stride computes what each input pixel gives to the output and sums that up.
 */
#ifndef TT_CPU_CONV_H
#define TT_CPU_CONV_H

#include "engine/cpu/kernels/gemm.h"

#define TT_CONV_RANK 3

typedef enum tt_conv_algo {
    TT_CONV_GEMM = 1,
    TT_CONV_DEPTHWISE = 2,
    TT_CONV_TRANSPOSED = 3, /* with a stride; those without are a TT_CONV_GEMM with the kernel turned around */
} tt_conv_algo;

/* Right-aligned to three dimensions: depth, height, width; unused ones are 1 (padding 0). */
typedef struct tt_conv_dims {
    int64_t in[TT_CONV_RANK], out[TT_CONV_RANK], kernel[TT_CONV_RANK], stride[TT_CONV_RANK], dilation[TT_CONV_RANK],
        pre[TT_CONV_RANK];
} tt_conv_dims;

typedef struct tt_conv {
    int rank; /* spatial dimensions, 1 to 3: the first of each array */
    int64_t n, c_in, c_out, groups;
    int64_t in[TT_CONV_RANK],
        out[TT_CONV_RANK]; /* sizes; out is the caller's arithmetic: it holds post and output padding */
    int64_t kernel[TT_CONV_RANK], stride[TT_CONV_RANK], dilation[TT_CONV_RANK];
    int64_t pre[TT_CONV_RANK]; /* padding before; the transposed one crops it */
    bool transposed;
    tt_dtype in_dtype, out_dtype; /* f32, f16, bf16; f64 with TT_PACK_F64_N32, i64 with TT_PACK_I64_N32 (no epilogue) */
    tt_pack_format format;        /* of the weights, where the algorithm is a GEMM; depthwise weights are f32 */
    int64_t ld_in, ld_out;        /* elements from pixel to pixel; 0: c_in, c_out */
    bool has_epilogue;            /* row: output pixel, col: channel */
    /* Filled by tt_conv_plan. */
    tt_conv_algo algo;
    tt_conv_dims dims;
    tt_gemm gemm;
    bool lines;    /* the GEMM's rows are read in place */
    int64_t strip; /* output pixels of a row done at once, depthwise and transposed */
    size_t worker_bytes, scratch_bytes;
    int n_workers;
} tt_conv;

/* Which algorithm it will be, and so how its weights are packed: depends on nothing that a dynamic shape could change.
 */
tt_conv_algo tt_conv_choose(const tt_conv *c);
size_t tt_conv_packed_bytes(const tt_conv *c); /* SIZE_MAX where they would overflow */
/* Packs PyTorch's weights, [c_out, c_in / groups, kernel...], or [c_in, c_out / groups, kernel...] of a transposed one,
 * of contiguous memory and any float dtype. Sizes `n`, `in`, `out` are not looked at. TTRT_ERR_MEMORY. */
ttrt_status tt_conv_pack(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst,
                         const void *weights, tt_dtype d);
void tt_conv_plan(const tt_kernels *kernels, tt_conv *c, int n_workers);
/* As tt_gemm_run: with an epilogue dst is not touched except through it. Any size may be 0. */
void tt_conv_run(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst, const void *src,
                 const void *packed, const tt_epilogue *epilogue, void *scratch);

#endif
