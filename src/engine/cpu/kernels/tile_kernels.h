/* The commonest epilogues in one pass from the tile to the result; the evaluator has all others.
 *
 *     result = activation(tile * scale[col] + bias[col] + residual[row, col])
 */
#ifndef TT_CPU_TILE_KERNELS_H
#define TT_CPU_TILE_KERNELS_H

#include "engine/cpu/kernels/pointwise.h"

typedef enum tt_tile_activation { TT_TILE_NONE, TT_TILE_RELU, TT_TILE_CLAMP } tt_tile_activation;

typedef struct tt_tile_row { /* one of what the result is made of; data NULL: none */
    const void *data;        /* of the tile's first element */
    tt_dtype dtype;          /* f32 or bf16 */
    int64_t ld;              /* elements from row to row; 0: every row has the same */
} tt_tile_row;

typedef struct tt_tile {
    int64_t rows, cols;
    const float *tile;
    int64_t ld;
    tt_tile_row scale, bias, residual;
    tt_tile_activation activation;
    float low, high; /* of CLAMP */
    void *out;
    tt_dtype out_dtype; /* f32 or bf16 */
    int64_t out_ld;
} tt_tile;

struct tt_tile_kernels {
    void (*finish)(const tt_tile *t); /* bit by bit what the evaluator gives */
};

/* Recognizes such an epilogue: fills all but what depends on the tile's place and size. */
bool tt_tile_match(const tt_epilogue *e, tt_tile *t);
/* tt_epilogue_run by the evaluator, whatever the program. */
void tt_epilogue_evaluate(const tt_kernels *k, const tt_epilogue *e, const float *tile, int64_t ld, int64_t row,
                          int64_t n_rows, int64_t col, int64_t n_cols);

#endif
