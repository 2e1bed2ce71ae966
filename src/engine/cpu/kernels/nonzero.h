/* torch.nonzero, in two phases, as the number of results is data. Every real and complex dtype; NaN is not zero, -0 is.
 */
#ifndef TT_CPU_NONZERO_H
#define TT_CPU_NONZERO_H

#include "engine/cpu/kernels/kernels.h"

int64_t tt_nonzero_count(const tt_threads *threads, const tt_view *from, const void *src);

/* Writes the coordinates of each, in row-major order: element [i, d] at dst[i * row_stride + d * dim_stride]. At most
 * `count` rows. */
void tt_nonzero_write(const tt_view *from, const void *src, int64_t *dst, int64_t row_stride, int64_t dim_stride,
                      int64_t count);

#endif
