/**
 * torchtrt.h: compiles and runs PyTorch .pt2 programs with no Python and no libtorch. This header includes the others.
 *
 *   ttrt_program *program, *compiled;
 *   ttrt_program_open("model.pt2", &program);
 *   ttrt_program_compile(program, NULL, &compiled);
 *   ttrt_context_new(compiled, &context);
 *   ttrt_context_run(context, out, n_out, in, n_in, NULL);
 *
 * Threads: programs may be used from many threads at once; a context by one at a time. Every call that can fail returns
 * a ttrt_status and leaves its outputs untouched on failure; ttrt_last_error() tells more.
 */
#ifndef TORCHTRT_H
#define TORCHTRT_H

#include "torchtrt/base.h"
#include "torchtrt/tensor.h"
#include "torchtrt/program.h"
#include "torchtrt/engine.h"
#include "torchtrt/torch.h"

#endif
