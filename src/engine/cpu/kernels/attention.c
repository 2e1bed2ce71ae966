/* The inner loops of attention: a register-blocked product of small matrices, the packing of keys, and rows of softmax.
 */
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vecmath.h"

/* Accumulators fill the register file but for one row of B and a value of A: 6 x 4 of 32, 6 x 2 of 16, 4 x 2 of 16. */
#if TT_VL == 16
#define MR 6
#define NV 4
#elif TT_VL == 8
#define MR 6
#define NV 2
#else
#define MR 4
#define NV 4 /* a width of TT_ATTENTION_LANES; what spills does not matter in the reference */
#endif

#define LOG2_E 1.44269504f

#define PANEL (NV * TT_VL)
_Static_assert(PANEL % TT_ATTENTION_LANES == 0, "widths are whole vectors of every level");

typedef void (*tile_fn)(float *c, int64_t ldc, const float *a, int64_t lda, const float *b, int64_t ldb, int64_t k,
                        bool add);

#define TILE(M, N)                                                                                                     \
    static void tile_##M##x##N(float *c, int64_t ldc, const float *a, int64_t lda, const float *b, int64_t ldb,        \
                               int64_t k, bool add)                                                                    \
    {                                                                                                                  \
        vf acc[M][N];                                                                                                  \
        for (int i = 0; i < M; i++)                                                                                    \
            for (int j = 0; j < N; j++)                                                                                \
                acc[i][j] = add ? vf_load(c + i * ldc + j * TT_VL) : vf_set(0);                                        \
        for (int64_t p = 0; p < k; p++, b += ldb) {                                                                    \
            vf row[N];                                                                                                 \
            for (int j = 0; j < N; j++)                                                                                \
                row[j] = vf_load(b + j * TT_VL);                                                                       \
            for (int i = 0; i < M; i++) {                                                                              \
                vf value = vf_set(a[i * lda + p]);                                                                     \
                for (int j = 0; j < N; j++)                                                                            \
                    acc[i][j] = vf_fma(value, row[j], acc[i][j]);                                                      \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 0; i < M; i++)                                                                                    \
            for (int j = 0; j < N; j++)                                                                                \
                vf_store(c + i * ldc + j * TT_VL, acc[i][j]);                                                          \
    }
#define TILES(N) TILE(1, N) TILE(2, N) TILE(3, N) TILE(4, N) TILE(5, N) TILE(6, N)
#define TILE_ROW(N)                                                                                                    \
    {                                                                                                                  \
        tile_1x##N, tile_2x##N, tile_3x##N, tile_4x##N, tile_5x##N, tile_6x##N                                         \
    }
#if NV == 4
TILES(1)
TILES(2) TILES(3) TILES(4) static const tile_fn tiles[NV][6] = {TILE_ROW(1), TILE_ROW(2), TILE_ROW(3), TILE_ROW(4)};
#else
TILES(1) TILES(2) static const tile_fn tiles[NV][6] = {TILE_ROW(1), TILE_ROW(2)};
#endif

static void multiply(float *c, int64_t ldc, const float *a, int64_t lda, const float *b, int64_t ldb, int64_t m,
                     int64_t n, int64_t k, bool add)
{
    const tile_fn *of_width = tiles[n / TT_VL - 1];

    for (int64_t i = 0; i < m; i += MR) {
        int64_t rows = m - i < MR ? m - i : MR;
        of_width[rows - 1](c + i * ldc, ldc, a + i * lda, lda, b, ldb, k, add);
    }
}

static void pack(float *dst, const float *keys, int64_t ld, int64_t n, int64_t d)
{
    int64_t width = (n + TT_ATTENTION_LANES - 1) / TT_ATTENTION_LANES * TT_ATTENTION_LANES;

    for (int64_t j = 0; j < width; j += TT_VL)
        for (int64_t p = 0; p < d; p += TT_VL) {
            int64_t left = d - p < TT_VL ? d - p : TT_VL;
            vf r[TT_VL];
            for (int l = 0; l < TT_VL; l++) {
                const float *src = keys + (j + l) * ld + p;
                r[l] = j + l >= n ? vf_set(0) : left == TT_VL ? vf_load(src) : vf_load_n(src, left);
            }
            vf_transpose(r);
            for (int64_t l = 0; l < left; l++)
                vf_store(dst + (p + l) * width + j, r[l]);
        }
}

/* Lane by lane; the caller adds the lanes. */
static inline vf dot(const float *x, const float *y, int64_t n)
{
    vf s0 = vf_set(0), s1 = s0;
    int64_t i = 0;

    for (; i + 2 * TT_VL <= n; i += 2 * TT_VL) {
        s0 = vf_fma(vf_load(x + i), vf_load(y + i), s0);
        s1 = vf_fma(vf_load(x + i + TT_VL), vf_load(y + i + TT_VL), s1);
    }
    for (; i < n; i += TT_VL) {
        int64_t left = n - i < TT_VL ? n - i : TT_VL;
        s0 = left == TT_VL ? vf_fma(vf_load(x + i), vf_load(y + i), s0)
                           : vf_fma(vf_load_n(x + i, left), vf_load_n(y + i, left), s0);
    }
    return s0 + s1;
}

/* A vector of keys at a time: turning the square of their sums makes adding the lanes one vector operation a row. */
static void dots(float *scores, const float *q, const float *keys, int64_t ld, int64_t n, int64_t d)
{
    int64_t j = 0;

    for (; j + TT_VL <= n; j += TT_VL) {
        vf sums[TT_VL], total = vf_set(0);
        for (int l = 0; l < TT_VL; l++)
            sums[l] = dot(q, keys + (j + l) * ld, d);
        vf_transpose(sums);
        for (int l = 0; l < TT_VL; l++)
            total += sums[l];
        vf_store(scores + j, total);
    }
    for (; j < n; j++)
        scores[j] = vf_sum(dot(q, keys + j * ld, d));
}

/* -inf may mean that NaN, which loses every comparison, was all there is. */
static float check_max(const float *scores, int64_t n, float max)
{
    for (int64_t i = 0; max == -INFINITY && i < n; i++)
        if (scores[i] != scores[i])
            return NAN;
    return max;
}

static float mask_max(float *scores, const float *mask, int64_t n)
{
    vf m0 = vf_set(-INFINITY), m1 = m0;
    float lanes[TT_VL], max;
    int64_t i = 0;

    if (mask) {
        for (; i + TT_VL <= n; i += TT_VL) {
            vf s = vf_fma(vf_load(mask + i), vf_set(LOG2_E), vf_load(scores + i));
            vf_store(scores + i, s);
            m0 = vf_max(s, m0);
        }
        for (int64_t j = i; j < n; j++)
            scores[j] += mask[j] * LOG2_E;
    } else {
        for (; i + 2 * TT_VL <= n; i += 2 * TT_VL) {
            m0 = vf_max(vf_load(scores + i), m0);
            m1 = vf_max(vf_load(scores + i + TT_VL), m1);
        }
    }
    vf_store(lanes, vf_max(m0, m1));
    max = lanes[0];
    for (int l = 1; l < TT_VL; l++)
        max = lanes[l] > max ? lanes[l] : max;
    for (; i < n; i++)
        max = scores[i] > max ? scores[i] : max;
    return check_max(scores, n, max);
}

static float exp_sum(float *scores, int64_t n, float max)
{
    vf sum0 = vf_set(0), sum1 = sum0, m = vf_set(max);
    int64_t i = 0;

    for (; i + 2 * TT_VL <= n; i += 2 * TT_VL) {
        vf e0 = vf_exp2_quick(vf_load(scores + i) - m), e1 = vf_exp2_quick(vf_load(scores + i + TT_VL) - m);
        vf_store(scores + i, e0);
        vf_store(scores + i + TT_VL, e1);
        sum0 += e0;
        sum1 += e1;
    }
    float tail = 0;
    for (; i < n; i += TT_VL) {
        int64_t left = n - i < TT_VL ? n - i : TT_VL;
        float lanes[TT_VL];
        vf_store(lanes, vf_exp2_quick((left == TT_VL ? vf_load(scores + i) : vf_load_n(scores + i, left)) - m));
        for (int64_t l = 0; l < left; l++)
            tail += scores[i + l] = lanes[l];
    }
    return vf_sum(sum0 + sum1) + tail;
}

static void scale(float *dst, const float *src, int64_t n, float by)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = src[i] * by;
}

static void mask_of_bool(float *dst, const uint8_t *src, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = src[i] ? 0.0f : -INFINITY;
}

void TT_FOR_ISA(tt_attention_fill)(tt_kernels *k)
{
    k->attention = (struct tt_attention_kernels){
        .panel = PANEL,
        .pack = pack,
        .multiply = multiply,
        .dots = dots,
        .mask_max = mask_max,
        .exp_sum = exp_sum,
        .scale = scale,
        .mask_of_bool = mask_of_bool,
    };
}
