/* Transposes by tiles held in registers. A tile of 16-byte rows suits every level and element size; f32-sized elements,
 * the common ones, have wider tiles where the level has wider shuffles. Blocking for the caches is the caller's
 * (copy.c). */
#include <string.h>

#include "engine/cpu/kernels/table.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

typedef struct pair64 {
    uint64_t v[2];
} pair64;

/* Three planes to pixels of three channels, as images have them, is a loop that compilers turn into shuffles. */
#define DEFINE_EDGE(name, T)                                                                                           \
    static void pixels_of_3_##name(T *restrict dst, const T *restrict a, const T *restrict b, const T *restrict c,     \
                                   int64_t n)                                                                          \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            dst[3 * i] = a[i];                                                                                         \
            dst[3 * i + 1] = b[i];                                                                                     \
            dst[3 * i + 2] = c[i];                                                                                     \
        }                                                                                                              \
    }                                                                                                                  \
    static void edge_##name(char *dst, int64_t dst_step, const char *src, int64_t src_step, int64_t rows,              \
                            int64_t cols)                                                                              \
    {                                                                                                                  \
        if (cols == 3 && dst_step == 3 * (int64_t)sizeof(T)) {                                                         \
            pixels_of_3_##name((T *)dst, (const T *)src, (const T *)(src + src_step), (const T *)(src + 2 * src_step), \
                               rows);                                                                                  \
            return;                                                                                                    \
        }                                                                                                              \
        for (int64_t i = 0; i < rows; i++)                                                                             \
            for (int64_t j = 0; j < cols; j++)                                                                         \
                memcpy(dst + i * dst_step + j * (int64_t)sizeof(T), src + j * src_step + i * (int64_t)sizeof(T),       \
                       sizeof(T));                                                                                     \
    }
DEFINE_EDGE(1, uint8_t)
DEFINE_EDGE(2, uint16_t)
DEFINE_EDGE(4, uint32_t)
DEFINE_EDGE(8, uint64_t)
DEFINE_EDGE(16, pair64)

/* One step of a butterfly transpose: rows i and i + half exchange, interleaving their low and high halves. After
 * log2(n) such steps over n rows the tile is transposed. */
#define DEFINE_TILE(name, T, N, LOW, HIGH)                                                                             \
    typedef T row_##name __attribute__((vector_size(16)));                                                             \
    static inline void tile_##name(char *dst, int64_t dst_step, const char *src, int64_t src_step)                     \
    {                                                                                                                  \
        row_##name a[N], b[N];                                                                                         \
        for (int i = 0; i < N; i++)                                                                                    \
            memcpy(&a[i], src + i * src_step, 16);                                                                     \
        for (int step = 1; step < N; step *= 2) {                                                                      \
            for (int i = 0; i < N / 2; i++) {                                                                          \
                b[2 * i] = __builtin_shufflevector(a[i], a[i + N / 2], LOW);                                           \
                b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + N / 2], HIGH);                                      \
            }                                                                                                          \
            memcpy(a, b, sizeof a);                                                                                    \
        }                                                                                                              \
        for (int i = 0; i < N; i++)                                                                                    \
            memcpy(dst + i * dst_step, &a[i], 16);                                                                     \
    }
#define LOW_2   0, 2
#define HIGH_2  1, 3
#define LOW_4   0, 4, 1, 5
#define HIGH_4  2, 6, 3, 7
#define LOW_8   0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_8  4, 12, 5, 13, 6, 14, 7, 15
#define LOW_16  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
DEFINE_TILE(1, uint8_t, 16, LOW_16, HIGH_16)
DEFINE_TILE(2, uint16_t, 8, LOW_8, HIGH_8)
DEFINE_TILE(8, uint64_t, 2, LOW_2, HIGH_2)

#if defined(__AVX512F__)
#define TILE_4 16
static inline void tile_4(char *dst, int64_t dst_step, const char *src, int64_t src_step)
{
    __m512i a[16], b[16];

    for (int i = 0; i < 16; i++)
        a[i] = _mm512_loadu_si512(src + i * src_step);
    for (int i = 0; i < 8; i++) {
        b[2 * i] = _mm512_unpacklo_epi32(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm512_unpackhi_epi32(a[2 * i], a[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++) {
        a[4 * i] = _mm512_unpacklo_epi64(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = _mm512_unpackhi_epi64(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = _mm512_unpacklo_epi64(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = _mm512_unpackhi_epi64(b[4 * i + 1], b[4 * i + 3]);
    }
    /* a[4g + k] holds columns k, k+4, k+8, k+12 of rows 4g..4g+3, one column a 128-bit lane. */
    for (int k = 0; k < 4; k++) {
        __m512i low = _mm512_shuffle_i32x4(a[k], a[4 + k], 0x44), high = _mm512_shuffle_i32x4(a[k], a[4 + k], 0xee);
        __m512i low2 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0x44);
        __m512i high2 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0xee);
        b[k] = _mm512_shuffle_i32x4(low, low2, 0x88);
        b[k + 4] = _mm512_shuffle_i32x4(low, low2, 0xdd);
        b[k + 8] = _mm512_shuffle_i32x4(high, high2, 0x88);
        b[k + 12] = _mm512_shuffle_i32x4(high, high2, 0xdd);
    }
    for (int i = 0; i < 16; i++)
        _mm512_storeu_si512(dst + i * dst_step, b[i]);
}
#elif defined(__AVX2__)
#define TILE_4 8
static inline void tile_4(char *dst, int64_t dst_step, const char *src, int64_t src_step)
{
    __m256 a[8], b[8];

    for (int i = 0; i < 8; i++)
        a[i] = _mm256_loadu_ps((const float *)(src + i * src_step));
    for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm256_unpacklo_ps(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm256_unpackhi_ps(a[2 * i], a[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        a[4 * i] = _mm256_shuffle_ps(b[4 * i], b[4 * i + 2], 0x44);
        a[4 * i + 1] = _mm256_shuffle_ps(b[4 * i], b[4 * i + 2], 0xee);
        a[4 * i + 2] = _mm256_shuffle_ps(b[4 * i + 1], b[4 * i + 3], 0x44);
        a[4 * i + 3] = _mm256_shuffle_ps(b[4 * i + 1], b[4 * i + 3], 0xee);
    }
    for (int k = 0; k < 4; k++) {
        _mm256_storeu_ps((float *)(dst + k * dst_step), _mm256_permute2f128_ps(a[k], a[k + 4], 0x20));
        _mm256_storeu_ps((float *)(dst + (k + 4) * dst_step), _mm256_permute2f128_ps(a[k], a[k + 4], 0x31));
    }
}
#else
#define TILE_4 4
DEFINE_TILE(4, uint32_t, 4, LOW_4, HIGH_4)
#endif

#define DEFINE_TRANSPOSE(size, N)                                                                                      \
    static void transpose_##size(void *dst, int64_t dst_step, const void *src, int64_t src_step, int64_t rows,         \
                                 int64_t cols)                                                                         \
    {                                                                                                                  \
        char *to = dst;                                                                                                \
        const char *from = src;                                                                                        \
        int64_t i = 0;                                                                                                 \
        for (; cols >= N && i + N <= rows; i += N) {                                                                   \
            int64_t j = 0;                                                                                             \
            for (; j + N <= cols; j += N)                                                                              \
                tile_##size(to + i * dst_step + j * size, dst_step, from + j * src_step + i * size, src_step);         \
            if (j < cols)                                                                                              \
                edge_##size(to + i * dst_step + j * size, dst_step, from + j * src_step + i * size, src_step, N,       \
                            cols - j);                                                                                 \
        }                                                                                                              \
        if (i < rows)                                                                                                  \
            edge_##size(to + i * dst_step, dst_step, from + i * size, src_step, rows - i, cols);                       \
    }
DEFINE_TRANSPOSE(1, 16)
DEFINE_TRANSPOSE(2, 8)
DEFINE_TRANSPOSE(4, TILE_4)
DEFINE_TRANSPOSE(8, 2)

static void transpose_16(void *dst, int64_t dst_step, const void *src, int64_t src_step, int64_t rows, int64_t cols)
{
    edge_16(dst, dst_step, src, src_step, rows, cols);
}

void TT_FOR_ISA(tt_move_fill)(tt_kernels *k)
{
    k->move.transpose[0] = transpose_1;
    k->move.transpose[1] = transpose_2;
    k->move.transpose[2] = transpose_4;
    k->move.transpose[3] = transpose_8;
    k->move.transpose[4] = transpose_16;
}
