/* Passes: text before, text after. */
#include <stdio.h>

#include "network_test.h"

#include "network/optimize.h"

static void expect_pass(const char *pass, const char *before, const char *after)
{
    tt_network *net = parsed(before);
    int changes;

    expect_ok(tt_network_optimize_one(net, pass, &changes));
    assert_int_equal(changes > 0, strcmp(before, after) != 0);
    tt_net_remove_dead(net);
    expect_text(net, after);
    tt_network_free(net);
}

static void expect_unchanged(const char *pass, const char *before) { expect_pass(pass, before, before); }

static void expect_optimized(const char *before, const char *after)
{
    tt_network *net = parsed(before);

    expect_ok(tt_network_optimize(net));
    expect_text(net, after);
    tt_network_free(net);
}

#define X "network \"t\"(%x: f32[2,3]) "

static void no_ops(void **state)
{
    expect_pass("no_ops",
                "symbol s0 in [1, 64] network \"t\"(%x: f32[s0,3])"
                "%1 = cast(%x) {to_type=f32}"
                "%2 = reshape(%1) {dimensions=[s0,3]}"
                "%3 = transpose(%2) {permutation=[0,1]}"
                "%4 = expand(%3) {dimensions=[s0,3]}"
                "%5 = slice(%4) {start=[0,0], size=[s0,3], stride=[1,1]}"
                "%6 = pad(%5) {pre_padding=[0,0], post_padding=[0,0], mode=CONSTANT}"
                "%7 = concatenation(%6) {axis=1}"
                "%one = constant() {weights=f32 {1}, dimensions=[1,1]}"
                "%8 = elementwise(%7, %one) {operation=PROD}"
                "%9 = elementwise(%8, %one) {operation=DIV}"
                "return %9",
                "symbol s0 in [1, 64] network \"t\"(%x: f32[s0,3]) return %x");
    /* -0 + 0 is 0; 1 / x is not x; a larger shape is another tensor; a slice may turn around. */
    expect_unchanged(
        "no_ops",
        X "%1 = constant() {weights=f32 {0}, dimensions=[1,1]} %2 = elementwise(%x, %1) {operation=SUM} return %2");
    expect_unchanged(
        "no_ops",
        X "%1 = constant() {weights=f32 {1}, dimensions=[1,1]} %2 = elementwise(%1, %x) {operation=DIV} return %2");
    expect_unchanged("no_ops",
                     "network \"t\"(%x: f32[1]) %1 = fill() {operation=CONSTANT, dimensions=[2], to_type=f32, alpha=1}"
                     "%2 = elementwise(%x, %1) {operation=PROD} return %2");
    /* A parameter may change. */
    expect_unchanged("no_ops", X "%1 = constant() {weights=f32 {1} \"w\", dimensions=[1,1]} %2 = elementwise(%x, %1) "
                                 "{operation=PROD} return %2");
    expect_unchanged("no_ops", X "%1 = slice(%x) {start=[1,0], size=[2,3], stride=[-1,1]} return %1");
}

static void padding(void **state)
{
    expect_pass("padding",
                "network \"t\"(%x: f32[2,3,8], %w: f32[4,3,3])"
                "%1 = pad(%x) {pre_padding=[0,0,1], post_padding=[0,0,2], mode=CONSTANT, value=0}"
                "%2 = convolution(%1, %w) {stride=[2], pre_padding=[1], post_padding=[0], dilation=[1], groups=1}"
                "return %2",
                "network \"t\"(%x: f32[2,3,8], %w: f32[4,3,3])"
                "%1 = convolution(%x, %w) {stride=[2], pre_padding=[2], post_padding=[2], dilation=[1], groups=1}"
                "return %1");
    /* Not zeros; channels; cropping; another mode. */
    static const char *const others[] = {
        "pre_padding=[0,0,1], post_padding=[0,0,2], mode=CONSTANT, value=1",
        "pre_padding=[0,1,1], post_padding=[0,0,2], mode=CONSTANT, value=0",
        "pre_padding=[0,0,-1], post_padding=[0,0,2], mode=CONSTANT, value=0",
        "pre_padding=[0,0,1], post_padding=[0,0,2], mode=REFLECT, value=0",
    };
    for (size_t i = 0; i < TT_COUNT(others); i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "network \"t\"(%%x: f32[2,3,8], %%w: f32[4,%d,3]) %%1 = pad(%%x) {%s} %%2 = convolution(%%1, %%w) "
                 "{stride=[1], pre_padding=[0], post_padding=[0], dilation=[1], groups=1} return %%2",
                 i == 1 ? 4 : 3, others[i]);
        expect_unchanged("padding", text);
    }
}

static void duplicates(void **state)
{
    expect_pass("duplicates",
                X "%1 = constant() {weights=f32 {1, 2, 3}, dimensions=[1,3]}"
                  "%2 = constant() {weights=f32 {1, 2, 3}, dimensions=[1,3]}"
                  "%3 = elementwise(%x, %1) {operation=SUM}"
                  "%4 = elementwise(%x, %2) {operation=SUM}"
                  "%5 = elementwise(%3, %4) {operation=PROD}"
                  "return %5",
                X "%1 = constant() {weights=f32 {1, 2, 3}, dimensions=[1,3]}"
                  "%3 = elementwise(%x, %1) {operation=SUM}"
                  "%5 = elementwise(%3, %3) {operation=PROD}"
                  "return %5");
    /* Parameters by other names; other attributes. */
    expect_unchanged("duplicates", "network \"t\"() %1 = constant() {weights=f32 {1} \"a\", dimensions=[1]}"
                                   "%2 = constant() {weights=f32 {1} \"b\", dimensions=[1]} return %1, %2");
    expect_unchanged("duplicates", X "%1 = softmax(%x) {axis=0} %2 = softmax(%x) {axis=1} return %1, %2");
}

static void casts(void **state)
{
    expect_pass("casts", "network \"t\"(%x: f16[2]) %1 = cast(%x) {to_type=f32} %2 = cast(%1) {to_type=bf16} return %2",
                "network \"t\"(%x: f16[2]) %2 = cast(%x) {to_type=bf16} return %2");
    expect_pass("casts", "network \"t\"(%x: b8[2]) %1 = cast(%x) {to_type=i64} %2 = cast(%1) {to_type=f32} return %2",
                "network \"t\"(%x: b8[2]) %2 = cast(%x) {to_type=f32} return %2");
    expect_unchanged("casts",
                     "network \"t\"(%x: f32[2]) %1 = cast(%x) {to_type=f16} %2 = cast(%1) {to_type=f32} return %2");
    expect_unchanged("casts",
                     "network \"t\"(%x: bf16[2]) %1 = cast(%x) {to_type=f16} %2 = cast(%1) {to_type=f32} return %2");
    expect_unchanged("casts",
                     "network \"t\"(%x: i8[2]) %1 = cast(%x) {to_type=u8} %2 = cast(%1) {to_type=i64} return %2");
    expect_unchanged("casts",
                     "network \"t\"(%x: i32[2]) %1 = cast(%x) {to_type=f32} %2 = cast(%1) {to_type=i64} return %2");
}

static void layout(void **state)
{
    expect_pass("reshapes", X "%1 = reshape(%x) {dimensions=[6]} %2 = reshape(%1) {dimensions=[3,2]} return %2",
                X "%2 = reshape(%x) {dimensions=[3,2]} return %2");
    expect_pass("transposes",
                "network \"t\"(%x: f32[2,3,4]) %1 = transpose(%x) {permutation=[1,2,0]} %2 = transpose(%1) "
                "{permutation=[0,2,1]} return %2",
                "network \"t\"(%x: f32[2,3,4]) %2 = transpose(%x) {permutation=[1,0,2]} return %2");
    expect_pass("expands",
                "symbol s0 in [1, 64] network \"t\"(%x: f32[1,3], %y: f32[s0,3])"
                "%1 = expand(%x) {dimensions=[s0,3]} %2 = elementwise(%1, %y) {operation=SUM} return %2",
                "symbol s0 in [1, 64] network \"t\"(%x: f32[1,3], %y: f32[s0,3]) %2 = elementwise(%x, %y) "
                "{operation=SUM} return %2");
    expect_pass(
        "expands",
        "symbol s0 in [1, 64] network \"t\"(%x: f32[s0,2,3], %w: f32[1,3,4])"
        "%1 = expand(%w) {dimensions=[s0,3,4]} %2 = matrix_multiply(%x, %1) return %2",
        "symbol s0 in [1, 64] network \"t\"(%x: f32[s0,2,3], %w: f32[1,3,4]) %2 = matrix_multiply(%x, %w) return %2");
    expect_unchanged("expands",
                     "network \"t\"(%x: f32[1,3], %y: f32[1,3])"
                     "%1 = expand(%x) {dimensions=[2,3]} %2 = elementwise(%1, %y) {operation=SUM} return %2");
}

static void comparisons(void **state)
{
    expect_pass("comparisons",
                "symbol s0 in [1, 64] network \"t\"()"
                "%1 = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha_int=0, beta_int=1}"
                "%2 = reshape(%1) {dimensions=[1,s0]}"
                "%3 = constant() {weights=i64 {0}, dimensions=[1,1]}"
                "%4 = elementwise(%2, %3) {operation=GREATER_EQUAL}"
                "%5 = constant() {weights=i64 {64}, dimensions=[1,1]}"
                "%6 = elementwise(%2, %5) {operation=GREATER}"
                "return %4, %6",
                "symbol s0 in [1, 64] network \"t\"()"
                "%4 = fill() {operation=CONSTANT, dimensions=[1,s0], to_type=b8, alpha=1, alpha_int=1}"
                "%6 = fill() {operation=CONSTANT, dimensions=[1,s0], to_type=b8, alpha=0, alpha_int=0}"
                "return %4, %6");
    expect_pass("comparisons",
                "symbol s0 in [1, 64] network \"t\"(%x: b8[1,3])"
                "%1 = fill() {operation=CONSTANT, dimensions=[s0,3], to_type=b8, alpha_int=1}"
                "%2 = elementwise(%1, %x) {operation=AND} return %2",
                "symbol s0 in [1, 64] network \"t\"(%x: b8[1,3]) %2 = expand(%x) {dimensions=[s0,3]} return %2");
    expect_unchanged("comparisons",
                     "symbol s0 in [1, 64] network \"t\"()"
                     "%1 = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha_int=0, beta_int=1}"
                     "%3 = constant() {weights=i64 {0}, dimensions=[1]}"
                     "%4 = elementwise(%1, %3) {operation=GREATER}"
                     "return %4");
}

static void silu(void **state)
{
    expect_pass("silu", X "%1 = activation(%x) {type=SIGMOID} %2 = elementwise(%1, %x) {operation=PROD} return %2",
                X "%2 = activation(%x) {type=SILU} return %2");
    expect_unchanged("silu", "network \"t\"(%x: f32[2], %y: f32[2]) %1 = activation(%x) {type=SIGMOID}"
                             "%2 = elementwise(%1, %y) {operation=PROD} return %2");
}

#define NUMBER(name, v) "%" name " = constant() {weights=f32 {" v "}, dimensions=[1,1]} "

static void gelu(void **state)
{
    expect_pass("gelu",
                X NUMBER("half", "0.5") NUMBER("three", "3") NUMBER("c", "0.044715") NUMBER("k", "0.7978846")
                    NUMBER("one", "1") "%1 = elementwise(%x, %half) {operation=PROD}"
                                       "%2 = elementwise(%x, %three) {operation=POW}"
                                       "%3 = elementwise(%2, %c) {operation=PROD}"
                                       "%4 = elementwise(%x, %3) {operation=SUM}"
                                       "%5 = elementwise(%4, %k) {operation=PROD}"
                                       "%6 = activation(%5) {type=TANH}"
                                       "%7 = elementwise(%6, %one) {operation=SUM}"
                                       "%8 = elementwise(%1, %7) {operation=PROD}"
                                       "return %8",
                X "%8 = activation(%x) {type=GELU_TANH} return %8");
    expect_pass("gelu",
                X NUMBER("half", "0.5") NUMBER("k", "1.4142135")
                    NUMBER("one", "1") "%1 = elementwise(%x, %k) {operation=DIV}"
                                       "%2 = unary(%1) {operation=ERF}"
                                       "%3 = elementwise(%2, %one) {operation=SUM}"
                                       "%4 = elementwise(%x, %3) {operation=PROD}"
                                       "%5 = elementwise(%half, %4) {operation=PROD}"
                                       "return %5",
                X "%5 = activation(%x) {type=GELU_ERF} return %5");
    expect_unchanged("gelu", X NUMBER("half", "0.5") NUMBER("k", "1.5")
                                 NUMBER("one", "1") "%1 = elementwise(%x, %k) {operation=DIV}"
                                                    "%2 = unary(%1) {operation=ERF}"
                                                    "%3 = elementwise(%2, %one) {operation=SUM}"
                                                    "%4 = elementwise(%x, %3) {operation=PROD}"
                                                    "%5 = elementwise(%half, %4) {operation=PROD}"
                                                    "return %5");
}

static void rms_norm(void **state)
{
    expect_optimized("network \"t\"(%x: f32[4,2,3], %w: f32[3])"
                     "%eps = constant() {weights=f32 {1e-6}, dimensions=[1,1,1]}"
                     "%two = constant() {weights=f32 {2}, dimensions=[1,1,1]}"
                     "%1 = elementwise(%x, %two) {operation=POW}"
                     "%2 = reduce(%1) {operation=AVG, axes=[2]}"
                     "%3 = elementwise(%2, %eps) {operation=SUM}"
                     "%4 = unary(%3) {operation=RSQRT}"
                     "%5 = elementwise(%x, %4) {operation=PROD}"
                     "%6 = reshape(%w) {dimensions=[1,1,3]}"
                     "%7 = elementwise(%6, %5) {operation=PROD}"
                     "return %7",
                     "network \"t\"(%x: f32[4,2,3], %w: f32[3])"
                     "%7 = normalization(%x, %w) {kind=RMS, axes=[2], eps=9.99999997475242707878e-7}"
                     "return %7");
    expect_unchanged("rms_norm", "network \"t\"(%x: f16[4,3])"
                                 "%eps = constant() {weights=f16 {1e-6}, dimensions=[1,1]}"
                                 "%1 = elementwise(%x, %x) {operation=PROD}"
                                 "%2 = reduce(%1) {operation=AVG, axes=[1]}"
                                 "%3 = elementwise(%2, %eps) {operation=SUM}"
                                 "%4 = unary(%3) {operation=RSQRT}"
                                 "%5 = elementwise(%x, %4) {operation=PROD}"
                                 "return %5");
    /* Over the first dimension: not the layer's. */
    expect_unchanged("rms_norm", "network \"t\"(%x: f32[4,3])"
                                 "%eps = constant() {weights=f32 {1e-6}, dimensions=[1,1]}"
                                 "%1 = elementwise(%x, %x) {operation=PROD}"
                                 "%2 = reduce(%1) {operation=AVG, axes=[0]}"
                                 "%3 = elementwise(%2, %eps) {operation=SUM}"
                                 "%4 = unary(%3) {operation=RSQRT}"
                                 "%5 = elementwise(%x, %4) {operation=PROD}"
                                 "return %5");
}

static void norm_scale(void **state)
{
    expect_optimized("network \"t\"(%x: f32[4,3], %w: f32[1,3], %b: f32[1,3])"
                     "%1 = normalization(%x) {kind=LAYER, axes=[1], eps=0.5}"
                     "%2 = elementwise(%1, %w) {operation=PROD}"
                     "%3 = elementwise(%2, %b) {operation=SUM}"
                     "return %3",
                     "network \"t\"(%x: f32[4,3], %w: f32[1,3], %b: f32[1,3])"
                     "%1 = reshape(%w) {dimensions=[3]}"
                     "%2 = reshape(%b) {dimensions=[3]}"
                     "%3 = normalization(%x, %1, %2) {kind=LAYER, axes=[1], eps=0.5}"
                     "return %3");
    expect_unchanged("norm_scale", "network \"t\"(%x: f32[4,3], %w: f32[4,3])"
                                   "%1 = normalization(%x) {kind=LAYER, axes=[1], eps=0.5}"
                                   "%2 = elementwise(%1, %w) {operation=PROD}"
                                   "return %2");
}

/* A linear layer as decompositions leave it: the weight transposed, expanded over the batch; the bias added behind. */
static void linear(void **state)
{
    expect_optimized("symbol s0 in [1, 64] network \"t\"(%x: f32[s0,5,3], %w: f32[4,3], %b: f32[4])"
                     "%1 = transpose(%w) {permutation=[1,0]}"
                     "%2 = reshape(%1) {dimensions=[1,3,4]}"
                     "%3 = expand(%2) {dimensions=[s0,3,4]}"
                     "%4 = matrix_multiply(%x, %3)"
                     "%5 = reshape(%b) {dimensions=[1,1,4]}"
                     "%6 = elementwise(%4, %5) {operation=SUM}"
                     "return %6",
                     "symbol s0 in [1, 64] network \"t\"(%x: f32[s0,5,3], %w: f32[4,3], %b: f32[4])"
                     "%1 = reshape(%x) {dimensions=[5*s0,3]}"
                     "%2 = matrix_multiply(%1, %w, %b) {transpose_b=true}"
                     "%3 = reshape(%2) {dimensions=[s0,5,4]}"
                     "return %3");
    expect_unchanged("linear", "network \"t\"(%x: f32[2,5,3], %w: f32[2,3,4]) %1 = matrix_multiply(%x, %w) return %1");
    /* The product without bias is an output too. */
    expect_unchanged("bias", "network \"t\"(%x: f32[5,3], %w: f32[3,4], %b: f32[1,4]) %1 = matrix_multiply(%x, %w)"
                             "%2 = elementwise(%1, %b) {operation=SUM} return %1, %2");
}

/* scaled_dot_product_attention as run_decompositions() leaves it, with grouped heads and a mask that is no mask. */
static void attention_of_decompositions(void **state)
{
    expect_optimized("symbol s0 in [1, 64] symbol s1 in [2, inf]"
                     "network \"t\"(%q: f32[s0,12,s1,64], %k: f32[s0,4,s1,64], %v: f32[s0,4,s1,64], %c: b8[s0,1,s1,s1])"
                     "%k1 = reshape(%k) {dimensions=[s0,4,1,s1,64]}"
                     "%k2 = expand(%k1) {dimensions=[s0,4,3,s1,64]}"
                     "%k3 = reshape(%k2) {dimensions=[s0,12,s1,64]}"
                     "%v1 = reshape(%v) {dimensions=[s0,4,1,s1,64]}"
                     "%v2 = expand(%v1) {dimensions=[s0,4,3,s1,64]}"
                     "%v3 = reshape(%v2) {dimensions=[s0,12,s1,64]}"
                     "%inf0 = constant() {weights=f32 {-inf}, dimensions=[]}"
                     "%inf = reshape(%inf0) {dimensions=[1,1,1,1]}"
                     "%zero0 = constant() {weights=f32 {0}, dimensions=[]}"
                     "%zero = reshape(%zero0) {dimensions=[1,1,1,1]}"
                     "%mask = select(%c, %zero, %inf)"
                     "%scale = constant() {weights=f32 {0.5}, dimensions=[1,1,1,1]}"
                     "%q1 = elementwise(%q, %scale) {operation=PROD}"
                     "%k4 = transpose(%k3) {permutation=[0,1,3,2]}"
                     "%k5 = elementwise(%k4, %scale) {operation=PROD}"
                     "%q2 = reshape(%q1) {dimensions=[12*s0,s1,64]}"
                     "%k6 = reshape(%k5) {dimensions=[12*s0,64,s1]}"
                     "%p = matrix_multiply(%q2, %k6)"
                     "%p1 = reshape(%p) {dimensions=[s0,12,s1,s1]}"
                     "%p2 = elementwise(%p1, %mask) {operation=SUM}"
                     "%p3 = softmax(%p2) {axis=3}"
                     "%e = elementwise(%p2, %inf) {operation=EQUAL}"
                     "%e1 = unary(%e) {operation=NOT}"
                     "%e2 = reduce(%e1) {operation=ANY, axes=[3]}"
                     "%e3 = unary(%e2) {operation=NOT}"
                     "%e4 = fill() {operation=CONSTANT, dimensions=[s0,12,s1,s1], to_type=f32}"
                     "%p4 = select(%e3, %e4, %p3)"
                     "%p5 = reshape(%p4) {dimensions=[12*s0,s1,s1]}"
                     "%v4 = reshape(%v3) {dimensions=[12*s0,s1,64]}"
                     "%o = matrix_multiply(%p5, %v4)"
                     "%o1 = reshape(%o) {dimensions=[s0,12,s1,64]}"
                     "%o2 = transpose(%o1) {permutation=[2,0,1,3]}"
                     "%o3 = transpose(%o2) {permutation=[1,2,0,3]}"
                     "%o4 = transpose(%o3) {permutation=[0,2,1,3]}"
                     "return %o4",
                     "symbol s0 in [1, 64] symbol s1 in [2, inf]"
                     "network \"t\"(%q: f32[s0,12,s1,64], %k: f32[s0,4,s1,64], %v: f32[s0,4,s1,64], %c: b8[s0,1,s1,s1])"
                     "%1 = attention(%q, %k, %v, %c) {scale=0.25}"
                     "%2 = transpose(%1) {permutation=[0,2,1,3]}"
                     "return %2");
}

#define QKV  "network \"t\"(%q: f32[2,4,5,8], %k: f32[2,4,7,8], %v: f32[2,4,7,3], %m: f32[2,1,1,7], %c: b8[2,1,1,7]) "
#define HALF "%h = constant() {weights=f32 {2}, dimensions=[1,1,1,1]} "

static void attention(void **state)
{
    /* Plain softmax, scaled behind the product. */
    expect_pass("attention",
                QKV HALF "%1 = matrix_multiply(%q, %k) {transpose_b=true} %2 = elementwise(%1, %h) {operation=DIV}"
                         "%3 = softmax(%2) {axis=3} %4 = matrix_multiply(%3, %v) return %4",
                QKV "%4 = attention(%q, %k, %v) {scale=0.5} return %4");
    /* A mask whose values are finite. */
    expect_pass("attention",
                QKV "%low = constant() {weights=f32 {-3e38}, dimensions=[1,1,1,1]} %zero = constant() {weights=f32 "
                    "{0}, dimensions=[1,1,1,1]}"
                    "%m1 = select(%c, %zero, %low)"
                    "%1 = matrix_multiply(%q, %k) {transpose_b=true} %2 = elementwise(%1, %m1) {operation=SUM}"
                    "%3 = softmax(%2) {axis=3} %4 = matrix_multiply(%3, %v) return %4",
                QKV "%low = constant() {weights=f32 {-3e38}, dimensions=[1,1,1,1]} %zero = constant() {weights=f32 "
                    "{0}, dimensions=[1,1,1,1]}"
                    "%m1 = select(%c, %zero, %low)"
                    "%4 = attention(%q, %k, %v, %m1) {scale=1} return %4");
    /* A mask that may forbid a whole row: NaN here, 0 in the layer. */
    expect_unchanged("attention",
                     QKV "%1 = matrix_multiply(%q, %k) {transpose_b=true} %2 = elementwise(%1, %m) {operation=SUM}"
                         "%3 = softmax(%2) {axis=3} %4 = matrix_multiply(%3, %v) return %4");
    /* The weights are wanted too. */
    expect_unchanged("attention", QKV "%1 = matrix_multiply(%q, %k) {transpose_b=true}"
                                      "%3 = softmax(%1) {axis=3} %4 = matrix_multiply(%3, %v) return %4, %3");
    expect_unchanged("attention", QKV "%1 = matrix_multiply(%q, %k) {transpose_b=true}"
                                      "%3 = softmax(%1) {axis=2} %4 = matrix_multiply(%3, %v) return %4");
}

static void attention_mask(void **state)
{
    expect_pass("attention_mask",
                QKV "%low = constant() {weights=f32 {-inf}, dimensions=[1,1,1,1]} %zero = constant() {weights=f32 {0}, "
                    "dimensions=[1,1,1,1]}"
                    "%m1 = select(%c, %low, %zero) %4 = attention(%q, %k, %v, %m1) {scale=1} return %4",
                QKV "%1 = unary(%c) {operation=NOT} %4 = attention(%q, %k, %v, %1) {scale=1} return %4");
    expect_pass("attention_mask",
                QKV "%m1 = fill() {operation=CONSTANT, dimensions=[2,1,1,7], to_type=b8, alpha_int=1}"
                    "%4 = attention(%q, %k, %v, %m1) {scale=1} return %4",
                QKV "%4 = attention(%q, %k, %v) {scale=1} return %4");
}

#define POSITIONS                                                                                                      \
    "symbol s0 in [1, 8] symbol s1 in [2, 512] "                                                                       \
    "network \"t\"(%q: f32[s0,4,s1,8]) "                                                                               \
    "%r = fill() {operation=LINSPACE, dimensions=[s1], to_type=i64, alpha_int=0, beta_int=1} "

/* A causal mask as models make it: positions of keys at most those of queries, in one packed sequence. */
static void causal(void **state)
{
    static const char after[] = "symbol s0 in [1, 8] symbol s1 in [2, 512] network \"t\"(%q: f32[s0,4,s1,8])"
                                "%1 = attention(%q, %q, %q) {is_causal=true, scale=1} return %1";

    expect_optimized(POSITIONS "%i = reshape(%r) {dimensions=[1,1,s1,1]}"
                               "%j = reshape(%r) {dimensions=[1,1,1,s1]}"
                               "%m = elementwise(%j, %i) {operation=LESS_EQUAL}"
                               "%m1 = expand(%m) {dimensions=[s0,1,s1,s1]}"
                               "%1 = attention(%q, %q, %q, %m1) {scale=1} return %1",
                     after);
    expect_optimized(POSITIONS "%b = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, beta_int=1}"
                               "%p0 = reshape(%r) {dimensions=[1,s1]}"
                               "%p = expand(%p0) {dimensions=[s0,s1]}"
                               "%one = constant() {weights=i64 {1}, dimensions=[1,1]}"
                               "%first = slice(%p) {start=[0,0], size=[s0,1], stride=[1,1]}"
                               "%before = elementwise(%first, %one) {operation=SUB}"
                               "%all = concatenation(%before, %p) {axis=1}"
                               "%prev = slice(%all) {start=[0,0], size=[s0,s1], stride=[1,1]}"
                               "%next = slice(%all) {start=[0,1], size=[s0,s1], stride=[1,1]}"
                               "%diff = elementwise(%next, %prev) {operation=SUB}"
                               "%starts = elementwise(%diff, %one) {operation=NOT_EQUAL}"
                               "%starts1 = cast(%starts) {to_type=i64}"
                               "%sequence = cumulative(%starts1) {operation=SUM, axis=1}"
                               "%b1 = reshape(%b) {dimensions=[s0,1,1,1]}"
                               "%i = reshape(%r) {dimensions=[1,1,s1,1]}"
                               "%j = reshape(%r) {dimensions=[1,1,1,s1]}"
                               "%bi = expand(%b1) {dimensions=[s0,1,s1,1]}"
                               "%bj = expand(%b1) {dimensions=[s0,1,1,s1]}"
                               "%ii = expand(%i) {dimensions=[s0,1,s1,1]}"
                               "%jj = expand(%j) {dimensions=[s0,1,1,s1]}"
                               "%si = index(%sequence, %bi, %ii) {axes=[0,1], position=0}"
                               "%sj = index(%sequence, %bj, %jj) {axes=[0,1], position=0}"
                               "%same = elementwise(%si, %sj) {operation=EQUAL}"
                               "%pi = index(%p, %bi, %ii) {axes=[0,1], position=0}"
                               "%pj = index(%p, %bj, %jj) {axes=[0,1], position=0}"
                               "%le = elementwise(%pi, %pj) {operation=GREATER_EQUAL}"
                               "%m = elementwise(%same, %le) {operation=AND}"
                               "%1 = attention(%q, %q, %q, %m) {scale=1} return %1",
                     after);
    /* The other way round, and shifted: masks of their own. */
    expect_unchanged("attention_mask", POSITIONS "%i = reshape(%r) {dimensions=[1,1,s1,1]}"
                                                 "%j = reshape(%r) {dimensions=[1,1,1,s1]}"
                                                 "%m = elementwise(%j, %i) {operation=GREATER_EQUAL}"
                                                 "%1 = attention(%q, %q, %q, %m) {scale=1} return %1");
    expect_unchanged("attention_mask", POSITIONS "%one = constant() {weights=i64 {1}, dimensions=[1]}"
                                                 "%r1 = elementwise(%r, %one) {operation=SUM}"
                                                 "%i = reshape(%r1) {dimensions=[1,1,s1,1]}"
                                                 "%j = reshape(%r) {dimensions=[1,1,1,s1]}"
                                                 "%m = elementwise(%j, %i) {operation=LESS_EQUAL}"
                                                 "%1 = attention(%q, %q, %q, %m) {scale=1} return %1");
}

/* Sums of sums of one tensor: looked at a bounded number of times. */
static void deep_sums(void **state)
{
    tt_str s = {0};

    tt_str_add(&s, "symbol s1 in [2, 512] network \"t\"() %0 = fill() {operation=LINSPACE, dimensions=[s1], "
                   "to_type=i64, beta_int=1} ");
    for (int i = 0; i < 60; i++)
        tt_str_addf(&s, "%%%d = elementwise(%%%d, %%%d) {operation=SUM} ", i + 1, i, i);
    tt_str_add(
        &s, "%z = constant() {weights=i64 {0}, dimensions=[1]} %y = elementwise(%60, %z) {operation=LESS} return %y");
    tt_network *net = parsed(s.data);
    expect_ok(tt_network_optimize(net));
    expect_ok(tt_network_verify(net));
    tt_network_free(net);
    tt_str_dispose(&s);
}

static void unknown_pass(void **state)
{
    tt_network *net = parsed(X "return %x");
    int changes;

    assert_int_equal(tt_network_optimize_one(net, "magic", &changes), TTRT_ERR_ARGUMENT);
    tt_network_free(net);
}

static void no_memory(void **state)
{
    static const char text[] = "symbol s0 in [1, 64] network \"t\"(%x: f32[s0,5,3], %w: f32[4,3], %b: f32[4])"
                               "%1 = transpose(%w) {permutation=[1,0]}"
                               "%2 = reshape(%1) {dimensions=[1,3,4]}"
                               "%3 = expand(%2) {dimensions=[s0,3,4]}"
                               "%4 = matrix_multiply(%x, %3)"
                               "%5 = reshape(%b) {dimensions=[1,1,4]}"
                               "%6 = elementwise(%4, %5) {operation=SUM}"
                               "return %6";
    ttrt_status status = TTRT_ERR_MEMORY;

    for (uint64_t n = 1; status != TTRT_OK; n++) {
        tt_network *net = parsed(text);
        tt_alloc_fail_at(n);
        status = tt_network_optimize(net);
        tt_alloc_fail_at(0);
        if (status != TTRT_OK)
            assert_int_equal(status, TTRT_ERR_MEMORY);
        tt_network_free(net);
    }
}

#define FEW "network \"c\"(%a: i64[], %b: f32[2,3])%1 = elementwise(%a, %a) {operation=LESS} return %1"
#define MANY                                                                                                           \
    "network \"c\"(%a: i64[], %b: f32[2,3], %w: f32[1,1], %z: f32[2,3])%1 = elementwise(%a, %a) {operation=LESS} "     \
    "return %1"
#define W "%w = constant() {weights=f32 {2} \"w\", dimensions=[1,1]}"

/* A constant goes inside, where it is read; an input that nobody reads goes. */
static void loops(void **state)
{
    expect_pass("loops",
                "network \"t\"(%x: f32[2,3], %i: i64[])" W "%1, %2 = loop(%i, %x, %w, %x) {condition={" MANY "},"
                "body={network \"b\"(%a: i64[], %b: f32[2,3], %w: f32[1,1], %z: f32[2,3])"
                "%1 = elementwise(%a, %a) {operation=SUM} %2 = elementwise(%b, %w) {operation=PROD} return %1, %2}}"
                "return %1, %2",
                "network \"t\"(%x: f32[2,3], %i: i64[]) %1, %2 = loop(%i, %x) {condition={" FEW "},"
                "body={network \"b\"(%a: i64[], %b: f32[2,3])" W
                "%1 = elementwise(%a, %a) {operation=SUM} %2 = elementwise(%b, %w) {operation=PROD} return %1, %2}}"
                "return %1, %2");
    /* What the body carries on as it is stays the same: here the first of two. */
    expect_pass("loops",
                "network \"t\"(%x: f32[2,3], %i: i64[]) %1, %2 = loop(%x, %i) {"
                "condition={network \"c\"(%b: f32[2,3], %a: i64[])%1 = elementwise(%a, %a) {operation=LESS} return %1},"
                "body={network \"b\"(%b: f32[2,3], %a: i64[])"
                "%1 = elementwise(%a, %a) {operation=SUM} return %b, %1}} return %1, %2",
                "network \"t\"(%x: f32[2,3], %i: i64[]) %2 = loop(%i) {"
                "condition={network \"c\"(%a: i64[])%1 = elementwise(%a, %a) {operation=LESS} return %1},"
                "body={network \"b\"(%a: i64[])%1 = elementwise(%a, %a) {operation=SUM} return %1}} return %x, %2");
    /* All are; one remains. A value in another's place is no such. */
    expect_unchanged("loops", "network \"t\"(%x: f32[2,3], %i: i64[]) %1, %2 = loop(%x, %x) {"
                              "condition={network \"c\"(%a: f32[2,3], %b: f32[2,3]) %1 = constant() {weights=b8 {1}, "
                              "dimensions=[]} return %1}, body={network \"b\"(%a: f32[2,3], %b: f32[2,3]) return %b, "
                              "%a}} return %1, %2");
    /* What is inside is optimized too, twice inside as well. */
    expect_optimized("network \"t\"(%i: i64[]) %1 = loop(%i) {"
                     "condition={network \"c\"(%a: i64[])%1 = elementwise(%a, %a) {operation=LESS} return %1},"
                     "body={network \"b\"(%a: i64[]) %1 = loop(%a) {condition={network \"c\"(%a: i64[])"
                     "%1 = elementwise(%a, %a) {operation=LESS} return %1},"
                     "body={network \"b\"(%a: i64[]) %1 = elementwise(%a, %a) {operation=SUM} "
                     "%2 = reshape(%1) {dimensions=[]} return %2}} return %1}} return %1",
                     "network \"t\"(%i: i64[]) %1 = loop(%i) {"
                     "condition={network \"c\"(%a: i64[])%1 = elementwise(%a, %a) {operation=LESS} return %1},"
                     "body={network \"b\"(%a: i64[]) %1 = loop(%a) {condition={network \"c\"(%a: i64[])"
                     "%1 = elementwise(%a, %a) {operation=LESS} return %1},"
                     "body={network \"b\"(%a: i64[]) %1 = elementwise(%a, %a) {operation=SUM} return %1}} return %1}}"
                     "return %1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_ops),     cmocka_unit_test(duplicates),     cmocka_unit_test(casts),
        cmocka_unit_test(layout),     cmocka_unit_test(padding),        cmocka_unit_test(comparisons),
        cmocka_unit_test(silu),       cmocka_unit_test(gelu),           cmocka_unit_test(rms_norm),
        cmocka_unit_test(norm_scale), cmocka_unit_test(linear),         cmocka_unit_test(attention_of_decompositions),
        cmocka_unit_test(attention),  cmocka_unit_test(attention_mask), cmocka_unit_test(causal),
        cmocka_unit_test(deep_sums),  cmocka_unit_test(unknown_pass),   cmocka_unit_test(no_memory),
        cmocka_unit_test(loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
