/* Convolution, what is the same on each level: choice of the algorithm, packing of the weights, threads. */
#include <string.h>

#include "base/checked.h"
#include "engine/cpu/kernels/conv_parts.h"
#include "engine/cpu/kernels/table.h"

/* A depthwise tile between kernel and epilogue, in bytes: it should still be in the L1 cache. */
#define STRIP_BYTES (16 << 10)

static int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

tt_conv_algo tt_conv_choose(const tt_conv *c)
{
    for (int i = 0; i < c->rank; i++)
        if (c->transposed && c->stride[i] > 1)
            return TT_CONV_TRANSPOSED;
    if (!c->transposed && c->groups > 1 && c->groups == c->c_in && c->groups == c->c_out && !tt_conv_is_wide(c))
        return TT_CONV_DEPTHWISE;
    return TT_CONV_GEMM;
}

/* B of one group's GEMM. */
static void b_sizes(const tt_conv *c, int64_t *k, int64_t *n)
{
    int64_t elems = tt_conv_kernel_elems(c), c_in = c->c_in / c->groups, c_out = c->c_out / c->groups;
    bool scatters = tt_conv_choose(c) == TT_CONV_TRANSPOSED;

    *k = scatters ? c_in : c_in * elems;
    *n = scatters ? c_out * elems : c_out;
}

static size_t group_bytes(const tt_conv *c)
{
    int64_t k, n;

    b_sizes(c, &k, &n);
    return tt_gemm_packed_bytes(c->format, k, n);
}

size_t tt_conv_packed_bytes(const tt_conv *c)
{
    size_t bytes;

    if (tt_conv_choose(c) == TT_CONV_DEPTHWISE)
        return (size_t)(tt_conv_kernel_elems(c) * c->c_out) * sizeof(float);
    return tt_mul_size(group_bytes(c), (size_t)c->groups, &bytes) ? bytes : SIZE_MAX;
}

/* dst[outer][middle][inner] from elements at src + outer * so + middle * sm + inner * si. */
typedef struct reorder {
    char *dst;
    const char *src;
    int64_t middle, inner, so, sm, si;
    size_t size;
} reorder;

#define REORDER(type)                                                                                                  \
    for (int64_t m = 0; m < r->middle; m++)                                                                            \
        for (int64_t i = 0; i < r->inner; i++)                                                                         \
    ((type *)to)[m * r->inner + i] = ((const type *)from)[m * r->sm + i * r->si]

static void reorder_outer(void *ctx, int64_t begin, int64_t end, int worker)
{
    const reorder *r = ctx;

    for (int64_t o = begin; o < end; o++) {
        char *to = r->dst + (size_t)(o * r->middle * r->inner) * r->size;
        const char *from = r->src + o * r->so * (int64_t)r->size;
        if (r->size == 8)
            REORDER(uint64_t);
        else if (r->size == 4)
            REORDER(uint32_t);
        else if (r->size == 2)
            REORDER(uint16_t);
        else
            REORDER(uint8_t);
    }
}

/* One group's weights, through a copy in which each output channel has its k in the order of packed rows: kernel,
 * channel. */
static void pack_group(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, char *dst,
                       const char *weights, tt_dtype d, char *copy)
{
    const int64_t elems = tt_conv_kernel_elems(c), c_in = c->c_in / c->groups, c_out = c->c_out / c->groups;
    const int64_t last = (int64_t)ttrt_dtype_size(d) * (elems - 1);
    reorder r = {copy, weights, elems, c_in, c_in * elems, 1, elems, ttrt_dtype_size(d)};

    if (tt_conv_choose(c) == TT_CONV_TRANSPOSED) {
        r = (reorder){copy, weights, elems, c_out, c_out * elems, 1, elems, r.size};
        tt_parallel_for(threads, c_in, 8, reorder_outer, &r);
        tt_gemm_pack(kernels, threads, dst, c->format, copy, d, c_in, elems * c_out, elems * c_out, 1);
        return;
    }
    if (c->transposed) /* without a stride: the kernel from its end to its begin */
        r = (reorder){copy, weights + last, elems, c_in, elems, -1, c_out * elems, r.size};
    tt_parallel_for(threads, c_out, 8, reorder_outer, &r);
    tt_gemm_pack(kernels, threads, dst, c->format, copy, d, elems * c_in, c_out, 1, elems * c_in);
}

ttrt_status tt_conv_pack(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst,
                         const void *weights, tt_dtype d)
{
    const int64_t elems = tt_conv_kernel_elems(c), group_elems = c->c_in / c->groups * (c->c_out / c->groups) * elems;
    const size_t size = ttrt_dtype_size(d);

    if (tt_conv_choose(c) == TT_CONV_DEPTHWISE) {
        for (int64_t k = 0; k < elems; k++)
            for (int64_t ch = 0; ch < c->c_out; ch++)
                ((float *)dst)[k * c->c_out + ch] =
                    (float)tt_load_f64((const char *)weights + (size_t)(ch * elems + k) * size, d);
        return TTRT_OK;
    }
    char *copy = tt_alloc((size_t)group_elems * size);
    if (!copy)
        return TTRT_ERR_MEMORY;
    for (int64_t g = 0; g < c->groups; g++)
        pack_group(kernels, threads, c, (char *)dst + (size_t)g * group_bytes(c),
                   (const char *)weights + (size_t)(g * group_elems) * size, d, copy);
    tt_free(copy);
    return TTRT_OK;
}

/* To three dimensions, the given ones last; then trailing ones that do nothing move to the front, so that what is left
 * of the kernel lies along the width, where its elements are contiguous. */
static void align_dims(tt_conv *c)
{
    tt_conv_dims d;
    int n = c->rank;

    while (n > 1 && c->in[n - 1] == 1 && c->out[n - 1] == 1 && c->kernel[n - 1] == 1 && c->pre[n - 1] == 0)
        n--;
    for (int i = 0; i < TT_CONV_RANK; i++) {
        int from = i - (TT_CONV_RANK - n);
        bool used = from >= 0;
        d.in[i] = used ? c->in[from] : 1;
        d.out[i] = used ? c->out[from] : 1;
        d.kernel[i] = used ? c->kernel[from] : 1;
        d.stride[i] = used ? c->stride[from] : 1;
        d.dilation[i] = used ? c->dilation[from] : 1;
        d.pre[i] = used ? c->pre[from] : 0;
        /* Without a stride, the transposed one is the plain one with the kernel turned around and the padding that is
         * left. */
        if (used && c->algo == TT_CONV_GEMM && c->transposed)
            d.pre[i] = d.dilation[i] * (d.kernel[i] - 1) - d.pre[i];
    }
    c->dims = d;
}

static bool has_tile(const tt_conv *c) { return c->has_epilogue || c->out_dtype != TTRT_DTYPE_FLOAT32; }
static int64_t tile_floats(const tt_conv *c) { return has_tile(c) ? c->strip * c->c_out : 0; }
/* What the kernel reads where it lies. */
static bool reads_lines(const tt_conv *c)
{
    return c->in_dtype == TTRT_DTYPE_FLOAT32 || c->in_dtype == TTRT_DTYPE_BFLOAT16;
}
/* Other lines of input, in f32. */
static int64_t line_floats(const tt_conv *c)
{
    return reads_lines(c) ? 0 : c->dims.kernel[0] * c->dims.kernel[1] * c->dims.in[2] * c->c_in;
}

/* Of the pointers to lines and to their weights, and of the numbers of the lines that are converted. */
static size_t pointers_bytes(const tt_conv *c)
{
    return ((size_t)(c->dims.kernel[0] * c->dims.kernel[1]) * (2 * sizeof(float *) + sizeof(int64_t)) + 63) / 64 * 64;
}

static void plan_depthwise(tt_conv *c, int n_workers)
{
    const int64_t width = max_i64(c->dims.out[2], 1), most = max_i64(STRIP_BYTES / 4 / max_i64(c->c_out, 1), 8);

    c->strip = ceil_div(width, ceil_div(width, most));
    c->worker_bytes = pointers_bytes(c) + ((size_t)(tile_floats(c) + line_floats(c)) * sizeof(float) + 63) / 64 * 64;
    c->scratch_bytes = c->worker_bytes * (size_t)n_workers;
}

static void plan_gemm(const tt_kernels *kernels, tt_conv *c, int n_workers)
{
    c->gemm = (tt_gemm){.m = c->n * tt_conv_product(c->dims.out),
                        .a_dtype = c->in_dtype,
                        .format = c->format,
                        .c_dtype = c->out_dtype,
                        .ldc = tt_conv_ld_out(c),
                        .has_epilogue = c->has_epilogue};
    b_sizes(c, &c->gemm.k, &c->gemm.n);
    tt_gemm_plan(kernels, &c->gemm, n_workers);
    c->scratch_bytes = c->gemm.scratch_bytes;
    if (tt_conv_has_lines(kernels, c))
        tt_conv_lines_plan(kernels, c);
}

void tt_conv_plan(const tt_kernels *kernels, tt_conv *c, int n_workers)
{
    c->algo = tt_conv_choose(c);
    c->n_workers = n_workers;
    align_dims(c);
    if (c->algo == TT_CONV_DEPTHWISE)
        plan_depthwise(c, n_workers);
    else if (c->algo == TT_CONV_TRANSPOSED)
        tt_conv_transposed_plan(kernels, c, n_workers);
    else
        plan_gemm(kernels, c, n_workers);
}

/* Then a row of A is a pixel as it lies. */
static bool is_pointwise(const tt_conv *c)
{
    const tt_conv_dims *d = &c->dims;

    for (int i = 0; i < TT_CONV_RANK; i++)
        if (d->kernel[i] != 1 || d->stride[i] != 1 || d->pre[i] != 0 || d->in[i] != d->out[i])
            return false;
    return true;
}

static void run_gemm(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst, const void *src,
                     const void *packed, const tt_epilogue *epilogue, void *scratch)
{
    const int64_t c_in = c->c_in / c->groups, c_out = c->c_out / c->groups;

    for (int64_t g = 0; g < c->groups; g++) {
        tt_conv_source source = {&c->dims, (const char *)src + (size_t)(g * c_in) * ttrt_dtype_size(c->in_dtype),
                                 c->in_dtype, c_in, tt_conv_ld_in(c)};
        tt_gemm gemm = c->gemm;
        gemm.epilogue_col = g * c_out;
        tt_gemm_job job = {.kernels = kernels,
                           .g = &gemm,
                           .c = dst ? (char *)dst + (size_t)(g * c_out) * ttrt_dtype_size(c->out_dtype) : NULL,
                           .b = (const char *)packed + (size_t)g * group_bytes(c),
                           .pack_a = kernels->conv.pack_rows,
                           .pack_ctx = &source,
                           .epilogue = epilogue,
                           .scratch = scratch};
        if (is_pointwise(c) && tt_gemm_reads_in_place(kernels, &gemm, source.ld)) {
            job.a = source.data;
            job.a_stride = (size_t)source.ld * ttrt_dtype_size(c->in_dtype);
        }
        tt_gemm_job_run(threads, &job);
    }
}

typedef struct depthwise_job {
    const tt_kernels *kernels;
    const tt_conv *c;
    void *dst;
    const char *src;
    const float *weights;
    tt_finish finish;
    void *scratch;
} depthwise_job;

/* Input lines in f32, as many as the kernel has rows: neighbouring output lines share most of theirs. */
typedef struct line_store {
    float *lines;
    int64_t *held; /* the number of each line, over all images; -1: none */
} line_store;

static const float *converted_line(const depthwise_job *j, line_store *store, int64_t slot, int64_t number)
{
    const tt_conv *c = j->c;
    const size_t size = ttrt_dtype_size(c->in_dtype);
    const char *from = j->src + (size_t)(number * c->dims.in[2] * tt_conv_ld_in(c)) * size;
    float *to = store->lines + slot * c->dims.in[2] * c->c_in;

    if (store->held[slot] == number)
        return to;
    store->held[slot] = number;
    if (tt_conv_ld_in(c) == c->c_in)
        j->kernels->gemm.convert(to, from, c->dims.in[2] * c->c_in, c->in_dtype, TT_FORM_F32);
    else
        for (int64_t x = 0; x < c->dims.in[2]; x++)
            j->kernels->gemm.convert(to + x * c->c_in, from + (size_t)(x * tt_conv_ld_in(c)) * size, c->c_in,
                                     c->in_dtype, TT_FORM_F32);
    return to;
}

/* The input lines under output line `line` (counted over images, depth and height), with their rows of the kernel. */
static void find_lines(const depthwise_job *j, tt_depthwise *d, int64_t line, line_store *store)
{
    const tt_conv *c = j->c;
    const tt_conv_dims *dims = &c->dims;
    const int64_t y0 = line % dims->out[1] * dims->stride[1] - dims->pre[1];
    const int64_t z0 = line / dims->out[1] % dims->out[0] * dims->stride[0] - dims->pre[0];
    const int64_t image = line / dims->out[1] / dims->out[0];

    d->n_lines = 0;
    for (int64_t kz = 0; kz < dims->kernel[0]; kz++)
        for (int64_t ky = 0; ky < dims->kernel[1]; ky++) {
            int64_t z = z0 + kz * dims->dilation[0], y = y0 + ky * dims->dilation[1];
            if (z < 0 || z >= dims->in[0] || y < 0 || y >= dims->in[1])
                continue;
            const int64_t number = (image * dims->in[0] + z) * dims->in[1] + y;
            /* Without dilation a line keeps its place while the kernel moves over it. */
            const int64_t slot = kz * dims->kernel[1] + (dims->dilation[1] == 1 ? y % dims->kernel[1] : ky);
            d->weights[d->n_lines] = j->weights + (kz * dims->kernel[1] + ky) * d->kernel * d->channels;
            d->lines[d->n_lines] = reads_lines(c) ? j->src + (size_t)(number * dims->in[2] * tt_conv_ld_in(c)) *
                                                                 ttrt_dtype_size(c->in_dtype)
                                                  : (const void *)converted_line(j, store, slot, number);
            d->n_lines++;
        }
}

static void run_depthwise_lines(void *ctx, int64_t begin, int64_t end, int worker)
{
    const depthwise_job *j = ctx;
    const tt_conv *c = j->c;
    const tt_conv_dims *dims = &c->dims;
    char *scratch = (char *)j->scratch + (size_t)worker * c->worker_bytes;
    const void **lines = (const void **)scratch;
    float *tile = (float *)(scratch + pointers_bytes(c));
    const int64_t n_slots = dims->kernel[0] * dims->kernel[1];
    line_store store = {tile + tile_floats(c), (int64_t *)(lines + 2 * n_slots)};
    float *in_place = has_tile(c) ? NULL : j->dst;
    tt_depthwise d = {.channels = c->c_out,
                      .is_bf16 = c->in_dtype == TTRT_DTYPE_BFLOAT16,
                      .ld_in = reads_lines(c) ? tt_conv_ld_in(c) : c->c_in,
                      .ld_out = has_tile(c) ? c->c_out : tt_conv_ld_out(c),
                      .in = dims->in[2],
                      .kernel = dims->kernel[2],
                      .stride = dims->stride[2],
                      .dilation = dims->dilation[2],
                      .pre = dims->pre[2],
                      .lines = lines,
                      .weights = (const float **)(lines + n_slots)};

    for (int64_t i = 0; i < n_slots; i++)
        store.held[i] = -1;
    for (int64_t line = begin; line < end; line++) {
        find_lines(j, &d, line, &store);
        for (int64_t x = 0; x < dims->out[2]; x += c->strip) {
            int64_t n = min_i64(c->strip, dims->out[2] - x), at = line * dims->out[2] + x;
            j->kernels->conv.depthwise(in_place ? in_place + at * d.ld_out : tile, &d, x, n);
            if (!in_place)
                tt_finish_run(j->kernels, &j->finish, tile, c->c_out, at, n, 0, c->c_out);
        }
    }
}

static void run_depthwise(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst,
                          const void *src, const void *packed, const tt_epilogue *epilogue, void *scratch)
{
    depthwise_job job = {.kernels = kernels, .c = c, .dst = dst, .src = src, .weights = packed, .scratch = scratch};
    int64_t line_elems = max_i64(c->dims.out[2] * c->c_out, 1);

    tt_finish_init(&job.finish, epilogue, dst, c->out_dtype, tt_conv_ld_out(c));
    tt_parallel_for(threads, c->n * c->dims.out[0] * c->dims.out[1], ceil_div(8192, line_elems), run_depthwise_lines,
                    &job);
}

void tt_conv_run(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst, const void *src,
                 const void *packed, const tt_epilogue *epilogue, void *scratch)
{
    if (c->n == 0 || c->c_out == 0 || tt_conv_product(c->dims.out) == 0)
        return;
    if (c->algo == TT_CONV_DEPTHWISE)
        run_depthwise(kernels, threads, c, dst, src, packed, epilogue, scratch);
    else if (c->algo == TT_CONV_TRANSPOSED)
        tt_conv_transposed_run(kernels, threads, c, dst, src, packed, epilogue, scratch);
    else if (c->lines)
        tt_conv_lines_run(kernels, threads, c, dst, src, packed, epilogue, scratch);
    else
        run_gemm(kernels, threads, c, dst, src, packed, epilogue, scratch);
}
