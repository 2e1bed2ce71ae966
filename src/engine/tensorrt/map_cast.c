/* Conversions of type. */
#include "engine/tensorrt/formula.h"

ttrt_status tt_trt_map_cast(tt_trt_map *m, const tt_layer *l) { return tt_trt_f_out(m, l, 0, tt_trt_in(m, l, 0)); }
