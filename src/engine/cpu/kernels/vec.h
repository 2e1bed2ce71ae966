/* The vectors of one instruction-set level: a family's source works on `vf` (TT_VL floats) and `vi` (as many int32)
 * with the operators of C; what those lack stands here. Masks `vm` come from comparisons and go into vf_select. */
#ifndef TT_CPU_VEC_H
#define TT_CPU_VEC_H

#include <math.h>
#include <string.h>

#include "engine/cpu/kernels/kernels.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define TT_VL 16
#elif defined(__AVX2__)
#include <immintrin.h>
#define TT_VL 8
#else
#define TT_VL 4
#endif

typedef float vf __attribute__((vector_size(TT_VL * 4)));
typedef int32_t vi __attribute__((vector_size(TT_VL * 4)));
typedef uint32_t vu __attribute__((vector_size(TT_VL * 4))); /* for arithmetic on bits that may wrap */
typedef uint16_t vh __attribute__((vector_size(TT_VL * 2)));

static inline vf vf_load(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void vf_store(float *p, vf v) { memcpy(p, &v, sizeof v); }

static inline vf vf_set(float x) { return x - (vf){0}; }

static inline vf vf_from_vi(vi v) { return __builtin_convertvector(v, vf); }

/* Rounds towards zero; the values must fit. */
static inline vi vi_from_vf(vf v) { return __builtin_convertvector(v, vi); }

#if defined(__AVX512F__)

typedef __mmask16 vm;

/* The first n < TT_VL lanes; the others read as 0 and are not written. */
static inline vf vf_load_n(const float *p, int64_t n) { return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
static inline void vf_store_n(float *p, vf v, int64_t n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v); }

static inline vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
/* As the instructions: where either is NaN, b. */
static inline vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
static inline vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
static inline vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
static inline vf vf_rint(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline vf vf_floor(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
static inline vf vf_ceil(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
static inline vf vf_trunc(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
/* a * 2^n for integral n, over the whole range. */
static inline vf vf_ldexp(vf a, vf n) { return _mm512_scalef_ps(a, n); }

static inline vm vf_lt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline vm vf_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
static inline vm vf_isnan(vf a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
static inline vf vf_select(vm m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }

static inline vf vf_from_f16(vh h) { return _mm512_cvtph_ps((__m256i)h); }
static inline vh vf_to_f16(vf v) { return (vh)_mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline vf vf_from_bf16(vh h) { return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)h), 16); }
static inline vh vi_low16(vi v) { return (vh)_mm512_cvtepi32_epi16((__m512i)v); }

static inline float vf_sum(vf v) { return _mm512_reduce_add_ps(v); }

/* 1 / a to an ulp for finite normal a: an estimate and a step of Newton's method. */
static inline vf vf_reciprocal(vf a)
{
    vf r = _mm512_rcp14_ps(a);
    return vf_fma(r, vf_fma(-a, r, vf_set(1)), r);
}

/* Row i of the square r becomes column i: inside quarters of rows, then the quarters. */
static inline void vf_transpose(vf r[TT_VL])
{
    __m512d q[16];
    for (int i = 0; i < 16; i += 4) {
        __m512 a = _mm512_unpacklo_ps(r[i], r[i + 1]), b = _mm512_unpacklo_ps(r[i + 2], r[i + 3]);
        __m512 c = _mm512_unpackhi_ps(r[i], r[i + 1]), d = _mm512_unpackhi_ps(r[i + 2], r[i + 3]);
        q[i] = _mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b));
        q[i + 1] = _mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b));
        q[i + 2] = _mm512_unpacklo_pd(_mm512_castps_pd(c), _mm512_castps_pd(d));
        q[i + 3] = _mm512_unpackhi_pd(_mm512_castps_pd(c), _mm512_castps_pd(d));
    }
    for (int i = 0; i < 4; i++) {
        __m512d a = _mm512_shuffle_f64x2(q[i], q[i + 4], 0x88), b = _mm512_shuffle_f64x2(q[i + 8], q[i + 12], 0x88);
        __m512d c = _mm512_shuffle_f64x2(q[i], q[i + 4], 0xdd), d = _mm512_shuffle_f64x2(q[i + 8], q[i + 12], 0xdd);
        r[i] = _mm512_castpd_ps(_mm512_shuffle_f64x2(a, b, 0x88));
        r[i + 4] = _mm512_castpd_ps(_mm512_shuffle_f64x2(c, d, 0x88));
        r[i + 8] = _mm512_castpd_ps(_mm512_shuffle_f64x2(a, b, 0xdd));
        r[i + 12] = _mm512_castpd_ps(_mm512_shuffle_f64x2(c, d, 0xdd));
    }
}

#else

static inline vf vf_load_n(const float *p, int64_t n)
{
    vf v = {0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}

static inline void vf_store_n(float *p, vf v, int64_t n) { memcpy(p, &v, (size_t)n * sizeof *p); }

typedef vi vm;

static inline vm vf_lt(vf a, vf b) { return a < b; }
static inline vm vf_eq(vf a, vf b) { return a == b; }
static inline vm vf_isnan(vf a) { return a != a; }

/* Two factors, as n runs to twice the exponent's range. */
static inline vf vf_ldexp(vf a, vf n)
{
    vi whole = vi_from_vf(n), half = whole >> 1;
    vf first = (vf)(((vu)half + 127) << 23), second = (vf)(((vu)whole - (vu)half + 127) << 23);
    return a * first * second;
}

#if defined(__AVX2__)

static inline vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
static inline vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
static inline vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
static inline vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
static inline vf vf_rint(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline vf vf_floor(vf a) { return _mm256_floor_ps(a); }
static inline vf vf_ceil(vf a) { return _mm256_ceil_ps(a); }
static inline vf vf_trunc(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
static inline vf vf_select(vm m, vf a, vf b) { return _mm256_blendv_ps(b, a, (__m256)m); }

static inline vf vf_from_f16(vh h) { return _mm256_cvtph_ps((__m128i)h); }
static inline vh vf_to_f16(vf v) { return (vh)_mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline vf vf_from_bf16(vh h) { return (vf)_mm256_slli_epi32(_mm256_cvtepu16_epi32((__m128i)h), 16); }

/* The low halves of the lanes. */
static inline vh vi_low16(vi v)
{
    __m256i kept = _mm256_and_si256((__m256i)v, _mm256_set1_epi32(0xffff));
    return (vh)_mm_packus_epi32(_mm256_castsi256_si128(kept), _mm256_extracti128_si256(kept, 1));
}

#else

/* Plain C: rounded twice, as the reference need not be fused. */
static inline vf vf_fma(vf a, vf b, vf c) { return a * b + c; }

static inline vf vf_select(vm m, vf a, vf b) { return (vf)((m & (vi)a) | (~m & (vi)b)); }

static inline vf vf_min(vf a, vf b) { return vf_select(a < b, a, b); }
static inline vf vf_max(vf a, vf b) { return vf_select(a > b, a, b); }

#define TT_VF_LANES(name, call)                                                                                        \
    static inline vf name(vf a)                                                                                        \
    {                                                                                                                  \
        vf r;                                                                                                          \
        for (int i = 0; i < TT_VL; i++)                                                                                \
            r[i] = call(a[i]);                                                                                         \
        return r;                                                                                                      \
    }
TT_VF_LANES(vf_sqrt, sqrtf)
TT_VF_LANES(vf_rint, rintf)
TT_VF_LANES(vf_floor, floorf)
TT_VF_LANES(vf_ceil, ceilf)
TT_VF_LANES(vf_trunc, truncf)
#undef TT_VF_LANES

static inline vf vf_from_f16(vh h)
{
    vf r;
    for (int i = 0; i < TT_VL; i++)
        r[i] = tt_f16_to_f32(h[i]);
    return r;
}

static inline vh vf_to_f16(vf v)
{
    vh r;
    for (int i = 0; i < TT_VL; i++)
        r[i] = tt_f32_to_f16(v[i]);
    return r;
}

static inline vf vf_from_bf16(vh h) { return (vf)(__builtin_convertvector(h, vi) << 16); }

static inline vh vi_low16(vi v) { return __builtin_convertvector(v, vh); }

#endif

static inline float vf_sum(vf v)
{
    float sum = 0;
    for (int i = 0; i < TT_VL; i++)
        sum += v[i];
    return sum;
}

static inline vf vf_reciprocal(vf a) { return 1 / a; }

/* Row i of the square r becomes column i. */
static inline void vf_transpose(vf r[TT_VL])
{
    float square[TT_VL][TT_VL];
    for (int i = 0; i < TT_VL; i++)
        for (int j = 0; j < TT_VL; j++)
            square[j][i] = r[i][j];
    memcpy(r, square, sizeof square);
}

#endif

/* NaN where either is NaN: PyTorch's min and max. With a NaN in b the instruction gives b already. */
static inline vf vf_min_nan(vf a, vf b) { return vf_select(vf_isnan(a), a, vf_min(a, b)); }
static inline vf vf_max_nan(vf a, vf b) { return vf_select(vf_isnan(a), a, vf_max(a, b)); }

static inline vf vf_abs(vf a) { return (vf)((vi)a & 0x7fffffff); }
static inline vf vf_copysign(vf a, vf sign) { return (vf)(((vi)a & 0x7fffffff) | ((vi)sign & (int32_t)0x80000000)); }

/* To nearest even; a NaN stays one. */
static inline vh vf_to_bf16(vf v)
{
    vu bits = (vu)v, odd = (bits >> 16) & 1;
    vf rounded = (vf)(bits + 0x7fff + odd), quiet = (vf)(bits | 0x400000);
    return vi_low16((vi)((vu)vf_select(vf_isnan(v), quiet, rounded) >> 16));
}

static inline vf vf_load_f16(const uint16_t *p)
{
    vh h;
    memcpy(&h, p, sizeof h);
    return vf_from_f16(h);
}

static inline vf vf_load_bf16(const uint16_t *p)
{
    vh h;
    memcpy(&h, p, sizeof h);
    return vf_from_bf16(h);
}

#endif
