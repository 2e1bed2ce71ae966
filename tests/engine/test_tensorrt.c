/* Networks as text become TensorRT plans: what engine tensorrt claims to take, it builds. Needs the library, no GPU. */
#include "../network/network_test.h"

#include "engine/engine.h"
#include "engine/tensorrt/build.h"
#include "engine/tensorrt/library.h"

extern const tt_engine_iface tt_engine_tensorrt;

static void need_library(void)
{
    const tt_trt_library *library;

    if (tt_trt_library_get(&library) != TTRT_OK) {
        print_message("not run: %s\n", ttrt_last_error()->what);
        skip();
    }
}

/* Every layer is taken, the whole is built, and the blob tells the same inputs and outputs again. */
static void expect_builds(const char *text)
{
    const tt_build_options options = {.optimization_level = 3};
    tt_writer blob = {0};
    tt_engine *engine;
    tt_engine_info info;
    tt_reason why = {""};

    need_library();
    tt_network *net = parsed(text);
    TT_EACH_LAYER (net, l)
        if (!tt_engine_tensorrt.supports(l, &why))
            fail_msg("%s refused: %s\n%s", tt_layer_info_of(l->kind)->name, why.text, text);
    if (tt_blob_build(&tt_engine_tensorrt, net, &options, &blob) != TTRT_OK)
        fail_msg("%s\n%s", ttrt_last_error()->what, text);
    expect_ok(tt_engine_open(blob.data, blob.size, NULL, true, &engine));
    tt_engine_get_info(engine, &info);
    assert_int_equal(info.n_inputs, net->n_inputs);
    assert_int_equal(info.n_outputs, net->n_outputs);
    for (int i = 0; i < net->n_outputs; i++) {
        assert_int_equal(info.outputs[i]->dtype, net->outputs[i]->dtype);
        assert_int_equal(info.outputs[i]->rank, net->outputs[i]->rank);
    }
    tt_engine_unref(engine);
    tt_writer_dispose(&blob);
    tt_network_free(net);
}

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
