/* torch.searchsorted and torch.bucketize. */
#ifndef TT_CPU_SEARCH_H
#define TT_CPU_SEARCH_H

#include "engine/cpu/kernels/kernels.h"

/* Where each value would go in a sorted sequence: before its equals, `right`: behind them. `sequence` has one
 * dimension, or the dims of `values` but for the last; values and sequence have one real dtype; `to` has the dims of
 * `values`, int64 or int32. NaN goes last. */
void tt_search_run(const tt_threads *threads, bool right, const tt_view *to, void *dst, const tt_view *sequence,
                   const void *sequence_data, const tt_view *values, const void *values_data);

#endif
