/* TensorRT slides windows over two or three spatial dimensions: a single one gets a second one of 1. */
#ifndef TT_TENSORRT_WINDOW_H
#define TT_TENSORRT_WINDOW_H

#include "engine/tensorrt/map.h"

/* An attribute of each spatial dimension, `rest` for the one that is added. */
Dims64 tt_trt_spatial(tt_attr_ints v, int64_t rest);
/* [n, c, w] to [n, c, w, 1]; others stay. */
ttrt_status tt_trt_two_spatial(tt_trt_map *m, int rank, const tt_dim *dims, ITensor *x, ITensor **out);
/* And back, to these dimensions. */
ttrt_status tt_trt_from_two_spatial(tt_trt_map *m, int rank, const tt_dim *dims, ITensor *x, ITensor **out);

/* Outputs along one dimension that each read some places of it: place p of output o is places[o * taps + p], -1 where
 * there is nothing to read, which gives 0. The axis, whose size is known, becomes [n, taps]; with one tap [n]. */
typedef struct tt_trt_taps {
    int64_t n, taps;
    const int64_t *places;
} tt_trt_taps;
ttrt_status tt_trt_gather_taps(tt_trt_map *m, ITensor *x, tt_dtype dtype, int rank, const tt_dim *dims, int axis,
                               const tt_trt_taps *t, ITensor **out);

#endif
