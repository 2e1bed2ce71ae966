/* A resize is separable. Per output row: the source rows of its window along depth and height are added up, weighted,
 * to one row; that row then gives the outputs along width. Nearest modes have one place an output and move elements. */
#include "engine/cpu/kernels/resize.h"

#include <math.h>
#include <string.h>

#include "engine/cpu/kernels/element.h"
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/walk.h"

static bool is_nearest(const tt_resize *r)
{
    return r->mode == TT_RESIZE_MODE_NEAREST || r->mode == TT_RESIZE_MODE_NEAREST_EXACT;
}

static tt_resize_axis along(const tt_resize *r, int dim)
{
    return (tt_resize_axis){.mode = r->mode,
                            .align_corners = r->align_corners,
                            .antialias = r->antialias,
                            .in_double = r->from.dtype == TTRT_DTYPE_FLOAT64,
                            .in = r->from.dims[2 + dim],
                            .out = r->to.dims[2 + dim],
                            .scale = r->scale[dim]};
}

/* Source places of outputs along one dimension: for output o places index[o * taps .. + n[o]]. */
typedef struct axis_table {
    int64_t taps, *n, *index;
    double *weight;
} axis_table;

static size_t axis_bytes(const tt_resize *r, int dim)
{
    return (size_t)r->to.dims[2 + dim] * (1 + 2 * (size_t)r->taps[dim]) * sizeof(int64_t);
}

static axis_table axis_of(const tt_resize *r, const void *tables, int dim)
{
    const int64_t out = r->to.dims[2 + dim];
    axis_table t = {.taps = r->taps[dim]};
    char *p = (char *)tables;

    for (int d = 0; d < dim; d++)
        p += axis_bytes(r, d);
    t.n = (int64_t *)p;
    t.index = t.n + out;
    t.weight = (double *)(t.index + out * t.taps);
    return t;
}

void tt_resize_tables(const tt_resize *r, void *tables)
{
    for (int dim = 0; dim < 3; dim++) {
        const tt_resize_axis a = along(r, dim);
        axis_table t = axis_of(r, tables, dim);
        for (int64_t o = 0; o < a.out; o++)
            t.n[o] = tt_resize_places(&a, o, t.index + o * t.taps, t.weight + o * t.taps);
    }
}

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

/* Bytes of a row of numbers in a worker's scratch, f64 at most. */
static size_t row_bytes(const tt_resize *r, int64_t places)
{
    return ((size_t)(places * r->inner) * sizeof(double) + 63) / 64 * 64;
}

ttrt_status tt_resize_init(tt_resize *r, const tt_view *to, const tt_view *from, int n_workers)
{
    if (from->rank < 3 || from->rank > 5 || to->rank != from->rank)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "resizing takes 1 to 3 spatial dimensions, not %d", from->rank - 2);
    if (!is_nearest(r) && (tt_dtype_is_complex(from->dtype) || from->dtype == TTRT_DTYPE_BOOL))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "interpolation has no kernel for %s", ttrt_dtype_name(from->dtype));
    if (tt_view_count(from) == 0 && tt_view_count(to) != 0)
        TT_FAIL(TTRT_ERR_SHAPE, "an empty tensor cannot be resized to one that is not");
    r->to = with_three_dims(to);
    r->from = with_three_dims(from);
    r->inner = r->to.strides[1] == 1 && r->from.strides[1] == 1 ? r->to.dims[1] : 1;
    r->tables_bytes = 0;
    for (int dim = 0; dim < 3; dim++) {
        const tt_resize_axis a = along(r, dim);
        r->taps[dim] = tt_resize_taps(&a);
        r->tables_bytes += axis_bytes(r, dim);
    }
    r->worker_bytes = is_nearest(r) ? 0 : 3 * row_bytes(r, r->from.dims[4]) + 2 * row_bytes(r, r->to.dims[4]);
    r->scratch_bytes = r->worker_bytes * (size_t)n_workers;
    return TTRT_OK;
}

typedef struct resize_job {
    const tt_resize *r;
    const tt_kernels *k;
    axis_table axis[3];
    char *dst, *scratch;
    const char *src;
    int64_t size;
} resize_job;

/* An output row: (n, channel block, depth, height). */
typedef struct out_row {
    int64_t z, y;
    char *dst;
    const char *src; /* the channel's plane */
} out_row;

static out_row row_at(const resize_job *job, int64_t item)
{
    const tt_view *to = &job->r->to, *from = &job->r->from;
    const int64_t blocks = job->r->inner > 1 ? 1 : to->dims[1];
    const int64_t y = item % to->dims[3], z = item / to->dims[3] % to->dims[2];
    const int64_t c = item / (to->dims[3] * to->dims[2]) % blocks, n = item / (to->dims[3] * to->dims[2] * blocks);

    return (out_row){
        .z = z,
        .y = y,
        .dst =
            job->dst + (n * to->strides[0] + c * to->strides[1] + z * to->strides[2] + y * to->strides[3]) * job->size,
        .src = job->src + (n * from->strides[0] + c * from->strides[1]) * job->size};
}

static const char *source_row(const resize_job *job, const out_row *row, int64_t z, int64_t y)
{
    return row->src + (z * job->r->from.strides[2] + y * job->r->from.strides[3]) * job->size;
}

#define DEFINE_PICK(size, T)                                                                                           \
    static void pick_##size(char *dst, int64_t dst_step, const char *src, int64_t src_step, const int64_t *index,      \
                            int64_t n)                                                                                 \
    {                                                                                                                  \
        for (int64_t o = 0; o < n; o++) {                                                                              \
            T v;                                                                                                       \
            memcpy(&v, src + index[o] * src_step, sizeof v);                                                           \
            memcpy(dst + o * dst_step, &v, sizeof v);                                                                  \
        }                                                                                                              \
    }
DEFINE_PICK(1, uint8_t)
DEFINE_PICK(2, uint16_t)
DEFINE_PICK(4, uint32_t)
DEFINE_PICK(8, uint64_t)

static void nearest_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    const resize_job *job = ctx;
    const tt_resize *r = job->r;
    const int64_t dst_step = r->to.strides[4] * job->size, src_step = r->from.strides[4] * job->size,
                  cell = r->inner * job->size;
    const int64_t *index = job->axis[2].index, n = r->to.dims[4];

    for (int64_t item = begin; item < end; item++) {
        out_row row = row_at(job, item);
        const char *src = source_row(job, &row, job->axis[0].index[row.z], job->axis[1].index[row.y]);
        switch (cell) {
        case 1:
            pick_1(row.dst, dst_step, src, src_step, index, n);
            break;
        case 2:
            pick_2(row.dst, dst_step, src, src_step, index, n);
            break;
        case 4:
            pick_4(row.dst, dst_step, src, src_step, index, n);
            break;
        case 8:
            pick_8(row.dst, dst_step, src, src_step, index, n);
            break;
        default:
            for (int64_t o = 0; o < n; o++)
                tt_move_bytes(row.dst + o * dst_step, src + index[o] * src_step, cell);
        }
    }
}

/* A worker's rows: the source's as it lies in memory, widened, summed; the output's computed, and as it goes to memory.
 */
typedef struct row_buffers {
    char *packed;
    void *wide, *sum, *out;
    char *native;
} row_buffers;

static row_buffers buffers_of(const resize_job *job, int worker)
{
    const size_t in = row_bytes(job->r, job->r->from.dims[4]), out = row_bytes(job->r, job->r->to.dims[4]);
    char *p = job->scratch + job->r->worker_bytes * (size_t)worker;

    return (row_buffers){.packed = p, .wide = p + in, .sum = p + 2 * in, .out = p + 3 * in, .native = p + 3 * in + out};
}

/* A source row with its places side by side: itself where they are. */
static const char *packed_row(const resize_job *job, char *buffer, const char *src)
{
    const int64_t step = job->r->from.strides[4] * job->size, cell = job->r->inner * job->size;

    if (step == cell)
        return src;
    tt_move_row(buffer, cell, src, step, job->r->from.dims[4], cell);
    return buffer;
}

/* Integers round to even and saturate. */
static void store_integers(char *dst, tt_dtype d, const float *row, int64_t n)
{
    const int size = (int)ttrt_dtype_size(d), bits = size * 8;
    const double low = tt_dtype_is_signed(d) ? -ldexp(1, bits - 1) : 0;
    const double high = ldexp(1, tt_dtype_is_signed(d) ? bits - 1 : bits) - 1;

    for (int64_t i = 0; i < n; i++)
        tt_store_f64(dst + i * size, d, fmin(fmax(nearbyint((double)row[i]), low), high));
}

/* Whether outputs are computed where they go. */
static bool is_direct(const resize_job *job)
{
    const tt_dtype d = job->r->to.dtype;
    return (d == TTRT_DTYPE_FLOAT32 || d == TTRT_DTYPE_FLOAT64) && job->r->to.strides[4] == job->r->inner;
}

static void write_row(const resize_job *job, char *dst, const row_buffers *buffers)
{
    const int64_t step = job->r->to.strides[4] * job->size, cell = job->r->inner * job->size, n = job->r->to.dims[4];
    const tt_dtype d = job->r->to.dtype;
    char *native = step == cell ? dst : buffers->native;

    if (d == TTRT_DTYPE_FLOAT32 || d == TTRT_DTYPE_FLOAT64)
        native = buffers->out;
    else if (tt_dtype_is_float(d))
        job->k->convert.store[d](native, buffers->out, n * job->r->inner);
    else
        store_integers(native, d, buffers->out, n * job->r->inner);
    if (native != dst)
        tt_move_row(dst, step, native, cell, n, cell);
}

#define F(name) name##_f32
#define R       float
#include "engine/cpu/kernels/resize_typed.h"
#undef F
#undef R
#define F(name) name##_f64
#define R       double
#include "engine/cpu/kernels/resize_typed.h"
#undef F
#undef R

void tt_resize_run(const tt_kernels *k, const tt_threads *threads, const tt_resize *r, void *dst, const void *src,
                   const void *tables, void *scratch)
{
    resize_job job = {
        .r = r, .k = k, .dst = dst, .src = src, .scratch = scratch, .size = (int64_t)ttrt_dtype_size(r->to.dtype)};
    const int64_t *out = r->to.dims;

    if (tt_view_count(&r->to) == 0)
        return;
    for (int dim = 0; dim < 3; dim++)
        job.axis[dim] = axis_of(r, tables, dim);
    const int64_t rows = out[0] * (r->inner > 1 ? 1 : out[1]) * out[2] * out[3];
    const int64_t work = out[4] * r->inner * r->taps[2] + r->from.dims[4] * r->inner * r->taps[0] * r->taps[1];
    tt_parallel_for(threads, rows, tt_move_grain(work * 4),
                    is_nearest(r)                       ? nearest_rows
                    : r->to.dtype == TTRT_DTYPE_FLOAT64 ? rows_f64
                                                        : rows_f32,
                    &job);
}
