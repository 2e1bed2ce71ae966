/* Times pointwise programs and an epilogue: nanoseconds an element and gigabytes a second, on one thread and on all.
 * bench_pointwise [elements, default 1048576] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cpu/kernels/table.h"

typedef struct bench_case {
    const char *name;
    int op;
    tt_dtype in, out;
} bench_case;

static const bench_case cases[] = {
    {"copy f32", TT_PW_STORE, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
    {"cast f32 bf16", TT_PW_STORE, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_BFLOAT16},
    {"cast f16 f32", TT_PW_STORE, TTRT_DTYPE_FLOAT16, TTRT_DTYPE_FLOAT32},
    {"relu f32", TT_PW_RELU, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
    {"relu bf16", TT_PW_RELU, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_BFLOAT16},
    {"exp f32", TT_PW_EXP, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
    {"log f32", TT_PW_LOG, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
    {"tanh f32", TT_PW_TANH, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
    {"sin f32", TT_PW_SIN, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
    {"gelu f32", TT_PW_GELU, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
    {"silu f32", TT_PW_SILU, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
};

static tt_pw_program program_of(const bench_case *c)
{
    tt_pw_program p = {.n_regs = 2, .n_in = 1, .n_out = 1, .in_dtype = {c->in}, .out_dtype = {c->out}};

    p.ins[p.n_ins++] = (tt_pw_ins){.op = TT_PW_LOAD, .wrap = TT_DTYPE_NONE};
    if (c->op != TT_PW_STORE)
        p.ins[p.n_ins++] = (tt_pw_ins){.op = (uint16_t)c->op, .dst = 0, .wrap = TT_DTYPE_NONE};
    p.ins[p.n_ins++] = (tt_pw_ins){.op = TT_PW_STORE, .wrap = TT_DTYPE_NONE};
    return p;
}

static double best_ns(const tt_threads *threads, const tt_pw_loop *loop, void *out, const void *in)
{
    double best = 1e30;

    for (int i = 0; i < 30; i++) {
        uint64_t start = tt_time_ns();
        tt_pw_run(tt_kernels_get(), threads, loop, &out, &in);
        double ns = (double)(tt_time_ns() - start);
        best = ns < best ? ns : best;
    }
    return best;
}

static void bench_epilogue(void)
{
    enum { M = 14, N = 32, LD = 3072 };
    static float tile[M * N], bias[LD], out[M * LD];
    tt_epilogue e = {.program = {.n_ins = 5,
                                 .n_regs = 2,
                                 .n_in = 2,
                                 .n_out = 1,
                                 .in_dtype = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32},
                                 .out_dtype = {TTRT_DTYPE_FLOAT32},
                                 .ins = {{.op = TT_PW_LOAD, .dst = 0, .a = 0, .wrap = TT_DTYPE_NONE},
                                         {.op = TT_PW_LOAD, .dst = 1, .a = 1, .wrap = TT_DTYPE_NONE},
                                         {.op = TT_PW_ADD, .dst = 0, .a = 0, .b = 1, .wrap = TT_DTYPE_NONE},
                                         {.op = TT_PW_RELU, .dst = 0, .a = 0, .wrap = TT_DTYPE_NONE},
                                         {.op = TT_PW_STORE, .b = 0, .wrap = TT_DTYPE_NONE}}},
                     .in = {NULL, bias},
                     .in_col = {1, 1},
                     .out = out,
                     .out_row = LD};
    uint64_t start = tt_time_ns();

    for (int i = 0; i < 100000; i++)
        tt_epilogue_run(tt_kernels_get(), &e, tile, N, 0, M, i % 90 * N, N);
    printf("epilogue bias relu %dx%d: %.0f ns\n", M, N, (double)(tt_time_ns() - start) / 100000);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? atoll(argv[1]) : 1 << 20;
    char *in = tt_alloc_aligned((size_t)n * 8), *out = tt_alloc_aligned((size_t)n * 8);

    if (n < 1 || !in || !out)
        return 1;
    memset(in, 0x3f, (size_t)n * 8);
    memset(out, 0, (size_t)n * 8);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        const bench_case *c = &cases[i];
        tt_pw_program p = program_of(c);
        tt_view from = {.dtype = c->in, .rank = 1, .dims = {n}, .strides = {1}}, to = from;
        tt_pw_loop loop;
        to.dtype = c->out;
        if (tt_pw_bind(&p, &to, &from, &loop) != TTRT_OK)
            return 1;
        double bytes = (double)n * (double)(ttrt_dtype_size(c->in) + ttrt_dtype_size(c->out));
        double one = best_ns(NULL, &loop, out, in), all = best_ns(tt_pool_threads(0), &loop, out, in);
        printf("%-14s %7.3f ns/elem %6.1f GB/s   all threads %7.3f ns/elem %6.1f GB/s\n", c->name, one / (double)n,
               bytes / one, all / (double)n, bytes / all);
    }
    bench_epilogue();
    tt_free_aligned(in);
    tt_free_aligned(out);
    return 0;
}
