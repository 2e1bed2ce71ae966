/* Layers that work along axes, every operation with every data type: taken as the tables say, and built. */
#include "tensorrt_test.h"

#define CHECK_CASES(symbols, cases) expect_cases(symbols, TT_COUNT(cases), cases)

/* ---- products ---- */

#define PRODUCT(types, inputs, operands, a, b)                                                                         \
    {                                                                                                                  \
        types, "(" inputs ") %y = matrix_multiply(" operands ") {transpose_a=" a ", transpose_b=" b "} return %y"      \
    }
static const trt_case products[] = {
    PRODUCT(NUMBERS, "%a: $[s0,4], %b: $[4,3]", "%a, %b", "false", "false"),
    PRODUCT(NUMBERS, "%a: $[4,s0], %b: $[3,4], %c: $[3]", "%a, %b, %c", "true", "true"),
    PRODUCT(NUMBERS, "%a: $[s0,1,2,4], %b: $[1,3,4,s0], %c: $[s0]", "%a, %b, %c", "false", "false"),
    PRODUCT(FLOATS, "%a: $[s0,1,1,1,1,1,2,4], %b: $[1,1,1,1,1,1,4,2]", "%a, %b", "false", "false"),
    PRODUCT(FLOATS, "%a: $[1024,1024], %b: $[1024,1024]", "%a, %b", "false", "false"),
};

static void product(void **state) { CHECK_CASES("symbol s0 in [1, 64]", products); }

/* ---- reductions ---- */

static const trt_case reductions[] = {
    REDUCE(NUMBERS, "[2,s0,3]", "SUM", "[1]", "0"),
    REDUCE(NUMBERS, "[2,s0,3]", "PROD", "[0,2]", "0"),
    REDUCE(ALL, "[2,s0,3]", "MAX", "[0,1,2]", "0"),
    REDUCE(ALL, "[2,s0,3]", "MIN", "[2]", "0"),
    REDUCE(FLOATS, "[2,s0,3]", "AVG", "[1]", "0"),
    REDUCE("", "[2,s0,3]", "NONE", "[1]", "0"),
    REDUCE("b8", "[2,s0,3]", "ANY", "[1]", "0"),
    REDUCE("b8", "[2,s0,3]", "ALL", "[1,2]", "0"),
    REDUCE(FLOATS, "[2,s0,3]", "NORM", "[1]", "2"),
    REDUCE(FLOATS, "[2,s0,3]", "NORM", "[1]", "1"),
    REDUCE(FLOATS, "[2,s0,3]", "NORM", "[1]", "0"),
    REDUCE(FLOATS, "[2,s0,3]", "NORM", "[1]", "inf"),
    REDUCE(FLOATS, "[2,s0,3]", "NORM", "[1]", "-inf"),
    REDUCE(FLOATS, "[2,s0,3]", "NORM", "[2,0]", "2.5"),
    REDUCE("", "[2,s0,3]", "NORM", "[]", "2"),
    REDUCE(FLOATS, "[2,s0,3]", "VARIANCE", "[2]", "1"),
    REDUCE(FLOATS, "[2,s0,3]", "VARIANCE", "[1,2]", "1"),
    REDUCE(FLOATS, "[2,s0,3]", "VARIANCE", "[1]", "0"),
    REDUCE(NUMBERS, "[2,s0,3]", "SUM", "[]", "0"),
    REDUCE("b8", "[2,s0,3]", "ANY", "[]", "0"),
};

static void reduce(void **state) { CHECK_CASES("symbol s0 in [1, 64]", reductions); }

/* ---- recurrent layers ---- */

#define RECURRENT(operation, reverse, gates, more, operands, outputs)                                                  \
    {                                                                                                                  \
        FLOATS, "(%x: $[s0,s1," gates "], %w: $[" gates ",4], %h: $[s1,4]" more ") " outputs                           \
                " = recurrent(%x, %w, %h" operands ") {operation=" operation ", reverse=" reverse "} return " outputs  \
    }
static const trt_case recurrences[] = {
    RECURRENT("TANH", "false", "4", "", "", "%y"),
    RECURRENT("RELU", "true", "4", "", "", "%y"),
    RECURRENT("GRU", "false", "12", "", "", "%y"),
    RECURRENT("GRU", "true", "12", ", %b: $[12]", ", %b", "%y"),
    RECURRENT("LSTM", "false", "16", ", %c: $[s1,4]", ", %c", "%y, %z"),
    RECURRENT("LSTM", "true", "16", ", %c: $[s1,4]", ", %c", "%y, %z"),
    RECURRENT("LSTM", "false", "24", ", %c: $[s1,6], %p: $[4,6]", ", %c, %p", "%y, %z"),
    {FLOATS, "(%x: $[5,2,8], %w: $[8,2], %h: $[2,2], %c: $[2,2]) %y, %z = recurrent(%x, %w, %h, %c) {operation=LSTM, "
             "reverse=true} return %z, %y"},
};

static void recurrent(void **state) { CHECK_CASES("symbol s0 in [1, 64]\nsymbol s1 in [1, 8]", recurrences); }

/* ---- places of extrema, order ---- */

static const trt_case order[] = {
    {NUMBERS, "(%x: $[2,s0]) %y = arg_reduce(%x) {is_max=true, axis=1} return %y"},
    {NUMBERS, "(%x: $[7]) %y = arg_reduce(%x) {is_max=false, axis=0} return %y"},
    {ALL, "(%x: $[2,s0]) %v, %i = topk(%x) {k=1, axis=1, largest=true, sorted=true} return %v, %i"},
    {ALL, "(%x: $[9,2]) %v, %i = topk(%x) {k=4, axis=0, largest=false, sorted=true} return %v, %i"},
    {ALL, "(%x: $[9]) %v, %i = topk(%x) {k=4, axis=0, largest=false, sorted=false} return %v, %i"},
    {ALL, "(%x: $[2,s0]) %v, %i = topk(%x) {k=s0, axis=1, largest=true, sorted=true} return %v, %i"},
    {ALL, "(%x: $[s0]) %v, %i = topk(%x) {k=s0, axis=0, largest=true, sorted=true} return %v, %i"},
    {ALL, "(%x: $[9,2,1,2,1,2]) %v, %i = topk(%x) {k=2, axis=0, largest=true, sorted=true} return %v, %i"},
    {ALL, "(%x: $[2,s0]) %v, %i = sort(%x) {axis=1, descending=false, stable=false} return %v, %i"},
    {ALL, "(%x: $[5,2]) %v, %i = sort(%x) {axis=0, descending=true, stable=false} return %v, %i"},
    {ALL, "(%x: $[2,s0,3]) %v, %i = sort(%x) {axis=1, descending=false, stable=true} return %v, %i"},
    {ALL, "(%x: $[5]) %v, %i = sort(%x) {axis=0, descending=true, stable=true} return %v, %i"},
    {ALL, "(%r: $[9], %x: $[2,s0]) %y = search(%r, %x) {right=true} return %y"},
    {ALL, "(%r: $[s0], %x: $[]) %y = search(%r, %x) {right=false} return %y"},
    {ALL, "(%r: $[2,s0], %x: $[2,3]) %y = search(%r, %x) {right=false} return %y"},
    {NUMBERS, "(%x: $[2,s0]) %y = cumulative(%x) {operation=SUM, axis=1} return %y"},
    {NUMBERS, "(%x: $[4,s0]) %y = cumulative(%x) {operation=SUM, axis=0} return %y"},
    {NUMBERS, "(%x: $[2,s0,3]) %y = cumulative(%x) {operation=PROD, axis=1} return %y"},
    {NUMBERS, "(%x: $[5]) %y = cumulative(%x) {operation=PROD, axis=0} return %y"},
    {"i64", "(%x: $[2,s0]) %y = one_hot(%x) {depth=7} return %y"},
    {"i64", "(%x: $[s0]) %y = one_hot(%x) {depth=s0} return %y"},
    {ALL, "(%x: $[2,s0,4]) %y = trilu(%x) {upper=true, diagonal=0} return %y"},
    {ALL, "(%x: $[3,4]) %y = trilu(%x) {upper=false, diagonal=-1} return %y"},
    {ALL, "(%x: $[s0,s0]) %y = trilu(%x) {upper=true, diagonal=s0 - 3} return %y"},
};

static const trt_case too_long[] = {
    {"", "(%x: $[2,s0]) %y = non_zero(%x) {count=u0} return %y"},
    {"", "(%x: i64[]) %y = item(%x) {value=u0} return %y"},
    {"", "(%x: $[2,s0]) %v, %i = topk(%x) {k=3841, axis=1, largest=true, sorted=true} return %v, %i"},
    {"", "(%x: $[2,s0]) %v, %i = topk(%x) {k=s0, axis=1, largest=true, sorted=true} return %v, %i"},
    {"", "(%x: $[2,s0]) %v, %i = sort(%x) {axis=1, descending=false, stable=false} return %v, %i"},
    {"", "(%x: $[2,513]) %v, %i = sort(%x) {axis=1, descending=false, stable=true} return %v, %i"},
    {"", "(%x: $[1,1,1,1,1,1,1,2]) %v, %i = sort(%x) {axis=7, descending=false, stable=true} return %v, %i"},
    {"", "(%r: $[2], %x: $[1,1,1,1,1,1,1,2]) %y = search(%r, %x) {right=true} return %y"},
    {"", "(%x: $[1025]) %y = cumulative(%x) {operation=PROD, axis=0} return %y"},
    {"", "(%x: $[1,1,1,1,1,1,1,2]) %y = cumulative(%x) {operation=PROD, axis=7} return %y"},
};

static void long_ones_are_refused(void **state) { CHECK_CASES("symbol s0 in [1, 4000]", too_long); }

static void orders(void **state) { CHECK_CASES("symbol s0 in [1, 64]", order); }

/* ---- softmax, normalization, scale ---- */

static const trt_case norms[] = {
    {FLOATS, "(%x: $[2,s0]) %y = softmax(%x) {axis=1, is_log=false} return %y"},
    {FLOATS, "(%x: $[5]) %y = softmax(%x) {axis=0, is_log=false} return %y"},
    {FLOATS, "(%x: $[2,3,4,s0,2]) %y = softmax(%x) {axis=2, is_log=false} return %y"},
    {FLOATS, "(%x: $[2,s0]) %y = softmax(%x) {axis=0, is_log=true} return %y"},
    NORMALIZATION("%x: $[2,s0,4], %s: $[4], %b: $[4]", "%x, %s, %b", "LAYER", "[2]", "1", "false"),
    NORMALIZATION("%x: $[2,s0,4]", "%x", "LAYER", "[1,2]", "1", "false"),
    NORMALIZATION("%x: $[2,3,4], %s: $[3,4]", "%x, %s", "LAYER", "[1,2]", "1", "false"),
    NORMALIZATION("%x: $[s0,4], %b: $[4]", "%x, %b", "LAYER", "[1]", "1", "true"),
    NORMALIZATION("%x: $[4], %b: $[4]", "%x, %b", "LAYER", "[0]", "1", "true"),
    NORMALIZATION("%x: $[2,s0,4], %s: $[4]", "%x, %s", "RMS", "[2]", "1", "false"),
    NORMALIZATION("%x: $[2,4]", "%x", "RMS", "[1]", "1", "false"),
    NORMALIZATION("%x: $[2,6,s0,5], %s: $[6], %b: $[6]", "%x, %s, %b", "GROUP", "[]", "3", "false"),
    NORMALIZATION("%x: $[s0,6,5]", "%x", "GROUP", "[]", "2", "false"),
    NORMALIZATION("%x: $[s0,6], %s: $[6]", "%x, %s", "GROUP", "[]", "2", "false"),
    NORMALIZATION("%x: $[2,6,s0,5], %b: $[6]", "%x, %b", "GROUP", "[]", "1", "true"),
    NORMALIZATION("%x: $[2,6,s0], %s: $[6], %b: $[6]", "%x, %s, %b", "GROUP", "[]", "6", "false"),
    NORMALIZATION("%x: $[2,6,4,s0,5], %s: $[6], %b: $[6]", "%x, %s, %b", "GROUP", "[]", "2", "false"),
    NORMALIZATION("%x: $[2,1,s0], %s: $[1], %b: $[1]", "%x, %s, %b", "GROUP", "[]", "1", "false"),
    {FLOATS, "(%x: $[2,6,s0,5], %s: $[6], %b: $[6]) %y = scale(%x, %s, %b) return %y"},
    {FLOATS, "(%x: $[s0,6], %s: $[6], %b: $[6]) %y = scale(%x, %s, %b) return %y"},
};

static void normalizations(void **state) { CHECK_CASES("symbol s0 in [1, 64]", norms); }

/* ---- attention ---- */

static const trt_case attentions[] = {
    ATTENTION("%q: $[2,4,8,16], %k: $[2,4,8,16], %v: $[2,4,8,16]", "%q, %k, %v", "false", "0.25"),
    ATTENTION("%q: $[s0,4,s1,16], %k: $[s0,4,s1,16], %v: $[s0,4,s1,16]", "%q, %k, %v", "true", "0.25"),
    ATTENTION("%q: $[s0,4,s1,16], %k: $[s0,2,s2,16], %v: $[s0,2,s2,16]", "%q, %k, %v", "false", "1"),
    ATTENTION("%q: $[s0,4,8,16], %k: $[s0,1,s1,16], %v: $[s0,1,s1,16]", "%q, %k, %v", "true", "0.25"),
    ATTENTION("%q: $[2,4,8,16], %k: $[2,4,9,16], %v: $[2,4,9,24]", "%q, %k, %v", "false", "0.25"),
    ATTENTION("%q: $[2,4,s1,32], %k: $[2,4,9,32], %v: $[2,4,9,24]", "%q, %k, %v", "true", "0.25"),
    ATTENTION("%q: $[2,4,s1,16], %k: $[2,4,s2,16], %v: $[2,4,s2,16], %m: $[2,4,s1,s2]", "%q, %k, %v, %m", "false",
              "0.25"),
    ATTENTION("%q: $[2,4,8,16], %k: $[2,4,8,16], %v: $[2,4,8,16], %m: b8[2,1,1,8]", "%q, %k, %v, %m", "false", "0.25"),
    ATTENTION("%q: $[s0,4,s1,16], %k: $[s0,4,s1,16], %v: $[s0,4,s1,16], %m: b8[s0,1,1,s1]", "%q, %k, %v, %m", "false",
              "0.25"),
    ATTENTION("%q: $[s0,4,s1,16], %k: $[s0,4,s1,16], %v: $[s0,4,s1,16], %m: $[1,1,s1,1]", "%q, %k, %v, %m", "false",
              "0.25"),
    ATTENTION("%q: $[2,4,8,16], %k: $[2,4,8,16], %v: $[2,4,8,16], %m: b8[1,1,8,8]", "%q, %k, %v, %m", "true", "0.25"),
    ATTENTION("%q: $[s0,4,s1,16], %k: $[s0,4,s1,16], %v: $[s0,4,s1,16], %m: $[1,1,s1,s1]", "%q, %k, %v, %m", "true",
              "0.25"),
    ATTENTION("%q: $[2,4,8,7], %k: $[2,4,8,7], %v: $[2,4,8,7]", "%q, %k, %v", "false", "0.25"),
    ATTENTION("%q: $[2,4,1,128], %k: $[2,4,s1,128], %v: $[2,4,s1,128]", "%q, %k, %v", "false", "0.25"),
};

static void attention(void **state)
{
    CHECK_CASES("symbol s0 in [1, 8] symbol s1 in [1, 64] symbol s2 in [1, 64]", attentions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product),
        cmocka_unit_test(reduce),
        cmocka_unit_test(recurrent),
        cmocka_unit_test(orders),
        cmocka_unit_test(long_ones_are_refused),
        cmocka_unit_test(normalizations),
        cmocka_unit_test(attention),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
