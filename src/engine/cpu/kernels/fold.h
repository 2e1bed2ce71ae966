/* torch.nn.functional.unfold (im2col) and fold (col2im) of images [n, c, h, w], in any strides. Columns are [n, c *
 * kernel places, windows], kernel places and windows in row-major order. */
#ifndef TT_CPU_FOLD_H
#define TT_CPU_FOLD_H

#include "engine/cpu/kernels/kernels.h"

typedef struct tt_fold {
    int64_t kernel[2], stride[2], pad[2], dilation[2]; /* height, width */
    int64_t windows[2];                                /* how many windows fit, down and across */
} tt_fold;

/* Fills f->windows from the image's extents; 0 where none fits. */
void tt_fold_windows(tt_fold *f, int64_t height, int64_t width);

/* Any element size. */
void tt_unfold_run(const tt_threads *threads, const tt_fold *f, const tt_view *columns, void *dst, const tt_view *image,
                   const void *src);
/* Adds up all columns' values of each pixel, in double for f64, in int64 for integers, else in float.
 * TTRT_ERR_UNSUPPORTED: no real dtype. */
ttrt_status tt_fold_run(const tt_threads *threads, const tt_fold *f, const tt_view *image, void *dst,
                        const tt_view *columns, const void *src);

#endif
