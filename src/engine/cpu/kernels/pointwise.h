/* The vector evaluator of fused pointwise expressions: a small register program that runs over blocks of elements which
 * stay in the L1 cache. It is used for chains of pointwise layers, as the epilogue of GEMM, convolution and others, and
 * as the prologue of reductions.
 *
 * A register holds a block of one compute type: F32 (also for f16, bf16, f8 tensors), F64, I64 (all integers; `wrap`
 * brings a result back into a narrower type's range), BOOL (one byte a value, 0 or 1). Each instruction names its
 * operand type. Every LOAD stands before the first STORE; each output is stored once. */
#ifndef TT_CPU_POINTWISE_H
#define TT_CPU_POINTWISE_H

#include "engine/cpu/kernels/kernels.h"

typedef enum tt_pw_type { TT_PW_F32, TT_PW_F64, TT_PW_I64, TT_PW_BOOL } tt_pw_type;

/* PW(name, operands): meaning is PyTorch's for the operand type. Comparisons and logic give BOOL. */
typedef enum tt_pw_op {
#define PW(NAME, n_operands) TT_PW_##NAME,
#include "engine/cpu/kernels/pointwise.def"
#undef PW
    TT_PW_OP_COUNT
} tt_pw_op;

#define TT_PW_MAX_REGS 32
#define TT_PW_MAX_INS  64
#define TT_PW_MAX_IO   16

typedef struct tt_pw_ins {
    uint16_t op;          /* tt_pw_op */
    uint8_t type;         /* tt_pw_type of the operands (of the source, for CAST) */
    uint8_t to;           /* tt_pw_type of the result */
    uint8_t dst, a, b, c; /* registers; a is the input number for LOAD, the output number for STORE (b its register) */
    tt_dtype wrap; /* integers: the tensor dtype whose range the result wraps to; F32: f16, bf16, f8 round the result to
                      it; TT_DTYPE_NONE: none. Any instruction with a result, CAST to the same type too */
    double f;      /* CONST of F32/F64, and parameters (leaky slope, clamp bounds use registers) */
    int64_t i;     /* CONST of I64/BOOL */
} tt_pw_ins;

typedef struct tt_pw_program {
    int n_ins, n_regs, n_in, n_out;
    tt_pw_ins ins[TT_PW_MAX_INS];
    tt_dtype in_dtype[TT_PW_MAX_IO], out_dtype[TT_PW_MAX_IO];
} tt_pw_program;

/* Checks registers, types, counts; TTRT_ERR_INTERNAL names the instruction. Then the program may be run. */
ttrt_status tt_pw_check(const tt_pw_program *p);

/* A program bound to shapes: loops over `dims` (the outputs' shape, collapsed where all views allow it). */
typedef struct tt_pw_loop {
    tt_pw_program program;
    int rank;
    int64_t dims[TT_CPU_RANK];
    int64_t in_strides[TT_PW_MAX_IO][TT_CPU_RANK]; /* 0 = broadcast */
    int64_t out_strides[TT_PW_MAX_IO][TT_CPU_RANK];
    bool out_reduced; /* unused here */
} tt_pw_loop;
/* All views have the loop's rank; inputs broadcast by stride 0 (or dims 1). Chooses the loop order by the outputs'
 * strides. */
ttrt_status tt_pw_bind(const tt_pw_program *p, const tt_view *outs, const tt_view *ins, tt_pw_loop *loop);
/* outs/ins: base addresses. Outputs may be the same memory as an input of equal dtype and strides (in place). */
void tt_pw_run(const tt_kernels *k, const tt_threads *threads, const tt_pw_loop *loop, void *const *outs,
               const void *const *ins);

/* As an epilogue on a tile of an [m, n] result: input 0 is the tile itself (f32, register-ready); input i > 0 is read
 * at in[i] + row * in_row[i] + col * in_col[i] (elements, strides 0 allowed); output 0 is written at row * out_row +
 * col. One output. */
typedef struct tt_epilogue {
    tt_pw_program program;
    const void *in[TT_PW_MAX_IO];
    int64_t in_row[TT_PW_MAX_IO], in_col[TT_PW_MAX_IO];
    void *out;
    int64_t out_row;
} tt_epilogue;
/* tile: n_rows x n_cols f32, row stride ld. `tile` may be the output memory itself when out_dtype is f32. */
void tt_epilogue_run(const tt_kernels *k, const tt_epilogue *e, const float *tile, int64_t ld, int64_t row,
                     int64_t n_rows, int64_t col, int64_t n_cols);

#endif
