/* Packed weights: which format a layer's weights take, and their names in blobs. */
#ifndef TT_CPU_WEIGHTS_H
#define TT_CPU_WEIGHTS_H

#include "engine/cpu/kernels/gemm.h"

/* The format in which a matrix of this dtype is multiplied. */
tt_pack_format tt_gemm_format_of(tt_dtype d);
ttrt_status tt_pack_format_parse(const char *name, tt_pack_format *out);

#endif
