/* Whether engines run on this machine's GPUs, and what of it is told. */
#ifndef TT_TENSORRT_DOCTOR_H
#define TT_TENSORRT_DOCTOR_H

#include "base/str.h"
#include "engine/tensorrt/library.h"

/* Whether the library runs plans on a GPU of this compute capability; else an error with what would. */
ttrt_status tt_trt_runs_on(const tt_trt_library *library, const char *gpu, int major, int minor);
/* TTRT_OK where one of the GPUs runs what the library builds; else the first thing that is missing. */
ttrt_status tt_trt_runs_here(void);
/* Members of a JSON object, each with a comma before it: library, driver, GPUs. */
void tt_trt_doctor(tt_str *json);

#endif
