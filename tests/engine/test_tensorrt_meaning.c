/* What the mappers write is what the layers mean; see tensorrt_meaning.h. */
#include "tensorrt_meaning.h"
#include "tensorrt_operations.h"

static void unary_operations(void **state)
{
    expect_operations(expect_meanings, "", TT_COUNT(unary), unary,
                      "(%x: $[32]) %y = unary(%x) {operation=", "} return %y");
}

static void activations(void **state)
{
    expect_operations(expect_meanings, "", TT_COUNT(activation), activation,
                      "(%x: $[32]) %y = activation(%x) {type=", ", alpha=-0.5, beta=2} return %y");
}

/* Every value with every other. */
static void elementwise_operations(void **state)
{
    expect_operations(expect_meanings, "", TT_COUNT(elementwise), elementwise,
                      "(%x: $[32,1], %y: $[1,32]) %z = elementwise(%x, %y) {operation=", "} return %z");
}

static void division_operations(void **state)
{
    expect_operations(expect_meanings, "", TT_COUNT(divisions), divisions,
                      "(%x: $[32,1], %y: $[1,32]) %z = elementwise(%x, %y) {operation=", "} return %z");
}

/* ---- conversion, selection, numbers ---- */

#define FILL(operation, dims)                                                                                          \
    "() %y = fill() {operation=" operation ", dimensions=" dims                                                        \
    ", to_type=$, alpha=0.5, beta=0.25, alpha_int=3, beta_int=50} return %y"
static const trt_case others[] = {
    CAST("[32]", "f32"),
    CAST("[32]", "f16"),
    CAST("[32]", "bf16"),
    CAST("[32]", "b8"),
    {ALL, "(%c: b8[32,1], %a: $[1,3], %b: $[32,3]) %y = select(%c, %a, %b) return %y"},
    {ALL, FILL("CONSTANT", "[]")},
    {ALL, FILL("CONSTANT", "[2,3]")},
    {NUMBERS, FILL("LINSPACE", "[9]")},
    {ALL, "() %y = constant() {weights=$ {1, 0, 1}, dimensions=[3]} return %y"},
    {"f32 f16 bf16 i64 i32 i8", "() %y = constant() {weights=$ {-1, 0, 100}, dimensions=[3]} return %y"},
};

/* What fits into no integer has no meaning as one. */
static const trt_case casts_to_integers[] = {CAST("[32]", "i64"), CAST("[32]", "i32"), CAST("[32]", "i8"),
                                             CAST("[32]", "u8")};

static void other_layers(void **state)
{
    are_tame = false;
    expect_meanings("", TT_COUNT(others), others);
    are_tame = true;
    expect_meanings("", TT_COUNT(casts_to_integers), casts_to_integers);
}

static const trt_case whole_casts[] = {
    {INTEGERS, "(%x: $[32]) %y = cast(%x) {to_type=i8} return %y"},
    {INTEGERS, "(%x: $[32]) %y = cast(%x) {to_type=u8} return %y"},
    {INTEGERS, "(%x: $[32]) %y = cast(%x) {to_type=i64} return %y"},
};

static void casts_keep_low_bits(void **state)
{
    are_tame = false;
    expect_meanings("", TT_COUNT(whole_casts), whole_casts);
}

/* ---- along axes ---- */

static const trt_case reductions[] = {
    REDUCE(NUMBERS, "[4,8,3]", "SUM", "[1]", "0"),
    REDUCE(NUMBERS, "[4,8,3]", "PROD", "[2]", "0"),
    REDUCE(ALL, "[4,8,3]", "MAX", "[0,1,2]", "0"),
    REDUCE(ALL, "[4,8,3]", "MIN", "[2]", "0"),
    REDUCE(FLOATS, "[4,8,3]", "AVG", "[1]", "0"),
    REDUCE("b8", "[4,8,3]", "ANY", "[1]", "0"),
    REDUCE("b8", "[4,8,3]", "ALL", "[2]", "0"),
    REDUCE(FLOATS, "[4,8,3]", "NORM", "[1]", "2"),
    REDUCE(FLOATS, "[4,8,3]", "NORM", "[1]", "1"),
    REDUCE(FLOATS, "[4,8,3]", "NORM", "[1]", "0"),
    REDUCE(FLOATS, "[4,8,3]", "NORM", "[1]", "inf"),
    REDUCE(FLOATS, "[4,8,3]", "NORM", "[1]", "-inf"),
    REDUCE(FLOATS, "[4,8,3]", "NORM", "[2,0]", "2.5"),
    REDUCE(FLOATS, "[4,8,3]", "VARIANCE", "[2]", "1"),
    REDUCE(FLOATS, "[4,8,3]", "VARIANCE", "[1,2]", "0"),
    REDUCE(NUMBERS, "[4,8,3]", "SUM", "[]", "0"),
    {FLOATS, "(%x: $[3,1]) %y = reduce(%x) {operation=VARIANCE, axes=[1], parameter=1} return %y"},
};

static void reduce(void **state)
{
    are_tame = true;
    expect_meanings("", TT_COUNT(reductions), reductions);
}

static const trt_case order[] = {
    {NUMBERS, "(%x: $[2,32]) %y = arg_reduce(%x) {is_max=true, axis=1} return %y"},
    {NUMBERS, "(%x: $[32,3]) %y = arg_reduce(%x) {is_max=false, axis=0} return %y"},
    {NUMBERS, "(%x: $[8,7]) %y = arg_reduce(%x) {is_max=false, axis=1} return %y"},
    {ALL, "(%x: $[2,32]) %v, %i = topk(%x) {k=5, axis=1, largest=true, sorted=true} return %v, %i"},
    {ALL, "(%x: $[9,2,1,2,1,2]) %v, %i = topk(%x) {k=2, axis=0, largest=true, sorted=true} return %v, %i"},
    {ALL, "(%x: $[9]) %v, %i = topk(%x) {k=4, axis=0, largest=false, sorted=true} return %v, %i"},
    {ALL, "(%x: $[2,32]) %v, %i = sort(%x) {axis=1, descending=false, stable=false} return %v, %i"},
    {ALL, "(%x: $[2,16,3]) %v, %i = sort(%x) {axis=1, descending=false, stable=true} return %v, %i"},
    {ALL, "(%x: $[32]) %v, %i = sort(%x) {axis=0, descending=true, stable=true} return %v, %i"},
    {ALL, "(%x: $[64]) %v, %i = sort(%x) {axis=0, descending=false, stable=true} return %v, %i"},
    {INTEGERS, "(%x: $[2,9]) %y = cumulative(%x) {operation=SUM, axis=1} return %y"},
    {INTEGERS, "(%x: $[2,9,3]) %y = cumulative(%x) {operation=PROD, axis=1} return %y"},
    {ALL, "(%x: $[2,5,4]) %y = trilu(%x) {upper=true, diagonal=0} return %y"},
    {ALL, "(%x: $[5,4]) %y = trilu(%x) {upper=false, diagonal=-1} return %y"},
    {ALL, "(%x: $[4,5]) %y = trilu(%x) {upper=true, diagonal=2} return %y"},
};

static const trt_case running[] = {
    {FLOATS, "(%x: $[2,9]) %y = cumulative(%x) {operation=SUM, axis=1} return %y"},
    {FLOATS, "(%x: $[2,6,3]) %y = cumulative(%x) {operation=PROD, axis=1} return %y"},
    {FLOATS, "(%x: $[6]) %y = cumulative(%x) {operation=PROD, axis=0} return %y"},
    {ALL, "(%r: $[32], %x: $[3,4]) %s, %i = sort(%r) {axis=0} %y = search(%s, %x) {right=true} return %y"},
    {ALL, "(%r: $[3,9], %x: $[3,9]) %s, %i = sort(%r) {axis=1} %y = search(%s, %x) {right=false} return %y"},
    {"i64", "(%x: $[11]) %z = unary(%x) {operation=ABS} %y = one_hot(%z) {depth=7} return %y"},
};

static void orders(void **state)
{
    are_tame = false;
    expect_meanings("", TT_COUNT(order), order);
    are_tame = true;
    expect_meanings("", TT_COUNT(order), order);
    expect_meanings("", TT_COUNT(running), running);
}

/* ---- products, normalization, attention ---- */

static const trt_case products[] = {
    {FLOATS, "(%a: $[3,1,4,5], %b: $[1,2,5,6]) %y = matrix_multiply(%a, %b) {transpose_a=false, transpose_b=false} "
             "return %y"},
    {FLOATS, "(%a: $[5,4], %b: $[6,5], %c: $[6]) %y = matrix_multiply(%a, %b, %c) {transpose_a=true, "
             "transpose_b=true} return %y"},
};

/* Engine cpu multiplies floats alone. */
static void products_mean(void **state)
{
    are_tame = true;
    expect_meanings("", TT_COUNT(products), products);
    expect_meaning_of("network \"t\"(%a: i64[3,1,4,5], %b: i64[1,2,6,5], %c: i64[6])"
                      "%y = matrix_multiply(%a, %b, %c) {transpose_a=false, transpose_b=true} return %y",
                      "network \"t\"(%a: i64[3,1,4,5], %b: i64[1,2,6,5], %c: i64[6])"
                      "%fa = cast(%a) {to_type=f32} %fb = cast(%b) {to_type=f32} %fc = cast(%c) {to_type=f32}"
                      "%fy = matrix_multiply(%fa, %fb, %fc) {transpose_a=false, transpose_b=true}"
                      "%y = cast(%fy) {to_type=i64} return %y");
    expect_meaning_of("network \"t\"(%a: i32[5,4], %b: i32[5,6])"
                      "%y = matrix_multiply(%a, %b) {transpose_a=true, transpose_b=false} return %y",
                      "network \"t\"(%a: i32[5,4], %b: i32[5,6])"
                      "%fa = cast(%a) {to_type=f32} %fb = cast(%b) {to_type=f32}"
                      "%fy = matrix_multiply(%fa, %fb) {transpose_a=true, transpose_b=false}"
                      "%y = cast(%fy) {to_type=i32} return %y");
}

static const trt_case norms[] = {
    {FLOATS, "(%x: $[2,7]) %y = softmax(%x) {axis=1, is_log=false} return %y"},
    {FLOATS, "(%x: $[5]) %y = softmax(%x) {axis=0, is_log=false} return %y"},
    {FLOATS, "(%x: $[4,5]) %y = softmax(%x) {axis=0, is_log=true} return %y"},
    NORMALIZATION("%x: $[2,3,4], %s: $[4], %b: $[4]", "%x, %s, %b", "LAYER", "[2]", "1", "false"),
    NORMALIZATION("%x: $[2,3,4]", "%x", "LAYER", "[1,2]", "1", "false"),
    NORMALIZATION("%x: $[2,3,4], %s: $[3,4]", "%x, %s", "LAYER", "[1,2]", "1", "false"),
    NORMALIZATION("%x: $[3,4], %b: $[4]", "%x, %b", "LAYER", "[1]", "1", "true"),
    NORMALIZATION("%x: $[2,3,4], %s: $[4]", "%x, %s", "RMS", "[2]", "1", "false"),
    NORMALIZATION("%x: $[3,4]", "%x", "RMS", "[1]", "1", "false"),
    NORMALIZATION("%x: $[2,6,2,5], %s: $[6], %b: $[6]", "%x, %s, %b", "GROUP", "[]", "3", "false"),
    NORMALIZATION("%x: $[2,6,5]", "%x", "GROUP", "[]", "2", "false"),
    NORMALIZATION("%x: $[4,6], %s: $[6]", "%x, %s", "GROUP", "[]", "2", "false"),
    NORMALIZATION("%x: $[2,6,2,5], %b: $[6]", "%x, %b", "GROUP", "[]", "1", "true"),
    NORMALIZATION("%x: $[2,6,5], %s: $[6], %b: $[6]", "%x, %s, %b", "GROUP", "[]", "6", "false"),
    NORMALIZATION("%x: $[2,1,5], %s: $[1], %b: $[1]", "%x, %s, %b", "GROUP", "[]", "1", "false"),
    {FLOATS, "(%x: $[2,6,2,5], %s: $[6], %b: $[6]) %y = scale(%x, %s, %b) return %y"},
};

static const trt_case attentions[] = {
    ATTENTION("%q: $[2,4,5,8], %k: $[2,4,5,8], %v: $[2,4,5,8]", "%q, %k, %v", "false", "0.25"),
    ATTENTION("%q: $[2,4,5,8], %k: $[2,2,7,8], %v: $[2,2,7,8]", "%q, %k, %v", "true", "1"),
    ATTENTION("%q: $[2,4,3,6], %k: $[2,1,5,6], %v: $[2,1,5,8]", "%q, %k, %v", "false", "0.25"),
    ATTENTION("%q: $[2,4,3,8], %k: $[2,4,5,8], %v: $[2,4,5,4]", "%q, %k, %v", "true", "0.25"),
    ATTENTION("%q: $[2,4,3,8], %k: $[2,4,5,8], %v: $[2,4,5,8], %m: $[2,4,3,5]", "%q, %k, %v, %m", "false", "0.25"),
    ATTENTION("%q: $[2,4,3,8], %k: $[2,4,5,8], %v: $[2,4,5,8], %m: b8[2,1,1,5]", "%q, %k, %v, %m", "false", "0.25"),
    ATTENTION("%q: $[2,4,3,8], %k: $[2,4,5,8], %v: $[2,4,5,8], %m: $[1,1,3,1]", "%q, %k, %v, %m", "false", "0.25"),
    ATTENTION("%q: $[2,4,5,8], %k: $[2,4,5,8], %v: $[2,4,5,8], %m: b8[1,1,1,5]", "%q, %k, %v, %m", "true", "0.25"),
    ATTENTION("%q: $[2,4,5,8], %k: $[2,4,5,8], %v: $[2,4,5,8], %m: $[1,1,5,5]", "%q, %k, %v, %m", "true", "0.25"),
};

static void normalizations(void **state)
{
    are_tame = true;
    expect_meanings("", TT_COUNT(norms), norms);
}

static void attention(void **state)
{
    are_tame = true;
    expect_meanings("", TT_COUNT(attentions), attentions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unary_operations),
        cmocka_unit_test(activations),
        cmocka_unit_test(elementwise_operations),
        cmocka_unit_test(division_operations),
        cmocka_unit_test(other_layers),
        cmocka_unit_test(casts_keep_low_bits),
        cmocka_unit_test(reduce),
        cmocka_unit_test(orders),
        cmocka_unit_test(products_mean),
        cmocka_unit_test(normalizations),
        cmocka_unit_test(attention),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
