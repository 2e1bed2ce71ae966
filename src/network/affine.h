/* Integer tensors whose elements are an affine function of their position: c + step[0] * i0 + step[1] * i1 ...
 * Positions, and masks made of them, are computed from arange by sums, slices and indexing; seen like this, their
 * comparisons often have a known answer. */
#ifndef TT_AFFINE_H
#define TT_AFFINE_H

#include "network/network.h"

typedef struct tt_affine {
    int rank;
    const tt_dim *dims;
    tt_dim c;
    int64_t step[TT_MAX_RANK_NET]; /* 0 along dimensions of 1 */
} tt_affine;

/* False where t is not known to be one. */
bool tt_affine_of(tt_network *net, const tt_tensor *t, tt_affine *out);
/* The left side less the right side of an elementwise layer, over its output's shape. */
bool tt_affine_difference(tt_network *net, const tt_layer *l, tt_affine *out);
/* The least and the greatest element; conservative. */
void tt_affine_range(const tt_affine *a, int64_t *min, int64_t *max);

#endif
