/* Optimization profiles: the ranges of the inputs' dimensions, from those of their symbols. */
#ifndef TT_TENSORRT_PROFILE_H
#define TT_TENSORRT_PROFILE_H

#include "base/str.h"
#include "engine/tensorrt/callbacks.h"

/* Gives sizes of inputs that have no upper bound one, which a warning tells. */
void tt_trt_bound_symbols(const tt_network *net);
ttrt_status tt_trt_add_profiles(IBuilder *builder, IBuilderConfig *config, const tt_network *net,
                                const tt_profiles *profiles, tt_trt_errors *errors);
/* "s0=1..4..8, s1=2..2..2; s0=..." for several profiles, "" for one: that is told by the symbols' ranges. */
void tt_trt_print_profiles(const tt_dims *dims, const tt_profiles *profiles, tt_str *out);

#endif
