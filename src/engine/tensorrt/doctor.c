/* See doctor.h. */
#include "engine/tensorrt/doctor.h"

#include "engine/tensorrt/cuda.h"

enum { ATTRIBUTE_MAJOR = 75, ATTRIBUTE_MINOR = 76 };

/* Measured: TensorRT-RTX 1.7 loads no engine on a GPU of compute capability 9.0, 1.5 and 1.6 do. None is built for GPUs
 * before Turing. */
ttrt_status tt_trt_runs_on(const tt_trt_library *l, const char *gpu, int major, int minor)
{
    if (major * 10 + minor < 75) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "%s runs on no GPU before Turing (sm75); %s is sm%d%d", l->title, gpu, major,
                minor);
        return tt_fail_hint("engine cpu runs here");
    }
    if (l->is_rtx && l->version >= 10700 && major == 9) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "%s does not run on %s (sm%d%d)", l->title, gpu, major, minor);
        return tt_fail_hint("pip install tensorrt-rtx-cu13-libs==1.6.1.120");
    }
    return TTRT_OK;
}

typedef struct {
    char name[96];
    int major, minor;
} gpu;

/* Without a context on it, which would take memory. */
static ttrt_status look_at(const tt_cuda *cuda, int i, gpu *out)
{
    int device;

    TT_CUDA_TRY(cuda->cuDeviceGet(&device, i), "a GPU");
    TT_CUDA_TRY(cuda->cuDeviceGetName(out->name, sizeof out->name, device), "the GPU's name");
    TT_CUDA_TRY(cuda->cuDeviceGetAttribute(&out->major, ATTRIBUTE_MAJOR, device), "the GPU's compute capability");
    TT_CUDA_TRY(cuda->cuDeviceGetAttribute(&out->minor, ATTRIBUTE_MINOR, device), "the GPU's compute capability");
    return TTRT_OK;
}

ttrt_status tt_trt_runs_here(void)
{
    const tt_trt_library *library;
    const tt_cuda *cuda;
    ttrt_status status = TTRT_ERR_UNSUPPORTED;

    TT_TRY(tt_trt_library_get(&library));
    TT_TRY(tt_cuda_get(&cuda));
    for (int i = cuda->n_devices - 1; i >= 0 && status != TTRT_OK; i--) {
        gpu g;
        status = look_at(cuda, i, &g);
        if (status == TTRT_OK)
            status = tt_trt_runs_on(library, g.name, g.major, g.minor);
    }
    return status;
}

static void add_gpu(tt_str *json, const tt_trt_library *library, const tt_cuda *cuda, int i)
{
    gpu g = {{0}};
    ttrt_status status = look_at(cuda, i, &g);

    if (status == TTRT_OK && library)
        status = tt_trt_runs_on(library, g.name, g.major, g.minor);
    tt_str_addf(json, "%s{\"index\": %d, \"name\": ", i ? ", " : "", i);
    tt_str_add_json(json, g.name);
    tt_str_addf(json, ", \"compute_capability\": \"%d.%d\", \"runs\": %s, \"reason\": ", g.major, g.minor,
                status == TTRT_OK && library ? "true" : "false");
    tt_str_add_json(json, status != TTRT_OK ? ttrt_last_error()->what : library ? "" : "no library");
    tt_str_add(json, "}");
}

void tt_trt_doctor(tt_str *json)
{
    const tt_trt_library *library = NULL;
    const tt_cuda *cuda = NULL;
    bool driven = tt_cuda_get(&cuda) == TTRT_OK;

    if (tt_trt_library_get(&library) != TTRT_OK)
        library = NULL;
    tt_str_add(json, ", \"library\": ");
    tt_str_add_json(json, library ? library->path : "");
    tt_str_add(json, ", \"library_version\": ");
    tt_str_add_json(json, library ? library->title : "");
    if (driven)
        tt_str_addf(json, ", \"driver\": \"CUDA %d.%d\"", cuda->driver_version / 1000, cuda->driver_version / 10 % 100);
    else
        tt_str_add(json, ", \"driver\": \"\"");
    tt_str_add(json, ", \"gpus\": [");
    for (int i = 0; driven && i < cuda->n_devices; i++)
        add_gpu(json, library, cuda, i);
    tt_str_add(json, "]");
}
