#include "engine/cpu/kernels/nonzero.h"

#include <stdatomic.h>
#include <string.h>

#include "engine/cpu/kernels/walk.h"

/* Whether a float or an integer of this many bytes is not 0: the sign of a float does not count. */
static inline bool differs(const char *p, int size, bool is_float)
{
    uint64_t v = 0;

    memcpy(&v, p, (size_t)size);
    return is_float ? v << (65 - 8 * size) != 0 : v != 0;
}

typedef struct element_test {
    bool is_float, is_complex;
    int size; /* of a part of a complex number */
} element_test;

static element_test test_of(tt_dtype d)
{
    element_test t = {.is_float = tt_dtype_is_float(d) || tt_dtype_is_complex(d), .is_complex = tt_dtype_is_complex(d)};

    t.size = (int)ttrt_dtype_size(d) >> t.is_complex;
    /* These have no negative zero: the pattern is their NaN or a number. */
    if (d == TTRT_DTYPE_FLOAT8_E5M2FNUZ || d == TTRT_DTYPE_FLOAT8_E4M3FNUZ || d == TTRT_DTYPE_FLOAT8_E8M0FNU)
        t.is_float = false;
    return t;
}

static inline bool is_nonzero(const element_test *t, const char *p)
{
    switch (t->size) {
    case 1:
        return differs(p, 1, t->is_float);
    case 2:
        return differs(p, 2, t->is_float) || (t->is_complex && differs(p + 2, 2, true));
    case 4:
        return differs(p, 4, t->is_float) || (t->is_complex && differs(p + 4, 4, true));
    default:
        return differs(p, 8, t->is_float) || (t->is_complex && differs(p + 8, 8, true));
    }
}

typedef struct count_job {
    tt_walk walk;
    element_test test;
    const char *src;
    _Atomic int64_t count;
} count_job;

static void count_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    count_job *job = ctx;
    const int last = job->walk.rank - 1;
    const element_test test = job->test;
    int64_t count = 0;
    tt_cursor at;

    tt_cursor_seek(&at, &job->walk, last, begin);
    for (int64_t r = begin; r < end; r++) {
        const char *p = job->src + at.offset[0];
        for (int64_t j = 0; j < job->walk.dims[last]; j++)
            count += is_nonzero(&test, p + j * job->walk.steps[0][last]);
        tt_cursor_next(&at, &job->walk);
    }
    atomic_fetch_add_explicit(&job->count, count, memory_order_relaxed);
}

int64_t tt_nonzero_count(const tt_threads *threads, const tt_view *from, const void *src)
{
    count_job job = {.test = test_of(from->dtype), .src = src};

    tt_walk_init(&job.walk, from->rank, from->dims);
    tt_walk_add(&job.walk, from->strides, ttrt_dtype_size(from->dtype));
    tt_walk_merge(&job.walk);
    const int last = job.walk.rank - 1;
    tt_parallel_for(threads, tt_walk_count(&job.walk, last), tt_move_grain(job.walk.dims[last] * 8), count_rows, &job);
    return atomic_load(&job.count);
}

void tt_nonzero_write(const tt_view *from, const void *src, int64_t *dst, int64_t row_stride, int64_t dim_stride,
                      int64_t count)
{
    const element_test test = test_of(from->dtype);
    tt_walk w;
    tt_cursor at;

    tt_walk_init(&w, from->rank, from->dims);
    tt_walk_add(&w, from->strides, ttrt_dtype_size(from->dtype));
    tt_cursor_seek(&at, &w, w.rank, 0);
    /* `count` may not be trusted beyond the elements there are. */
    for (int64_t left = tt_view_count(from); left > 0 && count > 0; left--, tt_cursor_next(&at, &w)) {
        if (!is_nonzero(&test, (const char *)src + at.offset[0]))
            continue;
        for (int d = 0; d < from->rank; d++)
            dst[d * dim_stride] = at.at[d];
        dst += row_stride;
        count--;
    }
}
