/* Families that move elements: views, slices, joins, padding. */
#include "convert_test.h"

static void rest_of_a_view_is_divided(void **state)
{
    expect_network("graph(%x: f32[s0,12,64])\n"
                   "  %1: f32[s0,12,8,8] = aten.view.default(%x, [s0, -1, 8, 8])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,12,64])\n"
                   "  %1: f32[s0,12,8,8] = reshape(%x) {dimensions=[s0,12,8,8]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void slice_to_the_end(void **state)
{
    expect_network("graph(%x: f32[s0,10])\n"
                   "  %1: f32[s0,7] = aten.slice.Tensor(%x, 1, 3, 9223372036854775807, 1)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,10])\n"
                   "  %1: f32[s0,7] = slice(%x) {start=[0,3], size=[s0,7], stride=[1,1]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void slice_from_behind(void **state)
{
    expect_network("graph(%x: f32[2,s0])\n"
                   "  %1: f32[2,2] = aten.slice.Tensor(%x, 1, -2, 9223372036854775807, 1)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[2,s0])\n"
                   "  %1: f32[2,2] = slice(%x) {start=[0,max(s0 - 2, 0)], size=[2,2], stride=[1,1]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void whole_slice_is_nothing(void **state)
{
    expect_network("graph(%x: f32[s0,10])\n"
                   "  %1: f32[s0,10] = aten.slice.Tensor(%x, 0, 0, 9223372036854775807, 1)\n"
                   "  %2: f32[s0,10] = aten.relu.default(%1)\n"
                   "  return %2\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,10])\n"
                   "  %1: f32[s0,10] = activation(%x) {type=RELU, alpha=0, beta=0} \"2\"\n"
                   "  return %1 \"2\"\n");
}

static void strided_slice(void **state)
{
    expect_network("graph(%x: f32[10])\n"
                   "  %1: f32[4] = aten.slice.Tensor(%x, 0, 1, 9, 2)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[10])\n"
                   "  %1: f32[4] = slice(%x) {start=[1], size=[4], stride=[2]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void select_from_behind(void **state)
{
    expect_network("graph(%x: f32[s0,s1,3])\n"
                   "  %1: f32[s0,3] = aten.select.int(%x, 1, -1)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "symbol s1 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,s1,3])\n"
                   "  %1: f32[s0,1,3] = slice(%x) {start=[0,s1 - 1,0], size=[s0,1,3], stride=[1,1,1]} \"1\"\n"
                   "  %2: f32[s0,3] = reshape(%1) {dimensions=[s0,3]} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void squeeze_keeps_symbols(void **state)
{
    expect_network("graph(%x: f32[s0,1,3])\n"
                   "  %1: f32[s0,3] = aten.squeeze.default(%x)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,1,3])\n"
                   "  %1: f32[s0,3] = reshape(%x) {dimensions=[s0,3]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void flatten_scalar(void **state)
{
    expect_network("graph(%x: f32[])\n"
                   "  %1: f32[1] = aten.flatten.using_ints(%x, 0, -1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[])\n"
                   "  %1: f32[1] = reshape(%x) {dimensions=[1]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void expand_adds_dimensions(void **state)
{
    expect_network("graph(%x: f32[1,3])\n"
                   "  %1: f32[s0,4,3] = aten.expand.default(%x, [s0, 4, -1])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[1,3])\n"
                   "  %1: f32[1,1,3] = reshape(%x) {dimensions=[1,1,3]} \"1\"\n"
                   "  %2: f32[s0,4,3] = expand(%1) {dimensions=[s0,4,3]} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void permute_from_behind(void **state)
{
    expect_network("graph(%x: f32[2,3,4])\n"
                   "  %1: f32[4,2,3] = aten.permute.default(%x, [-1, 0, 1])\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3,4])\n"
                   "  %1: f32[4,2,3] = transpose(%x) {permutation=[2,0,1]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void split_pieces(void **state)
{
    expect_network("graph(%x: f32[2,5])\n"
                   "  %1: f32[2,2], %2: f32[2,2], %3: f32[2,1] = aten.split.Tensor(%x, 2, 1)\n"
                   "  return %1, %3\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,5])\n"
                   "  %1: f32[2,2] = slice(%x) {start=[0,0], size=[2,2], stride=[1,1]} \"1\"\n"
                   "  %2: f32[2,1] = slice(%x) {start=[0,4], size=[2,1], stride=[1,1]} \"1\"\n"
                   "  return %1 \"1\", %2 \"3\"\n");
}

static void cat_promotes_and_drops_empty(void **state)
{
    expect_network("graph(%x: f32[2,3], %y: f64[2,3], %e: f32[0])\n"
                   "  %1: f64[2,6] = aten.cat.default([%x, %y, %e], 1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3], %y: f64[2,3], %e: f32[0])\n"
                   "  %3: f64[2,3] = cast(%x) {to_type=f64} \"1\"\n"
                   "  %4: f64[2,6] = concatenation(%3, %y) {axis=1} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void stack_unsqueezes(void **state)
{
    expect_network("graph(%x: f32[3], %y: f32[3])\n"
                   "  %1: f32[3,2] = aten.stack.default([%x, %y], -1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3], %y: f32[3])\n"
                   "  %2: f32[3,1] = reshape(%x) {dimensions=[3,1]} \"1\"\n"
                   "  %3: f32[3,1] = reshape(%y) {dimensions=[3,1]} \"1\"\n"
                   "  %4: f32[3,2] = concatenation(%2, %3) {axis=1} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void repeat(void **state)
{
    expect_network("graph(%x: f32[2,3])\n"
                   "  %1: f32[4,2,6] = aten.repeat.default(%x, [4, 1, 2])\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3])\n"
                   "  %1: f32[1,2,3] = reshape(%x) {dimensions=[1,2,3]} \"1\"\n"
                   "  %2: f32[1,2,1,3] = reshape(%1) {dimensions=[1,2,1,3]} \"1\"\n"
                   "  %3: f32[4,2,2,3] = expand(%2) {dimensions=[4,2,2,3]} \"1\"\n"
                   "  %4: f32[4,2,6] = reshape(%3) {dimensions=[4,2,6]} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void slice_scatter_is_spliced(void **state)
{
    expect_network("graph(%x: f32[2,s0], %y: f32[2,2])\n"
                   "  %1: f32[2,s0] = aten.slice_scatter.default(%x, %y, 1, 0, 2, 1)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[2,s0], %y: f32[2,2])\n"
                   "  %2: f32[2,min(s0, 2)] = expand(%y) {dimensions=[2,min(s0, 2)]} \"1\"\n"
                   "  %3: f32[2,s0 - min(s0, 2)] = slice(%x) {start=[0,min(s0, 2)], size=[2,s0 - min(s0, 2)], "
                   "stride=[1,1]} \"1\"\n"
                   "  %4: f32[2,s0] = concatenation(%2, %3) {axis=1} \"1\"\n"
                   "  return %4 \"1\"\n");
}

static void pad_from_the_last_dimension(void **state)
{
    expect_network(
        "graph(%x: f32[2,3,4])\n"
        "  %1: f32[2,4,7] = aten.constant_pad_nd.default(%x, [1, 2, 0, 1], 1.5)\n"
        "  return %1\n",
        /* becomes */
        "network \"main\"(%x: f32[2,3,4])\n"
        "  %1: f32[2,4,7] = pad(%x) {pre_padding=[0,0,1], post_padding=[0,1,2], mode=CONSTANT, value=1.5} \"1\"\n"
        "  return %1 \"1\"\n");
}

static void pad_modes(void **state)
{
    expect_network(
        "graph(%x: f32[2,3,4])\n"
        "  %1: f32[2,3,6] = aten.reflection_pad1d.default(%x, [1, 1])\n"
        "  %2: f32[2,3,5] = aten.pad.default(%x, [0, 1], mode=\"replicate\")\n"
        "  return %1, %2\n",
        /* becomes */
        "network \"main\"(%x: f32[2,3,4])\n"
        "  %1: f32[2,3,6] = pad(%x) {pre_padding=[0,0,1], post_padding=[0,0,1], mode=REFLECT, value=0} \"1\"\n"
        "  %2: f32[2,3,5] = pad(%x) {pre_padding=[0,0,0], post_padding=[0,0,1], mode=REPLICATE, value=0} \"2\"\n"
        "  return %1 \"1\", %2 \"2\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rest_of_a_view_is_divided),
        cmocka_unit_test(slice_to_the_end),
        cmocka_unit_test(slice_from_behind),
        cmocka_unit_test(whole_slice_is_nothing),
        cmocka_unit_test(strided_slice),
        cmocka_unit_test(select_from_behind),
        cmocka_unit_test(squeeze_keeps_symbols),
        cmocka_unit_test(flatten_scalar),
        cmocka_unit_test(expand_adds_dimensions),
        cmocka_unit_test(permute_from_behind),
        cmocka_unit_test(split_pieces),
        cmocka_unit_test(cat_promotes_and_drops_empty),
        cmocka_unit_test(stack_unsqueezes),
        cmocka_unit_test(repeat),
        cmocka_unit_test(slice_scatter_is_spliced),
        cmocka_unit_test(pad_from_the_last_dimension),
        cmocka_unit_test(pad_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
