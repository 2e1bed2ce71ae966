/* Families of whole layers: products, softmax, attention, normalization, convolution, pooling. */
#include "convert_test.h"

static void linear(void **state)
{
    expect_network("graph(%x: f32[s0,4,2], %w: f32[4,2] = param \"fc.weight\", %b: f32[4] = param \"fc.bias\")\n"
                   "  %1: f32[s0,4,4] = aten.linear.default(%x, %w, %b)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,4,2])\n"
                   "  %1: f32[4,2] = constant() {weights=f32 {0, 0, 0, 0, 0, 0, 0, 0} \"fc.weight\", dimensions=[4,2]} "
                   "\"fc.weight\"\n"
                   "  %2: f32[4] = constant() {weights=f32 {0, 0, 0, 0} \"fc.bias\", dimensions=[4]} \"fc.bias\"\n"
                   "  %3: f32[4*s0,2] = reshape(%x) {dimensions=[4*s0,2]} \"1\"\n"
                   "  %4: f32[4*s0,4] = matrix_multiply(%3, %1, %2) {transpose_a=false, transpose_b=true} \"1\"\n"
                   "  %5: f32[s0,4,4] = reshape(%4) {dimensions=[s0,4,4]} \"1\"\n"
                   "  return %5 \"1\"\n");
}

static void addmm_takes_a_bias(void **state)
{
    expect_network("graph(%x: f32[s0,8], %w: f32[8,16], %b: f32[16])\n"
                   "  %1: f32[s0,16] = aten.addmm.default(%b, %x, %w)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%b: f32[16], %x: f32[s0,8], %w: f32[8,16])\n"
                   "  %3: f32[s0,16] = matrix_multiply(%x, %w, %b) {transpose_a=false, transpose_b=false} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void addmm_with_factors(void **state)
{
    expect_network("graph(%x: f32[3,8], %w: f32[8,16], %b: f32[3,16])\n"
                   "  %1: f32[3,16] = aten.addmm.default(%b, %x, %w, beta=0.5, alpha=2)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%b: f32[3,16], %x: f32[3,8], %w: f32[8,16])\n"
                   "  %3: f32[3,16] = matrix_multiply(%x, %w) {transpose_a=false, transpose_b=false} \"1\"\n"
                   "  %4: f32[1,1] = constant() {weights=f32 {2}, dimensions=[1,1]} \"1\"\n"
                   "  %5: f32[3,16] = elementwise(%3, %4) {operation=PROD} \"1\"\n"
                   "  %6: f32[1,1] = constant() {weights=f32 {0.5}, dimensions=[1,1]} \"1\"\n"
                   "  %7: f32[3,16] = elementwise(%b, %6) {operation=PROD} \"1\"\n"
                   "  %8: f32[3,16] = elementwise(%5, %7) {operation=SUM} \"1\"\n"
                   "  return %8 \"1\"\n");
}

static void softmax_casts_first(void **state)
{
    expect_network("graph(%x: f16[2,3])\n"
                   "  %1: f32[2,3] = aten._softmax.default(%x, -1, True)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f16[2,3])\n"
                   "  %1: f32[2,3] = cast(%x) {to_type=f32} \"1\"\n"
                   "  %2: f32[2,3] = softmax(%1) {axis=1, is_log=false} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void softmax_of_a_scalar(void **state)
{
    expect_network("graph(%x: f32[])\n"
                   "  %1: f32[] = aten.softmax.int(%x, 0)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[])\n"
                   "  %1: f32[1] = reshape(%x) {dimensions=[1]} \"1\"\n"
                   "  %2: f32[1] = softmax(%1) {axis=0, is_log=false} \"1\"\n"
                   "  %3: f32[] = reshape(%2) {dimensions=[]} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void attention(void **state)
{
    expect_network(
        "graph(%q: f32[s0,8,16,64], %k: f32[s0,2,s1,64], %v: f32[s0,2,s1,64], %m: b8[s0,1,16,s1])\n"
        "  %1: f32[s0,8,16,64] = aten.scaled_dot_product_attention.default(%q, %k, %v, %m, 0.0, False, "
        "enable_gqa=True)\n"
        "  return %1\n",
        /* becomes */
        "symbol s0 in [0, inf]\n"
        "symbol s1 in [0, inf]\n"
        "network \"main\"(%q: f32[s0,8,16,64], %k: f32[s0,2,s1,64], %v: f32[s0,2,s1,64], %m: b8[s0,1,16,s1])\n"
        "  %4: f32[s0,8,16,64] = attention(%q, %k, %v, %m) {is_causal=false, scale=0.125} \"1\"\n"
        "  return %4 \"1\"\n");
}

static void attention_of_rank_3(void **state)
{
    expect_network(
        "graph(%q: f32[4,16,64], %k: f32[4,16,64], %v: f32[4,16,64])\n"
        "  %1: f32[4,16,64] = aten.scaled_dot_product_attention.default(%q, %k, %v, None, 0.0, True, scale=0.5)\n"
        "  return %1\n",
        /* becomes */
        "network \"main\"(%q: f32[4,16,64], %k: f32[4,16,64], %v: f32[4,16,64])\n"
        "  %3: f32[1,4,16,64] = reshape(%q) {dimensions=[1,4,16,64]} \"1\"\n"
        "  %4: f32[1,4,16,64] = reshape(%k) {dimensions=[1,4,16,64]} \"1\"\n"
        "  %5: f32[1,4,16,64] = reshape(%v) {dimensions=[1,4,16,64]} \"1\"\n"
        "  %6: f32[1,4,16,64] = attention(%3, %4, %5) {is_causal=true, scale=0.5} \"1\"\n"
        "  %7: f32[4,16,64] = reshape(%6) {dimensions=[4,16,64]} \"1\"\n"
        "  return %7 \"1\"\n");
}

static void layer_norm(void **state)
{
    expect_network(
        "graph(%x: f32[s0,4,8], %w: f32[8], %b: f32[8])\n"
        "  %1: f32[s0,4,8], %2: f32[s0,4,1], %3: f32[s0,4,1] = aten.native_layer_norm.default(%x, [8], %w, %b, 1e-05)\n"
        "  return %1\n",
        /* becomes */
        "symbol s0 in [0, inf]\n"
        "network \"main\"(%x: f32[s0,4,8], %w: f32[8], %b: f32[8])\n"
        "  %3: f32[s0,4,8] = normalization(%x, %w, %b) {kind=LAYER, axes=[2], eps=1e-05, num_groups=0, "
        "has_bias_only=false} \"1\"\n"
        "  return %3 \"1\"\n");
}

static void layer_norm_with_bias_alone(void **state)
{
    expect_network("graph(%x: f32[4,8], %b: f32[8])\n"
                   "  %1: f32[4,8] = aten.layer_norm.default(%x, [8], None, %b)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[4,8], %b: f32[8])\n"
                   "  %2: f32[4,8] = normalization(%x, %b) {kind=LAYER, axes=[1], eps=1e-05, num_groups=0, "
                   "has_bias_only=true} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void rms_norm(void **state)
{
    expect_network("graph(%x: f16[4,8], %w: f16[8])\n"
                   "  %1: f16[4,8] = aten.rms_norm.default(%x, [8], %w, 1e-06)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f16[4,8], %w: f16[8])\n"
                   "  %2: f16[4,8] = normalization(%x, %w) {kind=RMS, axes=[1], eps=1e-06, num_groups=0, "
                   "has_bias_only=false} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void batch_norm_is_a_scale(void **state)
{
    expect_network("graph(%x: f32[s0,8,4,4], %w: f32[8], %b: f32[8], %m: f32[8], %v: f32[8])\n"
                   "  %1: f32[s0,8,4,4] = aten.batch_norm.default(%x, %w, %b, %m, %v, False, 0.1, 1e-05, True)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,8,4,4], %w: f32[8], %b: f32[8], %m: f32[8], %v: f32[8])\n"
                   "  %5: f32[1] = constant() {weights=f32 {1e-05}, dimensions=[1]} \"1\"\n"
                   "  %6: f32[8] = elementwise(%v, %5) {operation=SUM} \"1\"\n"
                   "  %7: f32[8] = unary(%6) {operation=RSQRT} \"1\"\n"
                   "  %8: f32[8] = elementwise(%7, %w) {operation=PROD} \"1\"\n"
                   "  %9: f32[8] = elementwise(%m, %8) {operation=PROD} \"1\"\n"
                   "  %10: f32[8] = elementwise(%b, %9) {operation=SUB} \"1\"\n"
                   "  %11: f32[s0,8,4,4] = scale(%x, %8, %10) \"1\"\n"
                   "  return %11 \"1\"\n");
}

static void group_norm(void **state)
{
    expect_network("graph(%x: f32[s0,8,4,4], %w: f32[8], %b: f32[8])\n"
                   "  %1: f32[s0,8,4,4] = aten.group_norm.default(%x, 2, %w, %b)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,8,4,4], %w: f32[8], %b: f32[8])\n"
                   "  %3: f32[s0,8,4,4] = normalization(%x, %w, %b) {kind=GROUP, axes=[], eps=1e-05, num_groups=2, "
                   "has_bias_only=false} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void conv_same_pads_the_end(void **state)
{
    expect_network("graph(%x: f32[s0,3,9], %w: f32[4,3,2])\n"
                   "  %1: f32[s0,4,9] = aten.conv1d.padding(%x, %w, None, [1], \"same\", [1], 1)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,3,9], %w: f32[4,3,2])\n"
                   "  %2: f32[s0,4,9] = convolution(%x, %w) {stride=[1], pre_padding=[0], post_padding=[1], "
                   "dilation=[1], groups=1} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void unbatched_conv(void **state)
{
    expect_network("graph(%x: f32[3,8,8], %w: f32[4,3,3,3], %b: f32[4])\n"
                   "  %1: f32[4,6,6] = aten.conv2d.default(%x, %w, %b)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3,8,8], %w: f32[4,3,3,3], %b: f32[4])\n"
                   "  %3: f32[1,3,8,8] = reshape(%x) {dimensions=[1,3,8,8]} \"1\"\n"
                   "  %4: f32[1,4,6,6] = convolution(%3, %w, %b) {stride=[1,1], pre_padding=[0,0], post_padding=[0,0], "
                   "dilation=[1,1], groups=1} \"1\"\n"
                   "  %5: f32[4,6,6] = reshape(%4) {dimensions=[4,6,6]} \"1\"\n"
                   "  return %5 \"1\"\n");
}

static void transposed_conv(void **state)
{
    expect_network(
        "graph(%x: f32[s0,3,8,8], %w: f32[3,4,3,3])\n"
        "  %1: f32[s0,4,16,16] = aten.convolution.default(%x, %w, None, [2, 2], [1, 1], [1, 1], True, [1, 1], 1)\n"
        "  return %1\n",
        /* becomes */
        "symbol s0 in [0, inf]\n"
        "network \"main\"(%x: f32[s0,3,8,8], %w: f32[3,4,3,3])\n"
        "  %2: f32[s0,4,16,16] = deconvolution(%x, %w) {stride=[2,2], pre_padding=[1,1], post_padding=[1,1], "
        "output_padding=[1,1], dilation=[1,1], groups=1} \"1\"\n"
        "  return %2 \"1\"\n");
}

static void max_pool_without_its_indices(void **state)
{
    expect_network("graph(%x: f32[s0,3,8,8])\n"
                   "  %1: f32[s0,3,4,4], %2: i64[s0,3,4,4] = aten.max_pool2d_with_indices.default(%x, [2, 2])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,3,8,8])\n"
                   "  %1: f32[s0,3,4,4] = pooling(%x) {type=MAX, window_size=[2,2], stride=[2,2], pre_padding=[0,0], "
                   "post_padding=[0,0], dilation=[1,1], ceil_mode=false, average_count_excludes_padding=false, "
                   "divisor=0, has_indices=false} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void global_average_is_a_reduction(void **state)
{
    expect_network("graph(%x: f32[s0,3,7,7])\n"
                   "  %1: f32[s0,3,1,1] = aten.adaptive_avg_pool2d.default(%x, [1, 1])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,3,7,7])\n"
                   "  %1: f32[s0,3,1,1] = reduce(%x) {operation=AVG, axes=[2,3], parameter=0} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void even_adaptive_pooling_is_pooling(void **state)
{
    expect_network(
        "graph(%x: f32[s0,3,8,8])\n"
        "  %1: f32[s0,3,4,2] = aten.adaptive_avg_pool2d.default(%x, [4, 2])\n"
        "  %2: f32[s0,3,3,3] = aten.adaptive_avg_pool2d.default(%x, [3, 3])\n"
        "  return %1, %2\n",
        /* becomes */
        "symbol s0 in [0, inf]\n"
        "network \"main\"(%x: f32[s0,3,8,8])\n"
        "  %1: f32[s0,3,4,2] = pooling(%x) {type=AVERAGE, window_size=[2,4], stride=[2,4], pre_padding=[0,0], "
        "post_padding=[0,0], dilation=[1,1], ceil_mode=false, average_count_excludes_padding=false, divisor=0, "
        "has_indices=false} \"1\"\n"
        "  %2: f32[s0,3,3,3] = adaptive_pooling(%x) {type=AVERAGE, output_size=[3,3], has_indices=false} \"2\"\n"
        "  return %1 \"1\", %2 \"2\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear),
        cmocka_unit_test(addmm_takes_a_bias),
        cmocka_unit_test(addmm_with_factors),
        cmocka_unit_test(softmax_casts_first),
        cmocka_unit_test(softmax_of_a_scalar),
        cmocka_unit_test(attention),
        cmocka_unit_test(attention_of_rank_3),
        cmocka_unit_test(layer_norm),
        cmocka_unit_test(layer_norm_with_bias_alone),
        cmocka_unit_test(rms_norm),
        cmocka_unit_test(batch_norm_is_a_scale),
        cmocka_unit_test(group_norm),
        cmocka_unit_test(conv_same_pads_the_end),
        cmocka_unit_test(unbatched_conv),
        cmocka_unit_test(transposed_conv),
        cmocka_unit_test(max_pool_without_its_indices),
        cmocka_unit_test(global_average_is_a_reduction),
        cmocka_unit_test(even_adaptive_pooling_is_pooling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
