/* Indexing, and tensors made of numbers. */
#include "convert_test.h"

static void embedding(void **state)
{
    expect_network("graph(%i: i64[s0,s1], %w: f32[4,4] = param \"embed.weight\")\n"
                   "  %1: f32[s0,s1,4] = aten.embedding.default(%w, %i, 0)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "symbol s1 in [0, inf]\n"
                   "network \"main\"(%i: i64[s0,s1])\n"
                   "  %1: f32[4,4] = constant() {weights=f32 {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} "
                   "\"embed.weight\", dimensions=[4,4]} \"embed.weight\"\n"
                   "  %2: f32[s0,s1,4] = gather(%1, %i) {mode=DEFAULT, axis=0, wrap=false} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void one_index_is_a_gather(void **state)
{
    expect_network("graph(%x: f32[2,3,4], %i: i64[s0])\n"
                   "  %1: f32[2,s0,4] = aten.index.Tensor(%x, [None, %i])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[2,3,4], %i: i64[s0])\n"
                   "  %2: f32[2,s0,4] = gather(%x, %i) {mode=DEFAULT, axis=1, wrap=true} \"1\"\n"
                   "  return %2 \"1\"\n");
}

static void indices_apart_go_first(void **state)
{
    expect_network("graph(%x: f32[2,3,4], %i: i64[s0], %j: i32[5,1])\n"
                   "  %1: f32[5,s0,3] = aten.index.Tensor(%x, [%i, None, %j])\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[2,3,4], %i: i64[s0], %j: i32[5,1])\n"
                   "  %3: i64[5,1] = cast(%j) {to_type=i64} \"1\"\n"
                   "  %4: i64[1,s0] = reshape(%i) {dimensions=[1,s0]} \"1\"\n"
                   "  %5: i64[5,s0] = expand(%4) {dimensions=[5,s0]} \"1\"\n"
                   "  %6: i64[5,s0] = expand(%3) {dimensions=[5,s0]} \"1\"\n"
                   "  %7: f32[5,s0,3] = index(%x, %5, %6) {axes=[0,2], position=0} \"1\"\n"
                   "  return %7 \"1\"\n");
}

static void index_put_expands_values(void **state)
{
    expect_network("graph(%x: f32[2,3,4], %i: i64[5], %v: f32[])\n"
                   "  %1: f32[2,3,4] = aten.index_put.default(%x, [None, %i], %v)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3,4], %i: i64[5], %v: f32[])\n"
                   "  %3: f32[1,1,1] = reshape(%v) {dimensions=[1,1,1]} \"1\"\n"
                   "  %4: f32[2,5,4] = expand(%3) {dimensions=[2,5,4]} \"1\"\n"
                   "  %5: f32[2,3,4] = index_put(%x, %4, %i) {axes=[1], position=1, accumulate=false} \"1\"\n"
                   "  return %5 \"1\"\n");
}

static void masked_number_is_a_select(void **state)
{
    expect_network("graph(%x: f32[2,3], %m: b8[2], %v: f32[])\n"
                   "  %1: f32[2,3] = aten.index_put.default(%x, [%m], %v)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3], %m: b8[2], %v: f32[])\n"
                   "  %3: b8[2,1] = reshape(%m) {dimensions=[2,1]} \"1\"\n"
                   "  %4: f32[1,1] = reshape(%v) {dimensions=[1,1]} \"1\"\n"
                   "  %5: f32[2,3] = select(%3, %4, %x) \"1\"\n"
                   "  return %5 \"1\"\n");
}

static void known_mask_gives_positions(void **state)
{
    expect_network("graph(%x: f32[2,3], %m: b8[2] = buffer \"m\")\n"
                   "  %1: f32[0,3] = aten.index.Tensor(%x, [%m])\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[2,3])\n"
                   "  %1: i64[0] = constant() {weights=i64 {}, dimensions=[0]} \"1\"\n"
                   "  %2: f32[0,3] = gather(%x, %1) {mode=DEFAULT, axis=0, wrap=true} \"1\"\n"
                   "  return %2 \"1\"\n");
}

/* One count for both, since the mask is one; what the program has for the second is never bound. */
static void masks_give_positions(void **state)
{
    expect_network("graph(%x: f32[2,3], %m: b8[2])\n"
                   "  %1: f32[u0,3] = aten.index.Tensor(%x, [%m])\n"
                   "  %2: f32[2,3] = aten.index_put.default(%x, [%m], %1)\n"
                   "  return %1, %2\n",
                   /* becomes */
                   "symbol u0 in [0, inf]\n"
                   "network \"main\"(%x: f32[2,3], %m: b8[2])\n"
                   "  %1: i64[u0,1] = non_zero(%m) {count=u0} \"1\"\n"
                   "  %2: i64[u0] = reshape(%1) {dimensions=[u0]} \"1\"\n"
                   "  %3: f32[u0,3] = gather(%x, %2) {mode=DEFAULT, axis=0, wrap=true} \"1\"\n"
                   "  %4: i64[u0] = reshape(%1) {dimensions=[u0]} \"2\"\n"
                   "  %5: f32[2,3] = index_put(%x, %3, %4) {axes=[0], position=0, accumulate=false} \"2\"\n"
                   "  return %3 \"1\", %5 \"2\"\n");
}

/* PyTorch may know a count, or that two are equal: the layer binds a symbol of its own, which a run compares. */
static void counts_that_the_program_knows(void **state)
{
    expect_network("graph(%x: f32[3], %y: f32[3])\n"
                   "  %1: i64[2,1] = aten.nonzero.default(%x)\n"
                   "  %2: i64[u0,1] = aten.nonzero.default(%x)\n"
                   "  %3: i64[u0,1] = aten.nonzero.default(%y)\n"
                   "  return %1, %2, %3\n",
                   /* becomes */
                   "symbol u0 in [0, inf]\nsymbol ux0 in [0, inf]\nsymbol ux1 in [0, inf]\n"
                   "network \"main\"(%x: f32[3], %y: f32[3])\n"
                   "  %1: i64[ux0,1] = non_zero(%x) {count=ux0} \"1\"\n"
                   "  %2: i64[2,1] = reshape(%1) {dimensions=[2,1]} \"1\"\n"
                   "  %3: i64[u0,1] = non_zero(%x) {count=u0} \"2\"\n"
                   "  %4: i64[ux1,1] = non_zero(%y) {count=ux1} \"3\"\n"
                   "  %5: i64[u0,1] = reshape(%4) {dimensions=[u0,1]} \"3\"\n"
                   "  return %2 \"1\", %3 \"2\", %5 \"3\"\n");
}

static void numbers_from_data(void **state)
{
    expect_network("graph(%x: f32[3], %n: i32[1])\n"
                   "  %1: int(u0) = aten.item.default(%n)\n"
                   "  %2: f32[u0] = aten.slice.Tensor(%x, 0, 0, u0, 1)\n"
                   "  return %2\n",
                   /* becomes */
                   "symbol u0 in [0, inf]\n"
                   "network \"main\"(%n: i32[1], %x: f32[3])\n"
                   "  %2: i64[1] = cast(%n) {to_type=i64} \"1\"\n"
                   "  %3: i64[] = reshape(%2) {dimensions=[]} \"1\"\n"
                   "  %4: i64[] = item(%3) {value=u0} \"1\"\n"
                   "  %5: f32[u0] = slice(%x) {start=[0], size=[u0], stride=[1]} \"2\"\n"
                   "  return %5 \"2\"\n");
}

static void scatter_takes_part_of_src(void **state)
{
    expect_network("graph(%x: f32[3,4], %i: i64[2,3], %s: f32[3,5])\n"
                   "  %1: f32[3,4] = aten.scatter_add.default(%x, 0, %i, %s)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3,4], %i: i64[2,3], %s: f32[3,5])\n"
                   "  %3: f32[2,5] = slice(%s) {start=[0,0], size=[2,5], stride=[1,1]} \"1\"\n"
                   "  %4: f32[2,3] = slice(%3) {start=[0,0], size=[2,3], stride=[1,1]} \"1\"\n"
                   "  %5: f32[3,4] = scatter(%x, %i, %4) {mode=ADD, axis=0, include_self=true} \"1\"\n"
                   "  return %5 \"1\"\n");
}

static void arange(void **state)
{
    expect_network("graph(%x: f32[s0])\n"
                   "  %1: i64[s0] = aten.arange.default(s0)\n"
                   "  %2: f32[4] = aten.arange.start_step(0.5, 2.5, 0.5)\n"
                   "  %3: i64[s0] = aten.arange.start(s0, 2*s0)\n"
                   "  return %1, %2, %3\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0])\n"
                   "  %1: i64[s0] = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha=0, beta=1, "
                   "alpha_int=0, beta_int=1} \"1\"\n"
                   "  %2: f32[4] = fill() {operation=LINSPACE, dimensions=[4], to_type=f32, alpha=0.5, beta=0.5, "
                   "alpha_int=0, beta_int=1} \"2\"\n"
                   "  %3: i64[s0] = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha=0, beta=1, "
                   "alpha_int=0, beta_int=1} \"3\"\n"
                   "  %4: i64[] = dimension() {value=s0} \"3\"\n"
                   "  %5: i64[1] = reshape(%4) {dimensions=[1]} \"3\"\n"
                   "  %6: i64[s0] = elementwise(%3, %5) {operation=SUM} \"3\"\n"
                   "  return %1 \"1\", %2 \"2\", %6 \"3\"\n");
}

static void fills(void **state)
{
    expect_network("graph(%x: f32[s0,3])\n"
                   "  %1: f32[s0,2] = aten.full.default([s0, 2], 1.5)\n"
                   "  %2: i64[s0,3] = aten.zeros_like.default(%x, dtype=i64)\n"
                   "  %3: b8[3] = aten.new_ones.default(%x, [3], dtype=b8)\n"
                   "  %4: i64[] = aten.scalar_tensor.default(s0, dtype=i64)\n"
                   "  return %1, %2, %3, %4\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0,3])\n"
                   "  %1: f32[s0,2] = fill() {operation=CONSTANT, dimensions=[s0,2], to_type=f32, alpha=1.5, beta=0, "
                   "alpha_int=1, beta_int=0} \"1\"\n"
                   "  %2: i64[s0,3] = fill() {operation=CONSTANT, dimensions=[s0,3], to_type=i64, alpha=0, beta=0, "
                   "alpha_int=0, beta_int=0} \"2\"\n"
                   "  %3: b8[3] = fill() {operation=CONSTANT, dimensions=[3], to_type=b8, alpha=1, beta=0, "
                   "alpha_int=1, beta_int=0} \"3\"\n"
                   "  %4: i64[] = dimension() {value=s0} \"4\"\n"
                   "  return %1 \"1\", %2 \"2\", %3 \"3\", %4 \"4\"\n");
}

static void triangle(void **state)
{
    expect_network("graph(%x: f32[3,3])\n"
                   "  %1: f32[3,3] = aten.tril.default(%x, -1)\n"
                   "  return %1\n",
                   /* becomes */
                   "network \"main\"(%x: f32[3,3])\n"
                   "  %1: f32[3,3] = trilu(%x) {upper=false, diagonal=-1} \"1\"\n"
                   "  return %1 \"1\"\n");
}

static void eye(void **state)
{
    expect_network("graph(%x: f32[s0])\n"
                   "  %1: f32[s0,s0] = aten.eye.default(s0)\n"
                   "  return %1\n",
                   /* becomes */
                   "symbol s0 in [0, inf]\n"
                   "network \"main\"(%x: f32[s0])\n"
                   "  %1: i64[s0] = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha=0, beta=1, "
                   "alpha_int=0, beta_int=1} \"1\"\n"
                   "  %2: i64[s0] = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha=0, beta=1, "
                   "alpha_int=0, beta_int=1} \"1\"\n"
                   "  %3: i64[s0,1] = reshape(%1) {dimensions=[s0,1]} \"1\"\n"
                   "  %4: i64[1,s0] = reshape(%2) {dimensions=[1,s0]} \"1\"\n"
                   "  %5: b8[s0,s0] = elementwise(%3, %4) {operation=EQUAL} \"1\"\n"
                   "  %6: f32[s0,s0] = cast(%5) {to_type=f32} \"1\"\n"
                   "  return %6 \"1\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embedding),
        cmocka_unit_test(one_index_is_a_gather),
        cmocka_unit_test(indices_apart_go_first),
        cmocka_unit_test(index_put_expands_values),
        cmocka_unit_test(masked_number_is_a_select),
        cmocka_unit_test(known_mask_gives_positions),
        cmocka_unit_test(masks_give_positions),
        cmocka_unit_test(counts_that_the_program_knows),
        cmocka_unit_test(numbers_from_data),
        cmocka_unit_test(scatter_takes_part_of_src),
        cmocka_unit_test(arange),
        cmocka_unit_test(fills),
        cmocka_unit_test(triangle),
        cmocka_unit_test(eye),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
