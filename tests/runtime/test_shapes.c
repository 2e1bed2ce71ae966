/* Narrowing dimensions, linear expressions, and the text of signatures. */
#include "runtime_test.h"

static tt_graph *parse(const char *text)
{
    tt_graph *g;

    assert_ok(tt_graph_parse(text, &g));
    return g;
}

static tt_graph *small_graph(void)
{
    tt_graph *g = parse("graph(%x: f32[s0,3,2*s1 + 1], %y: f32[s0,s1])\n  %1: f32[s0,3,2*s1 + 1] = "
                        "aten.relu.default(%x)\n  return %1, %y");

    tt_symbol *s0 = tt_dims_find(g->dims, "s0"), *s1 = tt_dims_find(g->dims, "s1");
    s0->min = 1;
    s0->max = 16;
    s0->hint = 4;
    s1->min = 2;
    s1->max = 1000;
    return g;
}

static tt_profiles profiles;

static void apply_ok(tt_graph *g, const char *text) { assert_ok(tt_shapes_apply(g, &text, 1, &profiles)); }

static void apply_fails(const char *text, ttrt_status status, const char *message)
{
    tt_graph *g = small_graph();

    assert_fails(tt_shapes_apply(g, &text, 1, &profiles), status, message);
    tt_graph_free(g);
}

static void test_shapes(void **state)
{
    tt_graph *g = small_graph();
    const tt_symbol *s0 = tt_dims_find(g->dims, "s0"), *s1 = tt_dims_find(g->dims, "s1");

    apply_ok(g, "x:2..3..8x3x7..11..20");
    assert_int_equal(s0->min, 2);
    assert_int_equal(s0->hint, 3);
    assert_int_equal(s0->max, 8);
    assert_int_equal(s1->min, 3);
    assert_int_equal(s1->hint, 5);
    assert_int_equal(s1->max, 9);
    apply_ok(g, "y:5x6");
    assert_int_equal(s0->min, 5);
    assert_int_equal(s0->max, 5);
    assert_int_equal(s1->hint, 6);
    tt_graph_free(g);
}

/* PyTorch writes [2, no end] where it means: any size. */
static void test_no_bounds(void **state)
{
    tt_graph *g = small_graph();
    tt_symbol *s1 = tt_dims_find(g->dims, "s1");

    s1->max = TT_DIM_NO_MAX;
    apply_ok(g, "y:1x0..1..7");
    assert_int_equal(s1->min, 0);
    assert_int_equal(s1->hint, 1);
    tt_graph_free(g);
}

static void test_hints(void **state)
{
    tt_graph *g = small_graph();

    assert_ok(tt_shapes_apply(g, NULL, 0, &profiles));
    assert_int_equal(tt_dims_find(g->dims, "s0")->hint, 4);
    assert_int_equal(tt_dims_find(g->dims, "s1")->hint, 44); /* between 2 and 1000 */
    tt_graph_free(g);
}

static void test_shape_refusals(void **state)
{
    apply_fails("x", TTRT_ERR_ARGUMENT, "no colon");
    apply_fails("z:1", TTRT_ERR_ARGUMENT, "names no input");
    assert_string_equal(ttrt_last_error()->hint, "the inputs are x, y");
    apply_fails("y:1", TTRT_ERR_SHAPE, "too few");
    apply_fails("y:1x2x3", TTRT_ERR_SHAPE, "too many");
    apply_fails("y:1x2y", TTRT_ERR_ARGUMENT, "behind the dimensions");
    apply_fails("y:3..2..4x2", TTRT_ERR_ARGUMENT, "rising order");
    apply_fails("y:1..2x2", TTRT_ERR_ARGUMENT, "no number");
    apply_fails("y:99999999999999999999x2", TTRT_ERR_ARGUMENT, "no number");
    apply_fails("y:17x2", TTRT_ERR_SHAPE, "input 'y', dimension 0: 17 is asked for, the program allows 1..16");
    apply_fails("y:4..8..32x2", TTRT_ERR_SHAPE, "4..32 is asked for, the program allows 1..16");
    apply_fails("y:1x1", TTRT_ERR_SHAPE, "the program allows 2..1000");
    apply_fails("x:1x4x7", TTRT_ERR_SHAPE, "dimension 1: 4 is asked for, the program allows 3");
    apply_fails("x:1x3x6", TTRT_ERR_SHAPE, "dimension 2: 6 is asked for"); /* 2 * s1 + 1 is odd */
}

static void test_conflict(void **state)
{
    tt_graph *g = small_graph();
    const char *const texts[] = {"x:2x3x7", "y:3x3"};

    assert_fails(tt_shapes_apply(g, texts, 2, &profiles), TTRT_ERR_SHAPE,
                 "input 'x', dimension 0 and input 'y', dimension 0 are the same size (s0)");
    tt_graph_free(g);
}

static void test_profiles(void **state)
{
    static const char *const texts[] = {"x:1..2..4x3x5", "y:8..8..16x7", "x:8..8..16x3x15"},
                             *const three[] = {"x:1x3x5", "x:2x3x5", "x:3x3x5", "y:1x2", "y:2x2"},
                             *const contrary[] = {"x:1x3x5", "x:2x3x5", "y:2x2"};
    tt_graph *g = small_graph();
    const tt_symbol *s0 = tt_dims_find(g->dims, "s0"), *s1 = tt_dims_find(g->dims, "s1");

    assert_fails(tt_shapes_apply(g, three, 5, &profiles), TTRT_ERR_ARGUMENT, "2 profiles of this input, another has 3");
    assert_fails(tt_shapes_apply(g, contrary, 3, &profiles), TTRT_ERR_SHAPE, "are the same size (s0)");
    assert_fails(tt_shapes_apply(g, texts, 3, &profiles), TTRT_ERR_SHAPE, "are the same size (s0)");
    const char *const fine[] = {texts[0], texts[2]};
    assert_ok(tt_shapes_apply(g, fine, 2, &profiles));
    assert_int_equal(profiles.n, 2);
    const tt_size_range *first = profiles.ranges, *last = profiles.ranges + profiles.n_symbols;
    assert_int_equal(first[s0->index].max, 4);
    assert_int_equal(first[s1->index].opt, 2);
    assert_int_equal(last[s0->index].min, 8);
    assert_int_equal(last[s1->index].max, 7);
    assert_int_equal(s0->min, 1); /* what any of them takes */
    assert_int_equal(s0->max, 16);
    assert_int_equal(s0->hint, 2);
    tt_graph_free(g);
}

static void test_linear(void **state)
{
    static const struct {
        const char *text;
        bool linear;
        int64_t a, b;
    } cases[] = {
        {"s0", true, 1, 0},       {"2*s0 + 1", true, 2, 1}, {"s0 - 3", true, 1, -3}, {"7", false, 0, 0},
        {"s0 + s1", false, 0, 0}, {"s0*s0", false, 0, 0},   {"s0//2", false, 0, 0},  {"max(1, s0)", false, 0, 0},
    };
    tt_dims *dims = tt_dims_new();

    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        const char *at = cases[i].text;
        tt_dim d;
        tt_symbol *s;
        int64_t a = 0, b = 0;
        assert_ok(tt_dim_parse(dims, &at, &d));
        assert_int_equal(tt_dim_linear(dims, d, &s, &a, &b), cases[i].linear);
        if (cases[i].linear) {
            assert_int_equal(a, cases[i].a);
            assert_int_equal(b, cases[i].b);
            assert_string_equal(s->name, "s0");
        }
    }
    tt_dims_unref(dims);
}

static void test_signature(void **state)
{
    tt_graph *g = small_graph();
    tt_value *inputs[] = {g->inputs[0].value, g->inputs[1].value};
    tt_value *outputs[] = {g->outputs[0].arg.value, g->inputs[1].value};
    tt_segment_io io = {inputs, outputs, 2, 2};
    tt_str s = {0};

    assert_ok(tt_signature_print(&io, false, g->dims, &s));
    assert_string_equal(tt_str_text(&s), "f32[s0,3,2*s1 + 1]|f32[s0,s1]; in: s0=0.0, s1=(0.2-1)//2");
    tt_str_dispose(&s);
    io.n_inputs = 0;
    assert_ok(tt_signature_print(&io, false, g->dims, &s));
    assert_string_equal(tt_str_text(&s), "f32[s0,3,2*s1 + 1]|f32[s0,s1]");
    tt_str_dispose(&s);
    tt_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),         cmocka_unit_test(test_no_bounds), cmocka_unit_test(test_hints),
        cmocka_unit_test(test_shape_refusals), cmocka_unit_test(test_conflict),  cmocka_unit_test(test_linear),
        cmocka_unit_test(test_profiles),       cmocka_unit_test(test_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
