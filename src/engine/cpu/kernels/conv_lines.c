/* Convolution along one dimension with a kernel wider than its stride: rows of A overlap, so they are read in place,
 *
 *     line   0 0 x x x x x x x x x x 0 0      pixels of all channels, with the padding
 *     row 0  [ kernel ]
 *     row 1      [ kernel ]                   `stride` pixels further
 *
 * from a copy of the line with its padding, or the input itself where that is nothing else. Packing would write each
 * pixel kernel / stride times. */
#include <string.h>

#include "engine/cpu/kernels/conv_parts.h"
#include "engine/cpu/kernels/table.h"

static int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

/* Pixels of a line: from the first one under the kernel to the last one. */
static int64_t line_pixels(const tt_conv *c) { return (c->dims.out[2] - 1) * c->dims.stride[2] + c->dims.kernel[2]; }

static size_t line_bytes(const tt_kernels *kernels, const tt_conv *c)
{
    return (size_t)(line_pixels(c) * c->c_in) * tt_gemm_form_size(tt_gemm_a_form(kernels, &c->gemm));
}

bool tt_conv_has_lines(const tt_kernels *kernels, const tt_conv *c)
{
    const tt_conv_dims *d = &c->dims;

    if (c->groups != 1 || d->kernel[2] <= d->stride[2] || d->dilation[2] != 1 || d->out[2] < 2 || d->pre[2] < 0)
        return false;
    for (int i = 0; i < 2; i++)
        if (d->in[i] != 1 || d->out[i] != 1 || d->kernel[i] != 1)
            return false;
    /* bf16 rows are read in pairs; one too many could be a NaN. */
    return tt_gemm_a_form(kernels, &c->gemm) != TT_FORM_BF16 || c->gemm.k % 2 == 0;
}

static bool lies_ready(const tt_kernels *kernels, const tt_conv *c)
{
    const tt_gemm_form form = tt_gemm_a_form(kernels, &c->gemm);

    return c->dims.pre[2] == 0 && line_pixels(c) <= c->dims.in[2] && tt_conv_ld_in(c) == c->c_in &&
           (form == TT_FORM_F32 || form == TT_FORM_BF16 || form == TT_FORM_64) &&
           ttrt_dtype_size(c->in_dtype) == tt_gemm_form_size(form);
}

void tt_conv_lines_plan(const tt_kernels *kernels, tt_conv *c)
{
    c->lines = true;
    /* Blocks of rows do not go from line to line. */
    c->gemm.mc = ceil_div(c->dims.out[2], ceil_div(c->dims.out[2], c->gemm.mc));
    c->scratch_bytes = (c->gemm.scratch_bytes + 63) / 64 * 64;
    if (!lies_ready(kernels, c))
        c->scratch_bytes += (size_t)c->n * line_bytes(kernels, c);
}

typedef struct line_job {
    const tt_kernels *kernels;
    const tt_conv *c;
    char *lines;
    const char *src;
} line_job;

static void copy_lines(void *ctx, int64_t begin, int64_t end, int worker)
{
    const line_job *j = ctx;
    const tt_conv *c = j->c;
    const tt_gemm_form form = tt_gemm_a_form(j->kernels, &c->gemm);
    const size_t to_pixel = (size_t)c->c_in * tt_gemm_form_size(form), size = ttrt_dtype_size(c->in_dtype),
                 from_pixel = (size_t)tt_conv_ld_in(c) * size;
    const int64_t pixels = line_pixels(c), pre = c->dims.pre[2] < pixels ? c->dims.pre[2] : pixels, left = pixels - pre,
                  inside = c->dims.in[2] < left ? c->dims.in[2] : left;
    const bool touch = tt_conv_ld_in(c) == c->c_in;

    for (int64_t i = begin; i < end; i++) {
        char *to = j->lines + (size_t)i * line_bytes(j->kernels, c);
        const char *from = j->src + (size_t)(i * c->dims.in[2]) * from_pixel;
        memset(to, 0, (size_t)pre * to_pixel);
        to += (size_t)pre * to_pixel;
        if (touch)
            j->kernels->gemm.convert(to, from, inside * c->c_in, c->in_dtype, form);
        for (int64_t x = 0; !touch && x < inside; x++)
            j->kernels->gemm.convert(to + (size_t)x * to_pixel, from + (size_t)x * from_pixel, c->c_in, c->in_dtype,
                                     form);
        memset(to + (size_t)inside * to_pixel, 0, (size_t)(left - inside) * to_pixel);
    }
}

void tt_conv_lines_run(const tt_kernels *kernels, const tt_threads *threads, const tt_conv *c, void *dst,
                       const void *src, const void *packed, const tt_epilogue *epilogue, void *scratch)
{
    line_job lines = {kernels, c, (char *)scratch + (c->gemm.scratch_bytes + 63) / 64 * 64, src};
    const size_t pixel = (size_t)c->c_in * tt_gemm_form_size(tt_gemm_a_form(kernels, &c->gemm));
    tt_gemm_job job = {.kernels = kernels,
                       .g = &c->gemm,
                       .c = dst,
                       .a = src,
                       .a_stride = (size_t)c->dims.stride[2] * pixel,
                       .image = c->dims.out[2],
                       .image_bytes = (size_t)c->dims.in[2] * pixel,
                       .b = packed,
                       .epilogue = epilogue,
                       .scratch = scratch};

    if (!lies_ready(kernels, c)) {
        tt_parallel_for(threads, c->n, 1, copy_lines, &lines);
        job.a = lines.lines;
        job.image_bytes = line_bytes(kernels, c);
    }
    tt_gemm_job_run(threads, &job);
}
