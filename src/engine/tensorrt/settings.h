/* A build's settings, given to TensorRT and read back: what it does not take is an error where the caller must know,
 * and else named once in the log. */
#ifndef TT_TENSORRT_SETTINGS_H
#define TT_TENSORRT_SETTINGS_H

#include "engine/tensorrt/callbacks.h"
#include "engine/tensorrt/library.h"

ttrt_status tt_trt_apply_settings(IBuilderConfig *config, const tt_trt_library *library, const ttrt_compile_options *o,
                                  tt_trt_errors *errors);
/* After a build: what was timed goes back into the file that it came from. */
void tt_trt_keep_timings(IBuilderConfig *config, const ttrt_compile_options *o);

#endif
