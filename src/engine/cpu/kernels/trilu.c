#include "engine/cpu/kernels/trilu.h"

#include "engine/cpu/kernels/element.h"
#include "engine/cpu/kernels/walk.h"

enum { DST = 0, SRC = 1 };

typedef struct trilu_job {
    tt_walk walk; /* the last dimension is the row */
    bool upper;
    int64_t diagonal, size;
    char *dst;
    const char *src;
} trilu_job;

static int64_t clamp64(int64_t i, int64_t low, int64_t high) { return i < low ? low : i > high ? high : i; }

static void trilu_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    static const uint8_t zero[TT_ELEMENT_MAX];
    const trilu_job *job = ctx;
    const tt_walk *w = &job->walk;
    const int last = w->rank - 1;
    const int64_t n = w->dims[last], to_step = w->steps[DST][last], from_step = w->steps[SRC][last];
    tt_cursor at;

    tt_cursor_seek(&at, w, last, begin);
    for (int64_t r = begin; r < end; r++) {
        /* diagonal is clamped to the matrix by the caller: no overflow. Columns keep .. kept stay. */
        int64_t edge = clamp64(at.at[last - 1] + job->diagonal + !job->upper, 0, n);
        int64_t keep = job->upper ? edge : 0, kept = job->upper ? n : edge;
        char *dst = job->dst + at.offset[DST];
        const char *src = job->src + at.offset[SRC];
        tt_move_row(dst, to_step, zero, 0, keep, job->size);
        if (src != dst)
            tt_move_row(dst + keep * to_step, to_step, src + keep * from_step, from_step, kept - keep, job->size);
        tt_move_row(dst + kept * to_step, to_step, zero, 0, n - kept, job->size);
        tt_cursor_next(&at, w);
    }
}

void tt_trilu_run(const tt_threads *threads, bool upper, int64_t diagonal, const tt_view *to, void *dst,
                  const tt_view *from, const void *src)
{
    const int64_t rows = to->dims[to->rank - 2], cols = to->dims[to->rank - 1];
    trilu_job job = {.upper = upper,
                     .diagonal = clamp64(diagonal, -rows - 1, cols + 1),
                     .size = (int64_t)ttrt_dtype_size(to->dtype),
                     .dst = dst,
                     .src = src};

    if (tt_view_count(to) == 0)
        return;
    tt_walk_init(&job.walk, to->rank, to->dims);
    tt_walk_add(&job.walk, to->strides, (size_t)job.size);
    tt_walk_add(&job.walk, from->strides, (size_t)job.size);
    tt_parallel_for(threads, tt_walk_count(&job.walk, to->rank - 1), tt_move_grain(cols * job.size), trilu_rows, &job);
}
