/* Reading and writing by indices, as TensorRT plans. */
#include "tensorrt_meaning.h"

static const trt_symbols ANY = {"symbol s0 in [1, 64] hint 4 symbol s1 in [2, 9]", {"4", "5"}};

static void gathers(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[5,6], %i: i64[2,3]) %y = gather(%x, %i) {mode=DEFAULT, axis=1, wrap=true} return %y"},
        {ALL, "(%x: $[s0,6], %i: i32[s1]) %y = gather(%x, %i) {mode=DEFAULT, axis=0, wrap=true} return %y"},
        {ALL, "(%x: $[s0,s1,6], %i: i64[]) %y = gather(%x, %i) {mode=DEFAULT, axis=1, wrap=true} return %y"},
        {ALL, "(%x: $[5,s1], %i: i64[1]) %y = gather(%x, %i) {mode=DEFAULT, axis=0, wrap=false} return %y"},
        {ALL, "(%x: $[5]) %i = constant() {weights=i64 {1,-1}, dimensions=[2]} "
              "%y = gather(%x, %i) {mode=DEFAULT, axis=0, wrap=true} return %y"},
        {ALL, "(%x: $[5,6], %i: i64[5,2]) %y = gather(%x, %i) {mode=ELEMENT, axis=1, wrap=false} return %y"},
        {ALL, "(%x: $[5,s1], %i: i32[7,1]) %y = gather(%x, %i) {mode=ELEMENT, axis=0, wrap=false} return %y"},
        {ALL, "(%x: $[s0,s1], %i: i64[s0,s1]) %y = gather(%x, %i) {mode=ELEMENT, axis=1, wrap=false} return %y"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

static void indices(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[5,6], %i: i64[3], %j: i64[3]) %y = index(%x, %i, %j) {axes=[0,1], position=0} return %y"},
        {ALL, "(%x: $[2,s0,s1], %i: i64[2,3], %j: i64[2,3]) %y = index(%x, %i, %j) {axes=[1,2], position=1} return %y"},
        {ALL, "(%x: $[s0,4,s1,3], %i: i64[s0], %j: i64[s0]) %y = index(%x, %i, %j) {axes=[0,2], position=0} return %y"},
        {ALL, "(%x: $[s0,4,3,3], %i: i64[], %j: i64[]) %y = index(%x, %i, %j) {axes=[1,2], position=1} return %y"},
        {ALL, "(%x: $[2,3,4,5], %i: i64[2,1]) %y = index(%x, %i) {axes=[1], position=1} return %y"},
        {ALL, "(%x: $[s0,s1,3], %i: i64[7], %j: i64[7], %k: i64[7]) "
              "%y = index(%x, %i, %j, %k) {axes=[0,1,2], position=0} return %y"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

static void puts_by_index(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[5,6], %v: $[3,6], %i: i64[3]) %y = index_put(%x, %v, %i) "
              "{axes=[0], position=0, accumulate=false} return %y"},
        {ALL, "(%x: $[5,6], %v: $[3], %i: i64[3], %j: i64[3]) %y = index_put(%x, %v, %i, %j) "
              "{axes=[0,1], position=0, accumulate=false} return %y"},
        {ALL, "(%x: $[s0,s1,4], %v: $[s0,2,3], %i: i64[2,3], %j: i64[2,3]) %y = index_put(%x, %v, %i, %j) "
              "{axes=[1,2], position=1, accumulate=false} return %y"},
        {ALL, "(%x: $[3,s1,4], %v: $[s0,s1], %i: i64[s0], %j: i64[s0]) %y = index_put(%x, %v, %i, %j) "
              "{axes=[0,2], position=0, accumulate=false} return %y"},
        {ALL, "(%x: $[3,s1,4], %v: $[3,4], %i: i64[]) %y = index_put(%x, %v, %i) "
              "{axes=[1], position=1, accumulate=false} return %y"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

static void scatters(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[5,6], %i: i64[5,2], %v: $[5,2]) %y = scatter(%x, %i, %v) "
              "{mode=SET, axis=1, include_self=true} return %y"},
        {ALL, "(%x: $[5,s1], %i: i32[7,1], %v: $[7,1]) %y = scatter(%x, %i, %v) "
              "{mode=SET, axis=0, include_self=true} return %y"},
        {ALL, "(%x: $[s0,s1,3], %i: i64[s0,2,3], %v: $[s0,2,3]) %y = scatter(%x, %i, %v) "
              "{mode=SET, axis=1, include_self=true} return %y"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

#define PUT                 "index_put(%x, %v, %i"
#define ADD(axes, position) " {axes=" axes ", position=" position ", accumulate=true} return %y"
#define SCATTER(mode, axis, self)                                                                                      \
    "%y = scatter(%x, %i, %v) {mode=" mode ", axis=" axis ", include_self=" self "} return %y"

static void combinations(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[5,6], %v: $[7,6], %i: i64[7]) %y = " PUT ")" ADD("[0]", "0")},
        {ALL, "(%x: $[5,6], %v: $[9], %i: i64[9], %j: i64[9]) %y = " PUT ", %j)" ADD("[0,1]", "0")},
        {ALL, "(%x: $[3,s1,4], %v: $[s0,s1], %i: i64[s0], %j: i64[s0]) %y = " PUT ", %j)" ADD("[0,2]", "0")},
        {ALL, "(%x: $[3,s1,4], %v: $[3,2,3,4], %i: i64[2,3]) %y = " PUT ")" ADD("[1]", "1")},
        {"", "(%x: $[5000,600], %v: $[700,600], %i: i64[700]) %y = " PUT ")" ADD("[0]", "0")},
        {NUMBERS, "(%x: $[5,6], %i: i64[5,9], %v: $[5,9])" SCATTER("ADD", "1", "true")},
        {NUMBERS, "(%x: $[5,s1], %i: i32[7,1], %v: $[7,1])" SCATTER("ADD", "0", "false")},
        {NUMBERS, "(%x: $[5,s1], %i: i64[7,1], %v: $[7,1])" SCATTER("MUL", "0", "true")},
        {NUMBERS, "(%x: $[s0,s1,3], %i: i64[s0,4,3], %v: $[s0,4,3])" SCATTER("MUL", "1", "false")},
        {NUMBERS, "(%x: $[5,6], %i: i64[5,9], %v: $[5,9])" SCATTER("MAX", "1", "true")},
        {NUMBERS, "(%x: $[5,s1], %i: i64[7,2], %v: $[7,2])" SCATTER("MAX", "0", "false")},
        {NUMBERS, "(%x: $[5,6], %i: i64[4,9], %v: $[4,9])" SCATTER("MIN", "1", "true")},
        {NUMBERS, "(%x: $[5,6], %i: i64[5,9], %v: $[5,9])" SCATTER("MIN", "1", "false")},
        {NUMBERS, "(%x: $[5,6], %i: i64[5,9], %v: $[5,9])" SCATTER("MEAN", "1", "true")},
        {NUMBERS, "(%x: $[s0,6], %i: i64[s0,9], %v: $[s0,9])" SCATTER("MEAN", "1", "false")},
        {"", "(%x: $[5000,600], %i: i64[700,600], %v: $[700,600])" SCATTER("ADD", "0", "true")},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

int main(void)
{
    are_tame = true;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers),  cmocka_unit_test(indices),      cmocka_unit_test(puts_by_index),
        cmocka_unit_test(scatters), cmocka_unit_test(combinations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
