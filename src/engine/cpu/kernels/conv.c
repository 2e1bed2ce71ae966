/* Convolution kernels of one instruction-set level: gathering the input under the kernel into packed rows for GEMM, and
 * the direct depthwise one. */
#include <string.h>

#include "engine/cpu/kernels/gemm_convert.h"
#include "engine/cpu/kernels/table.h"

static int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }

/* The output pixel of a row of A. */
typedef struct pixel {
    int64_t image, at[TT_CONV_RANK];
} pixel;

static pixel pixel_of(const tt_conv_dims *d, int64_t row)
{
    pixel p;

    for (int i = TT_CONV_RANK - 1; i >= 0; i--) {
        p.at[i] = row % d->out[i];
        row /= d->out[i];
    }
    p.image = row;
    return p;
}

static void next_pixel(const tt_conv_dims *d, pixel *p)
{
    for (int i = TT_CONV_RANK - 1; i >= 0; i--) {
        if (++p->at[i] < d->out[i])
            return;
        p->at[i] = 0;
    }
    p->image++;
}

/* A row's elements fall into pieces that are contiguous in memory: the kernel's width times the channels where
 * neighbouring pixels touch, else the channels of one pixel. */
typedef struct pieces {
    bool touch;
    int64_t len, per_line;
    size_t src_size, dst_size, line_bytes;
    bool is_copy; /* f32 to f32 */
    tt_gemm_form form;
} pieces;

static pieces pieces_of(const tt_conv_source *s, tt_gemm_form form)
{
    const tt_conv_dims *d = s->dims;
    bool touch = s->ld == s->channels && d->dilation[2] == 1;
    pieces p = {.touch = touch,
                .len = touch ? d->kernel[2] * s->channels : s->channels,
                .per_line = touch ? 1 : d->kernel[2],
                .src_size = ttrt_dtype_size(s->dtype),
                .line_bytes = (size_t)(d->in[2] * s->ld) * ttrt_dtype_size(s->dtype),
                .dst_size = form == TT_FORM_64     ? 8
                            : form == TT_FORM_BF16 ? 2
                                                   : 4,
                .is_copy = form == TT_FORM_F32 && s->dtype == TTRT_DTYPE_FLOAT32,
                .form = form};

    return p;
}

/* Runs are often short: no calls for them. */
INLINE void put(char *dst, const char *src, int64_t n, const pieces *p, tt_dtype d)
{
    if (p->is_copy)
        tt_copy_f32((float *)dst, (const float *)src, n);
    else
        tt_convert_a(dst, src, n, d, p->form);
}

INLINE void put_zeros(char *dst, int64_t n, const pieces *p)
{
    for (size_t i = 0; i < (size_t)n * p->dst_size; i += 2)
        memset(dst + i, 0, 2);
}

/* Elements [at, at + n) of a line of the image, from pixel x on, to dst; zeros outside of the line. */
INLINE void pack_piece(const tt_conv_source *s, const pieces *p, char *dst, const char *line, int64_t x, int64_t at,
                       int64_t n)
{
    const int64_t first = x * s->ld + at, end = s->dims->in[2] * s->ld;
    int64_t before = 0, after = 0;

    if (!p->touch)
        before = x < 0 || x >= s->dims->in[2] ? n : 0;
    else if (first < 0 || first + n > end) {
        before = min_i64(max_i64(-first, 0), n);
        after = min_i64(max_i64(first + n - end, 0), n - before);
    }
    if (before + after > 0) {
        put_zeros(dst, before, p);
        put_zeros(dst + (size_t)(n - after) * p->dst_size, after, p);
    }
    put(dst + (size_t)before * p->dst_size, line + (first + before) * (int64_t)p->src_size, n - before - after, p,
        s->dtype);
}

/* One row of A from element `skip` of piece `piece` on; o is its output pixel. */
INLINE void pack_row(const tt_conv_source *s, const pieces *p, char *to, const pixel *o, int64_t piece, int64_t skip,
                     int64_t kc)
{
    const tt_conv_dims *d = s->dims;
    const int64_t z0 = o->at[0] * d->stride[0] - d->pre[0], y0 = o->at[1] * d->stride[1] - d->pre[1];
    const int64_t x0 = o->at[2] * d->stride[2] - d->pre[2];
    int64_t kx = piece % p->per_line, ky = piece / p->per_line % d->kernel[1], kz = piece / p->per_line / d->kernel[1];

    for (int64_t k = 0, n; k < kc; k += n, skip = 0) {
        int64_t z = z0 + kz * d->dilation[0], y = y0 + ky * d->dilation[1];
        n = min_i64(p->len - skip, kc - k);
        if (z < 0 || z >= d->in[0] || y < 0 || y >= d->in[1])
            put_zeros(to + (size_t)k * p->dst_size, n, p);
        else
            pack_piece(s, p, to + (size_t)k * p->dst_size,
                       s->data + (size_t)((o->image * d->in[0] + z) * d->in[1] + y) * p->line_bytes,
                       x0 + kx * d->dilation[2], skip, n);
        if (++kx == p->per_line) {
            kx = 0;
            if (++ky == d->kernel[1]) {
                ky = 0;
                kz++;
            }
        }
    }
}

/* Whether the kernel at output pixel o lies inside the image, in two dimensions of f32 whose pixels touch: the common
 * case. */
INLINE bool is_simple(const tt_conv_source *s, const pieces *p, const pixel *o)
{
    const tt_conv_dims *d = s->dims;
    const int64_t y = o->at[1] * d->stride[1] - d->pre[1], x = o->at[2] * d->stride[2] - d->pre[2];

    return p->is_copy && p->touch && d->in[0] == 1 && d->kernel[0] == 1 && d->pre[0] == 0 && y >= 0 &&
           y + (d->kernel[1] - 1) * d->dilation[1] < d->in[1] && x >= 0 && x + d->kernel[2] <= d->in[2];
}

/* The same as pack_row then, without a question per piece: pieces may be as short as 9 values (3 x 3 over 3 channels).
 */
INLINE void pack_simple_row(const tt_conv_source *s, const pieces *p, float *to, const pixel *o, int64_t piece,
                            int64_t skip, int64_t kc)
{
    const tt_conv_dims *d = s->dims;
    const int64_t y = o->at[1] * d->stride[1] - d->pre[1] + piece * d->dilation[1],
                  x = o->at[2] * d->stride[2] - d->pre[2];
    const size_t step = (size_t)d->dilation[1] * p->line_bytes;
    const char *line =
        s->data + (size_t)(o->image * d->in[1] + y) * p->line_bytes + (size_t)(x * s->ld) * sizeof(float);

    for (int64_t k = 0, n; k < kc; k += n, skip = 0, line += step) {
        n = min_i64(p->len - skip, kc - k);
        tt_copy_f32(to + k, (const float *)line + skip, n);
    }
}

static void pack_rows(const tt_kernels *kernels, const void *ctx, void *dst, size_t stride_bytes, int64_t row,
                      int64_t rows, int64_t k0, int64_t kc, tt_gemm_form form)
{
    const tt_conv_source *s = ctx;
    const pieces p = pieces_of(s, form);
    pixel o = pixel_of(s->dims, row);

    for (int64_t r = 0; r < rows; r++, next_pixel(s->dims, &o))
        if (is_simple(s, &p, &o))
            pack_simple_row(s, &p, (float *)((char *)dst + (size_t)r * stride_bytes), &o, k0 / p.len, k0 % p.len, kc);
        else
            pack_row(s, &p, (char *)dst + (size_t)r * stride_bytes, &o, k0 / p.len, k0 % p.len, kc);
}

/* `n` neighbouring output pixels whose kernel columns [k0, k1) are all inside the line. n and, where it is not 0,
 * `width` (the number of columns) are constants, for the compiler to unroll. x: input column of the first pixel's
 * column 0. */
INLINE void depthwise_tile(int n, int width, float *dst, const tt_depthwise *d, int64_t x, int64_t k0, int64_t k1)
{
    const int64_t columns = width ? width : k1 - k0;
    int64_t c = 0;

#ifdef VL
    for (; c < d->channels; c += VL) {
        const int64_t left = d->channels - c;
        vf acc[8];
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            acc[i] = vf_zero();
        for (int64_t l = 0; l < d->n_lines; l++) {
            const float *in = d->lines[l] + (x + k0 * d->dilation) * d->ld_in + c;
            const float *weights = d->weights[l] + k0 * d->channels + c;
#pragma GCC unroll 3
            for (int64_t k = 0; k < columns; k++, in += d->dilation * d->ld_in, weights += d->channels) {
                vf w = left >= VL ? vf_load(weights) : vf_load_n(weights, left);
#pragma GCC unroll 8
                for (int i = 0; i < n; i++) {
                    const float *at = in + i * d->stride * d->ld_in;
                    acc[i] = vf_fma(left >= VL ? vf_load(at) : vf_load_n(at, left), w, acc[i]);
                }
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            if (left >= VL)
                vf_store(dst + i * d->ld_out + c, acc[i]);
            else
                vf_store_n(dst + i * d->ld_out + c, acc[i], left);
    }
#else
    for (; c < d->channels; c++)
        for (int i = 0; i < n; i++) {
            float sum = 0;
            for (int64_t l = 0; l < d->n_lines; l++)
                for (int64_t k = k0; k < k0 + columns; k++)
                    sum += d->lines[l][(x + i * d->stride + k * d->dilation) * d->ld_in + c] *
                           d->weights[l][k * d->channels + c];
            dst[i * d->ld_out + c] = sum;
        }
#endif
}

/* Kernel columns of an output pixel that are inside the line. */
static void columns_inside(const tt_depthwise *d, int64_t x, int64_t *k0, int64_t *k1)
{
    *k0 = x < 0 ? min_i64((-x + d->dilation - 1) / d->dilation, d->kernel) : 0;
    *k1 = x < d->in ? min_i64((d->in - 1 - x) / d->dilation + 1, d->kernel) : 0;
    *k1 = max_i64(*k0, *k1);
}

static void depthwise(float *dst, const tt_depthwise *d, int64_t first, int64_t n)
{
    for (int64_t i = 0, step; i < n; i += step, dst += step * d->ld_out) {
        int64_t x = (first + i) * d->stride - d->pre, last = x + 7 * d->stride, k0, k1;
        step = 1;
        columns_inside(d, x, &k0, &k1);
        if (n - i >= 8 && x >= 0 && last + (d->kernel - 1) * d->dilation < d->in) {
            step = 8;
            if (d->kernel == 3)
                depthwise_tile(8, 3, dst, d, x, 0, 3);
            else
                depthwise_tile(8, 0, dst, d, x, 0, d->kernel);
        } else {
            depthwise_tile(1, 0, dst, d, x, k0, k1);
        }
    }
}

static void accumulate(float *dst, const float *src, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] += src[i];
}

void TT_FOR_ISA(tt_conv_fill)(tt_kernels *k)
{
    k->conv.pack_rows = pack_rows;
    k->conv.depthwise = depthwise;
    k->conv.accumulate = accumulate;
}
