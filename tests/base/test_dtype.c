#include "base_test.h"

#include <math.h>

#include "base/dtype.h"

static const tt_dtype all[] = {
    TTRT_DTYPE_UINT8,           TTRT_DTYPE_INT8,        TTRT_DTYPE_INT16,         TTRT_DTYPE_INT32,
    TTRT_DTYPE_INT64,           TTRT_DTYPE_FLOAT16,     TTRT_DTYPE_FLOAT32,       TTRT_DTYPE_FLOAT64,
    TTRT_DTYPE_COMPLEX32,       TTRT_DTYPE_COMPLEX64,   TTRT_DTYPE_COMPLEX128,    TTRT_DTYPE_BOOL,
    TTRT_DTYPE_BFLOAT16,        TTRT_DTYPE_FLOAT8_E5M2, TTRT_DTYPE_FLOAT8_E4M3FN, TTRT_DTYPE_FLOAT8_E5M2FNUZ,
    TTRT_DTYPE_FLOAT8_E4M3FNUZ, TTRT_DTYPE_UINT16,      TTRT_DTYPE_UINT32,        TTRT_DTYPE_UINT64,
    TTRT_DTYPE_FLOAT8_E8M0FNU,
};

static void test_facts(void **state)
{
    for (size_t i = 0; i < TT_COUNT(all); i++) {
        assert_true(tt_dtype_is_known((int)all[i]));
        assert_int_equal(tt_dtype_from_short(tt_dtype_short(all[i])), all[i]);
        int kinds = tt_dtype_is_float(all[i]) + tt_dtype_is_integer(all[i]) + tt_dtype_is_complex(all[i]);
        assert_int_equal(kinds, all[i] != TTRT_DTYPE_BOOL);
        assert_true(ttrt_dtype_size(all[i]) >= 1);
    }
    assert_int_equal(ttrt_dtype_size(TTRT_DTYPE_COMPLEX32), 4);
    assert_int_equal(ttrt_dtype_size(TTRT_DTYPE_COMPLEX128), 16);
    assert_int_equal(ttrt_dtype_size(TTRT_DTYPE_BFLOAT16), 2);
    assert_string_equal(tt_dtype_short(TTRT_DTYPE_BOOL), "b8");
    assert_int_equal(tt_dtype_from_short(""), TT_DTYPE_NONE);
    assert_int_equal(tt_dtype_from_short("float32"), TT_DTYPE_NONE);
    for (int i = -1; i < 100; i += i == 11 ? 1 : 101) { /* numbers that are none */
        assert_false(tt_dtype_is_known(i));
        assert_string_equal(ttrt_dtype_name((tt_dtype)i), "unknown");
        assert_int_equal(ttrt_dtype_size((tt_dtype)i), 0);
    }
    assert_false(tt_dtype_is_known(12));
    assert_false(tt_dtype_is_known(45));
    assert_true(tt_dtype_is_signed(TTRT_DTYPE_INT8) && tt_dtype_is_signed(TTRT_DTYPE_FLOAT16));
    assert_false(tt_dtype_is_signed(TTRT_DTYPE_UINT8) || tt_dtype_is_signed(TTRT_DTYPE_BOOL));
}

/* torch.promote_types of PyTorch 2.13; "-" where it raises. Rows and columns in the order of `names`. */
static void test_promotion(void **state)
{
    static const char *const names[] = {"u8",  "i8",  "i16",  "i32", "i64",  "f16",    "f32", "f64",
                                        "c32", "c64", "c128", "b8",  "bf16", "f8e5m2", "u16", "u64"};
    static const char *const rows[] = {
        "u8 i16 i16 i32 i64 f16 f32 f64 c32 c64 c128 u8 bf16 - - -",
        "i16 i8 i16 i32 i64 f16 f32 f64 c32 c64 c128 i8 bf16 - - -",
        "i16 i16 i16 i32 i64 f16 f32 f64 c32 c64 c128 i16 bf16 - - -",
        "i32 i32 i32 i32 i64 f16 f32 f64 c32 c64 c128 i32 bf16 - - -",
        "i64 i64 i64 i64 i64 f16 f32 f64 c32 c64 c128 i64 bf16 - - -",
        "f16 f16 f16 f16 f16 f16 f32 f64 c32 c64 c128 f16 f32 - f16 f16",
        "f32 f32 f32 f32 f32 f32 f32 f64 c64 c64 c128 f32 f32 - f32 f32",
        "f64 f64 f64 f64 f64 f64 f64 f64 c128 c128 c128 f64 f64 - f64 f64",
        "c32 c32 c32 c32 c32 c32 c64 c128 c32 c64 c128 c32 c64 - - -",
        "c64 c64 c64 c64 c64 c64 c64 c128 c64 c64 c128 c64 c64 - - -",
        "c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 - - -",
        "u8 i8 i16 i32 i64 f16 f32 f64 c32 c64 c128 b8 bf16 - - -",
        "bf16 bf16 bf16 bf16 bf16 f32 f32 f64 c64 c64 c128 bf16 bf16 - bf16 bf16",
        "- - - - - - - - - - - - - f8e5m2 - -",
        "- - - - - f16 f32 f64 - - - - bf16 - u16 -",
        "- - - - - f16 f32 f64 - - - - bf16 - - u64",
    };

    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        const char *p = rows[i];
        for (size_t k = 0; k < TT_COUNT(names); k++) {
            char expected[16];
            int used;
            assert_int_equal(sscanf(p, "%15s%n", expected, &used), 1);
            p += used;
            tt_dtype got = tt_dtype_promote(tt_dtype_from_short(names[i]), tt_dtype_from_short(names[k]));
            assert_int_equal(got, tt_dtype_from_short(expected)); /* "-" is no name */
        }
    }
    for (size_t i = 0; i < TT_COUNT(all); i++) {
        assert_int_equal(tt_dtype_promote(all[i], all[i]), all[i]);
        assert_int_equal(tt_dtype_promote(all[i], TT_DTYPE_NONE), TT_DTYPE_NONE);
        for (size_t k = 0; k < TT_COUNT(all); k++)
            assert_int_equal(tt_dtype_promote(all[i], all[k]), tt_dtype_promote(all[k], all[i]));
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

/* The value of a pattern, from the definition of the format. */
static double by_definition(unsigned code, int exponent_bits, int mantissa_bits, int bias)
{
    int exponent = (int)(code >> mantissa_bits & ((1u << exponent_bits) - 1));
    int mantissa = (int)(code & ((1u << mantissa_bits) - 1));
    double v = exponent ? ldexp(1 + ldexp(mantissa, -mantissa_bits), exponent - bias)
                        : ldexp(mantissa, 1 - bias - mantissa_bits);
    return code >> (exponent_bits + mantissa_bits) & 1 ? -v : v;
}

static void test_f16(void **state)
{
    for (unsigned code = 0; code < 65536; code++) {
        float f = tt_f16_to_f32((uint16_t)code);
        if ((code & 0x7c00) == 0x7c00)
            assert_true(code & 0x3ff ? isnan(f) : isinf(f) && (f < 0) == (code >> 15));
        else
            assert_true(f == by_definition(code, 5, 10, 15) && !!signbit(f) == code >> 15);
        assert_int_equal(tt_f32_to_f16(f), isnan(f) ? code | 0x200 : code);
    }
}

static void test_bf16(void **state)
{
    for (unsigned code = 0; code < 65536; code++) {
        float f = tt_bf16_to_f32((uint16_t)code);
        assert_int_equal(bits_of(f), (uint32_t)code << 16);
        assert_int_equal(tt_f32_to_bf16(f), isnan(f) ? code | 0x40 : code);
    }
}

/* Between each two neighbours: the middle goes to the even one, what is beside it to the nearer one. */
static void check_ties(float (*widen)(uint16_t), uint16_t (*narrow)(float), unsigned last)
{
    for (unsigned code = 0; code < last; code++) {
        float low = widen((uint16_t)code), high = widen((uint16_t)(code + 1));
        float middle = isinf(high) ? low + (low - widen((uint16_t)(code - 1))) / 2 : low + (high - low) / 2;
        unsigned even = code & 1 ? code + 1 : code;
        if (!(middle > low) || isinf(middle))
            continue; /* float has no number between */
        assert_int_equal(narrow(middle), even);
        assert_int_equal(narrow(-middle), even | 0x8000);
        assert_int_equal(narrow(nextafterf(middle, 0)), code);
        assert_int_equal(narrow(nextafterf(middle, INFINITY)), code + 1);
    }
}

static void test_ties(void **state)
{
    check_ties(tt_f16_to_f32, tt_f32_to_f16, 0x7c00);
    check_ties(tt_bf16_to_f32, tt_f32_to_bf16, 0x7f80);
    assert_int_equal(tt_f32_to_f16(65519.996f), 0x7bff);
    assert_int_equal(tt_f32_to_f16(65520.0f), 0x7c00);
    assert_int_equal(tt_f32_to_f16(1e30f), 0x7c00);
    assert_int_equal(tt_f32_to_f16(-INFINITY), 0xfc00);
    assert_int_equal(tt_f32_to_bf16(3.4e38f), 0x7f80);
    assert_true(isnan(tt_bf16_to_f32(tt_f32_to_bf16(of_bits(0x7f800001)))));
    assert_true(isnan(tt_f16_to_f32(tt_f32_to_f16(of_bits(0xff800001)))));
}

typedef struct f8_format {
    tt_dtype dtype;
    int exponent_bits, mantissa_bits, bias;
    double most;
    uint8_t overflow; /* what numbers far too large become */
} f8_format;

static const f8_format f8_formats[] = {
    {TTRT_DTYPE_FLOAT8_E5M2, 5, 2, 15, 57344, 0x7c},
    {TTRT_DTYPE_FLOAT8_E4M3FN, 4, 3, 7, 448, 0x7e},
    {TTRT_DTYPE_FLOAT8_E5M2FNUZ, 5, 2, 16, 57344, 0x80},
    {TTRT_DTYPE_FLOAT8_E4M3FNUZ, 4, 3, 8, 240, 0x80},
};

static uint8_t store_f8(tt_dtype d, double v)
{
    uint8_t code;
    tt_store_f64(&code, d, v);
    return code;
}

static void test_f8(void **state)
{
    for (size_t i = 0; i < TT_COUNT(f8_formats); i++) {
        const f8_format *f = &f8_formats[i];
        double most = 0;
        for (unsigned code = 0; code < 256; code++) {
            uint8_t byte = (uint8_t)code;
            double v = tt_load_f64(&byte, f->dtype);
            if (isnan(v)) {
                assert_true(isnan(tt_load_f64((uint8_t[]){store_f8(f->dtype, v)}, f->dtype)));
                continue;
            }
            assert_int_equal(store_f8(f->dtype, v), code);
            if (isinf(v))
                continue;
            assert_true(v == by_definition(code, f->exponent_bits, f->mantissa_bits, f->bias));
            most = fmax(most, v);
            double next = tt_load_f64((uint8_t[]){(uint8_t)(byte + 1)}, f->dtype), middle = (v + next) / 2;
            if (code >= 0x7f || !isfinite(next))
                continue;
            assert_int_equal(store_f8(f->dtype, middle), code & 1 ? code + 1 : code);
            assert_int_equal(store_f8(f->dtype, nextafterf((float)middle, 0)), code);
            assert_int_equal(store_f8(f->dtype, nextafterf((float)middle, INFINITY)), code + 1);
        }
        assert_true(most == f->most);
        assert_int_equal(store_f8(f->dtype, 1e30), f->overflow);
        assert_int_equal(store_f8(f->dtype, INFINITY), f->overflow);
    }
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E4M3FNUZ, -0.0), 0);
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E5M2FNUZ, -1e-20), 0);
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E5M2, -0.0), 0x80);
}

static void test_e8m0(void **state)
{
    for (unsigned code = 0; code < 255; code++) {
        uint8_t byte = (uint8_t)code;
        assert_true(tt_load_f64(&byte, TTRT_DTYPE_FLOAT8_E8M0FNU) == ldexp(1, (int)code - 127));
        assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E8M0FNU, ldexp(1, (int)code - 127)), code);
    }
    assert_true(isnan(tt_load_f64((uint8_t[]){255}, TTRT_DTYPE_FLOAT8_E8M0FNU)));
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E8M0FNU, NAN), 255);
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E8M0FNU, INFINITY), 255);
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E8M0FNU, 1.5), 128);
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E8M0FNU, 1.49), 127);
    assert_int_equal(store_f8(TTRT_DTYPE_FLOAT8_E8M0FNU, 0), 0);
}

static void test_integers(void **state)
{
    const int64_t samples[] = {0,     1,      -1,    127,   128,       -128,      -129,       255,       256,
                               32767, -32768, 65535, 65536, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < TT_COUNT(samples); i++) {
        int64_t v = samples[i];
        char p[17]; /* one off: unaligned */
        tt_store_i64(p + 1, TTRT_DTYPE_UINT8, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_UINT8), (uint8_t)v);
        tt_store_i64(p + 1, TTRT_DTYPE_INT8, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_INT8), (int8_t)v);
        tt_store_i64(p + 1, TTRT_DTYPE_INT16, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_INT16), (int16_t)v);
        tt_store_i64(p + 1, TTRT_DTYPE_UINT16, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_UINT16), (uint16_t)v);
        tt_store_i64(p + 1, TTRT_DTYPE_INT32, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_INT32), (int32_t)v);
        tt_store_i64(p + 1, TTRT_DTYPE_UINT32, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_UINT32), (uint32_t)v);
        tt_store_i64(p + 1, TTRT_DTYPE_INT64, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_INT64), v);
        tt_store_i64(p + 1, TTRT_DTYPE_UINT64, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_UINT64), v);
        assert_true(tt_load_f64(p + 1, TTRT_DTYPE_UINT64) == (double)(uint64_t)v);
        tt_store_i64(p + 1, TTRT_DTYPE_BOOL, v);
        assert_int_equal(tt_load_i64(p + 1, TTRT_DTYPE_BOOL), v != 0);
    }
}

static int64_t through(tt_dtype d, double v)
{
    char p[16];
    tt_store_f64(p, d, v);
    return tt_load_i64(p, d);
}

static void test_float_to_integer(void **state)
{
    assert_int_equal(through(TTRT_DTYPE_INT32, 2.9), 2);
    assert_int_equal(through(TTRT_DTYPE_INT32, -2.9), -2);
    assert_int_equal(through(TTRT_DTYPE_INT32, 2147483647.5), INT32_MAX);
    assert_int_equal(through(TTRT_DTYPE_INT32, -2147483648.5), INT32_MIN);
    assert_int_equal(through(TTRT_DTYPE_INT32, 3e9), INT32_MIN);
    assert_int_equal(through(TTRT_DTYPE_INT32, NAN), INT32_MIN);
    assert_int_equal(through(TTRT_DTYPE_INT64, 1e300), INT64_MIN);
    assert_int_equal(through(TTRT_DTYPE_INT64, -0x1p63), INT64_MIN);
    assert_int_equal(through(TTRT_DTYPE_INT64, NAN), INT64_MIN);
    assert_int_equal(through(TTRT_DTYPE_UINT64, 0x1p63), INT64_MIN);
    assert_int_equal(through(TTRT_DTYPE_UINT64, INFINITY), 0);
    assert_int_equal(through(TTRT_DTYPE_UINT64, -5), -5);
    assert_int_equal(through(TTRT_DTYPE_UINT8, 257), 1);
    assert_int_equal(through(TTRT_DTYPE_UINT8, -1), 255);
    assert_int_equal(through(TTRT_DTYPE_INT8, 300.7), 44);
    assert_int_equal(through(TTRT_DTYPE_UINT16, -1.5), 65535);
    assert_int_equal(through(TTRT_DTYPE_INT16, 1e10), 0);
    assert_int_equal(through(TTRT_DTYPE_UINT32, 4e9), 4000000000);
    assert_int_equal(through(TTRT_DTYPE_BOOL, 0.1), 1);
    assert_int_equal(through(TTRT_DTYPE_BOOL, NAN), 1);
    assert_int_equal(through(TTRT_DTYPE_BOOL, -0.0), 0);
    assert_int_equal(through(TTRT_DTYPE_FLOAT32, 1e30), INT64_MIN);
    assert_int_equal(through(TTRT_DTYPE_FLOAT16, -7.9), -7);
}

static void test_floats(void **state)
{
    double complex_pair[2] = {1, 1};
    float f;

    assert_int_equal(through(TTRT_DTYPE_FLOAT64, 0x1p53), (int64_t)1 << 53);
    /* From int64 straight to float: by way of double this one would be rounded up. */
    tt_store_i64(&f, TTRT_DTYPE_FLOAT32, ((int64_t)1 << 60) + ((int64_t)1 << 36) - 1);
    assert_true(f == 0x1p60f);
    tt_store_f64(complex_pair, TTRT_DTYPE_COMPLEX128, 2.5);
    assert_true(complex_pair[0] == 2.5 && complex_pair[1] == 0);
    assert_true(tt_load_f64(complex_pair, TTRT_DTYPE_COMPLEX128) == 2.5);
    tt_store_i64(complex_pair, TTRT_DTYPE_COMPLEX32, 3);
    assert_true(tt_load_f64(complex_pair, TTRT_DTYPE_COMPLEX32) == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),  cmocka_unit_test(test_promotion), cmocka_unit_test(test_f16),
        cmocka_unit_test(test_bf16),   cmocka_unit_test(test_ties),      cmocka_unit_test(test_f8),
        cmocka_unit_test(test_e8m0),   cmocka_unit_test(test_integers),  cmocka_unit_test(test_float_to_integer),
        cmocka_unit_test(test_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
