/* See memory.c. */
#ifndef TT_CPU_MEMORY_H
#define TT_CPU_MEMORY_H

#include "engine/cpu/cpu.h"

/* Sets every buffer's place. The first n_static steps run once, when the plan is made; what they leave for later steps
 * goes into static memory. */
ttrt_status tt_plan_place_buffers(tt_plan *plan, int n_static);

#endif
