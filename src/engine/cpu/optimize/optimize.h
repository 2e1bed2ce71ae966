/* What engine cpu does to a network before it is written: passes in the order of passes.def. */
#ifndef TT_CPU_OPTIMIZE_H
#define TT_CPU_OPTIMIZE_H

#include "engine/cpu/cpu.h"

#define CPU_PASS(name) ttrt_status tt_cpu_pass_##name(tt_network *net);
#include "engine/cpu/optimize/passes.def"
#undef CPU_PASS

/* The bytes of a plain constant; NULL where the tensor is none. */
const tt_net_weights *tt_constant_weights(const tt_tensor *t);
/* Its dimensions; false where one is symbolic. */
bool tt_constant_dims(const tt_tensor *t, int64_t *dims);

#endif
