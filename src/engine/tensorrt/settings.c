/* See settings.h. One function a setting that needs thought, one row of `plain` for each of the others. */
#include "engine/tensorrt/settings.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/settings.h"

typedef struct {
    IBuilderConfig *config;
    const tt_trt_library *library;
    const ttrt_compile_options *o;
    tt_trt_errors *errors;
} applying;

/* ---- what is not honoured ---- */

static void lacks(const applying *a, const char *setting, const char *why)
{
    tt_log_once(TTRT_LOG_WARNING, "tensorrt", "%s does not honour the setting %s: %s", a->library->title, setting, why);
}

/* A setting without meaning: nothing is lost. */
static void needless(const applying *a, const char *setting, const char *why)
{
    tt_log_once(TTRT_LOG_INFO, "tensorrt", "%s needs no %s: %s", a->library->title, setting, why);
}

static ttrt_status refused(const applying *a, const char *setting, const char *why)
{
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: %s %s", setting, a->library->title, why);
}

static void want(const applying *a, const char *setting, int64_t wanted, int64_t got)
{
    char why[96];

    if (wanted == got)
        return;
    snprintf(why, sizeof why, "it keeps %" PRId64 " where %" PRId64 " is asked for", got, wanted);
    lacks(a, setting, why);
}

static void set_flag(const applying *a, const char *setting, int32_t flag, bool on)
{
    if (on)
        trt_IBuilderConfig_setFlag(a->config, flag);
    else
        trt_IBuilderConfig_clearFlag(a->config, flag);
    want(a, setting, on, trt_IBuilderConfig_getFlag(a->config, flag));
}

/* ---- plain numbers: setter, getter, and the value that leaves TensorRT's own ---- */

#define PLAIN(field, Setting, untouched)                                                                               \
    if (a->o->field != (untouched)) {                                                                                  \
        trt_IBuilderConfig_set##Setting(a->config, a->o->field);                                                       \
        want(a, #field, a->o->field, (int64_t)trt_IBuilderConfig_get##Setting(a->config));                             \
    }

static void apply_plain(const applying *a)
{
    PLAIN(optimization_level, BuilderOptimizationLevel, -1)
    PLAIN(num_avg_timing_iters, AvgTimingIterations, -1)
    PLAIN(max_aux_streams, MaxAuxStreams, -1)
    PLAIN(tiling_optimization_level, TilingOptimizationLevel, -1)
    PLAIN(l2_limit_for_tiling, L2LimitForTiling, -1)
    PLAIN(profiling_verbosity, ProfilingVerbosity, -1)
    set_flag(a, "disable_tf32", TRT_BuilderFlag_kTF32, !a->o->disable_tf32);
    if (a->o->disable_tf32 && tt_trt_is_rtx)
        lacks(a, "disable_tf32",
              "its kernels use TF32 all the same, unless NVIDIA_TF32_OVERRIDE=0 is in the environment");
    set_flag(a, "sparse_weights", TRT_BuilderFlag_kSPARSE_WEIGHTS, a->o->sparse_weights);
    set_flag(a, "enable_weight_streaming", TRT_BuilderFlag_kWEIGHT_STREAMING, a->o->enable_weight_streaming);
}

static void apply_pool(const applying *a, const char *setting, int32_t pool, int64_t bytes)
{
    trt_IBuilderConfig_setMemoryPoolLimit(a->config, pool, (size_t)bytes);
    want(a, setting, bytes, (int64_t)trt_IBuilderConfig_getMemoryPoolLimit(a->config, pool));
}

/* ---- where a plan runs ---- */

/* "sm86,sm89" */
static ttrt_status apply_targets(const applying *a)
{
    const char *text = a->o->targets;
    int32_t sm[32], n = 0;

    if (!text || !*text)
        return TTRT_OK;
    if (!a->library->is_rtx)
        return refused(a, "targets", "builds for the GPU that it finds");
    for (const char *at = text; n < (int32_t)TT_COUNT(sm); n++) {
        char *end = (char *)at + 7;
        if (!strncmp(at, "current", 7))
            sm[n] = TRT_ComputeCapability_kCURRENT;
        else if (!strncmp(at, "sm", 2))
            sm[n] = (int32_t)strtol(at + 2, &end, 10);
        else
            end = (char *)at;
        if (end == at || end == at + 2 || (*end && *end != ',')) {
            tt_fail(TTRT_ERR_ARGUMENT, "targets is '%s'", text);
            return tt_fail_hint("names of GPUs with commas between them, as in sm86,sm89");
        }
        if (!*end) {
            n++;
            break;
        }
        at = end + 1;
    }
    tt_trt_errors_clear(a->errors);
    bool ok = trt_IBuilderConfig_setNbComputeCapabilities(a->config, n);
    for (int32_t i = 0; ok && i < n; i++)
        ok = trt_IBuilderConfig_setComputeCapability(a->config, sm[i], i) &&
             trt_IBuilderConfig_getComputeCapability(a->config, i) == sm[i];
    return ok ? TTRT_OK : tt_trt_fail(a->errors, TTRT_ERR_UNSUPPORTED, "targets '%s'", text);
}

static void apply_compatibility(const applying *a)
{
    const int32_t ampere = TRT_HardwareCompatibilityLevel_kAMPERE_PLUS;

    if (a->o->version_compatible && a->library->is_rtx) {
        lacks(a, "version_compatible", "its plans run on the version that built them");
    } else if (a->o->version_compatible) {
        set_flag(a, "version_compatible", TRT_BuilderFlag_kVERSION_COMPATIBLE, true);
        set_flag(a, "version_compatible", TRT_BuilderFlag_kEXCLUDE_LEAN_RUNTIME, true);
    }
    if (a->o->hardware_compatible && a->library->is_rtx) {
        needless(a, "hardware_compatible", "its plans run on every GPU that it knows, from Ampere on");
    } else if (a->o->hardware_compatible) {
        trt_IBuilderConfig_setHardwareCompatibilityLevel(a->config, ampere);
        want(a, "hardware_compatible", ampere, trt_IBuilderConfig_getHardwareCompatibilityLevel(a->config));
    }
}

static ttrt_status apply_capability(const applying *a)
{
    if (a->o->engine_capability == TRT_EngineCapability_kSTANDARD)
        return TTRT_OK;
    if (a->library->is_rtx)
        return refused(a, "engine_capability", "builds standard engines only");
    trt_IBuilderConfig_setEngineCapability(a->config, a->o->engine_capability);
    want(a, "engine_capability", a->o->engine_capability, trt_IBuilderConfig_getEngineCapability(a->config));
    return TTRT_OK;
}

/* Sizes for a core that is not asked for. */
static void tell_idle_dla(const applying *a)
{
    const tt_setting *s;

    for (size_t i = 0; (s = tt_setting_at(i)); i++)
        if (!strncmp(s->name, "dla_", 4) && !tt_setting_is_default(s, a->o))
            needless(a, s->name, "no dla_core is asked for");
}

static ttrt_status apply_dla(const applying *a)
{
    const ttrt_compile_options *o = a->o;

    if (o->dla_core < 0) {
        tell_idle_dla(a);
        return TTRT_OK;
    }
    if (a->library->is_rtx)
        return refused(a, "dla_core", "knows no DLA");
    trt_IBuilderConfig_setDefaultDeviceType(a->config, TRT_DeviceType_kDLA);
    trt_IBuilderConfig_setDLACore(a->config, o->dla_core);
    if (trt_IBuilderConfig_getDLACore(a->config) != o->dla_core)
        return refused(a, "dla_core", "finds no such core");
    set_flag(a, "allow_gpu_fallback", TRT_BuilderFlag_kGPU_FALLBACK, o->allow_gpu_fallback);
    apply_pool(a, "dla_sram_size", TRT_MemoryPoolType_kDLA_MANAGED_SRAM, o->dla_sram_size);
    apply_pool(a, "dla_local_dram_size", TRT_MemoryPoolType_kDLA_LOCAL_DRAM, o->dla_local_dram_size);
    apply_pool(a, "dla_global_dram_size", TRT_MemoryPoolType_kDLA_GLOBAL_DRAM, o->dla_global_dram_size);
    return TTRT_OK;
}

/* ---- weights that change ---- */

/* RTX compiles kernels of refittable weights while it builds, and fails at that: without a driver always (1.5 to 1.7),
 * so nothing is tried. */
static void apply_refit(const applying *a)
{
    const ttrt_compile_options *o = a->o;

    if (o->strip_engine_weights && o->immutable_weights)
        lacks(a, "strip_engine_weights", "immutable_weights is set");
    if (o->immutable_weights)
        return;
    if (a->library->is_rtx) {
        lacks(a, "immutable_weights=0",
              "it builds no plan whose weights can be changed; build again with the new ones");
        return;
    }
    set_flag(a, "immutable_weights", TRT_BuilderFlag_kREFIT, true);
    if (o->refit_identical_engine_weights)
        set_flag(a, "refit_identical_engine_weights", TRT_BuilderFlag_kREFIT_IDENTICAL, true);
    if (o->strip_engine_weights)
        set_flag(a, "strip_engine_weights", TRT_BuilderFlag_kSTRIP_PLAN, true);
}

/* ---- timings ---- */

/* RTX times nothing while it builds, and asking for its timing cache makes it look for a GPU. */
static ttrt_status apply_timings(const applying *a)
{
    const char *path = a->o->timing_cache_path;
    tt_mapping *file = NULL;

    if (!path || !*path)
        return TTRT_OK;
    if (a->library->is_rtx) {
        needless(a, "timing_cache_path", "it times no kernels while it builds");
        return TTRT_OK;
    }
    bool found = tt_mapping_open(path, &file) == TTRT_OK;
    ITimingCache *cache = trt_IBuilderConfig_createTimingCache(a->config, found ? tt_mapping_data(file) : NULL,
                                                               found ? tt_mapping_size(file) : 0);
    bool ok = cache && trt_IBuilderConfig_setTimingCache(a->config, cache, false);
    trt_delete(cache);
    tt_mapping_unref(file);
    if (!ok)
        tt_log(TTRT_LOG_WARNING, "tensorrt", "timing cache %s is of another device or version: it starts anew", path);
    return TTRT_OK;
}

static ttrt_status write_whole(const char *path, const void *bytes, size_t size)
{
    char folder[PATH_MAX];
    tt_file_writer *w;
    const char *slash = strrchr(path, '/');

    if (slash && slash > path && snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) < PATH_MAX)
        mkdir(folder, 0777); /* where it is there already, nothing is lost */
    TT_TRY(tt_file_writer_open(path, &w));
    ttrt_status status = tt_file_writer_write(w, bytes, size);
    if (status == TTRT_OK)
        return tt_file_writer_commit(w);
    tt_file_writer_abort(w);
    return status;
}

void tt_trt_keep_timings(IBuilderConfig *config, const ttrt_compile_options *o)
{
    const char *path = o->timing_cache_path;

    if (tt_trt_is_rtx || !path || !*path)
        return;
    IHostMemory *bytes = trt_ITimingCache_serialize(trt_IBuilderConfig_getTimingCache(config));
    if (bytes && write_whole(path, trt_IHostMemory_data(bytes), trt_IHostMemory_size(bytes)) != TTRT_OK)
        tt_log(TTRT_LOG_WARNING, "tensorrt", "timings are not kept: %s", ttrt_last_error()->what);
    trt_delete(bytes);
}

ttrt_status tt_trt_apply_settings(IBuilderConfig *config, const tt_trt_library *library, const ttrt_compile_options *o,
                                  tt_trt_errors *errors)
{
    const applying a = {config, library, o, errors};

    apply_plain(&a);
    if (o->workspace_size > 0) /* 0 would leave TensorRT without any */
        apply_pool(&a, "workspace_size", TRT_MemoryPoolType_kWORKSPACE, o->workspace_size);
    apply_compatibility(&a);
    apply_refit(&a);
    TT_TRY(apply_targets(&a));
    TT_TRY(apply_capability(&a));
    TT_TRY(apply_dla(&a));
    return apply_timings(&a);
}
