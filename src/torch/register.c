/* Registers tensorrt::execute_engine with PyTorch from C. Nothing of PyTorch is linked. */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "torch/torch_api.h"
#include "torchtrt/torch.h"

tt_torch_api tt_torch;

/* What the stack's values look like is told by the version that the kernel was written for: lists and strings came
 * with 2.10. */
#define BUILT_FOR ((uint64_t)2 << 56 | (uint64_t)10 << 48)
#define SCHEMA    "execute_engine(Tensor[] inputs, Tensor engine, str signature) -> Tensor[]"

static ttrt_status resolve(void *handle, tt_torch_api *api)
{
    const char *missing = NULL;

#define F(result, name, arguments)                                                                                     \
    *(void **)&api->name = dlsym(handle, #name);                                                                       \
    if (!api->name && !missing)                                                                                        \
        missing = #name;
    TT_TORCH_API(F)
#undef F
    if (!missing)
        return TTRT_OK;
    tt_fail(TTRT_ERR_UNSUPPORTED, "no PyTorch of version 2.10 or newer: %s is missing", missing);
    return tt_fail_hint("import torch first, and give the path of its libtorch_cpu.so");
}

/* ---- streams ---- */

/* In libtorch_cuda.so, which a PyTorch without CUDA lacks, beside libtorch_cpu.so. */
static int32_t (*current_stream)(int32_t device_index, void **out);
static pthread_once_t stream_once = PTHREAD_ONCE_INIT;

static void find_stream(void)
{
    static const char name[] = "aoti_torch_get_current_cuda_stream";
    Dl_info cpu;
    char path[PATH_MAX];

    *(void **)&current_stream = dlsym(RTLD_DEFAULT, name);
    if (current_stream || !dladdr(*(void **)&tt_torch.aoti_torch_get_dim, &cpu) || !cpu.dli_fname)
        return;
    const char *slash = strrchr(cpu.dli_fname, '/');
    int folder = slash ? (int)(slash - cpu.dli_fname) + 1 : 0;
    if (snprintf(path, sizeof path, "%.*slibtorch_cuda.so", folder, cpu.dli_fname) >= (int)sizeof path)
        return;
    void *handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD | RTLD_LOCAL);
    if (handle)
        *(void **)&current_stream = dlsym(handle, name);
}

void *tt_torch_stream(int device_index)
{
    void *stream = NULL;

    pthread_once(&stream_once, find_stream);
    return current_stream && current_stream(device_index, &stream) == 0 ? stream : NULL;
}

/* ---- registration ---- */

static ttrt_status add_operator(void)
{
    tt_torch_library fragment, impl; /* never deleted: that would take the operator away */

    if (tt_torch.aoti_torch_library_init_fragment("tensorrt", "torchtrt", __LINE__, &fragment) ||
        tt_torch.aoti_torch_library_def(fragment, SCHEMA))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "PyTorch has a tensorrt::execute_engine already, from another library");
    if (tt_torch.aoti_torch_library_init_impl("tensorrt", "CompositeExplicitAutograd", "torchtrt", __LINE__, &impl) ||
        tt_torch.torch_library_impl(impl, "execute_engine", tt_torch_execute_engine, BUILT_FOR))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "PyTorch refuses the kernel of tensorrt::execute_engine");
    return TTRT_OK;
}

/* Python opens libtorch outside of the global scope: there it is found by its name, or by the path given. */
static bool find_libtorch(const char *path, void **handle)
{
    if (!path && dlsym(RTLD_DEFAULT, "torch_library_impl")) {
        *handle = RTLD_DEFAULT;
        return true;
    }
    *handle = dlopen(path ? path : "libtorch_cpu.so", RTLD_NOW | RTLD_NOLOAD | RTLD_LOCAL);
    return *handle != NULL;
}

static ttrt_status open_libtorch(const char *path, void **handle)
{
    if (find_libtorch(path, handle))
        return TTRT_OK;
    tt_fail(TTRT_ERR_UNSUPPORTED, "%s is not loaded in this process", path ? path : "libtorch_cpu.so");
    return tt_fail_hint("import torch first; PyTorch is of version 2.10 or newer");
}

ttrt_status ttrt_torch_register(const char *libtorch_path)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool done;
    tt_torch_api api;
    void *handle;
    ttrt_status status = TTRT_OK;

    pthread_mutex_lock(&lock);
    if (!done) {
        status = open_libtorch(libtorch_path, &handle);
        if (status == TTRT_OK)
            status = resolve(handle, &api);
        if (status == TTRT_OK) {
            tt_torch = api;
            status = add_operator();
        }
        done = status == TTRT_OK;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* A host that loads this library, in C++ or with torch.ops.load_library(), has the operator without a call. */
__attribute__((constructor)) static void register_when_loaded(void)
{
    void *handle;

    if (find_libtorch(NULL, &handle))
        ttrt_torch_register(NULL);
}
