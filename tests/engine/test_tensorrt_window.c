/* Layers that slide windows, as TensorRT plans. */
#include "tensorrt_meaning.h"

#define W(values, dims) "%w = constant() {weights=$ {" values "}, dimensions=[" dims "]}"
#define PLAIN_2D        "stride=[1,1], pre_padding=[0,0], post_padding=[0,0], dilation=[1,1], groups=1"

static void convolutions(void **state)
{
    static const trt_case cases[] = {
        {FLOATS, "(%x: $[2,3,8,8]) " W("1,2,3,4,5,6", "2,3,1,1") "%y = convolution(%x, %w) {" PLAIN_2D "} return %y"},
        {FLOATS,
         "(%x: $[s0,2,s1,8]) " W(
             "1,2,3,4,5,6,7,8",
             "1,2,2,2") "%b = constant() {weights=$ {1}, dimensions=[1]} %y = convolution(%x, %w, %b) {stride=[2,1], "
                        "pre_padding=[0,1], post_padding=[1,2], dilation=[1,2], groups=1} return %y"},
        {FLOATS, "(%x: $[s0,2,8,8]) " W("1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8",
                                        "4,1,2,2") "%y = convolution(%x, %w) {stride=[1,1], pre_padding=[1,1], "
                                                   "post_padding=[1,1], dilation=[1,1], groups=2} "
                                                   "return %y"},
        {FLOATS, "(%x: $[s0,2,s1]) " W("1,2,3,4,5,6", "1,2,3") "%y = convolution(%x, %w) {stride=[2], pre_padding=[1], "
                                                               "post_padding=[0], dilation=[2], groups=1} "
                                                               "return %y"},
        {FLOATS, "(%x: $[s0,2,4,s1,8]) " W("1,2,3,4,5,6,7,8",
                                           "2,1,1,2,2") "%y = convolution(%x, %w) {stride=[1,2,1], "
                                                        "pre_padding=[0,1,0], post_padding=[0,0,1], dilation=[1,1,2], "
                                                        "groups=2} return %y"},
        /* kernels that are computed */
        {FLOATS, "(%x: $[s0,3,8,8], %w: $[4,3,3,3], %b: $[4]) %y = convolution(%x, %w, %b) {" PLAIN_2D "} return %y"},
        {FLOATS,
         "(%x: $[s0,3,s1], %w: $[6,1,3]) %y = convolution(%x, %w) {stride=[1], pre_padding=[1], post_padding=[1], "
         "dilation=[1], groups=3} return %y"},
        {FLOATS,
         "(%x: $[s0,3,s1,4,4], %w: $[6,1,3,1,1]) %y = convolution(%x, %w) {stride=[1,1,1], pre_padding=[1,0,0], "
         "post_padding=[1,0,0], dilation=[1,1,1], groups=3} return %y"},
        {"", "(%x: $[2,3,8,8], %w: $[s0,3,3,3]) %y = convolution(%x, %w) {" PLAIN_2D "} return %y"},
    };

    expect_all(&IMAGES, TT_COUNT(cases), cases);
}

static void deconvolutions(void **state)
{
    static const trt_case cases[] = {
        {FLOATS, "(%x: $[2,2,8,8]) " W("1,2,3,4,5,6", "2,3,1,1") "%y = deconvolution(%x, %w) {" PLAIN_2D
                                                                 ", output_padding=[0,0]} return %y"},
        {FLOATS,
         "(%x: $[s0,2,s1,8]) " W(
             "1,2,3,4,5,6,7,8",
             "2,1,2,2") "%b = constant() {weights=$ {1}, dimensions=[1]} %y = deconvolution(%x, %w, %b) {stride=[2,3], "
                        "pre_padding=[1,0], post_padding=[1,0], output_padding=[1,2], dilation=[2,1], groups=1} return "
                        "%y"},
        {FLOATS, "(%x: $[s0,2,8,8]) " W("1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8",
                                        "2,2,2,2") "%y = deconvolution(%x, %w) {stride=[2,2], pre_padding=[1,1], "
                                                   "post_padding=[1,1], dilation=[1,1], "
                                                   "groups=2, output_padding=[0,0]} return %y"},
        {FLOATS,
         "(%x: $[s0,2,s1]) " W("1,2,3,4,5,6", "2,1,3") "%y = deconvolution(%x, %w) {stride=[2], pre_padding=[1], "
                                                       "post_padding=[1], dilation=[1], groups=1, "
                                                       "output_padding=[1]} return %y"},
        {FLOATS,
         "(%x: $[s0,2,4,s1,8]) " W(
             "1,2,3,4,5,6,7,8",
             "2,1,1,2,2") "%y = deconvolution(%x, %w) {stride=[1,2,1], pre_padding=[0,1,0], post_padding=[0,0,1], "
                          "dilation=[1,1,2], groups=2, output_padding=[0,0,0]} return %y"},
        {FLOATS, "(%x: $[s0,3,8,8], %w: $[3,4,3,3], %b: $[4]) %y = deconvolution(%x, %w, %b) {" PLAIN_2D
                 ", output_padding=[0,0]} return %y"},
        {"f32 f16", "(%x: $[s0,3,s1], %w: $[3,2,3]) %y = deconvolution(%x, %w) {stride=[1], pre_padding=[1], "
                    "post_padding=[1], dilation=[1], groups=3, output_padding=[0]} return %y"},
        {FLOATS,
         "(%x: $[s0,2,8]) " W("1,2,3,4,5,6", "2,1,3") "%y = deconvolution(%x, %w) {stride=[2], pre_padding=[1], "
                                                      "post_padding=[0], dilation=[1], groups=1, "
                                                      "output_padding=[1]} return %y"},
        {"",
         "(%x: $[2,3,8,8], %w: $[3,s0,3,3]) %y = deconvolution(%x, %w) {" PLAIN_2D ", output_padding=[0,0]} return %y"},
    };

    expect_all(&IMAGES, TT_COUNT(cases), cases);
}

#define POOL(type, window, stride, pre, post, dilation, ceil, excludes, divisor)                                       \
    "%y = pooling(%x) {type=" type ", window_size=[" window "], stride=[" stride "], pre_padding=[" pre                \
    "], post_padding=[" post "], dilation=[" dilation "], ceil_mode=" ceil                                             \
    ", average_count_excludes_padding=" excludes ", divisor=" divisor ", has_indices=false} return %y"
#define POOL_INDICES(window, stride, pre, post, dilation, ceil)                                                        \
    "%y, %i = pooling(%x) {type=MAX, window_size=[" window "], stride=[" stride "], pre_padding=[" pre                 \
    "], post_padding=[" post "], dilation=[" dilation "], ceil_mode=" ceil                                             \
    ", average_count_excludes_padding=false, divisor=0, has_indices=true} return %y, %i"

static void poolings(void **state)
{
    static const trt_case cases[] = {
        {NUMBERS, "(%x: $[2,3,8,8])" POOL("MAX", "2,2", "2,2", "0,0", "0,0", "1,1", "false", "false", "0")},
        {NUMBERS, "(%x: $[s0,3,s1,9])" POOL("MAX", "3,3", "2,2", "1,1", "1,1", "1,1", "false", "false", "0")},
        {NUMBERS, "(%x: $[s0,3,s1,9])" POOL("MAX", "3,3", "3,2", "1,0", "1,0", "1,1", "true", "false", "0")},
        {NUMBERS, "(%x: $[s0,3,s1])" POOL("MAX", "3", "2", "1", "1", "2", "true", "false", "0")},
        {NUMBERS, "(%x: $[s0,3,s1])" POOL("MAX", "3", "3", "1", "1", "1", "true", "false", "0")},
        {NUMBERS,
         "(%x: $[1,3,4,s1,6])" POOL("MAX", "2,3,1", "1,2,1", "1,1,0", "1,1,0", "1,1,1", "false", "false", "0")},
        {FLOATS, "(%x: $[2,3,8,8])" POOL("AVERAGE", "2,2", "2,2", "0,0", "0,0", "1,1", "false", "false", "0")},
        {FLOATS, "(%x: $[s0,3,s1,9])" POOL("AVERAGE", "3,3", "2,2", "1,1", "1,1", "1,1", "false", "true", "0")},
        {FLOATS, "(%x: $[s0,3,s1,9])" POOL("AVERAGE", "3,3", "2,2", "1,1", "1,1", "1,1", "false", "false", "0")},
        {FLOATS, "(%x: $[s0,3,s1,9])" POOL("AVERAGE", "3,3", "2,2", "1,1", "1,1", "1,1", "true", "true", "0")},
        {FLOATS, "(%x: $[s0,3,s1,9])" POOL("AVERAGE", "3,3", "2,3", "1,1", "1,1", "1,1", "true", "false", "0")},
        {FLOATS, "(%x: $[s0,3,s1,9])" POOL("AVERAGE", "3,3", "2,3", "0,0", "0,0", "1,1", "true", "false", "0")},
        {FLOATS, "(%x: $[s0,3,s1,9])" POOL("AVERAGE", "3,3", "2,2", "1,1", "1,1", "1,1", "true", "false", "7")},
        {FLOATS, "(%x: $[s0,3,s1])" POOL("AVERAGE", "4", "1", "2", "2", "1", "false", "false", "3")},
        {FLOATS,
         "(%x: $[1,3,4,s1,6])" POOL("AVERAGE", "2,3,1", "1,2,1", "1,1,0", "1,1,0", "1,1,1", "true", "false", "0")},
        {"", "(%x: $[2,3,8,8])" POOL("AVERAGE", "2,2", "2,2", "0,0", "0,0", "2,1", "false", "false", "0")},
        {NUMBERS, "(%x: $[2,3,8,8])" POOL_INDICES("2,2", "2,2", "0,0", "0,0", "1,1", "false")},
        {NUMBERS, "(%x: $[s0,3,s1,9])" POOL_INDICES("3,1", "2,1", "1,0", "1,0", "2,1", "true")},
        {NUMBERS, "(%x: $[s0,3,s1])" POOL_INDICES("1", "2", "0", "0", "1", "false")},
    };

    expect_all(&IMAGES, TT_COUNT(cases), cases);
}

int main(void)
{
    are_tame = true;
    small_value = 1;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions),
        cmocka_unit_test(deconvolutions),
        cmocka_unit_test(poolings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
