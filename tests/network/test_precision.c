#include "network_test.h"

#include "network/precision.h"

static void expect_precision(tt_dtype type, const char *before, const char *after, const char *told)
{
    tt_network *net = parsed(before);
    tt_precision_options options = {.type = type};
    tt_str report = {0};

    expect_ok(tt_network_precision(net, &options, &report));
    expect_text(net, after);
    assert_string_equal(tt_str_text(&report), told);
    tt_str_dispose(&report);
    tt_network_free(net);
}

static void multiply(void **state)
{
    expect_precision(TTRT_DTYPE_FLOAT16,
                     "network \"t\"(%x: f32[2,3])"
                     "%w = constant() {weights=f32 {1, 2, 65504} \"w\", dimensions=[1,3]}"
                     "%wt = transpose(%w) {permutation=[1,0]}"
                     "%1 = matrix_multiply(%x, %wt) \"fc\""
                     "%2 = softmax(%1) {axis=1} \"soft\""
                     "return %2",
                     "network \"t\"(%x: f32[2,3])"
                     "%1 = cast(%x) {to_type=f16} \"fc\""
                     "%2 = constant() {weights=f16 {1, 2, 65504} \"w\", dimensions=[1,3]} \"fc\""
                     "%3 = transpose(%2) {permutation=[1,0]} \"fc\""
                     "%4 = matrix_multiply(%1, %3) \"fc\""
                     "%5 = cast(%4) {to_type=f32} \"fc\""
                     "%6 = softmax(%5) {axis=1} \"soft\""
                     "return %6",
                     "fc: matrix_multiply in float16\nsoft: softmax in float32 (exponentials)\n");
}

/* Layers that are named stay float32; those beside them do not. */
static void excluded(void **state)
{
    const char *const names[] = {"first", "absent"};
    const tt_precision_options options = {.type = TTRT_DTYPE_BFLOAT16, .float32_nodes = names, .n_float32_nodes = 2};
    tt_network *net = parsed("network \"t\"(%x: f32[3,3])"
                             "%1 = matrix_multiply(%x, %x) \"first\""
                             "%2 = matrix_multiply(%1, %x) \"second\""
                             "return %2");
    tt_str report = {0};

    expect_ok(tt_network_precision(net, &options, &report));
    expect_text(net, "network \"t\"(%x: f32[3,3])"
                     "%1 = matrix_multiply(%x, %x) \"first\""
                     "%2 = cast(%1) {to_type=bf16} \"second\""
                     "%3 = cast(%x) {to_type=bf16} \"second\""
                     "%4 = matrix_multiply(%2, %3) \"second\""
                     "%5 = cast(%4) {to_type=f32} \"second\""
                     "return %5");
    assert_string_equal(tt_str_text(&report), "first: matrix_multiply in float32 (as it is asked for)\n"
                                              "second: matrix_multiply in bfloat16\n");
    tt_str_dispose(&report);
    tt_network_free(net);
}

/* Up and down between two layers cancel, also through views; one cast serves several layers. */
static void neighbours(void **state)
{
    expect_precision(TTRT_DTYPE_BFLOAT16,
                     "network \"t\"(%x: f32[2,3], %w: f32[3,3])"
                     "%1 = matrix_multiply(%x, %w)"
                     "%2 = transpose(%1) {permutation=[1,0]}"
                     "%3 = matrix_multiply(%w, %2)"
                     "return %3",
                     "network \"t\"(%x: f32[2,3], %w: f32[3,3])"
                     "%1 = cast(%x) {to_type=bf16}"
                     "%2 = cast(%w) {to_type=bf16}"
                     "%3 = matrix_multiply(%1, %2)"
                     "%4 = transpose(%3) {permutation=[1,0]}"
                     "%5 = matrix_multiply(%2, %4)"
                     "%6 = cast(%5) {to_type=f32}"
                     "return %6",
                     "?: matrix_multiply in bfloat16\n?: matrix_multiply in bfloat16\n");
}

#define CONVOLUTION "{stride=[1,1], pre_padding=[0,0], post_padding=[0,0], dilation=[1,1], groups=1}"

/* A residual connection around a convolution is kept in the lower type alone; one that something else reads in f32 is
 * not. */
static void residual_connections(void **state)
{
    expect_precision(TTRT_DTYPE_BFLOAT16,
                     "network \"t\"(%x: f32[1,2,4,4], %w: f32[2,2,1,1])"
                     "%1 = activation(%x) {type=RELU}"
                     "%2 = convolution(%1, %w) " CONVOLUTION "%3 = elementwise(%2, %1) {operation=SUM}"
                     "return %3",
                     "network \"t\"(%x: f32[1,2,4,4], %w: f32[2,2,1,1])"
                     "%1 = activation(%x) {type=RELU}"
                     "%2 = cast(%1) {to_type=bf16}"
                     "%3 = cast(%2) {to_type=f32}"
                     "%4 = cast(%w) {to_type=bf16}"
                     "%5 = convolution(%2, %4) " CONVOLUTION "%6 = cast(%5) {to_type=f32}"
                     "%7 = elementwise(%6, %3) {operation=SUM}"
                     "return %7",
                     "?: activation in float32 (follows its inputs)\n?: convolution in bfloat16\n"
                     "?: elementwise in float32 (follows its inputs)\n");
    expect_precision(TTRT_DTYPE_BFLOAT16,
                     "network \"t\"(%x: f32[1,2,4,4], %w: f32[2,2,1,1])"
                     "%1 = activation(%x) {type=RELU}"
                     "%2 = convolution(%1, %w) " CONVOLUTION "%3 = elementwise(%2, %1) {operation=SUM}"
                     "return %3, %1",
                     "network \"t\"(%x: f32[1,2,4,4], %w: f32[2,2,1,1])"
                     "%1 = activation(%x) {type=RELU}"
                     "%2 = cast(%1) {to_type=bf16}"
                     "%3 = cast(%w) {to_type=bf16}"
                     "%4 = convolution(%2, %3) " CONVOLUTION "%5 = cast(%4) {to_type=f32}"
                     "%6 = elementwise(%5, %1) {operation=SUM}"
                     "return %6, %1",
                     "?: activation in float32 (follows its inputs)\n?: convolution in bfloat16\n"
                     "?: elementwise in float32 (follows its inputs)\n");
}

static bool no_bias(const tt_layer *l, struct tt_reason *why) { return l->n_in < 3; }

/* What the engine does not take in the lower type stays, and nothing made for it is left. */
static void refused_by_the_engine(void **state)
{
    static const char *const text = "network \"t\"(%x: f32[2,3], %w: f32[3,3], %b: f32[3])"
                                    "%1 = matrix_multiply(%x, %w, %b) \"fc\""
                                    "return %1";
    const tt_precision_options options = {.type = TTRT_DTYPE_BFLOAT16, .takes = no_bias};
    tt_network *net = parsed(text);
    tt_str report = {0};

    expect_ok(tt_network_precision(net, &options, &report));
    expect_text(net, text);
    assert_string_equal(tt_str_text(&report),
                        "fc: matrix_multiply in float32 (the engine does not take it in the lower type)\n");
    tt_str_dispose(&report);
    tt_network_free(net);
}

static void out_of_range(void **state)
{
    static const char text[] = "network \"t\"(%x: f32[2,1])"
                               "%w = constant() {weights=f32 {65520}, dimensions=[1,1]}"
                               "%1 = matrix_multiply(%x, %w) \"fc\""
                               "return %1";

    expect_precision(TTRT_DTYPE_FLOAT16, text, text,
                     "fc: matrix_multiply in float32 (its constants exceed the lower type's range)\n");
}

static void half_models(void **state)
{
    static const char text[] = "network \"t\"(%x: f16[2,1], %y: i64[2,2])"
                               "%1 = matrix_multiply(%x, %x) {transpose_b=true} \"fc\""
                               "%2 = matrix_multiply(%y, %y) \"ints\""
                               "return %1, %2";

    expect_precision(TTRT_DTYPE_BFLOAT16, text, text, "fc: matrix_multiply in float16 (as the model has it)\n");
}

/* The lowest f32 is -inf in halves, which would forbid rows that were only disliked. */
static void masks(void **state)
{
    expect_precision(TTRT_DTYPE_FLOAT16,
                     "network \"t\"(%q: f32[1,1,2,4], %m: f32[1,1,2,2], %c: b8[1,1,2,2])"
                     "%1 = attention(%q, %q, %q, %m) {scale=1} \"a\""
                     "%2 = attention(%1, %1, %1, %c) {scale=1} \"b\""
                     "return %2",
                     "network \"t\"(%q: f32[1,1,2,4], %m: f32[1,1,2,2], %c: b8[1,1,2,2])"
                     "%1 = cast(%q) {to_type=f16} \"a\""
                     "%2 = constant() {weights=f32 {-65519.996}, dimensions=[1,1,1,1]} \"a\""
                     "%3 = constant() {weights=f32 {-inf}, dimensions=[1,1,1,1]} \"a\""
                     "%4 = elementwise(%m, %3) {operation=EQUAL} \"a\""
                     "%5 = elementwise(%m, %2) {operation=MAX} \"a\""
                     "%6 = select(%4, %m, %5) \"a\""
                     "%7 = cast(%6) {to_type=f16} \"a\""
                     "%8 = attention(%1, %1, %1, %7) {scale=1} \"a\""
                     "%9 = attention(%8, %8, %8, %c) {scale=1} \"b\""
                     "%10 = cast(%9) {to_type=f32} \"b\""
                     "return %10",
                     "a: attention in float16\nb: attention in float16\n");
}

static void arguments(void **state)
{
    tt_network *net = parsed("network \"t\"() return");

    assert_int_equal(tt_network_precision(net, &(tt_precision_options){.type = TTRT_DTYPE_FLOAT32}, NULL),
                     TTRT_ERR_ARGUMENT);
    tt_network_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiply),
        cmocka_unit_test(excluded),
        cmocka_unit_test(neighbours),
        cmocka_unit_test(residual_connections),
        cmocka_unit_test(refused_by_the_engine),
        cmocka_unit_test(out_of_range),
        cmocka_unit_test(half_models),
        cmocka_unit_test(masks),
        cmocka_unit_test(arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
