/* How a copy goes: both views become one walk over byte steps; dimensions are ordered by the destination's memory and
 * merged; a contiguous inner run becomes a bigger element; then one of two kernels does the inner dimensions:
 *
 *     rows:  memcpy, fill, or one element at a time       (the source runs along with the destination, or is broadcast)
 *     plane: blocked transpose of [i, j] -> [j, i]         (the source is contiguous along another dimension)        */
#include "engine/cpu/kernels/copy.h"

#include "engine/cpu/kernels/element.h"
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/walk.h"

enum { DST = 0, SRC = 1 };

typedef struct copy_job {
    tt_walk walk;
    const tt_kernels *k;
    char *dst;
    const char *src;
    int64_t size;          /* bytes of an element, grown by the contiguous inner run */
    int64_t piece, pieces; /* the last dimension goes in pieces of so many elements; planes: likewise their rows */
    int64_t i_piece, i_pieces;
} copy_job;

/* The destination's steps become positive; a flip stays in the source's. */
static void unflip(copy_job *job)
{
    tt_walk *w = &job->walk;

    for (int d = 0; d < w->rank; d++) {
        if (w->steps[DST][d] >= 0)
            continue;
        job->dst += w->steps[DST][d] * (w->dims[d] - 1);
        job->src += w->steps[SRC][d] * (w->dims[d] - 1);
        w->steps[DST][d] = -w->steps[DST][d];
        w->steps[SRC][d] = -w->steps[SRC][d];
    }
}

/* [.., 2 f32 side by side] is [..] of 8-byte elements. */
static void widen_element(copy_job *job)
{
    tt_walk *w = &job->walk;
    int last = w->rank - 1;
    int64_t run = w->dims[last] * job->size;

    if (last == 0 || w->steps[DST][last] != job->size || w->steps[SRC][last] != job->size)
        return;
    if (run == 2 || run == 4 || run == 8 || run == 16) {
        job->size = run;
        w->rank = last;
    }
}

static void copy_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    const copy_job *job = ctx;
    const tt_walk *w = &job->walk;
    const int last = w->rank - 1;
    tt_cursor at;

    tt_cursor_seek(&at, w, last, begin / job->pieces);
    int64_t part = begin % job->pieces;
    for (int64_t i = begin; i < end; i++) {
        int64_t from = part * job->piece;
        int64_t n = w->dims[last] - from < job->piece ? w->dims[last] - from : job->piece;
        tt_move_row(job->dst + at.offset[DST] + from * w->steps[DST][last], w->steps[DST][last],
                    job->src + at.offset[SRC] + from * w->steps[SRC][last], w->steps[SRC][last], n, job->size);
        if (++part == job->pieces) {
            part = 0;
            tt_cursor_next(&at, w);
        }
    }
}

static void copy_planes(void *ctx, int64_t begin, int64_t end, int worker)
{
    const copy_job *job = ctx;
    const tt_walk *w = &job->walk;
    const int i_dim = w->rank - 2, j_dim = w->rank - 1;
    const int64_t plane = job->i_pieces * job->pieces;
    const tt_transpose_fn transpose = job->k->move.transpose[tt_element_log2(job->size)];
    tt_cursor at;

    tt_cursor_seek(&at, w, i_dim, begin / plane);
    for (int64_t u = begin; u < end; u++) {
        int64_t i = u % plane / job->pieces * job->i_piece, j = u % job->pieces * job->piece;
        int64_t rows = w->dims[i_dim] - i < job->i_piece ? w->dims[i_dim] - i : job->i_piece;
        int64_t cols = w->dims[j_dim] - j < job->piece ? w->dims[j_dim] - j : job->piece;
        transpose(job->dst + at.offset[DST] + i * w->steps[DST][i_dim] + j * job->size, w->steps[DST][i_dim],
                  job->src + at.offset[SRC] + j * w->steps[SRC][j_dim] + i * job->size, w->steps[SRC][j_dim], rows,
                  cols);
        if (u % plane == plane - 1)
            tt_cursor_next(&at, w);
    }
}

/* The dimension along which the source is contiguous, where it is not the destination's; -1: none worth it. */
static int transposed_dim(const copy_job *job)
{
    const tt_walk *w = &job->walk;
    int last = w->rank - 1;

    if (w->steps[DST][last] != job->size || w->steps[SRC][last] == job->size || w->steps[SRC][last] == 0)
        return -1;
    for (int d = last - 1; d >= 0; d--)
        if (w->steps[SRC][d] == job->size)
            return d;
    return -1;
}

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

static void run_planes(copy_job *job, const tt_threads *threads, int i_dim)
{
    tt_walk *w = &job->walk;
    int last = w->rank - 1;

    tt_walk_move(w, i_dim, last - 1);
    /* A block reads whole cache lines of the source and stays within the L1 cache, also where its rows are a power of
     * two apart. */
    job->i_piece = 64 / job->size > 16 ? 64 / job->size : 16;
    job->piece = 128;
    job->i_pieces = ceil_div(w->dims[last - 1], job->i_piece);
    job->pieces = ceil_div(w->dims[last], job->piece);
    int64_t block = (w->dims[last - 1] < job->i_piece ? w->dims[last - 1] : job->i_piece) *
                    (w->dims[last] < job->piece ? w->dims[last] : job->piece) * job->size;
    tt_parallel_for(threads, tt_walk_count(w, last - 1) * job->i_pieces * job->pieces, tt_move_grain(block),
                    copy_planes, job);
}

static void run_rows(copy_job *job, const tt_threads *threads)
{
    tt_walk *w = &job->walk;
    int64_t n = w->dims[w->rank - 1];

    job->piece = (256 << 10) / job->size;
    job->pieces = ceil_div(n, job->piece);
    tt_parallel_for(threads, tt_walk_count(w, w->rank - 1) * job->pieces,
                    tt_move_grain((n < job->piece ? n : job->piece) * job->size), copy_rows, job);
}

void tt_copy_run(const tt_kernels *k, const tt_threads *threads, const tt_view *to, void *dst, const tt_view *from,
                 const void *src)
{
    copy_job job = {.k = k, .dst = dst, .src = src, .size = (int64_t)ttrt_dtype_size(to->dtype)};

    tt_walk_init(&job.walk, to->rank, to->dims);
    tt_walk_add(&job.walk, to->strides, (size_t)job.size);
    tt_walk_add(&job.walk, from->strides, (size_t)job.size);
    tt_walk_merge(&job.walk);
    if (job.walk.dims[0] == 0)
        return;
    unflip(&job);
    tt_walk_sort(&job.walk);
    tt_walk_merge(&job.walk);
    widen_element(&job);
    int i_dim = transposed_dim(&job);
    if (i_dim >= 0)
        run_planes(&job, threads, i_dim);
    else
        run_rows(&job, threads);
}

typedef struct concat_job {
    const tt_kernels *k;
    const tt_threads *threads;
    int axis;
    const tt_view *to, *from;
    char *dst;
    const void *const *src;
} concat_job;

static void concat_parts(void *ctx, int64_t begin, int64_t end, int worker)
{
    const concat_job *job = ctx;
    int64_t step = job->to->strides[job->axis] * (int64_t)ttrt_dtype_size(job->to->dtype), start = 0;

    for (int64_t i = 0; i < end; i++) {
        const tt_view *from = &job->from[i];
        tt_view part = *job->to;
        part.dims[job->axis] = from->dims[job->axis];
        if (i >= begin)
            tt_copy_run(job->k, job->threads, &part, job->dst + start * step, from, job->src[i]);
        start += from->dims[job->axis];
    }
}

void tt_concat_run(const tt_kernels *k, const tt_threads *threads, int axis, const tt_view *to, void *dst, int n,
                   const tt_view *from, const void *const *src)
{
    concat_job job = {.k = k, .axis = axis, .to = to, .from = from, .dst = dst, .src = src};
    int64_t part_bytes = tt_view_count(to) * (int64_t)ttrt_dtype_size(to->dtype) / (n > 0 ? n : 1);

    /* Many small parts run side by side; large ones one after the other, each by all workers. */
    if (part_bytes < 256 << 10) {
        tt_parallel_for(threads, n, tt_move_grain(part_bytes), concat_parts, &job);
    } else {
        job.threads = threads;
        concat_parts(&job, 0, n, 0);
    }
}
