/* Conversions of runs of elements, compiled per level into the families that pack matrices. */
#ifndef TT_CPU_GEMM_CONVERT_H
#define TT_CPU_GEMM_CONVERT_H

#include <string.h>

#include "engine/cpu/kernels/gemm_kernels.h"
#include "engine/cpu/kernels/gemm_simd.h"

static inline float tt_bits_f32(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* As tt_f32_to_bf16, in a form that compilers vectorize. */
static inline uint16_t tt_round_bf16(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t quiet = bits >> 16 | 0x40;
    return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

static inline void tt_widen_bf16(float *dst, const uint16_t *src, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = tt_bits_f32((uint32_t)src[i] << 16);
}

static inline void tt_narrow_bf16(uint16_t *dst, const float *src, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = tt_round_bf16(src[i]);
}

static inline void tt_widen_f16(float *dst, const uint16_t *src, int64_t n)
{
    int64_t i = 0;

#ifdef VL
    for (; i + VL <= n; i += VL)
        vf_store(dst + i, vf_load_f16(src + i));
#endif
    for (; i < n; i++)
        dst[i] = tt_f16_to_f32(src[i]);
}

static inline void tt_narrow_f16(uint16_t *dst, const float *src, int64_t n)
{
    int64_t i = 0;

#ifdef VL
    for (; i + VL <= n; i += VL)
        vf_store_f16(dst + i, vf_load(src + i));
#endif
    for (; i < n; i++)
        dst[i] = tt_f32_to_f16(src[i]);
}

static inline void tt_copy_f32(float *dst, const float *src, int64_t n)
{
#ifdef VL
    int64_t i = 0;

    for (; i + VL <= n; i += VL)
        vf_store(dst + i, vf_load(src + i));
    if (i < n)
        vf_store_n(dst + i, vf_load_n(src + i, n - i), n - i);
#else
    memcpy(dst, src, (size_t)n * sizeof *dst);
#endif
}

static inline void tt_copy_16(uint16_t *dst, const uint16_t *src, int64_t n)
{
#ifdef __AVX512BW__
    int64_t i = 0;

    for (; i + 32 <= n; i += 32)
        _mm512_storeu_si512(dst + i, _mm512_loadu_si512(src + i));
    const __mmask32 rest = (__mmask32)((1u << (n - i)) - 1);
    _mm512_mask_storeu_epi16(dst + i, rest, _mm512_maskz_loadu_epi16(rest, src + i));
#else
    memcpy(dst, src, (size_t)n * sizeof *dst);
#endif
}

static inline void tt_to_f32(float *dst, const void *src, int64_t n, tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT32:
        tt_copy_f32(dst, src, n);
        break;
    case TTRT_DTYPE_FLOAT16:
        tt_widen_f16(dst, src, n);
        break;
    case TTRT_DTYPE_BFLOAT16:
        tt_widen_bf16(dst, src, n);
        break;
    default:
        for (int64_t i = 0; i < n; i++)
            dst[i] = (float)tt_load_f64((const char *)src + i * (int64_t)ttrt_dtype_size(d), d);
    }
}

/* tt_gemm_kernels.convert. */
static inline void tt_convert_a(void *dst, const void *src, int64_t n, tt_dtype d, tt_gemm_form form)
{
    float block[256];

    if (form == TT_FORM_64) {
        memcpy(dst, src, (size_t)n * 8);
    } else if (form == TT_FORM_F32) {
        tt_to_f32(dst, src, n, d);
    } else if (form == TT_FORM_BF16 && d == TTRT_DTYPE_BFLOAT16) {
        tt_copy_16(dst, src, n);
    } else {
        for (int64_t i = 0; i < n; i += 256) {
            int64_t count = n - i < 256 ? n - i : 256;
            tt_to_f32(block, (const char *)src + i * (int64_t)ttrt_dtype_size(d), count, d);
            if (form == TT_FORM_BF16)
                tt_narrow_bf16((uint16_t *)dst + i, block, count);
            else
                for (int64_t j = 0; j < count; j++)
                    ((float *)dst)[i + j] = tt_bits_f32((uint32_t)tt_round_bf16(block[j]) << 16);
        }
    }
}

#endif
