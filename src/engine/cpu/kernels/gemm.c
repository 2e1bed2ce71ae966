/* GEMM kernels of one instruction-set level: the micro kernels, and the conversions and transpositions of packing.
 * Blocking, threads and epilogues are in gemm_run.c.
 *
 * A micro kernel keeps a tile of C in registers: 14 x 32 on AVX-512 (28 accumulators, 2 of B, 1 of A), 6 x 16 on AVX2.
 * Every number of rows up to that has a kernel of its own, so that a block of rows splits into tiles of nearly equal
 * height. */
#include <string.h>

#include "engine/cpu/kernels/gemm_convert.h"
#include "engine/cpu/kernels/table.h"

#define NR TT_GEMM_NR

/* clang-format off */
#define UP_TO_4(X, ...) X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__)
#define UP_TO_6(X, ...) UP_TO_4(X, __VA_ARGS__) X(5, __VA_ARGS__) X(6, __VA_ARGS__)
#define UP_TO_12(X, ...)                                                                                               \
    UP_TO_6(X, __VA_ARGS__)                                                                                            \
    X(7, __VA_ARGS__) X(8, __VA_ARGS__) X(9, __VA_ARGS__) X(10, __VA_ARGS__) X(11, __VA_ARGS__) X(12, __VA_ARGS__)
#define UP_TO_14(X, ...) UP_TO_12(X, __VA_ARGS__) X(13, __VA_ARGS__) X(14, __VA_ARGS__)
#define UP_TO_28(X, ...)                                                                                               \
    UP_TO_14(X, __VA_ARGS__)                                                                                           \
    X(15, __VA_ARGS__) X(16, __VA_ARGS__) X(17, __VA_ARGS__) X(18, __VA_ARGS__) X(19, __VA_ARGS__)                     \
    X(20, __VA_ARGS__) X(21, __VA_ARGS__) X(22, __VA_ARGS__) X(23, __VA_ARGS__) X(24, __VA_ARGS__)                     \
    X(25, __VA_ARGS__) X(26, __VA_ARGS__) X(27, __VA_ARGS__) X(28, __VA_ARGS__)
/* clang-format on */

#ifdef VL

/* acc + a * b, where a is one 32-bit word of A for all lanes (an f32, or a pair of bf16) and b is VL words of B. */
INLINE vf step(tt_gemm_kind kind, vf acc, vf a, vf b)
{
#ifdef __AVX512BF16__
    if (kind == TT_GEMM_BF16)
        return _mm512_dpbf16_ps(acc, (__m512bh)a, (__m512bh)b);
#endif
    return vf_fma(a, b, acc);
}

/* Accumulators and pointers are variables with names, not arrays: clang keeps arrays in memory, even unrolled ones.
 * X(row, base, nth): rows of A are reached from a pointer to every third one, plus 0, 1 or 2 strides; x86 has no
 * registers for more pointers. */
/* clang-format off */
#define EACH_ROW(X)                                                                                                    \
    X(0, 0, 0) X(1, 0, 1) X(2, 0, 2) X(3, 1, 0) X(4, 1, 1) X(5, 1, 2) X(6, 2, 0)                                       \
    X(7, 2, 1) X(8, 2, 2) X(9, 3, 0) X(10, 3, 1) X(11, 3, 2) X(12, 4, 0) X(13, 4, 1)                                   \
    X(14, 4, 2) X(15, 5, 0) X(16, 5, 1) X(17, 5, 2) X(18, 6, 0) X(19, 6, 1) X(20, 6, 2)                                \
    X(21, 7, 0) X(22, 7, 1) X(23, 7, 2) X(24, 8, 0) X(25, 8, 1) X(26, 8, 2) X(27, 9, 0)
/* clang-format on */
#define EACH_BASE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9)
/* Low tiles have too few accumulators to hide the latency of FMA, so they have 2 or 4 sets, for every 2nd or 4th step:
 * set u of row r is accumulator 7 u + r. X(the four of a row) */
#define SET 7
#define EACH_FOLD(X)                                                                                                   \
    X(0, 7, 14, 21) X(1, 8, 15, 22) X(2, 9, 16, 23) X(3, 10, 17, 24) X(4, 11, 18, 25) X(5, 12, 19, 26) X(6, 13, 20, 27)

#define BASE_DECLARE(base)                                                                                             \
    const char *a##base = a + (size_t)(3 * (base)) * a_stride;                                                         \
    if (3 * (base) < mr)                                                                                               \
        __asm__("" : "+r"(a##base)); /* else compilers derive them from each other, in the loop */
#define BASE_ADVANCE(base)        a##base += advance;
#define ROW_DECLARE(i, base, nth) vf c##i##_0 = vf_zero(), c##i##_1 = vf_zero();
#define ROW_PREFETCH(i, base, nth)                                                                                     \
    if (i < mr) {                                                                                                      \
        __builtin_prefetch(row, 1, 3);                                                                                 \
        if (nv == 2)                                                                                                   \
            __builtin_prefetch(row + VL, 1, 3);                                                                        \
        row = next_row(row, ldc);                                                                                      \
    }
/* What a row of A holds for a step: an f32, or a pair of bf16, which begins wherever the row does. */
typedef float a_step __attribute__((aligned(2), may_alias));
/* The empty asm keeps the order, and each accumulator in its register: else compilers begin later loads early, and
 * spill. */
#define ROW_STEP(i, base, nth)                                                                                         \
    if (i >= first && i < first + mr) {                                                                                \
        vf av = vf_set1(                                                                                               \
            *(const a_step *)((split == 1 ? a##base + (nth)*a_stride : a0 + (size_t)(i - first) * a_stride) + at));    \
        c##i##_0 = step(kind, c##i##_0, av, b0);                                                                       \
        __asm__ volatile("" : "+v"(c##i##_0) : : "memory");                                                            \
        if (nv == 2) {                                                                                                 \
            c##i##_1 = step(kind, c##i##_1, av, b1);                                                                   \
            __asm__ volatile("" : "+v"(c##i##_1) : : "memory");                                                        \
        }                                                                                                              \
    }
/* Step number u of a round. */
#define STEP(u)                                                                                                        \
    {                                                                                                                  \
        const int first = (u) % split * SET, at = (u)*4;                                                               \
        const vf b0 = vf_load(b + (u)*NR), b1 = nv == 2 ? vf_load(b + (u)*NR + VL) : vf_zero();                        \
        EACH_ROW(ROW_STEP)                                                                                             \
    }
#define ROW_FOLD(i, j, k, l)                                                                                           \
    if (split == 4) {                                                                                                  \
        c##i##_0 = vf_add(vf_add(c##i##_0, c##k##_0), vf_add(c##j##_0, c##l##_0));                                     \
        c##i##_1 = vf_add(vf_add(c##i##_1, c##k##_1), vf_add(c##j##_1, c##l##_1));                                     \
    } else if (split == 2) {                                                                                           \
        c##i##_0 = vf_add(c##i##_0, c##j##_0);                                                                         \
        c##i##_1 = vf_add(c##i##_1, c##j##_1);                                                                         \
    }
#define ROW_STORE(i, base, nth)                                                                                        \
    if (i < mr) {                                                                                                      \
        put(row, c##i##_0, n_cols, accumulate);                                                                        \
        if (nv == 2)                                                                                                   \
            put(row + VL, c##i##_1, n_cols - VL, accumulate);                                                          \
        row = next_row(row, ldc);                                                                                      \
    }

/* A row of C after another, each address from the one before: compilers would compute and spill them all. */
INLINE float *next_row(float *row, int64_t ldc)
{
    row += ldc;
    __asm__("" : "+r"(row));
    return row;
}

/* One vector of C, of which `left` columns exist. */
INLINE void put(float *to, vf v, int64_t left, bool accumulate)
{
    if (left >= VL)
        vf_store(to, accumulate ? vf_add(vf_load(to), v) : v);
    else
        vf_store_n(to, accumulate ? vf_add(vf_load_n(to, left), v) : v, left);
}

/* What a tile is finished with. */
typedef struct finish_vectors {
    vf bias0, bias1, low, high;
} finish_vectors;

INLINE finish_vectors finish_vectors_of(const tt_gemm_finish *f)
{
    return (finish_vectors){vf_load(f->bias), vf_load(f->bias + VL), vf_set1(f->low), vf_set1(f->high)};
}

/* A row of bf16 after another. */
INLINE uint16_t *next_out(uint16_t *row, int64_t ld)
{
    row += ld;
    __asm__("" : "+r"(row));
    return row;
}

/* A level without the conversion has no kernels that come here. */
INLINE void put_finished(uint16_t *to, vf v0, vf v1, const finish_vectors *f)
{
#ifdef __AVX512BF16__
    /* Minimum and maximum are the second operand for NaN and zeros of either sign. */
    v0 = _mm512_min_ps(f->high, _mm512_max_ps(f->low, vf_add(v0, f->bias0)));
    v1 = _mm512_min_ps(f->high, _mm512_max_ps(f->low, vf_add(v1, f->bias1)));
    _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(v1, v0));
#endif
}

#define OUT_PREFETCH(i, base, nth)                                                                                     \
    if (i < mr) {                                                                                                      \
        __builtin_prefetch(out, 1, 3);                                                                                 \
        out = next_out(out, finish->ld);                                                                               \
    }
#define OUT_STORE(i, base, nth)                                                                                        \
    if (i < mr) {                                                                                                      \
        put_finished(out, c##i##_0, c##i##_1, &with);                                                                  \
        out = next_out(out, finish->ld);                                                                               \
    }

/* The body of all vector micro kernels; kind, mr and nv (vectors of columns) are constants in each, and whether there
 * is a `finish` (32 columns of bf16 then, c is not used). */
INLINE void micro(tt_gemm_kind kind, int mr, int nv, float *c, int64_t ldc, const char *a, size_t a_stride,
                  const float *b, int64_t steps, int64_t n_cols, bool accumulate, const char *ahead,
                  const tt_gemm_finish *finish)
{
    const int split = mr * nv >= 8 ? 1 : mr * nv >= 4 ? 2 : 4;
    float *row = c;

    EACH_BASE(BASE_DECLARE)
    EACH_ROW(ROW_DECLARE)
    if (finish) {
        uint16_t *out = finish->out;
        EACH_ROW(OUT_PREFETCH)
    } else {
        EACH_ROW(ROW_PREFETCH)
    }
    for (; steps >= 4; steps -= 4, b += 4 * NR, ahead += 4 * TT_GEMM_AHEAD) {
        const int advance = 16;
        __builtin_prefetch(ahead, 0, 2);
        __builtin_prefetch(ahead + 64, 0, 2);
        __builtin_prefetch(ahead + 128, 0, 2);
        __builtin_prefetch(ahead + 192, 0, 2);
        STEP(0)
        STEP(1)
        STEP(2)
        STEP(3)
        EACH_BASE(BASE_ADVANCE)
    }
    for (; steps > 0; steps--, b += NR) {
        const int advance = 4;
        STEP(0)
        EACH_BASE(BASE_ADVANCE)
    }
    EACH_FOLD(ROW_FOLD)
    if (finish) {
        const finish_vectors with = finish_vectors_of(finish);
        uint16_t *out = finish->out;
        EACH_ROW(OUT_STORE)
        return;
    }
    row = c;
    EACH_ROW(ROW_STORE)
}

#define DEFINE_MICRO(mr, name, kind, nv)                                                                               \
    static void name##_##mr(void *c, int64_t ldc, const void *a, size_t a_stride, const void *b, int64_t steps,        \
                            int64_t n_cols, bool accumulate, const void *ahead)                                        \
    {                                                                                                                  \
        micro(kind, mr, nv, c, ldc, a, a_stride, b, steps, n_cols, accumulate, ahead, NULL);                           \
    }
#define DEFINE_FINISHING(mr, name)                                                                                     \
    static void name##_##mr(const tt_gemm_finish *f, const void *a, size_t a_stride, const void *b, int64_t steps,     \
                            const void *ahead)                                                                         \
    {                                                                                                                  \
        micro(TT_GEMM_BF16, mr, 2, NULL, 0, a, a_stride, b, steps, NR, false, ahead, f);                               \
    }
#define NAME_MICRO(mr, name) name##_##mr,

#if VL == 16
UP_TO_14(DEFINE_MICRO, gemm_f32_wide, TT_GEMM_F32, 2)
UP_TO_28(DEFINE_MICRO, gemm_f32_narrow, TT_GEMM_F32, 1)
UP_TO_14(DEFINE_MICRO, gemm_bf16_wide, TT_GEMM_BF16, 2)
UP_TO_28(DEFINE_MICRO, gemm_bf16_narrow, TT_GEMM_BF16, 1)
UP_TO_14(DEFINE_FINISHING, gemm_bf16_finishing)
#else
UP_TO_6(DEFINE_MICRO, gemm_f32_wide, TT_GEMM_F32, 2)
UP_TO_12(DEFINE_MICRO, gemm_f32_narrow, TT_GEMM_F32, 1)
#endif

#endif /* VL */

/* Plain C: the reference of the vector kernels, and the only f64 and i64 ones. */
#define DEFINE_PLAIN(name, type)                                                                                       \
    INLINE void name(int mr, type *restrict c, int64_t ldc, const type *a, size_t a_stride, const type *b,             \
                     int64_t steps, int64_t n_cols, bool accumulate)                                                   \
    {                                                                                                                  \
        type acc[4][NR] = {{0}};                                                                                       \
                                                                                                                       \
        for (int64_t s = 0; s < steps; s++)                                                                            \
            for (int i = 0; i < mr; i++)                                                                               \
                for (int j = 0; j < NR; j++)                                                                           \
                    acc[i][j] += a[(size_t)i * (a_stride / sizeof(type)) + (size_t)s] * b[s * NR + j];                 \
        for (int i = 0; i < mr; i++)                                                                                   \
            for (int j = 0; j < n_cols; j++)                                                                           \
                c[i * ldc + j] = accumulate ? c[i * ldc + j] + acc[i][j] : acc[i][j];                                  \
    }
DEFINE_PLAIN(plain_f64, double)
/* Unsigned: integers wrap. */
DEFINE_PLAIN(plain_i64, uint64_t)

#define DEFINE_PLAIN_MICRO(mr, name, plain)                                                                            \
    static void name##_##mr(void *c, int64_t ldc, const void *a, size_t a_stride, const void *b, int64_t steps,        \
                            int64_t n_cols, bool accumulate, const void *ahead)                                        \
    {                                                                                                                  \
        plain(mr, c, ldc, a, a_stride, b, steps, n_cols, accumulate);                                                  \
    }
#define NAME_PLAIN_MICRO(mr, name) name##_##mr,
UP_TO_4(DEFINE_PLAIN_MICRO, gemm_f64, plain_f64)
UP_TO_4(DEFINE_PLAIN_MICRO, gemm_i64, plain_i64)
#ifndef VL
DEFINE_PLAIN(plain_f32, float)
UP_TO_4(DEFINE_PLAIN_MICRO, gemm_f32, plain_f32)
#endif

static void convert(void *dst, const void *src, int64_t n, tt_dtype d, tt_gemm_form form)
{
    tt_convert_a(dst, src, n, d, form);
}

static void widen(float *dst, const void *src, tt_pack_format f, int64_t steps)
{
    const uint16_t *from = src;

    if (f == TT_PACK_F16_N32)
        tt_widen_f16(dst, from, steps * NR);
    else if (f == TT_PACK_B16_N32)
        tt_widen_bf16(dst, from, steps * NR);
    else
        for (int64_t s = 0; s < steps; s++)
            for (int j = 0; j < NR; j++) {
                dst[2 * s * NR + j] = tt_bits_f32((uint32_t)from[(s * NR + j) * 2] << 16);
                dst[(2 * s + 1) * NR + j] = tt_bits_f32((uint32_t)from[(s * NR + j) * 2 + 1] << 16);
            }
}

static void store(void *dst, tt_dtype d, const float *src, int64_t n)
{
    if (d == TTRT_DTYPE_FLOAT16)
        tt_narrow_f16(dst, src, n);
    else if (d == TTRT_DTYPE_BFLOAT16)
        tt_narrow_bf16(dst, src, n);
    else
        memcpy(dst, src, (size_t)n * sizeof *src);
}

/* dst[k][NR] <- src[NR][ld], `cols` rows of it; further columns are 0. */
static void transpose(float *dst, const float *src, int64_t ld, int64_t cols, int64_t k)
{
    int64_t s = 0;

#ifdef VL
    for (; s + VL <= k; s += VL)
        for (int64_t j = 0; j < NR; j += VL)
            tt_transpose_block(dst + s * NR + j, NR, src + j * ld + s, ld, cols - j);
#endif
    for (; s < k; s++)
        for (int64_t j = 0; j < NR; j++)
            dst[s * NR + j] = j < cols ? src[j * ld + s] : 0;
}

/* Stores `k` rows of f32 as rows k0.. of a panel. */
static void put_rows(void *panel, tt_pack_format f, const float *rows, int64_t k0, int64_t k)
{
    if (f == TT_PACK_F32_N32) {
        memcpy((float *)panel + k0 * NR, rows, (size_t)(k * NR) * sizeof(float));
    } else if (f == TT_PACK_F16_N32) {
        tt_narrow_f16((uint16_t *)panel + k0 * NR, rows, k * NR);
    } else if (f == TT_PACK_B16_N32) {
        tt_narrow_bf16((uint16_t *)panel + k0 * NR, rows, k * NR);
    } else {
        uint32_t *pairs = (uint32_t *)panel + k0 / 2 * NR; /* k0 is even */
        for (int64_t s = 0; s < k; s += 2)
            for (int j = 0; j < NR; j++) {
                uint32_t low = tt_round_bf16(rows[s * NR + j]);
                uint32_t high = s + 1 < k ? tt_round_bf16(rows[(s + 1) * NR + j]) : 0;
                pairs[s / 2 * NR + j] = low | high << 16;
            }
    }
}

#define PACK_K 64

/* Through f32 tiles of PACK_K rows. Contiguous rows or columns are converted and transposed at once, others element by
 * element. */
static void pack_panel_float(void *dst, tt_pack_format f, const void *b, tt_dtype d, int64_t k, int64_t n_cols,
                             int64_t row, int64_t col)
{
    const size_t size = ttrt_dtype_size(d);
    const char *from = b;
    float tile[PACK_K * NR], columns[NR * PACK_K];

    for (int64_t k0 = 0; k0 < k; k0 += PACK_K) {
        int64_t kc = k - k0 < PACK_K ? k - k0 : PACK_K;
        const char *at = from + k0 * row * (int64_t)size;
        float *rows = f == TT_PACK_F32_N32 ? (float *)dst + k0 * NR : tile;

        if (row == 1 && d == TTRT_DTYPE_FLOAT32) {
            transpose(rows, (const float *)at, col, n_cols, kc);
        } else if (row == 1) {
            for (int64_t j = 0; j < n_cols; j++)
                tt_convert_a(columns + j * PACK_K, at + j * col * (int64_t)size, kc, d, TT_FORM_F32);
            transpose(rows, columns, PACK_K, n_cols, kc);
        } else {
            memset(rows, 0, (size_t)(kc * NR) * sizeof *rows);
            for (int64_t s = 0; s < kc; s++)
                for (int64_t j = 0; j < n_cols; j += col == 1 ? n_cols : 1)
                    tt_convert_a(rows + s * NR + j, at + (s * row + j * col) * (int64_t)size, col == 1 ? n_cols : 1, d,
                                 TT_FORM_F32);
        }
        if (rows == tile)
            put_rows(dst, f, tile, k0, kc);
    }
}

static void pack_panel(void *dst, tt_pack_format f, const void *b, tt_dtype d, int64_t k, int64_t n_cols, int64_t row,
                       int64_t col)
{
    if (f != TT_PACK_F64_N32 && f != TT_PACK_I64_N32) {
        pack_panel_float(dst, f, b, d, k, n_cols, row, col);
        return;
    }
    for (int64_t s = 0; s < k; s++)
        for (int64_t j = 0; j < NR; j++) {
            const char *at = (const char *)b + (s * row + j * col) * (int64_t)ttrt_dtype_size(d);
            if (f == TT_PACK_F64_N32)
                ((double *)dst)[s * NR + j] = j < n_cols ? tt_load_f64(at, d) : 0;
            else
                ((int64_t *)dst)[s * NR + j] = j < n_cols ? tt_load_i64(at, d) : 0;
        }
}

void TT_FOR_ISA(tt_gemm_fill)(tt_kernels *k)
{
    k->gemm.wide[TT_GEMM_F64] = (tt_gemm_micros){4, NR, {UP_TO_4(NAME_PLAIN_MICRO, gemm_f64)}};
    k->gemm.wide[TT_GEMM_I64] = (tt_gemm_micros){4, NR, {UP_TO_4(NAME_PLAIN_MICRO, gemm_i64)}};
#ifndef VL
    k->gemm.wide[TT_GEMM_F32] = (tt_gemm_micros){4, NR, {UP_TO_4(NAME_PLAIN_MICRO, gemm_f32)}};
#elif VL == 16
    k->gemm.wide[TT_GEMM_F32] = (tt_gemm_micros){14, 32, {UP_TO_14(NAME_MICRO, gemm_f32_wide)}};
    k->gemm.narrow[TT_GEMM_F32] = (tt_gemm_micros){28, 16, {UP_TO_28(NAME_MICRO, gemm_f32_narrow)}};
    if (k->has_bf16) {
        k->gemm.wide[TT_GEMM_BF16] = (tt_gemm_micros){14, 32, {UP_TO_14(NAME_MICRO, gemm_bf16_wide)}};
        k->gemm.narrow[TT_GEMM_BF16] = (tt_gemm_micros){28, 16, {UP_TO_28(NAME_MICRO, gemm_bf16_narrow)}};
        static const tt_gemm_finishing finishing[] = {UP_TO_14(NAME_MICRO, gemm_bf16_finishing)};
        memcpy(k->gemm.finishing, finishing, sizeof finishing);
        /* Intel's VDPBF16PS takes 4 times as long as an FMA for twice the products (Sapphire Rapids: 0.72 and 0.18 ns);
         * only where memory is the limit does reading 16 bits at once pay. */
        k->gemm.bf16_rows = __builtin_cpu_is("intel") ? 4 : INT64_MAX;
    }
#else
    k->gemm.wide[TT_GEMM_F32] = (tt_gemm_micros){6, 16, {UP_TO_6(NAME_MICRO, gemm_f32_wide)}};
    k->gemm.narrow[TT_GEMM_F32] = (tt_gemm_micros){12, 8, {UP_TO_12(NAME_MICRO, gemm_f32_narrow)}};
#endif
    k->gemm.convert = convert;
    k->gemm.widen = widen;
    k->gemm.pack_panel = pack_panel;
    k->gemm.store = store;
}
