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

#endif
