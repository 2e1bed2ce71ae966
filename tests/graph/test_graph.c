/* Graphs: text that reads back, hostile text, the verifier's rules, building and changing, operators' schemas, lack of
 * memory. */
#include "graph/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tt_graph *parse(const char *text)
{
    tt_graph *g = NULL;
    if (tt_graph_parse(text, &g)) {
        print_error("%s [%s]\n%s\n", ttrt_last_error()->what, ttrt_last_error()->where, text);
        fail();
    }
    return g;
}

static void expect_text(const tt_graph *g, const char *wanted)
{
    tt_str s = {0};
    assert_int_equal(tt_graph_print(g, &s), TTRT_OK);
    assert_string_equal(tt_str_text(&s), wanted);
    tt_str_dispose(&s);
}

static void test_round_trip(void **state)
{
    static const char *const cases[] = {
        "graph()\n"
        "  return\n",
        "symbols(s0: 1..8 = 2, s1: 2.., u0: ..10)\n"
        "graph(%x: f32[s0,3,2*s1 + 1], %w: f32[4,3] = param \"fc.weight\", %b: i64[] = buffer \"n\", %t: bf16[2] = "
        "temporary buffer \"t\", "
        "%c: b8[1] = constant \"c\", %n: int(s1), %flag = const True, %none = const None)\n"
        "  %1: f32[s0,4] = aten.linear.default(%x, %w, None)  # model.py:7 in forward: return self.fc(x)\n"
        "  [%2: f32[s0,2]{4,1}, %3: f32[s0,2]{4,1}] = aten.split.Tensor(%1, 2, 1)\n"
        "  %4: f32[s0]@cuda:0, %5: i64[s0]@cuda:0 = aten.max.dim(%2, 1, False)\n"
        "  %6: int(s0) = aten.sym_size.int(%x, 0)\n"
        "  %7: bool(s0 == 4) = _operator.eq(s0, 4)\n"
        "  aten._assert_scalar.default(s0 == 4, \"s0 is \\\"4\\\"\\n\")\n"
        "  %8: f16[s0,4] = aten._to_copy.default(%1, f16, layout(0), device(\"cuda:0\"), None, False, channels_last)\n"
        "  %9: f32[s0,4] = aten.index.Tensor(%1, [None, %5])\n"
        "  %10: f32[s0,4] = aten.mul.Tensor(%1, -0.5)\n"
        "  %11: f32[s0,4] = aten.mul.Tensor(%1, -inf)\n"
        "  %12: c64[s0,4] = aten.mul.Scalar(%1, complex(1.0, -2.5))\n"
        "  return mutate buffer \"n\" = %b, mutate input \"x\" = %x, mutate param \"fc.weight\" = %w, %2, None, s0 + "
        "1, True, 1.5, \"s\"\n",
        /* PyTorch names sizes that data tell u0, u1, ..., and data types are called u8 and u16 here. */
        "symbols(u8: 1.., u16: 1.., inf: 1.., None: 1..)\n"
        "graph(%x: f32[u8,u16 + 1], %y: f32[inf,None])\n"
        "  %1: f32[u8] = my.op.default((u8), [(u8 + 1), (u16), 2*u8], (None), u16, -0.5)\n"
        "  aten._assert_scalar.default((u8 != None), \"\")\n"
        "  return %1, (inf), -u8\n",
        "graph(%x: f32[2])\n"
        "  %1: f32[2] = my.op.default(%x, alpha=2, beta=[1.0, 2.5], names=[\"a\", \"b\"], flags=[True, False], "
        "to=f64)\n"
        "  [%2: f32[2]] = higher_order.cond(%x, {\n"
        "    graph(%y: f32[2])\n"
        "      %1: f32[2] = aten.sin.default(%y)\n"
        "      return %1\n"
        "  }, {\n"
        "    graph(%y: f32[2])\n"
        "      return %y\n"
        "  }, [%x])\n"
        "  return %1, %2\n",
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_graph *g = parse(cases[i]);
        expect_text(g, cases[i]);
        if (tt_graph_verify(g)) {
            print_error("%s\n", ttrt_last_error()->what);
            fail();
        }
        tt_graph_free(g);
    }
}

/* What may be left out. */
static void test_short_forms(void **state)
{
    tt_graph *g = parse("graph(%x: f32[2,3])  %1 = aten.relu(%x) # why\n %2: f32[2,3] = torch.ops.aten.add.Tensor(%1, "
                        "alpha=2, other=3) return %2");
    expect_text(g, "graph(%x: f32[2,3])\n"
                   "  %1: ?[] = aten.relu.default(%x)  # why\n"
                   "  %2: f32[2,3] = aten.add.Tensor(%1, 3, 2)\n"
                   "  return %2\n");
    assert_int_equal(tt_graph_verify(g), TTRT_ERR_FORMAT); /* %1 has no type */
    tt_graph_free(g);
}

static void test_hostile(void **state)
{
    static const char *const cases[] = {
        "",
        "graph",
        "graph(",
        "graph(%x",
        "graph(%x: f32[",
        "graph(%x: f33[2]) return",
        "graph(%x: f32[2]{1,1}) return",
        "graph(%x) ",
        "graph() return %x",
        "graph(%x: f32[2], %x: f32[2]) return",
        "graph(%x: f32[2]) %1 = return",
        "graph(%x: f32[2]) %1 = aten.relu.default(%x return %1",
        "graph(%x: f32[2]) %1 = aten.relu.default(%x, 1) return",
        "graph(%x: f32[2]) %1 = aten.add.Tensor(%x) return",
        "graph(%x: f32[2]) %1 = aten.add.Tensor(%x, 1, self=%x) return",
        "graph(%x: f32[2]) %1 = aten.relu.default(other=%x) return",
        "graph(%x: f32[s0] = param \"w\") return",
        "graph(%x: f32[2] = param \"w) return",
        "graph(%x: f32[2] = \"w\") return",
        "graph(%x: f32[2]) %1 = foo.bar([1, \"a\"]) return",
        "graph() return 1 2",
        "graph() return \"\\u0000\"",
        "graph() return \"\\q\"",
        "graph() return { graph() return } x",
        "symbols(s0) graph() return",
        "graph() return mutate thing \"x\" = 1",
        "graph(%w: f32[9223372036854775807,2] = param \"w\") return",
        "graph() return complex(1, 2.0)",
        "graph() return 99999999999999999999",
        "graph() foo.bar({graph() return) return",
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_graph *g = NULL;
        ttrt_status status = tt_graph_parse(cases[i], &g);
        if (status == TTRT_OK) {
            print_error("accepted: %s\n", cases[i]);
            fail();
        }
        assert_int_equal(status, TTRT_ERR_FORMAT);
    }
    char text[4096] = "graph() return ";
    size_t n = strlen(text);
    memset(text + n, '[', sizeof text - n - 1);
    text[sizeof text - 1] = 0;
    tt_graph *g;
    assert_int_equal(tt_graph_parse(text, &g), TTRT_ERR_FORMAT);
}

static void expect_fault(tt_graph *g, const char *wanted)
{
    assert_int_equal(tt_graph_verify(g), TTRT_ERR_FORMAT);
    assert_string_equal(ttrt_last_error()->what, wanted);
}

static void test_verifier(void **state)
{
    static const char *const cases[][2] = {
        {"graph(%x: f32[2]) %1 = aten.relu.default(%x) return %1",
         "node '1' (aten.relu.default): value '1' has no known data type"},
        {"graph(%x: f32[2]) %1: f32[2] = aten.relu.default(%1) return %1",
         "node '1' (aten.relu.default): value '1' is used before it is defined"},
        {"graph(%x: f32[2]) %1: f32[2], %2: f32[2] = aten.relu.default(%x) return %1",
         "node '1' (aten.relu.default): 2 outputs, expected 1"},
        {"graph(%x: f32[2]) %1: f32[2] = aten.split.Tensor(%x, 1, 0) return %1",
         "node '1' (aten.split.Tensor): the outputs are not marked as a list"},
        {"graph(%x: f32[2]) %1: f32[2] = aten.relu.default(1.5) return %1",
         NULL}, /* a number stands for a 0-d tensor */
        {"graph(%x: f32[2]) %1: f32[2] = aten.relu.default(None) return %1",
         "node '1' (aten.relu.default): argument 'self' is None"},
        {"graph(%x: f32[2]) %1: f32[2] = aten.relu.default(\"x\") return %1",
         "node '1' (aten.relu.default): argument 'self' is of a kind that its schema does not allow"},
        {"graph(%x: int(3)) %1: f32[2] = aten.relu.default(%x) return %1",
         "node '1' (aten.relu.default): argument 'self' is 'x', which is no tensor"},
        {"graph(%x: f32[2]) %1: f32[-2] = aten.relu.default(%x) return %1",
         "node '1' (aten.relu.default): dimension 0 of value '1' is -2"},
        {"graph(%x: f32[2]) return mutate buffer \"x\" = %x",
         "the graph's signature: output 0 mutates 'x', which is no such input"},
        {"graph(%x: f32[2]) return mutate input \"y\" = %x",
         "the graph's signature: output 0 mutates 'y', which is no such input"},
        {"graph(%x: f32[2]) return mutate input \"x\" = 1",
         "the graph's signature: output 0 mutates 'x', which is no such input"},
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_graph *g = parse(cases[i][0]);
        if (cases[i][1])
            expect_fault(g, cases[i][1]);
        else
            assert_int_equal(tt_graph_verify(g), TTRT_OK);
        tt_graph_free(g);
    }
}

/* Faults that no text can have. */
static void test_verifier_built(void **state)
{
    tt_graph *g =
        parse("graph(%x: f32[2]) %1: f32[2] = aten.relu.default(%x) %2: f32[2] = aten.neg.default(%1) return %2");
    tt_node *relu = g->first, *neg = g->last;

    assert_int_equal(tt_graph_verify(g), TTRT_OK);
    relu->args[0].value = neg->outs[0];
    expect_fault(g, "node '1' (aten.relu.default): value '2' is used before it is defined");
    relu->args[0].value = g->inputs[0].value;
    neg->outs[0]->name = "x";
    expect_fault(g, "node '2' (aten.neg.default): a second value is named 'x'");
    neg->outs[0]->name = "2";
    neg->outs[0]->def = relu;
    expect_fault(g, "node '2' (aten.neg.default): value '2' does not know its node");
    neg->outs[0]->def = neg;
    g->n_nodes = 3;
    expect_fault(g, "the graph's signature: 2 nodes, counted as 3");
    g->n_nodes = 2;
    neg->n_args = 0;
    expect_fault(g, "node '2' (aten.neg.default): 0 arguments, expected 1");
    neg->n_args = 1;
    g->inputs[0].value->rank = TT_MAX_RANK + 1;
    expect_fault(g, "the graph's signature: value 'x' has rank 65, at most 64");
    tt_graph_free(g);
}

static void test_changing(void **state)
{
    tt_graph *g = parse("graph(%x: f32[2], %y: f32[2]) %1: f32[2] = aten.add.Tensor(%x, %x) %2: f32[4] = "
                        "aten.cat.default([%1, %x]) return %2, %x");
    tt_value *x = g->inputs[0].value, *y = g->inputs[1].value;

    assert_int_equal(tt_value_uses(g, x), 4);
    assert_true(tt_value_is_output(g, x));
    assert_true(tt_value_is_input(x));
    assert_false(tt_value_is_output(g, y));
    tt_value_replace(g, x, y);
    assert_int_equal(tt_value_uses(g, x), 0);
    assert_int_equal(tt_value_uses(g, y), 4);

    tt_value *v = tt_value_like(g, g->first->outs[0], "x");
    assert_string_equal(v->name, "x_1");
    tt_node *n = tt_node_new(g, tt_op_at(TT_OP_aten_relu_default), v->name, 1);
    n->args[0] = (tt_arg){.kind = TT_ARG_VALUE, .value = y};
    n->outs[0] = v;
    tt_node_insert(g, n, g->first);
    tt_node_remove(g, g->last->prev);
    tt_value_replace(g, g->last->args[0].values[0], v);
    assert_int_equal(tt_graph_verify(g), TTRT_OK);
    expect_text(g, "graph(%x: f32[2], %y: f32[2])\n"
                   "  %x_1: f32[2] = aten.relu.default(%y)\n"
                   "  %2: f32[4] = aten.cat.default([%x_1, %y], 0)\n"
                   "  return %2, %y\n");
    tt_graph_free(g);
}

static void test_arguments(void **state)
{
    tt_graph *g = parse("graph(%x: f32[2,s0]) %1: f32[2] = aten.sum.dim_IntList(%x, 1, True, dtype=f64) %2: f32[2] = "
                        "foo.bar(2.0, 2.5, s0, True, [3, s0], [%x, None]) return %1");
    const tt_node *sum = g->first, *n = g->last;

    assert_true(tt_arg_value(sum, 0) == g->inputs[0].value);
    assert_null(tt_arg_value(sum, 1));
    assert_int_equal(tt_arg_count(sum, 1), 1); /* a single int stands for a list of one */
    assert_true(tt_dim_is(tt_arg_dim_at(sum, 1, 0), 1));
    assert_int_equal(tt_arg_int(n, 0, -1), 2);
    assert_int_equal(tt_arg_int(n, 1, -1), -1);
    assert_int_equal(tt_arg_int(n, 2, -1), -1);
    assert_false(tt_dim_is_const(tt_arg_dim(n, 2, 7)));
    assert_int_equal(tt_arg_int(n, 3, -1), 1);
    assert_true(tt_arg_float(n, 1, 0) == 2.5);
    assert_int_equal(tt_arg_count(n, 4), 2);
    assert_null(tt_arg_value_at(n, 5, 1));
    assert_true(tt_arg_value_at(n, 5, 0) == g->inputs[0].value);
    assert_null(tt_arg_value_at(n, 5, 2));
    assert_int_equal(tt_arg_int(n, 99, 5), 5);
    tt_graph_free(g);
}

static void test_operators(void **state)
{
    for (int i = 0; i < TT_OP_COUNT; i++) {
        const tt_op *op = tt_op_at(i);
        assert_int_equal(op->id, i);
        if (i > 0)
            assert_true(strcmp(tt_op_at(i - 1)->name, op->name) < 0);
        assert_true(tt_op_find(op->name) == op);
        assert_true(op->n_args > 0);
    }
    assert_null(tt_op_at(-1));
    assert_null(tt_op_at(TT_OP_COUNT));
    assert_null(tt_op_find("aten.no_such_thing.default"));
    assert_int_equal(tt_op_find("torch.ops.aten.add.Tensor")->id, TT_OP_aten_add_Tensor);
    assert_int_equal(tt_op_find("_operator.mul")->id, TT_OP_operator_mul);
    assert_true(tt_op_is_inplace(tt_op_at(TT_OP_aten_add__Tensor)));
    assert_false(tt_op_is_inplace(tt_op_at(TT_OP_aten_add_Tensor)));
    assert_true(tt_op_at(TT_OP_aten_split_Tensor)->returns_list);
    assert_int_equal(tt_op_at(TT_OP_aten_view_default)->out_alias[0], tt_op_at(TT_OP_aten_view_default)->args[0].alias);
}

/* Every default in the table can be read, and fits the argument's type. */
static void test_defaults(void **state)
{
    tt_graph *g = tt_graph_new(NULL);
    for (int i = 0; i < TT_OP_COUNT; i++) {
        for (size_t k = 0; k < tt_op_at(i)->n_args; k++) {
            const tt_op_arg *a = &tt_op_at(i)->args[k];
            tt_arg d;
            assert_int_equal(tt_op_arg_default(g, a, &d), TTRT_OK);
            if (a->fallback && strcmp(a->fallback, "None") != 0)
                assert_int_not_equal(d.kind, TT_ARG_NONE);
        }
    }
    tt_arg d;
    const tt_op *conv = tt_op_at(TT_OP_aten_conv2d_default);
    assert_int_equal(tt_op_arg_default(g, &conv->args[3], &d), TTRT_OK);
    assert_int_equal(d.kind, TT_ARG_INTS);
    assert_int_equal(d.n, 2);
    assert_true(tt_dim_is(d.dims[1], 1));
    tt_graph_free(g);
}

static void test_no_memory(void **state)
{
    const char *text =
        "symbols(s0: 1..8 = 2) graph(%x: f32[s0,3], %w: f32[4,3] = param \"w\") %1: f32[s0,4] = "
        "aten.linear.default(%x, %w) "
        "[%2: f32[2,2]] = higher_order.cond(%x, {graph(%y: f32[2]) return %y}, [%x, None], \"s\", 2*s0 + 1) return %1";
    for (uint64_t n = 1;; n++) {
        tt_graph *g = NULL;
        tt_alloc_fail_at(n);
        ttrt_status status = tt_graph_parse(text, &g);
        if (status == TTRT_OK)
            status = tt_graph_verify(g);
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
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_short_forms),    cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_verifier),   cmocka_unit_test(test_verifier_built), cmocka_unit_test(test_changing),
        cmocka_unit_test(test_arguments),  cmocka_unit_test(test_operators),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
