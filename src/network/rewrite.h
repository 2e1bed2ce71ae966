/* Rewrites that a setting asks for. Attention and products come last: simplification would undo them. */
#ifndef TT_REWRITE_H
#define TT_REWRITE_H

#include "network/network.h"

/* Attention as two products and a softmax. */
ttrt_status tt_network_decompose_attention(tt_network *net);
/* Products of matrices of float16 are computed in float32 and rounded. */
ttrt_status tt_network_widen_products(tt_network *net);

static inline tt_dtype tt_truncated(tt_dtype d) { return d == TTRT_DTYPE_FLOAT64 ? TTRT_DTYPE_FLOAT32 : d; }
/* float64 becomes float32 everywhere: inputs, outputs, constants. */
ttrt_status tt_network_truncate_double(tt_network *net);

#endif
