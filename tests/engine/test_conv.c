/* Convolution on each level of this machine against a direct sum in double: all algorithms, 1 to 3 dimensions, padding
 * (also more than the kernel, and unequal), dilation, groups, types, pixel strides, epilogue, threads. A case prints
 * itself when it fails. */
#include "engine/cpu/kernels/conv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define F32  TTRT_DTYPE_FLOAT32
#define F16  TTRT_DTYPE_FLOAT16
#define BF16 TTRT_DTYPE_BFLOAT16
#define F64  TTRT_DTYPE_FLOAT64

/* A case. Arrays are for depth, height, width or the first `rank` of them; 0 in stride and dilation stands for 1. post
 * is the padding after, or the output padding of a transposed one. */
typedef struct conv_case {
    int rank;
    int64_t n, c_in, c_out, groups;
    int64_t in[3], kernel[3], stride[3], dilation[3], pre[3], post[3];
    bool transposed;
    tt_dtype dtype;
    tt_pack_format format;
    bool epilogue, gaps; /* gaps: pixels are further apart than their channels are many */
    int threads;
} conv_case;

static void describe(const conv_case *t, const tt_conv *c, tt_isa level)
{
    print_error("%s(level %d, %s, %s, n %lld, %lld->%lld, groups %lld", t->transposed ? "conv_transposed" : "conv",
                (int)level, tt_dtype_short(t->dtype), tt_pack_format_name(t->format), (long long)t->n,
                (long long)t->c_in, (long long)t->c_out, (long long)t->groups);
    for (int i = 0; i < t->rank; i++)
        print_error(", [in %lld kernel %lld stride %lld dilation %lld pad %lld %lld out %lld]", (long long)t->in[i],
                    (long long)t->kernel[i], (long long)c->stride[i], (long long)c->dilation[i], (long long)t->pre[i],
                    (long long)t->post[i], (long long)c->out[i]);
    print_error(", algorithm %d, epilogue %d, gaps %d, threads %d)\n", (int)c->algo, t->epilogue, t->gaps, t->threads);
}

static int64_t either(int64_t v, int64_t fallback) { return v ? v : fallback; }

static tt_conv conv_of(const conv_case *t)
{
    tt_conv c = {.rank = t->rank,
                 .n = t->n,
                 .c_in = t->c_in,
                 .c_out = t->c_out,
                 .groups = t->groups,
                 .transposed = t->transposed,
                 .in_dtype = t->dtype,
                 .out_dtype = t->dtype,
                 .format = t->format,
                 .ld_in = t->gaps ? t->c_in + 3 : 0,
                 .ld_out = t->gaps ? t->c_out + 5 : 0,
                 .has_epilogue = t->epilogue};

    for (int i = 0; i < t->rank; i++) {
        c.in[i] = t->in[i];
        c.kernel[i] = t->kernel[i];
        c.stride[i] = either(t->stride[i], 1);
        c.dilation[i] = either(t->dilation[i], 1);
        c.pre[i] = t->pre[i];
        int64_t extent = (t->kernel[i] - 1) * c.dilation[i] + 1;
        c.out[i] = t->transposed ? (t->in[i] - 1) * c.stride[i] - 2 * t->pre[i] + extent + t->post[i]
                                 : (t->in[i] + t->pre[i] + t->post[i] - extent) / c.stride[i] + 1;
    }
    return c;
}

static uint64_t random_state;

static void fill(void *p, tt_dtype d, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
        tt_store_f64((char *)p + i * (int64_t)ttrt_dtype_size(d), d,
                     (double)((int64_t)(random_state >> 33) % 4001 - 2000) / 1000);
    }
}

typedef struct conv_data {
    tt_conv c;
    void *src, *dst, *weights, *packed, *scratch;
    float *bias;
    double *sum, *magnitude; /* [n][out][c_out] */
} conv_data;

/* As the compute type sees an element: depthwise is f32 in any case. */
static double load(const conv_case *t, const conv_data *d, const void *p, int64_t i)
{
    double v = tt_load_f64((const char *)p + i * (int64_t)ttrt_dtype_size(t->dtype), t->dtype);
    bool rounds = t->format == TT_PACK_BF16_N32K2 && d->c.algo != TT_CONV_DEPTHWISE;

    return rounds ? tt_bf16_to_f32(tt_f32_to_bf16((float)v)) : v;
}

/* Sizes as three dimensions, missing ones 1. */
static int64_t size3(const conv_case *t, const int64_t *sizes, int i) { return i < t->rank ? sizes[i] : 1; }

/* All that one input pixel and one kernel element give. Input coordinate p and output coordinate q are one pair of
 *     p = q * stride - pre + k * dilation            (the transposed one: q and p change places) */
static void reference_pair(const conv_case *t, conv_data *d, int64_t image, const int64_t *in, const int64_t *out,
                           int64_t element)
{
    const tt_conv *c = &d->c;
    int64_t in_pixel = image, out_pixel = image, elements = 1, c_in = c->c_in / c->groups, c_out = c->c_out / c->groups;

    for (int i = 0; i < 3; i++) {
        in_pixel = in_pixel * size3(t, c->in, i) + in[i];
        out_pixel = out_pixel * size3(t, c->out, i) + out[i];
        elements *= size3(t, c->kernel, i);
    }
    for (int64_t o = 0; o < c->c_out; o++)
        for (int64_t i = 0; i < c_in; i++) {
            int64_t g = o / c_out, from = g * c_in + i;
            int64_t w =
                t->transposed ? (from * c_out + o % c_out) * elements + element : (o * c_in + i) * elements + element;
            double product =
                load(t, d, d->src, in_pixel * either(c->ld_in, c->c_in) + from) * load(t, d, d->weights, w);
            d->sum[out_pixel * c->c_out + o] += product;
            d->magnitude[out_pixel * c->c_out + o] += fabs(product);
        }
}

static void reference(const conv_case *t, conv_data *d)
{
    const tt_conv *c = &d->c;
    const int64_t *small = t->transposed ? c->in : c->out, *large = t->transposed ? c->out : c->in;
    int64_t q[3], k[3], p[3];

    for (int64_t image = 0; image < c->n; image++)
        for (q[0] = 0; q[0] < size3(t, small, 0); q[0]++)
            for (q[1] = 0; q[1] < size3(t, small, 1); q[1]++)
                for (q[2] = 0; q[2] < size3(t, small, 2); q[2]++)
                    for (k[0] = 0; k[0] < size3(t, c->kernel, 0); k[0]++)
                        for (k[1] = 0; k[1] < size3(t, c->kernel, 1); k[1]++)
                            for (k[2] = 0; k[2] < size3(t, c->kernel, 2); k[2]++) {
                                bool inside = true;
                                for (int i = 0; i < 3; i++) {
                                    p[i] = i < t->rank ? q[i] * c->stride[i] - c->pre[i] + k[i] * c->dilation[i] : 0;
                                    inside = inside && p[i] >= 0 && p[i] < size3(t, large, i);
                                }
                                int64_t element =
                                    (k[0] * size3(t, c->kernel, 1) + k[1]) * size3(t, c->kernel, 2) + k[2];
                                if (inside)
                                    reference_pair(t, d, image, t->transposed ? q : p, t->transposed ? p : q, element);
                            }
}

/* max(x + bias[channel], 0) */
static void make_epilogue(tt_epilogue *e, const conv_data *d)
{
    *e = (tt_epilogue){.program = {.n_ins = 5, .n_regs = 3, .n_in = 2, .n_out = 1},
                       .out = d->dst,
                       .out_row = either(d->c.ld_out, d->c.c_out)};
    e->program.in_dtype[0] = e->program.in_dtype[1] = F32;
    e->program.out_dtype[0] = d->c.out_dtype;
    e->program.ins[0] = (tt_pw_ins){.op = TT_PW_LOAD, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 0, .a = 0};
    e->program.ins[1] = (tt_pw_ins){.op = TT_PW_LOAD, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 1, .a = 1};
    e->program.ins[2] = (tt_pw_ins){.op = TT_PW_ADD, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 2, .a = 0, .b = 1};
    e->program.ins[3] = (tt_pw_ins){.op = TT_PW_RELU, .type = TT_PW_F32, .to = TT_PW_F32, .dst = 2, .a = 2};
    e->program.ins[4] = (tt_pw_ins){.op = TT_PW_STORE, .type = TT_PW_F32, .to = TT_PW_F32, .a = 0, .b = 2};
    for (int i = 0; i < e->program.n_ins; i++)
        e->program.ins[i].wrap = TT_DTYPE_NONE;
    e->in[1] = d->bias;
    e->in_col[1] = 1;
}

static int64_t pixels(const conv_case *t, const int64_t *sizes)
{
    return t->n * size3(t, sizes, 0) * size3(t, sizes, 1) * size3(t, sizes, 2);
}

static bool compare(const conv_case *t, const conv_data *d)
{
    const int64_t ld = either(d->c.ld_out, t->c_out), size = (int64_t)ttrt_dtype_size(t->dtype);
    const double unit = t->dtype == F64 ? 1e-15 : 1.2e-7;
    const double result = t->dtype == F16 ? 5e-4 : t->dtype == BF16 ? 4e-3 : 0;

    for (int64_t p = 0; p < pixels(t, d->c.out); p++) {
        for (int64_t o = 0; o < t->c_out; o++) {
            double wanted = d->sum[p * t->c_out + o], magnitude = d->magnitude[p * t->c_out + o];
            double got = tt_load_f64((const char *)d->dst + (p * ld + o) * size, t->dtype);
            if (t->epilogue) {
                wanted = fmax(wanted + (double)d->bias[o], 0);
                magnitude += fabs((double)d->bias[o]);
            }
            if (!(fabs(got - wanted) <= (unit * 20 + result) * magnitude + 1e-30)) {
                print_error("pixel %lld, channel %lld: %.9g, expected %.9g\n", (long long)p, (long long)o, got, wanted);
                return false;
            }
        }
        for (int64_t b = t->c_out * size; b < ld * size; b++)
            if (((const unsigned char *)d->dst)[p * ld * size + b] != 0x5a) {
                print_error("pixel %lld: written past its channels\n", (long long)p);
                return false;
            }
    }
    return true;
}

static void run_case(const conv_case *t, tt_isa level)
{
    const tt_kernels *kernels = tt_kernels_level(level);
    const tt_threads *threads = t->threads > 1 ? tt_pool_threads(t->threads) : NULL;
    conv_data d = {.c = conv_of(t)};
    const size_t size = ttrt_dtype_size(t->dtype);
    int64_t in_elems = pixels(t, d.c.in) * either(d.c.ld_in, t->c_in), out_elems = pixels(t, d.c.out) * t->c_out;
    int64_t w_elems =
        t->c_in * t->c_out / t->groups * size3(t, t->kernel, 0) * size3(t, t->kernel, 1) * size3(t, t->kernel, 2);
    size_t dst_bytes = (size_t)(pixels(t, d.c.out) * either(d.c.ld_out, t->c_out)) * size;
    tt_epilogue e;

    tt_conv_plan(kernels, &d.c, t->threads);
    d.src = tt_alloc_aligned((size_t)in_elems * size);
    d.dst = tt_alloc_aligned(dst_bytes);
    d.weights = tt_alloc_aligned((size_t)w_elems * size);
    d.packed = tt_alloc_aligned(tt_conv_packed_bytes(&d.c));
    d.scratch = tt_alloc_aligned(d.c.scratch_bytes);
    d.bias = tt_alloc_aligned((size_t)t->c_out * sizeof *d.bias);
    d.sum = tt_calloc((size_t)out_elems, sizeof *d.sum);
    d.magnitude = tt_calloc((size_t)out_elems, sizeof *d.magnitude);
    fill(d.src, t->dtype, in_elems);
    fill(d.weights, t->dtype, w_elems);
    fill(d.bias, F32, t->c_out);
    memset(d.dst, 0x5a, dst_bytes);
    make_epilogue(&e, &d);
    reference(t, &d);
    assert_int_equal(tt_conv_pack(kernels, threads, &d.c, d.packed, d.weights, t->dtype), TTRT_OK);
    tt_conv_run(kernels, threads, &d.c, t->epilogue ? NULL : d.dst, d.src, d.packed, t->epilogue ? &e : NULL,
                d.scratch);
    if (!compare(t, &d)) {
        describe(t, &d.c, level);
        fail();
    }
    tt_free_aligned(d.src);
    tt_free_aligned(d.dst);
    tt_free_aligned(d.weights);
    tt_free_aligned(d.packed);
    tt_free_aligned(d.scratch);
    tt_free_aligned(d.bias);
    tt_free(d.sum);
    tt_free(d.magnitude);
}

static void run_levels(const conv_case *t)
{
    random_state = 1;
    for (int level = 0; level < TT_ISA_COUNT; level++)
        if (tt_kernels_level((tt_isa)level))
            run_case(t, (tt_isa)level);
}

/* Each case as it is, then with an epilogue, gaps and two threads, then in the other types. */
static void run_all(const conv_case *cases, size_t n)
{
    static const struct {
        tt_dtype dtype;
        tt_pack_format format;
        bool epilogue, gaps;
        int threads;
    } variants[] = {
        {F32, TT_PACK_F32_N32, false, false, 1},  {F32, TT_PACK_F32_N32, true, false, 2},
        {F32, TT_PACK_F32_N32, true, true, 3},    {F32, TT_PACK_BF16_N32K2, false, true, 1},
        {F16, TT_PACK_F16_N32, true, false, 1},   {BF16, TT_PACK_BF16_N32K2, true, true, 2},
        {BF16, TT_PACK_B16_N32, false, false, 1}, {F64, TT_PACK_F64_N32, false, true, 1},
    };

    for (size_t i = 0; i < n; i++)
        for (size_t v = 0; v < TT_COUNT(variants); v++) {
            conv_case t = cases[i];
            t.dtype = variants[v].dtype;
            t.format = variants[v].format;
            t.epilogue = variants[v].epilogue;
            t.gaps = variants[v].gaps;
            t.threads = variants[v].threads;
            run_levels(&t);
        }
}

static void test_dense(void **state)
{
    static const conv_case cases[] = {
        {2, 2, 3, 5, 1, {7, 6}, {3, 3}},
        {2, 1, 5, 33, 1, {7, 9}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
        {2, 2, 8, 16, 1, {9, 9}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}},
        {2, 1, 3, 40, 1, {20, 21}, {7, 7}, {2, 2}, {1, 1}, {3, 3}, {3, 3}},
        {2, 1, 4, 7, 1, {8, 8}, {3, 3}, {1, 1}, {2, 3}, {2, 3}, {2, 3}},
        {2, 1, 4, 7, 1, {8, 8}, {3, 2}, {2, 1}, {2, 2}, {1, 0}, {3, 2}},
        {2, 1, 4, 7, 1, {2, 3}, {5, 5}, {1, 1}, {1, 1}, {4, 5}, {3, 2}},
        {2, 1, 4, 7, 1, {1, 1}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
        {2, 3, 17, 31, 1, {5, 4}, {1, 1}},
        {2, 3, 18, 31, 1, {5, 4}, {1, 1}},
        {2, 3, 17, 31, 1, {5, 4}, {1, 1}, {2, 2}},
        {2, 1, 6, 9, 1, {4, 4}, {1, 1}, {1, 1}, {1, 1}, {1, 2}, {2, 1}},
        {2, 1, 64, 3, 1, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
        {2, 1, 130, 48, 1, {6, 7}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, /* k in more than one piece */
        {2, 0, 3, 4, 1, {5, 5}, {3, 3}},
    };

    run_all(cases, TT_COUNT(cases));
}

static void test_other_ranks(void **state)
{
    static const conv_case cases[] = {
        {1, 2, 3, 5, 1, {11}, {3}, {1}, {1}, {1}, {1}},
        {1, 2, 3, 5, 1, {11}, {4}, {3}, {2}, {5}, {0}},
        {1, 1, 1, 20, 1, {600}, {512}, {4}, {1}, {254}, {254}},
        {2, 1, 1, 20, 1, {100, 1}, {64, 1}, {4, 1}, {1, 1}, {31, 0}, {32, 0}}, /* one-dimensional in disguise */
        {1, 2, 4, 20, 1, {40}, {8}, {2}},                                      /* lines that need no padding */
        {1, 3, 5, 40, 1, {30}, {7}, {1}, {1}, {3}, {3}},                       /* bf16 rows of odd length */
        {1, 1, 2, 3, 1, {1}, {4}, {3}, {1}, {11}, {0}},                        /* all that is used is padding */
        {1, 1, 130, 48, 1, {40}, {5}, {1}, {1}, {2}, {2}}, /* k in more than one piece, rows in several blocks */
        {2, 1, 6, 20, 1, {1, 30}, {1, 9}, {1, 2}, {1, 1}, {0, 4}, {0, 4}},
        {3, 1, 3, 5, 1, {4, 5, 6}, {3, 2, 3}, {1, 1, 1}, {1, 1, 1}, {1, 0, 1}, {1, 1, 1}},
        {3, 2, 3, 5, 1, {5, 5, 5}, {3, 3, 3}, {2, 2, 2}, {1, 2, 1}, {1, 2, 1}, {1, 2, 1}},
        {3, 2, 2, 3, 1, {4, 1, 1}, {3, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 0, 0}, {1, 0, 0}},
    };

    run_all(cases, TT_COUNT(cases));
}

static void test_groups(void **state)
{
    static const conv_case cases[] = {
        {2, 2, 6, 9, 3, {6, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
        {2, 1, 8, 80, 2, {6, 5}, {2, 3}, {2, 1}, {1, 2}, {1, 1}, {1, 1}},
        {2, 1, 5, 10, 5, {6, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, /* depthwise with a multiplier */
        {2, 1, 10, 5, 5, {6, 5}, {1, 1}},
        {1, 1, 4, 4, 2, {9}, {3}, {2}, {1}, {1}, {1}},
    };

    run_all(cases, TT_COUNT(cases));
}

static void test_depthwise(void **state)
{
    conv_case cases[100];
    size_t n = 0;
    static const int64_t channels[] = {2, 7, 8, 9, 15, 16, 17, 40};

    for (size_t i = 0; i < TT_COUNT(channels); i++) {
        int64_t c = channels[i];
        cases[n++] = (conv_case){2, 2, c, c, c, {6, 13}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
        cases[n++] = (conv_case){2, 1, c, c, c, {9, 21}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}};
        cases[n++] = (conv_case){2, 1, c, c, c, {5, 4}, {5, 5}, {1, 1}, {2, 3}, {4, 7}, {5, 6}};
        cases[n++] = (conv_case){1, 1, c, c, c, {30}, {4}, {1}, {1}, {3}, {0}};
        cases[n++] = (conv_case){3, 1, c, c, c, {3, 4, 12}, {2, 3, 2}, {1, 1, 1}, {1, 1, 1}, {1, 1, 0}, {0, 1, 1}};
    }
    for (int64_t w = 1; w <= 19; w++) { /* tiles of every width */
        cases[n++] = (conv_case){2, 1, 20, 20, 20, {4, w}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
        cases[n++] = (conv_case){2, 1, 20, 20, 20, {4, w}, {3, 3}, {1, 2}, {1, 1}, {1, 4}, {1, 3}};
    }
    cases[n++] = (conv_case){2, 1, 2100, 2100, 2100, {3, 17}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}; /* strips */
    for (size_t i = 0; i < n; i++) /* f64 has no depthwise kernel: a grouped GEMM, tested above */
        run_all(&cases[i], 1);
}

static void test_transposed(void **state)
{
    static const conv_case cases[] = {
        {2, 2, 3, 5, 1, {4, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, true},
        {2, 1, 3, 5, 1, {4, 5}, {3, 2}, {1, 1}, {2, 1}, {0, 1}, {0, 0}, true},
        {2, 1, 3, 5, 1, {5, 6}, {1, 1}, {1, 1}, {1, 1}, {1, 2}, {0, 0}, true}, /* crops below 0 */
        {2, 2, 6, 4, 2, {4, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, true},
        {2, 2, 3, 5, 1, {4, 5}, {2, 2}, {2, 2}, {1, 1}, {0, 0}, {0, 0}, true},
        {2, 1, 3, 40, 1, {4, 5}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, true},
        {2, 1, 4, 6, 2, {3, 3}, {4, 3}, {3, 2}, {1, 2}, {2, 1}, {2, 0}, true},
        {2, 1, 4, 4, 4, {3, 3}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 0}, true},
        {2, 1, 4, 3, 1, {3, 3}, {1, 1}, {3, 2}, {1, 1}, {0, 0}, {2, 1}, true}, /* pixels that nothing reaches */
        {1, 2, 3, 5, 1, {7}, {4}, {3}, {2}, {2}, {2}, true},
        {1, 2, 3, 5, 1, {9}, {3}, {1}, {1}, {4}, {0}, true}, /* crops below 0 along a line */
        {3, 1, 3, 5, 1, {2, 3, 2}, {3, 2, 3}, {2, 1, 2}, {1, 1, 1}, {1, 0, 1}, {1, 0, 1}, true},
    };

    run_all(cases, TT_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dense),     cmocka_unit_test(test_other_ranks), cmocka_unit_test(test_groups),
        cmocka_unit_test(test_depthwise), cmocka_unit_test(test_transposed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
