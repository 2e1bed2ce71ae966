/* From a tile to the result, on one instruction-set level (tile_kernels.h). */
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vec.h"

#define INLINE static inline __attribute__((always_inline))

/* n <= TT_VL values as f32. */
INLINE vf load(const void *data, tt_dtype d, int64_t at, int64_t n)
{
    if (d == TTRT_DTYPE_FLOAT32) {
        const float *from = (const float *)data + at;
        return n == TT_VL ? vf_load(from) : vf_load_n(from, n);
    }
    const uint16_t *from = (const uint16_t *)data + at;
    uint16_t some[TT_VL] = {0};
    if (n < TT_VL)
        from = memcpy(some, from, (size_t)n * sizeof *from);
    return vf_load_bf16(from);
}

INLINE void store_f32(float *to, vf v, int64_t n)
{
    if (n == TT_VL)
        vf_store(to, v);
    else
        vf_store_n(to, v, n);
}

/* By the processor's instruction (`native`), or ours. */
INLINE void store_bf16(uint16_t *to, vf v, int64_t n, bool native)
{
#ifdef __AVX512BF16__
    vh h = native ? (vh)_mm512_cvtneps_pbh(v) : vf_to_bf16(v);
#else
    vh h = vf_to_bf16(v);
#endif
    if (n == TT_VL)
        memcpy(to, &h, sizeof h);
    else
        memcpy(to, &h, (size_t)n * sizeof *to);
}

INLINE void store_pair_bf16(uint16_t *to, vf low, vf high, bool native)
{
#ifdef __AVX512BF16__
    if (native) {
        __m512bh both = _mm512_cvtne2ps_pbh(high, low);
        memcpy(to, &both, sizeof both);
        return;
    }
#endif
    store_bf16(to, low, TT_VL, native);
    store_bf16(to + TT_VL, high, TT_VL, native);
}

/* A column of vectors: what is the same in every row is in registers. Without a scale 1, without a bias -0, without a
 * clamp the infinities: these change nothing. */
typedef struct column {
    vf scale, bias, low, high;
} column;

INLINE column column_of(const tt_tile *t, int64_t col, int64_t n)
{
    return (column){t->scale.data ? load(t->scale.data, t->scale.dtype, col, n) : vf_set(1),
                    t->bias.data ? load(t->bias.data, t->bias.dtype, col, n) : -vf_set(0), vf_set(t->low),
                    vf_set(t->high)};
}

/* n <= TT_VL values of the result. is_plain: neither scale nor residual. */
INLINE vf value(const tt_tile *t, const column *c, const float *data, int64_t row, int64_t col, int64_t n,
                bool is_plain)
{
    vf v = n == TT_VL ? vf_load(data) : vf_load_n(data, n);

    if (!is_plain)
        v = v * c->scale;
    v = v + c->bias;
    if (!is_plain && t->residual.data)
        v = v + load(t->residual.data, t->residual.dtype, row * t->residual.ld + col, n);
    return vf_min(c->high, vf_max(c->low, v)); /* of NaN and of zeros of either sign, the second */
}

/* The part's columns [at, at + n), n <= TT_VL or two whole vectors; the flags are constants. */
INLINE void finish_columns(const tt_tile *t, const tt_tile_part *p, int64_t at, int64_t n, bool is_plain, bool is_bf16,
                           bool native)
{
    const bool is_pair = n == 2 * TT_VL;
    const int64_t col = p->col + at, n_low = is_pair ? TT_VL : n;
    const column low = column_of(t, col, n_low), high = is_pair ? column_of(t, col + TT_VL, TT_VL) : low;
    const float *data = p->data + at;
    float *out = (float *)t->out + p->row * t->out_ld + col;
    uint16_t *out_bf16 = (uint16_t *)t->out + p->row * t->out_ld + col;

    for (int64_t i = 0; i < p->rows; i++, data += p->ld) {
        const vf a = value(t, &low, data, p->row + i, col, n_low, is_plain);
        const vf b = is_pair ? value(t, &high, data + TT_VL, p->row + i, col + TT_VL, TT_VL, is_plain) : a;
        if (is_bf16) {
            if (is_pair)
                store_pair_bf16(out_bf16, a, b, native);
            else
                store_bf16(out_bf16, a, n, native);
            out_bf16 += t->out_ld;
        } else {
            store_f32(out, a, n_low);
            if (is_pair)
                store_f32(out + TT_VL, b, TT_VL);
            out += t->out_ld;
        }
    }
}

INLINE void finish_part(const tt_tile *t, const tt_tile_part *p, bool is_plain, bool is_bf16, bool native)
{
    int64_t at = 0;

    for (; at + 2 * TT_VL <= p->cols; at += 2 * TT_VL)
        finish_columns(t, p, at, 2 * TT_VL, is_plain, is_bf16, native);
    for (; at + TT_VL <= p->cols; at += TT_VL)
        finish_columns(t, p, at, TT_VL, is_plain, is_bf16, native);
    if (at < p->cols)
        finish_columns(t, p, at, p->cols - at, is_plain, is_bf16, native);
}

INLINE void finish_any(const tt_tile *tile, const tt_tile_part *part, bool native)
{
    const tt_tile t = *tile; /* not what the stores could change */
    const tt_tile_part p = *part;
    const bool is_plain = !t.scale.data && !t.residual.data;

    if (t.out_dtype == TTRT_DTYPE_BFLOAT16)
        is_plain ? finish_part(&t, &p, true, true, native) : finish_part(&t, &p, false, true, native);
    else
        is_plain ? finish_part(&t, &p, true, false, native) : finish_part(&t, &p, false, false, native);
}

static void finish(const tt_tile *tile, const tt_tile_part *part) { finish_any(tile, part, false); }

#ifdef __AVX512BF16__
static void finish_native(const tt_tile *tile, const tt_tile_part *part) { finish_any(tile, part, true); }
#endif

void TT_FOR_ISA(tt_tile_fill)(tt_kernels *k)
{
    k->tile.finish = finish;
#ifdef __AVX512BF16__
    if (k->has_bf16)
        k->tile.finish = finish_native;
#endif
}
