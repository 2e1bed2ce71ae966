/* Which nodes come together in which segment. An engine that takes all but sin, and a list of operators left to
 * PyTorch. */
#include "../convert/convert_test.h"
#include "partition/partition.h"

static bool all_but_sin(const tt_layer *l, tt_reason *why)
{
    bool is_sin = l->kind == TT_LAYER_UNARY && l->attrs.unary.operation == TT_UNARY_SIN;
    if (is_sin)
        strcpy(why->text, "no sine here");
    return !is_sin;
}

static bool all_but_exp(const tt_layer *l, tt_reason *why)
{
    bool is_exp = l->kind == TT_LAYER_UNARY && l->attrs.unary.operation == TT_UNARY_EXP;
    if (is_exp)
        strcpy(why->text, "no exponential here");
    return !is_exp;
}

static const tt_engine_iface engine = {.version = 1, .name = "test", .supports = all_but_sin};
static const tt_engine_iface second = {.version = 1, .name = "second", .supports = all_but_exp};

static void add_values(tt_str *s, tt_value *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tt_str_addf(s, "%s%s", i ? " " : "", values[i]->name);
}

/* "_run_on_acc_0(a): 1 2 -> 2; ..." */
static void expect_partition(const char *text, tt_partition_options options, const char *expected)
{
    tt_graph *g = graph_of(text);
    tt_partition *p = NULL;
    tt_str s = {0};
    options.engine = &engine;
    expect_ok(tt_partition_graph(g, &options, &p));
    for (size_t i = 0; i < p->n_segments; i++) {
        const tt_segment *segment = &p->segments[i];
        tt_str_addf(&s, "%s%s%s(", i ? "; " : "", segment->engine == &second ? "second " : "", segment->name);
        add_values(&s, segment->io.inputs, segment->io.n_inputs);
        tt_str_add(&s, "):");
        for (size_t k = 0; k < segment->n_nodes; k++) {
            tt_str_addf(&s, " %s", segment->nodes[k]->name);
            assert_int_equal(segment->nodes[k]->segment, segment->is_engine ? segment->number : -1);
        }
        tt_str_add(&s, " -> ");
        add_values(&s, segment->io.outputs, segment->io.n_outputs);
    }
    assert_string_equal(tt_str_text(&s), expected);
    tt_str_dispose(&s);
    tt_graph_free(g);
}

static const char chain[] = "graph(%a: f32[3])\n"
                            "  %1: f32[3] = aten.relu.default(%a)\n"
                            "  %2: f32[3] = aten.neg.default(%1)\n"
                            "  %3: f32[3] = aten.sin.default(%2)\n"
                            "  %4: f32[3] = aten.exp.default(%3)\n"
                            "  return %4\n";

static void all_in_one(void **state)
{
    expect_partition("graph(%a: f32[3])\n"
                     "  %1: f32[3] = aten.relu.default(%a)\n"
                     "  %2: f32[3] = aten.neg.default(%1)\n"
                     "  return %2\n",
                     (tt_partition_options){.min_block_size = 1}, "_run_on_acc_0(a): 1 2 -> 2");
}

static void one_counter_names_all(void **state)
{
    expect_partition(chain, (tt_partition_options){.min_block_size = 1},
                     "_run_on_acc_0(a): 1 2 -> 2; _run_on_gpu_1(2): 3 -> 3; _run_on_acc_2(3): 4 -> 4");
}

static void small_blocks_join_the_one_before(void **state)
{
    expect_partition(chain, (tt_partition_options){.min_block_size = 2},
                     "_run_on_acc_0(a): 1 2 -> 2; _run_on_gpu_1(2): 3 4 -> 4");
    expect_partition(chain, (tt_partition_options){.min_block_size = 3}, "_run_on_gpu_0(a): 1 2 3 4 -> 4");
    expect_partition(chain, (tt_partition_options){.min_block_size = INT64_MAX}, "_run_on_gpu_0(a): 1 2 3 4 -> 4");
}

/* %4 needs nothing that PyTorch computes: it runs in the first engine though it stands last. */
static void blocks_are_closures_not_runs(void **state)
{
    expect_partition("graph(%a: f32[3])\n"
                     "  %1: f32[3] = aten.relu.default(%a)\n"
                     "  %2: f32[3] = aten.sin.default(%1)\n"
                     "  %3: f32[3] = aten.neg.default(%2)\n"
                     "  %4: f32[3] = aten.exp.default(%a)\n"
                     "  return %3, %4\n",
                     (tt_partition_options){.min_block_size = 1},
                     "_run_on_acc_0(a): 1 4 -> 1 4; _run_on_gpu_1(1): 2 -> 2; _run_on_acc_2(2): 3 -> 3");
}

static void pytorch_starts_where_it_can(void **state)
{
    expect_partition("graph(%a: f32[3])\n"
                     "  %1: f32[3] = aten.relu.default(%a)\n"
                     "  %2: f32[3] = aten.sin.default(%a)\n"
                     "  %3: f32[3] = aten.add.Tensor(%1, %2)\n"
                     "  return %3\n",
                     (tt_partition_options){.min_block_size = 1},
                     "_run_on_gpu_0(a): 2 -> 2; _run_on_acc_1(a 2): 1 3 -> 3");
}

/* %1 and %2 would be copied out of an engine in each run; %4 is read in one too, and %7 comes out of the graph. */
static void views_of_weights_stay_with_their_readers(void **state)
{
    expect_partition(
        "graph(%w: f32[3,5] = param \"w\", %a: f32[3])\n"
        "  %1: f32[5,3] = aten.transpose.int(%w, 0, 1)\n"
        "  %2: f32[5,1,3] = aten.unsqueeze.default(%1, 1)\n"
        "  %3: f32[3] = aten.relu.default(%a)\n"
        "  %4: f32[5] = aten.select.int(%w, 0, 1)\n"
        "  %5: f32[5] = aten.neg.default(%4)\n"
        "  %6: f32[3] = foo.bar(%3, %2, %4, %5)\n"
        "  %7: f32[5,3] = aten.permute.default(%w, [1, 0])\n"
        "  %8: f32[3] = aten.exp.default(%6)\n"
        "  return %8, %7\n",
        (tt_partition_options){.min_block_size = 1},
        "_run_on_acc_0(a): 3 4 5 7 -> 3 4 5 7; _run_on_gpu_1(3 4 5): 1 2 6 -> 6; _run_on_acc_2(6): 8 -> 8");
}

static void operators_left_to_pytorch(void **state)
{
    static const char *const names[] = {"torch.ops.aten.neg", "aten.relu.default", "aten.ex"};
    expect_partition(
        "graph(%a: f32[3])\n"
        "  %1: f32[3] = aten.exp.default(%a)\n"
        "  %2: f32[3] = aten.neg.default(%1)\n"
        "  %3: f32[3] = aten.relu.default(%2)\n"
        "  return %3\n",
        (tt_partition_options){.min_block_size = 1, .torch_executed_ops = names, .n_torch_executed_ops = 3},
        "_run_on_acc_0(a): 1 -> 1; _run_on_gpu_1(1): 2 3 -> 3");
}

/* %3 has a size of its input: it stays. */
static void operators_that_find_sizes(void **state)
{
    expect_partition("graph(%a: f32[3])\n"
                     "  %1: f32[3] = aten.relu.default(%a)\n"
                     "  %2: i64[u0,1] = aten.nonzero.default(%1)\n"
                     "  %3: i64[u0,1] = aten.neg.default(%2)\n"
                     "  return %3\n",
                     (tt_partition_options){.min_block_size = 1, .fallback_data_dependent_ops = true},
                     "_run_on_acc_0(a): 1 -> 1; _run_on_gpu_1(1): 2 -> 2; _run_on_acc_2(2): 3 -> 3");
}

/* The engine takes all but sin; "other" exp and sin, if it is asked first. */
static void backends_in_order_of_priority(void **state)
{
    static const char *const after[] = {"main", "other=aten.exp.default,aten.sin"};
    static const char *const before[] = {"other=aten.sin,torch.ops.aten.exp.default", "main"};
    tt_partition_options options = {.min_block_size = 1, .backends = after, .n_backends = 2};
    expect_partition(chain, options,
                     "_run_on_acc_main_0(a): 1 2 -> 2; _run_on_acc_other_1(2): 3 -> 3; _run_on_acc_main_2(3): 4 -> 4");
    options.backends = before;
    expect_partition(chain, options, "_run_on_acc_main_0(a): 1 2 -> 2; _run_on_acc_other_1(2): 3 4 -> 4");
    options.min_block_size = 3;
    expect_partition(chain, options, "_run_on_gpu_0(a): 1 2 3 4 -> 4");
    options.min_block_size = 1;
    options.n_backends = 1;
    expect_partition(chain, options, "_run_on_gpu_0(a): 1 2 -> 2; _run_on_acc_other_1(2): 3 4 -> 4");
}

static void backends_need_the_fast_partitioner(void **state)
{
    static const char *const backends[] = {"main"};
    const tt_partition_options options = {
        .engine = &engine, .backends = backends, .n_backends = 1, .partitioner = TT_PARTITION_GLOBAL};
    tt_graph *g = NULL;
    tt_partition *p = NULL;
    expect_ok(tt_graph_parse(chain, &g));
    assert_int_equal(tt_partition_graph(g, &options, &p), TTRT_ERR_ARGUMENT);
    tt_graph_free(g);
}

/* A tuple's parts are nodes of their own in fx: max.dim with both parts used counts 3. */
static void parts_of_a_tuple_count(void **state)
{
    static const char text[] = "graph(%a: f32[3,4])\n"
                               "  %1: f32[3], %2: i64[3] = aten.max.dim(%a, 1, False)\n"
                               "  return %1, %2\n";
    expect_partition(text, (tt_partition_options){.min_block_size = 3}, "_run_on_acc_0(a): 1 -> 1 2");
    expect_partition(text, (tt_partition_options){.min_block_size = 4}, "_run_on_gpu_0(a): 1 -> 1 2");
}

/* %3 reads the size of %2, which PyTorch computes: it cannot run before. */
static void integers_are_dependencies(void **state)
{
    expect_partition("graph(%a: f32[s0])\n"
                     "  %1: f32[s0] = aten.relu.default(%a)\n"
                     "  %2: i64[u0,1] = aten.nonzero.default(%1)\n"
                     "  %n: int(u0) = aten.sym_size.int(%2, 0)\n"
                     "  %3: i64[u0] = aten.arange.default(u0)\n"
                     "  return %3\n",
                     (tt_partition_options){.min_block_size = 1,
                                            .torch_executed_ops = (const char *const[]){"aten.nonzero.default"},
                                            .n_torch_executed_ops = 1},
                     "_run_on_acc_0(a): 1 -> 1; _run_on_gpu_1(1): 2 -> 2; _run_on_acc_2(2): n 3 -> 3");
}

static void global_merges_across(void **state)
{
    expect_partition("graph(%a: f32[3])\n"
                     "  %1: f32[3] = aten.relu.default(%a)\n"
                     "  %2: f32[3] = aten.sin.default(%1)\n"
                     "  %3: f32[3] = aten.neg.default(%2)\n"
                     "  %4: f32[3] = aten.exp.default(%a)\n"
                     "  %5: f32[3] = aten.add.Tensor(%3, %4)\n"
                     "  return %5\n",
                     (tt_partition_options){.min_block_size = 1, .partitioner = TT_PARTITION_GLOBAL},
                     "_run_on_acc_1(a): 1 -> 1; _run_on_acc_0(2 a): 3 4 5 -> 5");
}

static void global_leaves_small_ones_in_the_parent(void **state)
{
    expect_partition(chain, (tt_partition_options){.min_block_size = 2, .partitioner = TT_PARTITION_GLOBAL},
                     "_run_on_acc_0(a): 1 2 -> 2");
}

/* ---- refusals ---- */

static void full_compilation_lists_what_is_missing(void **state)
{
    tt_graph *g = NULL;
    tt_partition *p = NULL;
    tt_partition_options options = {.engine = &engine, .min_block_size = 5, .require_full_compilation = true};
    expect_ok(tt_graph_parse("graph(%a: f32[3])\n"
                             "  %1: f32[3] = aten.sin.default(%a)\n"
                             "  %2: f32[3] = aten.sin.default(%1)\n"
                             "  %3: f32[3] = aten.rand_like.default(%2)\n"
                             "  return %3\n",
                             &g));
    g->first->source = "model.py:12 in forward: return x.sin()";
    assert_int_equal(tt_partition_graph(g, &options, &p), TTRT_ERR_UNSUPPORTED);
    const char *what = ttrt_last_error()->what;
    assert_non_null(strstr(what, "aten.sin.default (2x): no sine here, at model.py:12"));
    assert_non_null(strstr(what, "aten.rand_like.default (1x): random"));
    tt_graph_free(g);
}

static void full_compilation_knows_no_small_blocks(void **state)
{
    expect_partition("graph(%a: f32[3])\n  %1: f32[3] = aten.relu.default(%a)\n  return %1\n",
                     (tt_partition_options){.min_block_size = 5, .require_full_compilation = true},
                     "_run_on_acc_0(a): 1 -> 1");
}

static void reasons_are_kept(void **state)
{
    tt_graph *g = NULL;
    tt_partition *p = NULL;
    tt_partition_options options = {.engine = &engine, .min_block_size = 2};
    expect_ok(tt_graph_parse(chain, &g));
    expect_ok(tt_partition_graph(g, &options, &p));
    assert_int_equal(p->n_total, 4);
    assert_int_equal(p->n_supported, 3);
    assert_int_equal(p->n_refusals, 2);
    assert_string_equal(p->refusals[0].reason, "no sine here");
    assert_string_equal(p->refusals[1].reason, "in a block of 1, below min_block_size 2");
    tt_graph_free(g);
}

/* ---- two engines ---- */

static void what_one_refuses_goes_to_the_other(void **state)
{
    const tt_partition_options options = {.fallback = &second, .min_block_size = 1};

    for (int global = 0; global < 2; global++) {
        tt_partition_options o = options;
        o.partitioner = global ? TT_PARTITION_GLOBAL : TT_PARTITION_FAST;
        expect_partition(chain, o,
                         global
                             ? "_run_on_acc_2(a): 1 2 -> 2; second _run_on_acc_1(2): 3 -> 3; _run_on_acc_0(3): 4 -> 4"
                             : "_run_on_acc_0(a): 1 2 -> 2; second _run_on_acc_1(2): 3 -> 3; _run_on_acc_2(3): 4 -> 4");
    }
}

/* %4 is alone and the second engine has no exponential: it stays where it is, unless a host may have it. */
static void small_blocks_go_to_the_other_where_it_takes_them(void **state)
{
    static const char *const all = "graph(%a: f32[3])\n"
                                   "  %1: f32[3] = aten.relu.default(%a)\n"
                                   "  %2: f32[3] = aten.sin.default(%1)\n"
                                   "  %3: f32[3] = aten.neg.default(%2)\n"
                                   "  return %3\n";
    tt_partition_options o = {.fallback = &second, .min_block_size = 2, .require_full_compilation = true};

    for (o.partitioner = TT_PARTITION_FAST; o.partitioner <= TT_PARTITION_GLOBAL; o.partitioner++)
        expect_partition(all, o, "second _run_on_acc_0(a): 1 2 3 -> 3");
    o.partitioner = TT_PARTITION_FAST;
    expect_partition(chain, o, "_run_on_acc_0(a): 1 2 -> 2; second _run_on_acc_1(2): 3 -> 3; _run_on_acc_2(3): 4 -> 4");
    o.require_full_compilation = false;
    expect_partition(chain, o, "_run_on_acc_0(a): 1 2 -> 2; second _run_on_acc_1(2): 3 -> 3; _run_on_gpu_2(3): 4 -> 4");
}

static void both_reasons_are_told(void **state)
{
    static const char *const only = "aten.sin.default";
    tt_partition_options o = {.engine = &engine, .fallback = &engine, .min_block_size = 1};
    tt_partition *p;
    tt_graph *g;

    expect_ok(tt_graph_parse(chain, &g));
    expect_ok(tt_partition_graph(g, &o, &p));
    assert_int_equal(p->n_refusals, 1);
    assert_string_equal(p->refusals[0].reason, "no sine here");
    tt_graph_free(g);

    o.fallback = &second;
    expect_ok(tt_graph_parse(chain, &g));
    expect_ok(tt_partition_graph(g, &o, &p));
    assert_int_equal(p->n_refusals, 0);
    assert_int_equal(p->n_moved, 1);
    assert_string_equal(p->moved[0].reason, "no sine here");
    assert_string_equal(p->moved[0].node->op->name, only);
    tt_graph_free(g);

    o.require_full_compilation = true;
    expect_ok(tt_graph_parse("graph(%a: f32[3])\n"
                             "  %1: f32[3] = aten.frobnicate.default(%a)\n"
                             "  return %1\n",
                             &g));
    assert_int_equal(tt_partition_graph(g, &o, &p), TTRT_ERR_UNSUPPORTED);
    assert_non_null(strstr(ttrt_last_error()->what, "aten.frobnicate.default (1x): no converter"));
    tt_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_refuses_goes_to_the_other),
        cmocka_unit_test(small_blocks_go_to_the_other_where_it_takes_them),
        cmocka_unit_test(both_reasons_are_told),
        cmocka_unit_test(all_in_one),
        cmocka_unit_test(one_counter_names_all),
        cmocka_unit_test(small_blocks_join_the_one_before),
        cmocka_unit_test(blocks_are_closures_not_runs),
        cmocka_unit_test(pytorch_starts_where_it_can),
        cmocka_unit_test(views_of_weights_stay_with_their_readers),
        cmocka_unit_test(operators_left_to_pytorch),
        cmocka_unit_test(operators_that_find_sizes),
        cmocka_unit_test(backends_in_order_of_priority),
        cmocka_unit_test(backends_need_the_fast_partitioner),
        cmocka_unit_test(parts_of_a_tuple_count),
        cmocka_unit_test(integers_are_dependencies),
        cmocka_unit_test(global_merges_across),
        cmocka_unit_test(global_leaves_small_ones_in_the_parent),
        cmocka_unit_test(full_compilation_lists_what_is_missing),
        cmocka_unit_test(full_compilation_knows_no_small_blocks),
        cmocka_unit_test(reasons_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
