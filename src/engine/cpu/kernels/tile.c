/* From a tile to the result, on one instruction-set level (tile_kernels.h). */
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vec.h"

#define INLINE static inline __attribute__((always_inline))

/* n <= TT_VL values as f32. */
INLINE vf load(const tt_tile_row *r, int64_t row, int64_t col, int64_t n)
{
    const int64_t at = row * r->ld + col;

    if (r->dtype == TTRT_DTYPE_FLOAT32) {
        const float *from = (const float *)r->data + at;
        return n == TT_VL ? vf_load(from) : vf_load_n(from, n);
    }
    const uint16_t *from = (const uint16_t *)r->data + at;
    uint16_t some[TT_VL] = {0};
    if (n < TT_VL)
        from = memcpy(some, from, (size_t)n * sizeof *from);
    return vf_load_bf16(from);
}

INLINE void store_f32(const tt_tile *t, int64_t row, int64_t col, int64_t n, vf v)
{
    float *to = (float *)t->out + row * t->out_ld + col;

    if (n == TT_VL)
        vf_store(to, v);
    else
        vf_store_n(to, v, n);
}

/* By the processor's instruction (`native`), or ours. */
INLINE void store_bf16(const tt_tile *t, int64_t row, int64_t col, int64_t n, vf v, bool native)
{
    uint16_t *to = (uint16_t *)t->out + row * t->out_ld + col;
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

INLINE void store_pair_bf16(const tt_tile *t, int64_t row, int64_t col, vf low, vf high, bool native)
{
#ifdef __AVX512BF16__
    if (native) {
        __m512bh both = _mm512_cvtne2ps_pbh(high, low);
        memcpy((uint16_t *)t->out + row * t->out_ld + col, &both, sizeof both);
        return;
    }
#endif
    store_bf16(t, row, col, TT_VL, low, native);
    store_bf16(t, row, col + TT_VL, TT_VL, high, native);
}

/* A column of vectors: what is the same in every row is in registers. */
typedef struct column {
    vf scale, bias, low, high;
} column;

/* Without a scale 1, without a bias -0, without a clamp the infinities: these change nothing. */
INLINE column column_of(const tt_tile *t, int64_t col, int64_t n)
{
    return (column){t->scale.data ? load(&t->scale, 0, col, n) : vf_set(1),
                    t->bias.data ? load(&t->bias, 0, col, n) : -vf_set(0), vf_set(t->low), vf_set(t->high)};
}

/* n <= TT_VL values of the result. is_plain: neither scale nor residual. */
INLINE vf value(const tt_tile *t, const column *c, int64_t row, int64_t col, int64_t n, bool is_plain)
{
    const float *tile = t->tile + row * t->ld + col;
    vf v = n == TT_VL ? vf_load(tile) : vf_load_n(tile, n);

    if (!is_plain)
        v = v * c->scale;
    v = v + c->bias;
    if (!is_plain && t->residual.data)
        v = v + load(&t->residual, row, col, n);
    return vf_min(c->high, vf_max(c->low, v)); /* of NaN and of zeros of either sign, the second */
}

INLINE void finish_pairs(const tt_tile *t, int64_t col, bool is_plain, bool is_bf16, bool native)
{
    const column low = column_of(t, col, TT_VL), high = column_of(t, col + TT_VL, TT_VL);

    for (int64_t row = 0; row < t->rows; row++) {
        const vf a = value(t, &low, row, col, TT_VL, is_plain), b = value(t, &high, row, col + TT_VL, TT_VL, is_plain);
        if (is_bf16) {
            store_pair_bf16(t, row, col, a, b, native);
        } else {
            store_f32(t, row, col, TT_VL, a);
            store_f32(t, row, col + TT_VL, TT_VL, b);
        }
    }
}

INLINE void finish_columns(const tt_tile *t, int64_t col, int64_t n, bool is_plain, bool is_bf16, bool native)
{
    const column c = column_of(t, col, n);

    for (int64_t row = 0; row < t->rows; row++) {
        const vf v = value(t, &c, row, col, n, is_plain);
        if (is_bf16)
            store_bf16(t, row, col, n, v, native);
        else
            store_f32(t, row, col, n, v);
    }
}

/* The flags are constants. */
INLINE void finish_tile(const tt_tile *t, bool is_plain, bool is_bf16, bool native)
{
    int64_t col = 0;

    for (; col + 2 * TT_VL <= t->cols; col += 2 * TT_VL)
        finish_pairs(t, col, is_plain, is_bf16, native);
    for (; col + TT_VL <= t->cols; col += TT_VL)
        finish_columns(t, col, TT_VL, is_plain, is_bf16, native);
    if (col < t->cols)
        finish_columns(t, col, t->cols - col, is_plain, is_bf16, native);
}

INLINE void finish_any(const tt_tile *tile, bool native)
{
    const tt_tile t = *tile; /* not what the stores could change */
    const bool is_plain = !t.scale.data && !t.residual.data;

    if (t.out_dtype == TTRT_DTYPE_BFLOAT16)
        is_plain ? finish_tile(&t, true, true, native) : finish_tile(&t, false, true, native);
    else
        is_plain ? finish_tile(&t, true, false, native) : finish_tile(&t, false, false, native);
}

static void finish(const tt_tile *tile) { finish_any(tile, false); }

#ifdef __AVX512BF16__
static void finish_native(const tt_tile *tile) { finish_any(tile, true); }
#endif

void TT_FOR_ISA(tt_tile_fill)(tt_kernels *k)
{
    k->tile.finish = finish;
#ifdef __AVX512BF16__
    if (k->has_bf16)
        k->tile.finish = finish_native;
#endif
}
