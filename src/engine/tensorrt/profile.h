/* Optimization profiles: the ranges of the inputs' dimensions, from those of their symbols. */
#ifndef TT_TENSORRT_PROFILE_H
#define TT_TENSORRT_PROFILE_H

#include "engine/tensorrt/callbacks.h"

ttrt_status tt_trt_add_profiles(IBuilder *builder, IBuilderConfig *config, const tt_network *net,
                                tt_trt_errors *errors);

#endif
