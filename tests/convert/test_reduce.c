/* Reductions and running sums. */
#include "convert_test.h"

static void integers_are_summed_as_i64(void **state)
{
    expect_network("graph(%x: i32[2,3])\n"
                   "  %1: i64[2] = aten.sum.dim_IntList(%x, [-1], False)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: i32[2,3])\n"
                   "  %1: i64[2,3] = cast(%x) {to_type=i64} \"1\"\n"
                   "  %2: i64[2,1] = reduce(%1) {operation=SUM, axes=[1], parameter=0} \"1\"\n"
                   "  %3: i64[2] = reshape(%2) {dimensions=[2]} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void all_axes(void **state)
{
    expect_network("graph(%x: f32[s0,3])\n"
                   "  %1: f32[] = aten.mean.default(%x)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,3])\n"
                   "  %1: f32[1,1] = reduce(%x) {operation=AVG, axes=[0,1], parameter=0} \"1\"\n"
                   "  %2: f32[] = reshape(%1) {dimensions=[]} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void scalar(void **state)
{
    expect_network("graph(%x: f32[])\n"
                   "  %1: f32[] = aten.amax.default(%x, [0], True)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[])\n"
                   "  %1: f32[1] = reshape(%x) {dimensions=[1]} \"1\"\n"
                   "  %2: f32[1] = reduce(%1) {operation=MAX, axes=[0], parameter=0} \"1\"\n"
                   "  %3: f32[] = reshape(%2) {dimensions=[]} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void values_and_indices(void **state)
{
    expect_network("graph(%x: f32[2,3])\n"
                   "  %1: f32[2], %2: i64[2] = aten.max.dim(%x, 1, False)\n"
                   "  return %1, %2\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3])\n"
                   "  %1: f32[2,1] = reduce(%x) {operation=MAX, axes=[1], parameter=0} \"1\"\n"
                   "  %2: f32[2] = reshape(%1) {dimensions=[2]} \"1\"\n"
                   "  %3: i64[2,1] = arg_reduce(%x) {is_max=true, axis=1} \"1\"\n"
                   "  %4: i64[2] = reshape(%3) {dimensions=[2]} \"1\"\n"
                   "  return %2 \"1\", %4 \"2\"\n");
}

static void unused_indices_make_no_layer(void **state)
{
    expect_network("graph(%x: f32[2,3])\n"
                   "  %1: f32[2,1], %2: i64[2,1] = aten.min.dim(%x, 1, True)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3])\n"
                   "  %1: f32[2,1] = reduce(%x) {operation=MIN, axes=[1], parameter=0} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void argmax_of_all(void **state)
{
    expect_network("graph(%x: f32[2,3])\n"
                   "  %1: i64[] = aten.argmax.default(%x)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3])\n"
                   "  %1: f32[6] = reshape(%x) {dimensions=[6]} \"1\"\n"
                   "  %2: i64[1] = arg_reduce(%1) {is_max=true, axis=0} \"1\"\n"
                   "  %3: i64[] = reshape(%2) {dimensions=[]} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void any_of_floats(void **state)
{
    expect_network("graph(%x: f32[2,3])\n"
                   "  %1: b8[2] = aten.any.dim(%x, 1, False)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3])\n"
                   "  %1: b8[2,3] = cast(%x) {to_type=b8} \"1\"\n"
                   "  %2: b8[2,1] = reduce(%1) {operation=ANY, axes=[1], parameter=0} \"1\"\n"
                   "  %3: b8[2] = reshape(%2) {dimensions=[2]} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void deviation_of_half(void **state)
{
    expect_network("graph(%x: f16[2,3])\n"
                   "  %1: f16[2] = aten.std.correction(%x, [1], correction=0, keepdim=False)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f16[2,3])\n"
                   "  %1: f32[2,3] = cast(%x) {to_type=f32} \"1\"\n"
                   "  %2: f32[2,1] = reduce(%1) {operation=VARIANCE, axes=[1], parameter=0} \"1\"\n"
                   "  %3: f32[2] = reshape(%2) {dimensions=[2]} \"1\"\n"
                   "  %4: f32[2] = unary(%3) {operation=SQRT} \"1\"\n"
                   "  %5: f16[2] = cast(%4) {to_type=f16} \"1\"\n"
                   "  return %5 \"1\"\n");
}

static void norms(void **state)
{
    expect_network("graph(%x: f32[2,3])\n"
                   "  %1: f32[2] = aten.linalg_vector_norm.default(%x, 2, [1])\n"
                   "  %2: f32[2] = aten.linalg_vector_norm.default(%x, inf, [1])\n"
                   "  return %1, %2\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3])\n"
                   "  %1: f32[2,1] = reduce(%x) {operation=NORM, axes=[1], parameter=2} \"1\"\n"
                   "  %2: f32[2] = reshape(%1) {dimensions=[2]} \"1\"\n"
                   "  %3: f32[2,3] = unary(%x) {operation=ABS} \"2\"\n"
                   "  %4: f32[2,1] = reduce(%3) {operation=MAX, axes=[1], parameter=0} \"2\"\n"
                   "  %5: f32[2] = reshape(%4) {dimensions=[2]} \"2\"\n"
                   "  return %2 \"1\", %5 \"2\"\n");
}

static void cumsum_of_bool(void **state)
{
    expect_network("graph(%x: b8[2,s0])\n"
                   "  %1: i64[2,s0] = aten.cumsum.default(%x, -1)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: b8[2,s0])\n"
                   "  %1: i64[2,s0] = cast(%x) {to_type=i64} \"1\"\n"
                   "  %2: i64[2,s0] = cumulative(%1) {operation=SUM, axis=1} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void diff_with_prepended(void **state)
{
    expect_network("graph(%x: i64[2,s0], %p: i64[2,1])\n"
                   "  %1: i64[2,s0] = aten.diff.default(%x, 1, -1, %p)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: i64[2,s0], %p: i64[2,1])\n"
                   "  %2: i64[2,s0 + 1] = concatenation(%p, %x) {axis=1} \"1\"\n"
                   "  %3: i64[2,s0] = slice(%2) {start=[0,1], size=[2,s0], stride=[1,1]} \"1\"\n"
                   "  %4: i64[2,s0] = slice(%2) {start=[0,0], size=[2,s0], stride=[1,1]} \"1\"\n"
                   "  %5: i64[2,s0] = elementwise(%3, %4) {operation=SUB} \"1\"\n"
                   "  return %5 \"1\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_summed_as_i64),
        cmocka_unit_test(all_axes),
        cmocka_unit_test(scalar),
        cmocka_unit_test(values_and_indices),
        cmocka_unit_test(unused_indices_make_no_layer),
        cmocka_unit_test(argmax_of_all),
        cmocka_unit_test(any_of_floats),
        cmocka_unit_test(deviation_of_half),
        cmocka_unit_test(norms),
        cmocka_unit_test(cumsum_of_bool),
        cmocka_unit_test(diff_with_prepended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
