/* Times attention: GFLOP/s of its two products, on one thread and on two.
 * bench_attention [b h sq sk d] (default: the sizes of common encoders) */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cpu/kernels/attention.h"
#include "engine/cpu/kernels/table.h"

static double best_ns(const tt_threads *threads, const tt_attention *a, void *out, void *const *in, const void *mask,
                      void *scratch)
{
    double best = 1e30;

    for (int i = 0; i < 20; i++) {
        uint64_t start = tt_time_ns();
        tt_attention_run(tt_kernels_get(), threads, a, out, in[0], in[1], in[2], mask, scratch);
        double ns = (double)(tt_time_ns() - start);
        best = ns < best ? ns : best;
    }
    return best;
}

static int bench(const int64_t *s, const char *what, const tt_view *mask, bool causal)
{
    tt_view q = {.dtype = TTRT_DTYPE_FLOAT32,
                 .rank = 4,
                 .dims = {s[0], s[1], s[2], s[4]},
                 .strides = {s[2] * s[1] * s[4], s[4], s[1] * s[4], 1}};
    tt_view k = q, out = q;
    tt_attention a;
    void *memory[5];

    k.dims[2] = s[3];
    k.strides[0] = s[3] * s[1] * s[4];
    if (tt_attention_bind(&out, &q, &k, &k, mask, causal, 1 / sqrt((double)s[4]), 2, &a) != TTRT_OK)
        return 1;
    size_t bytes = (size_t)(s[0] * s[1] * (s[2] > s[3] ? s[2] : s[3]) * s[4]) * sizeof(float);
    for (int i = 0; i < 4; i++) {
        memory[i] = tt_alloc_aligned(bytes);
        for (size_t e = 0; e < bytes / sizeof(float); e++)
            ((float *)memory[i])[e] = (float)(e * 2654435761u % 1000) / 500 - 1;
    }
    memory[4] = tt_alloc_aligned((size_t)(s[0] * s[2] * s[3]));
    memset(memory[4], 1, (size_t)(s[0] * s[2] * s[3]));
    void *scratch = tt_alloc_aligned(tt_attention_scratch(&a));
    double flops = 4 * (double)(s[0] * s[1] * s[2] * s[3]) * (double)s[4];
    double one = best_ns(NULL, &a, memory[3], memory, memory[4], scratch);
    double two = best_ns(tt_pool_threads(2), &a, memory[3], memory, memory[4], scratch);
    printf("b=%ld h=%ld sq=%ld sk=%ld d=%ld %-7s %9.1f us %6.1f GFLOP/s   two threads %9.1f us %6.1f GFLOP/s\n",
           (long)s[0], (long)s[1], (long)s[2], (long)s[3], (long)s[4], what, one / 1e3, flops / one, two / 1e3,
           flops / two);
    for (int i = 0; i < 5; i++)
        tt_free_aligned(memory[i]);
    tt_free_aligned(scratch);
    return 0;
}

int main(int argc, char **argv)
{
    static const int64_t sizes[][5] = {{2, 12, 128, 128, 64},
                                       {2, 12, 197, 197, 64},
                                       {2, 12, 512, 512, 64},
                                       {1, 12, 1, 512, 64},
                                       {1, 8, 1024, 1024, 128}};
    int64_t own[5];

    for (int i = 0; argc == 6 && i < 5; i++)
        own[i] = atoll(argv[i + 1]);
    for (size_t i = 0; i < (argc == 6 ? 1 : TT_COUNT(sizes)); i++) {
        const int64_t *s = argc == 6 ? own : sizes[i];
        tt_view mask = {
            .dtype = TTRT_DTYPE_BOOL, .rank = 4, .dims = {s[0], 1, s[2], s[3]}, .strides = {s[2] * s[3], 0, s[3], 1}};
        if (bench(s, "", NULL, false) || bench(s, "mask", &mask, false) || bench(s, "causal", NULL, true))
            return 1;
    }
    return 0;
}
