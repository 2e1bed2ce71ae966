/* A network to a TensorRT plan, and the payload that keeps it: what goes in and comes out of the plan is told beside
 * it, so that it can be described where there is neither TensorRT nor a GPU. */
#ifndef TT_TENSORRT_BUILD_H
#define TT_TENSORRT_BUILD_H

#include "base/reader.h"
#include "engine/engine.h"

#define TT_TRT_PAYLOAD_VERSION 1

typedef struct tt_trt_payload {
    tt_network *io; /* no layers: its inputs are the engine's inputs, then its outputs */
    int n_inputs;
    int version; /* of the library that built the plan */
    bool is_rtx;
    char *targets;  /* "sm86,sm89"; "": portable. In io's arena */
    char *profiles; /* "s0=1..4..8; s0=16..32..64"; "": one. In io's arena */
    const uint8_t *plan;
    size_t plan_bytes;
} tt_trt_payload;

/* Appends payload: the network may not be changed until it returns. */
ttrt_status tt_trt_build(tt_network *net, const tt_build_options *options, tt_writer *blob);
/* `plan` stays where it is in bytes; free `io` with tt_network_free(). */
ttrt_status tt_trt_payload_read(const uint8_t *bytes, size_t size, tt_trt_payload *out);

#endif
