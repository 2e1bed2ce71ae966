#include "engine/cpu/kernels/fill.h"

#include <string.h>

#include "engine/cpu/kernels/copy.h"
#include "engine/cpu/kernels/element.h"
#include "engine/cpu/kernels/walk.h"

enum { DST = 0 };

void tt_fill_run(const tt_threads *threads, const tt_view *to, void *dst, const void *value)
{
    tt_view from = *to;

    memset(from.strides, 0, sizeof from.strides);
    tt_copy_run(tt_kernels_get(), threads, to, dst, &from, value);
}

typedef struct series_job {
    tt_walk walk;
    char *dst;
    tt_dtype dtype;
    int64_t start_i, step_i;
    double start, step;
    void (*store)(const struct series_job *job, char *dst, int64_t i);
} series_job;

static void series_range(void *ctx, int64_t begin, int64_t end, int worker)
{
    const series_job *job = ctx;
    tt_cursor at;

    tt_cursor_seek(&at, &job->walk, job->walk.rank, begin);
    for (int64_t i = begin; i < end; i++) {
        job->store(job, job->dst + at.offset[DST], i);
        tt_cursor_next(&at, &job->walk);
    }
}

static void series_run(const tt_threads *threads, const tt_view *to, series_job *job)
{
    tt_walk_init(&job->walk, to->rank, to->dims);
    tt_walk_add(&job->walk, to->strides, ttrt_dtype_size(to->dtype));
    tt_walk_merge(&job->walk);
    job->dtype = to->dtype;
    tt_parallel_for(threads, tt_walk_count(&job->walk, job->walk.rank), 4096, series_range, job);
}

/* Half types count in float, as PyTorch's accumulation type on the CPU. */
static bool counts_in_float(tt_dtype d)
{
    return tt_dtype_is_float(d) && d != TTRT_DTYPE_FLOAT32 && d != TTRT_DTYPE_FLOAT64;
}

static void store_i64(const series_job *job, char *dst, int64_t i)
{
    tt_store_i64(dst, job->dtype, (int64_t)((uint64_t)job->start_i + (uint64_t)i * (uint64_t)job->step_i));
}

static void store_f64(const series_job *job, char *dst, int64_t i)
{
    double v = counts_in_float(job->dtype) ? (float)job->start + (float)i * (float)job->step
                                           : job->start + (double)i * job->step;
    tt_store_f64(dst, job->dtype, v);
}

void tt_fill_arange_i64(const tt_threads *threads, const tt_view *to, void *dst, int64_t start, int64_t step)
{
    series_job job = {.dst = dst, .start_i = start, .step_i = step, .store = store_i64};
    series_run(threads, to, &job);
}

void tt_fill_arange_f64(const tt_threads *threads, const tt_view *to, void *dst, double start, double step)
{
    series_job job = {.dst = dst, .start = start, .step = step, .store = store_f64};
    series_run(threads, to, &job);
}
