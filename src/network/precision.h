/* Automatic precision: a pass over strongly typed networks. */
#ifndef TT_PRECISION_H
#define TT_PRECISION_H

#include "network/network.h"

struct tt_reason;
typedef struct tt_precision_options {
    tt_dtype type; /* FLOAT16 or BFLOAT16 */
    /* Whether the engine takes a layer of the lower type; NULL: all that it took before. */
    bool (*takes)(const tt_layer *l, struct tt_reason *why);
    const char *const *float32_nodes; /* labels of layers that stay as they are */
    size_t n_float32_nodes;
} tt_precision_options;

/* Gives matrix multiplies, convolutions and attention that compute in float32 the type told: their inputs are cast
 * down, their outputs back up; constants are converted. All else keeps its type, and so do layers whose constants the
 * type cannot hold, and those that the engine does not take in it. report: one line is appended for each layer that
 * computes in floating point: its type and why. May be NULL. */
ttrt_status tt_network_precision(tt_network *net, const tt_precision_options *options, tt_str *report);

#endif
