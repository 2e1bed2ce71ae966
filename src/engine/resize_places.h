/* Where the outputs of torch.nn.functional.interpolate come from along one dimension, for every engine. */
#ifndef TT_RESIZE_PLACES_H
#define TT_RESIZE_PLACES_H

#include "base/status.h"

typedef enum tt_resize_mode {
    TT_RESIZE_MODE_NEAREST = 0,       /* index floor(o * in / out) */
    TT_RESIZE_MODE_NEAREST_EXACT = 1, /* index floor((o + 0.5) * in / out) */
    TT_RESIZE_MODE_LINEAR = 2,        /* along each dimension: linear, bilinear, trilinear */
    TT_RESIZE_MODE_CUBIC = 3,         /* a = -0.75, with antialias -0.5 */
} tt_resize_mode;

typedef struct tt_resize_axis {
    tt_resize_mode mode;
    bool align_corners, antialias;
    bool in_double; /* positions; PyTorch has them in float for all types but f64 */
    int64_t in, out;
    double scale; /* output / input as the caller gave it; 0: from the extents */
} tt_resize_axis;

/* The most source places that an output has; 1: elements only move. */
int64_t tt_resize_taps(const tt_resize_axis *a);
/* The source places of output o and their weights, into arrays of tt_resize_taps(); returns how many there are. */
int64_t tt_resize_places(const tt_resize_axis *a, int64_t o, int64_t *index, double *weight);

#endif
