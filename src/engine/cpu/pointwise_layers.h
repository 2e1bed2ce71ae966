/* Pointwise layers as instructions of the vector evaluator. */
#ifndef TT_CPU_POINTWISE_LAYERS_H
#define TT_CPU_POINTWISE_LAYERS_H

#include "engine/cpu/kernels/pointwise.h"
#include "engine/engine.h"

/* The register type that a tensor's elements are computed in. */
tt_pw_type tt_pw_type_of(tt_dtype d);

/* Whether the layer's operation exists for its dtype. */
bool tt_pointwise_supports(const tt_layer *l, tt_reason *why);

/* Emits a layer's instructions, at most ten, on the registers of its operands through `push`, which sets dst and
 * returns it. */
typedef ttrt_status (*tt_pw_push)(void *user, tt_pw_ins ins, uint8_t *reg);
ttrt_status tt_pointwise_layer(const tt_layer *l, const uint8_t *operands, tt_pw_push push, void *user, uint8_t *reg);

#endif
