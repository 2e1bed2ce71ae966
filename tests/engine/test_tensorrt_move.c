/* Layers that move elements, as TensorRT plans. */
#include "tensorrt_meaning.h"

static const trt_symbols ANY = {"symbol s0 in [1, 64] hint 4 symbol s1 in [2, 9]", {"4", "3"}};

static void layouts(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[2,6]) %y = reshape(%x) {dimensions=[3,1,4]} return %y"},
        {ALL, "(%x: $[s0,6]) %y = reshape(%x) {dimensions=[2*s0,3]} return %y"},
        {ALL, "(%x: $[s0,2*s1,3]) %y = reshape(%x) {dimensions=[s0,s1,6]} return %y"},
        {ALL, "(%x: $[s0,s1,3]) %y = reshape(%x) {dimensions=[s0*s1,3]} return %y"},
        {ALL, "(%x: $[s0,s1,6]) %y = reshape(%x) {dimensions=[s1,2*s0,3]} return %y"},
        {ALL, "(%x: $[1,1]) %y = reshape(%x) {dimensions=[]} return %y"},
        {ALL, "(%x: $[]) %y = reshape(%x) {dimensions=[1,1,1]} return %y"},
        {ALL, "(%x: $[2,3]) %y = transpose(%x) {permutation=[1,0]} return %y"},
        {ALL, "(%x: $[s0,3,s1,1,2]) %y = transpose(%x) {permutation=[3,1,4,0,2]} return %y"},
        {ALL, "(%x: $[]) %y = transpose(%x) {permutation=[]} return %y"},
        {ALL, "(%x: $[1,3]) %y = expand(%x) {dimensions=[4,3]} return %y"},
        {ALL, "(%x: $[1,s1,1]) %y = expand(%x) {dimensions=[s0,s1,5]} return %y"},
        {ALL, "(%x: $[s0,1,s1]) %y = expand(%x) {dimensions=[s0,s1,s1]} return %y, %x"},
        {ALL, "(%x: $[s0,3]) %y = expand(%x) {dimensions=[s0,3]} return %y"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

static void slices(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[4,6]) %y = slice(%x) {start=[1,0], size=[2,3], stride=[1,2]} return %y"},
        {ALL, "(%x: $[4,6]) %y = slice(%x) {start=[3,5], size=[4,2], stride=[-1,-3]} return %y"},
        {ALL, "(%x: $[s0,6]) %y = slice(%x) {start=[0,1], size=[s0,2], stride=[1,2]} return %y"},
        {ALL, "(%x: $[s0,s1]) %y = slice(%x) {start=[s0-1,1], size=[1,s1-1], stride=[1,1]} return %y"},
        {ALL, "(%x: $[s0,s1]) %y = slice(%x) {start=[s0-1,0], size=[s0,(s1+1)//2], stride=[-1,2]} return %y"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

static void pads(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[2,5]) %y = pad(%x) {pre_padding=[1,2], post_padding=[0,3], mode=CONSTANT, value=0} return %y"},
        {ALL, "(%x: $[2,5]) %y = pad(%x) {pre_padding=[1,-2], post_padding=[0,3], mode=CONSTANT, value=1} return %y"},
        {ALL, "(%x: $[s0,5]) %y = pad(%x) {pre_padding=[0,1], post_padding=[0,-2], mode=CONSTANT, value=1} return %y"},
        {ALL, "(%x: $[s0,5], %z: i64[s1]) %y = pad(%x) {pre_padding=[0,s1], post_padding=[0,1-s1], mode=CONSTANT, "
              "value=1} return %y"},
        {ALL, "(%x: $[2,5]) %y = pad(%x) {pre_padding=[0,2], post_padding=[0,4], mode=REFLECT, value=0} return %y"},
        {ALL, "(%x: $[s0,5]) %y = pad(%x) {pre_padding=[0,-1], post_padding=[0,2], mode=REFLECT, value=0} return %y"},
        {ALL,
         "(%x: $[1,s1,5]) %y = pad(%x) {pre_padding=[0,1,2], post_padding=[0,1,0], mode=REFLECT, value=0} return %y"},
        {ALL, "(%x: $[2,5]) %y = pad(%x) {pre_padding=[0,2], post_padding=[0,9], mode=REPLICATE, value=0} return %y"},
        {ALL, "(%x: $[s0,5]) %y = pad(%x) {pre_padding=[0,2], post_padding=[0,-1], mode=REPLICATE, value=0} return %y"},
        {ALL, "(%x: $[2,5]) %y = pad(%x) {pre_padding=[0,2], post_padding=[0,5], mode=CIRCULAR, value=0} return %y"},
        {ALL, "(%x: $[2,s1]) %y = pad(%x) {pre_padding=[0,2], post_padding=[0,-1], mode=CIRCULAR, value=0} return %y"},
        {NULL, "(%x: f16[3]) %y = pad(%x) {pre_padding=[1], post_padding=[1], mode=CONSTANT, value=-inf} return %y"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

static void concatenations(void **state)
{
    static const trt_case cases[] = {
        {ALL, "(%x: $[2,3], %y: $[2,1]) %z = concatenation(%x, %y, %x) {axis=1} return %z"},
        {ALL, "(%x: $[s0,3], %y: $[2,3]) %z = concatenation(%x, %y) {axis=0} return %z"},
        {ALL, "(%x: $[s0,s1]) %z = concatenation(%x) {axis=0} return %z"},
    };

    expect_all(&ANY, TT_COUNT(cases), cases);
}

int main(void)
{
    are_tame = true;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts),
        cmocka_unit_test(slices),
        cmocka_unit_test(pads),
        cmocka_unit_test(concatenations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
