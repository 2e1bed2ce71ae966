/* Entries of family `move`: transposes of blocks in memory. */
#ifndef TT_CPU_MOVE_KERNELS_H
#define TT_CPU_MOVE_KERNELS_H

#include "engine/cpu/kernels/kernels.h"

#define TT_MOVE_SIZES 5 /* elements of 1, 2, 4, 8, 16 bytes, by log2 */

/* dst[i][j] = src[j][i] for i < rows, j < cols: the rows of dst lie dst_step bytes apart, those of src src_step;
 * elements within a row are contiguous. Steps may be negative; no alignment is needed. */
typedef void (*tt_transpose_fn)(void *dst, int64_t dst_step, const void *src, int64_t src_step, int64_t rows,
                                int64_t cols);

struct tt_move_kernels {
    tt_transpose_fn transpose[TT_MOVE_SIZES];
};

#endif
