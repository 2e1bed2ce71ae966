#include "engine/cpu/kernels/pool.h"

#include <string.h>

#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/walk.h"

static int type_of(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT32:
        return TT_POOL_F32;
    case TTRT_DTYPE_FLOAT64:
        return TT_POOL_F64;
    case TTRT_DTYPE_FLOAT16:
        return TT_POOL_F16;
    case TTRT_DTYPE_BFLOAT16:
        return TT_POOL_BF16;
    case TTRT_DTYPE_INT8:
        return TT_POOL_I8;
    case TTRT_DTYPE_UINT8:
        return TT_POOL_U8;
    case TTRT_DTYPE_INT16:
        return TT_POOL_I16;
    case TTRT_DTYPE_INT32:
        return TT_POOL_I32;
    case TTRT_DTYPE_INT64:
        return TT_POOL_I64;
    default:
        return -1;
    }
}

/* [n, c, w] and [n, c, h, w] become [n, c, d, h, w]. */
static tt_view with_three_dims(const tt_view *v)
{
    tt_view to = {.dtype = v->dtype, .rank = 5, .dims = {v->dims[0], v->dims[1], 1, 1, 1}};
    int added = 5 - v->rank;

    to.strides[0] = v->strides[0];
    to.strides[1] = v->strides[1];
    for (int d = 2; d < v->rank; d++) {
        to.dims[d + added] = v->dims[d];
        to.strides[d + added] = v->strides[d];
    }
    return to;
}

ttrt_status tt_pool_init(tt_pool *p, bool is_max, const tt_view *to, const tt_view *index, const tt_view *from)
{
    memset(p, 0, sizeof *p);
    if (from->rank < 3 || from->rank > 5 || to->rank != from->rank)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "pooling takes 1 to 3 spatial dimensions, not %d", from->rank - 2);
    if (type_of(from->dtype) < 0)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "pooling has no kernel for %s", ttrt_dtype_name(from->dtype));
    p->is_max = is_max;
    p->to = with_three_dims(to);
    p->from = with_three_dims(from);
    if (index)
        p->index = with_three_dims(index);
    for (int d = 0; d < 3; d++)
        p->kernel[d] = p->stride[d] = p->dilation[d] = 1;
    return TTRT_OK;
}

typedef struct pool_loop {
    tt_pool_job job;
    tt_pool_fn items;
} pool_loop;

static void pool_items(void *ctx, int64_t begin, int64_t end, int worker)
{
    const pool_loop *loop = ctx;
    loop->items(&loop->job, begin, end);
}

void tt_pool_run(const tt_kernels *k, const tt_threads *threads, const tt_pool *p, void *dst, int64_t *index,
                 const void *src)
{
    const int64_t *out = p->to.dims;
    const int64_t c = out[1], rows = out[0] * out[2] * out[3];
    pool_loop loop = {.job = {.pool = p, .dst = dst, .index = index, .src = src},
                      .items = k->pool.items[type_of(p->from.dtype)]};
    tt_pool_job *job = &loop.job;

    if (tt_view_count(&p->to) == 0)
        return;
    job->by_channels = c >= 8 && p->to.strides[1] == 1 && p->from.strides[1] == 1;
    job->block = 1;
    /* With few output rows (global pooling), channels are what workers share. */
    if (job->by_channels)
        job->block = rows >= 16 ? c : 64;
    job->blocks = (c + job->block - 1) / job->block;
    int64_t read = tt_view_count(&p->from) / (rows * job->blocks);
    tt_parallel_for(threads, rows * job->blocks, tt_move_grain((read + out[4] * job->block) * 4), pool_items, &loop);
}
