/* What this machine reaches now, as a line of JSON:
 *     cc -O3 -march=native -pthread peaks.c -o peaks && ./peaks [threads]
 * f32_gflops: fused multiply-adds on registers. bf16_gflops: dot products of bf16 pairs, where the processor has them
 * (else the f32 ones). read_gbs: a sum over 128 MB a thread. Each is the best of several. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#define CHAINS      20
#define LOOPS       200000
#define REPEATS     40
#define MAX_THREADS 256
#define READ_BYTES  ((size_t)128 << 20)

typedef float vec __attribute__((vector_size(LANES * 4)));

typedef struct worker {
    pthread_t thread;
    void (*fn)(struct worker *);
    float *memory;
    vec sink; /* so that no result is unused */
} worker;

/* A multiply and an add contract to one instruction under -O3 -march=native with gcc and clang. */
static void multiply_add(worker *w)
{
    vec acc[CHAINS], x = (vec){0} + 0.5f;

    for (int c = 0; c < CHAINS; c++)
        acc[c] = (vec){0} + (float)c;
    for (int i = 0; i < LOOPS; i++)
#pragma GCC unroll 20
        for (int c = 0; c < CHAINS; c++)
            acc[c] = acc[c] * x + x;
    for (int c = 0; c < CHAINS; c++)
        w->sink += acc[c];
}

#ifdef __AVX512BF16__
static void dot_bf16(worker *w)
{
    __m512 acc[CHAINS];
    __m512bh x = (__m512bh)_mm512_set1_epi32(0x3f003f00);

    for (int c = 0; c < CHAINS; c++)
        acc[c] = _mm512_set1_ps((float)c);
    for (int i = 0; i < LOOPS; i++)
#pragma GCC unroll 20
        for (int c = 0; c < CHAINS; c++)
            acc[c] = _mm512_dpbf16_ps(acc[c], x, x);
    for (int c = 0; c < CHAINS; c++)
        w->sink += (vec)acc[c];
}
#endif

static void read_memory(worker *w)
{
    const vec *from = (const vec *)w->memory, *end = from + READ_BYTES / sizeof(vec);
    vec sum[4] = {0};

    for (; from < end; from += 4)
        for (int c = 0; c < 4; c++)
            sum[c] += from[c];
    w->sink += sum[0] + sum[1] + sum[2] + sum[3];
}

static void *thread_main(void *arg)
{
    worker *w = arg;

    w->fn(w);
    return NULL;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The least time of REPEATS runs of fn on all threads at once; 0: a thread could not be started. */
static double best(worker *workers, int n, void (*fn)(worker *))
{
    double least = 0;

    for (int r = 0; r < REPEATS; r++) {
        double start = seconds();
        for (int i = 0; i < n; i++) {
            workers[i].fn = fn;
            if (pthread_create(&workers[i].thread, NULL, thread_main, &workers[i]) != 0)
                return 0;
        }
        for (int i = 0; i < n; i++)
            pthread_join(workers[i].thread, NULL);
        double time = seconds() - start;
        least = least == 0 || time < least ? time : least;
    }
    return least;
}

int main(int argc, char **argv)
{
    static worker workers[MAX_THREADS];
    int n = argc > 1 ? atoi(argv[1]) : 2;

    if (n < 1 || n > MAX_THREADS)
        return 2;
    for (int i = 0; i < n; i++) {
        workers[i].memory = aligned_alloc(64, READ_BYTES);
        if (!workers[i].memory)
            return 1;
        memset(workers[i].memory, 0, READ_BYTES);
    }
    const double operations = 2.0 * LANES * CHAINS * LOOPS * n;
    double f32 = operations / best(workers, n, multiply_add), bf16 = f32;
#ifdef __AVX512BF16__
    bf16 = 2 * operations / best(workers, n, dot_bf16);
#endif
    double gbs = (double)READ_BYTES * n / best(workers, n, read_memory);
    printf("{\"f32_gflops\": %.1f, \"bf16_gflops\": %.1f, \"read_gbs\": %.1f}\n", f32 * 1e-9, bf16 * 1e-9, gbs * 1e-9);
    for (int i = 0; i < n; i++)
        free(workers[i].memory);
    return 0;
}
