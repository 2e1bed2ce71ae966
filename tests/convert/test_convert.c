/* The table of converters, refusals, and what goes into a segment and comes out of it. */
#include "convert_test.h"

/* ---- table ---- */

static void each_row_is_found_by_its_operator(void **state)
{
    size_t n = 0;
    for (const tt_converter *c; (c = tt_converter_at(n)) != NULL; n++) {
        assert_ptr_equal(tt_converter_find(c->name ? &(tt_op){.name = c->name, .id = -1} : tt_op_at(c->op)), c);
        assert_non_null(c->convert);
        assert_non_null(c->family);
    }
    assert_true(n > 500);
    assert_null(tt_converter_at(n + 1));
}

static void operators_in_place_have_no_row(void **state)
{
    assert_null(tt_converter_find(tt_op_find("aten.add_.Tensor")));
}

/* ---- refusals ---- */

static void refusals_say_why(void **state)
{
    expect_refusal("graph(%x: f32[3])\n  %1: f32[3] = aten.add_.Tensor(%x, %x)\n  return %1\n", "no converter");
    expect_refusal("graph(%x: f32[3])\n  [%1: f32[3]] = higher_order.scan(operands=[%x])\n  return %1\n",
                   "other than cond and while_loop");
    expect_refusal("graph(%x: f32[3])\n  %1: f32[3] = aten.dropout.default(%x, 0.5, True)\n  return %1\n", "eval");
    expect_refusal("graph(%x: c64[3])\n  %1: c64[3] = aten.neg.default(%x)\n  return %1\n", "complex");
    expect_refusal("graph(%x: f32[3])\n  %1: f32[3] = aten.rand_like.default(%x)\n  return %1\n", "random");
    expect_refusal("graph(%x: f32[])\n  %1: int(u0) = aten.item.default(%x)\n  return %x\n", "no integer");
    expect_refusal("graph(%x: i64[3])\n  %1: i64[3,u0] = aten.one_hot.default(%x, -1)\n  return %1\n", "classes");
    expect_refusal(
        "graph(%x: f32[s0,8,4], %m: f32[8], %v: f32[8])\n"
        "  %1: f32[s0,8,4] = aten.batch_norm.default(%x, None, None, %m, %v, True, 0.1, 1e-05, True)\n  return %1\n",
        "eval");
    expect_refusal(
        "graph(%q: f32[2,8,16,64])\n"
        "  %1: f32[2,8,16,64] = aten.scaled_dot_product_attention.default(%q, %q, %q, None, 0.1)\n  return %1\n",
        "dropout");
    expect_refusal("graph(%x: f32[2,3,s0])\n  %1: f32[2,3,4] = aten.avg_pool1d.default(%x, [s0], [1])\n  return %1\n",
                   "kernel_size");
}

/* cond(%p, {true}, {false}, [%x]), whose result is f32[3]. */
static void expect_cond_refusal(const char *p, const char *on_true, const char *on_false, const char *reason)
{
    char text[1024];
    snprintf(text, sizeof text,
             "symbols(s0: 0..9)\ngraph(%%p: %s, %%x: f32[3], %%t: f32[s0], %%i: i64[3])\n"
             "  [%%1: f32[3]] = higher_order.cond(%%p, {\n%s\n}, {\n%s\n}, [%%x, %%t, %%i])\n  return %%1\n",
             p, on_true, on_false);
    expect_refusal(text, reason);
}

static void branches_are_refused(void **state)
{
#define BRANCH(line) "graph(%a: f32[3], %t: f32[s0], %i: i64[3])\n" line
    static const char fits[] = BRANCH("return %a");
    expect_cond_refusal("b8[2]", fits, fits, "predicate");
    expect_cond_refusal("f32[]", fits, fits, "predicate");
    expect_cond_refusal("b8[]", fits, "graph(%a: f32[3])\nreturn %a", "3 operands for a false branch of 1");
    expect_cond_refusal("b8[]", fits, "graph(%a: f32[4], %t: f32[s0], %i: i64[3])\nreturn %a",
                        "operand 0 is not what its false branch takes");
    expect_cond_refusal("b8[]", BRANCH("return %t"), fits, "another type or shape in its true branch");
    expect_cond_refusal("b8[]", fits, BRANCH("return 3"), "result 0 of its false branch is no tensor");
    expect_cond_refusal("b8[]", BRANCH("return %a, %a"), fits, "1 results of a branch of 2");
    expect_cond_refusal("b8[]", BRANCH("%r: f32[3] = aten.rand_like.default(%a)\nreturn %r"), fits,
                        "in its true branch, r (aten.rand_like.default)");
    expect_cond_refusal("b8[]", fits, BRANCH("%r: f32[3] = aten.index_select.default(%t, 0, %i)\nreturn %r"),
                        "may be empty");
    expect_cond_refusal("b8[]", fits,
                        BRANCH("%r: i64[u0,1] = aten.nonzero.default(%a)\n%s: i64[1] = aten.sum.dim_IntList(%r, [0])\n"
                               "%z: f32[3] = aten.add.Tensor(%a, %s)\nreturn %z"),
                        "reads a size");
#undef BRANCH
}

/* while_loop({condition}, {body}, [%i, %x], [%n, %w]), whose results are an integer and f32[3]. */
static void expect_loop_refusal(const char *condition, const char *body, const char *reason)
{
    char text[1024];
    snprintf(text, sizeof text,
             "symbols(s0: 0..9)\ngraph(%%x: f32[3], %%w: f32[s0], %%i: int(u0), %%n: int(s0))\n"
             "  [%%1: int(u2), %%2: f32[3]] = higher_order.while_loop({\n%s\n}, {\n%s\n}, [%%i, %%x], [%%n, %%w])\n"
             "  return %%1, %%2\n",
             condition, body);
    expect_refusal(text, reason);
}

static void loops_are_refused(void **state)
{
#define PART(line) "graph(%i: int(u1), %x: f32[3], %n: int(s0), %w: f32[s0])\n" line
    static const char stops[] = PART("%s: f32[] = aten.sum.default(%x)\n%t: b8[] = aten.gt.Scalar(%s, 0)\nreturn %t");
    static const char fits[] = PART("%y: f32[3] = aten.sin.default(%x)\nreturn 3, %y");
    expect_loop_refusal(stops, PART("%r: f32[3] = aten.rand_like.default(%x)\nreturn 3, %r"),
                        "in its body, r (aten.rand_like.default)");
    expect_loop_refusal(PART("return %x"), fits, "its condition is no bool");
    expect_loop_refusal(PART("return"), fits, "its condition is no bool");
    expect_loop_refusal("graph(%i: int(u1))\nreturn True", fits, "2 carried values for a condition of 1 inputs");
    expect_loop_refusal(stops, "graph(%i: int(u1), %x: f32[3], %n: int(s0))\nreturn 3, %x",
                        "4 operands for a body of 3");
    expect_loop_refusal(stops, "graph(%i: int(s0), %x: f32[3], %n: int(s0), %w: f32[s0])\nreturn 3, %x",
                        "carried value 0 is not what its body takes");
    expect_loop_refusal(stops, "graph(%i: int(u1), %x: f32[4], %n: int(s0), %w: f32[s0])\nreturn 3, %x",
                        "carried value 1 is not what its body takes");
    expect_loop_refusal(stops, "graph(%i: int(u1), %x: f32[3], %n: int(u1), %w: f32[s0])\nreturn 3, %x",
                        "operand 2 is not what its body takes");
    expect_loop_refusal(stops, PART("return 3"), "2 carried values, 1 results of its body, 2 of the loop");
    expect_loop_refusal(stops, PART("return %x, %x"), "result 0 of its body is not what it carries");
    expect_loop_refusal(stops, PART("%y: f32[6] = aten.cat.default([%x, %x])\nreturn 3, %y"),
                        "sizes of a carried value");
    expect_loop_refusal(stops, PART("return 3, 4"), "result 1 of its body is not what it carries");
    expect_refusal("graph(%x: f32[3])\n  [%1: f32[3]] = higher_order.while_loop(operands=[%x])\n  return %1\n",
                   "no condition, body and two lists");
    expect_refusal("graph(%x: f32[3])\n  [%1: f32[3]] = higher_order.while_loop({\ngraph(%x: f32[3])\nreturn True\n}, "
                   "{\ngraph(%x: f32[3])\nreturn %x\n}, [%x], [], \"0\")\n  return %1\n",
                   "writes what is not carried");
#undef PART
}

/* An integer is a tensor between rounds and a symbol inside; one that stays the same is no input. */
static void loops_own_their_networks(void **state)
{
    expect_network("symbols(s0: 0..9)\ngraph(%x: f32[3], %i: int(u0), %n: int(s0))\n"
                   "  [%1: int(u2), %2: f32[3]] = higher_order.while_loop({\n"
                   "    graph(%a: int(u1), %b: f32[3], %n: int(s0))\n"
                   "      %t: b8[3] = aten.lt.Scalar(%b, %n)\n"
                   "      %s: b8[] = aten.all.default(%t)\n"
                   "      return %s\n"
                   "  }, {\n"
                   "    graph(%a: int(u1), %b: f32[3], %n: int(s0))\n"
                   "      %c: f32[3] = aten.sin.default(%b)\n"
                   "      return 7, %c\n"
                   "  }, [%i, %x], [%n])\n"
                   "  return %1, %2\n",
                   /* becomes */
                   "symbol s0 in [0, 9]\nsymbol u0 in [0, inf]\nsymbol u2 in [0, inf]\nsymbol u1 in [0, inf]\n"
                   "network \"main\"(%x: f32[3], %i: i64[] = dim u0, %n: i64[] = dim s0)\n"
                   "  %1, %2 = loop(%i, %x) {condition={network \"\"(%a: i64[], %b: f32[3])\n"
                   "    %u = item(%a) {value=u1} \"1\"\n"
                   "    %n = dimension() {value=s0} \"t\"\n"
                   "    %f = cast(%n) {to_type=f32} \"t\"\n"
                   "    %r = reshape(%f) {dimensions=[1]} \"t\"\n"
                   "    %t = elementwise(%b, %r) {operation=LESS} \"t\"\n"
                   "    %s = reduce(%t) {operation=ALL, axes=[0]} \"s\"\n"
                   "    %0 = reshape(%s) {dimensions=[]} \"s\"\n"
                   "    return %0}, body={network \"\"(%a: i64[], %b: f32[3])\n"
                   "    %u = item(%a) {value=u1} \"1\"\n"
                   "    %c = unary(%b) {operation=SIN} \"c\"\n"
                   "    %7 = constant() {weights=i64 {7}, dimensions=[]} \"1\"\n"
                   "    return %7, %c}} \"1\"\n"
                   "  %3 = item(%1) {value=u2} \"1\"\n"
                   "  %4 = dimension() {value=u2} \"1\"\n"
                   "  return %4 \"1\", %2 \"2\"\n");
}

static void both_branches_are_computed_and_one_selected(void **state)
{
    expect_network("graph(%p: b8[], %x: f32[3], %i: i64[2])\n"
                   "  [%1: f32[3], %2: f32[2]] = higher_order.cond(%p, {\n"
                   "    graph(%x: f32[3], %i: i64[2])\n"
                   "      %1: f32[3] = aten.sin.default(%x)\n"
                   "      %g: f32[2] = aten.index_select.default(%x, 0, %i)\n"
                   "      return %1, %g\n"
                   "  }, {\n"
                   "    graph(%y: f32[3], %i: i64[2])\n"
                   "      %z: f32[2] = aten.full.default([2], 1.0)\n"
                   "      return %y, %z\n"
                   "  }, [%x, %i])\n"
                   "  return %1, %2\n",
                   /* becomes */
                   "network \"main\"(%p: b8[], %x: f32[3], %i: i64[2])\n"
                   "  %3: f32[3] = unary(%x) {operation=SIN} \"1\"\n"
                   "  %4: i64[] = constant() {weights=i64 {0}, dimensions=[]} \"1\"\n"
                   "  %5: b8[1] = reshape(%p) {dimensions=[1]} \"1\"\n"
                   "  %6: i64[1] = reshape(%4) {dimensions=[1]} \"1\"\n"
                   "  %7: i64[2] = select(%5, %i, %6) \"1\"\n"
                   "  %8: f32[2] = gather(%x, %7) {mode=DEFAULT, axis=0, wrap=false} \"g\"\n"
                   "  %9: f32[2] = fill() {operation=CONSTANT, dimensions=[2], to_type=f32, alpha=1, beta=0, "
                   "alpha_int=1, beta_int=0} \"z\"\n"
                   "  %10: b8[1] = reshape(%p) {dimensions=[1]} \"1\"\n"
                   "  %11: f32[3] = select(%10, %3, %x) \"1\"\n"
                   "  %12: b8[1] = reshape(%p) {dimensions=[1]} \"1\"\n"
                   "  %13: f32[2] = select(%12, %8, %9) \"1\"\n"
                   "  return %11 \"1\", %13 \"2\"\n");
}

static void wrong_graphs_are_refused_not_believed(void **state)
{
    expect_refusal("graph(%x: f32[2,3])\n  %1: f32[2,4] = aten.relu.default(%x)\n  return %1\n", "the graph says 4");
    expect_refusal("graph(%x: f32[2,3])\n  %1: f32[5] = aten.view.default(%x, [5])\n  return %1\n", "element counts");
    expect_refusal("graph(%x: f32[2,3])\n  %1: f32[3] = aten.select.int(%x, 2, 0)\n  return %1\n", "dim");
    expect_refusal("graph(%x: f32[2,3], %y: f32[4])\n  %1: f32[2,3] = aten.add.Tensor(%x, %y)\n  return %1\n",
                   "differ");
}

/* ---- inputs and outputs ---- */

static tt_node *node(tt_graph *g, size_t i)
{
    tt_node *n = g->first;
    while (i-- > 0)
        n = n->next;
    return n;
}

static void expect_names(tt_value *const *values, size_t n, const char *names)
{
    tt_str s = {0};
    for (size_t i = 0; i < n; i++)
        tt_str_addf(&s, "%s%s", i ? " " : "", values[i]->name);
    assert_string_equal(tt_str_text(&s), names);
    tt_str_dispose(&s);
}

/* Nodes [first, last] are segment 0. */
static void expect_io(const char *text, size_t first, size_t last, const char *inputs, const char *outputs)
{
    tt_graph *g = graph_of(text);
    tt_segment_io io;
    for (size_t i = 0; i < g->n_nodes; i++)
        node(g, i)->segment = i >= first && i <= last ? 0 : -1;
    expect_ok(tt_segment_io_find(g, 0, &io));
    expect_names(io.inputs, io.n_inputs, inputs);
    expect_names(io.outputs, io.n_outputs, outputs);
    tt_network *net = NULL;
    expect_ok(tt_convert_segment(g, 0, &io, "segment", &net));
    expect_ok(tt_network_verify(net));
    tt_network_free(net);
    tt_graph_free(g);
}

static void inputs_stand_in_order_of_first_use(void **state)
{
    expect_io("graph(%a: f32[3], %b: f32[3], %w: f32[3] = param \"w\")\n"
              "  %1: f32[3] = aten.mul.Tensor(%b, %w)\n"
              "  %2: f32[3] = aten.add.Tensor(%1, %a)\n"
              "  return %2\n",
              0, 1, "b a", "2");
}

static void outputs_stand_in_order_of_need(void **state)
{
    expect_io("graph(%a: f32[3])\n"
              "  %1: f32[3] = aten.relu.default(%a)\n"
              "  %2: f32[3] = aten.neg.default(%a)\n"
              "  %3: f32[3] = aten.sin.default(%2)\n"
              "  return %1, %3\n",
              0, 1, "a", "2 1");
}

/* The size of a tensor that the segment does not read comes in as a value. */
static void missing_symbols_become_inputs(void **state)
{
    expect_io("graph(%a: f32[s0,3], %b: f32[4])\n"
              "  %n: int(s0) = aten.sym_size.int(%a, 0)\n"
              "  %1: f32[s0,4] = aten.expand.default(%b, [s0, 4])\n"
              "  return %1\n",
              1, 1, "b n", "1");
}

/* Without such a value the tensor itself does. */
static void a_tensor_carries_a_symbol(void **state)
{
    expect_io("graph(%a: f32[s0,3], %b: f32[4])\n"
              "  %1: f32[s0,4] = aten.expand.default(%b, [s0, 4])\n"
              "  return %1\n",
              0, 0, "b a", "1");
}

static void symbols_solved_from_inputs_are_no_inputs(void **state)
{
    expect_io("graph(%a: f32[2*s0 + 1])\n"
              "  %1: i64[s0] = aten.arange.default(s0)\n"
              "  %2: f32[2*s0 + 1] = aten.relu.default(%a)\n"
              "  return %1, %2\n",
              0, 1, "a", "1 2");
}

static void integers_used_outside_are_outputs(void **state)
{
    expect_io("graph(%a: f32[s0,3])\n"
              "  %1: f32[s0,3] = aten.relu.default(%a)\n"
              "  %n: int(s0) = aten.sym_size.int(%1, 0)\n"
              "  %2: i64[s0] = aten.arange.default(s0)\n"
              "  return %1, %2\n",
              0, 1, "a", "n 1");
}

static void whole_graphs_may_return_their_inputs(void **state)
{
    tt_graph *g = graph_of("graph(%a: f32[3])\n  %1: f32[3] = aten.relu.default(%a)\n  return %1, %a, %1\n");
    tt_segment_io io;
    tt_network *net = NULL;
    expect_ok(tt_segment_io_find(g, TT_SEGMENT_ALL, &io));
    expect_names(io.outputs, io.n_outputs, "1 a");
    expect_ok(tt_convert_segment(g, TT_SEGMENT_ALL, &io, "main", &net));
    assert_int_equal(net->n_outputs, 2);
    tt_network_free(net);
    tt_graph_free(g);
}

/* A buffer that the program writes is read anew at each run. */
static void mutated_buffers_are_inputs(void **state)
{
    tt_graph *g = graph_of("graph(%a: f32[3], %b: f32[3] = buffer \"count\")\n"
                           "  %1: f32[3] = aten.add.Tensor(%b, %a)\n"
                           "  return mutate buffer \"count\" = %1\n");
    tt_segment_io io;
    expect_ok(tt_segment_io_find(g, TT_SEGMENT_ALL, &io));
    expect_names(io.inputs, io.n_inputs, "b a");
    tt_graph_free(g);
}

/* Bytes of a transposed weight are brought into order. */
static void weights_with_strides_are_copied(void **state)
{
    static const float data[] = {1, 2, 3, 4, 5, 6};
    tt_graph *g = graph_of("graph(%w: f32[3,2] = param \"w\")\n  %1: f32[3,2] = aten.relu.default(%w)\n  return %1\n");
    tt_weight *w = g->inputs[0].value->weight;
    w->data = (const uint8_t *)data;
    w->strides = (const int64_t[]){1, 3};
    tt_segment_io io;
    tt_network *net = NULL;
    expect_ok(tt_segment_io_find(g, TT_SEGMENT_ALL, &io));
    expect_ok(tt_convert_segment(g, TT_SEGMENT_ALL, &io, "main", &net));
    const float expected[] = {1, 4, 2, 5, 3, 6};
    assert_int_equal(net->first->kind, TT_LAYER_CONSTANT);
    assert_memory_equal(net->first->attrs.constant.weights.data, expected, sizeof expected);
    tt_network_free(net);
    tt_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_found_by_its_operator),
        cmocka_unit_test(operators_in_place_have_no_row),
        cmocka_unit_test(refusals_say_why),
        cmocka_unit_test(branches_are_refused),
        cmocka_unit_test(loops_are_refused),
        cmocka_unit_test(loops_own_their_networks),
        cmocka_unit_test(both_branches_are_computed_and_one_selected),
        cmocka_unit_test(wrong_graphs_are_refused_not_believed),
        cmocka_unit_test(inputs_stand_in_order_of_first_use),
        cmocka_unit_test(outputs_stand_in_order_of_need),
        cmocka_unit_test(missing_symbols_become_inputs),
        cmocka_unit_test(a_tensor_carries_a_symbol),
        cmocka_unit_test(symbols_solved_from_inputs_are_no_inputs),
        cmocka_unit_test(integers_used_outside_are_outputs),
        cmocka_unit_test(whole_graphs_may_return_their_inputs),
        cmocka_unit_test(mutated_buffers_are_inputs),
        cmocka_unit_test(weights_with_strides_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
