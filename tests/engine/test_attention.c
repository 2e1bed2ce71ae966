/* Attention on every level against the plain formula in double: types, strides, masks, grouped heads, block edges. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/cpu/kernels/attention.h"
#include "engine/cpu/kernels/table.h"

typedef struct attention_case {
    int64_t b, h, hk, sq, sk, d, dv;
    tt_dtype dtype, mask; /* mask NONE: none */
    uint32_t mask_broadcast;
    bool causal, interleaved; /* [b, s, h, d] in memory */
} attention_case;

#define F32  TTRT_DTYPE_FLOAT32
#define F64  TTRT_DTYPE_FLOAT64
#define F16  TTRT_DTYPE_FLOAT16
#define BF16 TTRT_DTYPE_BFLOAT16
#define BOOL TTRT_DTYPE_BOOL
#define NONE TT_DTYPE_NONE
static const attention_case cases[] = {
    {1, 1, 1, 1, 1, 1, 1, F32, NONE, 0, false, false},
    {2, 3, 3, 5, 7, 8, 8, F32, NONE, 0, false, false},
    {1, 2, 2, 47, 64, 64, 64, F32, NONE, 0, false, true},
    {1, 2, 1, 48, 65, 64, 64, F32, BOOL, 0, false, true},
    {1, 2, 2, 49, 63, 64, 32, F32, F32, 0, false, false},
    {2, 4, 2, 97, 97, 40, 48, F32, NONE, 0, true, true},
    {1, 1, 1, 130, 513, 16, 16, F32, BOOL, 1 << 2, false, false},
    {1, 2, 2, 20, 1100, 64, 64, F32, NONE, 0, false, false},
    {1, 1, 1, 600, 700, 8, 20, F32, F32, 3, true, false},
    {1, 1, 1, 700, 520, 8, 5, F32, NONE, 0, true, false},
    {2, 8, 2, 1, 300, 64, 64, F32, BOOL, 6, false, true},
    {2, 2, 2, 4, 33, 24, 16, F32, NONE, 0, true, false},
    {1, 2, 1, 3, 70, 17, 19, BF16, F32, 2, false, false},
    {1, 2, 1, 5, 9, 7, 6, F64, F64, 2, false, true},
    {2, 2, 2, 6, 4, 8, 8, F64, BOOL, 0, true, false},
    {1, 2, 2, 60, 80, 64, 64, BF16, NONE, 0, true, true},
    {1, 2, 2, 50, 197, 33, 64, F16, BOOL, 7, false, true},
    {1, 1, 1, 9, 40, 130, 130, F16, F16, 0, false, false},
    {2, 2, 2, 10, 0, 8, 8, F32, NONE, 0, false, false},
    {2, 2, 2, 0, 10, 8, 8, F32, NONE, 0, false, false},
};

static uint64_t seed = 3;

static double uniform(double low, double high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return low + (high - low) * (double)(seed >> 11) * 0x1p-53;
}

static tt_view view_of(tt_dtype dtype, int64_t b, int64_t h, int64_t s, int64_t d, bool interleaved)
{
    tt_view v = {.dtype = dtype, .rank = 4, .dims = {b, h, s, d}, .strides = {h * s * d, s * d, d, 1}};

    if (interleaved) {
        v.strides[1] = d;
        v.strides[2] = h * d;
    }
    return v;
}

static tt_view mask_view(const attention_case *c)
{
    tt_view v = {.dtype = c->mask, .rank = 4, .dims = {c->b, c->h, c->sq, c->sk}};
    int64_t stride = 1;

    for (int d = 3; d >= 0; d--) {
        if (c->mask_broadcast >> d & 1)
            v.dims[d] = 1;
        v.strides[d] = stride;
        stride *= v.dims[d];
    }
    return v;
}

static void *random_memory(const tt_view *v, double low, double high)
{
    size_t n = (size_t)(v->dims[0] * v->dims[1] * v->dims[2] * v->dims[3]), size = ttrt_dtype_size(v->dtype);
    char *p = malloc(n * size + 64);

    for (size_t i = 0; i < n; i++)
        tt_store_f64(p + i * size, v->dtype, uniform(low, high));
    return p;
}

static double at(const void *p, const tt_view *v, int64_t b, int64_t h, int64_t s, int64_t d)
{
    const int64_t index[] = {b, h, s, d};
    int64_t offset = 0;

    for (int i = 0; i < 4; i++)
        offset += v->dims[i] == 1 ? 0 : index[i] * v->strides[i];
    return tt_load_f64((const char *)p + (size_t)offset * ttrt_dtype_size(v->dtype), v->dtype);
}

/* One row of the result. */
static void reference(const attention_case *c, double *out, int64_t b, int64_t h, int64_t i, const tt_view *views,
                      void *const *memory)
{
    int64_t kv = h / (c->h / c->hk);
    double max = -INFINITY, sum = 0, *p = calloc((size_t)c->sk + 1, sizeof *p);

    for (int64_t j = 0; j < c->sk; j++) {
        for (int64_t e = 0; e < c->d; e++)
            p[j] += at(memory[0], &views[0], b, h, i, e) * at(memory[1], &views[1], b, kv, j, e) * 0.3;
        if (c->mask == BOOL && at(memory[3], &views[3], b, h, i, j) == 0)
            p[j] = -INFINITY;
        if (c->mask != BOOL && c->mask != NONE)
            p[j] += at(memory[3], &views[3], b, h, i, j);
        if (c->causal && j > i)
            p[j] = -INFINITY;
        max = fmax(max, p[j]);
    }
    for (int64_t j = 0; j < c->sk; j++)
        sum += p[j] = p[j] == -INFINITY ? 0 : exp(p[j] - max);
    for (int64_t e = 0; e < c->dv; e++) {
        out[e] = 0;
        for (int64_t j = 0; j < c->sk; j++)
            out[e] += sum > 0 ? p[j] / sum * at(memory[2], &views[2], b, kv, j, e) : 0;
    }
    free(p);
}

static void check_case(const tt_kernels *k, const attention_case *c)
{
    tt_view views[4] = {view_of(c->dtype, c->b, c->h, c->sq, c->d, c->interleaved),
                        view_of(c->dtype, c->b, c->hk, c->sk, c->d, c->interleaved),
                        view_of(c->dtype, c->b, c->hk, c->sk, c->dv, c->interleaved), mask_view(c)};
    tt_view out_view = view_of(c->dtype, c->b, c->h, c->sq, c->dv, true);
    void *memory[4] = {random_memory(&views[0], -2, 2), random_memory(&views[1], -2, 2),
                       random_memory(&views[2], -2, 2), NULL};
    void *out = random_memory(&out_view, 0, 1);
    double want[256], tolerance = c->dtype == F64 ? 1e-12 : c->dtype == F32 ? 1e-5 : c->dtype == F16 ? 3e-3 : 2e-2;
    tt_attention a;

    if (c->mask != NONE) {
        memory[3] = random_memory(&views[3], c->mask == BOOL ? 0 : -3, c->mask == BOOL ? 0.7 : 3);
        for (int64_t i = 0; c->mask == BOOL && i < c->b * c->h * c->sk && !(c->mask_broadcast); i++)
            ((uint8_t *)memory[3])[i % (c->sq * c->sk)] = uniform(0, 1) < 0.6;
        if (c->mask == BOOL && !(c->mask_broadcast & 8))
            memset(memory[3], 0, (size_t)c->sk); /* a query that attends to nothing */
    }
    assert_int_equal(tt_attention_bind(&out_view, &views[0], &views[1], &views[2], c->mask == NONE ? NULL : &views[3],
                                       c->causal, 0.3, 2, &a),
                     TTRT_OK);
    void *scratch = tt_alloc_aligned(tt_attention_scratch(&a));
    tt_attention_run(k, tt_pool_threads(2), &a, out, memory[0], memory[1], memory[2], memory[3], scratch);
    for (int64_t r = 0; r < c->b * c->h * c->sq; r++) {
        int64_t b = r / (c->h * c->sq), h = r / c->sq % c->h, i = r % c->sq;
        reference(c, want, b, h, i, views, memory);
        for (int64_t e = 0; e < c->dv; e++) {
            double got = at(out, &out_view, b, h, i, e);
            if (!(fabs(got - want[e]) <= tolerance * (1 + fabs(want[e]))))
                fail_msg("case %ld, level %d: [%ld, %ld, %ld, %ld] is %g, not %g", (long)(c - cases), k->isa, b, h, i,
                         e, got, want[e]);
        }
    }
    tt_free_aligned(scratch);
    for (int i = 0; i < 4; i++)
        free(memory[i]);
    free(out);
}

static void every_case(void **state)
{
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++)
        for (size_t c = 0; c < TT_COUNT(cases); c++)
            check_case(tt_kernels_level((tt_isa)level), &cases[c]);
}

/* A last dimension that is not contiguous. */
static void transposed(void **state)
{
    enum { S = 37, D = 20 };
    tt_view plain = view_of(F32, 1, 1, S, D, false), turned = plain;
    static float x[S * D], y[S * D], out[2][S * D];
    tt_attention a;

    turned.strides[2] = 1;
    turned.strides[3] = S;
    for (int i = 0; i < S * D; i++) {
        x[i] = (float)uniform(-1, 1);
        y[i % D * S + i / D] = x[i];
    }
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++) {
        for (int t = 0; t < 2; t++) {
            const tt_view *v = t ? &turned : &plain;
            const float *p = t ? y : x;
            assert_int_equal(tt_attention_bind(v, v, v, v, NULL, false, 1, 1, &a), TTRT_OK);
            void *scratch = tt_alloc_aligned(tt_attention_scratch(&a));
            tt_attention_run(tt_kernels_level((tt_isa)level), NULL, &a, out[t], p, p, p, NULL, scratch);
            tt_free_aligned(scratch);
        }
        for (int i = 0; i < S * D; i++)
            assert_true(fabsf(out[0][i] - out[1][i % D * S + i / D]) < 1e-6f);
    }
}

/* Scores far apart, infinities in the mask, NaN in one query. */
static void extremes(void **state)
{
    enum { S = 70, D = 16 };
    tt_view v = view_of(F32, 1, 1, S, D, false), m = view_of(F32, 1, 1, S, S, false);
    static float q[S * D], k[S * D], values[S * D], out[S * D], mask[S * S];
    tt_attention a;

    for (int i = 0; i < S * D; i++) {
        q[i] = (float)uniform(-100, 100);
        k[i] = (float)uniform(-100, 100);
        values[i] = (float)uniform(-1, 1);
    }
    q[5 * D] = NAN;
    for (int i = 0; i < S; i++)
        mask[7 * S + i] = -INFINITY;
    assert_int_equal(tt_attention_bind(&v, &v, &v, &v, &m, false, 1, 1, &a), TTRT_OK);
    void *scratch = tt_alloc_aligned(tt_attention_scratch(&a));
    for (int level = 0; level < TT_ISA_COUNT && tt_kernels_level((tt_isa)level); level++) {
        tt_attention_run(tt_kernels_level((tt_isa)level), NULL, &a, out, q, k, values, mask, scratch);
        for (int i = 0; i < S * D; i++)
            if (i / D == 5)
                assert_true(isnan(out[i]));
            else if (i / D == 7)
                assert_true(out[i] == 0);
            else
                assert_true(fabsf(out[i]) <= 1.0001f);
    }
    tt_free_aligned(scratch);
}

static void refuses(void **state)
{
    tt_view q = view_of(F32, 1, 4, 5, 8, false), k = view_of(F32, 1, 3, 6, 8, false),
            m = view_of(F32, 1, 4, 5, 7, false), good = view_of(F32, 1, 2, 6, 8, false);
    tt_attention a;

    assert_int_equal(tt_attention_bind(&q, &q, &k, &k, NULL, false, 1, 1, &a), TTRT_ERR_INTERNAL); /* 4 heads over 3 */
    assert_int_equal(tt_attention_bind(&q, &q, &good, &good, &m, false, 1, 1, &a), TTRT_ERR_INTERNAL);
    good.dtype = TTRT_DTYPE_INT32;
    assert_int_equal(tt_attention_bind(&q, &q, &good, &good, NULL, false, 1, 1, &a), TTRT_ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case), cmocka_unit_test(transposed),
                                       cmocka_unit_test(extremes), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
