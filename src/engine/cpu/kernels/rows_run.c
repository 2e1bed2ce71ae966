/* Softmax, normalization and scans over lines: see rows.h. */
#include <math.h>
#include <string.h>

#include "engine/cpu/kernels/rows.h"
#include "engine/cpu/kernels/table.h"

#define GRAIN 16384 /* elements worth a hand-over to another thread */

static int64_t grain_of(int64_t elements) { return elements >= GRAIN ? 1 : GRAIN / (elements > 0 ? elements : 1); }

static size_t round_up(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

static ttrt_status bind_floats(const char *what, const tt_view *out, const tt_view *in, uint32_t axes, tt_lines *l)
{
    if (!tt_dtype_is_float(in->dtype) || !tt_dtype_is_float(out->dtype) ||
        tt_own_type(in->dtype) != tt_own_type(out->dtype))
        TT_FAIL(TTRT_ERR_INTERNAL, "%s from %s to %s", what, tt_dtype_short(in->dtype), tt_dtype_short(out->dtype));
    return tt_lines_bind(out, in, axes, l);
}

/* A loop over the tiles of lines, shared by all. */
typedef struct rows_job {
    const tt_kernels *k;
    const tt_lines *lines;
    const void *what; /* tt_softmax, tt_norm, tt_scan */
    void *out;
    const void *in;
    char *buffers;                   /* one for each worker */
    const float *weight, *bias;      /* of norms, in float; NULL: absent */
    const double *weight64, *bias64; /* of norms over f64 */
} rows_job;

static void *buffer_of(const rows_job *j, int worker)
{
    size_t bytes = round_up(tt_lines_buffer_bytes(j->lines));

    return bytes ? j->buffers + (size_t)worker * bytes : NULL;
}

static void run_rows(const tt_threads *threads, rows_job *j, tt_loop_fn fn)
{
    int64_t per_tile = tt_lines_per_tile(j->lines) * j->lines->length;

    if (j->lines->n_lines > 0 && j->lines->length > 0)
        tt_parallel_for(threads, tt_lines_tiles(j->lines), grain_of(per_tile), fn, j);
}

/* ---- softmax */

ttrt_status tt_softmax_bind(const tt_view *out, const tt_view *in, int axis, bool log, double scale, tt_softmax *s)
{
    if (axis < 0 || (axis >= in->rank && axis > 0))
        TT_FAIL(TTRT_ERR_INTERNAL, "softmax along axis %d of rank %d", axis, in->rank);
    s->log = log;
    s->scale = scale;
    return bind_floats("softmax", out, in, 1u << axis, &s->lines);
}

size_t tt_softmax_scratch(const tt_softmax *s, int n_workers)
{
    return (size_t)n_workers * round_up(tt_lines_buffer_bytes(&s->lines));
}

static void softmax_tiles(void *ctx, int64_t begin, int64_t end, int worker)
{
    const rows_job *j = ctx;
    const tt_softmax *s = j->what;
    bool wide = tt_own_type(s->lines.in_dtype) == TT_PW_F64;

    for (int64_t tile = begin; tile < end; tile++) {
        tt_line_tile t;
        tt_lines_load(j->k, &s->lines, tile, j->out, j->in, buffer_of(j, worker), &t);
        for (int64_t i = 0; i < t.n; i++)
            if (wide)
                j->k->rows.softmax_f64(t.target[i], t.line[i], s->lines.length, s->scale, s->log);
            else
                j->k->rows.softmax_f32(t.target[i], t.line[i], s->lines.length, (float)s->scale, s->log);
        tt_lines_store(j->k, &s->lines, &t);
    }
}

void tt_softmax_run(const tt_kernels *k, const tt_threads *threads, const tt_softmax *s, void *out, const void *in,
                    void *scratch)
{
    rows_job j = {.k = k, .lines = &s->lines, .what = s, .out = out, .in = in, .buffers = scratch};
    run_rows(threads, &j, softmax_tiles);
}

/* ---- normalization */

ttrt_status tt_layer_norm_bind(const tt_view *out, const tt_view *in, int n_axes, bool rms, double eps,
                               tt_dtype weight_dtype, tt_dtype bias_dtype, tt_norm *n)
{
    if (n_axes < 0 || n_axes > in->rank)
        TT_FAIL(TTRT_ERR_INTERNAL, "layer norm over %d of %d dimensions", n_axes, in->rank);
    *n = (tt_norm){.rms = rms, .eps = eps, .weight_dtype = weight_dtype, .bias_dtype = bias_dtype};
    TT_TRY(bind_floats("layer norm", out, in, ((1u << n_axes) - 1) << (in->rank - n_axes), &n->lines));
    n->n_params = n->lines.length;
    return TTRT_OK;
}

/* [N, C, ...] as [N, groups, C / groups, ...]. */
static tt_view split_channels(const tt_view *v, int64_t groups)
{
    tt_view s = {.dtype = v->dtype, .rank = v->rank + 1};

    for (int d = 0; d < v->rank; d++) {
        s.dims[d > 1 ? d + 1 : d] = v->dims[d];
        s.strides[d > 1 ? d + 1 : d] = v->strides[d];
    }
    s.dims[1] = groups;
    s.dims[2] = v->dims[1] / groups;
    s.strides[2] = v->strides[1];
    s.strides[1] = v->strides[1] * s.dims[2];
    return s;
}

/* Strides of dimensions 2 and on as one; 0 where they are not. */
static int64_t position_stride(const tt_view *v)
{
    int64_t stride = 0, positions = 1;

    for (int d = v->rank - 1; d >= 2; d--) {
        if (v->dims[d] == 1)
            continue;
        stride = stride ? stride : v->strides[d];
        if (v->strides[d] != stride * positions)
            return 0;
        positions *= v->dims[d];
    }
    return stride;
}

static void find_columns(tt_norm *n, const tt_view *out, const tt_view *in)
{
    n->in_row = position_stride(in);
    n->out_row = position_stride(out);
    n->columns = in->dtype == TTRT_DTYPE_FLOAT32 && out->dtype == TTRT_DTYPE_FLOAT32 && in->strides[1] == 1 &&
                 out->strides[1] == 1 && n->in_row >= in->dims[1] && n->out_row >= in->dims[1] &&
                 n->group_channels <= TT_COLUMNS && in->dims[1] > 1;
    if (!n->columns)
        return;
    n->images = in->dims[0];
    n->in_image = in->strides[0];
    n->out_image = out->strides[0];
    n->positions = n->lines.length / n->group_channels;
    n->lines.pitch = 0; /* no buffer */
}

ttrt_status tt_group_norm_bind(const tt_view *out, const tt_view *in, int64_t groups, double eps, tt_dtype weight_dtype,
                               tt_dtype bias_dtype, tt_norm *n)
{
    if (in->rank < 2 || in->rank >= TT_CPU_RANK || out->rank != in->rank || groups < 1 || in->dims[1] % groups)
        TT_FAIL(TTRT_ERR_INTERNAL, "group norm of %lld groups over rank %d, %lld channels", (long long)groups, in->rank,
                in->rank > 1 ? (long long)in->dims[1] : 0);
    *n = (tt_norm){.eps = eps,
                   .weight_dtype = weight_dtype,
                   .bias_dtype = bias_dtype,
                   .groups = groups,
                   .n_params = in->dims[1],
                   .group_channels = in->dims[1] / groups};
    tt_view split_out = split_channels(out, groups), split_in = split_channels(in, groups);
    TT_TRY(bind_floats("group norm", &split_out, &split_in, ((1u << split_in.rank) - 1) & ~3u, &n->lines));
    find_columns(n, out, in);
    return TTRT_OK;
}

static size_t params_bytes(const tt_norm *n) { return round_up((size_t)n->n_params * 8); }

size_t tt_norm_scratch(const tt_norm *n, int n_workers)
{
    return 2 * params_bytes(n) + (size_t)n_workers * round_up(tt_lines_buffer_bytes(&n->lines));
}

/* Weights in the lines' register type: where they lie already, or converted to `at`. */
static const void *params(const tt_kernels *k, const tt_norm *n, const void *p, tt_dtype d, void *at)
{
    tt_pw_type type = tt_own_type(n->lines.in_dtype), own;

    if (d == TT_DTYPE_NONE)
        return NULL;
    own = tt_own_type(d);
    if (own == type && tt_is_register_form(d))
        return p;
    if (type == TT_PW_F32)
        k->convert.load_f32[d](at, p, n->n_params);
    else
        for (int64_t i = 0; i < n->n_params; i++)
            ((double *)at)[i] = tt_load_f64((const char *)p + (size_t)i * ttrt_dtype_size(d), d);
    return at;
}

/* Mean and 1 / sqrt(var + eps); RMS: 0 and 1 / sqrt(mean(x^2) + eps). */
static void statistics(const tt_kernels *k, const tt_norm *n, const float *x, int64_t length, float *shift,
                       float *scale)
{
    double mean = n->rms ? 0 : k->rows.sum_f32(x, length) / (double)length;
    *shift = (float)mean;
    double off = (double)*shift - mean; /* what the rounding of the mean adds to each square */
    double var = k->rows.sum_squares_f32(x, length, *shift) / (double)length - off * off;
    *scale = (float)(1 / sqrt((var > 0 || var != var ? var : 0) + n->eps));
}

/* The channels of group `line % groups`: one value each for a run of the line. */
static void apply_channels(const rows_job *j, const tt_norm *n, int64_t line, float *out, const float *x, float shift,
                           float scale)
{
    int64_t first = line % n->groups * n->group_channels, run = n->lines.length / n->group_channels;

    for (int64_t c = 0; c < n->group_channels; c++, x += run, out += run) {
        float by = scale * (j->weight ? j->weight[first + c] : 1);
        float add = j->bias ? j->bias[first + c] : 0;
        for (int64_t i = 0; i < run; i++)
            out[i] = (x[i] - shift) * by + add;
    }
}

static void norm_line_f64(const rows_job *j, const tt_norm *n, int64_t line, double *out, const double *x)
{
    int64_t length = n->lines.length, run = n->groups ? length / n->group_channels : 1;
    int64_t first = n->groups ? line % n->groups * n->group_channels : 0;
    double sum = 0, squares = 0;

    for (int64_t i = 0; i < length; i++)
        sum += x[i];
    double mean = n->rms ? 0 : sum / (double)length;
    for (int64_t i = 0; i < length; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    double scale = 1 / sqrt(squares / (double)length + n->eps);
    for (int64_t i = 0; i < length; i++) {
        int64_t c = first + i / run;
        out[i] = (x[i] - mean) * scale * (j->weight64 ? j->weight64[c] : 1) + (j->bias64 ? j->bias64[c] : 0);
    }
}

static void norm_tiles(void *ctx, int64_t begin, int64_t end, int worker)
{
    const rows_job *j = ctx;
    const tt_norm *n = j->what;

    for (int64_t tile = begin; tile < end; tile++) {
        tt_line_tile t;
        tt_lines_load(j->k, &n->lines, tile, j->out, j->in, buffer_of(j, worker), &t);
        for (int64_t i = 0; i < t.n; i++) {
            float shift, scale;
            if (tt_own_type(n->lines.in_dtype) == TT_PW_F64) {
                norm_line_f64(j, n, t.first + i, t.target[i], t.line[i]);
                continue;
            }
            statistics(j->k, n, t.line[i], n->lines.length, &shift, &scale);
            if (n->groups)
                apply_channels(j, n, t.first + i, t.target[i], t.line[i], shift, scale);
            else
                j->k->rows.affine_f32(t.target[i], t.line[i], n->lines.length, shift, scale, j->weight, j->bias);
        }
        tt_lines_store(j->k, &n->lines, &t);
    }
}

/* ---- group norm on columns: a block of whole groups of one image, all its positions */

static int64_t groups_per_block(const tt_norm *n)
{
    int64_t g = 64 / n->group_channels; /* a few cache lines of each position */
    return g < 1 ? 1 : g < n->groups ? g : n->groups;
}

/* Each group's sum in its first channel becomes its mean over positions, written to all its channels. */
static void spread_means(double *sums, const tt_norm *n, int64_t n_cols)
{
    for (int64_t c = 0; c < n_cols; c += n->group_channels) {
        double sum = 0;
        for (int64_t i = 0; i < n->group_channels; i++)
            sum += sums[c + i];
        for (int64_t i = 0; i < n->group_channels; i++)
            sums[c + i] = sum / (double)n->lines.length;
    }
}

static void norm_column_block(const rows_job *j, const tt_norm *n, float *out, const float *x, int64_t first,
                              int64_t n_cols)
{
    double means[TT_COLUMNS] = {0}, vars[TT_COLUMNS] = {0};
    float center[TT_COLUMNS], by[TT_COLUMNS], add[TT_COLUMNS];

    j->k->rows.add_columns_f32(means, x, n->in_row, n->positions, n_cols, NULL, false);
    spread_means(means, n, n_cols);
    for (int64_t c = 0; c < n_cols; c++)
        center[c] = (float)means[c];
    j->k->rows.add_columns_f32(vars, x, n->in_row, n->positions, n_cols, center, true);
    spread_means(vars, n, n_cols);
    for (int64_t c = 0; c < n_cols; c++) {
        by[c] = (float)(1 / sqrt(vars[c] + n->eps) * (j->weight ? (double)j->weight[first + c] : 1));
        add[c] = j->bias ? j->bias[first + c] : 0;
    }
    for (int64_t p = 0; p < n->positions; p++)
        j->k->rows.affine_columns_f32(out + p * n->out_row, x + p * n->in_row, n_cols, center, by, add);
}

static void norm_columns(void *ctx, int64_t begin, int64_t end, int worker)
{
    const rows_job *j = ctx;
    const tt_norm *n = j->what;
    int64_t per_block = groups_per_block(n), blocks = (n->groups + per_block - 1) / per_block;

    for (int64_t item = begin; item < end; item++) {
        int64_t image = item / blocks, group = item % blocks * per_block, first = group * n->group_channels;
        int64_t groups = n->groups - group < per_block ? n->groups - group : per_block;
        norm_column_block(j, n, (float *)j->out + image * n->out_image + first,
                          (const float *)j->in + image * n->in_image + first, first, groups * n->group_channels);
    }
}

void tt_norm_run(const tt_kernels *k, const tt_threads *threads, const tt_norm *n, void *out, const void *in,
                 const void *weight, const void *bias, void *scratch)
{
    char *at = scratch;
    rows_job j = {.k = k, .lines = &n->lines, .what = n, .out = out, .in = in, .buffers = at + 2 * params_bytes(n)};

    weight = params(k, n, weight, n->weight_dtype, at);
    bias = params(k, n, bias, n->bias_dtype, at + params_bytes(n));
    if (tt_own_type(n->lines.in_dtype) == TT_PW_F64) {
        j.weight64 = weight;
        j.bias64 = bias;
    } else {
        j.weight = weight;
        j.bias = bias;
    }
    if (n->columns) {
        int64_t per_block = groups_per_block(n);
        tt_parallel_for(threads, n->images * ((n->groups + per_block - 1) / per_block),
                        grain_of(n->positions * per_block * n->group_channels), norm_columns, &j);
    } else {
        run_rows(threads, &j, norm_tiles);
    }
}

/* ---- scans */

ttrt_status tt_scan_bind(const tt_view *out, const tt_view *in, int axis, tt_scan_op op, tt_scan *s)
{
    if (axis < 0 || (axis >= in->rank && axis > 0) || tt_own_type(in->dtype) != tt_own_type(out->dtype) ||
        tt_own_type(in->dtype) == TT_PW_BOOL || (op == TT_SCAN_LOGSUMEXP && !tt_dtype_is_float(in->dtype)) ||
        tt_dtype_is_complex(in->dtype) || tt_dtype_is_complex(out->dtype))
        TT_FAIL(TTRT_ERR_INTERNAL, "scan of rank %d along %d, %s to %s", in->rank, axis, tt_dtype_short(in->dtype),
                tt_dtype_short(out->dtype));
    s->op = op;
    return tt_lines_bind(out, in, 1u << axis, &s->lines);
}

size_t tt_scan_scratch(const tt_scan *s, int n_workers)
{
    return (size_t)n_workers * round_up(tt_lines_buffer_bytes(&s->lines));
}

/* The first element, then `next` of what came before, acc, and each other one, v. */
#define SCAN(T, ACC, next)                                                                                             \
    do {                                                                                                               \
        const T *x = line;                                                                                             \
        T *y = out;                                                                                                    \
        ACC acc = n > 0 ? (ACC)x[0] : 0;                                                                               \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const ACC v = (ACC)x[i];                                                                                   \
            acc = i == 0 ? v : (next);                                                                                 \
            y[i] = (T)acc;                                                                                             \
        }                                                                                                              \
    } while (0)

/* Two equal infinities are themselves; their difference would be NaN. */
static double log_add_exp(double a, double b)
{
    double low = isnan(b) || b < a ? b : a, high = isnan(b) || b > a ? b : a;
    return low != high || isfinite(low) ? log1p(exp(low - high)) + high : a;
}

#define SCAN_FLOATS(T)                                                                                                 \
    switch (op) {                                                                                                      \
    case TT_SCAN_SUM:                                                                                                  \
        SCAN(T, double, acc + v);                                                                                      \
        break;                                                                                                         \
    case TT_SCAN_PROD:                                                                                                 \
        SCAN(T, double, (acc)*v);                                                                                      \
        break;                                                                                                         \
    case TT_SCAN_MAX:                                                                                                  \
        SCAN(T, double, isnan(acc) || v < acc ? acc : v);                                                              \
        break;                                                                                                         \
    case TT_SCAN_MIN:                                                                                                  \
        SCAN(T, double, isnan(acc) || v > acc ? acc : v);                                                              \
        break;                                                                                                         \
    case TT_SCAN_LOGSUMEXP:                                                                                            \
        SCAN(T, double, log_add_exp(acc, v));                                                                          \
        break;                                                                                                         \
    }

static void scan_floats(tt_scan_op op, void *out, const void *line, int64_t n) { SCAN_FLOATS(float) }

static void scan_doubles(tt_scan_op op, void *out, const void *line, int64_t n) { SCAN_FLOATS(double) }

static void scan_integers(tt_scan_op op, void *out, const void *line, int64_t n)
{
    if (op == TT_SCAN_SUM)
        SCAN(int64_t, uint64_t, acc + v);
    else if (op == TT_SCAN_PROD)
        SCAN(int64_t, uint64_t, (acc)*v);
    else if (op == TT_SCAN_MAX)
        SCAN(int64_t, int64_t, v < acc ? acc : v);
    else
        SCAN(int64_t, int64_t, v > acc ? acc : v);
}

static void scan_tiles(void *ctx, int64_t begin, int64_t end, int worker)
{
    const rows_job *j = ctx;
    const tt_scan *s = j->what;
    const tt_pw_type type = tt_own_type(s->lines.in_dtype);
    void (*const scan)(tt_scan_op, void *, const void *, int64_t) = type == TT_PW_F32   ? scan_floats
                                                                    : type == TT_PW_F64 ? scan_doubles
                                                                                        : scan_integers;

    for (int64_t tile = begin; tile < end; tile++) {
        tt_line_tile t;
        tt_lines_load(j->k, &s->lines, tile, j->out, j->in, buffer_of(j, worker), &t);
        for (int64_t i = 0; i < t.n; i++)
            scan(s->op, t.target[i], t.line[i], s->lines.length);
        tt_lines_store(j->k, &s->lines, &t);
    }
}

void tt_scan_run(const tt_kernels *k, const tt_threads *threads, const tt_scan *s, void *out, const void *in,
                 void *scratch)
{
    rows_job j = {.k = k, .lines = &s->lines, .what = s, .out = out, .in = in, .buffers = scratch};
    run_rows(threads, &j, scan_tiles);
}
