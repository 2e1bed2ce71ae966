/* Strided copies: permutes, broadcasts, flips, slices, concatenation, padding, rolling. Element values do not matter,
 * only their size (1, 2, 4, 8 or 16 bytes). Source and destination never overlap. Empty views do nothing. */
#ifndef TT_CPU_COPY_H
#define TT_CPU_COPY_H

#include "engine/cpu/kernels/kernels.h"

/* Copies element by element: both views have the same dims and element size. Strides may be negative (`src` and `dst`
 * are the addresses of the elements at index 0) and, in the source, 0. */
void tt_copy_run(const tt_kernels *k, const tt_threads *threads, const tt_view *to, void *dst, const tt_view *from,
                 const void *src);

/* Joins `n` sources along `axis`; their extents there add up to the destination's. */
void tt_concat_run(const tt_kernels *k, const tt_threads *threads, int axis, const tt_view *to, void *dst, int n,
                   const tt_view *from, const void *const *src);

typedef enum tt_pad_mode {
    TT_PAD_MODE_CONSTANT = 0,
    TT_PAD_MODE_REFLECT = 1, /* the edge is not repeated: before, after < extent */
    TT_PAD_MODE_EDGE = 2,    /* PyTorch's "replicate" */
    TT_PAD_MODE_CIRCULAR = 3,
} tt_pad_mode;

/* dst[i] = src[i - before], places outside of src as `mode` says. before[] has one number a dimension; what is added
 * after follows from the extents. Negative numbers crop. `value`: one element, for TT_PAD_MODE_CONSTANT only. A mode
 * other than TT_PAD_MODE_CONSTANT needs a source that is not empty unless the destination is empty too. */
void tt_pad_run(const tt_threads *threads, tt_pad_mode mode, const tt_view *to, void *dst, const tt_view *from,
                const void *src, const int64_t *before, const void *value);

#endif
