/* Pointwise families: unary, activation, binary, cast. */
#include "convert_test.h"

static void number_takes_the_tensors_type(void **state)
{
    expect_network("graph(%x: f32[s0,3])\n"
                   "  %1: f32[s0,3] = aten.mul.Tensor(%x, 0.5)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,3])\n"
                   "  %1: f32[1,1] = constant() {weights=f32 {0.5}, dimensions=[1,1]} \"1\"\n"
                   "  %2: f32[s0,3] = elementwise(%x, %1) {operation=PROD} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void inexact_number_beside_half_is_f32(void **state)
{
    expect_network("graph(%x: f16[4])\n"
                   "  %1: f16[4] = aten.add.Tensor(%x, 0.1, alpha=1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f16[4])\n"
                   "  %1: f32[4] = cast(%x) {to_type=f32} \"1\"\n"
                   "  %2: f32[1] = constant() {weights=f32 {0.1}, dimensions=[1]} \"1\"\n"
                   "  %3: f32[4] = elementwise(%1, %2) {operation=SUM} \"1\"\n"
                   "  %4: f16[4] = cast(%3) {to_type=f16} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void exact_number_beside_half_stays_half(void **state)
{
    expect_network("graph(%x: f16[4])\n"
                   "  %1: f16[4] = aten.mul.Tensor(%x, 0.5)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f16[4])\n"
                   "  %1: f16[1] = constant() {weights=f16 {0.5}, dimensions=[1]} \"1\"\n"
                   "  %2: f16[4] = elementwise(%x, %1) {operation=PROD} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void alpha_scales_the_second(void **state)
{
    expect_network("graph(%x: f32[2,3], %y: f32[3])\n"
                   "  %1: f32[2,3] = aten.sub.Tensor(%x, %y, alpha=2)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3], %y: f32[3])\n"
                   "  %2: f32[1] = constant() {weights=f32 {2}, dimensions=[1]} \"1\"\n"
                   "  %3: f32[3] = elementwise(%y, %2) {operation=PROD} \"1\"\n"
                   "  %4: f32[1,3] = reshape(%3) {dimensions=[1,3]} \"1\"\n"
                   "  %5: f32[2,3] = elementwise(%x, %4) {operation=SUB} \"1\"\n"
                   "  return %5 \"1\"\n");
}

static void integers_divide_as_floats(void **state)
{
    expect_network("graph(%x: i64[3], %y: i32[3])\n"
                   "  %1: f32[3] = aten.div.Tensor(%x, %y)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: i64[3], %y: i32[3])\n"
                   "  %2: f32[3] = cast(%x) {to_type=f32} \"1\"\n"
                   "  %3: f32[3] = cast(%y) {to_type=f32} \"1\"\n"
                   "  %4: f32[3] = elementwise(%2, %3) {operation=DIV} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void floor_mode_keeps_integers(void **state)
{
    expect_network("graph(%x: i64[3])\n"
                   "  %1: i64[3] = aten.div.Tensor_mode(%x, 2, rounding_mode=\"floor\")\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: i64[3])\n"
                   "  %1: i64[1] = constant() {weights=i64 {2}, dimensions=[1]} \"1\"\n"
                   "  %2: i64[3] = elementwise(%x, %1) {operation=FLOOR_DIV} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void comparison_promotes_both(void **state)
{
    expect_network("graph(%x: i64[3], %y: f16[3])\n"
                   "  %1: b8[3] = aten.lt.Tensor(%x, %y)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: i64[3], %y: f16[3])\n"
                   "  %2: f16[3] = cast(%x) {to_type=f16} \"1\"\n"
                   "  %3: b8[3] = elementwise(%2, %y) {operation=LESS} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void zero_d_tensor_does_not_promote(void **state)
{
    expect_network("graph(%x: f16[3], %y: f32[])\n"
                   "  %1: b8[3] = aten.eq.Tensor(%x, %y)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f16[3], %y: f32[])\n"
                   "  %2: f16[] = cast(%y) {to_type=f16} \"1\"\n"
                   "  %3: f16[1] = reshape(%2) {dimensions=[1]} \"1\"\n"
                   "  %4: b8[3] = elementwise(%x, %3) {operation=EQUAL} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void bool_sum_is_or(void **state)
{
    expect_network("graph(%x: b8[3], %y: b8[3])\n"
                   "  %1: b8[3] = aten.add.Tensor(%x, %y, alpha=1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: b8[3], %y: b8[3])\n"
                   "  %2: b8[3] = elementwise(%x, %y) {operation=OR} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void clamp_of_two_numbers_is_one_layer(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: f32[3] = aten.clamp.default(%x, 0, 6)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: f32[3] = activation(%x) {type=CLIP, alpha=0, beta=6} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void crossed_bounds_are_not_a_clip(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: f32[3] = aten.clamp.default(%x, 2, 1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: f32[1] = constant() {weights=f32 {2}, dimensions=[1]} \"1\"\n"
                   "  %2: f32[3] = elementwise(%x, %1) {operation=MAX} \"1\"\n"
                   "  %3: f32[1] = constant() {weights=f32 {1}, dimensions=[1]} \"1\"\n"
                   "  %4: f32[3] = elementwise(%2, %3) {operation=MIN} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void square_is_a_product(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: f32[3] = aten.pow.Tensor_Scalar(%x, 2)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: f32[3] = elementwise(%x, %x) {operation=PROD} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void symbolic_number(void **state)
{
    expect_network("graph(%x: f32[s0,3])\n"
                   "  %1: f32[s0,3] = aten.mul.Tensor(%x, s0)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,3])\n"
                   "  %1: i64[] = dimension() {value=s0} \"1\"\n"
                   "  %2: f32[] = cast(%1) {to_type=f32} \"1\"\n"
                   "  %3: f32[1,1] = reshape(%2) {dimensions=[1,1]} \"1\"\n"
                   "  %4: f32[s0,3] = elementwise(%x, %3) {operation=PROD} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void logical_not_of_float(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: b8[3] = aten.logical_not.default(%x)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: b8[3] = cast(%x) {to_type=b8} \"1\"\n"
                   "  %2: b8[3] = unary(%1) {operation=NOT} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void integers_have_no_nan(void **state)
{
    expect_network("graph(%x: i64[3])\n"
                   "  %1: b8[3] = aten.isnan.default(%x)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: i64[3])\n"
                   "  %1: b8[3] = fill() {operation=CONSTANT, dimensions=[3], to_type=b8, alpha=0, beta=0, "
                   "alpha_int=0, beta_int=0} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void floor_of_integers_is_nothing(void **state)
{
    expect_network("graph(%x: i64[3])\n"
                   "  %1: i64[3] = aten.floor.default(%x)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: i64[3])\n"
                   "  return %x \"1\"\n");
}

static void exp_of_integers_is_float(void **state)
{
    expect_network("graph(%x: i64[3])\n"
                   "  %1: f32[3] = aten.exp.default(%x)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: i64[3])\n"
                   "  %1: f32[3] = cast(%x) {to_type=f32} \"1\"\n"
                   "  %2: f32[3] = unary(%1) {operation=EXP} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void gelu_tanh(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: f32[3] = aten.gelu.default(%x, approximate=\"tanh\")\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: f32[3] = activation(%x) {type=GELU_TANH, alpha=0, beta=0} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void elu_with_scales_is_a_formula(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: f32[3] = aten.elu.default(%x, 1, 2, 1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: f32[1] = constant() {weights=f32 {1}, dimensions=[1]} \"1\"\n"
                   "  %2: f32[3] = elementwise(%x, %1) {operation=PROD} \"1\"\n"
                   "  %3: f32[3] = unary(%2) {operation=EXPM1} \"1\"\n"
                   "  %4: f32[1] = constant() {weights=f32 {2}, dimensions=[1]} \"1\"\n"
                   "  %5: f32[3] = elementwise(%3, %4) {operation=PROD} \"1\"\n"
                   "  %6: f32[1] = constant() {weights=f32 {2}, dimensions=[1]} \"1\"\n"
                   "  %7: f32[3] = elementwise(%x, %6) {operation=PROD} \"1\"\n"
                   "  %8: f32[1] = constant() {weights=f32 {0}, dimensions=[1]} \"1\"\n"
                   "  %9: b8[3] = elementwise(%x, %8) {operation=GREATER} \"1\"\n"
                   "  %10: f32[3] = select(%9, %7, %5) \"1\"\n"
                   "  return %10 \"1\"\n");
}

static void masked_fill(void **state)
{
    expect_network("graph(%x: f16[2,3], %m: b8[3])\n"
                   "  %1: f16[2,3] = aten.masked_fill.Scalar(%x, %m, -inf)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f16[2,3], %m: b8[3])\n"
                   "  %2: f16[1,1] = constant() {weights=f16 {-inf}, dimensions=[1,1]} \"1\"\n"
                   "  %3: b8[1,3] = reshape(%m) {dimensions=[1,3]} \"1\"\n"
                   "  %4: f16[2,3] = select(%3, %2, %x) \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void casts(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: f16[3] = aten._to_copy.default(%x, dtype=f16)\n"
                   "  %2: f16[3] = aten.clone.default(%1)\n"
                   "  return %2\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: f16[3] = cast(%x) {to_type=f16} \"1\"\n"
                   "  return %1 \"2\"\n");
}

static void dropout_is_nothing(void **state)
{
    expect_network("graph(%x: f32[3])\n"
                   "  %1: f32[3] = aten.dropout.default(%x, 0.5, False)\n"
                   "  %2: f32[3] = aten.relu.default(%1)\n"
                   "  return %2\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3])\n"
                   "  %1: f32[3] = activation(%x) {type=RELU, alpha=0, beta=0} \"2\"\n"
                   "  return %1 \"2\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_takes_the_tensors_type),
        cmocka_unit_test(inexact_number_beside_half_is_f32),
        cmocka_unit_test(exact_number_beside_half_stays_half),
        cmocka_unit_test(alpha_scales_the_second),
        cmocka_unit_test(integers_divide_as_floats),
        cmocka_unit_test(floor_mode_keeps_integers),
        cmocka_unit_test(comparison_promotes_both),
        cmocka_unit_test(zero_d_tensor_does_not_promote),
        cmocka_unit_test(bool_sum_is_or),
        cmocka_unit_test(clamp_of_two_numbers_is_one_layer),
        cmocka_unit_test(crossed_bounds_are_not_a_clip),
        cmocka_unit_test(square_is_a_product),
        cmocka_unit_test(symbolic_number),
        cmocka_unit_test(logical_not_of_float),
        cmocka_unit_test(integers_have_no_nan),
        cmocka_unit_test(floor_of_integers_is_nothing),
        cmocka_unit_test(exp_of_integers_is_float),
        cmocka_unit_test(gelu_tanh),
        cmocka_unit_test(elu_with_scales_is_a_formula),
        cmocka_unit_test(masked_fill),
        cmocka_unit_test(casts),
        cmocka_unit_test(dropout_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
