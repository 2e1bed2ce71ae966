/* Graph passes as text before and text after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lower/pass.h"

static void expect_ok(ttrt_status status)
{
    if (status != TTRT_OK)
        fail_msg("%s: %s [%s]", ttrt_status_name(status), ttrt_last_error()->what, ttrt_last_error()->where);
}

static char *printed(const tt_graph *g)
{
    tt_str s = {0};
    expect_ok(tt_graph_print(g, &s));
    return tt_str_take(&s);
}

static void expect_pass(const char *name, size_t changes, const char *before, const char *after)
{
    tt_graph *g = NULL, *expected = NULL;
    tt_pass_stats stats = {0};
    const tt_pass *pass = tt_pass_find(name);
    assert_non_null(pass);
    expect_ok(tt_graph_parse(before, &g));
    expect_ok(tt_graph_parse(after, &expected));
    expect_ok(pass->run(g, &stats));
    tt_graph_clear_data(g);
    expect_ok(tt_graph_verify(g));
    assert_int_equal(stats.changes, changes);
    char *is = printed(g), *should_be = printed(expected);
    assert_string_equal(is, should_be);
    tt_free(is);
    tt_free(should_be);
    tt_graph_free(g);
    tt_graph_free(expected);
}

static void drop_identity_chain(void **state)
{
    expect_pass("drop_identity", 3,
                "graph(%x: f32[2,3])\n"
                "  %1: f32[2,3] = aten.detach.default(%x)\n"
                "  %2: f32[2,3] = aten.clone.default(%1)\n"
                "  %3: f32[2,3] = aten.relu.default(%2)\n"
                "  %4: f32[2,3] = aten.dropout.default(%3, 0.5, False)\n"
                "  return %4\n",
                /* becomes */
                "graph(%x: f32[2,3])\n"
                "  %3: f32[2,3] = aten.relu.default(%x)\n"
                "  return %3\n");
}

static void drop_identity_keeps_what_converts(void **state)
{
    static const char text[] = "graph(%x: f32[2,3])\n"
                               "  %1: f16[2,3] = aten._to_copy.default(%x, dtype=f16)\n"
                               "  %2: f16[2,3] = aten.dropout.default(%1, 0.5, True)\n"
                               "  return %2\n";
    expect_pass("drop_identity", 0, text, text);
}

static void drop_identity_keeps_two_tensors(void **state)
{
    static const char copies_input[] = "graph(%x: f32[2,3])\n"
                                       "  %1: f32[2,3] = aten.clone.default(%x)\n"
                                       "  return %1\n";
    static const char copies_output[] = "graph(%x: f32[2,3])\n"
                                        "  %1: f32[2,3] = aten.relu.default(%x)\n"
                                        "  %2: f32[2,3] = aten.clone.default(%1)\n"
                                        "  return %1, %2\n";
    expect_pass("drop_identity", 0, copies_input, copies_input);
    expect_pass("drop_identity", 0, copies_output, copies_output);
}

static void dead_code(void **state)
{
    expect_pass("dead_code", 2,
                "graph(%x: f32[s0,3])\n"
                "  %n: int(s0) = aten.sym_size.int(%x, 0)\n"
                "  %1: f32[s0,3] = aten.relu.default(%x)\n"
                "  %2: f32[s0,3] = aten.neg.default(%1)\n"
                "  %3: f32[s0,3] = aten.exp.default(%x)\n"
                "  return %3\n",
                /* becomes */
                "graph(%x: f32[s0,3])\n"
                "  %n: int(s0) = aten.sym_size.int(%x, 0)\n"
                "  %3: f32[s0,3] = aten.exp.default(%x)\n"
                "  return %3\n");
}

static void asserts_go(void **state)
{
    expect_pass("remove_asserts", 1,
                "graph(%x: f32[2,3])\n"
                "  aten._assert_tensor_metadata.default(%x, None, None, f32)\n"
                "  %1: f32[2,3] = aten.relu.default(%x)\n"
                "  return %1\n",
                /* becomes */
                "graph(%x: f32[2,3])\n"
                "  %1: f32[2,3] = aten.relu.default(%x)\n"
                "  return %1\n");
}

static void passes_in_order(void **state)
{
    tt_graph *g = NULL;
    expect_ok(tt_graph_parse("graph(%x: f32[2,3])\n"
                             "  aten._assert_tensor_metadata.default(%x, None, None, f32)\n"
                             "  %1: f32[2,3] = aten.clone.default(%x)\n"
                             "  %2: f32[2,3] = aten.relu_.default(%1)\n"
                             "  %3: f32[2,3] = aten.exp.default(%x)\n"
                             "  return %1\n",
                             &g));
    expect_ok(tt_lower_graph(g));
    assert_int_equal(g->n_nodes, 1);
    assert_string_equal(g->first->op->name, "aten.relu.default");
    tt_graph_free(g);
    assert_null(tt_pass_find("no such pass"));
}

static void expect_lowered(const char *before, const char *after)
{
    tt_graph *g = NULL;

    expect_ok(tt_graph_parse(before, &g));
    expect_ok(tt_lower_graph(g));
    expect_ok(tt_graph_verify(g));
    char *is = printed(g);
    assert_string_equal(is, after);
    tt_free(is);
    tt_graph_free(g);
}

static void passes_run_in_subgraphs(void **state)
{
    expect_lowered("graph(%x: f32[2], %p: b8[])\n"
                   "  [%1: f32[2]] = higher_order.cond(%p, {\n"
                   "    graph(%y: f32[2])\n"
                   "      aten._assert_tensor_metadata.default(%y, None, None, f32)\n"
                   "      %2: f32[2] = aten.clone.default(%y)\n"
                   "      %3: f32[2] = aten.relu_.default(%2)\n"
                   "      return %2\n"
                   "  }, {\n"
                   "    graph(%y: f32[2])\n"
                   "      %2: f32[2] = aten.exp.default(%y)\n"
                   "      return %y\n"
                   "  }, [%x])\n"
                   "  return %1\n",
                   /* becomes */
                   "graph(%x: f32[2], %p: b8[])\n"
                   "  [%1: f32[2]] = higher_order.cond(%p, {\n"
                   "    graph(%y: f32[2])\n"
                   "      %relu: f32[2] = aten.relu.default(%y)\n"
                   "      return %relu\n"
                   "  }, {\n"
                   "    graph(%y: f32[2])\n"
                   "      return %y\n"
                   "  }, [%x])\n"
                   "  return %1\n");
}

static void outputs_keep_their_names(void **state)
{
    expect_lowered("graph(%x: f32[2])\n"
                   "  %neg: f32[2] = aten.neg.default(%x)\n"
                   "  %relu_: f32[2] = aten.relu_.default(%neg)\n"
                   "  %exp: f32[2] = aten.exp.default(%x)\n"
                   "  %clone: f32[2] = aten.clone.default(%exp)\n"
                   "  return %relu_, 3, %clone\n",
                   /* becomes */
                   "graph(%x: f32[2])\n"
                   "  %neg: f32[2] = aten.neg.default(%x)\n"
                   "  %relu_: f32[2] = aten.relu.default(%neg)\n"
                   "  %clone: f32[2] = aten.exp.default(%x)\n"
                   "  return %relu_, 3, %clone\n");
    /* %neg and %add_ are the same memory: one value under two names, and what had the name before gets another. */
    expect_lowered("graph(%x: f32[2])\n"
                   "  %neg: f32[2] = aten.neg.default(%x)\n"
                   "  %add_: f32[2] = aten.add_.Tensor(%neg, %x)\n"
                   "  return %neg, %add_, %add_\n",
                   /* becomes */
                   "graph(%x: f32[2])\n"
                   "  %neg_1: f32[2] = aten.neg.default(%x)\n"
                   "  %neg: f32[2] = aten.add.Tensor(%neg_1, %x, 1)\n"
                   "  %add_: f32[2] = aten.alias.default(%neg)\n"
                   "  return %neg, %add_, %add_\n");
    /* The input's name is the input's. */
    expect_lowered("graph(%x: f32[2])\n"
                   "  %relu_: f32[2] = aten.relu_.default(%x)\n"
                   "  return %relu_, %x\n",
                   /* becomes */
                   "graph(%x: f32[2])\n"
                   "  %relu_: f32[2] = aten.relu.default(%x)\n"
                   "  return mutate input \"x\" = %relu_, %relu_, %relu_\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drop_identity_chain),
        cmocka_unit_test(drop_identity_keeps_what_converts),
        cmocka_unit_test(drop_identity_keeps_two_tensors),
        cmocka_unit_test(dead_code),
        cmocka_unit_test(asserts_go),
        cmocka_unit_test(passes_in_order),
        cmocka_unit_test(passes_run_in_subgraphs),
        cmocka_unit_test(outputs_keep_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
