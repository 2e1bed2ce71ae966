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
    bool is_copy; /* as the elements are, of 4 or 2 bytes */
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
                .is_copy = (form == TT_FORM_F32 && s->dtype == TTRT_DTYPE_FLOAT32) ||
                           (form == TT_FORM_BF16 && s->dtype == TTRT_DTYPE_BFLOAT16),
                .form = form};

    return p;
}

INLINE void copy_elements(char *dst, const char *src, int64_t n, size_t size)
{
    if (size == 4)
        tt_copy_f32((float *)dst, (const float *)src, n);
    else
        tt_copy_16((uint16_t *)dst, (const uint16_t *)src, n);
}

/* Runs are often short: no calls for them. */
INLINE void put(char *dst, const char *src, int64_t n, const pieces *p, tt_dtype d)
{
    if (p->is_copy)
        copy_elements(dst, src, n, p->src_size);
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

/* Whether the kernel at output pixel o lies inside the image, in two dimensions of pixels that touch and are copied:
 * the common case. */
INLINE bool is_simple(const tt_conv_source *s, const pieces *p, const pixel *o)
{
    const tt_conv_dims *d = s->dims;
    const int64_t y = o->at[1] * d->stride[1] - d->pre[1], x = o->at[2] * d->stride[2] - d->pre[2];

    return p->is_copy && p->touch && d->in[0] == 1 && d->kernel[0] == 1 && d->pre[0] == 0 && y >= 0 &&
           y + (d->kernel[1] - 1) * d->dilation[1] < d->in[1] && x >= 0 && x + d->kernel[2] <= d->in[2];
}

/* How many of the next `most` output pixels, o the first, are as simple and lie in one line. */
INLINE int64_t simple_pixels(const tt_conv_source *s, const pieces *p, const pixel *o, int64_t most)
{
    const tt_conv_dims *d = s->dims;
    const int64_t last = (d->in[2] + d->pre[2] - d->kernel[2]) / d->stride[2];

    return is_simple(s, p, o) ? min_i64(min_i64(last, d->out[2] - 1) - o->at[2] + 1, most) : 0;
}

/* The same as pack_row for `n` such pixels, without a question per piece: pieces may be as short as 9 values (3 x 3
 * over 3 channels). */
INLINE void pack_simple_rows(const tt_conv_source *s, const pieces *p, char *to, size_t stride_bytes, const pixel *o,
                             int64_t n, int64_t piece, int64_t skip, int64_t kc, size_t size)
{
    const tt_conv_dims *d = s->dims;
    const int64_t y = o->at[1] * d->stride[1] - d->pre[1] + piece * d->dilation[1],
                  x = o->at[2] * d->stride[2] - d->pre[2];
    const size_t below = (size_t)d->dilation[1] * p->line_bytes, beside = (size_t)(d->stride[2] * s->ld) * size;
    const char *line = s->data + (size_t)(o->image * d->in[1] + y) * p->line_bytes + (size_t)(x * s->ld) * size;

    for (int64_t k = 0, len; k < kc; k += len, skip = 0, line += below) {
        len = min_i64(p->len - skip, kc - k);
        for (int64_t i = 0; i < n; i++)
            copy_elements(to + (size_t)i * stride_bytes + (size_t)k * size,
                          line + (size_t)i * beside + (size_t)skip * size, len, size);
    }
}

static void pack_rows(const tt_kernels *kernels, const void *ctx, void *dst, size_t stride_bytes, int64_t row,
                      int64_t rows, int64_t k0, int64_t kc, tt_gemm_form form)
{
    const tt_conv_source *s = ctx;
    const pieces p = pieces_of(s, form);
    const int64_t piece = k0 / p.len, skip = k0 % p.len;
    pixel o = pixel_of(s->dims, row);

    for (int64_t r = 0, n; r < rows; r += n) {
        char *to = (char *)dst + (size_t)r * stride_bytes;
        n = simple_pixels(s, &p, &o, rows - r);
        if (n == 0) {
            pack_row(s, &p, to, &o, piece, skip, kc);
            n = 1;
        } else if (p.src_size == 4) {
            pack_simple_rows(s, &p, to, stride_bytes, &o, n, piece, skip, kc, 4);
        } else {
            pack_simple_rows(s, &p, to, stride_bytes, &o, n, piece, skip, kc, 2);
        }
        o.at[2] += n - 1;
        next_pixel(s->dims, &o);
    }
}

#ifdef VL

/* The first `left` of VL channels, all where it is more, from element `at` of a line. */
INLINE vf load_channels(const void *line, int64_t at, bool is_bf16, int64_t left)
{
    const uint16_t *halves = (const uint16_t *)line + at;
    const float *floats = (const float *)line + at;

    if (is_bf16)
        return left >= VL ? vf_load_bf16(halves) : vf_load_bf16_n(halves, left);
    return left >= VL ? vf_load(floats) : vf_load_n(floats, left);
}

INLINE vf load_weights(const float *weights, int64_t left)
{
    return left >= VL ? vf_load(weights) : vf_load_n(weights, left);
}

INLINE void store_channels(float *dst, vf v, int64_t left)
{
    if (left >= VL)
        vf_store(dst, v);
    else
        vf_store_n(dst, v, left);
}

#endif

/* `n` neighbouring output pixels whose kernel columns [k0, k1) are all inside the line. n and is_bf16 are constants,
 * for the compiler to unroll. x: input column of the first pixel's column 0. */
INLINE void depthwise_any(int n, bool is_bf16, float *dst, const tt_depthwise *d, int64_t x, int64_t k0, int64_t k1)
{
    int64_t c = 0;

#ifdef VL
    for (; c < d->channels; c += VL) {
        const int64_t left = d->channels - c;
        vf acc[8];
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            acc[i] = vf_zero();
        for (int64_t l = 0; l < d->n_lines; l++) {
            for (int64_t k = k0; k < k1; k++) {
                const vf w = load_weights(d->weights[l] + k * d->channels + c, left);
#pragma GCC unroll 8
                for (int i = 0; i < n; i++) {
                    const int64_t at = (x + i * d->stride + k * d->dilation) * d->ld_in + c;
                    acc[i] = vf_fma(load_channels(d->lines[l], at, is_bf16, left), w, acc[i]);
                }
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            store_channels(dst + i * d->ld_out + c, acc[i], left);
    }
#else
    for (; c < d->channels; c++)
        for (int i = 0; i < n; i++) {
            float sum = 0;
            for (int64_t l = 0; l < d->n_lines; l++)
                for (int64_t k = k0; k < k1; k++) {
                    const int64_t at = (x + i * d->stride + k * d->dilation) * d->ld_in + c;
                    const float value = is_bf16 ? tt_bits_f32((uint32_t)((const uint16_t *)d->lines[l])[at] << 16)
                                                : ((const float *)d->lines[l])[at];
                    sum += value * d->weights[l][k * d->channels + c];
                }
            dst[i * d->ld_out + c] = sum;
        }
#endif
}

#ifdef VL

INLINE void prefetch_bytes(const char *p, int64_t bytes)
{
#pragma GCC unroll 16
    for (int64_t i = 0; i < bytes; i += 64)
        __builtin_prefetch(p + i, 0, 2);
}

/* The same for a kernel of 3 columns without dilation, in which each input pixel is loaded once for all that it goes
 * into. Pixels outside of the line are passed over. n, stride and is_bf16 are constants. */
INLINE void depthwise_3(int n, int stride, bool is_bf16, float *dst, const tt_depthwise *d, int64_t x)
{
    const int columns = (n - 1) * stride + 3;
    const int64_t first = max_i64(-x, 0), end = d->in - x, size = is_bf16 ? 2 : 4;

    for (int64_t c = 0; c < d->channels; c += VL) {
        const int64_t left = d->channels - c;
        vf acc[8];
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            acc[i] = vf_zero();
        for (int64_t l = 0; l < d->n_lines; l++) {
            const float *weights = d->weights[l] + c;
            if (l >= d->n_lines - stride) /* no line above has read them: as many bytes of the next pixels */
                prefetch_bytes((const char *)d->lines[l] + ((x + n * stride) * d->ld_in + c * n * stride) * size,
                               n * stride * VL * size);
            const vf w[3] = {load_weights(weights, left), load_weights(weights + d->channels, left),
                             load_weights(weights + 2 * d->channels, left)};
#pragma GCC unroll 17
            for (int j = 0; j < columns; j++) {
                if (j < first || j >= end)
                    continue;
                const vf v = load_channels(d->lines[l], (x + j) * d->ld_in + c, is_bf16, left);
#pragma GCC unroll 3
                for (int k = 0; k < 3; k++)
                    if (j >= k && (j - k) % stride == 0 && (j - k) / stride < n)
                        acc[(j - k) / stride] = vf_fma(v, w[k], acc[(j - k) / stride]);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            store_channels(dst + i * d->ld_out + c, acc[i], left);
    }
}

typedef void (*depthwise_fn)(float *dst, const tt_depthwise *d, int64_t x);

/* clang-format off */
#define UP_TO_8(X, ...)                                                                                                \
    X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__)                                            \
    X(5, __VA_ARGS__) X(6, __VA_ARGS__) X(7, __VA_ARGS__) X(8, __VA_ARGS__)
/* clang-format on */
#define DEFINE_3(n, name, stride, is_bf16)                                                                             \
    static void name##_##n(float *dst, const tt_depthwise *d, int64_t x) { depthwise_3(n, stride, is_bf16, dst, d, x); }
#define NAME_3(n, name) name##_##n,
UP_TO_8(DEFINE_3, depthwise_3_f32, 1, false)
UP_TO_8(DEFINE_3, depthwise_3_f32_stride_2, 2, false)
UP_TO_8(DEFINE_3, depthwise_3_bf16, 1, true)
UP_TO_8(DEFINE_3, depthwise_3_bf16_stride_2, 2, true)
/* [is_bf16][stride - 1][n - 1] */
static const depthwise_fn depthwise_3s[2][2][8] = {
    {{UP_TO_8(NAME_3, depthwise_3_f32)}, {UP_TO_8(NAME_3, depthwise_3_f32_stride_2)}},
    {{UP_TO_8(NAME_3, depthwise_3_bf16)}, {UP_TO_8(NAME_3, depthwise_3_bf16_stride_2)}}};

/* In tiles of nearly equal width. */
static void depthwise_by_3(float *dst, const tt_depthwise *d, int64_t first, int64_t n)
{
    const depthwise_fn *fn = depthwise_3s[d->is_bf16][d->stride - 1];
    const int64_t tiles = (n + 7) / 8;

    for (int64_t t = 0; t < tiles; t++) {
        const int64_t begin = n * t / tiles, end = n * (t + 1) / tiles;
        fn[end - begin - 1](dst + begin * d->ld_out, d, (first + begin) * d->stride - d->pre);
    }
}

#endif

/* Kernel columns of an output pixel that are inside the line. */
static void columns_inside(const tt_depthwise *d, int64_t x, int64_t *k0, int64_t *k1)
{
    *k0 = x < 0 ? min_i64((-x + d->dilation - 1) / d->dilation, d->kernel) : 0;
    *k1 = x < d->in ? min_i64((d->in - 1 - x) / d->dilation + 1, d->kernel) : 0;
    *k1 = max_i64(*k0, *k1);
}

static void depthwise(float *dst, const tt_depthwise *d, int64_t first, int64_t n)
{
#ifdef VL
    if (d->kernel == 3 && d->dilation == 1 && d->stride <= 2) {
        depthwise_by_3(dst, d, first, n);
        return;
    }
#endif
    for (int64_t i = 0, step; i < n; i += step, dst += step * d->ld_out) {
        int64_t x = (first + i) * d->stride - d->pre, last = x + 7 * d->stride, k0, k1;
        columns_inside(d, x, &k0, &k1);
        step = n - i >= 8 && x >= 0 && last + (d->kernel - 1) * d->dilation < d->in ? 8 : 1;
        if (step == 8)
            d->is_bf16 ? depthwise_any(8, true, dst, d, x, 0, d->kernel)
                       : depthwise_any(8, false, dst, d, x, 0, d->kernel);
        else
            d->is_bf16 ? depthwise_any(1, true, dst, d, x, k0, k1) : depthwise_any(1, false, dst, d, x, k0, k1);
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
