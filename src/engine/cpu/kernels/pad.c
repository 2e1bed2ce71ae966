/* Padding and rolling (copy.h). Each row of the destination, along the last dimension that is padded, takes its middle
 * from one row of the source and its ends from the fill value or from that same row. What lies inside unpadded
 * contiguous dimensions (the channels of a channels-last image) moves as one cell. */
#include "engine/cpu/kernels/copy.h"

#include "engine/cpu/kernels/element.h"
#include "engine/cpu/kernels/walk.h"

enum { DST = 0 };

typedef struct pad_job {
    tt_walk walk;                /* over the destination; the last dimension is the row */
    int64_t extent[TT_CPU_RANK]; /* of the source */
    int64_t before[TT_CPU_RANK];
    int64_t step[TT_CPU_RANK]; /* of the source, in bytes */
    tt_pad_mode mode;
    char *dst;
    const char *src;
    const void *value;
    int64_t size, cell; /* bytes of an element, of a cell */
} pad_job;

static int64_t wrap(int64_t i, int64_t n)
{
    i %= n;
    return i < 0 ? i + n : i;
}

/* Where place i of a destination comes from; -1: the fill value. */
static int64_t source_of(tt_pad_mode mode, int64_t i, int64_t before, int64_t n)
{
    i -= before;
    if (i >= 0 && i < n)
        return i;
    switch (mode) {
    case TT_PAD_MODE_CONSTANT:
        return -1;
    case TT_PAD_MODE_EDGE:
        return i < 0 ? 0 : n - 1;
    case TT_PAD_MODE_CIRCULAR:
        return wrap(i, n);
    case TT_PAD_MODE_REFLECT:
        break;
    }
    if (n == 1)
        return 0;
    i = wrap(i, 2 * (n - 1));
    return i < n ? i : 2 * (n - 1) - i;
}

static void fill_cells(const pad_job *job, char *dst, int64_t step, int64_t n)
{
    if (step == job->cell) {
        tt_fill_row(dst, job->value, n * (job->cell / job->size), job->size);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        tt_fill_row(dst + i * step, job->value, job->cell / job->size, job->size);
}

static void pad_row(const pad_job *job, char *dst, const char *src)
{
    const int row = job->walk.rank - 1;
    const int64_t n = job->walk.dims[row], to_step = job->walk.steps[DST][row], from_step = job->step[row];

    for (int64_t i = 0; i < n;) {
        int64_t from = src ? source_of(job->mode, i, job->before[row], job->extent[row]) : -1;
        int64_t run = 1;
        if (from < 0) {
            run = src && i < job->before[row] ? job->before[row] : n;
            run = (run < n ? run : n) - i;
            fill_cells(job, dst + i * to_step, to_step, run);
        } else {
            /* Inside the source, and again after each turn of a circle, whole runs follow each other. */
            if (job->mode == TT_PAD_MODE_CIRCULAR || from == i - job->before[row])
                run = job->extent[row] - from < n - i ? job->extent[row] - from : n - i;
            tt_move_row(dst + i * to_step, to_step, src + from * from_step, from_step, run, job->cell);
        }
        i += run;
    }
}

static void pad_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    const pad_job *job = ctx;
    const tt_walk *w = &job->walk;
    tt_cursor at;

    tt_cursor_seek(&at, w, w->rank - 1, begin);
    for (int64_t r = begin; r < end; r++) {
        const char *src = job->src;
        for (int d = 0; d < w->rank - 1 && src; d++) {
            int64_t from = source_of(job->mode, at.at[d], job->before[d], job->extent[d]);
            src = from < 0 ? NULL : src + from * job->step[d];
        }
        pad_row(job, job->dst + at.offset[DST], src);
        tt_cursor_next(&at, w);
    }
}

static bool is_padded(const pad_job *job, int d) { return job->before[d] != 0 || job->extent[d] != job->walk.dims[d]; }

/* Orders the dimensions by the destination's memory, as a channels-last view does not list them so. */
static void order_by_memory(const tt_view *to, int *order)
{
    for (int d = 0; d < to->rank; d++) {
        int at = d;
        for (; at > 0 && to->strides[order[at - 1]] < to->strides[d]; at--)
            order[at] = order[at - 1];
        order[at] = d;
    }
}

/* Joins dimensions d and d + 1 where neither is padded and both are one in memory. */
static bool join(pad_job *job, int d)
{
    tt_walk *w = &job->walk;

    if (is_padded(job, d) || is_padded(job, d + 1) || w->steps[DST][d] != w->steps[DST][d + 1] * w->dims[d + 1] ||
        job->step[d] != job->step[d + 1] * w->dims[d + 1])
        return false;
    w->dims[d] *= w->dims[d + 1];
    w->steps[DST][d] = w->steps[DST][d + 1];
    job->step[d] = job->step[d + 1];
    job->extent[d] = w->dims[d];
    for (int e = d + 1; e + 1 < w->rank; e++) {
        w->dims[e] = w->dims[e + 1];
        w->steps[DST][e] = w->steps[DST][e + 1];
        job->step[e] = job->step[e + 1];
        job->extent[e] = job->extent[e + 1];
        job->before[e] = job->before[e + 1];
    }
    w->rank--;
    return true;
}

static void take_cell(pad_job *job)
{
    tt_walk *w = &job->walk;
    int last = w->rank - 1;

    job->cell = job->size;
    if (last > 0 && !is_padded(job, last) && w->steps[DST][last] == job->size && job->step[last] == job->size) {
        job->cell = w->dims[last] * job->size;
        w->rank = last;
    }
}

void tt_pad_run(const tt_threads *threads, tt_pad_mode mode, const tt_view *to, void *dst, const tt_view *from,
                const void *src, const int64_t *before, const void *value)
{
    pad_job job = {.mode = mode, .dst = dst, .src = src, .value = value, .size = (int64_t)ttrt_dtype_size(to->dtype)};
    tt_view ordered = {.dtype = to->dtype, .rank = to->rank > 0 ? to->rank : 1, .dims = {1}};
    int order[TT_CPU_RANK];

    if (tt_view_count(to) == 0)
        return;
    order_by_memory(to, order);
    job.extent[0] = 1;
    for (int d = 0; d < to->rank; d++) {
        ordered.dims[d] = to->dims[order[d]];
        ordered.strides[d] = to->strides[order[d]];
        job.extent[d] = from->dims[order[d]];
        job.before[d] = before[order[d]];
        job.step[d] = from->strides[order[d]] * job.size;
    }
    tt_walk_init(&job.walk, ordered.rank, ordered.dims);
    tt_walk_add(&job.walk, ordered.strides, (size_t)job.size);
    for (int d = job.walk.rank - 2; d >= 0; d--)
        while (d + 1 < job.walk.rank && join(&job, d))
            ;
    take_cell(&job);
    int last = job.walk.rank - 1;
    tt_parallel_for(threads, tt_walk_count(&job.walk, last), tt_move_grain(job.walk.dims[last] * job.cell), pad_rows,
                    &job);
}
