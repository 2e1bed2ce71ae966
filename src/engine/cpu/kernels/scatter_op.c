#include "engine/cpu/kernels/scatter_op.h"

#include <math.h>
#include <string.h>

#define SAME(x)    (x)
#define TO_BOOL(x) ((x) != 0)

/* Integers wrap, so they add and multiply as uint64. NaN wins a maximum and a minimum, the one that is already there
 * first. */
#define ADD(C, a, b) ((C)(a) + (C)(b))
#define MUL(C, a, b) ((C)(a) * (C)(b))
#define MAX(C, a, b) ((b) > (a) || (b) != (b) ? (b) : (a))
#define MIN(C, a, b) ((b) < (a) || (b) != (b) ? (b) : (a))

/* T: in memory; V: as a value; C: the type that adds and multiplies. */
#define DEFINE_OP(name, OP, T, V, C, LOAD, STORE)                                                                      \
    static void name(char *dst, const int64_t *places, int64_t dst_step, const char *src, int64_t src_step, int64_t n) \
    {                                                                                                                  \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            char *at = dst + (places ? places[j] : j * dst_step);                                                      \
            T x, y;                                                                                                    \
            memcpy(&x, at, sizeof x);                                                                                  \
            memcpy(&y, src + j * src_step, sizeof y);                                                                  \
            V a = LOAD(x), b = LOAD(y);                                                                                \
            x = (T)STORE(OP(C, a, b));                                                                                 \
            memcpy(at, &x, sizeof x);                                                                                  \
        }                                                                                                              \
    }
#define DEFINE_TYPE(name, T, V, C, LOAD, STORE)                                                                        \
    DEFINE_OP(name##_add, ADD, T, V, C, LOAD, STORE)                                                                   \
    DEFINE_OP(name##_mul, MUL, T, V, C, LOAD, STORE)                                                                   \
    DEFINE_OP(name##_max, MAX, T, V, C, LOAD, STORE)                                                                   \
    DEFINE_OP(name##_min, MIN, T, V, C, LOAD, STORE)

DEFINE_TYPE(f32, float, float, float, SAME, SAME)
DEFINE_TYPE(f64, double, double, double, SAME, SAME)
DEFINE_TYPE(f16, uint16_t, float, float, tt_f16_to_f32, tt_f32_to_f16)
DEFINE_TYPE(bf16, uint16_t, float, float, tt_bf16_to_f32, tt_f32_to_bf16)
DEFINE_TYPE(i8, int8_t, int8_t, uint64_t, SAME, SAME)
DEFINE_TYPE(i16, int16_t, int16_t, uint64_t, SAME, SAME)
DEFINE_TYPE(i32, int32_t, int32_t, uint64_t, SAME, SAME)
DEFINE_TYPE(i64, int64_t, int64_t, uint64_t, SAME, SAME)
DEFINE_TYPE(u8, uint8_t, uint8_t, uint64_t, SAME, SAME)
DEFINE_TYPE(u16, uint16_t, uint16_t, uint64_t, SAME, SAME)
DEFINE_TYPE(u32, uint32_t, uint32_t, uint64_t, SAME, SAME)
DEFINE_TYPE(u64, uint64_t, uint64_t, uint64_t, SAME, SAME)
DEFINE_TYPE(b8, uint8_t, uint8_t, uint64_t, TO_BOOL, TO_BOOL)

/* Half values into float accumulators. */
#define DEFINE_WIDE(name, OP, LOAD)                                                                                    \
    static void name(char *dst, const int64_t *places, int64_t dst_step, const char *src, int64_t src_step, int64_t n) \
    {                                                                                                                  \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            float *at = (float *)(dst + (places ? places[j] : j * dst_step));                                          \
            *at = OP(float, *at, LOAD(*(const uint16_t *)(src + j * src_step)));                                       \
        }                                                                                                              \
    }
DEFINE_WIDE(f16_add_f32, ADD, tt_f16_to_f32)
DEFINE_WIDE(f16_mul_f32, MUL, tt_f16_to_f32)
DEFINE_WIDE(bf16_add_f32, ADD, tt_bf16_to_f32)
DEFINE_WIDE(bf16_mul_f32, MUL, tt_bf16_to_f32)

tt_scatter_fn tt_scatter_wide_fn_of(tt_scatter_op op, tt_dtype dtype)
{
    if (dtype == TTRT_DTYPE_FLOAT16)
        return op == TT_SCATTER_OP_ADD ? f16_add_f32 : op == TT_SCATTER_OP_MUL ? f16_mul_f32 : NULL;
    if (dtype == TTRT_DTYPE_BFLOAT16)
        return op == TT_SCATTER_OP_ADD ? bf16_add_f32 : op == TT_SCATTER_OP_MUL ? bf16_mul_f32 : NULL;
    return NULL;
}

/* One contiguous row, the shape of index_add and of sums over edges. */
static void f32_add_or_row(char *dst, const int64_t *places, int64_t dst_step, const char *src, int64_t src_step,
                           int64_t n)
{
    if (places || dst_step != sizeof(float) || src_step != sizeof(float)) {
        f32_add(dst, places, dst_step, src, src_step, n);
        return;
    }
    float *to = (float *)dst;
    const float *from = (const float *)src;
    for (int64_t j = 0; j < n; j++)
        to[j] += from[j];
}

#define ROW(name)                                                                                                      \
    {                                                                                                                  \
        name##_add, name##_mul, name##_max, name##_min                                                                 \
    }

tt_scatter_fn tt_scatter_fn_of(tt_scatter_op op, tt_dtype dtype)
{
    static const struct {
        tt_dtype dtype;
        tt_scatter_fn fn[4];
    } table[] = {
        {TTRT_DTYPE_FLOAT32, {f32_add_or_row, f32_mul, f32_max, f32_min}},
        {TTRT_DTYPE_FLOAT64, ROW(f64)},
        {TTRT_DTYPE_FLOAT16, ROW(f16)},
        {TTRT_DTYPE_BFLOAT16, ROW(bf16)},
        {TTRT_DTYPE_INT8, ROW(i8)},
        {TTRT_DTYPE_INT16, ROW(i16)},
        {TTRT_DTYPE_INT32, ROW(i32)},
        {TTRT_DTYPE_INT64, ROW(i64)},
        {TTRT_DTYPE_UINT8, ROW(u8)},
        {TTRT_DTYPE_UINT16, ROW(u16)},
        {TTRT_DTYPE_UINT32, ROW(u32)},
        {TTRT_DTYPE_UINT64, ROW(u64)},
        {TTRT_DTYPE_BOOL, ROW(b8)},
    };

    if (op < TT_SCATTER_OP_ADD || op > TT_SCATTER_OP_MIN)
        return NULL;
    for (size_t i = 0; i < TT_COUNT(table); i++)
        if (table[i].dtype == dtype)
            return table[i].fn[op - TT_SCATTER_OP_ADD];
    return NULL;
}

static void lowest(tt_dtype d, void *value)
{
    int bits = (int)ttrt_dtype_size(d) * 8;

    if (tt_dtype_is_float(d))
        tt_store_f64(value, d, -INFINITY);
    else
        tt_store_i64(value, d, tt_dtype_is_signed(d) ? INT64_MIN >> (64 - bits) : 0);
}

static void highest(tt_dtype d, void *value)
{
    int bits = (int)ttrt_dtype_size(d) * 8;

    if (tt_dtype_is_float(d))
        tt_store_f64(value, d, INFINITY);
    else if (d == TTRT_DTYPE_BOOL)
        tt_store_i64(value, d, 1);
    else if (tt_dtype_is_signed(d))
        tt_store_i64(value, d, INT64_MAX >> (64 - bits));
    else
        memset(value, 0xff, ttrt_dtype_size(d));
}

void tt_scatter_identity(tt_scatter_op op, tt_dtype dtype, void *value)
{
    if (op == TT_SCATTER_OP_MAX)
        lowest(dtype, value);
    else if (op == TT_SCATTER_OP_MIN)
        highest(dtype, value);
    else
        tt_store_i64(value, dtype, op == TT_SCATTER_OP_MUL);
}
