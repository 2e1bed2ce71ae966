/* The per-level entries of the pointwise evaluator: one loop over a block for each instruction and operand type. */
#ifndef TT_CPU_POINTWISE_KERNELS_H
#define TT_CPU_POINTWISE_KERNELS_H

#include "engine/cpu/kernels/convert_kernels.h"
#include "engine/cpu/kernels/pointwise.h"

/* A register that holds one value for the whole block has it TT_PW_LANES times, and the mask 0; others the mask -1.
 * Element i is read at [i & mask] for each i that is a multiple of TT_PW_LANES or of the level's vector length. */
#define TT_PW_LANES 16

typedef struct tt_pw_args {
    void *dst;
    const void *a, *b, *c;
    int64_t a_mask, b_mask, c_mask;
    int64_t n;
} tt_pw_args;
typedef void (*tt_pw_fn)(const tt_pw_args *args);

struct tt_pointwise_kernels {
    tt_pw_fn fn[TT_PW_OP_COUNT][TT_N_PW_TYPES]; /* NULL: the instruction does not take this type */
};

#endif
