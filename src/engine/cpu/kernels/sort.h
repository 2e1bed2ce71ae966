/* Sorting along the last dimension: sort, argsort, top-k. Every real dtype; NaN is larger than all, the zeros are
 * equal. Always stable: equal values keep their order, also in descending sorts; top-k takes the first of equals. */
#ifndef TT_CPU_SORT_H
#define TT_CPU_SORT_H

#include "engine/cpu/kernels/kernels.h"

/* For rows of n elements. */
size_t tt_sort_scratch_bytes(tt_dtype dtype, int64_t n, int n_workers);

/* Sorts all rows of `from`. `values` and `index` (int64) have its dims; either may be NULL, its address too. */
void tt_sort_run(const tt_threads *threads, bool descending, const tt_view *values, void *values_data,
                 const tt_view *index, int64_t *index_data, const tt_view *from, const void *src, void *scratch);

/* The k largest or smallest of each row, best first; k is the last extent of the results, at most the row's length. */
void tt_topk_run(const tt_threads *threads, bool largest, const tt_view *values, void *values_data,
                 const tt_view *index, int64_t *index_data, const tt_view *from, const void *src, void *scratch);

#endif
