/* The dispatch table of engine cpu. A family's source is compiled once per instruction-set level (TT_ISA names it,
 * TT_LEVEL its number) and fills the entries it has; plain C comes first and is the reference of every test. See
 * kernels.c.
 *
 * Common words. `threads` may be NULL (one worker). `worker` numbers are below threads->n_workers. Strides and `ld*`
 * are in elements. Kernels take the destination before the source. No kernel allocates: scratch is handed in, its size
 * is told by a
 * *_scratch function, and it is 64-byte aligned. */
#ifndef TT_CPU_KERNELS_H
#define TT_CPU_KERNELS_H

#include "base/dtype.h"
#include "base/threads.h"

typedef enum tt_isa { TT_ISA_C = 0, TT_ISA_AVX2 = 1, TT_ISA_AVX512 = 2, TT_ISA_COUNT = 3 } tt_isa;

#define TT_CPU_RANK 16 /* the most dimensions of a tensor of engine cpu */

/* A strided view of memory that a step reads or writes. Broadcast dimensions have stride 0. */
typedef struct tt_view {
    tt_dtype dtype;
    int rank;
    int64_t dims[TT_CPU_RANK];
    int64_t strides[TT_CPU_RANK];
} tt_view;

/* Each family declares its own entries in its header; this table holds them all, filled once at start. */
typedef struct tt_kernels tt_kernels;
const tt_kernels *tt_kernels_get(void);           /* best of this CPU, capped by TTRT_CPU_ISA */
const tt_kernels *tt_kernels_level(tt_isa level); /* NULL where this CPU lacks it; for tests */
tt_isa tt_cpu_isa(void);
bool tt_cpu_has_bf16(void); /* AVX512_BF16 */

/* In a family's source: TT_FOR_ISA(tt_gemm_fill) is tt_gemm_fill_avx512 at that level. */
#define TT_PASTE2(a, b)  a##_##b
#define TT_PASTE(a, b)   TT_PASTE2(a, b)
#define TT_FOR_ISA(name) TT_PASTE(name, TT_ISA)

#endif
