/* Shared by conv_run.c and conv_transposed.c. */
#ifndef TT_CPU_CONV_PARTS_H
#define TT_CPU_CONV_PARTS_H

#include "engine/cpu/kernels/conv.h"

static inline int64_t tt_conv_product(const int64_t *sizes) { return sizes[0] * sizes[1] * sizes[2]; }
static inline int64_t tt_conv_ld_in(const tt_conv *c) { return c->ld_in > 0 ? c->ld_in : c->c_in; }
static inline int64_t tt_conv_ld_out(const tt_conv *c) { return c->ld_out > 0 ? c->ld_out : c->c_out; }
/* f64 and i64: sums are of the type itself. */
static inline bool tt_conv_is_wide(const tt_conv *c) { return ttrt_dtype_size(c->in_dtype) == 8; }
static inline int64_t tt_conv_kernel_elems(const tt_conv *c)
{
    int64_t n = 1;
    for (int i = 0; i < c->rank; i++)
        n *= c->kernel[i];
    return n;
}

/* Along one dimension, the input read in place (conv_lines.c). Planned after its GEMM. */
bool tt_conv_has_lines(const tt_kernels *kernels, const tt_conv *c);
void tt_conv_lines_plan(const tt_kernels *kernels, tt_conv *c);
void tt_conv_lines_run(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst,
                       const void *src, const void *packed, const tt_epilogue *epilogue, void *scratch);

/* The transposed convolution with a stride. */
void tt_conv_transposed_plan(const tt_kernels *kernels, tt_conv *c, int n_workers);
void tt_conv_transposed_run(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst,
                            const void *src, const void *packed, const tt_epilogue *epilogue, void *scratch);

#endif
