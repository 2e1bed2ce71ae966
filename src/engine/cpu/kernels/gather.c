/* Every operation here is one loop over an index space with a dense operand, an indexed operand and index tensors:
 *
 *     gather:   dense[p] = indexed[p . steps + sum over k of index[k][p] * axis_step[k]]
 *     scatter:  the other way round, with an operation
 *
 * where the indexed operand's step is 0 along dimensions in which only its indices move. A row of the loop is done in
 * chunks: first the places of a chunk are computed and checked, then its elements move. A chunk with an index that is
 * out of range is left alone, and the tensors are searched again afterwards to tell which index it was. */
#include "engine/cpu/kernels/gather.h"

#include <stdatomic.h>
#include <string.h>

#include "engine/cpu/kernels/element.h"
#include "engine/cpu/kernels/fill.h"
#include "engine/cpu/kernels/scatter_op.h"
#include "engine/cpu/kernels/walk.h"

enum { DENSE = 0, DATA = 1, INDEX = 2, CHUNK = 512 };

typedef struct indexed_job {
    tt_walk walk; /* operands: DENSE, DATA, INDEX + k */
    int n;        /* index tensors */
    const char *index[TT_CPU_RANK];
    bool wide[TT_CPU_RANK];      /* int64, else int32 */
    int64_t extent[TT_CPU_RANK]; /* of the indexed dimension */
    int64_t step[TT_CPU_RANK];   /* its bytes */
    bool wrap;                   /* negative indices count from the end */
    char *dense, *data;
    int64_t size;
    tt_scatter_fn combine; /* NULL: set */
    int64_t piece, pieces; /* of a row, where reads go in parallel */
    int split;             /* the dimension that writes are divided by */
    atomic_bool out_of_range;
} indexed_job;

static int64_t load_index(const char *p, bool wide)
{
    int64_t i64;
    int32_t i32;

    if (wide)
        return memcpy(&i64, p, sizeof i64), i64;
    return memcpy(&i32, p, sizeof i32), i32;
}

/* Adds index[j] * step for j < n to the places; false: an index is out of range. */
static inline bool add_places(int64_t *places, const char *index, int64_t index_step, bool wide, int64_t extent,
                              int64_t step, int64_t wrapped, int64_t n)
{
    bool bad = false;

    for (int64_t j = 0; j < n; j++) {
        int64_t i = load_index(index + j * index_step, wide);
        i += i < 0 ? wrapped : 0;
        bool out = (uint64_t)i >= (uint64_t)extent;
        bad |= out;
        places[j] += (out ? 0 : i) * step;
    }
    return !bad;
}

/* Byte offsets in the indexed operand of elements from..from + n of the cursor's row. */
static bool find_places(indexed_job *job, const tt_cursor *at, int64_t from, int64_t n, int64_t *places)
{
    const tt_walk *w = &job->walk;
    const int last = w->rank - 1;
    bool good = true;

    for (int64_t j = 0; j < n; j++)
        places[j] = at->offset[DATA] + (from + j) * w->steps[DATA][last];
    for (int k = 0; k < job->n && good; k++) {
        int64_t step = w->steps[INDEX + k][last], wrapped = job->wrap ? job->extent[k] : 0;
        const char *index = job->index[k] + at->offset[INDEX + k] + from * step;
        good = job->wide[k] ? add_places(places, index, step, true, job->extent[k], job->step[k], wrapped, n)
                            : add_places(places, index, step, false, job->extent[k], job->step[k], wrapped, n);
    }
    if (!good)
        atomic_store_explicit(&job->out_of_range, true, memory_order_relaxed);
    return good;
}

typedef struct pair64 {
    uint64_t v[2];
} pair64;

#define MOVE_CHUNK(T, to, from)                                                                                        \
    for (int64_t j = 0; j < n; j++) {                                                                                  \
        T v;                                                                                                           \
        memcpy(&v, from, sizeof v);                                                                                    \
        memcpy(to, &v, sizeof v);                                                                                      \
    }                                                                                                                  \
    return

static void gather_chunk(char *dst, int64_t dst_step, const char *data, const int64_t *places, int64_t n, int64_t size)
{
    switch (size) {
    case 1:
        MOVE_CHUNK(uint8_t, dst + j * dst_step, data + places[j]);
    case 2:
        MOVE_CHUNK(uint16_t, dst + j * dst_step, data + places[j]);
    case 4:
        MOVE_CHUNK(uint32_t, dst + j * dst_step, data + places[j]);
    case 8:
        MOVE_CHUNK(uint64_t, dst + j * dst_step, data + places[j]);
    default:
        MOVE_CHUNK(pair64, dst + j * dst_step, data + places[j]);
    }
}

static void scatter_chunk(char *data, const int64_t *places, const char *src, int64_t src_step, int64_t n, int64_t size)
{
    switch (size) {
    case 1:
        MOVE_CHUNK(uint8_t, data + places[j], src + j * src_step);
    case 2:
        MOVE_CHUNK(uint16_t, data + places[j], src + j * src_step);
    case 4:
        MOVE_CHUNK(uint32_t, data + places[j], src + j * src_step);
    case 8:
        MOVE_CHUNK(uint64_t, data + places[j], src + j * src_step);
    default:
        MOVE_CHUNK(pair64, data + places[j], src + j * src_step);
    }
}

/* The same index holds for a whole row: the row is one strided move. */
static bool indexed_by_rows(const indexed_job *job)
{
    for (int k = 0; k < job->n; k++)
        if (job->walk.steps[INDEX + k][job->walk.rank - 1] != 0)
            return false;
    return true;
}

static void gather_part(indexed_job *job, const tt_cursor *at, int64_t from, int64_t n)
{
    const int last = job->walk.rank - 1;
    const int64_t dst_step = job->walk.steps[DENSE][last], src_step = job->walk.steps[DATA][last];
    char *dst = job->dense + at->offset[DENSE] + from * dst_step;
    int64_t places[CHUNK];

    if (indexed_by_rows(job)) {
        if (find_places(job, at, from, 1, places))
            tt_move_row(dst, dst_step, job->data + places[0], src_step, n, job->size);
    } else if (find_places(job, at, from, n, places)) {
        gather_chunk(dst, dst_step, job->data, places, n, job->size);
    }
}

static void gather_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    indexed_job *job = ctx;
    const int last = job->walk.rank - 1;
    const int64_t row = job->walk.dims[last];
    int64_t part = begin % job->pieces;
    tt_cursor at;

    tt_cursor_seek(&at, &job->walk, last, begin / job->pieces);
    for (int64_t i = begin; i < end; i++) {
        int64_t from = part * job->piece;
        gather_part(job, &at, from, row - from < job->piece ? row - from : job->piece);
        if (++part == job->pieces) {
            part = 0;
            tt_cursor_next(&at, &job->walk);
        }
    }
}

static void scatter_row(indexed_job *job, const tt_cursor *at)
{
    const int last = job->walk.rank - 1;
    const int64_t n = job->walk.dims[last], dst_step = job->walk.steps[DATA][last],
                  src_step = job->walk.steps[DENSE][last];
    const char *src = job->dense + at->offset[DENSE];
    int64_t places[CHUNK];

    if (indexed_by_rows(job) && (n == 1 || dst_step != 0)) {
        if (!find_places(job, at, 0, 1, places))
            return;
        if (job->combine)
            job->combine(job->data + places[0], NULL, dst_step, src, src_step, n);
        else
            tt_move_row(job->data + places[0], dst_step, src, src_step, n, job->size);
        return;
    }
    for (int64_t from = 0; from < n; from += CHUNK) {
        int64_t part = n - from < CHUNK ? n - from : CHUNK;
        if (!find_places(job, at, from, part, places))
            continue;
        if (job->combine)
            job->combine(job->data, places, 0, src + from * src_step, src_step, part);
        else
            scatter_chunk(job->data, places, src + from * src_step, src_step, part, job->size);
    }
}

/* Places begin..end of the split dimension; all others in full, in row-major order. */
static void scatter_range(void *ctx, int64_t begin, int64_t end, int worker)
{
    indexed_job *whole = ctx, job = *whole;
    tt_walk *w = &job.walk;
    tt_cursor at;

    if (job.split >= 0) {
        w->dims[job.split] = end - begin;
        job.dense += begin * w->steps[DENSE][job.split];
        job.data += begin * w->steps[DATA][job.split];
        for (int k = 0; k < job.n; k++)
            job.index[k] += begin * w->steps[INDEX + k][job.split];
    }
    tt_cursor_seek(&at, w, w->rank - 1, 0);
    for (int64_t rows = tt_walk_count(w, w->rank - 1); rows > 0; rows--) {
        scatter_row(&job, &at);
        tt_cursor_next(&at, w);
    }
    if (atomic_load_explicit(&job.out_of_range, memory_order_relaxed))
        atomic_store_explicit(&whole->out_of_range, true, memory_order_relaxed);
}

static void run_gather(const tt_threads *threads, indexed_job *job)
{
    tt_walk *w = &job->walk;

    tt_walk_merge(w);
    tt_walk_sort(w);
    tt_walk_merge(w);
    int64_t row = w->dims[w->rank - 1];
    if (row == 0)
        return;
    job->piece = indexed_by_rows(job) ? (64 << 10) / job->size : CHUNK;
    job->pieces = (row + job->piece - 1) / job->piece;
    tt_parallel_for(threads, tt_walk_count(w, w->rank - 1) * job->pieces,
                    tt_move_grain((row < job->piece ? row : job->piece) * job->size), gather_rows, job);
}

/* Workers may share the indexed operand only along a dimension in which their places differ whatever the indices are.
 */
static int split_dim(const tt_walk *w)
{
    int split = -1;

    for (int d = 0; d < w->rank; d++)
        if (w->steps[DATA][d] != 0 && (split < 0 || w->dims[d] > w->dims[split]))
            split = d;
    return split;
}

static void run_scatter(const tt_threads *threads, indexed_job *job)
{
    const int64_t enough = 16 << 10;
    tt_walk *w = &job->walk;

    tt_walk_merge(w);
    int64_t count = tt_walk_count(w, w->rank);
    if (count == 0)
        return;
    job->split = split_dim(w);
    int64_t n = job->split >= 0 ? w->dims[job->split] : 1, each = count / n;
    tt_parallel_for(threads, n, each >= enough ? 1 : enough / each, scatter_range, job);
}

/* Searches for the first index that is out of range, as some worker met one. */
static ttrt_status report(const indexed_job *job, const int *axes, const tt_view *index)
{
    for (int k = 0; k < job->n; k++) {
        const int64_t n = tt_view_count(&index[k]);
        tt_walk w;
        tt_cursor at;
        tt_walk_init(&w, index[k].rank, index[k].dims);
        tt_walk_add(&w, index[k].strides, ttrt_dtype_size(index[k].dtype));
        tt_cursor_seek(&at, &w, w.rank, 0);
        for (int64_t i = 0; i < n; i++, tt_cursor_next(&at, &w)) {
            int64_t v = load_index(job->index[k] + at.offset[0], job->wide[k]);
            if (v >= job->extent[k] || v < (job->wrap ? -job->extent[k] : 0))
                return tt_fail(TTRT_ERR_INDEX,
                               "index %lld at position %lld is out of range for dimension %d of size %lld",
                               (long long)v, (long long)i, axes[k], (long long)job->extent[k]);
        }
    }
    return tt_fail(TTRT_ERR_INDEX, "an index was out of range while another thread changed it");
}

static ttrt_status finish(indexed_job *job, const int *axes, const tt_view *index)
{
    return atomic_load(&job->out_of_range) ? report(job, axes, index) : TTRT_OK;
}

/* The index tensor of an operation that loops over `dims`: its dims are loop dimensions at, at + 1, ... */
static void add_index(indexed_job *job, const tt_view *indexed, int axis, const tt_view *index, const void *index_data,
                      int at)
{
    int64_t strides[TT_CPU_RANK] = {0};

    memcpy(strides + at, index->strides, sizeof strides[0] * (size_t)index->rank);
    tt_walk_add(&job->walk, strides, ttrt_dtype_size(index->dtype));
    job->index[job->n] = index_data;
    job->wide[job->n] = index->dtype == TTRT_DTYPE_INT64;
    job->extent[job->n] = indexed->dims[axis];
    job->step[job->n] = indexed->strides[axis] * (int64_t)ttrt_dtype_size(indexed->dtype);
    job->n++;
}

static ttrt_status check_index_dtype(const tt_view *index)
{
    if (index->dtype != TTRT_DTYPE_INT64 && index->dtype != TTRT_DTYPE_INT32)
        TT_FAIL(TTRT_ERR_DTYPE, "an index tensor is %s; int64 or int32 is expected", ttrt_dtype_name(index->dtype));
    return TTRT_OK;
}

/* Loops over `dims` (those of `dense`, as far as they go); the indexed operand takes part with all its dimensions but
 * the indexed ones, whose places the index dims take. */
static void start_job(indexed_job *job, int rank, const int64_t *dims, const tt_view *dense, const void *dense_data,
                      const int64_t *data_strides, const void *data, tt_dtype data_dtype)
{
    memset(job, 0, sizeof *job);
    job->size = (int64_t)ttrt_dtype_size(dense->dtype);
    job->dense = (char *)dense_data; /* written by gathers, read by scatters */
    job->data = (char *)data;        /* the other way round */
    atomic_init(&job->out_of_range, false);
    tt_walk_init(&job->walk, rank, dims);
    tt_walk_add(&job->walk, dense->strides, ttrt_dtype_size(dense->dtype));
    tt_walk_add(&job->walk, data_strides, ttrt_dtype_size(data_dtype));
}

/* Strides of the indexed tensor over the loop of advanced indexing; the index dims, `rank` of them, start at *at. */
static void loop_strides(const tt_view *indexed, int n, const int *axes, int rank, int64_t *strides, int *at)
{
    bool neighbours = true;
    int d = 0, k = 0;

    for (int i = 1; i < n; i++)
        neighbours = neighbours && axes[i] == axes[i - 1] + 1;
    *at = neighbours ? axes[0] : 0;
    for (int axis = 0; axis < indexed->rank; axis++) {
        if (d == *at)
            for (int r = 0; r < rank; r++)
                strides[d++] = 0;
        if (k < n && axes[k] == axis)
            k++;
        else
            strides[d++] = indexed->strides[axis];
    }
}

static ttrt_status start_advanced(indexed_job *job, int n, const int *axes, const tt_view *index,
                                  const void *const *index_data, const tt_view *dense, const void *dense_data,
                                  const tt_view *indexed, const void *data)
{
    int64_t strides[TT_CPU_RANK] = {0};
    int at;

    for (int k = 0; k < n; k++)
        TT_TRY(check_index_dtype(&index[k]));
    loop_strides(indexed, n, axes, index[0].rank, strides, &at);
    start_job(job, dense->rank, dense->dims, dense, dense_data, strides, data, indexed->dtype);
    for (int k = 0; k < n; k++)
        add_index(job, indexed, axes[k], &index[k], index_data[k], at);
    return TTRT_OK;
}

ttrt_status tt_take_run(const tt_threads *threads, int axis, const tt_view *to, void *dst, const tt_view *from,
                        const void *src, const tt_view *index, const void *index_data)
{
    indexed_job job;

    TT_TRY(start_advanced(&job, 1, &axis, index, &index_data, to, dst, from, src));
    run_gather(threads, &job);
    return finish(&job, &axis, index);
}

ttrt_status tt_index_get_run(const tt_threads *threads, int n, const int *axes, const tt_view *index,
                             const void *const *index_data, const tt_view *to, void *dst, const tt_view *from,
                             const void *src)
{
    indexed_job job;

    TT_TRY(start_advanced(&job, n, axes, index, index_data, to, dst, from, src));
    job.wrap = true;
    run_gather(threads, &job);
    return finish(&job, axes, index);
}

static ttrt_status find_combine(tt_scatter_op op, tt_dtype to, tt_dtype from, tt_scatter_fn *combine)
{
    *combine = to == from ? tt_scatter_fn_of(op, to) : tt_scatter_wide_fn_of(op, from);
    if (op != TT_SCATTER_OP_SET && !*combine)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "scatter with a reduction has no kernel for %s", ttrt_dtype_name(from));
    return TTRT_OK;
}

ttrt_status tt_index_put_run(const tt_threads *threads, tt_scatter_op op, int n, const int *axes, const tt_view *index,
                             const void *const *index_data, const tt_view *to, void *dst, const tt_view *from,
                             const void *src)
{
    indexed_job job;

    TT_TRY(start_advanced(&job, n, axes, index, index_data, from, src, to, dst));
    TT_TRY(find_combine(op, to->dtype, from->dtype, &job.combine));
    job.wrap = true;
    run_scatter(threads, &job);
    return finish(&job, axes, index);
}

/* The loop of gather and scatter: every dimension of the index; the indexed tensor stands still along the axis. */
static ttrt_status start_elements(indexed_job *job, int axis, const tt_view *index, const void *index_data,
                                  const tt_view *dense, const void *dense_data, const tt_view *indexed,
                                  const void *data)
{
    /* A 0-d tensor is indexed as if it had one dimension of size 1. */
    tt_view one = *indexed;
    int64_t strides[TT_CPU_RANK] = {0};

    TT_TRY(check_index_dtype(index));
    memcpy(strides, indexed->strides, sizeof strides[0] * (size_t)indexed->rank);
    strides[axis] = 0;
    if (indexed->rank == 0) {
        one.dims[0] = 1;
        one.strides[0] = 0;
    }
    start_job(job, index->rank, index->dims, dense, dense_data, strides, data, indexed->dtype);
    add_index(job, &one, axis, index, index_data, 0);
    return TTRT_OK;
}

ttrt_status tt_gather_run(const tt_threads *threads, int axis, const tt_view *to, void *dst, const tt_view *from,
                          const void *src, const tt_view *index, const void *index_data)
{
    indexed_job job;

    TT_TRY(start_elements(&job, axis, index, index_data, to, dst, from, src));
    run_gather(threads, &job);
    return finish(&job, &axis, index);
}

static ttrt_status scatter(const tt_threads *threads, tt_scatter_op op, int axis, const tt_view *to, void *dst,
                           const tt_view *index, const void *index_data, const tt_view *from, const void *src)
{
    indexed_job job;

    TT_TRY(start_elements(&job, axis, index, index_data, from, src, to, dst));
    TT_TRY(find_combine(op, to->dtype, from->dtype, &job.combine));
    run_scatter(threads, &job);
    return finish(&job, &axis, index);
}

static tt_view scalar_like(const tt_view *view)
{
    tt_view v = *view;

    memset(v.strides, 0, sizeof v.strides);
    return v;
}

static tt_view contiguous_like(const tt_view *view, tt_dtype dtype)
{
    tt_view v = *view;
    int64_t stride = 1;

    v.dtype = dtype;
    for (int d = v.rank - 1; d >= 0; d--) {
        v.strides[d] = stride;
        stride *= v.dims[d];
    }
    return v;
}

/* A loop over elements of two tensors of equal dims. */
typedef struct pair_job {
    tt_walk walk;
    tt_dtype dst_dtype, src_dtype;
    char *dst;
    const char *src;
    void (*each)(const struct pair_job *job, char *dst, const char *src);
} pair_job;

static void pair_range(void *ctx, int64_t begin, int64_t end, int worker)
{
    const pair_job *job = ctx;
    tt_cursor at;

    tt_cursor_seek(&at, &job->walk, job->walk.rank, begin);
    for (int64_t i = begin; i < end; i++, tt_cursor_next(&at, &job->walk))
        job->each(job, job->dst + at.offset[0], job->src + at.offset[1]);
}

static void for_each_pair(const tt_threads *threads, void (*each)(const pair_job *job, char *dst, const char *src),
                          const tt_view *to, void *dst, const tt_view *from, const void *src)
{
    pair_job job = {.dst_dtype = to->dtype, .src_dtype = from->dtype, .dst = dst, .src = src, .each = each};

    tt_walk_init(&job.walk, to->rank, to->dims);
    tt_walk_add(&job.walk, to->strides, ttrt_dtype_size(to->dtype));
    tt_walk_add(&job.walk, from->strides, ttrt_dtype_size(from->dtype));
    tt_walk_merge(&job.walk);
    tt_parallel_for(threads, tt_walk_count(&job.walk, job.walk.rank), 4096, pair_range, &job);
}

static void convert_element(const pair_job *job, char *dst, const char *src)
{
    tt_store_f64(dst, job->dst_dtype, tt_load_f64(src, job->src_dtype));
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static void divide_element(const pair_job *job, char *dst, const char *count)
{
    int64_t n = load_index(count, true);

    if (n <= 1)
        return;
    if (tt_dtype_is_float(job->dst_dtype))
        tt_store_f64(dst, job->dst_dtype, tt_load_f64(dst, job->dst_dtype) / (double)n);
    else
        tt_store_i64(dst, job->dst_dtype, floor_div(tt_load_i64(dst, job->dst_dtype), n));
}

/* Sums are in place; this counts what went into each and divides. */
static ttrt_status divide_by_hits(const tt_threads *threads, bool include_self, int axis, const tt_view *to, void *dst,
                                  const tt_view *index, const void *index_data, void *scratch)
{
    const tt_view counts = contiguous_like(to, TTRT_DTYPE_INT64);
    const int64_t first = include_self, one = 1;
    tt_view ones = scalar_like(index);

    ones.dtype = TTRT_DTYPE_INT64;
    tt_fill_run(threads, &counts, scratch, &first);
    TT_TRY(scatter(threads, TT_SCATTER_OP_ADD, axis, &counts, scratch, index, index_data, &ones, &one));
    for_each_pair(threads, divide_element, to, dst, &counts, scratch);
    return TTRT_OK;
}

static tt_scatter_op sum_of(tt_scatter_op op) { return op == TT_SCATTER_OP_MEAN ? TT_SCATTER_OP_ADD : op; }

size_t tt_scatter_scratch_bytes(tt_scatter_op op, const tt_view *to)
{
    const size_t n = (size_t)tt_view_count(to);

    return (op == TT_SCATTER_OP_MEAN ? n * sizeof(int64_t) : 0) +
           (tt_scatter_wide_fn_of(sum_of(op), to->dtype) ? n * sizeof(float) : 0);
}

static ttrt_status reset_hits(const tt_threads *threads, tt_scatter_op op, int axis, const tt_view *to, void *dst,
                              const tt_view *index, const void *index_data)
{
    uint8_t identity[TT_ELEMENT_MAX];
    tt_view scalar = scalar_like(index);

    scalar.dtype = to->dtype;
    tt_scatter_identity(op, to->dtype, identity);
    return scatter(threads, TT_SCATTER_OP_SET, axis, to, dst, index, index_data, &scalar, identity);
}

static ttrt_status scatter_and_divide(const tt_threads *threads, tt_scatter_op op, bool include_self, int axis,
                                      const tt_view *to, void *dst, const tt_view *index, const void *index_data,
                                      const tt_view *from, const void *src, void *counts)
{
    if (op != TT_SCATTER_OP_SET && !include_self)
        TT_TRY(reset_hits(threads, op, axis, to, dst, index, index_data));
    TT_TRY(scatter(threads, sum_of(op), axis, to, dst, index, index_data, from, src));
    if (op == TT_SCATTER_OP_MEAN)
        return divide_by_hits(threads, include_self, axis, to, dst, index, index_data, counts);
    return TTRT_OK;
}

ttrt_status tt_scatter_run(const tt_threads *threads, tt_scatter_op op, bool include_self, int axis, const tt_view *to,
                           void *dst, const tt_view *index, const void *index_data, const tt_view *from,
                           const void *src, void *scratch)
{
    if (!tt_scatter_wide_fn_of(sum_of(op), to->dtype))
        return scatter_and_divide(threads, op, include_self, axis, to, dst, index, index_data, from, src, scratch);

    /* Half types gather in f32, as PyTorch does: a long sum would stop growing. */
    const tt_view wide = contiguous_like(to, TTRT_DTYPE_FLOAT32);
    char *sums = (char *)scratch + (op == TT_SCATTER_OP_MEAN ? tt_view_count(to) * (int64_t)sizeof(int64_t) : 0);
    for_each_pair(threads, convert_element, &wide, sums, to, dst);
    TT_TRY(scatter_and_divide(threads, op, include_self, axis, &wide, sums, index, index_data, from, src, scratch));
    for_each_pair(threads, convert_element, to, dst, &wide, sums);
    return TTRT_OK;
}

ttrt_status tt_one_hot_run(const tt_threads *threads, const tt_view *to, void *dst, const tt_view *index,
                           const void *index_data)
{
    uint8_t value[TT_ELEMENT_MAX] = {0};
    tt_view rows = *index, one;

    tt_fill_run(threads, to, dst, value);
    rows.rank = to->rank;
    rows.dims[to->rank - 1] = 1;
    rows.strides[to->rank - 1] = 0;
    one = scalar_like(&rows);
    one.dtype = to->dtype;
    tt_store_i64(value, to->dtype, 1);
    return scatter(threads, TT_SCATTER_OP_SET, to->rank - 1, to, dst, &rows, index_data, &one, value);
}
