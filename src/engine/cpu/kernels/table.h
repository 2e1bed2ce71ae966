/* The dispatch table itself: one struct of entries a family, each declared by the family's <name>_kernels.h. A family
 * is added with that header, a field here, a row in kernels.def and its source in `families` of meson.build. */
#ifndef TT_CPU_TABLE_H
#define TT_CPU_TABLE_H

#include "engine/cpu/kernels/kernels.h"
#include "engine/cpu/kernels/attention_kernels.h"
#include "engine/cpu/kernels/conv_kernels.h"
#include "engine/cpu/kernels/convert_kernels.h"
#include "engine/cpu/kernels/gemm_kernels.h"
#include "engine/cpu/kernels/move_kernels.h"
#include "engine/cpu/kernels/pool_kernels.h"
#include "engine/cpu/kernels/pointwise_kernels.h"
#include "engine/cpu/kernels/recurrent_kernels.h"
#include "engine/cpu/kernels/rows_kernels.h"
#include "engine/cpu/kernels/tile_kernels.h"

struct tt_kernels {
    tt_isa isa;
    bool has_bf16; /* the level's bf16 dot product may be used: AVX-512 level on a CPU with AVX512_BF16 */
    struct tt_gemm_kernels gemm;
    struct tt_conv_kernels conv;
    struct tt_move_kernels move;
    struct tt_pool_kernels pool;
    struct tt_convert_kernels convert;
    struct tt_pointwise_kernels pointwise;
    struct tt_tile_kernels tile;
    struct tt_rows_kernels rows;
    struct tt_recurrent_kernels recurrent;
    struct tt_attention_kernels attention;
};

/* Fill functions, one a family and level. */
#define TT_DECLARE_FILL(name, isa) void tt_##name##_fill_##isa(tt_kernels *k);
#define FAMILY(name)               TT_DECLARE_FILL(name, c) TT_DECLARE_FILL(name, avx2) TT_DECLARE_FILL(name, avx512)
#include "engine/cpu/kernels/kernels.def"
#undef FAMILY
#undef TT_DECLARE_FILL

#endif
