/* Pooling, one output row at a time, in one of three ways:
 *
 *     channels contiguous:  each output pixel is a loop over its window, with a block of channels in registers
 *     strips of a row:      the window's input rows are combined into one row, then that row into the outputs
 *     one by one:           with positions of maxima, or a window too wide for the row buffer                       */
#include <math.h>
#include <string.h>

#include "engine/cpu/kernels/table.h"

#if defined(__F16C__)
#include <immintrin.h>
#endif

enum { BLOCK = 64, ROW = 1024, OUTPUTS = 256, RUN = 64, LANES = 16 };

/* The places of one output coordinate: start + i * step for i < n; `padded`: how many there would be if padding
 * counted. */
typedef struct window {
    int64_t start, n, step, padded;
} window;

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }

static window window_of(const tt_pool *p, int dim, int64_t o)
{
    const int64_t in = p->from.dims[2 + dim], out = p->to.dims[2 + dim], step = p->dilation[dim];
    window w = {.step = 1};

    if (p->is_adaptive) {
        w.start = o / out * in + o % out * in / out;
        w.n = w.padded = in > 0 ? 1 + ((o + 1) * in - 1) / out - w.start : 0;
        return w;
    }
    w.step = step;
    w.start = o * p->stride[dim] - p->pad[dim];
    int64_t end = w.start + (p->kernel[dim] - 1) * step + 1;
    w.padded = min64(end, in + p->pad_after[dim]) - w.start;
    if (w.start < 0)
        w.start += (-w.start + step - 1) / step * step;
    end = min64(end, in);
    w.n = end > w.start ? (end - w.start + step - 1) / step : 0;
    w.start = min64(w.start, in);
    return w;
}

/* What an average divides by; 0: there is nothing to divide. */
static int64_t divisor_of(const tt_pool *p, const window w[3])
{
    const int64_t n = w[0].n * w[1].n * w[2].n;

    if (n == 0)
        return 0;
    if (p->divisor != 0)
        return p->divisor;
    return p->count_include_pad && !p->is_adaptive ? w[0].padded * w[1].padded * w[2].padded : n;
}

/* n values widened to the type that computes: themselves where it is the same, else in `buffer`. */
#define SAME_ROW(name, T)                                                                                              \
    static inline const T *name##_load(const T *p, T *buffer, int64_t n) { return p; }                                 \
    static inline T name##_widen(T v) { return v; }                                                                    \
    static inline T name##_narrow(T v) { return v; }
SAME_ROW(f32, float)
SAME_ROW(f64, double)
SAME_ROW(i8, int8_t)
SAME_ROW(u8, uint8_t)
SAME_ROW(i16, int16_t)
SAME_ROW(i32, int32_t)
SAME_ROW(i64, int64_t)

static inline float bf16_widen(uint16_t v)
{
    uint32_t bits = (uint32_t)v << 16;
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

/* As tt_f32_to_bf16, in a form that vectorises. */
static inline uint16_t bf16_narrow(float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    return v != v ? (uint16_t)(bits >> 16 | 0x40) : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline const float *bf16_load(const uint16_t *p, float *buffer, int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        buffer[j] = bf16_widen(p[j]);
    return buffer;
}

#if defined(__F16C__)
static inline float f16_widen(uint16_t v) { return _cvtsh_ss(v); }
static inline uint16_t f16_narrow(float v) { return _cvtss_sh(v, _MM_FROUND_TO_NEAREST_INT); }
#else
static inline float f16_widen(uint16_t v) { return tt_f16_to_f32(v); }
static inline uint16_t f16_narrow(float v) { return tt_f32_to_f16(v); }
#endif

static inline const float *f16_load(const uint16_t *p, float *buffer, int64_t n)
{
    int64_t j = 0;

#if defined(__AVX512F__)
    for (; j + 16 <= n; j += 16)
        _mm512_storeu_ps(buffer + j, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p + j))));
#elif defined(__F16C__)
    for (; j + 8 <= n; j += 8)
        _mm256_storeu_ps(buffer + j, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + j))));
#endif
    for (; j < n; j++)
        buffer[j] = f16_widen(p[j]);
    return buffer;
}

/* A larger value or a NaN replaces what is there. */
#define BETTER(v, best) ((v) > (best) || (v) != (v))

/* Neighbouring outputs of a row, whose windows lie within ROW columns x0 .. x0 + n_columns; found once for all rows. */
typedef struct strip {
    int64_t first, n_outputs;
    int64_t x0, n_columns;
    int64_t whole, n_whole; /* outputs whose windows are alike, each `stride` after the one before */
    window windows[OUTPUTS];
} strip;

static void find_whole(const tt_pool *p, strip *s)
{
    int64_t o = 0;

    s->whole = s->n_whole = 0;
    if (p->is_adaptive)
        return;
    while (o < s->n_outputs && s->windows[o].n != p->kernel[2])
        o++;
    s->whole = o;
    while (o < s->n_outputs && s->windows[o].n == p->kernel[2])
        o++;
    s->n_whole = o - s->whole;
}

/* The strip that begins at output o. False: a single window is wider than a row may be; the strip then is this one
 * output. */
static bool strip_of(const tt_pool *p, int64_t o, strip *s)
{
    int64_t first = INT64_MAX, last = 0, n = 0;

    *s = (strip){.first = o};
    for (; n < OUTPUTS && o + n < p->to.dims[4]; n++) {
        window w = window_of(p, 2, o + n);
        /* Dilation may let a window that begins in the padding start later than its right neighbour. */
        first = min64(first, w.start);
        if (w.n > 0 && w.start + (w.n - 1) * w.step + 1 > last)
            last = w.start + (w.n - 1) * w.step + 1;
        if (last - first > ROW)
            break;
        s->x0 = first;
        s->n_columns = last > first ? last - first : 0;
        s->windows[n] = w;
    }
    s->n_outputs = n > 0 ? n : 1;
    find_whole(p, s);
    return n > 0;
}

static inline int64_t row_offset(const tt_view *v, int64_t n, int64_t c, int64_t d, int64_t h)
{
    return n * v->strides[0] + c * v->strides[1] + d * v->strides[2] + h * v->strides[3];
}

/* An item of the job: offsets in elements, windows along depth and height, room for that along width. */
typedef struct item_row {
    int64_t dst, src, index, n_channels;
    window w[3];
} item_row;

static item_row item_row_of(const tt_pool_job *job, int64_t item)
{
    const tt_pool *p = job->pool;
    const int64_t *out = p->to.dims;
    const int64_t oh = item % out[3], od = item / out[3] % out[2], block = item / (out[3] * out[2]) % job->blocks;
    const int64_t n = item / (out[3] * out[2] * job->blocks), c = block * job->block;

    return (item_row){.dst = row_offset(&p->to, n, c, od, oh),
                      .src = n * p->from.strides[0] + c * p->from.strides[1],
                      .index = job->index ? row_offset(&p->index, n, c, od, oh) : 0,
                      .n_channels = min64(job->block, out[1] - c),
                      .w = {window_of(p, 0, od), window_of(p, 1, oh)}};
}

#define F(name) f32_##name
#define T       float
#define V       float
#define S       float
#define D       double
#define LOWEST  -INFINITY
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) f64_##name
#define T       double
#define V       double
#define S       double
#define D       double
#define LOWEST  -INFINITY
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) f16_##name
#define T       uint16_t
#define V       float
#define S       float
#define D       double
#define LOWEST  -INFINITY
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) bf16_##name
#define T       uint16_t
#define V       float
#define S       float
#define D       double
#define LOWEST  -INFINITY
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) i8_##name
#define T       int8_t
#define V       int8_t
#define S       int64_t
#define D       int64_t
#define LOWEST  INT8_MIN
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) u8_##name
#define T       uint8_t
#define V       uint8_t
#define S       int64_t
#define D       int64_t
#define LOWEST  0
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) i16_##name
#define T       int16_t
#define V       int16_t
#define S       int64_t
#define D       int64_t
#define LOWEST  INT16_MIN
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) i32_##name
#define T       int32_t
#define V       int32_t
#define S       int64_t
#define D       int64_t
#define LOWEST  INT32_MIN
#include "engine/cpu/kernels/pool_typed.h"

#define F(name) i64_##name
#define T       int64_t
#define V       int64_t
#define S       int64_t
#define D       int64_t
#define LOWEST  INT64_MIN
#include "engine/cpu/kernels/pool_typed.h"

void TT_FOR_ISA(tt_pool_fill)(tt_kernels *k)
{
    k->pool = (struct tt_pool_kernels){
        {f32_items, f64_items, f16_items, bf16_items, i8_items, u8_items, i16_items, i32_items, i64_items}};
}
