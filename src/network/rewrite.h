/* Rewrites that a setting asks for. They come last: simplification would undo them. */
#ifndef TT_REWRITE_H
#define TT_REWRITE_H

#include "network/network.h"

/* Attention as two products and a softmax. */
ttrt_status tt_network_decompose_attention(tt_network *net);
/* Products of matrices of float16 are computed in float32 and rounded. */
ttrt_status tt_network_widen_products(tt_network *net);

#endif
