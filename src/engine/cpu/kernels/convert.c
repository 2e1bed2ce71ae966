/* Blocks of elements between memory and registers: see convert_kernels.h. Simple loops are left to the compiler's
 * vectorizer. */
#include "engine/cpu/kernels/pointwise.h"
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vec.h"

#define CONVERT(NAME, FROM, TO, EXPR)                                                                                  \
    static void NAME(void *dst, const void *src, int64_t n)                                                            \
    {                                                                                                                  \
        const FROM *s = src;                                                                                           \
        TO *d = dst;                                                                                                   \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            FROM x = s[i];                                                                                             \
            d[i] = (TO)(EXPR);                                                                                         \
        }                                                                                                              \
    }

static void copy8(void *dst, const void *src, int64_t n)
{
    if (dst != src)
        memcpy(dst, src, (size_t)n);
}

static void copy32(void *dst, const void *src, int64_t n)
{
    if (dst != src)
        memcpy(dst, src, (size_t)n * 4);
}

static void copy64(void *dst, const void *src, int64_t n)
{
    if (dst != src)
        memcpy(dst, src, (size_t)n * 8);
}

/* The last, partial vector of a block goes through `lanes`. */
#define LOAD_16BIT(NAME, VECTOR)                                                                                       \
    static void NAME(void *dst, const void *src, int64_t n)                                                            \
    {                                                                                                                  \
        const uint16_t *s = src;                                                                                       \
        float *d = dst;                                                                                                \
        uint16_t lanes[TT_VL] = {0};                                                                                   \
        int64_t i = 0;                                                                                                 \
        for (; i + TT_VL <= n; i += TT_VL)                                                                             \
            vf_store(d + i, VECTOR(s + i));                                                                            \
        if (i < n) {                                                                                                   \
            memcpy(lanes, s + i, (size_t)(n - i) * 2);                                                                 \
            vf_store_n(d + i, VECTOR(lanes), n - i);                                                                   \
        }                                                                                                              \
    }
LOAD_16BIT(load_f16, vf_load_f16)
LOAD_16BIT(load_bf16, vf_load_bf16)

#define STORE_16BIT(NAME, VECTOR)                                                                                      \
    static void NAME(void *dst, const void *src, int64_t n)                                                            \
    {                                                                                                                  \
        const float *s = src;                                                                                          \
        uint16_t *d = dst;                                                                                             \
        int64_t i = 0;                                                                                                 \
        for (; i + TT_VL <= n; i += TT_VL) {                                                                           \
            vh h = VECTOR(vf_load(s + i));                                                                             \
            memcpy(d + i, &h, sizeof h);                                                                               \
        }                                                                                                              \
        if (i < n) {                                                                                                   \
            vh h = VECTOR(vf_load_n(s + i, n - i));                                                                    \
            memcpy(d + i, &h, (size_t)(n - i) * 2);                                                                    \
        }                                                                                                              \
    }
STORE_16BIT(store_f16, vf_to_f16)
STORE_16BIT(store_bf16, vf_to_bf16)

#define WRAP_16BIT(NAME, TO, FROM)                                                                                     \
    static void NAME(void *dst, const void *src, int64_t n)                                                            \
    {                                                                                                                  \
        const float *s = src;                                                                                          \
        float *d = dst;                                                                                                \
        int64_t i = 0;                                                                                                 \
        for (; i + TT_VL <= n; i += TT_VL)                                                                             \
            vf_store(d + i, FROM(TO(vf_load(s + i))));                                                                 \
        if (i < n)                                                                                                     \
            vf_store_n(d + i, FROM(TO(vf_load_n(s + i, n - i))), n - i);                                               \
    }
WRAP_16BIT(wrap_f16, vf_to_f16, vf_from_f16)
WRAP_16BIT(wrap_bf16, vf_to_bf16, vf_from_bf16)

/* The 8-bit floats are rare: element by element. */
#define FLOAT8(NAME, DTYPE)                                                                                            \
    CONVERT(load_##NAME, uint8_t, float, tt_load_f64(&x, DTYPE))                                                       \
    static void store_##NAME(void *dst, const void *src, int64_t n)                                                    \
    {                                                                                                                  \
        const float *s = src;                                                                                          \
        uint8_t *d = dst;                                                                                              \
        for (int64_t i = 0; i < n; i++)                                                                                \
            tt_store_f64(d + i, DTYPE, s[i]);                                                                          \
    }                                                                                                                  \
    static void wrap_##NAME(void *dst, const void *src, int64_t n)                                                     \
    {                                                                                                                  \
        const float *s = src;                                                                                          \
        float *d = dst;                                                                                                \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            uint8_t byte;                                                                                              \
            tt_store_f64(&byte, DTYPE, s[i]);                                                                          \
            d[i] = (float)tt_load_f64(&byte, DTYPE);                                                                   \
        }                                                                                                              \
    }
FLOAT8(e5m2, TTRT_DTYPE_FLOAT8_E5M2)
FLOAT8(e4m3fn, TTRT_DTYPE_FLOAT8_E4M3FN)
FLOAT8(e5m2fnuz, TTRT_DTYPE_FLOAT8_E5M2FNUZ)
FLOAT8(e4m3fnuz, TTRT_DTYPE_FLOAT8_E4M3FNUZ)
FLOAT8(e8m0fnu, TTRT_DTYPE_FLOAT8_E8M0FNU)

#define INTEGER(T)                                                                                                     \
    CONVERT(load_##T, T##_t, int64_t, x)                                                                               \
    CONVERT(store_##T, int64_t, T##_t, x)                                                                              \
    CONVERT(f32_##T, T##_t, float, x)                                                                                  \
    CONVERT(wrap_##T, int64_t, int64_t, (T##_t)x)
INTEGER(uint8)
INTEGER(int8)
INTEGER(int16)
INTEGER(int32)
INTEGER(uint16)
INTEGER(uint32)
CONVERT(f32_int64, int64_t, float, x)
CONVERT(f32_uint64, uint64_t, float, x)
CONVERT(f32_bool, uint8_t, float, x != 0)
CONVERT(f32_float64, double, float, x)
CONVERT(load_bool, uint8_t, uint8_t, x != 0)

CONVERT(f32_to_f64, float, double, x)
CONVERT(f32_to_bool, float, uint8_t, x != 0)
CONVERT(f64_to_bool, double, uint8_t, x != 0)
CONVERT(i64_to_f64, int64_t, double, x)
CONVERT(i64_to_bool, int64_t, uint8_t, x != 0)
CONVERT(bool_to_f64, uint8_t, double, x != 0)
CONVERT(bool_to_i64, uint8_t, int64_t, x != 0)
/* Towards zero; what does not fit gives the smallest integer, as the processor's conversion that PyTorch uses does. */
CONVERT(f32_to_i64, float, int64_t, x >= -0x1p63f && x < 0x1p63f ? (int64_t)x : INT64_MIN)
CONVERT(f64_to_i64, double, int64_t, x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN)

static void fill_floats(struct tt_convert_kernels *k)
{
    k->load[TTRT_DTYPE_FLOAT32] = k->store[TTRT_DTYPE_FLOAT32] = k->wrap[TTRT_DTYPE_FLOAT32] = copy32;
    k->load[TTRT_DTYPE_FLOAT64] = k->store[TTRT_DTYPE_FLOAT64] = k->wrap[TTRT_DTYPE_FLOAT64] = copy64;
#define ROW(DTYPE, NAME)                                                                                               \
    k->load[DTYPE] = load_##NAME;                                                                                      \
    k->store[DTYPE] = store_##NAME;                                                                                    \
    k->wrap[DTYPE] = wrap_##NAME;                                                                                      \
    k->load_f32[DTYPE] = load_##NAME;
    ROW(TTRT_DTYPE_FLOAT16, f16)
    ROW(TTRT_DTYPE_BFLOAT16, bf16)
    ROW(TTRT_DTYPE_FLOAT8_E5M2, e5m2)
    ROW(TTRT_DTYPE_FLOAT8_E4M3FN, e4m3fn)
    ROW(TTRT_DTYPE_FLOAT8_E5M2FNUZ, e5m2fnuz)
    ROW(TTRT_DTYPE_FLOAT8_E4M3FNUZ, e4m3fnuz)
    ROW(TTRT_DTYPE_FLOAT8_E8M0FNU, e8m0fnu)
#undef ROW
    k->load_f32[TTRT_DTYPE_FLOAT32] = copy32;
    k->load_f32[TTRT_DTYPE_FLOAT64] = f32_float64;
}

static void fill_integers(struct tt_convert_kernels *k)
{
#define ROW(DTYPE, NAME)                                                                                               \
    k->load[DTYPE] = load_##NAME;                                                                                      \
    k->store[DTYPE] = store_##NAME;                                                                                    \
    k->wrap[DTYPE] = wrap_##NAME;                                                                                      \
    k->load_f32[DTYPE] = f32_##NAME;
    ROW(TTRT_DTYPE_UINT8, uint8)
    ROW(TTRT_DTYPE_INT8, int8)
    ROW(TTRT_DTYPE_INT16, int16)
    ROW(TTRT_DTYPE_INT32, int32)
    ROW(TTRT_DTYPE_UINT16, uint16)
    ROW(TTRT_DTYPE_UINT32, uint32)
#undef ROW
    k->load[TTRT_DTYPE_INT64] = k->store[TTRT_DTYPE_INT64] = k->wrap[TTRT_DTYPE_INT64] = copy64;
    k->load[TTRT_DTYPE_UINT64] = k->store[TTRT_DTYPE_UINT64] = k->wrap[TTRT_DTYPE_UINT64] = copy64;
    k->load[TTRT_DTYPE_BOOL] = load_bool;
    k->store[TTRT_DTYPE_BOOL] = k->wrap[TTRT_DTYPE_BOOL] = copy8;
    k->load_f32[TTRT_DTYPE_INT64] = f32_int64;
    k->load_f32[TTRT_DTYPE_UINT64] = f32_uint64;
    k->load_f32[TTRT_DTYPE_BOOL] = f32_bool;
}

void TT_FOR_ISA(tt_convert_fill)(tt_kernels *kernels)
{
    struct tt_convert_kernels *k = &kernels->convert;

    fill_floats(k);
    fill_integers(k);
    k->cast[TT_PW_F32][TT_PW_F64] = f32_to_f64;
    k->cast[TT_PW_F32][TT_PW_I64] = f32_to_i64;
    k->cast[TT_PW_F32][TT_PW_BOOL] = f32_to_bool;
    k->cast[TT_PW_F64][TT_PW_F32] = f32_float64;
    k->cast[TT_PW_F64][TT_PW_I64] = f64_to_i64;
    k->cast[TT_PW_F64][TT_PW_BOOL] = f64_to_bool;
    k->cast[TT_PW_I64][TT_PW_F32] = f32_int64;
    k->cast[TT_PW_I64][TT_PW_F64] = i64_to_f64;
    k->cast[TT_PW_I64][TT_PW_BOOL] = i64_to_bool;
    k->cast[TT_PW_BOOL][TT_PW_F32] = f32_bool;
    k->cast[TT_PW_BOOL][TT_PW_F64] = bool_to_f64;
    k->cast[TT_PW_BOOL][TT_PW_I64] = bool_to_i64;
}
