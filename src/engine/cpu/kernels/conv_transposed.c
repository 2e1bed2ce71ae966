/* The transposed convolution with a stride, image by image and group by group:
 *     columns[in pixel][kernel element][channel] = src * weights        a GEMM
 *     dst[out pixel] = sum of the columns whose kernel element reaches it, then the epilogue
 * Output pixels gather, so that workers never write the same one. */
#include <string.h>

#include "engine/cpu/kernels/conv_parts.h"
#include "engine/cpu/kernels/table.h"

#define STRIP_BYTES (64 << 10)

static int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
static size_t align_64(size_t bytes) { return (bytes + 63) / 64 * 64; }
static size_t sum_size(const tt_conv *c) { return tt_conv_is_wide(c) ? 8 : 4; }

void tt_conv_transposed_plan(const tt_kernels *kernels, tt_conv *c, int n_workers)
{
    const int64_t c_in = c->c_in / c->groups, c_out = c->c_out / c->groups;

    c->gemm = (tt_gemm){.m = tt_conv_product(c->dims.in),
                        .n = c_out * tt_conv_product(c->dims.kernel),
                        .k = c_in,
                        .a_dtype = c->in_dtype,
                        .format = c->format,
                        .rows = {.inner = tt_conv_ld_in(c)},
                        .c_dtype = tt_conv_is_wide(c) ? c->in_dtype : TTRT_DTYPE_FLOAT32,
                        .ldc = c_out * tt_conv_product(c->dims.kernel)};
    tt_gemm_plan(kernels, &c->gemm, n_workers);
    c->strip = min_i64(max_i64(STRIP_BYTES / 8 / max_i64(c_out, 1), 1), max_i64(c->dims.out[2], 1));
    c->worker_bytes = align_64((size_t)(c->strip * c_out) * sum_size(c));
    c->scratch_bytes = align_64((size_t)(c->gemm.m * c->gemm.n) * sum_size(c)) + align_64(c->gemm.scratch_bytes) +
                       c->worker_bytes * (size_t)n_workers;
}

typedef struct gather_job {
    const tt_kernels *kernels;
    const tt_conv *c;
    void *dst;
    const char *columns;
    tt_finish finish;
    char *tiles;
    int64_t image, group;
} gather_job;

/* The input coordinate from which kernel element k reaches output coordinate o; -1 for none. */
static int64_t reached_from(const tt_conv_dims *d, int i, int64_t o, int64_t k)
{
    int64_t at = o + d->pre[i] - k * d->dilation[i];

    return at >= 0 && at % d->stride[i] == 0 && at / d->stride[i] < d->in[i] ? at / d->stride[i] : -1;
}

static void accumulate(const gather_job *j, char *sum, int64_t in_pixel, int64_t element)
{
    const tt_conv *c = j->c;
    const int64_t c_out = c->c_out / c->groups;
    const char *column = j->columns + (size_t)(in_pixel * c->gemm.n + element * c_out) * sum_size(c);

    if (sum_size(c) == 4) {
        j->kernels->conv.accumulate((float *)sum, (const float *)column, c_out);
        return;
    }
    for (int64_t i = 0; i < c_out && c->in_dtype == TTRT_DTYPE_FLOAT64; i++)
        ((double *)sum)[i] += ((const double *)column)[i];
    for (int64_t i = 0; i < c_out && c->in_dtype != TTRT_DTYPE_FLOAT64; i++)
        ((uint64_t *)sum)[i] += ((const uint64_t *)column)[i]; /* wraps */
}

static void gather_pixel(const gather_job *j, char *sum, int64_t oz, int64_t oy, int64_t ox)
{
    const tt_conv_dims *d = &j->c->dims;

    for (int64_t kz = 0; kz < d->kernel[0]; kz++) {
        int64_t z = reached_from(d, 0, oz, kz);
        for (int64_t ky = 0; z >= 0 && ky < d->kernel[1]; ky++) {
            int64_t y = reached_from(d, 1, oy, ky);
            for (int64_t kx = 0; y >= 0 && kx < d->kernel[2]; kx++) {
                int64_t x = reached_from(d, 2, ox, kx);
                if (x >= 0)
                    accumulate(j, sum, (z * d->in[1] + y) * d->in[2] + x, (kz * d->kernel[1] + ky) * d->kernel[2] + kx);
            }
        }
    }
}

/* `n` pixels of the group's channels from a tile to the result. */
static void finish_pixels(const gather_job *j, const char *tile, int64_t pixel, int64_t n)
{
    const tt_conv *c = j->c;
    const int64_t c_out = c->c_out / c->groups;

    if (!tt_conv_is_wide(c)) {
        tt_finish_run(j->kernels, &j->finish, (const float *)tile, c_out, pixel, n, j->group * c_out, c_out);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        memcpy((uint64_t *)j->dst + (pixel + i) * tt_conv_ld_out(c) + j->group * c_out, tile + (size_t)(i * c_out) * 8,
               (size_t)c_out * 8);
}

static void gather_lines(void *ctx, int64_t begin, int64_t end, int worker)
{
    const gather_job *j = ctx;
    const tt_conv *c = j->c;
    const int64_t *out = c->dims.out, c_out = c->c_out / c->groups;
    char *tile = j->tiles + (size_t)worker * c->worker_bytes;

    for (int64_t line = begin; line < end; line++)
        for (int64_t x = 0; x < out[2]; x += c->strip) {
            int64_t n = min_i64(c->strip, out[2] - x);
            memset(tile, 0, (size_t)(n * c_out) * sum_size(c));
            for (int64_t i = 0; i < n; i++)
                gather_pixel(j, tile + (size_t)(i * c_out) * sum_size(c), line / out[1], line % out[1], x + i);
            finish_pixels(j, tile, (j->image * out[0] * out[1] + line) * out[2] + x, n);
        }
}

void tt_conv_transposed_run(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst,
                            const void *src, const void *packed, const tt_epilogue *epilogue, void *scratch)
{
    const size_t in_size = ttrt_dtype_size(c->in_dtype);
    const size_t columns_bytes = align_64((size_t)(c->gemm.m * c->gemm.n) * sum_size(c));
    const size_t group_bytes = tt_gemm_packed_bytes(c->format, c->gemm.k, c->gemm.n);
    char *gemm_scratch = (char *)scratch + columns_bytes;
    gather_job job = {.kernels = kernels,
                      .c = c,
                      .dst = dst,
                      .columns = scratch,
                      .tiles = gemm_scratch + align_64(c->gemm.scratch_bytes)};

    tt_finish_init(&job.finish, epilogue, dst, c->out_dtype, tt_conv_ld_out(c));
    for (job.image = 0; job.image < c->n; job.image++)
        for (job.group = 0; job.group < c->groups; job.group++) {
            const char *from =
                (const char *)src +
                (size_t)(job.image * c->gemm.m * tt_conv_ld_in(c) + job.group * (c->c_in / c->groups)) * in_size;
            tt_gemm_run(kernels, threads, &c->gemm, scratch, from,
                        (const char *)packed + (size_t)job.group * group_bytes, NULL, gemm_scratch);
            tt_parallel_for(threads, c->dims.out[0] * c->dims.out[1], 1, gather_lines, &job);
        }
}
