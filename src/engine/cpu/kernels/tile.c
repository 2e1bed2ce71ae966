/* From a tile to the result, on one instruction-set level (tile_kernels.h). */
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vec.h"

/* n <= TT_VL values as f32. */
static inline vf load(const tt_tile_row *r, int64_t row, int64_t col, int64_t n)
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

static inline void store(const tt_tile *t, int64_t row, int64_t col, int64_t n, vf v)
{
    const int64_t at = row * t->out_ld + col;

    if (t->out_dtype == TTRT_DTYPE_FLOAT32) {
        float *to = (float *)t->out + at;
        if (n == TT_VL)
            vf_store(to, v);
        else
            vf_store_n(to, v, n);
    } else {
        vh h = vf_to_bf16(v);
        memcpy((uint16_t *)t->out + at, &h, (size_t)n * sizeof(uint16_t));
    }
}

static inline __attribute__((always_inline)) void finish_vector(const tt_tile *t, int64_t row, int64_t col, int64_t n)
{
    const float *tile = t->tile + row * t->ld + col;
    vf v = n == TT_VL ? vf_load(tile) : vf_load_n(tile, n);

    if (t->scale.data)
        v = v * load(&t->scale, row, col, n);
    if (t->bias.data)
        v = v + load(&t->bias, row, col, n);
    if (t->residual.data)
        v = v + load(&t->residual, row, col, n);
    if (t->activation == TT_TILE_RELU)
        v = vf_select(vf_lt(v, vf_set(0)), vf_set(0), v);
    else if (t->activation == TT_TILE_CLAMP)
        v = vf_min_nan(vf_max_nan(v, vf_set(t->low)), vf_set(t->high));
    store(t, row, col, n, v);
}

static void finish(const tt_tile *tile)
{
    const tt_tile t = *tile; /* not what the stores could change */

    for (int64_t row = 0; row < t.rows; row++) {
        int64_t col = 0;
        for (; col + TT_VL <= t.cols; col += TT_VL)
            finish_vector(&t, row, col, TT_VL);
        if (col < t.cols)
            finish_vector(&t, row, col, t.cols - col);
    }
}

void TT_FOR_ISA(tt_tile_fill)(tt_kernels *k) { k->tile.finish = finish; }
