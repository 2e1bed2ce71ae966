/* Facts about data types, and conversions of single elements. Rounding and special values are those of PyTorch's scalar
 * types. */
#include "base/dtype.h"

#include <math.h>
#include <string.h>

typedef enum kind { NONE, BOOLEAN, SIGNED, UNSIGNED, FLOAT, COMPLEX } kind;

typedef struct facts {
    const char *name, *brief;
    uint8_t size;
    uint8_t kind;
} facts;

static const facts table[] = {
    [TTRT_DTYPE_UINT8] = {"uint8", "u8", 1, UNSIGNED},
    [TTRT_DTYPE_INT8] = {"int8", "i8", 1, SIGNED},
    [TTRT_DTYPE_INT16] = {"int16", "i16", 2, SIGNED},
    [TTRT_DTYPE_INT32] = {"int32", "i32", 4, SIGNED},
    [TTRT_DTYPE_INT64] = {"int64", "i64", 8, SIGNED},
    [TTRT_DTYPE_FLOAT16] = {"float16", "f16", 2, FLOAT},
    [TTRT_DTYPE_FLOAT32] = {"float32", "f32", 4, FLOAT},
    [TTRT_DTYPE_FLOAT64] = {"float64", "f64", 8, FLOAT},
    [TTRT_DTYPE_COMPLEX32] = {"complex32", "c32", 4, COMPLEX},
    [TTRT_DTYPE_COMPLEX64] = {"complex64", "c64", 8, COMPLEX},
    [TTRT_DTYPE_COMPLEX128] = {"complex128", "c128", 16, COMPLEX},
    [TTRT_DTYPE_BOOL] = {"bool", "b8", 1, BOOLEAN},
    [TTRT_DTYPE_BFLOAT16] = {"bfloat16", "bf16", 2, FLOAT},
    [TTRT_DTYPE_FLOAT8_E5M2] = {"float8_e5m2", "f8e5m2", 1, FLOAT},
    [TTRT_DTYPE_FLOAT8_E4M3FN] = {"float8_e4m3fn", "f8e4m3fn", 1, FLOAT},
    [TTRT_DTYPE_FLOAT8_E5M2FNUZ] = {"float8_e5m2fnuz", "f8e5m2fnuz", 1, FLOAT},
    [TTRT_DTYPE_FLOAT8_E4M3FNUZ] = {"float8_e4m3fnuz", "f8e4m3fnuz", 1, FLOAT},
    [TTRT_DTYPE_UINT16] = {"uint16", "u16", 2, UNSIGNED},
    [TTRT_DTYPE_UINT32] = {"uint32", "u32", 4, UNSIGNED},
    [TTRT_DTYPE_UINT64] = {"uint64", "u64", 8, UNSIGNED},
    [TTRT_DTYPE_FLOAT8_E8M0FNU] = {"float8_e8m0fnu", "f8e8m0fnu", 1, FLOAT},
};

static const facts *facts_of(tt_dtype d)
{
    static const facts unknown = {"unknown", "unknown", 0, NONE};
    return tt_dtype_is_known((int)d) ? &table[d] : &unknown;
}

bool tt_dtype_is_known(int number)
{
    return number >= 0 && (size_t)number < TT_COUNT(table) && table[number].kind != NONE;
}

const char *ttrt_dtype_name(ttrt_dtype dtype) { return facts_of(dtype)->name; }

size_t ttrt_dtype_size(ttrt_dtype dtype) { return facts_of(dtype)->size; }

bool tt_dtype_is_float(tt_dtype d) { return facts_of(d)->kind == FLOAT; }

bool tt_dtype_is_integer(tt_dtype d) { return facts_of(d)->kind == SIGNED || facts_of(d)->kind == UNSIGNED; }

bool tt_dtype_is_signed(tt_dtype d)
{
    return facts_of(d)->kind == SIGNED || facts_of(d)->kind == FLOAT || facts_of(d)->kind == COMPLEX;
}

bool tt_dtype_is_complex(tt_dtype d) { return facts_of(d)->kind == COMPLEX; }

const char *tt_dtype_short(tt_dtype d) { return facts_of(d)->brief; }

tt_dtype tt_dtype_from_short(const char *name)
{
    for (size_t i = 0; i < TT_COUNT(table); i++)
        if (table[i].brief && strcmp(table[i].brief, name) == 0)
            return (tt_dtype)i;
    return TT_DTYPE_NONE;
}

/* Where a type stands in promotion: within a kind the higher rank wins. 0: takes no part. */
static int promotion_rank(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_BOOL:
        return 1;
    case TTRT_DTYPE_UINT8:
    case TTRT_DTYPE_INT8:
        return 2;
    case TTRT_DTYPE_INT16:
        return 3;
    case TTRT_DTYPE_INT32:
        return 4;
    case TTRT_DTYPE_INT64:
        return 5;
    case TTRT_DTYPE_FLOAT16:
    case TTRT_DTYPE_BFLOAT16:
        return 6;
    case TTRT_DTYPE_FLOAT32:
        return 7;
    case TTRT_DTYPE_FLOAT64:
        return 8;
    default:
        return 0;
    }
}

static tt_dtype promote_reals(tt_dtype a, tt_dtype b)
{
    int ra = promotion_rank(a), rb = promotion_rank(b);

    if (a == b)
        return a;
    /* uint16, uint32 and uint64 give way to floating point and meet nothing else; float8 types meet nothing at all. */
    if (ra == 0 || rb == 0) {
        tt_dtype wide = ra ? a : b, other = ra ? b : a;
        return promotion_rank(wide) >= 6 && facts_of(other)->kind == UNSIGNED ? wide : TT_DTYPE_NONE;
    }
    if (ra != rb)
        return ra > rb ? a : b;
    return ra == 2 ? TTRT_DTYPE_INT16 : TTRT_DTYPE_FLOAT32; /* u8 with i8, f16 with bf16 */
}

static tt_dtype real_of(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_COMPLEX32:
        return TTRT_DTYPE_FLOAT16;
    case TTRT_DTYPE_COMPLEX64:
        return TTRT_DTYPE_FLOAT32;
    case TTRT_DTYPE_COMPLEX128:
        return TTRT_DTYPE_FLOAT64;
    default:
        return d;
    }
}

tt_dtype tt_dtype_promote(tt_dtype a, tt_dtype b)
{
    if (!tt_dtype_is_known((int)a) || !tt_dtype_is_known((int)b))
        return TT_DTYPE_NONE;
    if (!tt_dtype_is_complex(a) && !tt_dtype_is_complex(b))
        return promote_reals(a, b);
    /* A complex type takes any real one that promotes by rank. */
    if (!promotion_rank(real_of(a)) || !promotion_rank(real_of(b)))
        return TT_DTYPE_NONE;
    switch (promote_reals(real_of(a), real_of(b))) {
    case TTRT_DTYPE_FLOAT16:
        return TTRT_DTYPE_COMPLEX32;
    case TTRT_DTYPE_FLOAT32:
        return TTRT_DTYPE_COMPLEX64;
    default:
        return TTRT_DTYPE_COMPLEX128;
    }
}

static uint32_t bits_of(float f)
{
    uint32_t x;
    memcpy(&x, &f, sizeof x);
    return x;
}

static float of_bits(uint32_t x)
{
    float f;
    memcpy(&f, &x, sizeof f);
    return f;
}

float tt_f16_to_f32(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 0x3ff;

    if (exponent == 31)
        return of_bits(sign | 0x7f800000 | (mantissa ? 0x400000 : 0) | mantissa << 13);
    if (exponent == 0)
        return of_bits(sign | bits_of((float)mantissa * 0x1p-24f));
    return of_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

/* |f| below infinity as exponent and `man` bits of mantissa, rounded to nearest even. Subnormals are rounded by an
 * addition that puts their last bit where a float's last bit is. The result may lie past the format's largest number.
 */
static uint32_t narrow(float f, int man, int bias)
{
    uint32_t x = bits_of(f) & 0x7fffffff;
    int shift = 23 - man;

    if (x < (uint32_t)(128 - bias) << 23) {
        uint32_t magic = (uint32_t)(128 - bias + shift) << 23;
        return bits_of(of_bits(x) + of_bits(magic)) - magic;
    }
    x += (1u << (shift - 1)) - 1 + (x >> shift & 1);
    return (x >> shift) - ((uint32_t)(127 - bias) << man);
}

uint16_t tt_f32_to_f16(float f)
{
    uint32_t x = bits_of(f);
    uint16_t sign = (uint16_t)(x >> 16 & 0x8000);

    x &= 0x7fffffff;
    if (x > 0x7f800000) /* NaN: quiet, the payload's top stays, as the processor's own conversion does */
        return (uint16_t)(sign | 0x7e00 | (x >> 13 & 0x3ff));
    if (x >= 0x47800000)
        return sign | 0x7c00;
    return (uint16_t)(sign | narrow(f, 10, 15));
}

float tt_bf16_to_f32(uint16_t h) { return of_bits((uint32_t)h << 16); }

uint16_t tt_f32_to_bf16(float f)
{
    uint32_t x = bits_of(f);

    if ((x & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(x >> 16 | 0x40);
    return (uint16_t)((x + 0x7fff + (x >> 16 & 1)) >> 16);
}

/* The number that `man` bits of mantissa under an exponent stand for; specials are the caller's. */
static float widen(uint8_t code, int man, int bias)
{
    int exponent = (code & 0x7f) >> man, mantissa = code & ((1 << man) - 1);
    float f = exponent ? ldexpf((float)(mantissa | 1 << man), exponent - bias - man)
                       : ldexpf((float)mantissa, 1 - bias - man);
    return code & 0x80 ? -f : f;
}

static float f8_to_f32(uint8_t code, tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT8_E5M2: /* the upper half of a float16 */
        return tt_f16_to_f32((uint16_t)(code << 8));
    case TTRT_DTYPE_FLOAT8_E4M3FN:
        return (code & 0x7f) == 0x7f ? NAN : widen(code, 3, 7);
    case TTRT_DTYPE_FLOAT8_E5M2FNUZ:
        return code == 0x80 ? NAN : widen(code, 2, 16);
    case TTRT_DTYPE_FLOAT8_E4M3FNUZ:
        return code == 0x80 ? NAN : widen(code, 3, 8);
    default: /* e8m0: powers of two */
        return code == 0xff ? NAN : ldexpf(1.0f, code - 127);
    }
}

/* What is too large becomes NaN; the "uz" ones have one zero and one NaN, 0x80. */
static uint8_t f32_to_fnuz(float f, int man, int bias)
{
    uint32_t x = bits_of(f), code = (x & 0x7fffffff) < 0x7f800000 ? narrow(f, man, bias) : 0x80;

    if (code > 0x7f)
        return 0x80;
    return (uint8_t)(code ? (x >> 24 & 0x80) | code : 0);
}

/* The sign is dropped. Ties go to the even exponent's side only where the float is normal, as in PyTorch. */
static uint8_t f32_to_e8m0(float f)
{
    uint32_t x = bits_of(f) & 0x7fffffff, exponent = x >> 23, rest = x & 0x7fffff;

    if (exponent == 255)
        return 255;
    return (uint8_t)(exponent + (rest > 0x400000 || (rest == 0x400000 && exponent > 0)));
}

static uint8_t f32_to_f8(float f, tt_dtype d)
{
    uint32_t x = bits_of(f), code;
    uint8_t sign = (uint8_t)(x >> 24 & 0x80);
    bool finite = (x & 0x7fffffff) < 0x7f800000;

    switch (d) {
    case TTRT_DTYPE_FLOAT8_E5M2:
        if (isnan(f))
            return sign | 0x7f;
        code = finite ? narrow(f, 2, 15) : 0x7c;
        return (uint8_t)(sign | (code < 0x7c ? code : 0x7c));
    case TTRT_DTYPE_FLOAT8_E4M3FN:
        if (isnan(f))
            return sign | 0x7f;
        /* Saturates, infinity too: PyTorch 2.13; older ones gave NaN. */
        code = finite ? narrow(f, 3, 7) : 0x7e;
        return (uint8_t)(sign | (code < 0x7e ? code : 0x7e));
    case TTRT_DTYPE_FLOAT8_E5M2FNUZ:
        return f32_to_fnuz(f, 2, 16);
    case TTRT_DTYPE_FLOAT8_E4M3FNUZ:
        return f32_to_fnuz(f, 3, 8);
    default:
        return f32_to_e8m0(f);
    }
}

/* What is out of range becomes what x86-64's conversion gives; the C cast would be undefined. */
static int64_t f64_to_i64(double v) { return v >= -0x1p63 && v < 0x1p63 ? (int64_t)v : INT64_MIN; }

static int32_t f64_to_i32(double v) { return v > -0x1p31 - 1 && v < 0x1p31 ? (int32_t)v : INT32_MIN; }

static uint64_t f64_to_u64(double v)
{
    if (v >= 0x1p63)
        return v < 0x1p64 ? (uint64_t)v : 0;
    return (uint64_t)f64_to_i64(v);
}

static int64_t f64_to_integer(double v, tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_INT8:
    case TTRT_DTYPE_INT16:
    case TTRT_DTYPE_UINT16:
    case TTRT_DTYPE_INT32:
        return f64_to_i32(v);
    case TTRT_DTYPE_UINT64:
        return (int64_t)f64_to_u64(v);
    default:
        return f64_to_i64(v);
    }
}

#define LOAD(type)                                                                                                     \
    do {                                                                                                               \
        type value;                                                                                                    \
        memcpy(&value, p, sizeof value);                                                                               \
        return value;                                                                                                  \
    } while (0)

static float load_f32(const void *p) { LOAD(float); }

static double load_f64(const void *p) { LOAD(double); }

static uint16_t load_u16(const void *p) { LOAD(uint16_t); }

static uint64_t load_u64(const void *p) { LOAD(uint64_t); }

/* Of the integer types, bool too. Only uint64 does not fit: it wraps. */
static int64_t load_integer(const void *p, tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_BOOL:
        return *(const uint8_t *)p != 0;
    case TTRT_DTYPE_UINT8:
        LOAD(uint8_t);
    case TTRT_DTYPE_INT8:
        LOAD(int8_t);
    case TTRT_DTYPE_INT16:
        LOAD(int16_t);
    case TTRT_DTYPE_UINT16:
        LOAD(uint16_t);
    case TTRT_DTYPE_INT32:
        LOAD(int32_t);
    case TTRT_DTYPE_UINT32:
        LOAD(uint32_t);
    case TTRT_DTYPE_INT64:
        LOAD(int64_t);
    case TTRT_DTYPE_UINT64:
        return (int64_t)load_u64(p);
    default:
        return 0;
    }
}

double tt_load_f64(const void *p, tt_dtype d)
{
    switch (real_of(d)) { /* of a complex number the real part, as PyTorch's casts take it */
    case TTRT_DTYPE_FLOAT16:
        return tt_f16_to_f32(load_u16(p));
    case TTRT_DTYPE_BFLOAT16:
        return tt_bf16_to_f32(load_u16(p));
    case TTRT_DTYPE_FLOAT32:
        return load_f32(p);
    case TTRT_DTYPE_FLOAT64:
        return load_f64(p);
    case TTRT_DTYPE_FLOAT8_E5M2:
    case TTRT_DTYPE_FLOAT8_E4M3FN:
    case TTRT_DTYPE_FLOAT8_E5M2FNUZ:
    case TTRT_DTYPE_FLOAT8_E4M3FNUZ:
    case TTRT_DTYPE_FLOAT8_E8M0FNU:
        return f8_to_f32(*(const uint8_t *)p, d);
    case TTRT_DTYPE_UINT64:
        return (double)load_u64(p);
    default:
        return (double)load_integer(p, d);
    }
}

int64_t tt_load_i64(const void *p, tt_dtype d)
{
    kind k = facts_of(d)->kind;
    return k == FLOAT || k == COMPLEX ? f64_to_i64(tt_load_f64(p, d)) : load_integer(p, d);
}

static void store_integer(void *p, tt_dtype d, int64_t v)
{
    switch (d) {
    case TTRT_DTYPE_BOOL:
        *(uint8_t *)p = v != 0;
        break;
    case TTRT_DTYPE_UINT8:
    case TTRT_DTYPE_INT8:
        memcpy(p, &(uint8_t){(uint8_t)v}, 1);
        break;
    case TTRT_DTYPE_INT16:
    case TTRT_DTYPE_UINT16:
        memcpy(p, &(uint16_t){(uint16_t)v}, 2);
        break;
    case TTRT_DTYPE_INT32:
    case TTRT_DTYPE_UINT32:
        memcpy(p, &(uint32_t){(uint32_t)v}, 4);
        break;
    case TTRT_DTYPE_INT64:
    case TTRT_DTYPE_UINT64:
        memcpy(p, &v, 8);
        break;
    default:
        break;
    }
}

static void store_real(void *p, tt_dtype d, double v)
{
    float f = (float)v; /* the 8- and 16-bit types are made from a float: two roundings, as in PyTorch */

    switch (d) {
    case TTRT_DTYPE_FLOAT16:
        memcpy(p, &(uint16_t){tt_f32_to_f16(f)}, 2);
        break;
    case TTRT_DTYPE_BFLOAT16:
        memcpy(p, &(uint16_t){tt_f32_to_bf16(f)}, 2);
        break;
    case TTRT_DTYPE_FLOAT32:
        memcpy(p, &f, sizeof f);
        break;
    case TTRT_DTYPE_FLOAT64:
        memcpy(p, &v, sizeof v);
        break;
    default:
        *(uint8_t *)p = f32_to_f8(f, d);
        break;
    }
}

void tt_store_f64(void *p, tt_dtype d, double v)
{
    tt_dtype real = real_of(d);

    switch (facts_of(d)->kind) {
    case COMPLEX:
        store_real((char *)p + ttrt_dtype_size(real), real, 0);
        store_real(p, real, v);
        break;
    case FLOAT:
        store_real(p, d, v);
        break;
    case BOOLEAN:
        store_integer(p, d, v != 0); /* NaN is true */
        break;
    default:
        store_integer(p, d, f64_to_integer(v, d));
        break;
    }
}

void tt_store_i64(void *p, tt_dtype d, int64_t v)
{
    kind k = facts_of(d)->kind;

    if (k != FLOAT && k != COMPLEX)
        store_integer(p, d, v);
    else if (d == TTRT_DTYPE_FLOAT64 || d == TTRT_DTYPE_COMPLEX128)
        tt_store_f64(p, d, (double)v);
    else
        tt_store_f64(p, d, (float)v); /* straight to float: by way of double it would round twice */
}
