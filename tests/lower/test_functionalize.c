/* In-place operators to functional ones: text before and text after. */
#include "lower/pass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tt_graph *parse(const char *text)
{
    tt_graph *g = NULL;
    if (tt_graph_parse(text, &g) || tt_graph_verify(g)) {
        print_error("%s [%s]\n%s\n", ttrt_last_error()->what, ttrt_last_error()->where, text);
        fail();
    }
    return g;
}

static void expect_pass(const char *before, const char *after)
{
    tt_graph *g = parse(before);
    tt_pass_stats stats = {0};
    tt_str text = {0};

    if (tt_pass_functionalize(g, &stats) || tt_graph_verify(g)) {
        print_error("%s [%s]\n%s\n", ttrt_last_error()->what, ttrt_last_error()->where, before);
        fail();
    }
    assert_int_equal(tt_graph_print(g, &text), TTRT_OK);
    assert_string_equal(tt_str_text(&text), after);
    tt_str_dispose(&text);
    tt_graph_free(g);
}

/* By the pass manager, which runs the pass in sub-graphs too. */
static void expect_refused(const char *before, const char *what)
{
    tt_graph *g = parse(before);

    assert_int_equal(tt_lower_graph(g), TTRT_ERR_UNSUPPORTED);
    if (strstr(ttrt_last_error()->what, what) == NULL) {
        print_error("'%s' does not say '%s'\n", ttrt_last_error()->what, what);
        fail();
    }
    tt_graph_free(g);
}

static void test_nothing_to_do(void **state)
{
    const char *text = "graph(%x: f32[4,3])\n"
                       "  %1: f32[12] = aten.view.default(%x, [12])\n"
                       "  %2: f32[12] = aten.relu.default(%1)\n"
                       "  return %2\n";
    expect_pass(text, text);
}

static void test_view_of_input(void **state)
{
    expect_pass("graph(%x: f32[4,3], %b: f32[3] = buffer \"b\")\n"
                "  %1: f32[3] = aten.select.int(%x, 0, 0)\n"
                "  %2: f32[3] = aten.add_.Tensor(%1, %b)\n"
                "  %3: f32[3] = aten.mul_.Tensor(%b, 2)\n"
                "  %4: f32[] = aten.sum.default(%x)\n"
                "  return %4, %2\n",
                "graph(%x: f32[4,3], %b: f32[3] = buffer \"b\")\n"
                "  %1: f32[3] = aten.select.int(%x, 0, 0)\n"
                "  %add: f32[3] = aten.add.Tensor(%1, %b, 1)\n"
                "  %select_scatter: f32[4,3] = aten.select_scatter.default(%x, %add, 0, 0)\n"
                "  %mul: f32[3] = aten.mul.Tensor(%b, 2)\n"
                "  %4: f32[] = aten.sum.default(%select_scatter, None)\n"
                "  return mutate buffer \"b\" = %mul, mutate input \"x\" = %select_scatter, %4, %add\n");
}

/* A view of a view, a second view that must see the change, and one made later. */
static void test_chain(void **state)
{
    expect_pass("graph(%x: f32[4,3])\n"
                "  %1: f32[4,3] = aten.clone.default(%x)\n"
                "  %2: f32[3,4]{1,3} = aten.t.default(%1)\n"
                "  %3: f32[12] = aten.view.default(%1, [12])\n"
                "  %4: f32[1,4]{1,3} = aten.slice.Tensor(%2, 0, 1, 2)\n"
                "  %5: f32[1,4]{1,3} = aten.zero_.default(%4)\n"
                "  %6: f32[12] = aten.neg.default(%3)\n"
                "  return %6, %2\n",
                "graph(%x: f32[4,3])\n"
                "  %1: f32[4,3] = aten.clone.default(%x, None)\n"
                "  %2: f32[3,4]{1,3} = aten.t.default(%1)\n"
                "  %4: f32[1,4]{1,3} = aten.slice.Tensor(%2, 0, 1, 2, 1)\n"
                "  %zeros_like: f32[1,4]{1,3} = aten.zeros_like.default(%4, None, None, None, None, None)\n"
                "  %slice_scatter: f32[3,4]{1,3} = aten.slice_scatter.default(%2, %zeros_like, 0, 1, 2, 1)\n"
                "  %transpose: f32[4,3] = aten.transpose.int(%slice_scatter, 0, 1)\n"
                "  %3_1: f32[12] = aten.reshape.default(%transpose, [12])\n"
                "  %6: f32[12] = aten.neg.default(%3_1)\n"
                "  return %6, %slice_scatter\n");
}

static void test_copy(void **state)
{
    expect_pass("graph(%x: f16[4,3], %y: f32[3])\n"
                "  %1: f16[4,3] = aten.copy_.default(%x, %y)\n"
                "  %2: f16[4,3] = aten.fill_.Scalar(%x, 2)\n"
                "  return %1\n",
                "graph(%x: f16[4,3], %y: f32[3])\n"
                "  %_to_copy: f16[3] = aten._to_copy.default(%y, f16, None, None, None, False, None)\n"
                "  %expand: f16[4,3] = aten.expand.default(%_to_copy, [4, 3], False)\n"
                "  %full_like: f16[4,3] = aten.full_like.default(%expand, 2, None, None, None, None, None)\n"
                "  return mutate input \"x\" = %full_like, %full_like\n");
}

/* The result's type is the one that was written to. */
static void test_promotion(void **state)
{
    expect_pass("graph(%x: f16[4], %y: f32[4], %z: f32[])\n"
                "  %1: f16[4] = aten.clone.default(%x)\n"
                "  %2: f16[4] = aten.add_.Tensor(%1, %y)\n"
                "  %3: f16[4] = aten.mul_.Tensor(%1, %z)\n"
                "  %4: f16[4] = aten.ge_.Scalar(%1, 0)\n"
                "  return %1\n",
                "graph(%x: f16[4], %y: f32[4], %z: f32[])\n"
                "  %1: f16[4] = aten.clone.default(%x, None)\n"
                "  %add: f32[4] = aten.add.Tensor(%1, %y, 1)\n"
                "  %_to_copy: f16[4] = aten._to_copy.default(%add, f16, None, None, None, False, None)\n"
                "  %mul: f16[4] = aten.mul.Tensor(%_to_copy, %z)\n"
                "  %ge: b8[4] = aten.ge.Scalar(%mul, 0)\n"
                "  %_to_copy_1: f16[4] = aten._to_copy.default(%ge, f16, None, None, None, False, None)\n"
                "  return %_to_copy_1\n");
}

static void test_lists(void **state)
{
    expect_pass(
        "graph(%x: f32[s0,6])\n"
        "  %1: f32[s0,6] = aten.clone.default(%x)\n"
        "  [%2: f32[s0,2]{6,1}, %3: f32[s0,4]{6,1}] = aten.split_with_sizes.default(%1, [2, 4], 1)\n"
        "  %4: f32[s0,4]{6,1} = aten.relu_.default(%3)\n"
        "  return %1, %2, %3\n",
        "graph(%x: f32[s0,6])\n"
        "  %1: f32[s0,6] = aten.clone.default(%x, None)\n"
        "  [%2: f32[s0,2]{6,1}, %3: f32[s0,4]{6,1}] = aten.split_with_sizes.default(%1, [2, 4], 1)\n"
        "  %relu: f32[s0,4]{6,1} = aten.relu.default(%3)\n"
        "  %slice_scatter: f32[s0,6] = aten.slice_scatter.default(%1, %relu, 1, 2, 6, 1)\n"
        "  [%2_1: f32[s0,2]{6,1}, %3_1: f32[s0,4]{6,1}] = aten.split_with_sizes.default(%slice_scatter, [2, 4], 1)\n"
        "  return %slice_scatter, %2_1, %relu\n");
}

/* What only may be a view: the strides tell. */
static void test_maybe_views(void **state)
{
    expect_pass("graph(%x: f32[4,3])\n"
                "  %1: f32[4,3] = aten.clone.default(%x)\n"
                "  %2: f32[3,4]{1,3} = aten.t.default(%1)\n"
                "  %3: f32[12] = aten.reshape.default(%2, [12])\n" /* a copy */
                "  %4: f32[12] = aten.abs_.default(%3)\n"
                "  %5: f32[3,4] = aten.contiguous.default(%2)\n" /* a copy */
                "  %6: f32[3,4] = aten.abs_.default(%5)\n"
                "  %7: f32[4,3] = aten.to.dtype(%1, f32)\n" /* the same */
                "  %8: f32[4,3] = aten.neg_.default(%7)\n"
                "  return %1, %4, %6\n",
                "graph(%x: f32[4,3])\n"
                "  %1: f32[4,3] = aten.clone.default(%x, None)\n"
                "  %2: f32[3,4]{1,3} = aten.t.default(%1)\n"
                "  %3: f32[12] = aten.reshape.default(%2, [12])\n"
                "  %abs: f32[12] = aten.abs.default(%3)\n"
                "  %5: f32[3,4] = aten.contiguous.default(%2, contiguous_format)\n"
                "  %abs_1: f32[3,4] = aten.abs.default(%5)\n"
                "  %7: f32[4,3] = aten.to.dtype(%1, f32, False, False, None)\n"
                "  %neg: f32[4,3] = aten.neg.default(%7)\n"
                "  return %neg, %abs, %abs_1\n");
}

static void test_training_statistics(void **state)
{
    expect_pass("graph(%m: f32[3] = buffer \"m\", %v: f32[3] = buffer \"v\", %x: f32[4,3])\n"
                "  %1: f32[4,3] = aten.batch_norm.default(%x, None, None, %m, %v, True, 0.1, 1e-05, False)\n"
                "  return %1\n",
                "graph(%m: f32[3] = buffer \"m\", %v: f32[3] = buffer \"v\", %x: f32[4,3])\n"
                "  %_native_batch_norm_legit_functional: f32[4,3], %_native_batch_norm_legit_functional_2: f32[3], "
                "%_native_batch_norm_legit_functional_3: f32[3], %_native_batch_norm_legit_functional_4: f32[3], "
                "%_native_batch_norm_legit_functional_5: f32[3] = aten._native_batch_norm_legit_functional.default"
                "(%x, None, None, %m, %v, True, 0.1, 1e-05)\n"
                "  return mutate buffer \"m\" = %_native_batch_norm_legit_functional_4, mutate buffer \"v\" = "
                "%_native_batch_norm_legit_functional_5, %_native_batch_norm_legit_functional\n");
}

static void test_refused(void **state)
{
    expect_refused("graph(%x: f32[3]) %1: f32[4,3]{0,1} = aten.expand.default(%x, [4, 3]) %2: f32[4,3]{0,1} = "
                   "aten.neg_.default(%1) return %x",
                   "changes memory through the view '1' (aten.expand.default)");
    expect_refused("graph(%x: f32[6]) %1: f32[2,3]{1,2} = aten.as_strided.default(%x, [2, 3], [1, 2]) %2: f32[2,3] = "
                   "aten.neg_.default(%1) return %x",
                   "changes memory through the view '1' (aten.as_strided.default)");
    expect_refused("graph(%x: f32[3]) %1: f32[1,3] = aten.unsqueeze_.default(%x, 0) return %1",
                   "changes the shape of an input in place");
    expect_refused("graph(%x: f32[3]) %1: f32[4] = aten.resize_.default(%x, [4]) return %1",
                   "changes the shape of a tensor in place");
    expect_refused("graph(%c: f32[3] = constant \"c\") %1: f32[3] = aten.neg_.default(%c) return %1",
                   "which is a constant of the program");
    expect_refused("graph(%x: f32[3]) %1: f32[3] = aten.fill_diagonal_.default(%x, 1) return %1",
                   "has no functional form");
    expect_refused("graph(%x: f32[3]) [%1: f32[3]] = higher_order.cond(%x, {graph(%y: f32[3]) %z: f32[3] = "
                   "aten.neg_.default(%y) return %z}, [%x]) return %1",
                   "which is an input of a sub-graph");
}

/* Every in-place operator either has a functional form whose required arguments it gives, or is refused; none crashes.
 */
static void test_all_operators(void **state)
{
    for (int i = 0; i < TT_OP_COUNT; i++) {
        const tt_op *op = tt_op_at(i);
        if (!tt_op_is_inplace(op))
            continue;
        tt_graph *g = parse("graph(%x: f32[3,3]) return %x");
        tt_value *x = g->inputs[0].value;
        tt_node *n = tt_node_new(g, op, "n", op->n_outs);
        for (size_t k = 0; k < op->n_outs; k++)
            n->outs[k] = tt_value_like(g, x, "out");
        for (size_t k = 0; k < op->n_args; k++) {
            tt_arg *a = &n->args[k];
            switch (op->args[k].type) {
            case TT_TYPE_TENSOR:
                *a = (tt_arg){.kind = TT_ARG_VALUE, .value = x};
                break;
            case TT_TYPE_INT:
            case TT_TYPE_SCALAR:
                *a = (tt_arg){.kind = TT_ARG_INT};
                break;
            case TT_TYPE_INTS:
                *a = (tt_arg){.kind = TT_ARG_INTS};
                break;
            case TT_TYPE_TENSORS:
                *a = (tt_arg){.kind = TT_ARG_VALUES};
                break;
            case TT_TYPE_FLOAT:
                *a = (tt_arg){.kind = TT_ARG_FLOAT};
                break;
            case TT_TYPE_BOOL:
                *a = (tt_arg){.kind = TT_ARG_BOOL};
                break;
            case TT_TYPE_STRING:
                *a = (tt_arg){.kind = TT_ARG_STRING, .string = ""};
                break;
            default:
                break;
            }
        }
        tt_node_insert(g, n, NULL);
        assert_int_equal(tt_graph_verify(g), TTRT_OK);
        tt_pass_stats stats = {0};
        ttrt_status status = tt_pass_functionalize(g, &stats);
        if (status == TTRT_OK)
            status = tt_graph_verify(g);
        if (status != TTRT_OK && status != TTRT_ERR_UNSUPPORTED) {
            print_error("%s: %s\n", op->name, ttrt_last_error()->what);
            fail();
        }
        for (tt_node *left = g->first; left && status == TTRT_OK; left = left->next) {
            if (tt_op_is_inplace(left->op)) {
                print_error("%s becomes %s\n", op->name, left->op->name);
                fail();
            }
        }
        tt_graph_free(g);
    }
}

static void test_no_memory(void **state)
{
    for (uint64_t n = 1;; n++) {
        tt_graph *g = parse("graph(%x: f32[4,3], %y: f32[3]) %1: f32[12] = aten.view.default(%x, [12]) %2: f32[3] = "
                            "aten.slice.Tensor(%1, 0, 2, 5) "
                            "%3: f32[3] = aten.copy_.default(%2, %y) %4: f32[12] = aten.neg.default(%1) return %4");
        tt_pass_stats stats = {0};
        tt_alloc_fail_at(n);
        ttrt_status status = tt_pass_functionalize(g, &stats);
        tt_alloc_fail_at(0);
        tt_graph_free(g);
        if (status == TTRT_OK)
            break;
        assert_int_equal(status, TTRT_ERR_MEMORY);
        assert_true(n < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_to_do), cmocka_unit_test(test_view_of_input),
        cmocka_unit_test(test_chain),         cmocka_unit_test(test_copy),
        cmocka_unit_test(test_promotion),     cmocka_unit_test(test_lists),
        cmocka_unit_test(test_maybe_views),   cmocka_unit_test(test_training_statistics),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_all_operators),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("functionalize", tests, NULL, NULL);
}
