/* Reductions: see reduce.h. Lines that are contiguous are reduced where they lie, others in pieces through a small
 * buffer. Float sums of lines that lie side by side take whole rows of memory at once. */
#include <math.h>
#include <string.h>

#include "engine/cpu/kernels/reduce.h"
#include "engine/cpu/kernels/table.h"

#define GRAIN 16384
#define PIECE 256 /* elements of each line that go through the buffer at a time */

typedef struct reduce_job {
    const tt_kernels *k;
    const tt_reduce *r;
    char *out;
    const void *in;
} reduce_job;

static bool is_variance(tt_reduce_op op) { return op == TT_REDUCE_OP_VAR || op == TT_REDUCE_OP_STD; }

ttrt_status tt_reduce_bind(const tt_view *in, const bool *axes, tt_reduce_op op, tt_dtype out_dtype, double param,
                           tt_reduce *r)
{
    uint32_t mask = 0;

    if (!tt_dtype_is_known((int)in->dtype) || tt_dtype_is_complex(in->dtype) || !tt_dtype_is_known((int)out_dtype) ||
        tt_dtype_is_complex(out_dtype) || (unsigned)op >= TT_REDUCE_OP_COUNT ||
        !tt_kernels_level(TT_ISA_C)->rows.reduce[op][tt_own_type(in->dtype)])
        TT_FAIL(TTRT_ERR_INTERNAL, "reduction %d of dtype %d to %d", (int)op, (int)in->dtype, (int)out_dtype);
    for (int d = 0; d < in->rank; d++)
        mask |= axes[d] ? 1u << d : 0;
    *r = (tt_reduce){.op = op, .out_dtype = out_dtype, .param = param};
    return tt_lines_bind(NULL, in, mask, &r->lines);
}

/* ---- results */

static void start(const tt_reduce *r, tt_accumulator *acc)
{
    bool one = r->op == TT_REDUCE_OP_PROD || r->op == TT_REDUCE_OP_ALL;

    *acc = (tt_accumulator){.f = one ? 1 : 0, .i = one, .index = -1};
    if (r->op == TT_REDUCE_OP_NORM_NINF)
        acc->f = (double)INFINITY;
}

static double final_float(const tt_reduce *r, double sum)
{
    double n = (double)r->lines.length;

    switch (r->op) {
    case TT_REDUCE_OP_MEAN:
        return sum / n;
    case TT_REDUCE_OP_NORM_2:
        return sqrt(sum);
    case TT_REDUCE_OP_NORM_P:
        return pow(sum, 1 / r->param);
    case TT_REDUCE_OP_VAR:
        return sum / fmax(0, n - r->param);
    case TT_REDUCE_OP_STD:
        return sqrt(sum / fmax(0, n - r->param));
    default:
        return sum;
    }
}

static void finish(const reduce_job *j, int64_t line, const tt_accumulator *acc)
{
    const tt_reduce *r = j->r;
    void *out = j->out + (size_t)line * ttrt_dtype_size(r->out_dtype);
    tt_pw_type type = tt_own_type(r->lines.in_dtype);
    bool integer = type == TT_PW_I64 || type == TT_PW_BOOL;

    if (r->op == TT_REDUCE_OP_ARGMAX || r->op == TT_REDUCE_OP_ARGMIN)
        tt_store_i64(out, r->out_dtype, acc->index);
    else if (r->op == TT_REDUCE_OP_ANY || r->op == TT_REDUCE_OP_ALL)
        tt_store_i64(out, r->out_dtype, acc->i != 0);
    else if (integer && r->op != TT_REDUCE_OP_MEAN)
        tt_store_i64(out, r->out_dtype, acc->i);
    else
        tt_store_f64(out, r->out_dtype, final_float(r, integer ? (double)acc->i : acc->f));
}

/* ---- one pass over the lines of a tile */

static void reduce_runs(const reduce_job *j, const tt_line_tile *t, tt_accumulator *acc, const double *param)
{
    const tt_lines *l = &j->r->lines;
    size_t size = ttrt_dtype_size(l->in_dtype), wide = tt_type_size(tt_own_type(l->in_dtype));
    tt_reduce_fn reduce = j->k->rows.reduce[j->r->op][tt_own_type(l->in_dtype)];
    int64_t run = l->axes[l->n_axes - 1], stride = l->in_axes[l->n_axes - 1], at = 0;
    bool as_is = stride == 1 && tt_is_register_form(l->in_dtype), across = tt_lines_are_across(l) && t->n > 1;
    int64_t piece = as_is && !across ? run : PIECE;
    _Alignas(64) uint64_t buffer[TT_LINES * (PIECE + 8)];
    tt_axis_cursor c = {{0}, 0};

    for (; at < l->length; tt_next_run(l, l->in_axes, &c))
        for (int64_t i = 0; i < run; i += piece) {
            int64_t n = run - i < piece ? run - i : piece;
            const char *src = t->in + (c.offset + i * stride) * (int64_t)size;
            if (across)
                tt_lines_gather(j->k, l, buffer, PIECE + 8, src, t->n, n, stride);
            else if (!as_is)
                tt_line_gather(j->k, l, buffer, src, n, stride);
            for (int64_t line = 0; line < t->n; line++) {
                const void *x =
                    as_is && !across ? (const void *)src : (const char *)buffer + (size_t)line * (PIECE + 8) * wide;
                reduce(&acc[line], x, n, at, param[line]);
            }
            at += n;
        }
}

static void reduce_tile(const reduce_job *j, int64_t tile)
{
    const tt_reduce *r = j->r;
    tt_accumulator acc[TT_LINES];
    double param[TT_LINES];
    tt_line_tile t;

    tt_lines_seek(&r->lines, tile, NULL, j->in, &t);
    for (int64_t i = 0; i < t.n; i++) {
        start(r, &acc[i]);
        param[i] = r->param;
    }
    if (is_variance(r->op)) {
        tt_reduce mean = *r;
        reduce_job first = *j;
        mean.op = TT_REDUCE_OP_SUM;
        first.r = &mean;
        reduce_runs(&first, &t, acc, param);
        for (int64_t i = 0; i < t.n; i++) {
            param[i] = acc[i].f / (double)r->lines.length;
            start(r, &acc[i]);
        }
    }
    reduce_runs(j, &t, acc, param);
    for (int64_t i = 0; i < t.n; i++)
        finish(j, t.first + i, &acc[i]);
}

static void reduce_tiles(void *ctx, int64_t begin, int64_t end, int worker)
{
    for (int64_t tile = begin; tile < end; tile++)
        reduce_tile(ctx, tile);
}

/* ---- sums of columns */

static bool is_columns(const tt_reduce *r)
{
    const tt_lines *l = &r->lines;

    return (r->op == TT_REDUCE_OP_SUM || r->op == TT_REDUCE_OP_MEAN || is_variance(r->op)) &&
           l->in_dtype == TTRT_DTYPE_FLOAT32 && tt_lines_are_across(l) && l->kept[l->n_kept - 1] >= 8;
}

static void add_columns(const reduce_job *j, double *sums, const float *x, int64_t n_cols, const float *center)
{
    const tt_lines *l = &j->r->lines;
    int64_t run = l->axes[l->n_axes - 1], stride = l->in_axes[l->n_axes - 1];
    tt_axis_cursor c = {{0}, 0};

    for (int64_t at = 0; at < l->length; at += run, tt_next_run(l, l->in_axes, &c))
        j->k->rows.add_columns_f32(sums, x + c.offset, stride, run, n_cols, center, center != NULL);
}

static void reduce_columns(void *ctx, int64_t begin, int64_t end, int worker)
{
    const reduce_job *j = ctx;
    const tt_reduce *r = j->r;
    const tt_lines *l = &r->lines;
    int64_t last = l->n_kept - 1, blocks = (l->kept[last] + TT_COLUMNS - 1) / TT_COLUMNS;

    for (int64_t item = begin; item < end; item++) {
        int64_t col = item % blocks * TT_COLUMNS, outer = item / blocks, line = outer * l->kept[last] + col;
        int64_t n_cols = l->kept[last] - col < TT_COLUMNS ? l->kept[last] - col : TT_COLUMNS;
        double sums[TT_COLUMNS] = {0}, squares[TT_COLUMNS] = {0};
        float center[TT_COLUMNS];
        const float *x = (const float *)j->in + col;
        for (int64_t d = last - 1; d >= 0; d--) {
            x += outer % l->kept[d] * l->in_kept[d];
            outer /= l->kept[d];
        }
        add_columns(j, sums, x, n_cols, NULL);
        if (is_variance(r->op)) {
            for (int64_t i = 0; i < n_cols; i++)
                center[i] = (float)(sums[i] / (double)l->length);
            add_columns(j, squares, x, n_cols, center);
        }
        for (int64_t i = 0; i < n_cols; i++) {
            double off = is_variance(r->op) ? (double)center[i] - sums[i] / (double)l->length : 0;
            tt_accumulator acc = {.f = is_variance(r->op) ? squares[i] - (double)l->length * off * off : sums[i]};
            finish(j, line + i, &acc);
        }
    }
}

void tt_reduce_run(const tt_kernels *k, const tt_threads *threads, const tt_reduce *r, void *out, const void *in)
{
    const tt_lines *l = &r->lines;
    reduce_job j = {k, r, out, in};
    bool columns = is_columns(r);
    int64_t per_item = (columns ? TT_COLUMNS : tt_lines_per_tile(l)) * (l->length > 0 ? l->length : 1);
    int64_t grain = per_item < GRAIN ? GRAIN / per_item : 1, last = l->n_kept - 1;

    if (l->n_lines == 0)
        return;
    if (columns)
        tt_parallel_for(threads, l->n_lines / l->kept[last] * ((l->kept[last] + TT_COLUMNS - 1) / TT_COLUMNS), grain,
                        reduce_columns, &j);
    else
        tt_parallel_for(threads, tt_lines_tiles(l), grain, reduce_tiles, &j);
}
