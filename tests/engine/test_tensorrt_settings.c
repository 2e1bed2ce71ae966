/* Settings reach TensorRT's builder: each is read back through its getter, and what a product does not honour is told.
 */
#include "tensorrt_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/settings.h"
#include "engine/tensorrt/build.h"
#include "engine/tensorrt/settings.h"

typedef struct {
    const tt_trt_library *library;
    IBuilder *builder;
    IBuilderConfig *config;
    tt_trt_errors errors;
} fixture;

static char said[4096]; /* what was logged */

static void listen(void *user, ttrt_log_level level, const char *room, const char *text)
{
    if (!strcmp(room, "tensorrt") && (strstr(text, "setting") || strstr(text, " needs no ")))
        snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", text);
}

static void open_config(fixture *f)
{
    need_library();
    expect_ok(tt_trt_library_get(&f->library));
    tt_trt_errors_init(&f->errors);
    f->builder = f->library->create_builder(tt_trt_logger(), f->library->version);
    assert_non_null(f->builder);
    trt_IBuilder_setErrorRecorder(f->builder, tt_trt_errors_recorder(&f->errors));
    f->config = trt_IBuilder_createBuilderConfig(f->builder);
    assert_non_null(f->config);
    said[0] = '\0';
    ttrt_set_log(listen, NULL, TTRT_LOG_INFO);
}

static void close_config(fixture *f)
{
    trt_delete(f->config);
    trt_delete(f->builder);
    tt_trt_errors_dispose(&f->errors);
    ttrt_set_log(NULL, NULL, TTRT_LOG_WARNING);
}

static ttrt_status apply(fixture *f, const char *name, const char *text)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    expect_ok(ttrt_compile_options_set(&o, name, text));
    TT_TRY(tt_settings_check(&o));
    return tt_trt_apply_settings(f->config, f->library, &o, &f->errors);
}

static bool flag(const fixture *f, int32_t which) { return trt_IBuilderConfig_getFlag(f->config, which); }

static void settings_arrive(void **state)
{
    static const struct {
        const char *name, *text;
        int64_t wanted;
    } cases[] = {
        {"workspace_size", "64M", 64 << 20},
        {"optimization_level", "5", 5},
        {"max_aux_streams", "3", 3},
        {"num_avg_timing_iters", "4", 4},
        {"tiling_optimization_level", "moderate", TRT_TilingOptimizationLevel_kMODERATE},
        {"l2_limit_for_tiling", "1M", 1 << 20},
        {"profiling_verbosity", "detailed", TRT_ProfilingVerbosity_kDETAILED},
        {"disable_tf32", "0", 1},
        {"sparse_weights", "1", 1},
        {"enable_weight_streaming", "1", 1},
        {"targets", "sm86,sm120", 2},
    };

    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        fixture f;
        open_config(&f);
        expect_ok(apply(&f, cases[i].name, cases[i].text));
        const int64_t got[TT_COUNT(cases)] = {
            (int64_t)trt_IBuilderConfig_getMemoryPoolLimit(f.config, TRT_MemoryPoolType_kWORKSPACE),
            trt_IBuilderConfig_getBuilderOptimizationLevel(f.config),
            trt_IBuilderConfig_getMaxAuxStreams(f.config),
            trt_IBuilderConfig_getAvgTimingIterations(f.config),
            trt_IBuilderConfig_getTilingOptimizationLevel(f.config),
            trt_IBuilderConfig_getL2LimitForTiling(f.config),
            trt_IBuilderConfig_getProfilingVerbosity(f.config),
            flag(&f, TRT_BuilderFlag_kTF32),
            flag(&f, TRT_BuilderFlag_kSPARSE_WEIGHTS),
            flag(&f, TRT_BuilderFlag_kWEIGHT_STREAMING),
            trt_IBuilderConfig_getNbComputeCapabilities(f.config),
        };
        if (got[i] != cases[i].wanted || said[0])
            fail_msg("%s=%s: TensorRT has %lld; %s", cases[i].name, cases[i].text, (long long)got[i], said);
        close_config(&f);
    }
}

/* What TensorRT-RTX does not honour is a line of log, or an error where the plan would not be what was asked for. */
static void what_rtx_lacks_is_told(void **state)
{
    static const struct {
        const char *name, *text;
        bool fails;
        const char *told;
    } cases[] = {
        {"version_compatible", "1", false, "version_compatible"},
        {"disable_tf32", "1", false, "NVIDIA_TF32_OVERRIDE=0"},
        {"immutable_weights", "0", false, "immutable_weights=0"},
        {"engine_capability", "safety", true, "standard engines only"},
        {"dla_core", "0", true, "knows no DLA"},
        {"targets", "sm90", true, "targets 'sm90'"},
        {"targets", "hopper", true, "targets is 'hopper'"},
        {"targets", "sm86,", true, "targets is 'sm86,'"},
        {"strip_engine_weights", "1", false, "strip_engine_weights"},
        {"hardware_compatible", "1", false, "needs no hardware_compatible"},
        {"timing_cache_path", "timings", false, "needs no timing_cache_path"},
        {"dla_sram_size", "2M", false, "needs no dla_sram_size"},
        {"dla_local_dram_size", "2M", false, "needs no dla_local_dram_size"},
        {"dla_global_dram_size", "2M", false, "needs no dla_global_dram_size"},
        {"refit_identical_engine_weights", "1", true, "needs immutable_weights=0"},
    };
    const tt_setting *s;

    for (size_t i = 0; (s = tt_setting_at(i)); i++) {
        bool is_told = s->rtx == TT_SETTING_HONOURS || s->rtx == TT_SETTING_NOTHING;
        for (size_t k = 0; !is_told && k < TT_COUNT(cases); k++)
            is_told = !strcmp(cases[k].name, s->name);
        if (!is_told)
            fail_msg("%s has no case here", s->name);
    }
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        fixture f;
        open_config(&f);
        if (!f.library->is_rtx)
            skip();
        ttrt_status status = apply(&f, cases[i].name, cases[i].text);
        const char *told = cases[i].fails ? ttrt_last_error()->what : said;
        if ((status != TTRT_OK) != cases[i].fails || !strstr(told, cases[i].told))
            fail_msg("%s=%s: status %d, \"%s\"", cases[i].name, cases[i].text, status, told);
        close_config(&f);
    }
}

static void defaults_change_nothing_and_say_nothing(void **state)
{
    fixture f;
    const ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    open_config(&f);
    uint32_t flags = trt_IBuilderConfig_getFlags(f.config);
    expect_ok(tt_trt_apply_settings(f.config, f.library, &o, &f.errors));
    assert_int_equal(trt_IBuilderConfig_getFlags(f.config), flags);
    assert_string_equal(said, "");
    close_config(&f);
}

static void a_plan_is_built_for_what_was_asked(void **state)
{
    static const char *const text = "network \"t\"(%x: f32[2,4])"
                                    "%w = constant() {weights=f32 {1,2,3,4,5,6,7,8}, dimensions=[4,2]}"
                                    "%y = matrix_multiply(%x, %w) {transpose_a=false, transpose_b=false}"
                                    "return %y";
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    const tt_build_options options = {.settings = &o};
    tt_trt_payload payload;
    tt_writer blob = {0};

    need_library();
    o.targets = "sm89,sm120";
    tt_network *net = parsed(text);
    expect_ok(tt_trt_build(net, &options, &blob));
    expect_ok(tt_trt_payload_read(blob.data, blob.size, &payload));
    assert_string_equal(payload.targets, "sm89,sm120");
    tt_network_free(payload.io);
    tt_network_free(net);
    tt_writer_dispose(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_arrive),
        cmocka_unit_test(what_rtx_lacks_is_told),
        cmocka_unit_test(defaults_change_nothing_and_say_nothing),
        cmocka_unit_test(a_plan_is_built_for_what_was_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
