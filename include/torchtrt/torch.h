/**
 * torchtrt/torch.h: registration with PyTorch, from C, through its stable C interface. No libtorch is linked: its
 * symbols are looked up in the process.
 */
#ifndef TORCHTRT_TORCH_H
#define TORCHTRT_TORCH_H

#include "torchtrt/program.h"

/**
 * Registers `tensorrt::execute_engine(Tensor[] inputs, Tensor engine, str signature) -> Tensor[]`. Done by itself when
 * the library is loaded into a process that has loaded libtorch (in Python: torch.ops.load_library()); twice is
 * harmless.
 * @param libtorch_path  path of libtorch_cpu.so where several may be loaded; NULL: the one that the process has loaded.
 * @return TTRT_ERR_UNSUPPORTED where no libtorch is loaded, or one older than 2.10: names the missing symbol.
 */
TTRT_API ttrt_status ttrt_torch_register(const char *libtorch_path);

/**
 * How the operator runs engines on a GPU from now on, in every thread: `cuda_graphs` and `specialization` are taken.
 * Stream and device are those of PyTorch.
 * @param options  NULL: the defaults.
 * @return TTRT_ERR_ARGUMENT for a value that is none. Since 0.1.
 */
TTRT_API ttrt_status ttrt_torch_set_run_options(const ttrt_run_options *options);

#endif
