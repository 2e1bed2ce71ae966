/* Reading and writing at places that index tensors name. Index tensors are int64 or int32, of any strides.
 *
 * Every index is checked before it is used. One that is out of range gives TTRT_ERR_INDEX, which names the value, its
 * position in the index tensor (row-major), the dimension and its size; no memory outside of the tensors has then been
 * read or written, and the destination's values are unspecified. Negative indices count from the end only where PyTorch
 * lets them: tt_index_get_run and tt_index_put_run. Where values do not matter, every element size goes; sums and
 * products want a real dtype. */
#ifndef TT_CPU_GATHER_H
#define TT_CPU_GATHER_H

#include "engine/cpu/kernels/kernels.h"

/* index_select, embedding: `index` has any rank r; the dims of `to` are those of `from` with dimension `axis` replaced
 * by the r dims of the index. */
ttrt_status tt_take_run(const tt_threads *threads, int axis, const tt_view *to, void *dst, const tt_view *from,
                        const void *src, const tt_view *index, const void *index_data);

/* torch.gather: `index` has the dims of `to`; other than along `axis` they may be smaller than those of `from`. */
ttrt_status tt_gather_run(const tt_threads *threads, int axis, const tt_view *to, void *dst, const tt_view *from,
                          const void *src, const tt_view *index, const void *index_data);

typedef enum tt_scatter_op {
    TT_SCATTER_OP_SET = 0, /* of duplicates the last in row-major order wins */
    TT_SCATTER_OP_ADD = 1,
    TT_SCATTER_OP_MUL = 2,
    TT_SCATTER_OP_MAX = 3, /* NaN wins, as in PyTorch's amax and amin */
    TT_SCATTER_OP_MIN = 4,
    TT_SCATTER_OP_MEAN = 5,
} tt_scatter_op;

/* torch.scatter, scatter_add, scatter_reduce, in place on `dst`, which holds `self` already. The dims of `index` are
 * the loop; those of `from` may be larger (a scalar: strides 0). include_self: false resets places that are hit to the
 * operation's identity first (no meaning for SET). `scratch`: tt_scatter_scratch_bytes(), NULL where that is 0. */
size_t tt_scatter_scratch_bytes(tt_scatter_op op, const tt_view *to);
ttrt_status tt_scatter_run(const tt_threads *threads, tt_scatter_op op, bool include_self, int axis, const tt_view *to,
                           void *dst, const tt_view *index, const void *index_data, const tt_view *from,
                           const void *src, void *scratch);

/* Advanced indexing, x[i0, :, i1]: `n` index tensors, broadcast to equal dims by the caller, index[k] for dimension
 * axes[k] of the indexed tensor, axes rising. In the dense tensor the index dims stand at the first axis where the axes
 * are neighbours, in front otherwise. */
ttrt_status tt_index_get_run(const tt_threads *threads, int n, const int *axes, const tt_view *index,
                             const void *const *index_data, const tt_view *to, void *dst, const tt_view *from,
                             const void *src);
/* index_put in place on `dst`; `from` has the dims that tt_index_get_run would give (broadcast by strides 0). op: SET
 * or ADD (accumulate). */
ttrt_status tt_index_put_run(const tt_threads *threads, tt_scatter_op op, int n, const int *axes, const tt_view *index,
                             const void *const *index_data, const tt_view *to, void *dst, const tt_view *from,
                             const void *src);

/* torch.nn.functional.one_hot: the dims of `to` are those of the index and the number of classes. */
ttrt_status tt_one_hot_run(const tt_threads *threads, const tt_view *to, void *dst, const tt_view *index,
                           const void *index_data);

#endif
