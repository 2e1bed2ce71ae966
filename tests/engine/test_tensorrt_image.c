/* Resizing, sampling, adaptive pooling and folding, as TensorRT plans. */
#include "tensorrt_meaning.h"

#define RESIZE(mode, size, scales, corners, antialias)                                                                 \
    "%y = resize(%x) {mode=" mode ", output_size=[" size "], scales=[" scales "], align_corners=" corners              \
    ", antialias=" antialias "} return %y"

static void resizes(void **state)
{
    static const trt_case cases[] = {
        {NUMBERS, "(%x: $[2,3,8,8])" RESIZE("NEAREST", "16,32", "", "false", "false")},
        {NUMBERS, "(%x: $[s0,3,s1,s1])" RESIZE("NEAREST", "2*s1,4*s1", "2,4", "false", "false")},
        {NUMBERS, "(%x: $[2,3,8,9])" RESIZE("NEAREST", "5,27", "", "false", "false")},
        {NUMBERS, "(%x: $[s0,3,7])" RESIZE("NEAREST", "10", "1.5", "false", "false")},
        {NUMBERS, "(%x: $[s0,3,s1,s1])" RESIZE("NEAREST", "5,3*s1", "", "false", "false")},
        {NUMBERS, "(%x: $[s0,2,3,s1,s1])" RESIZE("NEAREST_EXACT", "3,s1//2,2*s1", "1,0.5,2", "false", "false")},
        {NUMBERS, "(%x: $[2,3,9])" RESIZE("NEAREST_EXACT", "3", "", "false", "false")},
        {FLOATS, "(%x: $[s0,3,9])" RESIZE("LINEAR", "15", "", "false", "false")},
        {FLOATS, "(%x: $[s0,3,s1])" RESIZE("LINEAR", "1", "", "true", "false")},
        {FLOATS, "(%x: $[s0,3,s1,9])" RESIZE("LINEAR", "2*s1,18", "2,2", "false", "false")},
        {FLOATS, "(%x: $[s0,3,s1,9])" RESIZE("LINEAR", "7,5", "", "true", "false")},
        {FLOATS, "(%x: $[2,3,7,9])" RESIZE("LINEAR", "10,9", "1.5,1.1", "false", "false")},
        {FLOATS, "(%x: $[2,3,s1,9])" RESIZE("LINEAR", "3*s1//2,9", "1.5,1", "false", "false")},
        {FLOATS, "(%x: $[2,3,4,s1,9])" RESIZE("LINEAR", "8,5,9", "", "false", "false")},
        {FLOATS, "(%x: $[2,3,4,5,9])" RESIZE("LINEAR", "9,11,9", "2.3,2.3,1", "false", "false")},
        {FLOATS, "(%x: $[s0,3,s1,9])" RESIZE("CUBIC", "2*s1,18", "2,2", "false", "false")},
        {FLOATS, "(%x: $[s0,3,s1,9])" RESIZE("CUBIC", "7,5", "", "true", "false")},
        {FLOATS, "(%x: $[2,3,8,9])" RESIZE("CUBIC", "7,5", "", "true", "false")},
        {FLOATS, "(%x: $[2,3,7,9])" RESIZE("CUBIC", "10,9", "1.5,1.1", "false", "false")},
        {FLOATS, "(%x: $[2,3,s1,9])" RESIZE("CUBIC", "3*s1//2,9", "1.5,1", "false", "false")},
        {FLOATS, "(%x: $[s0,3,17,9])" RESIZE("LINEAR", "5,12", "", "false", "true")},
        {FLOATS, "(%x: $[s0,3,17,9])" RESIZE("CUBIC", "5,9", "", "true", "true")},
        {"", "(%x: $[s0,3,s1,9])" RESIZE("CUBIC", "5,9", "", "true", "true")},
    };

    expect_all(&IMAGES, TT_COUNT(cases), cases);
}

#define SAMPLE(mode, outside, corners)                                                                                 \
    "%y = grid_sample(%x, %g) {interpolation_mode=" mode ", sample_mode=" outside ", align_corners=" corners           \
    "} return %y"

static void samples(void **state)
{
    static const trt_case cases[] = {
        {FLOATS, "(%x: $[2,3,8,8], %g: $[2,4,5,2])" SAMPLE("NEAREST", "ZEROS", "false")},
        {FLOATS, "(%x: $[s0,3,s1,8], %g: $[s0,s1,5,2])" SAMPLE("LINEAR", "CLAMP", "true")},
        {FLOATS, "(%x: $[s0,3,s1,8], %g: $[s0,s1,5,2])" SAMPLE("CUBIC", "REFLECT", "false")},
        {"", "(%x: $[2,3,4,8,8], %g: $[2,4,4,5,3])" SAMPLE("LINEAR", "ZEROS", "false")},
    };

    expect_all(&IMAGES, TT_COUNT(cases), cases);
}

#define ADAPT(type, size)                                                                                              \
    "%y = adaptive_pooling(%x) {type=" type ", output_size=[" size "], has_indices=false} return %y"

static void adaptive(void **state)
{
    static const trt_case cases[] = {
        {NUMBERS, "(%x: $[s0,3,s1,8])" ADAPT("MAX", "1,1")},
        {NUMBERS, "(%x: $[s0,3,s1,10])" ADAPT("MAX", "1,7")},
        {NUMBERS, "(%x: $[2,3,12,10])" ADAPT("MAX", "4,5")},
        {FLOATS, "(%x: $[s0,3,s1])" ADAPT("AVERAGE", "1")},
        {FLOATS, "(%x: $[s0,3,9,10])" ADAPT("AVERAGE", "7,7")},
        {FLOATS, "(%x: $[s0,3,4,9,3])" ADAPT("AVERAGE", "1,13,3")},
        {FLOATS, "(%x: $[2,3,4,9,10])" ADAPT("AVERAGE", "2,3,5")},
        {"", "(%x: $[2,3,s1,10])" ADAPT("MAX", "2,5")},
        {"", "(%x: $[2,3,8,10])" ADAPT("MAX", "s0,5")},
        {"",
         "(%x: $[2,3,8]) %y, %i = adaptive_pooling(%x) {type=MAX, output_size=[3], has_indices=true} return %y, %i"},
    };

    expect_all(&IMAGES, TT_COUNT(cases), cases);
}

#define FOLD(inverse, size, window, dilation, padding, stride)                                                         \
    "%y = fold(%x) {inverse=" inverse ", output_size=[" size "], window_size=[" window "], dilation=[" dilation        \
    "], padding=[" padding "], stride=[" stride "]} return %y"

static void folds(void **state)
{
    static const trt_case cases[] = {
        {NUMBERS, "(%x: $[2,3,8,8])" FOLD("false", "", "2,2", "1,1", "0,0", "2,2")},
        {NUMBERS, "(%x: $[s0,3,s1,9])" FOLD("false", "", "3,2", "2,1", "1,0", "2,1")},
        {NUMBERS, "(%x: $[2,12,16])" FOLD("true", "8,8", "2,2", "1,1", "0,0", "2,2")},
        {NUMBERS, "(%x: $[s0,18,9])" FOLD("true", "5,5", "3,2", "1,2", "1,0", "2,1")},
        {"", "(%x: $[2,12,(s1-1)*7])" FOLD("true", "s1,8", "2,2", "1,1", "0,0", "1,1")},
    };

    expect_all(&IMAGES, TT_COUNT(cases), cases);
}

int main(void)
{
    are_tame = true;
    small_value = 1;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resizes),
        cmocka_unit_test(samples),
        cmocka_unit_test(adaptive),
        cmocka_unit_test(folds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
