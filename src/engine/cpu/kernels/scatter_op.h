/* What scatters do with a value: one function an operation and data type. */
#ifndef TT_CPU_SCATTER_OP_H
#define TT_CPU_SCATTER_OP_H

#include "engine/cpu/kernels/gather.h"

/* Combines n elements: dst at byte offset places[j], or at j * dst_step where places is NULL, with src at j * src_step.
 */
typedef void (*tt_scatter_fn)(char *dst, const int64_t *places, int64_t dst_step, const char *src, int64_t src_step,
                              int64_t n);

/* ADD, MUL, MAX, MIN of real types; NULL where there is none. */
tt_scatter_fn tt_scatter_fn_of(tt_scatter_op op, tt_dtype dtype);
/* ADD and MUL of half types into f32 accumulators, aligned; NULL for others. */
tt_scatter_fn tt_scatter_wide_fn_of(tt_scatter_op op, tt_dtype dtype);
/* What changes nothing: 0 for ADD and MEAN, 1, the lowest, the highest value. */
void tt_scatter_identity(tt_scatter_op op, tt_dtype dtype, void *value);

#endif
