/* Ranges of sizes become optimization profiles of the builder and a text in the payload. */
#include "tensorrt_test.h"

#include "engine/tensorrt/build.h"
#include "engine/tensorrt/profile.h"

static const char *const text = "symbol s0 in [1, 64] hint 8 symbol s1 in [2, 9] network \"t\"(%x: f32[s0,2*s1])"
                                "%y = unary(%x) {operation=EXP} return %y";

static void build(const char *network, const tt_profiles *profiles, tt_trt_payload *out, tt_writer *blob)
{
    const tt_build_options options = {.profiles = *profiles};
    tt_network *net = parsed(network);

    expect_ok(tt_trt_build(net, &options, blob));
    expect_ok(tt_trt_payload_read(blob->data, blob->size, out));
    tt_network_free(net);
}

static void several_profiles(void **state)
{
    static const tt_size_range ranges[] = {{1, 4, 8}, {2, 2, 9}, {16, 32, 64}, {3, 3, 3}};
    const tt_profiles two = {.n = 2, .n_symbols = 2, .ranges = ranges};
    tt_trt_payload payload;
    tt_writer blob = {0};

    need_library();
    build(text, &two, &payload, &blob);
    assert_string_equal(payload.profiles, "s0=1..4..8, s1=2..2..9; s0=16..32..64, s1=3..3..3");
    tt_network_free(payload.io);
    tt_writer_dispose(&blob);
}

static void the_builder_gets_each(void **state)
{
    static const tt_size_range ranges[] = {{1, 4, 8}, {2, 2, 9}, {16, 32, 64}, {3, 3, 3}};
    const tt_profiles cases[] = {{0}, {.n = 2, .n_symbols = 2, .ranges = ranges}};
    const tt_trt_library *library;
    tt_trt_errors errors;

    need_library();
    expect_ok(tt_trt_library_get(&library));
    tt_trt_errors_init(&errors);
    IBuilder *builder = library->create_builder(tt_trt_logger(), library->version);
    tt_network *net = parsed(text);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        IBuilderConfig *config = trt_IBuilder_createBuilderConfig(builder);
        expect_ok(tt_trt_add_profiles(builder, config, net, &cases[i], &errors));
        assert_int_equal(trt_IBuilderConfig_getNbOptimizationProfiles(config), i + 1);
        trt_delete(config);
    }
    tt_network_free(net);
    trt_delete(builder);
    tt_trt_errors_dispose(&errors);
}

static void static_networks_have_none(void **state)
{
    const tt_profiles none = {0};
    tt_trt_payload payload;
    tt_writer blob = {0};

    need_library();
    build("network \"t\"(%x: f32[2,3]) %y = unary(%x) {operation=EXP} return %y", &none, &payload, &blob);
    assert_string_equal(payload.profiles, "");
    tt_network_free(payload.io);
    tt_writer_dispose(&blob);
}

/* The bound that is taken is what the engine tells its users from then on. */
static void sizes_without_bound_get_one(void **state)
{
    const tt_profiles none = {0};
    tt_trt_payload payload;
    tt_writer blob = {0};

    need_library();
    build("symbol s0 in [2, inf] network \"t\"(%x: f32[s0,3]) %y = unary(%x) {operation=EXP} return %y", &none,
          &payload, &blob);
    assert_int_equal(tt_dims_find(payload.io->dims, "s0")->max, 8192);
    tt_network_free(payload.io);
    tt_writer_dispose(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_profiles),
        cmocka_unit_test(the_builder_gets_each),
        cmocka_unit_test(static_networks_have_none),
        cmocka_unit_test(sizes_without_bound_get_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
