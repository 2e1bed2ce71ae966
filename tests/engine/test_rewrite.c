/* What a setting makes of a network computes the same: each case runs on engine cpu as it is and rewritten, and the
 * rewritten one is built by TensorRT where its library is. */
#include "tensorrt_test.h"

#include "engine/cpu/cpu.h"
#include "network/rewrite.h"

typedef ttrt_status rewriting(tt_network *net);

static char *rewritten(const char *text, rewriting *rewrite)
{
    tt_network *net = parsed(text);

    expect_ok(rewrite(net));
    tt_net_remove_dead(net);
    expect_ok(tt_network_verify(net));
    char *after = printed(net);
    tt_network_free(net);
    return after;
}

static void expect_same(const char *text, rewriting *rewrite, const char *gone)
{
    char *after = rewritten(text, rewrite);
    answer wanted = {{{0}}}, got = {{{0}}};
    tt_str failures = {0};
    const tt_trt_library *library;

    if (gone && strstr(after, gone))
        fail_msg("\"%s\" is left in\n%s", gone, after);
    expect_ok(answer_of(&tt_engine_cpu, text, VALUES_PLAIN, &wanted));
    expect_ok(answer_of(&tt_engine_cpu, after, VALUES_PLAIN, &got));
    for (int i = 0; i < MOST_IO && wanted.out[i].data; i++)
        compare_tensors(&got.out[i], &wanted.out[i], i, &failures);
    if (failures.len)
        fail_msg("%s\n%s%s", text, tt_str_text(&failures), after);
    if (tt_trt_library_get(&library) == TTRT_OK)
        expect_builds(after);
    for (int i = 0; i < MOST_IO; i++) {
        ttrt_tensor_dispose(&wanted.out[i]);
        ttrt_tensor_dispose(&got.out[i]);
    }
    tt_str_dispose(&failures);
    tt_free(after);
}

#define QKV "symbol s0 in [1, 16] network \"t\"(%q: f32[2,4,s0,8], %k: f32[2,4,s0,8], %v: f32[2,4,s0,8]"

static void attention_is_decomposed(void **state)
{
    static const char *const cases[] = {
        QKV ") %y = attention(%q, %k, %v) {is_causal=false, scale=0.25} return %y",
        QKV ") %y = attention(%q, %k, %v) {is_causal=true, scale=0.25} return %y",
        QKV ", %m: f32[2,1,s0,s0]) %y = attention(%q, %k, %v, %m) {is_causal=false, scale=1} return %y",
        QKV ", %m: b8[1,4,s0,s0]) %y = attention(%q, %k, %v, %m) {is_causal=false, scale=1} return %y",
        "network \"t\"(%q: f32[1,6,3,4], %k: f32[1,2,5,4], %v: f32[1,2,5,7])"
        "%y = attention(%q, %k, %v) {is_causal=false, scale=0.5} return %y",
        "network \"t\"(%q: f16[1,6,3,4], %k: f16[1,2,5,4], %v: f16[1,2,5,4])"
        "%y = attention(%q, %k, %v) {is_causal=true, scale=0.5} return %y",
    };

    for (size_t i = 0; i < TT_COUNT(cases); i++)
        expect_same(cases[i], tt_network_decompose_attention, " attention(");
}

/* The rows of a mask that allow nothing. */
static void queries_that_see_nothing_have_zeros(void **state)
{
    expect_same("network \"t\"(%q: f32[1,1,2,4], %k: f32[1,1,3,4], %v: f32[1,1,3,4])"
                "%m = constant() {weights=b8 {1, 0, 1, 0, 0, 0}, dimensions=[1,1,2,3]}"
                "%y = attention(%q, %k, %v, %m) {is_causal=false, scale=0.5} return %y",
                tt_network_decompose_attention, " attention(");
}

static void half_products_are_wide(void **state)
{
    expect_same("network \"t\"(%x: f16[2,5,3], %w: f16[1,3,4], %b: f16[4])"
                "%y = matrix_multiply(%x, %w, %b) {transpose_a=false, transpose_b=false} return %y",
                tt_network_widen_products, NULL);
    char *after = rewritten("network \"t\"(%x: f16[2,3], %w: f16[3,4])"
                            "%y = matrix_multiply(%x, %w) return %y",
                            tt_network_widen_products);
    tt_network *net = parsed(after);
    expect_text(net, "network \"t\"(%x: f16[2,3], %w: f16[3,4])"
                     "%1 = cast(%x) {to_type=f32}"
                     "%2 = cast(%w) {to_type=f32}"
                     "%3 = matrix_multiply(%1, %2)"
                     "%4 = cast(%3) {to_type=f16}"
                     "return %4");
    tt_network_free(net);
    tt_free(after);
}

static void other_types_stay(void **state)
{
    static const char *const text = "network \"t\"(%x: bf16[2,3], %w: bf16[3,4])"
                                    "%1 = matrix_multiply(%x, %w) return %1";
    tt_network *net = parsed(text);

    expect_ok(tt_network_widen_products(net));
    expect_text(net, text);
    tt_network_free(net);
}

static void doubles_become_floats(void **state)
{
    tt_network *net = parsed("network \"t\"(%x: f64[3], %i: i64[3])"
                             "%w = constant() {weights=f64 {0.5, 1, -2}, dimensions=[3]}"
                             "%1 = cast(%i) {to_type=f64}"
                             "%2 = elementwise(%x, %w) {operation=PROD}"
                             "%3 = elementwise(%1, %2) {operation=SUM}"
                             "%4 = elementwise(%3, %x) {operation=LESS}"
                             "return %3, %4");

    expect_ok(tt_network_truncate_double(net));
    expect_text(net, "network \"t\"(%x: f32[3], %i: i64[3])"
                     "%w = constant() {weights=f32 {0.5, 1, -2}, dimensions=[3]}"
                     "%1 = cast(%i) {to_type=f32}"
                     "%2 = elementwise(%x, %w) {operation=PROD}"
                     "%3 = elementwise(%1, %2) {operation=SUM}"
                     "%4 = elementwise(%3, %x) {operation=LESS}"
                     "return %3, %4");
    tt_network_free(net);
}

/* Before a lower precision is chosen for the convolution: what is in its weights is rounded once. */
static void scales_go_into_convolutions(void **state)
{
    expect_same("network \"t\"(%x: f32[2,2,3,3])"
                "%w = constant() {weights=f32 {1, -2, 0.5, 3}, dimensions=[2,2,1,1]}"
                "%v = constant() {weights=f32 {4, 0.25}, dimensions=[2]}"
                "%s = unary(%v) {operation=SQRT}"
                "%t = constant() {weights=f32 {-1, 0.5}, dimensions=[2]}"
                "%1 = convolution(%x, %w) {stride=[1,1], pre_padding=[0,0], post_padding=[0,0], dilation=[1,1], "
                "groups=1}"
                "%y = scale(%1, %s, %t)"
                "return %y",
                tt_cpu_prepare, "scale(");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales_go_into_convolutions),
        cmocka_unit_test(attention_is_decomposed),
        cmocka_unit_test(queries_that_see_nothing_have_zeros),
        cmocka_unit_test(half_products_are_wide),
        cmocka_unit_test(other_types_stay),
        cmocka_unit_test(doubles_become_floats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
