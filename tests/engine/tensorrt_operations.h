/* The operations of the pointwise layers, and the data types that engine tensorrt takes each with. */
#ifndef TENSORRT_OPERATIONS_H
#define TENSORRT_OPERATIONS_H

#include "tensorrt_test.h"

typedef struct operation {
    const char *name, *types; /* "": refused with every type */
} operation;

typedef void expectation(const char *symbols, int n, const trt_case *cases);

/* One case for each operation: `before`, its name, `after`. */
static inline void expect_operations(expectation *expect, const char *symbols, int n, const operation *operations,
                                     const char *before, const char *after)
{
    need_library();
    trt_case *cases = tt_calloc((size_t)n, sizeof *cases);

    assert_non_null(cases);
    for (int i = 0; i < n; i++) {
        tt_str s = {0};
        tt_str_addf(&s, "%s%s%s", before, operations[i].name, after);
        cases[i] = (trt_case){operations[i].types, tt_str_take(&s)};
    }
    expect(symbols, n, cases);
    for (int i = 0; i < n; i++)
        tt_free((char *)cases[i].text);
    tt_free(cases);
}

static const operation unary[] = {
    {"EXP", FLOATS},
    {"LOG", FLOATS},
    {"SQRT", FLOATS},
    {"RECIP", FLOATS},
    {"ABS", NUMBERS},
    {"NEG", NUMBERS},
    {"SIN", FLOATS},
    {"COS", FLOATS},
    {"TAN", FLOATS},
    {"SINH", FLOATS},
    {"COSH", FLOATS},
    {"ASIN", FLOATS},
    {"ACOS", FLOATS},
    {"ATAN", FLOATS},
    {"ASINH", FLOATS},
    {"ACOSH", FLOATS},
    {"ATANH", FLOATS},
    {"CEIL", NUMBERS},
    {"FLOOR", NUMBERS},
    {"ERF", FLOATS},
    {"NOT", "b8"},
    {"SIGN", NUMBERS},
    {"ROUND", NUMBERS},
    {"ISINF", FLOATS},
    {"ISNAN", FLOATS},
    {"RSQRT", FLOATS},
    {"EXP2", FLOATS},
    {"EXPM1", FLOATS},
    {"LOG2", FLOATS},
    {"LOG10", FLOATS},
    {"LOG1P", FLOATS},
    {"TRUNC", NUMBERS},
    {"ERFC", FLOATS},
    {"ERFINV", FLOATS},
    {"LGAMMA", ""},
    {"DIGAMMA", ""},
    {"BITWISE_NOT", INTEGERS " b8"},
};
_Static_assert(TT_COUNT(unary) == TT_UNARY_COUNT, "an operation is missing");

static const operation activation[] = {
    {"RELU", NUMBERS},      {"SIGMOID", FLOATS},      {"TANH", FLOATS},        {"LEAKY_RELU", FLOATS},
    {"ELU", FLOATS},        {"SELU", FLOATS},         {"SOFTSIGN", FLOATS},    {"SOFTPLUS", FLOATS},
    {"CLIP", NUMBERS},      {"HARD_SIGMOID", FLOATS}, {"SCALED_TANH", FLOATS}, {"THRESHOLDED_RELU", FLOATS},
    {"GELU_ERF", FLOATS},   {"GELU_TANH", FLOATS},    {"SILU", FLOATS},        {"MISH", FLOATS},
    {"HARD_SWISH", FLOATS}, {"LOG_SIGMOID", FLOATS},
};
_Static_assert(TT_COUNT(activation) == TT_ACTIVATION_COUNT, "an activation is missing");

static const operation elementwise[] = {
    {"SUM", NUMBERS},
    {"PROD", NUMBERS},
    {"MAX", NUMBERS},
    {"MIN", NUMBERS},
    {"SUB", NUMBERS},
    {"DIV", FLOATS},
    {"AND", "b8"},
    {"OR", "b8"},
    {"XOR", "b8"},
    {"EQUAL", ALL},
    {"GREATER", ALL},
    {"LESS", ALL},
    {"NOT_EQUAL", ALL},
    {"GREATER_EQUAL", ALL},
    {"LESS_EQUAL", ALL},
    {"FMAX", NUMBERS},
    {"FMIN", NUMBERS},
    {"ATAN2", FLOATS},
    {"COPYSIGN", FLOATS},
    {"HYPOT", FLOATS},
    {"NEXTAFTER", ""},
    {"LEFT_SHIFT", INTEGERS},
    {"RIGHT_SHIFT", INTEGERS},
};
/* What has no meaning where a second integer is 0 or negative. */
static const operation divisions[] = {
    {"POW", NUMBERS}, {"FLOOR_DIV", NUMBERS}, {"TRUNC_DIV", NUMBERS}, {"REMAINDER", NUMBERS}, {"FMOD", NUMBERS},
};
_Static_assert(TT_COUNT(elementwise) + TT_COUNT(divisions) == TT_ELEMENTWISE_COUNT, "an operation is missing");

#endif
