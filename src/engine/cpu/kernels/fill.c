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
    int64_t count;
    int64_t start_i, step_i;
    double start, step, end;
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
    job->count = tt_walk_count(&job->walk, job->walk.rank);
    job->dtype = to->dtype;
    tt_parallel_for(threads, job->count, 4096, series_range, job);
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

static void store_linspace(const series_job *job, char *dst, int64_t i)
{
    const bool first_half = i < job->count / 2;
    const int64_t steps = first_half ? i : job->count - 1 - i;
    double v;

    if (job->dtype == TTRT_DTYPE_FLOAT64) {
        v = first_half ? job->start + job->step * (double)steps : job->end - job->step * (double)steps;
    } else {
        float step = (float)job->step * (float)steps;
        v = first_half ? (float)job->start + step : (float)job->end - step;
    }
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

void tt_fill_linspace(const tt_threads *threads, const tt_view *to, void *dst, double start, double end)
{
    int64_t n = tt_view_count(to);
    double step = n > 1 ? (end - start) / (double)(n - 1) : 0;
    series_job job = {.dst = dst, .start = start, .end = n == 1 ? start : end, .store = store_linspace};

    if (to->dtype != TTRT_DTYPE_FLOAT64)
        step = n > 1 ? ((float)end - (float)start) / (float)(n - 1) : 0;
    job.step = step;
    series_run(threads, to, &job);
}

void tt_fill_eye(const tt_threads *threads, const tt_view *to, void *dst)
{
    uint8_t value[TT_ELEMENT_MAX] = {0};
    tt_view diagonal = *to;
    int last = to->rank - 1;

    tt_fill_run(threads, to, dst, value);
    diagonal.rank = last;
    diagonal.dims[last - 1] = to->dims[last - 1] < to->dims[last] ? to->dims[last - 1] : to->dims[last];
    diagonal.strides[last - 1] += to->strides[last];
    tt_store_i64(value, to->dtype, 1);
    tt_fill_run(threads, &diagonal, dst, value);
}
