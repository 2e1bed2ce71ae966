/* Triangles of matrices. */
#ifndef TT_CPU_TRILU_H
#define TT_CPU_TRILU_H

#include "engine/cpu/kernels/kernels.h"

/* torch.tril (upper: torch.triu) of the last two dimensions: elements beyond `diagonal` become 0, the others are
 * copied. Any element size; dst may be src where the views are equal. */
void tt_trilu_run(const tt_threads *threads, bool upper, int64_t diagonal, const tt_view *to, void *dst,
                  const tt_view *from, const void *src);

#endif
