/* What matrix multiply and convolution share: a fusion as part of a step. */
#ifndef TT_CPU_PRODUCT_H
#define TT_CPU_PRODUCT_H

#include "engine/cpu/plan.h"

/* In a step's args. The leaves' operands stand in s->in from `first` on; leaf 0 is the tile and has none. */
typedef struct tt_step_epilogue {
    bool used;
    int first;
    tt_epilogue epilogue; /* without addresses */
} tt_step_epilogue;

/* How many operands the fusion adds to a step. */
int tt_fusion_operands(const tt_fusion *f);
void tt_fusion_store(const tt_fusion *f, int64_t out_row, tt_step *s, int first, tt_step_epilogue *e);
/* With addresses; NULL where no epilogue is used. */
const tt_epilogue *tt_fusion_load(const tt_step *s, const tt_run *r, const tt_step_epilogue *e, tt_epilogue *memory);

#endif
