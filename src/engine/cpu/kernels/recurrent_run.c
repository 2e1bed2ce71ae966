/* See recurrent.h. The steps follow one another; inside one the product and the rows of the batch are shared out. */
#include "engine/cpu/kernels/recurrent.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "engine/cpu/kernels/table.h"

int64_t tt_recurrent_n_gates(tt_recurrent_op op)
{
    return op == TT_RECURRENT_OP_LSTM ? 4 : op == TT_RECURRENT_OP_GRU ? 3 : 1;
}

static bool is_wide(const tt_recurrent *r) { return r->dtype == TTRT_DTYPE_FLOAT64; }

/* Of a number of gates and states. */
static int64_t wide_size(const tt_recurrent *r) { return is_wide(r) ? 8 : 4; }

/* Room for n elements after what is there. */
static bool reserve(size_t *total, size_t *at, int64_t rows, int64_t cols, int64_t size)
{
    size_t bytes;
    *at = *total;
    return tt_mul_size((size_t)rows, (size_t)cols, &bytes) && tt_mul_size(bytes, (size_t)size, &bytes) &&
           bytes <= SIZE_MAX / 4 && tt_add_size(*total, (bytes + 63) / 64 * 64, total);
}

static tt_gemm product(const tt_recurrent *r, int64_t n, int64_t k, tt_dtype to)
{
    return (tt_gemm){.m = r->batch,
                     .n = n,
                     .k = k,
                     .a_dtype = r->dtype,
                     .format = r->format,
                     .rows = {.inner = k},
                     .c_dtype = to,
                     .ldc = n};
}

ttrt_status tt_recurrent_plan(const tt_kernels *k, tt_recurrent *r, int n_workers)
{
    int64_t n_gates = tt_recurrent_n_gates(r->op) * r->hidden, size = (int64_t)ttrt_dtype_size(r->dtype);

    if (!tt_dtype_is_float(r->dtype) || r->format == TT_PACK_NONE)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "recurrent networks of %s", ttrt_dtype_name(r->dtype));
    r->gates = product(r, n_gates, r->out, is_wide(r) ? TTRT_DTYPE_FLOAT64 : TTRT_DTYPE_FLOAT32);
    r->projection = product(r, r->out, r->hidden, r->dtype);
    tt_gemm_plan(k, &r->gates, n_workers);
    tt_gemm_plan(k, &r->projection, n_workers);
    size_t work =
        r->gates.scratch_bytes > r->projection.scratch_bytes ? r->gates.scratch_bytes : r->projection.scratch_bytes;
    size_t weights = r->is_packed ? 0 : tt_gemm_packed_bytes(r->format, r->out, n_gates);
    size_t second = r->has_projection ? tt_gemm_packed_bytes(r->format, r->hidden, r->out) : 0;
    r->scratch_bytes = 0;
    /* Each row: hidden state, cell state, then its input gates widened. */
    bool ok = reserve(&r->scratch_bytes, &r->state, r->batch, 2 * r->hidden + n_gates, wide_size(r)) &&
              reserve(&r->scratch_bytes, &r->gate, r->batch, n_gates, wide_size(r)) &&
              reserve(&r->scratch_bytes, &r->stored, r->batch, r->hidden, size) &&
              reserve(&r->scratch_bytes, &r->bias, 1, n_gates, wide_size(r)) && weights != SIZE_MAX &&
              second != SIZE_MAX && reserve(&r->scratch_bytes, &r->weights, 1, (int64_t)weights, 1) &&
              reserve(&r->scratch_bytes, &r->projection_weights, 1, (int64_t)second, 1) &&
              reserve(&r->scratch_bytes, &r->work, 1, (int64_t)work, 1);
    if (!ok)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "a recurrent network of this size");
    return TTRT_OK;
}

/* ---- cells in f64: the reference of the others ---- */

static double sigmoid(double v) { return 1 / (1 + exp(-v)); }

static void cell_f64(tt_recurrent_op op, double *h, double *c, const double *x, const double *g, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double first = x[i] + g[i];
        if (op == TT_RECURRENT_OP_LSTM) {
            c[i] = sigmoid(x[n + i] + g[n + i]) * c[i] + sigmoid(first) * tanh(x[2 * n + i] + g[2 * n + i]);
            h[i] = sigmoid(x[3 * n + i] + g[3 * n + i]) * tanh(c[i]);
        } else if (op == TT_RECURRENT_OP_GRU) {
            double update = sigmoid(x[n + i] + g[n + i]);
            double fresh = tanh(x[2 * n + i] + sigmoid(first) * g[2 * n + i]);
            h[i] = (1 - update) * fresh + update * h[i];
        } else {
            h[i] = op == TT_RECURRENT_OP_TANH ? tanh(first) : first < 0 ? 0 : first;
        }
    }
}

static void cell_f32(const tt_kernels *k, tt_recurrent_op op, float *h, float *c, const float *x, const float *g,
                     int64_t n)
{
    switch (op) {
    case TT_RECURRENT_OP_LSTM:
        k->recurrent.lstm(h, c, x, g, n);
        break;
    case TT_RECURRENT_OP_GRU:
        k->recurrent.gru(h, x, g, n);
        break;
    case TT_RECURRENT_OP_TANH:
        k->recurrent.tanh(h, x, g, n);
        break;
    default:
        k->recurrent.relu(h, x, g, n);
    }
}

/* ---- one step ---- */

typedef struct step_job {
    const tt_kernels *k;
    const tt_recurrent *r;
    const char *x; /* of this step */
    char *h;       /* where the state goes in its own type */
    char *scratch;
} step_job;

static char *row_state(const step_job *j, int64_t row)
{
    int64_t n_gates = tt_recurrent_n_gates(j->r->op) * j->r->hidden;
    return j->scratch + j->r->state + row * (2 * j->r->hidden + n_gates) * wide_size(j->r);
}

static void add_bias(const step_job *j, char *g, int64_t n)
{
    if (is_wide(j->r))
        for (int64_t i = 0; i < n; i++)
            ((double *)g)[i] += ((const double *)(j->scratch + j->r->bias))[i];
    else
        for (int64_t i = 0; i < n; i++)
            ((float *)g)[i] += ((const float *)(j->scratch + j->r->bias))[i];
}

static void rows_of_step(void *ctx, int64_t begin, int64_t end, int worker)
{
    const step_job *j = ctx;
    const tt_recurrent *r = j->r;
    const int64_t hidden = r->hidden, n_gates = tt_recurrent_n_gates(r->op) * hidden, wide = wide_size(r),
                  size = (int64_t)ttrt_dtype_size(r->dtype);

    for (int64_t row = begin; row < end; row++) {
        char *h = row_state(j, row), *c = h + hidden * wide, *x = c + hidden * wide,
             *g = j->scratch + r->gate + row * n_gates * wide;
        j->k->convert.load[r->dtype](x, j->x + row * n_gates * size, n_gates);
        if (r->has_bias)
            add_bias(j, g, n_gates);
        if (is_wide(r))
            cell_f64(r->op, (double *)h, (double *)c, (const double *)x, (const double *)g, hidden);
        else
            cell_f32(j->k, r->op, (float *)h, (float *)c, (const float *)x, (const float *)g, hidden);
        /* The next step reads the state as it is stored. */
        j->k->convert.wrap[r->dtype](h, h, hidden);
        j->k->convert.store[r->dtype](j->h + row * hidden * size, h, hidden);
    }
}

static void load_states(const step_job *j, const char *h0, const char *c0)
{
    const tt_recurrent *r = j->r;
    const int64_t size = (int64_t)ttrt_dtype_size(r->dtype);

    for (int64_t row = 0; row < r->batch; row++) {
        char *h = row_state(j, row);
        /* A projected state is no part of the cell's. */
        if (!r->has_projection)
            j->k->convert.load[r->dtype](h, h0 + row * r->hidden * size, r->hidden);
        if (c0)
            j->k->convert.load[r->dtype](h + r->hidden * wide_size(r), c0 + row * r->hidden * size, r->hidden);
    }
}

static void store_cells(const step_job *j, char *c_n)
{
    const tt_recurrent *r = j->r;

    for (int64_t row = 0; row < r->batch; row++)
        j->k->convert.store[r->dtype](c_n + row * r->hidden * (int64_t)ttrt_dtype_size(r->dtype),
                                      row_state(j, row) + r->hidden * wide_size(r), r->hidden);
}

void tt_recurrent_run(const tt_kernels *k, const tt_threads *threads, const tt_recurrent *r, void *y, void *c_n,
                      const void *x, const void *w, const void *h0, const void *c0, const void *bias,
                      const void *projection, void *scratch)
{
    const int64_t n_gates = tt_recurrent_n_gates(r->op) * r->hidden, size = (int64_t)ttrt_dtype_size(r->dtype);
    step_job j = {.k = k, .r = r, .scratch = scratch};
    const char *last = h0;
    char *s = scratch;

    if (r->batch == 0 || r->hidden == 0)
        return;
    if (!r->is_packed) {
        tt_gemm_pack(k, threads, s + r->weights, r->format, w, r->dtype, r->out, n_gates, 1, r->out);
        w = s + r->weights;
    }
    if (r->has_projection)
        tt_gemm_pack(k, threads, s + r->projection_weights, r->format, projection, r->dtype, r->hidden, r->out, 1,
                     r->hidden);
    if (r->has_bias)
        k->convert.load[r->dtype](s + r->bias, bias, n_gates);
    load_states(&j, h0, c0);
    for (int64_t i = 0; i < r->steps; i++) {
        int64_t t = r->reverse ? r->steps - 1 - i : i;
        char *to = (char *)y + t * r->batch * r->out * size;
        tt_gemm_run(k, threads, &r->gates, s + r->gate, last, w, NULL, s + r->work);
        j.x = (const char *)x + t * r->batch * n_gates * size;
        j.h = r->has_projection ? s + r->stored : to;
        tt_parallel_for(threads, r->batch, 1 + 16384 / (n_gates + 1), rows_of_step, &j);
        if (r->has_projection)
            tt_gemm_run(k, threads, &r->projection, to, s + r->stored, s + r->projection_weights, NULL, s + r->work);
        last = to;
    }
    if (c_n)
        store_cells(&j, c_n);
}
