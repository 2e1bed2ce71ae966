#include "network_test.h"

static const char inputs[] =
    "symbol s0 in [1, 64]\n"
    "network \"t\"(%x: f32[s0,5,3], %w: f32[4,3], %v: f32[3], %b: f32[4], %m: f32[s0,3,7], %c: b8[5,1])\n";

static tt_network *fresh(tt_tensor **x, tt_tensor **w, tt_tensor **v, tt_tensor **b)
{
    tt_str s = {0};

    tt_str_add(&s, inputs);
    tt_str_add(&s, "return");
    tt_network *net = parsed(s.data);
    tt_str_dispose(&s);
    *x = net->inputs[0];
    *w = net->inputs[1];
    *v = net->inputs[2];
    *b = net->inputs[3];
    return net;
}

/* The layers made are these, and the last value is the output. */
static void finish(tt_network *net, tt_tensor *out, const char *layers)
{
    tt_str s = {0};

    expect_ok(tt_network_output(net, out, NULL));
    tt_str_add(&s, inputs);
    tt_str_add(&s, layers);
    expect_text(net, s.data);
    tt_str_dispose(&s);
    tt_network_free(net);
}

static void nothing_to_do(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_cast(net, x, TTRT_DTYPE_FLOAT32, &y));
    expect_ok(tt_net_reshape(net, y, x->rank, x->dims, &y));
    expect_ok(tt_net_transpose(net, y, (int64_t[]){0, 1, 2}, &y));
    expect_ok(tt_net_expand(net, y, x->rank, x->dims, &y));
    expect_ok(tt_net_rank_at_least(net, y, 2, &y));
    expect_ok(tt_net_slice(net, y, 0, tt_dim_const(0), x->dims[0], 1, &y));
    expect_ok(tt_net_concat(net, 1, &y, 0, &y));
    assert_ptr_equal(y, x);
    finish(net, y, "return %x");
}

static void scalars(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_scalar(net, -0.5, TTRT_DTYPE_BFLOAT16, 2, &y));
    expect_ok(tt_net_scalar_int(net, INT64_MIN, TTRT_DTYPE_INT64, 0, &y));
    expect_ok(tt_net_dim_tensor(net, tt_dim_const(7), TTRT_DTYPE_INT32, 1, &y));
    expect_ok(tt_net_dim_tensor(net, x->dims[0], TTRT_DTYPE_FLOAT32, 2, &y));
    finish(net, y,
           "%6 = constant() {weights=bf16 {-0.5}, dimensions=[1,1]}\n"
           "%7 = constant() {weights=i64 {-9223372036854775808}, dimensions=[]}\n"
           "%8 = constant() {weights=i32 {7}, dimensions=[1]}\n"
           "%9 = dimension() {value=s0}\n"
           "%10 = cast(%9) {to_type=f32}\n"
           "%11 = reshape(%10) {dimensions=[1,1]}\n"
           "return %11");
}

static void broadcasting(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_elementwise(net, TT_ELEMENTWISE_SUM, v, x, &y));
    expect_ok(tt_net_select(net, net->inputs[5], y, v, &y));
    expect_ok(tt_net_elementwise(net, TT_ELEMENTWISE_PROD, net->inputs[5], net->inputs[5], &v));
    finish(net, y,
           "%6 = reshape(%v) {dimensions=[1,1,3]}\n"
           "%7 = elementwise(%6, %x) {operation=SUM}\n"
           "%8 = reshape(%c) {dimensions=[1,5,1]}\n"
           "%9 = reshape(%v) {dimensions=[1,1,3]}\n"
           "%10 = select(%8, %7, %9)\n"
           "%11 = elementwise(%c, %c) {operation=AND}\n"
           "return %10");
}

static void along_axes(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_slice(net, x, 1, tt_dim_const(4), tt_dim_const(3), -2, &y));
    expect_ok(tt_net_reduce(net, TT_REDUCE_VARIANCE, y, 2, (int64_t[]){2, 0}, false, 1, &y));
    expect_ok(tt_net_expand(net, y, 2, (tt_dim[]){x->dims[0], tt_dim_const(3)}, &y));
    finish(net, y,
           "%6 = slice(%x) {start=[0,4,0], size=[s0,3,3], stride=[1,-2,1]}\n"
           "%7 = reduce(%6) {operation=VARIANCE, axes=[2,0], parameter=1}\n"
           "%8 = reshape(%7) {dimensions=[3]}\n"
           "%9 = reshape(%8) {dimensions=[1,3]}\n"
           "%10 = expand(%9) {dimensions=[s0,3]}\n"
           "return %10");
}

/* A linear layer is one multiply of all rows. */
static void linear(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_matmul(net, x, false, w, true, b, &y));
    finish(net, y,
           "%6 = reshape(%x) {dimensions=[5*s0,3]}\n"
           "%7 = matrix_multiply(%6, %w, %b) {transpose_b=true}\n"
           "%8 = reshape(%7) {dimensions=[s0,5,4]}\n"
           "return %8");
}

static void batched(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_matmul(net, x, false, net->inputs[4], false, NULL, &y));
    expect_ok(tt_net_matmul(net, w, false, net->inputs[4], false, NULL, &y));
    finish(net, y,
           "%6 = matrix_multiply(%x, %m)\n"
           "%7 = reshape(%w) {dimensions=[1,4,3]}\n"
           "%8 = matrix_multiply(%7, %m)\n"
           "return %8");
}

static void vectors(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_matmul(net, v, true, v, true, NULL, &y));
    assert_int_equal(y->rank, 0);
    expect_ok(tt_net_matmul(net, x, false, v, false, NULL, &y));
    assert_int_equal(y->rank, 2);
    expect_ok(tt_net_matmul(net, v, false, net->inputs[4], false, NULL, &y));
    finish(net, y,
           "%6 = reshape(%v) {dimensions=[1,3]}\n"
           "%7 = reshape(%v) {dimensions=[3,1]}\n"
           "%8 = matrix_multiply(%6, %7)\n"
           "%9 = reshape(%8) {dimensions=[]}\n"
           "%10 = reshape(%v) {dimensions=[3,1]}\n"
           "%11 = reshape(%x) {dimensions=[5*s0,3]}\n"
           "%12 = matrix_multiply(%11, %10)\n"
           "%13 = reshape(%12) {dimensions=[s0,5,1]}\n"
           "%14 = reshape(%13) {dimensions=[s0,5]}\n"
           "%15 = reshape(%v) {dimensions=[1,3]}\n"
           "%16 = reshape(%15) {dimensions=[1,1,3]}\n"
           "%17 = matrix_multiply(%16, %m)\n"
           "%18 = reshape(%17) {dimensions=[s0,7]}\n"
           "return %18");
}

/* What the layer cannot add is added behind it. */
static void odd_bias(void **state)
{
    tt_tensor *x, *w, *v, *b, *y;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_rank_at_least(net, b, 2, &b));
    expect_ok(tt_net_matmul(net, w, false, w, true, b, &y));
    expect_ok(tt_net_matmul(net, v, false, v, false, y, &y));
    finish(net, y,
           "%6 = reshape(%b) {dimensions=[1,4]}\n"
           "%7 = matrix_multiply(%w, %w) {transpose_b=true}\n"
           "%8 = elementwise(%7, %6) {operation=SUM}\n"
           "%9 = reshape(%v) {dimensions=[1,3]}\n"
           "%10 = reshape(%v) {dimensions=[3,1]}\n"
           "%11 = matrix_multiply(%9, %10)\n"
           "%12 = reshape(%11) {dimensions=[]}\n"
           "%13 = reshape(%12) {dimensions=[1,1]}\n"
           "%14 = elementwise(%13, %8) {operation=SUM}\n"
           "return %14");
}

static void changing(void **state)
{
    tt_tensor *x, *w, *v, *b, *y, *z;
    tt_network *net = fresh(&x, &w, &v, &b);

    expect_ok(tt_net_unary(net, TT_UNARY_EXP, w, &y));
    expect_ok(tt_net_unary(net, TT_UNARY_NEG, y, &z));
    expect_ok(tt_net_unary(net, TT_UNARY_LOG, z, &v));
    assert_int_equal(tt_net_uses(net, y), 1);
    net->before = z->layer;
    expect_ok(tt_net_unary(net, TT_UNARY_ABS, y, &b));
    net->before = NULL;
    tt_net_replace(net, z, b);
    tt_net_remove(net, z->layer);
    assert_int_equal(net->n_layers, 3);
    expect_ok(tt_network_output(net, b, "first"));
    expect_ok(tt_network_output(net, b, "again"));
    assert_int_equal(tt_net_uses(net, b), 3);
    tt_net_remove_dead(net);
    assert_int_equal(net->n_layers, 2);
    tt_net_replace(net, b, w);
    tt_net_remove_dead(net);
    assert_int_equal(net->n_layers, 0);
    assert_null(net->first);
    finish(net, w, "return %w \"first\", %w \"again\", %w");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_do), cmocka_unit_test(scalars),  cmocka_unit_test(broadcasting),
        cmocka_unit_test(along_axes),    cmocka_unit_test(linear),   cmocka_unit_test(batched),
        cmocka_unit_test(vectors),       cmocka_unit_test(odd_bias), cmocka_unit_test(changing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
