/* torch.nn.functional.grid_sample on images [n, c, h, w] and volumes [n, c, d, h, w], any strides; f32, f64, f16, bf16
 * (both in float). */
#ifndef TT_CPU_GRID_SAMPLE_H
#define TT_CPU_GRID_SAMPLE_H

#include "engine/cpu/kernels/kernels.h"

typedef enum tt_grid_mode {
    TT_GRID_LINEAR = 0,
    TT_GRID_NEAREST = 1,
    TT_GRID_CUBIC = 2
} tt_grid_mode; /* PyTorch's numbers */
typedef enum tt_grid_padding { TT_GRID_ZEROS = 0, TT_GRID_BORDER = 1, TT_GRID_REFLECTION = 2 } tt_grid_padding;

/* grid: [n, (depth,) height, width, 2 or 3] of the image's dtype, coordinates x, y(, z) in [-1, 1].
 * TTRT_ERR_UNSUPPORTED: another dtype, or cubic on volumes. */
ttrt_status tt_grid_sample_run(const tt_threads *threads, tt_grid_mode mode, tt_grid_padding padding,
                               bool align_corners, const tt_view *to, void *dst, const tt_view *from, const void *src,
                               const tt_view *grid, const void *grid_data);

#endif
