/* Layers that bind a symbol, run between stages. */
#ifndef TT_CPU_BINDERS_H
#define TT_CPU_BINDERS_H

#include "engine/cpu/kernels/walk.h"
#include "engine/cpu/stages.h"

/* Sets values[symbol] and tells what the result is like, contiguous. TTRT_ERR_SHAPE names the value where the program
 * does not allow it. */
ttrt_status tt_binder_bind(const tt_binder *b, const tt_view *from, const void *src, const tt_threads *threads,
                           int64_t *values, tt_view *to);
/* Writes the result, once it has memory. */
void tt_binder_write(const tt_binder *b, const tt_view *to, void *dst, const tt_view *from, const void *src);

#endif
