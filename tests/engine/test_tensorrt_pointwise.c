/* Every operation of the pointwise layers with every data type, static and dynamic: taken as the tables say, and built.
 */
#define TRT_COMPARE_SPECIAL
#include "tensorrt_operations.h"

/* ---- unary ---- */

static void unary_operations(void **state)
{
    expect_operations(expect_cases, "", TT_COUNT(unary), unary,
                      "(%x: $[2,3]) %y = unary(%x) {operation=", "} return %y");
}

static void unary_operations_dynamic(void **state)
{
    expect_operations(expect_cases, "symbol s0 in [1, 64]", TT_COUNT(unary), unary,
                      "(%x: $[s0,3]) %y = unary(%x) {operation=", "} return %y");
}

/* ---- activation ---- */

static void activations(void **state)
{
    expect_operations(expect_cases, "", TT_COUNT(activation), activation,
                      "(%x: $[2,3]) %y = activation(%x) {type=", ", alpha=0.5, beta=2.5} return %y");
}

static void activations_dynamic(void **state)
{
    expect_operations(expect_cases, "symbol s0 in [1, 64]", TT_COUNT(activation), activation,
                      "(%x: $[s0,3]) %y = activation(%x) {type=", ", alpha=-0.25, beta=1} return %y");
}

/* A bound may be infinite; a slope may not, there. */
static void infinite_parameters(void **state)
{
    static const trt_case cases[] = {
        {"f32 f16 bf16 i64 i32 i8 u8", "(%x: $[s0,3]) %y = activation(%x) {type=CLIP, alpha=-inf, beta=1} return %y"},
        {"", "(%x: $[s0,3]) %y = activation(%x) {type=LEAKY_RELU, alpha=-inf, beta=0} return %y"},
    };

    expect_cases("symbol s0 in [1, 64]", TT_COUNT(cases), cases);
}

/* ---- elementwise ---- */

static void elementwise_operations(void **state)
{
    expect_operations(expect_cases, "", TT_COUNT(elementwise), elementwise,
                      "(%x: $[2,3], %y: $[1,3]) %z = elementwise(%x, %y) {operation=", "} return %z");
}

/* By y * y + 1. */
#define POSITIVE                                                                                                       \
    "%one = fill() {operation=CONSTANT, dimensions=[1,1], to_type=$, alpha=1, beta=0, alpha_int=1, beta_int=0}"        \
    "%yy = elementwise(%y, %y) {operation=PROD} %p = elementwise(%yy, %one) {operation=SUM}"

static void division_operations(void **state)
{
    expect_operations(expect_cases, "", TT_COUNT(divisions), divisions,
                      "(%x: $[2,3], %y: $[1,3])" POSITIVE "%z = elementwise(%x, %p) {operation=", "} return %z");
}

static void division_operations_dynamic(void **state)
{
    expect_operations(expect_cases, "symbol s0 in [1, 64]", TT_COUNT(divisions), divisions,
                      "(%x: $[s0,3], %y: $[s0,1])" POSITIVE "%z = elementwise(%x, %p) {operation=", "} return %z");
}

static void elementwise_operations_dynamic(void **state)
{
    expect_operations(expect_cases, "symbol s0 in [1, 64]", TT_COUNT(elementwise), elementwise,
                      "(%x: $[s0,3], %y: $[s0,1]) %z = elementwise(%x, %y) {operation=", "} return %z");
}

/* ---- conversion, selection, numbers ---- */

#define SELECT(condition, a, b)                                                                                        \
    {                                                                                                                  \
        ALL, "(%c: b8" condition ", %a: $" a ", %b: $" b ") %y = select(%c, %a, %b) return %y"                         \
    }
#define FILL(operation, dims)                                                                                          \
    "(%x: f32[s0]) %y = fill() {operation=" operation ", dimensions=" dims                                             \
    ", to_type=$, alpha=0.5, beta=0.25, alpha_int=3, beta_int=2} return %y, %x"
static const trt_case others[] = {
    CAST("[2,s0]", "f32"),
    CAST("[2,s0]", "f16"),
    CAST("[2,s0]", "bf16"),
    CAST("[2,s0]", "i64"),
    CAST("[2,s0]", "i32"),
    CAST("[2,s0]", "i8"),
    CAST("[2,s0]", "u8"),
    CAST("[2,s0]", "b8"),
    {"", "(%x: $[2,3]) %y = cast(%x) {to_type=f64} return %y"},
    {"", "(%x: $[2,3]) %y = cast(%x) {to_type=i16} return %y"},
    SELECT("[2,3]", "[2,3]", "[2,3]"),
    SELECT("[s0,1]", "[1,3]", "[s0,3]"),
    SELECT("[]", "[]", "[]"),
    {ALL, FILL("CONSTANT", "[]")},
    {ALL, FILL("CONSTANT", "[2,3]")},
    {ALL, FILL("CONSTANT", "[s0,1,2*s0]")},
    {ALL, "(%x: f32[s0]) %y = constant() {weights=$ {1, 0, 1}, dimensions=[3]} return %y, %x"},
    /* One layer's result is another's operand, and the network's own. */
    {NUMBERS, "(%x: $[s0,3]) %a = elementwise(%x, %x) {operation=MAX} %b = unary(%a) {operation=FLOOR} "
              "%c = reshape(%b) {dimensions=[3*s0]} return %a, %b, %c, %x"},
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
        cmocka_unit_test(infinite_parameters),
        cmocka_unit_test(elementwise_operations),
        cmocka_unit_test(elementwise_operations_dynamic),
        cmocka_unit_test(division_operations),
        cmocka_unit_test(division_operations_dynamic),
        cmocka_unit_test(other_layers),
        cmocka_unit_test(sizes),
        cmocka_unit_test(checks_of_sizes),
        cmocka_unit_test(checks_of_data_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
