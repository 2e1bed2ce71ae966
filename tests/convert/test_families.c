/* The families of operators that are written as several layers: the layers, and what is refused. */
#include "convert_test.h"

static void sort_and_topk(void **state)
{
    expect_network("graph(%x: f32[s0,5])\n"
                   "  %1: i64[s0,5] = aten.argsort.default(%x, -1, True)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,5])\n"
                   "  %1, %2 = sort(%x) {axis=1, descending=true, stable=true} \"1\"\n"
                   "  return %2 \"1\"\n");
    expect_network("graph(%x: f32[s0,5])\n"
                   "  %1: f32[s0,2], %2: i64[s0,2] = aten.topk.default(%x, 2, 1, False, True)\n"
                   "  return %1, %2\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,5])\n"
                   "  %1, %2 = topk(%x) {k=2, axis=1, largest=false, sorted=true} \"1\"\n"
                   "  return %1 \"1\", %2 \"2\"\n");
}

static void resize(void **state)
{
    expect_network("graph(%x: f32[1,3,s0,8])\n"
                   "  %1: f32[1,3,2*s0,16] = aten.upsample_bilinear2d.vec(%x, None, True, [2.0, 2.0])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[1,3,s0,8])\n"
                   "  %1 = resize(%x) {mode=LINEAR, output_size=[2*s0,16], scales=[2,2], align_corners=true} \"1\"\n"
                   "  return %1 \"1\"\n");
    expect_network("graph(%x: f32[1,3,s0])\n"
                   "  %1: f32[1,3,scaled(s0, 3, 1)] = aten.upsample_nearest1d.vec(%x, None, [1.5])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[1,3,s0])\n"
                   "  %1 = resize(%x) {mode=NEAREST, output_size=[scaled(s0, 3, 1)], scales=[1.5]} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void flips_and_rolls(void **state)
{
    expect_network("graph(%x: f32[s0,5])\n"
                   "  %1: f32[s0,5] = aten.flip.default(%x, [0])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,5])\n"
                   "  %1 = slice(%x) {start=[s0 - 1,0], size=[s0,5], stride=[-1,1]} \"1\"\n"
                   "  return %1 \"1\"\n");
    expect_network("graph(%x: f32[5])\n"
                   "  %1: f32[5] = aten.roll.default(%x, [-2], [0])\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[5])\n"
                   "  %1 = slice(%x) {start=[2], size=[3], stride=[1]} \"1\"\n"
                   "  %2 = slice(%x) {start=[0], size=[2], stride=[1]} \"1\"\n"
                   "  %3 = concatenation(%1, %2) {axis=0} \"1\"\n"
                   "  return %3 \"1\"\n");
}

static void diagonals(void **state)
{
    expect_network("graph(%x: f32[2,3,4])\n"
                   "  %1: f32[2,3] = aten.diagonal.default(%x, 1, 1, 2)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3,4])\n"
                   "  %1 = reshape(%x) {dimensions=[2,12]} \"1\"\n"
                   "  %2 = slice(%1) {start=[0,1], size=[2,3], stride=[1,5]} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void contractions(void **state)
{
    expect_network("graph(%a: f32[s0,3,4], %b: f32[5,4])\n"
                   "  %1: f32[s0,3,5] = aten.einsum.default(\"bij,kj->bik\", [%a, %b])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%a: f32[s0,3,4], %b: f32[5,4])\n"
                   "  %1 = reshape(%a) {dimensions=[1,3*s0,4]} \"1\"\n"
                   "  %2 = transpose(%b) {permutation=[1,0]} \"1\"\n"
                   "  %3 = reshape(%2) {dimensions=[1,4,5]} \"1\"\n"
                   "  %4 = matrix_multiply(%1, %3) \"1\"\n"
                   "  %5 = reshape(%4) {dimensions=[s0,3,5]} \"1\"\n"
                   "  return %5 \"1\"\n");
    expect_refusal("graph(%a: f32[2,3])\n"
                   "  %1: f32[2] = aten.einsum.default(\"ijk->i\", [%a])\n"
                   "  return %1\n",
                   "operand 0 has rank 2");
    expect_refusal("graph(%a: f32[2,3])\n"
                   "  %1: f32[2] = aten.einsum.default(\"i&->i\", [%a])\n"
                   "  return %1\n",
                   "at character 1");
}

static void recurrent(void **state)
{
    expect_network(
        "graph(%x: f32[s0,2,3], %h: f32[1,2,1], %c: f32[1,2,1], %w: f32[4,3], %u: f32[4,1])\n"
        "  %1: f32[s0,2,1], %2: f32[1,2,1], %3: f32[1,2,1] = aten.lstm.input(%x, [%h, %c], [%w, %u], False, 1, "
        "0.0, False, False, False)\n"
        "  return %1, %3\n",
        /* becomes */
        "symbol s0 in [0, inf]\n"
        "network \"main\"(%x: f32[s0,2,3], %h: f32[1,2,1], %c: f32[1,2,1], %w: f32[4,3], %u: f32[4,1])\n"
        "  %1 = reshape(%c) {dimensions=[2,1]} \"1\"\n"
        "  %2 = reshape(%h) {dimensions=[2,1]} \"1\"\n"
        "  %3 = reshape(%x) {dimensions=[2*s0,3]} \"1\"\n"
        "  %4 = matrix_multiply(%3, %w) {transpose_b=true} \"1\"\n"
        "  %5 = reshape(%4) {dimensions=[s0,2,4]} \"1\"\n"
        "  %6, %7 = recurrent(%5, %u, %2, %1) {operation=LSTM} \"1\"\n"
        "  %8 = reshape(%7) {dimensions=[1,2,1]} \"1\"\n"
        "  return %6 \"1\", %8 \"3\"\n");
    expect_refusal("graph(%x: f32[s0,2,3], %h: f32[2,2,1], %w: f32[3,3], %u: f32[3,1])\n"
                   "  %1: f32[s0,2,1], %2: f32[2,2,1] = aten.gru.input(%x, %h, [%w, %u, %w, %u], False, 2, 0.5, True, "
                   "False, False)\n"
                   "  return %1\n",
                   "with dropout between layers");
    expect_refusal("graph(%x: f32[s0,2,3], %h: f32[1,2,1], %w: f32[3,3], %u: f32[3,1])\n"
                   "  %1: f32[s0,2,1], %2: f32[1,1,2,1] = aten.gru.input(%x, %h, [%w, %u], False, 1, 0.0, False, "
                   "False, False)\n"
                   "  return %1, %2\n",
                   "a state of rank 4");
}

static void writes_by_index(void **state)
{
    expect_network("graph(%x: f32[4,3], %i: i64[2], %v: f32[2,3])\n"
                   "  %1: f32[4,3] = aten.index_copy.default(%x, 0, %i, %v)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[4,3], %i: i64[2], %v: f32[2,3])\n"
                   "  %1 = index_put(%x, %v, %i) {axes=[0], position=0} \"1\"\n"
                   "  return %1 \"1\"\n");
    expect_refusal(
        "graph(%w: f32[4,3], %i: i64[5], %o: i64[2])\n"
        "  %1: f32[2,3], %2: i64[5], %3: i64[2], %4: i64[2] = aten.embedding_bag.padding_idx(%w, %i, %o, False, "
        "0, False, None, False, None)\n"
        "  return %1, %2\n",
        "are used");
}

static void strided_views(void **state)
{
    expect_refusal("graph(%x: f32[4,3])\n"
                   "  %1: f32[2,2] = aten.as_strided.default(%x, [2, 2], [1, 2], None)\n"
                   "  return %1\n",
                   "not row-major");
}

static void norms(void **state)
{
    expect_refusal("graph(%x: f32[4,3])\n"
                   "  %1: f32[] = aten.linalg_norm.ord_str(%x, \"nuc\", None, False)\n"
                   "  return %1\n",
                   "singular values");
    expect_refusal("graph(%x: f32[4,3])\n"
                   "  %1: f32[] = aten.linalg_matrix_norm.default(%x, 2, [-2, -1], False)\n"
                   "  return %1\n",
                   "singular values");
}

/* What PyTorch writes nowhere, and a file may say: each would read or write beside a list of dimensions. */
static void wrong_ranks(void **state)
{
    expect_refusal("graph(%x: f32[]) %1: f32[1,1] = aten.diag.default(%x, 0) return %1", "of a tensor of rank 0");
    expect_refusal("graph(%x: f32[2]) %1: f32[2,2] = aten.diag.default(%x, -9223372036854775808) return %1",
                   "a diagonal that is not known, or out of range");
    expect_refusal("graph(%x: f32[2,3], %y: f32[]) %1: f32[2,3] = aten.diagonal_scatter.default(%x, %y, 0, 0, 1) "
                   "return %1",
                   "a source of rank 0");
    expect_refusal("graph(%x: f32[], %w: f32[1,1,1]) %1: f32[] = aten.bilinear.default(%x, %x, %w, None) return %1",
                   "of ranks 0 and 0");
    expect_refusal("graph(%x: f32[3]) %1: f32[3] = aten.eye.m(3, 3) return %1", "gives rank 1");
    expect_refusal("graph(%x: f32[2,2]) %1: f32[2] = aten.block_diag.default([%x, %x]) return %1", "gives rank 1");
    expect_refusal("graph(%x: f32[4,4]) %1: f32[4] = aten.slice.Tensor(%x, 1, 0, 2) return %1", "gives rank 1");
    expect_refusal("graph(%x: f32[4,4]) %1: f32[] = aten.unfold.default(%x, 0, 2, 1) return %1", "gives rank 0");
    expect_refusal("graph(%x: f32[4]) %1: f32[4], %2: f32[4] = aten.meshgrid.default([%x, %x]) return %1, %2",
                   "of 2 gives rank 1");
    expect_refusal("graph(%x: f32[5,2,3], %h: f32[], %w: f32[12,3], %u: f32[12,4]) %1: f32[5,2,4], %2: f32[1,2,4] = "
                   "aten.gru.input(%x, %h, [%w, %u], False, 1, 0.0, False, False, False) return %1",
                   "an initial state of another rank");
    expect_refusal("graph(%x: f32[4]) %1: i64[] = aten.nonzero.default(%x) return %1", "gives rank 0");
    expect_refusal("graph(%x: f32[4]) %1: i64[8] = aten.nonzero_static.default(%x, size=8) return %1", "gives rank 1");
    expect_refusal("graph(%x: f32[4], %m: b8[4]) %1: f32[] = aten.masked_select.default(%x, %m) return %1",
                   "gives rank 0");
    expect_refusal("graph(%x: b8[4]) %1: b8[4], %2: b8[4], %3: b8[0] = aten._unique2.default(%x, True, True) "
                   "return %1, %2",
                   "output 1 is bool; it is int64");
    expect_refusal("graph(%x: f32[4]) %1: f32[], %2: i64[4], %3: i64[4] = aten._unique2.default(%x) return %1",
                   "gives rank 0");
    expect_refusal("graph(%x: i64[]) %1: i64[4] = aten.repeat_interleave.Tensor(%x) return %1", "of rank 0");
    expect_refusal("graph(%x: f32[4]) %1: int(4) = aten.relu.default(%x) return %1", "output '1' is no tensor");
    expect_refusal("graph(%x: f32[1,1,4], %w: f32[1,1,3]) %1: f32[1,1,4] = aten.conv1d.padding(%x, %w, None, [1], "
                   "\"same\", [9223372036854775807], 1) return %1",
                   "a dilation of 9223372036854775807");
    expect_refusal("graph(%x: f32[4]) %1: i64[2,4] = aten.tril_indices.default(1073741824, 1073741824, 0) return %1",
                   "of 1073741824 x 1073741824");
    expect_refusal("graph(%x: f32[4,1]) %1: f32[4,1] = aten._pad_circular.default(%x, [1, -1]) return %1",
                   "CIRCULAR by 1 and -1 of 1");
    expect_refusal("graph(%x: f32[4], %y: f32[]) %1: f32[4,2] = aten.cartesian_prod.default([%x, %y]) return %1",
                   "of a tensor of rank 0");
    expect_refusal("graph(%w: f32[4,3], %i: i64[5], %o: i64[2]) %1: f32[], %2: i64[0], %3: i64[2], %4: i64[0] = "
                   "aten._embedding_bag_forward_only.default(%w, %i, %o) return %1",
                   "gives rank 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sort_and_topk), cmocka_unit_test(resize),          cmocka_unit_test(flips_and_rolls),
        cmocka_unit_test(wrong_ranks),   cmocka_unit_test(diagonals),       cmocka_unit_test(contractions),
        cmocka_unit_test(recurrent),     cmocka_unit_test(writes_by_index), cmocka_unit_test(strided_views),
        cmocka_unit_test(norms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
