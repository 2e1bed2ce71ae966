/* Printer, reader, verifier. */
#include "network_test.h"

/* One layer of each kind, with attributes of each type. */
static const char every_layer[] =
    "symbol s0 in [1, 64] hint 8\n"
    "symbol s1 in [2, inf]\n"
    "symbol u0 in [0, inf]\n"
    "network \"every \\\"layer\\\"\"(%x: f32[s0,4,s1,8], %n: i64[] = dim s1, %2 \"a b\": i64[s0], %m: f32[4,8], %t: "
    "b8[], %r: f32[s0,4,s1])\n"
    "  %c: f32[5] = constant() {weights=f32 {1, -0, nan, -inf, 0.1} \"p.w\", dimensions=[5]} \"c\"\n"
    "  %h: f16[2] = constant() {weights=f16 {65504, 6e-8}, dimensions=[2]}\n"
    "  %i: i64[2] = constant() {weights=i64 {9223372036854775807, -9223372036854775808}, dimensions=[2]}\n"
    "  %3 = cast(%x) {to_type=bf16} \"l\" from \"model.py:3 in forward: x = \\\"y\\\"\\x0a\"\n"
    "  %4 = unary(%x) {operation=EXP}\n"
    "  %5 = activation(%x) {type=CLIP, alpha=-0.1, beta=inf}\n"
    "  %6 = elementwise(%x, %4) {operation=LESS}\n"
    "  %7 = select(%6, %x, %4)\n"
    "  %k = fill() {operation=CONSTANT, dimensions=[4,4,3,3], to_type=f32, alpha=0.3}\n"
    "  %8 = convolution(%x, %k) {stride=[1,1], pre_padding=[1,1], post_padding=[1,1], dilation=[1,1], groups=1}\n"
    "  %9 = deconvolution(%8, %k) {stride=[1,1], pre_padding=[1,1], post_padding=[1,1], output_padding=[0,0], "
    "dilation=[1,1], groups=1}\n"
    "  %10 = matrix_multiply(%x, %7) {transpose_b=true}\n"
    "  %11 = reduce(%x) {operation=NORM, axes=[1,3], parameter=2.5}\n"
    "  %12 = arg_reduce(%x) {is_max=true, axis=2}\n"
    "  %13 = softmax(%x) {axis=3, is_log=true}\n"
    "  %s = fill() {operation=CONSTANT, dimensions=[8], to_type=f32, alpha=1}\n"
    "  %14 = normalization(%x, %s, %s) {kind=LAYER, axes=[3], eps=1e-12}\n"
    "  %s4 = fill() {operation=CONSTANT, dimensions=[4], to_type=f32, alpha=1}\n"
    "  %15 = scale(%x, %s4, %s4)\n"
    "  %16 = attention(%x, %x, %x) {is_causal=true, scale=0.125}\n"
    "  %17 = reshape(%x) {dimensions=[s0,32*s1]}\n"
    "  %18 = transpose(%x) {permutation=[3,1,2,0]}\n"
    "  %19 = expand(%11) {dimensions=[s0,2*s1 + 1,s1,max(s0, 3)]}\n"
    "  %20 = slice(%x) {start=[0,3,0,0], size=[s0,4,1,8], stride=[1,-1,1,1]}\n"
    "  %21 = pad(%x) {pre_padding=[0,0,s0,-1], post_padding=[0,0,0,1], mode=REPLICATE, value=nan}\n"
    "  %22 = concatenation(%x, %x) {axis=2}\n"
    "  %23 = gather(%x, %2) {mode=DEFAULT, axis=1, wrap=true}\n"
    "  %24 = index(%x, %2, %2) {axes=[1,2], position=1}\n"
    "  %25 = index_put(%x, %24, %2, %2) {axes=[1,2], position=1, accumulate=true}\n"
    "  %26 = scatter(%x, %12, %20) {mode=MAX, axis=1, include_self=true}\n"
    "  %27 = one_hot(%2) {depth=s1}\n"
    "  %28 = non_zero(%x) {count=u0}\n"
    "  %50 = dimension() {value=s0}\n"
    "  %49 = item(%50) {value=u1}\n"
    "  %29 = trilu(%x) {upper=true, diagonal=s0 - 1}\n"
    "  %30, %31 = pooling(%x) {type=MAX, window_size=[2,2], stride=[2,2], pre_padding=[0,0], post_padding=[0,0], "
    "dilation=[1,1], has_indices=true}\n"
    "  %32 = adaptive_pooling(%x) {type=AVERAGE, output_size=[1,1]}\n"
    "  %33 = resize(%x) {mode=LINEAR, output_size=[2*s1,16], scales=[2,2.5], align_corners=true}\n"
    "  %g = fill() {operation=CONSTANT, dimensions=[s0,3,3,2], to_type=f32, alpha=0.5}\n"
    "  %34 = grid_sample(%x, %g) {interpolation_mode=CUBIC, sample_mode=REFLECT}\n"
    "  %35, %36 = topk(%x) {k=2, axis=1, largest=true, sorted=true}\n"
    "  %37, %38 = sort(%x) {axis=1, descending=true, stable=true}\n"
    "  %39 = cumulative(%x) {operation=PROD, axis=0}\n"
    "  %53 = search(%s, %x) {right=true}\n"
    "  %40 = fill() {operation=LINSPACE, dimensions=[s1], to_type=i32, alpha_int=-1, beta_int=3}\n"
    "  %41 = dimension() {value=s0*s1}\n"
    "  %42 = fold(%x) {window_size=[1,1], dilation=[1,1], padding=[0,0], stride=[1,1]}\n"
    "  %44 = fill() {operation=CONSTANT, dimensions=[16,4], to_type=f32, alpha=0.5}\n"
    "  %45 = fill() {operation=CONSTANT, dimensions=[3,7,16], to_type=f32, alpha=0.5}\n"
    "  %46 = fill() {operation=CONSTANT, dimensions=[7,4], to_type=f32, alpha=0.5}\n"
    "  %47, %48 = recurrent(%45, %44, %46, %46) {operation=LSTM, reverse=true}\n"
    "  %51, %52 = loop(%x, %50, %m) {condition={network \"while\"(%x: f32[s0,4,s1,8], %2 \"a b\": i64[], %m: "
    "f32[4,8])\n"
    "    %1 = elementwise(%2, %2) {operation=LESS}\n"
    "    return %1}, body={network \"do\"(%a: f32[s0,4,s1,8], %b: i64[], %c: f32[4,8])\n"
    "    %1 = item(%b) {value=u2} \"inside\"\n"
    "    %3 = loop(%1) {condition={network \"\"(%a: i64[])\n"
    "      %t = constant() {weights=b8 {0}, dimensions=[]}\n"
    "      return %t}, body={network \"\"(%a: i64[]) return %a}}\n"
    "    return %a, %3}} \"l\" from \"model.py:9\"\n"
    "  %43 = check(%t) {message=\"it \\\"must\\\"\"}\n"
    "  return %43 \"out\", %x, %x \"x\"\n";

static void every_kind(void **state)
{
    tt_network *net = parsed(every_layer);
    bool seen[TT_LAYER_COUNT] = {false};

    TT_EACH_LAYER (net, l)
        seen[l->kind] = true;
    for (int i = 0; i < TT_LAYER_COUNT; i++)
        if (!seen[i])
            fail_msg("no %s in the test", tt_layer_info_of((tt_layer_kind)i)->name);
    char *text = printed(net);
    expect_text(net, text);
    tt_free(text);
    tt_network_free(net);
}

static void exact_text(void **state)
{
    tt_network *net = parsed("symbol s0 in [1, 64] hint 8\nnetwork \"n\"(%x: f32[s0,3], %1 \"b c\": i64[] = dim 2*s0)"
                             "%c = constant() {weights=f32 {0.1,1e30,nan} \"w\", dimensions=[3]} \"a\\\\\" from \"b\""
                             "return %x \"o\", %1");
    char *text = printed(net);

    assert_string_equal(
        text, "symbol s0 in [1, 64] hint 8\n"
              "network \"n\"(%x: f32[s0,3], %1 \"b c\": i64[] = dim 2*s0)\n"
              "  %2: f32[3] = constant() {weights=f32 {0.1, 1e+30, nan} \"w\", dimensions=[3]} \"a\\\\\" from \"b\"\n"
              "  return %x \"o\", %1\n");
    tt_free(text);
    tt_network_free(net);
}

/* Large constants travel in a table; bytes that are there twice are there once. */
static void table(void **state)
{
    float data[100] = {1, 2, 3};
    tt_network *net = tt_network_new("t", NULL), *again = NULL;
    tt_weight_table weights = {0};
    tt_str text = {0};
    tt_tensor *a, *b, *c;

    expect_ok(tt_net_constant_ref(net, data, TTRT_DTYPE_FLOAT32, 2, (int64_t[]){10, 10}, "a", &a));
    expect_ok(tt_net_constant_ref(net, data, TTRT_DTYPE_FLOAT32, 1, (int64_t[]){100}, "b", &b));
    expect_ok(tt_net_constant_ref(net, data + 1, TTRT_DTYPE_FLOAT32, 1, (int64_t[]){20}, NULL, &c));
    expect_ok(tt_network_output(net, a, NULL));
    expect_ok(tt_network_write(net, &text, &weights));
    assert_int_equal(weights.n, 2);
    assert_ptr_equal(weights.items[1].data, data + 1);
    expect_ok(tt_network_parse(text.data, text.len, &weights, &again));
    const tt_net_weights *w = &again->first->next->attrs.constant.weights;
    assert_ptr_equal(w->data, data);
    assert_string_equal(w->name, "b");
    tt_network_free(again);
    weights.items[1].bytes -= 4;
    assert_int_equal(tt_network_parse(text.data, text.len, &weights, &again), TTRT_ERR_FORMAT);
    weights.n = 1;
    assert_int_equal(tt_network_parse(text.data, text.len, &weights, &again), TTRT_ERR_FORMAT);
    assert_int_equal(tt_network_parse(text.data, text.len, NULL, &again), TTRT_ERR_FORMAT);
    tt_str_dispose(&text);
    tt_network_free(net);
}

static void hostile(void **state)
{
    expect_refused("", "expected 'network'");
    expect_refused("network", "string");
    expect_refused("network \"", "no end");
    expect_refused("network \"a\\q\"()", "escape");
    expect_refused("network \"a\\x00\"()", "escape");
    expect_refused("network \"a\"(%x: f32[2]", "expected ','");
    expect_refused("network \"a\"(%x) return", "no type");
    expect_refused("network \"a\"(%x: f99[2]) return", "data type");
    expect_refused("network \"a\"(%x: f32[-2]) return", "negative");
    expect_refused("network \"a\"(%x: f32[99999999999999999999]) return", "");
    expect_refused("network \"a\"(%x: f32[2], %x: f32[2]) return", "twice");
    expect_refused("network \"a\"(%x: f32[2], %y \"x\": f32[2]) return", "two inputs");
    expect_refused("network \"a\"(%x: f32[] = dim s0) return", "i64[]");
    expect_refused("symbol s0 in [3, 2] network \"a\"() return", "empty");
    expect_refused("symbol s0 in [1, 2] symbol s0 in [1, 2] network \"a\"() return", "symbol");
    expect_refused("symbol s0 in [1, 99999999999999999999]", "64 bits");
    expect_refused("network \"a\"() return %x", "not defined");
    expect_refused("network \"a\"() %1 = unary(%1) {operation=EXP} return", "not defined");
    expect_refused("network \"a\"(%x: f32[2]) %1 = unary(%x) {operation=EXPO} return", "no unary");
    expect_refused("network \"a\"(%x: f32[2]) %1 = unary(%x) {operation=EXP, operation=EXP} return", "twice");
    expect_refused("network \"a\"(%x: f32[2]) %1 = unary(%x) {foo=1} return", "unknown attribute");
    expect_refused("network \"a\"(%x: f32[2]) %1 = frobnicate(%x) return", "no layer");
    expect_refused("network \"a\"(%x: f32[2]) %1, %1 = sort(%x) {axis=0} return", "twice");
    expect_refused("network \"a\"(%x: f32[2]) %1 = sort(%x) {axis=0} return", "number of outputs");
    expect_refused("network \"a\"(%x: f32[2]) %1, %2, %3 = sort(%x) {axis=0} return", "number of outputs");
    expect_refused("network \"a\"(%x: f32[2]) %1: f16[2] = unary(%x) {operation=EXP} return", "type told");
    expect_refused("network \"a\"(%x: f32[2]) %1: f32[3] = unary(%x) {operation=EXP} return", "shape told");
    expect_refused("network \"a\"(%x: f32[2]) %1 = cast(%x) {to_type=f32 return", "expected ','");
    expect_refused("network \"a\"(%x: f32[2]) %1 = softmax(%x) {axis=1e3} return", "expected");
    expect_refused("network \"a\"(%x: f32[2]) %1 = softmax(%x) {is_log=maybe} return", "true or false");
    expect_refused("network \"a\"(%x: f32[2]) %1 = activation(%x) {alpha=.} return", "number");
    expect_refused("network \"a\"(%x: f32[2]) return %x, ", "expected '%'");
    expect_refused("network \"a\"(%x: f32[2]) return %x junk", "expected ','");
    expect_refused("network \"a\"() %1 = constant() {weights=f32 @0, dimensions=[1]} return", "no such weights");
    expect_refused("network \"a\"() %1 = constant() {weights=f32 @-1, dimensions=[1]} return", "no such weights");
    expect_refused("network \"a\"() %1 = constant() {weights=c64 {1}, dimensions=[1]} return", "complex");
    expect_refused(
        "network \"a\"() %1 = constant() {weights=b8 {0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}, dimensions=[17]} return",
        "too many elements");
    expect_refused("network \"a\"(%x: i64[]) %1 = non_zero(%x) {count=u0} %2 = item(%x) {value=u0} return",
                   "two layers bind u0");
    expect_refused("network \"a\"(%x: f32[u1]) %1 = non_zero(%x) {count=u0} %2 = non_zero(%x) {count=u0} return",
                   "bind u0");
}

#define X                    "%x: f32[2]"
#define STOPS(in)            "{network \"c\"(" in ") %t = constant() {weights=b8 {0}, dimensions=[]} return %t}"
#define KEEPS                "{network \"b\"(" X ") return %x}"
#define LOOP(in, attributes) "network \"a\"(" X ", %i: i64[]) %1 = loop(" in ") {" attributes "} return %1"

static void hostile_loops(void **state)
{
    tt_network_free(parsed(LOOP("%x", "condition=" STOPS(X) ", body=" KEEPS)));
    expect_refused(LOOP("%x", ""), "no condition");
    expect_refused(LOOP("%x", "condition=" STOPS(X)), "no body");
    expect_refused(LOOP("%x", "condition=3, body=" KEEPS), "expected '{'");
    expect_refused(LOOP("%x", "condition=" STOPS("") ", body=" KEEPS), "1 inputs for a condition of 0");
    expect_refused(LOOP("%x, %i", "condition=" STOPS(X) ", body=" KEEPS), "2 inputs for a condition of 1");
    expect_refused(LOOP("%i", "condition=" STOPS(X) ", body=" KEEPS), "takes float32 of rank 1");
    expect_refused(LOOP("%x", "condition=" STOPS("%x: f32[3]") ", body=" KEEPS), "sizes of an input differ: 2 and 3");
    expect_refused(LOOP("%i", "condition=" STOPS("%i: i64[] = dim s0") ", body=" KEEPS), "is a dimension");
    expect_refused(LOOP("%x", "condition=" KEEPS ", body=" KEEPS), "its condition is float32 of rank 1");
    expect_refused(LOOP("%x", "condition={network \"c\"(" X ") return}, body=" KEEPS), "condition has 0 results");
    expect_refused(LOOP("%x", "condition=" STOPS(X) ", body={network \"b\"(" X ") return}"), "0 results of its body");
    expect_refused(LOOP("%x", "condition=" STOPS(X) ", body={network \"b\"(" X ") return %x, %x}"), "2 results");
    expect_refused(
        LOOP("%x", "condition=" STOPS(X) ", body={network \"b\"(" X ") %1 = cast(%x) {to_type=f16} return %1}"),
        "its body makes float16");
    expect_refused(
        LOOP("%x", "condition=" STOPS(X) ", body={network \"b\"(" X ") %1 = concatenation(%x, %x) {axis=0} return %1}"),
        "sizes of a carried value differ: 2 and 4");
    expect_refused(LOOP("%x", "condition=" STOPS(X) ", body={network \"b\"(" X ") return %i}"), "not defined");
    expect_refused(LOOP("%x", "condition=" STOPS(X) ", body={symbol s0 in [1, 2] network \"b\"(" X ") return %x}"),
                   "expected 'network'");
    expect_refused(LOOP("%x", "condition=" STOPS(X) ", body={network \"b\"(" X ") return %x"), "expected ','");
    expect_refused("network \"a\"(" X ") return %x}", "expected its end");

    tt_str s = {0};
    tt_str_add(&s, "network \"a\"(" X ") ");
    for (int i = 0; i < 100000; i++)
        tt_str_add(&s, "%1 = loop(%x) {body={network \"b\"(" X ") ");
    expect_refused(s.data, "nested too deep");
    tt_str_dispose(&s);
}

static void long_texts(void **state)
{
    tt_str s = {0};

    tt_str_add(&s, "network \"a\"(%x: f32[");
    for (int i = 0; i < 65; i++)
        tt_str_add(&s, i ? ",1" : "1");
    tt_str_add(&s, "]) return");
    expect_refused(s.data, "too long");
    tt_str_dispose(&s);
    tt_str_add(&s, "network \"a\"(%");
    for (int i = 0; i < 100; i++)
        tt_str_add(&s, "x");
    tt_str_add(&s, ": f32[]) return");
    expect_refused(s.data, "too long");
    tt_str_dispose(&s);

    tt_network *net = NULL;
    assert_int_equal(tt_network_parse("network\0", 8, NULL, &net), TTRT_ERR_FORMAT);
}

/* Every beginning of a text, and every text with one character changed, is read or refused, but never more. */
static void damaged(void **state)
{
    size_t size = strlen(every_layer);
    char *text = tt_alloc(size + 1);
    tt_network *net;

    for (size_t n = 0; n < size; n += 7)
        if (tt_network_parse(every_layer, n, NULL, &net) == TTRT_OK)
            tt_network_free(net);
    static const char changes[] = "%]{,-9 \"=x";
    for (size_t i = 0; i < size; i += 11) {
        memcpy(text, every_layer, size + 1);
        text[i] = changes[i % (sizeof changes - 1)];
        if (tt_network_parse(text, size, NULL, &net) == TTRT_OK)
            tt_network_free(net);
    }
    tt_free(text);
}

static void no_memory(void **state)
{
    ttrt_status status = TTRT_ERR_MEMORY;
    tt_network *net = NULL;

    for (uint64_t n = 1; status != TTRT_OK; n++) {
        tt_alloc_fail_at(n);
        status = tt_network_parse(every_layer, strlen(every_layer), NULL, &net);
        if (status != TTRT_OK)
            assert_int_equal(status, TTRT_ERR_MEMORY);
    }
    status = TTRT_ERR_MEMORY;
    for (uint64_t n = 1; status != TTRT_OK; n++) {
        tt_str s = {0};
        tt_alloc_fail_at(n);
        status = tt_network_print(net, &s);
        tt_str_dispose(&s);
    }
    tt_alloc_fail_at(0);
    tt_network_free(net);
}

static void broken_networks(void **state)
{
    tt_network *net =
        parsed("network \"a\"(%x: f32[2]) %1 = unary(%x) {operation=EXP} %2 = unary(%1) {operation=LOG} return %2");
    tt_layer *a = net->first, *b = net->last;

    b->in[0] = b->out[0];
    assert_int_equal(tt_network_verify(net), TTRT_ERR_INTERNAL);
    b->in[0] = a->out[0];
    expect_ok(tt_network_verify(net));
    a->out[0]->dtype = TTRT_DTYPE_FLOAT64;
    assert_int_equal(tt_network_verify(net), TTRT_ERR_INTERNAL);
    a->out[0]->dtype = TTRT_DTYPE_FLOAT32;
    tt_net_remove(net, a);
    assert_int_equal(tt_network_verify(net), TTRT_ERR_INTERNAL);
    b->in[0] = net->inputs[0];
    expect_ok(tt_network_verify(net));
    net->n_layers++;
    assert_int_equal(tt_network_verify(net), TTRT_ERR_INTERNAL);
    net->n_layers--;
    net->outputs[0] = a->out[0];
    assert_int_equal(tt_network_verify(net), TTRT_ERR_INTERNAL);
    tt_network_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind), cmocka_unit_test(exact_text),      cmocka_unit_test(table),
        cmocka_unit_test(hostile),    cmocka_unit_test(long_texts),      cmocka_unit_test(damaged),
        cmocka_unit_test(no_memory),  cmocka_unit_test(broken_networks), cmocka_unit_test(hostile_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
