/* GEMM on each level of this machine against sums in double (wrapping 64-bit sums for integers): formats, edge sizes,
 * layouts of A and B, result types, epilogues, 1 to 3 threads, NaN and infinity. A case prints itself when it fails. */
#include "engine/cpu/kernels/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct gemm_case {
    int64_t m, n, k;
    tt_pack_format format;
    tt_dtype a, b, c;
    bool epilogue;
    bool b_columns; /* B is the transpose of a row-major matrix, as linear's weight is */
    int64_t n_seg;  /* A's rows in that many pieces, and in the two levels of an image; 0: a plain matrix */
    int threads;
} gemm_case;

static void describe(const gemm_case *t, tt_isa level)
{
    print_error("gemm(level %d, %s, %s*%s->%s, %lldx%lldx%lld, %s, segments %lld, epilogue %d, threads %d)\n",
                (int)level, tt_pack_format_name(t->format), tt_dtype_short(t->a), tt_dtype_short(t->b),
                tt_dtype_short(t->c), (long long)t->m, (long long)t->n, (long long)t->k,
                t->b_columns ? "B transposed" : "B plain", (long long)t->n_seg, t->epilogue, t->threads);
}

static uint64_t random_state;

static int64_t random_int(int64_t bound)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (int64_t)(random_state >> 33) % bound;
}

static bool is_integer(const gemm_case *t) { return t->format == TT_PACK_I64_N32; }

static void fill(void *p, tt_dtype d, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        char *at = (char *)p + i * (int64_t)ttrt_dtype_size(d);
        if (d == TTRT_DTYPE_INT64)
            tt_store_i64(at, d, random_int(1000) - 500 + (i % 17 == 0 ? INT64_MAX / 2 : 0));
        else
            tt_store_f64(at, d, (double)(random_int(4001) - 2000) / 1000);
    }
}

/* A piece of A is followed by a gap of 3 elements, a row by one of 5, a line of 4 rows by one of 7. */
static tt_gemm_rows rows_of(const gemm_case *t, int64_t *elems)
{
    tt_gemm_rows r = {.inner = t->k + 5};

    if (t->n_seg > 0) {
        r.n_seg = t->n_seg;
        r.seg_len = t->k / t->n_seg;
        r.seg_stride = r.seg_len + 3;
        r.inner = t->n_seg * r.seg_stride + 5;
        r.w = 4;
        r.outer = 4 * r.inner + 7;
        r.image = 12;
        r.image_stride = 3 * r.outer + 11;
    }
    *elems = r.image > 0 ? (t->m / r.image + 1) * r.image_stride : t->m * r.inner;
    return r;
}

static int64_t a_at(const gemm_case *t, const tt_gemm_rows *r, int64_t i, int64_t k)
{
    if (t->n_seg == 0)
        return i * r->inner + k;
    return i / 12 * r->image_stride + i % 12 / 4 * r->outer + i % 4 * r->inner + k / r->seg_len * r->seg_stride +
           k % r->seg_len;
}

/* As the compute type sees an element. */
static double seen(const gemm_case *t, const void *p, tt_dtype d, int64_t i)
{
    double v = tt_load_f64((const char *)p + i * (int64_t)ttrt_dtype_size(d), d);

    return t->format == TT_PACK_BF16_N32K2 ? tt_bf16_to_f32(tt_f32_to_bf16((float)v)) : v;
}

static double stored_weight(const gemm_case *t, const void *b, int64_t i)
{
    double v = seen(t, b, t->b, i);

    if (t->format == TT_PACK_F16_N32)
        return tt_f16_to_f32(tt_f32_to_f16((float)v));
    return t->format == TT_PACK_B16_N32 ? tt_bf16_to_f32(tt_f32_to_bf16((float)v)) : v;
}

static bool is_close(const gemm_case *t, double got, double wanted, double magnitude)
{
    if (isnan(wanted) || isinf(wanted))
        return isnan(wanted) ? isnan(got) : got == wanted;
    /* Rounding of k sums (4 chains at most) and of the result's type. */
    double unit = t->format == TT_PACK_F64_N32 ? 1e-15 : 1.2e-7;
    double result = t->c == TTRT_DTYPE_FLOAT16 ? 5e-4 : t->c == TTRT_DTYPE_BFLOAT16 ? 4e-3 : 0;
    return fabs(got - wanted) <= (unit * (2 + sqrt((double)t->k)) + result) * magnitude + 1e-30;
}

/* Epilogue of the tests: relu(x + bias[col]). */
static void make_epilogue(tt_epilogue *e, const gemm_case *t, const float *bias, void *out, int64_t ldc)
{
    *e = (tt_epilogue){.program = {.n_ins = 5, .n_regs = 3, .n_in = 2, .n_out = 1}, .out = out, .out_row = ldc};
    e->program.in_dtype[0] = e->program.in_dtype[1] = TTRT_DTYPE_FLOAT32;
    e->program.out_dtype[0] = t->c;
    e->program.ins[0] = (tt_pw_ins){.op = TT_PW_LOAD, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 0, .a = 0};
    e->program.ins[1] = (tt_pw_ins){.op = TT_PW_LOAD, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 1, .a = 1};
    e->program.ins[2] = (tt_pw_ins){.op = TT_PW_ADD, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 2, .a = 0, .b = 1};
    e->program.ins[3] = (tt_pw_ins){.op = TT_PW_RELU, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 2, .a = 2};
    e->program.ins[4] = (tt_pw_ins){.op = TT_PW_STORE, .type = TT_PW_F32, .to = TT_PW_F32, .a = 0, .b = 2};
    for (int i = 0; i < e->program.n_ins; i++)
        e->program.ins[i].wrap = TT_DTYPE_NONE;
    e->in[1] = bias;
    e->in_col[1] = 1;
}

typedef struct gemm_data {
    void *a, *b, *c, *packed, *scratch;
    float *bias;
    tt_gemm g;
    int64_t b_row, b_col;
} gemm_data;

static bool check_element(const gemm_case *t, const gemm_data *d, int64_t i, int64_t j)
{
    const void *got = (const char *)d->c + (i * d->g.ldc + j) * (int64_t)ttrt_dtype_size(t->c);
    double sum = 0, magnitude = 0;
    uint64_t wrapped = 0;

    for (int64_t k = 0; k < t->k; k++) {
        int64_t at_a = a_at(t, &d->g.rows, i, k), at_b = k * d->b_row + j * d->b_col;
        if (is_integer(t)) {
            wrapped += ((const uint64_t *)d->a)[at_a] * ((const uint64_t *)d->b)[at_b];
            continue;
        }
        double product = seen(t, d->a, t->a, at_a) * stored_weight(t, d->b, at_b);
        sum += product;
        magnitude += isfinite(product) ? fabs(product) : 0;
    }
    if (is_integer(t))
        return *(const uint64_t *)got == wrapped;
    if (t->epilogue) {
        sum += (double)d->bias[j];
        magnitude += fabs((double)d->bias[j]);
        sum = sum < 0 ? 0 : sum;
    }
    double value = tt_load_f64(got, t->c);
    if (is_close(t, value, sum, magnitude))
        return true;
    print_error("[%lld, %lld]: %.9g, expected %.9g\n", (long long)i, (long long)j, value, sum);
    return false;
}

static void fill_gaps(gemm_data *d, int64_t bytes) { memset(d->c, 0x5a, (size_t)bytes); }

/* Between the rows of C nothing is written. */
static bool gaps_are_left(const gemm_case *t, const gemm_data *d)
{
    size_t size = ttrt_dtype_size(t->c);

    for (int64_t i = 0; i < t->m; i++)
        for (size_t b = (size_t)(i * d->g.ldc + t->n) * size; b < (size_t)((i + 1) * d->g.ldc) * size; b++)
            if (((const unsigned char *)d->c)[b] != 0x5a)
                return false;
    return true;
}

/* special: puts a NaN and an infinity into A and B. */
static void run_case(const gemm_case *t, tt_isa level, bool special)
{
    tt_kernels chosen = *tt_kernels_level(level);
    const tt_kernels *kernels = &chosen;
    const tt_threads *threads = t->threads > 1 ? tt_pool_threads(t->threads) : NULL;
    gemm_data d = {.b_row = t->b_columns ? 1 : t->n + 1, .b_col = t->b_columns ? t->k + 2 : 1};
    int64_t a_elems, b_elems = t->b_columns ? t->n * d.b_col : t->k * d.b_row;
    tt_epilogue e;

    d.g = (tt_gemm){.m = t->m,
                    .n = t->n,
                    .k = t->k,
                    .a_dtype = t->a,
                    .format = t->format,
                    .rows = rows_of(t, &a_elems),
                    .c_dtype = t->c,
                    .ldc = t->n + 3,
                    .has_epilogue = t->epilogue};
    if (t->k % 2) /* the bf16 kernels also where the level would rather compute in f32 */
        chosen.gemm.bf16_rows = INT64_MAX;
    tt_gemm_plan(kernels, &d.g, t->threads);
    int64_t c_bytes = t->m * d.g.ldc * (int64_t)ttrt_dtype_size(t->c);
    d.a = tt_alloc_aligned((size_t)a_elems * ttrt_dtype_size(t->a));
    d.b = tt_alloc_aligned((size_t)b_elems * ttrt_dtype_size(t->b));
    d.c = tt_alloc_aligned((size_t)c_bytes);
    d.packed = tt_alloc_aligned(tt_gemm_packed_bytes(t->format, t->k, t->n));
    d.scratch = tt_alloc_aligned(d.g.scratch_bytes);
    d.bias = tt_alloc_aligned((size_t)t->n * sizeof *d.bias);
    fill(d.a, t->a, a_elems);
    fill(d.b, t->b, b_elems);
    fill(d.bias, TTRT_DTYPE_FLOAT32, t->n);
    if (special && t->k > 0) {
        ((float *)d.a)[0] = NAN;
        ((float *)d.a)[t->m / 2 * d.g.rows.inner] = INFINITY;
        ((float *)d.b)[t->n / 2 * d.b_col] = -INFINITY;
    }
    tt_gemm_pack(kernels, threads, d.packed, t->format, d.b, t->b, t->k, t->n, d.b_row, d.b_col);
    fill_gaps(&d, c_bytes);
    make_epilogue(&e, t, d.bias, d.c, d.g.ldc);
    tt_gemm_run(kernels, threads, &d.g, t->epilogue ? NULL : d.c, d.a, d.packed, t->epilogue ? &e : NULL, d.scratch);
    bool good = gaps_are_left(t, &d);
    for (int64_t i = 0; good && i < t->m; i++)
        for (int64_t j = 0; good && j < t->n; j++)
            good = check_element(t, &d, i, j);
    if (!good) {
        describe(t, level);
        fail();
    }
    tt_free_aligned(d.a);
    tt_free_aligned(d.b);
    tt_free_aligned(d.c);
    tt_free_aligned(d.packed);
    tt_free_aligned(d.scratch);
    tt_free_aligned(d.bias);
}

static void run_levels(const gemm_case *t, bool special)
{
    random_state = 1;
    for (int level = 0; level < TT_ISA_COUNT; level++)
        if (tt_kernels_level((tt_isa)level))
            run_case(t, (tt_isa)level, special);
}

#define F32  TTRT_DTYPE_FLOAT32
#define F16  TTRT_DTYPE_FLOAT16
#define BF16 TTRT_DTYPE_BFLOAT16
#define F64  TTRT_DTYPE_FLOAT64
#define I64  TTRT_DTYPE_INT64

/* Around the heights and widths of tiles, the width of a panel, and the pieces of k. */
static void test_sizes(void **state)
{
    static const int64_t ns[] = {0, 1, 8, 15, 16, 17, 31, 32, 33, 65};
    static const int64_t ks[] = {0, 1, 2, 3, 4, 7, 33};

    for (int64_t m = 0; m < 31; m++)
        for (size_t j = 0; j < TT_COUNT(ns); j++)
            for (size_t l = 0; l < TT_COUNT(ks); l++) {
                gemm_case t = {m, ns[j], ks[l], TT_PACK_F32_N32, F32, F32, F32, (j + l) % 2, l % 2, 0, 1};
                run_levels(&t, false);
            }
    for (int64_t m = 0; m < 31; m++) {
        gemm_case t = {m, 33, 13, TT_PACK_BF16_N32K2, F32, F32, F32, false, true, 0, 1};
        run_levels(&t, false);
    }
}

static void test_large(void **state)
{
    static const gemm_case cases[] = {
        {200, 100, 511, TT_PACK_F32_N32, F32, F32, F32, false, true, 0, 2},
        {200, 100, 512, TT_PACK_F32_N32, F32, F32, F32, true, true, 0, 3},
        {200, 100, 513, TT_PACK_F32_N32, F32, F32, F32, false, false, 0, 2},
        {401, 67, 1100, TT_PACK_F32_N32, F32, F32, F32, true, true, 0, 3},
        {5, 1000, 1537, TT_PACK_F32_N32, F32, F32, F32, false, true, 0, 3},
        {33, 40, 1025, TT_PACK_BF16_N32K2, F32, BF16, F32, false, true, 0, 2},
        {33, 40, 2100, TT_PACK_F16_N32, F32, F16, F32, true, true, 0, 2},
        {33, 40, 777, TT_PACK_F64_N32, F64, F64, F64, false, true, 0, 2},
        {33, 40, 777, TT_PACK_I64_N32, I64, I64, I64, false, true, 0, 2},
    };

    for (size_t i = 0; i < TT_COUNT(cases); i++)
        run_levels(&cases[i], false);
}

static void test_formats(void **state)
{
    static const tt_pack_format formats[] = {TT_PACK_F32_N32, TT_PACK_BF16_N32K2, TT_PACK_F16_N32, TT_PACK_B16_N32};
    static const tt_dtype dtypes[] = {F32, F16, BF16};

    for (size_t f = 0; f < TT_COUNT(formats); f++)
        for (size_t d = 0; d < 27; d++)
            for (int64_t k = 16; k < 19; k++) {
                gemm_case t = {17,      37,      k, formats[f], dtypes[d % 3], dtypes[d / 3 % 3], dtypes[d / 9],
                               k == 17, k == 18, 0, 1};
                run_levels(&t, false);
                t.m = d % 6;
                run_levels(&t, false);
            }
    for (int64_t n = 0; n < 70; n += 23)
        for (int64_t k = 0; k < 9; k += 2) {
            gemm_case f64 = {9, n, k, TT_PACK_F64_N32, F64, F64, F64, false, k == 4, 0, 1};
            gemm_case i64 = {9, n, k, TT_PACK_I64_N32, I64, I64, I64, false, k == 4, 0, 1};
            run_levels(&f64, false);
            run_levels(&i64, false);
        }
}

static void test_rows(void **state)
{
    static const tt_pack_format formats[] = {TT_PACK_F32_N32, TT_PACK_BF16_N32K2};

    for (int64_t seg = 1; seg < 8; seg += 2)
        for (size_t f = 0; f < 2; f++) {
            gemm_case small = {31, 20, seg * 5, formats[f], F32, F32, F32, false, false, seg, 1};
            gemm_case large = {31, 20, seg * 205, formats[f], F16, F32, F32, true, false, seg, 2};
            run_levels(&small, false);
            run_levels(&large, false);
        }
}

static void test_special_values(void **state)
{
    for (int64_t m = 1; m < 16; m += 7)
        for (int64_t k = 1; k < 10; k += 4) {
            gemm_case t = {m, 40, k, TT_PACK_F32_N32, F32, F32, F32, false, true, 0, 1};
            run_levels(&t, true);
        }
}

/* clamp(tile + bias, -2, 3), the bias of a type, or none. */
static void clamped(tt_epilogue *e, const void *bias, tt_dtype d)
{
    tt_pw_program *p = &e->program;

    *p = (tt_pw_program){.n_regs = 4, .n_in = bias ? 2 : 1, .n_out = 1, .in_dtype = {F32, d}, .out_dtype = {BF16}};
    p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_LOAD, .wrap = TT_DTYPE_NONE};
    if (bias) {
        p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_LOAD, .dst = 1, .a = 1, .wrap = TT_DTYPE_NONE};
        p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_ADD, .a = 0, .b = 1, .wrap = TT_DTYPE_NONE};
    }
    p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_CONST, .dst = 2, .f = -2, .wrap = TT_DTYPE_NONE};
    p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_CONST, .dst = 3, .f = 3, .wrap = TT_DTYPE_NONE};
    p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_CLAMP, .b = 2, .c = 3, .wrap = TT_DTYPE_NONE};
    p->ins[p->n_ins++] = (tt_pw_ins){.op = TT_PW_STORE, .wrap = TT_DTYPE_NONE};
    e->in[1] = bias;
    e->in_col[1] = 1;
}

/* What is finished in registers is bit by bit what a tile gives; nothing beside it is written. */
static void test_finishing_in_registers(void **state)
{
    enum { M = 45, N = 80, K = 37, LD = 83 };
    static uint16_t a[M * K], bias_bf16[N], got[M * LD], want[M * LD];
    static float b[K * N], bias_f32[N];
    const struct {
        const void *data;
        tt_dtype dtype;
    } biases[] = {{bias_f32, F32}, {bias_bf16, BF16}, {NULL, F32}};
    const tt_kernels *best = tt_kernels_get();
    tt_kernels without = *best;

    if (!best->gemm.finishing[0]) {
        print_message("this processor has no such kernels: not run\n");
        return;
    }
    memset(without.gemm.finishing, 0, sizeof without.gemm.finishing);
    for (int i = 0; i < M * K; i++)
        a[i] = tt_f32_to_bf16(i % 97 == 0 ? NAN : i % 89 == 0 ? INFINITY : (float)(i * 29 % 41 - 20) / 16);
    for (int i = 0; i < K * N; i++)
        b[i] = (float)(i * 31 % 43 - 21) / 32;
    for (int i = 0; i < N; i++)
        bias_bf16[i] = tt_f32_to_bf16(bias_f32[i] = (float)(i % 7 - 3) / 8);
    void *packed = tt_alloc_aligned(tt_gemm_packed_bytes(TT_PACK_BF16_N32K2, K, N));
    tt_gemm_pack(best, NULL, packed, TT_PACK_BF16_N32K2, b, F32, K, N, N, 1);
    for (int64_t m = 1; m <= M; m++)
        for (size_t i = 0; i < TT_COUNT(biases); i++) {
            tt_gemm g = {.m = m,
                         .n = N,
                         .k = K,
                         .a_dtype = BF16,
                         .format = TT_PACK_BF16_N32K2,
                         .rows = {.inner = K},
                         .c_dtype = BF16,
                         .ldc = LD,
                         .has_epilogue = true};
            tt_epilogue e = {.out_row = LD};
            tt_gemm_plan(best, &g, 1);
            void *scratch = tt_alloc_aligned(g.scratch_bytes);
            memset(got, 0x5a, sizeof got);
            memset(want, 0x5a, sizeof want);
            clamped(&e, biases[i].data, biases[i].dtype);
            e.out = got;
            tt_gemm_run(best, NULL, &g, NULL, a, packed, &e, scratch);
            e.out = want;
            tt_gemm_run(&without, NULL, &g, NULL, a, packed, &e, scratch);
            assert_memory_equal(got, want, sizeof got);
            tt_free_aligned(scratch);
        }
    tt_free_aligned(packed);
}

static void test_format_names(void **state)
{
    for (int f = TT_PACK_NONE; f <= TT_PACK_I64_N32; f++)
        assert_int_equal(tt_pack_format_from_name(tt_pack_format_name((tt_pack_format)f)), f);
    assert_int_equal(tt_pack_format_from_name("gemm_f32_n31"), TT_PACK_NONE);
    assert_true(tt_gemm_packed_bytes(TT_PACK_F32_N32, INT64_MAX, INT64_MAX) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_large),
        cmocka_unit_test(test_formats),        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_special_values), cmocka_unit_test(test_finishing_in_registers),
        cmocka_unit_test(test_format_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
