#include "engine/cpu/kernels/grid_sample.h"

#include <math.h>

#include "engine/cpu/kernels/walk.h"

/* Views have a depth, 1 for images: [n, c, depth, height, width], the grid [n, depth, height, width, coordinate]. */
typedef struct grid_job {
    tt_grid_mode mode;
    tt_grid_padding padding;
    bool align_corners;
    int dims; /* 2 or 3 */
    tt_view to, from, grid;
    void *dst;
    const void *src, *points;
} grid_job;

#define SAME(v) (v)

#define F(name)   name##_f32
#define T         float
#define R         float
#define WIDEN(v)  SAME(v)
#define NARROW(v) SAME(v)
#include "engine/cpu/kernels/grid_sample_typed.h"
#undef F
#undef T
#undef R
#define F(name) name##_f64
#define T       double
#define R       double
#include "engine/cpu/kernels/grid_sample_typed.h"
#undef F
#undef T
#undef R
#undef WIDEN
#undef NARROW
#define F(name)   name##_f16
#define T         uint16_t
#define R         float
#define WIDEN(v)  tt_f16_to_f32(v)
#define NARROW(v) tt_f32_to_f16(v)
#include "engine/cpu/kernels/grid_sample_typed.h"
#undef F
#undef WIDEN
#undef NARROW
#define F(name)   name##_bf16
#define WIDEN(v)  tt_bf16_to_f32(v)
#define NARROW(v) tt_f32_to_bf16(v)
#include "engine/cpu/kernels/grid_sample_typed.h"

static tt_loop_fn points_of(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT32:
        return points_f32;
    case TTRT_DTYPE_FLOAT64:
        return points_f64;
    case TTRT_DTYPE_FLOAT16:
        return points_f16;
    case TTRT_DTYPE_BFLOAT16:
        return points_bf16;
    default:
        return NULL;
    }
}

/* Puts a dimension of size 1 at `at`, where an image has no depth. */
static tt_view with_depth(const tt_view *v, int at)
{
    tt_view to = *v;

    if (v->rank == 5)
        return to;
    for (int d = v->rank; d > at; d--) {
        to.dims[d] = v->dims[d - 1];
        to.strides[d] = v->strides[d - 1];
    }
    to.dims[at] = 1;
    to.strides[at] = 0;
    to.rank++;
    return to;
}

ttrt_status tt_grid_sample_run(const tt_threads *threads, tt_grid_mode mode, tt_grid_padding padding,
                               bool align_corners, const tt_view *to, void *dst, const tt_view *from, const void *src,
                               const tt_view *grid, const void *grid_data)
{
    const grid_job job = {.mode = mode,
                          .padding = padding,
                          .align_corners = align_corners,
                          .dims = from->rank - 2,
                          .to = with_depth(to, 2),
                          .from = with_depth(from, 2),
                          .grid = with_depth(grid, 1),
                          .dst = dst,
                          .src = src,
                          .points = grid_data};
    const tt_loop_fn points = points_of(from->dtype);

    if (!points)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "grid_sample has no kernel for %s", ttrt_dtype_name(from->dtype));
    if (mode == TT_GRID_CUBIC && from->rank == 5)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "cubic grid_sample takes images, not volumes");
    if (tt_view_count(to) == 0)
        return TTRT_OK;
    const int64_t n = tt_view_count(to) / to->dims[1];
    tt_parallel_for(threads, n, tt_move_grain(256 + to->dims[1] * 16), points, (void *)&job);
    return TTRT_OK;
}
