/* Lines: the elements of a tensor along some of its axes, one line for each position of the other axes. Softmax,
 * normalization, reductions and scans are loops over lines. A tile of up to TT_LINES lines is brought into register
 * form (see convert_kernels.h), contiguous, where it does not lie in memory like that; results go back the same way. */
#ifndef TT_CPU_LINES_H
#define TT_CPU_LINES_H

#include "engine/cpu/kernels/convert_kernels.h"

#define TT_LINES 16 /* float32 lines that share one cache line where the axis is not the innermost */

typedef struct tt_lines {
    tt_dtype in_dtype, out_dtype;
    int n_kept, n_axes; /* dimensions across lines and along them, collapsed; both at least 1 */
    int64_t kept[TT_CPU_RANK], axes[TT_CPU_RANK];
    int64_t in_kept[TT_CPU_RANK], in_axes[TT_CPU_RANK]; /* strides */
    int64_t out_kept[TT_CPU_RANK], out_axes[TT_CPU_RANK];
    int64_t n_lines, length; /* their products */
    int64_t pitch;           /* elements from line to line in a tile's buffer */
} tt_lines;

/* Lines along the axes of bit mask `axes`, in the order of the tensor's dimensions. `out` has the shape of `in`, or is
 * NULL: then its strides stay 0. */
ttrt_status tt_lines_bind(const tt_view *out, const tt_view *in, uint32_t axes, tt_lines *l);
/* Lines of one tile: TT_LINES where that makes use of whole cache lines, else 1. A tile never crosses kept[n_kept - 1].
 */
int64_t tt_lines_per_tile(const tt_lines *l);
int64_t tt_lines_tiles(const tt_lines *l);
/* Bytes of one tile's buffer; 0 where lines are used in memory. */
size_t tt_lines_buffer_bytes(const tt_lines *l);

typedef struct tt_line_tile {
    int64_t first, n; /* line numbers */
    const char *in;   /* line 0 of the tile in memory */
    char *out;
    const void *line[TT_LINES]; /* register form of in_dtype */
    void *target[TT_LINES];     /* where results go before tt_lines_store, register form of out_dtype */
} tt_line_tile;

/* Only first, n, in and out. out may be NULL. */
void tt_lines_seek(const tt_lines *l, int64_t tile, void *out, const void *in, tt_line_tile *t);
/* Fills `t`, loading lines to `buffer` where needed. A target is the output itself where that is contiguous and in
 * register form, else the line's place in the buffer: it may be the line itself, so in_dtype and out_dtype need one
 * register type. */
void tt_lines_load(const tt_kernels *k, const tt_lines *l, int64_t tile, void *out, const void *in, void *buffer,
                   tt_line_tile *t);
/* Brings the targets to the output. */
void tt_lines_store(const tt_kernels *k, const tt_lines *l, const tt_line_tile *t);

/* The runs of the innermost axis along a line; `offset` is in elements. Start with {{0}, 0}. */
typedef struct tt_axis_cursor {
    int64_t at[TT_CPU_RANK], offset;
} tt_axis_cursor;

static inline void tt_next_run(const tt_lines *l, const int64_t *strides, tt_axis_cursor *c)
{
    for (int d = l->n_axes - 2; d >= 0; d--) {
        c->offset += strides[d];
        if (++c->at[d] < l->axes[d])
            return;
        c->offset -= strides[d] * l->axes[d];
        c->at[d] = 0;
    }
}

/* n elements of one line to register form, and of n_lines lines side by side in memory (`pitch` elements apart in dst).
 */
void tt_line_gather(const tt_kernels *k, const tt_lines *l, void *dst, const char *src, int64_t n, int64_t stride);
void tt_lines_gather(const tt_kernels *k, const tt_lines *l, void *dst, int64_t pitch, const char *src, int64_t n_lines,
                     int64_t n, int64_t stride);
/* The lines of a tile are read side by side. */
bool tt_lines_are_across(const tt_lines *l);

#endif
