/* Recurrent networks on every level against the plain formulas in double: operations, types, directions, projection,
 * packed and plain weights. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/cpu/kernels/recurrent.h"
#include "engine/cpu/kernels/table.h"

typedef struct recurrent_case {
    tt_recurrent_op op;
    tt_dtype dtype;
    int64_t steps, batch, hidden, out;
    bool reverse, bias, packed;
} recurrent_case;

#define F32  TTRT_DTYPE_FLOAT32
#define F64  TTRT_DTYPE_FLOAT64
#define F16  TTRT_DTYPE_FLOAT16
#define BF16 TTRT_DTYPE_BFLOAT16
static const recurrent_case cases[] = {
    {TT_RECURRENT_OP_LSTM, F32, 1, 1, 1, 1, false, false, false},
    {TT_RECURRENT_OP_LSTM, F32, 5, 3, 16, 16, false, false, true},
    {TT_RECURRENT_OP_LSTM, F32, 4, 2, 17, 5, true, false, false}, /* projected */
    {TT_RECURRENT_OP_LSTM, F64, 3, 2, 7, 4, true, false, false},
    {TT_RECURRENT_OP_LSTM, BF16, 3, 2, 33, 33, false, false, true},
    {TT_RECURRENT_OP_LSTM, F32, 0, 2, 4, 4, false, false, false},
    {TT_RECURRENT_OP_LSTM, F32, 3, 0, 4, 4, false, false, false},
    {TT_RECURRENT_OP_GRU, F32, 6, 4, 15, 15, false, true, false},
    {TT_RECURRENT_OP_GRU, F32, 2, 1, 31, 31, true, false, true},
    {TT_RECURRENT_OP_GRU, F64, 4, 3, 8, 8, false, true, true},
    {TT_RECURRENT_OP_GRU, F16, 3, 2, 20, 20, false, true, false},
    {TT_RECURRENT_OP_TANH, F32, 5, 2, 9, 9, true, false, false},
    {TT_RECURRENT_OP_RELU, F32, 5, 2, 40, 40, false, false, false},
};

static uint64_t seed = 5;

/* Numbers that every type holds exactly enough: rounded to it. */
static void *random_tensor(tt_dtype dtype, int64_t n)
{
    size_t size = ttrt_dtype_size(dtype);
    char *p = malloc((size_t)n * size + 1);

    for (int64_t i = 0; i < n; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        tt_store_f64(p + (size_t)i * size, dtype, (double)(seed >> 11) * 0x1p-53 * 1.4 - 0.7);
    }
    return p;
}

static double at(const recurrent_case *c, const void *p, int64_t i)
{
    return tt_load_f64((const char *)p + (size_t)i * ttrt_dtype_size(c->dtype), c->dtype);
}

static double sigmoid(double v) { return 1 / (1 + exp(-v)); }

typedef struct tensors {
    void *x, *w, *h0, *c0, *bias, *projection;
} tensors;

/* Hidden unit u of row b after a step; `g`: the sums of the state, `cell` updated. */
static double unit(const recurrent_case *c, const double *x, const double *g, double last, double *cell, int64_t u)
{
    int64_t n = c->hidden;

    switch (c->op) {
    case TT_RECURRENT_OP_LSTM:
        *cell = sigmoid(x[n + u] + g[n + u]) * *cell + sigmoid(x[u] + g[u]) * tanh(x[2 * n + u] + g[2 * n + u]);
        return sigmoid(x[3 * n + u] + g[3 * n + u]) * tanh(*cell);
    case TT_RECURRENT_OP_GRU: {
        double z = sigmoid(x[n + u] + g[n + u]);
        return (1 - z) * tanh(x[2 * n + u] + sigmoid(x[u] + g[u]) * g[2 * n + u]) + z * last;
    }
    case TT_RECURRENT_OP_TANH:
        return tanh(x[u] + g[u]);
    default:
        return fmax(x[u] + g[u], 0);
    }
}

/* y and cells of one row of the batch. */
static void reference(const recurrent_case *c, const tensors *t, int64_t b, double *y, double *cells)
{
    int64_t n_gates = tt_recurrent_n_gates(c->op) * c->hidden;
    double h[64], next[64], made[64], x[256], g[256];

    for (int64_t o = 0; o < c->out; o++)
        h[o] = at(c, t->h0, b * c->out + o);
    for (int64_t u = 0; u < c->hidden; u++)
        cells[u] = c->op == TT_RECURRENT_OP_LSTM ? at(c, t->c0, b * c->hidden + u) : 0;
    for (int64_t i = 0; i < c->steps; i++) {
        int64_t step = c->reverse ? c->steps - 1 - i : i;
        for (int64_t k = 0; k < n_gates; k++) {
            x[k] = at(c, t->x, (step * c->batch + b) * n_gates + k);
            g[k] = c->bias ? at(c, t->bias, k) : 0;
            for (int64_t o = 0; o < c->out; o++)
                g[k] += at(c, t->w, k * c->out + o) * h[o];
        }
        for (int64_t u = 0; u < c->hidden; u++)
            made[u] = unit(c, x, g, u < c->out ? h[u] : 0, &cells[u], u);
        for (int64_t o = 0; o < c->out; o++) {
            next[o] = c->out == c->hidden ? made[o] : 0;
            for (int64_t u = 0; c->out != c->hidden && u < c->hidden; u++)
                next[o] += at(c, t->projection, o * c->hidden + u) * made[u];
        }
        memcpy(h, next, sizeof h);
        memcpy(y + step * c->out, h, (size_t)c->out * sizeof *y);
    }
}

static tt_pack_format format_of(tt_dtype d)
{
    return d == F64 ? TT_PACK_F64_N32 : d == F16 ? TT_PACK_F16_N32 : d == BF16 ? TT_PACK_BF16_N32K2 : TT_PACK_F32_N32;
}

static void check_case(const tt_kernels *k, const recurrent_case *c)
{
    int64_t n_gates = tt_recurrent_n_gates(c->op) * c->hidden;
    tt_recurrent r = {.op = c->op,
                      .dtype = c->dtype,
                      .steps = c->steps,
                      .batch = c->batch,
                      .hidden = c->hidden,
                      .out = c->out,
                      .reverse = c->reverse,
                      .has_bias = c->bias,
                      .has_projection = c->out != c->hidden,
                      .format = format_of(c->dtype),
                      .is_packed = c->packed};
    tensors t = {random_tensor(c->dtype, c->steps * c->batch * n_gates),
                 random_tensor(c->dtype, n_gates * c->out),
                 random_tensor(c->dtype, c->batch * c->out),
                 random_tensor(c->dtype, c->batch * c->hidden),
                 random_tensor(c->dtype, n_gates),
                 random_tensor(c->dtype, c->out * c->hidden)};
    void *y = random_tensor(c->dtype, c->steps * c->batch * c->out),
         *cells = random_tensor(c->dtype, c->batch * c->hidden);
    void *packed = tt_alloc_aligned(tt_gemm_packed_bytes(r.format, c->out, n_gates));
    double want[512], want_cells[64], tolerance = c->dtype == F64 ? 1e-13 : c->dtype == F32 ? 1e-5 : 3e-2;
    bool is_lstm = c->op == TT_RECURRENT_OP_LSTM;

    tt_gemm_pack(k, NULL, packed, r.format, t.w, c->dtype, c->out, n_gates, 1, c->out);
    assert_int_equal(tt_recurrent_plan(k, &r, 2), TTRT_OK);
    void *scratch = tt_alloc_aligned(r.scratch_bytes + 1);
    tt_recurrent_run(k, tt_pool_threads(2), &r, y, is_lstm ? cells : NULL, t.x, c->packed ? packed : t.w, t.h0,
                     is_lstm ? t.c0 : NULL, c->bias ? t.bias : NULL, r.has_projection ? t.projection : NULL, scratch);
    for (int64_t b = 0; b < c->batch; b++) {
        reference(c, &t, b, want, want_cells);
        for (int64_t i = 0; i < c->steps * c->out; i++) {
            double got = at(c, y, (i / c->out * c->batch + b) * c->out + i % c->out);
            if (!(fabs(got - want[i]) <= tolerance))
                fail_msg("case %ld, level %d: y[%ld] of row %ld is %g, not %g", (long)(c - cases), k->isa, (long)i,
                         (long)b, got, want[i]);
        }
        for (int64_t u = 0; is_lstm && u < c->hidden; u++)
            assert_true(fabs(at(c, cells, b * c->hidden + u) - want_cells[u]) <= tolerance);
    }
    tt_free_aligned(scratch);
    tt_free_aligned(packed);
    void *all[] = {t.x, t.w, t.h0, t.c0, t.bias, t.projection, y, cells};
    for (size_t i = 0; i < TT_COUNT(all); i++)
        free(all[i]);
}

static void every_case(void **state)
{
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (size_t c = 0; c < TT_COUNT(cases); c++)
            check_case(tt_kernels_level((tt_isa)level), &cases[c]);
}

/* NaN goes on, also through a rectifier. */
static void not_a_number(void **state)
{
    tt_recurrent r = {.op = TT_RECURRENT_OP_RELU,
                      .dtype = F32,
                      .steps = 2,
                      .batch = 1,
                      .hidden = 1,
                      .out = 1,
                      .format = TT_PACK_F32_N32};
    float x[2] = {NAN, 1}, w[1] = {0.5f}, h0[1] = {0}, y[2];

    assert_int_equal(tt_recurrent_plan(tt_kernels_get(), &r, 1), TTRT_OK);
    void *scratch = tt_alloc_aligned(r.scratch_bytes + 1);
    tt_recurrent_run(tt_kernels_get(), NULL, &r, y, NULL, x, w, h0, NULL, NULL, NULL, scratch);
    assert_true(isnan(y[0]) && isnan(y[1]));
    tt_free_aligned(scratch);
}

static void refuses(void **state)
{
    tt_recurrent r = {.op = TT_RECURRENT_OP_GRU, .dtype = TTRT_DTYPE_INT64, .format = TT_PACK_I64_N32};

    assert_int_equal(tt_recurrent_plan(tt_kernels_get(), &r, 1), TTRT_ERR_UNSUPPORTED);
    r = (tt_recurrent){
        .dtype = F32, .format = TT_PACK_F32_N32, .steps = 1, .batch = INT64_MAX / 8, .hidden = 64, .out = 64};
    assert_int_equal(tt_recurrent_plan(tt_kernels_get(), &r, 1), TTRT_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case), cmocka_unit_test(not_a_number),
                                       cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
