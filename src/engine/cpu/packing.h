/* Packing of weights when an engine is built. The optimizer replaces a constant by one whose bytes are to be packed:
 * its format is set, and its data points at a tt_packing that tells how. The blob writer packs straight into the blob.
 */
#ifndef TT_CPU_PACKING_H
#define TT_CPU_PACKING_H

#include "engine/cpu/cpu.h"
#include "engine/cpu/kernels/conv.h"
#include "engine/cpu/kernels/gemm.h"

typedef struct tt_packing {
    const void *source; /* plain */
    tt_dtype dtype;
    bool is_convolution;
    tt_pack_format format; /* matrices */
    int64_t k, n, row, col;
    tt_conv conv; /* convolutions */
    size_t bytes; /* packed */
} tt_packing;

ttrt_status tt_packing_run(const tt_packing *p, const tt_threads *threads, void *dst);

/* All of a convolution layer that does not depend on its input's size. */
void tt_conv_of_layer(const tt_layer *l, const int64_t *kernel_dims, tt_conv *c);

/* Whether every packed constant of a network read from a blob has the bytes that its readers will read. */
ttrt_status tt_cpu_check_packed(const tt_network *net);

#endif
