/* See live.h. */
#include "engine/tensorrt/live.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "engine/tensorrt/cache.h"

/* ---- loading ---- */

static void title(bool is_rtx, int version, char *out, size_t size)
{
    snprintf(out, size, "TensorRT%s %d.%d.%d", is_rtx ? "-RTX" : "", version / 10000, version / 100 % 100,
             version % 100);
}

/* A plan belongs to the version that built it. */
static ttrt_status check_version(const tt_trt_payload *p, const tt_trt_library *l)
{
    char built[48];

    if (p->version == l->version && p->is_rtx == l->is_rtx)
        return TTRT_OK;
    title(p->is_rtx, p->version, built, sizeof built);
    tt_fail(TTRT_ERR_VERSION, "the engine was built by %s; the library here is %s (%s)", built, l->title, l->path);
    return tt_fail_hint("build it again from the program with %s, or: pip install %s==%d.%d.%d.*", l->title,
                        p->is_rtx ? "tensorrt-rtx-cu13-libs" : "tensorrt-cu13-libs", p->version / 10000,
                        p->version / 100 % 100, p->version % 100);
}

/* What TensorRT-RTX finds wrong with a plan on this GPU. */
static void explain_refusal(const tt_trt_live *live)
{
    static const struct {
        uint64_t bit;
        const char *text;
    } reasons[] = {
        {TRT_EngineInvalidityDiagnostics_kVERSION_MISMATCH, "the plan is of another version"},
        {TRT_EngineInvalidityDiagnostics_kUNSUPPORTED_CC, "the plan is not for GPUs of this kind"},
        {TRT_EngineInvalidityDiagnostics_kOLD_CUDA_DRIVER, "the NVIDIA driver is too old"},
        {TRT_EngineInvalidityDiagnostics_kOLD_CUDA_RUNTIME, "the CUDA runtime is too old"},
        {TRT_EngineInvalidityDiagnostics_kINSUFFICIENT_GPU_MEMORY, "the GPU has too little memory"},
        {TRT_EngineInvalidityDiagnostics_kMALFORMED_ENGINE, "the plan is damaged"},
    };
    uint64_t found = 0;

    if (trt_IRuntime_getEngineHeaderSize(live->runtime) <= 0 ||
        trt_IRuntime_getEngineValidity(live->runtime, live->payload->plan, (int64_t)live->payload->plan_bytes,
                                       &found) != TRT_EngineValidity_kINVALID)
        return;
    for (size_t i = 0; i < TT_COUNT(reasons); i++)
        if (found & reasons[i].bit)
            tt_fail_hint("%s", reasons[i].text);
}

static ttrt_status load(tt_trt_live *live)
{
    const tt_trt_payload *p = live->payload;
    const tt_cuda_device *d = live->device;

    live->runtime = live->library->create_runtime(tt_trt_logger(), live->library->version);
    if (!live->runtime)
        TT_FAIL(TTRT_ERR_DEVICE, "%s makes no runtime", live->library->title);
    trt_IRuntime_setErrorRecorder(live->runtime, tt_trt_errors_recorder(&live->errors));
    live->engine = trt_IRuntime_deserializeCudaEngine(live->runtime, p->plan, p->plan_bytes);
    if (live->engine)
        return TTRT_OK;
    ttrt_status status =
        tt_trt_fail(&live->errors, TTRT_ERR_UNSUPPORTED, "%s does not load the engine on GPU %d (%s, sm%d%d)",
                    live->library->title, d->index, d->name, d->major, d->minor);
    explain_refusal(live);
    return status;
}

/* ---- inputs and profiles ---- */

static void set_range(tt_trt_range *r, int i, int64_t min, int64_t max)
{
    r->min[i] = min;
    r->max[i] = max;
}

static void read_number_range(const tt_trt_live *live, const char *name, int profile, tt_trt_range *r)
{
    const int64_t *min =
        trt_ICudaEngine_getProfileTensorValuesV2(live->engine, name, profile, TRT_OptProfileSelector_kMIN);
    const int64_t *max =
        trt_ICudaEngine_getProfileTensorValuesV2(live->engine, name, profile, TRT_OptProfileSelector_kMAX);

    set_range(r, 0, min ? *min : INT64_MIN, max ? *max : INT64_MAX);
}

static ttrt_status read_range(const tt_trt_live *live, const tt_tensor *t, int profile, tt_trt_range *r)
{
    Dims64 min = trt_ICudaEngine_getProfileShape(live->engine, t->name, profile, TRT_OptProfileSelector_kMIN);
    Dims64 max = trt_ICudaEngine_getProfileShape(live->engine, t->name, profile, TRT_OptProfileSelector_kMAX);

    if (min.nbDims != t->rank || max.nbDims != t->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "the plan's input '%s' has %d dimensions, the engine tells %d", t->name,
                (int)max.nbDims, t->rank);
    for (int d = 0; d < t->rank; d++)
        set_range(r, d, min.d[d], max.d[d]);
    return TTRT_OK;
}

static ttrt_status read_input(tt_trt_live *live, int i)
{
    const tt_tensor *t = live->payload->io->inputs[i];
    tt_trt_input *in = &live->inputs[i];

    in->profiles = live->ranges + (size_t)i * (size_t)live->n_profiles;
    in->absent = trt_ICudaEngine_getTensorIOMode(live->engine, t->name) != TRT_TensorIOMode_kINPUT;
    if (in->absent)
        return TTRT_OK;
    in->on_host = trt_ICudaEngine_getTensorLocation(live->engine, t->name) == TRT_TensorLocation_kHOST;
    if (in->on_host && !t->is_dim)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "TensorRT wants input '%s' in host memory: sizes depend on its values", t->name);
    for (int p = 0; p < live->n_profiles; p++) {
        if (in->on_host)
            read_number_range(live, t->name, p, &in->profiles[p]);
        else if (t->rank > 0)
            TT_TRY(read_range(live, t, p, &in->profiles[p]));
    }
    return TTRT_OK;
}

/* The payload's text and the plan come from one file but are not believed to agree. */
static ttrt_status check_output(const tt_trt_live *live, const tt_tensor *t)
{
    if (trt_ICudaEngine_getTensorIOMode(live->engine, t->name) != TRT_TensorIOMode_kOUTPUT)
        TT_FAIL(TTRT_ERR_FORMAT, "the plan has no output '%s'", t->name);
    return TTRT_OK;
}

static ttrt_status read_io(tt_trt_live *live)
{
    const tt_network *io = live->payload->io;

    live->n_profiles = trt_ICudaEngine_getNbOptimizationProfiles(live->engine);
    if (live->n_profiles < 1 || live->n_profiles > 1 << 20)
        TT_FAIL(TTRT_ERR_FORMAT, "the plan has %d profiles", live->n_profiles);
    live->inputs = tt_calloc((size_t)live->payload->n_inputs + 1, sizeof *live->inputs);
    live->ranges = tt_calloc((size_t)live->payload->n_inputs * (size_t)live->n_profiles + 1, sizeof *live->ranges);
    if (!live->inputs || !live->ranges)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < io->n_inputs; i++)
        if (io->inputs[i]->rank > TT_TRT_RANK)
            TT_FAIL(TTRT_ERR_FORMAT, "'%s' has %d dimensions", io->inputs[i]->name, io->inputs[i]->rank);
    for (int i = 0; i < live->payload->n_inputs; i++)
        TT_TRY(read_input(live, i));
    for (int i = live->payload->n_inputs; i < io->n_inputs; i++)
        TT_TRY(check_output(live, io->inputs[i]));
    return TTRT_OK;
}

static bool fits(const tt_trt_input *in, const tt_tensor *t, int profile, const tt_io *io)
{
    const tt_trt_range *r = &in->profiles[profile];

    if (in->absent)
        return true;
    if (in->on_host) {
        int64_t number = tt_load_i64(io->data, io->dtype);
        return number >= r->min[0] && number <= r->max[0];
    }
    for (int d = 0; d < t->rank; d++)
        if (io->dims[d] < r->min[d] || io->dims[d] > r->max[d])
            return false;
    return true;
}

int tt_trt_live_profile(const tt_trt_live *live, const tt_io *ins)
{
    for (int p = 0; p < live->n_profiles; p++) {
        int i = 0;
        while (i < live->payload->n_inputs && fits(&live->inputs[i], live->payload->io->inputs[i], p, &ins[i]))
            i++;
        if (i == live->payload->n_inputs)
            return p;
    }
    return -1;
}

/* ---- compiled kernels ---- */

/* Contexts share them, whether they are kept on disk or not. */
static void open_cache(tt_trt_live *live, const uint8_t *id)
{
    IRuntimeConfig *config = trt_ICudaEngine_createRuntimeConfig(live->engine);

    live->cache = trt_IRuntimeConfig_createRuntimeCache(config);
    trt_delete(config);
    if (live->cache && (live->cache_path = tt_trt_cache_path(id, live->library, live->device)))
        tt_trt_cache_read(live->cache_path, live->cache);
}

/* Kernels are compiled by first runs and in the background: after the first run, the 16th, the 256th, ... */
void tt_trt_live_count_run(tt_trt_live *live)
{
    unsigned n = atomic_fetch_add_explicit(&live->runs, 1, memory_order_relaxed) + 1;

    if (live->cache_path && (n & (n - 1)) == 0 && __builtin_ctz(n) % 4 == 0 && n <= 1u << 16)
        tt_trt_cache_write(live->cache_path, live->cache);
}

/* ---- open and close ---- */

ttrt_status tt_trt_live_open(const tt_trt_payload *payload, const uint8_t *id, const tt_cuda_device *device,
                             tt_trt_live **out)
{
    const tt_trt_library *library;
    const tt_cuda *cuda;
    tt_cuda_scope scope;

    TT_TRY(tt_trt_library_get(&library));
    TT_TRY(tt_cuda_get(&cuda));
    TT_TRY(check_version(payload, library));
    tt_trt_live *live = tt_calloc(1, sizeof *live);
    if (!live)
        return TTRT_ERR_MEMORY;
    live->library = library;
    live->cuda = cuda;
    live->device = device;
    live->payload = payload;
    tt_trt_errors_init(&live->errors);
    pthread_mutex_init(&live->lock, NULL);
    ttrt_status status = tt_cuda_enter(device, &scope);
    if (status == TTRT_OK) {
        status = load(live);
        if (status == TTRT_OK)
            status = read_io(live);
        if (status == TTRT_OK)
            open_cache(live, id);
        tt_cuda_leave(&scope);
    }
    if (status != TTRT_OK) {
        tt_trt_live_close(live);
        return status;
    }
    *out = live;
    return TTRT_OK;
}

void tt_trt_live_close(tt_trt_live *live)
{
    tt_cuda_scope scope;

    if (!live)
        return;
    if (tt_cuda_enter(live->device, &scope) == TTRT_OK) {
        if (live->cache_path && atomic_load(&live->runs) > 0)
            tt_trt_cache_write(live->cache_path, live->cache);
        trt_delete(live->engine);
        trt_delete(live->cache);
        trt_delete(live->runtime);
        tt_cuda_leave(&scope);
    }
    tt_trt_errors_dispose(&live->errors);
    pthread_mutex_destroy(&live->lock);
    tt_free(live->cache_path);
    tt_free(live->inputs);
    tt_free(live->ranges);
    tt_free(live);
}
