/* Times GEMM against the machine's peak, measured in the same run by a loop of FMAs on registers:
 *     bench_gemm [threads [reps]]
 * prints, for each shape, the best GFLOP/s of `reps` interleaved repetitions and its share of the peak; for small m
 * also GB/s of B, which bounds those. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/cpu/kernels/gemm.h"

#ifdef __AVX512F__
#include <immintrin.h>
#define LANES       16
#define FMA(acc, x) _mm512_fmadd_ps(acc, x, x)
typedef __m512 vec;
static vec vec_set(float x) { return _mm512_set1_ps(x); }
#elif defined(__AVX2__)
#include <immintrin.h>
#define LANES       8
#define FMA(acc, x) _mm256_fmadd_ps(acc, x, x)
typedef __m256 vec;
static vec vec_set(float x) { return _mm256_set1_ps(x); }
#else
#define LANES       4
typedef float vec __attribute__((vector_size(16)));
#define FMA(acc, x) ((acc) * (x) + (x))
static vec vec_set(float x) { return (vec){x, x, x, x}; }
#endif

#define PEAK_LOOPS 400000
#define CHAINS     20

static void fma_loop(void *ctx, int64_t begin, int64_t end, int worker)
{
    for (int64_t i = begin; i < end; i++) {
        vec acc[CHAINS], x = vec_set(0.5f);
        for (int c = 0; c < CHAINS; c++)
            acc[c] = vec_set((float)c);
        for (int s = 0; s < PEAK_LOOPS; s++) {
#pragma GCC unroll 20
            for (int c = 0; c < CHAINS; c++)
                acc[c] = FMA(acc[c], x);
        }
        for (int c = 1; c < CHAINS; c++)
            acc[0] += acc[c];
        *(volatile vec *)((char *)ctx + i * 64) = acc[0];
    }
}

static double peak_gflops(const tt_threads *threads)
{
    static _Alignas(64) char sink[64 * 256];
    uint64_t start = tt_time_ns();

    tt_parallel_for(threads, threads->n_workers, 1, fma_loop, sink);
    return 2.0 * LANES * CHAINS * PEAK_LOOPS * threads->n_workers / (double)(tt_time_ns() - start);
}

typedef struct shape {
    int64_t m, k, n;
    tt_pack_format format;
    double best_s;
    void *a, *b, *c, *packed, *scratch;
    tt_gemm g;
} shape;

static shape shapes[] = {
    {256, 768, 768, TT_PACK_F32_N32},    {256, 768, 3072, TT_PACK_F32_N32},    {256, 3072, 768, TT_PACK_F32_N32},
    {128, 768, 2304, TT_PACK_F32_N32},   {197, 768, 768, TT_PACK_F32_N32},     {400, 768, 768, TT_PACK_F32_N32},
    {64, 384, 384, TT_PACK_F32_N32},     {64, 256, 256, TT_PACK_F32_N32},      {101, 333, 517, TT_PACK_F32_N32},
    {1024, 1024, 1024, TT_PACK_F32_N32}, {3136, 64, 64, TT_PACK_F32_N32},      {784, 512, 128, TT_PACK_F32_N32},
    {256, 768, 50257, TT_PACK_F32_N32},  {1, 1024, 1024, TT_PACK_F32_N32},     {2, 1024, 1024, TT_PACK_F32_N32},
    {4, 1024, 1024, TT_PACK_F32_N32},    {8, 1024, 1024, TT_PACK_F32_N32},     {1, 4096, 16384, TT_PACK_F32_N32},
    {1, 4096, 16384, TT_PACK_B16_N32},   {1, 4096, 16384, TT_PACK_BF16_N32K2}, {256, 768, 3072, TT_PACK_BF16_N32K2},
    {256, 768, 3072, TT_PACK_F16_N32},
};

static void fill(float *p, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        p[i] = (float)(i * 7919 % 1000) / 500 - 1;
}

static void prepare(shape *s, const tt_threads *threads)
{
    const tt_kernels *kernels = tt_kernels_get();

    s->g = (tt_gemm){.m = s->m,
                     .n = s->n,
                     .k = s->k,
                     .a_dtype = TTRT_DTYPE_FLOAT32,
                     .format = s->format,
                     .rows = {.inner = s->k},
                     .c_dtype = TTRT_DTYPE_FLOAT32,
                     .ldc = s->n};
    tt_gemm_plan(kernels, &s->g, threads->n_workers);
    s->a = tt_alloc_aligned((size_t)(s->m * s->k) * 4);
    s->b = tt_alloc_aligned((size_t)(s->k * s->n) * 4);
    s->c = tt_alloc_aligned((size_t)(s->m * s->n) * 4);
    s->packed = tt_alloc_aligned(tt_gemm_packed_bytes(s->format, s->k, s->n));
    s->scratch = tt_alloc_aligned(s->g.scratch_bytes);
    fill(s->a, s->m * s->k);
    fill(s->b, s->k * s->n);
    uint64_t start = tt_time_ns();
    tt_gemm_pack(kernels, threads, s->packed, s->format, s->b, TTRT_DTYPE_FLOAT32, s->k, s->n, 1, s->k);
    if (s->k * s->n > 10000000)
        printf("packing %lldx%lld: %.1f ms\n", (long long)s->k, (long long)s->n, (double)(tt_time_ns() - start) / 1e6);
    s->best_s = 1e9;
}

static void run(shape *s, const tt_threads *threads, double seconds)
{
    uint64_t start = tt_time_ns(), now = start;

    for (int i = 0; i < 3 || (double)(now - start) < seconds * 1e9; i++) {
        uint64_t before = now;
        tt_gemm_run(tt_kernels_get(), threads, &s->g, s->c, s->a, s->packed, NULL, s->scratch);
        now = tt_time_ns();
        if ((double)(now - before) / 1e9 < s->best_s)
            s->best_s = (double)(now - before) / 1e9;
    }
}

int main(int argc, char **argv)
{
    const tt_threads *threads = tt_pool_threads(argc > 1 ? atoi(argv[1]) : 1);
    int reps = argc > 2 ? atoi(argv[2]) : 5;
    double peak = 0;

    for (size_t i = 0; i < TT_COUNT(shapes); i++)
        prepare(&shapes[i], threads);
    for (int r = 0; r < reps; r++) {
        for (size_t i = 0; i < TT_COUNT(shapes); i++)
            run(&shapes[i], threads, 0.02);
        double now = peak_gflops(threads);
        peak = now > peak ? now : peak;
    }
    printf("%d threads, peak %.1f GFLOP/s (f32)\n", threads->n_workers, peak);
    for (size_t i = 0; i < TT_COUNT(shapes); i++) {
        const shape *s = &shapes[i];
        double gflops = 2e-9 * (double)s->m * (double)s->n * (double)s->k / s->best_s;
        printf("gemm(%s, %lldx%lldx%lld) %9.1f us %7.1f GFLOP/s %5.1f %%  mc %lld nc %lld kc %lld",
               tt_pack_format_name(s->format), (long long)s->m, (long long)s->k, (long long)s->n, s->best_s * 1e6,
               gflops, 100 * gflops / peak, (long long)s->g.mc, (long long)s->g.nc, (long long)s->g.kc);
        if (s->m <= 8)
            printf("  %.1f GB/s", (double)tt_gemm_packed_bytes(s->format, s->k, s->n) / s->best_s / 1e9);
        printf("\n");
    }
    return 0;
}
