/* torch.nn.functional.interpolate on one to three spatial dimensions, in any layout; fastest where channels or rows are
 * contiguous. Nearest modes: any element size. Others: every real type but bool; f64 in double, the rest in float,
 * integers rounded to even. */
#ifndef TT_CPU_RESIZE_H
#define TT_CPU_RESIZE_H

#include "engine/cpu/kernels/kernels.h"
#include "engine/resize_places.h"

typedef struct tt_resize {
    tt_resize_mode mode;
    bool align_corners, antialias;
    double scale[3]; /* by depth, height, width: output / input as the caller gave it; 0: from the extents */
    /* Filled by tt_resize_init. Views are [n, c, depth, height, width]. */
    tt_view to, from;
    int64_t taps[3];      /* the most source places of an output, along each dimension */
    int64_t inner;        /* channels that go with each place of a row: c where these are contiguous, else 1 */
    size_t tables_bytes;  /* of what tt_resize_tables writes, 8-byte aligned */
    size_t scratch_bytes; /* of a run, for all workers */
    size_t worker_bytes;
} tt_resize;

/* mode, align_corners, antialias and scale are set. Views are [n, c, spatial...] of rank 3 to 5. TTRT_ERR_UNSUPPORTED:
 * a type that has no kernel; TTRT_ERR_SHAPE: an empty input for an output that is not. */
ttrt_status tt_resize_init(tt_resize *r, const tt_view *to, const tt_view *from, int n_workers);
/* Source places and weights, the same for each run. */
void tt_resize_tables(const tt_resize *r, void *tables);
void tt_resize_run(const tt_kernels *k, const tt_threads *threads, const tt_resize *r, void *dst, const void *src,
                   const void *tables, void *scratch);

#endif
