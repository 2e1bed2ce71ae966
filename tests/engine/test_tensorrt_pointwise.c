/* Every operation of the pointwise layers with every data type, static and dynamic: taken as the tables say, and built.
 */
#define TRT_COMPARE_SPECIAL
#include "tensorrt_test.h"

#define FLOATS   "f32 f16 bf16"
#define INTEGERS "i64 i32 i8 u8"
#define NUMBERS  FLOATS " " INTEGERS
#define ALL      NUMBERS " b8"

typedef struct operation {
    const char *name, *types; /* "": refused with every type */
} operation;

/* One case for each operation: `before`, its name, `after`. */
static void expect_operations(const char *symbols, int n, const operation *operations, const char *before,
                              const char *after)
{
    trt_case *cases = tt_calloc((size_t)n, sizeof *cases);

    assert_non_null(cases);
    for (int i = 0; i < n; i++) {
        tt_str s = {0};
        tt_str_addf(&s, "%s%s%s", before, operations[i].name, after);
        cases[i] = (trt_case){operations[i].types, tt_str_take(&s)};
    }
    expect_cases(symbols, n, cases);
    for (int i = 0; i < n; i++)
        tt_free((char *)cases[i].text);
    tt_free(cases);
}

/* ---- unary ---- */

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

static void unary_operations(void **state)
{
    expect_operations("", TT_COUNT(unary), unary, "(%x: $[2,3]) %y = unary(%x) {operation=", "} return %y");
}

static void unary_operations_dynamic(void **state)
{
    expect_operations("symbol s0 in [1, 64]", TT_COUNT(unary), unary,
                      "(%x: $[s0,3]) %y = unary(%x) {operation=", "} return %y");
}

/* ---- activation ---- */

static const operation activation[] = {
    {"RELU", NUMBERS},      {"SIGMOID", FLOATS},      {"TANH", FLOATS},        {"LEAKY_RELU", FLOATS},
    {"ELU", FLOATS},        {"SELU", FLOATS},         {"SOFTSIGN", FLOATS},    {"SOFTPLUS", FLOATS},
    {"CLIP", NUMBERS},      {"HARD_SIGMOID", FLOATS}, {"SCALED_TANH", FLOATS}, {"THRESHOLDED_RELU", FLOATS},
    {"GELU_ERF", FLOATS},   {"GELU_TANH", FLOATS},    {"SILU", FLOATS},        {"MISH", FLOATS},
    {"HARD_SWISH", FLOATS}, {"LOG_SIGMOID", FLOATS},
};
_Static_assert(TT_COUNT(activation) == TT_ACTIVATION_COUNT, "an activation is missing");

static void activations(void **state)
{
    expect_operations("", TT_COUNT(activation), activation,
                      "(%x: $[2,3]) %y = activation(%x) {type=", ", alpha=0.5, beta=2.5} return %y");
}

static void activations_dynamic(void **state)
{
    expect_operations("symbol s0 in [1, 64]", TT_COUNT(activation), activation,
                      "(%x: $[s0,3]) %y = activation(%x) {type=", ", alpha=-inf, beta=1} return %y");
}

/* ---- elementwise ---- */

static const operation elementwise[] = {
    {"SUM", NUMBERS},
    {"PROD", NUMBERS},
    {"MAX", NUMBERS},
    {"MIN", NUMBERS},
    {"SUB", NUMBERS},
    {"DIV", FLOATS},
    {"POW", NUMBERS},
    {"FLOOR_DIV", NUMBERS},
    {"AND", "b8"},
    {"OR", "b8"},
    {"XOR", "b8"},
    {"EQUAL", ALL},
    {"GREATER", ALL},
    {"LESS", ALL},
    {"NOT_EQUAL", ALL},
    {"GREATER_EQUAL", ALL},
    {"LESS_EQUAL", ALL},
    {"TRUNC_DIV", NUMBERS},
    {"REMAINDER", NUMBERS},
    {"FMOD", NUMBERS},
    {"FMAX", NUMBERS},
    {"FMIN", NUMBERS},
    {"ATAN2", FLOATS},
    {"COPYSIGN", FLOATS},
    {"HYPOT", FLOATS},
    {"NEXTAFTER", ""},
    {"LEFT_SHIFT", INTEGERS},
    {"RIGHT_SHIFT", INTEGERS},
};
_Static_assert(TT_COUNT(elementwise) == TT_ELEMENTWISE_COUNT, "an operation is missing");

static void elementwise_operations(void **state)
{
    expect_operations("", TT_COUNT(elementwise), elementwise,
                      "(%x: $[2,3], %y: $[1,3]) %z = elementwise(%x, %y) {operation=", "} return %z");
}

static void elementwise_operations_dynamic(void **state)
{
    expect_operations("symbol s0 in [1, 64]", TT_COUNT(elementwise), elementwise,
                      "(%x: $[s0,3], %y: $[s0,1]) %z = elementwise(%x, %y) {operation=", "} return %z");
}

/* ---- conversion, selection, numbers ---- */

#define CAST(type)                                                                                                     \
    {                                                                                                                  \
        ALL, "(%x: $[2,s0]) %y = cast(%x) {to_type=" type "} return %y"                                                \
    }
#define SELECT(condition, a, b)                                                                                        \
    {                                                                                                                  \
        ALL, "(%c: b8" condition ", %a: $" a ", %b: $" b ") %y = select(%c, %a, %b) return %y"                         \
    }
#define FILL(operation, dims)                                                                                          \
    "(%x: f32[s0]) %y = fill() {operation=" operation ", dimensions=" dims                                             \
    ", to_type=$, alpha=0.5, beta=0.25, alpha_int=3, beta_int=2} return %y, %x"
static const trt_case others[] = {
    CAST("f32"),
    CAST("f16"),
    CAST("bf16"),
    CAST("i64"),
    CAST("i32"),
    CAST("i8"),
    CAST("u8"),
    CAST("b8"),
    {"", "(%x: $[2,3]) %y = cast(%x) {to_type=f64} return %y"},
    {"", "(%x: $[2,3]) %y = cast(%x) {to_type=i16} return %y"},
    SELECT("[2,3]", "[2,3]", "[2,3]"),
    SELECT("[s0,1]", "[1,3]", "[s0,3]"),
    SELECT("[]", "[]", "[]"),
    {ALL, FILL("CONSTANT", "[]")},
    {ALL, FILL("CONSTANT", "[2,3]")},
    {ALL, FILL("CONSTANT", "[s0,1,2*s0]")},
    {NUMBERS, FILL("LINSPACE", "[5]")},
    {NUMBERS, FILL("LINSPACE", "[s0 + 1]")},
};

static void other_layers(void **state) { expect_cases("symbol s0 in [1, 64]", TT_COUNT(others), others); }

static void sizes(void **state)
{
    expect_builds("symbol s0 in [1, 64] network \"t\"(%x: f32[s0,3])"
                  "%a = dimension() {value=2*s0 + 1}"
                  "%b = dimension() {value=4}"
                  "%c = cast(%a) {to_type=f32}"
                  "return %a, %b, %c, %a");
}

static void checks_of_sizes(void **state)
{
    expect_builds("symbol s0 in [1, 64] network \"t\"(%x: f32[s0,3])"
                  "%a = dimension() {value=s0}"
                  "%b = constant() {weights=i64 {64}, dimensions=[]}"
                  "%c = elementwise(%a, %b) {operation=LESS_EQUAL}"
                  "%d = check(%c) {message=\"at most 64\"}"
                  "return %x");
}

static void checks_of_data_are_refused(void **state)
{
    tt_network *net = parsed("network \"t\"(%x: b8[]) %d = check(%x) {message=\"m\"} return %x");
    tt_reason why;

    assert_false(all_supported(net, &why));
    assert_string_equal(why.text, "TensorRT checks sizes, no data");
    tt_network_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unary_operations),
        cmocka_unit_test(unary_operations_dynamic),
        cmocka_unit_test(activations),
        cmocka_unit_test(activations_dynamic),
        cmocka_unit_test(elementwise_operations),
        cmocka_unit_test(elementwise_operations_dynamic),
        cmocka_unit_test(other_layers),
        cmocka_unit_test(sizes),
        cmocka_unit_test(checks_of_sizes),
        cmocka_unit_test(checks_of_data_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
