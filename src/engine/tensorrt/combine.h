/* Writes to one place that are combined: scatter's reductions, index_put that accumulates. */
#ifndef TT_TENSORRT_COMBINE_H
#define TT_TENSORRT_COMBINE_H

#include "engine/tensorrt/formula.h"

/* Update j of each line along `axis` goes to place index[j] of the data's line. */
typedef struct tt_trt_writes {
    int rank, axis;
    const tt_dim *data, *updates; /* their dimensions; the updates have no more than the data but along the axis */
    const tt_dim *index;          /* the updates' dimensions, or 1 where an index holds for all */
} tt_trt_writes;

/* Whether the work stays in bounds: every place is compared with every index. */
bool tt_trt_can_combine(int rank, int axis, const tt_dim *data, const tt_dim *updates, tt_reason *why);
/* In the type of formulas. An index that is out of range writes nothing. */
ITensor *tt_trt_combine(tt_trt_map *m, tt_enum_scatter mode, bool include_self, const tt_trt_writes *w, ITensor *data,
                        ITensor *index, ITensor *updates);

#endif
