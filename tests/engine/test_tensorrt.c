/* Whole networks to TensorRT plans; the families of layers are in test_tensorrt_*.c. */
#include "tensorrt_test.h"

static void products(void **state)
{
    expect_builds("symbol s0 in [1, 64] network \"t\"(%x: f32[s0,4], %b: f32[3])"
                  "%w = constant() {weights=f32 {1,2,3,4,5,6,7,8,9,10,11,12}, dimensions=[3,4]}"
                  "%y = matrix_multiply(%x, %w, %b) {transpose_a=false, transpose_b=true}"
                  "return %y");
}

static void sizes_are_computed(void **state)
{
    expect_builds("symbol s0 in [1, 8] symbol s1 in [2, 9] network \"t\"(%x: f32[s0,2*s1,3])"
                  "%y = reshape(%x) {dimensions=[3*s0,2,s1]}"
                  "return %y, %x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(sizes_are_computed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
