/* Attention in double, row by row: for tests and reference runs, not for speed. */
#ifndef TT_CPU_ATTENTION_F64_H
#define TT_CPU_ATTENTION_F64_H

#include "engine/cpu/kernels/attention.h"

size_t tt_attention_f64_scratch(const tt_attention *a);
void tt_attention_f64_run(const tt_threads *threads, const tt_attention *a, void *out, const void *q, const void *k,
                          const void *v, const void *mask, void *scratch);

#endif
