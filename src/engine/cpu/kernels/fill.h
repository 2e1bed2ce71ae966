/* Filling memory with what needs no input: a value, a progression. */
#ifndef TT_CPU_FILL_H
#define TT_CPU_FILL_H

#include "engine/cpu/kernels/kernels.h"

/* Every element becomes *value (one element of the view's type). */
void tt_fill_run(const tt_threads *threads, const tt_view *to, void *dst, const void *value);

/* torch.arange, in row-major order: element i is start + i * step. _i64: int64 arithmetic that wraps, any real type.
 * _f64: in double, in float for f16 and bf16, then converted; any real type. */
void tt_fill_arange_i64(const tt_threads *threads, const tt_view *to, void *dst, int64_t start, int64_t step);
void tt_fill_arange_f64(const tt_threads *threads, const tt_view *to, void *dst, double start, double step);

#endif
