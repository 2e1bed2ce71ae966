/* Inside the convolution family: the per-level entries. */
#ifndef TT_CPU_CONV_KERNELS_H
#define TT_CPU_CONV_KERNELS_H

#include "engine/cpu/kernels/conv.h"
#include "engine/cpu/kernels/gemm_kernels.h"

/* Where the rows of A come from: the pixels under the kernel at each output pixel, channels of one group. */
typedef struct tt_conv_source {
    const tt_conv_dims *dims;
    const char *data; /* of the group's first channel */
    tt_dtype dtype;
    int64_t channels; /* of the group */
    int64_t ld;       /* elements from pixel to pixel */
} tt_conv_source;

/* A line of depthwise output needs these lines of input: those that are inside the image, each with its kernel row. */
typedef struct tt_depthwise {
    int64_t channels, ld_in, ld_out;
    bool is_bf16;                              /* the lines; else f32 */
    int64_t in, kernel, stride, dilation, pre; /* along the width */
    int64_t n_lines;
    const void **lines;    /* first pixel of the line */
    const float **weights; /* [kernel][channels] */
} tt_depthwise;

struct tt_conv_kernels {
    tt_gemm_pack_a pack_rows; /* ctx is a tt_conv_source */
    /* Output pixels [first, first + n) of a line, to dst on. */
    void (*depthwise)(float *dst, const tt_depthwise *d, int64_t first, int64_t n);
    /* dst[i] += src[i] */
    void (*accumulate)(float *dst, const float *src, int64_t n);
};

#endif
