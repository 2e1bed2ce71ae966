/* A loop over an index space in which several operands are read or written, each with its own byte offsets: what
 * strided copies, gathers and scatters have in common. A cursor steps through the outer dimensions; the kernel does the
 * inner ones. */
#ifndef TT_CPU_WALK_H
#define TT_CPU_WALK_H

#include "engine/cpu/kernels/kernels.h"

#define TT_WALK_OPERANDS (TT_CPU_RANK + 2)

typedef struct tt_walk {
    int rank, n; /* dimensions; operands */
    int64_t dims[TT_CPU_RANK];
    int64_t steps[TT_WALK_OPERANDS][TT_CPU_RANK]; /* bytes */
} tt_walk;

void tt_walk_init(tt_walk *w, int rank, const int64_t *dims);
/* Adds an operand of `size`-byte elements; strides in elements, one a dimension. */
void tt_walk_add(tt_walk *w, const int64_t *strides, size_t size);
/* Orders dimensions by falling |step| of operand 0, so that the last is the closest in memory. */
void tt_walk_sort(tt_walk *w);
/* Drops dimensions of size 1 and merges neighbours that are one for every operand. At least one dimension stays: of
 * size 0 where the space is empty, of size 1 and steps 0 where it is a single element. */
void tt_walk_merge(tt_walk *w);
/* Moves a dimension to another place, the others keep their order. */
void tt_walk_move(tt_walk *w, int from, int to);
int64_t tt_walk_count(const tt_walk *w, int rank); /* elements of the first `rank` dimensions */

typedef struct tt_cursor {
    int rank; /* the outer dimensions that it steps through */
    int64_t at[TT_CPU_RANK];
    int64_t offset[TT_WALK_OPERANDS];
} tt_cursor;

/* Places a cursor at row-major position `linear` of the first `rank` dimensions. */
void tt_cursor_seek(tt_cursor *c, const tt_walk *w, int rank, int64_t linear);

static inline void tt_cursor_next(tt_cursor *c, const tt_walk *w)
{
    for (int d = c->rank - 1; d >= 0; d--) {
        for (int o = 0; o < w->n; o++)
            c->offset[o] += w->steps[o][d];
        if (++c->at[d] < w->dims[d])
            return;
        for (int o = 0; o < w->n; o++)
            c->offset[o] -= w->steps[o][d] * w->dims[d];
        c->at[d] = 0;
    }
}

/* Pieces of a parallel loop over `n` items of `bytes` each: large enough to be worth a hand-over. */
static inline int64_t tt_move_grain(int64_t bytes)
{
    const int64_t piece = 64 << 10;
    return bytes >= piece ? 1 : piece / (bytes > 0 ? bytes : 1);
}

int64_t tt_view_count(const tt_view *v);

#endif
