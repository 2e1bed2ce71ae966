/* The inputs of a run against what an engine declares: type, rank, device, and the symbols' values from the sizes. */
#ifndef TT_BIND_H
#define TT_BIND_H

#include "engine/engine.h"

typedef struct tt_binding {
    const char *engine; /* its name, for errors */
    int device_type;
    tt_engine_info info;
    int64_t *values; /* of symbols; set by tt_binding_set */
    size_t n_values, n_pairs;
    tt_dim_pair *pairs;
    struct tt_binding_place {
        int input, dim;
    } * places; /* where each pair comes from */
} tt_binding;

/* `info` is lent. tt_binding_dispose() in both cases. */
ttrt_status tt_binding_init(tt_binding *b, const tt_engine_iface *iface, const tt_engine_info *info);
void tt_binding_dispose(tt_binding *b);

/* Type, rank and device. TTRT_ERR_DTYPE, TTRT_ERR_SHAPE; TTRT_ERR_ARGUMENT for a tensor on another device than
 * `device_index` of the engine's device type. Numbers must be in host memory. */
ttrt_status tt_binding_check(const tt_binding *b, const tt_io *ins, int device_index);
/* The symbols' values; for inputs that have been checked. TTRT_ERR_SHAPE names input, dimension and range. */
ttrt_status tt_binding_set(tt_binding *b, const tt_io *ins);

#endif
