/* The commonest epilogues in one pass from the tile to the result; the evaluator has all others.
 *
 *     result = clamp(tile * scale[col] + bias[col] + residual[row, col], low, high)
 */
#ifndef TT_CPU_TILE_KERNELS_H
#define TT_CPU_TILE_KERNELS_H

#include "engine/cpu/kernels/pointwise.h"

typedef struct tt_tile_row { /* one of what the result is made of; data NULL: none */
    const void *data;        /* of row 0 and column 0 */
    tt_dtype dtype;          /* f32 or bf16 */
    int64_t ld;              /* elements from row to row; 0: every row has the same */
} tt_tile_row;

typedef struct tt_tile {
    tt_tile_row scale, bias, residual;
    float low, high;    /* no NaN; infinities where there is no clamp. ReLU is 0 and infinity */
    void *out;          /* of row 0 and column 0 */
    tt_dtype out_dtype; /* f32 or bf16 */
    int64_t out_ld;
} tt_tile;

/* A part of the sums, and where in the result it belongs. */
typedef struct tt_tile_part {
    const float *data;
    int64_t ld; /* elements from row to row */
    int64_t row, rows, col, cols;
} tt_tile_part;

struct tt_tile_kernels {
    /* Bit by bit what the evaluator gives; but where the processor has an instruction for it, numbers below the
     * smallest normal one become 0 in bf16, as they do in its products. */
    void (*finish)(const tt_tile *t, const tt_tile_part *part);
};

/* Recognizes such an epilogue. */
bool tt_tile_match(const tt_epilogue *e, tt_tile *t);

/* How the tiles of one product become its result; made once for all of them. */
typedef struct tt_finish {
    const tt_epilogue *epilogue; /* NULL: the tile as it is, as `dtype` to out[row][ld] */
    void *out;
    tt_dtype dtype;
    int64_t ld;
    bool in_one_pass; /* as `tile` has it */
    tt_tile tile;
} tt_finish;
void tt_finish_init(tt_finish *f, const tt_epilogue *e, void *out, tt_dtype dtype, int64_t ld);
/* Brings near what tt_finish_run will read and write of TT_GEMM_NR columns. */
void tt_finish_prefetch(const tt_finish *f, int64_t row, int64_t n_rows, int64_t col);
/* n_rows x n_cols f32 of a tile, row stride ld, which are the result from (row, col) on. */
void tt_finish_run(const tt_kernels *k, const tt_finish *f, const float *tile, int64_t ld, int64_t row, int64_t n_rows,
                   int64_t col, int64_t n_cols);
/* tt_epilogue_run by the evaluator, whatever the program. */
void tt_epilogue_evaluate(const tt_kernels *k, const tt_epilogue *e, const float *tile, int64_t ld, int64_t row,
                          int64_t n_rows, int64_t col, int64_t n_cols);

#endif
